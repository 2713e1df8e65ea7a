//! One issue, whether it comes from a search or from a CSV export: its fields under the names that a CSV export gives them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::history::{self, Move};
use super::links::{self, Link};
use super::words::Category;
use crate::adapters::shared::values;
use crate::source::DateOrder;
use crate::text::{names_person, normal};

/// One issue.
pub(super) struct Issue {
    pub(super) key: String,
    /// Number of the issue, under which Jira knows it internally.
    pub(super) id: Option<String>,
    pub(super) category: Option<Category>,
    pub(super) links: Vec<Link>,
    /// Key and type of the parent.
    pub(super) parent: Option<(String, String)>,
    /// Decision and its time, of the last approval.
    pub(super) approval: Option<(String, Value)>,
    /// Changes of status, where the record has them.
    pub(super) history: Option<Vec<Move>>,
    /// The record tells of more changes than it lists.
    pub(super) history_is_cut: bool,
    pub(super) url: Option<String>,
    pub(super) order: DateOrder,
    /// Texts by the name of their field, in the normal form; system fields before custom ones.
    fields: Vec<(String, Vec<String>)>,
    /// The same by every name that a source may map.
    pub(super) record: Value,
}

/// Names that a CSV export gives to fields that a search names otherwise.
const RENAMED: [(&str, &str); 5] = [
    ("issuetype", "Issue Type"),
    ("resolutiondate", "Resolved"),
    ("statuscategorychangedate", "Status Category Changed"),
    ("duedate", "Due date"),
    ("timespent", "Time Spent"),
];
/// Long lists that say nothing about an incident.
const UNREAD: [&str; 9] =
    ["comment", "worklog", "attachment", "issuelinks", "subtasks", "watches", "votes", "timetracking", "aggregateprogress"];

impl Issue {
    /// An issue whose fields are to be given with [`Issue::add`].
    pub(super) fn new(key: &str, order: DateOrder) -> Self {
        Self {
            key: key.to_owned(),
            id: None,
            category: None,
            links: Vec::new(),
            parent: None,
            approval: None,
            history: None,
            history_is_cut: false,
            url: None,
            order,
            fields: Vec::new(),
            record: Value::Object(Map::new()),
        }
    }

    /// An issue of a search; `names` tells what custom fields are called.
    pub(super) fn of_record(record: &Value, names: &BTreeMap<String, String>) -> Option<Self> {
        let fields = record.get("fields")?;
        let mut issue = Self::new(&values::text(record, "key")?, DateOrder::Dmy);
        issue.id = values::text(record, "id").map(std::borrow::Cow::into_owned);
        issue.category = values::text(fields, "status.statusCategory.key").and_then(|key| Category::named(&key));
        issue.links = links::of_fields(fields);
        issue.parent = values::text(fields, "parent.key")
            .map(|key| (key.into_owned(), values::text(fields, "parent.fields.issuetype.name").unwrap_or_default().into_owned()));
        issue.url = values::text(record, "self")
            .and_then(|address| address.split_once("/rest/").map(|(host, _)| format!("{host}/browse/{}", issue.key)));
        if let Some(changelog) = record.get("changelog") {
            let moves = values::list(changelog, "histories");
            issue.history_is_cut = values::int(changelog, "total").is_some_and(|total| total > i64::try_from(moves.len()).unwrap_or(0));
            issue.history = Some(history::moves(moves));
        }
        for (field, value) in fields.as_object().into_iter().flatten() {
            issue.add_field(field, value, names);
        }
        Some(issue)
    }

    /// A field of a search, by its identifier and by its name.
    fn add_field(&mut self, field: &str, value: &Value, names: &BTreeMap<String, String>) {
        if value.is_null() || UNREAD.contains(&field) || names_person(field) {
            return;
        }
        if let Some(approval) = approval(value) {
            self.approval = Some(approval);
            return;
        }
        let texts = texts_of(value);
        let renamed = RENAMED.iter().find(|(theirs, _)| *theirs == field).map(|(_, name)| *name);
        match names.get(field).filter(|_| field.starts_with("customfield_")) {
            Some(name) => self.add_custom(name, texts.clone()),
            None => self.add(renamed.unwrap_or(field), texts.clone()),
        }
        self.offer(field, &texts);
    }

    /// A custom field by its name.
    pub(super) fn add_custom(&mut self, name: &str, texts: Vec<String>) {
        if names_person(name) {
            return;
        }
        self.offer(&format!("Custom field ({name})"), &texts);
        self.add(name, texts);
    }

    /// Texts of a field; those of a field of the same name come after.
    pub(super) fn add(&mut self, name: &str, texts: Vec<String>) {
        let texts: Vec<String> = texts.into_iter().filter(|text| !is_dump(text)).collect();
        if texts.is_empty() {
            return;
        }
        self.offer(name, &texts);
        let name = normal(name);
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => known.extend(texts),
            None => self.fields.push((name, texts)),
        }
    }

    /// Lets a source map the field under this name.
    fn offer(&mut self, name: &str, texts: &[String]) {
        if let (Value::Object(record), false) = (&mut self.record, texts.is_empty()) {
            record.entry(name).or_insert_with(|| texts.into());
        }
    }

    /// All texts of the first of these fields that has any.
    pub(super) fn all(&self, names: &[&str]) -> &[String] {
        let found = names.iter().find_map(|name| self.fields.iter().find(|(known, _)| known == name));
        found.map_or(&[], |(_, texts)| texts)
    }

    /// The first text of the first of these fields that has any.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        self.all(names).first().map(String::as_str)
    }

    pub(super) fn status(&self) -> String {
        self.first(&["status"]).unwrap_or_default().to_owned()
    }
}

/// The texts of a value: of options, versions and components their names. Persons have none.
fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(elements) => elements.iter().flat_map(texts_of).collect(),
        Value::Object(object) if ["accountId", "emailAddress", "displayName"].iter().any(|key| object.contains_key(*key)) => Vec::new(),
        Value::Object(object) if object.get("type").is_some_and(|kind| kind == "doc") => {
            let mut text = String::new();
            gather(value, &mut text);
            vec![text.trim().to_owned()].into_iter().filter(|text| !text.is_empty()).collect()
        }
        Value::Object(_) => values::first(value, &["value", "name", "key"]).map(std::borrow::Cow::into_owned).into_iter().collect(),
        _ => values::plain(value).map(std::borrow::Cow::into_owned).filter(|text| !is_dump(text)).into_iter().collect(),
    }
}

/// The text of a document in Atlassian's format; mentions of persons are left out.
fn gather(node: &Value, text: &mut String) {
    if let Some(words) = node.get("text").and_then(Value::as_str) {
        text.push_str(words);
    }
    let content = node.get("content").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    content.iter().for_each(|inner| gather(inner, text));
    if !content.is_empty() && !text.ends_with(' ') {
        text.push(' ');
    }
}

/// What Java prints for an object that knows no text: `…ApprovalsCFValue@3bfef9c2`.
fn is_dump(text: &str) -> bool {
    let Some((class, hash)) = text.split_once('@') else { return false };
    let digits = hash.bytes().take_while(u8::is_ascii_hexdigit).count();
    let is_list = hash.get(digits..).is_some_and(|rest| rest.is_empty() || rest.starts_with('['));
    !class.is_empty() && !class.contains(char::is_whitespace) && (5..=8).contains(&digits) && is_list
}

/// Decision and time of the last approval that the value lists.
fn approval(value: &Value) -> Option<(String, Value)> {
    let last = value.as_array()?.iter().rev().find(|approval| approval.get("finalDecision").is_some())?;
    let at = values::at(last, "completedDate.epochMillis").or_else(|| values::at(last, "completedDate.iso8601"));
    Some((values::text(last, "finalDecision")?.into_owned(), at.cloned().unwrap_or(Value::Null)))
}
