//! Do stated probabilities hold? For the model a line of dots with intervals, for each rule the one thing it says: "caused".

use std::path::Path;

use sequela_schema::Frames;
use sequela_schema::result::evaluation_bins;
use sequela_schema::vocabulary::measure;

use super::canvas::{Anchor, Canvas, Drawn, Stroke};
use super::colour::{AXIS, CAUSED, ESTIMATE, REFERENCE, RULE};
use super::lettering::{self, LABEL, SMALL, fit, label, name, small};
use super::{Chart, ChartData, Material, Plot, empty, raster};
use crate::evaluation::{Bin, Contender, Measure, bins, points};
use crate::{ReportError, wording};

const NAME: &str = "reliability";
const TICKS: [f64; 6] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
/// From the plot to the names of the rules.
const GAP: f64 = 26.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 30.0;
const FOOT: f64 = 46.0;
/// Distance of two names.
const LINE: f64 = 17.0;
/// Radius of the dots of a class with all incidents, and of one with next to none.
const RADII: (f64, f64) = (9.0, 2.6);

struct Reliability {
    model: Vec<Bin>,
    rules: Vec<(String, Bin)>,
}

/// Writes `reliability.svg` and, at twice the size, `reliability.png` into `folder`, which is made if need be. The first definition that
/// states probabilities gets the line.
///
/// # Errors
/// As [`super::write_charts`].
pub fn write_reliability(frames: &Frames, contenders: &[Contender], folder: &Path) -> Result<(), ReportError> {
    fs_err::create_dir_all(folder)?;
    let svg = chart(frames, contenders)?.standalone()?;
    fs_err::write(folder.join(format!("{NAME}.png")), raster::png(NAME, &svg)?)?;
    fs_err::write(folder.join(format!("{NAME}.svg")), svg + "\n")?;
    Ok(())
}

/// Of the definition of a run that was given labels; none without.
pub(super) fn of_run(material: &Material<'_>) -> Result<Option<Chart>, ReportError> {
    if material.frames.height(&evaluation_bins::TABLE) == 0 {
        return Ok(None);
    }
    let own = Contender { name: material.context.definition.clone(), is_model: material.honesty.is_model() };
    chart(material.frames, &[own]).map(Some)
}

fn chart(frames: &Frames, contenders: &[Contender]) -> Result<Chart, ReportError> {
    let own = contenders.iter().find(|one| one.is_model);
    let model = own.map(|own| bins(frames, &own.name)).transpose()?.unwrap_or_default();
    let mut rules = Vec::new();
    for rule in contenders.iter().filter(|one| !one.is_model) {
        // What a rule does not link it calls "not caused": only its links are a statement.
        rules.extend(bins(frames, &rule.name)?.into_iter().filter(|bin| bin.stated == 1.0).map(|bin| (rule.name.clone(), bin)));
    }
    let mut subtitle = "Incidents truly caused by a change, by stated probability; dot size: number of incidents, bar: 90 % interval, \
                        dashed: exactly as stated"
        .to_owned();
    if !rules.is_empty() {
        subtitle.push_str(", diamond: a rule, sure whenever it links");
    }
    if model.is_empty() && rules.is_empty() {
        let reason = "The labels only say what a deployment did cause. Incidents known not to be caused by one would fill this chart.";
        return Ok(empty::chart(NAME, "Whether probabilities hold: nothing to show", &subtitle, reason));
    }
    let error = own.map(|own| Measure::read(frames, &own.name, measure::CALIBRATION_ERROR)).transpose()?.and_then(|error| error.value);
    let title = match error {
        Some(error) => format!("The model's probabilities are off by {} on average", points(error)),
        None => "How often the rules are right when they blame".to_owned(),
    };
    let data = data(&model, &rules);
    let description = format!("{title}. {}", in_words(&model));
    Ok(Chart { name: NAME, title, subtitle, description, data, plot: Box::new(Reliability { model, rules }) })
}

fn in_words(model: &[Bin]) -> String {
    let one = |bin: &Bin| format!("{} stated: {} of {}", wording::share(bin.stated), wording::share(bin.share), wording::thousands(bin.n));
    model.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn data(model: &[Bin], rules: &[(String, Bin)]) -> ChartData {
    let row = |who: &str, bin: &Bin| vec![who.to_owned(), wording::share(bin.stated), wording::share(bin.share), wording::thousands(bin.n)];
    let rows = model.iter().map(|bin| row("model", bin)).chain(rules.iter().map(|(name, bin)| row(name, bin)));
    ChartData { head: vec!["Definition", "Stated", "True", "Incidents"], rows: rows.collect() }
}

/// Pixels of probabilities: as wide as high.
struct Square {
    left: f64,
    bottom: f64,
    side: f64,
}

impl Square {
    fn at(&self, stated: f64, share: f64) -> (f64, f64) {
        (self.left + stated.clamp(0.0, 1.0) * self.side, self.bottom - share.clamp(0.0, 1.0) * self.side)
    }
}

impl Plot for Reliability {
    fn height(&self, width: f64) -> f64 {
        TOP + self.side(width) + FOOT
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let side = self.side(canvas.width);
        let square = Square { left: LEFT, bottom: TOP + side, side };
        grid(canvas, &square)?;
        canvas.line(&[square.at(0.0, 0.0), square.at(1.0, 1.0)], Stroke::dashed(REFERENCE, 1.6))?;
        self.line(canvas, &square)?;
        self.names(canvas, &square)
    }
}

impl Reliability {
    fn side(&self, width: f64) -> f64 {
        let names = self.rules.iter().map(|(rule, bin)| lettering::width(&words(rule, bin), LABEL)).fold(0.0, f64::max);
        let room = if self.rules.is_empty() { 16.0 } else { GAP + (names + 2.0).min(0.4 * width) };
        (width - LEFT - room).clamp(120.0, 400.0)
    }

    fn line(&self, canvas: &Canvas<'_>, square: &Square) -> Drawn {
        let points: Vec<_> = self.model.iter().map(|bin| square.at(bin.stated, bin.share)).collect();
        if points.len() > 1 {
            canvas.line(&points, Stroke::solid(ESTIMATE, 1.6))?;
        }
        let all: i64 = self.model.iter().map(|bin| bin.n).sum();
        for bin in &self.model {
            if let Some((lower, upper)) = bin.interval {
                canvas.line(&[square.at(bin.stated, lower), square.at(bin.stated, upper)], Stroke::solid(ESTIMATE, 1.4))?;
            }
            let radius = RADII.1 + (RADII.0 - RADII.1) * (bin.n as f64 / all.max(1) as f64).sqrt();
            canvas.dot(square.at(bin.stated, bin.share), radius, ESTIMATE)?;
        }
        Ok(())
    }

    /// Diamonds of the rules at the right edge, their names beside them, apart from each other.
    fn names(&self, canvas: &Canvas<'_>, square: &Square) -> Drawn {
        let mut rules: Vec<&(String, Bin)> = self.rules.iter().collect();
        rules.sort_by(|left, right| right.1.share.total_cmp(&left.1.share));
        let wanted: Vec<f64> = rules.iter().map(|(_, bin)| square.at(1.0, bin.share).1).collect();
        let places = spread(&wanted, LINE, square.bottom - square.side, square.bottom);
        for ((rule, bin), y) in rules.iter().zip(places) {
            let point = square.at(1.0, bin.share);
            let left = square.left + square.side + GAP;
            canvas.line(&[point, (left - 4.0, y)], Stroke::solid(RULE, 1.0))?;
            canvas.diamond(point, 4.6, Stroke::solid(CAUSED, 1.6))?;
            canvas.text((left, y), &fit(&words(rule, bin), canvas.width - left, LABEL), name(Anchor::Start))?;
        }
        Ok(())
    }
}

/// The share first: of a long name the end may be cut.
fn words(rule: &str, bin: &Bin) -> String {
    format!("{} {rule}", wording::share(bin.share))
}

fn grid(canvas: &Canvas<'_>, square: &Square) -> Drawn {
    for tick in TICKS {
        let stroke = Stroke::solid(if tick == 0.0 { AXIS } else { RULE }, 1.0);
        let (across, up) = (square.at(0.0, tick), square.at(tick, 0.0));
        canvas.line(&[across, square.at(1.0, tick)], stroke)?;
        canvas.line(&[up, square.at(tick, 1.0)], stroke)?;
        canvas.text((across.0 - 6.0, across.1), &wording::share(tick), label(Anchor::End))?;
        canvas.text((up.0, up.1 + 14.0), &wording::share(tick), label(Anchor::Middle))?;
    }
    canvas.text((0.0, TOP - 18.0), "truly caused by a change", small(Anchor::Start))?;
    canvas.text((square.left + square.side / 2.0, square.bottom + 14.0 + SMALL + 8.0), "stated probability", small(Anchor::Middle))
}

/// Places in the order given, at least `step` apart and as near to the wanted ones as a sweep from above and one from below put them.
fn spread(wanted: &[f64], step: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut places = wanted.to_vec();
    for place in 0..places.len() {
        let free = if place == 0 { top } else { places[place - 1] + step };
        places[place] = places[place].max(free);
    }
    let mut free = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(free);
        free = *place - step;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_apart_and_inside() {
        assert_eq!(spread(&[10.0, 12.0, 50.0], 15.0, 0.0, 100.0), [10.0, 25.0, 50.0]);
        assert_eq!(spread(&[95.0, 98.0, 99.0], 15.0, 0.0, 100.0), [70.0, 85.0, 100.0]);
        assert!(spread(&[], 15.0, 0.0, 100.0).is_empty());
    }
}
