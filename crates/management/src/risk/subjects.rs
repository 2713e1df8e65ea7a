//! What the model sees of a deployment or a planned change, and how that becomes numbers.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, Timelike, Weekday};
use chrono_tz::Tz;
use sequela_stats::logistic::Design;

use super::history::Known;

/// A level of a category that fewer deployments have is left to the average.
const FEWEST_OF_LEVEL: usize = 20;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    Service,
    Team,
    Recent,
    Size,
    Dependents,
    Kind,
    Type,
    Path,
    Time,
}

/// Families that are numbers, and those that are categories.
const NUMBERS: [Family; 5] = [Family::Service, Family::Team, Family::Recent, Family::Size, Family::Dependents];
const CATEGORIES: [Family; 4] = [Family::Kind, Family::Type, Family::Path, Family::Time];

/// A deployment or a planned change.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    pub(super) known: Known,
    pub(super) lines: Option<i64>,
    /// Services that depend on its service.
    pub(super) dependents: usize,
    /// Kind of deployment; a planned change has none.
    pub(super) kind: Option<String>,
    /// `standard`, `normal` or `emergency`, where a change record tells.
    pub(super) change_type: Option<String>,
    pub(super) path: Option<String>,
    pub(super) time: Option<&'static str>,
}

impl Subject {
    fn number(&self, family: Family) -> Option<f64> {
        Some(match family {
            Family::Service => self.known.service_surplus(),
            Family::Team => self.known.team_surplus(),
            Family::Recent => (1.0 + self.known.recent).log2(),
            Family::Size => (1.0 + self.lines.filter(|lines| *lines >= 0)? as f64).log10(),
            _ => (1.0 + self.dependents as f64).log2(),
        })
    }

    fn category(&self, family: Family) -> Option<&str> {
        match family {
            Family::Kind => self.kind.as_deref(),
            Family::Type => self.change_type.as_deref(),
            Family::Path => self.path.as_deref(),
            _ => self.time,
        }
    }
}

/// Part of the week in the organisation's zone.
pub(super) fn part_of_week(at: i64, zone: Tz) -> Option<&'static str> {
    let local = DateTime::from_timestamp_micros(at)?.with_timezone(&zone);
    Some(match (local.weekday(), local.hour()) {
        (Weekday::Sat | Weekday::Sun, _) => "on a weekend",
        (_, ..7 | 19..) => "in the evening or at night",
        (Weekday::Fri, 12..) => "on a Friday afternoon",
        _ => "in working hours",
    })
}

/// One column of the design.
#[derive(Clone, Debug)]
struct Column {
    family: Family,
    /// The level that it marks, of a category.
    level: Option<String>,
    mean: f64,
    scale: f64,
}

/// How subjects become rows; made from the deployments that a model is fitted to.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    columns: Vec<Column>,
}

impl Encoder {
    /// Numbers to mean 0 and deviation 1, categories to one column per level but the commonest, less its mean. What is unknown stands at
    /// the mean.
    pub(super) fn of(subjects: &[&Subject]) -> Self {
        let mut columns = Vec::new();
        for family in NUMBERS {
            let values: Vec<f64> = subjects.iter().filter_map(|subject| subject.number(family)).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let scale = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
            if scale > 1e-9 {
                columns.push(Column { family, level: None, mean, scale });
            }
        }
        for family in CATEGORIES {
            columns.extend(levels(subjects, family));
        }
        Self { columns }
    }

    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn row(&self, subject: &Subject) -> Vec<f64> {
        let cell = |column: &Column| {
            let value = match &column.level {
                None => subject.number(column.family),
                Some(level) => subject.category(column.family).map(|found| f64::from(u8::from(found == level))),
            };
            value.map_or(0.0, |value| (value - column.mean) / column.scale)
        };
        self.columns.iter().map(cell).collect()
    }

    pub(super) fn design(&self, subjects: &[&Subject]) -> Design {
        Design { width: self.width(), values: subjects.iter().flat_map(|subject| self.row(subject)).collect() }
    }

    /// What each family adds to the log odds of the average deployment.
    pub(super) fn parts(&self, row: &[f64], weights: &[f64]) -> BTreeMap<Family, f64> {
        let mut parts = BTreeMap::new();
        for ((column, value), weight) in self.columns.iter().zip(row).zip(weights) {
            *parts.entry(column.family).or_default() += value * weight;
        }
        parts
    }
}

fn levels(subjects: &[&Subject], family: Family) -> Vec<Column> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    subjects.iter().filter_map(|subject| subject.category(family)).for_each(|level| *counts.entry(level).or_default() += 1);
    let all: usize = counts.values().sum();
    let mut ordered: Vec<(&str, usize)> = counts.into_iter().collect();
    ordered.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
    let kept = ordered.into_iter().skip(1).filter(|(_, count)| *count >= FEWEST_OF_LEVEL);
    kept.map(|(level, count)| Column { family, level: Some(level.to_owned()), mean: count as f64 / all as f64, scale: 1.0 }).collect()
}

/// What raises or lowers the odds by a tenth or more, the strongest first, at most three, in words.
pub(super) fn reasons(subject: &Subject, parts: &BTreeMap<Family, f64>) -> String {
    let mut strongest: Vec<(Family, f64)> =
        parts.iter().map(|(family, part)| (*family, *part)).filter(|(_, part)| part.abs() >= 1.1_f64.ln()).collect();
    strongest.sort_by(|left, right| right.1.abs().total_cmp(&left.1.abs()).then(left.0.cmp(&right.0)));
    let words = strongest.iter().take(3).map(|(family, part)| format!("odds × {:.1}: {}", part.exp(), words(subject, *family)));
    words.collect::<Vec<_>>().join("; ")
}

fn words(subject: &Subject, family: Family) -> String {
    let known = &subject.known;
    let record = |who: &str, (trials, failures): (f64, f64)| match trials {
        trials if trials > 0.0 => format!("{who} failed {:.1} % of {trials:.0} deployments", 100.0 * failures / trials),
        _ => format!("{who} has no deployment yet"),
    };
    let text = |text: &Option<String>| text.as_deref().unwrap_or("unknown").replace('_', " ");
    match family {
        Family::Service => record("the service", known.service),
        Family::Team => record("the team", known.team),
        Family::Recent if known.recent < 0.05 => "no failure of the service in 30 days".to_owned(),
        Family::Recent => format!("{:.1} expected failures of the service in 30 days", known.recent),
        Family::Size => subject.lines.map_or_else(|| "size unknown".to_owned(), |lines| format!("{lines} lines changed")),
        Family::Dependents => match subject.dependents {
            1 => "1 service depends on it".to_owned(),
            number => format!("{number} services depend on it"),
        },
        Family::Kind => format!("kind {}", text(&subject.kind)),
        Family::Type => format!("{} change", text(&subject.change_type)),
        Family::Path => format!("approval {}", text(&subject.path)),
        Family::Time => subject.time.unwrap_or("time unknown").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 November 2026 is a Friday; Berlin is one hour ahead of UTC in November.
    #[test]
    fn the_week_is_cut_in_the_organisations_zone() {
        let at =
            |text: &str| part_of_week(DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros(), chrono_tz::Europe::Berlin).unwrap();
        assert_eq!(at("2026-11-20T10:59:00Z"), "in working hours");
        assert_eq!(at("2026-11-20T11:00:00Z"), "on a Friday afternoon");
        assert_eq!(at("2026-11-20T18:00:00Z"), "in the evening or at night");
        assert_eq!(at("2026-11-20T23:00:00Z"), "on a weekend");
    }

    #[test]
    fn what_is_unknown_stands_at_the_mean() {
        let of = |lines| Subject { lines, ..Subject::default() };
        let all = [of(Some(9)), of(Some(999)), of(None)];
        let encoder = Encoder::of(&all.iter().collect::<Vec<_>>());
        // log10 of 10 and 1000: mean 2, deviation 1.
        assert_eq!(all.iter().map(|subject| encoder.row(subject)).collect::<Vec<_>>(), [vec![-1.0], vec![1.0], vec![0.0]]);
    }
}
