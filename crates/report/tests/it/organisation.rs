//! Organisations made by hand: a small one of three teams and four months, and odd ones that pages must survive.
//!
//! Figures follow simple arithmetic, so that expectations can be worked out on paper.

use chrono::{NaiveDate, TimeZone};
use chrono_tz::Europe::London;
use sequela_report::Context;
use sequela_schema::canonical::{deployments, incidents, ingest_files, ingest_issues, services, teams};
use sequela_schema::result::{
    deployment_outcomes, incident_attribution, links, metrics, restore_curves, team_comparison, unowned_services,
};
use sequela_schema::{Frames, TableBuilder};

/// Microseconds of an hour.
pub(crate) const HOUR: i64 = 3_600_000_000;

/// An instant given as UTC.
pub(crate) fn at(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

/// Days since 1970.
pub(crate) fn day(year: i32, month: u32, day: u32) -> i32 {
    NaiveDate::from_ymd_opt(year, month, day).unwrap().to_epoch_days()
}

/// March to June 2026 under the default definition.
pub(crate) fn context() -> Context {
    let local = |year, month, day| London.with_ymd_and_hms(year, month, day, 0, 0, 0).unwrap().timestamp_micros();
    Context {
        organisation: "Northgate Group".to_owned(),
        timezone: London,
        as_of: local(2026, 7, 1),
        from: local(2026, 3, 1),
        to: local(2026, 7, 1),
        definition: "sequela".to_owned(),
        definition_sentence: "asserted causes and rollbacks first, else the nearest deployment within 24 h.".to_owned(),
        lookback_hours: Some(24.0),
        version: "0.1.0".to_owned(),
        charts: true,
        level: 0.90,
    }
}

/// One row of `metrics`.
pub(crate) struct Row<'a> {
    pub(crate) scope: (&'a str, &'a str),
    pub(crate) period: (&'a str, i32),
    pub(crate) metric: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) n: i64,
    pub(crate) value: Option<f64>,
    pub(crate) interval: Option<(f64, f64)>,
}

pub(crate) fn push(builder: &mut TableBuilder, row: &Row<'_>) {
    builder
        .row()
        .text(&metrics::SCOPE, row.scope.0)
        .text(&metrics::SCOPE_ID, row.scope.1)
        .text(&metrics::PERIOD, row.period.0)
        .date(&metrics::PERIOD_START, row.period.1)
        .text(&metrics::METRIC, row.metric)
        .text(&metrics::UNIT, row.unit)
        .int(&metrics::N, row.n)
        .real_opt(&metrics::VALUE, row.value)
        .real_opt(&metrics::LOWER, row.interval.map(|interval| interval.0))
        .real_opt(&metrics::UPPER, row.interval.map(|interval| interval.1))
        .text(&metrics::METHOD, "by hand");
}

struct Figures<'a> {
    builder: &'a mut TableBuilder,
    period: (&'a str, i32),
}

impl Figures<'_> {
    fn add(&mut self, metric: &str, unit: &str, n: i64, value: f64, interval: Option<(f64, f64)>) {
        push(
            self.builder,
            &Row { scope: ("organisation", "Northgate Group"), period: self.period, metric, unit, n, value: Some(value), interval },
        );
    }
}

fn organisation_figures(builder: &mut TableBuilder, period: (&str, i32), deployments: i64, failed: f64, incidents: i64, median: f64) {
    let mut figures = Figures { builder, period };
    let rate = failed / deployments as f64;
    let caused = incidents as f64 * 0.4;
    figures.add("deployments", "count", deployments, deployments as f64, None);
    figures.add("failed_deployments", "count", deployments, failed, None);
    figures.add("change_failure_rate", "ratio", deployments, rate, Some((rate * 0.7, rate * 1.4)));
    figures.add("incidents", "count", incidents, incidents as f64, None);
    figures.add("change_caused_incidents", "count", incidents, caused, Some((caused * 0.8, caused * 1.2)));
    figures.add("change_caused_share", "ratio", incidents, 0.4, Some((0.33, 0.47)));
    figures.add("time_to_restore_median_hours", "hours", incidents, median, Some((median * 0.8, median * 1.3)));
    figures.add("time_to_restore_p90_hours", "hours", incidents, median * 5.0, Some((median * 4.0, median * 7.0)));
    figures.add("time_to_restore_mean_hours", "hours", incidents, median * 2.1, None);
    figures.add("time_to_restore_median_observed_hours", "hours", incidents, median * 0.98, None);
    figures.add("open_incidents", "count", incidents, 2.0, None);
    figures.add("failed_deployment_recovery_median_hours", "hours", failed as i64, median * 1.5, Some((median, median * 2.0)));
    figures.add("deployment_frequency_per_week", "per_week", 4, deployments as f64 / 4.0, None);
    figures.add("lead_time_median_hours", "hours", deployments, 9.6, Some((9.0, 10.1)));
    figures.add("rework_rate", "ratio", deployments, 0.042, Some((0.035, 0.05)));
}

/// A team: identifier, name, deployments, failures, shrunk rate with its interval, verdict.
type Team<'a> = (&'a str, &'a str, i64, f64, (f64, f64, f64), &'a str);

/// Teams of the small organisation.
const TEAMS: [Team<'_>; 3] = [
    ("pay", "Payments", 267, 39.0, (0.139, 0.102, 0.177), "higher"),
    ("plat", "Platform Runtime", 939, 15.2, (0.017, 0.010, 0.025), "no difference shown"),
    ("comms", "Customer Communications", 120, 3.3, (0.032, 0.008, 0.064), "too few to say"),
];

fn team_tables(frames: &mut Frames, teams_of: &[Team<'_>]) {
    let (mut catalog, mut comparison) = (TableBuilder::new(&teams::TABLE), TableBuilder::new(&team_comparison::TABLE));
    for (id, name, number, failures, (rate, lower, upper), verdict) in teams_of {
        let mut source = catalog.row();
        source
            .text(&teams::TEAM_ID, id)
            .text(&teams::NAME, name)
            .text(&teams::SOURCE, "table")
            .text(&teams::SOURCE_FILE, "teams.csv")
            .int(&teams::SOURCE_ROW, 1);
        comparison
            .row()
            .text(&team_comparison::TEAM_ID, id)
            .int(&team_comparison::DEPLOYMENTS, *number)
            .real(&team_comparison::FAILURES, *failures)
            .real(&team_comparison::RAW_RATE, failures / *number as f64)
            .real(&team_comparison::SHRUNK_RATE, *rate)
            .real(&team_comparison::LOWER, *lower)
            .real(&team_comparison::UPPER, *upper)
            .real(&team_comparison::P_WORSE_THAN_ORG, if *verdict == "higher" { 0.999 } else { 0.3 })
            .real(&team_comparison::RESTORE_MEDIAN_HOURS, 2.1)
            .text(&team_comparison::VERDICT, verdict);
    }
    frames.build(catalog).unwrap();
    frames.build(comparison).unwrap();
}

/// Exponential restore times with a median of two hours, two of 120 still open at the end.
pub(crate) fn curve(frames: &mut Frames) {
    let mut builder = TableBuilder::new(&restore_curves::TABLE);
    for step in 0..118_i64 {
        let share = 1.0 - (step + 1) as f64 / 120.0;
        let hours = -share.max(0.004).log2() * 2.0;
        let half = 0.07 * (share * (1.0 - share)).sqrt() * 2.0;
        builder
            .row()
            .text(&restore_curves::SCOPE, "organisation")
            .text(&restore_curves::SCOPE_ID, "Northgate Group")
            .real(&restore_curves::HOURS, hours)
            .int(&restore_curves::AT_RISK, 120 - step)
            .int(&restore_curves::RESTORED, 1)
            .int(&restore_curves::CENSORED, if step == 117 { 2 } else { 0 })
            .real(&restore_curves::NOT_RESTORED, share)
            .real(&restore_curves::LOWER, (share - half).max(0.0))
            .real(&restore_curves::UPPER, (share + half).min(1.0));
    }
    frames.build(builder).unwrap();
}

fn metrics_table(frames: &mut Frames) {
    let mut builder = TableBuilder::new(&metrics::TABLE);
    let months = [(3, 400, 12.0, 30, 1.9), (4, 440, 13.0, 34, 2.0), (5, 420, 13.0, 28, 2.2), (6, 450, 27.0, 31, 2.1)];
    for (month, deployments, failed, incidents, median) in months {
        organisation_figures(&mut builder, ("month", day(2026, month, 1)), deployments, failed, incidents, median);
    }
    let mut monday = day(2026, 3, 2);
    let mut turn = 0;
    while monday < day(2026, 6, 22) + 7 {
        organisation_figures(&mut builder, ("week", monday), 95 + turn * 7 % 23, 3.0, 6 + turn * 5 % 7, 2.0);
        monday += 7;
        turn += 1;
    }
    organisation_figures(&mut builder, ("all", day(2026, 3, 1)), 1_710, 65.0, 123, 2.05);
    frames.build(builder).unwrap();
}

/// A deployment with what most tests need.
pub(crate) fn deployment(builder: &mut TableBuilder, id: &str, service: &str, finished: i64) {
    builder
        .row()
        .text(&deployments::DEPLOYMENT_ID, id)
        .text(&deployments::SERVICE_ID, service)
        .text(&deployments::ENVIRONMENT, "production")
        .text(&deployments::RESULT, "success")
        .text(&deployments::KIND, "deploy")
        .int(&deployments::FINISHED_AT, finished)
        .text(&deployments::URL, "https://example.com/deployments/1")
        .text(&deployments::SOURCE, "github")
        .text(&deployments::SOURCE_FILE, "deployments.json")
        .int(&deployments::SOURCE_ROW, 1);
}

/// An incident: identifier, number, title, severity, start, hours until restored.
pub(crate) fn incident(builder: &mut TableBuilder, (id, number, title): (&str, &str, &str), severity: i64, began: i64, hours: Option<f64>) {
    let mut row = builder.row();
    row.text(&incidents::INCIDENT_ID, id)
        .text(&incidents::NUMBER, number)
        .text(&incidents::TITLE, title)
        .int(&incidents::SEVERITY, severity)
        .int(&incidents::CREATED_AT, began)
        .int_opt(&incidents::RESOLVED_AT, hours.map(|hours| began + (hours * HOUR as f64) as i64))
        .text(&incidents::SERVICE_ID, "checkout")
        .text(&incidents::TEAM_ID, "pay")
        .text(&incidents::SOURCE, "servicenow")
        .text(&incidents::SOURCE_FILE, "incidents.csv")
        .int(&incidents::SOURCE_ROW, 1);
}

/// A judged incident and, unless it is background, its links.
pub(crate) fn judge(
    frames: (&mut TableBuilder, &mut TableBuilder),
    id: &str,
    candidates: i64,
    linked: &[(&str, &str, f64, f64)],
    evidence: &str,
) {
    let mut row = frames.0.row();
    row.text(&incident_attribution::INCIDENT_ID, id)
        .text(&incident_attribution::SERVICE_ID, "checkout")
        .text(&incident_attribution::TEAM_ID, "pay")
        .int(&incident_attribution::CREATED_AT, at("2026-06-25T16:29:00Z"))
        .int(&incident_attribution::CANDIDATES, candidates)
        .real(&incident_attribution::P_CHANGE, if linked.is_empty() { 0.0 } else { 1.0 })
        .real(&incident_attribution::P_BACKGROUND, if linked.is_empty() { 1.0 } else { 0.0 })
        .real(&incident_attribution::P_FOLLOWUP, 0.0)
        .text(&incident_attribution::VERDICT, if linked.is_empty() { "background" } else { "change" });
    for (rank, (deployment, relation, lag, probability)) in linked.iter().enumerate() {
        frames
            .1
            .row()
            .text(&links::INCIDENT_ID, id)
            .text(&links::DEPLOYMENT_ID, deployment)
            .int(&links::RANK, rank as i64 + 1)
            .text(&links::RELATION, relation)
            .real(&links::LAG_SECONDS, *lag)
            .text(&links::EVIDENCE, evidence)
            .real(&links::PROBABILITY, *probability);
    }
}

fn events(frames: &mut Frames) {
    let mut deployments = TableBuilder::new(&deployments::TABLE);
    deployment(&mut deployments, "github:acme:1001", "checkout", at("2026-06-25T15:51:00Z"));
    deployment(&mut deployments, "github:acme:1002", "ledger", at("2026-06-25T14:00:00Z"));
    let mut incidents = TableBuilder::new(&incidents::TABLE);
    let began = at("2026-06-25T16:29:00Z");
    incident(&mut incidents, ("snow:x:INC0012345", "INC0012345", "Checkout times out"), 1, began, Some(128.0 / 60.0));
    incident(&mut incidents, ("snow:x:INC0012346", "INC0012346", "Basket <script>alert('x')</script> & \"co\""), 2, began - 5 * HOUR, None);
    incident(&mut incidents, ("snow:x:INC0012347", "INC0012347", "Nobody knows"), 3, began + HOUR, Some(0.5));
    let (mut judged, mut linked) = (TableBuilder::new(&incident_attribution::TABLE), TableBuilder::new(&links::TABLE));
    let candidates = [("github:acme:1001", "same_service", 2_280.0, 1.0), ("github:acme:1002", "depends_on", 8_940.0, 0.0)];
    judge((&mut judged, &mut linked), "snow:x:INC0012345", 5, &candidates, "rule");
    judge((&mut judged, &mut linked), "snow:x:INC0012346", 1, &[("github:acme:1002", "depends_on", -600.0, 1.0)], "rollback");
    judge((&mut judged, &mut linked), "snow:x:INC0012347", 0, &[], "rule");
    for builder in [deployments, incidents, judged, linked] {
        frames.build(builder).unwrap();
    }
}

fn outcomes(frames: &mut Frames) {
    let mut builder = TableBuilder::new(&deployment_outcomes::TABLE);
    builder
        .row()
        .text(&deployment_outcomes::DEPLOYMENT_ID, "github:acme:1001")
        .text(&deployment_outcomes::SERVICE_ID, "checkout")
        .text(&deployment_outcomes::TEAM_ID, "pay")
        .int(&deployment_outcomes::FINISHED_AT, at("2026-06-25T15:51:00Z"))
        .real(&deployment_outcomes::P_FAILED, 1.0)
        .real(&deployment_outcomes::EXPECTED_INCIDENTS, 1.0)
        .int(&deployment_outcomes::ASSERTED_INCIDENTS, 0)
        .int(&deployment_outcomes::WORST_SEVERITY, 1)
        .real(&deployment_outcomes::RECOVERY_HOURS, 166.0 / 60.0)
        .bool(&deployment_outcomes::IS_OPEN, false);
    frames.build(builder).unwrap();
    let mut builder = TableBuilder::new(&services::TABLE);
    for id in ["checkout", "ledger"] {
        let mut row = builder.row();
        row.text(&services::SERVICE_ID, id).text(&services::NAME, id).text(&services::TEAM_ID, "pay");
        row.text(&services::SOURCE, "backstage").text(&services::SOURCE_FILE, "catalog.yaml").int(&services::SOURCE_ROW, 1);
    }
    frames.build(builder).unwrap();
}

fn intake(frames: &mut Frames) {
    let mut files = TableBuilder::new(&ingest_files::TABLE);
    for (path, adapter, rows, rejected, quality, cut) in
        [("deployments.json", "github", 1_712, 2, "exact_utc", false), ("incidents-2026.csv", "servicenow", 124, 1, "assumed_zone", true)]
    {
        files
            .row()
            .text(&ingest_files::PATH, path)
            .text(&ingest_files::ADAPTER, adapter)
            .text(&ingest_files::FORMAT, if cut { "csv" } else { "json" })
            .text(&ingest_files::ENCODING, if cut { "windows-1252" } else { "utf-8" })
            .text(&ingest_files::ZONE, "Europe/London")
            .text(&ingest_files::ZONE_BASIS, "organisation")
            .text(&ingest_files::TIME_QUALITY, quality)
            .int(&ingest_files::ROWS_READ, rows)
            .int(&ingest_files::ROWS_OK, rows - rejected)
            .int(&ingest_files::ROWS_REJECTED, rejected)
            .int(&ingest_files::ROWS_FOLDED, 0)
            .int(&ingest_files::FIRST_AT, at("2026-03-01T08:00:00Z"))
            .int(&ingest_files::LAST_AT, at("2026-06-30T20:00:00Z"))
            .bool(&ingest_files::TRUNCATION_SUSPECTED, cut);
    }
    frames.build(files).unwrap();
    let mut issues = TableBuilder::new(&ingest_issues::TABLE);
    for (path, row, code, message, rejected) in [
        ("deployments.json", 7, "bad_timestamp", "\"31/02/2026\" is no date; correct the export or the format", true),
        ("deployments.json", 9, "bad_timestamp", "\"\" is no date", true),
        ("incidents-2026.csv", 12, "missing_id", "the row has no number", true),
        ("incidents-2026.csv", 44, "end_before_start", "resolved before opened; not used for durations", false),
    ] {
        let mut writer = issues.row();
        writer.text(&ingest_issues::PATH, path).int(&ingest_issues::ROW, row).text(&ingest_issues::CODE, code);
        writer.text(&ingest_issues::MESSAGE, message).bool(&ingest_issues::REJECTED, rejected);
    }
    frames.build(issues).unwrap();
    let mut unowned = TableBuilder::new(&unowned_services::TABLE);
    let mut row = unowned.row();
    row.text(&unowned_services::NAME, "pdf-render-wrkr").int(&unowned_services::DEPLOYMENTS, 28).int(&unowned_services::INCIDENTS, 11);
    row.int(&unowned_services::CHANGES, 0)
        .bool(&unowned_services::IN_CATALOG, false)
        .text(&unowned_services::CLOSEST_NAME, "pdf-render-worker");
    row.real(&unowned_services::SIMILARITY, 0.95)
        .real(&unowned_services::DEPLOYMENTS_SHARE, 0.016)
        .real(&unowned_services::INCIDENTS_SHARE, 0.09);
    frames.build(unowned).unwrap();
}

/// The small organisation.
pub(crate) fn small() -> Frames {
    let mut frames = Frames::new();
    metrics_table(&mut frames);
    team_tables(&mut frames, &TEAMS);
    curve(&mut frames);
    events(&mut frames);
    outcomes(&mut frames);
    intake(&mut frames);
    frames
}

/// The same with forty teams, some with very long names.
pub(crate) fn many_teams() -> Frames {
    let mut frames = small();
    let names: Vec<(String, String)> = (0..40)
        .map(|number| {
            (
                format!("team-{number:02}"),
                if number % 3 == 0 {
                    format!("Customer Communications and Correspondence Platform {number}")
                } else {
                    format!("Team {number}")
                },
            )
        })
        .collect();
    let rows: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(number, (id, name))| {
            let rate = 0.01 + (number * 7 % 40) as f64 / 400.0;
            let verdict = ["no difference shown", "too few to say", "no difference shown", "lower", "higher"][number * 13 % 5];
            let deployments = 20 + (number as i64 * 37) % 900;
            (id.as_str(), name.as_str(), deployments, rate * deployments as f64, (rate, rate * 0.4, (rate * 2.0).min(1.0)), verdict)
        })
        .collect();
    team_tables(&mut frames, &rows);
    frames
}

/// One team, one month, no failure, every incident open.
pub(crate) fn tiny() -> Frames {
    let mut frames = Frames::new();
    let mut builder = TableBuilder::new(&metrics::TABLE);
    let month = day(2026, 6, 1);
    let mut figures = Figures { builder: &mut builder, period: ("month", month) };
    figures.add("deployments", "count", 3, 3.0, None);
    figures.add("change_failure_rate", "ratio", 3, 0.0, Some((0.0, 0.4)));
    figures.add("incidents", "count", 1, 1.0, None);
    figures.add("open_incidents", "count", 1, 1.0, None);
    Figures { builder: &mut builder, period: ("all", month) }.add("open_incidents", "count", 1, 1.0, None);
    for metric in ["time_to_restore_median_hours", "time_to_restore_p90_hours"] {
        push(
            &mut builder,
            &Row {
                scope: ("organisation", "Northgate Group"),
                period: ("month", month),
                metric,
                unit: "hours",
                n: 1,
                value: None,
                interval: None,
            },
        );
    }
    frames.build(builder).unwrap();
    team_tables(&mut frames, &[("solo", "Solo", 3, 0.0, (0.03, 0.0, 0.2), "too few to say")]);
    let mut curve = TableBuilder::new(&restore_curves::TABLE);
    let mut row = curve.row();
    row.text(&restore_curves::SCOPE, "organisation").text(&restore_curves::SCOPE_ID, "Northgate Group").real(&restore_curves::HOURS, 30.0);
    row.int(&restore_curves::AT_RISK, 1)
        .int(&restore_curves::RESTORED, 0)
        .int(&restore_curves::CENSORED, 1)
        .real(&restore_curves::NOT_RESTORED, 1.0);
    frames.build(curve).unwrap();
    frames
}
