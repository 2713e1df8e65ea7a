//! An organisation as the files that a user would have, the truth beside them, and a configuration that reads the former.

use std::io::{Result, Write};

use chrono::{DateTime, Utc};

use super::records::{self, Flaw, Plan};
use super::{Deployment, Extent, Incident, Kind, Organisation};
use crate::world::FIRST_INSTANT;

/// A file of an organisation.
#[derive(Clone, Copy, Debug)]
pub struct Export {
    /// Its name.
    pub name: &'static str,
    /// Writes its content row by row.
    pub write: fn(&Organisation, &mut dyn Write) -> Result<()>,
}

/// Files of their own with `records=true`, to be written before the others.
pub const RECORDS: [Export; 4] = [
    Export { name: "changes.csv", write: records::changes },
    Export { name: "problems.csv", write: records::problems },
    Export { name: "quality.csv", write: records::quality },
    Export { name: "planted.csv", write: records::planted },
];

/// Files of every organisation. The configuration comes last: a folder without it is unfinished.
pub const EXPORTS: [Export; 7] = [
    Export { name: "deployments.csv", write: deployments },
    Export { name: "incidents.csv", write: incidents },
    Export { name: "services.csv", write: services },
    Export { name: "dependencies.csv", write: dependencies },
    Export { name: "truth.csv", write: truth },
    Export { name: "as_of", write: as_of },
    Export { name: "sequela.toml", write: configuration },
];

/// Names of the services that the catalog does not know.
const SHADOW: [&str; 2] = ["pricing-spreadsheet", "legacy-mailer"];

fn deployments(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    writeln!(
        to,
        "deployment_id,service,environment,started_at,finished_at,result,kind,lines_changed,rolls_back_deployment_id{}",
        more(organisation, ",change_id")
    )?;
    for (number, row) in organisation.deployments.iter().enumerate() {
        let (id, service) = (deployment_id(number as u32), name(organisation, row.service));
        let (started, finished) = (time(row.started_at), time(row.finished_at));
        let (kind, lines) = (kind(row.kind), lines(row.extent));
        let undone = row.rolls_back.map(deployment_id).unwrap_or_default();
        writeln!(
            to,
            "{id},{service},production,{started},{finished},success,{kind},{lines},{undone}{}",
            change(organisation, number as u32, row)
        )?;
    }
    Ok(())
}

fn incidents(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    writeln!(
        to,
        "incident_id,service,created_at,resolved_at,severity,caused_by_deployment_id{}",
        more(organisation, ",title,category,problem_id")
    )?;
    for (number, row) in organisation.incidents.iter().enumerate() {
        let (id, service, severity) = (incident_id(number), name(organisation, row.service), row.severity);
        let (created, resolved) = (time(row.created_at), row.resolved_at.map(time).unwrap_or_default());
        let label = row.cause.filter(|_| row.is_labelled).map(deployment_id).unwrap_or_default();
        writeln!(to, "{id},{service},{created},{resolved},{severity},{label}{}", words(organisation, row))?;
    }
    Ok(())
}

/// Text that is there only with `records=true`.
fn more<'a>(organisation: &Organisation, text: &'a str) -> &'a str {
    if organisation.records.is_some() { text } else { "" }
}

/// The change that a deployment names, as a further column.
fn change(organisation: &Organisation, number: u32, row: &Deployment) -> String {
    let Some(records) = &organisation.records else { return String::new() };
    let plan = Plan::draw(&organisation.settings, records, row);
    let is_named = plan.is_named && plan.flaw != Some(Flaw::NoRecord);
    if is_named { format!(",{}", records::change_id(number)) } else { ",".to_owned() }
}

/// Title, category and problem of an incident, as further columns.
fn words(organisation: &Organisation, row: &Incident) -> String {
    let settings = &organisation.settings;
    let columns =
        || format!(",{},{},{}", records::title(settings, row), records::category(settings, row), records::problem_of(organisation, row));
    organisation.records.as_ref().map(|_| columns()).unwrap_or_default()
}

fn services(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    writeln!(to, "service,team{}", more(organisation, ",tier"))?;
    for (service, team) in organisation.teams.iter().enumerate().filter(|(service, _)| !is_shadow(organisation, *service as u32)) {
        let tier = organisation.records.as_ref().map(|records| format!(",{}", records.tiers[service])).unwrap_or_default();
        writeln!(to, "{},team-{team:02}{tier}", service_name(service as u32))?;
    }
    Ok(())
}

fn dependencies(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    writeln!(to, "service,depends_on")?;
    for (provider, consumers) in organisation.consumers.iter().enumerate() {
        for consumer in consumers {
            if [*consumer, provider as u32].iter().all(|service| !is_shadow(organisation, *service)) {
                writeln!(to, "{},{}", service_name(*consumer), service_name(provider as u32))?;
            }
        }
    }
    Ok(())
}

fn truth(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    writeln!(to, "incident_id,cause_deployment_id,is_duplicate")?;
    for (number, row) in organisation.incidents.iter().enumerate() {
        let cause = row.cause.map(deployment_id).unwrap_or_default();
        writeln!(to, "{},{cause},{}", incident_id(number), u8::from(row.is_duplicate))?;
    }
    Ok(())
}

fn as_of(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    writeln!(to, "{}", time(organisation.span()))
}

fn configuration(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    let mut settings = organisation.settings.clone();
    writeln!(to, "# A simulated organisation: nobody in it exists. truth.csv holds the true causes and is no source.")?;
    write!(to, "{}", more(organisation, "# planted.csv says what the reports have to find and is none either.\n"))?;
    writeln!(to, "# `sequela simulate --seed {}` makes it again, with --set", settings.seed)?;
    let table = settings.table();
    let used = table.iter().take_while(|setting| organisation.records.is_some() || setting.name != "records");
    let shown: Vec<String> = used.map(|setting| format!("{}={}", setting.name, setting.shown())).collect();
    for line in shown.chunks(5) {
        writeln!(to, "#   {}", line.join(" "))?;
    }
    writeln!(
        to,
        "\n[org]\nname = \"Simulated organisation {}\"\ntimezone = \"UTC\"\nproduction = [\"production\"]",
        organisation.settings.seed
    )?;
    writeln!(to, "\n[run]\nas_of = \"{}\"", time(organisation.span()))?;
    let sources = [("deployments", "deployments"), ("incidents", "incidents"), ("services", "services"), ("dependencies", "dependencies")];
    let of_records = [("changes", "changes"), ("problems", "problems"), ("quality", "quality_measures")];
    let of_records = of_records.into_iter().filter(|_| organisation.records.is_some());
    for (file, table) in sources.into_iter().chain(of_records) {
        writeln!(to, "\n[[source]]\npath = \"{file}.csv\"\nkind = \"table\"\ntable = \"{table}\"")?;
    }
    freeze(organisation, to)
}

fn freeze(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    let Some((from, until)) = organisation.records.as_ref().map(|records| records.freeze) else { return Ok(()) };
    writeln!(to, "\n[freeze]\nwindows = [{{ name = \"Close of books\", from = \"{}\", to = \"{}\" }}]", time(from), time(until))
}

pub(super) fn deployment_id(number: u32) -> String {
    format!("D{number:06}")
}

pub(super) fn incident_id(number: usize) -> String {
    format!("I{number:05}")
}

fn service_name(number: u32) -> String {
    format!("svc-{number:03}")
}

fn is_shadow(organisation: &Organisation, service: u32) -> bool {
    organisation.records.as_ref().is_some_and(|records| records.shadow.contains(&service))
}

/// Service as the records have it: one that the catalog does not know goes by a name of its own.
pub(super) fn name(organisation: &Organisation, service: u32) -> String {
    let shadow = organisation.records.iter().flat_map(|records| records.shadow).position(|number| number == service);
    shadow.map_or_else(|| service_name(service), |place| SHADOW[place].to_owned())
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Deploy => "deploy",
        Kind::Hotfix => "hotfix",
        Kind::Rollback => "rollback",
    }
}

fn lines(extent: Extent) -> u32 {
    match extent {
        Extent::Small => 20,
        Extent::Medium => 180,
        Extent::Large => 1_400,
    }
}

/// ISO 8601 in UTC with microseconds.
pub(super) fn time(at: i64) -> String {
    let time = DateTime::<Utc>::from_timestamp_micros(FIRST_INSTANT + at).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::{Deployment, Incident, Settings};

    fn text(organisation: &Organisation, name: &str) -> String {
        let export = EXPORTS.iter().find(|export| export.name == name).unwrap();
        let mut bytes = Vec::new();
        (export.write)(organisation, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Half a second after Monday 2026-01-05 00:00 UTC the first service is deployed; an hour later its incident begins.
    fn example() -> Organisation {
        let deploy =
            Deployment { service: 0, started_at: 0, finished_at: 500_000, kind: Kind::Deploy, extent: Extent::Large, rolls_back: None };
        let rollback = Deployment { kind: Kind::Rollback, finished_at: 7_200_000_001, rolls_back: Some(0), ..deploy.clone() };
        let incident = Incident {
            service: 1,
            created_at: 3_600_500_000,
            resolved_at: None,
            severity: 2,
            cause: Some(0),
            is_duplicate: false,
            is_labelled: true,
            recurrence: None,
        };
        Organisation {
            settings: Settings { weeks: 1, ..Settings::default() },
            teams: vec![0, 3],
            consumers: vec![vec![1], vec![]],
            deployments: vec![deploy, rollback],
            incidents: vec![incident],
            records: None,
        }
    }

    #[test]
    fn files_are_those_of_an_export() {
        let example = example();
        let rows = text(&example, "deployments.csv");
        let rows: Vec<&str> = rows.lines().skip(1).collect();
        let when = "2026-01-05T00:00:00";
        assert_eq!(rows[0], format!("D000000,svc-000,production,{when}.000000Z,{when}.500000Z,success,deploy,1400,"));
        assert!(rows[1].ends_with("2026-01-05T02:00:00.000001Z,success,rollback,1400,D000000"));
        assert_eq!(text(&example, "incidents.csv").lines().last(), Some("I00000,svc-001,2026-01-05T01:00:00.500000Z,,2,D000000"));
        assert_eq!(text(&example, "services.csv"), "service,team\nsvc-000,team-00\nsvc-001,team-03\n");
        assert_eq!(text(&example, "dependencies.csv"), "service,depends_on\nsvc-001,svc-000\n");
        assert_eq!(text(&example, "truth.csv"), "incident_id,cause_deployment_id,is_duplicate\nI00000,D000000,0\n");
        assert_eq!(text(&example, "as_of"), "2026-01-12T00:00:00.000000Z\n");
        assert!(text(&example, "sequela.toml").contains("\nas_of = \"2026-01-12T00:00:00.000000Z\"\n"));
    }
}
