//! The lines at the end of a run: what was read, what it says, what to look at, what each report found.

use sequela_schema::Frames;
use sequela_schema::Values;
use sequela_schema::canonical::incidents;
use sequela_schema::metric;
use sequela_schema::result::{incident_attribution, team_comparison};
use sequela_schema::vocabulary::{period, verdict};

use crate::charts::team_rates::Standing;
use crate::figures::{Figure, Figures, ReviewMonth, Series, month_start};
use crate::honesty::Honesty;
use crate::names::Names;
use crate::overview::Overview;
use crate::review::management::{self, View, findings};
use crate::review::signals::{Signal, Signals};
use crate::review::verdict_words;
use crate::wording::{self, MISSING};
use crate::{Context, ReportError};

/// Characters of a team's name.
const NAME_LENGTH: usize = 30;

/// The terminal summary: twenty lines at most of plain text without colours, each ending in a line feed.
///
/// Figures are those of the last full month; "before" is the plain mean of the full months before it, twelve at most.
///
/// # Errors
/// [`ReportError::Frame`] when a frame is not as declared.
pub fn summary(frames: &Frames, context: &Context) -> Result<String, ReportError> {
    let figures = Figures::read(frames)?;
    let names = Names::read(frames)?;
    let overview = Overview::read(frames, &figures, &names)?;
    let month = ReviewMonth::choose(&figures, context);
    let mut lines = vec![head(context), read_line(&overview), events_line(&overview, &names)];
    match &month {
        Some(month) => {
            let signals = Signals::of_month(frames, &names, &month.key(), Honesty::read(frames)?.is_withheld())?;
            lines.extend(month_lines(&figures, month, &signals, context));
        }
        None => lines.push("No month has a figure yet: a deployment export and an incident export fill them.".to_owned()),
    }
    lines.push(verdict_line(frames)?);
    lines.push(teams_line(frames, &names)?);
    let is_withheld = Honesty::read(frames)?.is_withheld();
    let view = View { frames, context, names: &names, is_withheld };
    lines.extend(findings(&view)?.into_iter().map(|(label, finding)| format!("{label:<15} {finding}")));
    Ok(lines.join("\n") + "\n")
}

/// What history says of planned changes and how far it is to be believed: the finding, then the check on later deployments. And whether
/// probabilities may be shown at all.
///
/// # Errors
/// [`ReportError::Frame`] when a frame is not as declared.
pub fn risk_sentences(frames: &Frames, context: &Context) -> Result<(Vec<String>, bool), ReportError> {
    let names = Names::read(frames)?;
    let is_withheld = Honesty::read(frames)?.is_withheld();
    let view = View { frames, context, names: &names, is_withheld };
    Ok((management::risk_sentences(&view)?, !is_withheld))
}

fn head(context: &Context) -> String {
    format!(
        "{} · {} ({}) · definition {}",
        context.organisation,
        wording::range_words(context.from, context.to, context.timezone),
        context.timezone,
        context.definition
    )
}

fn read_line(overview: &Overview) -> String {
    let mut line = format!(
        "Read            {} from {}, {} rejected",
        wording::plural(overview.rows_read, "row"),
        wording::plural(overview.files, "file"),
        wording::thousands(overview.rows_rejected)
    );
    if overview.truncated > 0 {
        line.push_str(&format!(", {} may be cut off", wording::plural(overview.truncated, "file")));
    }
    line
}

fn events_line(overview: &Overview, names: &Names) -> String {
    let known = |share: Option<f64>| share.map_or_else(|| MISSING.to_owned(), wording::share);
    let basis = if names.service_count() == 0 { "name a service" } else { "on a known service" };
    format!(
        "Events          {} ({} {basis}), {} ({}), {} open; {}, {}",
        wording::plural(overview.deployments, "deployment"),
        known(overview.deployments_known),
        wording::plural(overview.incidents, "incident"),
        known(overview.incidents_known),
        wording::thousands(overview.open),
        wording::plural(names.service_count() as i64, "service"),
        wording::plural(names.team_count() as i64, "team"),
    )
}

fn month_lines(figures: &Figures, month: &ReviewMonth, signals: &Signals, context: &Context) -> Vec<String> {
    let series = |metric| figures.series(period::MONTH, metric);
    let compared = |metric| compared(series(metric), month, signals.organisation(metric), context);
    let scope = if month.is_full { "" } else { " (not a full month)" };
    let name = wording::month_words(month_start(month.start));
    let incidents = format!(
        "Incidents       {}; {} caused by a change",
        compared(&metric::INCIDENTS),
        value(series(&metric::CHANGE_CAUSED_INCIDENTS), month)
    );
    let restore = format!(
        "Time to restore median {}; P90 {}, mean of restored {}",
        compared(&metric::TIME_TO_RESTORE_MEDIAN),
        value(series(&metric::TIME_TO_RESTORE_P90), month),
        value(series(&metric::TIME_TO_RESTORE_MEAN), month)
    );
    let flow = format!(
        "Deployments     {}; {} per week, lead time median {}",
        compared(&metric::DEPLOYMENTS),
        value(series(&metric::DEPLOYMENT_FREQUENCY), month),
        value(series(&metric::LEAD_TIME_MEDIAN), month)
    );
    let rate = format!(
        "Change failures {}{}",
        compared(&metric::CHANGE_FAILURE_RATE),
        on_record(series(&metric::FAILED_DEPLOYMENTS_ASSERTED), month)
    );
    vec![format!("Month           {name}{scope}, compared with {}", earlier_words(month)), rate, incidents, restore, flow]
}

/// The floor that rests neither on a rule nor on timing alone.
fn on_record(series: &Series, month: &ReviewMonth) -> String {
    let number = month.figure(series).and_then(|figure| figure.value);
    number.map_or_else(String::new, |number| format!("; on record at least {}", wording::plural(number as i64, "failed deployment")))
}

fn earlier_words(month: &ReviewMonth) -> String {
    match month.earlier.len() {
        0 => "nothing: there is no earlier full month".to_owned(),
        months => format!("the {} before", wording::plural(months as i64, "month")),
    }
}

fn value(series: &Series, month: &ReviewMonth) -> String {
    month.figure(series).map_or_else(|| MISSING.to_owned(), wording::figure)
}

fn compared(series: &Series, month: &ReviewMonth, signal: Option<&Signal>, context: &Context) -> String {
    let Some(figure) = month.figure(series) else { return MISSING.to_owned() };
    if figure.is_withheld() {
        return wording::WITHHELD.to_owned();
    }
    let mut text = wording::figure(figure);
    if figure.interval().is_some() {
        text.push_str(&format!(" ({}: {})", context.level_words(), wording::interval(figure)));
    }
    if let Some(earlier) = month.earlier(series) {
        let before = wording::figure(&Figure { value: Some(earlier.mean), ..figure.clone() });
        text.push_str(&format!(", before {before}"));
    }
    if let Some(signal) = signal {
        return format!("{text}: {}", verdict_words(signal.change, true).to_lowercase());
    }
    let change = wording::change(Some(figure), month.earlier(series));
    if matches!(change, wording::Change::NotJudged | wording::Change::NoHistory) { text } else { format!("{text}: {}", change.words()) }
}

fn verdict_line(frames: &Frames) -> Result<String, ReportError> {
    let frame = frames.get(&incident_attribution::TABLE);
    if frame.height() == 0 {
        let why = if frames.height(&incidents::TABLE) == 0 { "no incidents were given" } else { "no incident could be judged" };
        return Ok(format!("Links           {why}"));
    }
    let verdicts = frame.texts(&incident_attribution::VERDICT)?;
    let number = |wanted: &str| verdicts.iter().filter(|verdict| *verdict == Some(wanted)).count() as i64;
    let honesty = Honesty::read(frames)?;
    let caused = wording::plural(number(verdict::CHANGE), "incident");
    if honesty.is_withheld() {
        return Ok(format!(
            "Links           {caused} put down to a change by a record or a rollback; no other verdicts: {}",
            wording::check_short(&honesty)
        ));
    }
    let mut line = format!("Links           {caused} put down to a change, {} not", wording::thousands(number(verdict::BACKGROUND)));
    for (verdict, words) in [(verdict::UNDETERMINED, "undetermined"), (verdict::INSUFFICIENT_DATA, "without a service to judge by")] {
        if number(verdict) > 0 {
            line.push_str(&format!(", {} {words}", wording::thousands(number(verdict))));
        }
    }
    if honesty.is_model() {
        line.push_str(&format!("; {}", wording::check_short(&honesty)));
    }
    Ok(line)
}

fn teams_line(frames: &Frames, names: &Names) -> Result<String, ReportError> {
    let frame = frames.get(&team_comparison::TABLE);
    let (teams, verdicts) = (frame.texts(&team_comparison::TEAM_ID)?, frame.texts(&team_comparison::VERDICT)?);
    let (sides, above) = (frame.texts(&team_comparison::FUNNEL)?, frame.reals(&team_comparison::P_WORSE_THAN_ORG)?);
    let standing = |row: &usize| Standing::of(verdicts.get(*row).unwrap_or_default(), sides.get(*row).unwrap_or_default(), above.get(*row));
    let listed = |wanted: Standing| -> Vec<&str> {
        let chosen = (0..frame.height()).filter(|row| standing(row) == wanted);
        chosen.filter_map(|row| teams.get(row)).map(|team| names.team(team)).collect()
    };
    let (higher, lower) = (listed(Standing::Higher), listed(Standing::Lower));
    if frame.height() == 0 {
        return Ok("Teams           not compared: no catalog of services and teams was given".to_owned());
    }
    if Honesty::read(frames)?.is_withheld() {
        return Ok("Teams           not compared: the model may not judge on these data".to_owned());
    }
    if higher.is_empty() && lower.is_empty() {
        let few = listed(Standing::TooFew).len();
        if few == frame.height() {
            return Ok(format!("Teams           too few failures to compare {}", wording::plural(few as i64, "team")));
        }
        return Ok(format!(
            "Teams           none of {} shown to differ from the organisation; {few} with too few failures to say",
            frame.height()
        ));
    }
    Ok(format!("Teams           change failure rate higher: {}; lower: {}", short_list(&higher), short_list(&lower)))
}

fn short_list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| wording::cut(name, NAME_LENGTH)).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= 3 => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", names[..2].join(", "), names.len() - 2),
    }
}
