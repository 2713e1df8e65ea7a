//! Do 90 % intervals of a team's change failure rate hold the rate that was truly realised?
//!
//! Organisations with planted causes are simulated, fitted and drawn from as `sequela run` does; then the truth is looked up. Teams of one
//! organisation share its fit and its visibility draws, so that the binomial interval of the coverage is somewhat too narrow.

use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;
use sequela_attribution::draws::{VISIBLE, masks};
use sequela_attribution::gibbs::Sampling;
use sequela_attribution::{Settings, fit, placebo};
use sequela_stats::{Estimate, Level, proportion};
use sequela_testkit::simulator::{self, Organisation};

use crate::planted::{Count, Planted};
use crate::table::{Column, Table, number};

/// Regimes of the simulator, in the order of the table, and which part of the organisations is simulated: where deployments are frequent,
/// one takes as long as three others.
pub const REGIMES: [(&str, u64); 5] = [("base", 1), ("share20", 1), ("high-freq", 3), ("low-freq", 1), ("small", 1)];
/// Organisations of a regime.
pub const ORGANISATIONS: u64 = 20;
/// Seed of the first organisation; the model was tuned on none from here on.
pub const FIRST_SEED: u64 = 1001;

/// The intervals of one team beside the truth.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Realised rate.
    pub truth: f64,
    /// Rate by the fit alone.
    pub point: f64,
    /// The change failure rate as it is published.
    pub rate: Estimate,
    /// The number of failed deployments as it is published, as a share.
    pub count: Estimate,
    /// Central quantiles of what was realised, from draws of the causes.
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
    let drawn = masks(problem, &fit, Sampling { seed, ..Sampling::default() }, VISIBLE);
    let visible = &drawn.visible;
    let (expected, level) = (planted.expected(&fit), Level::NINETY);
    let measured = |(team, truth): (usize, Count)| {
        let of_team = planted.teams.group.iter().zip(&drawn.failed).filter(|(group, _)| **group == team as u32);
        let counts = visible.counts(of_team.map(|(_, mask)| *mask));
        let (own, size) = (expected[team], truth.deployments as u64);
        Measured {
            truth: truth.rate(),
            point: own.rate(),
            rate: visible.rate(own.rate(), &counts, size, level),
            count: visible.count(own.failed, &counts, size, level).scaled(1.0 / truth.deployments),
            realised: visible.realised(&counts, size, level),
            underlying: visible.underlying(&counts, size, level),
            naive: proportion::jeffreys(own.failed, own.deployments, level),
        }
    };
    planted.truth().into_iter().enumerate().filter(|(_, truth)| truth.deployments > 0.0).map(measured).collect()
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
    let rows = REGIMES.map(|(name, part)| {
        let organisations = organisations.div_ceil(part);
        row(name, organisations, &regime(name, organisations))
    });
    Table { columns: columns(), rows: rows.into() }.write(folder, "coverage", &before(organisations), AFTER)
}

fn columns() -> Vec<Column> {
    let column = |(name, title)| Column { name, title };
    [
        ("regime", "regime"),
        ("organisations", "organisations"),
        ("teams", "teams"),
        ("true_rate", "true rate"),
        ("rate_coverage", "published rate: coverage"),
        ("rate_lower", "from"),
        ("rate_upper", "to"),
        ("rate_width", "width"),
        ("count_coverage", "published count: coverage"),
        ("count_width", "width"),
        ("realised_coverage", "central quantiles: coverage"),
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
    let own = covered(|team| team.rate);
    let around = proportion::wilson(own * teams.len() as f64, teams.len() as f64, Level::NINETY_FIVE);
    let drawn = |team: &Measured| team.realised.value.unwrap_or(f64::NAN) - team.truth;
    let figures = [
        mean(&|team| team.truth),
        own,
        around.lower.unwrap_or(f64::NAN),
        around.upper.unwrap_or(f64::NAN),
        width(|team| team.rate),
        covered(|team| team.count),
        width(|team| team.count),
        covered(|team| team.realised),
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

Written by `cargo xtask coverage`. {organisations} simulated organisations of each regime, a third of them where deployments are frequent;
seeds {FIRST_SEED} to {} at most, each fitted as `sequela run` does: the sensitivity chosen by placebo, 150 sweeps of which 50 are left out.
Asked is how often the 90 % interval of a team over the whole range holds what was truly realised: the share of its deployments, rollbacks
aside, that caused at least one incident.
",
        FIRST_SEED + organisations - 1
    )
}

const AFTER: &str = "\
- *Published rate*: the change failure rate as tables and review show it, from a low quantile of the rate behind what the links show to a
  high one of the rate behind what there is with invisible links. *From* and *to* are the 95 % interval (Wilson) of its coverage with teams as
  trials; teams of one organisation share a fit, so it is somewhat too narrow.
- *Published count*: the number of failed deployments in the same way, without the doubt about another period; here as a share.
- *Central quantiles*: of the failed deployments over draws of the causes, each divided by a drawn share of visible links. Their mean (*draws*)
  is nearly right where deployments are not frequent, and still they hold less than nine in ten: they are too narrow, not off. What a team's
  invisible links are is divided out and not drawn, and the lags of follow-ups, the weeks and the hours stay those of the fit. They are
  therefore not what is published.
- *Underlying*: the rate behind, in another period like this one, invisible links included. *Naive*: the Jeffreys interval of the expected
  number of failed deployments, as if it had been counted.
- *Error* and *bias*: mean absolute and mean signed difference from the truth, of the fit's rate and of the mean of the draws.

Where every service is deployed many times a day the rate comes out too low, and its intervals hold in little more than half of the teams:
background and deployments are hard to tell apart there. The simulator is of the model's own family, and the prior of visible links was chosen on it (with other
seeds): elsewhere expect less.
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
