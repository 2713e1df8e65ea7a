//! Whether an export is cut off although its number of records is no round one.
//!
//! The limit of the Table API counts records that the reader may not see: a page of 10,000 can hold 9,788 (formats, section 2.5).

use std::collections::BTreeMap;

use super::kinds::Kind;
use crate::intake::Intake;

/// Records that a list export and the Table API give at most, unless asked otherwise.
pub(super) const LIMIT: u64 = 10_000;
/// Fewer records than these were hardly a full page.
const LEAST: u64 = 9_000;
/// Records that would have come in the time between the newest record and the last update, if all had been exported.
const MISSED: i64 = 100;

/// Pages of documents by the kind of their records: file and number of records.
pub(super) type Pages = BTreeMap<Kind, Vec<(u32, u64)>>;

/// A full page holds the oldest records, which go on being updated: if nothing new was opened long before the last update, more
/// records must follow. Where another page is less full, that one is the last.
pub(super) fn suspect(pages: &Pages, intake: &mut Intake) {
    for (kind, pages) in pages {
        let (Some(table), Some((last, count))) = (kind.table(), pages.last().copied()) else { continue };
        if count == LIMIT || pages.iter().any(|(_, count)| !(LEAST..=LIMIT).contains(count)) {
            continue;
        }
        let Some(rows) = intake.tables.get(table.name) else { continue };
        let Some(created) = table.column("created_at") else { continue };
        let members: Vec<usize> = (0..rows.len()).filter(|row| rows.file.get(*row) == Some(&last)).collect();
        let opened = members.iter().filter_map(|row| rows.int(created, *row));
        let (first, newest) = (opened.clone().min(), opened.max());
        let updated = members.iter().filter_map(|row| rows.updated(*row)).max();
        let (Some(first), Some(newest), Some(updated)) = (first, newest, updated) else { continue };
        let usual = (newest - first) / i64::try_from(count).unwrap_or(i64::MAX);
        if updated - newest > usual.saturating_mul(MISSED) {
            let reason = format!(
                "{count} records, none opened long before the last update: a full page of {LIMIT} from which records that you may not see \
                 were left out"
            );
            intake.file(last).suspect_truncation(reason);
        }
    }
}
