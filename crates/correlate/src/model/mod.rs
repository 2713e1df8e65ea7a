//! Attribution by the fitted model: from deployments and incidents as arrays to the model's problem, and back to probabilities.
//!
//! A row of the model is a deployment on one service. An incident counts on its first service; those without one, or without a start,
//! are left to what their records say.

mod answer;
mod doubt;
mod honesty;
mod question;
mod response;
mod timing;

use std::collections::HashMap;

use chrono_tz::Tz;
use sequela_attribution::draws::{self, VISIBLE};
use sequela_attribution::gibbs::Sampling;
use sequela_attribution::{fit, placebo};
use sequela_schema::TableBuilder;
use sequela_stats::draws::{ALWAYS, Causes};

pub(crate) use answer::Attributed;
pub(crate) use honesty::Honesty;
use question::Question;

use crate::Detail;
use crate::link::Linker;

/// Fewer incidents or deployments than these allow no verdict of the model's (method, section 3, guards).
const LEAST_INCIDENTS: usize = 50;
const LEAST_DEPLOYMENTS: usize = 100;

/// When the data were extracted, on whose clock hours of the week are told, and the seed of copies.
#[derive(Clone, Copy, Debug)]
pub struct Extract {
    /// Extract time, in microseconds since 1970 UTC: open incidents are censored at it.
    pub at: i64,
    /// The organisation's zone.
    pub zone: Tz,
    /// Seed.
    pub seed: u64,
}

/// What the model says about every incident and deployment.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// By incident; none where the model was not asked.
    pub(crate) incidents: Vec<Option<Attributed>>,
    /// Probability that a deployment on a service caused at least one incident.
    failed: HashMap<(u32, u32), f64>,
    /// Incidents that a deployment on a service is held to have caused.
    expected: HashMap<(u32, u32), f64>,
    /// Whether there are data enough, and an effect clear enough, for verdicts.
    pub(crate) gives_verdicts: bool,
    /// What it says of data in which nothing can be caused.
    pub(crate) honesty: Honesty,
    /// Who caused what, drawn many times.
    pub(crate) causes: Causes,
    /// The table `association`.
    pub(crate) association: Option<TableBuilder>,
    /// The table `response_curve`.
    pub(crate) response: Option<TableBuilder>,
    /// Suspects listed per incident at least, however unlikely.
    pub(crate) least_listed: usize,
}

impl Model {
    /// Fits the model to all counted and repairing deployments and all incidents until the extract time, and compares it with copies
    /// of the data in which nothing can be caused.
    pub(crate) fn new(linker: &Linker<'_>, sizes: &[Option<i64>], kinds: &[u8], extract: Extract, detail: Detail) -> Self {
        let question = Question::new(linker, sizes, kinds, extract);
        let is_sufficient = question.incidents() >= LEAST_INCIDENTS && question.deployments() >= LEAST_DEPLOYMENTS;
        let problem = question.problem(is_sufficient);
        let mut settings = sequela_attribution::Settings { fixed_kernel: !is_sufficient, ..sequela_attribution::Settings::default() };
        if is_sufficient {
            settings.sensitivity = placebo::choose(&problem, &question.relations, settings, extract.seed).sensitivity;
        }
        let fit = fit(&problem, settings);
        let honesty = if is_sufficient { Honesty::check(&problem, &question.relations, &fit, extract.seed) } else { Honesty::unchecked() };
        let mut this =
            Self { incidents: vec![None; linker.incidents.ids.len()], honesty, least_listed: detail.least_listed, ..Self::default() };
        this.gives_verdicts = is_sufficient && this.honesty.is_detectable;
        answer::read(&question, &problem, &fit, &mut this);
        if !detail.is_for_figures {
            return this;
        }
        let masks = draws::masks(&problem, &fit, Sampling { seed: extract.seed, ..Sampling::default() }, VISIBLE);
        this.response = is_sufficient.then(|| response::table(&fit));
        this.association = Some(timing::table(linker, &question, &problem, extract.seed));
        this.causes = doubt::named(linker, &question, &problem, masks);
        this
    }

    /// A record names the deployment: it failed on that service, whatever else is known.
    pub(crate) fn assert_failed(&mut self, linker: &Linker<'_>, deployment: u32, service: u32) {
        self.failed.insert((deployment, service), 1.0);
        self.causes.failed.insert(doubt::key(linker, deployment, service), ALWAYS);
    }

    /// Probability that a deployment failed on a service.
    pub(crate) fn failed(&self, deployment: u32, service: Option<u32>) -> f64 {
        service.and_then(|service| self.failed.get(&(deployment, service))).copied().unwrap_or(0.0)
    }

    /// Probability that a deployment failed anywhere, and incidents that it is held to have caused.
    pub(crate) fn outcome(&self, deployment: u32, services: &[u32]) -> (f64, f64) {
        let innocent: f64 = services.iter().map(|service| 1.0 - self.failed(deployment, Some(*service))).product();
        let expected = services.iter().filter_map(|service| self.expected.get(&(deployment, *service))).sum();
        (1.0 - innocent, expected)
    }
}
