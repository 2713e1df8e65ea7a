//! Organisations that the reference has solved.

use std::collections::BTreeMap;
use std::path::Path;

use sequela_attribution::problem::Window;
use sequela_attribution::{Deployments, Factor, Incidents, Label, Problem, Relations, Sensitivity, Settings};
use serde::{Deserialize, de::DeserializeOwned};

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Organisation {
    pub(crate) span_hours: f64,
    pub(crate) sensitivity: String,
    pub(crate) deployments: GivenDeployments,
    pub(crate) factors: BTreeMap<String, Vec<u32>>,
    pub(crate) incidents: GivenIncidents,
    pub(crate) consumers: Vec<Vec<u32>>,
    pub(crate) teams: Vec<u32>,
    pub(crate) expected: Expected,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GivenDeployments {
    pub(crate) at: Vec<i64>,
    pub(crate) service: Vec<u32>,
    pub(crate) rolled_back_at: Vec<Option<i64>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GivenIncidents {
    pub(crate) at: Vec<i64>,
    pub(crate) service: Vec<u32>,
    pub(crate) label: Vec<Option<u32>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Expected {
    pub(crate) pairs: u64,
    pub(crate) iterations: usize,
    pub(crate) objective: Vec<f64>,
    pub(crate) p_change: Vec<f64>,
    pub(crate) top_probability: Vec<f64>,
}

/// A file of `data/reference/attribution`.
pub(crate) fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/reference/attribution").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

impl Organisation {
    pub(crate) fn load(name: &str) -> Self {
        read(name)
    }

    pub(crate) fn settings(&self) -> Settings {
        let sensitivity = if self.sensitivity == "normal" { Sensitivity::Normal } else { Sensitivity::Conservative };
        Settings { sensitivity, ..Settings::default() }
    }

    /// The problem; factors in the order in which the reference updates them.
    pub(crate) fn problem(&self) -> Problem {
        let factor = |name: &'static str| {
            let levels = self.factors[name].clone();
            Factor { name, count: *levels.iter().max().unwrap() as usize + 1, levels }
        };
        let deployments = Deployments {
            at: self.deployments.at.clone(),
            service: self.deployments.service.clone(),
            rolled_back_at: self.deployments.rolled_back_at.iter().map(|at| at.unwrap_or(i64::MAX)).collect(),
            factors: ["team", "service", "size", "kind", "freq"].map(factor).into(),
        };
        let hour = |at: &i64| u8::try_from(at.div_euclid(3_600_000_000).rem_euclid(168)).unwrap();
        let incidents = Incidents {
            at: self.incidents.at.clone(),
            service: self.incidents.service.clone(),
            hour_of_week: self.incidents.at.iter().map(hour).collect(),
            label: self.incidents.label.iter().map(|label| label.map_or(Label::Open, Label::Deployment)).collect(),
        };
        Problem::new(deployments, incidents, &self.relations(), self.span_hours, Window::default())
    }

    pub(crate) fn relations(&self) -> Relations {
        let teams: Vec<Option<u32>> = self.teams.iter().map(|team| Some(*team)).collect();
        Relations::new(&self.consumers, &teams)
    }
}
