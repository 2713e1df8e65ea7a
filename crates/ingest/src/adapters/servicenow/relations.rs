//! Relations of configuration items: who depends on whom, and which services stand above an item.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::Known;

/// A relation as exported: two items and how the first one stands to the second.
#[derive(Debug)]
pub(super) struct Relation {
    /// Internal identifier and name of the parent and of the child.
    parent: (String, String),
    child: (String, String),
    /// Such as `Depends on::Used by`, from the parent's view and from the child's.
    kind: String,
}

/// Types that come with every instance, by internal identifier.
const TYPES: [(&str, &str); 7] = [
    ("1a9cb166f1571100a92eb60da2bce5c5", "Depends on::Used by"),
    ("60bc4e22c0a8010e01f074cbe6bd73c3", "Runs on::Runs"),
    ("55c95bf6c0a8010e0118ec7056ebc54d", "Contains::Contained by"),
    ("5f985e0ec0a8010e00a9714f2a172815", "Hosted on::Hosts"),
    ("cb5592603751200032ff8c00dfbe5d17", "Uses::Used by"),
    ("41008aa6ef32010098d5925495c0fb94", "Consumes::Consumed by"),
    ("a99d39118f10310091769012cbbe4429", "Cluster of::Cluster"),
];

/// How the parent of a relation stands to the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Depends,
    IsDependedOn,
    /// It is no dependency, such as who manages what.
    Neither,
    Unknown,
}

impl Relation {
    pub(super) fn new(parent: (String, String), child: (String, String), kind: &str) -> Self {
        let known = TYPES.iter().find(|(id, _)| *id == kind).map(|(_, name)| *name);
        Self { parent, child, kind: known.unwrap_or(kind).to_owned() }
    }

    pub(super) fn kind(&self) -> &str {
        if is_internal(&self.kind) { "" } else { &self.kind }
    }

    fn direction(&self) -> Direction {
        let verb = self.kind.split("::").next().unwrap_or_default().trim().to_lowercase();
        match verb.as_str() {
            "depends on" | "runs on" | "hosted on" | "uses" | "consumes" | "contains" | "receives data from" | "provided by"
            | "powered by" | "virtualized by" | "supported by" | "cluster of" | "connects to" | "members" | "enabled by"
            | "implemented by" => Direction::Depends,
            "used by" | "runs" | "hosts" | "consumed by" | "contained by" | "sends data to" | "provides" | "powers" | "virtualizes"
            | "supports" | "cluster" | "connected by" | "member of" | "enables" | "implements" => Direction::IsDependedOn,
            "managed by"
            | "manages"
            | "owns"
            | "owned by"
            | "located in"
            | "houses"
            | "exchanges data with"
            | "in rack"
            | "rack contains"
            | "backup done by"
            | "does backup of" => Direction::Neither,
            _ => Direction::Unknown,
        }
    }

    pub(super) fn direction_note(&self) -> &'static str {
        match self.direction() {
            Direction::Depends => "the parent depends on the child",
            Direction::IsDependedOn => "the child depends on the parent",
            Direction::Neither => "no dependency",
            Direction::Unknown => "taken for a dependency of the parent on the child: the type of the relation is not known",
        }
    }

    /// The item that depends and the item depended on, by name where it is known.
    pub(super) fn ends<'r>(&'r self, items: &'r BTreeMap<String, String>) -> Option<(&'r str, &'r str)> {
        fn name<'r>((id, shown): &'r (String, String), items: &'r BTreeMap<String, String>) -> &'r str {
            items.get(id).unwrap_or(shown)
        }
        let (parent, child) = (name(&self.parent, items), name(&self.child, items));
        match self.direction() {
            Direction::Depends | Direction::Unknown => Some((parent, child)),
            Direction::IsDependedOn => Some((child, parent)),
            Direction::Neither => None,
        }
    }
}

/// Whether a text is an internal identifier: 32 hexadecimal digits.
pub(super) fn is_internal(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What depends on an item directly.
#[derive(Debug, Default)]
pub(super) struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    pub(super) fn of<'r>(relations: impl Iterator<Item = &'r Relation>, items: &BTreeMap<String, String>) -> Self {
        let mut graph = Self::default();
        for (from, to) in relations.filter_map(|relation| relation.ends(items)) {
            graph.0.entry(to.to_lowercase()).or_default().insert(from.to_owned());
        }
        graph
    }

    /// The nearest services that depend on an item, through other items. An item that is a service itself needs none.
    pub(super) fn services_above(&self, item: &str, known: &Known) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        if known.service(item).is_some() {
            return found;
        }
        let mut seen = BTreeSet::from([item.to_lowercase()]);
        let mut open = vec![item.to_lowercase()];
        while let Some(next) = open.pop() {
            for above in self.0.get(&next).into_iter().flatten() {
                if let Some(service) = known.service(above) {
                    found.insert(service.to_owned());
                } else if seen.insert(above.to_lowercase()) {
                    open.push(above.to_lowercase());
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(kind: &str) -> Relation {
        let end = |text: &str| (text.to_owned(), text.to_owned());
        Relation::new(end("shop"), end("pay"), kind)
    }

    #[test]
    fn directions() {
        let items = BTreeMap::new();
        for kind in ["Depends on::Used by", "Runs on::Runs", "Contains::Contained by", "1a9cb166f1571100a92eb60da2bce5c5", "Feeds::Fed by"]
        {
            assert_eq!(relation(kind).ends(&items), Some(("shop", "pay")), "{kind}");
        }
        assert_eq!(relation("Sends data to::Receives data from").ends(&items), Some(("pay", "shop")));
        assert_eq!(relation("Managed by::Manages").ends(&items), None);
        assert_eq!(relation("60bc4e22c0a8010e01f074cbe6bd73c3").kind(), "Runs on::Runs");
    }
}
