//! The review as JSON, for scripts: figures as numbers, findings as sentences. `docs/review-json.md` lists the fields.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use crate::exports::Material;
use crate::figures::month_start;
use crate::headlines::Headline;
use crate::honesty::{Check, Copies, Honesty};
use crate::outline::Section;
use crate::wording::{self, Change};

/// Raised when a field is renamed, removed or changes its meaning; a new field does not raise it.
const FORMAT: u32 = 1;

/// The document, indented, with a line feed at its end.
pub(crate) fn document(material: &Material<'_>) -> String {
    let (context, outline) = (material.context, material.outline);
    let of =
        |wanted: bool| -> Vec<Value> { material.headlines.iter().filter(|headline| headline.is_headline == wanted).map(figure).collect() };
    let document = json!({
        "format": FORMAT,
        "version": context.version,
        "organisation": context.organisation,
        "timezone": context.timezone.name(),
        "as_of": instant(context.as_of),
        "from": instant(context.from),
        "to": instant(context.to),
        "definition": { "name": context.definition, "sentence": context.definition_sentence },
        "title": outline.title,
        "period": outline.period,
        "month": month(material),
        "level": context.level,
        "placebo": placebo(material.honesty),
        "headline": of(true),
        "figures": of(false),
        "sections": outline.sections.iter().map(section).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn instant(microseconds: i64) -> Option<String> {
    Some(DateTime::from_timestamp_micros(microseconds)?.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn month(material: &Material<'_>) -> Value {
    let day = |days: i32| month_start(days).format("%Y-%m-%d").to_string();
    material.month.map_or(Value::Null, |month| {
        let earlier: Vec<String> = month.earlier.iter().map(|start| day(*start)).collect();
        json!({ "start": day(month.start), "is_full": month.is_full, "earlier": earlier })
    })
}

fn figure(headline: &Headline) -> Value {
    let (lower, upper) = headline.interval();
    json!({
        "metric": headline.metric.name,
        "title": headline.metric.title,
        "unit": headline.unit(),
        "value": headline.value(),
        "lower": lower,
        "upper": upper,
        "n": headline.n(),
        "before": headline.before(),
        "before_months": headline.earlier.map_or(0, |earlier| earlier.months),
        "difference": headline.difference(),
        "verdict": verdict(headline.change),
        "method": headline.figure.as_ref().map(|figure| figure.method.trim()),
        "note": headline.note(),
    })
}

fn verdict(change: Change) -> &'static str {
    match change {
        Change::Higher => "higher",
        Change::Lower => "lower",
        Change::Unclear => "no_clear_change",
        Change::TooFew => "too_few",
        Change::NoHistory => "no_earlier_month",
        Change::NotJudged => "not_judged",
        Change::NotGiven => "not_given",
        Change::Withheld => "withheld",
    }
}

fn placebo(honesty: &Honesty) -> Value {
    let (state, copies, reason) = match &honesty.check {
        Check::NoModel => ("no_model", None, None),
        Check::Impossible(why) => ("impossible", None, Some(why.as_str())),
        Check::NotDetectable(copies) => ("not_detectable", Some(*copies), None),
        Check::Detectable(copies) => ("detectable", Some(*copies), None),
    };
    let links: Vec<Value> =
        honesty.false_links.iter().map(|(threshold, share)| json!({ "threshold": threshold, "false_share": share })).collect();
    let of = |part: fn(Copies) -> f64| copies.map(part);
    json!({
        "state": state,
        "sentence": wording::check_words(honesty),
        "reason": reason,
        "observed": of(|copies| copies.observed),
        "placebo_mean": of(|copies| copies.mean),
        "placebo_max": of(|copies| copies.most),
        "replicates": copies.map(|copies| copies.number),
        "false_links": links,
    })
}

fn section(section: &Section) -> Value {
    json!({
        "id": section.id,
        "title": section.title,
        "finding": section.finding,
        "rests_on": section.meta,
        "tables": section.tables,
    })
}
