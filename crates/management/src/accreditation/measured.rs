//! The figures of each team that criteria are judged by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::PolarsResult;
use sequela_schema::canonical::{changes, incidents, quality_measures};
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::metrics;
use sequela_schema::vocabulary::{period, scope};
use sequela_schema::{Frames, Values};
use sequela_stats::{Level, proportion};

use super::Criterion;
use crate::carried::FEWEST;
use crate::records::{Change, Records, is_withheld};

/// A figure that a criterion is judged by.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    pub(super) n: i64,
    pub(super) value: Option<f64>,
    pub(super) lower: Option<f64>,
    pub(super) upper: Option<f64>,
    /// Why there is no figure: which export would give it.
    pub(super) missing: Option<String>,
}

impl Measured {
    fn missing(why: &str) -> Self {
        Self { missing: Some(why.to_owned()), ..Self::default() }
    }

    /// Whether there are observations, but not enough; numbers of deployments and coverage are no samples.
    pub(super) fn is_few(&self, criterion: Criterion) -> bool {
        let is_sample = !matches!(criterion, Criterion::Volume | Criterion::Coverage);
        self.missing.is_none() && (self.value.is_none() || (is_sample && self.n < FEWEST as i64))
    }
}

/// Figures by team and criterion.
pub(super) type Teams = BTreeMap<String, BTreeMap<Criterion, Measured>>;

/// Reads the figures of all teams that have deployments.
pub(super) fn teams(frames: &Frames, records: &Records) -> PolarsResult<Teams> {
    let deployments = of_metric(frames, &metric::DEPLOYMENTS)?;
    let (rates, restores) = (of_metric(frames, &metric::CHANGE_FAILURE_RATE)?, of_metric(frames, &metric::TIME_TO_RESTORE_MEDIAN)?);
    let coverage = coverage(frames)?;
    let without_incidents = frames.height(&incidents::TABLE) == 0;
    let withheld = is_withheld(frames)?;
    let fields = Fields::of(records);
    let of = |team: &String, volume: &Measured| {
        let number = volume.value;
        let rate = match () {
            () if without_incidents => Measured::missing("an incident export gives it"),
            () if withheld => Measured::missing("the attribution model may not judge on these data"),
            () => rates.get(team).cloned().unwrap_or_else(|| Measured::missing("this definition has no such figure")),
        };
        let restore = match restores.get(team) {
            _ if without_incidents => Measured::missing("an incident export gives it"),
            None => Measured::missing("no incident of the team"),
            Some(restore) if restore.n == 0 => Measured::missing("no incident of the team"),
            Some(restore) => restore.clone(),
        };
        BTreeMap::from([
            (Criterion::ChangeFailureRate, rate),
            (Criterion::TimeToRestore, restore),
            (Criterion::Coverage, coverage.as_ref().map_or_else(no_coverage, |by_service| covered(records, team, by_service))),
            (Criterion::ChangeRecords, recorded(records, team, &fields)),
            (Criterion::Volume, Measured { n: volume.n, value: number, lower: number, upper: number, missing: None }),
        ])
    };
    Ok(deployments.iter().map(|(team, volume)| (team.clone(), of(team, volume))).collect())
}

/// A figure of each team over the whole range, as ratio or hours.
fn of_metric(frames: &Frames, wanted: &Metric) -> PolarsResult<BTreeMap<String, Measured>> {
    let frame = frames.get(&metrics::TABLE);
    let (scopes, ids) = (frame.texts(&metrics::SCOPE)?, frame.texts(&metrics::SCOPE_ID)?);
    let (periods, names, units) = (frame.texts(&metrics::PERIOD)?, frame.texts(&metrics::METRIC)?, frame.texts(&metrics::UNIT)?);
    let (numbers, values) = (frame.ints(&metrics::N)?, frame.reals(&metrics::VALUE)?);
    let (lowers, uppers) = (frame.reals(&metrics::LOWER)?, frame.reals(&metrics::UPPER)?);
    let is_wanted = |row: &usize| {
        scopes.get(*row) == Some(scope::TEAM) && periods.get(*row) == Some(period::ALL) && names.get(*row) == Some(wanted.name)
    };
    let of = |row: usize| {
        let factor = match units.get(row) {
            Some("percent") => 0.01,
            Some("minutes") => 1.0 / 60.0,
            Some("seconds") => 1.0 / 3_600.0,
            _ => 1.0,
        };
        let times = |value: Option<f64>| value.map(|value| value * factor);
        let n = numbers.get(row).unwrap_or_default();
        let measured =
            Measured { n, value: times(values.get(row)), lower: times(lowers.get(row)), upper: times(uppers.get(row)), missing: None };
        Some((ids.get(row)?.to_owned(), measured))
    };
    Ok((0..frame.height()).filter(is_wanted).filter_map(of).collect())
}

/// The newest coverage of each service, 0 to 1; none where no file has any.
fn coverage(frames: &Frames) -> PolarsResult<Option<HashMap<String, f64>>> {
    use quality_measures as q;
    let frame = frames.get(&q::TABLE);
    let (services, names, scopes) = (frame.texts(&q::SERVICE_ID)?, frame.texts(&q::METRIC)?, frame.texts(&q::SCOPE)?);
    let (times, values) = (frame.instants(&q::MEASURED_AT)?, frame.reals(&q::VALUE)?);
    let mut newest: HashMap<String, (Option<i64>, f64)> = HashMap::new();
    let is_wanted = |row: &usize| names.get(*row) == Some("coverage_pct") && scopes.get(*row).is_none_or(|scope| scope == "overall");
    for row in (0..frame.height()).filter(is_wanted) {
        let (Some(service), Some(value)) = (services.get(row), values.get(row).filter(|value| value.is_finite())) else { continue };
        let entry = newest.entry(service.to_owned()).or_insert((None, value));
        if times.get(row) >= entry.0 {
            *entry = (times.get(row), value);
        }
    }
    let shares: HashMap<String, f64> =
        newest.into_iter().map(|(service, (_, percent))| (service, (percent / 100.0).clamp(0.0, 1.0))).collect();
    Ok(Some(shares).filter(|shares| !shares.is_empty()))
}

fn no_coverage() -> Measured {
    Measured::missing("a SonarQube, Cobertura or JaCoCo export gives it")
}

/// The mean over the services that the team deployed; those without a measure may have any.
fn covered(records: &Records, team: &str, by_service: &HashMap<String, f64>) -> Measured {
    let of_team = records.deployments.iter().filter(|deployment| deployment.team.as_deref() == Some(team));
    let services: BTreeSet<&String> = of_team.filter_map(|deployment| deployment.service.as_ref()).collect();
    let shares: Vec<f64> = services.iter().filter_map(|service| by_service.get(*service)).copied().collect();
    let (measured, all) = (shares.len() as f64, services.len() as f64);
    let sum: f64 = shares.iter().sum();
    if shares.is_empty() {
        return Measured::missing("no measure names a service of the team");
    }
    Measured {
        n: shares.len() as i64,
        value: Some(sum / measured),
        lower: Some(sum / all),
        upper: Some((sum + all - measured) / all),
        missing: None,
    }
}

/// Fields that any change record has: a field that the export leaves out is nobody's omission.
struct Fields {
    kind: bool,
    path: bool,
    close_code: bool,
}

fn has_kind(change: &Change) -> bool {
    change.kind != "unknown"
}

fn has_path(change: &Change) -> bool {
    change.path.as_deref().is_some_and(|path| path != "unknown")
}

fn has_close_code(change: &Change) -> bool {
    change.close_code.as_deref().is_some_and(|code| code != "unknown")
}

impl Fields {
    fn of(records: &Records) -> Self {
        let any = |has: fn(&Change) -> bool| records.changes.iter().any(has);
        Self { kind: any(has_kind), path: any(has_path), close_code: any(has_close_code) }
    }

    fn are_complete(&self, change: &Change) -> bool {
        (!self.kind || has_kind(change)) && (!self.path || has_path(change)) && (!self.close_code || has_close_code(change))
    }
}

/// Share of the team's deployments with a record that names its type, its approval and how it ended.
fn recorded(records: &Records, team: &str, fields: &Fields) -> Measured {
    if records.changes.is_empty() {
        return Measured::missing(&format!("a change export ({}) gives it", changes::TABLE.name));
    }
    let of_team: Vec<_> = records.deployments.iter().filter(|deployment| deployment.team.as_deref() == Some(team)).collect();
    let is_complete =
        |change: &Option<(usize, _)>| change.as_ref().is_some_and(|(number, _)| fields.are_complete(&records.changes[*number]));
    let complete = of_team.iter().filter(|deployment| is_complete(&deployment.change)).count();
    let share = proportion::jeffreys(complete as f64, of_team.len() as f64, Level::default());
    Measured { n: of_team.len() as i64, value: share.value, lower: share.lower, upper: share.upper, missing: None }
}
