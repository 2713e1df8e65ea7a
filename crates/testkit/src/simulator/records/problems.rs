//! Problem records: one whose fix did not hold, and others that have nothing to do with any incident.

use std::io::{Result, Write};

use super::titles::{RECURRING, any};
use super::{HOUR, Part, stream};
use crate::simulator::exports::{incident_id, name, time};
use crate::simulator::{Incident, Organisation};

/// Problem records without a plant.
const OTHERS: usize = 5;
/// Identifier of the record of the second recurrence.
pub(super) const RECORDED: &str = "PRB0001";

/// Writes `problems.csv`.
pub(in crate::simulator) fn problems(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    writeln!(to, "problem_id,number,title,state,created_at,resolved_at,closed_at,service,first_incident_id")?;
    if let Some((first, raised, fixed)) = recorded(organisation) {
        let (service, id) = (name(organisation, organisation.incidents[first].service), incident_id(first));
        let (raised, fixed) = (time(raised), time(fixed));
        writeln!(to, "{RECORDED},{RECORDED},{},closed,{raised},{fixed},{fixed},{service},{id}", RECURRING[1])?;
    }
    let mut stream = stream(&organisation.settings, Part::Problems);
    for number in 0..OTHERS {
        let raised = (organisation.span() as f64 * 0.9 * stream.unit()) as i64;
        let (service, title) = (stream.below(organisation.teams.len()) as u32, any(&mut stream));
        let id = format!("PRB{:04}", number + 2);
        writeln!(to, "{id},{id},{title},open,{},,,{},", time(raised), name(organisation, service))?;
    }
    Ok(())
}

/// First incident of the recurrence with a record, when that was raised (a day after the third), and when it was held to be fixed.
pub(super) fn recorded(organisation: &Organisation) -> Option<(usize, i64, i64)> {
    let rows = organisation.incidents.iter().enumerate().filter(|(_, row)| row.recurrence == Some(1));
    let rows: Vec<(usize, i64)> = rows.map(|(number, row)| (number, row.created_at)).collect();
    let (first, third) = (rows.first()?.0, rows.get(2)?.1);
    let raised = third + 24 * HOUR;
    Some((first, raised, raised.midpoint(organisation.span()).min(organisation.span() - 1)))
}

/// Problem that an incident's record names: every other one of the recurrence after the record was raised.
pub(in crate::simulator) fn problem_of(organisation: &Organisation, incident: &Incident) -> &'static str {
    let is_named = incident.recurrence == Some(1) && incident.created_at % 2 == 0;
    let raised = if is_named { recorded(organisation) } else { None };
    if raised.is_some_and(|(_, raised, _)| incident.created_at > raised) { RECORDED } else { "" }
}
