//! Failures and lead time by approval path: the table `approval_paths`.

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::result::approval_paths as t;
use sequela_schema::{Frames, TableBuilder};
use sequela_stats::multiple::benjamini_hochberg;
use sequela_stats::stratified::{RiskRatio, Stratum, mantel_haenszel};
use sequela_stats::{Estimate, Level, proportion, sample};

use crate::carried::{Carried, FALSE_DISCOVERIES, FEWEST, Size};
use crate::records::is_withheld;

const PRE_APPROVED: &str = "pre_approved";
const NO_RECORD: &str = "none";
const UNKNOWN: &str = "unknown";

/// Changes that are alike: tier of the service and size of the change, each unknown to be a kind of its own.
type Kind = (Option<i64>, Size);

/// Changes of one path.
#[derive(Debug, Default)]
struct Path {
    /// Expected failures and changes by kind.
    kinds: BTreeMap<Kind, (f64, f64)>,
    not_compared: i64,
    lead_hours: Vec<f64>,
    /// Large changes, and those of known size.
    large: (i64, i64),
}

impl Path {
    fn add(&mut self, change: &Carried, p_failed: Option<f64>) {
        self.lead_hours.extend(change.lead_hours);
        if change.size != Size::Unknown {
            self.large.0 += i64::from(change.size == Size::Large);
            self.large.1 += 1;
        }
        let Some(p_failed) = p_failed else {
            self.not_compared += 1;
            return;
        };
        let kind = self.kinds.entry((change.tier, change.size)).or_default();
        kind.0 += p_failed;
        kind.1 += 1.0;
    }

    /// Expected failures and changes.
    fn all(&self) -> (f64, f64) {
        self.kinds.values().fold((0.0, 0.0), |sum, kind| (sum.0 + kind.0, sum.1 + kind.1))
    }

    /// Too few changes to say anything.
    fn is_few(&self) -> bool {
        self.all().1 < FEWEST as f64
    }
}

/// One path beside the one that it is compared with.
struct Compared {
    crude: RiskRatio,
    adjusted: RiskRatio,
    /// Whether both together have enough changes and failures to say anything.
    is_enough: bool,
}

impl Compared {
    fn new(path: &Path, reference: &Path) -> Self {
        let is_few = path.is_few() || reference.is_few();
        let stratum = |exposed, reference| Stratum { exposed, reference };
        let nothing = (0.0, 0.0);
        let of_kind = |(kind, exposed): (&Kind, &(f64, f64))| stratum(*exposed, reference.kinds.get(kind).copied().unwrap_or(nothing));
        let alike: Vec<Stratum> = path.kinds.iter().map(of_kind).collect();
        let ratio = |strata: &[Stratum]| mantel_haenszel(if is_few { &[] } else { strata }, Level::default());
        let failures = path.all().0 + reference.all().0;
        Self {
            crude: ratio(&[stratum(path.all(), reference.all())]),
            adjusted: ratio(&alike),
            is_enough: !is_few && failures >= FEWEST as f64,
        }
    }

    fn p_value(&self) -> Option<f64> {
        self.adjusted.p_value.filter(|_| self.is_enough)
    }

    fn finding(&self, q: Option<f64>) -> &'static str {
        match (q, self.adjusted.estimate.value) {
            (Some(q), Some(ratio)) if q <= FALSE_DISCOVERIES && ratio > 1.0 => "more failures",
            (Some(q), Some(_)) if q <= FALSE_DISCOVERIES => "fewer failures",
            (Some(_), Some(_)) => "not shown",
            _ => "too few to say",
        }
    }
}

/// The table; empty without change records, unless deployments tell how they were approved.
pub(crate) fn table(frames: &Frames, carried: &[Carried]) -> PolarsResult<TableBuilder> {
    let paths = paths(carried);
    let reference = reference(&paths).map(ToOwned::to_owned);
    Ok(rows(&paths, reference.as_deref(), is_withheld(frames)?))
}

/// Changes by path, all on one footing: by the incidents of their deployments, since a deployment without a record has nothing else; closure
/// codes alone where no record has a deployment, and then deployments are left out, since it is the matching that failed.
fn paths(all: &[Carried]) -> BTreeMap<String, Path> {
    let is_matched = all.iter().any(|change| change.kind.is_some() && change.p_incident.is_some());
    let is_recorded = all.iter().any(|change| change.kind.is_some());
    let mut paths: BTreeMap<String, Path> = BTreeMap::new();
    for change in all {
        if is_matched || !is_recorded {
            paths.entry(change.path.clone()).or_default().add(change, change.p_incident);
        } else if change.kind.is_some() {
            paths.entry(change.path.clone()).or_default().add(change, change.p_failed);
        }
    }
    paths
}

/// The path that others are compared with: pre-approved, else the one with most changes; never one with too few, nor deployments that were
/// not approved or of which nobody knows.
fn reference(paths: &BTreeMap<String, Path>) -> Option<&str> {
    let known = || paths.iter().filter(|(name, path)| ![UNKNOWN, NO_RECORD].contains(&name.as_str()) && !path.is_few());
    let pre_approved = known().find(|(name, _)| name.as_str() == PRE_APPROVED);
    // Ties to the first in the order of names.
    let largest = || known().rev().max_by(|left, right| left.1.all().1.total_cmp(&right.1.all().1));
    pre_approved.or_else(largest).map(|(name, _)| name.as_str())
}

fn rows(paths: &BTreeMap<String, Path>, reference: Option<&str>, is_withheld: bool) -> TableBuilder {
    let other = |name: &str| reference.filter(|reference| *reference != name).map(|reference| &paths[reference]);
    let compared: Vec<Option<Compared>> =
        paths.iter().map(|(name, path)| other(name).map(|reference| Compared::new(path, reference))).collect();
    let p_values: Vec<f64> = compared.iter().map(|one| one.as_ref().and_then(Compared::p_value).unwrap_or(f64::NAN)).collect();
    let adjusted = benjamini_hochberg(&p_values);
    let mut table = TableBuilder::new(&t::TABLE);
    for ((name, path), (compared, q)) in paths.iter().zip(compared.iter().zip(adjusted)) {
        let q = Some(q).filter(|q| !q.is_nan());
        let finding = match compared {
            _ if is_withheld => "not judged",
            Some(compared) => compared.finding(q),
            None if reference.is_some() => "compared with",
            None => "too few to say",
        };
        row(&mut table, (name, path), compared.as_ref().zip(reference), other(name), (q, finding));
    }
    table
}

fn row(
    table: &mut TableBuilder,
    (name, path): (&str, &Path),
    compared: Option<(&Compared, &str)>,
    other: Option<&Path>,
    (q, finding): (Option<f64>, &str),
) {
    let level = Level::default();
    let (failures, changes) = path.all();
    let rate = proportion::jeffreys(failures, changes, level);
    let lead = sample::median_interval(&path.lead_hours, level);
    let added = other.and_then(|other| added(&lead, &sample::median_interval(&other.lead_hours, level)));
    let large = (path.large.1 > 0).then(|| path.large.0 as f64 / path.large.1 as f64);
    // A ratio without an interval is a number that nobody could judge.
    let ratio = |of: fn(&Compared) -> Estimate| compared.map(|(compared, _)| of(compared)).filter(Estimate::is_bounded);
    let (crude, adjusted) = (ratio(|one| one.crude.estimate), ratio(|one| one.adjusted.estimate));
    let end = |estimate: Option<Estimate>, of: fn(&Estimate) -> Option<f64>| estimate.as_ref().and_then(of);
    table
        .row()
        .text(&t::PATH, name)
        .int(&t::CHANGES, changes as i64)
        .int(&t::NOT_COMPARED, path.not_compared)
        .real_opt(&t::LARGE_SHARE, large)
        .real(&t::FAILURES, failures)
        .real_opt(&t::FAILURE_RATE, rate.value)
        .real_opt(&t::LOWER, rate.lower)
        .real_opt(&t::UPPER, rate.upper)
        .real_opt(&t::LEAD_MEDIAN_HOURS, lead.value)
        .real_opt(&t::LEAD_LOWER, lead.lower)
        .real_opt(&t::LEAD_UPPER, lead.upper)
        .int(&t::LEAD_N, path.lead_hours.len() as i64)
        .real_opt(&t::ADDED_HOURS, end(added, |added| added.value))
        .real_opt(&t::ADDED_LOWER, end(added, |added| added.lower))
        .real_opt(&t::ADDED_UPPER, end(added, |added| added.upper))
        .text_opt(&t::COMPARED_WITH, compared.map(|(_, reference)| reference))
        .real_opt(&t::CRUDE_RATIO, end(crude, |crude| crude.value))
        .real_opt(&t::CRUDE_LOWER, end(crude, |crude| crude.lower))
        .real_opt(&t::CRUDE_UPPER, end(crude, |crude| crude.upper))
        .real_opt(&t::RATIO, end(adjusted, |adjusted| adjusted.value))
        .real_opt(&t::RATIO_LOWER, end(adjusted, |adjusted| adjusted.lower))
        .real_opt(&t::RATIO_UPPER, end(adjusted, |adjusted| adjusted.upper))
        .int(&t::STRATA, compared.map_or(0, |(compared, _)| compared.adjusted.strata as i64))
        .real_opt(&t::Q, q)
        .text(&t::FINDING, finding);
}

/// Hours that a path adds. The ends of both intervals together are further apart than those of an interval of the difference.
fn added(lead: &Estimate, other: &Estimate) -> Option<Estimate> {
    let value = lead.value? - other.value?;
    let less = |left: Option<f64>, right: Option<f64>| Some(left? - right?);
    Some(Estimate { value: Some(value), lower: less(lead.lower, other.upper), upper: less(lead.upper, other.lower), ..*lead })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(path: &str, number: usize, failed: usize, size: Size) -> Vec<Carried> {
        let of = |at: usize| Carried {
            path: path.to_owned(),
            size,
            kind: Some("normal".to_owned()),
            p_failed: Some(1.0),
            p_incident: Some(if at < failed { 1.0 } else { 0.0 }),
            lead_hours: Some(at as f64),
            ..Carried::default()
        };
        (0..number).map(of).collect()
    }

    fn paths(all: &[Vec<Carried>]) -> BTreeMap<String, Path> {
        super::paths(&all.concat())
    }

    /// By hand: pre-approved wins however few it has, from five on; without it the largest; the unknown and the unrecorded never; ties go by name.
    #[test]
    fn others_are_compared_with_the_pre_approved_or_the_largest() {
        let small = |path, number| changes(path, number, 0, Size::Small);
        assert_eq!(reference(&paths(&[small("pre_approved", 5), small("cab", 900)])), Some("pre_approved"));
        assert_eq!(reference(&paths(&[small("pre_approved", 4), small("cab", 9), small("peer", 9)])), Some("cab"));
        assert_eq!(reference(&paths(&[small("unknown", 900), small("none", 900), small("peer", 9)])), Some("peer"));
        assert_eq!(reference(&paths(&[small("unknown", 900), small("peer", 4)])), None);
    }

    /// By hand: 10 of 120 against 5 of 130, all of it because large changes (1 in 5 fails, of small ones 1 in 40) go to the board.
    #[test]
    fn a_difference_in_size_is_no_difference_in_path() {
        let all = [
            changes("cab", 40, 8, Size::Large),
            changes("cab", 80, 2, Size::Small),
            changes("pre_approved", 10, 2, Size::Large),
            changes("pre_approved", 120, 3, Size::Small),
        ];
        let paths = paths(&all);
        let compared = Compared::new(&paths["cab"], &paths["pre_approved"]);
        assert!((compared.crude.estimate.value.unwrap() - (10.0 / 120.0) / (5.0 / 130.0)).abs() < 1e-12);
        assert!((compared.adjusted.estimate.value.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!((compared.adjusted.strata, compared.finding(compared.p_value())), (2, "not shown"));
    }

    /// Closed as unsuccessful without an incident counts as little as for a deployment that has no record to close.
    #[test]
    fn records_and_deployments_without_one_are_judged_alike() {
        let recorded = Carried { kind: Some("normal".to_owned()), p_failed: Some(1.0), path: "cab".to_owned(), ..Carried::default() };
        let matched = Carried { p_incident: Some(0.25), ..recorded.clone() };
        let alone = Carried { path: "none".to_owned(), p_failed: Some(0.5), p_incident: Some(0.5), ..Carried::default() };
        let both = super::paths(&[recorded.clone(), matched, alone.clone()]);
        assert_eq!((both["cab"].all(), both["cab"].not_compared, both["none"].all()), ((0.25, 1.0), 1, (0.5, 1.0)));
        let unmatched = super::paths(&[recorded, alone]);
        assert_eq!((unmatched["cab"].all(), unmatched.len()), ((1.0, 1.0), 1));
    }

    #[test]
    fn few_changes_or_failures_say_nothing() {
        let nothing = paths(&[changes("cab", 400, 2, Size::Small), changes("pre_approved", 400, 2, Size::Small)]);
        let compared = Compared::new(&nothing["cab"], &nothing["pre_approved"]);
        assert_eq!(compared.finding(compared.p_value()), "too few to say");
    }

    /// An organisation by chance: large changes fail five times as often and go to the board, and whether a failure is known is known badly. The
    /// board's changes fail `times` as often as others of their size.
    fn organisation(seed: u64, times: f64) -> BTreeMap<String, Path> {
        let uniform = |stream: u64, at: u64| sequela_stats::rng::uniform(sequela_stats::rng::stream(seed, stream, at));
        let groups = [("pre_approved", 900, 100, 1.0), ("peer", 500, 200, 1.0), ("cab", 150, 350, times), ("ecab", 90, 40, 1.0)];
        let one = |(number, (path, size, rate)): (u64, (&str, Size, f64))| {
            let p = if uniform(1, number) < rate { 0.6 + 0.4 * uniform(2, number) } else { 0.02 * uniform(3, number) };
            Carried { path: path.to_owned(), size, kind: Some("normal".to_owned()), p_incident: Some(p), ..Carried::default() }
        };
        let all = groups.iter().flat_map(|(path, small, large, times)| {
            let small = std::iter::repeat_n((*path, Size::Small, 0.02 * times), *small);
            small.chain(std::iter::repeat_n((*path, Size::Large, 0.1 * times), *large))
        });
        super::paths(&(0_u64..).zip(all).map(one).collect::<Vec<_>>())
    }

    fn called(paths: &BTreeMap<String, Path>) -> Vec<(&str, &'static str)> {
        let reference = &paths["pre_approved"];
        let compared: Vec<(&str, Compared)> = paths
            .iter()
            .filter(|(name, _)| *name != "pre_approved")
            .map(|(name, path)| (name.as_str(), Compared::new(path, reference)))
            .collect();
        let q = benjamini_hochberg(&compared.iter().map(|(_, one)| one.p_value().unwrap_or(f64::NAN)).collect::<Vec<_>>());
        compared.iter().zip(q).map(|((name, one), q)| (*name, one.finding(Some(q).filter(|q| !q.is_nan())))).collect()
    }

    /// By the false discovery rate of 0.1 about two of twenty organisations without any effect call a path different. Where the board's changes
    /// fail 2.5 times as often, most organisations of this size can tell.
    #[test]
    fn a_board_that_does_not_matter_is_rarely_called_different_and_one_that_does_is_found() {
        let is_found = |name: &str, paths: &BTreeMap<String, Path>| called(paths).contains(&(name, "more failures"));
        let is_any = |paths: &BTreeMap<String, Path>| called(paths).iter().any(|(_, finding)| *finding != "not shown");
        let false_alarms = (0..20).filter(|seed| is_any(&organisation(*seed, 1.0))).count();
        let found = (0..20).filter(|seed| is_found("cab", &organisation(100 + seed, 2.5))).count();
        assert!(false_alarms <= 4, "{false_alarms} of 20");
        assert!(found >= 15, "{found} of 20");
    }
}
