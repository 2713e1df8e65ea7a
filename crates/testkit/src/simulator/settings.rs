//! What an organisation is like: every setting with its meaning, its range and its default, and the named choices.

use thiserror::Error;

/// How long a failed deployment takes to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// Log-normal around the median.
    LogNormal,
    /// Uniform over twelve hours.
    Uniform12,
    /// Half within minutes, half the next day.
    Bimodal,
}

const DELAYS: [(&str, Delay); 3] = [("lognormal", Delay::LogNormal), ("uniform12", Delay::Uniform12), ("bimodal", Delay::Bimodal)];

/// Settings of the simulator; [`Settings::table`] says what each means. Rates are per service and day.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the table below documents each, for readers of code and of `--list` alike")]
pub struct Settings {
    pub seed: u64,
    pub services: u32,
    pub teams: u32,
    pub weeks: u32,
    pub lowest_rate: f64,
    pub highest_rate: f64,
    pub rate_shape: f64,
    pub trains: u32,
    pub share: f64,
    pub failure_scale: f64,
    pub delay: Delay,
    pub delay_median: f64,
    pub delay_spread: f64,
    pub noticed_by_people: f64,
    pub seen_on_consumer: f64,
    pub seen_two_hops_away: f64,
    pub noisy: f64,
    pub burst: f64,
    pub rolled_back: f64,
    pub rolled_back_in_vain: f64,
    pub rollback_recorded: f64,
    pub fixed: f64,
    pub fixed_in_vain: f64,
    pub duplicates: f64,
    pub wrong_service: f64,
    pub labels: f64,
    pub busy: f64,
    pub drift: f64,
    pub null: bool,
    pub records: bool,
    pub recurring: u32,
    pub safe_and_unsafe: bool,
    pub coverage_effect: f64,
    pub friday_effect: f64,
    pub bad_release: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            services: 300,
            teams: 40,
            weeks: 26,
            lowest_rate: 0.05,
            highest_rate: 30.0,
            rate_shape: 0.5,
            trains: 6,
            share: 0.5,
            failure_scale: 1.0,
            delay: Delay::LogNormal,
            delay_median: 0.75,
            delay_spread: 1.4,
            noticed_by_people: 0.3,
            seen_on_consumer: 0.15,
            seen_two_hops_away: 0.05,
            noisy: 0.1,
            burst: 0.6,
            rolled_back: 0.5,
            rolled_back_in_vain: 0.1,
            rollback_recorded: 0.7,
            fixed: 0.4,
            fixed_in_vain: 0.5,
            duplicates: 0.08,
            wrong_service: 0.05,
            labels: 0.0,
            busy: 0.0,
            drift: 0.0,
            null: false,
            records: false,
            recurring: 16,
            safe_and_unsafe: true,
            coverage_effect: 0.3,
            friday_effect: 3.0,
            bad_release: 12,
        }
    }
}

/// A named choice of settings.
#[derive(Clone, Copy, Debug)]
pub struct Regime {
    /// Its name.
    pub name: &'static str,
    /// What differs from the defaults.
    pub changes: &'static [&'static str],
}

const fn regime(name: &'static str, changes: &'static [&'static str]) -> Regime {
    Regime { name, changes }
}

/// All named choices.
pub const REGIMES: [Regime; 11] = [
    regime("base", &[]),
    regime("low-freq", &["highest_rate=1", "lowest_rate=0.02"]),
    regime("high-freq", &["services=60", "teams=12", "lowest_rate=2", "highest_rate=30", "weeks=13"]),
    regime("share20", &["services=120", "share=0.2"]),
    regime("share80", &["share=0.8"]),
    regime("labels30", &["labels=0.3"]),
    regime("uniform12", &["delay=uniform12"]),
    regime("bimodal", &["delay=bimodal"]),
    regime("busy", &["busy=0.5", "drift=0.4"]),
    regime("small", &["services=30", "teams=6"]),
    regime("null", &["null=true"]),
];

/// A change that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingError {
    /// Not of the form `name=value`.
    #[error("{0:?} is not of the form name=value")]
    Form(String),
    /// No setting has that name.
    #[error("there is no setting {0:?}")]
    Name(String),
    /// The value is of another kind or out of range.
    #[error("{name} is {found:?}, {expected} was expected")]
    Value {
        /// Setting.
        name: &'static str,
        /// What was given.
        found: String,
        /// What would do.
        expected: String,
    },
    /// Two settings contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// A setting as a reader of a list sees it.
#[derive(Debug)]
pub struct Setting<'a> {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    value: Value<'a>,
}

#[derive(Debug)]
enum Value<'a> {
    Count(&'a mut u32, u32, u32),
    Number(&'a mut f64, f64, f64),
    Delay(&'a mut Delay),
    Flag(&'a mut bool),
}

impl Settings {
    /// The settings of a named choice.
    pub fn regime(name: &str, seed: u64) -> Option<Self> {
        let regime = REGIMES.iter().find(|regime| regime.name == name)?;
        let mut settings = Self { seed, ..Self::default() };
        regime.changes.iter().try_for_each(|change| settings.set(change)).ok()?;
        Some(settings)
    }

    /// Changes one setting, given as `name=value`.
    pub fn set(&mut self, change: &str) -> Result<(), SettingError> {
        let (name, value) = change.split_once('=').ok_or_else(|| SettingError::Form(change.to_owned()))?;
        let setting = self.table().into_iter().find(|setting| setting.name == name.trim());
        setting.ok_or_else(|| SettingError::Name(name.trim().to_owned()))?.read(value.trim())
    }

    /// Whether the settings fit together.
    pub fn check(&self) -> Result<(), SettingError> {
        let contradictions = [
            (self.teams > self.services, "there are more teams than services"),
            (self.lowest_rate > self.highest_rate, "lowest_rate is above highest_rate"),
            (self.seen_on_consumer + self.seen_two_hops_away > 1.0, "seen_on_consumer and seen_two_hops_away sum to more than 1"),
            (self.rolled_back + self.fixed > 1.0, "rolled_back and fixed sum to more than 1"),
            (self.rolled_back_in_vain + self.fixed_in_vain > 1.0, "rolled_back_in_vain and fixed_in_vain sum to more than 1"),
            (self.records && (self.services < 10 || self.weeks < 6), "records=true needs at least 10 services and 6 weeks"),
        ];
        contradictions.iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, text)| Err(SettingError::Contradiction(text)))
    }

    /// Whether effects are planted: there are records for them, and deployments cause something at all.
    pub(super) fn has_effects(&self) -> bool {
        self.records && !self.null
    }

    /// Every setting but the seed; those from `records` on matter only with it.
    pub fn table(&mut self) -> Vec<Setting<'_>> {
        use Value::{Count, Delay, Flag, Number};
        const ANY: f64 = 1000.0;
        let row = |name, value, doc| Setting { name, doc, value };
        vec![
            row("services", Count(&mut self.services, 1, 100_000), "services"),
            row("teams", Count(&mut self.teams, 1, 10_000), "teams; each owns at least one service"),
            row("weeks", Count(&mut self.weeks, 1, 1_040), "length of the history"),
            row("lowest_rate", Number(&mut self.lowest_rate, 0.001, ANY), "deployments a day of the quietest services"),
            row("highest_rate", Number(&mut self.highest_rate, 0.001, ANY), "deployments a day of the busiest services"),
            row("rate_shape", Number(&mut self.rate_shape, 0.01, 10.0), "shape of the truncated Pareto distribution of rates"),
            row("trains", Count(&mut self.trains, 0, 1_000), "release trains: weekly deployments of many services within half an hour"),
            row("share", Number(&mut self.share, 0.01, 1.0), "share of incidents that deployments cause, before duplicates"),
            row("failure_scale", Number(&mut self.failure_scale, 0.0, 100.0), "factor of the failure rates of teams, which are 1 to 20 %"),
            row("delay", Delay(&mut self.delay), "from a failed deployment to its incident"),
            row("delay_median", Number(&mut self.delay_median, 0.001, ANY), "hours, of a log-normal delay"),
            row("delay_spread", Number(&mut self.delay_spread, 0.0, 5.0), "standard deviation of its logarithm"),
            row("noticed_by_people", Number(&mut self.noticed_by_people, 0.0, 1.0), "share of failures that wait for waking hours"),
            row("seen_on_consumer", Number(&mut self.seen_on_consumer, 0.0, 1.0), "share seen on a service that depends on it"),
            row("seen_two_hops_away", Number(&mut self.seen_two_hops_away, 0.0, 1.0), "share seen one service further on"),
            row("noisy", Number(&mut self.noisy, 0.0, 1.0), "share of services with eight times as many background incidents"),
            row("burst", Number(&mut self.burst, 0.0, 3.9), "mean of further incidents after every fourth one of a noisy service"),
            row("rolled_back", Number(&mut self.rolled_back, 0.0, 1.0), "share of caused incidents after which the culprit is rolled back"),
            row(
                "rolled_back_in_vain",
                Number(&mut self.rolled_back_in_vain, 0.0, 1.0),
                "share of background ones after which something is",
            ),
            row("rollback_recorded", Number(&mut self.rollback_recorded, 0.0, 1.0), "share of rollbacks that say what they undo"),
            row("fixed", Number(&mut self.fixed, 0.0, 1.0), "share of caused incidents after which a fix is deployed"),
            row("fixed_in_vain", Number(&mut self.fixed_in_vain, 0.0, 1.0), "share of background ones after which one is"),
            row("duplicates", Number(&mut self.duplicates, 0.0, 1.0), "chance that an incident is recorded twice"),
            row("wrong_service", Number(&mut self.wrong_service, 0.0, 1.0), "share of incidents recorded on a wrong service"),
            row("labels", Number(&mut self.labels, 0.0, 1.0), "share of caused incidents whose record names the cause"),
            row("busy", Number(&mut self.busy, 0.0, 2.0), "spread of weekly factors shared by deployments and background incidents"),
            row("drift", Number(&mut self.drift, 0.0, 2.0), "spread of four-weekly factors of background incidents"),
            row("null", Flag(&mut self.null), "no deployment causes anything"),
            row("records", Flag(&mut self.records), "change and problem records, coverage and freezes too, with effects planted"),
            row("recurring", Count(&mut self.recurring, 0, 1_000), "incidents of each of two planted recurrences"),
            row("safe_and_unsafe", Flag(&mut self.safe_and_unsafe), "one change model hardly fails, one standard change often"),
            row(
                "coverage_effect",
                Number(&mut self.coverage_effect, 0.0, 2.0),
                "fall of the logarithm of failure rates per 10 points of coverage",
            ),
            row("friday_effect", Number(&mut self.friday_effect, 0.01, 20.0), "factor of failure rates from Friday noon"),
            row("bad_release", Count(&mut self.bad_release, 0, 1_000), "incidents after one deployment, eight hours later on average"),
        ]
    }
}

impl Setting<'_> {
    /// Its value, as it would be typed.
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Count(value, ..) => value.to_string(),
            Value::Number(value, ..) => value.to_string(),
            Value::Flag(value) => value.to_string(),
            Value::Delay(value) => DELAYS.iter().find(|(_, delay)| delay == *value).map(|(name, _)| (*name).to_owned()).unwrap_or_default(),
        }
    }

    fn read(self, text: &str) -> Result<(), SettingError> {
        let expected = self.expected();
        let read = match self.value {
            Value::Count(target, low, high) => keep(target, text.parse().ok().filter(|value| (low..=high).contains(value))),
            Value::Number(target, low, high) => keep(target, text.parse().ok().filter(|value| (low..=high).contains(value))),
            Value::Flag(target) => keep(target, text.parse().ok()),
            Value::Delay(target) => keep(target, DELAYS.iter().find(|(name, _)| *name == text).map(|(_, delay)| *delay)),
        };
        read.ok_or_else(|| SettingError::Value { name: self.name, found: text.to_owned(), expected })
    }

    fn expected(&self) -> String {
        match &self.value {
            Value::Count(_, low, high) => format!("a whole number from {low} to {high}"),
            Value::Number(_, low, high) => format!("a number from {low} to {high}"),
            Value::Flag(_) => "true or false".to_owned(),
            Value::Delay(_) => format!("one of {}", DELAYS.map(|(name, _)| name).join(", ")),
        }
    }
}

fn keep<T>(target: &mut T, value: Option<T>) -> Option<()> {
    *target = value?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_regime_is_consistent() {
        for regime in REGIMES {
            let settings = Settings::regime(regime.name, 1).unwrap_or_else(|| panic!("{}", regime.name));
            assert_eq!(settings.check(), Ok(()), "{}", regime.name);
        }
        assert_eq!(Settings::regime("bass", 1), None);
    }

    #[test]
    fn mistakes_are_named() {
        let message = |change: &str| Settings::default().set(change).unwrap_err().to_string();
        assert_eq!(message("share"), "\"share\" is not of the form name=value");
        assert_eq!(message("shares=0.2"), "there is no setting \"shares\"");
        assert_eq!(message("share=20"), "share is \"20\", a number from 0.01 to 1 was expected");
        assert_eq!(message("weeks=nan"), "weeks is \"nan\", a whole number from 1 to 1040 was expected");
        assert_eq!(message("share=nan"), "share is \"nan\", a number from 0.01 to 1 was expected");
        assert_eq!(message("delay=slow"), "delay is \"slow\", one of lognormal, uniform12, bimodal was expected");
        assert!(Settings { teams: 500, ..Settings::default() }.check().is_err());
    }

    #[test]
    fn what_is_shown_can_be_typed() {
        let mut settings = Settings::regime("bimodal", 4).unwrap();
        let shown: Vec<String> = settings.table().iter().map(|setting| format!("{}={}", setting.name, setting.shown())).collect();
        let mut again = Settings { seed: 4, ..Settings::default() };
        shown.iter().for_each(|change| again.set(change).unwrap());
        assert_eq!(again, settings);
    }
}
