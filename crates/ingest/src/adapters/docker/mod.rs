//! What container engines and image registries report: `docker events`, `podman events`, and the notifications of an OCI registry.
//!
//! An engine knows no deployments. A container of a Compose or Swarm service that is made and started with another image than the service
//! had before is one, as far as can be inferred; starting it again is none. A pushed image publishes it and deploys nothing.

mod engine;

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::{SUCCESS, kind};
use serde_json::Value;

use super::shared::{Desk, Origin, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::issue::code;
use engine::{Event, History, Started};

const NAME: &str = "docker";

/// The adapter.
pub(super) struct Docker;

impl Adapter for Docker {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        const FILLS: &[&str] = &["deployments"];
        &[
            Export {
                what: "events of a Docker engine",
                how: "docker events --since 720h --until 0s --format json > docker-events.ndjson (keep it running in the background: the engine remembers the last 256 events only)",
                fills: FILLS,
                verified: Verified::Documentation,
            },
            Export {
                what: "events of Podman",
                how: "podman events --stream=false --since 720h --format json > podman-events.ndjson",
                fills: FILLS,
                verified: Verified::Documentation,
            },
            Export {
                what: "images pushed to a registry",
                how: "add an endpoint under notifications to the registry's config.yml and append each body that it posts to pushes.ndjson",
                fills: FILLS,
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let of = |what: &str| Confidence::of(92, &deployments::TABLE, what);
        if sample.most(engine::is_event) {
            return of("events of a container engine");
        }
        if sample.most(is_notification) { of("notifications of an image registry") } else { Confidence::default() }
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// An event of a registry, as version 1 and 2 of its notifications have it.
fn is_notification(record: &Value) -> bool {
    values::has(record, "action") && values::has(record, "target.digest") && values::has_key(record, "timestamp")
}

#[derive(Default)]
struct Work {
    /// Events of containers by engine.
    engines: BTreeMap<String, Vec<(Event, Origin)>>,
    pushed: BTreeSet<String>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if is_notification(record) {
            return self.notification(record, desk);
        }
        if !engine::is_event(record) {
            return Err(Refused::unknown("neither an event of a container engine nor a notification of a registry"));
        }
        desk.count_on_page("events");
        let at = desk.entry(&deployments::TABLE, record).instant(engine::time(record)).ok_or(Refused::missing("timeNano"))?;
        match engine::event(record, at) {
            Some(event) => self.engines.entry(desk.scope().instance.clone()).or_default().push((event, desk.origin())),
            None => keep_push(record, desk),
        }
        Ok(())
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        for (_, mut events) in std::mem::take(&mut self.engines) {
            events.sort_by_key(|(event, _)| event.at);
            let mut history = History::default();
            for (event, origin) in events {
                if let Some(started) = history.take(event) {
                    desk.go_to(&origin);
                    keep_start(&started, desk);
                }
            }
        }
    }

    /// What Docker remembers for those who ask later.
    fn page_sizes(&self) -> &'static [u64] {
        &[256]
    }
}

impl Work {
    /// Layers are pushed one by one as well; what names an image is its manifest.
    fn notification(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let media = values::text(record, "target.mediaType").unwrap_or_default();
        let is_image = ["manifest", "image.index"].iter().any(|word| media.contains(word));
        if values::text(record, "action").as_deref() != Some("push") || !is_image {
            return Ok(());
        }
        let repository = values::text(record, "target.repository").ok_or(Refused::missing("target.repository"))?;
        let digest = values::text(record, "target.digest").ok_or(Refused::missing("target.digest"))?;
        let id = values::text(record, "id").unwrap_or(digest.clone());
        if !self.pushed.insert(desk.id(&id)) {
            return Ok(());
        }
        let mut entry = desk.entry(&deployments::TABLE, record);
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&id));
        pipeline::publish(&mut entry);
        entry.put(&deployments::ARTIFACT_ID, &format!("pkg:oci/{repository}@{digest}"));
        entry.put_opt(&deployments::VERSION, values::text(record, "target.tag").filter(|tag| tag != "latest"));
        entry.time(&deployments::FINISHED_AT, "timestamp");
        entry.service(&repository);
        desk.keep(entry);
        Ok(())
    }
}

/// `docker push`, as the engine reports it: the image by its name, without a digest.
fn keep_push(record: &Value, desk: &mut Desk<'_>) {
    let Some(image) = engine::pushed(record) else { return };
    let mut entry = desk.entry(&deployments::TABLE, record);
    let at = values::text(record, engine::time(record)).unwrap_or_default();
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&format!("{image}/{at}")));
    pipeline::publish(&mut entry);
    entry.time(&deployments::FINISHED_AT, engine::time(record));
    entry.put_opt(&deployments::VERSION, engine::tag(&image).filter(|tag| *tag != "latest"));
    entry.put(&deployments::ARTIFACT_ID, &image);
    entry.service(engine::repository(&image));
    desk.keep(entry);
}

fn keep_start(started: &Started, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&deployments::TABLE, &Value::Null);
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&started.container));
    entry.put(&deployments::NAME, &started.service);
    entry.put(&deployments::KIND, if started.back { kind::ROLLBACK } else { kind::DEPLOY });
    entry.put(&deployments::KIND_BASIS, "inferred");
    // That it was started is all an engine says.
    entry.put(&deployments::RESULT, SUCCESS);
    desk.note_once(code::RESULT_ASSUMED, "an engine tells only that a container was started, so it counts as a success");
    if let Some(created) = started.created {
        entry.put_time(&deployments::STARTED_AT, created);
    }
    entry.put_time(&deployments::FINISHED_AT, started.at);
    entry.put(&deployments::ARTIFACT_ID, &started.image);
    entry.put_opt(&deployments::VERSION, engine::tag(&started.image).filter(|tag| *tag != "latest"));
    entry.service(&started.service);
    pipeline::place(&mut entry, desk, &[&started.group, &started.service]);
    desk.keep(entry);
}
