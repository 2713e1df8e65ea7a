//! Section 3: change failure rate by team. Teams stand by verdict, then by name; nobody is ranked.

use super::Source;
use super::glance::Chip;
use super::parts::{Cell, Grid, Head, Picture};
use sequela_schema::metric;

use crate::ReportError;
use crate::charts::team_rates::{TEAMS, Team, shown, teams};
use crate::wording::{self, Change, MISSING};

/// The section.
#[derive(Debug)]
pub(super) struct Teams {
    pub(super) head: Head,
    pub(super) picture: Option<Picture>,
    pub(super) table: Grid,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Result<Teams, ReportError> {
    let all = teams(source.material)?;
    let meta = format!(
        "{} · {} · {} intervals · rates shrunk towards the organisation by as much as few deployments leave open",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        wording::plural(all.iter().map(|team| team.deployments).sum(), "deployment"),
        source.context.level_words()
    );
    let head = Head {
        number: 3,
        id: "teams",
        title: "Change failure rate by team",
        finding: finding(source, &all),
        meta,
        rows: vec!["team_comparison", "team_month"],
    };
    if all.is_empty() {
        return Ok(Teams { head, picture: None, table: Grid::default() });
    }
    let picture = if source.honesty.is_withheld() { None } else { Some(Picture::of(&source.charts.team_rates, source.context)?) };
    Ok(Teams { head, picture, table: grid(&all) })
}

fn finding(source: &Source<'_>, all: &[Team]) -> String {
    let names = |verdict: &str| all.iter().filter(|team| team.verdict == verdict).map(|team| team.name.as_str()).collect::<Vec<_>>();
    let (higher, lower, few) = (names("higher"), names("lower"), names("too few to say"));
    let overall = source.figures.overall(&metric::CHANGE_FAILURE_RATE).map_or_else(|| MISSING.to_owned(), wording::figure);
    if all.is_empty() {
        return "No team can be shown: a catalog that gives services an owner (services with team) fills this section.".to_owned();
    }
    if source.honesty.is_withheld() {
        return format!("Teams are not compared: {}", wording::lower_first(&wording::silence_words(source.honesty)));
    }
    if all.iter().all(|team| team.deployments == 0) {
        return "No team has a deployment that counts, so there is no change failure rate to compare.".to_owned();
    }
    if all.iter().all(|team| team.verdict.is_empty()) {
        return format!("The organisation's change failure rate is {overall}; teams were not compared under this definition.");
    }
    let mut parts = Vec::new();
    if !higher.is_empty() {
        let verb = if higher.len() == 1 { "fails" } else { "fail" };
        parts.push(format!("{} {verb} more often than chance explains", listed(&higher)));
    }
    if !lower.is_empty() {
        let verb = if lower.len() == 1 { "fails" } else { "fail" };
        parts.push(format!("{} {verb} less often", listed(&lower)));
    }
    if parts.is_empty() {
        parts.push(format!("No team is shown to differ from the organisation ({overall})"));
    }
    if !few.is_empty() {
        parts.push(format!("{} too few failures to say", teams_have(few.len())));
    }
    format!("{}.", parts.join("; "))
}

fn teams_have(number: usize) -> String {
    if number == 1 { "1 team has".to_owned() } else { format!("{number} teams have") }
}

fn listed(names: &[&str]) -> String {
    match names {
        [one] => (*one).to_owned(),
        [first @ .., last] if names.len() <= 4 => format!("{} and {last}", first.join(", ")),
        _ => wording::plural(names.len() as i64, "team"),
    }
}

fn grid(all: &[Team]) -> Grid {
    let heads = [
        "Team",
        "Deployments#",
        "Failed, expected#",
        "Raw rate#",
        "Rate, shrunk#",
        "Above the organisation#",
        "Restore, median#",
        "In words",
    ];
    let mut grid = Grid::new("Teams by verdict, then by name", &heads);
    let rows = shown(all, TEAMS);
    grid.rest = if rows.len() < all.len() {
        format!("Showing {} of {} teams: those that differ, then the largest.", rows.len(), all.len())
    } else {
        String::new()
    };
    grid.rows = rows.iter().map(cells).collect();
    grid
}

fn cells(team: &Team) -> Vec<Cell> {
    let missing = || MISSING.to_owned();
    let chip = Chip::of(match team.verdict.as_str() {
        "higher" => Change::Higher,
        "lower" => Change::Lower,
        "no difference shown" => Change::Unclear,
        _ => Change::TooFew,
    });
    let verdict = match team.verdict.as_str() {
        "higher" => "higher; chance does not explain it",
        "lower" => "lower; chance does not explain it",
        "no difference shown" => "cannot be told apart",
        "" => "not compared",
        other => other,
    };
    vec![
        Cell::of(team.name.as_str()),
        Cell::of(wording::thousands(team.deployments)),
        Cell::of(if team.rate.is_withheld() { missing() } else { wording::expected(team.failures) }),
        Cell::of(team.raw.map_or_else(missing, wording::rate)),
        Cell::of(wording::figure(&team.rate)).with_remark(team.rate.interval().map(|_| wording::interval(&team.rate)).unwrap_or_default()),
        Cell::of(team.above.map_or_else(missing, wording::probability)),
        Cell::of(team.restore_median.map_or_else(missing, wording::duration)),
        Cell::of(format!("{} {verdict}", chip.mark)),
    ]
}
