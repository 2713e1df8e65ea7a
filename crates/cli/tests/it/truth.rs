//! The numbers behind the tables of the review, looked up in `tables/` by what a row is called.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use polars::prelude::DataFrame;
use sequela_schema::canonical::{incidents, ingest_files, ingest_issues, teams};
use sequela_schema::metric::METRICS;
use sequela_schema::result::{incident_attribution, links, metrics, restore_curves, team_comparison, unowned_services};
use sequela_schema::{Column, Values};

use crate::sequela::table;
use crate::shown::Shown;

/// One figure of `metrics`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) n: i64,
    pub(crate) value: Option<f64>,
    pub(crate) lower: Option<f64>,
    pub(crate) upper: Option<f64>,
}

/// What a cell must show.
#[derive(Debug)]
pub(crate) enum Expected {
    /// A number, or a dash for none.
    Number(Option<f64>),
    /// An interval.
    Ends(Option<f64>, Option<f64>),
    /// A number from the first to the second: what lies near an end that is shown rounded may be on either side.
    Within(f64, f64),
    /// This text.
    Text(String),
    /// Words that are no number.
    Words,
}

use Expected::{Ends, Number, Text, Words};

/// What the cells of a row must show, by what the row is called.
type OfRow<'a> = Box<dyn Fn(&str) -> Vec<Expected> + 'a>;

/// The tables of a run.
pub(crate) struct Truth {
    out: std::path::PathBuf,
    /// Figures of the organisation by period, first day and name.
    figures: BTreeMap<(String, i32, String), Figure>,
}

impl Truth {
    pub(crate) fn read(out: &Path) -> Self {
        let frame = table(out, "metrics");
        let (scopes, periods) = (frame.texts(&metrics::SCOPE).unwrap(), frame.texts(&metrics::PERIOD).unwrap());
        let (starts, names) = (frame.dates(&metrics::PERIOD_START).unwrap(), frame.texts(&metrics::METRIC).unwrap());
        let mut figures = BTreeMap::new();
        for row in (0..frame.height()).filter(|row| scopes.get(*row) == Some("organisation")) {
            let real = |column| frame.reals(column).unwrap().get(row);
            let figure = Figure {
                n: frame.ints(&metrics::N).unwrap().get(row).unwrap(),
                value: real(&metrics::VALUE),
                lower: real(&metrics::LOWER),
                upper: real(&metrics::UPPER),
            };
            let start = starts.get(row).unwrap();
            figures.insert((periods.get(row).unwrap().to_owned(), start, names.get(row).unwrap().to_owned()), figure);
        }
        Self { out: out.to_owned(), figures }
    }

    pub(crate) fn table(&self, name: &str) -> DataFrame {
        table(&self.out, name)
    }

    /// The figure of the organisation.
    pub(crate) fn figure(&self, period: &str, start: i32, metric: &str) -> Option<Figure> {
        self.figures.get(&(period.to_owned(), start, metric.to_owned())).copied()
    }

    fn overall(&self, metric: &str) -> Figure {
        *self.figures.iter().find(|((period, _, name), _)| period == "all" && name == metric).unwrap().1
    }

    /// Mean over the months before, and their number.
    pub(crate) fn before(&self, month: i32, metric: &str) -> (Option<f64>, usize) {
        let earlier = self.figures.iter().filter(|((period, start, name), _)| period == "month" && *start < month && name == metric);
        let values: Vec<f64> = earlier.filter_map(|(_, figure)| figure.value).collect();
        ((!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64), values.len())
    }

    /// What every cell of the table must show; the kind of table is told by its heads.
    pub(crate) fn of(&self, shown: &Shown, month: i32) -> Vec<Vec<Expected>> {
        let heads: Vec<&str> = shown.heads.iter().map(String::as_str).collect();
        let of_row: OfRow<'_> = match heads.clone().as_slice() {
            [.., "Funnel"] => Box::new(|row| self.funnel(row)),
            ["Time since the deployment", _, "Up to here"] => Box::new(|row| self.doubling(row)),
            ["Hours", "Count"] => Box::new(|row| self.hour_of_week(row)),
            ["Incident", "Began", ..] => Box::new(|row| self.drawn_incident(row)),
            ["Figure", "Value", "Interval or number"] => Box::new(|row| self.by_cause(row)),
            ["Team", "Median", "Interval", "Incidents", "Against the others"] => Box::new(|row| self.restored_team(row)),
            ["Time", "Number"] => Box::new(|row| self.spread(&shown.caption, row)),
            ["Group", ..] => Box::new(|row| self.group(row)),
            ["Figure", _, _, "n", "Before, mean", "Change", "In words", "Q3 2026", _] => Box::new(move |row| self.of_month(row, month)),
            ["Month", "Change failure rate", "Interval", "Deployments"] => Box::new(|row| self.rate_of_month(row)),
            ["Week from", "Incidents", "Caused by a change", "Interval"] => Box::new(|row| self.incidents_of_week(row)),
            ["Month", "Median", "Interval", "Mean of restored", "Incidents"] => Box::new(|row| self.restore_of_month(row)),
            ["Week from", "Deployments"] => Box::new(|row| self.deployments_of_week(row)),
            ["Team", "Rate", "Interval", "Raw rate", "Deployments"] => Box::new(|row| self.team_rate(row)),
            ["After", "Not yet restored", "Interval", "Incidents at risk"] => Box::new(|row| self.curve(row)),
            ["Team", "Deployments", "Failed (expected)", ..] => Box::new(|row| self.team(row)),
            ["Figure", "Value", _, "n"] => Box::new(|row| self.of_range(row)),
            ["Incident", "Service, team", "Sev", ..] => Box::new(|row| self.incident(row)),
            ["Incident", "To restore", ..] => Box::new(|row| self.incident_of_service(row)),
            ["Time since the deployment", ..] => Box::new(|row| self.within(row)),
            ["Team", "Median", "p", "In words"] => Box::new(|row| self.restored_of_team(row)),
            ["File", "Read as", "Rows", "Good", ..] => Box::new(|row| self.file(row)),
            ["Kind", "Rows rejected", "Values dropped", ..] => Box::new(|row| self.defects(row)),
            ["First incident", "Service, team", "Incidents", ..] => Box::new(|row| self.recurring(row)),
            ["Measure", "Per", "Odds of failure", ..] => Box::new(|row| self.odds(row)),
            ["Measure", "Per", "Deployments with it", ..] => Box::new(|row| self.measure(row)),
            ["Change", "Service, team", "Planned start", "Probability of failure", ..] => Box::new(|row| self.planned(row)),
            ["Statistic", "Model", ..] => Box::new(|row| self.statistic(row)),
            ["Name seen", "Deployments", "Incidents", "Changes", ..] => Box::new(|row| self.service(row)),
            ["Deployment or release", ..] => Box::new(|row| self.impact(row)),
            ["Finding", "Records", "Of all", ..] => Box::new(|row| self.reconciled(row)),
            ["Record", "Service, team", "Finding", ..] => Box::new(|row| self.found(row)),
            ["Approval path", "Crude", ..] => Box::new(|row| self.ratios(row)),
            ["Approval path", "Changes", ..] => Box::new(|row| self.path(row)),
            ["Change model" | "Standard change", "Changes", ..] => Box::new(move |row| self.model(row, &heads)),
            ["Team", "Level", ..] => Box::new(move |row| self.accredited(row, &heads)),
            other => panic!("{:?} is checked against no table: {other:?}", shown.caption),
        };
        shown.rows.iter().map(|row| of_row(&row[0].0)).collect()
    }

    fn of_month(&self, title: &str, month: i32) -> Vec<Expected> {
        let metric = metric_named(title);
        let figure = self.figure("month", month, metric).unwrap();
        let before = self.before(month, metric).0;
        let change = figure.value.zip(before).map(|(value, before)| value - before);
        let quarter = self.figure("quarter", day("1 Jul 2026"), metric).and_then(|figure| figure.value);
        let ends = Ends(figure.lower, figure.upper);
        vec![Words, Number(figure.value), ends, count(figure.n), Number(before), Number(change), Words, Number(quarter), Words]
    }

    fn rate_of_month(&self, month: &str) -> Vec<Expected> {
        let figure = self.figure("month", first_of(month), "change_failure_rate").unwrap();
        vec![Words, Number(figure.value), Ends(figure.lower, figure.upper), count(figure.n)]
    }

    fn incidents_of_week(&self, week: &str) -> Vec<Expected> {
        let of = |metric| self.figure("week", day(week), metric).unwrap();
        let caused = of("change_caused_incidents");
        vec![Words, Number(of("incidents").value), Number(caused.value), Ends(caused.lower, caused.upper)]
    }

    fn restore_of_month(&self, month: &str) -> Vec<Expected> {
        let of = |metric| self.figure("month", first_of(month), metric).unwrap();
        let (median, mean) = (of("time_to_restore_median_hours"), of("time_to_restore_mean_hours"));
        vec![Words, Number(median.value), Ends(median.lower, median.upper), Number(mean.value), count(median.n)]
    }

    fn deployments_of_week(&self, week: &str) -> Vec<Expected> {
        vec![Words, Number(self.figure("week", day(week), "deployments").unwrap().value)]
    }

    fn of_range(&self, title: &str) -> Vec<Expected> {
        let figure = self.overall(metric_named(title));
        vec![Words, Number(figure.value), Ends(figure.lower, figure.upper), count(figure.n)]
    }

    /// The row of a team, by its name or, where the catalog has none, its identifier.
    pub(crate) fn compared(&self, team: &str) -> Row {
        let catalog = self.table("teams");
        let named = catalog.texts(&teams::NAME).unwrap().iter().position(|name| name == Some(team));
        let id = named.map_or(team, |row| catalog.texts(&teams::TEAM_ID).unwrap().get(row).unwrap());
        Row::with(self.table("team_comparison"), &team_comparison::TEAM_ID, id)
    }

    fn team_rate(&self, team: &str) -> Vec<Expected> {
        use team_comparison as t;
        let row = self.compared(team);
        let ends = Ends(row.real(&t::LOWER), row.real(&t::UPPER));
        vec![Words, Number(row.real(&t::SHRUNK_RATE)), ends, Number(row.real(&t::RAW_RATE)), row.count(&t::DEPLOYMENTS)]
    }

    fn team(&self, team: &str) -> Vec<Expected> {
        use team_comparison as t;
        let row = self.compared(team);
        let mut cells = vec![Words, row.count(&t::DEPLOYMENTS)];
        cells.extend([&t::FAILURES, &t::RAW_RATE, &t::SHRUNK_RATE].map(|column| Number(row.real(column))));
        cells.extend([Words, Number(row.real(&t::P_WORSE_THAN_ORG)), Words, Number(row.real(&t::RESTORE_MEDIAN_HOURS)), Words]);
        cells
    }

    fn restored_of_team(&self, team: &str) -> Vec<Expected> {
        use team_comparison as t;
        let row = self.compared(team);
        let p = row.real(&t::RESTORE_LOGRANK_P);
        let p = if p.is_some_and(|p| p < 0.001) { Text("under 0.001".to_owned()) } else { Number(p) };
        vec![Words, Number(row.real(&t::RESTORE_MEDIAN_HOURS)), p, Words]
    }

    /// Expected incidents by hours since the deployment, and the share up to there.
    fn within(&self, label: &str) -> Vec<Expected> {
        let (from, to) = match label {
            "0 to 15 min" => (0.0, 0.25),
            "15 min to 1 h" => (0.25, 1.0),
            "1 h to 4 h" => (1.0, 4.0),
            "4 h to 8 h" => (4.0, 8.0),
            "8 h to 24 h" => (8.0, 24.0),
            "24 h to 3 days" => (24.0, 72.0),
            "from 3 days" => (72.0, f64::INFINITY),
            other => panic!("{other:?} is no span"),
        };
        let frame = self.table("links");
        let (lags, held) = (frame.reals(&links::LAG_SECONDS).unwrap(), frame.reals(&links::PROBABILITY).unwrap());
        let pairs: Vec<(f64, f64)> =
            lags.iter().zip(held.iter()).filter_map(|(lag, held)| Some((lag?.max(0.0) / 3_600.0, held?))).collect();
        let sum = |from: f64, to: f64| pairs.iter().filter(|pair| pair.0 >= from && pair.0 < to).map(|pair| pair.1).sum::<f64>();
        vec![Words, Number(Some(sum(from, to))), Number(Some(sum(0.0, to) / sum(0.0, f64::INFINITY)))]
    }

    /// The curve is flat until its next step; at risk are all incidents that lasted as long.
    fn curve(&self, time: &str) -> Vec<Expected> {
        use restore_curves as c;
        let frame = self.table("restore_curves");
        let scopes = frame.texts(&c::SCOPE).unwrap();
        let rows: Vec<usize> = (0..frame.height()).filter(|row| scopes.get(*row) == Some("organisation")).collect();
        let hours = |row: usize| frame.reals(&c::HOURS).unwrap().get(row).unwrap();
        let at = span(time);
        let last = rows.iter().rev().find(|row| hours(**row) <= at);
        let real = |column: &Column| last.and_then(|row| frame.reals(column).unwrap().get(*row));
        let at_risk = self.observed().iter().filter(|one| one.0 >= at).count() as i64;
        vec![
            Words,
            Number(Some(last.map_or(1.0, |_| real(&c::NOT_RESTORED).unwrap()))),
            Ends(real(&c::LOWER), real(&c::UPPER)),
            count(at_risk),
        ]
    }

    /// The identifier of the incident with that number.
    pub(crate) fn incident_id(&self, number: &str) -> String {
        Row::with(self.table("incidents"), &incidents::NUMBER, number).text(&incidents::INCIDENT_ID)
    }

    /// Severity, hours to restore, and those hours times the probability of a change; an open incident has no end to compare.
    fn judged(&self, number: &str) -> (Expected, Expected, Expected) {
        let row = Row::with(self.table("incidents"), &incidents::NUMBER, number);
        let id = row.text(&incidents::INCIDENT_ID);
        let judged = Row::with(self.table("incident_attribution"), &incident_attribution::INCIDENT_ID, &id);
        let first = |columns: &[Column]| columns.iter().find_map(|column| row.instant(column));
        let began = first(&[incidents::STARTED_AT, incidents::DETECTED_AT, incidents::CREATED_AT]).unwrap();
        let ends = [row.instant(&incidents::MITIGATED_AT), row.instant(&incidents::RESOLVED_AT)];
        let severity = Text(format!("S{}", row.real_of_int(&incidents::SEVERITY)));
        match ends.into_iter().flatten().min() {
            Some(end) => {
                let hours = (end - began) as f64 / 3.6e9;
                let lost = hours * judged.real(&incident_attribution::P_CHANGE).unwrap();
                (severity, Number(Some(hours)), Number(Some(lost)))
            }
            None => (severity, Text("open".to_owned()), Words),
        }
    }

    fn incident(&self, number: &str) -> Vec<Expected> {
        let (severity, restored, lost) = self.judged(number);
        vec![Words, Words, severity, restored, lost, Words, Words, Words]
    }

    fn incident_of_service(&self, number: &str) -> Vec<Expected> {
        let (_, restored, lost) = self.judged(number);
        vec![Words, restored, lost, Words, Words, Words, Words]
    }

    fn file(&self, path: &str) -> Vec<Expected> {
        use ingest_files as f;
        let row = Row::with(self.table("ingest_files"), &f::PATH, path);
        let mut cells = vec![Words, Text(row.text(&f::ADAPTER))];
        cells.extend([&f::ROWS_READ, &f::ROWS_OK, &f::ROWS_FOLDED, &f::ROWS_REJECTED].map(|column| row.count(column)));
        cells.extend([Words, Words, Words]);
        cells
    }

    fn defects(&self, kind: &str) -> Vec<Expected> {
        let frame = self.table("ingest_issues");
        let (codes, rejected) = (frame.texts(&ingest_issues::CODE).unwrap(), frame.bools(&ingest_issues::REJECTED).unwrap());
        let rows = codes.iter().zip(rejected.iter()).filter(|(code, _)| code.unwrap().replace('_', " ") == kind);
        let (refused, kept): (Vec<_>, Vec<_>) = rows.partition(|(_, rejected)| *rejected == Some(true));
        vec![Words, count(refused.len() as i64), count(kept.len() as i64), Words]
    }

    fn service(&self, name: &str) -> Vec<Expected> {
        use unowned_services as u;
        let row = Row::with(self.table("unowned_services"), &u::NAME, name);
        let mut cells = vec![Words];
        cells.extend([&u::DEPLOYMENTS, &u::INCIDENTS, &u::CHANGES].map(|column| row.count(column)));
        cells.push(Words);
        let shares =
            [&u::DEPLOYMENTS_SHARE, &u::FAILED_DEPLOYMENTS_SHARE, &u::INCIDENTS_SHARE, &u::CHANGE_CAUSED_SHARE, &u::HOURS_LOST_SHARE];
        cells.extend(shares.map(|column| Number(row.real(column))));
        cells
    }
}

/// One row of a table.
pub(crate) struct Row(pub(crate) DataFrame, pub(crate) usize);

impl Row {
    /// The first row with that text.
    pub(crate) fn with(frame: DataFrame, column: &Column, text: &str) -> Self {
        let row = frame.texts(column).unwrap().iter().position(|found| found == Some(text));
        let row = row.unwrap_or_else(|| panic!("no {} is {text:?}", column.name));
        Self(frame, row)
    }

    /// That row.
    pub(crate) fn at(frame: DataFrame, row: usize) -> Self {
        Self(frame, row)
    }

    pub(crate) fn text(&self, column: &Column) -> String {
        self.0.texts(column).unwrap().get(self.1).unwrap_or_default().to_owned()
    }

    pub(crate) fn real(&self, column: &Column) -> Option<f64> {
        self.0.reals(column).unwrap().get(self.1)
    }

    pub(crate) fn is(&self, column: &Column) -> bool {
        self.0.bools(column).unwrap().get(self.1).unwrap()
    }

    pub(crate) fn real_of_int(&self, column: &Column) -> f64 {
        self.0.ints(column).unwrap().get(self.1).unwrap() as f64
    }

    pub(crate) fn count(&self, column: &Column) -> Expected {
        Number(self.0.ints(column).unwrap().get(self.1).map(|value| value as f64))
    }

    fn instant(&self, column: &Column) -> Option<i64> {
        self.0.instants(column).unwrap().get(self.1)
    }
}

pub(crate) fn count(value: i64) -> Expected {
    Number(Some(value as f64))
}

/// The name of the figure with that title.
pub(crate) fn metric_named(title: &str) -> &'static str {
    METRICS.iter().find(|metric| metric.title == title).unwrap_or_else(|| panic!("no figure is called {title:?}")).name
}

/// `6 Apr 2026` as days since 1970.
fn day(words: &str) -> i32 {
    NaiveDate::parse_from_str(words, "%d %b %Y").unwrap().to_epoch_days()
}

/// `April 2026` as the first of that month.
fn first_of(words: &str) -> i32 {
    NaiveDate::parse_from_str(&format!("1 {words}"), "%d %B %Y").unwrap().to_epoch_days()
}

/// `15 min`, `4 h`, `2 days`, `12 weeks` as hours.
fn span(words: &str) -> f64 {
    let (number, unit) = words.split_once(' ').unwrap();
    let hours = match unit.trim_end_matches('s') {
        "min" => 1.0 / 60.0,
        "h" => 1.0,
        "day" => 24.0,
        "week" => 168.0,
        other => panic!("{other:?} is no unit of time"),
    };
    number.parse::<f64>().unwrap() * hours
}
