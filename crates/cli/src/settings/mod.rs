//! Settings in layers: built-in defaults < configuration < environment < flags. The environment is read here and nowhere else.

mod calendar;
pub(crate) mod file;
mod freeze;
mod management;
mod risk;
mod time;

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use sequela_ingest::{Alias, Mask, Source};
use sequela_management::{Accreditation, FreezeWindow, StandardChange, Thresholds};
use sequela_metrics::WorkingHours;
use sequela_schema::Definition;
use sequela_schema::definition::PRESETS;

use crate::arguments::{Overrides, RunArgs};
use crate::failure::Failure;
pub(crate) use file::File;
pub(crate) use time::{Edge, format_time, parse_time};

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Built in.
    Default,
    /// The configuration file.
    File,
    /// A flag, or an environment variable of the same name.
    Flag,
}

impl Origin {
    /// As `config show` prints it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "configuration",
            Self::Flag => "flag or environment",
        }
    }
}

/// A value with its origin.
#[derive(Clone, Debug)]
pub(crate) struct Setting<T> {
    /// The value.
    pub(crate) value: T,
    /// Its origin.
    pub(crate) origin: Origin,
}

/// The highest layer that has a value.
fn layer<T>(flag: Option<T>, file: Option<T>, default: T) -> Setting<T> {
    match (flag, file) {
        (Some(value), _) => Setting { value, origin: Origin::Flag },
        (None, Some(value)) => Setting { value, origin: Origin::File },
        (None, None) => Setting { value: default, origin: Origin::Default },
    }
}

/// How many refused rows are too many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum BadRows {
    /// A number of rows.
    Number(u64),
    /// A share of all rows, 0 to 1.
    Share(f64),
}

/// Everything a command needs to know.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Folder of the configuration.
    pub(crate) base: PathBuf,
    /// `[org] name`
    pub(crate) organisation: Setting<String>,
    /// `[org] timezone`
    pub(crate) timezone: Setting<Tz>,
    /// `[org] production`
    pub(crate) production: Setting<Vec<String>>,
    /// `[[source]]`
    pub(crate) sources: Vec<Source>,
    /// `[definition]`
    pub(crate) definition: Setting<Definition>,
    /// Extract time.
    pub(crate) as_of: Setting<Option<i64>>,
    /// Start of the range.
    pub(crate) from: Setting<Option<i64>>,
    /// First instant after the range.
    pub(crate) to: Setting<Option<i64>>,
    /// Threads.
    pub(crate) threads: Setting<Option<usize>>,
    /// Seed.
    pub(crate) seed: Setting<u64>,
    /// Limit of refused rows.
    pub(crate) max_bad_rows: Setting<Option<BadRows>>,
    /// Whether charts are drawn.
    pub(crate) charts: Setting<bool>,
    /// What becomes of names of persons.
    pub(crate) mask: Setting<Mask>,
    /// Mixed into hashes of names; never shown.
    pub(crate) salt: String,
    /// What names in the exports mean.
    pub(crate) aliases: Vec<Alias>,
    /// `[calendar]`
    pub(crate) working_hours: Setting<Option<WorkingHours>>,
    /// `[bands] year`
    pub(crate) band_year: Setting<i32>,
    /// `[freeze] windows`
    pub(crate) freeze: Setting<Vec<FreezeWindow>>,
    /// `[standard_change]`
    pub(crate) standard_change: Setting<StandardChange>,
    /// `[accreditation]`
    pub(crate) accreditation: Setting<Accreditation>,
    /// `[risk]`
    pub(crate) risk: Setting<Thresholds>,
}

impl Settings {
    /// Reads the configuration that the arguments name and puts the layers together.
    pub(crate) fn resolve(arguments: &RunArgs) -> Result<Self, Failure> {
        let file = File::read(&arguments.config)?;
        let base = arguments.config.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        Self::combine(file, base, &arguments.overrides)
    }

    fn combine(file: File, base: PathBuf, flags: &Overrides) -> Result<Self, Failure> {
        let zone_name = layer(None, file.org.timezone, "UTC".to_owned());
        let zone = Setting { value: zone(&zone_name.value, "org")?, origin: zone_name.origin };
        let time = |flag: &Option<String>, file: Option<file::Text>, name: &str, edge: Edge| {
            let text = layer(flag.clone().map(Some), file.map(|text| Some(text.words())), None);
            let value = text.value.map(|text| parse_time(&text, zone.value, edge, name)).transpose()?;
            Ok::<_, Failure>(Setting { value, origin: text.origin })
        };
        let bad_rows = layer(flags.max_bad_rows.clone().map(Some), file.run.max_bad_rows.map(|text| Some(text.words())), None);
        Ok(Self {
            base,
            organisation: layer(None, file.org.name, "Organisation".to_owned()),
            production: layer(None, file.org.production, Vec::new()),
            sources: file.sources,
            definition: definition(flags.definition.as_deref(), file.definition)?,
            as_of: time(&flags.as_of, file.run.as_of, "as_of", Edge::Exact)?,
            from: time(&flags.from, file.run.from, "from", Edge::Start)?,
            to: time(&flags.to, file.run.to, "to", Edge::End)?,
            threads: layer(flags.threads.map(Some), file.run.threads.map(Some), None),
            seed: layer(flags.seed, file.run.seed, 1),
            max_bad_rows: Setting { value: bad_rows.value.map(|text| limit(&text)).transpose()?, origin: bad_rows.origin },
            charts: layer(flags.no_charts.then_some(false), file.run.charts, true),
            mask: layer(None, file.mask.identifiers, Mask::Drop),
            salt: file.mask.salt.unwrap_or_default(),
            working_hours: layer(None, calendar::working_hours(file.calendar, zone.value)?.map(Some), None),
            band_year: layer(None, calendar::band_year(file.bands.year)?, sequela_metrics::LATEST_BANDS),
            freeze: layer(None, freeze::windows(file.freeze, zone.value)?, Vec::new()),
            standard_change: layer(None, management::standard_change(file.standard_change)?, StandardChange::default()),
            accreditation: layer(None, management::accreditation(file.accreditation)?, Accreditation::default()),
            risk: layer(None, risk::thresholds(&file.risk)?, Thresholds::default()),
            timezone: zone,
            aliases: file.catalog.alias,
        })
    }

    /// Settings that shape the result, with values as they would be typed and their origins.
    pub(crate) fn shown(&self) -> Vec<(&'static str, String, Origin)> {
        let instant = |setting: &Setting<Option<i64>>| setting.value.map_or_else(|| "auto".to_owned(), format_time);
        let bad_rows = self.max_bad_rows.value.map_or_else(
            || "no limit".to_owned(),
            |limit| match limit {
                BadRows::Number(number) => number.to_string(),
                BadRows::Share(share) => format!("{}%", share * 100.0),
            },
        );
        vec![
            ("org.name", self.organisation.value.clone(), self.organisation.origin),
            ("org.timezone", self.timezone.value.name().to_owned(), self.timezone.origin),
            ("org.production", self.production.value.join(", "), self.production.origin),
            ("definition.preset", self.definition.value.preset.clone(), self.definition.origin),
            ("run.as_of", instant(&self.as_of), self.as_of.origin),
            ("run.from", instant(&self.from), self.from.origin),
            ("run.to", instant(&self.to), self.to.origin),
            ("run.seed", self.seed.value.to_string(), self.seed.origin),
            ("run.max_bad_rows", bad_rows, self.max_bad_rows.origin),
            ("run.charts", self.charts.value.to_string(), self.charts.origin),
            ("calendar", self.working_hours.value.as_ref().map_or_else(|| "none".to_owned(), calendar::words), self.working_hours.origin),
            ("bands.year", self.band_year.value.to_string(), self.band_year.origin),
            ("freeze", freeze::words(&self.freeze.value), self.freeze.origin),
            ("standard_change", management::standard_change_words(&self.standard_change.value), self.standard_change.origin),
            ("accreditation", management::accreditation_words(&self.accreditation.value), self.accreditation.origin),
            ("risk", risk::words(&self.risk.value), self.risk.origin),
            ("mask.identifiers", format!("{:?}", self.mask.value).to_lowercase(), self.mask.origin),
        ]
    }
}

fn zone(name: &str, section: &str) -> Result<Tz, Failure> {
    name.parse().map_err(|_| {
        let similarity = |zone: &Tz| strsim::jaro_winkler(name, zone.name());
        let closest = chrono_tz::TZ_VARIANTS.iter().max_by(|left, right| similarity(left).total_cmp(&similarity(right)));
        let suggestion = closest.map_or_else(String::new, |zone| format!(", did you mean {:?}?", zone.name()));
        Failure::settings(format!("unknown time zone {name:?} in [{section}] timezone{suggestion}"))
            .hint("use a name of the IANA database, such as \"Europe/London\" or \"UTC\"")
    })
}

/// A preset, with the fields of `[definition]` in place of its own.
fn definition(flag: Option<&str>, mut fields: toml::Table) -> Result<Setting<Definition>, Failure> {
    let origin = if flag.is_some() {
        Origin::Flag
    } else if fields.is_empty() {
        Origin::Default
    } else {
        Origin::File
    };
    let named = match fields.remove("preset") {
        None => None,
        Some(toml::Value::String(name)) => Some(name),
        Some(other) => return Err(Failure::settings(format!("[definition] preset is {other}, a name was expected"))),
    };
    let name = flag.map(ToOwned::to_owned).or(named).unwrap_or_else(|| PRESETS[0].to_owned());
    let preset = Definition::preset(&name)
        .ok_or_else(|| Failure::settings(format!("unknown definition {name:?}")).hint(format!("known ones: {}", PRESETS.join(", "))))?;
    let mut table = toml::Table::try_from(&preset).map_err(|error| Failure::settings(error.to_string()))?;
    table.extend(fields);
    let value = table.try_into().map_err(|error: toml::de::Error| {
        Failure::settings(format!("[definition]: {}", error.message())).hint("docs/definitions.md lists its fields")
    })?;
    Ok(Setting { value, origin })
}

fn limit(text: &str) -> Result<BadRows, Failure> {
    let share = text.strip_suffix('%').map(|percent| percent.trim().parse::<f64>().map(|percent| BadRows::Share(percent / 100.0)).ok());
    let parsed = share.unwrap_or_else(|| text.trim().parse().map(BadRows::Number).ok());
    parsed.ok_or_else(|| {
        Failure::settings(format!("max_bad_rows is {text:?}")).hint("give a number of rows such as 100, or a share such as 5%")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(toml: &str, flags: &Overrides) -> Result<Settings, Failure> {
        Settings::combine(toml::from_str(toml).unwrap(), PathBuf::new(), flags)
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let flags = Overrides { seed: Some(9), ..Overrides::default() };
        let settings = settings("[org]\nname = \"A\"\n[run]\nseed = 5\nthreads = 3\n", &flags).unwrap();
        assert_eq!((settings.seed.value, settings.seed.origin), (9, Origin::Flag));
        assert_eq!((settings.threads.value, settings.threads.origin), (Some(3), Origin::File));
        assert_eq!((settings.timezone.value, settings.timezone.origin), (Tz::UTC, Origin::Default));
    }

    #[test]
    fn fields_override_a_preset() {
        let settings = settings("[definition]\npreset = \"nearest-24h\"\nlookback_hours = 4\n", &Overrides::default()).unwrap();
        let expected = Definition { lookback_hours: Some(4.0), ..Definition::preset("nearest-24h").unwrap() };
        assert_eq!(settings.definition.value, expected);
    }

    #[test]
    fn mistakes_are_named() {
        let message = |toml: &str| settings(toml, &Overrides::default()).unwrap_err().messages.join(" ");
        assert!(message("[definition]\nlookback = 3\n").contains("lookback"));
        assert!(message("[org]\ntimezone = \"Europe/Lundon\"\n").contains("\"Europe/London\""));
        assert!(message("[definition]\npreset = \"devlake\"\n").contains("devlake"));
        assert!(message("[run]\nmax_bad_rows = \"many\"\n").contains("many"));
    }
}
