//! Infers the zone of a table's local times from records that another file gives in UTC (formats, section 2.4).

use std::collections::HashMap;

use sequela_schema::Column;

use crate::IngestError;
use crate::fields::{self, Target};
use crate::intake::{FileReport, Intake};
use crate::issue::{Issues, Place, code};
use crate::plan::Plan;
use crate::records::{Reading, Records, Row};
use crate::rows::Rows;
use crate::text::bare;
use crate::timestamp::infer::{Inference, Pair, comparable, fits, infer};
use crate::timestamp::zone::Zone;
use crate::timestamp::{Clock, Quality, SECOND};

/// Pairs and times that are looked at; more would prove nothing more.
const MOST: usize = 20_000;

/// Columns whose time never changes once a record exists, so that two exports of it agree.
const STEADY: [&str; 3] = ["created_at", "started_at", "finished_at"];

/// Finds pairs and lets the clocks of the plan go by the zone that they prove. A zone that was set is only compared with it.
pub(crate) fn settle(records: &mut dyn Records, plan: &mut Plan, intake: &Intake, report: &mut FileReport) -> Result<(), IngestError> {
    let Some(rows) = intake.tables.get(plan.table.name) else { return Ok(()) };
    let Some(looked_at) = look(records, plan, rows, intake)? else { return Ok(()) };
    let pairs = comparable(&looked_at.pairs);
    let Some(inference) = infer(&pairs, &looked_at.locals, looked_at.zone.tz) else { return Ok(()) };
    if looked_at.basis == ORGANISATION {
        apply(plan, inference, pairs.len(), report);
    } else if !fits(looked_at.zone.tz, &pairs) {
        let zone = looked_at.zone.tz;
        let fitting = match inference {
            Inference::Zone(found) => format!("they fit {found}"),
            Inference::Several(zones) => format!("they fit {}", names(&zones)),
            Inference::NoZone => "they fit no zone".to_owned(),
        };
        let message = format!("{} records that another file gives in UTC do not fit {zone}: {fitting}; correct timezone", pairs.len());
        report.issues.note(code::ZONE_CONTRADICTED, Place::FILE, format_args!("{message}"));
    }
    Ok(())
}

const ORGANISATION: &str = "organisation";

struct LookedAt {
    pairs: Vec<Pair>,
    locals: Vec<i64>,
    zone: Zone,
    basis: &'static str,
}

/// Compares the records of the file with those that are known in UTC.
fn look(records: &mut dyn Records, plan: &Plan, rows: &Rows, intake: &Intake) -> Result<Option<LookedAt>, IngestError> {
    let Some((column, steady)) = STEADY.iter().find_map(|name| {
        let column = plan.table.column(name)?;
        plan.fields.iter().find(|field| field.target == Target::Column(column.position)).map(|field| (column, field))
    }) else {
        return Ok(None);
    };
    let Some(identity) = fields::identity(plan.table) else { return Ok(None) };
    let Some(id) = plan.fields.iter().find(|field| field.target == Target::Column(identity.position)) else { return Ok(None) };
    let Some(clock) = steady.clock.as_ref().filter(|clock| !clock.is_utc && !clock.has_format()) else { return Ok(None) };
    let known = known(rows, identity, column, intake);
    if known.is_empty() {
        return Ok(None);
    }
    let prefix = id.prefix.as_deref().unwrap_or("");
    let mut reader = Clock::new(Zone::new(chrono_tz::Tz::UTC));
    reader.order = clock.order;
    let mut looked_at = LookedAt { pairs: Vec::new(), locals: Vec::new(), zone: clock.zone.clone(), basis: steady.zone_basis };
    let first = |row: &dyn Row, columns: &[usize]| columns.iter().find_map(|column| row.cell(*column).text().map(|text| text.into_owned()));
    records.visit(&plan.wanted(), &mut |_, reading| {
        let Reading::Row(row) = reading else { return };
        let (Some(key), Some(text)) = (first(row, &id.columns), first(row, &steady.columns)) else { return };
        let Ok(read) = reader.read(bare(&text)) else { return };
        if read.quality != Quality::AssumedZone || looked_at.locals.len() >= MOST {
            return;
        }
        looked_at.locals.push(read.at);
        if let Some(utc) = known.get(format!("{prefix}{}", bare(&key)).as_str()) {
            let step = if read.uncertainty >= 60.0 { 60 * SECOND } else { SECOND };
            looked_at.pairs.push(Pair { utc: *utc, local: read.at, step });
        }
    })?;
    Ok(Some(looked_at))
}

/// Times of records that are known exactly, by their identifier.
fn known<'r>(rows: &'r Rows, identity: &Column, column: &Column, intake: &Intake) -> HashMap<&'r str, i64> {
    let exact = |row: usize| {
        let file = intake.files.get(rows.file[row] as usize);
        file.is_some_and(|file| matches!(file.quality, Some(Quality::ExactUtc | Quality::Offset)))
    };
    let pairs = (0..rows.len()).filter(|row| exact(*row)).filter_map(|row| Some((rows.text(identity, row)?, rows.int(column, row)?)));
    pairs.take(1 << 20).collect()
}

fn apply(plan: &mut Plan, inference: Inference, pairs: usize, report: &mut FileReport) {
    let issues = &mut report.issues;
    let zone = match inference {
        Inference::Zone(zone) => zone,
        Inference::Several(zones) => {
            let zones = names(&zones);
            return unsettled(issues, format!("{pairs} records that another file gives in UTC fit {zones}; set timezone to the right one"));
        }
        Inference::NoZone => {
            return unsettled(issues, format!("{pairs} records that another file gives in UTC fit no one time zone; set timezone"));
        }
    };
    for field in plan.fields.iter_mut().filter(|field| field.zone_basis == ORGANISATION) {
        if let Some(clock) = &mut field.clock {
            clock.zone = Zone::new(zone);
            clock.is_inferred = true;
            field.zone_basis = "inferred";
        }
    }
    let message = format!("{pairs} records that another file gives in UTC show that its times are those of {zone}");
    issues.note(code::ZONE_INFERRED, Place::FILE, format_args!("{message}"));
}

fn unsettled(issues: &mut Issues, message: String) {
    issues.note(code::ZONE_UNCERTAIN, Place::FILE, format_args!("{message}"));
}

fn names(zones: &[chrono_tz::Tz]) -> String {
    zones.iter().map(|zone| zone.name()).collect::<Vec<_>>().join(", ")
}
