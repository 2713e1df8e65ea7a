//! What the levels ask for.

/// Something that a level asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Criterion {
    /// Change failure rate, at most.
    ChangeFailureRate,
    /// Median hours to restore, at most.
    TimeToRestore,
    /// Test coverage, at least.
    Coverage,
    /// Share of deployments with a complete change record, at least.
    ChangeRecords,
    /// Deployments, at least.
    Volume,
}

impl Criterion {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 5] = [Self::ChangeFailureRate, Self::TimeToRestore, Self::Coverage, Self::ChangeRecords, Self::Volume];

    /// As the table has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ChangeFailureRate => "change_failure_rate",
            Self::TimeToRestore => "time_to_restore",
            Self::Coverage => "coverage",
            Self::ChangeRecords => "change_records",
            Self::Volume => "volume",
        }
    }

    /// Whether less is better.
    pub const fn is_most(self) -> bool {
        matches!(self, Self::ChangeFailureRate | Self::TimeToRestore)
    }

    /// For the middle of a sentence.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::ChangeFailureRate => "change failure rate",
            Self::TimeToRestore => "time to restore",
            Self::Coverage => "test coverage",
            Self::ChangeRecords => "complete change records",
            Self::Volume => "deployments",
        }
    }

    /// What it counts, for "more … would tell".
    pub(crate) const fn counted(self) -> &'static str {
        match self {
            Self::TimeToRestore => "incidents",
            Self::Coverage => "measured services",
            _ => "deployments",
        }
    }

    /// A figure in words.
    pub(crate) fn words(self, value: f64) -> String {
        let trimmed = |value: f64| format!("{value:.1}").trim_end_matches(".0").to_owned();
        match self {
            Self::TimeToRestore => format!("{} h", trimmed(value)),
            Self::Volume => trimmed(value),
            _ => format!("{} %", trimmed(value * 100.0)),
        }
    }
}

/// What one level asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Change failure rate, at most.
    pub change_failure_rate: f64,
    /// Median hours to restore, at most.
    pub time_to_restore_hours: f64,
    /// Test coverage, at least, 0 to 1.
    pub coverage: f64,
    /// Share of deployments with a complete change record, at least.
    pub change_records: f64,
    /// Deployments in the range, at least.
    pub deployments: f64,
}

impl Limits {
    /// The limit of a criterion.
    pub const fn of(&self, criterion: Criterion) -> f64 {
        match criterion {
            Criterion::ChangeFailureRate => self.change_failure_rate,
            Criterion::TimeToRestore => self.time_to_restore_hours,
            Criterion::Coverage => self.coverage,
            Criterion::ChangeRecords => self.change_records,
            Criterion::Volume => self.deployments,
        }
    }
}

/// `[accreditation]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Accreditation {
    /// Criteria that count.
    pub criteria: Vec<Criterion>,
    /// Limits of bronze, silver and gold.
    pub levels: [Limits; 3],
}

impl Default for Accreditation {
    /// Change failure rate and time to restore: upper limits of elite, high and medium performers in DORA's report of 2023 (5, 10 and 15 %; an
    /// hour, a day, a week). Coverage: exemplary, commendable and acceptable of Google's "Code Coverage Best Practices" (2020). Complete
    /// records and the number of deployments are this project's own: nobody publishes such limits.
    fn default() -> Self {
        let limits = |change_failure_rate, time_to_restore_hours, coverage, change_records, deployments| Limits {
            change_failure_rate,
            time_to_restore_hours,
            coverage,
            change_records,
            deployments,
        };
        Self {
            criteria: Criterion::ALL.to_vec(),
            levels: [limits(0.15, 168.0, 0.6, 0.8, 20.0), limits(0.1, 24.0, 0.75, 0.9, 50.0), limits(0.05, 1.0, 0.9, 0.95, 100.0)],
        }
    }
}

/// The levels from the lowest.
pub(crate) const LEVELS: [&str; 3] = ["bronze", "silver", "gold"];

impl Accreditation {
    /// What is wrong with the limits, in words, if anything: shares lie between 0 and 1, and no level asks for less than the one below.
    ///
    /// # Errors
    /// The words.
    pub fn check(&self) -> Result<(), String> {
        for criterion in Criterion::ALL {
            let limits = self.levels.map(|level| level.of(criterion));
            let is_share = !matches!(criterion, Criterion::TimeToRestore | Criterion::Volume);
            for (level, limit) in LEVELS.iter().zip(limits) {
                if !limit.is_finite() || limit < 0.0 || (is_share && limit > 1.0) {
                    let range = if is_share { "a share from 0 to 1" } else { "a number from 0" };
                    return Err(format!("[accreditation.{level}] {} is {limit}, and {range} was expected", setting(criterion)));
                }
            }
            let is_in_order = |pair: &[f64]| if criterion.is_most() { pair[1] <= pair[0] } else { pair[1] >= pair[0] };
            if let Some(place) = limits.windows(2).position(|pair| !is_in_order(pair)) {
                let (below, above) = (LEVELS[place], LEVELS[place + 1]);
                let (less, more) = (limits[place], limits[place + 1]);
                return Err(format!("[accreditation] {}: {above} asks for less ({more}) than {below} ({less})", setting(criterion)));
            }
        }
        Ok(())
    }
}

/// The name of a limit in the settings.
const fn setting(criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::TimeToRestore => "time_to_restore_hours",
        Criterion::Volume => "deployments",
        criterion => criterion.word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_make_no_sense_are_named() {
        assert_eq!(Accreditation::default().check(), Ok(()));
        let with = |change: fn(&mut Accreditation)| {
            let mut settings = Accreditation::default();
            change(&mut settings);
            settings.check().unwrap_err()
        };
        assert!(with(|one| one.levels[2].change_failure_rate = 5.0).contains("[accreditation.gold] change_failure_rate is 5"));
        assert!(with(|one| one.levels[0].time_to_restore_hours = f64::NAN).contains("time_to_restore_hours"));
        assert!(with(|one| one.levels[1].change_failure_rate = 0.2).contains("silver asks for less (0.2) than bronze (0.15)"));
        assert!(with(|one| one.levels[2].coverage = 0.1).contains("gold asks for less (0.1) than silver (0.75)"));
    }
}
