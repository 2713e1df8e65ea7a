//! The month of the service that lost most hours to change: its deployments, its incidents, and which is held against which.

use chrono::{Datelike, NaiveDate};

use super::canvas::{Anchor, Canvas, Drawn, Lettering, Stroke};
use super::colour::{AXIS, CAUSED, CAUSED_BAND, ESTIMATE, ESTIMATE_BAND, GROUND, INK, QUIET, REFERENCE, RULE, SECOND_INK};
use super::lettering::{SMALL, fit, fit_middle, small, width};
use super::timeline_data::{Case, Kind, Month, read};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::figures::month_start;
use crate::wording;
use polars::prelude::PolarsResult;

const NAME: &str = "timeline";
const LEGEND_ROW: f64 = 20.0;
/// Rows of incidents, at most.
const ROWS: usize = 24;
/// Ticks of deployments, at most; more become counts per six hours.
const TICKS: usize = 150;
/// Narrower pictures have the words of a row below it.
const WORDS_ASIDE_FROM: f64 = 600.0;

struct Timeline {
    month: Month,
    /// Incidents that have no row.
    rest: usize,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> PolarsResult<Chart> {
    let subtitle = "One row per incident; line from deployment to incident: the thicker, the likelier; dashed: of another service";
    if material.honesty.is_withheld() {
        let reason = wording::withheld_words(material.honesty);
        return Ok(empty::chart(NAME, "The month of the worst service: not shown", subtitle, &reason));
    }
    Ok(match read(material)? {
        Some(month) => of(month, subtitle),
        None => {
            let reason = "No incident of the month is put down to a change, so no service stands out.";
            empty::chart(NAME, "The month of the worst service: nothing to show", subtitle, reason)
        }
    })
}

fn of(mut month: Month, subtitle: &str) -> Chart {
    let title = title(&month);
    let description = format!(
        "{title}. {} and {} of {}; {:.1} hours lost to change.",
        wording::plural(month.cases.len() as i64, "incident"),
        wording::plural(month.deployments.len() as i64, "deployment"),
        month.service,
        month.hours
    );
    let rest = month.cases.len().saturating_sub(ROWS);
    month.cases.sort_by(|left, right| right.hours.total_cmp(&left.hours).then(left.id.cmp(&right.id)));
    month.cases.truncate(ROWS);
    month.cases.sort_by(|left, right| left.at.cmp(&right.at).then(left.id.cmp(&right.id)));
    let data = data(&month);
    let subtitle = format!("{}, {}. {subtitle}", month.service, wording::month_words(month_start(month.first_day)));
    Chart { name: NAME, title, subtitle, description, data, plot: Box::new(Timeline { month, rest }) }
}

/// How close incidents follow the deployments that they are put down to.
fn title(month: &Month) -> String {
    let service = wording::cut(&month.service, 36);
    let clear = month.cases.iter().filter_map(|case| case.links.first()).filter(|link| link.probability >= 0.5);
    let mut lags: Vec<f64> = clear.map(|link| link.lag_hours.max(0.0)).collect();
    lags.sort_by(f64::total_cmp);
    match lags.len() {
        0 => format!("{service}: no single deployment stands out as a cause"),
        number => format!("{service}: half of caused incidents begin within {}", super::response_curve::rounded(lags[(number - 1) / 2])),
    }
}

fn data(month: &Month) -> ChartData {
    let row = |case: &Case| {
        let link = case.links.first();
        vec![
            case.id.clone(),
            wording::instant_words(case.at, month.zone),
            wording::duration(case.hours),
            wording::probability(case.change),
            link.map_or_else(|| wording::MISSING.to_owned(), |link| link.deployment.clone()),
            link.map_or_else(|| wording::MISSING.to_owned(), |link| wording::duration(link.lag_hours)),
        ]
    };
    let head = vec!["Incident", "Began", "Time to restore", "Caused by a change", "Likeliest deployment", "Lag"];
    ChartData { head, rows: month.cases.iter().map(row).collect() }
}

impl Case {
    fn words(&self) -> String {
        let duration = if self.is_open { format!("open for {}", wording::duration(self.hours)) } else { wording::duration(self.hours) };
        let cause = match (self.links.first(), self.change) {
            (Some(link), change) if change > 0.7 && link.probability >= 0.5 => {
                let deployment = fit_middle(&link.deployment, 90.0, SMALL);
                format!("{} after {deployment}, {}", wording::duration(link.lag_hours.max(0.0)), wording::probability(link.probability))
            }
            (_, change) if change > 0.7 => format!("a change, {}", wording::probability(change)),
            (_, change) if change >= 0.3 => format!("undetermined, {} change", wording::probability(change)),
            (_, change) => format!("other cause, {} change", wording::probability(change)),
        };
        format!("{} · {duration} · {cause}", fit_middle(&self.id, 110.0, SMALL))
    }
}

/// Where the parts stand.
struct Layout {
    right: f64,
    top: f64,
    lane: f64,
    second: Option<f64>,
    bottom: f64,
    row: f64,
    first: f64,
}

impl Layout {
    fn y(&self, row: usize) -> f64 {
        self.first + self.row * row as f64
    }
}

impl Plot for Timeline {
    fn is_full(&self) -> bool {
        true
    }

    fn height(&self, width: f64) -> f64 {
        self.layout(width).bottom + 24.0 + if self.rest > 0 { 20.0 } else { 0.0 }
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let layout = self.layout(canvas.width);
        self.legend(canvas.width).into_iter().try_for_each(|(mark, words, at)| legend_mark(canvas, mark, words, at))?;
        self.days(canvas, &layout)?;
        self.lanes(canvas, &layout)?;
        self.links(canvas, &layout)?;
        for (row, case) in self.month.cases.iter().enumerate() {
            self.case(canvas, &layout, case, layout.y(row))?;
        }
        if self.rest == 0 {
            return Ok(());
        }
        let words = format!("{} more with fewer hours in the tables", wording::plural(self.rest as i64, "incident"));
        canvas.text((0.0, layout.bottom + 34.0), &words, small(Anchor::Start))
    }
}

/// What a key explains.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Tick,
    Tall,
    Hotfix,
    Rollback,
    Caused,
    Undetermined,
    Other,
    Duration,
}

impl Timeline {
    fn layout(&self, wide: f64) -> Layout {
        let is_wide = wide >= WORDS_ASIDE_FROM;
        let words = self.month.cases.iter().map(|case| width(&case.words(), SMALL)).fold(0.0, f64::max);
        let right = if is_wide { wide - (words + 12.0).min(wide * 0.46) } else { wide - 4.0 };
        let legend_rows = self.legend(wide).last().map_or(0.0, |(_, _, at)| at.1);
        let top = legend_rows + 18.0;
        let lane = top + 48.0;
        let second = self.month.has_others().then_some(lane + 46.0);
        let row = if is_wide { 26.0 } else { 42.0 };
        let first = second.unwrap_or(lane) + 24.0;
        let last = first + row * (self.month.cases.len().max(1) - 1) as f64;
        Layout { right, top, lane, second, bottom: last + if is_wide { 16.0 } else { 32.0 }, row, first }
    }

    fn x(&self, layout: &Layout, instant: i64) -> f64 {
        let share = (instant - self.month.from) as f64 / (self.month.to - self.month.from).max(1) as f64;
        share.clamp(0.0, 1.0) * layout.right
    }

    /// The key: marks that occur, in lines as long as the picture is wide.
    fn legend(&self, wide: f64) -> Vec<(Mark, &'static str, (f64, f64))> {
        let month = &self.month;
        let kind = |kind: Kind| month.deployments.len() <= TICKS && month.deployments.iter().any(|deployment| deployment.1 == kind);
        let case = |from: f64, to: f64| month.cases.iter().any(|case| case.change >= from && case.change <= to);
        let items = [
            (Mark::Tick, "deployment", month.deployments.len() <= TICKS),
            (Mark::Tall, "over 1,000 lines", kind(Kind::Large)),
            (Mark::Hotfix, "hotfix", kind(Kind::Hotfix)),
            (Mark::Rollback, "rollback", kind(Kind::Rollback)),
            (Mark::Caused, "caused by change", case(0.700_001, 2.0)),
            (Mark::Undetermined, "undetermined", case(0.3, 0.7)),
            (Mark::Other, "other cause", case(-1.0, 0.299_999)),
            (Mark::Duration, "until restored", true),
        ];
        let (mut x, mut y) = (0.0, 8.0);
        let mut placed = Vec::new();
        for (mark, words, _) in items.into_iter().filter(|item| item.2) {
            let long = 26.0 + width(words, SMALL);
            if x > 0.0 && x + long > wide {
                (x, y) = (0.0, y + LEGEND_ROW);
            }
            placed.push((mark, words, (x, y)));
            x += long + 16.0;
        }
        placed
    }

    /// Weekends shaded, Mondays ruled and named.
    fn days(&self, canvas: &Canvas<'_>, layout: &Layout) -> Drawn {
        let days: Vec<(NaiveDate, f64)> = self.month.days.iter().map(|(day, at)| (month_start(*day), self.x(layout, *at))).collect();
        let end = |place: usize| days.get(place + 1).map_or(layout.right, |day| day.1);
        for (place, (day, x)) in days.iter().enumerate().filter(|(_, (day, _))| day.weekday().num_days_from_monday() > 4) {
            let _ = day;
            canvas.rectangle((*x, layout.top), (end(place), layout.bottom), QUIET)?;
        }
        let format = if canvas.width >= WORDS_ASIDE_FROM { "%a %-d %b" } else { "%-d %b" };
        for (day, x) in days.iter().filter(|(day, _)| day.weekday().num_days_from_monday() == 0) {
            canvas.line(&[(*x, layout.top), (*x, layout.bottom)], Stroke::solid(RULE, 1.0))?;
            let words = day.format(format).to_string();
            if x + 3.0 + width(&words, SMALL) <= canvas.width {
                canvas.text((x + 3.0, layout.bottom + 12.0), &words, small(Anchor::Start))?;
            }
        }
        Ok(())
    }

    fn lanes(&self, canvas: &Canvas<'_>, layout: &Layout) -> Drawn {
        let bold = Lettering { size: SMALL, is_bold: true, colour: INK, anchor: Anchor::Start };
        let words = fit(&format!("Deployments of {}", self.month.service), layout.right / 1.1 - 6.0, SMALL);
        canvas.text((3.0, layout.top + 9.0), &words, bold)?;
        if self.month.deployments.len() > TICKS {
            self.counts(canvas, layout)?;
        } else {
            self.ticks(canvas, layout)?;
        }
        let Some(second) = layout.second else { return Ok(()) };
        canvas.text((3.0, layout.lane + 13.0), "of other services, where linked", bold)?;
        let others = self.month.cases.iter().flat_map(|case| &case.links).filter(|link| !link.is_own);
        let mut ticks: Vec<f64> = others.map(|link| self.x(layout, link.at)).collect();
        ticks.sort_by(f64::total_cmp);
        comb(canvas, (layout.right, second), &ticks, 16.0, 1.5)
    }

    fn ticks(&self, canvas: &Canvas<'_>, layout: &Layout) -> Drawn {
        let places = |kind: Kind| self.month.deployments.iter().filter(move |found| found.1 == kind).map(|found| self.x(layout, found.0));
        let y = layout.lane;
        comb(canvas, (layout.right, y), &places(Kind::Plain).collect::<Vec<_>>(), 16.0, 1.5)?;
        comb(canvas, (layout.right, y), &places(Kind::Large).collect::<Vec<_>>(), 26.0, 2.4)?;
        places(Kind::Hotfix).try_for_each(|x| canvas.diamond((x, y), 5.0, Stroke::solid(ESTIMATE, 1.5)))?;
        places(Kind::Rollback).try_for_each(|x| back(canvas, (x, y)))
    }

    /// Deployments per six hours, as one area.
    fn counts(&self, canvas: &Canvas<'_>, layout: &Layout) -> Drawn {
        const STEP: i64 = 6 * 3_600_000_000;
        let mut counts = vec![0.0_f64; ((self.month.to - self.month.from) / STEP + 1) as usize];
        for (instant, _) in &self.month.deployments {
            counts[((instant - self.month.from) / STEP) as usize] += 1.0;
        }
        let most = counts.iter().copied().fold(1.0, f64::max);
        let mut outline = vec![(0.0, layout.lane)];
        for (place, count) in counts.iter().enumerate() {
            let y = layout.lane - count / most * 26.0;
            let from = self.month.from + place as i64 * STEP;
            outline.extend([(self.x(layout, from), y), (self.x(layout, from + STEP), y)]);
        }
        outline.push((layout.right, layout.lane));
        canvas.polygon(&outline, ESTIMATE_BAND)?;
        canvas.line(&outline, Stroke::solid(ESTIMATE, 1.0))?;
        let words = format!("per 6 hours, at most {}", wording::count(most));
        canvas.text((layout.right - 3.0, layout.top - 6.0), &words, small(Anchor::End))
    }

    fn links(&self, canvas: &Canvas<'_>, layout: &Layout) -> Drawn {
        for (row, case) in self.month.cases.iter().enumerate() {
            for link in &case.links {
                let wide = 1.0 + 2.5 * link.probability;
                let (from, stroke) = match layout.second.filter(|_| !link.is_own) {
                    Some(second) => (second, Stroke::dashed(CAUSED, wide)),
                    None => (layout.lane, Stroke::solid(CAUSED, wide)),
                };
                canvas.line(&[(self.x(layout, link.at), from), (self.x(layout, case.at), layout.y(row))], stroke)?;
            }
        }
        Ok(())
    }

    fn case(&self, canvas: &Canvas<'_>, layout: &Layout, case: &Case, y: f64) -> Drawn {
        if canvas.width >= WORDS_ASIDE_FROM {
            canvas.line(&[(0.0, y), (layout.right, y)], Stroke::solid(RULE, 0.8))?;
        }
        let (from, to) = (self.x(layout, case.at), self.x(layout, case.until));
        if to > from {
            let edge = if case.change < 0.3 { REFERENCE } else { CAUSED };
            canvas.frame((from, y - 3.5), (to, y + 3.5), Stroke::solid(edge, 0.9))?;
        }
        incident(canvas, case.change, (from, y))?;
        let look = Lettering { size: SMALL, is_bold: false, colour: INK, anchor: Anchor::Start };
        if canvas.width >= WORDS_ASIDE_FROM {
            return canvas.text((layout.right + 8.0, y), &fit(&case.words(), canvas.width - layout.right - 10.0, SMALL), look);
        }
        canvas.text((2.0, y + 17.0), &fit(&case.words(), canvas.width - 4.0, SMALL), look)
    }
}

/// Ticks on a base line, drawn as one stroke: hundreds of strokes would fill the file.
fn comb(canvas: &Canvas<'_>, (right, y): (f64, f64), ticks: &[f64], high: f64, wide: f64) -> Drawn {
    let points: Vec<_> = ticks.iter().flat_map(|x| [(*x, y), (*x, y - high), (*x, y)]).collect();
    if !points.is_empty() {
        canvas.line(&points, Stroke::solid(ESTIMATE, wide))?;
    }
    canvas.line(&[(0.0, y), (right, y)], Stroke::solid(GROUND, wide))?;
    canvas.line(&[(0.0, y), (right, y)], Stroke::solid(AXIS, 1.2))
}

/// A hollow triangle that points back.
fn back(canvas: &Canvas<'_>, (x, y): (f64, f64)) -> Drawn {
    let corners = [(x - 6.0, y), (x + 4.5, y - 5.5), (x + 4.5, y + 5.5), (x - 6.0, y)];
    canvas.polygon(&corners[..3], GROUND)?;
    canvas.line(&corners, Stroke::solid(CAUSED, 1.5))
}

fn incident(canvas: &Canvas<'_>, change: f64, at: (f64, f64)) -> Drawn {
    if change > 0.7 {
        return canvas.dot(at, 5.2, CAUSED);
    }
    let is_open = change >= 0.3;
    canvas.ring(at, 4.8, Stroke::solid(if is_open { CAUSED } else { SECOND_INK }, 1.6))?;
    if is_open { canvas.dot(at, 3.6, CAUSED_BAND) } else { Ok(()) }
}

fn legend_mark(canvas: &Canvas<'_>, mark: Mark, words: &str, (x, y): (f64, f64)) -> Drawn {
    let at = (x + 8.0, y);
    match mark {
        Mark::Tick => canvas.line(&[(at.0, y - 5.0), (at.0, y + 5.0)], Stroke::solid(ESTIMATE, 1.5))?,
        Mark::Tall => canvas.line(&[(at.0, y - 8.0), (at.0, y + 8.0)], Stroke::solid(ESTIMATE, 2.4))?,
        Mark::Hotfix => canvas.diamond(at, 5.0, Stroke::solid(ESTIMATE, 1.5))?,
        Mark::Rollback => back(canvas, at)?,
        Mark::Caused => incident(canvas, 1.0, at)?,
        Mark::Undetermined => incident(canvas, 0.5, at)?,
        Mark::Other => incident(canvas, 0.0, at)?,
        Mark::Duration => canvas.frame((x, y - 3.5), (x + 16.0, y + 3.5), Stroke::solid(CAUSED, 0.9))?,
    }
    canvas.text((x + 22.0, y), words, Lettering { size: SMALL, is_bold: false, colour: SECOND_INK, anchor: Anchor::Start })
}

#[cfg(test)]
mod tests {
    use super::super::timeline_data::Link;
    use super::*;
    use crate::charts::tests::check;

    const HOUR: i64 = 3_600_000_000;

    fn month(cases: usize, deployments: usize) -> Month {
        let case = |place: usize| Case {
            id: format!("INC00123{place:02}"),
            at: (place as i64 * 700 / cases as i64) * HOUR,
            until: (place as i64 * 700 / cases as i64 + 9) * HOUR,
            hours: 9.0 + place as f64,
            is_open: place == 3,
            change: [0.1, 0.5, 0.95][place % 3],
            links: vec![Link {
                deployment: "github:9182736455".to_owned(),
                at: 0,
                lag_hours: 1.5,
                probability: 0.9,
                is_own: place.is_multiple_of(2),
            }],
        };
        let kinds = [Kind::Plain, Kind::Large, Kind::Hotfix, Kind::Rollback];
        Month {
            service: "customer-communications-gateway".to_owned(),
            zone: chrono_tz::UTC,
            hours: 12.0,
            first_day: 0,
            from: 0,
            to: 31 * 24 * HOUR,
            days: (0..31).map(|day| (day, i64::from(day) * 24 * HOUR)).collect(),
            deployments: (0..deployments)
                .map(|place| (place as i64 * 743 / deployments as i64 * HOUR, kinds[if place % 9 == 0 { place / 9 % 4 } else { 0 }]))
                .collect(),
            cases: (0..cases).map(case).collect(),
        }
    }

    #[test]
    fn labels_have_room_with_one_many_and_very_many() {
        for (cases, deployments) in [(1, 1), (9, 71), (24, 150), (60, 5_000)] {
            check(&of(month(cases, deployments), "One row per incident"));
        }
    }

    #[test]
    fn more_incidents_than_rows_are_counted() {
        let svg = of(month(60, 10), "One row per incident").inline(1_232.0).unwrap();
        assert!(svg.contains("36 incidents more with fewer hours"));
        // The longest stay: the last of sixty has 68 hours.
        assert!(svg.contains("INC0012359") && !svg.contains("INC0012300"));
    }
}
