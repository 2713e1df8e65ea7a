//! Headline figures, each with its interval, a strip, what it was before, and a verdict.

use sequela_schema::metric::{self, METRICS, Metric, peer};
use sequela_schema::vocabulary::period;

use super::Source;
use super::inputs::filled_by;
use super::parts::{Chip, Head};
use super::strip::{Strip, legend, strip};
use crate::figures::{Earlier, Figure, month_start};
use crate::honesty::Check;
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

/// Figures named in the finding, at most.
const NAMED: usize = 2;

/// A headline figure.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) label: &'static str,
    pub(super) value: String,
    /// Where all its details stand.
    pub(super) href: String,
    pub(super) interval: String,
    pub(super) basis: String,
    pub(super) before: String,
    pub(super) chip: Chip,
    /// The drawing; empty without a value.
    pub(super) strip: String,
}

/// The section.
#[derive(Debug)]
pub(super) struct Glance {
    pub(super) head: Head,
    pub(super) tiles: Vec<Tile>,
    /// The strip of the legend and how to read it; empty without a strip.
    pub(super) legend: String,
    pub(super) reading: String,
}

/// One figure of the period with its past.
pub(super) struct Row<'a> {
    pub(super) metric: &'static Metric,
    pub(super) figure: &'a Figure,
    pub(super) earlier: Option<Earlier>,
    pub(super) change: Change,
    /// Whether the verdict is that of `month_signals`.
    pub(super) is_signal: bool,
}

impl Row<'_> {
    /// Whether there is nothing to show, neither now nor before.
    pub(super) fn is_absent(&self) -> bool {
        self.change == Change::NotGiven && self.earlier.is_none() && self.figure.note.is_none()
    }

    /// The verdict in words.
    pub(super) fn words(&self) -> &'static str {
        verdict_words(self.change, self.is_signal)
    }
}

/// The fixed words: of a signal where the month was judged so, else of the comparison of intervals.
pub(crate) fn verdict_words(change: Change, is_signal: bool) -> &'static str {
    match change {
        Change::Higher if is_signal => "Signal: higher",
        Change::Lower if is_signal => "Signal: lower",
        Change::Unclear if is_signal => "No signal",
        Change::TooFew if is_signal => "Too few months",
        Change::Higher => "Higher than before",
        Change::Lower => "Lower than before",
        Change::Unclear => "No clear change",
        Change::TooFew => "Too few to say",
        Change::NoHistory => "No earlier month",
        Change::NotJudged => "Not judged",
        Change::NotGiven => "Not given",
        Change::Withheld => "Not shown",
    }
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>, rows: &[Row<'_>]) -> Glance {
    let head = head(source, rows);
    if rows.is_empty() {
        return Glance { head, tiles: Vec::new(), legend: String::new(), reading: String::new() };
    }
    let tiles = TILES.iter().map(|metric| tile(source, metric)).collect();
    Glance { head, tiles, legend: legend(), reading: reading(source) }
}

fn reading(source: &Source<'_>) -> String {
    let level = source.context.level_words();
    let Some(month) = source.period.month.as_ref().filter(|month| !month.earlier.is_empty()) else {
        return format!("Blue: the figure with its {level} interval. There is nothing earlier to compare it with.");
    };
    let months = wording::plural(month.earlier.len() as i64, "full month");
    let named = format!("Blue: {} with its {level} interval. Grey tick: plain mean of the {months} before.", source.period.short());
    let chance = by_chance(source.context.level);
    let others = format!(
        "called higher or lower than before if its whole interval lies on one side of the mean; by chance that happens to {chance}"
    );
    if source.signals.is_empty() {
        return format!("{named} Grey dashes: from the lowest to the highest of these months. A figure is {others}.");
    }
    format!(
        "{named} Grey bar: where 99 of 100 months would land if nothing had changed; a figure is a signal only where it leaves the bar. Grey \
         dashes: from the lowest to the highest of these months, for counts and durations, which need twenty months for a bar. Any other \
         figure is {others}."
    )
}

fn by_chance(level: f64) -> String {
    let one_in = (1.0 / (1.0 - level).max(0.001)).round();
    format!("one figure in {one_in}")
}

/// All figures that the period has.
pub(super) fn rows<'a>(source: &Source<'a>) -> Vec<Row<'a>> {
    let row = |metric: &'static Metric| {
        let figure = source.figure(metric)?;
        let earlier = source.earlier(metric);
        let (change, is_signal) = verdict(source, metric);
        Some(Row { metric, figure, earlier, change, is_signal })
    };
    METRICS.iter().chain(peer::METRICS).filter_map(row).collect()
}

/// Sums whose interval tells who caused what in this month; another month like it would show other sums.
const OF_THIS_MONTH: [&Metric; 3] = [&metric::FAILED_DEPLOYMENTS, &metric::CHANGE_CAUSED_INCIDENTS, &metric::CHANGE_CAUSED_HOURS];

/// What is said of a figure, and whether `month_signals` says it.
fn verdict(source: &Source<'_>, metric: &Metric) -> (Change, bool) {
    let figure = source.figure(metric);
    match source.signals.organisation(metric) {
        Some(signal) if figure.is_some_and(|figure| figure.value.is_some()) => (signal.change, true),
        _ if OF_THIS_MONTH.contains(&metric) => (Change::NotJudged, false),
        _ => (wording::change(figure, source.earlier(metric)), false),
    }
}

fn head(source: &Source<'_>, rows: &[Row<'_>]) -> Head {
    let meta = match rows {
        [] => "No figures".to_owned(),
        _ => format!(
            "{} · {} and {} over the whole range · {} intervals",
            source.period.name,
            wording::plural(source.overview.deployments, "deployment"),
            wording::plural(source.overview.incidents, "incident"),
            source.context.level_words()
        ),
    };
    let title = if source.period.month.is_some() { "This month" } else { "The whole period" };
    Head { id: "month", title: title.to_owned(), finding: finding(source, rows), meta, rows: vec!["org_month", "metrics"] }
}

fn finding(source: &Source<'_>, rows: &[Row<'_>]) -> String {
    if rows.is_empty() {
        return "There is no month to look at: a deployment export and an incident export fill this section.".to_owned();
    }
    let Some(month) = &source.period.month else {
        return "The figures of the whole range; each month is compared with those before it on its own page.".to_owned();
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
            format!("No clear change in {name} in the {} that can be compared.", wording::plural(number as i64, "figure"))
        }
        (false, number) => {
            format!("In {name} {}; no clear change in {}.", parts.join("; "), wording::plural(number as i64, "other figure"))
        }
    }
}

fn moved(labels: &[&str], direction: &str) -> String {
    if labels.len() > NAMED {
        return format!("{} figures are {direction} than before", labels.len());
    }
    let verb = if labels.len() == 1 { "is" } else { "are" };
    let names: Vec<_> = labels.iter().map(|label| in_sentence(label)).collect();
    format!("the {} {verb} {direction} than before", names.join(" and the "))
}

/// A title within a sentence: `Time to restore, median` becomes `time to restore (median)`.
pub(super) fn in_sentence(title: &str) -> String {
    let mut characters = title.chars();
    let lower: String = characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect());
    lower.split_once(", ").map_or_else(|| lower.clone(), |(name, kind)| format!("{name} ({kind})"))
}

fn tile(source: &Source<'_>, metric: &'static Metric) -> Tile {
    let (figure, earlier) = (source.figure(metric), source.earlier(metric));
    let (change, is_signal) = verdict(source, metric);
    let change = if source.period.month.is_none() && change == Change::NoHistory { Change::NotJudged } else { change };
    let interval = figure.map(wording::interval).filter(|words| words != MISSING);
    Tile {
        label: metric.title,
        href: if figure.is_some_and(|figure| figure.value.is_some()) { format!("#figure-{}", metric.name) } else { String::new() },
        value: match figure {
            Some(figure) if figure.is_withheld() => "Not shown".to_owned(),
            _ => figure.map_or_else(|| MISSING.to_owned(), wording::figure),
        },
        interval: match interval {
            Some(words) => format!("{}: {words}", source.context.level_words()),
            None => String::new(),
        },
        basis: match figure.filter(|figure| figure.value.is_some() || figure.n > 0) {
            Some(figure) => basis(source, metric, figure),
            None => format!("Not given; filled by {}", filled_by(metric)),
        },
        before: before(figure, earlier),
        chip: Chip::saying(change, verdict_words(change, is_signal)),
        strip: figure.map_or_else(String::new, |figure| drawn(source, metric, figure)),
    }
}

fn basis(source: &Source<'_>, metric: &Metric, figure: &Figure) -> String {
    let of = |metric: &Metric| source.figure(metric).map_or_else(|| MISSING.to_owned(), wording::figure);
    let n = wording::thousands(figure.n);
    let plural = |noun| wording::plural(figure.n, noun);
    let method = &source.context.definition;
    match *metric {
        metric::CHANGE_FAILURE_RATE => {
            let floor = floor(source.figure(&metric::FAILED_DEPLOYMENTS_ASSERTED));
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
        metric::REWORK_RATE => format!("hotfixes and rollbacks among {}", plural("deployment")),
        _ => format!("n {n}"),
    }
}

/// The deployments that failed whatever a rule or model says.
fn floor(on_record: Option<&Figure>) -> String {
    on_record.and_then(|figure| figure.value).map_or_else(String::new, |number| format!(" · on record at least {}", wording::count(number)))
}

/// The figure on its own scale; a rate of all incidents stands beside what the method finds where nothing can be found.
fn drawn(source: &Source<'_>, metric: &Metric, figure: &Figure) -> String {
    let Some(value) = figure.value else { return String::new() };
    let series = source.figures.series(period::MONTH, metric);
    let earlier = source.period.month.iter().flat_map(|month| &month.earlier).filter_map(|start| series.get(start)?.value);
    let range = earlier.fold(None, |range: Option<(f64, f64)>, value| {
        Some(range.map_or((value, value), |(lowest, highest)| (lowest.min(value), highest.max(value))))
    });
    let placebo = match source.honesty.check {
        Check::Detectable(copies) if *metric == metric::CHANGE_CAUSED_SHARE => Some(copies.mean),
        _ => None,
    };
    let mean = source.earlier(metric).map(|earlier| earlier.mean);
    let limits = source.signals.organisation(metric).and_then(|signal| signal.limits);
    strip(figure.unit, &Strip { value, interval: figure.interval(), limits, range, mean, placebo })
}

fn before(figure: Option<&Figure>, earlier: Option<Earlier>) -> String {
    let (Some(figure), Some(earlier)) = (figure, earlier) else { return String::new() };
    let words = format!("Before: {}", of_unit(figure, earlier.mean));
    match figure.value {
        Some(value) => format!("{words} ({})", wording::signed_change(figure.unit, value - earlier.mean)),
        None => words,
    }
}

/// A value as the figure's unit is shown.
pub(super) fn of_unit(figure: &Figure, value: f64) -> String {
    wording::figure(&Figure { value: Some(value), ..figure.clone() })
}
