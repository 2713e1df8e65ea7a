//! How one deployment was asked for, approved and recorded.

use super::{Deployment, Extent, Kind, Part, Records, Settings};
use crate::simulator::stream_of;

/// Change model or template of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Model {
    /// No template.
    Application,
    /// Planted: hardly ever fails, and is approved each time.
    Safe,
    /// Planted: pre-approved, and fails often.
    Unsafe,
    /// Pre-approved; fails as often as anything else.
    Routine,
}

impl Model {
    /// As the record has it; empty without a template.
    pub(in crate::simulator) const fn name(self) -> &'static str {
        match self {
            Self::Application => "",
            Self::Safe => "Configuration update",
            Self::Unsafe => "Certificate rotation",
            Self::Routine => "Routine release",
        }
    }
}

/// What is wrong with the records of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Flaw {
    /// There is no change record.
    NoRecord,
    /// It was deployed days after the planned window.
    OutsideWindow,
    /// The record was written after the work had begun.
    RaisedAfter,
    /// The record names another service.
    OtherService,
    /// A fix in a hurry went through as a standard change.
    OtherType,
}

/// Flaws with their shares of all deployments.
const FLAWS: [(Option<Flaw>, f64); 5] = [
    (Some(Flaw::NoRecord), 0.05),
    (Some(Flaw::OutsideWindow), 0.02),
    (Some(Flaw::RaisedAfter), 0.02),
    (Some(Flaw::OtherService), 0.01),
    (None, 0.9),
];

/// How a deployment was asked for, approved and recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::simulator) struct Plan {
    /// Change model.
    pub(in crate::simulator) model: Model,
    /// `standard`, `normal` or `emergency`.
    pub(in crate::simulator) kind: &'static str,
    /// Approval path.
    pub(in crate::simulator) path: &'static str,
    /// What is wrong with the record.
    pub(in crate::simulator) flaw: Option<Flaw>,
    /// Whether the deployment names its record.
    pub(in crate::simulator) is_named: bool,
}

impl Plan {
    pub(in crate::simulator) fn draw(settings: &Settings, records: &Records, deployment: &Deployment) -> Self {
        let mut stream = stream_of(settings, Part::Changes, deployment.service, deployment.finished_at);
        let (by_model, by_path, by_flaw) = (stream.unit(), stream.unit(), stream.unit());
        let is_named = stream.chance(0.9);
        let model = model(settings, records, deployment, by_model);
        let is_repair = deployment.kind != Kind::Deploy;
        let flaw = if is_repair && by_flaw > 0.9 { Some(Flaw::OtherType) } else { flaw(by_flaw) };
        let (kind, path) = match model {
            _ if is_repair && flaw == Some(Flaw::OtherType) => ("standard", "pre_approved"),
            _ if is_repair => ("emergency", "ecab"),
            Model::Unsafe | Model::Routine => ("standard", "pre_approved"),
            Model::Safe | Model::Application => ("normal", normal_path(records, deployment, by_path)),
        };
        Self { model, kind, path, flaw, is_named: is_named || flaw.is_some() }
    }
}

fn model(settings: &Settings, records: &Records, deployment: &Deployment, draw: f64) -> Model {
    let is_planted = settings.safe_and_unsafe && draw < 0.8;
    match deployment.service {
        _ if deployment.kind != Kind::Deploy => Model::Application,
        service if service == records.safe && is_planted => Model::Safe,
        service if service == records.unsafe_standard && is_planted => Model::Unsafe,
        _ if draw > 0.85 => Model::Routine,
        _ => Model::Application,
    }
}

fn flaw(draw: f64) -> Option<Flaw> {
    let mut rest = draw;
    for (flaw, share) in FLAWS {
        rest -= share;
        if rest < 0.0 {
            return flaw;
        }
    }
    None
}

/// The board sees what is large and what is critical: within a tier and an extent it is chance alone.
fn normal_path(records: &Records, deployment: &Deployment, draw: f64) -> &'static str {
    let by_extent = match deployment.extent {
        Extent::Small => 0.15,
        Extent::Medium => 0.4,
        Extent::Large => 0.75,
    };
    let by_tier = 0.1 * (3.0 - f64::from(records.tiers[deployment.service as usize]));
    if draw < by_extent + by_tier { "cab" } else { "peer" }
}
