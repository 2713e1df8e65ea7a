//! `sequela simulate`: an organisation with planted truth, as the files that a user would have.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::Path;

use sequela_testkit::simulator::{EXPORTS, Export, Organisation, RECORDS, REGIMES, SettingError, Settings};

use crate::arguments::SimulateArgs;
use crate::failure::Failure;
use crate::progress::Spinner;
use crate::terminal;

/// Runs the command.
pub(crate) fn run(arguments: &SimulateArgs) -> Result<(), Failure> {
    let settings = settings(arguments)?;
    let Some(out) = arguments.out.as_deref().filter(|_| !arguments.list) else {
        return terminal::data(&list(settings));
    };
    refuse_foreign(out, arguments.force)?;
    let spinner = Spinner::new(arguments.quiet, "simulating");
    let organisation = Organisation::simulate(&settings);
    fs_err::create_dir_all(out)?;
    let of_records = RECORDS.iter().filter(|_| settings.records);
    of_records.chain(&EXPORTS).try_for_each(|export| write(export, &organisation, out))?;
    drop(spinner);
    terminal::note(arguments.quiet, &summary(&organisation, out));
    Ok(())
}

fn settings(arguments: &SimulateArgs) -> Result<Settings, Failure> {
    let unknown = || {
        let known = REGIMES.map(|regime| regime.name).join(", ");
        Failure::settings(format!("there is no regime {:?}", arguments.regime)).hint(format!("known ones: {known}"))
    };
    let mut settings = Settings::regime(&arguments.regime, arguments.seed).ok_or_else(unknown)?;
    arguments.set.iter().try_for_each(|change| settings.set(change)).and_then(|()| settings.check()).map_err(advise)?;
    Ok(settings)
}

fn advise(error: SettingError) -> Failure {
    Failure::settings(error.to_string()).hint("`sequela simulate --list` names all settings with their values")
}

/// A folder with something in it may be somebody's exports.
fn refuse_foreign(out: &Path, force: bool) -> Result<(), Failure> {
    if out.exists() && !out.is_dir() {
        return Err(
            Failure::settings(format!("{} is a file, a folder was expected", out.display())).hint("name another folder with --out DIR")
        );
    }
    if !force && out.is_dir() && fs_err::read_dir(out)?.next().is_some() {
        return Err(Failure::settings(format!("{} is not empty", out.display()))
            .hint("name another folder with --out DIR, or overwrite files of the same names with --force"));
    }
    Ok(())
}

fn write(export: &Export, organisation: &Organisation, out: &Path) -> Result<(), Failure> {
    let mut file = BufWriter::new(fs_err::File::create(out.join(export.name))?);
    (export.write)(organisation, &mut file)?;
    Ok(file.flush()?)
}

fn summary(organisation: &Organisation, out: &Path) -> String {
    let (deployments, incidents) = (organisation.deployments.len(), organisation.incidents.len());
    let (share, folder) = (100.0 * organisation.share_caused(), out.display());
    format!(
        "{folder}: {deployments} deployments, {incidents} incidents, {share:.1} % caused by a deployment\n\
         next: sequela run --config {}",
        out.join("sequela.toml").display()
    )
}

fn list(mut settings: Settings) -> String {
    let mut page = String::from("Regimes, and what differs from the first\n");
    for regime in REGIMES {
        let changes = regime.changes.join(" ");
        let _ = writeln!(page, "{}", format!("  {:<26} {changes}", regime.name).trim_end());
    }
    page.push_str("\nSettings with the values of the chosen regime, for --set NAME=VALUE\n");
    for setting in settings.table() {
        let assignment = format!("{}={}", setting.name, setting.shown());
        let _ = writeln!(page, "  {assignment:<26} {}", setting.doc);
    }
    page
}
