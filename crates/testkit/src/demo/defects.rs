//! What is wrong in the exports on purpose, and what must become of it.

/// Kind of defect, as `ingest_issues.code` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    WideRow,
    MissingId,
    MissingTime,
    BadTimestamp,
    EndBeforeStart,
    EpochZero,
    ImplausibleYear,
    UnknownValue,
    DuplicateId,
    DstGap,
    BadNumber,
    TruncationSuspected,
    ControlCharacters,
    UnmatchedStatus,
}

impl Code {
    /// The word in the `code` column.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::WideRow => "wide_row",
            Self::MissingId => "missing_id",
            Self::MissingTime => "missing_time",
            Self::BadTimestamp => "bad_timestamp",
            Self::EndBeforeStart => "end_before_start",
            Self::EpochZero => "epoch_zero",
            Self::ImplausibleYear => "implausible_year",
            Self::UnknownValue => "unknown_value",
            Self::DuplicateId => "duplicate_id",
            Self::DstGap => "dst_gap",
            Self::BadNumber => "bad_number",
            Self::TruncationSuspected => "truncation_suspected",
            Self::ControlCharacters => "control_characters",
            Self::UnmatchedStatus => "unmatched_status",
        }
    }
}

/// One planted defect.
#[derive(Clone, Debug)]
pub(crate) struct Defect {
    /// Path below the demo folder.
    pub(crate) file: String,
    /// Data row or record, from 1; 0 for the whole file.
    pub(crate) row: usize,
    /// Column of the file.
    pub(crate) column: String,
    pub(crate) code: Code,
    /// Whether the whole row must be put aside; otherwise only the value is.
    pub(crate) rejected: bool,
    /// What stands there and what must become of it.
    pub(crate) what: String,
}

/// `planted_defects.csv`.
pub(crate) fn listing(defects: &[Defect]) -> String {
    let mut text = "file,row,column,code,rejected,what\n".to_owned();
    for defect in defects {
        let what = defect.what.replace('"', "\"\"");
        text.push_str(&format!("{},{},{},{},{},\"{what}\"\n", defect.file, defect.row, defect.column, defect.code.word(), defect.rejected));
    }
    text
}

/// The same as rows of a Markdown table.
pub(crate) fn markdown(defects: &[Defect]) -> String {
    let row = |defect: &Defect| {
        let fate = if defect.rejected { "row put aside" } else { "row kept" };
        let what = defect.what.replace('|', "\\|");
        let column = if defect.column.is_empty() { String::new() } else { format!("`{}`", defect.column) };
        format!("| `{}` | {} | {column} | `{}` | {fate} | {what} |\n", defect.file, defect.row, defect.code.word())
    };
    defects.iter().map(row).collect()
}
