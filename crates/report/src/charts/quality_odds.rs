//! What goes with failures: odds ratio of each measure with its interval, on a log axis; left of 1 fewer failures, right of it more.

use polars::prelude::PolarsResult;
use sequela_schema::result::quality_association as columns;

use super::canvas::{Anchor, Canvas, Drawn, Lettering, Stroke};
use super::colour::{CAUSED, ESTIMATE, INK, REFERENCE, RULE, SECOND_INK};
use super::lettering::{LABEL, SMALL, fit, label, small, width};
use super::scale::LogScale;
use super::{Chart, ChartData, Material, Plot, empty};
use crate::record::Record;
use crate::wording;

const NAME: &str = "failure_odds_by_measure";
/// Measures drawn, those with a finding first; all stand in the table.
const DRAWN: usize = 14;
const ROW: f64 = 34.0;
const TOP: f64 = 22.0;
const FOOT: f64 = 44.0;
/// Ends that no axis goes beyond.
const LIMITS: (f64, f64) = (0.02, 50.0);
const TICKS: [f64; 11] = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0];

/// A measure with its odds ratio.
#[derive(Clone, Debug)]
struct Measure {
    name: String,
    step: String,
    n: i64,
    odds: (f64, f64, f64),
    finding: String,
}

impl Measure {
    fn is_called(&self) -> bool {
        matches!(self.finding.as_str(), "more failures" | "fewer failures")
    }
}

struct Odds {
    measures: Vec<Measure>,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> PolarsResult<Chart> {
    let subtitle = format!(
        "Odds of failure per step of a measure (log scale), {} intervals over services; an association, not a cause",
        wording::share(material.context.level)
    );
    if material.honesty.is_withheld() {
        return Ok(empty::chart(NAME, "What goes with failures: not shown", &subtitle, &wording::withheld_words(material.honesty)));
    }
    let mut measures = measures(material)?;
    measures.sort_by_key(|measure| !measure.is_called());
    Ok(of(measures, &subtitle))
}

fn of(measures: Vec<Measure>, subtitle: &str) -> Chart {
    if measures.is_empty() {
        let reason = "No measure has an odds ratio: at least 5 failures, 5 sound deployments and 5 services with the measure are needed.";
        return empty::chart(NAME, "What goes with failures: too few to say", subtitle, reason);
    }
    let called: Vec<&Measure> = measures.iter().filter(|measure| measure.is_called()).collect();
    let title = match called.as_slice() {
        [] => "No measure is shown to go with failures".to_owned(),
        [one] => format!("{} go with: {}", capital(&one.finding), wording::lower_first(&one.name)),
        several => format!("{} of {} measures go with failures", several.len(), measures.len()),
    };
    let words = |measure: &Measure| format!("{}: odds × {} per {}", measure.name, wording::hundredths(measure.odds.0), measure.step);
    let description = format!("{title}. {}.", measures.iter().map(words).collect::<Vec<_>>().join("; "));
    let data = data(&measures);
    let measures = measures.into_iter().take(DRAWN).collect();
    Chart { name: NAME, title, subtitle: subtitle.to_owned(), description, data, plot: Box::new(Odds { measures }) }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn measures(material: &Material<'_>) -> PolarsResult<Vec<Measure>> {
    let frame = material.frames.get(&columns::TABLE);
    let mut measures = Vec::new();
    for row in Record::all_with(&frame, &columns::OUTCOME, "change_failure")? {
        let real = |column| row.real(column);
        let odds = (real(&columns::ODDS_RATIO)?, real(&columns::ODDS_LOWER)?, real(&columns::ODDS_UPPER)?);
        if let (Some(value), Some(lower), Some(upper)) = odds {
            measures.push(Measure {
                name: wording::measure_words(row.text(&columns::MEASURE)?.unwrap_or_default()),
                step: row.text(&columns::STEP)?.unwrap_or_default().to_owned(),
                n: row.int(&columns::N)?.unwrap_or_default(),
                odds: (value, lower, upper),
                finding: row.text(&columns::FINDING)?.unwrap_or_default().to_owned(),
            });
        }
    }
    Ok(measures)
}

fn data(measures: &[Measure]) -> ChartData {
    let row = |measure: &Measure| {
        let (value, lower, upper) = measure.odds;
        let ends = format!("{} – {}", wording::hundredths(lower), wording::hundredths(upper));
        vec![measure.name.clone(), measure.step.clone(), wording::hundredths(value), ends, wording::thousands(measure.n)]
    };
    ChartData {
        head: vec!["Measure", "Per", "Odds of failure", "Interval", "Deployments with it"],
        rows: measures.iter().map(row).collect(),
    }
}

impl Plot for Odds {
    fn height(&self, _width: f64) -> f64 {
        TOP + ROW * self.measures.len() as f64 + FOOT
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let scale = self.scale(canvas);
        let bottom = TOP + ROW * self.measures.len() as f64;
        for tick in TICKS.iter().filter(|tick| (scale.start..=scale.end).contains(*tick)) {
            let x = scale.x(*tick);
            let stroke = if *tick == 1.0 { Stroke::dashed(REFERENCE, 1.6) } else { Stroke::solid(RULE, 1.0) };
            canvas.line(&[(x, TOP), (x, bottom)], stroke)?;
        }
        let one = scale.x(1.0);
        if one - scale.left > width("fewer failures", SMALL) + 10.0 {
            canvas.text((one - 8.0, TOP - 10.0), "fewer failures", small(Anchor::End))?;
        }
        if scale.right - one > width("more failures", SMALL) + 10.0 {
            canvas.text((one + 8.0, TOP - 10.0), "more failures", small(Anchor::Start))?;
        }
        for (place, measure) in self.measures.iter().enumerate() {
            self.row(canvas, &scale, measure, TOP + ROW * (place as f64 + 0.5))?;
        }
        scale.draw(canvas, &TICKS, |value| value.to_string(), bottom)?;
        canvas.text(((scale.left + scale.right) / 2.0, bottom + 34.0), "odds ratio (log scale)", label(Anchor::Middle))
    }
}

impl Odds {
    /// The names take up to two fifths of the width; the axis reaches the widest interval, and always from 0.5 to 2.
    fn scale(&self, canvas: &Canvas<'_>) -> LogScale {
        let names = self.measures.iter().map(|measure| width(&measure.name, LABEL) * 1.08).fold(60.0, f64::max);
        let (mut least, mut most) = (0.5, 2.0);
        for measure in &self.measures {
            least = measure.odds.1.min(least);
            most = measure.odds.2.max(most);
        }
        LogScale {
            left: names.min(canvas.width * 0.4) + 12.0,
            right: canvas.width - 12.0,
            start: (least / 1.1).max(LIMITS.0),
            end: (most * 1.1).min(LIMITS.1),
        }
    }

    fn row(&self, canvas: &Canvas<'_>, scale: &LogScale, measure: &Measure, y: f64) -> Drawn {
        let room = scale.left - 12.0;
        let name = Lettering { size: LABEL, is_bold: measure.is_called(), colour: INK, anchor: Anchor::Start };
        canvas.text((0.0, y - 7.0), &fit(&measure.name, room / 1.08, LABEL), name)?;
        canvas.text((0.0, y + 8.0), &fit(&measure.step, room, SMALL), small(Anchor::Start))?;
        let (value, lower, upper) = measure.odds;
        let colour = match measure.finding.as_str() {
            "more failures" => CAUSED,
            "fewer failures" => ESTIMATE,
            _ => SECOND_INK,
        };
        canvas.line(&[(scale.x(lower), y), (scale.x(upper), y)], Stroke::solid(colour, 2.0))?;
        let (x, radius) = (scale.x(value), 4.6);
        match measure.finding.as_str() {
            "more failures" => canvas.polygon(&[(x, y - 6.0), (x + 6.0, y + 4.5), (x - 6.0, y + 4.5)], colour),
            "fewer failures" => canvas.polygon(&[(x, y + 6.0), (x + 6.0, y - 4.5), (x - 6.0, y - 4.5)], colour),
            _ => canvas.dot((x, y), radius, colour),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::tests::check;

    fn measure(name: &str, odds: (f64, f64, f64), finding: &str) -> Measure {
        Measure { name: name.to_owned(), step: "10 points".to_owned(), n: 1_234, odds, finding: finding.to_owned() }
    }

    #[test]
    fn labels_have_room_for_few_many_long_and_wide() {
        let few = vec![measure("Coverage", (0.8, 0.7, 0.95), "fewer failures"), measure("Lines changed", (2.1, 1.6, 2.8), "more failures")];
        let many =
            (0..30).map(|place| measure(&format!("Cognitive complexity of new code {place}"), (1.0, 0.5, 2.0), "not shown")).collect();
        let wide = vec![measure("Tests", (1e-9, 0.0, 1e12), "not shown"), measure("Rating", (1e9, 40.0, 1e15), "more failures")];
        for measures in [few, many, wide, Vec::new()] {
            check(&of(measures, "Odds"));
        }
    }

    #[test]
    fn the_title_says_what_was_found() {
        let of = |finding| of(vec![measure("Coverage", (0.8, 0.7, 0.95), finding)], "Odds").title;
        assert_eq!(of("fewer failures"), "Fewer failures go with: coverage");
        assert_eq!(of("not shown"), "No measure is shown to go with failures");
    }
}
