//! The two tables of a reconciliation as values.

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::result::{reconciliation, reconciliation_records};
use sequela_schema::vocabulary::{period, scope};
use sequela_schema::{Frames, Values};

use crate::figures::{Figure, Unit};
use crate::wording;

/// Order and titles of the figures.
const METRICS: [(&str, &str); 5] = [
    ("change_failure_rate", "Change failure rate"),
    ("deployments", "Deployments"),
    ("incidents", "Incidents"),
    ("time_to_restore", "Time to restore"),
    ("failed_deployment_recovery", "Failed deployment recovery"),
];

/// A figure over the whole range, ours and theirs.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) metric: String,
    pub(super) scope: String,
    pub(super) scope_id: String,
    pub(super) ours: Figure,
    pub(super) theirs: Option<f64>,
    pub(super) reasons: Vec<Reason>,
}

/// What one step adds.
#[derive(Debug)]
pub(super) struct Reason {
    pub(super) step: i64,
    pub(super) words: String,
    pub(super) difference: Option<f64>,
    pub(super) after: Option<f64>,
    /// Records of all kinds in this scope.
    pub(super) records: i64,
    /// Deployments and incidents, for the organisation.
    pub(super) kinds: (i64, i64),
}

/// A record that counts otherwise.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) url: Option<String>,
    pub(super) before: String,
    pub(super) after: String,
    adds: f64,
}

/// Everything that is told.
#[derive(Debug)]
pub(super) struct Tables {
    /// Whole range, organisation and teams.
    pub(super) figures: Vec<Compared>,
    records: Records,
}

impl Compared {
    pub(super) fn title(&self) -> &'static str {
        METRICS.iter().find(|(metric, _)| *metric == self.metric).map_or("", |(_, title)| title)
    }

    pub(super) fn show(&self, value: Option<f64>) -> String {
        wording::figure(&Figure { value, ..self.ours.clone() })
    }

    pub(super) fn signed(&self, difference: f64) -> String {
        wording::signed_change(self.ours.unit, difference)
    }

    pub(super) fn signed_opt(&self, difference: Option<f64>) -> String {
        difference.map_or_else(|| wording::MISSING.to_owned(), |difference| self.signed(difference))
    }

    pub(super) fn difference(&self) -> Option<f64> {
        Some(self.theirs? - self.ours.value?)
    }
}

impl Reason {
    /// Whether it is more than records that change places.
    pub(super) fn moves(&self) -> bool {
        self.step > 0 && self.difference.is_none_or(|difference| difference.abs() > 1e-9)
    }

    pub(super) fn size(&self) -> f64 {
        self.difference.map_or(f64::INFINITY, f64::abs)
    }

    pub(super) fn records_words(&self) -> String {
        let told = |(number, noun): (i64, &str)| (number > 0).then(|| wording::plural(number, noun));
        [(self.kinds.1, "incident"), (self.kinds.0, "deployment")].into_iter().filter_map(told).collect::<Vec<_>>().join(", ")
    }
}

impl Tables {
    pub(super) fn read(frames: &Frames) -> PolarsResult<Self> {
        let (records, kinds) = records(frames)?;
        Ok(Self { figures: figures(frames, &kinds)?, records })
    }

    /// Figures of the organisation, in the order in which they are told.
    pub(super) fn organisation(&self) -> Vec<&Compared> {
        METRICS.iter().flat_map(|(metric, _)| self.of(metric).filter(|figure| figure.scope == scope::ORGANISATION)).collect()
    }

    /// A figure of every team.
    pub(super) fn teams(&self, metric: &str) -> Vec<&Compared> {
        self.of(metric).filter(|figure| figure.scope == scope::TEAM).collect()
    }

    fn of<'a>(&'a self, metric: &str) -> impl Iterator<Item = &'a Compared> {
        self.figures.iter().filter(move |figure| figure.metric == metric)
    }

    /// Records of a step, those that add most first.
    pub(super) fn records(&self, metric: &str, step: i64) -> &[Record] {
        self.records.get(&(metric.to_owned(), step)).map_or(&[], Vec::as_slice)
    }
}

/// Deployments and incidents by figure and step.
type Kinds = BTreeMap<(String, i64), (i64, i64)>;
/// Records by figure and step.
type Records = BTreeMap<(String, i64), Vec<Record>>;

fn records(frames: &Frames) -> PolarsResult<(Records, Kinds)> {
    use reconciliation_records as table;
    let frame = frames.get(&table::TABLE);
    let (metrics, steps, kind) = (frame.texts(&table::METRIC)?, frame.ints(&table::STEP)?, frame.texts(&table::RECORD_KIND)?);
    let (ids, urls) = (frame.texts(&table::RECORD_ID)?, frame.texts(&table::URL)?);
    let (before, after) = (frame.texts(&table::BEFORE)?, frame.texts(&table::AFTER)?);
    let adds = frame.reals(&table::ADDS)?;
    let mut records = Records::new();
    let mut kinds = Kinds::new();
    for row in 0..frame.height() {
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let key = (owned(metrics.get(row)), steps.get(row).unwrap_or(0));
        let counts = kinds.entry(key.clone()).or_default();
        *(if kind.get(row) == Some("deployment") { &mut counts.0 } else { &mut counts.1 }) += 1;
        let url = urls.get(row).map(ToOwned::to_owned);
        let record = Record {
            id: owned(ids.get(row)),
            url,
            before: owned(before.get(row)),
            after: owned(after.get(row)),
            adds: adds.get(row).unwrap_or(0.0).abs(),
        };
        records.entry(key).or_default().push(record);
    }
    for list in records.values_mut() {
        list.sort_by(|left, right| right.adds.total_cmp(&left.adds).then_with(|| left.id.cmp(&right.id)));
    }
    Ok((records, kinds))
}

fn figures(frames: &Frames, kinds: &Kinds) -> PolarsResult<Vec<Compared>> {
    use reconciliation as table;
    let frame = frames.get(&table::TABLE);
    let (scopes, ids, periods) = (frame.texts(&table::SCOPE)?, frame.texts(&table::SCOPE_ID)?, frame.texts(&table::PERIOD)?);
    let (metrics, units) = (frame.texts(&table::METRIC)?, frame.texts(&table::UNIT)?);
    let real = |column, row| Ok::<_, polars::error::PolarsError>(frame.reals(column)?.get(row));
    let (steps, words, counts) = (frame.ints(&table::STEP)?, frame.texts(&table::WORDS)?, frame.ints(&table::RECORDS)?);
    let mut figures: Vec<Compared> = Vec::new();
    for row in (0..frame.height()).filter(|&row| periods.get(row) == Some(period::ALL)) {
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let (metric, scope, scope_id) = (owned(metrics.get(row)), owned(scopes.get(row)), owned(ids.get(row)));
        let step = steps.get(row).unwrap_or(0);
        let reason = Reason {
            step,
            words: owned(words.get(row)),
            difference: real(&table::DIFFERENCE, row)?,
            after: real(&table::AFTER, row)?,
            records: counts.get(row).unwrap_or(0),
            kinds: kinds.get(&(metric.clone(), step)).copied().unwrap_or_default(),
        };
        let is_it = |figure: &&mut Compared| (&figure.metric, &figure.scope, &figure.scope_id) == (&metric, &scope, &scope_id);
        if let Some(figure) = figures.last_mut().filter(is_it) {
            figure.reasons.push(reason);
            continue;
        }
        let unit = match units.get(row) {
            Some("ratio") => Unit::Ratio,
            Some("hours") => Unit::Hours,
            _ => Unit::Count,
        };
        let (value, lower, upper) = (real(&table::OURS, row)?, real(&table::OURS_LOWER, row)?, real(&table::OURS_UPPER, row)?);
        let ours = Figure { unit, n: 0, value, lower, upper, method: String::new(), note: None };
        figures.push(Compared { metric, scope, scope_id, ours, theirs: real(&table::THEIRS, row)?, reasons: vec![reason] });
    }
    Ok(figures)
}
