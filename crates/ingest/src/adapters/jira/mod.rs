//! Jira and Jira Service Management: issues from a search (JSON) or a CSV export, and changelogs that were fetched apart.
//!
//! One list holds issues of all kinds: the type of an issue tells whether it is an incident, a change or a problem, and issues of other
//! types are left alone. Custom fields are known by their names, which a CSV export always has and a search gives with `expand=names`.

mod history;
mod issue;
mod links;
mod rows;
mod sheet;
mod words;

use std::collections::BTreeMap;

use sequela_schema::Table;
use sequela_schema::canonical::incidents;
use serde_json::Value;

use super::shared::{Desk, Reader, Refused, Translate, values};
use super::{Adapter, Confidence, Export, Sample, Session, Task, Verified};
use crate::IngestError;
use crate::records::{Records, Row};
use crate::text::normal;
use history::{Histories, Known};
use issue::Issue;
use sheet::Sheet;

const NAME: &str = "jira";

/// The adapter.
pub(super) struct Jira;

impl Adapter for Jira {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        const FILLS: &[&str] = &["incidents", "changes", "problems"];
        &[
            Export {
                what: "issues with their history, Jira Cloud",
                how: "curl -u MAIL:TOKEN 'https://SITE.atlassian.net/rest/api/3/search/jql?jql=project=OPS&fields=*all&expand=names,changelog&maxResults=100' > issues-1.json; next page: add &nextPageToken=TOKEN of the last one",
                fills: &["incidents", "changes", "problems", "status_events"],
                verified: Verified::RealFile,
            },
            Export {
                what: "issues with their history, Jira Server and Data Center",
                how: "curl -H 'Authorization: Bearer TOKEN' 'https://HOST/rest/api/2/search?jql=project=OPS&maxResults=1000&expand=names,changelog&startAt=0' > issues-1.json",
                fills: &["incidents", "changes", "problems", "status_events"],
                verified: Verified::RealFile,
            },
            Export {
                what: "issues as CSV",
                how: "search for the issues, then Export > Export CSV (all fields); set timezone to the zone of your Jira profile",
                fills: FILLS,
                verified: Verified::Documentation,
            },
            Export {
                what: "changelogs of issues that were exported without them",
                how: "curl -u MAIL:TOKEN 'https://SITE.atlassian.net/rest/api/3/issue/OPS-1/changelog?maxResults=100' > changelog-OPS-1.json",
                fills: &["incidents", "status_events"],
                verified: Verified::RealFile,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        // Written like this; tables of other tools have `issue_key`.
        let has = |name: &str| sample.records.is_empty() && sample.headers.iter().any(|header| header.eq_ignore_ascii_case(name));
        if has("Issue key") && (has("Issue id") || has("Issue Type") || has("Summary")) {
            return Confidence::of(95, &incidents::TABLE, "headers of a CSV export of Jira issues");
        }
        if sample.most(is_issue) {
            return Confidence::of(95, &incidents::TABLE, "issues of Jira");
        }
        if sample.most(|record| !history::changelog(record).is_empty()) {
            return Confidence::of(90, &incidents::TABLE, "changelogs of Jira issues");
        }
        Confidence::default()
    }

    fn needs_zone(&self, sample: &Sample) -> bool {
        sample.records.is_empty()
    }

    fn rest(&self) -> &'static str {
        "export the next page (startAt, nextPageToken), or split the search by month: created >= startOfMonth(-1) AND created < startOfMonth()"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

fn is_issue(record: &Value) -> bool {
    let fields = record.get("fields");
    values::has(record, "key") && fields.is_some_and(|fields| values::has(fields, "issuetype") || values::has(fields, "status"))
}

/// What is kept between records.
#[derive(Default)]
struct Work {
    /// Names of custom fields, as far as pages told them.
    names: BTreeMap<String, String>,
    /// The table being read.
    sheet: Sheet,
    /// Issues of other types in the file being read, by type.
    left: BTreeMap<String, u64>,
    histories: Histories,
}

impl Work {
    fn learn_names(&mut self, record: &Value) {
        let names = record.get("names").and_then(Value::as_object).into_iter().flatten();
        for (field, name) in names.filter_map(|(field, name)| Some((field, name.as_str()?))) {
            if self.names.get(field).is_none_or(|known| known != name) {
                self.names.insert(field.clone(), name.to_owned());
            }
        }
    }

    /// Writes what an issue is, unless it is of a type that nobody asked for.
    fn keep(&mut self, issue: &Issue, table: &'static Table, desk: &mut Desk<'_>) {
        let id = desk.id(&issue.key);
        let moves = issue.history.as_deref().map(|moves| history::sorted(moves.to_vec()));
        let found = moves.as_deref().map(|moves| history::Found::of(moves, issue, &desk.scope()));
        if !rows::write(issue, table, found.as_ref(), desk) {
            return;
        }
        let known = Known {
            id,
            table,
            origin: desk.origin(),
            status: issue.status(),
            category: issue.category,
            is_told: moves.is_some() && !issue.history_is_cut,
        };
        match moves {
            Some(moves) if known.is_told => history::write_events(&moves, table, &known.id, desk),
            Some(moves) => self.histories.begin(&known.id, moves),
            None => {}
        }
        self.histories.know(issue, known, desk);
    }

    fn leave(&mut self, kind: &str) {
        match self.left.get_mut(kind) {
            Some(count) => *count += 1,
            None => drop(self.left.insert(kind.to_owned(), 1)),
        }
    }
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        self.learn_names(record);
        if !is_issue(record) {
            let changelogs = history::changelog(record);
            if changelogs.is_empty() {
                return Err(Refused::unknown("neither an issue of Jira nor a changelog"));
            }
            self.histories.take(changelogs, desk);
            return Ok(());
        }
        let kind = values::text(record, "fields.issuetype.name").unwrap_or_default();
        match words::table_of(&kind, &values::texts(record, "fields.labels"), &desk.scope()) {
            Some(table) => {
                let issue = Issue::of_record(record, &self.names).ok_or(Refused::missing("key"))?;
                self.keep(&issue, table, desk);
            }
            None => self.leave(&kind),
        }
        Ok(())
    }

    fn takes_rows(&self, headers: &[String]) -> bool {
        headers.iter().any(|header| normal(header) == "issue_key")
    }

    fn survey(&mut self, table: &mut dyn Records, desk: &mut Desk<'_>, task: &Task<'_>) -> Result<(), IngestError> {
        self.sheet = Sheet::of(table, desk, task)?;
        Ok(())
    }

    fn row(&mut self, _headers: &[String], row: &dyn Row, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let cells = self.sheet.cells(row)?;
        let (kind, labels) = (self.sheet.kind(&cells), self.sheet.labels(&cells));
        match words::table_of(&kind, &labels, &desk.scope()) {
            Some(table) => {
                let issue = self.sheet.issue(&cells).ok_or(Refused::missing("Issue key"))?;
                self.keep(&issue, table, desk);
            }
            None => self.leave(&kind),
        }
        Ok(())
    }

    fn end(&mut self, desk: &mut Desk<'_>) {
        let left = std::mem::take(&mut self.left);
        if left.is_empty() {
            return;
        }
        let mut listed: Vec<String> = left.iter().take(8).map(|(kind, count)| format!("{count} {kind}")).collect();
        if left.len() > 8 {
            listed.push("…".to_owned());
        }
        let (listed, total) = (listed.join(", "), left.values().sum::<u64>());
        let message = format!(
            "{total} issues of other types were left alone ({listed}); if some are incidents, set types = {{ incidents = [\"…\"] }}"
        );
        desk.note_once("issues_left_alone", &message);
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        std::mem::take(&mut self.histories).write(desk);
    }
}
