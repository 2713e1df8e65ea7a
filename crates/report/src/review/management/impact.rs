//! Release impact: what followed each deployment, by the hours that it cost.

use std::collections::HashMap;

use polars::prelude::*;
use sequela_schema::Values;
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::{links, release_impact as t};
use sequela_schema::vocabulary::evidence;

use super::super::Source;
use super::super::candidates::number;
use super::super::cases::Case;
use super::super::incidents::hours;
use super::super::json;
use super::super::parts::{Bar, Block, Cell, Grid, Head, Line, Section, is_web};
use super::super::strip::{ratio, ratio_axis};
use super::{View, not_given};
use crate::ReportError;
use crate::record::Record;
use crate::wording::{self, MISSING};

/// Rows shown at once.
const SHOWN: usize = 8;
/// Rows held for those who ask.
const HELD: usize = 300;
/// Incidents with a line of their own, at most.
const LINES: usize = 3;
/// Less than this share is not worth a line.
const LEAST: f64 = 0.05;
/// Incidents before and after from which a ratio is said in numbers.
const FEW: i64 = 5;
const NOTE: &str = "Rates are those of the touched services, in the 28 days before and from the start until 7 days after the end. Their ratio is an \
                    association: incidents after a deployment need not come from it. Where a service is deployed often, the times of its \
                    deployments overlap and share their incidents; and after a bad week a better one is likely whatever was deployed. Back to \
                    the earlier level: the first time from which 24 hours bring no more incidents than the earlier rate explains.";

/// A row of the table, as far as order and sentences need it.
#[derive(Clone, Copy)]
struct Impact<'a> {
    row: usize,
    record: Record<'a>,
    lost: f64,
}

/// Deployments and releases that cost anything, most hours first; a deployment of a release stands in the row of the release.
fn listed<'a>(frame: &'a DataFrame, is_withheld: bool) -> PolarsResult<Vec<Impact<'a>>> {
    let lost = frame.reals(if is_withheld { &t::ASSERTED_HOURS } else { &t::HOURS_LOST })?;
    let (groups, ids) = (frame.texts(&t::RELEASE_GROUP_ID)?, frame.texts(&t::SCOPE_ID)?);
    let alone = (0..frame.height()).filter(|row| groups.get(*row).is_none());
    let of = |row: usize| Impact { row, record: Record::at(frame, row), lost: lost.get(row).unwrap_or_default() };
    let mut listed: Vec<Impact<'_>> = alone.map(of).filter(|impact| impact.lost >= 0.05).collect();
    listed.sort_by(|left, right| right.lost.total_cmp(&left.lost).then_with(|| ids.get(left.row).cmp(&ids.get(right.row))));
    Ok(listed)
}

/// Deployments of the table.
fn deployments_of(frame: &DataFrame) -> PolarsResult<i64> {
    Ok(frame.texts(&t::SCOPE)?.iter().filter(|scope| *scope == Some("deployment")).count() as i64)
}

/// `120 deployments`, `118 deployments and releases`: those that can be listed.
fn subjects(frame: &DataFrame) -> PolarsResult<String> {
    let alone = frame.texts(&t::RELEASE_GROUP_ID)?.null_count() as i64;
    let is_release = alone != deployments_of(frame)?;
    Ok(if is_release { format!("{} deployments and releases", wording::thousands(alone)) } else { wording::plural(alone, "deployment") })
}

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    let frame = view.frames.get(&t::TABLE);
    if frame.height() == 0 {
        return Ok(match view.frames.height(&deployments::TABLE) {
            0 => not_given("A deployment export"),
            _ => "No deployment of the range counts: none to production that worked.".to_owned(),
        });
    }
    if view.frames.height(&incidents::TABLE) == 0 {
        return Ok("Nothing can have followed the deployments: an incident export fills this section.".to_owned());
    }
    let (listed, all) = (listed(&frame, view.is_withheld)?, subjects(&frame)?);
    let total: f64 = listed.iter().map(|impact| impact.lost).sum();
    let Some(first) = listed.first() else {
        return Ok(match view.is_withheld {
            true => format!("No record and no rollback shows that one of {all} caused an incident; timing alone tells nothing here."),
            false => format!("None of {all} is held to have cost any time."),
        });
    };
    let open = if first.record.is(&t::IS_OPEN)? { ", still open" } else { "" };
    let most = format!("{} ({}{open})", first.record.text(&t::SCOPE_ID)?.unwrap_or_default(), hours(first.lost));
    if view.is_withheld {
        return Ok(format!("Records and rollbacks show {} lost after {} of {all}, most after {most}.", hours(total), listed.len()));
    }
    let sums = listed.iter().scan(0.0, |sum, impact| Some(std::mem::replace(sum, *sum + impact.lost)));
    let needed = sums.take_while(|before| *before < total / 2.0).count();
    let verb = if needed == 1 { "holds" } else { "hold" };
    Ok(format!("{needed} of {all} {verb} half of the {} lost to change; {most} most.", hours(total)))
}

/// What to decide: a review of the deployment that cost most.
pub(super) fn decision(view: &View<'_>) -> PolarsResult<Option<(String, String, &'static str)>> {
    let frame = view.frames.get(&t::TABLE);
    let listed = listed(&frame, view.is_withheld)?;
    let Some(first) = listed.first() else { return Ok(None) };
    let service = first.record.text(&t::SERVICE_ID)?.map_or_else(String::new, |service| format!(" of {}", view.names.service(service)));
    let subject = format!("Review {}{service}", first.record.text(&t::SCOPE_ID)?.unwrap_or_default());
    Ok(Some((subject, format!(" after its implementation: {} lost, the most of all.", hours(first.lost)), "impact")))
}

/// The section.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let view = source.view();
    let frame = source.frames.get(&t::TABLE);
    let head = Head {
        id: "impact",
        title: "Release impact".to_owned(),
        finding: finding(&view)?,
        meta: format!(
            "{} · {} · {} intervals (exact) · association, not effect",
            wording::range_words(source.context.from, source.context.to, source.context.timezone),
            wording::plural(deployments_of(&frame)?, "deployment"),
            source.context.level_words()
        ),
        rows: vec!["release_impact"],
    };
    let listed = listed(&frame, view.is_withheld)?;
    if listed.is_empty() {
        return Ok(Section { head, blocks: Vec::new() });
    }
    let mut blocks = vec![Block::Grid(grid(source, &listed)?), Block::Note(NOTE.to_owned()), Block::Note(steady_words(&frame)?)];
    if view.is_withheld {
        blocks
            .insert(0, Block::Note(format!("{} Only what records and rollbacks show is listed.", wording::silence_words(source.honesty))));
    }
    Ok(Section { head, blocks })
}

/// How many left their earlier level, beside how many would by chance.
fn steady_words(frame: &DataFrame) -> PolarsResult<String> {
    let (states, scopes) = (frame.texts(&t::STEADY_STATE)?, frame.texts(&t::SCOPE)?);
    let rows = states.iter().zip(scopes.iter()).filter(|(_, scope)| *scope == Some("deployment"));
    let (mut judged, mut left) = (0, 0);
    for (state, _) in rows {
        judged += i64::from(state != Some("too few to say"));
        left += i64::from(matches!(state, Some("reached" | "not reached")));
    }
    Ok(match judged {
        0 => format!(
            "No deployment has {FEW} incidents on its services in the 28 days before: too few to say when a level is reached again."
        ),
        _ => format!(
            "Of {} with {FEW} or more incidents before, {} left the earlier level within 24 hours; by chance at most 1 in 100 would, if incidents did not \
             come in bursts.",
            wording::plural(judged, "deployment"),
            wording::thousands(left)
        ),
    })
}

fn grid(source: &Source<'_>, listed: &[Impact<'_>]) -> PolarsResult<Grid> {
    let heads = [
        "Deployment or release",
        "Service, team",
        "Put down to it#",
        "Chance it failed#",
        "Restored after#",
        "Hours lost#",
        "Incidents, likeliest first",
        "Rate after ÷ before#",
        "Interval; dashed: same",
        "Back to earlier level",
    ];
    let mut grid = Grid::new("Deployments and releases, most hours lost first", &heads).keyed("impact", 5, "descending");
    grid.class = "impact";
    grid.head[8].svg = ratio_axis();
    let held = &listed[..listed.len().min(HELD)];
    let linked = Linked::read(source, held)?;
    let lines = held.iter().map(|impact| line(source, impact, &linked)).collect::<PolarsResult<Vec<_>>>()?;
    if listed.len() > SHOWN {
        grid.hidden = json::rows(&lines[SHOWN..]);
        grid.rest =
            format!("Showing {SHOWN} of {} deployments and releases, those that cost most.", wording::thousands(listed.len() as i64));
    }
    grid.rows = lines.into_iter().take(SHOWN).collect();
    Ok(grid)
}

fn line(source: &Source<'_>, impact: &Impact<'_>, linked: &Linked<'_>) -> PolarsResult<Line> {
    let record = &impact.record;
    let service = record.text(&t::SERVICE_ID)?.map_or("", |id| source.names.service(id));
    let team = record.text(&t::TEAM_ID)?.map_or("", |id| source.names.team(id));
    let is_withheld = source.honesty.is_withheld();
    let caused = match is_withheld {
        true => wording::thousands(record.int(&t::ASSERTED_INCIDENTS)?.unwrap_or_default()),
        false => wording::expected(record.real(&t::EXPECTED_INCIDENTS)?.unwrap_or_default()),
    };
    let worst = record.int(&t::WORST_SEVERITY)?.map_or_else(String::new, |worst| format!("worst S{worst}"));
    let failed = record.real(&t::P_FAILED)?.filter(|_| !is_withheld);
    let cells = vec![
        name(source, record)?,
        Cell::of(if service.is_empty() { MISSING } else { service })
            .with_remark(beside(team, record.int(&t::SERVICES)?.unwrap_or_default())),
        Cell::of(caused).with_remark(worst),
        failed.map_or_else(|| Cell::of(MISSING), |failed| Cell::of(wording::probability(failed)).sorted(failed)),
        restored(record)?,
        Cell::of(hours(impact.lost)).sorted((impact.lost * 1e4).round() / 1e4),
        Cell { bars: linked.bars(source, record)?, ..Cell::default() },
        ratio_cell(record)?,
        Cell::drawn(drawn(record)?),
        steady(record)?,
    ];
    Ok(Line { cells, team: team.to_owned(), service: service.to_owned(), ..Line::default() })
}

fn beside(team: &str, services: i64) -> String {
    let more = if services > 1 { format!("and {} more", wording::plural(services - 1, "service")) } else { String::new() };
    [more.as_str(), team].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn name(source: &Source<'_>, record: &Record<'_>) -> PolarsResult<Cell> {
    let id = record.text(&t::SCOPE_ID)?.unwrap_or_default();
    let at = record.instant(&t::FINISHED_AT)?;
    let end = at.map(|at| wording::instant_words(at, source.context.timezone)).unwrap_or_default();
    let hint = at.map(|at| wording::iso_words(at, source.context.timezone)).unwrap_or_default();
    let number = record.int(&t::DEPLOYMENTS)?.unwrap_or_default();
    let deployed = source.cases.deployment(id).filter(|_| number == 1);
    let url = deployed.as_ref().map_or(Ok(None), |deployed| deployed.text(&deployments::URL))?;
    let kind = deployed.as_ref().map_or(Ok(None), |deployed| deployed.text(&deployments::KIND))?.filter(|kind| *kind != "deploy");
    let what = if number > 1 {
        format!("release of {}", wording::plural(number, "deployment"))
    } else {
        kind.unwrap_or_default().replace('_', " ")
    };
    let remark = [what, end].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    Ok(Cell::of(id).with_remark(remark).with_link(url).with_hint(hint))
}

fn restored(record: &Record<'_>) -> PolarsResult<Cell> {
    Ok(match (record.real(&t::RESTORE_HOURS)?, record.is(&t::IS_OPEN)?) {
        (_, true) => Cell::of("open").sorted(f64::MAX),
        (Some(hours), false) => Cell::of(wording::duration(hours)).sorted((hours * 1e4).round() / 1e4),
        (None, false) => Cell::of(MISSING).sorted(-1.0),
    })
}

/// The ratio with its interval, or the counts where they are few.
fn ratio_cell(record: &Record<'_>) -> PolarsResult<Cell> {
    let count = |column| Ok::<_, PolarsError>(record.int(column)?.unwrap_or_default());
    let (after, before) = (count(&t::INCIDENTS_AFTER)?, count(&t::INCIDENTS_BEFORE)?);
    let counts = format!("{} after, {} before", wording::thousands(after), wording::thousands(before));
    let (value, lower, upper) = (record.real(&t::RATE_RATIO)?, record.real(&t::RATE_RATIO_LOWER)?, record.real(&t::RATE_RATIO_UPPER)?);
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    Ok(match (value, lower, upper) {
        (_, None, _) => Cell::of(MISSING).sorted(-1.0),
        _ if after + before < FEW => Cell::of("too few to say").with_remark(counts).sorted(-1.0),
        (Some(value), Some(lower), Some(upper)) => {
            Cell::of(times(value)).with_remark(format!("{}–{}; {counts}", times(lower), times(upper))).sorted(rounded(value))
        }
        (_, Some(lower), _) => Cell::of(format!("at least {}", times(lower))).with_remark(counts).sorted(rounded(lower)),
    })
}

/// A ratio: `0.57`, `3.2`, `1,355`.
fn times(ratio: f64) -> String {
    if ratio < 0.995 { format!("{ratio:.2}") } else { wording::expected(ratio) }
}

fn drawn(record: &Record<'_>) -> PolarsResult<String> {
    let number = |column| Ok::<_, PolarsError>(record.int(column)?.unwrap_or_default());
    let is_few = number(&t::INCIDENTS_AFTER)? + number(&t::INCIDENTS_BEFORE)? < FEW;
    let Some(lower) = record.real(&t::RATE_RATIO_LOWER)?.filter(|_| !is_few) else { return Ok(String::new()) };
    Ok(ratio(record.real(&t::RATE_RATIO)?, lower, record.real(&t::RATE_RATIO_UPPER)?))
}

fn steady(record: &Record<'_>) -> PolarsResult<Cell> {
    let after = record.real(&t::STEADY_AFTER_HOURS)?;
    let words = match record.text(&t::STEADY_STATE)?.unwrap_or_default() {
        "reached" => after.map_or_else(|| MISSING.to_owned(), |hours| format!("after {}", wording::duration(hours))),
        "never left" => "never left it".to_owned(),
        "not reached" => "not reached".to_owned(),
        _ => "too few to say".to_owned(),
    };
    let others = record.int(&t::OTHER_DEPLOYMENTS_AFTER)?.unwrap_or_default();
    let remark = if others > 0 { format!("{} deployed too", wording::plural(others, "other")) } else { String::new() };
    Ok(Cell::of(words).with_remark(remark).sorted(after.map_or(-1.0, |hours| (hours * 1e4).round() / 1e4)))
}

/// Incidents linked to the deployments that are listed.
struct Linked<'a> {
    /// Rows of `links` by deployment or release.
    rows: HashMap<String, Vec<usize>>,
    cases: HashMap<&'a str, &'a Case>,
}

impl<'a> Linked<'a> {
    fn read(source: &Source<'a>, listed: &[Impact<'_>]) -> PolarsResult<Self> {
        let frame = source.frames.get(&t::TABLE);
        let (ids, groups) = (frame.texts(&t::SCOPE_ID)?, frame.texts(&t::RELEASE_GROUP_ID)?);
        let mut wanted: HashMap<&str, String> = HashMap::new();
        let releases: Vec<&str> = listed.iter().filter_map(|impact| ids.get(impact.row)).collect();
        let shown: std::collections::HashSet<&str> = releases.into_iter().collect();
        for (id, group) in ids.iter().zip(groups.iter()) {
            let row = group.or(id).filter(|row| shown.contains(row));
            if let (Some(id), Some(row)) = (id, row) {
                wanted.insert(id, row.to_owned());
            }
        }
        let mut rows: HashMap<String, Vec<usize>> = HashMap::new();
        let named = source.cases.links.texts(&links::DEPLOYMENT_ID)?;
        for (row, id) in named.iter().enumerate() {
            if let Some(wanted) = id.and_then(|id| wanted.get(id)) {
                rows.entry(wanted.clone()).or_default().push(row);
            }
        }
        Ok(Self { rows, cases: source.cases.all.iter().map(|case| (case.id.as_str(), case)).collect() })
    }

    /// Incidents of a deployment or release with the probability that it caused them, likeliest first; the rest in one line.
    fn bars(&self, source: &Source<'_>, record: &Record<'_>) -> PolarsResult<Vec<Bar>> {
        let frame = &source.cases.links;
        let (ids, held, kinds) = (frame.texts(&links::INCIDENT_ID)?, frame.reals(&links::PROBABILITY)?, frame.texts(&links::EVIDENCE)?);
        let mut shares: Vec<(&str, f64, bool)> = Vec::new();
        for row in self.rows.get(record.text(&t::SCOPE_ID)?.unwrap_or_default()).into_iter().flatten() {
            let (Some(id), share) = (ids.get(*row), held.get(*row).unwrap_or_default()) else { continue };
            let kind = kinds.get(*row).unwrap_or_default();
            if source.honesty.is_withheld() && !matches!(kind, evidence::ASSERTED | evidence::ROLLBACK) {
                continue;
            }
            match shares.iter_mut().find(|known| known.0 == id) {
                Some(known) => known.1 = (known.1 + share).min(1.0),
                None => shares.push((id, share, kind == evidence::RULE)),
            }
        }
        shares.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(right.0)));
        let end = record.instant(&t::FINISHED_AT)?;
        let shown = shares.iter().take(LINES).take_while(|share| share.1 >= LEAST);
        let mut bars = shown.map(|share| self.bar(source, share, end)).collect::<PolarsResult<Vec<_>>>()?;
        let rest = &shares[bars.len()..];
        let expected: f64 = rest.iter().map(|share| share.1).sum();
        if expected >= LEAST {
            let words = format!("{}, {} expected", wording::plural(rest.len() as i64, "other incident"), wording::expected(expected));
            bars.push(Bar { words, is_change: true, ..Bar::default() });
        }
        Ok(bars)
    }

    fn bar(&self, source: &Source<'_>, (id, share, is_rule): &(&str, f64, bool), end: Option<i64>) -> PolarsResult<Bar> {
        let percent = (share * 100.0).round() as i64;
        let words = if *is_rule { "rule".to_owned() } else { wording::probability(*share) };
        let bar = Bar { percent, share: words, is_change: true, is_rule: *is_rule, id: (*id).to_owned(), ..Bar::default() };
        let Some(case) = self.cases.get(id) else { return Ok(bar) };
        let incident = Record::at(&source.cases.incidents, case.incident);
        let severity = incident.int(&incidents::SEVERITY)?.map(|severity| format!("S{severity}"));
        let lag = case.began.zip(end).map(|(began, end)| (began - end) as f64 / 3.6e9);
        let lag = lag.map(|lag| if lag < 0.0 { "before its end".to_owned() } else { format!("{} later", wording::duration(lag)) });
        let href = incident.text(&incidents::URL)?.filter(|url| is_web(url)).unwrap_or_default().to_owned();
        let words = [severity, lag].into_iter().flatten().collect::<Vec<_>>().join(", ");
        Ok(Bar { id: number(&incident)?.to_owned(), href, words, ..bar })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_below_one_have_two_decimals() {
        assert_eq!([0.0257, 0.9951, 3.181, 12.04, 1_354.7].map(times), ["0.03", "1.0", "3.2", "12.0", "1,355"]);
    }
}
