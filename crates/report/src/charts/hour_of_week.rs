//! Deployments and incidents by hour of the week, as two heat maps of the same layout.

use chrono::{DateTime, Datelike, Timelike};
use polars::prelude::{Int64Chunked, PolarsResult};
use sequela_schema::Values;
use sequela_schema::result::{deployment_outcomes, incident_attribution};

use super::canvas::{Anchor, Canvas, Drawn, Stroke};
use super::colour::{GROUND, HEAT};
use super::lettering::{SMALL, small, width};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::Context;
use crate::wording;

const NAME: &str = "hour_of_week";
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Fewer events than this are shown by four hours: single hours would be noughts and ones.
const HOURLY_FROM: f64 = 200.0;
const HEAD: f64 = 22.0;
const FOOT: f64 = 30.0;
const BETWEEN: f64 = 12.0;

/// Counts by weekday from Monday and hour.
type Week = [[f64; 24]; 7];

struct Panel {
    noun: &'static str,
    week: Week,
    /// Hours in a cell.
    step: usize,
    /// From where on a cell has the darkest step.
    end: f64,
}

struct HourOfWeek {
    panels: Vec<Panel>,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> PolarsResult<Chart> {
    let deployments = material.frames.get(&deployment_outcomes::TABLE);
    let incidents = material.frames.get(&incident_attribution::TABLE);
    let deployments = week(deployments.instants(&deployment_outcomes::FINISHED_AT)?, material.context);
    let incidents = week(incidents.instants(&incident_attribution::CREATED_AT)?, material.context);
    Ok(of(deployments, incidents, &format!("Count by hour of the week, {}", material.context.timezone)))
}

fn of(deployments: Week, incidents: Week, subtitle: &str) -> Chart {
    let panels: Vec<Panel> = [("Deployments", deployments), ("Incidents", incidents)]
        .into_iter()
        .filter(|(_, week)| sum(week) > 0.0)
        .map(|(noun, week)| Panel::new(noun, week))
        .collect();
    if panels.is_empty() {
        let reason = "No deployment and no incident has a time: a deployment export and an incident export fill this chart.";
        return empty::chart(NAME, "Hour of the week: nothing to show", subtitle, reason);
    }
    let title = title(&deployments, &incidents);
    let shares: Vec<String> = panels.iter().map(|panel| panel.words()).collect();
    let description = format!("{title}. {}.", shares.join("; "));
    let data = data(&panels);
    Chart { name: NAME, title, subtitle: subtitle.to_owned(), description, data, plot: Box::new(HourOfWeek { panels }) }
}

/// Events of the range by local weekday and hour.
fn week(instants: &Int64Chunked, context: &Context) -> Week {
    let mut week = [[0.0; 24]; 7];
    for instant in instants.iter().flatten().filter(|instant| (context.from..context.to).contains(instant)) {
        let local = DateTime::from_timestamp_micros(instant).unwrap_or_default().with_timezone(&context.timezone);
        week[local.weekday().num_days_from_monday() as usize][local.hour() as usize] += 1.0;
    }
    week
}

fn sum(week: &Week) -> f64 {
    week.iter().flatten().sum()
}

/// Share of the events from Monday to Friday, 8 to 18 o'clock; by chance it would be 30 %.
fn at_work(week: &Week) -> f64 {
    week[..5].iter().flat_map(|day| &day[8..18]).sum::<f64>() / sum(week).max(1.0)
}

fn title(deployments: &Week, incidents: &Week) -> String {
    let (released, broken) = (at_work(deployments), at_work(incidents));
    let (is_day, follows) = (released >= 0.7, broken >= 0.5);
    match (sum(deployments) > 0.0, sum(incidents) > 0.0) {
        (true, true) if is_day && follows => "Deployments keep working hours, and so do most incidents".to_owned(),
        (true, true) if is_day => "Deployments keep working hours, incidents do not".to_owned(),
        (true, true) => {
            format!("Working hours hold {} of deployments, {} of incidents", wording::share(released), wording::share(broken))
        }
        (true, false) => format!("{} of deployments fall in working hours", wording::share(released)),
        _ => format!("{} of incidents begin in working hours", wording::share(broken)),
    }
}

fn data(panels: &[Panel]) -> ChartData {
    let span = |from: usize, step: usize| format!("{from:02}–{:02}", from + step);
    let rows = panels.iter().flat_map(|panel| {
        DAYS.iter().enumerate().flat_map(move |(day, name)| {
            let cells = panel.cells(day).into_iter().enumerate().filter(|(_, count)| *count > 0.0);
            cells.map(move |(cell, count)| {
                vec![format!("{}, {name} {}", panel.noun, span(cell * panel.step, panel.step)), wording::count(count)]
            })
        })
    });
    ChartData { head: vec!["Hours", "Count"], rows: rows.collect() }
}

impl Panel {
    fn new(noun: &'static str, week: Week) -> Self {
        let step = if sum(&week) < HOURLY_FROM { 4 } else { 1 };
        let mut panel = Self { noun, week, step, end: 1.0 };
        let mut counts: Vec<f64> = (0..7).flat_map(|day| panel.cells(day)).collect();
        counts.sort_by(f64::total_cmp);
        panel.end = upper_end(counts[(counts.len() * 99).div_ceil(100) - 1]);
        panel
    }

    fn cells(&self, day: usize) -> Vec<f64> {
        self.week[day].chunks(self.step).map(|hours| hours.iter().sum()).collect()
    }

    /// The lightest of the six steps is nothing or next to it.
    fn colour(&self, count: f64) -> plotters::style::RGBColor {
        let step = (count / self.end * HEAT.len() as f64).floor() as usize;
        HEAT[step.min(HEAT.len() - 1)]
    }

    fn words(&self) -> String {
        let total = wording::thousands(sum(&self.week) as i64);
        format!("{} {total}, {} of them Monday to Friday from 8 to 18", self.noun, wording::share(at_work(&self.week)))
    }
}

/// A multiple of six that is easy to read, so that every step holds a whole number of events.
fn upper_end(most: f64) -> f64 {
    let power = 10_f64.powf((most.max(1.0) / 6.0).log10().floor());
    let step = [1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0].iter().map(|factor| (factor * power).max(1.0)).find(|step| step * 6.0 >= most - 1e-9);
    step.unwrap_or(10.0 * power).round() * 6.0
}

/// Cells as high as leaves a row its label.
fn row(width: f64) -> f64 {
    if width < 500.0 { 16.0 } else { 20.0 }
}

impl Plot for HourOfWeek {
    fn height(&self, width: f64) -> f64 {
        (HEAD + 7.0 * row(width) + FOOT + BETWEEN) * self.panels.len() as f64 - BETWEEN
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let step = HEAD + 7.0 * row(canvas.width) + FOOT + BETWEEN;
        self.panels.iter().enumerate().try_for_each(|(place, panel)| panel.draw(canvas, step * place as f64))
    }
}

impl Panel {
    fn draw(&self, canvas: &Canvas<'_>, top: f64) -> Drawn {
        let (left, right, high) = (34.0, canvas.width - 8.0, row(canvas.width));
        let x = |hour: usize| left + hour as f64 / 24.0 * (right - left);
        let every = if canvas.width < 500.0 { 4 } else { 3.max(self.step) };
        for hour in (0..24).step_by(every) {
            canvas.text((x(hour) + 8.0, top + 10.0), &format!("{hour:02}"), small(Anchor::Middle))?;
        }
        for (day, name) in DAYS.iter().enumerate() {
            let y = top + HEAD + day as f64 * high;
            canvas.text((left - 6.0, y + high / 2.0), name, small(Anchor::End))?;
            let cells: Vec<_> = self.cells(day).into_iter().map(|count| self.colour(count)).enumerate().collect();
            // Neighbours of one colour are one rectangle, parted by lines below: most of the file would be cells.
            for run in cells.chunk_by(|one, next| one.1 == next.1) {
                let (from, to) = (x(run[0].0 * self.step), x((run[run.len() - 1].0 + 1) * self.step));
                canvas.rectangle((from, y), (to, y + high - 1.0), run[0].1)?;
            }
        }
        for hour in (self.step..24).step_by(self.step) {
            let ends = [(x(hour), top + HEAD), (x(hour), top + HEAD + 7.0 * high)];
            canvas.line(&ends, Stroke::solid(GROUND, 1.0))?;
        }
        self.key(canvas, (left, right), top + HEAD + 7.0 * high + 16.0)
    }

    fn key(&self, canvas: &Canvas<'_>, (left, right): (f64, f64), y: f64) -> Drawn {
        let words = if self.step == 1 { self.noun.to_owned() } else { format!("{} per {} hours", self.noun, self.step) };
        canvas.text((left, y), &words, small(Anchor::Start))?;
        let most = format!("{}+", wording::count(self.end / 6.0 * 5.0));
        let cell = 14.0;
        let from = right - width(&most, SMALL) - 6.0 - cell * HEAT.len() as f64;
        canvas.text((from - 6.0, y), "0", small(Anchor::End))?;
        for (step, colour) in HEAT.iter().enumerate() {
            let at = from + step as f64 * cell;
            canvas.rectangle((at, y - 5.0), (at + cell - 1.0, y + 5.0), *colour)?;
        }
        canvas.text((right, y), &most, small(Anchor::End))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::tests::check;

    fn filled(days: usize, hours: std::ops::Range<usize>, count: f64) -> Week {
        let mut week = [[0.0; 24]; 7];
        for day in &mut week[..days] {
            day[hours.clone()].fill(count);
        }
        week
    }

    #[test]
    fn the_title_tells_the_pattern() {
        let (office, always) = (filled(5, 9..17, 20.0), filled(7, 0..24, 3.0));
        assert_eq!(title(&office, &always), "Deployments keep working hours, incidents do not");
        assert_eq!(title(&office, &office), "Deployments keep working hours, and so do most incidents");
        // 50 of 168 hours are working hours.
        assert!((at_work(&always) - 50.0 / 168.0).abs() < 1e-9);
    }

    #[test]
    fn steps_hold_whole_numbers() {
        for (most, end) in [(0.0, 6.0), (5.0, 6.0), (7.0, 12.0), (12.0, 12.0), (19.0, 24.0), (239.0, 240.0), (1_000.0, 1_200.0)] {
            assert_eq!(upper_end(most), end, "{most}");
        }
    }

    #[test]
    fn labels_have_room_with_many_few_and_no_events() {
        let none = [[0.0; 24]; 7];
        for (deployments, incidents) in [(filled(7, 0..24, 2e5), filled(5, 8..20, 7.0)), (filled(1, 3..4, 1.0), none), (none, none)] {
            check(&of(deployments, incidents, "Count by hour of the week, Europe/London"));
        }
    }
}
