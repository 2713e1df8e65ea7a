//! What may have caused an incident: bars that add up to 100 %, and why the first stands first.

use polars::prelude::PolarsResult;
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::links;
use sequela_schema::vocabulary::{evidence, relation};

use super::Source;
use super::cases::{Case, Cases};
use super::parts::Bar;
use crate::record::Record;
use crate::wording;

/// Deployments with a line of their own, at most.
const SHOWN: usize = 3;
/// Less than this share is not worth a line.
const LEAST: f64 = 0.05;
/// Lines from which a deployment is called large.
const LARGE: i64 = 1_000;

/// A line before its percentage is rounded.
struct Line {
    share: f64,
    bar: Bar,
}

/// The lines of an incident, likeliest deployments first; their percentages add up to 100.
pub(super) fn bars(source: &Source<'_>, case: &Case) -> PolarsResult<Vec<Bar>> {
    let mut lines = Vec::new();
    for row in case.links.iter().take(SHOWN) {
        let link = Record::at(&source.cases.links, *row);
        let share = link.real(&links::PROBABILITY)?.unwrap_or_default();
        if share < LEAST {
            break;
        }
        let evidence = link.text(&links::EVIDENCE)?.unwrap_or_default();
        let (href, words) = deployment(source, link.text(&links::DEPLOYMENT_ID)?.unwrap_or_default())?;
        let is_rule = evidence == evidence::RULE;
        lines.push(Line { share, bar: Bar { is_rule, href, is_change: true, words: words.1, id: words.0, ..Bar::default() } });
    }
    rest(case, &mut lines);
    round(&mut lines);
    Ok(lines.into_iter().map(|line| line.bar).collect())
}

/// What the shown deployments do not hold: the incident before, other deployments, coincidence.
fn rest(case: &Case, lines: &mut Vec<Line>) {
    let shown: f64 = lines.iter().map(|line| line.share).sum();
    let left = (case.change - shown).max(0.0);
    let follow_up = case.follow_up.min(left);
    let number = case.candidates - lines.len() as i64;
    let others = left - follow_up;
    let mut add = |share: f64, is_change, words: String| {
        if share >= 0.005 {
            lines.push(Line { share, bar: Bar { is_change, words, ..Bar::default() } });
        }
    };
    add(follow_up, true, "through the incident before on its service".to_owned());
    add(
        others,
        true,
        if number > 1 { format!("{} together", wording::plural(number, "other deployment")) } else { "another deployment".to_owned() },
    );
    add(1.0 - shown.max(case.change), false, "not a deployment".to_owned());
}

/// Whole percentages by largest remainder; a line that rounds to all or nothing says over 99 % or under 1 %.
fn round(lines: &mut [Line]) {
    let total: f64 = lines.iter().map(|line| line.share).sum();
    let scaled: Vec<f64> = lines.iter().map(|line| if total > 0.0 { line.share / total * 100.0 } else { 0.0 }).collect();
    let mut whole: Vec<i64> = scaled.iter().map(|share| share.floor() as i64).collect();
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|left, right| scaled[*right].fract().total_cmp(&scaled[*left].fract()).then(left.cmp(right)));
    let missing = (100 - whole.iter().sum::<i64>()).clamp(0, lines.len() as i64) as usize;
    for position in order.into_iter().take(missing) {
        whole[position] += 1;
    }
    for (line, percent) in lines.iter_mut().zip(whole) {
        line.bar.percent = percent;
        line.bar.share = match percent {
            _ if line.bar.is_rule => "rule".to_owned(),
            100 if line.share < 1.0 => "over 99\u{202f}%".to_owned(),
            0 => "under 1\u{202f}%".to_owned(),
            percent => format!("{percent}\u{202f}%"),
        };
    }
}

/// Address, identifier and what stands after it.
fn deployment(source: &Source<'_>, id: &str) -> PolarsResult<(String, (String, String))> {
    let Some(record) = source.cases.deployment(id) else { return Ok((String::new(), (id.to_owned(), String::new()))) };
    let service = record.text(&deployments::SERVICE_ID)?.map(|service| source.names.service(service));
    let service = service.or(record.text(&deployments::SERVICE_NAME_RAW)?).unwrap_or_default();
    let at = record.instant(&deployments::FINISHED_AT)?.map(|at| wording::short_instant(at, source.context.timezone));
    let href = record.text(&deployments::URL)?.filter(|url| super::parts::is_web(url)).unwrap_or_default();
    let words = [service, at.as_deref().unwrap_or_default()].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ");
    Ok((href.to_owned(), (id.to_owned(), words)))
}

/// Lag, relation, rollback, size and number of candidates of the first.
pub(super) fn why(cases: &Cases, case: &Case) -> PolarsResult<String> {
    let Some(link) = case.links.first().map(|row| Record::at(&cases.links, *row)) else {
        return Ok(if case.follow_up > 0.0 {
            format!("it follows from the incident before on its service ({})", wording::probability(case.follow_up))
        } else {
            "a record names a change that is not among the deployments".to_owned()
        });
    };
    let id = link.text(&links::DEPLOYMENT_ID)?.unwrap_or_default();
    let mut parts = vec![after(&link)?];
    let kind = link.text(&links::RELATION)?.unwrap_or_default();
    if kind != relation::ASSERTED {
        parts.push(wording::relation_words(kind).to_owned());
    }
    let evidence = link.text(&links::EVIDENCE)?.unwrap_or_default();
    parts.extend(because(cases, case, id, evidence));
    if is_large(cases, id)? {
        parts.push("large change (over 1,000 lines)".to_owned());
    }
    if case.candidates > 0 {
        parts.push(wording::plural(case.candidates, "candidate"));
    }
    Ok(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "))
}

fn after(link: &Record<'_>) -> PolarsResult<String> {
    Ok(match link.real(&links::LAG_SECONDS)? {
        None => String::new(),
        Some(lag) if lag < 0.0 => format!("{} before its end", wording::duration(-lag / 3_600.0)),
        Some(lag) => format!("{} after it", wording::duration(lag / 3_600.0)),
    })
}

fn because(cases: &Cases, case: &Case, id: &str, evidence: &str) -> Option<String> {
    match evidence {
        evidence::ASSERTED => Some("the record names it as the cause".to_owned()),
        evidence::RULE => Some(wording::evidence_words(evidence::RULE).to_owned()),
        evidence::ROLLBACK => {
            let later = cases.undone(id).zip(case.began).map(|(end, began)| (end - began) as f64 / 3.6e9).filter(|hours| *hours >= 0.0);
            Some(later.map_or_else(
                || "rolled back after the incident began".to_owned(),
                |hours| format!("rolled back {} later", wording::duration(hours)),
            ))
        }
        _ => None,
    }
}

fn is_large(cases: &Cases, id: &str) -> PolarsResult<bool> {
    let Some(record) = cases.deployment(id) else { return Ok(false) };
    let halves = [record.int(&deployments::LINES_ADDED)?, record.int(&deployments::LINES_DELETED)?];
    let lines = record.int(&deployments::LINES_CHANGED)?.unwrap_or_else(|| halves.into_iter().flatten().sum());
    Ok(lines > LARGE)
}

/// Number or identifier of an incident, as people know it.
pub(super) fn number<'a>(incident: &Record<'a>) -> PolarsResult<&'a str> {
    Ok(incident.first_text(&[&incidents::NUMBER, &incidents::INCIDENT_ID])?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(shares: &[f64]) -> Vec<String> {
        let mut lines: Vec<Line> = shares.iter().map(|share| Line { share: *share, bar: Bar::default() }).collect();
        round(&mut lines);
        assert_eq!(lines.iter().map(|line| line.bar.percent).sum::<i64>(), 100);
        lines.into_iter().map(|line| line.bar.share.replace('\u{202f}', " ")).collect()
    }

    /// Largest remainders by hand: 33.4, 33.3, 33.3 leave one point for the first; 0.4 of 99.6 leaves it for the second.
    #[test]
    fn percentages_add_up_to_one_hundred() {
        assert_eq!(rounded(&[0.334, 0.333, 0.333]), ["34 %", "33 %", "33 %"]);
        assert_eq!(rounded(&[0.004, 0.996]), ["under 1 %", "over 99 %"]);
        assert_eq!(rounded(&[1.0]), ["100 %"]);
    }
}
