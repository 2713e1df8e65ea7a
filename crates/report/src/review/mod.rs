//! The monthly review: one HTML file that loads nothing, reads on a phone, in the dark and on paper.
//!
//! Every section has one finding, one line about what it rests on, and the name of the table that holds its rows. A section without its
//! input stays and says which export fills it.

mod bands;
mod candidates;
mod cases;
mod changed;
mod definitions;
mod glance;
mod incidents;
mod inputs;
mod json;
pub(crate) mod management;
mod masthead;
mod outline;
mod parts;
mod period;
mod quality;
mod restore;
pub(crate) mod signals;
mod strip;
mod style;
mod teams;
mod trends;
mod when;
mod worst;

use std::collections::BTreeSet;

use askama::Template;
use sequela_schema::Frames;
use sequela_schema::metric::Metric;
use sequela_schema::vocabulary;

use crate::charts::{Charts, Material};
use crate::figures::{Earlier, Figure, Figures, ReviewMonth};
use crate::honesty::Honesty;
use crate::names::Names;
use crate::outline::Outline;
use crate::overview::Overview;
use crate::{Context, ReportError};
use period::Period;

/// Services offered by the filter, at most.
const OFFERED: usize = 500;

pub(crate) use glance::{TILES as HEADLINE, verdict_words};

/// What every section may draw on.
struct Source<'a> {
    frames: &'a Frames,
    context: &'a Context,
    figures: &'a Figures,
    /// The month of the page; none on the page of the whole range.
    month: Option<&'a ReviewMonth>,
    /// The month that charts shade.
    latest: Option<&'a ReviewMonth>,
    period: &'a Period,
    siblings: &'a [Period],
    names: &'a Names,
    overview: &'a Overview,
    charts: &'a Charts,
    material: &'a Material<'a>,
    honesty: &'a Honesty,
    cases: &'a cases::Cases,
    signals: &'a signals::Signals,
}

impl<'a> Source<'a> {
    /// The figure of the page's period.
    fn figure(&self, metric: &Metric) -> Option<&'a Figure> {
        match &self.period.month {
            Some(month) => month.figure(self.figures.series(vocabulary::period::MONTH, metric)),
            None => self.figures.overall(metric),
        }
    }

    /// What findings of reports may draw on.
    fn view(&self) -> management::View<'a> {
        management::View { frames: self.frames, context: self.context, names: self.names, is_withheld: self.honesty.is_withheld() }
    }

    /// What it was in the months before; the whole range has none.
    fn earlier(&self, metric: &Metric) -> Option<Earlier> {
        self.period.month.as_ref()?.earlier(self.figures.series(vocabulary::period::MONTH, metric))
    }
}

/// What the filters offer: other pages, teams, services.
#[derive(Debug)]
struct Filters {
    /// File, name, whether it is this page.
    pages: Vec<(String, String, bool)>,
    teams: Vec<String>,
    services: Vec<String>,
}

#[derive(Template)]
#[template(path = "review.html")]
struct Page {
    masthead: masthead::Masthead,
    filters: Filters,
    glance: glance::Glance,
    changed: changed::Changed,
    trends: trends::Trends,
    incidents: incidents::Incidents,
    worst: worst::Worst,
    when: when::When,
    /// The sections that problem managers work from.
    problems: Vec<parts::Section>,
    teams: teams::Teams,
    restore: restore::Restore,
    /// The sections of change management.
    management: Vec<parts::Section>,
    quality: quality::Quality,
    definitions: definitions::Definitions,
    style: String,
    script: &'static str,
}

/// The review of the last full month as one HTML document: styles, charts and script inside, nothing loaded, readable without the script.
///
/// The month is compared with the plain mean of the full months before it, twelve at most. Large organisations get the top rows; the
/// rest stand in `tables/`.
///
/// # Errors
/// [`ReportError::Frame`] when a frame is not as declared, [`ReportError::Draw`] when a chart cannot be drawn,
/// [`ReportError::Template`] when the page cannot be filled in.
pub fn review_html(frames: &Frames, context: &Context) -> Result<String, ReportError> {
    let run = Run::read(frames, context)?;
    let chosen = run.periods.iter().find(|period| period.file == REVIEW);
    chosen.map_or_else(|| Ok(String::new()), |period| run.rendered(period))
}

/// Name of the page of the last full month.
const REVIEW: &str = "review.html";

/// All pages by file name: `review.html`, a page for each other month such as `review-2026-05.html`, and `review-all.html`.
///
/// # Errors
/// As of [`review_html`].
pub fn review_pages(frames: &Frames, context: &Context) -> Result<Vec<(String, String)>, ReportError> {
    Ok(all(frames, context)?.0)
}

/// All pages, and the words of the one of the last full month without its layout.
pub(crate) fn all(frames: &Frames, context: &Context) -> Result<(Vec<(String, String)>, Outline), ReportError> {
    let run = Run::read(frames, context)?;
    let (mut pages, mut outline) = (Vec::new(), Outline::default());
    let chosen = run.periods.iter().position(|period| period.file == REVIEW).unwrap_or(0);
    for (place, period) in run.periods.iter().enumerate() {
        let page = run.page(period)?;
        pages.push((period.file.clone(), page.render()?));
        if place == chosen {
            outline = page.outline();
        }
    }
    Ok((pages, outline))
}

/// What all pages share.
struct Run<'a> {
    frames: &'a Frames,
    context: &'a Context,
    figures: Figures,
    names: Names,
    overview: Overview,
    honesty: Honesty,
    cases: cases::Cases,
    periods: Vec<Period>,
}

impl<'a> Run<'a> {
    fn read(frames: &'a Frames, context: &'a Context) -> Result<Self, ReportError> {
        let (figures, names) = (Figures::read(frames)?, Names::read(frames)?);
        let honesty = Honesty::read(frames)?;
        Ok(Self {
            overview: Overview::read(frames, &figures, &names)?,
            cases: cases::Cases::read(frames, context, &names, honesty.is_withheld())?,
            periods: period::periods(&figures, context),
            frames,
            context,
            figures,
            names,
            honesty,
        })
    }

    fn rendered(&self, period: &Period) -> Result<String, ReportError> {
        Ok(self.page(period)?.render()?)
    }

    fn page(&self, period: &Period) -> Result<Page, ReportError> {
        let newest = ReviewMonth::choose(&self.figures, self.context);
        let latest = period.month.as_ref().or(newest.as_ref());
        let (figures, names, honesty) = (&self.figures, &self.names, &self.honesty);
        let material = Material { frames: self.frames, context: self.context, figures, month: latest, names, honesty };
        let source = Source {
            frames: self.frames,
            context: self.context,
            figures,
            month: period.month.as_ref(),
            latest,
            period,
            siblings: &self.periods,
            names,
            overview: &self.overview,
            charts: &Charts::prepare(&material)?,
            material: &material,
            honesty,
            cases: &self.cases,
            signals: &signals::Signals::read(self.frames, names, period, honesty.is_withheld())?,
        };
        page(&source)
    }
}

fn page(source: &Source<'_>) -> Result<Page, ReportError> {
    let rows = glance::rows(source);
    let teams = teams::section(source)?;
    Ok(Page {
        masthead: masthead::masthead(source)?,
        filters: filters(source),
        glance: glance::section(source, &rows),
        changed: changed::section(source, &rows)?,
        trends: trends::section(source, &rows)?,
        incidents: incidents::section(source)?,
        worst: worst::section(source)?,
        when: when::section(source)?,
        problems: management::problems(source)?,
        teams,
        restore: restore::section(source)?,
        management: management::changes(source)?,
        quality: quality::section(source)?,
        definitions: definitions::section(source),
        style: style::style(),
        script: include_str!("../../templates/review.js"),
    })
}

fn filters(source: &Source<'_>) -> Filters {
    let page = |period: &Period| (period.file.clone(), period.name.clone(), period.file == source.period.file);
    let of_cases = |text: fn(&cases::Case) -> &String| -> BTreeSet<&String> {
        source.cases.all.iter().map(text).filter(|name| !name.is_empty()).collect()
    };
    let (mut teams, services) = (of_cases(|case| &case.team), of_cases(|case| &case.service));
    let compared: Vec<String> =
        source.figures.by_team(&sequela_schema::metric::DEPLOYMENTS).map(|(id, _)| source.names.team(id).to_owned()).collect();
    teams.extend(&compared);
    Filters {
        pages: source.siblings.iter().map(page).collect(),
        teams: teams.into_iter().cloned().collect(),
        services: services.into_iter().take(OFFERED).cloned().collect(),
    }
}
