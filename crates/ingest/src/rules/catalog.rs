//! Rules of services.

use sequela_schema::canonical::services;

use super::{Context, Verdict, unknown};
use crate::draft::{Draft, Slot};
use crate::issue::Issues;

pub(super) fn service(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) -> Verdict {
    if let Some(span) = draft.teams.first() {
        draft.set(&services::TEAM_ID, Slot::Text(*span));
    }
    if !context.plan.fills(&services::TIER)
        && draft.is_null(&services::TIER)
        && let Some(text) = draft.text(&services::TIER_RAW)
    {
        match tier(text) {
            Some(tier) => draft.set_int(&services::TIER, tier),
            None => unknown(context, &services::TIER, text, row, issues),
        }
    }
    Verdict::Keep
}

/// The first digit of `1`, `tier-2`, `1 - most critical`: 1 (most critical) to 4.
pub(crate) fn tier(text: &str) -> Option<i64> {
    let digit = text.bytes().find(u8::is_ascii_digit)?;
    (b'1'..=b'4').contains(&digit).then(|| i64::from(digit - b'0'))
}
