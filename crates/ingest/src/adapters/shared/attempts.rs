//! Re-runs of which an export shows only some attempts: the ones that are missing are usually those that failed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Desk, Origin};
use crate::issue::code;

/// The attempts met so far, by run.
#[derive(Debug, Default)]
pub(crate) struct Attempts(BTreeMap<String, (BTreeSet<i64>, Origin)>);

impl Attempts {
    /// Remembers an attempt of a run.
    pub(crate) fn add(&mut self, run: &str, attempt: Option<i64>, desk: &Desk<'_>) {
        let Some(attempt) = attempt else { return };
        let (met, origin) = self.0.entry(run.to_owned()).or_insert_with(|| (BTreeSet::new(), desk.origin()));
        if met.iter().all(|other| *other < attempt) {
            *origin = desk.origin();
        }
        met.insert(attempt);
    }

    /// Notes each run whose earlier attempts are missing; `how` says how to get them.
    pub(crate) fn note_missing(&self, desk: &mut Desk<'_>, how: &str) {
        for (run, (met, origin)) in &self.0 {
            let last = met.last().copied().unwrap_or(0);
            if (1..last).any(|attempt| !met.contains(&attempt)) {
                desk.go_to(origin);
                let message = format!("this is attempt {last}, earlier ones are missing and may have failed; {how}");
                desk.note(code::EARLIER_ATTEMPTS, "attempt", run, &message);
            }
        }
    }
}
