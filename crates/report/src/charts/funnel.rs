//! Raw change failure rate of teams over their deployments, within the limits of chance (Spiegelhalter 2005): no ranks.

use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::result::team_comparison;
use sequela_stats::proportion::{FUNNEL_TAIL, funnel_limits};

use super::axis::ticks;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Stroke};
use super::colour::{AXIS, CAUSED, ESTIMATE, INK, REFERENCE, REFERENCE_BAND, RULE, SECOND_INK};
use super::failure_rate_trend::tick_label;
use super::lettering::{LABEL, SMALL, fit_middle, label, small, width};
use super::placing::{Placed, around};
use super::scale::{LogScale, round_numbers};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::wording;

const NAME: &str = "change_failure_rate_funnel";
/// Fewer teams make no funnel.
const FEWEST: usize = 3;
/// From more teams on only those outside and the largest are named.
const ALL_NAMED: usize = 12;
/// Words of a title, at most.
const TITLE_WORDS: usize = 10;
/// Points along each limit.
const POINTS: usize = 90;

/// Where a team lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Inside,
    Above,
    Below,
}

#[derive(Clone, Debug)]
struct Team {
    name: String,
    deployments: f64,
    failures: f64,
    side: Side,
}

impl Team {
    fn rate(&self) -> f64 {
        self.failures / self.deployments
    }
}

struct Funnel {
    /// The largest first.
    teams: Vec<Team>,
    /// Rate of all teams together.
    organisation: f64,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> PolarsResult<Chart> {
    let subtitle = "Failed ÷ deployments of each team over its deployments (log scale); grey: where 998 of 1,000 teams with the rate of all teams together lie";
    if material.honesty.is_withheld() {
        return Ok(empty::chart(NAME, "Teams against chance: not shown", subtitle, &wording::withheld_words(material.honesty)));
    }
    let teams = teams(material)?;
    if teams.len() < FEWEST {
        let reason = "Fewer than three teams have deployments: there is nothing to set a team against.";
        return Ok(empty::chart(NAME, "Teams against chance: nothing to show", subtitle, reason));
    }
    Ok(of(teams, subtitle))
}

fn of(teams: Vec<Team>, subtitle: &str) -> Chart {
    let sum = |value: fn(&Team) -> f64| teams.iter().map(value).sum::<f64>();
    let organisation = sum(|team| team.failures) / sum(|team| team.deployments);
    let title = title(&teams);
    let number = |side| teams.iter().filter(|team| team.side == side).count();
    let description = format!(
        "{title}. All teams {}; of {} teams {} lie above the limits and {} below.",
        wording::rate(organisation),
        teams.len(),
        number(Side::Above),
        number(Side::Below)
    );
    let data = data(&teams, organisation);
    Chart { name: NAME, title, subtitle: subtitle.to_owned(), description, data, plot: Box::new(Funnel { teams, organisation }) }
}

fn teams(material: &Material<'_>) -> PolarsResult<Vec<Team>> {
    let frame = material.frames.get(&team_comparison::TABLE);
    let (ids, sides) = (frame.texts(&team_comparison::TEAM_ID)?, frame.texts(&team_comparison::FUNNEL)?);
    let (deployments, failures) = (frame.ints(&team_comparison::DEPLOYMENTS)?, frame.reals(&team_comparison::FAILURES)?);
    let team = |row: usize| {
        let deployments = deployments.get(row).filter(|number| *number > 0)? as f64;
        let side = match sides.get(row) {
            Some("above") => Side::Above,
            Some("below") => Side::Below,
            _ => Side::Inside,
        };
        let name = material.names.team(ids.get(row).unwrap_or_default()).to_owned();
        Some(Team { name, deployments, failures: failures.get(row)?.clamp(0.0, deployments), side })
    };
    let mut teams: Vec<Team> = (0..frame.height()).filter_map(team).collect();
    teams.sort_by(|left, right| right.deployments.total_cmp(&left.deployments).then_with(|| left.name.cmp(&right.name)));
    Ok(teams)
}

fn title(teams: &[Team]) -> String {
    let mut outside: Vec<&Team> = teams.iter().filter(|team| team.side != Side::Inside).collect();
    if outside.is_empty() {
        return format!("All {} teams lie within the limits of chance", teams.len());
    }
    outside.sort_by(|left, right| right.rate().total_cmp(&left.rate()).then_with(|| left.name.cmp(&right.name)));
    let names: Vec<&str> = outside.iter().map(|team| team.name.as_str()).collect();
    let named = format!("Outside the funnel: {}", names.join(", "));
    if named.split(' ').count() <= TITLE_WORDS && named.chars().count() <= 80 {
        return named;
    }
    let verb = if outside.len() == 1 { "lies" } else { "lie" };
    format!("{} of {} teams {verb} outside the funnel", outside.len(), teams.len())
}

fn data(teams: &[Team], organisation: f64) -> ChartData {
    let row = |team: &Team| {
        let (low, high) = funnel_limits(organisation, team.deployments as u64, FUNNEL_TAIL);
        let side = match team.side {
            Side::Inside => "inside",
            Side::Above => "above",
            Side::Below => "below",
        };
        vec![
            team.name.clone(),
            wording::thousands(team.deployments as i64),
            wording::expected(team.failures),
            wording::rate(team.rate()),
            format!("{} – {}", wording::rate(low), wording::rate(high)),
            side.to_owned(),
        ]
    };
    ChartData {
        head: vec!["Team", "Deployments", "Failed (expected)", "Raw rate", "Limits of chance", "Funnel"],
        rows: teams.iter().map(row).collect(),
    }
}

/// Where the picture stands.
struct Layout {
    x: LogScale,
    top: f64,
    bottom: f64,
    highest: f64,
}

impl Layout {
    fn y(&self, rate: f64) -> f64 {
        self.bottom - (rate / self.highest).clamp(0.0, 1.0) * (self.bottom - self.top)
    }

    fn at(&self, team: &Team) -> (f64, f64) {
        (self.x.x(team.deployments), self.y(team.rate()))
    }
}

impl Plot for Funnel {
    fn height(&self, width: f64) -> f64 {
        if width < 500.0 { 360.0 } else { 400.0 }
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let ticks = ticks(self.highest());
        let layout = self.layout(canvas, &ticks);
        self.area(canvas, &layout)?;
        for tick in &ticks {
            let y = layout.y(*tick);
            canvas.line(&[(layout.x.left, y), (layout.x.right, y)], Stroke::solid(RULE, 1.0))?;
            canvas.text((layout.x.left - 6.0, y), &tick_label(*tick, &ticks), label(Anchor::End))?;
        }
        layout.x.draw(canvas, &round_numbers(), |value| wording::thousands(value as i64), layout.bottom)?;
        let middle = (layout.x.left + layout.x.right) / 2.0;
        canvas.text((middle, layout.bottom + 36.0), "deployments (log scale)", label(Anchor::Middle))?;
        let mut placed = Placed::within((layout.x.left, 0.0, canvas.width, layout.bottom - 2.0));
        self.reference(canvas, &layout, &mut placed)?;
        self.teams(canvas, &layout, &mut placed)
    }
}

impl Funnel {
    /// The end of the axis: the limits of very small teams may leave it.
    fn highest(&self) -> f64 {
        let rates = self.teams.iter().map(Team::rate).fold(0.0, f64::max);
        let middle = self.teams[self.teams.len() / 2].deployments as u64;
        let limit = funnel_limits(self.organisation, middle, FUNNEL_TAIL).1;
        (rates * 1.08).max(limit).max(self.organisation * 2.0).clamp(0.01, 1.0)
    }

    fn layout(&self, canvas: &Canvas<'_>, ticks: &[f64]) -> Layout {
        let labels = ticks.iter().map(|tick| width(&tick_label(*tick, ticks), LABEL)).fold(0.0, f64::max);
        let aside = if canvas.width < 500.0 { 8.0 } else { width("all teams", SMALL) + 12.0 };
        let (most, least) = (self.teams[0].deployments, self.teams[self.teams.len() - 1].deployments);
        let x = LogScale {
            left: labels + 10.0,
            right: canvas.width - aside,
            start: (least / 1.4).max(1.0),
            end: (most * 1.3).max(least * 2.0),
        };
        Layout { x, top: 24.0, bottom: self.height(canvas.width) - 48.0, highest: ticks[ticks.len() - 1] }
    }

    fn area(&self, canvas: &Canvas<'_>, layout: &Layout) -> Drawn {
        let (mut low, mut high) = (Vec::new(), Vec::new());
        for point in 0..=POINTS {
            let deployments = layout.x.at(point as f64 / POINTS as f64).round();
            let limits = funnel_limits(self.organisation, deployments as u64, FUNNEL_TAIL);
            low.push((layout.x.x(deployments), layout.y(limits.0)));
            high.push((layout.x.x(deployments), layout.y(limits.1)));
        }
        let outline: Vec<_> = high.iter().chain(low.iter().rev()).copied().collect();
        canvas.polygon(&outline, REFERENCE_BAND)?;
        canvas.line(&high, Stroke::solid(AXIS, 1.0))?;
        canvas.line(&low, Stroke::solid(AXIS, 1.0))
    }

    /// The organisation: named outside the frame where there is room, else above it.
    fn reference(&self, canvas: &Canvas<'_>, layout: &Layout, placed: &mut Placed) -> Drawn {
        let y = layout.y(self.organisation);
        canvas.line(&[(layout.x.left, y), (layout.x.right, y)], Stroke::dashed(REFERENCE, 1.6))?;
        let rate = wording::rate(self.organisation);
        if canvas.width < 500.0 {
            let from = layout.x.left;
            canvas.line(&[(from, 8.0), (from + 22.0, 8.0)], Stroke::dashed(REFERENCE, 1.6))?;
            return placed.set(canvas, (from + 28.0, 8.0), &format!("all teams {rate}"), small(Anchor::Start));
        }
        let at = layout.x.right + 6.0;
        let low = y.clamp(layout.top + 8.0, layout.bottom - 14.0);
        placed.set(canvas, (at, low - 7.0), "all teams", small(Anchor::Start))?;
        placed.set(canvas, (at, low + 7.0), &rate, small(Anchor::Start))
    }

    fn teams(&self, canvas: &Canvas<'_>, layout: &Layout, placed: &mut Placed) -> Drawn {
        for team in self.teams.iter().rev() {
            let (x, y) = layout.at(team);
            placed.keep((x, y), 5.0);
            match team.side {
                Side::Above => canvas.polygon(&[(x, y - 6.0), (x + 6.0, y + 4.5), (x - 6.0, y + 4.5)], CAUSED)?,
                Side::Below => canvas.polygon(&[(x, y + 6.0), (x + 6.0, y - 4.5), (x - 6.0, y - 4.5)], ESTIMATE)?,
                Side::Inside => canvas.ring((x, y), 4.2, Stroke::solid(SECOND_INK, 1.4))?,
            }
        }
        for team in self.named() {
            let look = Lettering { size: SMALL, is_bold: team.side != Side::Inside, colour: INK, anchor: Anchor::Start };
            placed.write(canvas, &fit_middle(&team.name, 170.0, SMALL), look, &around(layout.at(team), 9.0))?;
        }
        let chance = layout.x.at(0.66);
        let limit = layout.y(funnel_limits(self.organisation, chance as u64, FUNNEL_TAIL).1);
        let places: Vec<_> = [10.0, 24.0, 40.0].map(|above| ((layout.x.x(chance), limit - above), Anchor::Start)).into();
        placed.write(canvas, "limit of chance", small(Anchor::Start), &places).map(|_| ())
    }

    /// Teams that may have a label, those outside first and of them those furthest from the organisation; inside only the largest if many.
    fn named(&self) -> Vec<&Team> {
        let mut outside: Vec<&Team> = self.teams.iter().filter(|team| team.side != Side::Inside).collect();
        let distance = |team: &Team| (team.rate() - self.organisation).abs();
        outside.sort_by(|left, right| distance(right).total_cmp(&distance(left)).then_with(|| left.name.cmp(&right.name)));
        let inside = self.teams.iter().filter(|team| team.side == Side::Inside);
        let room = if self.teams.len() > ALL_NAMED { ALL_NAMED.saturating_sub(outside.len()) } else { self.teams.len() };
        outside.into_iter().chain(inside.take(room)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::tests::check;

    fn team(name: &str, deployments: f64, failures: f64) -> Team {
        Team { name: name.to_owned(), deployments, failures, side: Side::Inside }
    }

    /// Teams with their side by the limits that SciPy's `binom.ppf(0.999, n, p)` gives.
    fn sided(mut teams: Vec<Team>) -> Vec<Team> {
        let rate = teams.iter().map(|team| team.failures).sum::<f64>() / teams.iter().map(|team| team.deployments).sum::<f64>();
        for team in &mut teams {
            let (low, high) = funnel_limits(rate, team.deployments as u64, FUNNEL_TAIL);
            team.side = if team.rate() > high {
                Side::Above
            } else if team.rate() < low {
                Side::Below
            } else {
                Side::Inside
            };
        }
        teams.sort_by(|left, right| right.deployments.total_cmp(&left.deployments));
        teams
    }

    #[test]
    fn labels_have_room_for_eight_forty_alike_and_tiny_teams() {
        let eight = [
            ("Payments", 267.0, 39.0),
            ("Order Fulfilment", 198.0, 26.8),
            ("Platform Runtime", 939.0, 15.2),
            ("Search & Browse", 1_257.0, 30.9),
        ];
        let eight: Vec<Team> = eight.iter().map(|(name, number, failed)| team(name, *number, *failed)).collect();
        let forty = (0..40)
            .map(|place| team(&format!("Customer Communications {place}"), 100.0 + f64::from(place % 9), f64::from(place % 7)))
            .collect();
        let tiny = (0..3).map(|place| team(&format!("Team {place}"), 1.0, f64::from(place % 2))).collect();
        let none = (0..5).map(|place| team(&format!("Team {place}"), 1e6, 0.0)).collect();
        for teams in [eight, forty, tiny, none] {
            check(&of(sided(teams), "Rate"));
        }
    }

    #[test]
    fn the_title_names_teams_outside_if_they_are_few() {
        let teams = sided(vec![team("Payments", 267.0, 39.0), team("Platform", 939.0, 15.0), team("Search", 1_257.0, 31.0)]);
        assert_eq!(title(&teams), "Outside the funnel: Payments, Platform");
        let equal = sided((0..4).map(|place| team(&place.to_string(), 100.0, 3.0)).collect());
        assert_eq!(title(&equal), "All 4 teams lie within the limits of chance");
    }
}
