//! Deployments and incidents per week. Weeks that the data cover only in part are left out: they would look like a drop.

use sequela_schema::metric;
use sequela_schema::vocabulary::period;

use super::axis::{TimePanel, whole_ticks};
use super::canvas::{Anchor, Canvas, Drawn, Stroke};
use super::colour::{CAUSED, ESTIMATE, INK, REFERENCE, REFERENCE_BAND};
use super::lettering::{SMALL, small, width};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::Context;
use crate::figures::{Figure, Series, month_start};
use crate::wording::{self, MISSING};

const HEIGHT: f64 = 230.0;
/// Weeks shown, at most: two years.
const WEEKS: usize = 104;
const MICROSECONDS_PER_DAY: i64 = 86_400 * 1_000_000;

/// Deployments per week as a line, dashed the mean.
pub(super) fn deployments(material: &Material<'_>) -> Chart {
    const NAME: &str = "deployments_per_week";
    let subtitle = "Deployments to production per week, count, without rollbacks; whole weeks";
    let weeks = whole_weeks(material.figures.series(period::WEEK, &metric::DEPLOYMENTS), material.context);
    let counts: Vec<(i32, f64)> = weeks.iter().filter_map(|(day, figure)| Some((*day, figure.value?))).collect();
    if counts.iter().all(|week| week.1 == 0.0) {
        let reason = "No week has a deployment: a deployment export fills this chart.";
        return empty::chart(NAME, "Deployments per week: nothing to show", subtitle, reason);
    }
    let mean = counts.iter().map(|(_, count)| count).sum::<f64>() / counts.len() as f64;
    let title = format!("About {} a week", wording::plural(mean.round() as i64, "deployment"));
    let (smallest, largest) =
        (counts.iter().map(|week| week.1).fold(f64::MAX, f64::min), counts.iter().map(|week| week.1).fold(0.0, f64::max));
    let description = format!("{title}, between {} and {} in {} weeks.", wording::count(smallest), wording::count(largest), counts.len());
    let data = ChartData {
        head: vec!["Week from", "Deployments"],
        rows: counts.iter().map(|(day, count)| vec![day_words(*day), wording::count(*count)]).collect(),
    };
    let plot = Box::new(Deployments { counts, mean, review: material.month.map(|month| month.start) });
    Chart { name: NAME, title, subtitle: subtitle.to_owned(), description, data, plot }
}

/// Incidents per week as bars, those caused by a change as inner bars.
pub(super) fn incidents(material: &Material<'_>) -> Chart {
    const NAME: &str = "incidents_per_week";
    let subtitle = if material.honesty.is_withheld() {
        "Incidents per week, count; whole weeks; how many a change caused is not shown"
    } else {
        "Incidents per week, count; inner bar: caused by a change (expected); whole weeks"
    };
    let weeks = whole_weeks(material.figures.series(period::WEEK, &metric::INCIDENTS), material.context);
    let caused = material.figures.series(period::WEEK, &metric::CHANGE_CAUSED_INCIDENTS);
    let bars: Vec<Bar> =
        weeks.iter().filter_map(|(day, figure)| Some(Bar { day: *day, all: figure.value?, caused: caused.get(day).cloned() })).collect();
    let all: f64 = bars.iter().map(|bar| bar.all).sum();
    if all == 0.0 {
        let reason = "No week has an incident: an incident export fills this chart.";
        return empty::chart(NAME, "Incidents per week: nothing to show", subtitle, reason);
    }
    let mean = all / bars.len() as f64;
    let title = title(&bars, all);
    let description = format!("{title}; {} incidents a week on average in {} weeks.", wording::expected(mean), bars.len());
    let data =
        ChartData { head: vec!["Week from", "Incidents", "Caused by a change", "Interval"], rows: bars.iter().map(Bar::row).collect() };
    Chart {
        name: NAME,
        title,
        subtitle: subtitle.to_owned(),
        description,
        data,
        plot: Box::new(Incidents { bars, review: material.month.map(|month| month.start) }),
    }
}

/// The share put down to a change, where that is known.
fn title(bars: &[Bar], all: f64) -> String {
    if bars.iter().all(|bar| bar.caused_value().is_none()) {
        return format!("About {} a week", wording::plural((all / bars.len() as f64).round() as i64, "incident"));
    }
    let share = bars.iter().filter_map(Bar::caused_value).sum::<f64>() / all;
    format!("{} of incidents are put down to a change", wording::share(share))
}

/// Weeks that lie wholly in the range, the last ones; all if none does.
fn whole_weeks<'a>(series: &'a Series, context: &Context) -> Vec<(i32, &'a Figure)> {
    let day = |instant| wording::local_day(instant, context.timezone).to_epoch_days();
    let (first, last) = (day(context.from), day(context.to.saturating_add(MICROSECONDS_PER_DAY / 2)));
    let mut whole: Vec<_> =
        series.iter().filter(|(start, _)| **start >= first && **start + 7 <= last + 1).map(|(start, figure)| (*start, figure)).collect();
    if whole.is_empty() {
        whole = series.iter().map(|(start, figure)| (*start, figure)).collect();
    }
    whole.split_off(whole.len().saturating_sub(WEEKS))
}

fn day_words(day: i32) -> String {
    wording::days_words(month_start(day))
}

struct Deployments {
    counts: Vec<(i32, f64)>,
    mean: f64,
    review: Option<i32>,
}

impl Plot for Deployments {
    fn height(&self, _width: f64) -> f64 {
        HEIGHT
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let ticks = whole_ticks(self.counts.iter().map(|week| week.1).fold(0.0, f64::max));
        let (first, last) = (self.counts[0].0, self.counts[self.counts.len() - 1].0 + 7);
        let panel = TimePanel::new(canvas, (first, last), &ticks, HEIGHT, wording::count);
        panel.draw(canvas, &ticks, wording::count, self.review)?;
        let y = panel.y(self.mean);
        canvas.line(&[(panel.left, y), (panel.right, y)], Stroke::dashed(REFERENCE, 1.3))?;
        let points: Vec<_> = self.counts.iter().map(|(day, count)| (panel.x(f64::from(*day) + 3.5), panel.y(*count))).collect();
        canvas.line(&points, Stroke::solid(ESTIMATE, 1.8))?;
        if points.len() <= 60 {
            points.iter().try_for_each(|point| canvas.dot(*point, 2.4, ESTIMATE))?;
        }
        let words = format!("mean {} a week", wording::expected(self.mean));
        let reach = panel.left + width(&words, SMALL) + 20.0;
        let lowest = points.iter().filter(|point| point.0 <= reach).map(|point| point.1).fold(y, f64::max);
        canvas.text((panel.left + 4.0, (lowest + 12.0).min(panel.y(0.0) - 8.0)), &words, small(Anchor::Start))
    }
}

struct Bar {
    day: i32,
    all: f64,
    caused: Option<Figure>,
}

impl Bar {
    fn caused_value(&self) -> Option<f64> {
        self.caused.as_ref()?.value
    }

    fn row(&self) -> Vec<String> {
        let caused = self.caused.as_ref();
        vec![
            day_words(self.day),
            wording::count(self.all),
            caused.map_or_else(|| MISSING.to_owned(), wording::figure),
            caused.map_or_else(|| MISSING.to_owned(), wording::interval),
        ]
    }
}

struct Incidents {
    bars: Vec<Bar>,
    review: Option<i32>,
}

impl Plot for Incidents {
    fn height(&self, _width: f64) -> f64 {
        HEIGHT + 20.0
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let largest = self.bars.iter().map(|bar| bar.all).fold(0.0, f64::max);
        let ticks = whole_ticks(largest);
        let (first, last) = (self.bars[0].day, self.bars[self.bars.len() - 1].day + 7);
        let panel = TimePanel::new(canvas, (first, last), &ticks, HEIGHT, wording::count);
        panel.draw(canvas, &ticks, wording::count, self.review)?;
        self.bars.iter().try_for_each(|bar| draw_bar(canvas, &panel, bar))?;
        if self.bars.iter().all(|bar| bar.caused_value().is_none()) {
            return Ok(());
        }
        key(canvas, panel.left)
    }
}

fn draw_bar(canvas: &Canvas<'_>, panel: &TimePanel, bar: &Bar) -> Drawn {
    let (left, right) = (panel.x(f64::from(bar.day)), panel.x(f64::from(bar.day) + 7.0));
    let gap = ((right - left) * 0.15).clamp(0.3, 6.0);
    let (left, right, ground) = (left + gap, right - gap, panel.y(0.0));
    canvas.rectangle((left, panel.y(bar.all)), (right, ground), REFERENCE_BAND)?;
    canvas.frame((left, panel.y(bar.all)), (right, ground), Stroke::solid(REFERENCE, 0.8))?;
    let Some(caused) = bar.caused_value() else { return Ok(()) };
    canvas.rectangle((left, panel.y(caused)), (right, ground), CAUSED)?;
    let interval = bar.caused.as_ref().and_then(Figure::interval);
    if let Some((lower, upper)) = interval.filter(|_| right - left >= 5.0) {
        let middle = (left + right) / 2.0;
        let ends = [(middle, panel.y(lower)), (middle, panel.y(upper))];
        canvas.line(&ends, Stroke::solid(super::colour::GROUND, 3.6))?;
        canvas.line(&ends, Stroke::solid(INK, 1.2))?;
    }
    Ok(())
}

fn key(canvas: &Canvas<'_>, left: f64) -> Drawn {
    let y = HEIGHT + 8.0;
    canvas.rectangle((left, y - 5.0), (left + 10.0, y + 5.0), REFERENCE_BAND)?;
    canvas.frame((left, y - 5.0), (left + 10.0, y + 5.0), Stroke::solid(REFERENCE, 0.8))?;
    canvas.text((left + 16.0, y), "all incidents", small(Anchor::Start))?;
    let second = left + 30.0 + width("all incidents", SMALL);
    canvas.rectangle((second, y - 5.0), (second + 10.0, y + 5.0), CAUSED)?;
    let words = if canvas.width < 500.0 { "caused by a change" } else { "caused by a change, with its interval" };
    canvas.text((second + 16.0, y), words, small(Anchor::Start))
}
