//! The review in all its forms: the pages, a workbook for spreadsheets, Markdown for a wiki, JSON for scripts.

use std::path::Path;

use sequela_schema::Frames;

use crate::figures::{Figures, ReviewMonth};
use crate::headlines::{Headline, headlines};
use crate::honesty::Honesty;
use crate::outline::Outline;
use crate::{Context, ReportError, json, markdown, review, workbook};

/// What every form draws on.
pub(crate) struct Material<'a> {
    pub(crate) frames: &'a Frames,
    pub(crate) context: &'a Context,
    pub(crate) outline: &'a Outline,
    pub(crate) month: Option<&'a ReviewMonth>,
    pub(crate) headlines: &'a [Headline],
    pub(crate) honesty: &'a Honesty,
}

/// Writes the pages, and `review.md`, `review.json` and `review.xlsx`, into `folder`. All forms say the same, whether charts are drawn or
/// not, and are the same bytes on every run.
///
/// # Errors
/// As of [`crate::review_html`], and [`ReportError::Write`] or [`ReportError::Workbook`] when a file cannot be written.
pub fn write_review(frames: &Frames, context: &Context, folder: &Path) -> Result<(), ReportError> {
    let (pages, outline) = review::all(frames, context)?;
    for (name, page) in pages {
        fs_err::write(folder.join(name), page)?;
    }
    let figures = Figures::read(frames)?;
    let month = ReviewMonth::choose(&figures, context);
    let material = Material {
        frames,
        context,
        outline: &outline,
        month: month.as_ref(),
        headlines: &headlines(&figures, month.as_ref()),
        honesty: &Honesty::read(frames)?,
    };
    fs_err::write(folder.join("review.md"), markdown::page(material.outline))?;
    fs_err::write(folder.join("review.json"), json::document(&material))?;
    workbook::write(&material, &folder.join("review.xlsx"))
}
