//! To be written.

use super::{Adapter, Confidence, Export, Sample, Session};
use super::shared::{Reader, Translate};

const NAME: &str = "incident_io";

/// The adapter.
pub(super) struct IncidentIo;

impl Adapter for IncidentIo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[]
    }

    fn sniff(&self, _sample: &Sample) -> Confidence {
        Confidence::default()
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work))
    }
}

struct Work;

impl Translate for Work {}
