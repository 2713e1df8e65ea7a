//! An incident that the model weighed: its verdict in words, each suspect in a line, and what the rest holds.

use std::collections::BTreeSet;

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::definition::MODEL_FOLLOW_UP_HOURS;
use sequela_schema::result::{candidates, incident_attribution, links};
use sequela_schema::vocabulary::{evidence, relation, verdict};
use sequela_schema::{Frames, Values};

use super::clean;
use super::listing::aligned;
use crate::honesty::Honesty;
use crate::names::Names;
use crate::record::Record;
use crate::wording::{self, Before, MISSING, Suspect, Suspicion};

/// Follow-ups below this probability are not worth a clause.
const LEAST_FOLLOW_UP: f64 = 0.01;

/// An incident with what the model says of it.
pub(super) struct Weighed<'a> {
    pub(super) frames: &'a Frames,
    pub(super) incident: Record<'a>,
    pub(super) attribution: Record<'a>,
    pub(super) links: &'a [Record<'a>],
    pub(super) considered: &'a [Record<'a>],
    pub(super) deployments: &'a DataFrame,
    pub(super) names: &'a Names,
    pub(super) honesty: &'a Honesty,
}

impl Weighed<'_> {
    /// Verdict, suspects, and what it rests on.
    pub(super) fn text(&self) -> PolarsResult<String> {
        if let Some(why) = self.not_weighed()? {
            return Ok(format!("Verdict: none. {why}"));
        }
        let caution = if self.is_silent()? { "What the model would say, not to be relied on:\n" } else { "" };
        let parts = [
            format!("Verdict: {}", self.verdict()?),
            format!("{caution}{}", self.suspicion()?.words().trim_end()),
            format!("Rests on: {}\nWindow: {}.", self.basis()?, wording::model_window()),
        ];
        Ok(parts.join("\n\n"))
    }

    /// Why the model was not asked about this incident at all.
    fn not_weighed(&self) -> PolarsResult<Option<String>> {
        let reason = if self.attribution.text(&incident_attribution::SERVICE_ID)?.is_none() {
            "Its service is unknown, so no deployment can be related to it. A catalog entry or an alias for that name would change this."
        } else if self.attribution.instant(&incident_attribution::CREATED_AT)?.is_none() {
            "Its record has no time of opening, so no deployment can be related to it."
        } else {
            return Ok(None);
        };
        Ok(self.is_silent()?.then(|| reason.to_owned()))
    }

    /// Whether the model may not judge this incident.
    fn is_silent(&self) -> PolarsResult<bool> {
        Ok(self.attribution.text(&incident_attribution::VERDICT)? == Some(verdict::INSUFFICIENT_DATA))
    }

    fn change(&self) -> PolarsResult<f64> {
        Ok(self.attribution.real(&incident_attribution::P_CHANGE)?.unwrap_or_default())
    }

    fn verdict(&self) -> PolarsResult<String> {
        let change = wording::probability(self.change()?);
        let words = match self.attribution.text(&incident_attribution::VERDICT)?.unwrap_or_default() {
            verdict::CHANGE => format!("put down to a change, with probability {change}."),
            verdict::BACKGROUND => format!("not put down to a change; the probability that one caused it is {change}."),
            verdict::UNDETERMINED => format!("undetermined: a change caused it with probability {change}. {}", wording::UNDETERMINED),
            verdict::INSUFFICIENT_DATA => format!("none. {}", wording::silence_words(self.honesty)),
            other => format!("{other}."),
        };
        if self.honesty.is_withheld() && !self.is_silent()? {
            return Ok(format!(
                "{words} Only the rollback allows a verdict: {}",
                wording::lower_first(&wording::silence_words(self.honesty))
            ));
        }
        Ok(words)
    }

    fn basis(&self) -> PolarsResult<&'static str> {
        let first = self.links.first().map(|link| link.text(&links::EVIDENCE)).transpose()?.flatten();
        let likeliest = self.links.first().map(|link| link.real(&links::PROBABILITY)).transpose()?.flatten().unwrap_or_default();
        let follow_up = self.attribution.real(&incident_attribution::P_FOLLOWUP)?.unwrap_or_default();
        Ok(if follow_up > likeliest {
            "the model: it began so soon after another incident of the service that it shares that one's cause; no record names one."
        } else if first == Some(evidence::ROLLBACK) {
            "the model, and the rollback of the likeliest deployment right after the incident began; no record names a cause."
        } else {
            "the model: timing, how the services are related, and how often such deployments fail; no record names a cause."
        })
    }

    fn suspicion(&self) -> PolarsResult<Suspicion> {
        let suspects = self.links.iter().map(|link| self.suspect(link)).collect::<PolarsResult<Vec<_>>>()?;
        let within = self.links.iter().map(|link| link.text(&links::RELATION)).collect::<PolarsResult<Vec<_>>>()?;
        let listed = within.iter().filter(|relation| **relation != Some(relation::ASSERTED)).count() as i64;
        let weighed = self.attribution.int(&incident_attribution::CANDIDATES)?.unwrap_or_default();
        Ok(Suspicion {
            suspects,
            others: (weighed - listed).max(0),
            before: self.before()?,
            background: self.attribution.real(&incident_attribution::P_BACKGROUND)?.unwrap_or_default(),
        })
    }

    fn suspect(&self, link: &Record<'_>) -> PolarsResult<Suspect> {
        let deployment = link.text(&links::DEPLOYMENT_ID)?.unwrap_or_default();
        let is_rolled_back = link.text(&links::EVIDENCE)? == Some(evidence::ROLLBACK);
        Ok(Suspect {
            deployment: clean(deployment),
            service: self.deployed_service(deployment)?,
            relation: link.text(&links::RELATION)?.unwrap_or_default().to_owned(),
            lag_seconds: link.real(&links::LAG_SECONDS)?,
            is_rolled_back,
            rolled_back_after: if is_rolled_back { self.rolled_back_after(deployment)? } else { None },
            probability: link.real(&links::PROBABILITY)?.unwrap_or_default(),
        })
    }

    fn deployed_service(&self, deployment: &str) -> PolarsResult<String> {
        let Some(row) = Record::with(self.deployments, &deployments::DEPLOYMENT_ID, deployment)? else { return Ok(MISSING.to_owned()) };
        let resolved = row.text(&deployments::SERVICE_ID)?.map(|service| clean(self.names.service(service)));
        Ok(resolved.or(row.text(&deployments::SERVICE_NAME_RAW)?.map(clean)).unwrap_or_else(|| "an unknown service".to_owned()))
    }

    /// Hours from the incident to the first rollback of the deployment after it.
    fn rolled_back_after(&self, deployment: &str) -> PolarsResult<Option<f64>> {
        let Some(began) = self.attribution.instant(&incident_attribution::CREATED_AT)? else { return Ok(None) };
        let mut first: Option<i64> = None;
        for row in Record::all_with(self.deployments, &deployments::ROLLS_BACK_DEPLOYMENT_ID, deployment)? {
            let ended = row.first_instant(&[&deployments::FINISHED_AT, &deployments::STARTED_AT])?.filter(|ended| *ended > began);
            first = first.into_iter().chain(ended).min();
        }
        Ok(first.map(|ended| (ended - began) as f64 / 3.6e9))
    }

    /// The incident before on the same service, if this one may follow from it.
    fn before(&self) -> PolarsResult<Option<Before>> {
        let probability = self.attribution.real(&incident_attribution::P_FOLLOWUP)?.unwrap_or_default();
        if probability < LEAST_FOLLOW_UP {
            return Ok(None);
        }
        let Some((row, hours)) = self.previous()? else { return Ok(Some(Before { probability, ..Before::default() })) };
        let frame = self.frames.get(&incident_attribution::TABLE);
        let row = Record::at(&frame, row);
        let id = row.text(&incident_attribution::INCIDENT_ID)?.unwrap_or_default();
        let all = self.frames.get(&incidents::TABLE);
        let number = Record::with(&all, &incidents::INCIDENT_ID, id)?.map(|row| row.text(&incidents::NUMBER)).transpose()?.flatten();
        let change = row.real(&incident_attribution::P_CHANGE)?.unwrap_or_default();
        Ok(Some(Before { incident: Some(clean(number.unwrap_or(id))), hours, change, probability }))
    }

    /// Row of the latest incident of the service before this one, and the hours in between.
    fn previous(&self) -> PolarsResult<Option<(usize, f64)>> {
        let Some(began) = self.attribution.instant(&incident_attribution::CREATED_AT)? else { return Ok(None) };
        let own = self.incident.text(&incidents::INCIDENT_ID)?;
        let service = self.attribution.text(&incident_attribution::SERVICE_ID)?;
        let frame = self.frames.get(&incident_attribution::TABLE);
        let (ids, services) = (frame.texts(&incident_attribution::INCIDENT_ID)?, frame.texts(&incident_attribution::SERVICE_ID)?);
        let starts = frame.instants(&incident_attribution::CREATED_AT)?;
        let of_service = (0..frame.height()).filter(|row| services.get(*row) == service && ids.get(*row) != own);
        let earlier = of_service.filter_map(|row| Some((starts.get(row)?, row))).filter(|(start, _)| *start <= began);
        let latest = earlier.max().map(|(start, row)| (row, (began - start) as f64 / 3.6e9));
        Ok(latest.filter(|(_, hours)| *hours <= MODEL_FOLLOW_UP_HOURS))
    }

    /// Deployments of the last day that are not among the likeliest.
    pub(super) fn others(&self) -> PolarsResult<String> {
        let mut linked = BTreeSet::new();
        for link in self.links {
            linked.extend(link.text(&links::DEPLOYMENT_ID)?);
        }
        let mut rows = Vec::new();
        for row in self.considered {
            let deployment = row.text(&candidates::DEPLOYMENT_ID)?.unwrap_or_default();
            if !linked.contains(deployment) {
                rows.push(self.other(row, deployment)?);
            }
        }
        if rows.is_empty() {
            return Ok(String::new());
        }
        Ok(format!("Also before it, less likely:\n{}", aligned(&["deployment", "service", "before", "relation"], &rows)))
    }

    fn other(&self, row: &Record<'_>, deployment: &str) -> PolarsResult<Vec<String>> {
        let service = row.text(&candidates::SERVICE_ID)?.map(|service| clean(self.names.service(service)));
        Ok(vec![
            clean(deployment),
            service.map_or_else(|| self.deployed_service(deployment), Ok)?,
            row.real(&candidates::LAG_SECONDS)?.map_or_else(|| MISSING.to_owned(), |seconds| wording::duration(seconds / 3_600.0)),
            wording::relation_words(row.text(&candidates::RELATION)?.unwrap_or_default()).to_owned(),
        ])
    }
}
