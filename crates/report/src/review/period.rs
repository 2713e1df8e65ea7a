//! What a page is about: one month, or the whole range.

use crate::Context;
use crate::figures::{Figures, ReviewMonth, month_start, months};
use crate::wording;

/// Months that get a page of their own, the newest.
const PAGES: usize = 24;

/// A month or the whole range.
#[derive(Debug)]
pub(super) struct Period {
    /// The month; none on the page of the whole range.
    pub(super) month: Option<ReviewMonth>,
    /// `June 2026`, `Whole period`.
    pub(super) name: String,
    /// Name of its file.
    pub(super) file: String,
    /// Start in microseconds since 1970 UTC.
    pub(super) from: i64,
    /// End in microseconds since 1970 UTC, not part of it.
    pub(super) to: i64,
}

impl Period {
    fn of_month(month: ReviewMonth, file: String, context: &Context) -> Self {
        let (from, to) = month.bounds(context.timezone);
        Self { name: wording::month_words(month_start(month.start)), month: Some(month), file, from, to }
    }

    /// Whether an instant lies in it; what has no instant belongs to the whole range alone.
    pub(super) fn holds(&self, instant: Option<i64>) -> bool {
        match instant {
            Some(instant) => self.month.is_none() || (self.from..self.to).contains(&instant),
            None => self.month.is_none(),
        }
    }

    /// `June`, `the whole period`: for the middle of a sentence.
    pub(super) fn short(&self) -> String {
        self.month.as_ref().map_or_else(|| "the whole period".to_owned(), |month| month_start(month.start).format("%B").to_string())
    }
}

/// The pages of a run in the order in which they are offered: the months, oldest first, then the whole range.
///
/// The last full month is `review.html`, others are called by month. Without any month there is the page of the whole range alone, which is
/// then `review.html`.
pub(super) fn periods(figures: &Figures, context: &Context) -> Vec<Period> {
    let all = months(figures);
    let whole =
        |file: &str| Period { month: None, name: "Whole period".to_owned(), file: file.to_owned(), from: context.from, to: context.to };
    let Some(chosen) = ReviewMonth::choose(figures, context) else { return vec![whole("review.html")] };
    let skipped = all.len().saturating_sub(PAGES);
    let page = |start: &i32| {
        let month = ReviewMonth::of(&all, *start, context);
        let file = if *start == chosen.start { "review.html".to_owned() } else { format!("review-{}.html", month.key()) };
        Period::of_month(month, file, context)
    };
    all[skipped..].iter().map(page).chain([whole("review-all.html")]).collect()
}
