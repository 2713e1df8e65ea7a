//! The head of the page: whose review, which period, which definition, what it rests on.

use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::result::links;
use sequela_schema::vocabulary::evidence;

use super::Source;
use crate::figures::month_start;
use crate::wording::{self, MISSING};

/// Words of the head and the foot.
#[derive(Debug)]
pub(super) struct Masthead {
    pub(super) organisation: String,
    pub(super) title: String,
    pub(super) period: String,
    pub(super) definition: String,
    pub(super) definition_sentence: String,
    /// Said where links follow a rule.
    pub(super) warning: String,
    pub(super) rests_on: String,
    /// The same in a few words, and the definition: every section says it.
    pub(super) basis: String,
    /// How far the model is to be believed; empty where links follow records and rules.
    pub(super) check: String,
    /// Whether the model may not judge on these data.
    pub(super) is_withheld: bool,
    pub(super) foot: String,
}

/// Fills the head in.
pub(super) fn masthead(source: &Source<'_>) -> PolarsResult<Masthead> {
    let context = source.context;
    let title = match source.month {
        Some(month) => format!("Service review, {}", wording::month_words(month_start(month.start))),
        None if source.siblings.len() > 1 => "Service review, whole period".to_owned(),
        None => "Service review".to_owned(),
    };
    Ok(Masthead {
        organisation: context.organisation.clone(),
        title,
        period: period(source),
        definition: context.definition.clone(),
        definition_sentence: context.definition_sentence.clone(),
        warning: if is_rule(source)? {
            "A rule links the nearest deployment; it cannot say coincidence.".to_owned()
        } else {
            String::new()
        },
        rests_on: rests_on(source),
        basis: basis(source),
        check: wording::check_words(source.honesty),
        is_withheld: source.honesty.is_withheld(),
        foot: format!(
            "Sequela {} · data to {} ({})",
            context.version,
            wording::instant_words(context.as_of, context.timezone),
            context.timezone
        ),
    })
}

fn period(source: &Source<'_>) -> String {
    let context = source.context;
    let range = format!("Data from {}, {}.", wording::range_words(context.from, context.to, context.timezone), context.timezone);
    let Some(month) = source.month else { return range };
    let name = wording::month_words(month_start(month.start));
    let month_words = if month.is_full { name } else { format!("{name}, which the data do not cover in full") };
    match month.earlier.len() {
        0 => format!("{month_words}. There is no earlier full month to compare with. {range}"),
        1 => format!("{month_words}, compared with the full month before. {range}"),
        number => format!("{month_words}, compared with the {number} full months before. {range}"),
    }
}

fn rests_on(source: &Source<'_>) -> String {
    let overview = source.overview;
    if overview.deployments == 0 && overview.incidents == 0 {
        return "No deployment and no incident was read.".to_owned();
    }
    let known = |share: Option<f64>| share.map_or_else(|| MISSING.to_owned(), wording::share);
    let known_words = if source.names.service_count() == 0 { "name a service; no catalog was given" } else { "are on a known service" };
    format!(
        "{} and {}; {} and {} of them {known_words}.",
        wording::plural(overview.deployments, "deployment"),
        wording::plural(overview.incidents, "incident"),
        known(overview.deployments_known),
        known(overview.incidents_known)
    )
}

/// Definition, unresolved services, uncertain clocks: of the whole range, like the tables.
fn basis(source: &Source<'_>) -> String {
    let overview = source.overview;
    let unknown = |share: Option<f64>| share.map_or_else(|| MISSING.to_owned(), |known| wording::share(1.0 - known));
    let services = match source.names.service_count() {
        0 => "no catalog".to_owned(),
        _ => format!(
            "{} of deployments and {} of incidents on no known service",
            unknown(overview.deployments_known),
            unknown(overview.incidents_known)
        ),
    };
    let clocks = match overview.uncertain_clocks {
        Some(share) if share > 0.0 => format!("{} of times uncertain", wording::share(share)),
        _ => "clocks certain".to_owned(),
    };
    format!("definition {} · {services}, {clocks}", source.context.definition)
}

fn is_rule(source: &Source<'_>) -> PolarsResult<bool> {
    let frame = source.frames.get(&links::TABLE);
    Ok(frame.texts(&links::EVIDENCE)?.iter().any(|found| found == Some(evidence::RULE)))
}
