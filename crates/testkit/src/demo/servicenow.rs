//! ServiceNow list exports: field names as headers, display values, every cell quoted, windows-1252, the user's local time.

use super::defects::Code;
use super::people::anybody;
use super::sheet::{Dialect, Sheet};
use super::{File, problems, titles};
use crate::company::Company;
use crate::company::catalog::{HOST, SERVICES, TEAMS};
use crate::company::changes::{Change, Type};
use crate::company::clock::{self, HOUR};
use crate::company::incidents::{Incident, Item};
use crate::company::upkeep::{CONFIGURATION, STANDARD_RELEASE, Upkeep, upkeep};
use crate::random::Stream;

const INCIDENT_HEADER: [&str; 27] = [
    "number",
    "sys_created_on",
    "sys_updated_on",
    "opened_at",
    "resolved_at",
    "closed_at",
    "state",
    "priority",
    "impact",
    "urgency",
    "category",
    "cmdb_ci",
    "business_service",
    "assignment_group",
    "short_description",
    "description",
    "caused_by",
    "rfc",
    "problem_id",
    "reopen_count",
    "reassignment_count",
    "close_code",
    "major_incident_state",
    "caller_id",
    "assigned_to",
    "opened_by",
    "parent_incident",
];

const CHANGE_HEADER: [&str; 23] = [
    "number",
    "sys_created_on",
    "sys_updated_on",
    "opened_at",
    "type",
    "state",
    "short_description",
    "cmdb_ci",
    "business_service",
    "assignment_group",
    "risk",
    "priority",
    "approval",
    "start_date",
    "end_date",
    "work_start",
    "work_end",
    "closed_at",
    "close_code",
    "cab_required",
    "requested_by",
    "assigned_to",
    "chg_model",
];

/// Rows of the first page; the second one begins 25 rows earlier.
const PAGE: usize = 262;
const OVERLAP: usize = 25;

/// Local time as the exporting user sees it, without an offset.
pub(crate) fn stamp(instant: i64) -> String {
    clock::local(instant).format("%Y-%m-%d %H:%M:%S").to_string()
}

pub(crate) fn optional(instant: Option<i64>) -> String {
    instant.map(stamp).unwrap_or_default()
}

/// Name that ServiceNow has for a service: the catalog's title, but not always.
pub(crate) fn configuration_item(item: Item) -> &'static str {
    let Item::Service(service) = item else { return HOST };
    match SERVICES[service].name {
        "track-and-trace" => "Track & Trace",
        "payment-gateway" => "PAYMENT_GATEWAY",
        "label-printer" => "Labelprinter",
        _ => SERVICES[service].ci,
    }
}

/// The two pages of the incident list, the change list and the problem list.
pub(crate) fn files(seed: u64, company: &Company) -> (Vec<File>, Vec<super::Defect>) {
    let mut rows = incident_rows(seed, company);
    let column = |name: &str| INCIDENT_HEADER.iter().position(|column| *column == name).unwrap_or(0);
    problems::title_recurrences(company, &mut rows, column("short_description"), column("problem_id"));
    let mut first = Sheet::new("exports/servicenow/incident_page1.csv", &INCIDENT_HEADER, rows[..PAGE].to_vec());
    let mut second = Sheet::new("exports/servicenow/incident_page2.csv", &INCIDENT_HEADER, rows[PAGE - OVERLAP..].to_vec());
    let mut changes = Sheet::new("exports/servicenow/change_request.csv", &CHANGE_HEADER, change_rows(seed, company));
    stale_overlap(&mut first, &mut second);
    spoil_first_page(&mut first);
    spoil_second_page(&mut second);
    spoil_changes(&mut changes);
    let sheets = [first, second, changes, problems::sheet(seed, company)];
    let files = sheets.iter().map(|sheet| File { path: sheet.path.clone(), bytes: sheet.bytes(Dialect::ServiceNow) }).collect();
    (files, sheets.into_iter().flat_map(|sheet| sheet.defects).collect())
}

fn incident_rows(seed: u64, company: &Company) -> Vec<Vec<String>> {
    let mut stream = Stream::new(seed, 500);
    company.incidents.iter().map(|incident| incident_row(&mut stream, company, incident)).collect()
}

fn incident_row(stream: &mut Stream, company: &Company, incident: &Incident) -> Vec<String> {
    let item = configuration_item(incident.item);
    let change_of = |deployment: Option<usize>| {
        let change = deployment.and_then(|index| company.deployments[index].change);
        change.map(|index| company.changes[index].number.clone()).unwrap_or_default()
    };
    let closed_at = closing(incident);
    let state = state(stream, incident, closed_at);
    let level = ["1 - High", "1 - High", "2 - Medium", "3 - Low"][usize::from(incident.priority) - 1];
    let updated = closed_at.or(incident.resolved_at).unwrap_or(incident.opened_at + 40 * 60).min(clock::extract());
    let done = incident.resolved_at.is_some();
    let names_service = stream.chance(0.8);
    vec![
        incident.number.clone(),
        stamp(incident.opened_at + 11),
        stamp(updated),
        stamp(incident.opened_at),
        optional(incident.resolved_at),
        optional(closed_at),
        state.to_owned(),
        ["1 - Critical", "2 - High", "3 - Moderate", "4 - Low"][usize::from(incident.priority) - 1].to_owned(),
        level.to_owned(),
        level.to_owned(),
        (*stream.pick(&["Software", "Software", "Database", "Network", "Inquiry / Help"])).to_owned(),
        item.to_owned(),
        if names_service { item.to_owned() } else { String::new() },
        assignment_group(stream, incident.item).to_owned(),
        titles::incident(stream, item),
        titles::description(stream, item),
        change_of(incident.asserted),
        if done { change_of(incident.repair) } else { String::new() },
        problem(stream, incident),
        if stream.chance(0.05) { "1" } else { "0" }.to_owned(),
        stream.poisson(0.6).to_string(),
        if done { *stream.pick(&["Solved (Permanently)", "Solved (Work Around)", "Closed/Resolved by Caller"]) } else { "" }.to_owned(),
        if incident.priority == 1 && stream.chance(0.6) { "accepted" } else { "" }.to_owned(),
        anybody(stream).name.to_owned(),
        anybody(stream).name.to_owned(),
        anybody(stream).mail(),
        String::new(),
    ]
}

/// A job closes resolved records at one o'clock on the fifth night.
fn closing(incident: &Incident) -> Option<i64> {
    let resolved = incident.resolved_at?;
    let midnight = resolved - (resolved - clock::first()).rem_euclid(24 * HOUR);
    Some(midnight + 5 * 24 * HOUR + HOUR).filter(|at| *at <= clock::extract())
}

fn state(stream: &mut Stream, incident: &Incident, closed_at: Option<i64>) -> &'static str {
    let false_alarm = incident.cause.is_none() && stream.chance(0.02);
    match (incident.resolved_at, closed_at) {
        (Some(_), _) if false_alarm => "Canceled",
        (Some(_), Some(_)) => "Closed",
        (Some(_), None) => "Resolved",
        _ if clock::extract() - incident.opened_at < 6 * HOUR => "New",
        _ if stream.chance(0.5) => "On Hold",
        _ => "In Progress",
    }
}

fn assignment_group(stream: &mut Stream, item: Item) -> &'static str {
    match item {
        _ if stream.chance(0.05) => "Service Desk",
        Item::Service(service) => TEAMS[SERVICES[service].team].title,
        Item::Host => "Mainframe Operations",
    }
}

fn problem(stream: &mut Stream, incident: &Incident) -> String {
    match incident.item {
        Item::Service(service) if stream.chance(0.08) => problems::number(service),
        _ => String::new(),
    }
}

fn change_rows(seed: u64, company: &Company) -> Vec<Vec<String>> {
    let mut stream = Stream::new(seed, 501);
    let of_deployments = company.changes.iter().filter(|change| change.created_at <= clock::extract());
    let mut rows: Vec<Vec<String>> = of_deployments.map(|change| change_row(&mut stream, change)).collect();
    let mut stream = Stream::new(seed, 502);
    rows.extend(upkeep(seed).iter().map(|upkeep| upkeep_row(&mut stream, upkeep)));
    rows
}

/// What has a model is called like it.
fn upkeep_row(stream: &mut Stream, upkeep: &Upkeep) -> Vec<String> {
    let mut row = change_row(stream, &upkeep.change);
    let (title, place) = (6, CHANGE_HEADER.len() - 1);
    if let Some(model) = upkeep.model {
        row[title] = format!("{model}: {}", SERVICES[upkeep.change.service].title);
        model.clone_into(&mut row[place]);
    }
    row
}

/// Model of a standard change, from its title.
fn model(change: &Change, title: &str) -> &'static str {
    match change.change_type {
        Type::Standard if title.contains("Konfiguration") => CONFIGURATION,
        Type::Standard => STANDARD_RELEASE,
        _ => "",
    }
}

fn change_row(stream: &mut Stream, change: &Change) -> Vec<String> {
    let service = &SERVICES[change.service];
    let done = change.actual.filter(|(_, end)| *end <= clock::extract());
    let closed_at = done.map(|(_, end)| end + 26 * HOUR).filter(|at| *at <= clock::extract());
    let (state, close_code) = match (change.actual, done, closed_at) {
        (None, ..) => ("Canceled", "Cancelled"),
        (_, None, _) => ("Scheduled", ""),
        (_, Some(_), None) => ("Review", ""),
        _ if !change.successful => ("Closed", *stream.pick(&["Unsuccessful", "Unsuccessful", "Successful with issues"])),
        _ => ("Closed", "Successful"),
    };
    let change_type = match change.change_type {
        Type::Standard => "Standard",
        Type::Normal => "Normal",
        Type::Emergency => "Emergency",
    };
    let item = configuration_item(Item::Service(change.service));
    let title = titles::change(stream, service.title, change.change_type == Type::Emergency);
    let model = model(change, &title).to_owned();
    vec![
        change.number.clone(),
        stamp(change.created_at),
        stamp(closed_at.unwrap_or(change.created_at + HOUR)),
        stamp(change.created_at),
        change_type.to_owned(),
        state.to_owned(),
        title,
        item.to_owned(),
        if stream.chance(0.7) { item } else { "" }.to_owned(),
        TEAMS[service.team].title.to_owned(),
        (*stream.pick(&["Low", "Low", "Moderate", "High"])).to_owned(),
        "4 - Low".to_owned(),
        if change.actual.is_some() { "Approved" } else { "Not Yet Requested" }.to_owned(),
        stamp(change.planned_start_at),
        stamp(change.planned_end_at),
        optional(done.map(|(start, _)| start)),
        optional(done.map(|(_, end)| end)),
        optional(closed_at),
        close_code.to_owned(),
        change.cab_required.to_string(),
        anybody(stream).name.to_owned(),
        anybody(stream).name.to_owned(),
        model,
    ]
}

/// Two records of the overlap were still open when the first page was exported.
fn stale_overlap(first: &mut Sheet, second: &mut Sheet) {
    let resolved = |row: &usize| second.cell(*row, "state") == "Closed";
    let stale: Vec<usize> = (4..OVERLAP).filter(resolved).step_by(7).take(2).collect();
    for row in stale {
        let old = &mut first.rows[PAGE - OVERLAP + row - 1];
        for (column, value) in
            [("state", "In Progress"), ("resolved_at", ""), ("closed_at", ""), ("close_code", ""), ("caused_by", ""), ("rfc", "")]
        {
            let position = second.column(column);
            value.clone_into(&mut old[position]);
        }
        let opened = old[second.column("opened_at")].clone();
        let position = second.column("sys_updated_on");
        old[position] = opened;
        let what = "the same number stands in page 1 in an earlier state; the later one, by sys_updated_on, counts once";
        second.note(row, Code::DuplicateId, "number", false, what);
    }
}

fn spoil_first_page(sheet: &mut Sheet) {
    sheet.insert(17, Code::WideRow, "", "two cells more than the header: an unescaped quote split the title", |cells| {
        cells[0] = "INC0099001".to_owned();
        cells.insert(15, " consumers idle".to_owned());
        cells.insert(16, "on call".to_owned());
    });
    sheet.insert(58, Code::MissingId, "number", "no number", |cells| cells[0].clear());
    spoil_values(sheet);
    harmless(sheet);
}

/// Values that are put aside while their rows are kept. The incidents are background ones that were resolved.
fn spoil_values(sheet: &mut Sheet) {
    let closed = |sheet: &Sheet, row: usize| sheet.cell(row, "state") == "Closed" && sheet.cell(row, "caused_by").is_empty();
    sheet.damage(31, "resolved_at", "31.06.2026 25:10", Code::BadTimestamp, "no such day and hour; the time is left empty", closed);
    sheet.damage(44, "resolved_at", "1970-01-01 00:00:00", Code::EpochZero, "zero sentinel; the time is left empty", closed);
    let row =
        sheet.damage(72, "resolved_at", "", Code::EndBeforeStart, "resolved a day before it was opened; the end is left empty", closed);
    let (opened, resolved) = (sheet.cell(row, "opened_at").to_owned(), sheet.column("resolved_at"));
    sheet.rows[row - 1][resolved] = day_before(&opened);
    sheet.damage(95, "closed_at", "2206-05-04 01:00:00", Code::ImplausibleYear, "year mistyped; the time is left empty", closed);
    sheet.damage(110, "reassignment_count", "twice", Code::BadNumber, "a word where a number belongs; the number is left empty", closed);
}

fn day_before(stamp: &str) -> String {
    let parsed = chrono::NaiveDateTime::parse_from_str(stamp, "%Y-%m-%d %H:%M:%S").unwrap_or_default();
    (parsed - chrono::TimeDelta::days(1)).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// What looks wrong and is not: null tokens, a protected formula, quotes and line breaks inside a cell.
fn harmless(sheet: &mut Sheet) {
    let edits = [
        (120, "assignment_group", "(empty)"),
        (124, "problem_id", "UNKNOWN"),
        (131, "short_description", "'=SUM(A1:A9) steht im Exportfeld \u{2026}"),
        (138, "short_description", "'+49 30 5550 1417 ruft an: nichts geht"),
        (143, "description", "Zeile 1 \u{2013} \"in Anf\u{fc}hrungszeichen\"\nZeile 2, mit Komma\n\nZeile 4"),
    ];
    for (row, column, value) in edits {
        let position = sheet.column(column);
        value.clone_into(&mut sheet.rows[row - 1][position]);
    }
}

fn spoil_second_page(sheet: &mut Sheet) {
    sheet.insert(90, Code::MissingId, "number", "the number is a null token", |cells| cells[0] = "(empty)".to_owned());
    let title = sheet.cell(140, "short_description").replacen(' ', " \u{7}\u{b}", 1);
    sheet.damage(
        140,
        "short_description",
        &title,
        Code::ControlCharacters,
        "a bell and a vertical tab in the title; they are taken out",
        |_, _| true,
    );
}

fn spoil_changes(sheet: &mut Sheet) {
    sheet.insert(40, Code::MissingId, "number", "no number", |cells| cells[0].clear());
    sheet.insert(300, Code::WideRow, "", "one cell more than the header", |cells| {
        cells[0] = "CHG0099001".to_owned();
        cells.insert(7, "Teil 2".to_owned());
    });
    let closed = |sheet: &Sheet, row: usize| sheet.cell(row, "state") == "Closed";
    sheet.damage(
        120,
        "type",
        "Wartung",
        Code::UnknownValue,
        "a type of the company's own; it is kept as written and counted as unknown",
        closed,
    );
    sheet.damage(200, "start_date", "in KW 27", Code::BadTimestamp, "words instead of a time; the time is left empty", closed);
    let row = sheet.damage(410, "work_end", "", Code::EndBeforeStart, "ended a day before it started; the end is left empty", closed);
    let (started, end) = (sheet.cell(row, "work_start").to_owned(), sheet.column("work_end"));
    sheet.rows[row - 1][end] = day_before(&started);
}
