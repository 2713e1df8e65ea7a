//! What each step adds to each figure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sequela_schema::TableBuilder;
use sequela_schema::result::reconciliation as out;
use sequela_schema::vocabulary::{period, scope};

use super::Step;
use super::records::Difference;
use super::stage::{Compared, Key, Stage, Value};
use crate::calendar::{days, month_start};

/// Differences below this are those of adding floating-point numbers.
const NOTHING: f64 = 1e-12;

/// Figures that both ends form.
pub(crate) fn shared(stages: &[Stage]) -> BTreeSet<Compared> {
    let of = |stage: Option<&Stage>| stage.iter().flat_map(|stage| stage.figures.keys()).map(|key| key.metric).collect::<BTreeSet<_>>();
    of(stages.first()).intersection(&of(stages.last())).copied().collect()
}

/// Records by figure, step, team (none for the organisation) and month (none for the whole range).
type Counts = HashMap<(Compared, usize, Option<String>, Option<i32>), usize>;

pub(crate) fn table(stages: &[Stage], steps: &[Step], differences: &[Difference], shared: &BTreeSet<Compared>) -> TableBuilder {
    let mut builder = TableBuilder::new(&out::TABLE);
    let counts = counts(differences);
    let (Some(first), Some(last)) = (stages.first(), stages.last()) else { return builder };
    for (key, ours) in &first.figures {
        let theirs = last.figures.get(key).copied().unwrap_or_default();
        if ours.value.is_none() && theirs.value.is_none() {
            continue;
        }
        if shared.contains(&key.metric) {
            figure(&mut builder, Figure { key, ours: *ours, theirs: theirs.value }, stages, steps, &counts);
        }
    }
    builder
}

struct Figure<'a> {
    key: &'a Key,
    ours: Value,
    theirs: Option<f64>,
}

fn figure(builder: &mut TableBuilder, figure: Figure<'_>, stages: &[Stage], steps: &[Step], counts: &Counts) {
    let values: Vec<Option<f64>> = stages.iter().map(|stage| stage.figures.get(figure.key).and_then(|value| value.value)).collect();
    let known = figure.ours.value.is_some() && figure.theirs.is_some();
    let mut reached = figure.ours.value;
    let mut written = 0;
    for (position, step) in steps.iter().enumerate() {
        let next = values[position + 1].or(reached);
        let difference = next.zip(reached).map(|(next, reached)| next - reached).filter(|_| known);
        let records = counted(counts, figure.key, position);
        let moves = difference.is_some_and(|difference| difference.abs() > NOTHING) || (!known && values[position + 1] != values[position]);
        if moves || records > 0 {
            let mut row = builder.row();
            head(&mut row, &figure).int(&out::STEP, position as i64 + 1).text(&out::REASON, step.reason).text(&out::WORDS, &step.words);
            row.real_opt(&out::DIFFERENCE, difference).real_opt(&out::AFTER, values[position + 1]).int(&out::RECORDS, records as i64);
            written += 1;
        }
        reached = next;
    }
    if written == 0 {
        let mut row = builder.row();
        head(&mut row, &figure).int(&out::STEP, 0).text(&out::REASON, "none").text(&out::WORDS, "both give the same figure");
        row.real_opt(&out::DIFFERENCE, known.then_some(0.0)).real_opt(&out::AFTER, figure.theirs).int(&out::RECORDS, 0);
    }
}

fn head<'a, 'b>(row: &'a mut sequela_schema::RowWriter<'b>, figure: &Figure<'_>) -> &'a mut sequela_schema::RowWriter<'b> {
    row.text(&out::SCOPE, &figure.key.scope)
        .text(&out::SCOPE_ID, &figure.key.scope_id)
        .text(&out::PERIOD, &figure.key.period)
        .date(&out::PERIOD_START, figure.key.start)
        .text(&out::METRIC, figure.key.metric.0)
        .text(&out::UNIT, figure.key.metric.1)
        .real_opt(&out::OURS, figure.ours.value)
        .real_opt(&out::OURS_LOWER, figure.ours.lower)
        .real_opt(&out::OURS_UPPER, figure.ours.upper)
        .real_opt(&out::THEIRS, figure.theirs)
}

/// Each record once per scope and period that it touches.
fn counts(differences: &[Difference]) -> Counts {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for item in differences {
        let mut touched = BTreeSet::from([(None, None)]);
        for (team, month) in &item.places {
            let start = days(month_start(*month));
            touched.extend([(None, Some(start)), (team.clone(), None), (team.clone(), Some(start))]);
        }
        for (team, start) in touched {
            *counts.entry((item.metric, item.step, team, start)).or_default() += 1;
        }
    }
    counts.into_iter().collect()
}

fn counted(counts: &Counts, key: &Key, step: usize) -> usize {
    let team = (key.scope == scope::TEAM).then(|| key.scope_id.clone());
    let start = (key.period == period::MONTH).then_some(key.start);
    counts.get(&(key.metric, step, team, start)).copied().unwrap_or(0)
}
