//! Numbers, times and verdicts as people read them, in one place so that page, charts and terminal agree.

mod change;
mod dates;
mod honesty;
mod measures;
mod numbers;
mod reasons;
mod suspects;

pub(crate) use change::{Change, change};
pub(crate) use dates::{days_words, instant_words, iso_words, local_day, month_short, month_words, range_words, short_instant};
pub(crate) use honesty::{
    METHOD, MODEL, UNDETERMINED, WITHHELD, caution, check_short, check_words, model_window, silence_words, withheld_words,
};
pub(crate) use measures::measure_words;
pub(crate) use numbers::{
    MISSING, amount, count, duration, expected, figure, hundredths, interval, plural, probability, rate, ratio, ratio_interval, share,
    signed_change, span, thousands,
};
pub(crate) use reasons::{certainty, evidence_words, link_words, relation_words, verdict_words};
pub(crate) use suspects::{Before, Suspect, Suspicion};

/// The text as part of a sentence.
pub(crate) fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

/// The text, or its beginning with an ellipsis if it has more characters than that.
pub(crate) fn cut(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let kept: String = text.chars().take(length.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
