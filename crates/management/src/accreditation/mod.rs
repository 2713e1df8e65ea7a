//! Criteria that teams meet: the table `team_accreditation`.
//!
//! A level is held where the whole interval of the figure supports it, so that a team that just misses a limit is given it with a probability
//! of at most about one in twenty; overall less often, since every criterion must be met at once.

mod criteria;
mod measured;

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::result::team_accreditation as t;
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;
use crate::records::Records;
use criteria::LEVELS;
pub use criteria::{Accreditation, Criterion, Limits};
use measured::{Measured, teams};

const OVERALL: &str = "overall";
const NOT_GIVEN: &str = "not given";
const TOO_FEW: &str = "too few to say";

/// What a criterion comes to.
#[derive(Clone, Debug, PartialEq)]
enum Standing {
    /// The number of levels held, from 0.
    Holds(usize),
    TooFew,
    NotGiven,
}

impl Standing {
    fn of(criterion: Criterion, measured: &Measured, levels: &[Limits; 3]) -> Self {
        if measured.missing.is_some() {
            return Self::NotGiven;
        }
        if measured.is_few(criterion) {
            return Self::TooFew;
        }
        let meets = |limits: &&Limits| match criterion.is_most() {
            true => measured.upper.is_some_and(|upper| upper <= limits.of(criterion)),
            false => measured.lower.is_some_and(|lower| lower >= limits.of(criterion)),
        };
        Self::Holds(levels.iter().take_while(meets).count())
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Holds(0) => "none",
            Self::Holds(number) => LEVELS[number - 1],
            Self::TooFew => TOO_FEW,
            Self::NotGiven => NOT_GIVEN,
        }
    }

    /// Place of the next level, where there is one.
    fn next(&self) -> Option<usize> {
        match self {
            Self::Holds(number) if *number < LEVELS.len() => Some(*number),
            _ => None,
        }
    }
}

/// The table; empty without teams that have deployments.
pub(crate) fn table(frames: &Frames, records: &Records, settings: &Settings) -> PolarsResult<TableBuilder> {
    let mut table = TableBuilder::new(&t::TABLE);
    for (team, measured) in teams(frames, records)? {
        rows(&mut table, &team, &measured, &settings.accreditation);
    }
    Ok(table)
}

/// The rows of a team, in the order of their names.
fn rows(table: &mut TableBuilder, team: &str, measured: &BTreeMap<Criterion, Measured>, settings: &Accreditation) {
    let judged: BTreeMap<Criterion, Standing> = measured
        .iter()
        .filter(|(criterion, _)| settings.criteria.contains(criterion))
        .map(|(criterion, one)| (*criterion, Standing::of(*criterion, one, &settings.levels)))
        .collect();
    let mut names: Vec<(&str, Option<Criterion>)> = judged.keys().map(|criterion| (criterion.word(), Some(*criterion))).collect();
    names.push((OVERALL, None));
    names.sort_unstable();
    for (_, criterion) in names {
        match criterion {
            Some(criterion) => row(table, team, (criterion, &measured[&criterion], &judged[&criterion]), settings),
            None => overall_row(table, team, measured, &judged, settings),
        }
    }
}

fn row(table: &mut TableBuilder, team: &str, (criterion, measured, standing): (Criterion, &Measured, &Standing), settings: &Accreditation) {
    let next = standing.next().map(|place| (place, settings.levels[place].of(criterion)));
    let step = next.map(|(place, target)| format!("{} asks for {}", LEVELS[place], missing_words(criterion, measured, target)));
    let few = (*standing == Standing::TooFew).then(|| format!("fewer than 5 {}", criterion.counted()));
    table
        .row()
        .text(&t::TEAM_ID, team)
        .text(&t::CRITERION, criterion.word())
        .int(&t::N, measured.n)
        .real_opt(&t::VALUE, measured.value)
        .real_opt(&t::LOWER, measured.lower)
        .real_opt(&t::UPPER, measured.upper)
        .text(&t::LEVEL, standing.word())
        .text_opt(&t::NEXT_LEVEL, next.map(|(place, _)| LEVELS[place]))
        .real_opt(&t::NEXT_TARGET, next.map(|(_, target)| target))
        .text_opt(&t::NEXT_STEP, step)
        .text_opt(&t::NOTE, measured.missing.clone().or(few));
}

/// `change failure rate at most 5 % (is 7 %)`; where the figure meets it and its interval does not, what would tell.
fn missing_words(criterion: Criterion, measured: &Measured, target: f64) -> String {
    let (side, end, end_name) = match criterion.is_most() {
        true => ("at most", measured.upper, "upper"),
        false => ("at least", measured.lower, "lower"),
    };
    let value = measured.value.unwrap_or_default();
    let meets = if criterion.is_most() { value <= target } else { value >= target };
    let (is, tell) = (criterion.words(value), format!("more {} would tell", criterion.counted()));
    let why = match end.map(|end| criterion.words(end)) {
        _ if !meets => is,
        Some(end) => format!("{is}, {end_name} end {end}: {tell}"),
        None => format!("{is} without {end_name} end: {tell}"),
    };
    format!("{} {side} {} (is {why})", criterion.noun(), criterion.words(target))
}

fn overall_row(
    table: &mut TableBuilder,
    team: &str,
    measured: &BTreeMap<Criterion, Measured>,
    judged: &BTreeMap<Criterion, Standing>,
    settings: &Accreditation,
) {
    let overall = overall(judged);
    let next = overall.next();
    let short = |place: usize| judged.iter().filter(move |(_, standing)| matches!(standing, Standing::Holds(held) if *held <= place));
    let steps = |place: usize| {
        let words = |criterion: &Criterion| missing_words(*criterion, &measured[criterion], settings.levels[place].of(*criterion));
        let all: Vec<String> = short(place).map(|(criterion, _)| words(criterion)).collect();
        format!("{} asks for {}", LEVELS[place], all.join("; "))
    };
    let step = match &overall {
        Standing::Holds(_) => Some(next.map_or_else(|| "holds gold".to_owned(), steps)),
        _ => None,
    };
    table
        .row()
        .text(&t::TEAM_ID, team)
        .text(&t::CRITERION, OVERALL)
        .int(&t::N, judged.values().filter(|standing| matches!(standing, Standing::Holds(_))).count() as i64)
        .text(&t::LEVEL, overall.word())
        .text_opt(&t::NEXT_LEVEL, next.map(|place| LEVELS[place]))
        .text_opt(&t::NEXT_STEP, step)
        .text_opt(&t::NOTE, left_out(judged));
}

/// The lowest level of the criteria that were judged. Nothing is awarded without a change failure rate, where that is a criterion: whoever
/// holds gold for the number of deployments alone holds nothing.
fn overall(judged: &BTreeMap<Criterion, Standing>) -> Standing {
    if let Some(standing @ (Standing::TooFew | Standing::NotGiven)) = judged.get(&Criterion::ChangeFailureRate) {
        return standing.clone();
    }
    let held = judged.values().filter_map(|standing| if let Standing::Holds(held) = standing { Some(*held) } else { None });
    held.min().map_or(Standing::NotGiven, Standing::Holds)
}

/// The criteria that overall does not rest on.
fn left_out(judged: &BTreeMap<Criterion, Standing>) -> Option<String> {
    let of = |wanted: Standing| judged.iter().filter(move |(_, standing)| **standing == wanted).map(|(criterion, _)| criterion.noun());
    let (missing, few): (Vec<_>, Vec<_>) = (of(Standing::NotGiven).collect(), of(Standing::TooFew).collect());
    let part = |names: &[&str], words: &str| (!names.is_empty()).then(|| format!("{words}: {}", names.join(", ")));
    let parts: Vec<String> = [part(&missing, NOT_GIVEN), part(&few, TOO_FEW)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(n: i64, value: f64, lower: Option<f64>, upper: Option<f64>) -> Measured {
        Measured { n, value: Some(value), lower, upper, missing: None }
    }

    fn standing(criterion: Criterion, one: &Measured) -> &'static str {
        Standing::of(criterion, one, &Accreditation::default().levels).word()
    }

    /// The limits are 5, 10 and 15 %, 1, 24 and 168 hours.
    #[test]
    fn a_level_is_held_where_the_whole_interval_supports_it() {
        use Criterion::{ChangeFailureRate as Rate, TimeToRestore as Restore, Volume};
        assert_eq!(standing(Rate, &measured(100, 0.02, Some(0.01), Some(0.05))), "gold");
        assert_eq!(standing(Rate, &measured(100, 0.02, Some(0.01), Some(0.051))), "silver");
        assert_eq!(standing(Rate, &measured(100, 0.02, Some(0.01), Some(0.16))), "none");
        assert_eq!(standing(Rate, &measured(4, 0.0, Some(0.0), Some(0.01))), "too few to say");
        assert_eq!(standing(Restore, &measured(9, 0.5, Some(0.2), None)), "none");
        assert_eq!(standing(Restore, &measured(9, 0.5, Some(0.2), Some(20.0))), "silver");
        assert_eq!(standing(Volume, &measured(3, 3.0, Some(3.0), Some(3.0))), "none");
    }

    /// Twenty organisations of ten teams whose rate just misses the limit of gold: a team is called gold in one case of twenty, so about ten of
    /// 200. A team at 1 % is found.
    #[test]
    fn teams_that_just_miss_a_limit_are_rarely_given_it() {
        let gold = |rate: f64, team: u64| {
            let failed = (0..400).filter(|at| sequela_stats::rng::uniform(sequela_stats::rng::stream(team, 5, *at)) < rate).count() as f64;
            let share = sequela_stats::proportion::jeffreys(failed, 400.0, sequela_stats::Level::default());
            standing(
                Criterion::ChangeFailureRate,
                &Measured { n: 400, value: share.value, lower: share.lower, upper: share.upper, missing: None },
            ) == "gold"
        };
        let number = |rate: f64| (0..200).filter(|team| gold(rate, *team)).count();
        assert!(number(0.0501) <= 18, "{}", number(0.0501));
        assert_eq!(number(0.01), 200);
    }

    #[test]
    fn overall_is_the_lowest_of_what_was_judged_and_nothing_without_a_rate() {
        use Criterion::{ChangeFailureRate, Coverage, Volume};
        let of = |all: &[(Criterion, Standing)]| overall(&all.iter().cloned().collect());
        let gold = || Standing::Holds(3);
        assert_eq!(of(&[(ChangeFailureRate, gold()), (Coverage, Standing::NotGiven), (Volume, Standing::Holds(1))]), Standing::Holds(1));
        assert_eq!(of(&[(ChangeFailureRate, Standing::NotGiven), (Volume, gold())]), Standing::NotGiven);
        assert_eq!(of(&[(ChangeFailureRate, Standing::TooFew), (Volume, gold())]), Standing::TooFew);
        assert_eq!(of(&[(Volume, gold())]), gold());
        let all = BTreeMap::from([(ChangeFailureRate, gold()), (Coverage, Standing::NotGiven)]);
        assert_eq!(left_out(&all).as_deref(), Some("not given: test coverage"));
    }

    #[test]
    fn the_next_step_says_what_is_missing() {
        let words = |value, upper| missing_words(Criterion::ChangeFailureRate, &measured(100, value, Some(0.0), upper), 0.05);
        assert_eq!(words(0.07, Some(0.1)), "change failure rate at most 5 % (is 7 %)");
        assert_eq!(words(0.03, Some(0.061)), "change failure rate at most 5 % (is 3 %, upper end 6.1 %: more deployments would tell)");
    }
}
