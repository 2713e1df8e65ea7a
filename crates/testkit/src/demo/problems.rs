//! Problem records, and the titles of two faults that come again and again.

use std::collections::BTreeSet;

use super::people::anybody;
use super::servicenow::{configuration_item, optional, stamp};
use super::sheet::Sheet;
use crate::company::Company;
use crate::company::catalog::{SERVICES, TEAMS, number_of};
use crate::company::clock::{self, HOUR};
use crate::company::incidents::Item;
use crate::random::Stream;

const HEADER: [&str; 19] = [
    "number",
    "sys_created_on",
    "sys_updated_on",
    "opened_at",
    "state",
    "short_description",
    "cmdb_ci",
    "business_service",
    "assignment_group",
    "priority",
    "known_error",
    "cause_notes",
    "workaround",
    "rfc",
    "first_reported_by_task",
    "related_incidents",
    "resolved_at",
    "closed_at",
    "opened_by",
];
/// Faults that recur: service, title, most incidents. The first has no problem record, the fix of the second did not hold.
const RECURRING: [(&str, &str, usize); 2] = [
    ("track-and-trace", "Track & Trace – Sendungsnummer doppelt vergeben, Kunde sieht fremdes Paket", 9),
    ("ledger", "Ledger: Nachtlauf bricht ab, Sperre auf Buchungstabelle", 12),
];
/// Services whose other problem records were exported, with the first words of the title; incidents name the records of more services.
const OTHERS: [(&str, &str); 4] = [
    ("checkout-api", "Checkout API – Abbrüche nach Release am Freitag"),
    ("fraud-check", "Fraud Check: timeouts towards database"),
    ("driver-app-backend", "Driver App Backend – Anmeldung schlägt fehl"),
    ("customs-declaration", "Customs Declaration nicht erreichbar"),
];

/// Number of the problem record of a service.
pub(crate) fn number(service: usize) -> String {
    format!("PRB{:07}", 40_200 + service)
}

/// Positions of the incidents of a recurring fault: background ones of its service, one a day.
fn recurrences(company: &Company, which: usize) -> Vec<usize> {
    let (service, _, most) = RECURRING[which];
    let item = number_of(service).map(Item::Service);
    let mut days = BTreeSet::new();
    let fits = |position: &usize| {
        let incident = &company.incidents[*position];
        Some(incident.item) == item && incident.cause.is_none() && days.insert(clock::local(incident.opened_at).date())
    };
    (0..company.incidents.len()).filter(fits).take(most).collect()
}

/// Gives the incidents of recurring faults their titles; three of the second fault name the problem record.
pub(crate) fn title_recurrences(company: &Company, rows: &mut [Vec<String>], title: usize, problem: usize) {
    for (which, (service, words, _)) in RECURRING.iter().enumerate() {
        for (place, position) in recurrences(company, which).into_iter().enumerate() {
            (*words).clone_into(&mut rows[position][title]);
            if which == 1 && (2..5).contains(&place) {
                rows[position][problem] = number_of(service).map(number).unwrap_or_default();
            }
        }
    }
}

/// The problem list.
pub(crate) fn sheet(seed: u64, company: &Company) -> Sheet {
    let mut stream = Stream::new(seed, 503);
    let mut rows: Vec<Vec<String>> = OTHERS.iter().filter_map(|(service, title)| other(&mut stream, company, service, title)).collect();
    rows.extend(recorded(&mut stream, company));
    rows.sort();
    Sheet::new("exports/servicenow/problem.csv", &HEADER, rows)
}

/// A problem that is still being looked into.
fn other(stream: &mut Stream, company: &Company, service: &str, title: &str) -> Option<Vec<String>> {
    let service = number_of(service)?;
    let first = company.incidents.iter().find(|incident| incident.item == Item::Service(service))?;
    let raised = first.opened_at + (30 + stream.below(60) as i64) * 24 * HOUR;
    Some(row(stream, service, title, raised, ["Root Cause Analysis", "", "Neustart", "", &first.number], None))
}

/// The problem whose fix did not hold: raised a day after the third incident, closed after the sixth with the next change of its service.
fn recorded(stream: &mut Stream, company: &Company) -> Option<Vec<String>> {
    let (service, title, _) = RECURRING[1];
    let (service, incidents) = (number_of(service)?, recurrences(company, 1));
    let at = |place: usize| incidents.get(place).map(|position| company.incidents[*position].opened_at);
    let (raised, sixth) = (at(2)? + 24 * HOUR, at(5)?);
    let end = |change: &&crate::company::changes::Change| change.actual.map(|(_, end)| end);
    let fixes = company.changes.iter().filter(|change| change.service == service && end(change).is_some_and(|end| end > sixth));
    let fix = fixes.min_by_key(end)?;
    let words = ["Closed", "Sperre wird beim Nachtlauf nicht freigegeben", "Lauf am Morgen wiederholen", &fix.number];
    let first = &company.incidents[*incidents.first()?].number;
    let words = [words[0], words[1], words[2], words[3], first];
    Some(row(stream, service, title, raised, words, end(&fix).map(|end| end + 20 * HOUR)))
}

/// A row; `words` are state, cause, workaround, change that fixes it and first incident.
fn row(stream: &mut Stream, service: usize, title: &str, raised: i64, words: [&str; 5], resolved: Option<i64>) -> Vec<String> {
    let [state, cause, workaround, change, first] = words.map(ToOwned::to_owned);
    let item = configuration_item(Item::Service(service));
    let resolved = resolved.filter(|at| *at <= clock::extract());
    let raised = raised.min(clock::extract() - 24 * HOUR);
    vec![
        number(service),
        stamp(raised),
        stamp(resolved.unwrap_or(raised + 48 * HOUR).min(clock::extract())),
        stamp(raised),
        state,
        title.to_owned(),
        item.to_owned(),
        item.to_owned(),
        TEAMS[SERVICES[service].team].title.to_owned(),
        "3 - Moderate".to_owned(),
        (!cause.is_empty()).to_string(),
        cause,
        workaround,
        change,
        first,
        String::new(),
        optional(resolved),
        optional(resolved),
        anybody(stream).name.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_without_a_record_recurs_and_one_with_a_record_outlives_its_fix() {
        let company = Company::simulate(super::super::SEED);
        assert!(recurrences(&company, 0).len() >= 6);
        let rows = sheet(super::super::SEED, &company).rows;
        let ledger = rows.iter().find(|row| row[6] == "Ledger").unwrap();
        let resolved = &ledger[16];
        assert!(!resolved.is_empty() && !ledger[13].is_empty());
        let after = recurrences(&company, 1).into_iter().filter(|at| stamp(company.incidents[*at].opened_at) > *resolved).count();
        assert!(after >= 3, "{after}");
        assert!(rows.iter().all(|row| !row[5].contains("Sendungsnummer")), "nobody raised a problem for the first");
    }
}
