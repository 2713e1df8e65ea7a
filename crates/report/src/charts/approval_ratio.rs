//! How much more often changes of one approval path fail than those of another: the plain ratio beside the one among alike changes.

use polars::prelude::PolarsResult;

use super::canvas::{Anchor, Canvas, Drawn, Stroke};
use super::colour::{ESTIMATE, REFERENCE, RULE};
use super::lettering::{LABEL, SMALL, fit, name, small, width};
use super::scale::LogScale;
use super::{Chart, ChartData, Material, Plot, empty};
use crate::approval::{Path, Ratio, alike, path_words, paths};
use crate::wording;

const NAME: &str = "failure_ratio_by_approval";
const ROW: f64 = 44.0;
const HEAD: f64 = 26.0;
const FOOT: f64 = 34.0;
/// Marks of the axis.
const TICKS: [f64; 11] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0, 100.0];
/// The axis reaches at least from a half to double, and never further than this.
const REACH: (f64, f64) = (0.05, 20.0);

/// One path with both ratios.
struct Row {
    name: String,
    crude: Ratio,
    adjusted: Ratio,
    /// More failures, fewer failures, or nothing shown.
    finding: String,
}

struct Ratios {
    rows: Vec<Row>,
    reference: String,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> PolarsResult<Chart> {
    let subtitle = "Failure rate of each approval path ÷ that of the path compared with (log scale)";
    if material.honesty.is_withheld() {
        return Ok(empty::chart(NAME, "Failures by approval path: not shown", subtitle, &wording::withheld_words(material.honesty)));
    }
    let paths = paths(material.frames)?;
    Ok(of(&paths, alike(material.frames, &paths)?, material))
}

fn of(paths: &[Path], alike: &str, material: &Material<'_>) -> Chart {
    let same = if alike.is_empty() { "not adjusted: size and tier are not given".to_owned() } else { format!("same {alike}") };
    let subtitle = format!(
        "Failure rate ÷ that of the path compared with (log scale); dot and {} interval: {same}; diamond and dashes: crude. An association.",
        material.context.level_words()
    );
    let judged = |path: &&Path| matches!(path.finding.as_str(), "more failures" | "fewer failures" | "not shown");
    let rows: Vec<Row> = paths.iter().filter(judged).map(row).collect();
    let Some(reference) = paths.iter().find_map(|path| path.compared_with.as_deref()).filter(|_| !rows.is_empty()) else {
        let reason =
            "Two approval paths with five failures between them are needed: a change export with type and approval fills this chart.";
        return empty::chart(NAME, "Failures by approval path: nothing to compare", &subtitle, reason);
    };
    let title = title(&rows, path_words(reference));
    let one = |row: &Row| format!("{}: crude {}, {same} {}", row.name, row.crude.words(), row.adjusted.words());
    let description = format!("{title}. {}.", rows.iter().map(one).collect::<Vec<_>>().join("; "));
    let data = data(&rows);
    let plot = Box::new(Ratios { rows, reference: wording::lower_first(path_words(reference)) });
    Chart { name: NAME, title, subtitle, description, data, plot }
}

fn row(path: &Path) -> Row {
    Row { name: path.name().to_owned(), crude: path.crude, adjusted: path.adjusted, finding: path.finding.clone() }
}

fn title(rows: &[Row], reference: &str) -> String {
    // The lack of a record is no way of approving: it is told apart, and last.
    let is_way = |row: &&Row| row.name != path_words("none") && row.name != path_words("unknown");
    let of =
        |finding: &str| rows.iter().filter(is_way).filter(|row| row.finding == finding).map(|row| row.name.as_str()).collect::<Vec<_>>();
    let other = wording::lower_first(reference);
    match (of("more failures").as_slice(), of("fewer failures").as_slice()) {
        ([], []) => {
            let alone = rows.iter().find(|row| row.name == path_words("none")).map_or("", |row| row.finding.as_str());
            match alone {
                "more failures" | "fewer failures" => format!("Without a record {alone}; other paths cannot be told apart"),
                _ => "Approval paths cannot be told apart".to_owned(),
            }
        }
        ([one], []) => format!("{one}: more failures than {other}"),
        ([], [one]) => format!("{one}: fewer failures than {other}"),
        (more, fewer) => format!("{} approval paths differ from {other}", more.len() + fewer.len()),
    }
}

fn data(rows: &[Row]) -> ChartData {
    let value = |ratio: &Ratio| ratio.value.map_or_else(|| wording::MISSING.to_owned(), wording::ratio);
    let ends = |ratio: &Ratio| wording::ratio_interval(ratio.lower, ratio.upper);
    let of = |row: &Row| vec![row.name.clone(), value(&row.crude), ends(&row.crude), value(&row.adjusted), ends(&row.adjusted)];
    ChartData { head: vec!["Approval path", "Crude", "Interval", "Alike changes", "Interval"], rows: rows.iter().map(of).collect() }
}

impl Ratios {
    fn scale(&self, canvas: &Canvas<'_>) -> LogScale {
        let names = self.rows.iter().map(|row| width(&row.name, LABEL)).fold(0.0, f64::max);
        let words = self.rows.iter().map(|row| width(&row.adjusted.words(), SMALL)).fold(0.0, f64::max);
        let ends = self.rows.iter().flat_map(|row| [row.crude.lower, row.crude.upper, row.adjusted.lower, row.adjusted.upper]).flatten();
        let (lowest, highest) = ends.fold((0.5, 2.0), |(low, high): (f64, f64), end| (low.min(end), high.max(end)));
        LogScale {
            left: (names + 14.0).min(canvas.width * 0.37),
            right: canvas.width - words - 14.0,
            start: (lowest * 0.9).max(REACH.0),
            end: (highest * 1.1).min(REACH.1),
        }
    }

    fn axis(&self, canvas: &Canvas<'_>, scale: &LogScale) -> Drawn {
        let bottom = self.bottom();
        for tick in TICKS.into_iter().filter(|tick| (scale.start..=scale.end).contains(tick)) {
            let x = scale.x(tick);
            canvas.line(&[(x, HEAD), (x, bottom)], Stroke::solid(RULE, 1.0))?;
        }
        let same = scale.x(1.0);
        canvas.line(&[(same, HEAD - 4.0), (same, bottom)], Stroke::dashed(REFERENCE, 1.6))?;
        let words = fit(&format!("as often as {}", self.reference), canvas.width, SMALL);
        let half = width(&words, SMALL) / 2.0;
        canvas.text((same.clamp(half, canvas.width - half), 10.0), &words, small(Anchor::Middle))?;
        scale.draw(canvas, &TICKS, |value| format!("×{}", trimmed(value)), bottom)
    }

    fn bottom(&self) -> f64 {
        HEAD + ROW * self.rows.len() as f64
    }
}

fn trimmed(value: f64) -> String {
    if value < 0.1 { format!("{value:.2}") } else { format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned() }
}

impl Plot for Ratios {
    fn height(&self, _width: f64) -> f64 {
        self.bottom() + FOOT
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let scale = self.scale(canvas);
        self.axis(canvas, &scale)?;
        for (position, row) in self.rows.iter().enumerate() {
            let y = HEAD + ROW * (position as f64 + 0.5);
            canvas.text((0.0, y), &fit(&row.name, scale.left - 12.0, LABEL), name(Anchor::Start))?;
            canvas.text((canvas.width, y), &row.adjusted.words(), small(Anchor::End))?;
            row_marks(canvas, &scale, row, y)?;
        }
        Ok(())
    }
}

fn row_marks(canvas: &Canvas<'_>, scale: &LogScale, row: &Row, y: f64) -> Drawn {
    let (crude, alike) = (y + 8.0, y - 6.0);
    if let Some((lower, upper)) = row.crude.lower.zip(row.crude.upper) {
        canvas.line(&[(scale.x(lower), crude), (scale.x(upper), crude)], Stroke::dashed(REFERENCE, 1.6))?;
    }
    if let Some(value) = row.crude.value {
        canvas.diamond((scale.x(value), crude), 4.0, Stroke::solid(REFERENCE, 1.6))?;
    }
    if let Some((lower, upper)) = row.adjusted.lower.zip(row.adjusted.upper) {
        canvas.line(&[(scale.x(lower), alike), (scale.x(upper), alike)], Stroke::solid(ESTIMATE, 2.2))?;
    }
    match row.adjusted.value {
        Some(value) => canvas.dot((scale.x(value), alike), 4.6, ESTIMATE),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    fn ratio(value: f64, lower: f64, upper: f64) -> Ratio {
        Ratio { value: Some(value), lower: Some(lower), upper: Some(upper) }
    }

    fn drawn(rows: Vec<Row>) -> Chart {
        let plot = Box::new(Ratios { rows, reference: "pre-approved".to_owned() });
        Chart {
            name: NAME,
            title: "Approval paths cannot be told apart".to_owned(),
            subtitle: String::new(),
            description: String::new(),
            data: ChartData::default(),
            plot,
        }
    }

    #[test]
    fn the_title_says_what_the_picture_shows() {
        let row = |key: &str, finding: &str| Row {
            name: path_words(key).to_owned(),
            crude: Ratio::default(),
            adjusted: ratio(0.6, 0.5, 0.8),
            finding: finding.to_owned(),
        };
        let told = |cab: &str, none: &str| title(&[row("cab", cab), row("none", none)], "Pre-approved");
        assert_eq!(told("not shown", "not shown"), "Approval paths cannot be told apart");
        assert_eq!(told("not shown", "fewer failures"), "Without a record fewer failures; other paths cannot be told apart");
        assert_eq!(told("more failures", "fewer failures"), "CAB: more failures than pre-approved");
    }

    #[test]
    fn labels_stand_apart_for_narrow_and_endless_intervals() {
        let row = |name: &str, crude, adjusted| Row { name: name.to_owned(), crude, adjusted, finding: "not shown".to_owned() };
        check(&drawn(vec![
            row("CAB", ratio(2.0, 1.6, 2.5), ratio(1.05, 0.84, 1.33)),
            row("Peer review", ratio(1.0, 0.9, 1.1), Ratio::default()),
        ]));
        let wide = ratio(0.01, 1e-9, 4e8);
        check(&drawn(
            ["Pre-approved", "Emergency board", "Automated check", "No record", "Not known"].map(|name| row(name, wide, wide)).into(),
        ));
    }

    /// On a log scale from a half to double, 1 stands in the middle.
    #[test]
    fn the_middle_of_a_half_and_double_is_the_same() {
        let scale = LogScale { left: 100.0, right: 200.0, start: 0.5, end: 2.0 };
        assert!((scale.x(1.0) - 150.0).abs() < 1e-9);
        assert_eq!([0.05, 0.25, 1.0, 10.0].map(trimmed), ["0.05", "0.25", "1", "10"]);
    }
}
