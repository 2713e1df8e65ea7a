//! Teams of teams: which teams stand beneath which.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::Values;
use sequela_schema::canonical::teams;

use crate::facts::Numbers;

/// Each team that others belong to, with the sorted numbers of all teams beneath it, at any depth, and of its own.
///
/// A parent is named by its identifier or by its name; one that no row describes is a group all the same. Where parents form a
/// circle, each of them holds all of them.
pub(crate) fn groups(frame: &DataFrame, numbers: &Numbers) -> PolarsResult<Vec<(String, Vec<u32>)>> {
    let parents = parents(frame)?;
    let names: BTreeSet<&str> = numbers.names.iter().map(String::as_str).chain(parents.keys().map(String::as_str)).collect();
    let mut groups: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for name in names {
        let above = above(name, &parents);
        let own = numbers.of(Some(name));
        for group in above {
            let members = groups.entry(group).or_default();
            members.extend(own);
            members.extend(numbers.of(Some(group)));
        }
    }
    let filled = groups.into_iter().filter(|(_, members)| !members.is_empty());
    Ok(filled.map(|(name, members)| (name.to_owned(), members.into_iter().collect())).collect())
}

/// The parent of each team that has one, by identifier.
fn parents(frame: &DataFrame) -> PolarsResult<BTreeMap<String, String>> {
    let (ids, names, parents) = (frame.texts(&teams::TEAM_ID)?, frame.texts(&teams::NAME)?, frame.texts(&teams::PARENT_TEAM_ID)?);
    let known: BTreeSet<&str> = ids.iter().flatten().collect();
    let mut by_name: HashMap<&str, &str> = HashMap::new();
    for (id, name) in ids.iter().zip(names.iter()) {
        if let (Some(id), Some(name)) = (id, name) {
            by_name.entry(name).or_insert(id);
        }
    }
    let resolved = |parent: &str| {
        let id = if known.contains(parent) { parent } else { by_name.get(parent).copied().unwrap_or(parent) };
        id.to_owned()
    };
    let rows = ids.iter().zip(parents.iter());
    Ok(rows.filter_map(|(id, parent)| Some((id?.to_owned(), resolved(parent.filter(|parent| !parent.is_empty())?)))).collect())
}

/// All groups that a team stands beneath, the nearest first.
fn above<'a>(team: &'a str, parents: &'a BTreeMap<String, String>) -> Vec<&'a str> {
    let mut above: Vec<&str> = Vec::new();
    let mut next = parents.get(team);
    while let Some(group) = next {
        if group == team || above.contains(&group.as_str()) {
            break;
        }
        above.push(group);
        next = parents.get(group);
    }
    above
}

#[cfg(test)]
mod tests {
    use sequela_schema::TableBuilder;

    use super::*;

    fn nested(rows: &[(&str, &str, &str)], known: &[&str]) -> Vec<(String, Vec<u32>)> {
        let mut builder = TableBuilder::new(&teams::TABLE);
        for (id, name, parent) in rows {
            builder
                .row()
                .text(&teams::TEAM_ID, id)
                .text(&teams::NAME, name)
                .text(&teams::PARENT_TEAM_ID, parent)
                .text(&teams::SOURCE, "table")
                .text(&teams::SOURCE_FILE, "teams.csv")
                .int(&teams::SOURCE_ROW, 1);
        }
        groups(&builder.finish().unwrap(), &Numbers::new(known.iter().map(ToString::to_string).collect())).unwrap()
    }

    /// Worked by hand: a and b make the tribe t, which with c makes the division "All", named by its name.
    #[test]
    fn teams_nest_at_any_depth() {
        let rows = [("a", "A", "t"), ("b", "B", "t"), ("t", "Tribe", "Division"), ("c", "C", "d"), ("d", "Division", "")];
        assert_eq!(nested(&rows, &["a", "b", "c"]), [("d".to_owned(), vec![0, 1, 2]), ("t".to_owned(), vec![0, 1])]);
        assert_eq!(nested(&[("a", "A", "b")], &["a", "b"]), [("b".to_owned(), vec![0, 1])], "a parent owns services of its own");
        assert_eq!(nested(&[("a", "A", "elsewhere")], &["a"]), [("elsewhere".to_owned(), vec![0])]);
    }

    #[test]
    fn circles_and_groups_without_units_do_no_harm() {
        let circle = [("a", "A", "b"), ("b", "B", "a"), ("c", "C", "c")];
        assert_eq!(nested(&circle, &["a", "b", "c"]), [("a".to_owned(), vec![0, 1]), ("b".to_owned(), vec![0, 1])]);
        assert_eq!(nested(&[("x", "X", "y")], &["a"]), []);
    }
}
