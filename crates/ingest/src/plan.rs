//! Decides, from the headers of a file and what the source says, which of their columns fills which of ours.

use std::collections::BTreeMap;

use sequela_schema::{Column, Table, Type};

use crate::IngestError;
use crate::error::closest;
use crate::fields::{self, Target};
use crate::source::{Directions, Mask, Options, Source};
use crate::text::{Nulls, names_person, normal};
use crate::timestamp::Clock;
use crate::timestamp::zone::Zone;

/// One value to read from every row.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) target: Target,
    /// Our name, for messages.
    pub(crate) name: &'static str,
    /// Their name, for messages.
    pub(crate) header: String,
    /// Their columns; the first that has a value counts.
    pub(crate) columns: Vec<usize>,
    pub(crate) split: Option<String>,
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) constant: Option<String>,
    /// Reads times; only of instants.
    pub(crate) clock: Option<Clock>,
    /// Written before every value: `servicenow:default:`.
    pub(crate) prefix: Option<String>,
    pub(crate) zone_basis: &'static str,
}

/// An unmapped column that is kept in `attrs`.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) header: String,
    pub(crate) column: usize,
    /// Names a person: its hash is kept, with this salt.
    pub(crate) salt: Option<String>,
}

/// Our word for theirs.
pub(crate) type Word = fn(&str) -> Option<&'static str>;

/// How one file is read.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) table: &'static Table,
    pub(crate) fields: Vec<Field>,
    pub(crate) kept: Vec<Kept>,
    /// Columns of `keep` that name persons and are dropped.
    pub(crate) dropped: Vec<String>,
    pub(crate) nulls: Nulls,
    /// Words of a native export for a column of ours, asked before the general ones.
    pub(crate) words: Vec<(usize, Word)>,
    /// By position, whether a field fills the column.
    filled: Vec<bool>,
    pub(crate) width: usize,
}

/// What a plan is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) table: &'static Table,
    pub(crate) source: &'a Source,
    pub(crate) options: &'a Options,
    pub(crate) file: &'a str,
    pub(crate) headers: &'a [String],
    /// Headers that are our names count without a map.
    pub(crate) recognise: bool,
}

impl Plan {
    pub(crate) fn make(request: Request<'_>) -> Result<Self, IngestError> {
        let mut plan = Self {
            table: request.table,
            fields: Vec::new(),
            kept: Vec::new(),
            dropped: Vec::new(),
            nulls: Nulls::with(&request.source.null_values),
            words: Vec::new(),
            filled: vec![false; request.table.columns.len()],
            width: request.headers.len(),
        };
        let named = plan.add_mapped(request)?;
        if request.recognise {
            plan.add_recognised(request, &named)?;
        }
        plan.add_order(request)?;
        plan.retarget_twins();
        plan.note_filled();
        plan.check_required(request)?;
        plan.keep_asked(request)?;
        Ok(plan)
    }

    /// A plan of a table that an adapter fills itself: their words where it has them, from which ours are derived.
    pub(crate) fn native(table: &'static Table) -> Self {
        let mut filled = vec![false; table.columns.len()];
        fields::twins(table).iter().for_each(|(_, theirs)| filled[theirs.position] = true);
        Self {
            table,
            fields: Vec::new(),
            kept: Vec::new(),
            dropped: Vec::new(),
            nulls: Nulls::default(),
            words: Vec::new(),
            filled,
            width: 0,
        }
    }

    /// The columns that the rows must give.
    pub(crate) fn wanted(&self) -> Vec<usize> {
        let mut wanted: Vec<usize> = self.fields.iter().flat_map(|field| field.columns.iter().copied()).collect();
        wanted.extend(self.kept.iter().map(|kept| kept.column));
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// Whether a field fills the column.
    pub(crate) fn fills(&self, column: &Column) -> bool {
        self.filled[column.position]
    }

    /// Their name of a column of ours, else ours.
    pub(crate) fn header(&self, column: &Column) -> &str {
        let twin = fields::twins(self.table).iter().find(|(ours, _)| ours.name == column.name).map(|(_, theirs)| theirs.position);
        let fills = |field: &&Field| {
            field.target == Target::Column(column.position) || twin.is_some_and(|twin| field.target == Target::Column(twin))
        };
        self.fields.iter().find(fills).filter(|field| field.constant.is_none()).map_or(column.name, |field| field.header.as_str())
    }

    pub(crate) fn has(&self, target: Target) -> bool {
        self.fields.iter().any(|field| field.target == target)
    }

    /// The columns named by `map`; returns the headers it names.
    fn add_mapped(&mut self, request: Request<'_>) -> Result<Vec<usize>, IngestError> {
        let mut named = Vec::new();
        let mut errors = Vec::new();
        for (key, mapping) in &request.source.map {
            match mapped_field(request, key, &mapping.directions()) {
                Ok(field) => {
                    named.extend(&field.columns);
                    self.fields.push(field);
                }
                Err(error) => errors.push(error),
            }
        }
        IngestError::collect(errors)?;
        Ok(named)
    }

    /// Headers that are our names, where the map says nothing about them.
    fn add_recognised(&mut self, request: Request<'_>, named: &[usize]) -> Result<(), IngestError> {
        for (column, header) in request.headers.iter().enumerate() {
            let Some(target) = fields::target(request.table, header).filter(|_| !named.contains(&column)) else { continue };
            let canonical = request.table.column(&normal(header)).is_some();
            match self.fields.iter_mut().find(|field| field.target == target) {
                Some(field) if request.source.map.keys().any(|key| fields::target(request.table, key) == Some(field.target)) => {}
                // The canonical name counts more than a short one; the same name twice fills one column.
                Some(field) if canonical && normal(&field.header) != normal(header) => field.columns.insert(0, column),
                Some(field) => field.columns.push(column),
                None => self.fields.push(field(request, target, header.clone(), vec![column], &Directions::default())?),
            }
        }
        Ok(())
    }

    fn add_order(&mut self, request: Request<'_>) -> Result<(), IngestError> {
        let Some(order) = &request.source.order_by else { return Ok(()) };
        let columns = find(request, order, "order_by")?;
        self.fields.push(field(request, Target::Order, order.clone(), columns, &Directions::default())?);
        Ok(())
    }

    /// Where only one of our word and their word is filled, the file holds their word.
    fn retarget_twins(&mut self) {
        for (ours, theirs) in fields::twins(self.table) {
            let position = |column: &Column| self.fields.iter().position(|field| field.target == Target::Column(column.position));
            if let (Some(place), None) = (position(ours), position(theirs)) {
                self.fields[place].target = Target::Column(theirs.position);
            }
        }
    }

    fn note_filled(&mut self) {
        for field in &self.fields {
            if let Target::Column(position) = field.target {
                self.filled[position] = true;
            }
        }
    }

    fn check_required(&self, request: Request<'_>) -> Result<(), IngestError> {
        let there = |column: &Column| self.fills(column) || fields::target(self.table, column.name).is_some_and(|target| self.has(target));
        let missing = fields::required(self.table).into_iter().find(|group| !group.iter().any(|column| there(column)));
        match missing {
            None => Ok(()),
            Some(group) => Err(IngestError::MissingRequired {
                file: request.file.to_owned(),
                table: self.table.name,
                column: group.iter().map(|column| column.name).collect::<Vec<_>>().join(" or "),
                found: listed(request.headers),
            }),
        }
    }

    fn keep_asked(&mut self, request: Request<'_>) -> Result<(), IngestError> {
        for header in &request.source.keep {
            let column = find(request, header, "keep")?[0];
            let person = names_person(header);
            if person && request.options.mask == Mask::Drop {
                self.dropped.push(header.clone());
            } else {
                let salt = person.then(|| request.options.salt.clone());
                self.kept.push(Kept { header: header.clone(), column, salt });
            }
        }
        Ok(())
    }
}

fn mapped_field(request: Request<'_>, key: &str, directions: &Directions) -> Result<Field, IngestError> {
    let unknown = || IngestError::UnknownColumn {
        path: request.source.path.clone(),
        table: request.table.name,
        column: key.to_owned(),
        closest: closest(key, request.table.columns.iter().map(|column| column.name).chain(["service", "team", "status", "depends_on"])),
    };
    let target = fields::target(request.table, key).ok_or_else(unknown)?;
    let columns = match (&directions.column, &directions.value) {
        (Some(column), None) => find(request, column, &format!("the map of {key}"))?,
        (None, Some(_)) => Vec::new(),
        (Some(_), Some(_)) => return Err(setting(request, format!("the map of {key} has both a column and a value"))),
        (None, None) => return Err(setting(request, format!("the map of {key} has neither a column nor a value"))),
    };
    field(request, target, directions.column.clone().unwrap_or_else(|| key.to_owned()), columns, directions)
}

fn setting(request: Request<'_>, reason: String) -> IngestError {
    IngestError::Setting { path: request.source.path.clone(), reason }
}

fn field(request: Request<'_>, target: Target, header: String, columns: Vec<usize>, directions: &Directions) -> Result<Field, IngestError> {
    let name = fields::name(request.table, target);
    let instant = match target {
        Target::Column(position) => request.table.columns[position].kind == Type::Instant,
        Target::Updated | Target::Order => true,
        _ => false,
    };
    let (zone, zone_basis) = zone(request, name, directions)?;
    let mut clock = instant.then(|| Clock::new(zone));
    if let (Some(clock), Some(order)) = (&mut clock, request.source.date_order) {
        clock.order = order;
    }
    if let Some(format) = &directions.format {
        let valid = clock.as_mut().is_some_and(|clock| clock.set_format(format));
        if !valid {
            return Err(IngestError::DateFormat { path: request.source.path.clone(), column: name.to_owned(), format: format.clone() });
        }
    }
    Ok(Field {
        target,
        name,
        header,
        columns,
        split: directions.split.clone().filter(|split| !split.is_empty()),
        values: directions.values.clone(),
        constant: directions.value.clone(),
        clock,
        prefix: None,
        zone_basis,
    })
}

/// The zone of a field: its own, else that of the source, else that of the organisation.
fn zone(request: Request<'_>, name: &str, directions: &Directions) -> Result<(Zone, &'static str), IngestError> {
    let path = &request.source.path;
    if let Some(zone) = &directions.timezone {
        return Ok((Zone::named(zone, || format!("the map of {name} of source {path}"))?, "column"));
    }
    if let Some(zone) = &request.source.timezone {
        return Ok((Zone::named(zone, || format!("source {path}"))?, "source"));
    }
    Ok((Zone::new(request.options.timezone), "organisation"))
}

/// All columns of that name: as written, else without regard to case and spaces.
fn find(request: Request<'_>, name: &str, wanted_by: &str) -> Result<Vec<usize>, IngestError> {
    let places = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
        request.headers.iter().enumerate().filter(|(_, header)| same(header)).map(|(place, _)| place).collect()
    };
    let exact = places(&|header| header == name);
    let columns = if exact.is_empty() { places(&|header| normal(header) == normal(name)) } else { exact };
    if !columns.is_empty() {
        return Ok(columns);
    }
    Err(IngestError::MissingColumn {
        file: request.file.to_owned(),
        column: name.to_owned(),
        wanted_by: wanted_by.to_owned(),
        found: listed(request.headers),
        closest: closest(name, request.headers.iter().map(String::as_str)),
    })
}

/// Headers for a message, not too many of them.
pub(crate) fn listed(headers: &[String]) -> String {
    const MOST: usize = 40;
    let mut text = headers.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    if headers.len() > MOST {
        text.push_str(&format!(", … ({} columns)", headers.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use sequela_schema::canonical::{deployments, incidents};

    use super::*;
    use crate::source::Mapping;

    fn plan(source: &Source, table: &'static Table, headers: &[&str]) -> Result<Plan, IngestError> {
        let headers: Vec<String> = headers.iter().map(ToString::to_string).collect();
        let options = Options::new(".");
        Plan::make(Request { table, source, options: &options, file: "x.csv", headers: &headers, recognise: true })
    }

    #[test]
    fn our_names_need_no_map() {
        let source = Source::table("x.csv", "deployments");
        let plan = plan(&source, &deployments::TABLE, &["deployment_id", "finished_at", "service", "status", "colour"]).unwrap();
        assert_eq!(plan.wanted(), [0, 1, 2, 3]);
        assert!(plan.fills(&deployments::ORIGINAL_RESULT) && !plan.fills(&deployments::RESULT));
    }

    #[test]
    fn repeated_headers_fill_one_column() {
        let source = Source::table("x.csv", "incidents");
        let plan = plan(&source, &incidents::TABLE, &["incident_id", "created_at", "category", "category"]).unwrap();
        assert_eq!(plan.fields.iter().find(|field| field.name == "category").unwrap().columns, [2, 3]);
    }

    #[test]
    fn errors_name_what_was_found_and_what_was_meant() {
        let mut source = Source::table("x.csv", "incidents");
        source.map.insert("created_at".to_owned(), Mapping::Column("Openned".to_owned()));
        let error = plan(&source, &incidents::TABLE, &["incident_id", "Opened"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"x.csv has no column "Openned", which the map of created_at names, did you mean "Opened"?; found: incident_id, Opened"#
        );
        source.map = [("creatd_at".to_owned(), Mapping::Column("Opened".to_owned()))].into();
        let error = plan(&source, &incidents::TABLE, &["incident_id", "Opened"]).unwrap_err();
        assert_eq!(error.to_string(), r#"table incidents has no column "creatd_at" (map of source x.csv), did you mean "created_at"?"#);
        source.map.clear();
        let error = plan(&source, &incidents::TABLE, &["Number", "created_at"]).unwrap_err();
        assert!(matches!(error, IngestError::MissingRequired { ref column, .. } if column == "incident_id"), "{error}");
        let error = plan(&source, &incidents::TABLE, &["incident_id", "Opened"]).unwrap_err();
        assert!(matches!(error, IngestError::MissingRequired { ref column, .. } if column.contains("created_at")), "{error}");
    }
}
