//! `sequela init DIR`: looks through a folder of exports and writes a commented configuration.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use sequela_ingest::{CONFIDENT, Recognition, recognise};

use crate::arguments::InitArgs;
use crate::failure::Failure;
use crate::terminal;

/// A file with what it was taken for, or why it could not be placed.
struct Found {
    path: String,
    outcome: Result<Recognition, String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &InitArgs) -> Result<(), Failure> {
    let folder = &arguments.folder;
    if !folder.is_dir() {
        return Err(Failure::settings(format!("{} is no folder", folder.display())).hint("name the folder that holds the exports"));
    }
    let to_stdout = arguments.output.as_deref() == Some(Path::new("-"));
    let target = arguments.output.clone().unwrap_or_else(|| folder.join("sequela.toml"));
    if !to_stdout && target.exists() && !arguments.force {
        return Err(Failure::settings(format!("{} exists already", target.display()))
            .hint("overwrite it with --force, or write elsewhere with --output FILE"));
    }
    let base = target.parent().filter(|_| !to_stdout).unwrap_or(folder);
    let found = look_through(folder, base)?;
    let text = configuration(&found);
    if to_stdout {
        terminal::data(&text)?;
    } else {
        fs_err::write(&target, &text)?;
        terminal::note(false, &format!("wrote {}", target.display()));
    }
    report(&found);
    Ok(())
}

/// All files below a folder, in the order of their paths; hidden ones and results of runs are passed over.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(next) = folders.pop() {
        if next.join("manifest.json").exists() {
            continue;
        }
        for entry in fs_err::read_dir(&next)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_ours = path.extension().is_some_and(|ending| ending == "toml");
            if name.starts_with('.') || is_ours {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn look_through(folder: &Path, base: &Path) -> Result<Vec<Found>, Failure> {
    let relative = |path: &Path| path.strip_prefix(base).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let look = |path: &PathBuf| Found {
        path: relative(path),
        outcome: recognise(path).map_err(|error| error.to_string()).and_then(|recognition| {
            if recognition.kind == "table" && recognition.table.is_none() { Err(recognition.reason) } else { Ok(recognition) }
        }),
    };
    Ok(files(folder)?.iter().map(look).collect())
}

fn configuration(found: &[Found]) -> String {
    let mut text = String::from(
        "# Written by `sequela init`. Paths are relative to this file. `sequela check` says what is read, `sequela run` does the job.\n\n\
         [org]\nname = \"Organisation\"\n\
         timezone = \"UTC\"                   # IANA name; months are cut in it, and times without an offset are read as it\n\
         production = [\"production\", \"prod\"]   # names of environments that count\n",
    );
    for file in found {
        match &file.outcome {
            Ok(recognition) if recognition.confidence >= CONFIDENT => source(&mut text, &file.path, recognition, ""),
            Ok(recognition) => source(&mut text, &file.path, recognition, "# "),
            Err(reason) => {
                let _ = write!(text, "\n# {}: not placed, {}\n", file.path, one_line(reason));
            }
        }
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// One `[[source]]`; one that is too unsure stands as a comment.
fn source(text: &mut String, path: &str, recognition: &Recognition, comment: &str) {
    let _ = write!(text, "\n# {} ({} %)\n", one_line(&recognition.reason), recognition.confidence);
    if !comment.is_empty() {
        text.push_str("# Too unsure to use: look at it and take away the leading #.\n");
    }
    let mut line = |content: &str| {
        let _ = writeln!(text, "{comment}{content}");
    };
    line("[[source]]");
    line(&format!("path = {}", quoted(&glob_escaped(path))));
    line(&format!("kind = {}", quoted(&recognition.kind)));
    if let Some(table) = recognition.table.as_deref().filter(|_| recognition.kind == "table") {
        line(&format!("table = {}", quoted(table)));
    }
    if recognition.needs_timezone {
        line("# timezone = \"Europe/London\"   # its times have no offset: name the zone of whoever exported it");
    }
    if recognition.needs_date_order {
        line("# date_order = \"dmy\"   # nothing tells whether day or month stands first: dmy or mdy");
    }
    if recognition.names_decide {
        line(
            "# deployment_pattern = \"deploy\"      # which pipelines deploy, by a regular expression over their names; the others are builds",
        );
        line("# production_pattern = \"prod|main\"   # which of those go to production; without it environment words in names decide");
    }
    if !recognition.map.is_empty() {
        let pairs: Vec<String> = recognition.map.iter().map(|(ours, theirs)| format!("{ours} = {}", quoted(theirs))).collect();
        line(&format!("map = {{ {} }}", pairs.join(", ")));
    }
    if recognition.kind == "table" && !recognition.headers.is_empty() {
        line(&format!("# its columns: {}", one_line(&recognition.headers.join(", "))));
    }
}

/// A path in which nothing is taken for a pattern.
fn glob_escaped(path: &str) -> String {
    path.chars()
        .map(|character| if matches!(character, '*' | '?' | '[' | ']') { format!("[{character}]") } else { character.to_string() })
        .collect()
}

fn report(found: &[Found]) {
    for file in found {
        match &file.outcome {
            Ok(recognition) => {
                let table = recognition.table.as_deref().map_or_else(String::new, |table| format!(", {table}"));
                let unsure = if recognition.confidence < CONFIDENT { " (unsure: left as a comment)" } else { "" };
                terminal::note(false, &format!("{}: {}{table}{unsure}", file.path, recognition.kind));
            }
            Err(reason) => terminal::warn(false, &format!("{}: not placed, {}", file.path, one_line(reason))),
        }
    }
}
