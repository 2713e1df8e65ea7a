//! What is known of each deployment: its own size and review, and the last measurement of its service before it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;
use sequela_schema::canonical::{deployment_services, deployments, quality_measures};
use sequela_schema::{Column as Declared, Frames, Values};

use crate::records::Deployment;

/// How a measure enters a regression, and what one step of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Decimal logarithm of 1 + the value.
    Tenfold,
    /// Binary logarithm of the value.
    Doubling,
    /// Ten percentage points.
    Points,
    /// The value itself.
    One,
    /// One against zero.
    Yes,
}

impl Scale {
    pub(super) fn of(self, value: f64) -> f64 {
        match self {
            Self::Tenfold => (1.0 + value).log10(),
            Self::Doubling => value.log2(),
            Self::Points => value / 10.0,
            Self::One | Self::Yes => value,
        }
    }

    pub(super) const fn step(self) -> &'static str {
        match self {
            Self::Tenfold => "tenfold",
            Self::Doubling => "doubling",
            Self::Points => "10 points",
            Self::One => "1 more",
            Self::Yes => "yes against no",
        }
    }
}

/// A measure of the deployments, in their order.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) scale: Scale,
    pub(super) values: Vec<Option<f64>>,
}

impl Measure {
    fn varies(&self) -> bool {
        let mut known = self.values.iter().flatten();
        known.next().is_some_and(|first| known.any(|other| other != first))
    }
}

/// Every measure that is not the same for all deployments that have it, by name.
pub(super) fn read(all: &[&Deployment], frames: &Frames) -> PolarsResult<Vec<Measure>> {
    let mut measures = own(all, frames)?;
    measures.extend(measured(all, frames)?);
    measures.retain(Measure::varies);
    measures.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(measures)
}

/// What the record of a deployment says of it.
fn own(all: &[&Deployment], frames: &Frames) -> PolarsResult<Vec<Measure>> {
    let of = |name: &str, scale, values: Vec<Option<f64>>| Measure { name: name.to_owned(), scale, values };
    let counts = |column: &'static Declared| counts(all, frames, column);
    let lines = all.iter().map(|deployment| deployment.lines.filter(|lines| *lines >= 0).map(|lines| lines as f64)).collect();
    let pulls = counts(&deployments::PR_COUNT)?;
    let reviewed = all.iter().zip(&pulls).map(|(deployment, pulls)| reviewed(deployment.path.as_deref(), *pulls)).collect();
    Ok(vec![
        of("lines_changed", Scale::Tenfold, lines),
        of("files_changed", Scale::Tenfold, counts(&deployments::FILES_CHANGED)?),
        of("commit_count", Scale::Tenfold, counts(&deployments::COMMIT_COUNT)?),
        of("pr_count", Scale::Tenfold, pulls),
        of("reviewed", Scale::Yes, reviewed),
        of("services_touched", Scale::Doubling, touched(all, frames)?),
    ])
}

/// Whether someone else looked at it: a pull request, or an approval by people; none where neither is told.
fn reviewed(path: Option<&str>, pulls: Option<f64>) -> Option<f64> {
    let by_path = match path {
        Some("peer" | "cab" | "ecab") => Some(1.0),
        Some("none" | "automated" | "pre_approved") => Some(0.0),
        _ => None,
    };
    let by_pulls = pulls.map(|pulls| f64::from(u8::from(pulls > 0.0)));
    by_path.into_iter().chain(by_pulls).reduce(f64::max)
}

fn counts(all: &[&Deployment], frames: &Frames, column: &'static Declared) -> PolarsResult<Vec<Option<f64>>> {
    let frame = frames.get(&deployments::TABLE);
    let rows = frame.texts(&deployments::DEPLOYMENT_ID)?.iter().zip(frame.ints(column)?.iter());
    let by_id: HashMap<&str, f64> = rows.filter_map(|(id, count)| Some((id?, count.filter(|count| *count >= 0)? as f64))).collect();
    Ok(all.iter().map(|deployment| by_id.get(deployment.id.as_str()).copied()).collect())
}

/// Services that a deployment touches; one where nothing says more.
fn touched(all: &[&Deployment], frames: &Frames) -> PolarsResult<Vec<Option<f64>>> {
    let frame = frames.get(&deployment_services::TABLE);
    let rows = frame.texts(&deployment_services::DEPLOYMENT_ID)?.iter().zip(frame.texts(&deployment_services::SERVICE_NAME_RAW)?.iter());
    let mut names: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for (id, name) in rows.filter_map(|(id, name)| id.zip(name)) {
        names.entry(id).or_default().insert(name);
    }
    let number = |deployment: &&Deployment| {
        let several = names.get(deployment.id.as_str()).map(BTreeSet::len);
        several.or_else(|| deployment.service.as_ref().map(|_| 1)).map(|number| number as f64)
    };
    Ok(all.iter().map(number).collect())
}

/// One measurement: instant, value.
type Point = (i64, f64);

/// Measurements of one metric.
#[derive(Debug, Default)]
struct Series {
    unit: String,
    by_service: HashMap<String, Vec<Point>>,
    by_repository: HashMap<String, Vec<Point>>,
    /// Those without a time, by commit.
    by_commit: HashMap<String, f64>,
}

fn measured(all: &[&Deployment], frames: &Frames) -> PolarsResult<Vec<Measure>> {
    let sources = sources(frames)?;
    let series = series(frames)?;
    let mut measures: Vec<Measure> = series
        .iter()
        .map(|(name, series)| {
            let values: Vec<_> = all.iter().map(|deployment| series.last(deployment, &sources)).collect();
            Measure { name: name.clone(), scale: scale(name, &series.unit, &values), values }
        })
        .collect();
    let of = |name: &str| measures.iter().find(|measure| measure.name == name);
    if let (Some(failed), Some(total)) = (of("tests_failed"), of("tests_total")) {
        let share = |(failed, total): (&Option<f64>, &Option<f64>)| Some(100.0 * (*failed)? / total.filter(|total| *total > 0.0)?);
        let values = failed.values.iter().zip(&total.values).map(share).collect();
        measures.push(Measure { name: "tests_failed_pct".to_owned(), scale: Scale::Points, values });
    }
    Ok(measures)
}

/// Repository and commit of a deployment.
type Sources = HashMap<String, (Option<String>, Option<String>)>;

fn sources(frames: &Frames) -> PolarsResult<Sources> {
    let frame = frames.get(&deployments::TABLE);
    let (ids, repositories) = (frame.texts(&deployments::DEPLOYMENT_ID)?, frame.texts(&deployments::REPO_URL)?);
    let commits = frame.texts(&deployments::COMMIT_SHA)?;
    let text = |text: Option<&str>| text.map(ToOwned::to_owned);
    Ok((0..frame.height())
        .filter_map(|row| Some((ids.get(row)?.to_owned(), (text(repositories.get(row)), text(commits.get(row))))))
        .collect())
}

fn series(frames: &Frames) -> PolarsResult<BTreeMap<String, Series>> {
    let frame = frames.get(&quality_measures::TABLE);
    let (metrics, scopes) = (frame.texts(&quality_measures::METRIC)?, frame.texts(&quality_measures::SCOPE)?);
    let (services, repositories) = (frame.texts(&quality_measures::SERVICE_ID)?, frame.texts(&quality_measures::REPO_URL)?);
    let (commits, units) = (frame.texts(&quality_measures::COMMIT_SHA)?, frame.texts(&quality_measures::UNIT)?);
    let (times, values) = (frame.instants(&quality_measures::MEASURED_AT)?, frame.reals(&quality_measures::VALUE)?);
    let mut all: BTreeMap<String, Series> = BTreeMap::new();
    for row in 0..frame.height() {
        let (Some(metric), Some(value)) = (metrics.get(row), values.get(row).filter(|value| value.is_finite())) else { continue };
        let series = all.entry(named(metric, scopes.get(row))).or_default();
        series.unit = units.get(row).unwrap_or_default().to_owned();
        match (times.get(row), services.get(row), repositories.get(row), commits.get(row)) {
            (Some(at), Some(service), ..) => series.by_service.entry(service.to_owned()).or_default().push((at, value)),
            (Some(at), None, Some(repository), _) => series.by_repository.entry(repository.to_owned()).or_default().push((at, value)),
            (None, _, _, Some(commit)) => _ = series.by_commit.insert(commit.to_owned(), value),
            _ => {}
        }
    }
    for series in all.values_mut() {
        let points = series.by_service.values_mut().chain(series.by_repository.values_mut());
        points.for_each(|points| points.sort_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1))));
    }
    Ok(all)
}

/// A metric of all code has its own name; one of a part says which.
fn named(metric: &str, scope: Option<&str>) -> String {
    match scope {
        None | Some("overall" | "") => metric.to_owned(),
        Some(scope) if metric.starts_with(scope) => metric.to_owned(),
        Some(scope) => format!("{metric} ({scope})"),
    }
}

impl Series {
    /// The last value before the deployment began; of its commit where the measurement has no time.
    fn last(&self, deployment: &Deployment, sources: &Sources) -> Option<f64> {
        let began = deployment.started_at.or(deployment.finished_at)?;
        let source = sources.get(&deployment.id);
        let repository = source.and_then(|source| source.0.as_ref());
        let commit = source.and_then(|source| source.1.as_ref());
        let of_service = deployment.service.as_ref().and_then(|service| self.by_service.get(service));
        let points = of_service.or_else(|| repository.and_then(|repository| self.by_repository.get(repository)));
        let before = points.and_then(|points| points[..points.partition_point(|point| point.0 <= began)].last());
        before.map(|point| point.1).or_else(|| commit.and_then(|commit| self.by_commit.get(commit)).copied())
    }
}

/// Shares by ten points, grades and what may be negative by one, counts by their order of magnitude.
fn scale(name: &str, unit: &str, values: &[Option<f64>]) -> Scale {
    if unit == "%" || name.ends_with("_pct") || name.contains("_pct ") {
        Scale::Points
    } else if unit == "rating" || values.iter().flatten().any(|value| *value < 0.0) {
        Scale::One
    } else {
        Scale::Tenfold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The measurement of the day before counts, not the one of the day after; without a time only that of the same commit.
    #[test]
    fn the_last_measurement_before_the_deployment_counts() {
        let mut series = Series::default();
        series.by_service.insert("a".to_owned(), vec![(10, 1.0), (20, 2.0), (30, 3.0)]);
        series.by_commit.insert("c1".to_owned(), 7.0);
        let sources = Sources::from([("d".to_owned(), (None, Some("c1".to_owned())))]);
        let at = |service: &str, began| {
            let deployment =
                Deployment { id: "d".to_owned(), service: Some(service.to_owned()), started_at: Some(began), ..Deployment::default() };
            series.last(&deployment, &sources)
        };
        assert_eq!([at("a", 25), at("a", 20), at("a", 5), at("b", 25)], [Some(2.0), Some(2.0), Some(7.0), Some(7.0)]);
    }

    #[test]
    fn review_is_known_from_pull_requests_or_the_path() {
        assert_eq!(reviewed(Some("peer"), None), Some(1.0));
        assert_eq!(reviewed(Some("none"), Some(2.0)), Some(1.0));
        assert_eq!(reviewed(Some("unknown"), Some(0.0)), Some(0.0));
        assert_eq!(reviewed(None, None), None);
    }
}
