//! Why the figures of a team, a service or the whole organisation moved in a month, and which records make them.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::PolarsResult;
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::{deployment_units, incident_units, metrics, month_signals};
use sequela_schema::vocabulary::{period, scope};
use sequela_schema::{Frames, Values};

use super::clean;
use super::listing::aligned;
use crate::figures::{Figures, ReviewMonth, month_start, months};
use crate::honesty::Honesty;
use crate::names::Names;
use crate::wording::{self, MISSING};
use crate::{Context, ReportError};

/// Figures that are compared.
const SHOWN: [&Metric; 7] = [
    &metric::CHANGE_FAILURE_RATE,
    &metric::CHANGE_CAUSED_SHARE,
    &metric::INCIDENTS,
    &metric::DEPLOYMENTS,
    &metric::TIME_TO_RESTORE_MEDIAN,
    &metric::LEAD_TIME_MEDIAN,
    &metric::REWORK_RATE,
];
/// Records of a list, at most.
const LISTED: usize = 8;
/// Less blame than this is no reason to list a deployment.
const LEAST: f64 = 0.05;

/// Explains the team, the service or the month of that name; `None` if there is none. A name of a team and a service explains both.
///
/// # Errors
/// [`ReportError::Frame`] when a frame is not as declared, [`ReportError::UnknownMonth`] when the run has no such month.
pub fn explain_scope(frames: &Frames, context: &Context, name: &str, month: Option<&str>) -> Result<Option<String>, ReportError> {
    let (figures, names) = (Figures::read(frames)?, Names::read(frames)?);
    let all = months(&figures);
    let of_key = |key: &str| all.iter().copied().find(|start| month_start(*start).format("%Y-%m").to_string() == key);
    let at = |start: i32| ReviewMonth::of(&all, start, context);
    if let Some(start) = of_key(name) {
        let whole = Subject { kind: scope::ORGANISATION, id: &context.organisation, name: &context.organisation };
        return Ok(Some(Case::new(frames, context, &names, whole, at(start))?.text()?));
    }
    let chosen = match month {
        Some(key) => Some(at(of_key(key).ok_or_else(|| no_month(key, &all))?)),
        None => ReviewMonth::choose(&figures, context),
    };
    let mut texts = Vec::new();
    for (kind, id) in called(frames, &names, name)? {
        let subject = Subject { kind, id: &id, name: if kind == scope::TEAM { names.team(&id) } else { names.service(&id) } };
        texts.push(match &chosen {
            Some(month) => Case::new(frames, context, &names, subject, at(month.start))?.text()?,
            None => format!("{}: the run has no month with a figure.\n", clean(subject.name)),
        });
    }
    Ok((!texts.is_empty()).then(|| texts.join("\n")))
}

fn no_month(key: &str, all: &[i32]) -> ReportError {
    let names = all.iter().map(|start| month_start(*start).format("%Y-%m").to_string()).collect();
    ReportError::UnknownMonth { given: key.to_owned(), months: names }
}

/// Services and teams that go by that name or identifier, in any case of letters.
fn called(frames: &Frames, names: &Names, wanted: &str) -> PolarsResult<BTreeSet<(&'static str, String)>> {
    let frame = frames.get(&metrics::TABLE);
    let (kinds, ids) = (frame.texts(&metrics::SCOPE)?, frame.texts(&metrics::SCOPE_ID)?);
    let wanted = wanted.to_lowercase();
    let fits = |id: &str, label: &str| [id, label].iter().any(|name| name.to_lowercase() == wanted);
    let mut found = BTreeSet::new();
    for (kind, id) in kinds.iter().zip(ids.iter()).filter_map(|(kind, id)| kind.zip(id)) {
        match kind {
            scope::TEAM if fits(id, names.team(id)) => found.insert((scope::TEAM, id.to_owned())),
            scope::SERVICE if fits(id, names.service(id)) => found.insert((scope::SERVICE, id.to_owned())),
            _ => false,
        };
    }
    Ok(found)
}

/// Whose figures.
#[derive(Clone, Copy)]
struct Subject<'a> {
    kind: &'static str,
    id: &'a str,
    name: &'a str,
}

/// A deployment on a service, or an incident, with what it weighs.
struct Weighed {
    id: String,
    service: String,
    at: i64,
    weight: f64,
    hours: Option<f64>,
}

struct Case<'a> {
    context: &'a Context,
    names: &'a Names,
    subject: Subject<'a>,
    figures: Figures,
    month: ReviewMonth,
    signals: BTreeMap<String, String>,
    is_withheld: bool,
    /// Counted deployments until the end of the month.
    deployments: Vec<Weighed>,
    /// Incidents of the month.
    incidents: Vec<Weighed>,
}

impl<'a> Case<'a> {
    fn new(frames: &Frames, context: &'a Context, names: &'a Names, subject: Subject<'a>, month: ReviewMonth) -> PolarsResult<Self> {
        Ok(Self {
            figures: Figures::of_scope(frames, subject.kind, subject.id)?,
            signals: signals(frames, subject, &month)?,
            is_withheld: Honesty::read(frames)?.is_withheld(),
            deployments: deployments(frames, subject, month.bounds(context.timezone).1)?,
            incidents: incidents(frames, subject, month.bounds(context.timezone))?,
            context,
            names,
            subject,
            month,
        })
    }

    fn text(&self) -> PolarsResult<String> {
        let mut parts = vec![self.head(), self.comparison()];
        if self.is_withheld {
            parts.push("What rests on the model is not shown: no effect of deployments can be told from chance here.".to_owned());
        } else {
            parts.extend([self.services(), self.failed(), self.lost()]);
        }
        Ok(parts.iter().filter(|part| !part.is_empty()).map(|part| part.trim_end()).collect::<Vec<_>>().join("\n\n") + "\n")
    }

    fn head(&self) -> String {
        let kind = match self.subject.kind {
            scope::TEAM => "Team ",
            scope::SERVICE => "Service ",
            _ => "",
        };
        let month = wording::month_words(month_start(self.month.start));
        let before = match self.month.earlier.len() {
            0 => "no full month before it to compare with".to_owned(),
            number => format!("compared with the plain mean of the {} before", wording::plural(number as i64, "full month")),
        };
        format!("{kind}{}, {month} ({}), {before}.", clean(self.subject.name), self.context.timezone)
    }

    fn comparison(&self) -> String {
        let row = |metric: &&'static Metric| {
            let series = self.figures.series(period::MONTH, metric);
            let figure = self.month.figure(series)?;
            let before = self.month.earlier(series);
            let mean = before.map(|before| crate::figures::Figure { value: Some(before.mean), ..figure.clone() });
            let signal = self.signals.get(metric.name).cloned();
            Some(vec![
                metric.title.to_owned(),
                if figure.is_withheld() { wording::WITHHELD.to_owned() } else { wording::figure(figure) },
                wording::interval(figure),
                wording::thousands(figure.n),
                mean.map_or_else(|| MISSING.to_owned(), |mean| wording::figure(&mean)),
                signal.unwrap_or_else(|| wording::change(Some(figure), before).words().to_owned()),
            ])
        };
        let rows: Vec<Vec<String>> = SHOWN.iter().filter_map(row).collect();
        if rows.is_empty() {
            return "It has no figures in that month.".to_owned();
        }
        let level = self.context.level_words();
        aligned(&["figure", "value", &level, "n", "before", "in words"], &rows)
    }

    /// Which services make the difference: failures beyond what their own earlier rate gives. Those without an earlier deployment are
    /// held against the earlier rate of all.
    fn services(&self) -> String {
        if self.subject.kind == scope::SERVICE || self.month.earlier.is_empty() {
            return String::new();
        }
        let start = self.month.bounds(self.context.timezone).0;
        let mut counts: BTreeMap<&str, [f64; 4]> = BTreeMap::new();
        for unit in &self.deployments {
            let count = counts.entry(&unit.service).or_default();
            let place = if unit.at < start { 0 } else { 2 };
            count[place] += 1.0;
            count[place + 1] += unit.weight;
        }
        let (earlier, failed) = counts.values().fold((0.0, 0.0), |(n, k), count| (n + count[0], k + count[1]));
        let pooled = if earlier > 0.0 { failed / earlier } else { 0.0 };
        let expected = |count: &[f64; 4]| count[2] * if count[0] > 0.0 { count[1] / count[0] } else { pooled };
        let mut rows: Vec<(&str, [f64; 4], f64)> =
            counts.iter().filter(|(_, count)| count[2] > 0.0).map(|(service, count)| (*service, *count, expected(count))).collect();
        rows.sort_by(|left, right| (right.1[3] - right.2).abs().total_cmp(&(left.1[3] - left.2).abs()).then_with(|| left.0.cmp(right.0)));
        let line = |(service, count, expected): &(&str, [f64; 4], f64)| {
            let difference = count[3] - expected;
            let sign = if difference < 0.0 { "\u{2212}" } else { "+" };
            vec![
                clean(self.names.service(service)),
                wording::thousands(count[2] as i64),
                format!("{:.1}", count[3]),
                format!("{expected:.1}"),
                format!("{sign}{:.1}", difference.abs()),
            ]
        };
        let listed: Vec<Vec<String>> = rows.iter().take(LISTED).map(line).collect();
        let head = ["service", "deployments", "failed (expected)", "at its earlier rate", "difference"];
        format!("Services that make the difference:\n{}", aligned(&head, &listed))
    }

    fn failed(&self) -> String {
        let start = self.month.bounds(self.context.timezone).0;
        let mut of_month: Vec<&Weighed> = self.deployments.iter().filter(|unit| unit.at >= start && unit.weight >= LEAST).collect();
        of_month.sort_by(|left, right| right.weight.total_cmp(&left.weight).then_with(|| left.id.cmp(&right.id)));
        let line = |unit: &&Weighed| {
            let ended = wording::short_instant(unit.at, self.context.timezone);
            vec![clean(&unit.id), clean(self.names.service(&unit.service)), ended, wording::probability(unit.weight)]
        };
        listing("Deployments that most likely failed", &["deployment", "service", "ended", "failed"], &of_month, line)
    }

    fn lost(&self) -> String {
        let cost = |unit: &Weighed| unit.weight * unit.hours.unwrap_or(0.0);
        let mut costly: Vec<&Weighed> = self.incidents.iter().filter(|unit| unit.weight >= LEAST).collect();
        costly.sort_by(|left, right| cost(right).total_cmp(&cost(left)).then_with(|| left.id.cmp(&right.id)));
        let line = |unit: &&Weighed| {
            vec![
                clean(&unit.id),
                clean(self.names.service(&unit.service)),
                wording::short_instant(unit.at, self.context.timezone),
                wording::probability(unit.weight),
                unit.hours.map_or_else(|| MISSING.to_owned(), wording::duration),
                wording::duration(cost(unit)),
            ]
        };
        let head = ["incident", "service", "began", "caused by change", "to restore", "lost to change"];
        listing("Incidents that cost most", &head, &costly, line)
    }
}

fn listing<T>(title: &str, head: &[&str], all: &[T], line: impl Fn(&T) -> Vec<String>) -> String {
    if all.is_empty() {
        return format!("{title}: none.");
    }
    let rows: Vec<Vec<String>> = all.iter().take(LISTED).map(line).collect();
    let rest = all.len().saturating_sub(LISTED);
    let more = if rest > 0 { format!("  and {rest} more in tables/\n") } else { String::new() };
    format!("{title}:\n{}{more}", aligned(head, &rows))
}

/// Verdicts of the month by figure.
fn signals(frames: &Frames, subject: Subject<'_>, month: &ReviewMonth) -> PolarsResult<BTreeMap<String, String>> {
    let frame = frames.get(&month_signals::TABLE);
    let (kinds, ids) = (frame.texts(&month_signals::SCOPE)?, frame.texts(&month_signals::SCOPE_ID)?);
    let (names, keys) = (frame.texts(&month_signals::METRIC)?, frame.texts(&month_signals::MONTH)?);
    let words = frame.texts(&month_signals::SIGNAL)?;
    let key = month.key();
    let is_it =
        |row: &usize| (kinds.get(*row), ids.get(*row), keys.get(*row)) == (Some(subject.kind), Some(subject.id), Some(key.as_str()));
    let said = |row: usize| {
        let word = words.get(row)?;
        let text = match word {
            "none" => "no signal".to_owned(),
            "higher" | "lower" => format!("signal: {word}"),
            other => other.to_owned(),
        };
        Some((names.get(row)?.to_owned(), text))
    };
    Ok((0..frame.height()).filter(is_it).filter_map(said).collect())
}

/// Whether a unit of that team and service belongs to the subject.
fn is_of(subject: Subject<'_>, team: Option<&str>, service: Option<&str>) -> bool {
    match subject.kind {
        scope::TEAM => team == Some(subject.id),
        scope::SERVICE => service == Some(subject.id),
        _ => true,
    }
}

/// Counted deployments of the subject that ended before an instant; a service of two owners counts once.
fn deployments(frames: &Frames, subject: Subject<'_>, until: i64) -> PolarsResult<Vec<Weighed>> {
    use deployment_units as column;
    let frame = frames.get(&column::TABLE);
    let (ids, services, teams) = (frame.texts(&column::DEPLOYMENT_ID)?, frame.texts(&column::SERVICE_ID)?, frame.texts(&column::TEAM_ID)?);
    let (ends, counted, failed) =
        (frame.instants(&column::COUNTED_AT)?, frame.bools(&column::IS_COUNTED)?, frame.reals(&column::P_FAILED)?);
    let mut seen = BTreeSet::new();
    let mut units = Vec::new();
    for row in (0..frame.height()).filter(|row| counted.get(*row) == Some(true)) {
        let (Some(id), Some(at)) = (ids.get(row), ends.get(row)) else { continue };
        if at < until && is_of(subject, teams.get(row), services.get(row)) && seen.insert((id, services.get(row))) {
            let service = services.get(row).unwrap_or_default().to_owned();
            units.push(Weighed { id: id.to_owned(), service, at, weight: failed.get(row).unwrap_or(0.0), hours: None });
        }
    }
    Ok(units)
}

/// Incidents of the subject that began in the month.
fn incidents(frames: &Frames, subject: Subject<'_>, (from, until): (i64, i64)) -> PolarsResult<Vec<Weighed>> {
    use incident_units as column;
    let frame = frames.get(&column::TABLE);
    let (ids, services, teams) = (frame.texts(&column::INCIDENT_ID)?, frame.texts(&column::SERVICE_ID)?, frame.texts(&column::TEAM_ID)?);
    let (starts, hours, change) = (frame.instants(&column::STARTED_AT)?, frame.reals(&column::HOURS)?, frame.reals(&column::P_CHANGE)?);
    let mut seen = BTreeSet::new();
    let mut units = Vec::new();
    for row in 0..frame.height() {
        let (Some(id), Some(at)) = (ids.get(row), starts.get(row)) else { continue };
        if (from..until).contains(&at) && is_of(subject, teams.get(row), services.get(row)) && seen.insert(id) {
            let service = services.get(row).unwrap_or_default().to_owned();
            units.push(Weighed { id: id.to_owned(), service, at, weight: change.get(row).unwrap_or(0.0), hours: hours.get(row) });
        }
    }
    Ok(units)
}
