//! What a definition says of the incidents whose cause it was not told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::PolarsResult;
use sequela_schema::definition::{Attribution, Definition};
use sequela_schema::result::{candidates, deployment_outcomes, incident_attribution, links};
use sequela_schema::{Column, Frames, Table, Values};

use super::{Labels, Pass};

/// Deployments named first, of which one should be the cause.
pub const FIRST: usize = 5;

/// What a definition says, gathered over all passes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// By incident.
    pub(super) incidents: BTreeMap<String, Answer>,
    /// Probability that a deployment failed; of the last pass.
    pub(super) failed: HashMap<String, f64>,
}

/// What a definition says of one incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    /// Probability that a change caused it.
    pub(super) p_change: f64,
    /// Deployments from the likeliest on, at most [`FIRST`].
    pub(super) ranked: Vec<String>,
}

impl Answer {
    fn add(&mut self, deployment: &str) {
        if self.ranked.len() < FIRST && !self.ranked.iter().any(|ranked| ranked == deployment) {
            self.ranked.push(deployment.to_owned());
        }
    }
}

impl Answers {
    /// Adds what correlated frames say of the incidents that were scored in a pass.
    ///
    /// The order of deployments is that of `links`; a rule, which links one, goes on with `candidates`.
    pub fn add(&mut self, found: &Frames, definition: &Definition, labels: &Labels, pass: Pass) -> PolarsResult<()> {
        let held = labels.held(pass);
        let frame = found.get(&incident_attribution::TABLE);
        let (ids, tops) = (frame.texts(&incident_attribution::INCIDENT_ID)?, frame.texts(&incident_attribution::TOP_DEPLOYMENT_ID)?);
        let probabilities = frame.reals(&incident_attribution::P_CHANGE)?;
        for row in 0..frame.height() {
            let Some(id) = ids.get(row).filter(|id| held.contains(id)) else { continue };
            let answer = self.incidents.entry(id.to_owned()).or_default();
            answer.p_change = probabilities.get(row).unwrap_or_default();
            tops.get(row).into_iter().for_each(|top| answer.add(top));
        }
        self.rank(found, &links::TABLE, [links::INCIDENT_ID, links::RANK, links::DEPLOYMENT_ID], &held)?;
        if definition.attribution != Attribution::Model {
            let columns = [candidates::INCIDENT_ID, candidates::POSITION, candidates::DEPLOYMENT_ID];
            self.rank(found, &candidates::TABLE, columns, &held)?;
        }
        self.read_outcomes(found)
    }

    /// Appends the deployments of a table in the order of their places.
    fn rank(&mut self, found: &Frames, table: &'static Table, columns: [Column; 3], held: &BTreeSet<&str>) -> PolarsResult<()> {
        let frame = found.get(table);
        let [incident, place, deployment] = &columns;
        let (incidents, places, deployments) = (frame.texts(incident)?, frame.ints(place)?, frame.texts(deployment)?);
        let mut rows: Vec<usize> = (0..frame.height()).filter(|row| incidents.get(*row).is_some_and(|id| held.contains(id))).collect();
        rows.sort_by_key(|row| places.get(*row));
        for row in rows {
            if let (Some(id), Some(deployment)) = (incidents.get(row), deployments.get(row)) {
                self.incidents.entry(id.to_owned()).or_default().add(deployment);
            }
        }
        Ok(())
    }

    fn read_outcomes(&mut self, found: &Frames) -> PolarsResult<()> {
        let frame = found.get(&deployment_outcomes::TABLE);
        let (ids, failed) = (frame.texts(&deployment_outcomes::DEPLOYMENT_ID)?, frame.reals(&deployment_outcomes::P_FAILED)?);
        let one = |row: usize| Some((ids.get(row)?.to_owned(), failed.get(row).unwrap_or_default()));
        self.failed = (0..frame.height()).filter_map(one).collect();
        Ok(())
    }
}
