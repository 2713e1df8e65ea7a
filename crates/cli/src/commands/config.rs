//! `sequela config show`: every setting with its value and where it comes from.

use std::fmt::Write;

use crate::arguments::RunArgs;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::terminal;

/// Runs the command.
pub(crate) fn show(arguments: &RunArgs) -> Result<(), Failure> {
    let settings = Settings::resolve(arguments)?;
    let mut page = String::new();
    let mut line = |name: &str, value: &str, origin: &str| {
        let _ = writeln!(page, "{name:<26} {value:<34} {origin}");
    };
    for (name, value, origin) in settings.shown() {
        line(name, &value, origin.label());
    }
    let threads = settings.threads.value.map_or_else(|| "all cores".to_owned(), |threads| threads.to_string());
    line("run.threads", &threads, settings.threads.origin.label());
    let fields = toml::Table::try_from(&settings.definition.value).map_err(|error| Failure::settings(error.to_string()))?;
    for (name, value) in fields.iter().filter(|(name, _)| *name != "preset") {
        line(&format!("definition.{name}"), &value.to_string(), settings.definition.origin.label());
    }
    for source in &settings.sources {
        line("source.path", &source.path, &format!("configuration, kind {}", source.kind));
    }
    terminal::data(&page)
}
