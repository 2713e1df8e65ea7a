//! Measures of SonarQube: one document for each project and month, as a script appends what the API answers.

use std::fmt::Write as _;

use super::File;
use crate::company::catalog::{SERVICES, TEAMS};
use crate::company::clock;
use crate::random::Stream;

/// Months of the history.
const MONTHS: std::ops::Range<u32> = 4..10;

/// Coverage is higher where less fails; the other measures mean nothing. Services in the shade are not analysed.
pub(crate) fn file(seed: u64) -> File {
    let mut stream = Stream::new(seed, 504);
    let mut text = String::new();
    for service in SERVICES.iter().filter(|service| service.catalogued) {
        let coverage = 84.0 - 260.0 * TEAMS[service.team].failure_rate + stream.between(-9.0, 9.0);
        let (lines, doubled) = (2_000 + stream.below(60_000), stream.between(0.5, 12.0));
        for month in MONTHS {
            let analysed = clock::local(clock::midnight(month, 2) + 3 * clock::HOUR).format("%Y-%m-%dT%H:%M:%S+0200");
            let covered = (coverage + f64::from(month - 4) * 0.4 + stream.between(-0.8, 0.8)).clamp(5.0, 98.0);
            let ncloc = lines + 120 * month as usize + stream.below(200);
            let _ = writeln!(
                text,
                "{{\"component\":{{\"key\":\"{name}\",\"name\":\"{title}\",\"qualifier\":\"TRK\",\"analysisDate\":\"{analysed}\",\
                 \"measures\":[{{\"metric\":\"coverage\",\"value\":\"{covered:.1}\"}},{{\"metric\":\"ncloc\",\"value\":\"{ncloc}\"}},\
                 {{\"metric\":\"duplicated_lines_density\",\"value\":\"{doubled:.1}\"}}]}}}}",
                name = service.name,
                title = service.title,
            );
        }
    }
    File::text("exports/sonarqube/measures.ndjson", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_service_is_analysed_every_month() {
        let file = file(super::super::SEED);
        let text = String::from_utf8(file.bytes).unwrap();
        let documents: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(documents.len(), 38 * 6);
        let coverage =
            |document: &serde_json::Value| document["component"]["measures"][0]["value"].as_str().unwrap().parse::<f64>().unwrap();
        let of = |name: &str| documents.iter().filter(|document| document["component"]["key"] == name).map(coverage).sum::<f64>() / 6.0;
        assert!(of("route-planner") > of("checkout-api") + 10.0);
    }
}
