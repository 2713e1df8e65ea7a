//! The configuration database: services, what they run on, how they hang together, and the groups that support them.
//!
//! Services are known by name, since incidents and changes show names; internal identifiers and numbers become aliases. Relations are
//! put together when all files are read, because they refer to items of other files.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::Table;
use sequela_schema::canonical::{changes, dependencies, incidents, problems, service_aliases, services, teams};
use serde_json::Value;

use super::kinds::Kind;
use super::relations::{self, Graph, Relation};
use super::{NAME, history};
use crate::adapters::shared::{Desk, Origin, Refused, Translate, values};
use crate::intake::Intake;
use crate::issue::code;

/// What is known of the configuration database of one run.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// What the records of the file that is read now are.
    pub(super) kind: Option<Kind>,
    /// Their times are UTC.
    pub(super) utc: bool,
    /// Identifier of a record by its internal identifier; both with the instance.
    pub(super) numbers: BTreeMap<String, String>,
    /// Name of an item by its internal identifier.
    items: BTreeMap<String, String>,
    groups: BTreeMap<String, String>,
    relations: Vec<(Relation, Origin)>,
}

impl Translate for Catalog {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        match self.kind {
            Some(Kind::Item) => self.item(record, desk),
            Some(Kind::Group) => self.group(record, desk),
            Some(Kind::Relation) => self.relation(record, desk),
            Some(Kind::Audit) => history::audit(record, self.utc, desk),
            _ => Err(Refused::unknown("no record of the configuration database")),
        }
    }

    fn complete(&mut self, desk: &mut Desk<'_>) {
        self.name_groups(desk.intake());
        let known = Known::of(desk.intake());
        let graph = Graph::of(self.relations.iter().map(|(relation, _)| relation), &self.items);
        self.write_dependencies(&known, desk);
        for table in [&incidents::TABLE, &changes::TABLE] {
            self.find_services(table, &graph, &known, desk);
        }
    }
}

impl Catalog {
    fn item(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = stored(record, "sys_id");
        let number = values::text(record, "number");
        let name = values::text(record, "name").or_else(|| number.clone()).or_else(|| id.clone().map(Into::into));
        let name = name.ok_or(Refused::missing("name"))?;
        if let Some(id) = &id {
            self.items.insert(id.clone(), name.to_string());
        }
        if !is_service(record, &desk.scope().stem) {
            return Ok(());
        }
        let mut entry = desk.entry(&services::TABLE, record);
        entry.put(&services::SERVICE_ID, &name);
        entry.put(&services::NAME, &name);
        entry.first(&services::TYPE, &["service_classification", "sys_class_name", "class"]);
        entry.put_opt(&services::LIFECYCLE, values::text(record, "operational_status").map(|status| lifecycle(&status)));
        entry.first(&services::TIER_RAW, &["busines_criticality", "business_criticality", "criticality"]);
        for group in ["support_group", "managed_by_group", "assignment_group"] {
            if let (Some(group), false) = (values::text(record, group), entry.has(&services::TEAM_ID)) {
                entry.put(&services::TEAM_ID, &group);
                entry.owner(&group);
            }
        }
        entry.updated(if values::has(record, "sys_updated_on") { "sys_updated_on" } else { "updated" });
        if desk.keep(entry) {
            id.into_iter().for_each(|id| desk.alias(&id, "sys_id", &name, NAME));
            number.into_iter().filter(|number| *number != name).for_each(|number| desk.alias(&number, "name", &name, NAME));
            desk.alias(&name, "name", &name, NAME);
        }
        Ok(())
    }

    fn group(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let name = values::text(record, "name").ok_or(Refused::missing("name"))?;
        if let Some(id) = stored(record, "sys_id") {
            self.groups.insert(id, name.to_string());
        }
        let mut entry = desk.entry(&teams::TABLE, record);
        entry.put(&teams::TEAM_ID, &name);
        entry.put(&teams::NAME, &name);
        entry.text(&teams::PARENT_TEAM_ID, "parent");
        desk.keep(entry);
        Ok(())
    }

    fn relation(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let end = |name: &str| values::text(record, name).map(|shown| (stored(record, name).unwrap_or_default(), shown.to_string()));
        let parent = end("parent").ok_or(Refused::missing("parent"))?;
        let child = end("child").ok_or(Refused::missing("child"))?;
        let kind = values::text(record, "type").unwrap_or_default();
        self.relations.push((Relation::new(parent, child, &kind), desk.origin()));
        Ok(())
    }

    /// Records that are as stored name groups by internal identifier.
    fn name_groups(&self, intake: &mut Intake) {
        let places = [
            (&incidents::TABLE, incidents::TEAM_NAME_RAW),
            (&changes::TABLE, changes::TEAM_NAME_RAW),
            (&problems::TABLE, problems::TEAM_NAME_RAW),
            (&services::TABLE, services::TEAM_ID),
            (&teams::TABLE, teams::PARENT_TEAM_ID),
        ];
        for (table, column) in places {
            super::replace(intake, table, &column, &self.groups);
        }
    }

    /// Writes the relations of two services; without any catalog, those whose ends have names.
    fn write_dependencies(&self, known: &Known, desk: &mut Desk<'_>) {
        for (relation, origin) in &self.relations {
            let Some((from, to)) = relation.ends(&self.items) else { continue };
            desk.go_to(origin);
            let (from, to) = if known.is_empty() {
                if relations::is_internal(from) || relations::is_internal(to) {
                    let message = "relations name items by internal identifier only; export the services as well, with their sys_id";
                    desk.note_once(code::UNKNOWN_SERVICE, message);
                    continue;
                }
                (from, to)
            } else {
                // Servers and databases that services run on are no services.
                match (known.service(from), known.service(to)) {
                    (Some(from), Some(to)) => (from, to),
                    _ => continue,
                }
            };
            if from == to {
                continue;
            }
            let mut entry = desk.entry(&dependencies::TABLE, &Value::Null);
            entry.put(&dependencies::FROM_SERVICE_ID, from);
            entry.put(&dependencies::TO_SERVICE_ID, to);
            entry.put(&dependencies::KIND, relation.kind());
            entry.put(&dependencies::DIRECTION_NOTE, relation.direction_note());
            desk.keep(entry);
        }
    }

    /// Finds the service of records that name a configuration item only: where exactly one service depends on the item.
    fn find_services(&self, table: &'static Table, graph: &Graph, known: &Known, desk: &mut Desk<'_>) {
        let Some(rows) = desk.intake().tables.get_mut(table.name) else { return };
        let [Some(service), Some(item), Some(source)] = ["service_name_raw", "ci_name_raw", "source"].map(|name| table.column(name)) else {
            return;
        };
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut several: BTreeMap<u32, u64> = BTreeMap::new();
        for row in 0..rows.len() {
            let Some(ci) = rows.text(item, row).filter(|_| rows.is_null(service, row) && rows.text(source, row) == Some(NAME)) else {
                continue;
            };
            let reached =
                found.entry(ci.to_owned()).or_insert_with(|| graph.services_above(self.items.get(ci).map_or(ci, String::as_str), known));
            match (reached.len(), reached.first().cloned()) {
                (1, Some(name)) => rows.set_text(service, row, &name),
                (0, _) => {}
                _ => *several.entry(rows.file.get(row).copied().unwrap_or(0)).or_default() += 1,
            }
        }
        for (file, count) in several {
            let message = format!("{count} rows name a configuration item that several services use; they were left without a service");
            let place = crate::issue::Place { row: 0, column: Some(item.name), found: None };
            desk.intake().file(file).issues.note(code::AMBIGUOUS_SERVICE, place, format_args!("{message}"));
        }
    }
}

/// Services of all adapters, by every name that they have.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<String, String>);

impl Known {
    fn of(intake: &mut Intake) -> Self {
        let mut known = Self::default();
        for (table, names, id) in [
            (&services::TABLE, &[services::SERVICE_ID, services::NAME, services::DISPLAY_NAME][..], services::SERVICE_ID),
            (&service_aliases::TABLE, &[service_aliases::ALIAS], service_aliases::SERVICE_ID),
        ] {
            let Some(rows) = intake.tables.get(table.name) else { continue };
            for column in names {
                for row in 0..rows.len() {
                    if let (Some(name), Some(id)) = (rows.text(column, row), rows.text(&id, row)) {
                        known.0.entry(name.to_lowercase()).or_insert_with(|| id.to_owned());
                    }
                }
            }
        }
        known
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The service of that name.
    pub(super) fn service(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_lowercase()).map(String::as_str)
    }
}

/// What is stored in a field: an internal identifier where it is a reference.
fn stored(record: &Value, name: &str) -> Option<String> {
    values::first(record, &[&format!("{name}/id"), name]).map(std::borrow::Cow::into_owned)
}

/// Whether an item is a service: by its class, else by the table that the file is named after.
fn is_service(record: &Value, stem: &str) -> bool {
    const CLASSES: [&str; 9] = [
        "business_service",
        "application_service",
        "mapped_application_service",
        "calculated_application_service",
        "technical_service",
        "technology_management_service",
        "business_application",
        "application",
        "service",
    ];
    let class = ["sys_class_name/id", "sys_class_name", "class"].iter().find_map(|name| values::text(record, name));
    let Some(class) = class else { return !stem.starts_with("cmdb_ci") || is_service_table(stem) };
    let class = class.to_lowercase().replace(' ', "_");
    is_service_table(&class)
        || class.contains("service_offering")
        || class.contains("service_instance")
        || CLASSES.contains(&class.as_str())
}

fn is_service_table(name: &str) -> bool {
    let after = |table: &str| name.strip_prefix(table).is_some_and(|rest| !rest.starts_with('_'));
    name.starts_with("cmdb_ci_service") || after("cmdb_ci_business_app") || after("cmdb_ci_appl") || name.starts_with("service_offering")
}

/// Stored numbers of the operational status by name.
fn lifecycle(status: &str) -> String {
    let name = match status.strip_suffix(".0").unwrap_or(status) {
        "1" => "operational",
        "2" => "non-operational",
        "3" => "repair in progress",
        "4" => "dr standby",
        "5" => "ready",
        "6" => "retired",
        other => return other.to_lowercase(),
    };
    name.to_owned()
}
