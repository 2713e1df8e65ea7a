//! How far the figures of a fitted model are to be believed: the table `placebo` as facts.

use polars::prelude::PolarsResult;
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::placebo;
use sequela_schema::{Frames, Values};

/// Figures that are formed from who caused what.
const LINKED: [&Metric; 7] = [
    &metric::FAILED_DEPLOYMENTS,
    &metric::CHANGE_FAILURE_RATE,
    &metric::CHANGE_CAUSED_INCIDENTS,
    &metric::CHANGE_CAUSED_SHARE,
    &metric::CHANGE_CAUSED_HOURS,
    &metric::FAILED_DEPLOYMENT_RECOVERY_MEDIAN,
    &metric::FAILED_DEPLOYMENT_RECOVERY_P90,
];

/// Share of incidents put down to deployments: in the data, and in copies in which none can be caused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Copies {
    /// In the data.
    pub(crate) observed: f64,
    /// In the data without what rollbacks say: what is held against the copies.
    pub(crate) by_timing: f64,
    /// Mean over the copies.
    pub(crate) mean: f64,
    /// Largest of the copies.
    pub(crate) most: f64,
    /// Number of copies.
    pub(crate) number: i64,
}

/// What the check of the model came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Check {
    /// Nothing was fitted: links follow records and rules.
    #[default]
    NoModel,
    /// There was nothing to check it with, for the reason given.
    Impossible(String),
    /// The data do not exceed the copies.
    NotDetectable(Copies),
    /// The data exceed every copy.
    Detectable(Copies),
}

/// Whether and how far a model's figures may be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Honesty {
    /// The check against copies.
    pub(crate) check: Check,
    /// Probability from which links are shown and share of those that is expected to be false, lowest first.
    pub(crate) false_links: Vec<(f64, f64)>,
}

impl Honesty {
    /// Reads the table; runs without a model have no row in it.
    pub(crate) fn read(frames: &Frames) -> PolarsResult<Self> {
        let frame = frames.get(&placebo::TABLE);
        let (statistics, observed) = (frame.texts(&placebo::STATISTIC)?, frame.reals(&placebo::OBSERVED)?);
        let (means, most) = (frame.reals(&placebo::PLACEBO_MEAN)?, frame.reals(&placebo::PLACEBO_MAX)?);
        let (numbers, detectable) = (frame.ints(&placebo::REPLICATES)?, frame.bools(&placebo::DETECTABLE)?);
        let notes = frame.texts(&placebo::NOTE)?;
        let timing = statistics.iter().position(|name| name == Some("share_by_timing"));
        let mut honesty = Self::default();
        for row in 0..frame.height() {
            let number = numbers.get(row).unwrap_or_default();
            let by_timing = timing.and_then(|row| observed.get(row));
            let copies = || {
                let share = observed.get(row)?;
                Some(Copies { observed: share, by_timing: by_timing.unwrap_or(share), mean: means.get(row)?, most: most.get(row)?, number })
            };
            match statistics.get(row).unwrap_or_default() {
                "share_change_caused" => {
                    honesty.check = match (copies(), detectable.get(row)) {
                        (Some(copies), Some(true)) => Check::Detectable(copies),
                        (Some(copies), _) => Check::NotDetectable(copies),
                        (None, _) => Check::Impossible(notes.get(row).unwrap_or("too few data").to_owned()),
                    };
                }
                "false_links_at_50" => honesty.false_links.extend(observed.get(row).map(|share| (0.5, share))),
                "false_links_at_90" => honesty.false_links.extend(observed.get(row).map(|share| (0.9, share))),
                _ => {}
            }
        }
        honesty.false_links.sort_by(|left, right| left.0.total_cmp(&right.0));
        Ok(honesty)
    }

    /// Whether a model was fitted.
    pub(crate) fn is_model(&self) -> bool {
        self.check != Check::NoModel
    }

    /// Whether a model was fitted that may not judge; what rests on it is then not shown.
    pub(crate) fn is_withheld(&self) -> bool {
        matches!(self.check, Check::Impossible(_) | Check::NotDetectable(_))
    }
}

/// Whether the figure of that name is formed from who caused what.
pub(crate) fn rests_on_links(name: &str) -> bool {
    LINKED.iter().any(|metric| metric.name == name)
}
