//! What every figure means, how this run computed it and when it misleads. The texts are those of the schema.

use sequela_schema::metric::{METRICS, Metric, peer};
use sequela_schema::vocabulary::period;

use super::Source;
use super::inputs::filled_by;
use super::parts::Head;
use crate::figures::Figure;
use crate::wording;

/// One figure explained.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) label: &'static str,
    pub(super) metric: &'static str,
    pub(super) definition: &'static str,
    pub(super) method: String,
    pub(super) caution: &'static str,
    /// Which export fills it, where it is missing.
    pub(super) missing: String,
}

/// The section.
#[derive(Debug)]
pub(super) struct Definitions {
    pub(super) head: Head,
    pub(super) entries: Vec<Definition>,
    /// The model in plain sentences; empty where links follow records and rules.
    pub(super) model: Vec<&'static str>,
    /// Where the method is written down.
    pub(super) method: &'static str,
    pub(super) is_sequela: bool,
    pub(super) preset: String,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Definitions {
    let head = Head {
        id: "definitions",
        title: "Definitions and notes".to_owned(),
        finding: "What each figure means, how it is computed, and when it misleads.".to_owned(),
        meta: format!("Definition {}: {}", source.context.definition, source.context.definition_sentence),
        rows: vec!["metrics"],
    };
    let preset = source.context.definition.clone();
    let of_peer = peer::METRICS.iter().filter(|metric| stated(source, metric).is_some());
    let entries = METRICS.iter().chain(of_peer).map(|metric| definition(source, metric)).collect();
    let model = if source.honesty.is_model() { wording::MODEL.to_vec() } else { Vec::new() };
    Definitions { head, entries, model, method: wording::METHOD, is_sequela: preset == "sequela", preset }
}

/// The figure whose method stands for all: of the whole range, else of the last month.
fn stated<'a>(source: &Source<'a>, metric: &Metric) -> Option<&'a Figure> {
    source.figures.overall(metric).or_else(|| source.figures.series(period::MONTH, metric).values().next_back())
}

fn definition(source: &Source<'_>, metric: &'static Metric) -> Definition {
    let stated = stated(source, metric);
    Definition {
        label: metric.title,
        metric: metric.name,
        definition: metric.doc,
        method: stated.map(|figure| figure.method.trim().to_owned()).unwrap_or_default(),
        caution: metric.caution,
        missing: if stated.is_none() { format!("Not in this run; filled by {}.", filled_by(metric)) } else { String::new() },
    }
}
