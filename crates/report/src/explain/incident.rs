//! An incident in words: what it is, what it is put down to and why, and which deployments were considered.

use std::collections::BTreeSet;

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::Frames;
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::{candidates, incident_attribution, links};
use sequela_schema::vocabulary::{PRODUCTION, evidence, relation, verdict};

use super::listing::aligned;
use super::weighed::Weighed;
use super::{clean, clean_title};
use crate::honesty::Honesty;
use crate::names::Names;
use crate::record::Record;
use crate::wording::{self, MISSING};
use crate::{Context, ReportError};

/// Explains the incident with that identifier, key (`INC0012345`) or unique ending of either; `None` if there is none.
///
/// # Errors
/// [`ReportError::Ambiguous`] when the ending fits several incidents, [`ReportError::Frame`] when a frame is not as declared.
pub fn explain_incident(frames: &Frames, context: &Context, id: &str) -> Result<Option<String>, ReportError> {
    let all = frames.get(&incidents::TABLE);
    let Some(incident) = Record::find(&all, &[&incidents::INCIDENT_ID, &incidents::NUMBER], id)? else { return Ok(None) };
    let names = Names::read(frames)?;
    let id = incident.text(&incidents::INCIDENT_ID)?.unwrap_or_default();
    let attribution = frames.get(&incident_attribution::TABLE);
    let links = frames.get(&links::TABLE);
    let considered = frames.get(&candidates::TABLE);
    let deployments = frames.get(&deployments::TABLE);
    let honesty = Honesty::read(frames)?;
    let case = Case {
        incident,
        attribution: Record::with(&attribution, &incident_attribution::INCIDENT_ID, id)?,
        links: Record::all_with(&links, &links::INCIDENT_ID, id)?,
        considered: Record::all_with(&considered, &candidates::INCIDENT_ID, id)?,
        deployments: &deployments,
        honesty: &honesty,
        frames,
        names: &names,
        context,
    };
    Ok(Some(case.text()?))
}

struct Case<'a> {
    incident: Record<'a>,
    attribution: Option<Record<'a>>,
    links: Vec<Record<'a>>,
    considered: Vec<Record<'a>>,
    deployments: &'a DataFrame,
    honesty: &'a Honesty,
    frames: &'a Frames,
    names: &'a Names,
    context: &'a Context,
}

impl Case<'_> {
    fn text(&self) -> PolarsResult<String> {
        let parts = match self.weighed()? {
            Some(weighed) => [self.identity()?, self.course()?, weighed.text()?, weighed.others()?],
            None => [self.identity()?, self.course()?, self.finding()?, self.candidates()?],
        };
        Ok(parts.iter().filter(|part| !part.is_empty()).map(|part| part.trim_end()).collect::<Vec<_>>().join("\n\n") + "\n")
    }

    /// What the model says, unless it was not asked or a record names the cause.
    fn weighed(&self) -> PolarsResult<Option<Weighed<'_>>> {
        let Some(attribution) = self.attribution.filter(|_| self.honesty.is_model()) else { return Ok(None) };
        let is_asserted = attribution.text(&incident_attribution::EVIDENCE)? == Some(evidence::ASSERTED);
        Ok((!is_asserted).then_some(Weighed {
            frames: self.frames,
            incident: self.incident,
            attribution,
            links: &self.links,
            considered: &self.considered,
            deployments: self.deployments,
            names: self.names,
            honesty: self.honesty,
        }))
    }

    fn identity(&self) -> PolarsResult<String> {
        let id = self.incident.text(&incidents::INCIDENT_ID)?.unwrap_or_default();
        let mut text = match self.incident.text(&incidents::NUMBER)? {
            Some(number) if number != id => format!("Incident {} ({})", clean(number), clean(id)),
            _ => format!("Incident {}", clean(id)),
        };
        if let Some(title) = self.incident.text(&incidents::TITLE)? {
            text.push_str(&format!(": {}", clean_title(title)));
        }
        text.push_str(&format!("\nService: {}. Team: {}.", self.service_words()?, self.team_words()?));
        if let Some(severity) = self.incident.int(&incidents::SEVERITY)? {
            text.push_str(&format!(" Severity {severity} (1 is worst)."));
        }
        if let Some(url) = self.incident.text(&incidents::URL)? {
            text.push_str(&format!("\n{}", clean(url)));
        }
        Ok(text)
    }

    fn service_words(&self) -> PolarsResult<String> {
        if let Some(service) = self.service()? {
            return Ok(clean(self.names.service(service)));
        }
        let raw = self.incident.first_text(&[&incidents::SERVICE_NAME_RAW, &incidents::CI_NAME_RAW])?;
        Ok(raw.map_or_else(|| "none named".to_owned(), |raw| format!("\"{}\", which the catalog does not know", clean(raw))))
    }

    fn service(&self) -> PolarsResult<Option<&str>> {
        let resolved = self.attribution.map(|row| row.text(&incident_attribution::SERVICE_ID)).transpose()?.flatten();
        Ok(resolved.or(self.incident.text(&incidents::SERVICE_ID)?))
    }

    fn team_words(&self) -> PolarsResult<String> {
        let resolved = self.attribution.map(|row| row.text(&incident_attribution::TEAM_ID)).transpose()?.flatten();
        let team = resolved.or(self.incident.text(&incidents::TEAM_ID)?);
        let raw = self.incident.text(&incidents::TEAM_NAME_RAW)?;
        Ok(team.map(|team| clean(self.names.team(team))).or(raw.map(clean)).unwrap_or_else(|| "unknown".to_owned()))
    }

    fn course(&self) -> PolarsResult<String> {
        let columns = [&incidents::STARTED_AT, &incidents::DETECTED_AT, &incidents::CREATED_AT];
        let Some(start) = self.incident.first_instant(&columns)? else {
            return Ok("The record has no time at which it started or was opened.".to_owned());
        };
        let zone = self.context.timezone;
        let began = format!("It began {} ({zone})", wording::instant_words(start, zone));
        let ends = [self.incident.instant(&incidents::MITIGATED_AT)?, self.incident.instant(&incidents::RESOLVED_AT)?];
        Ok(match ends.into_iter().flatten().min() {
            Some(end) if end < start => {
                format!("{began}; its recorded end, {}, lies before that, so it counts for no duration.", wording::instant_words(end, zone))
            }
            Some(end) => {
                format!("{began} and was restored after {} ({}).", wording::duration(hours(end - start)), wording::instant_words(end, zone))
            }
            None => format!(
                "{began} and was still open after {}, when the data were exported.",
                wording::duration(hours(self.context.as_of - start))
            ),
        })
    }

    fn finding(&self) -> PolarsResult<String> {
        let Some(attribution) = self.attribution else { return self.not_judged() };
        let verdict = attribution.text(&incident_attribution::VERDICT)?.unwrap_or_default();
        let linked = self.links.first().filter(|_| verdict != verdict::BACKGROUND);
        match linked {
            Some(link) => self.held_against(verdict, link),
            None => Ok(format!("Verdict: {}. {}", wording::verdict_words(verdict), self.why_not_linked(&attribution)?)),
        }
    }

    fn held_against(&self, verdict: &str, link: &Record<'_>) -> PolarsResult<String> {
        let evidence = link.text(&links::EVIDENCE)?.unwrap_or_default();
        let deployment = link.text(&links::DEPLOYMENT_ID)?.unwrap_or_default();
        let relation = wording::link_words(link.text(&links::RELATION)?.unwrap_or_default(), link.real(&links::LAG_SECONDS)?);
        let mut text = format!(
            "Verdict: {}. Deployment {} of {}: {relation}.\nEvidence: {}.",
            wording::verdict_words(verdict),
            clean(deployment),
            self.deployed_service(deployment)?,
            wording::evidence_words(evidence)
        );
        if evidence == evidence::RULE {
            text.push_str(" A rule links the nearest deployment; it cannot say coincidence.");
        }
        Ok(text)
    }

    fn not_judged(&self) -> PolarsResult<String> {
        let why = if self.incident.instant(&incidents::CREATED_AT)?.is_none() && self.incident.instant(&incidents::STARTED_AT)?.is_none() {
            "its record has no time of opening, so nothing can be said about what came before it".to_owned()
        } else if let Some(other) = self.incident.text(&incidents::DUPLICATE_OF)? {
            format!("it duplicates {}", clean(other))
        } else if let Some(state @ ("cancelled" | "merged")) = self.incident.text(&incidents::STATE)? {
            format!("its record was {state}")
        } else if let Some(environment) = self.incident.text(&incidents::ENVIRONMENT)?.filter(|name| *name != PRODUCTION) {
            format!("it concerns the environment {}, not production", clean(environment))
        } else {
            format!("it lies outside the range or the definition \"{}\" leaves it out", self.context.definition)
        };
        Ok(format!("Not judged: {why}."))
    }

    fn why_not_linked(&self, attribution: &Record<'_>) -> PolarsResult<String> {
        let candidates = attribution.int(&incident_attribution::CANDIDATES)?.unwrap_or_default();
        let window = window_words(self.context);
        Ok(if attribution.text(&incident_attribution::EVIDENCE)? == Some(evidence::ASSERTED) {
            "Its record names a change that is not among the deployments.".to_owned()
        } else if candidates > 0 {
            format!("{} on its service or its dependencies {window}, but none is held responsible.", were(candidates))
        } else if self.service()?.is_none() {
            "Its service is unknown, so no deployment can be related to it. A catalog entry or an alias for that name would change this."
                .to_owned()
        } else if attribution.instant(&incident_attribution::CREATED_AT)?.is_none() {
            "Its record has no time of opening, so no deployment can be related to it.".to_owned()
        } else {
            format!("No production deployment on its service or its dependencies {window}.")
        })
    }

    fn deployed_service(&self, deployment: &str) -> PolarsResult<String> {
        let Some(row) = Record::with(self.deployments, &deployments::DEPLOYMENT_ID, deployment)? else { return Ok(MISSING.to_owned()) };
        let resolved = row.text(&deployments::SERVICE_ID)?.map(|service| clean(self.names.service(service)));
        Ok(resolved.or(row.text(&deployments::SERVICE_NAME_RAW)?.map(clean)).unwrap_or_else(|| MISSING.to_owned()))
    }

    /// Linked deployments first, then those that were considered and not held responsible.
    fn candidates(&self) -> PolarsResult<String> {
        let mut rows = self.links.iter().map(|link| self.linked(link)).collect::<PolarsResult<Vec<_>>>()?;
        // A deployment that a record names may lie outside the window; the others are among the candidates.
        let mut in_list: BTreeSet<&str> = BTreeSet::new();
        for link in &self.links {
            let is_candidate = link.text(&links::RELATION)? != Some(relation::ASSERTED);
            in_list.extend(link.text(&links::DEPLOYMENT_ID)?.filter(|_| is_candidate));
        }
        for row in &self.considered {
            let deployment = row.text(&candidates::DEPLOYMENT_ID)?.unwrap_or_default();
            in_list.insert(deployment);
            if !rows.iter().any(|linked| linked[0] == clean(deployment)) {
                rows.push(self.passed_over(row, deployment)?);
            }
        }
        let listed = in_list.len() as i64;
        if rows.is_empty() {
            return Ok(String::new());
        }
        let mut text = format!("Candidates:\n{}", aligned(&["deployment", "service", "before", "relation", "held responsible"], &rows));
        let in_window = self.attribution.map(|row| row.int(&incident_attribution::CANDIDATES)).transpose()?.flatten().unwrap_or_default();
        if in_window > listed {
            text.push_str(&format!("  {} on related services {} and not listed.", were(in_window - listed), window_words(self.context)));
        }
        Ok(text)
    }

    fn linked(&self, link: &Record<'_>) -> PolarsResult<Vec<String>> {
        let deployment = link.text(&links::DEPLOYMENT_ID)?.unwrap_or_default();
        let evidence = link.text(&links::EVIDENCE)?.unwrap_or_default();
        let certainty = wording::certainty(evidence, link.real(&links::PROBABILITY)?.unwrap_or_default());
        Ok(vec![
            clean(deployment),
            self.deployed_service(deployment)?,
            lag_words(link.real(&links::LAG_SECONDS)?),
            wording::relation_words(link.text(&links::RELATION)?.unwrap_or_default()).to_owned(),
            certainty,
        ])
    }

    fn passed_over(&self, row: &Record<'_>, deployment: &str) -> PolarsResult<Vec<String>> {
        let service = row.text(&candidates::SERVICE_ID)?.map(|service| clean(self.names.service(service)));
        Ok(vec![
            clean(deployment),
            service.map_or_else(|| self.deployed_service(deployment), Ok)?,
            lag_words(row.real(&candidates::LAG_SECONDS)?),
            wording::relation_words(row.text(&candidates::RELATION)?.unwrap_or_default()).to_owned(),
            "no".to_owned(),
        ])
    }
}

fn lag_words(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| MISSING.to_owned(), |seconds| wording::duration(seconds / 3_600.0))
}

fn were(number: i64) -> String {
    if number == 1 { "1 deployment was".to_owned() } else { format!("{} deployments were", wording::thousands(number)) }
}

fn window_words(context: &Context) -> String {
    match context.lookback_hours {
        Some(hours) => format!("in the {} before it", wording::span(hours)),
        None => "before it".to_owned(),
    }
}

fn hours(microseconds: i64) -> f64 {
    microseconds as f64 / 3.6e9
}
