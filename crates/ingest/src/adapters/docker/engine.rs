//! What the events of an engine say about containers, and which starts of containers deploy.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::adapters::shared::values;

/// Whether it is an event of Docker, or one of Podman, which has flat keys.
pub(super) fn is_event(record: &Value) -> bool {
    let docker = values::has(record, "Action") && values::has_key(record, "Actor");
    let podman = values::has(record, "Status") && values::has_key(record, "Name");
    let timed = ["timeNano", "time", "Time"].iter().any(|key| values::has_key(record, key));
    values::has(record, "Type") && timed && (docker || podman)
}

/// The key of the time of an event, the most exact one.
pub(super) fn time(record: &Value) -> &'static str {
    ["timeNano", "Time"].into_iter().find(|key| values::has(record, key)).unwrap_or("time")
}

/// What happened to a container of a service.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) at: i64,
    action: String,
    container: String,
    service: String,
    /// Project of Compose, or what stands before the first `_` of a Swarm service.
    group: String,
    image: String,
    /// What tells one content of the image from another.
    content: String,
    /// Whether the container belongs to a declared service, or only has a name.
    is_declared: bool,
}

/// The event of a container that has an image; other things have events too.
pub(super) fn event(record: &Value, at: i64) -> Option<Event> {
    if values::text(record, "Type")? != "container" {
        return None;
    }
    let attributes = record.get("Actor").and_then(|actor| actor.get("Attributes")).or_else(|| record.get("Attributes"));
    let attribute = |name: &str| attributes.and_then(|all| all.get(name)).and_then(Value::as_str).map(str::to_owned);
    let image = attribute("image").or_else(|| values::first(record, &["Image", "from"]).map(Into::into))?;
    let container = values::first(record, &["Actor.ID", "ID", "id"])?.into_owned();
    let action = values::first(record, &["Action", "Status"])?.split(':').next().unwrap_or_default().to_owned();
    let compose = attribute("com.docker.compose.service").or_else(|| attribute("io.podman.compose.service"));
    let swarm = attribute("com.docker.swarm.service.name");
    let name = attribute("name").or_else(|| values::text(record, "Name").map(Into::into));
    let group = attribute("com.docker.compose.project")
        .or_else(|| attribute("io.podman.compose.project"))
        .or_else(|| swarm.as_deref().and_then(|service| service.split_once('_')).map(|(stack, _)| stack.to_owned()));
    let is_declared = compose.is_some() || swarm.is_some();
    let service = compose.or(swarm).or(name)?;
    let content = attribute("com.docker.compose.image").unwrap_or_else(|| image.clone());
    Some(Event { at, action, container, service, group: group.unwrap_or_default(), image, content, is_declared })
}

/// The name of an image that was pushed.
pub(super) fn pushed(record: &Value) -> Option<String> {
    let is = |paths: &[&str], word: &str| values::first(record, paths).is_some_and(|text| text == word);
    let pushed = is(&["Type"], "image") && is(&["Action", "Status"], "push");
    let name = values::first(record, &["Actor.ID", "Actor.Attributes.name", "Name"])?;
    pushed.then(|| name.into_owned())
}

/// The tag of an image.
pub(super) fn tag(image: &str) -> Option<&str> {
    let name = image.split('@').next()?;
    name.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'))
}

/// The name of an image without tag and digest.
pub(super) fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    tag(image).and_then(|tag| name.strip_suffix(tag)).map_or(name, |name| name.trim_end_matches(':'))
}

/// The start of a container that deploys.
pub(super) struct Started {
    pub(super) container: String,
    pub(super) service: String,
    pub(super) group: String,
    pub(super) image: String,
    pub(super) created: Option<i64>,
    pub(super) at: i64,
    /// The service had this image before the last one.
    pub(super) back: bool,
}

/// The images that services had, in the order of events.
#[derive(Default)]
pub(super) struct History {
    created: BTreeMap<String, i64>,
    /// By group and service: what runs, and all that ever ran.
    images: BTreeMap<(String, String), (String, BTreeSet<String>)>,
}

impl History {
    /// Takes the next event; gives the start that deploys.
    pub(super) fn take(&mut self, event: Event) -> Option<Started> {
        let key = (event.group.clone(), event.service.clone());
        match event.action.as_str() {
            "create" => {
                self.created.insert(event.container, event.at);
                None
            }
            "start" => self.start(key, event),
            // An older container that stops shows what ran before the first start. It tells nothing new once a start was seen: in a
            // rolling update old containers stop after new ones began.
            _ => {
                self.images.entry(key).or_insert_with(|| (event.content.clone(), BTreeSet::from([event.content])));
                None
            }
        }
    }

    fn start(&mut self, key: (String, String), event: Event) -> Option<Started> {
        let created = self.created.remove(&event.container);
        let known = self.images.get(&key);
        let changed = known.map(|(now, _)| *now != event.content);
        let back = changed == Some(true) && known.is_some_and(|(_, all)| all.contains(&event.content));
        let running = self.images.entry(key).or_default();
        running.0.clone_from(&event.content);
        running.1.insert(event.content);
        // A first container of a declared service is its first deployment; one that merely has a name may be anything.
        let deploys = created.is_some() && changed.unwrap_or(event.is_declared);
        let Event { container, service, group, image, at, .. } = event;
        deploys.then_some(Started { container, service, group, image, created, at, back })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_images() {
        let rows = [
            ("registry.example.com:5000/shop/web:1.2", "registry.example.com:5000/shop/web", Some("1.2")),
            ("registry.example.com:5000/shop/web", "registry.example.com:5000/shop/web", None),
            ("web:1@sha256:abc", "web", Some("1")),
            ("web", "web", None),
        ];
        for (image, name, version) in rows {
            assert_eq!((repository(image), tag(image)), (name, version), "{image}");
        }
    }

    /// The versions that deploy, of starts and stops in the order of their times.
    fn deployed(events: &[(&str, &str, Value)]) -> Vec<(String, bool)> {
        let mut history = History::default();
        let events = events.iter().zip(0..).filter_map(|((action, container, attributes), at)| {
            event(&json!({"Type": "container", "Action": action, "Actor": {"ID": container, "Attributes": attributes}}), at)
        });
        events.filter_map(|event| history.take(event)).map(|started| (started.container, started.back)).collect()
    }

    #[test]
    fn a_rolling_update_of_swarm_deploys_once() {
        let of = |image: &str| json!({"image": image, "com.docker.swarm.service.name": "shop_web"});
        let (old, new) = (of("web:1@sha256:a"), of("web:2@sha256:b"));
        let events = [
            ("kill", "c1", old.clone()),
            ("create", "c3", new.clone()),
            ("start", "c3", new.clone()),
            ("kill", "c2", old.clone()),
            ("create", "c4", new.clone()),
            ("start", "c4", new),
        ];
        assert_eq!(deployed(&events), [("c3".to_owned(), false)]);
    }

    #[test]
    fn a_tag_that_moved_is_another_image() {
        let of = |digest: &str| json!({"image": "web:latest", "com.docker.compose.service": "web", "com.docker.compose.image": digest});
        let (old, new) = (of("sha256:a"), of("sha256:b"));
        let events = [
            ("stop", "c1", old.clone()),
            ("create", "c2", new.clone()),
            ("start", "c2", new),
            ("create", "c3", old.clone()),
            ("start", "c3", old),
        ];
        assert_eq!(deployed(&events), [("c2".to_owned(), false), ("c3".to_owned(), true)]);
    }

    #[test]
    fn a_container_with_a_name_only_deploys_when_it_replaces_another_image() {
        let of = |image: &str| json!({"image": image, "name": "proxy"});
        let events = [("create", "c1", of("p:1")), ("start", "c1", of("p:1")), ("create", "c2", of("p:2")), ("start", "c2", of("p:2"))];
        assert_eq!(deployed(&events), [("c2".to_owned(), false)]);
    }
}
