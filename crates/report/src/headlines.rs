//! The figures of the review month as numbers: value, interval, n and the level before.

use sequela_schema::metric::{METRICS, Metric, peer};
use sequela_schema::vocabulary::period;

use crate::figures::{Earlier, Figure, Figures, ReviewMonth, Unit};
use crate::review::HEADLINE;
use crate::wording::{self, Change};

/// One figure of the review month.
#[derive(Debug)]
pub(crate) struct Headline {
    pub(crate) metric: &'static Metric,
    /// Whether it stands at the head of the page.
    pub(crate) is_headline: bool,
    /// The figure; none where the exports do not give it.
    pub(crate) figure: Option<Figure>,
    /// Its level over the months before.
    pub(crate) earlier: Option<Earlier>,
    /// How it compares with them.
    pub(crate) change: Change,
}

/// The figures of the month: those of the head of the page first, then all others that the month has, in the order of the schema.
pub(crate) fn headlines(figures: &Figures, month: Option<&ReviewMonth>) -> Vec<Headline> {
    let Some(month) = month else { return Vec::new() };
    let is_headline = |metric: &Metric| HEADLINE.iter().any(|headline| headline.name == metric.name);
    let others = METRICS.iter().chain(peer::METRICS).filter(|metric| !is_headline(metric));
    let others = others.map(|metric| headline(figures, month, metric, false)).filter(|headline| headline.figure.is_some());
    HEADLINE.iter().map(|metric| headline(figures, month, metric, true)).chain(others).collect()
}

fn headline(figures: &Figures, month: &ReviewMonth, metric: &'static Metric, is_headline: bool) -> Headline {
    let series = figures.series(period::MONTH, metric);
    let (figure, earlier) = (month.figure(series), month.earlier(series));
    Headline { metric, is_headline, figure: figure.cloned(), earlier, change: wording::change(figure, earlier) }
}

impl Headline {
    /// Unit of the numbers: ratios and hours whatever the definition's own unit is.
    pub(crate) fn unit(&self) -> &'static str {
        match self.figure.as_ref().map(|figure| figure.unit) {
            Some(Unit::Ratio) => "ratio",
            Some(Unit::Hours) => "hours",
            Some(Unit::PerWeek) => "per_week",
            Some(Unit::Label) => "label",
            Some(Unit::Count) if self.metric.unit == "per_100" => "per_100",
            Some(Unit::Count) => "count",
            None => self.metric.unit,
        }
    }

    /// The value.
    pub(crate) fn value(&self) -> Option<f64> {
        self.figure.as_ref()?.value
    }

    /// Ends of the interval; either may be open.
    pub(crate) fn interval(&self) -> (Option<f64>, Option<f64>) {
        self.figure.as_ref().map_or((None, None), |figure| (figure.lower, figure.upper))
    }

    /// Observations.
    pub(crate) fn n(&self) -> Option<i64> {
        self.figure.as_ref().map(|figure| figure.n)
    }

    /// Anything to know.
    pub(crate) fn note(&self) -> Option<&str> {
        self.figure.as_ref()?.note.as_deref()
    }

    /// Mean of the months before.
    pub(crate) fn before(&self) -> Option<f64> {
        self.earlier.map(|earlier| earlier.mean)
    }

    /// Value minus the mean before.
    pub(crate) fn difference(&self) -> Option<f64> {
        Some(self.value()? - self.before()?)
    }
}
