//! Result tables of the correlation.

use std::collections::HashMap;

use polars::prelude::PolarsResult;
use sequela_schema::definition::RestoreStart;
use sequela_schema::result::{candidates, deployment_outcomes, deployment_units, incident_attribution, incident_units, links};
use sequela_schema::vocabulary::{evidence, verdict};
use sequela_schema::{Frames, TableBuilder};

use crate::deployments::Role;
use crate::link::{Case, Link};
use crate::model::Attributed;
use crate::units::{Measured, Unit, hours};

pub(crate) fn write(result: &mut Frames, measured: &Measured<'_>) -> PolarsResult<()> {
    result.build(link_table(measured))?;
    result.build(candidate_table(measured))?;
    let by_incident = by_incident(measured);
    result.build(attribution_table(measured, &by_incident))?;
    result.build(incident_unit_table(measured, &by_incident))?;
    let failures = measured.failures();
    result.build(outcome_table(measured))?;
    result.build(deployment_unit_table(measured, &failures))
}

/// Suspects below this probability are not listed.
const LEAST_SHOWN: f64 = 0.01;

fn lag_seconds(started: Option<i64>, ended: Option<i64>) -> Option<f64> {
    Some((started? - ended?) as f64 / 1e6)
}

fn link_table(measured: &Measured<'_>) -> TableBuilder {
    let (incidents, deployments, catalog) = (measured.linker.incidents, measured.linker.deployments, measured.linker.catalog);
    let mut builder = TableBuilder::new(&links::TABLE);
    for case in measured.cases {
        if let Some(suspects) = suspects(measured, case) {
            add_suspects(&mut builder, measured, case, suspects);
            continue;
        }
        let held = case.link.iter().chain(&case.also).filter_map(|link| Some((link, link.deployment?)));
        for (rank, (link, deployment)) in (1..).zip(held) {
            builder
                .row()
                .text(&links::INCIDENT_ID, &incidents.ids[link.incident as usize])
                .text(&links::DEPLOYMENT_ID, &deployments.ids[deployment as usize])
                .text_opt(&links::SCOPE_ID, link.team.map(|team| &catalog.teams[team as usize]))
                .int(&links::RANK, rank)
                .text(&links::RELATION, link.relation)
                .real_opt(&links::LAG_SECONDS, lag_seconds(incidents.started[link.incident as usize], link.ended))
                .text(&links::EVIDENCE, link.evidence)
                .real(&links::PROBABILITY, 1.0);
        }
    }
    builder
}

/// What the model says about a case, unless its record names the cause.
fn suspects<'a>(measured: &'a Measured<'_>, case: &Case) -> Option<&'a Attributed> {
    let is_asserted = case.link.as_ref().is_some_and(|link| link.evidence == evidence::ASSERTED);
    measured.model.filter(|_| !is_asserted)?.incidents[case.incident as usize].as_ref()
}

/// The likeliest deployments of an incident by the model, each with its probability.
fn add_suspects(builder: &mut TableBuilder, measured: &Measured<'_>, case: &Case, attributed: &Attributed) {
    let (incidents, deployments) = (measured.linker.incidents, measured.linker.deployments);
    let least = measured.model.map_or(0, |model| model.least_listed);
    let suspects = attributed.suspects.iter().enumerate();
    let shown = suspects.filter(|(place, suspect)| *place < least || suspect.probability >= LEAST_SHOWN).map(|(_, suspect)| suspect);
    for (rank, suspect) in (1..).zip(shown) {
        builder
            .row()
            .text(&links::INCIDENT_ID, &incidents.ids[case.incident as usize])
            .text(&links::DEPLOYMENT_ID, &deployments.ids[suspect.deployment as usize])
            .int(&links::RANK, rank)
            .text(&links::RELATION, suspect.relation)
            .real(&links::LAG_SECONDS, suspect.lag_hours * 3600.0)
            .text(&links::EVIDENCE, if suspect.rolled_back { evidence::ROLLBACK } else { evidence::MODEL })
            .real(&links::PROBABILITY, suspect.probability);
    }
}

fn candidate_table(measured: &Measured<'_>) -> TableBuilder {
    let (incidents, deployments, catalog) = (measured.linker.incidents, measured.linker.deployments, measured.linker.catalog);
    let mut builder = TableBuilder::new(&candidates::TABLE);
    for case in measured.cases {
        let Some(started) = incidents.started[case.incident as usize] else { continue };
        for (position, item) in (1..).zip(&case.considered) {
            builder
                .row()
                .text(&candidates::INCIDENT_ID, &incidents.ids[case.incident as usize])
                .text_opt(&candidates::SCOPE_ID, case.team.map(|team| &catalog.teams[team as usize]))
                .int(&candidates::POSITION, position)
                .text(&candidates::DEPLOYMENT_ID, &deployments.ids[item.deployment as usize])
                .text_opt(&candidates::SERVICE_ID, item.service.map(|service| &catalog.services[service as usize]))
                .text(&candidates::RELATION, item.relation.word())
                .real(&candidates::LAG_SECONDS, (started - item.ended) as f64 / 1e6);
        }
    }
    builder
}

/// What is known of one incident over all its scopes.
#[derive(Default)]
struct Summary<'a> {
    candidates: u32,
    link: Option<&'a Link>,
    /// End of the first deployment held responsible.
    first_ended: Option<i64>,
    attributed: Option<&'a Attributed>,
    gives_verdicts: bool,
}

impl Summary<'_> {
    /// Probabilities that a change caused it and that it follows from another incident.
    fn probabilities(&self) -> (f64, f64) {
        match (self.is_asserted(), self.attributed) {
            (false, Some(attributed)) => (attributed.change.clamp(0.0, 1.0), attributed.follow_up),
            _ => (f64::from(u8::from(self.link.is_some())), 0.0),
        }
    }

    fn is_asserted(&self) -> bool {
        self.link.is_some_and(|link| link.evidence == evidence::ASSERTED)
    }

    fn is_rolled_back(&self) -> bool {
        self.link.is_some_and(|link| link.evidence == evidence::ROLLBACK)
    }

    /// Between three and seven in ten nobody should decide. Where the model gives no verdicts, those that rest on a rollback remain.
    fn verdict(&self, with_model: bool) -> &'static str {
        let (change, _) = self.probabilities();
        match change {
            _ if self.is_asserted() => verdict::CHANGE,
            _ if with_model && (self.attributed.is_none() || !(self.gives_verdicts || self.is_rolled_back())) => verdict::INSUFFICIENT_DATA,
            change if change > 0.7 => verdict::CHANGE,
            change if change >= 0.3 => verdict::UNDETERMINED,
            _ => verdict::BACKGROUND,
        }
    }

    /// Likeliest deployment and its probability.
    fn top(&self) -> Option<(u32, f64)> {
        let named = self.link.and_then(|link| Some((link.deployment?, 1.0)));
        let likeliest = || self.attributed?.culprit.map(|(deployment, _, probability)| (deployment, probability));
        if self.is_asserted() || self.attributed.is_none() { named } else { likeliest() }
    }

    fn evidence(&self) -> Option<&'static str> {
        let of_model = || self.attributed.filter(|_| self.gives_verdicts).map(|_| evidence::MODEL);
        self.link.map(|link| link.evidence).or_else(of_model)
    }
}

fn by_incident<'a>(measured: &'a Measured<'_>) -> Vec<Summary<'a>> {
    let mut summaries: Vec<Summary<'a>> = measured.linker.incidents.ids.iter().map(|_| Summary::default()).collect();
    for case in measured.cases {
        let summary = &mut summaries[case.incident as usize];
        summary.candidates += case.candidates;
        summary.link = summary.link.or(case.link.as_ref());
        let ended = case.link.iter().chain(&case.also).filter_map(|link| link.ended);
        summary.first_ended = summary.first_ended.into_iter().chain(ended).min();
        if let Some(model) = measured.model {
            summary.attributed = model.incidents[case.incident as usize].as_ref();
            summary.gives_verdicts = model.gives_verdicts;
        }
    }
    summaries
}

fn attribution_table(measured: &Measured<'_>, summaries: &[Summary<'_>]) -> TableBuilder {
    let (incidents, deployments, catalog) = (measured.linker.incidents, measured.linker.deployments, measured.linker.catalog);
    let mut builder = TableBuilder::new(&incident_attribution::TABLE);
    for (number, summary) in summaries.iter().enumerate().filter(|&(number, _)| !incidents.excluded[number]) {
        let incident = number as u32;
        let (change, follow_up) = summary.probabilities();
        let top = summary.top();
        builder
            .row()
            .text(&incident_attribution::INCIDENT_ID, &incidents.ids[number])
            .text_opt(
                &incident_attribution::SERVICE_ID,
                incidents.services.of(incident).first().map(|&service| &catalog.services[service as usize]),
            )
            .text_opt(&incident_attribution::TEAM_ID, incidents.teams.of(incident).first().map(|&team| &catalog.teams[team as usize]))
            .int_opt(&incident_attribution::CREATED_AT, incidents.started[number])
            .int(&incident_attribution::CANDIDATES, i64::from(summary.candidates))
            .real(&incident_attribution::P_CHANGE, change)
            .real(&incident_attribution::P_BACKGROUND, 1.0 - change)
            .real(&incident_attribution::P_FOLLOWUP, follow_up)
            .text(&incident_attribution::VERDICT, summary.verdict(measured.model.is_some()))
            .text_opt(&incident_attribution::TOP_DEPLOYMENT_ID, top.map(|(deployment, _)| &deployments.ids[deployment as usize]))
            .real_opt(&incident_attribution::TOP_PROBABILITY, top.map(|(_, probability)| probability))
            .text_opt(&incident_attribution::EVIDENCE, summary.evidence());
    }
    builder
}

fn incident_unit_table(measured: &Measured<'_>, summaries: &[Summary<'_>]) -> TableBuilder {
    let (incidents, catalog) = (measured.linker.incidents, measured.linker.catalog);
    let mut builder = TableBuilder::new(&incident_units::TABLE);
    for (number, summary) in summaries.iter().enumerate().filter(|&(number, _)| !incidents.excluded[number]) {
        let earlier = summary.first_ended.filter(|_| measured.linker.definition.restore_start == RestoreStart::LinkedDeployment);
        let started = incidents.started[number].map(|started| earlier.map_or(started, |earlier| earlier.min(started)));
        let (elapsed, is_open) = measured.restore_hours(number as u32, started);
        for (service, team) in measured.owners(number as u32) {
            builder
                .row()
                .text(&incident_units::INCIDENT_ID, &incidents.ids[number])
                .text_opt(&incident_units::TEAM_ID, team.map(|team| &catalog.teams[team as usize]))
                .text_opt(&incident_units::SERVICE_ID, service.map(|service| &catalog.services[service as usize]))
                .int_opt(&incident_units::STARTED_AT, started)
                .int_opt(&incident_units::RESTORED_AT, incidents.restored[number])
                .real_opt(&incident_units::HOURS, elapsed)
                .bool(&incident_units::IS_OPEN, is_open)
                .real(&incident_units::P_CHANGE, summary.probabilities().0);
        }
    }
    builder
}

fn outcome_table(measured: &Measured<'_>) -> TableBuilder {
    let (deployments, catalog) = (measured.linker.deployments, measured.linker.catalog);
    let mut held: HashMap<u32, Vec<&Link>> = HashMap::new();
    for link in measured.links() {
        if let Some(deployment) = link.deployment {
            held.entry(deployment).or_default().push(link);
        }
    }
    let mut builder = TableBuilder::new(&deployment_outcomes::TABLE);
    for number in (0..deployments.ids.len()).filter(|&number| deployments.roles[number] == Role::Counted) {
        let service = deployments.services.of(number as u32).first().copied();
        let team = service.and_then(|service| catalog.owners.of(service).first().copied());
        let links = held.get(&(number as u32)).map_or(&[][..], Vec::as_slice);
        let recovery = measured.recovery(number as u32, links);
        let distinct = distinct_incidents(links);
        let explicit = links.iter().filter(|link| Measured::is_explicit(link)).count();
        let (failed, expected) = match measured.model {
            Some(model) => model.outcome(number as u32, deployments.services.of(number as u32)),
            None => (f64::from(u8::from(!links.is_empty())), distinct as f64),
        };
        let severity = links.iter().filter_map(|link| measured.linker.incidents.severity[link.incident as usize]).min();
        builder
            .row()
            .text(&deployment_outcomes::DEPLOYMENT_ID, &deployments.ids[number])
            .text_opt(&deployment_outcomes::SERVICE_ID, service.map(|service| &catalog.services[service as usize]))
            .text_opt(&deployment_outcomes::TEAM_ID, team.map(|team| &catalog.teams[team as usize]))
            .int_opt(&deployment_outcomes::FINISHED_AT, deployments.ended[number])
            .real(&deployment_outcomes::P_FAILED, failed)
            .real(&deployment_outcomes::EXPECTED_INCIDENTS, expected)
            .int(&deployment_outcomes::ASSERTED_INCIDENTS, explicit as i64)
            .int_opt(&deployment_outcomes::WORST_SEVERITY, severity)
            .real_opt(&deployment_outcomes::RECOVERY_HOURS, recovery.filter(|recovery| !recovery.is_open).map(|recovery| recovery.hours))
            .bool(&deployment_outcomes::IS_OPEN, recovery.is_some_and(|recovery| recovery.is_open));
    }
    builder
}

/// An incident of two teams may be linked twice to one deployment.
fn distinct_incidents(links: &[&Link]) -> usize {
    let mut incidents: Vec<u32> = links.iter().map(|link| link.incident).collect();
    incidents.sort_unstable();
    incidents.dedup();
    incidents.len()
}

fn deployment_unit_table(measured: &Measured<'_>, failures: &HashMap<Unit, Vec<&Link>>) -> TableBuilder {
    let (deployments, catalog) = (measured.linker.deployments, measured.linker.catalog);
    let mut builder = TableBuilder::new(&deployment_units::TABLE);
    for unit in measured.units() {
        let number = unit.deployment as usize;
        let Some(ended) = deployments.ended[number] else { continue };
        let links = failures.get(&unit).map_or(&[][..], Vec::as_slice);
        let recovery = measured.recovery(unit.deployment, links);
        let failed = match measured.model {
            Some(model) => model.failed(unit.deployment, unit.service),
            None => f64::from(u8::from(!links.is_empty())),
        };
        let lead = deployments.first_commit[number].filter(|&first| first <= ended).map(|first| hours(ended - first));
        builder
            .row()
            .text(&deployment_units::DEPLOYMENT_ID, &deployments.ids[number])
            .text_opt(&deployment_units::SERVICE_ID, unit.service.map(|service| &catalog.services[service as usize]))
            .text_opt(&deployment_units::TEAM_ID, unit.team.map(|team| &catalog.teams[team as usize]))
            .int(&deployment_units::COUNTED_AT, ended)
            .bool(&deployment_units::IS_COUNTED, deployments.roles[number] == Role::Counted)
            .bool(&deployment_units::IS_REWORK, deployments.rework[number])
            .real_opt(&deployment_units::LEAD_TIME_HOURS, lead)
            .real(&deployment_units::P_FAILED, failed)
            .bool(&deployment_units::IS_ASSERTED, links.iter().any(|link| Measured::is_explicit(link)))
            .real_opt(&deployment_units::RECOVERY_HOURS, recovery.map(|recovery| recovery.hours))
            .bool_opt(&deployment_units::RECOVERY_IS_OPEN, recovery.map(|recovery| recovery.is_open));
    }
    builder
}
