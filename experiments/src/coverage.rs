//! Do 90 % intervals of a team's change failure rate hold the rate that was truly realised?
//!
//! Organisations with planted causes are simulated, fitted and drawn from as `sequela run` does; then the truth is looked up. Teams of one
//! organisation share its fit and its visibility draws, so that the binomial interval of the coverage is somewhat too narrow.

use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;
use sequela_attribution::draws::{VISIBLE, failures};
use sequela_attribution::gibbs::Sampling;
use sequela_attribution::{Settings, fit, placebo};
use sequela_stats::{Estimate, Level, proportion};
use sequela_testkit::simulator::{self, Organisation};

use crate::planted::Planted;
use crate::table::{Column, Table, number};

/// Regimes of the simulator, in the order of the table.
pub const REGIMES: [&str; 5] = ["base", "share20", "high-freq", "low-freq", "small"];
/// Organisations of each regime.
pub const ORGANISATIONS: u64 = 20;
/// Seed of the first organisation; the model was tuned on none from here on.
pub const FIRST_SEED: u64 = 1001;

/// The three intervals of one team beside the truth.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Realised rate.
    pub truth: f64,
    /// Rate by the fit alone.
    pub point: f64,
    /// What was realised, from draws of the causes.
    pub realised: Estimate,
    /// What would be realised in another period, from the same draws.
    pub underlying: Estimate,
    /// As if the expected number of failed deployments had been counted.
    pub naive: Estimate,
}

/// Simulates, fits and measures one organisation: its teams with any deployment.
pub fn measure(settings: &simulator::Settings) -> Vec<Measured> {
    let planted = Planted::new(&Organisation::simulate(settings));
    let (problem, seed) = (&planted.problem, settings.seed);
    let sensitivity = placebo::choose(problem, &planted.relations, Settings::default(), seed).sensitivity;
    let fit = fit(problem, Settings { sensitivity, ..Settings::default() });
    let drawn = failures(problem, &fit, Sampling { seed, ..Sampling::default() }, VISIBLE, std::slice::from_ref(&planted.teams));
    let (expected, level) = (planted.expected(&fit), Level::NINETY);
    let teams = planted.truth().into_iter().enumerate().filter(|(_, truth)| truth.deployments > 0.0);
    let measured = |(team, truth): (usize, crate::planted::Count)| Measured {
        truth: truth.rate(),
        point: expected[team].rate(),
        realised: drawn[0].realised(team, level),
        underlying: drawn[0].underlying(team, level),
        naive: proportion::jeffreys(expected[team].failed, expected[team].deployments, level),
    };
    teams.map(measured).collect()
}

/// All organisations of a regime, one after the other.
pub fn regime(name: &str, organisations: u64) -> Vec<Measured> {
    let settings: Vec<simulator::Settings> =
        (FIRST_SEED..FIRST_SEED + organisations).filter_map(|seed| simulator::Settings::regime(name, seed)).collect();
    settings.par_iter().map(measure).collect::<Vec<_>>().concat()
}

/// Whether an interval holds a rate, ends included.
pub fn holds(interval: &Estimate, rate: f64) -> bool {
    interval.lower.is_some_and(|lower| lower <= rate) && interval.upper.is_some_and(|upper| rate <= upper)
}

/// Measures all regimes and writes `coverage.md` and `coverage.csv`.
pub fn write(folder: &Path, organisations: u64) -> Result<()> {
    let rows = REGIMES.map(|name| row(name, organisations, &regime(name, organisations)));
    Table { columns: columns(), rows: rows.into() }.write(folder, "coverage", &before(organisations), AFTER)
}

fn columns() -> Vec<Column> {
    let column = |(name, title)| Column { name, title };
    [
        ("regime", "regime"),
        ("organisations", "organisations"),
        ("teams", "teams"),
        ("true_rate", "true rate"),
        ("realised_coverage", "realised: coverage"),
        ("realised_lower", "from"),
        ("realised_upper", "to"),
        ("realised_width", "width"),
        ("underlying_coverage", "underlying: coverage"),
        ("underlying_width", "width"),
        ("naive_coverage", "naive: coverage"),
        ("naive_width", "width"),
        ("fit_error", "error of the fit"),
        ("fit_bias", "bias of the fit"),
        ("draws_error", "error of the draws"),
        ("draws_bias", "bias of the draws"),
    ]
    .map(column)
    .into()
}

fn row(name: &str, organisations: u64, teams: &[Measured]) -> Vec<String> {
    let mean = |of: &dyn Fn(&Measured) -> f64| teams.iter().map(of).sum::<f64>() / teams.len() as f64;
    let covered = |interval: fn(&Measured) -> Estimate| mean(&|team| f64::from(u8::from(holds(&interval(team), team.truth))));
    let width = |interval: fn(&Measured) -> Estimate| mean(&|team| width(&interval(team)));
    let own = covered(|team| team.realised);
    let around = proportion::wilson(own * teams.len() as f64, teams.len() as f64, Level::NINETY_FIVE);
    let drawn = |team: &Measured| team.realised.value.unwrap_or(f64::NAN) - team.truth;
    let figures = [
        mean(&|team| team.truth),
        own,
        around.lower.unwrap_or(f64::NAN),
        around.upper.unwrap_or(f64::NAN),
        width(|team| team.realised),
        covered(|team| team.underlying),
        width(|team| team.underlying),
        covered(|team| team.naive),
        width(|team| team.naive),
        mean(&|team| (team.point - team.truth).abs()),
        mean(&|team| team.point - team.truth),
        mean(&|team| drawn(team).abs()),
        mean(&drawn),
    ];
    [name.to_owned(), organisations.to_string(), teams.len().to_string()].into_iter().chain(figures.map(number)).collect()
}

fn width(interval: &Estimate) -> f64 {
    interval.upper.zip(interval.lower).map_or(f64::NAN, |(upper, lower)| upper - lower)
}

fn before(organisations: u64) -> String {
    format!(
        "# Do 90 % intervals hold the truth?

Written by `cargo xtask coverage`. {organisations} simulated organisations of each regime, seeds {FIRST_SEED} to {}, each fitted as
`sequela run` does, the sensitivity chosen by placebo, 150 sweeps of which 50 are left out. Asked is how often the interval of a team's
change failure rate over the whole range holds the rate that was truly realised: the share of its deployments, rollbacks aside, that caused
at least one incident.
",
        FIRST_SEED + organisations - 1
    )
}

const AFTER: &str = "\
- *Realised*: quantiles of the failed deployments over draws of the causes, each divided by a drawn share of visible links. *From* and *to*
  are the 95 % interval (Wilson) of its coverage with teams as trials; teams of one organisation share a fit, so it is somewhat too narrow.
- *Underlying*: the rate behind, in another period like this one. It is wider and meant for comparisons; here, too, asked for the realised rate.
- *Naive*: the Jeffreys interval of the expected number of failed deployments, as if it had been counted.
- *Error* and *bias*: mean absolute and mean signed difference from the truth, of the fit's rate and of the mean of the draws.

The simulator is of the model's own family, and the prior of visible links was chosen on it (with other seeds): elsewhere expect less.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_ends() {
        let interval = Estimate { value: Some(0.2), lower: Some(0.1), upper: Some(0.3), n: 10, method: "" };
        assert_eq!([0.09, 0.1, 0.2, 0.3, 0.31].map(|rate| holds(&interval, rate)), [false, true, true, true, false]);
        assert!(!holds(&Estimate::none(0, ""), 0.1));
    }
}
