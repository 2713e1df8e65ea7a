//! `sequela explain ID`: why an incident is, or is not, held against a deployment; why the figures of a team, service or month moved.

use chrono::DateTime;
use sequela_report::{Context, explain_deployment, explain_incident, explain_scope};

use crate::arguments::ExplainArgs;
use crate::failure::Failure;
use crate::manifest::Manifest;
use crate::{results, terminal};

/// Runs the command.
pub(crate) fn run(arguments: &ExplainArgs) -> Result<(), Failure> {
    let manifest = Manifest::read(&arguments.out)?;
    let context = context(&manifest);
    let frames = results::read(&arguments.out)?;
    let mut text = explain_scope(&frames, &context, &arguments.id, arguments.month.as_deref())?;
    if let (None, Some(month)) = (&text, &arguments.month) {
        let what = format!(
            "{:?} is no team or service of {}, and only their figures have a month ({month})",
            arguments.id,
            arguments.out.display()
        );
        return Err(Failure::settings(what).hint("leave --month out to explain an incident or a deployment"));
    }
    if text.is_none() {
        text = explain_incident(&frames, &context, &arguments.id)?;
    }
    if text.is_none() {
        text = explain_deployment(&frames, &context, &arguments.id)?;
    }
    let text = text.ok_or_else(|| {
        let what = format!("no incident, deployment, team, service or month is called {:?} in {}", arguments.id, arguments.out.display());
        Failure::settings(what)
            .hint("tables/incidents.csv, deployments.csv, teams.csv and services.csv list the ids; a month is written 2026-10")
    })?;
    terminal::data(&text)
}

fn context(manifest: &Manifest) -> Context {
    let instant = |text: &str| DateTime::parse_from_rfc3339(text).map_or(0, |time| time.timestamp_micros());
    Context {
        organisation: manifest.setting("org.name").to_owned(),
        timezone: manifest.setting("org.timezone").parse().unwrap_or_default(),
        as_of: instant(&manifest.as_of),
        from: instant(&manifest.from),
        to: instant(&manifest.to),
        definition: manifest.definition.preset.clone(),
        definition_sentence: manifest.definition.sentence(),
        lookback_hours: manifest.definition.lookback_hours,
        version: manifest.version.clone(),
        charts: false,
        level: sequela_stats::Level::default().probability(),
    }
}
