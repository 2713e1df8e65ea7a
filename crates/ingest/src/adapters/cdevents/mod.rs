//! CDEvents 0.3 to 0.6, plain or in CloudEvents envelopes.
//!
//! An event states one fact, so rows are made of several: the events of an incident, of a pipeline run, of a change on its way to a
//! service. They are kept until all files are read. Only subject and predicate of the type decide what an event is; its version does
//! not.

mod delivery;
mod envelope;
mod event;
mod incident;
mod own;
mod runs;

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::deployments;
use serde_json::Value;

use super::shared::{Desk, Reader, Refused, Translate, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use event::Event;

const NAME: &str = "cdevents";

/// Something was read and is of no use here.
const LEFT_ALONE: &str = "left_alone";

/// The adapter.
pub(super) struct CdEvents;

impl Adapter for CdEvents {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "events of services and incidents, one per line or as a list",
                how: "save what the event broker keeps, for example: kcat -C -e -b BROKER -t TOPIC > cdevents.ndjson",
                fills: &["deployments", "incidents", "status_events"],
                verified: Verified::RealFile,
            },
            Export {
                what: "events of pipeline runs, changes and artifacts, in CloudEvents envelopes",
                how: "add a file sink to the broker that receives them; structured and batch mode are read, binary mode as its bodies",
                fills: &["deployments"],
                verified: Verified::RealFile,
            },
            Export {
                what: "deployments and incidents of another run of Sequela",
                how: "sequela export --as cdevents --tables out --out cdevents.ndjson",
                fills: &["deployments", "incidents"],
                verified: Verified::RealFile,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let is_event = |record: &Value| envelope::open(record).is_some();
        // A dump of a whole bus may hold few CDEvents among others of its kind.
        let all_are_events = sample.records.iter().all(|record| is_event(record) || envelope::is_cloud_event(record));
        if sample.most(is_event) || (all_are_events && sample.records.iter().any(is_event)) {
            return Confidence::of(95, &deployments::TABLE, "types that begin with dev.cdevents");
        }
        Confidence::default()
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// The installation that the source names, the source of a subject, and its identifier there.
type Subject = (String, String, String);

/// What is kept until all files are read.
#[derive(Default)]
struct Work {
    /// Source, identifier, subject and predicate of every event met.
    met: BTreeSet<[String; 4]>,
    services: Vec<Event>,
    /// Events of pipeline and task runs.
    runs: BTreeMap<(&'static str, Subject), Vec<Event>>,
    incidents: BTreeMap<Subject, Vec<Event>>,
    /// Tickets about incidents.
    tickets: BTreeMap<Subject, Vec<Event>>,
    /// What leads to a deployment.
    causes: Causes,
}

/// Events that say more about deployments.
#[derive(Default)]
struct Causes {
    /// Name of an environment by its identifier.
    environments: BTreeMap<String, String>,
    /// Change that an artifact was made of.
    changes_of: BTreeMap<String, Value>,
    /// Events of a change by its identifier.
    changes: BTreeMap<String, Vec<Event>>,
    /// Approvals by chain.
    approvals: BTreeMap<String, Vec<Event>>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let Some(body) = envelope::open(record) else {
            if envelope::is_cloud_event(record) {
                leave_alone(&values::text(record, "type").unwrap_or_default(), desk);
                return Ok(());
            }
            return Err(Refused::unknown("no CDEvent"));
        };
        let Some(kind) = event::kind(&body) else {
            leave_alone(&values::text(&body, "context.type").unwrap_or_default(), desk);
            return Ok(());
        };
        let event = Event::of(&body, kind.predicate, desk)?;
        let key = [event.source.clone(), event.id.clone(), kind.subject.clone(), event.predicate.clone()];
        if self.met.insert(key) {
            self.sort(&kind.subject, event, &body, desk);
        } else {
            let file = event.origin.file;
            desk.intake().file(file).folded += 1;
        }
        Ok(())
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        self.write_deliveries(desk);
        self.write_incidents(desk);
    }
}

impl Work {
    fn sort(&mut self, subject: &str, event: Event, body: &Value, desk: &mut Desk<'_>) {
        let about = || (desk.scope().instance.clone(), event.about_source.clone(), event.about.clone());
        match subject {
            "service" => self.services.push(event),
            "pipelinerun" => self.runs.entry(("pipelinerun", about())).or_default().push(event),
            "taskrun" => self.runs.entry(("taskrun", about())).or_default().push(event),
            "incident" => self.incidents.entry(about()).or_default().push(event),
            "ticket" if is_incident(body, desk) => self.tickets.entry(about()).or_default().push(event),
            _ => self.causes.sort(subject, event, body, desk),
        }
    }
}

impl Causes {
    fn sort(&mut self, subject: &str, event: Event, body: &Value, desk: &mut Desk<'_>) {
        match subject {
            "environment" => {
                if let Some(name) = values::text(body, "subject.content.name") {
                    self.environments.insert(event.about, name.into_owned());
                }
            }
            "artifact" => {
                if let Some(change) = values::at(body, "subject.content.change") {
                    self.changes_of.insert(event.about, change.clone());
                }
            }
            "change" => self.changes.entry(event.about.clone()).or_default().push(event),
            "approval" => {
                if let Some(chain) = event.chain.clone() {
                    self.approvals.entry(chain).or_default().push(event);
                }
            }
            _ => leave_alone(&values::text(body, "context.type").unwrap_or_default(), desk),
        }
    }
}

/// Whether a ticket is about an incident, by its type.
fn is_incident(body: &Value, desk: &Desk<'_>) -> bool {
    let scope = desk.scope();
    let names = scope.types("incidents", &["incident"]);
    let told = values::text(body, "subject.content.ticketType");
    told.is_some_and(|told| names.iter().any(|name| name.eq_ignore_ascii_case(&told)))
}

fn leave_alone(kind: &str, desk: &mut Desk<'_>) {
    desk.note_once(LEFT_ALONE, &format!("events such as {kind} say nothing about deployments or incidents; they were left alone"));
}
