//! `sequela explain ID`: why an incident is, or is not, held against a deployment.

use chrono::DateTime;
use sequela_report::{Context, explain_deployment, explain_incident};

use crate::arguments::ExplainArgs;
use crate::failure::Failure;
use crate::manifest::Manifest;
use crate::{results, terminal};

/// Runs the command.
pub(crate) fn run(arguments: &ExplainArgs) -> Result<(), Failure> {
    let manifest = Manifest::read(&arguments.out)?;
    let context = context(&manifest);
    let frames = results::read(&arguments.out)?;
    let incident = explain_incident(&frames, &context, &arguments.id)?;
    let text = match incident {
        Some(text) => Some(text),
        None => explain_deployment(&frames, &context, &arguments.id)?,
    };
    let text = text.ok_or_else(|| {
        Failure::settings(format!("no incident and no deployment has the id {:?} in {}", arguments.id, arguments.out.display()))
            .hint("tables/incidents.csv and tables/deployments.csv list the ids")
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
