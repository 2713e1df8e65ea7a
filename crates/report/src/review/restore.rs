//! Time to restore over the whole range.

use super::Source;
use super::parts::{Cell, Chip, Grid, Head, Line, Picture};
use sequela_schema::Values;
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::team_comparison;

use crate::ReportError;
use crate::wording::{self, Change, MISSING};

/// False discovery rate of the comparison.
const LIMIT: f64 = 0.1;
/// Teams shown.
const TEAMS: usize = 25;

const FIGURES: [&Metric; 6] = [
    &metric::TIME_TO_RESTORE_MEDIAN,
    &metric::TIME_TO_RESTORE_P90,
    &metric::TIME_TO_RESTORE_MEAN,
    &metric::TIME_TO_RESTORE_MEDIAN_OBSERVED,
    &metric::FAILED_DEPLOYMENT_RECOVERY_MEDIAN,
    &metric::OPEN_INCIDENTS,
];

/// The section.
#[derive(Debug)]
pub(super) struct Restore {
    pub(super) head: Head,
    pub(super) picture: Picture,
    /// Curves by cause and of each team, where they are drawn.
    pub(super) pictures: Vec<Picture>,
    pub(super) table: Grid,
    pub(super) teams: Grid,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Result<Restore, ReportError> {
    let meta = format!(
        "{} · {}, {} open at export · Kaplan–Meier, open incidents counted up to the export",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        wording::plural(source.overview.incidents, "incident"),
        wording::thousands(source.overview.open)
    );
    let compared = compared(source)?;
    let charts = [&source.charts.restore_by_cause, &source.charts.restore_time, &source.charts.restore_by_team];
    let pictures = charts.into_iter().map(|chart| Picture::of(chart, source.context)).collect::<Result<_, _>>()?;
    let head = Head {
        id: "restore",
        title: "Time to restore".to_owned(),
        finding: finding(source) + &teams_words(&compared),
        meta,
        rows: vec!["restore_curves", "metrics", "team_comparison"],
    };
    let picture = Picture::of(&source.charts.restore_curve, source.context)?;
    Ok(Restore { head, picture, pictures, table: grid(source), teams: teams(source, &compared) })
}

fn finding(source: &Source<'_>) -> String {
    let overall = |metric: &Metric| source.figures.overall(metric);
    let Some(median) = overall(&metric::TIME_TO_RESTORE_MEDIAN).filter(|figure| figure.value.is_some()) else {
        let open = source.overview.open;
        return if open > 0 {
            format!(
                "The median time to restore is not reached: {} still open.",
                if open == 1 { "1 incident is".to_owned() } else { format!("{} incidents are", wording::thousands(open)) }
            )
        } else {
            "Nothing is known about the time to restore: incidents with resolved_at or mitigated_at fill this section.".to_owned()
        };
    };
    let mut text = format!("Half of the incidents are restored within {}", wording::figure(median));
    if median.interval().is_some() {
        text.push_str(&format!(" ({})", wording::interval(median)));
    }
    match overall(&metric::TIME_TO_RESTORE_P90).and_then(|figure| figure.value) {
        Some(p90) => text.push_str(&format!(", nine of ten within {}.", wording::duration(p90))),
        None => text.push_str("; the time for nine of ten is not reached."),
    }
    text
}

fn grid(source: &Source<'_>) -> Grid {
    let level = format!("{} interval#", source.context.level_words());
    let mut grid = Grid::new("Time to restore over the whole range", &["Figure", "Value#", &level, "n#"]);
    for metric in FIGURES {
        let figure = source.figures.overall(metric);
        grid.rows.push(
            vec![
                Cell::of(metric.title).with_remark(metric.caution),
                Cell::of(figure.map_or_else(|| MISSING.to_owned(), wording::figure)),
                Cell::of(figure.map_or_else(|| MISSING.to_owned(), wording::interval)),
                Cell::of(figure.map_or_else(|| MISSING.to_owned(), |figure| wording::thousands(figure.n))),
            ]
            .into(),
        );
    }
    grid
}

/// A team's time to restore against the other teams'.
struct Compared {
    name: String,
    median: f64,
    p: f64,
    /// The same adjusted for the number of teams (Benjamini–Hochberg).
    q: f64,
}

fn compared(source: &Source<'_>) -> Result<Vec<Compared>, ReportError> {
    let frame = source.frames.get(&team_comparison::TABLE);
    let ids = frame.texts(&team_comparison::TEAM_ID)?;
    let (medians, values) = (frame.reals(&team_comparison::RESTORE_MEDIAN_HOURS)?, frame.reals(&team_comparison::RESTORE_LOGRANK_P)?);
    let team = |row: usize| {
        let name = source.names.team(ids.get(row)?).to_owned();
        Some(Compared { name, median: medians.get(row)?, p: values.get(row)?, q: 1.0 })
    };
    let mut teams: Vec<Compared> = (0..frame.height()).filter_map(team).collect();
    adjust(&mut teams);
    teams.sort_by(|left, right| (left.q > LIMIT).cmp(&(right.q > LIMIT)).then_with(|| left.name.cmp(&right.name)));
    Ok(teams)
}

/// Benjamini and Hochberg 1995: the smallest of p × m ÷ rank over this rank and all larger ones.
fn adjust(teams: &mut [Compared]) {
    teams.sort_by(|left, right| right.p.total_cmp(&left.p));
    let number = teams.len();
    let mut least = 1.0_f64;
    for (position, team) in teams.iter_mut().enumerate() {
        least = least.min(team.p * number as f64 / (number - position) as f64);
        team.q = least;
    }
}

fn teams(source: &Source<'_>, compared: &[Compared]) -> Grid {
    let mut grid = Grid::new("Teams against the other teams, log-rank", &["Team", "Median#", "p#", "In words"]).keyed("restore", 0, "");
    let overall = source.figures.overall(&metric::TIME_TO_RESTORE_MEDIAN).and_then(|figure| figure.value);
    for team in compared.iter().take(TEAMS) {
        let change = match overall {
            _ if team.q > LIMIT => Change::Unclear,
            Some(overall) if team.median < overall => Change::Lower,
            _ => Change::Higher,
        };
        let words = match change {
            Change::Unclear => "Cannot be told apart",
            Change::Lower => "Faster; chance does not explain it",
            _ => "Slower; chance does not explain it",
        };
        let cells = vec![
            Cell::of(team.name.as_str()),
            Cell::of(wording::duration(team.median)).sorted(team.median),
            Cell::of(if team.p < 0.001 { "under 0.001".to_owned() } else { format!("{:.3}", team.p) }).sorted(team.p),
            Cell::verdict(Chip::saying(change, words)),
        ];
        grid.rows.push(Line { cells, team: team.name.clone(), ..Line::default() });
    }
    if compared.len() > TEAMS {
        grid.rest = format!("Showing {TEAMS} of {} teams: those that differ, then by name.", compared.len());
    }
    grid
}

fn teams_words(compared: &[Compared]) -> String {
    let number = compared.iter().filter(|team| team.q <= LIMIT).count() as i64;
    match number {
        _ if compared.len() < 2 => String::new(),
        0 => " No team restores faster or slower than chance allows.".to_owned(),
        number => format!(
            " {} faster or slower than chance allows.",
            if number == 1 { "1 team restores".to_owned() } else { format!("{number} teams restore") }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R: p.adjust(c(0.01, 0.02, 0.03, 0.5), "BH") gives 0.04 0.04 0.04 0.50.
    #[test]
    fn p_values_are_adjusted_for_their_number() {
        let mut teams: Vec<Compared> = [0.5, 0.01, 0.03, 0.02].map(|p| Compared { name: String::new(), median: 1.0, p, q: 1.0 }).into();
        adjust(&mut teams);
        teams.sort_by(|left, right| left.p.total_cmp(&right.p));
        for (team, expected) in teams.iter().zip([0.04, 0.04, 0.04, 0.5]) {
            assert!((team.q - expected).abs() < 1e-12, "{} {}", team.p, team.q);
        }
    }
}
