//! Coverage and a measure that means nothing, every four weeks.

use std::io::{Result, Write};

use super::{Part, stream};
use crate::simulator::exports::{name, time};
use crate::simulator::{Organisation, WEEK};
use crate::world::HOUR;

/// Writes `quality.csv`.
pub(in crate::simulator) fn quality(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    writeln!(to, "service,metric,value,measured_at")?;
    let Some(records) = &organisation.records else { return Ok(()) };
    let mut stream = stream(&organisation.settings, Part::Coverage);
    for (service, coverage) in records.coverage.iter().enumerate().filter(|(service, _)| !records.shadow.contains(&(*service as u32))) {
        let complexity = 2.0 + 20.0 * stream.unit();
        for week in (0..organisation.settings.weeks).step_by(4) {
            let (at, service) = (time(i64::from(week * WEEK) * HOUR), name(organisation, service as u32));
            let measured = (coverage + 1.5 * stream.gaussian()).clamp(0.0, 100.0);
            writeln!(to, "{service},coverage_pct,{measured:.1},{at}")?;
            writeln!(to, "{service},complexity,{:.1},{at}", complexity + 0.3 * stream.gaussian())?;
        }
    }
    Ok(())
}
