//! Whether a month differs from the months before, in words that do not claim more than the interval does.

use crate::figures::{Earlier, Figure};

/// What can be said about a figure against its earlier level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The interval covers the earlier level.
    Unclear,
    /// The whole interval lies above the earlier level.
    Higher,
    /// The whole interval lies below it.
    Lower,
    /// Too few observations for a value.
    TooFew,
    /// There are no earlier months.
    NoHistory,
    /// There is no interval to judge by.
    NotJudged,
    /// The exports do not give the figure.
    NotGiven,
    /// The model that it rests on may not judge.
    Withheld,
}

impl Change {
    /// The fixed words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Unclear => "no clear change",
            Self::Higher => "higher than before",
            Self::Lower => "lower than before",
            Self::TooFew => "too few to say",
            Self::NoHistory => "no earlier month",
            Self::NotJudged => "not judged",
            Self::NotGiven => "not given",
            Self::Withheld => "not shown",
        }
    }
}

/// Compares a month with the mean of earlier months. The earlier level is taken as known, so that about one comparison in ten leaves a
/// 90 % interval by chance alone.
pub(crate) fn change(figure: Option<&Figure>, earlier: Option<Earlier>) -> Change {
    let Some(figure) = figure else { return Change::NotGiven };
    if figure.is_withheld() {
        return Change::Withheld;
    }
    if figure.value.is_none() {
        return if figure.n > 0 { Change::TooFew } else { Change::NotGiven };
    }
    let Some(earlier) = earlier else { return Change::NoHistory };
    match (figure.lower, figure.upper) {
        (None, None) => Change::NotJudged,
        (Some(lower), _) if lower > earlier.mean => Change::Higher,
        (_, Some(upper)) if upper < earlier.mean => Change::Lower,
        _ => Change::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Unit;

    fn figure(value: Option<f64>, lower: Option<f64>, upper: Option<f64>) -> Figure {
        Figure { unit: Unit::Ratio, n: 100, value, lower, upper, method: String::new(), note: None }
    }

    #[test]
    fn an_interval_that_covers_the_earlier_level_is_no_clear_change() {
        let earlier = Some(Earlier { mean: 0.03, months: 5 });
        assert_eq!(change(Some(&figure(Some(0.035), Some(0.026), Some(0.043))), earlier), Change::Unclear);
        assert_eq!(change(Some(&figure(Some(0.05), Some(0.031), Some(0.07))), earlier), Change::Higher);
        assert_eq!(change(Some(&figure(Some(0.01), Some(0.005), Some(0.029))), earlier), Change::Lower);
        assert_eq!(change(Some(&figure(Some(0.05), Some(0.02), None)), earlier), Change::Unclear);
    }

    #[test]
    fn what_cannot_be_compared_says_why() {
        let earlier = Some(Earlier { mean: 0.03, months: 5 });
        assert_eq!(change(None, earlier), Change::NotGiven);
        assert_eq!(change(Some(&figure(None, None, None)), earlier), Change::TooFew);
        assert_eq!(change(Some(&figure(Some(0.1), Some(0.0), Some(0.2))), None), Change::NoHistory);
        assert_eq!(change(Some(&figure(Some(0.1), None, None)), earlier), Change::NotJudged);
        let withheld = Figure { note: Some(crate::wording::WITHHELD.to_owned()), ..figure(None, None, None) };
        assert_eq!(change(Some(&withheld), earlier), Change::Withheld);
    }
}
