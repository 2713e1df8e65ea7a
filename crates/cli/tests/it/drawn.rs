//! The numbers behind the charts of the review, formed anew from the tables in the plainest way.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use sequela_schema::canonical::teams;
use sequela_schema::result::{
    deployment_outcomes, deployment_units, incident_attribution, incident_units, links, metrics, team_comparison,
};
use sequela_schema::{Column, Values};

use crate::truth::Expected::{self, Ends, Number, Text, Words};
use crate::truth::{Row, Truth, count};

/// Hours from start to restored or to the extract, whether restored, and the probability of a change; each incident once.
type Observed = (f64, bool, f64);

impl Truth {
    pub(crate) fn observed(&self) -> Vec<Observed> {
        let frame = self.table("incident_units");
        let (ids, hours) = (frame.texts(&incident_units::INCIDENT_ID).unwrap(), frame.reals(&incident_units::HOURS).unwrap());
        let (open, held) = (frame.bools(&incident_units::IS_OPEN).unwrap(), frame.reals(&incident_units::P_CHANGE).unwrap());
        let one = |row| Some((ids.get(row)?.to_owned(), (hours.get(row)?, !open.get(row)?, held.get(row)?)));
        let mut found = BTreeMap::new();
        for (id, observed) in (0..frame.height()).filter_map(one) {
            found.entry(id).or_insert(observed);
        }
        found.into_values().filter(|observed| observed.0 >= 0.0).collect()
    }

    /// `caused by change: median`, `other causes: after 4 h`, `Log-rank p`.
    pub(crate) fn by_cause(&self, row: &str) -> Vec<Expected> {
        let all = self.observed();
        let of = |words: &str| -> Vec<Observed> {
            let is_caused = words == "caused by change";
            all.iter().copied().filter(|one| if is_caused { one.2 >= 0.7 } else { one.2 < 0.3 }).collect()
        };
        let Some((words, what)) = row.split_once(": ") else {
            let is_sure = log_rank(&of("caused by change"), &of("other causes")) > 10.828;
            return vec![Words, if is_sure { Text("under 0.001".to_owned()) } else { Words }, Words];
        };
        let group = of(words);
        match what.strip_prefix("after ") {
            None => vec![Words, Number(median(&group)), Words],
            Some(time) => {
                let at = hours(time);
                let at_risk = group.iter().filter(|one| one.0 >= at).count();
                vec![Words, Number(Some(not_restored(&group, at))), Text(format!("{at_risk} at risk"))]
            }
        }
    }

    /// `Deployments, Mon 08–09`: events by the clocks of Berlin.
    pub(crate) fn hour_of_week(&self, row: &str) -> Vec<Expected> {
        let (noun, cell) = row.split_once(", ").unwrap();
        let (day, hours) = cell.split_once(' ').unwrap();
        let (from, to) = hours.split_once('–').unwrap();
        let (frame, column) = match noun {
            "Deployments" => (self.table("deployment_outcomes"), deployment_outcomes::FINISHED_AT),
            _ => (self.table("incident_attribution"), incident_attribution::CREATED_AT),
        };
        let is_it = |at: &i64| {
            let local = DateTime::from_timestamp_micros(*at).unwrap().with_timezone(&chrono_tz::Europe::Berlin);
            local.weekday().to_string() == day && (from.parse().unwrap()..to.parse().unwrap()).contains(&local.hour())
        };
        let first =
            NaiveDate::from_ymd_opt(2026, 4, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_local_timezone(chrono_tz::Europe::Berlin);
        let first = first.unwrap().timestamp_micros();
        vec![Words, count(frame.instants(&column).unwrap().iter().flatten().filter(|at| *at >= first && is_it(at)).count() as i64)]
    }

    /// `2 min – 4 min`: expected incidents by doublings of the time since the deployment, and the share up to there.
    pub(crate) fn doubling(&self, row: &str) -> Vec<Expected> {
        let (from, to) = row.split_once(" – ").unwrap();
        let (from, to) = (hours(from), if to == "later" { f64::INFINITY } else { hours(to) });
        // Ends are shown in whole minutes, and are powers of two of a minute.
        let exact = |shown: f64| if shown > 0.0 && shown.is_finite() { 2_f64.powf((shown * 60.0).log2().round()) / 60.0 } else { shown };
        let frame = self.table("links");
        let (lags, held) = (frame.reals(&links::LAG_SECONDS).unwrap(), frame.reals(&links::PROBABILITY).unwrap());
        let pairs: Vec<(f64, f64)> =
            lags.iter().zip(held.iter()).filter_map(|(lag, held)| Some((lag?.max(0.0) / 3_600.0, held?))).collect();
        let sum = |from: f64, to: f64| pairs.iter().filter(|pair| pair.0 >= from && pair.0 < to).map(|pair| pair.1).sum::<f64>();
        let (from, to) = (exact(from), exact(to));
        vec![Words, Number(Some(sum(from, to))), Number(Some(sum(0.0, to) / sum(0.0, f64::INFINITY)))]
    }

    /// `37 min – 52 min` of a spread: as many as lie between the ends, which are shown in whole minutes.
    pub(crate) fn spread(&self, caption: &str, row: &str) -> Vec<Expected> {
        let values: Vec<f64> = if caption.contains("lead time") { self.lead_times() } else { self.restored() };
        let (from, to) = match (row.strip_prefix("under "), row.strip_prefix("from ")) {
            (Some(to), _) => (f64::NEG_INFINITY, hours(to)),
            (_, Some(from)) => (hours(from), f64::INFINITY),
            _ => row.split_once(" – ").map(|(from, to)| (hours(from), hours(to))).unwrap(),
        };
        let half = 0.5 / 60.0;
        let number = |from: f64, to: f64| values.iter().filter(|value| **value >= from && **value < to).count() as f64;
        vec![Words, Expected::Within(number(from + half, to - half), number(from - half, to + half))]
    }

    fn restored(&self) -> Vec<f64> {
        self.observed().into_iter().filter(|one| one.1).map(|one| one.0).collect()
    }

    fn lead_times(&self) -> Vec<f64> {
        use deployment_units as u;
        let frame = self.table("deployment_units");
        let (ids, hours) = (frame.texts(&u::DEPLOYMENT_ID).unwrap(), frame.reals(&u::LEAD_TIME_HOURS).unwrap());
        let counted = frame.bools(&u::IS_COUNTED).unwrap();
        let services = frame.texts(&u::SERVICE_ID).unwrap();
        let one = |row| {
            let key = (ids.get(row)?.to_owned(), services.get(row).unwrap_or_default().to_owned());
            Some((key, hours.get(row).filter(|hours| *hours >= 0.0)?))
        };
        let all: BTreeMap<(String, String), f64> =
            (0..frame.height()).filter(|row| counted.get(*row) == Some(true)).filter_map(one).collect();
        all.into_values().collect()
    }

    /// An incident of the timeline.
    pub(crate) fn drawn_incident(&self, number: &str) -> Vec<Expected> {
        let id = self.incident_id(number);
        let of = Row::with(self.table("incident_units"), &incident_units::INCIDENT_ID, &id);
        let held = Row::with(self.table("incident_attribution"), &incident_attribution::INCIDENT_ID, &id);
        let frame = self.table("links");
        let (ids, ranks) = (frame.texts(&links::INCIDENT_ID).unwrap(), frame.ints(&links::RANK).unwrap());
        let first = (0..frame.height()).find(|row| ids.get(*row) == Some(id.as_str()) && ranks.get(*row) == Some(1));
        let lag = first.and_then(|row| frame.reals(&links::LAG_SECONDS).unwrap().get(row)).map(|lag| lag / 3_600.0);
        let (hours, change) = (of.real(&incident_units::HOURS), held.real(&incident_attribution::P_CHANGE));
        vec![Words, Words, Number(hours), Number(change), Words, Number(lag)]
    }

    /// The figure of a team or group over the whole range, by its name.
    fn of_scope(&self, scope: &str, name: &str, metric: &str) -> Option<Row> {
        let catalog = self.table("teams");
        let named = catalog.texts(&teams::NAME).unwrap().iter().position(|found| found == Some(name));
        let id = named.map_or(name, |row| catalog.texts(&teams::TEAM_ID).unwrap().get(row).unwrap());
        let frame = self.table("metrics");
        let text = |column: &Column, row: usize| frame.texts(column).unwrap().get(row) == Some("all");
        let is = |column: &Column, row: usize, wanted: &str| frame.texts(column).unwrap().get(row) == Some(wanted);
        let is_it = |row: &usize| {
            text(&metrics::PERIOD, *row)
                && is(&metrics::SCOPE, *row, scope)
                && is(&metrics::SCOPE_ID, *row, id)
                && is(&metrics::METRIC, *row, metric)
        };
        let row = (0..frame.height()).find(is_it)?;
        Some(Row::at(frame.clone(), row))
    }

    pub(crate) fn group(&self, name: &str) -> Vec<Expected> {
        let names =
            ["deployments", "change_failure_rate", "incidents", "time_to_restore_median_hours", "lead_time_median_hours", "rework_rate"];
        let value = |metric| Number(self.of_scope("group", name, metric).and_then(|row| row.real(&metrics::VALUE)));
        std::iter::once(Words).chain(names.map(value)).collect()
    }

    pub(crate) fn restored_team(&self, team: &str) -> Vec<Expected> {
        let row = self.of_scope("team", team, "time_to_restore_median_hours").unwrap();
        let ends = Ends(row.real(&metrics::LOWER), row.real(&metrics::UPPER));
        vec![Words, Number(row.real(&metrics::VALUE)), ends, row.count(&metrics::N), Words]
    }

    pub(crate) fn funnel(&self, team: &str) -> Vec<Expected> {
        use team_comparison as t;
        let row = self.compared(team);
        let frame = self.table("team_comparison");
        let (failures, deployments) = (frame.reals(&t::FAILURES).unwrap(), frame.ints(&t::DEPLOYMENTS).unwrap());
        let pooled = failures.iter().flatten().sum::<f64>() / deployments.iter().flatten().sum::<i64>() as f64;
        let size = row.real_of_int(&t::DEPLOYMENTS) as u64;
        let (low, high) = sequela_stats::proportion::funnel_limits(pooled, size, sequela_stats::proportion::FUNNEL_TAIL);
        vec![
            Words,
            row.count(&t::DEPLOYMENTS),
            Number(row.real(&t::FAILURES)),
            Number(row.real(&t::RAW_RATE)),
            Ends(Some(low), Some(high)),
            Text(row.text(&t::FUNNEL)),
        ]
    }
}

/// Share not yet restored after a time: the product over the times of restoration up to it.
fn not_restored(group: &[Observed], at: f64) -> f64 {
    let mut times: Vec<f64> = group.iter().filter(|one| one.1 && one.0 <= at).map(|one| one.0).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let step = |time: &f64| {
        let restored = group.iter().filter(|one| one.1 && one.0 == *time).count() as f64;
        1.0 - restored / group.iter().filter(|one| one.0 >= *time).count() as f64
    };
    times.iter().map(step).product()
}

/// The first time at which no more than half are left.
fn median(group: &[Observed]) -> Option<f64> {
    let mut times: Vec<f64> = group.iter().filter(|one| one.1).map(|one| one.0).collect();
    times.sort_by(f64::total_cmp);
    times.into_iter().find(|time| not_restored(group, *time) < 0.5 + 1e-12)
}

/// The log-rank statistic: observed less expected restorations of the first group, squared, over the variance.
fn log_rank(first: &[Observed], second: &[Observed]) -> f64 {
    let mut times: Vec<f64> = first.iter().chain(second).filter(|one| one.1).map(|one| one.0).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let (mut difference, mut variance) = (0.0, 0.0);
    for time in times {
        let left = |group: &[Observed]| group.iter().filter(|one| one.0 >= time).count() as f64;
        let restored = |group: &[Observed]| group.iter().filter(|one| one.1 && one.0 == time).count() as f64;
        let (n, d, share) = (left(first) + left(second), restored(first) + restored(second), left(first) / (left(first) + left(second)));
        difference += restored(first) - d * share;
        if n > 1.0 {
            variance += d * share * (1.0 - share) * (n - d) / (n - 1.0);
        }
    }
    difference * difference / variance
}

/// `37 min`, `1 h 13 min`, `4 h`, `3 days`, `4 weeks` as hours.
fn hours(words: &str) -> f64 {
    let parts: Vec<&str> = words.split(' ').collect();
    let of = |pair: &[&str]| {
        let unit = match pair[1].trim_end_matches('s') {
            "min" => 1.0 / 60.0,
            "h" => 1.0,
            "day" => 24.0,
            "week" => 168.0,
            other => panic!("{other:?} is no unit of time"),
        };
        pair[0].parse::<f64>().unwrap() * unit
    };
    parts.chunks(2).map(of).sum()
}
