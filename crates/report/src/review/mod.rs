//! The monthly review: one HTML file that loads nothing, reads on a phone, in the dark and on paper.
//!
//! Every section has one finding, one line about what it rests on, and the name of the table that holds its rows. A section without its
//! input stays and says which export fills it.

mod definitions;
mod glance;
mod inputs;
mod links;
mod masthead;
mod outline;
mod parts;
mod quality;
mod restore;
mod teams;
mod trends;

use askama::Template;
use sequela_schema::Frames;

use crate::charts::{Charts, Material};
use crate::figures::{Figures, ReviewMonth};
use crate::honesty::Honesty;
use crate::names::Names;
use crate::outline::Outline;
use crate::overview::Overview;
use crate::{Context, ReportError};

pub(crate) use glance::TILES as HEADLINE;

/// What every section may draw on.
struct Source<'a> {
    frames: &'a Frames,
    context: &'a Context,
    figures: &'a Figures,
    month: Option<&'a ReviewMonth>,
    names: &'a Names,
    overview: &'a Overview,
    charts: &'a Charts,
    material: &'a Material<'a>,
    honesty: &'a Honesty,
}

#[derive(Template)]
#[template(path = "review.html")]
struct Page {
    masthead: masthead::Masthead,
    glance: glance::Glance,
    trends: trends::Trends,
    teams: teams::Teams,
    restore: restore::Restore,
    links: links::Links,
    quality: quality::Quality,
    definitions: definitions::Definitions,
    style: &'static str,
}

/// The review as one HTML document: styles and charts inside, nothing loaded, no script.
///
/// The month under review is the last full one in the data; it is compared with the plain mean of the full months before it, twelve at
/// most. Large organisations get the top rows; the rest stand in `tables/`.
///
/// # Errors
/// [`ReportError::Frame`] when a frame is not as declared, [`ReportError::Draw`] when a chart cannot be drawn,
/// [`ReportError::Template`] when the page cannot be filled in.
pub fn review_html(frames: &Frames, context: &Context) -> Result<String, ReportError> {
    Ok(page(frames, context)?.render()?)
}

/// The words of the page without its layout; charts are not drawn for it.
pub(crate) fn outline(frames: &Frames, context: &Context) -> Result<Outline, ReportError> {
    Ok(page(frames, &Context { charts: false, ..context.clone() })?.outline())
}

fn page(frames: &Frames, context: &Context) -> Result<Page, ReportError> {
    let (figures, names) = (Figures::read(frames)?, Names::read(frames)?);
    let overview = Overview::read(frames, &figures, &names)?;
    let month = ReviewMonth::choose(&figures, context);
    let honesty = Honesty::read(frames)?;
    let material = Material { frames, context, figures: &figures, month: month.as_ref(), names: &names, honesty: &honesty };
    let charts = Charts::prepare(&material)?;
    let source = Source {
        frames,
        context,
        figures: &figures,
        month: month.as_ref(),
        names: &names,
        overview: &overview,
        charts: &charts,
        material: &material,
        honesty: &honesty,
    };
    Ok(Page {
        masthead: masthead::masthead(&source)?,
        glance: glance::section(&source),
        trends: trends::section(&source)?,
        teams: teams::section(&source)?,
        restore: restore::section(&source)?,
        links: links::section(&source)?,
        quality: quality::section(&source)?,
        definitions: definitions::section(&source),
        style: include_str!("../../templates/review.css"),
    })
}
