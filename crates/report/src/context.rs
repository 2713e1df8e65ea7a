//! What a report has to know beside the frames: whose data, which range, under which definition.

use chrono_tz::Tz;

/// Facts of a run that no table holds.
#[derive(Clone, Debug)]
pub struct Context {
    /// Name of the organisation.
    pub organisation: String,
    /// Zone in which weeks and months are cut and times are shown.
    pub timezone: Tz,
    /// Extract time in microseconds since 1970 UTC; open incidents count up to here.
    pub as_of: i64,
    /// Start of the range in microseconds since 1970 UTC.
    pub from: i64,
    /// End of the range in microseconds since 1970 UTC.
    pub to: i64,
    /// Name of the definition's preset, such as `sequela`.
    pub definition: String,
    /// The definition in one sentence, for the head of the page.
    pub definition_sentence: String,
    /// Hours before an incident in which a deployment may be its cause; none = no limit.
    pub lookback_hours: Option<f64>,
    /// Version of Sequela.
    pub version: String,
    /// Whether charts are drawn.
    pub charts: bool,
    /// Level of the intervals, such as 0.90.
    pub level: f64,
}

impl Context {
    /// The level as people read it: `90 %`.
    pub(crate) fn level_words(&self) -> String {
        crate::wording::share(self.level)
    }
}
