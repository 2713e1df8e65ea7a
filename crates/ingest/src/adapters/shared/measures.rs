//! Rows of `quality_measures`, which reports of many kinds fill alike.

use sequela_schema::canonical::quality_measures;
use serde_json::Value;

use super::Desk;

/// What measures are about, and when they were taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    pub(crate) service: Option<String>,
    pub(crate) commit_sha: Option<String>,
    /// The time as the report writes it.
    pub(crate) at: Option<Value>,
    /// Such as `overall` or `new_code`.
    pub(crate) scope: &'static str,
}

impl Subject {
    /// The service that the source names, else the one that the path of the file names.
    pub(crate) fn of_file(desk: &Desk<'_>, says_nothing: impl Fn(&str) -> bool) -> Self {
        let scope = desk.scope();
        let service = scope.service.clone().or_else(|| scope.name_in_path(says_nothing).map(str::to_owned));
        Self { service, scope: "overall", ..Self::default() }
    }

    /// The same subject at a time.
    pub(crate) fn at(mut self, at: Option<impl Into<Value>>) -> Self {
        self.at = at.map(Into::into);
        self
    }

    /// Writes one measure.
    pub(crate) fn put(&self, desk: &mut Desk<'_>, metric: &str, value: f64, unit: &str) {
        if !value.is_finite() {
            return;
        }
        let mut entry = desk.entry(&quality_measures::TABLE, &Value::Null);
        entry.put_opt(&quality_measures::SERVICE_NAME_RAW, self.service.as_deref());
        entry.put_opt(&quality_measures::COMMIT_SHA, self.commit_sha.as_deref());
        if let Some(at) = &self.at {
            entry.time_of(&quality_measures::MEASURED_AT, "timestamp", at);
        }
        entry.put(&quality_measures::METRIC, metric);
        entry.put_real(&quality_measures::VALUE, value);
        entry.put(&quality_measures::UNIT, unit);
        entry.put(&quality_measures::SCOPE, self.scope);
        desk.keep(entry);
    }

    /// Writes a share of a whole, where there is a whole.
    pub(crate) fn put_share(&self, desk: &mut Desk<'_>, metric: &str, part: f64, whole: f64) {
        if whole > 0.0 {
            self.put(desk, metric, 100.0 * part / whole, "%");
        }
    }
}

/// Whether times of a text are written without an offset: the value behind the first of these marks.
pub(crate) fn is_local(text: &str, mark: &str) -> bool {
    let Some((_, rest)) = text.split_once(mark) else { return false };
    let time: String = rest.chars().take_while(|letter| !matches!(letter, '"' | '\'' | '<')).collect();
    let clock = time.split_once('T').map_or("", |(_, clock)| clock);
    !clock.is_empty() && !clock.contains(['Z', '+', '-'])
}
