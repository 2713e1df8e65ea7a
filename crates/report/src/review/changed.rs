//! What changed and what did not, and what needs a decision.

use polars::prelude::PolarsResult;
use sequela_schema::metric::{self, Metric};
use sequela_schema::vocabulary::scope;

use super::glance::{Row, in_sentence, of_unit};
use super::incidents::half;
use super::parts::{Chip, Head, place};
use super::signals::Signal;
use super::{Source, management};
use crate::charts::team_rates::{Standing, Team, teams};
use crate::wording::{self, Change};

/// Names in one sentence, at most.
const NAMED: usize = 4;

/// Rates that are judged month by month.
const OF_DEPLOYMENTS: [&Metric; 2] = [&metric::CHANGE_FAILURE_RATE, &metric::REWORK_RATE];
/// Shares of incidents that are.
const OF_INCIDENTS: [&Metric; 3] = [&metric::CHANGE_CAUSED_SHARE, &metric::REOPENED_SHARE, &metric::REPEAT_SHARE];

/// One statement: verdict, what stands out, the rest, where to read on.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) chip: Option<Chip>,
    pub(super) strong: String,
    pub(super) text: String,
    pub(super) href: String,
    pub(super) place: String,
}

/// The section.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) head: Head,
    pub(super) items: Vec<Item>,
    pub(super) decisions: Vec<Item>,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>, rows: &[Row<'_>]) -> PolarsResult<Changed> {
    let all = teams(source.material)?;
    let mut items = Vec::new();
    items.extend(
        [Change::Higher, Change::Lower, Change::Unclear, Change::TooFew].into_iter().filter_map(|change| of_organisation(source, change)),
    );
    items.extend([Change::Higher, Change::Lower].into_iter().filter_map(|change| measures(source, rows, change)));
    items.extend([Change::Higher, Change::Lower].into_iter().filter_map(|change| outside(rows, change)));
    items.extend(of_scope(source, scope::TEAM, "team"));
    items.extend(of_scope(source, scope::SERVICE, "service"));
    for side in [Standing::Higher, Standing::Lower, Standing::ProbablyHigher, Standing::ProbablyLower] {
        items.extend(standing(source, &all, side));
    }
    items.extend(too_few(&all));
    let decisions = decisions(source, &all)?;
    let head = Head {
        id: "changed",
        title: "What changed, and what needs a decision".to_owned(),
        finding: finding(&items, &decisions),
        meta: format!("{} · verdicts of the month, standing differences between teams", source.period.name),
        rows: vec!["month_signals", "team_comparison"],
    };
    Ok(Changed { head, items, decisions })
}

fn finding(items: &[Item], decisions: &[Item]) -> String {
    let has = |item: &&Item, words: &str| item.chip.as_ref().is_some_and(|chip| chip.words.contains(words));
    let signals = items.iter().filter(|item| has(item, "Signal:") || has(item, "Standing signal")).count() as i64;
    let is_outside = items.iter().any(|item| has(&item, "than before"));
    let words = match signals {
        0 if items.is_empty() => "Nothing can be said of change: months to compare and teams fill this section".to_owned(),
        0 if is_outside => "No signal, though some figures lie outside their earlier level".to_owned(),
        0 => "Nothing moved by more than chance allows".to_owned(),
        number => format!("{} that chance does not explain", wording::plural(number, "finding")),
    };
    match decisions.len() {
        0 => format!("{words}; nothing waits for a decision."),
        1 => format!("{words}; 1 matter waits for a decision."),
        number => format!("{words}; {number} matters wait for a decision."),
    }
}

/// The organisation's rates that were judged alike, in one statement.
fn of_organisation(source: &Source<'_>, change: Change) -> Option<Item> {
    let judged = OF_DEPLOYMENTS.into_iter().chain(OF_INCIDENTS);
    let found: Vec<(&Metric, &Signal)> = judged.filter_map(|metric| Some((metric, source.signals.organisation(metric)?))).collect();
    let alike: Vec<(&Metric, &Signal)> = found.into_iter().filter(|(_, signal)| signal.change == change).collect();
    // What did not move is said in full of the first two figures only.
    let full = if matches!(change, Change::Higher | Change::Lower) { alike.len() } else { alike.len().min(2) };
    let mut parts: Vec<String> = alike[..full].iter().map(|(metric, signal)| rate_words(metric, signal)).collect();
    let names: Vec<String> = alike[full..].iter().map(|(metric, _)| in_sentence(metric.title)).collect();
    if !names.is_empty() {
        parts.push(format!("the same holds of {}", names.join(", ")));
    }
    let (words, end) = match change {
        Change::Higher => ("Signal: higher", ""),
        Change::Lower => ("Signal: lower", ""),
        Change::Unclear => ("No signal", " Not called a change."),
        _ => ("Too few months", " With fewer than three months before, nothing is called a signal."),
    };
    (!parts.is_empty()).then(|| Item {
        chip: Some(Chip::saying(change, words)),
        strong: String::new(),
        text: format!("{}.{end}", capital(&parts.join("; "))),
        href: "#trends".to_owned(),
        place: place("trends"),
    })
}

fn rate_words(metric: &Metric, signal: &Signal) -> String {
    let before = signal.before.map_or_else(String::new, |before| {
        format!(", after {} in the {} before", wording::rate(before), wording::plural(signal.months, "month"))
    });
    let chance = signal.chance.map_or_else(String::new, |chance| {
        format!("; a month like those lies at least so far off with a probability of {}", wording::probability(chance))
    });
    let name = in_sentence(metric.title);
    let noun = if is_of_incidents(metric.title) { "incident" } else { "deployment" };
    let article = if metric.title.ends_with("incidents") { "the share of" } else { "the" };
    format!("{article} {name} reads {} of {}{before}{chance}", wording::rate(signal.value), wording::plural(signal.n, noun))
}

/// Whether a share of that title is one of incidents.
fn is_of_incidents(title: &str) -> bool {
    OF_INCIDENTS.iter().any(|metric| metric.title == title)
}

/// Counts and durations that left the limits of their own past.
fn measures(source: &Source<'_>, rows: &[Row<'_>], change: Change) -> Option<Item> {
    let is_rate = |metric: &Metric| OF_DEPLOYMENTS.iter().chain(&OF_INCIDENTS).any(|rate| *rate == metric);
    let moved = rows.iter().filter(|row| row.is_signal && row.change == change && !is_rate(row.metric));
    let words = moved.filter_map(|row| {
        let (low, high) = source.signals.organisation(row.metric)?.limits?;
        let (low, high) = (of_unit(row.figure, low), of_unit(row.figure, high));
        Some(format!("{} {}, where {low} to {high} would be no signal", in_sentence(row.metric.title), wording::figure(row.figure)))
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| Item {
        chip: Some(Chip::saying(change, if change == Change::Higher { "Signal: higher" } else { "Signal: lower" })),
        strong: String::new(),
        text: format!("{}.", capital(&words.join("; "))),
        href: "#trends".to_owned(),
        place: place("trends"),
    })
}

/// Figures without a signal test whose interval lies on that side of the earlier level.
fn outside(rows: &[Row<'_>], change: Change) -> Option<Item> {
    let found: Vec<&Row<'_>> = rows.iter().filter(|row| !row.is_signal && row.change == change).collect();
    let words = found.iter().map(|row| {
        let before = row.earlier.map_or_else(String::new, |earlier| format!(" after {}", of_unit(row.figure, earlier.mean)));
        format!("{} {}{before}", in_sentence(row.metric.title), wording::figure(row.figure))
    });
    let text = capital(&words.collect::<Vec<_>>().join("; "));
    let side = if change == Change::Higher { "above" } else { "below" };
    let whose = if found.len() == 1 { "Its interval lies" } else { "Their intervals lie" };
    (!found.is_empty()).then(|| Item {
        chip: Some(Chip::saying(change, found[0].words())),
        strong: String::new(),
        text: format!("{text}. {whose} {side} the mean before; nobody corrected for how many figures were compared."),
        href: "#trends".to_owned(),
        place: place("trends"),
    })
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Teams or services of which any figure left its own past, the rates first.
fn of_scope(source: &Source<'_>, scope: &str, noun: &str) -> Option<Item> {
    let moved: Vec<&Signal> = source.signals.moved(scope).collect();
    let first = moved.first()?;
    let one = |signal: &&Signal| {
        let before = signal.before.map_or_else(String::new, |before| format!(" after {}", signal.amount(before)));
        let what = if signal.metric == metric::CHANGE_FAILURE_RATE.name { "" } else { signal.title() };
        let what = if what.is_empty() { String::new() } else { format!("{} ", in_sentence(what)) };
        let of = if signal.is_rate() {
            format!(" of {}", wording::plural(signal.n, if is_of_incidents(signal.title()) { "incident" } else { "deployment" }))
        } else {
            String::new()
        };
        format!("{} {what}{}{of}{before}", signal.name, signal.amount(signal.value))
    };
    let named = moved.iter().take(NAMED).map(one).collect::<Vec<_>>().join("; ");
    let more = if moved.len() > NAMED { format!("; and {} more", moved.len() - NAMED) } else { String::new() };
    let mut names: Vec<&str> = moved.iter().map(|signal| signal.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let words = match (moved.iter().all(|signal| signal.change == first.change), first.change) {
        (true, Change::Higher) => "Signal: higher",
        (true, _) => "Signal: lower",
        _ => "Signals both ways",
    };
    Some(Item {
        chip: Some(Chip::saying(first.change, words)),
        strong: format!(
            "{} changed against {} own past",
            wording::plural(names.len() as i64, noun),
            if names.len() == 1 { "its" } else { "their" }
        ),
        text: format!(": {named}{more}."),
        href: "tables/month_signals.csv".to_owned(),
        place: "Rows".to_owned(),
    })
}

fn standing(source: &Source<'_>, all: &[Team], side: Standing) -> Option<Item> {
    let found: Vec<&Team> = all.iter().filter(|team| team.standing() == side).collect();
    let first = found.first()?;
    let names = names(&found.iter().map(|team| team.name.as_str()).collect::<Vec<_>>());
    let direction = if matches!(side, Standing::Higher | Standing::ProbablyHigher) { "more" } else { "less" };
    let (chip, adverb, end) = match side {
        Standing::Higher => (Chip::saying(Change::Higher, "Standing signal"), "", " Chance does not explain it."),
        Standing::Lower => (Chip::saying(Change::Lower, "Standing signal"), "", " Chance does not explain it."),
        _ => (
            Chip { class: "probably", words: "Probably".to_owned() },
            " probably",
            if found.len() == 1 { " It lies inside the limits of chance." } else { " They lie inside the limits of chance." },
        ),
    };
    let verb = if found.len() == 1 { "fails" } else { "fail" };
    let overall = source.figures.overall(&metric::CHANGE_FAILURE_RATE).and_then(|figure| figure.value);
    let against = overall.map_or_else(String::new, |rate| format!(", against {}", wording::rate(rate)));
    let amounts = match found.as_slice() {
        [_] => format!("about {} of {}", wording::figure(&first.rate), wording::plural(first.deployments, "deployment")),
        several => {
            let amounts: Vec<String> = several
                .iter()
                .take(NAMED)
                .map(|team| format!("{} of {}", wording::figure(&team.rate), wording::thousands(team.deployments)))
                .collect();
            format!("about {} deployments", amounts.join(", "))
        }
    };
    Some(Item {
        chip: Some(chip),
        strong: names,
        text: format!("{adverb} {verb} {direction} often than the organisation: {amounts}{against}.{end}"),
        href: "#teams".to_owned(),
        place: place("teams"),
    })
}

fn too_few(all: &[Team]) -> Option<Item> {
    let found: Vec<&Team> = all.iter().filter(|team| team.standing() == Standing::TooFew).collect();
    let most = found.iter().map(|team| team.failures).fold(0.0, f64::max);
    (!found.is_empty()).then(|| Item {
        chip: Some(Chip::saying(Change::TooFew, "Too few to say")),
        strong: String::new(),
        text: format!(
            "{} had at most {} expected failures in the range. Read {} cases, not {} rate.",
            names(&found.iter().map(|team| team.name.as_str()).collect::<Vec<_>>()),
            wording::expected(most),
            if found.len() == 1 { "its" } else { "their" },
            if found.len() == 1 { "its" } else { "their" }
        ),
        href: "#incidents".to_owned(),
        place: "Cases".to_owned(),
    })
}

fn names(all: &[&str]) -> String {
    match all {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] if all.len() <= NAMED => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more teams", all[..NAMED - 1].join(", "), all.len() + 1 - NAMED),
    }
}

fn decisions(source: &Source<'_>, all: &[Team]) -> PolarsResult<Vec<Item>> {
    let item = |strong, text, id| Item { chip: None, strong, text, href: format!("#{id}"), place: place(id) };
    let mut decisions = Vec::new();
    let (number, total) = half(source);
    if number > 0 && total >= 0.5 {
        let (subject, verb) =
            if number == 1 { ("Look at 1 incident".to_owned(), "it holds") } else { (format!("Look at {number} incidents"), "they hold") };
        let text = format!(": {verb} half of the {} hours lost to change in {}.", wording::count(total.round()), source.period.short());
        decisions.push(item(subject, text, "incidents"));
    }
    let above: Vec<&str> = all.iter().filter(|team| team.standing() == Standing::Higher).map(|team| team.name.as_str()).collect();
    if !above.is_empty() {
        let text = if above.len() == 1 {
            " fails more often: it lies outside the funnel."
        } else {
            " fail more often: they lie outside the funnel."
        };
        decisions.push(item(format!("Find out why {}", names(&above)), text.to_owned(), "teams"));
    }
    let unowned = source.overview.unowned;
    if unowned > 0 {
        let text = if unowned == 1 {
            " for 1 service name that events carry and nobody owns.".to_owned()
        } else {
            format!(" for {} service names that events carry and nobody owns.", wording::thousands(unowned))
        };
        decisions.push(item("Name an owner".to_owned(), text, "shadow"));
    }
    decisions.extend(management::decisions(&source.view())?.into_iter().map(|(strong, text, id)| item(strong, text, id)));
    if source.overview.truncated > 0 {
        let text = format!(": {} may be cut off.", wording::plural(source.overview.truncated, "file"));
        decisions.push(item("Export again".to_owned(), text, "quality"));
    }
    Ok(decisions)
}
