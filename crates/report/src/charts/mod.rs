//! Charts for the page and as files: each says its finding in the title, and why it is empty if it is.
//!
//! A chart is a title, a subtitle, the data behind it and a plot; the plot is drawn at any width, so that a phone gets its own drawing and
//! not a shrunken one. Stand-alone files carry the title and the subtitle in the picture.

mod approval_ratio;
mod axis;
mod canvas;
mod colour;
mod distribution;
mod empty;
mod failure_rate_trend;
mod funnel;
mod hour_of_week;
mod lettering;
mod placing;
mod quality_odds;
mod raster;
mod reliability;
mod response_curve;
mod restore_by_cause;
mod restore_by_team;
mod restore_curve;
mod restore_months;
mod scale;
pub(crate) mod team_rates;
mod timeline;
mod timeline_data;
mod weekly;

#[cfg(test)]
mod labels;
#[cfg(test)]
mod tests;

use std::path::Path;

use rayon::prelude::*;
use sequela_schema::Frames;

use canvas::{Anchor, Canvas, Drawn, Lettering, finish};
use colour::{GROUND, INK, SECOND_INK};
use lettering::wrap;

use crate::figures::{Figures, ReviewMonth};
use crate::honesty::Honesty;
use crate::names::Names;
use crate::{Context, ReportError};
pub use reliability::write_reliability;

/// Width of a chart on a wide page.
pub(crate) const WIDE: f64 = 604.0;
/// Width of a chart on a phone.
pub(crate) const NARROW: f64 = 358.0;
/// Width of a chart that takes the whole of a wide page.
pub(crate) const FULL: f64 = 1_232.0;
/// Width of a full chart on a narrower page and on paper.
pub(crate) const MIDDLE: f64 = 690.0;
/// Margin of stand-alone files.
const MARGIN: f64 = 16.0;
const TITLE_SIZE: f64 = 16.0;
const SUBTITLE_SIZE: f64 = 12.0;

/// A picture that can be drawn at any width.
trait Plot: Send + Sync {
    /// Whether it takes the whole width of a page.
    fn is_full(&self) -> bool {
        false
    }
    /// Height in pixels at that width.
    fn height(&self, width: f64) -> f64;
    /// Draws from the upper left corner of the canvas.
    fn draw(&self, canvas: &Canvas<'_>) -> Drawn;
}

/// The numbers behind a chart.
#[derive(Debug, Default)]
pub(crate) struct ChartData {
    /// Heads of the columns.
    pub(crate) head: Vec<&'static str>,
    /// Rows in the order of the picture.
    pub(crate) rows: Vec<Vec<String>>,
}

/// A chart with its words.
pub(crate) struct Chart {
    /// Name of its files.
    pub(crate) name: &'static str,
    /// The finding in at most ten words.
    pub(crate) title: String,
    /// Measure, unit, scale.
    pub(crate) subtitle: String,
    /// The finding with the numbers behind it, for those who cannot see the picture.
    pub(crate) description: String,
    /// The numbers.
    pub(crate) data: ChartData,
    plot: Box<dyn Plot>,
}

/// What charts are drawn from.
pub(crate) struct Material<'a> {
    /// All tables.
    pub(crate) frames: &'a Frames,
    /// The run.
    pub(crate) context: &'a Context,
    /// The figures.
    pub(crate) figures: &'a Figures,
    /// The month under review.
    pub(crate) month: Option<&'a ReviewMonth>,
    /// Names of teams and services.
    pub(crate) names: &'a Names,
    /// How far the model is to be believed, if there is one.
    pub(crate) honesty: &'a Honesty,
}

/// Every chart of a run, in the order of the page.
pub(crate) struct Charts {
    /// Change failure rate per month.
    pub(crate) failure_rate_trend: Chart,
    /// Incidents per week.
    pub(crate) incidents_per_week: Chart,
    /// Time to restore per month.
    pub(crate) restore_months: Chart,
    /// Deployments per week.
    pub(crate) deployments_per_week: Chart,
    /// Change failure rate by team.
    pub(crate) team_rates: Chart,
    /// Share of incidents not yet restored over time.
    pub(crate) restore_curve: Chart,
    /// Teams against the limits of chance.
    pub(crate) funnel: Chart,
    /// Time from deployment to incident.
    pub(crate) response_curve: Chart,
    /// Deployments and incidents by hour of the week.
    pub(crate) hour_of_week: Chart,
    /// The month of the service that lost most hours to change.
    pub(crate) timeline: Chart,
    /// Time to restore of incidents caused by a change against others.
    pub(crate) restore_by_cause: Chart,
    /// Time to restore by team.
    pub(crate) restore_by_team: Chart,
    /// Failures by approval path.
    pub(crate) approval: Chart,
    /// Odds of failure per step of each measure.
    pub(crate) quality_odds: Chart,
    /// How lead times are spread.
    pub(crate) lead_time: Chart,
    /// How times to restore are spread.
    pub(crate) restore_time: Chart,
    /// Whether probabilities hold, where labels were given.
    pub(crate) reliability: Option<Chart>,
}

impl Charts {
    /// Prepares all charts.
    pub(crate) fn prepare(material: &Material<'_>) -> Result<Self, ReportError> {
        Ok(Self {
            failure_rate_trend: failure_rate_trend::chart(material),
            incidents_per_week: weekly::incidents(material),
            restore_months: restore_months::chart(material),
            deployments_per_week: weekly::deployments(material),
            team_rates: team_rates::chart(material)?,
            restore_curve: restore_curve::chart(material)?,
            funnel: funnel::chart(material)?,
            response_curve: response_curve::chart(material)?,
            hour_of_week: hour_of_week::chart(material)?,
            timeline: timeline::chart(material)?,
            restore_by_cause: restore_by_cause::chart(material)?,
            restore_by_team: restore_by_team::chart(material)?,
            approval: approval_ratio::chart(material)?,
            quality_odds: quality_odds::chart(material)?,
            lead_time: distribution::lead_time(material)?,
            restore_time: distribution::restore_time(material)?,
            reliability: reliability::of_run(material)?,
        })
    }

    fn all(&self) -> Vec<&Chart> {
        let mut all = vec![
            &self.failure_rate_trend,
            &self.incidents_per_week,
            &self.restore_months,
            &self.deployments_per_week,
            &self.team_rates,
            &self.restore_curve,
            &self.funnel,
            &self.response_curve,
            &self.hour_of_week,
            &self.timeline,
            &self.restore_by_cause,
            &self.restore_by_team,
            &self.approval,
            &self.quality_odds,
            &self.lead_time,
            &self.restore_time,
        ];
        all.extend(&self.reliability);
        all
    }
}

/// Writes each chart as `<name>.svg` and, at twice the size, `<name>.png` into `folder`, which is made if need be; nothing if the context
/// wants none.
///
/// # Errors
/// [`ReportError::Write`] when a file cannot be written, [`ReportError::Draw`] or [`ReportError::Raster`] when a drawing fails,
/// [`ReportError::Frame`] when a frame is not as declared.
pub fn write_charts(frames: &Frames, context: &Context, folder: &Path) -> Result<(), ReportError> {
    if !context.charts {
        return Ok(());
    }
    fs_err::create_dir_all(folder)?;
    let (figures, names) = (Figures::read(frames)?, Names::read(frames)?);
    let month = ReviewMonth::choose(&figures, context);
    let honesty = Honesty::read(frames)?;
    let material = Material { frames, context, figures: &figures, month: month.as_ref(), names: &names, honesty: &honesty };
    let charts = Charts::prepare(&material)?;
    charts.all().par_iter().try_for_each(|chart| {
        let svg = chart.standalone()?;
        fs_err::write(folder.join(format!("{}.png", chart.name)), raster::png(chart.name, &svg)?)?;
        fs_err::write(folder.join(format!("{}.svg", chart.name)), svg + "\n")?;
        Ok(())
    })
}

impl Chart {
    /// The plot alone, for the page.
    pub(crate) fn inline(&self, width: f64) -> Result<String, ReportError> {
        let height = self.plot.height(width);
        self.rendered((width, height), |canvas| self.plot.draw(canvas))
    }

    /// Widths at which the page draws it, the widest first.
    pub(crate) fn widths(&self) -> &'static [f64] {
        if self.plot.is_full() { &[FULL, MIDDLE, NARROW] } else { &[WIDE, NARROW] }
    }

    /// The plot under its title and subtitle on a white ground.
    pub(crate) fn standalone(&self) -> Result<String, ReportError> {
        let width = if self.plot.is_full() { FULL } else { WIDE };
        let titles = wrap(&self.title, width, TITLE_SIZE * 1.08);
        let subtitles = wrap(&self.subtitle, width, SUBTITLE_SIZE);
        let head = MARGIN + 21.0 * titles.len() as f64 + 17.0 * subtitles.len() as f64 + 8.0;
        let size = (width + 2.0 * MARGIN, head + self.plot.height(width) + MARGIN);
        self.rendered(size, |canvas| {
            canvas.rectangle((0.0, 0.0), size, GROUND)?;
            let heading = Lettering { size: TITLE_SIZE, is_bold: true, colour: INK, anchor: Anchor::Start };
            let remark = Lettering { size: SUBTITLE_SIZE, is_bold: false, colour: SECOND_INK, anchor: Anchor::Start };
            let lines = titles.iter().map(|line| (line, heading, 21.0)).chain(subtitles.iter().map(|line| (line, remark, 17.0)));
            let mut y = MARGIN;
            for (line, lettering, step) in lines {
                canvas.text((MARGIN, y + step / 2.0), line, lettering)?;
                y += step;
            }
            canvas.shift(MARGIN, head, width);
            self.plot.draw(canvas)
        })
    }

    fn rendered(&self, size: (f64, f64), draw: impl FnOnce(&mut Canvas<'_>) -> Drawn) -> Result<String, ReportError> {
        let mut text = String::new();
        let mut canvas = Canvas::new(&mut text, size.0, size.1);
        let drawn = draw(&mut canvas).and_then(|()| canvas.present());
        drop(canvas);
        drawn.map_err(|error| ReportError::Draw { chart: self.name, reason: error.to_string() })?;
        Ok(finish(&text, size, &self.title, &self.description))
    }
}
