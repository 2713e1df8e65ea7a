//! Change failure rate by team: dot and interval per team, dashed the organisation, hollow where failures are few.

use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::metric;
use sequela_schema::result::team_comparison;

use super::axis::ticks;
use super::canvas::{Anchor, Canvas, Drawn, Stroke};
use super::colour::{CAUSED, ESTIMATE, INK, REFERENCE, RULE};
use super::failure_rate_trend::tick_label;
use super::lettering::{LABEL, SMALL, fit_middle, name, small, width};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::figures::{Figure, Unit};
use crate::wording::{self, MISSING};

const NAME: &str = "change_failure_rate_by_team";
const ROW: f64 = 26.0;
const HEAD: f64 = 40.0;
const FOOT: f64 = 22.0;
/// Teams drawn, at most.
pub(crate) const TEAMS: usize = 25;
/// Fewer expected failures than this are drawn hollow: the rate is mostly chance.
pub(crate) const FEW_FAILURES: f64 = 5.0;

/// A team against the organisation.
#[derive(Clone, Debug)]
pub(crate) struct Team {
    /// Its name.
    pub(crate) name: String,
    /// Deployments.
    pub(crate) deployments: i64,
    /// Expected failed deployments.
    pub(crate) failures: f64,
    /// Failures ÷ deployments.
    pub(crate) raw: Option<f64>,
    /// The rate that is drawn with its interval: the shrunk one where there is one, else the raw one.
    pub(crate) rate: Figure,
    /// Probability that its rate exceeds the organisation's.
    pub(crate) above: Option<f64>,
    /// `too few to say`, `no difference shown`, `higher` or `lower`; empty where teams were not compared.
    pub(crate) verdict: String,
    /// `inside`, `above` or `below` the limits of chance.
    pub(crate) funnel: String,
    /// Kaplan–Meier median time to restore in hours.
    pub(crate) restore_median: Option<f64>,
}

/// How a team stands against the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Outside the limits of chance, above.
    Higher,
    /// Inside them, and above the organisation with a probability of at least 95 %.
    ProbablyHigher,
    /// Cannot be told apart.
    Alike,
    /// Too few failures to say.
    TooFew,
    /// Inside the limits, and probably below.
    ProbablyLower,
    /// Outside them, below.
    Lower,
    /// Teams were not compared.
    NotCompared,
}

/// Probability from which a team inside the limits is probably on one side.
const PROBABLY: f64 = 0.95;

impl Standing {
    /// Of the columns of `team_comparison`.
    pub(crate) fn of(verdict: &str, funnel: &str, above: Option<f64>) -> Self {
        match (verdict, funnel) {
            ("", _) => Self::NotCompared,
            ("too few to say", _) => Self::TooFew,
            ("higher", "above" | "") => Self::Higher,
            ("lower", "below" | "") => Self::Lower,
            ("higher", _) => Self::ProbablyHigher,
            ("lower", _) => Self::ProbablyLower,
            _ if above.is_some_and(|above| above >= PROBABLY) => Self::ProbablyHigher,
            _ if above.is_some_and(|above| above <= 1.0 - PROBABLY) => Self::ProbablyLower,
            _ => Self::Alike,
        }
    }

    /// Whether the team differs, surely or probably.
    pub(crate) fn differs(self) -> bool {
        !matches!(self, Self::Alike | Self::TooFew | Self::NotCompared)
    }
}

impl Team {
    /// How it stands against the organisation.
    pub(crate) fn standing(&self) -> Standing {
        Standing::of(&self.verdict, &self.funnel, self.above)
    }

    /// Whether its rate is mostly chance.
    pub(crate) fn is_few(&self) -> bool {
        self.failures < FEW_FAILURES
    }

    /// Leaves out what rests on a model that may not judge.
    fn withhold(&mut self) {
        (self.raw, self.above) = (None, None);
        (self.rate.value, self.rate.lower, self.rate.upper) = (None, None, None);
        self.rate.note = Some(wording::WITHHELD.to_owned());
        self.verdict.clear();
    }
}

/// All teams by verdict, then by name: from `team_comparison`, else from the teams' own rates.
pub(crate) fn teams(material: &Material<'_>) -> PolarsResult<Vec<Team>> {
    let mut teams = compared(material)?;
    if teams.is_empty() {
        teams = uncompared(material);
    }
    if material.honesty.is_withheld() {
        teams.iter_mut().for_each(Team::withhold);
    }
    teams.sort_by(|left, right| left.standing().cmp(&right.standing()).then_with(|| left.name.cmp(&right.name)));
    Ok(teams)
}

fn compared(material: &Material<'_>) -> PolarsResult<Vec<Team>> {
    let frame = material.frames.get(&team_comparison::TABLE);
    let (ids, verdicts) = (frame.texts(&team_comparison::TEAM_ID)?, frame.texts(&team_comparison::VERDICT)?);
    let (deployments, failures) = (frame.ints(&team_comparison::DEPLOYMENTS)?, frame.reals(&team_comparison::FAILURES)?);
    let (raw, shrunk) = (frame.reals(&team_comparison::RAW_RATE)?, frame.reals(&team_comparison::SHRUNK_RATE)?);
    let (lower, upper) = (frame.reals(&team_comparison::LOWER)?, frame.reals(&team_comparison::UPPER)?);
    let sides = frame.texts(&team_comparison::FUNNEL)?;
    let (above, medians) = (frame.reals(&team_comparison::P_WORSE_THAN_ORG)?, frame.reals(&team_comparison::RESTORE_MEDIAN_HOURS)?);
    let team = |row: usize| {
        let id = ids.get(row).unwrap_or_default();
        let n = deployments.get(row).unwrap_or_default();
        let rate = Figure {
            unit: Unit::Ratio,
            n,
            value: shrunk.get(row).or(raw.get(row)),
            lower: lower.get(row),
            upper: upper.get(row),
            method: String::new(),
            note: None,
        };
        Team {
            name: material.names.team(id).to_owned(),
            deployments: n,
            failures: failures.get(row).unwrap_or_default(),
            raw: raw.get(row),
            rate,
            above: above.get(row),
            verdict: verdicts.get(row).unwrap_or_default().to_owned(),
            funnel: sides.get(row).unwrap_or_default().to_owned(),
            restore_median: medians.get(row),
        }
    };
    Ok((0..frame.height()).map(team).collect())
}

fn uncompared(material: &Material<'_>) -> Vec<Team> {
    let team = |(id, rate): (&str, &Figure)| Team {
        name: material.names.team(id).to_owned(),
        deployments: rate.n,
        failures: rate.value.unwrap_or_default() * rate.n as f64,
        raw: rate.value,
        rate: rate.clone(),
        above: None,
        verdict: String::new(),
        funnel: String::new(),
        restore_median: None,
    };
    material.figures.by_team(&metric::CHANGE_FAILURE_RATE).map(team).collect()
}

/// The teams that are shown: those that differ, then the largest; in the order given.
pub(crate) fn shown(teams: &[Team], limit: usize) -> Vec<Team> {
    let mut order: Vec<usize> = (0..teams.len()).collect();
    order.sort_by_key(|position| (!teams[*position].standing().differs(), std::cmp::Reverse(teams[*position].deployments), *position));
    order.truncate(limit);
    order.sort_unstable();
    order.into_iter().map(|position| teams[position].clone()).collect()
}

struct TeamRates {
    teams: Vec<Team>,
    more: usize,
    organisation: Option<f64>,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> PolarsResult<Chart> {
    let all = teams(material)?;
    let with_rate: Vec<Team> = all.iter().filter(|team| team.rate.value.is_some()).cloned().collect();
    let subtitle = format!(
        "Failed ÷ deployments over the whole range; dot and {} interval, triangle: differs, diamond: raw rate, hollow: under 5 expected failures",
        material.context.level_words()
    );
    if with_rate.is_empty() {
        if material.honesty.is_withheld() {
            return Ok(empty::chart(NAME, "Change failure rate by team: not shown", &subtitle, &wording::withheld_words(material.honesty)));
        }
        let reason = "No team has a deployment: a catalog that gives services an owner (services with team) fills this chart.";
        return Ok(empty::chart(NAME, "Change failure rate by team: nothing to show", &subtitle, reason));
    }
    let teams = shown(&with_rate, TEAMS);
    let title = title(&with_rate);
    let organisation = material.figures.overall(&metric::CHANGE_FAILURE_RATE).and_then(|figure| figure.value);
    let overall = organisation.map_or_else(|| MISSING.to_owned(), wording::rate);
    let description = format!("{title}. Organisation {overall}; {} of {} teams shown.", teams.len(), with_rate.len());
    let data = data(&teams);
    let plot = Box::new(TeamRates { more: with_rate.len() - teams.len(), teams, organisation });
    Ok(Chart { name: NAME, title, subtitle, description, data, plot })
}

fn title(teams: &[Team]) -> String {
    let number = |verdict: &str| teams.iter().filter(|team| team.verdict == verdict).count();
    let judged = teams.iter().any(|team| !team.verdict.is_empty());
    match (number("higher"), number("lower")) {
        _ if !judged => format!("Change failure rate of {}", wording::plural(teams.len() as i64, "team")),
        (0, 0) => "No team is shown to differ from the organisation".to_owned(),
        (higher, lower) => {
            let verb = if higher + lower == 1 { "differs" } else { "differ" };
            format!("{} of {} {verb} from the organisation", higher + lower, wording::plural(teams.len() as i64, "team"))
        }
    }
}

fn data(teams: &[Team]) -> ChartData {
    let row = |team: &Team| {
        vec![
            team.name.clone(),
            wording::figure(&team.rate),
            wording::interval(&team.rate),
            team.raw.map_or_else(|| MISSING.to_owned(), wording::rate),
            wording::thousands(team.deployments),
        ]
    };
    ChartData { head: vec!["Team", "Rate", "Interval", "Raw rate", "Deployments"], rows: teams.iter().map(row).collect() }
}

/// Where the columns of the chart stand.
struct Layout {
    left: f64,
    right: f64,
    highest: f64,
}

impl Layout {
    fn x(&self, rate: f64) -> f64 {
        self.left + (rate / self.highest).clamp(0.0, 1.0) * (self.right - self.left)
    }
}

impl Plot for TeamRates {
    fn height(&self, _width: f64) -> f64 {
        HEAD + ROW * self.teams.len() as f64 + FOOT
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let ticks = ticks(self.largest());
        let layout = self.layout(canvas, &ticks);
        self.head(canvas, &layout, &ticks)?;
        for (row, team) in self.teams.iter().enumerate() {
            self.row(canvas, &layout, team, HEAD + ROW * (row as f64 + 0.5))?;
        }
        if self.more > 0 {
            let words = format!("{} more in the tables", wording::plural(self.more as i64, "team"));
            canvas.text((0.0, self.height(canvas.width) - FOOT / 2.0), &words, small(Anchor::Start))?;
        }
        Ok(())
    }
}

impl TeamRates {
    /// The end of the axis: intervals of teams with few failures may leave it, or they would squeeze all others.
    fn largest(&self) -> f64 {
        let all_few = self.teams.iter().all(Team::is_few);
        let firm = self.teams.iter().filter(|team| all_few || !team.is_few()).filter_map(|team| team.rate.upper);
        let points = self.teams.iter().flat_map(|team| [team.rate.value, team.raw]).flatten();
        firm.chain(points).chain(self.organisation.map(|rate| rate * 2.0)).fold(0.01, f64::max).min(1.0)
    }

    fn layout(&self, canvas: &Canvas<'_>, ticks: &[f64]) -> Layout {
        let names = self.teams.iter().map(|team| width(&team.name, LABEL)).fold(0.0, f64::max);
        let numbers = self.teams.iter().map(|team| width(&number(team), SMALL)).fold(0.0, f64::max);
        let left = (names + 14.0).min(canvas.width * 0.36);
        Layout { left, right: canvas.width - numbers - 12.0, highest: ticks[ticks.len() - 1] }
    }

    fn head(&self, canvas: &Canvas<'_>, layout: &Layout, ticks: &[f64]) -> Drawn {
        let bottom = HEAD + ROW * self.teams.len() as f64;
        let mut free_from = f64::MIN;
        for tick in ticks {
            let x = layout.x(*tick);
            canvas.line(&[(x, HEAD), (x, bottom)], Stroke::solid(RULE, 1.0))?;
            let words = tick_label(*tick, ticks);
            let half = width(&words, SMALL) / 2.0;
            if x - half >= free_from {
                canvas.text((x, HEAD - 10.0), &words, small(Anchor::Middle))?;
                free_from = x + half + 6.0;
            }
        }
        let Some(rate) = self.organisation else { return Ok(()) };
        let x = layout.x(rate);
        canvas.line(&[(x, HEAD - 2.0), (x, bottom)], Stroke::dashed(REFERENCE, 1.6))?;
        let words = format!("organisation {}", wording::rate(rate));
        let half = width(&words, SMALL) / 2.0;
        let centre = x.clamp(half.min(canvas.width / 2.0), canvas.width - half);
        canvas.text((centre, 10.0), &words, small(Anchor::Middle))
    }

    fn row(&self, canvas: &Canvas<'_>, layout: &Layout, team: &Team, y: f64) -> Drawn {
        canvas.text((0.0, y), &fit_middle(&team.name, layout.left - 12.0, LABEL), name(Anchor::Start))?;
        canvas.text((canvas.width, y), &number(team), small(Anchor::End))?;
        if let Some((lower, upper)) = team.rate.interval() {
            let colour = if team.verdict == "higher" { CAUSED } else { ESTIMATE };
            let stroke = if team.is_few() { Stroke::dashed(colour, 1.8) } else { Stroke::solid(colour, 2.0) };
            canvas.line(&[(layout.x(lower), y), (layout.x(upper), y)], stroke)?;
            if upper > layout.highest {
                let tip = layout.right + 5.0;
                canvas.polygon(&[(tip, y), (tip - 6.0, y - 4.0), (tip - 6.0, y + 4.0)], colour)?;
            }
        }
        if let Some(raw) = team.raw.filter(|raw| Some(*raw) != team.rate.value) {
            canvas.diamond((layout.x(raw), y + 8.0), 3.4, Stroke::solid(INK, 1.0))?;
        }
        let Some(value) = team.rate.value else { return Ok(()) };
        mark(canvas, team, (layout.x(value), y))
    }
}

/// Triangle where the team differs, hollow where failures are few, else a dot.
fn mark(canvas: &Canvas<'_>, team: &Team, (x, y): (f64, f64)) -> Drawn {
    match team.verdict.as_str() {
        "higher" => canvas.polygon(&[(x, y - 6.0), (x + 6.0, y + 4.5), (x - 6.0, y + 4.5)], CAUSED),
        "lower" => canvas.polygon(&[(x, y + 6.0), (x + 6.0, y - 4.5), (x - 6.0, y - 4.5)], ESTIMATE),
        _ if team.is_few() => canvas.ring((x, y), 4.4, Stroke::solid(ESTIMATE, 1.7)),
        _ => canvas.dot((x, y), 4.6, ESTIMATE),
    }
}

fn number(team: &Team) -> String {
    format!("n {}", wording::thousands(team.deployments))
}
