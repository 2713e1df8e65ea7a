//! Section 1: the month at a glance, each figure with its interval and what it was before.

use sequela_schema::metric::{self, METRICS, Metric, peer};
use sequela_schema::vocabulary::period;

use super::Source;
use super::inputs::filled_by;
use super::parts::{Cell, Grid, Head};
use crate::figures::{Earlier, Figure, ReviewMonth, month_start};
use crate::wording::{self, Change, MISSING};

/// Figures with a tile of their own.
pub(crate) const TILES: [&Metric; 6] = [
    &metric::CHANGE_FAILURE_RATE,
    &metric::CHANGE_CAUSED_SHARE,
    &metric::TIME_TO_RESTORE_MEDIAN,
    &metric::DEPLOYMENTS,
    &metric::LEAD_TIME_MEDIAN,
    &metric::REWORK_RATE,
];

/// A headline figure.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) interval: String,
    pub(super) basis: String,
    pub(super) before: String,
    pub(super) chip: Chip,
}

/// A verdict: a shape and always the word.
#[derive(Debug)]
pub(super) struct Chip {
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) words: &'static str,
}

impl Chip {
    pub(super) fn of(change: Change) -> Self {
        let (class, mark) = match change {
            Change::Higher => ("higher", "▲"),
            Change::Lower => ("lower", "▼"),
            Change::Unclear => ("same", "≈"),
            Change::NotJudged => ("same", "·"),
            _ => ("few", "□"),
        };
        Self { class, mark, words: change.words() }
    }
}

/// The section.
#[derive(Debug)]
pub(super) struct Glance {
    pub(super) head: Head,
    pub(super) tiles: Vec<Tile>,
    pub(super) figures: Grid,
    pub(super) note: String,
    /// Figures that the exports do not give.
    pub(super) absent: String,
}

/// One figure of the month with its past.
struct Row<'a> {
    metric: &'static Metric,
    figure: &'a Figure,
    earlier: Option<Earlier>,
    change: Change,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Glance {
    let rows: Vec<Row<'_>> = source.month.map(|month| rows(source, month)).unwrap_or_default();
    let head = head(source, &rows);
    let Some(month) = source.month else {
        return Glance { head, tiles: Vec::new(), figures: Grid::default(), note: String::new(), absent: String::new() };
    };
    let tiles = TILES.iter().map(|metric| tile(source, month, metric)).collect();
    let note = format!(
        "Before: plain mean of the monthly values of the {} before. A figure is called higher or lower only if its whole {} interval \
         lies on one side of that mean; by chance alone that happens to about {}.",
        wording::plural(month.earlier.len() as i64, "full month"),
        source.context.level_words(),
        by_chance(source.context.level)
    );
    Glance {
        head,
        tiles,
        figures: grid(source, month, &rows),
        note: if month.earlier.is_empty() { String::new() } else { note },
        absent: absent_note(&rows),
    }
}

fn by_chance(level: f64) -> String {
    let one_in = (1.0 / (1.0 - level).max(0.001)).round();
    format!("one figure in {one_in}")
}

fn rows<'a>(source: &Source<'a>, month: &ReviewMonth) -> Vec<Row<'a>> {
    let row = |metric: &'static Metric| {
        let series = source.figures.series(period::MONTH, metric);
        let figure = month.figure(series)?;
        let earlier = month.earlier(series);
        Some(Row { metric, figure, earlier, change: wording::change(Some(figure), earlier) })
    };
    METRICS.iter().chain(peer::METRICS).filter_map(row).collect()
}

fn head(source: &Source<'_>, rows: &[Row<'_>]) -> Head {
    let meta = match source.month {
        Some(month) => format!(
            "{} · {} and {} over the whole range · {} intervals",
            wording::month_words(month_start(month.start)),
            wording::plural(source.overview.deployments, "deployment"),
            wording::plural(source.overview.incidents, "incident"),
            source.context.level_words()
        ),
        None => "No figures".to_owned(),
    };
    Head {
        number: 1,
        id: "month",
        title: "This month at a glance",
        finding: finding(source, rows),
        meta,
        rows: vec!["org_month", "metrics"],
    }
}

fn finding(source: &Source<'_>, rows: &[Row<'_>]) -> String {
    let Some(month) = source.month else {
        return "There is no month to look at: a deployment export and an incident export fill this section.".to_owned();
    };
    let name = month_start(month.start).format("%B").to_string();
    let labels = |wanted: Change| rows.iter().filter(|row| row.change == wanted).map(|row| row.metric.title).collect::<Vec<_>>();
    let (higher, lower, same) = (labels(Change::Higher), labels(Change::Lower), labels(Change::Unclear));
    if month.earlier.is_empty() {
        return format!("{name} is the first full month in the data, so nothing can be compared yet.");
    }
    let mut parts = Vec::new();
    if !higher.is_empty() {
        parts.push(moved(&higher, "higher"));
    }
    if !lower.is_empty() {
        parts.push(moved(&lower, "lower"));
    }
    match (parts.is_empty(), same.len()) {
        (true, 0) => format!("{name} has no figure with an interval that could be compared with the months before."),
        (true, number) => {
            format!("No clear change in {name}: the intervals of all {number} figures that have one cover their earlier level.")
        }
        (false, number) => {
            format!("In {name} {}; no clear change in {}.", parts.join("; "), wording::plural(number as i64, "other figure"))
        }
    }
}

fn moved(labels: &[&str], direction: &str) -> String {
    let verb = if labels.len() == 1 { "is" } else { "are" };
    let names: Vec<_> = labels.iter().map(|label| in_sentence(label)).collect();
    format!("the {} {verb} {direction} than before", names.join(", "))
}

/// A title within a sentence: `Time to restore, median` becomes `time to restore (median)`.
fn in_sentence(title: &str) -> String {
    let mut characters = title.chars();
    let lower: String = characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect());
    lower.split_once(", ").map_or_else(|| lower.clone(), |(name, kind)| format!("{name} ({kind})"))
}

fn tile(source: &Source<'_>, month: &ReviewMonth, metric: &'static Metric) -> Tile {
    let series = source.figures.series(period::MONTH, metric);
    let figure = month.figure(series);
    let earlier = month.earlier(series);
    let interval = figure.map(wording::interval).filter(|words| words != MISSING);
    Tile {
        label: metric.title,
        value: match figure {
            Some(figure) if figure.is_withheld() => "Not shown".to_owned(),
            _ => figure.map_or_else(|| MISSING.to_owned(), wording::figure),
        },
        interval: interval.map_or_else(String::new, |words| format!("{}: {words}", source.context.level_words())),
        basis: match figure.filter(|figure| figure.value.is_some() || figure.n > 0) {
            Some(figure) => basis(source, month, metric, figure),
            None => format!("Not given this month; filled by {}", filled_by(metric)),
        },
        before: before(figure, earlier),
        chip: Chip::of(wording::change(figure, earlier)),
    }
}

fn basis(source: &Source<'_>, month: &ReviewMonth, metric: &Metric, figure: &Figure) -> String {
    let of =
        |metric: &Metric| month.figure(source.figures.series(period::MONTH, metric)).map_or_else(|| MISSING.to_owned(), wording::figure);
    let n = wording::thousands(figure.n);
    let plural = |noun| wording::plural(figure.n, noun);
    let method = &source.context.definition;
    match *metric {
        metric::CHANGE_FAILURE_RATE => {
            let floor = floor(month.figure(source.figures.series(period::MONTH, &metric::FAILED_DEPLOYMENTS_ASSERTED)));
            match figure.is_withheld() {
                true => format!("n {n} deployments{floor}"),
                false => format!("{} of {n} deployments expected (definition {method}){floor}", of(&metric::FAILED_DEPLOYMENTS)),
            }
        }
        metric::CHANGE_CAUSED_SHARE if figure.is_withheld() => format!("n {n} incidents"),
        metric::CHANGE_CAUSED_SHARE => format!("{} of {n} incidents expected (definition {method})", of(&metric::CHANGE_CAUSED_INCIDENTS)),
        metric::TIME_TO_RESTORE_MEDIAN => {
            format!(
                "{} · P90 {} · mean of restored {}",
                plural("incident"),
                of(&metric::TIME_TO_RESTORE_P90),
                of(&metric::TIME_TO_RESTORE_MEAN)
            )
        }
        metric::DEPLOYMENTS => format!("a count · {} per week", of(&metric::DEPLOYMENT_FREQUENCY)),
        metric::LEAD_TIME_MEDIAN => format!("{} with commits known · P90 {}", plural("deployment"), of(&metric::LEAD_TIME_P90)),
        _ => format!("n {n}"),
    }
}

/// The deployments that failed whatever a rule or model says.
fn floor(on_record: Option<&Figure>) -> String {
    on_record.and_then(|figure| figure.value).map_or_else(String::new, |number| format!(" · on record at least {}", wording::count(number)))
}

fn before(figure: Option<&Figure>, earlier: Option<Earlier>) -> String {
    let (Some(figure), Some(earlier)) = (figure, earlier) else { return String::new() };
    let words = format!("Before: {}", of_unit(figure, earlier.mean));
    match figure.value {
        Some(value) => format!("{words} ({})", wording::signed_change(figure.unit, value - earlier.mean)),
        None => words,
    }
}

fn of_unit(figure: &Figure, value: f64) -> String {
    wording::figure(&Figure { value: Some(value), ..figure.clone() })
}

fn grid(source: &Source<'_>, month: &ReviewMonth, rows: &[Row<'_>]) -> Grid {
    let name = wording::month_words(month_start(month.start));
    let level = format!("{} interval#", source.context.level_words());
    let heads = ["Figure", &format!("{name}#"), &level, "n#", "Before, mean#", "Change#", "In words"];
    let mut grid = Grid::new(format!("All figures of {name}"), &heads);
    grid.rows = rows.iter().filter(|row| !row.is_absent()).map(cells).collect();
    grid
}

impl Row<'_> {
    /// Whether there is nothing to show, neither now nor before.
    fn is_absent(&self) -> bool {
        self.change == Change::NotGiven && self.earlier.is_none() && self.figure.note.is_none()
    }
}

fn absent_note(rows: &[Row<'_>]) -> String {
    let titles: Vec<_> = rows.iter().filter(|row| row.is_absent()).map(|row| in_sentence(row.metric.title)).collect();
    if titles.is_empty() {
        String::new()
    } else {
        format!("Not given by these exports: {}. The definitions say what fills them.", titles.join(", "))
    }
}

fn cells(row: &Row<'_>) -> Vec<Cell> {
    let earlier = row.earlier.map(|earlier| earlier.mean);
    let difference = row.figure.value.zip(earlier).map(|(value, earlier)| wording::signed_change(row.figure.unit, value - earlier));
    let missing = || MISSING.to_owned();
    vec![
        Cell::of(row.metric.title).with_remark(row.figure.note.clone().unwrap_or_default()),
        Cell::of(wording::figure(row.figure)),
        Cell::of(wording::interval(row.figure)),
        Cell::of(wording::thousands(row.figure.n)),
        Cell::of(earlier.map_or_else(missing, |earlier| of_unit(row.figure, earlier))),
        Cell::of(difference.unwrap_or_else(missing)),
        Cell::of(row.change.words()),
    ]
}
