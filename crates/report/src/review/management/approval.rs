//! Change approval: the table `approval_paths`.

use polars::prelude::PolarsResult;
use sequela_schema::canonical::changes;
use sequela_schema::result::approval_paths;

use super::super::Source;
use super::super::parts::{Block, Cell, Chip, Grid, Head, Line, Picture, Section};
use super::{View, not_given};
use crate::ReportError;
use crate::approval::{Path, alike, path_words, paths};
use crate::wording::{self, Change, MISSING};

const NOT_AN_EFFECT: &str = "An association, not an effect.";

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    let paths = paths(view.frames)?;
    let records = view.frames.height(&changes::TABLE) as i64;
    if paths.is_empty() {
        return Ok(match records {
            0 => not_given("A change export with type and approval"),
            number => format!("None of {} was carried out in the range.", wording::plural(number, "change record")),
        });
    }
    if view.is_withheld {
        return Ok("Failures are not compared: the attribution model may not judge on these data.".to_owned());
    }
    let alike = alike(view.frames, &paths)?;
    Ok(subject(&paths).map_or_else(|| too_few(&paths), |path| sentence(path, alike)))
}

/// The path that is spoken of: the clearest finding, else the board, else the largest that has a ratio. Deployments without a record are
/// spoken of last: which teams keep records at all is another question than how changes are approved.
fn subject(paths: &[Path]) -> Option<&Path> {
    let judged = || paths.iter().filter(|path| matches!(path.finding.as_str(), "more failures" | "fewer failures" | "not shown"));
    let is_way = |path: &&Path| !matches!(path.key.as_str(), "none" | "unknown");
    let found = judged().filter(is_way).filter(|path| path.finding != "not shown");
    let clearest = found.min_by(|left, right| left.q.unwrap_or(1.0).total_cmp(&right.q.unwrap_or(1.0)));
    let board = || judged().find(|path| path.key == "cab");
    let largest = || judged().max_by_key(|path| (is_way(path), path.changes));
    clearest.or_else(board).or_else(largest)
}

fn sentence(path: &Path, alike: &str) -> String {
    let whose = of_path(&path.key);
    let other = path.compared_with.as_deref().map(of_path).unwrap_or_default();
    let among =
        if alike.is_empty() { "not adjusted, as neither size nor tier is given".to_owned() } else { format!("of the same {alike}") };
    match path.finding.as_str() {
        "not shown" => format!(
            "{whose} fail {} times as often as {}; {among} {} times. {NOT_AN_EFFECT}",
            path.crude.value.map_or_else(|| MISSING.to_owned(), wording::ratio),
            wording::lower_first(&other),
            path.adjusted.words()
        ),
        _ => {
            format!("{whose} fail {} times as often as {} {among}. {NOT_AN_EFFECT}", path.adjusted.words(), wording::lower_first(&other))
        }
    }
}

/// Changes of that path, for the beginning of a sentence.
fn of_path(key: &str) -> String {
    match key {
        "pre_approved" => "Pre-approved changes".to_owned(),
        "peer" => "Peer-reviewed changes".to_owned(),
        "cab" => "CAB changes".to_owned(),
        "ecab" => "Emergency changes".to_owned(),
        "automated" => "Automatically approved changes".to_owned(),
        "none" => "Deployments without a record".to_owned(),
        "unknown" => "Changes of unknown approval".to_owned(),
        other => format!("Changes by {other}"),
    }
}

fn too_few(paths: &[Path]) -> String {
    let number = |is: fn(&Path) -> bool| paths.iter().filter(|path| is(path)).map(|path| path.changes).sum::<i64>();
    let (all, unknown) = (number(|_| true), number(|path| path.key == "unknown"));
    let ways = paths.iter().filter(|path| path.key != "unknown" && path.changes > 0).count();
    let changes = wording::plural(all, "change");
    match (ways, unknown) {
        _ if all == 0 => "Nothing tells how any change went: an incident export or closure codes would.".to_owned(),
        (0, _) => format!("No record tells how any of {changes} was approved."),
        (1, 0) => format!("All of {changes} went one way, so there is nothing to compare."),
        (1, unknown) => {
            format!("How {} of {changes} were approved is not known, so there is nothing to compare.", wording::thousands(unknown))
        }
        (ways, _) => format!("{changes} by {ways} approval paths: too few failures or changes to compare them."),
    }
}

/// The section.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let view = source.view();
    let paths = paths(view.frames)?;
    let changes: i64 = paths.iter().map(|path| path.changes).sum();
    let meta = format!(
        "{} · {} · {} intervals · of differences that are found at most one in ten is expected to be false",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        wording::plural(changes, "change"),
        source.context.level_words()
    );
    let head = Head {
        id: "approval",
        title: "Change approval".to_owned(),
        finding: finding(&view)?,
        meta: if paths.is_empty() { "Not in this review".to_owned() } else { meta },
        rows: if paths.is_empty() { Vec::new() } else { vec![approval_paths::TABLE.name, changes::TABLE.name] },
    };
    if paths.is_empty() {
        return Ok(Section { head, blocks: Vec::new() });
    }
    let alike = alike(view.frames, &paths)?;
    let mut blocks = vec![Block::Grid(grid(&paths, alike, view.is_withheld)), Block::Note(added_note(&paths))];
    if !view.is_withheld {
        blocks.push(Block::Pictures(vec![Picture::of(&source.charts.approval, source.context)?]));
        blocks.push(Block::Note(ratio_note(&paths, alike)));
    }
    Ok(Section { head, blocks })
}

fn grid(paths: &[Path], alike: &str, is_withheld: bool) -> Grid {
    let adjusted = if alike.is_empty() { "Ratio, not adjusted#".to_owned() } else { format!("Ratio, same {alike}#") };
    let heads = [
        "Approval path",
        "Changes#",
        "Large#",
        "Lead time, median#",
        "Added#",
        "Failed (expected)#",
        "Failure rate#",
        "Interval#",
        "Ratio, crude#",
        &adjusted,
        "Interval of the ratio#",
        "In words",
    ];
    let mut grid = Grid::new("Failures and lead time by approval path", &heads).keyed("approval", 0, "");
    grid.rows = paths.iter().map(|path| line(path, is_withheld)).collect();
    grid
}

fn line(path: &Path, is_withheld: bool) -> Line {
    let shown = |words: String| Cell::of(if is_withheld { MISSING.to_owned() } else { words });
    let ratio = |value: Option<f64>| shown(value.map_or_else(|| MISSING.to_owned(), wording::ratio)).sorted(value.unwrap_or(-1.0));
    let hours = |value: Option<f64>| Cell::of(value.map_or_else(|| MISSING.to_owned(), wording::duration)).sorted(value.unwrap_or(-1.0));
    Line::from(vec![
        Cell::of(path.name()),
        Cell::of(wording::thousands(path.changes)).sorted(path.changes as f64),
        Cell::of(path.large_share.map_or_else(|| MISSING.to_owned(), wording::share)).sorted(path.large_share.unwrap_or(-1.0)),
        hours(path.lead.value).with_remark(remark(wording::interval(&path.lead))),
        hours(path.added.value).with_remark(remark(wording::interval(&path.added))),
        shown(wording::expected(path.failures)).sorted(path.failures),
        shown(wording::figure(&path.rate)).sorted(path.rate.value.unwrap_or(-1.0)),
        shown(wording::interval(&path.rate)),
        ratio(path.crude.value).with_remark(if is_withheld { String::new() } else { remark(interval(path.crude.lower, path.crude.upper)) }),
        ratio(path.adjusted.value),
        shown(interval(path.adjusted.lower, path.adjusted.upper)),
        Cell::verdict(chip(path)),
    ])
}

fn interval(lower: Option<f64>, upper: Option<f64>) -> String {
    wording::ratio_interval(lower, upper)
}

fn remark(words: String) -> String {
    if words == MISSING { String::new() } else { words }
}

fn chip(path: &Path) -> Chip {
    match path.finding.as_str() {
        "more failures" => Chip::saying(Change::Higher, "More failures"),
        "fewer failures" => Chip::saying(Change::Lower, "Fewer failures"),
        "not shown" => Chip::saying(Change::Unclear, "Cannot be told apart"),
        "compared with" => Chip::saying(Change::Unclear, "Others are compared with it"),
        "not judged" => Chip::saying(Change::NotGiven, "Not judged"),
        _ => Chip::saying(Change::TooFew, "Too few to say"),
    }
}

/// What boards cost in time; this rests on the records' times alone.
fn added_note(paths: &[Path]) -> String {
    let compared = paths.iter().find_map(|path| path.compared_with.as_deref()).map(path_words).unwrap_or_default();
    let one = |path: &Path| {
        let hours = path.added.value.filter(|_| path.key == "cab" || path.key == "peer")?;
        let (more, hours) = if hours < 0.0 { ("less", -hours) } else { ("more", hours) };
        Some(format!(
            "{} takes {} {more} from the record to the start of work than {} ({}), median of {}.",
            path.name(),
            wording::duration(hours),
            wording::lower_first(compared),
            wording::interval(&path.added),
            wording::plural(path.lead.n, "change")
        ))
    };
    let told: Vec<String> = paths.iter().filter_map(one).collect();
    if told.is_empty() { "Lead time: from the record's creation to the start of work.".to_owned() } else { told.join(" ") }
}

fn ratio_note(paths: &[Path], alike: &str) -> String {
    let strata = paths.iter().map(|path| path.strata).max().unwrap_or_default();
    let within = match alike {
        "" => "without strata, because neither service tier nor lines changed are given".to_owned(),
        alike => format!("within up to {} of {alike}", wording::plural(strata, "stratum").replace("stratums", "strata")),
    };
    format!(
        "Ratio: failure rate beside that of the path compared with (Mantel–Haenszel, {within}); 1 means no difference, and where several paths are compared an \
         interval that leaves it out is not yet a finding. A failure is an incident put down \
         to a deployment of the change, whatever its record says, since deployments without a record have none (closure codes count where no record has a \
         deployment or no incident was given); where failures cannot be put down to one \
         change, ratios are drawn towards 1. Whoever sends risky changes to a board makes the \
         board look risky; teams that keep records may differ from those that do not."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approval::Ratio;
    use crate::figures::{Figure, Unit};

    fn path(key: &str, finding: &str, crude: f64, adjusted: (f64, f64, f64)) -> Path {
        let figure = |unit| Figure { unit, n: 100, value: None, lower: None, upper: None, method: String::new(), note: None };
        Path {
            key: key.to_owned(),
            changes: 100,
            failures: 5.0,
            rate: figure(Unit::Ratio),
            large_share: Some(0.2),
            lead: figure(Unit::Hours),
            added: figure(Unit::Hours),
            crude: Ratio { value: Some(crude), lower: None, upper: None },
            adjusted: Ratio { value: Some(adjusted.0), lower: Some(adjusted.1), upper: Some(adjusted.2) },
            strata: 4,
            compared_with: Some("pre_approved".to_owned()),
            q: Some(if finding == "not shown" { 0.6 } else { 0.01 }),
            finding: finding.to_owned(),
        }
    }

    /// The words of the design for the CAB, with the path that it is compared with.
    #[test]
    fn an_association_is_said_with_both_ratios() {
        let cab = path("cab", "not shown", 2.0, (1.05, 0.84, 1.33));
        assert_eq!(
            sentence(&cab, "size and tier"),
            "CAB changes fail 2.00 times as often as pre-approved changes; of the same size and tier 1.05 (0.84–1.33) times. An association, not an \
             effect."
        );
        let more = path("ecab", "more failures", 3.0, (2.5, 1.5, 4.2));
        assert_eq!(
            sentence(&more, "tier"),
            "Emergency changes fail 2.50 (1.50–4.20) times as often as pre-approved changes of the same tier. An association, not an effect."
        );
        assert!(sentence(&cab, "").contains("not adjusted, as neither size nor tier is given"));
    }

    #[test]
    fn what_is_spoken_of_is_the_clearest_way_of_approval() {
        let cab = || path("cab", "not shown", 2.0, (1.05, 0.84, 1.33));
        let peer = || path("peer", "fewer failures", 0.5, (0.5, 0.3, 0.8));
        let none = || path("none", "fewer failures", 0.5, (0.5, 0.3, 0.8));
        let key = |paths: &[Path]| subject(paths).map(|path| path.key.clone());
        assert_eq!(key(&[peer(), cab()]).as_deref(), Some("peer"));
        assert_eq!(key(&[cab(), none()]).as_deref(), Some("cab"));
        assert_eq!(key(&[none()]).as_deref(), Some("none"));
        let few = path("cab", "too few to say", 1.0, (1.0, 0.1, 9.0));
        assert_eq!(key(std::slice::from_ref(&few)), None);
        let reference = path("pre_approved", "compared with", 1.0, (1.0, 1.0, 1.0));
        let unknown = path("unknown", "too few to say", 1.0, (1.0, 0.1, 9.0));
        assert_eq!(
            too_few(&[few.clone(), unknown.clone()]),
            "How 100 of 200 changes were approved is not known, so there is nothing to compare."
        );
        assert_eq!(too_few(&[unknown]), "No record tells how any of 100 changes was approved.");
        assert_eq!(too_few(&[few, reference]), "200 changes by 2 approval paths: too few failures or changes to compare them.");
    }
}
