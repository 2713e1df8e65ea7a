//! Time to restore of incidents that a change caused against that of others (Kaplan–Meier): two curves, their bands, one test.

use polars::prelude::PolarsResult;
use sequela_stats::Level;
use sequela_stats::survival::{KaplanMeier, Observation, log_rank};

use super::axis::hour_label;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Stroke};
use super::colour::{AXIS, CAUSED, CAUSED_BAND, REFERENCE, REFERENCE_BAND, RULE, SECOND_INK};
use super::lettering::{LABEL, SMALL, label, small, width};
use super::placing::Placed;
use super::restore_curve::{Scale, Step, at_risk, band, observed, sorted_times, staircase, thinned};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::wording;

const NAME: &str = "time_to_restore_by_cause";
/// From this probability on a change caused the incident, below the other one did none; what lies between is left out.
const CAUSED_FROM: f64 = 0.7;
const OTHER_BELOW: f64 = 0.3;
/// Fewer incidents than this make no curve.
const FEWEST: usize = 5;
/// A smaller probability by chance alone is called a difference.
const SMALL_P: f64 = 0.01;
const PLOT_HEIGHT: f64 = 270.0;
const ROW: f64 = 16.0;
const STEPS: usize = 110;
/// Hours at which incidents at risk are counted.
const TIMES: [f64; 9] = [0.25, 1.0, 2.0, 4.0, 8.0, 24.0, 72.0, 168.0, 672.0];

/// Incidents of one kind of cause.
struct Group {
    words: &'static str,
    steps: Vec<Step>,
    /// Hours of all of them, sorted.
    times: Vec<f64>,
    number: usize,
    open: usize,
    median: Option<f64>,
    interval: String,
}

struct ByCause {
    groups: [Group; 2],
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> PolarsResult<Chart> {
    let subtitle = "Share of incidents not yet restored, by time since they began (log scale)";
    if material.honesty.is_withheld() {
        return Ok(empty::chart(NAME, "Time to restore by cause: not shown", subtitle, &wording::withheld_words(material.honesty)));
    }
    let [caused, other, between] = groups(material)?;
    let level = Level::new(material.context.level).unwrap_or_default();
    Ok(of(&caused, &other, between.len(), level))
}

fn of(caused: &[Observation], other: &[Observation], left_out: usize, level: Level) -> Chart {
    let subtitle = format!(
        "Share of incidents not yet restored, by time since they began (log scale), {} bands; {left_out} undetermined left out",
        wording::share(level.probability())
    );
    let few = format!("{} caused by a change and {} others: at least {FEWEST} of each are needed for curves.", caused.len(), other.len());
    if caused.len() < FEWEST || other.len() < FEWEST {
        return empty::chart(NAME, "Time to restore by cause: too few incidents", &subtitle, &few);
    }
    let (Some(first), Some(second)) = (group("caused by change", caused, level), group("other causes", other, level)) else {
        return empty::chart(NAME, "Time to restore by cause: nothing to show", &subtitle, "A time to restore is negative.");
    };
    let p = log_rank(&[caused, other]).ok().and_then(|test| test.p_value);
    let title = title(&first, &second, p);
    let test = p.map_or_else(|| "no log-rank test".to_owned(), |p| format!("log-rank p {}", p_words(p)));
    let description = format!("{title}. {}; {}; {test}.", first.sentence(), second.sentence());
    let data = data(&[&first, &second], p);
    let subtitle = format!("{subtitle}; {test}");
    Chart { name: NAME, title, subtitle, description, data, plot: Box::new(ByCause { groups: [first, second] }) }
}

/// Observations of incidents by cause: caused by a change, by none, undetermined.
fn groups(material: &Material<'_>) -> PolarsResult<[Vec<Observation>; 3]> {
    let mut groups = [Vec::new(), Vec::new(), Vec::new()];
    for (observation, change) in observed(material)? {
        let place = if change >= CAUSED_FROM {
            0
        } else if change < OTHER_BELOW {
            1
        } else {
            2
        };
        groups[place].push(observation);
    }
    Ok(groups)
}

fn group(words: &'static str, observations: &[Observation], level: Level) -> Option<Group> {
    let curve = KaplanMeier::fit(observations).ok()?;
    let step = |step: sequela_stats::survival::Step| Step {
        hours: step.time,
        at_risk: step.at_risk.round() as i64,
        censored: step.censored.round() as i64,
        share: step.survival,
        interval: step.lower.zip(step.upper),
    };
    let median = curve.quantile(0.5, level);
    let ends = (median.lower.map(wording::duration), median.upper.map(wording::duration));
    let interval = match ends {
        (Some(lower), Some(upper)) => format!("{lower} – {upper}"),
        (Some(lower), None) => format!("at least {lower}"),
        _ => wording::MISSING.to_owned(),
    };
    Some(Group {
        words,
        steps: curve.steps(level).into_iter().map(step).collect(),
        times: sorted_times(observations),
        number: observations.len(),
        open: observations.iter().filter(|observation| !observation.restored).count(),
        median: median.value,
        interval,
    })
}

impl Group {
    fn median_words(&self) -> String {
        self.median.map_or_else(|| "not reached".to_owned(), wording::duration)
    }

    fn sentence(&self) -> String {
        format!("{}: {}, median {} ({})", self.words, wording::plural(self.number as i64, "incident"), self.median_words(), self.interval)
    }
}

/// Both medians and what the test says of them.
fn title(caused: &Group, other: &Group, p: Option<f64>) -> String {
    let verdict = match p {
        Some(p) if p < SMALL_P => "they differ",
        Some(_) => "no signal",
        None => "too few to say",
    };
    let short = |group: &Group| group.median.map_or_else(|| "not reached".to_owned(), about);
    format!("Median change-caused {}, others {}: {verdict}", short(caused), short(other))
}

/// Hours with at most one unit: titles have no room for more.
pub(super) fn about(hours: f64) -> String {
    match hours {
        hours if hours * 60.0 < 99.5 => format!("{:.0} min", hours * 60.0),
        hours if hours < 99.5 => format!("{hours:.1} h"),
        hours => format!("{} h", wording::thousands(hours.round() as i64)),
    }
}

fn p_words(p: f64) -> String {
    if p < 0.001 { "under 0.001".to_owned() } else { format!("= {p:.3}") }
}

fn data(groups: &[&Group; 2], p: Option<f64>) -> ChartData {
    let mut rows = Vec::new();
    for group in groups {
        rows.push(vec![format!("{}: median", group.words), group.median_words(), group.interval.clone()]);
        for hours in TIMES {
            let step = group.steps[..group.steps.partition_point(|step| step.hours <= hours)].last();
            let at_risk = at_risk(&group.times, hours);
            let share = wording::share(step.map_or(1.0, |step| step.share));
            rows.push(vec![
                format!("{}: after {}", group.words, hour_label(hours)),
                share,
                format!("{} at risk", wording::thousands(at_risk)),
            ]);
        }
    }
    rows.push(vec!["Log-rank p".to_owned(), p.map_or_else(|| wording::MISSING.to_owned(), p_words), String::new()]);
    ChartData { head: vec!["Figure", "Value", "Interval or number"], rows }
}

impl Plot for ByCause {
    fn height(&self, _width: f64) -> f64 {
        PLOT_HEIGHT + 8.0 + ROW * 2.0 + if self.has_open() { ROW } else { 0.0 }
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let scale = self.scale(canvas);
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let y = scale.y(share);
            canvas.line(&[(scale.left, y), (scale.right, y)], Stroke::solid(if share == 0.0 { AXIS } else { RULE }, 1.0))?;
            canvas.text((scale.left - 6.0, y), &wording::share(share), label(Anchor::End))?;
        }
        let looks = [(CAUSED_BAND, Stroke::solid(CAUSED, 2.2), CAUSED), (REFERENCE_BAND, Stroke::dashed(REFERENCE, 2.2), SECOND_INK)];
        let curves: Vec<_> = self.groups.iter().map(|group| thinned(&group.steps, &scale, STEPS)).collect();
        for (steps, look) in curves.iter().zip(looks).rev() {
            band(canvas, &scale, steps, look.0)?;
        }
        for (steps, look) in curves.iter().zip(looks).rev() {
            canvas.line(&staircase(&scale, steps, |step| step.share), look.1)?;
        }
        self.names(canvas, &scale, &looks.map(|look| look.2))?;
        self.times(canvas, &scale)
    }
}

impl ByCause {
    fn has_open(&self) -> bool {
        self.groups.iter().any(|group| group.open > 0)
    }

    fn scale(&self, canvas: &Canvas<'_>) -> Scale {
        let longest = self.groups.iter().filter_map(|group| group.steps.last()).map(|step| step.hours).fold(1.0, f64::max);
        let early = self
            .groups
            .iter()
            .filter_map(|group| group.steps.iter().find(|step| step.share <= 0.85))
            .map(|step| step.hours)
            .fold(longest, f64::min);
        let start = [0.25, 1.0 / 12.0, 1.0 / 60.0].into_iter().find(|start| *start <= early).unwrap_or(1.0 / 60.0);
        Scale {
            left: 56.0,
            right: canvas.width - 10.0,
            start,
            end: (longest * 1.05).max(start * 16.0),
            top: 12.0,
            bottom: PLOT_HEIGHT - 34.0,
        }
    }

    /// The slower group is named right of its curve, the faster one left of it, where the other curve is not.
    fn names(&self, canvas: &Canvas<'_>, scale: &Scale, colours: &[plotters::style::RGBColor; 2]) -> Drawn {
        let at = |group: &Group, share: f64| {
            let hours = group.steps.iter().find(|step| step.share <= share).or(group.steps.last()).map_or(1.0, |step| step.hours);
            scale.x(hours)
        };
        let slower = usize::from(at(&self.groups[1], 0.5) > at(&self.groups[0], 0.5));
        let mut placed = Placed::within((scale.left, scale.top, canvas.width, scale.bottom));
        for (place, group) in self.groups.iter().enumerate() {
            let look = Lettering { size: LABEL, is_bold: true, colour: colours[place], anchor: Anchor::Start };
            let right = |share: f64, gap: f64| ((at(group, share) + gap, scale.y(share)), Anchor::Start);
            let left = |share: f64, gap: f64| ((at(group, share) - gap, scale.y(share)), Anchor::End);
            let places: Vec<_> = if place == slower {
                vec![right(0.6, 34.0), right(0.7, 34.0), right(0.85, 30.0), right(0.3, 24.0), ((scale.right, scale.y(0.93)), Anchor::End)]
            } else {
                vec![
                    left(0.4, 26.0),
                    left(0.3, 26.0),
                    left(0.15, 26.0),
                    left(0.6, 20.0),
                    ((scale.left + 6.0, scale.y(0.07)), Anchor::Start),
                ]
            };
            placed.write(canvas, group.words, look, &places)?;
        }
        Ok(())
    }

    fn times(&self, canvas: &Canvas<'_>, scale: &Scale) -> Drawn {
        let first = PLOT_HEIGHT + 16.0;
        canvas.text((0.0, first - 16.0), "Not yet restored", small(Anchor::Start))?;
        for (row, name) in ["change", "other"].into_iter().enumerate() {
            canvas.text((0.0, first + ROW * row as f64), name, small(Anchor::Start))?;
        }
        let mut free_from = 0.0;
        for hours in TIMES.iter().filter(|hours| **hours >= scale.start && **hours <= scale.end) {
            let x = scale.x(*hours);
            let words = hour_label(*hours);
            let counts = self.groups.each_ref().map(|group| wording::thousands(at_risk(&group.times, *hours)));
            let half = counts.iter().map(|count| width(count, SMALL)).fold(width(&words, LABEL), f64::max) / 2.0;
            let centre = x.clamp(scale.left + half, scale.right - half);
            canvas.line(&[(x, scale.bottom), (x, scale.bottom + 5.0)], Stroke::solid(AXIS, 1.0))?;
            if centre - half < free_from {
                continue;
            }
            canvas.text((centre, scale.bottom + 16.0), &words, label(Anchor::Middle))?;
            for (row, count) in counts.iter().enumerate() {
                canvas.text((centre, first + ROW * row as f64), count, small(Anchor::Middle))?;
            }
            free_from = centre + half + 8.0;
        }
        if !self.has_open() {
            return Ok(());
        }
        let words = format!("open at export: {} change, {} other", self.groups[0].open, self.groups[1].open);
        canvas.text((0.0, first + ROW * 2.0), &words, small(Anchor::Start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::tests::check;

    fn spread(number: usize, scale: f64, open: usize) -> Vec<Observation> {
        let hours = |place: usize| scale * -((place as f64 + 0.5) / number as f64).ln();
        (0..number).map(|place| if place < open { Observation::open(hours(place)) } else { Observation::restored(hours(place)) }).collect()
    }

    #[test]
    fn labels_have_room_alike_apart_open_and_few() {
        for (caused, other) in [
            (spread(164, 3.0, 0), spread(166, 2.0, 0)),
            (spread(9_000, 100.0, 40), spread(9_000, 0.05, 0)),
            (spread(9, 0.2, 8), spread(7, 0.2, 7)),
            (spread(3, 1.0, 0), spread(300, 1.0, 0)),
            (vec![Observation::restored(2.0); 6], vec![Observation::restored(2.0); 6]),
        ] {
            check(&of(&caused, &other, 35, Level::default()));
        }
    }

    #[test]
    fn the_title_calls_a_difference_only_where_the_test_finds_one() {
        let far = of(&spread(164, 30.0, 0), &spread(166, 2.0, 0), 0, Level::default());
        assert!(far.title.ends_with("they differ"), "{}", far.title);
        let alike = of(&spread(164, 2.0, 0), &spread(166, 2.0, 0), 0, Level::default());
        assert!(alike.title.ends_with("no signal"), "{}", alike.title);
    }
}
