//! `SonarQube` measures, as its API gives them. Values are texts; measures of new code have theirs in a period.
//!
//! Only projects count: the folders and files of a tree would be counted again. A history does not name its project.

use std::collections::BTreeMap;

use sequela_schema::canonical::quality_measures;
use serde_json::Value;

use super::shared::values::{at, first, has, has_key, list, real, text};
use super::shared::{Desk, Reader, Refused, Subject, Translate};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "sonarqube";

/// The adapter.
pub(super) struct SonarQube;

impl Adapter for SonarQube {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "measures of a project as they are now",
                how: "curl -u TOKEN: 'https://SONAR/api/measures/component?component=PROJECT&metricKeys=coverage,ncloc,bugs,vulnerabilities,code_smells,duplicated_lines_density,new_coverage' > PROJECT.json",
                fills: &["quality_measures"],
                verified: Verified::Documentation,
            },
            Export {
                what: "history of the measures of a project; call the file like the service",
                how: "curl -u TOKEN: 'https://SONAR/api/measures/search_history?component=PROJECT&metrics=coverage,ncloc,bugs&ps=1000' > PROJECT.json",
                fills: &["quality_measures"],
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(|record| of_component(record) || of_tree(record) || is_history(record) || is_search(record)) {
            return Confidence::of(90, &quality_measures::TABLE, "measures of SonarQube");
        }
        Confidence::default()
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work))
    }
}

fn of_component(record: &Value) -> bool {
    has(record, "component.key") && has_key(record, "component") && at(record, "component.measures").is_some_and(Value::is_array)
}

fn of_tree(record: &Value) -> bool {
    has(record, "components.qualifier") && has(record, "components.measures") || has(record, "baseComponent.measures.metric")
}

fn is_history(record: &Value) -> bool {
    has(record, "measures.metric") && has(record, "measures.history")
}

fn is_search(record: &Value) -> bool {
    has(record, "measures.metric") && has(record, "measures.component")
}

struct Work;

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if is_history(record) {
            history(record, desk);
        } else if is_search(record) {
            search(record, desk);
        } else if of_tree(record) {
            tree(record, desk);
        } else if let Some(component) = at(record, "component").filter(|_| of_component(record)) {
            let subject = of_source(component, desk);
            write(&subject, list(component, "measures"), desk);
        } else {
            return Err(Refused::unknown("no measures of SonarQube"));
        }
        note_paging(record, desk);
        Ok(())
    }
}

/// A page that is not the last one says how many there are in all.
fn note_paging(record: &Value, desk: &mut Desk<'_>) {
    let number = |name: &str| real(record, &format!("paging.{name}"));
    if let (Some(page), Some(size), Some(total)) = (number("pageIndex"), number("pageSize"), number("total"))
        && page * size < total
    {
        desk.suspect_truncation(&format!("the page says that there are {total} in all"));
    }
}

/// The service that the source names, else the project.
fn of_source(component: &Value, desk: &Desk<'_>) -> Subject {
    let service = desk.scope().service.clone().or_else(|| text(component, "key").map(std::borrow::Cow::into_owned));
    dated(Subject { service, scope: "overall", ..Subject::default() }, component)
}

fn of_project(component: &Value) -> Subject {
    let service = text(component, "key").map(std::borrow::Cow::into_owned);
    dated(Subject { service, scope: "overall", ..Subject::default() }, component)
}

fn dated(subject: Subject, component: &Value) -> Subject {
    subject.at(at(component, "analysisDate").cloned())
}

fn tree(record: &Value, desk: &mut Desk<'_>) {
    if let Some(base) = at(record, "baseComponent").filter(|base| !list(base, "measures").is_empty()) {
        let subject = of_source(base, desk);
        write(&subject, list(base, "measures"), desk);
    }
    for component in list(record, "components").iter().filter(|component| text(component, "qualifier").is_some_and(|kind| kind == "TRK")) {
        write(&of_project(component), list(component, "measures"), desk);
    }
}

/// Measures of several projects, each measure naming its own.
fn search(record: &Value, desk: &mut Desk<'_>) {
    let mut projects: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for measure in list(record, "measures") {
        let project = text(measure, "component").unwrap_or_default();
        projects.entry(project.into_owned()).or_default().push(measure.clone());
    }
    for (project, measures) in projects {
        let subject = Subject { service: Some(project), scope: "overall", ..Subject::default() };
        write(&subject, &measures, desk);
    }
}

fn history(record: &Value, desk: &mut Desk<'_>) {
    let subject = Subject::of_file(desk, |name| matches!(name, NAME | "measures" | "history" | "search_history"));
    let mut analyses: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
    for measure in list(record, "measures") {
        let metric = text(measure, "metric").unwrap_or_default();
        for entry in list(measure, "history") {
            if let (Some(date), Some(value)) = (text(entry, "date"), real(entry, "value")) {
                analyses.entry(date.into_owned()).or_default().push((metric.clone().into_owned(), value));
            }
        }
    }
    for (date, measures) in analyses {
        write_all(&subject.clone().at(Some(date)), &measures, desk);
    }
}

fn write(subject: &Subject, measures: &[Value], desk: &mut Desk<'_>) {
    let value = |measure: &Value| ["value", "period.value", "periods.value"].iter().find_map(|path| real(measure, path));
    let named = measures.iter().filter_map(|measure| Some((first(measure, &["metric"])?.into_owned(), value(measure)?)));
    write_all(subject, &named.collect::<Vec<_>>(), desk);
}

/// Writes measures of one analysis. Failures and errors of tests are one measure of ours.
fn write_all(subject: &Subject, measures: &[(String, f64)], desk: &mut Desk<'_>) {
    let failed: Vec<f64> = measures.iter().filter(|(name, _)| is_failed(name)).map(|(_, value)| *value).collect();
    for (name, value) in measures.iter().filter(|(name, _)| !is_failed(name)) {
        let (metric, unit) = ours(name);
        let scope = if name.starts_with("new_") { "new_code" } else { subject.scope };
        Subject { scope, ..subject.clone() }.put(desk, metric, *value, unit);
    }
    if !failed.is_empty() {
        subject.put(desk, "tests_failed", failed.iter().sum(), "tests");
    }
}

fn is_failed(metric: &str) -> bool {
    metric == "test_failures" || metric == "test_errors"
}

/// Our name of a metric and its unit; others keep their names.
fn ours(metric: &str) -> (&str, &'static str) {
    match metric {
        "coverage" => ("coverage_pct", "%"),
        "line_coverage" => ("line_coverage_pct", "%"),
        "branch_coverage" => ("branch_coverage_pct", "%"),
        "new_coverage" => ("new_code_coverage_pct", "%"),
        "duplicated_lines_density" => ("duplicated_lines_pct", "%"),
        "tests" => ("tests_total", "tests"),
        "skipped_tests" => ("tests_skipped", "tests"),
        "sqale_index" => ("technical_debt_min", "min"),
        metric if metric.ends_with("ncloc") || metric.ends_with("lines") => (metric, "lines"),
        metric if metric.ends_with("_rating") => (metric, "rating"),
        metric if metric.ends_with("_coverage") || metric.ends_with("_density") => (metric, "%"),
        metric => (metric, "count"),
    }
}
