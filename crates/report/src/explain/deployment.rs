//! A deployment in words: what it is, whether it counts, and the incidents that are held against it.

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::Frames;
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::{deployment_outcomes, links};
use sequela_schema::vocabulary::{PRODUCTION, SUCCESS, kind};

use super::listing::aligned;
use super::{clean, clean_title};
use crate::honesty::Honesty;
use crate::names::Names;
use crate::record::Record;
use crate::wording::{self, MISSING};
use crate::{Context, ReportError};

/// Explains the deployment with that identifier, name or unique ending of either; `None` if there is none.
///
/// # Errors
/// [`ReportError::Ambiguous`] when the ending fits several deployments, [`ReportError::Frame`] when a frame is not as declared.
pub fn explain_deployment(frames: &Frames, context: &Context, id: &str) -> Result<Option<String>, ReportError> {
    let all = frames.get(&deployments::TABLE);
    let Some(deployment) = Record::find(&all, &[&deployments::DEPLOYMENT_ID, &deployments::NAME], id)? else { return Ok(None) };
    let names = Names::read(frames)?;
    let id = deployment.text(&deployments::DEPLOYMENT_ID)?.unwrap_or_default();
    let outcomes = frames.get(&deployment_outcomes::TABLE);
    let links = frames.get(&links::TABLE);
    let incidents = frames.get(&incidents::TABLE);
    let honesty = Honesty::read(frames)?;
    let case = Case {
        deployment,
        outcome: Record::with(&outcomes, &deployment_outcomes::DEPLOYMENT_ID, id)?,
        links: Record::all_with(&links, &links::DEPLOYMENT_ID, id)?,
        incidents: &incidents,
        honesty: &honesty,
        names: &names,
        context,
    };
    Ok(Some(case.text()?))
}

/// The model leaves this little doubt about a cause on record.
const CERTAIN: f64 = 1.0 - 1e-9;

struct Case<'a> {
    deployment: Record<'a>,
    outcome: Option<Record<'a>>,
    links: Vec<Record<'a>>,
    incidents: &'a DataFrame,
    honesty: &'a Honesty,
    names: &'a Names,
    context: &'a Context,
}

impl Case<'_> {
    fn text(&self) -> PolarsResult<String> {
        let parts = [self.identity()?, self.finding()?, self.list()?];
        Ok(parts.iter().filter(|part| !part.is_empty()).map(|part| part.trim_end()).collect::<Vec<_>>().join("\n\n") + "\n")
    }

    fn identity(&self) -> PolarsResult<String> {
        let row = &self.deployment;
        let mut text = format!("Deployment {}", clean(row.text(&deployments::DEPLOYMENT_ID)?.unwrap_or_default()));
        if let Some(name) = row.text(&deployments::NAME)? {
            text.push_str(&format!(": {}", clean_title(name)));
        }
        let service = row.text(&deployments::SERVICE_ID)?.map(|service| clean(self.names.service(service)));
        let raw = row.text(&deployments::SERVICE_NAME_RAW)?.map(|raw| format!("\"{}\", which the catalog does not know", clean(raw)));
        text.push_str(&format!("\nService: {}.", service.or(raw).unwrap_or_else(|| "none named".to_owned())));
        let team = self.outcome.map(|row| row.text(&deployment_outcomes::TEAM_ID)).transpose()?.flatten();
        text.push_str(&format!(" Team: {}.", team.map_or_else(|| "unknown".to_owned(), |team| clean(self.names.team(team)))));
        let word = |column| Ok::<_, polars::prelude::PolarsError>(row.text(column)?.map_or_else(|| "unknown".to_owned(), clean));
        text.push_str(&format!(
            "\nKind: {}. Environment: {}. Result: {}. {}",
            word(&deployments::KIND)?,
            word(&deployments::ENVIRONMENT)?,
            word(&deployments::RESULT)?,
            self.end_words()?
        ));
        Ok(text)
    }

    fn end_words(&self) -> PolarsResult<String> {
        let zone = self.context.timezone;
        let words = |instant| format!("{} ({zone})", wording::instant_words(instant, zone));
        Ok(match (self.deployment.instant(&deployments::FINISHED_AT)?, self.deployment.instant(&deployments::STARTED_AT)?) {
            (Some(finished), _) => format!("It ended {}.", words(finished)),
            (None, Some(started)) => format!("It started {}; no end is recorded.", words(started)),
            (None, None) => "The record has no time.".to_owned(),
        })
    }

    fn finding(&self) -> PolarsResult<String> {
        let Some(outcome) = self.outcome else { return self.not_counted() };
        let failed = outcome.real(&deployment_outcomes::P_FAILED)?.unwrap_or_default();
        let asserted = outcome.int(&deployment_outcomes::ASSERTED_INCIDENTS)?.unwrap_or_default();
        if failed == 0.0 {
            return Ok("No incident is held against it.".to_owned());
        }
        if self.honesty.is_withheld() && asserted == 0 {
            return Ok(format!("No incident is held against it. {}", wording::silence_words(self.honesty)));
        }
        let expected = incidents_words(outcome.real(&deployment_outcomes::EXPECTED_INCIDENTS)?.unwrap_or_default());
        let mut text = if failed > CERTAIN {
            format!("It counts as failed: {expected} held against it")
        } else {
            format!("It failed with probability {}: {expected} expected", wording::probability(failed))
        };
        text.push_str(&format!(", {asserted} of them named by a record or shown by a rollback."));
        if let Some(severity) = outcome.int(&deployment_outcomes::WORST_SEVERITY)? {
            text.push_str(&format!(" Worst severity {severity}."));
        }
        match outcome.real(&deployment_outcomes::RECOVERY_HOURS)? {
            _ if outcome.is(&deployment_outcomes::IS_OPEN)? => text.push_str(" Service is not yet restored."),
            Some(hours) => text.push_str(&format!(" Service was restored {} after it ended.", wording::duration(hours))),
            None => {}
        }
        Ok(text)
    }

    fn not_counted(&self) -> PolarsResult<String> {
        let row = &self.deployment;
        let environment = row.text(&deployments::ENVIRONMENT)?;
        let result = row.text(&deployments::RESULT)?;
        let kind = row.text(&deployments::KIND)?;
        let why = match (environment, result, kind) {
            (Some(environment), _, _) if environment != PRODUCTION => format!("it went to {}, not to production", clean(environment)),
            (_, Some(result), _) if result != SUCCESS => format!("its result is {}", clean(result)),
            (_, _, Some(kind @ (kind::ROLLBACK | kind::REMOVE | kind::PUBLISH_ONLY))) => format!("its kind is {kind}"),
            _ if row.first_instant(&[&deployments::FINISHED_AT, &deployments::STARTED_AT])?.is_none() => "it has no time".to_owned(),
            _ => format!("it lies outside the range or the definition \"{}\" leaves it out", self.context.definition),
        };
        Ok(format!("It does not count as a deployment: {why}."))
    }

    fn list(&self) -> PolarsResult<String> {
        if self.links.is_empty() {
            return Ok(String::new());
        }
        let mut rows = Vec::new();
        for link in &self.links {
            rows.push((link.real(&links::PROBABILITY)?.unwrap_or_default(), self.incident(link)?));
        }
        rows.sort_by(|left, right| right.0.total_cmp(&left.0));
        let rows: Vec<Vec<String>> = rows.into_iter().map(|(_, cells)| cells).collect();
        let head = ["incident", "title", "rank", "after", "relation", "evidence", "probability"];
        Ok(format!("{}:\n{}", self.list_words(), aligned(&head, &rows)))
    }

    /// The model lists an incident only with the deployments that hold four fifths of the blame for it.
    fn list_words(&self) -> &'static str {
        match (self.honesty.is_model(), self.honesty.is_withheld()) {
            (true, true) => "Incidents that the model would suspect it of, to be relied on only where the evidence is a rollback",
            (true, false) => "Incidents that it is suspected of, the likeliest first (where it is among those that hold most of the blame)",
            (false, _) => "Incidents for which it is a candidate",
        }
    }

    fn incident(&self, link: &Record<'_>) -> PolarsResult<Vec<String>> {
        let id = link.text(&links::INCIDENT_ID)?.unwrap_or_default();
        let incident = Record::with(self.incidents, &incidents::INCIDENT_ID, id)?;
        let number = incident.map(|row| row.text(&incidents::NUMBER)).transpose()?.flatten();
        let title = incident.map(|row| row.text(&incidents::TITLE)).transpose()?.flatten();
        let lag = link.real(&links::LAG_SECONDS)?;
        Ok(vec![
            clean(number.unwrap_or(id)),
            wording::cut(&clean(title.unwrap_or(MISSING)), 40),
            link.int(&links::RANK)?.unwrap_or_default().to_string(),
            lag.map_or_else(|| MISSING.to_owned(), |lag| wording::duration(lag / 3_600.0)),
            wording::relation_words(link.text(&links::RELATION)?.unwrap_or_default()).to_owned(),
            link.text(&links::EVIDENCE)?.unwrap_or_default().to_owned(),
            wording::certainty(link.text(&links::EVIDENCE)?.unwrap_or_default(), link.real(&links::PROBABILITY)?.unwrap_or_default()),
        ])
    }
}

fn incidents_words(expected: f64) -> String {
    let expected = if (expected - expected.round()).abs() < 1e-6 { expected.round() } else { expected };
    if expected == 1.0 { "1 incident".to_owned() } else { format!("{} incidents", wording::count(expected)) }
}
