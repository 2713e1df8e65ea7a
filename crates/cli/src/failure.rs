//! Errors as people need them: what happened, what to do, and the exit code. The only place that gives advice.

use sequela_ingest::IngestError;
use sequela_report::ReportError;

/// How a command ends when it does not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A `--fail-on` limit was crossed.
    Threshold,
    /// Usage or settings.
    Settings,
    /// The input was rejected.
    Input,
    /// A bug.
    Internal,
    /// The reader of standard output went away.
    BrokenPipe,
}

impl Kind {
    /// The exit code, as documented in the README.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::BrokenPipe => 0,
            Self::Threshold => 1,
            Self::Settings => 2,
            Self::Input => 3,
            Self::Internal => 70,
        }
    }
}

/// A message with hints.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How bad it is.
    pub(crate) kind: Kind,
    /// What happened, one line each.
    pub(crate) messages: Vec<String>,
    /// What to do.
    pub(crate) hints: Vec<String>,
}

impl Failure {
    /// A failure with one message.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, messages: vec![message.into()], hints: Vec::new() }
    }

    /// Wrong usage or settings.
    pub(crate) fn settings(message: impl Into<String>) -> Self {
        Self::new(Kind::Settings, message)
    }

    /// The input cannot be used.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(Kind::Input, message)
    }

    /// Not the user's fault.
    pub(crate) fn bug(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
            .hint("this is a bug in sequela: please report it with the message and the manifest.json of the run")
    }

    /// Adds advice.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
        self
    }
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        let kind = error.each().iter().map(kind_of).max_by_key(|kind| kind.exit_code()).unwrap_or(Kind::Input);
        let messages = error.each().iter().map(ToString::to_string).collect();
        let failure = Self { kind, messages, hints: Vec::new() };
        error.each().iter().filter_map(hint_of).fold(failure, |failure, hint| failure.hint(hint))
    }
}

/// What the configuration says wrongly is a matter of settings; what a file holds is one of input.
fn kind_of(error: &IngestError) -> Kind {
    match error {
        IngestError::Pattern { .. }
        | IngestError::UnknownZone { .. }
        | IngestError::UnknownKind { .. }
        | IngestError::UnknownTable { .. }
        | IngestError::UnknownColumn { .. }
        | IngestError::DateFormat { .. }
        | IngestError::Setting { .. } => Kind::Settings,
        IngestError::Frame(_) => Kind::Internal,
        _ => Kind::Input,
    }
}

fn hint_of(error: &IngestError) -> Option<&'static str> {
    Some(match error {
        IngestError::NoMatch { .. } => {
            "paths are relative to the folder of the configuration; check the spelling, or remove the [[source]]"
        }
        IngestError::Directory { .. } => "name a file, or all files of the folder with a pattern such as \"folder/*.csv\"",
        IngestError::Io { .. } => "check that the file exists and that you may read it",
        IngestError::Empty { .. } => "export it again; an empty export still has a header row",
        IngestError::Markup { .. } => {
            "this is often a sign-in page saved instead of the export: sign in, export again and look at the file in a text editor"
        }
        IngestError::Archive { .. } => "open it in a spreadsheet and save it as CSV (UTF-8), or unpack the archive",
        IngestError::Binary { .. } => "export as CSV, JSON, NDJSON or Parquet",
        IngestError::Truncated { .. } => "the copy or download broke off: fetch the file again",
        IngestError::Malformed { .. } => "export the file again; when it was edited by hand, look at the place named",
        IngestError::UnknownZone { .. } => "use a name of the IANA database, such as \"Europe/London\" or \"UTC\"",
        IngestError::UnknownKind { .. } | IngestError::UnknownTable { .. } => "`sequela init DIR` writes sources that it recognises",
        IngestError::UnknownColumn { .. } => "`sequela schema TABLE` lists the columns that a map may fill",
        IngestError::MissingColumn { .. } | IngestError::MissingRequired { .. } => {
            "name the file's own column on the right side of `map`, for example map = { created_at = \"Opened\" }"
        }
        IngestError::DateOrder { .. } => {
            "the file mixes two date formats: split it, or set date_order = \"dmy\" or \"mdy\" in its [[source]]"
        }
        IngestError::DateFormat { .. } => "formats are written like \"%d.%m.%Y %H:%M\"",
        IngestError::Unrecognised { .. } => "give the [[source]] kind = \"table\", the table that it fills, and a map of its columns",
        _ => return None,
    })
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Write(source) => Self::from(source),
            ReportError::Ambiguous { .. } => Self::settings(error.to_string()).hint("give the whole id"),
            ReportError::UnknownMonth { .. } => Self::settings(error.to_string()),
            other => Self::bug(chain(&other)),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

impl From<polars::error::PolarsError> for Failure {
    fn from(error: polars::error::PolarsError) -> Self {
        Self::bug(chain(&error))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(Kind::BrokenPipe, "");
        }
        Self::settings(chain(&error)).hint("check that the folder exists, that you may write to it, and that the disk is not full")
    }
}
