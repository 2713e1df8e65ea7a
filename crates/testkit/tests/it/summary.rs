//! Figures that describe an organisation, in the words of data/reference/simulator.py.

use std::collections::{BTreeMap, BTreeSet};

use sequela_testkit::simulator::{Deployment, Extent, Incident, Kind, Organisation};
use sequela_testkit::world::HOUR;

/// Figures by name.
pub(crate) type Summary = BTreeMap<String, f64>;

pub(crate) fn summary(organisation: &Organisation) -> Summary {
    let mut summary = Summary::new();
    let mut add = |name: &str, value: f64| {
        summary.insert(name.to_owned(), value);
    };
    describe_deployments(organisation, &mut add);
    describe_incidents(organisation, &mut add);
    describe_background(organisation, &mut add);
    describe_places(organisation, &mut add);
    describe_failures(organisation, &mut add);
    describe_repairs(organisation, &mut add);
    describe_catalog(organisation, &mut add);
    summary
}

fn describe_deployments(organisation: &Organisation, add: &mut impl FnMut(&str, f64)) {
    let all = &organisation.deployments;
    let planned: Vec<&Deployment> = all.iter().filter(|row| row.kind == Kind::Deploy).collect();
    let of_kind = |kind| all.iter().filter(|row| row.kind == kind).count() as f64;
    let per_service = per_service(organisation, planned.iter().map(|row| row.service));
    let undone = all.iter().filter_map(|row| Some(row.finished_at - all[row.rolls_back? as usize].finished_at));
    let undone: Vec<f64> = undone.map(hours).collect();
    let count = planned.len() as f64;
    add("planned deployments", count);
    add("fixes to planned deployments", of_kind(Kind::Hotfix) / count);
    add("rollbacks to planned deployments", of_kind(Kind::Rollback) / count);
    add("share of rollbacks with a pointer", undone.len() as f64 / of_kind(Kind::Rollback).max(1.0));
    add("log median hours until rolled back", quantile(&undone, 0.5).max(1e-9).ln());
    add("share of small deployments", share(&planned, |row| row.extent == Extent::Small));
    add("share of large deployments", share(&planned, |row| row.extent == Extent::Large));
    add("share deployed in working hours", share(&planned, |row| working(row.finished_at, 9, 18)));
    add("share deployed with a train", share(&planned, |row| with_train(row.finished_at)));
    add("share of the busiest service", per_service.iter().copied().fold(0.0, f64::max) / count);
    add("median deployments of a service", quantile(&per_service, 0.5));
    let events = planned.iter().map(|row| (row.service, row.finished_at));
    add("weekly dispersion of deployments", dispersion(organisation, events, 168, 50));
}

fn describe_incidents(organisation: &Organisation, add: &mut impl FnMut(&str, f64)) {
    let all = &organisation.incidents;
    let caused: Vec<&Incident> = all.iter().filter(|row| row.cause.is_some()).collect();
    let firsts: Vec<(&Incident, &Deployment)> =
        caused.iter().filter(|row| !row.is_duplicate).map(|row| (*row, &organisation.deployments[row.cause.unwrap() as usize])).collect();
    let lags: Vec<f64> = firsts.iter().map(|(incident, cause)| hours(incident.created_at - cause.finished_at)).collect();
    add("incidents", all.len() as f64);
    add("share caused", share(all, |row| row.cause.is_some()));
    add("share of duplicates", share(all, |row| row.is_duplicate));
    add("share of caused on the deployed service", share(&firsts, |(incident, cause)| incident.service == cause.service));
    add("share of caused found in working hours", share(&firsts, |(incident, _)| working(incident.created_at, 8, 19)));
    add("share of caused found at night", share(&firsts, |(incident, _)| !(8..22).contains(&(incident.created_at / HOUR % 24))));
    add("labelled share of caused", share(&caused, |row| row.is_labelled));
    for level in [10, 25, 50, 75, 90, 99] {
        add(&format!("log lag in hours, quantile {level}"), quantile(&lags, f64::from(level) / 100.0).max(1e-9).ln());
    }
}

fn describe_background(organisation: &Organisation, add: &mut impl FnMut(&str, f64)) {
    let rows: Vec<&Incident> = organisation.incidents.iter().filter(|row| row.cause.is_none()).collect();
    let mut per_service = per_service(organisation, rows.iter().map(|row| row.service));
    let limit = 5.0 * quantile(&per_service, 0.5);
    let is_loud: Vec<bool> = per_service.iter().map(|count| *count > limit).collect();
    per_service.sort_by(|left, right| right.total_cmp(left));
    let noisiest: f64 = per_service[..per_service.len() / 10].iter().sum();
    let mut events: Vec<(u32, i64)> = rows.iter().map(|row| (row.service, row.created_at)).collect();
    events.sort_unstable();
    let loud: Vec<(u32, i64)> = events.iter().filter(|(service, _)| is_loud[*service as usize]).copied().collect();
    add("labelled share of background", share(&rows, |row| row.is_labelled));
    add("share of background on the noisiest tenth", noisiest / rows.len() as f64);
    add("share of background in working hours", share(&rows, |row| working(row.created_at, 8, 19)));
    add("share of background that follows closely", follow_closely(&events));
    add("share of loud services", share(&is_loud, |is_loud| *is_loud));
    add("share of loud background that follows closely", follow_closely(&loud));
    add("four-weekly dispersion of background", dispersion(organisation, events.iter().copied(), 672, 20));
}

/// Where caused incidents are seen.
fn describe_places(organisation: &Organisation, add: &mut impl FnMut(&str, f64)) {
    let near: Vec<BTreeSet<u32>> = organisation.consumers.iter().map(|services| services.iter().copied().collect()).collect();
    let two_hops = |place: usize| -> BTreeSet<u32> {
        let all: BTreeSet<u32> = near[place].iter().flat_map(|between| near[*between as usize].iter().copied()).collect();
        all.into_iter().filter(|service| *service as usize != place && !near[place].contains(service)).collect()
    };
    let far: Vec<BTreeSet<u32>> = (0..near.len()).map(two_hops).collect();
    let place = |row: &Incident| Some((row.service, organisation.deployments[row.cause? as usize].service));
    let places: Vec<(u32, u32)> = organisation.incidents.iter().filter(|row| !row.is_duplicate).filter_map(place).collect();
    let seen_on = |services: &[BTreeSet<u32>]| {
        let possible: Vec<&(u32, u32)> = places.iter().filter(|(_, deployed)| !services[*deployed as usize].is_empty()).collect();
        share(&possible, |(seen, deployed)| services[*deployed as usize].contains(seen))
    };
    let is_related = |(seen, deployed): &(u32, u32)| {
        seen == deployed || near[*deployed as usize].contains(seen) || far[*deployed as usize].contains(seen)
    };
    add("share on a consumer where there is one", seen_on(&near));
    add("share two hops away where there is one", seen_on(&far));
    add("share on an unrelated service", share(&places, |place| !is_related(place)));
}

/// What is deployed because of incidents.
fn describe_repairs(organisation: &Organisation, add: &mut impl FnMut(&str, f64)) {
    let firsts: Vec<&Incident> = organisation.incidents.iter().filter(|row| !row.is_duplicate).collect();
    let caused = firsts.iter().filter(|row| row.cause.is_some()).count();
    let background = organisation.incidents.iter().filter(|row| row.cause.is_none()).count();
    let failed: BTreeSet<u32> = organisation.incidents.iter().filter_map(|row| row.cause).collect();
    let undone: Vec<u32> = organisation.deployments.iter().filter_map(|row| row.rolls_back).collect();
    let culprits = undone.iter().filter(|target| failed.contains(target)).count();
    let fixes = organisation.deployments.iter().filter(|row| row.kind == Kind::Hotfix).count();
    add("recorded rollbacks of culprits to caused", culprits as f64 / caused.max(1) as f64);
    add("recorded rollbacks in vain to background", (undone.len() - culprits) as f64 / background.max(1) as f64);
    add("fixes to incidents", fixes as f64 / firsts.len() as f64);
}

fn describe_failures(organisation: &Organisation, add: &mut impl FnMut(&str, f64)) {
    let mut failed = vec![false; organisation.deployments.len()];
    let caused = organisation.incidents.iter().filter_map(|row| row.cause);
    let count = caused.map(|cause| failed[cause as usize] = true).count();
    let rows: Vec<(&Deployment, bool)> =
        organisation.deployments.iter().zip(failed.iter().copied()).filter(|(row, _)| row.kind != Kind::Rollback).collect();
    let rate = |holds: &dyn Fn(&Deployment) -> bool| {
        let chosen: Vec<&(&Deployment, bool)> = rows.iter().filter(|(row, _)| holds(row)).collect();
        share(&chosen, |(_, has_failed)| *has_failed)
    };
    let of_extent = |extent| rate(&|row| row.kind == Kind::Deploy && row.extent == extent);
    let teams = 0..organisation.settings.teams;
    let of_teams: Vec<f64> = teams.map(|team| rate(&|row| organisation.teams[row.service as usize] == team)).collect();
    add("incidents of a failed deployment", count as f64 / failed.iter().filter(|failed| **failed).count().max(1) as f64);
    add("change failure rate", rate(&|_| true));
    add("failure rate of small deployments", of_extent(Extent::Small));
    add("failure rate of large deployments", of_extent(Extent::Large));
    for level in [10, 50, 90] {
        add(&format!("team failure rate, quantile {level}"), quantile(&of_teams, f64::from(level) / 100.0));
    }
}

fn describe_catalog(organisation: &Organisation, add: &mut impl FnMut(&str, f64)) {
    let mut of_team = vec![0.0; organisation.settings.teams as usize];
    organisation.teams.iter().for_each(|team| of_team[*team as usize] += 1.0);
    let consumers: Vec<usize> = organisation.consumers.iter().map(Vec::len).collect();
    add("dependencies", consumers.iter().sum::<usize>() as f64);
    add("most consumers of a service", *consumers.iter().max().unwrap() as f64);
    add("largest team's share of services", of_team.iter().copied().fold(0.0, f64::max) / organisation.teams.len() as f64);
}

fn hours(micros: i64) -> f64 {
    micros as f64 / HOUR as f64
}

fn share<T>(rows: &[T], holds: impl Fn(&T) -> bool) -> f64 {
    rows.iter().filter(|row| holds(row)).count() as f64 / rows.len().max(1) as f64
}

/// Linear interpolation between order statistics, as NumPy's default; 0 of nothing.
fn quantile(values: &[f64], level: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = level * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// Share of events, sorted by service and time, within two hours after another one on the same service.
fn follow_closely(events: &[(u32, i64)]) -> f64 {
    let close = events.windows(2).filter(|pair| pair[0].0 == pair[1].0 && pair[1].1 - pair[0].1 <= 2 * HOUR).count();
    close as f64 / events.len().max(1) as f64
}

/// Between two hours of a weekday.
fn working(at: i64, first: i64, last: i64) -> bool {
    let hour = at.div_euclid(HOUR).rem_euclid(168);
    hour < 120 && (first..last).contains(&(hour % 24))
}

fn with_train(at: i64) -> bool {
    let day = at.div_euclid(24 * HOUR).rem_euclid(7);
    (1..=3).contains(&day) && (14 * HOUR..14 * HOUR + HOUR / 2).contains(&at.rem_euclid(24 * HOUR))
}

fn per_service(organisation: &Organisation, services: impl Iterator<Item = u32>) -> Vec<f64> {
    let mut counts = vec![0.0; organisation.teams.len()];
    services.for_each(|service| counts[service as usize] += 1.0);
    counts
}

/// Mean over services with enough events: variance over mean of their counts by block of hours, up to the last block with an event.
fn dispersion(organisation: &Organisation, events: impl Iterator<Item = (u32, i64)>, block: i64, fewest: usize) -> f64 {
    let mut of_service: Vec<Vec<usize>> = vec![Vec::new(); organisation.teams.len()];
    events.for_each(|(service, at)| of_service[service as usize].push((at / (block * HOUR)) as usize));
    let ratios: Vec<f64> = of_service.iter().filter(|blocks| blocks.len() >= fewest).map(|blocks| variance_to_mean(blocks)).collect();
    ratios.iter().sum::<f64>() / ratios.len().max(1) as f64
}

fn variance_to_mean(blocks: &[usize]) -> f64 {
    let mut counts = vec![0.0; blocks.iter().max().unwrap() + 1];
    blocks.iter().for_each(|block| counts[*block] += 1.0);
    let mean = blocks.len() as f64 / counts.len() as f64;
    counts.iter().map(|count: &f64| (count - mean).powi(2)).sum::<f64>() / counts.len() as f64 / mean
}
