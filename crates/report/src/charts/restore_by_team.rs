//! Time to restore by team: one small curve per team on equal axes, the organisation dashed behind each. Nobody is ranked.

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::result::team_comparison;
use sequela_schema::vocabulary::scope;
use sequela_stats::multiple::benjamini_hochberg;

use super::axis::hour_label;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Stroke};
use super::colour::{AXIS, ESTIMATE, ESTIMATE_BAND, INK, REFERENCE, RULE};
use super::lettering::{LABEL, SMALL, fit, fit_middle, small, width};
use super::restore_curve::{Scale, Step, all_steps, half, staircase, thinned};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::wording;

const NAME: &str = "time_to_restore_by_team";
/// Teams drawn, at most.
const TEAMS: usize = 12;
/// False share among the teams that are called different.
const FALSE_SHARE: f64 = 0.1;
const HEAD: f64 = 36.0;
const PANEL: f64 = 96.0;
const FOOT: f64 = 26.0;
const BETWEEN: f64 = 24.0;
/// Points of all curves of a kind together, so that twelve teams make no larger a file than four.
const POINTS: usize = 220;

struct Team {
    name: String,
    steps: Vec<Step>,
    incidents: i64,
    differs: bool,
}

struct ByTeam {
    teams: Vec<Team>,
    organisation: Vec<Step>,
    more: usize,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> PolarsResult<Chart> {
    let mut curves = all_steps(material)?;
    let organisation = curves.remove(&(scope::ORGANISATION.to_owned(), String::new())).unwrap_or_default();
    let differing = differing(material)?;
    let team = |((_, id), steps): ((String, String), Vec<Step>)| Team {
        name: material.names.team(&id).to_owned(),
        incidents: steps.iter().map(|step| step.at_risk).max().unwrap_or(0),
        differs: differing.get(&id).copied().unwrap_or(false),
        steps,
    };
    Ok(of(
        curves.into_iter().filter(|((scope, _), _)| scope == scope::TEAM).map(team).collect(),
        organisation,
        &material.context.level_words(),
    ))
}

/// Teams by whether the log-rank test tells them from the others, with the false discovery rate kept.
fn differing(material: &Material<'_>) -> PolarsResult<BTreeMap<String, bool>> {
    let frame = material.frames.get(&team_comparison::TABLE);
    let (ids, ps) = (frame.texts(&team_comparison::TEAM_ID)?, frame.reals(&team_comparison::RESTORE_LOGRANK_P)?);
    let tested: Vec<(&str, f64)> = ids.iter().zip(ps.iter()).filter_map(|(id, p)| Some((id?, p?))).collect();
    let adjusted = benjamini_hochberg(&tested.iter().map(|team| team.1).collect::<Vec<_>>());
    Ok(tested.iter().zip(adjusted).map(|((id, _), q)| ((*id).to_owned(), q <= FALSE_SHARE)).collect())
}

fn of(mut teams: Vec<Team>, organisation: Vec<Step>, level: &str) -> Chart {
    let subtitle = format!("Share of incidents not yet restored (log scale); solid: team with {level} band, dashed: organisation");
    if teams.is_empty() {
        let reason =
            "No team has an incident with a time of restoration: incidents and a catalog that gives services an owner fill this chart.";
        return empty::chart(NAME, "Time to restore by team: nothing to show", &subtitle, reason);
    }
    let all = teams.len();
    let differing: Vec<&str> = teams.iter().filter(|team| team.differs).map(|team| team.name.as_str()).collect();
    let title = match differing.len() {
        0 => "No team restores faster or slower than chance allows".to_owned(),
        1 => "1 team restores faster or slower than the others".to_owned(),
        number => format!("{number} of {all} teams restore faster or slower than others"),
    };
    let named = if differing.is_empty() { String::new() } else { format!(" Different: {}.", differing.join(", ")) };
    let description = format!(
        "{title}. {} by log-rank test, false discovery rate {}.{named}",
        wording::plural(all as i64, "team"),
        wording::share(FALSE_SHARE)
    );
    teams.sort_by(|left, right| {
        right.differs.cmp(&left.differs).then(right.incidents.cmp(&left.incidents)).then_with(|| left.name.cmp(&right.name))
    });
    let data = ChartData {
        head: vec!["Team", "Median", "Interval", "Incidents", "Against the others"],
        rows: teams.iter().map(Team::row).collect(),
    };
    teams.truncate(TEAMS);
    teams.sort_by(|left, right| left.name.cmp(&right.name));
    let more = all - teams.len();
    Chart { name: NAME, title, subtitle, description, data, plot: Box::new(ByTeam { teams, organisation, more }) }
}

impl Team {
    /// The first time at which an end of the band has come down to one half.
    fn crossing(&self, value: impl Fn(&Step) -> Option<f64>) -> Option<f64> {
        self.steps.iter().find(|step| value(step).is_some_and(|value| value <= 0.5)).map(|step| step.hours)
    }

    fn median(&self) -> (String, String) {
        let median = half(&self.steps, |step| Some(step.share)).map_or_else(|| "not reached".to_owned(), wording::duration);
        let (lower, upper) =
            (self.crossing(|step| step.interval.map(|ends| ends.0)), self.crossing(|step| step.interval.map(|ends| ends.1)));
        let interval = match (lower, upper) {
            (Some(lower), Some(upper)) => format!("{} – {}", wording::duration(lower), wording::duration(upper)),
            (Some(lower), None) => format!("at least {}", wording::duration(lower)),
            _ => wording::MISSING.to_owned(),
        };
        (median, interval)
    }

    fn row(&self) -> Vec<String> {
        let (median, interval) = self.median();
        let verdict = if self.differs { "differs" } else { "no signal" };
        vec![self.name.clone(), median, interval, wording::thousands(self.incidents), verdict.to_owned()]
    }
}

/// Panels side by side.
fn columns(width: f64) -> usize {
    match width {
        width if width < 500.0 => 1,
        width if width < 1_000.0 => 2,
        _ => 4,
    }
}

impl Plot for ByTeam {
    fn is_full(&self) -> bool {
        true
    }

    fn height(&self, width: f64) -> f64 {
        self.teams.len().div_ceil(columns(width)) as f64 * (HEAD + PANEL + FOOT) + if self.more > 0 { 20.0 } else { 0.0 }
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let columns = columns(canvas.width);
        let wide = (canvas.width - BETWEEN * (columns - 1) as f64) / columns as f64;
        for (place, team) in self.teams.iter().enumerate() {
            let left = (place % columns) as f64 * (wide + BETWEEN);
            self.panel(canvas, team, (left, left + wide), (place / columns) as f64 * (HEAD + PANEL + FOOT))?;
        }
        if self.more == 0 {
            return Ok(());
        }
        let words = format!("{} more in the table", wording::plural(self.more as i64, "team"));
        canvas.text((0.0, self.height(canvas.width) - 9.0), &words, small(Anchor::Start))
    }
}

impl ByTeam {
    fn panel(&self, canvas: &Canvas<'_>, team: &Team, (left, right): (f64, f64), top: f64) -> Drawn {
        let longest =
            self.organisation.iter().chain(self.teams.iter().flat_map(|team| &team.steps)).map(|step| step.hours).fold(4.0, f64::max);
        let scale = Scale {
            left: left + 40.0,
            right: right - 4.0,
            start: 0.25,
            end: longest.min(200.0) * 1.05,
            top: top + HEAD + 4.0,
            bottom: top + HEAD + PANEL,
        };
        self.head(canvas, team, (left, right), top)?;
        for share in [0.0, 0.5, 1.0] {
            let y = scale.y(share);
            canvas.line(&[(scale.left, y), (scale.right, y)], Stroke::solid(if share == 0.0 { AXIS } else { RULE }, 1.0))?;
            if share != 0.5 {
                canvas.text((scale.left - 5.0, y), &wording::share(share), small(Anchor::End))?;
            }
        }
        let most = (POINTS / self.teams.len()).clamp(18, 80);
        let upper = course(&scale, &team.steps, most, |step| step.interval.map_or(step.share, |ends| ends.1));
        let lower = course(&scale, &team.steps, most, |step| step.interval.map_or(step.share, |ends| ends.0));
        canvas.polygon(&upper.into_iter().chain(lower.into_iter().rev()).collect::<Vec<_>>(), ESTIMATE_BAND)?;
        let reference = course(&scale, &self.organisation, most, |step| step.share);
        canvas.line(&reference, Stroke::dashed(REFERENCE, 1.5))?;
        canvas.line(&course(&scale, &team.steps, most, |step| step.share), Stroke::solid(ESTIMATE, 2.0))?;
        let mut free_from = left;
        for hours in [1.0, 8.0, 72.0].into_iter().filter(|hours| *hours < scale.end) {
            let (x, words) = (scale.x(hours), hour_label(hours));
            let half = width(&words, SMALL) / 2.0;
            if x - half >= free_from && x + half <= right {
                canvas.text((x, scale.bottom + 11.0), &words, small(Anchor::Middle))?;
                free_from = x + half + 6.0;
            }
        }
        Ok(())
    }

    fn head(&self, canvas: &Canvas<'_>, team: &Team, (left, right): (f64, f64), top: f64) -> Drawn {
        let number = format!("n {}{}", wording::thousands(team.incidents), if team.differs { ", differs" } else { "" });
        let room = right - left - width(&number, SMALL) - 10.0;
        let look = Lettering { size: LABEL, is_bold: true, colour: INK, anchor: Anchor::Start };
        canvas.text((left, top + 9.0), &fit_middle(&team.name, room / 1.08, LABEL), look)?;
        canvas.text((right, top + 9.0), &number, small(Anchor::End))?;
        let (median, interval) = team.median();
        canvas.text((left, top + 25.0), &fit(&format!("median {median} ({interval})"), right - left, SMALL), small(Anchor::Start))
    }
}

/// A curve of few steps as it is; of many, the straight course through points evenly spread over the axis.
fn course(scale: &Scale, steps: &[Step], most: usize, value: impl Fn(&Step) -> f64) -> Vec<(f64, f64)> {
    if steps.len() * 2 < most {
        return staircase(scale, steps, value);
    }
    let points = thinned(steps, scale, most).into_iter().map(|step| (scale.x(step.hours), scale.y(value(&step))));
    std::iter::once((scale.left, scale.y(1.0))).chain(points).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::tests::check;

    fn steps(number: usize, scale: f64) -> Vec<Step> {
        let step = |place: usize| {
            let share = 1.0 - (place + 1) as f64 / number as f64;
            let hours = scale * -(1.0 - (place as f64 + 0.5) / number as f64).ln();
            Step {
                hours,
                at_risk: (number - place) as i64,
                censored: 0,
                share,
                interval: (share > 0.0).then_some((share * 0.8, (share * 1.2).min(1.0))),
            }
        };
        (0..number).map(step).collect()
    }

    fn teams(number: usize) -> Vec<Team> {
        let team = |place: usize| Team {
            name: format!("Customer Communications and Letters {place}"),
            steps: steps(1 + place * 30, 3.0),
            incidents: 1 + place as i64 * 30,
            differs: place == 1,
        };
        (0..number).map(team).collect()
    }

    #[test]
    fn labels_have_room_with_none_one_eight_and_forty_teams() {
        for number in [0, 1, 8, 40] {
            check(&of(teams(number), steps(900, 2.0), "90 %"));
        }
    }

    #[test]
    fn the_median_is_where_curve_and_band_cross_one_half() {
        // Four restored after 1, 2, 3 and 4 h: the curve is at 0.75, 0.5, 0.25 and 0. It lies at one half from 2 to 3 h: R's survfit says 2.5.
        let at = |hours: f64, share: f64, ends| Step { hours, at_risk: 4, censored: 0, share, interval: ends };
        let steps =
            vec![at(1.0, 0.75, Some((0.3, 0.9))), at(2.0, 0.5, Some((0.1, 0.8))), at(3.0, 0.25, Some((0.05, 0.6))), at(4.0, 0.0, None)];
        let team = Team { name: String::new(), steps, incidents: 4, differs: false };
        assert_eq!(team.median(), ("2 h 30 min".to_owned(), "at least 1 h 00 min".to_owned()));
    }
}
