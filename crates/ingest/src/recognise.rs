//! Says what a file probably is, for `sequela init` and for `kind = "auto"`.

use std::path::Path;

use sequela_schema::Table;
use sequela_schema::canonical::{changes, dependencies, deployments, incidents, labels, problems, quality_measures, services, teams};

use crate::IngestError;
use crate::adapters::{self, SURE, Sample};
use crate::content::Content;
use crate::fields::{self, Target};
use crate::run::TABLE;
use crate::text::normal;
use crate::timestamp::order::{Decision, Evidence};
use crate::timestamp::scan::{Scanned, scan};

/// What a file probably is.
#[derive(Clone, Debug)]
pub struct Recognition {
    /// Name of an adapter, or `table`.
    pub kind: String,
    /// The canonical table that it fills, where one is likely.
    pub table: Option<String>,
    /// How sure that is, 0 to 100; below 60 a person should look.
    pub confidence: u8,
    /// Why, in words.
    pub reason: String,
    /// Headers of a table, or keys of its records.
    pub headers: Vec<String>,
    /// Canonical column and their column, for columns that are not called by our names.
    pub map: Vec<(String, String)>,
    /// Times have no offset, so a time zone has to be asked for.
    pub needs_timezone: bool,
    /// Nothing tells whether the day or the month stands first.
    pub needs_date_order: bool,
    /// Names of jobs decide which records are deployments, so a pattern may have to be set.
    pub names_decide: bool,
}

/// Says what a file probably is.
///
/// # Errors
/// As [`crate::read`] for a file that holds no data.
pub fn recognise(path: &Path) -> Result<Recognition, IngestError> {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let content = Content::load(path, &name)?;
    let sample = adapters::sample(&content);
    let times = Times::of(&sample);
    if let Some((adapter, confidence)) = adapters::surest(&sample) {
        return Ok(Recognition {
            kind: adapter.name().to_owned(),
            table: confidence.table.map(|table| table.name.to_owned()),
            confidence: confidence.percent,
            reason: confidence.reason,
            needs_timezone: adapter.needs_zone(&sample),
            needs_date_order: times.open_order,
            names_decide: adapter.reads_pipelines(),
            map: Vec::new(),
            headers: sample.headers,
        });
    }
    let (table, confidence, reason) = likely_table(&sample.headers, &name);
    Ok(Recognition {
        kind: TABLE.to_owned(),
        table: table.map(|table| table.name.to_owned()),
        confidence,
        reason,
        map: table.map_or_else(Vec::new, |table| suggest(table, &sample.headers)),
        needs_timezone: times.local,
        needs_date_order: times.open_order,
        names_decide: false,
        headers: sample.headers,
    })
}

/// Whether times of a file lack both offset and zone.
pub(crate) fn is_local(sample: &Sample, kind: &str) -> bool {
    let native = adapters::named(kind).or_else(|| adapters::surest(sample).map(|(adapter, _)| adapter).filter(|_| kind != TABLE));
    native.map_or_else(|| Times::of(sample).local, |adapter| adapter.needs_zone(sample))
}

/// The table whose required columns are all there under our names, where exactly one or one clearly first is.
pub(crate) fn ready_table(headers: &[String]) -> Option<&'static Table> {
    let names: Vec<String> = headers.iter().map(|header| normal(header)).collect();
    let has = |name: &str| names.iter().any(|header| header == name);
    let known = |table: &&'static Table| names.iter().filter(|name| table.column(name).is_some()).count();
    let ready = |table: &&'static Table| {
        let required = fields::required(table);
        let complete = required.iter().all(|group| group.iter().any(|column| has(column.name)));
        // One identifier alone proves nothing: most of the other columns must be ours too.
        complete && (required.len() > 1 || (known(table) > 1 && known(table) * 2 >= names.len()))
    };
    fields::READABLE.into_iter().filter(ready).max_by_key(|table| (known(table), std::cmp::Reverse(table.columns.len())))
}

/// Words in headers that speak for a table, with their weight.
const CLUES: [(&str, &[(&str, u32)]); 7] = [
    (
        "deployments",
        &[
            ("deploy", 3),
            ("environment", 2),
            ("env", 2),
            ("stage", 2),
            ("commit", 2),
            ("sha", 2),
            ("build", 2),
            ("release", 1),
            ("finished", 1),
            ("outcome", 1),
            ("pipeline", 2),
        ],
    ),
    (
        "incidents",
        &[
            ("incident", 3),
            ("resolved", 2),
            ("severity", 2),
            ("priority", 2),
            ("opened", 2),
            ("urgency", 2),
            ("acknowledged", 2),
            ("detected", 2),
            ("affected", 1),
        ],
    ),
    ("changes", &[("change", 2), ("planned", 2), ("risk", 2), ("cab", 3), ("approval", 2), ("close_code", 2)]),
    ("dependencies", &[("depends", 4), ("upstream", 3), ("downstream", 3), ("parent", 1), ("child", 2)]),
    ("services", &[("service", 2), ("team", 2), ("owner", 3), ("tier", 2), ("lifecycle", 2)]),
    ("quality_measures", &[("metric", 3), ("value", 1), ("coverage", 3), ("measured", 2)]),
    ("problems", &[("problem", 3), ("known_error", 3), ("workaround", 2), ("root_cause", 1)]),
];

fn likely_table(headers: &[String], file: &str) -> (Option<&'static Table>, u8, String) {
    if let Some(table) = ready_table(headers) {
        return (Some(table), 95, format!("the headers are the columns of {}", table.name));
    }
    let names: Vec<String> = headers.iter().map(|header| normal(header)).collect();
    let file = normal(file);
    let score = |(table, clues): &(&str, &[(&str, u32)])| {
        let of_headers: u32 = clues.iter().filter(|(clue, _)| names.iter().any(|name| name.contains(clue))).map(|(_, weight)| weight).sum();
        let stem = table.trim_end_matches('s').split('_').next().unwrap_or(table);
        of_headers + if of_headers > 0 && file.contains(&stem[..stem.len().min(6)]) { 3 } else { 0 }
    };
    let best = CLUES.iter().map(|clue| (score(clue), clue.0)).max_by_key(|(score, _)| *score);
    match best {
        Some((score, name)) if score >= 3 => {
            let table = fields::READABLE.into_iter().find(|table| table.name == name);
            let percent = u8::try_from(30 + score * 5).unwrap_or(85).min(85);
            (table, percent, format!("headers and file name speak for {name}"))
        }
        _ => (None, 0, "neither headers nor file name tell what it is".to_owned()),
    }
}

/// Words that their columns may be called by (formats, section 4.26), the likeliest first.
fn synonyms(table: &Table) -> Vec<(&'static str, &'static [&'static str])> {
    const SERVICE: &[&str] =
        &["service", "services", "app", "application", "component", "affected", "project", "repo", "repository", "ci", "system"];
    let list: Vec<(&str, &[&str])> = match table.name {
        name if name == deployments::TABLE.name => vec![
            ("deployment_id", &["deployment_id", "deployment", "id", "key", "build", "build_number", "run", "run_id", "number", "sha"]),
            ("service", SERVICE),
            ("environment", &["environment", "env", "stage", "target", "namespace"]),
            ("result", &["result", "status", "outcome", "conclusion", "state"]),
            ("created_at", &["created", "requested", "created_on"]),
            ("started_at", &["started", "start", "began", "begin", "start_time", "started_on"]),
            (
                "finished_at",
                &["finished", "end", "ended", "completed", "deployed", "deployed_at", "finish", "end_time", "landed_at", "committed_at"],
            ),
            ("commit_sha", &["commit", "sha", "revision", "commit_id", "hash"]),
            ("commit_at", &["committed", "authored_at", "commit_time"]),
            ("change_id", &["change", "change_number", "chg"]),
            ("version", &["version", "tag", "release"]),
            ("rolls_back_deployment_id", &["reverts", "rolls_back", "rollback_of"]),
            ("lines_changed", &["lines", "churn"]),
        ],
        name if name == incidents::TABLE.name => vec![
            ("incident_id", &["incident_id", "incident", "id", "number", "key", "ticket"]),
            ("title", &["title", "summary", "short_description", "name", "subject"]),
            ("service", SERVICE),
            ("team", &["team", "assignment_group", "group", "owner_group"]),
            ("created_at", &["created", "opened", "opened_at", "reported", "open_time", "declared", "created_on"]),
            ("started_at", &["started", "start", "began", "begin", "impact_start"]),
            ("detected_at", &["detected"]),
            ("mitigated_at", &["mitigated", "repaired"]),
            ("resolved_at", &["resolved", "resolved_time", "end", "ended", "restored"]),
            ("closed_at", &["closed", "close_time"]),
            ("severity", &["severity", "sev"]),
            ("priority", &["priority", "prio"]),
            ("state", &["state", "status"]),
            ("caused_by", &["caused_by", "caused_by_change", "cause_change", "related_change"]),
        ],
        name if name == changes::TABLE.name => vec![
            ("change_id", &["change_id", "change", "id", "number", "key"]),
            ("title", &["title", "summary", "short_description"]),
            ("type", &["type", "change_type"]),
            ("service", SERVICE),
            ("team", &["team", "assignment_group"]),
            ("planned_start_at", &["planned_start", "start_date", "planned_start_date"]),
            ("planned_end_at", &["planned_end", "end_date", "planned_end_date"]),
            ("actual_start_at", &["actual_start", "work_start", "actual_start_date"]),
            ("actual_end_at", &["actual_end", "work_end", "actual_end_date"]),
        ],
        name if name == services::TABLE.name => vec![
            ("service_id", &["service_id", "service", "name", "id", "app", "application", "component"]),
            ("team", &["team", "owner", "owning_team", "group", "support_group"]),
            ("tier", &["tier", "criticality"]),
            ("repo_url", &["repo", "repository"]),
        ],
        name if name == dependencies::TABLE.name => vec![
            ("service", &["service", "from", "parent", "consumer", "downstream"]),
            ("depends_on", &["depends_on", "to", "child", "provider", "upstream", "dependency"]),
        ],
        name if name == quality_measures::TABLE.name => {
            vec![
                ("metric", &["metric", "measure"]),
                ("value", &["value"]),
                ("service", SERVICE),
                ("measured_at", &["measured", "date", "time"]),
            ]
        }
        name if name == problems::TABLE.name => {
            vec![("problem_id", &["problem_id", "problem", "id", "number"]), ("title", &["title", "summary", "short_description"])]
        }
        name if name == teams::TABLE.name => vec![("team_id", &["team", "id", "name"]), ("parent_team_id", &["parent"])],
        name if name == labels::TABLE.name => vec![("incident_id", &["incident"]), ("deployment_id", &["deployment", "cause"])],
        _ => Vec::new(),
    };
    list
}

/// Their column for ours, each used once; columns that bear our names already are left out.
fn suggest(table: &'static Table, headers: &[String]) -> Vec<(String, String)> {
    let own = |header: &String| fields::target(table, header);
    let mut taken: Vec<&String> = headers.iter().filter(|header| own(header).is_some()).collect();
    let filled: Vec<Target> = taken.iter().filter_map(|header| own(header)).collect();
    let mut map = Vec::new();
    for (ours, theirs) in synonyms(table) {
        if fields::target(table, ours).is_none_or(|target| filled.contains(&target)) {
            continue;
        }
        let same = |header: &str, word: &str| normal(header) == word || normal(header).trim_end_matches("_at") == word;
        let found = theirs.iter().find_map(|word| headers.iter().find(|header| same(header, word) && !taken.contains(header)));
        if let Some(header) = found {
            taken.push(header);
            map.push((ours.to_owned(), header.clone()));
        }
    }
    map
}

/// What the times of a sample leave open.
struct Times {
    local: bool,
    open_order: bool,
}

impl Times {
    fn of(sample: &Sample) -> Self {
        let mut times = Self { local: false, open_order: false };
        let columns = sample.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut proven = false;
        for column in 0..columns {
            let mut evidence = Evidence::default();
            for text in sample.rows.iter().filter_map(|row| row.get(column)) {
                times.local |= matches!(scan(text), Scanned::Local(..) | Scanned::Numeric(_)) && text.len() >= 8 && text.contains(':');
                evidence.note(text, None);
            }
            proven |= evidence.any() && evidence.decide() != Decision::Open;
            times.open_order |= evidence.any() && evidence.decide() == Decision::Open;
        }
        times.open_order &= !proven;
        times
    }
}

/// From this confidence on a suggestion needs no look.
pub const CONFIDENT: u8 = SURE;

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &str) -> Vec<String> {
        list.split(',').map(str::to_owned).collect()
    }

    fn suggested(list: &str, file: &str) -> (&'static str, Vec<(String, String)>) {
        let headers = headers(list);
        let table = likely_table(&headers, file).0.unwrap();
        (table.name, suggest(table, &headers))
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned())).collect()
    }

    #[test]
    fn a_build_server_that_nobody_knows() {
        let (table, map) = suggested("Build,App,Stage,Begin,End,Outcome,Commit,Committed,Lines,Reverts,Change,Operator", "builds.csv");
        assert_eq!(table, "deployments");
        let expected = [
            ("deployment_id", "Build"),
            ("service", "App"),
            ("environment", "Stage"),
            ("result", "Outcome"),
            ("started_at", "Begin"),
            ("finished_at", "End"),
            ("commit_sha", "Commit"),
            ("commit_at", "Committed"),
            ("change_id", "Change"),
            ("rolls_back_deployment_id", "Reverts"),
            ("lines_changed", "Lines"),
        ];
        assert_eq!(map, pairs(&expected));
    }

    #[test]
    fn incidents_by_several_names() {
        let (table, map) = suggested("id,detected,declared,repaired,resolved,stated_ttr_min", "incidents.csv");
        assert_eq!(table, "incidents");
        // `id` needs no map: it is a short name.
        let expected = [("created_at", "declared"), ("detected_at", "detected"), ("mitigated_at", "repaired"), ("resolved_at", "resolved")];
        assert_eq!(map, pairs(&expected));
        let (table, map) = suggested("ci_name_aff,incident_id,status,impact,urgency,priority,open_time,resolved_time,close_time", "x.csv");
        assert_eq!(table, "incidents");
        assert_eq!(map, pairs(&[("created_at", "open_time"), ("resolved_at", "resolved_time"), ("closed_at", "close_time")]));
    }

    #[test]
    fn our_own_headers_need_no_guess() {
        assert_eq!(ready_table(&headers("deployment_id,service,finished_at")).unwrap().name, "deployments");
        assert_eq!(ready_table(&headers("incident_id,service,created_at")).unwrap().name, "incidents");
        assert_eq!(ready_table(&headers("deployment_id,service_name_raw,service_id")).unwrap().name, "deployment_services");
        assert!(likely_table(&headers("colour,shape"), "things.csv").0.is_none());
    }
}
