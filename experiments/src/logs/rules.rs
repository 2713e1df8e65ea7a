//! Fixed rules: the newest change before the incident on its service, if it is near enough.

use sequela_attribution::Problem;

use super::trial::Said;

/// A window, and what the rule is called.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Name.
    pub name: &'static str,
    /// Hours.
    pub window: f64,
}

/// The rules of the table. DevLake links every incident to the newest deployment before it.
pub const RULES: [Rule; 4] = [
    Rule { name: "nearest within 4 h", window: 4.0 },
    Rule { name: "nearest within 24 h", window: 24.0 },
    Rule { name: "nearest within 72 h", window: 72.0 },
    Rule { name: "nearest (DevLake)", window: f64::INFINITY },
];

impl Rule {
    /// Links each incident or does not: probabilities are zero and one.
    pub fn answer(&self, problem: &Problem) -> Said {
        let incidents = 0..problem.incidents.at.len();
        let links: Vec<Option<(usize, f64)>> = incidents.map(|incident| self.link(problem, incident)).collect();
        let mut failing = vec![0.0; problem.rows.len()];
        links.iter().flatten().for_each(|(row, _)| failing[*row] = 1.0);
        Said {
            change: links.iter().map(|link| f64::from(u8::from(link.is_some()))).collect(),
            score: links.iter().map(|link| link.map_or(f64::NEG_INFINITY, |(_, lag)| -lag)).collect(),
            top: links.iter().map(|link| link.map(|(row, _)| row as u32)).collect(),
            failing,
            sensitivity: "",
        }
    }

    /// The linked row and its lag in hours.
    fn link(&self, problem: &Problem, incident: usize) -> Option<(usize, f64)> {
        let service = problem.incidents.service[incident] as usize;
        let rows = problem.starts[service] as usize..problem.starts[service + 1] as usize;
        let before = problem.ended[rows.clone()].partition_point(|ended| *ended < problem.incidents.at[incident]);
        let row = rows.start + before.checked_sub(1)?;
        let lag = problem.lag(incident, row);
        (lag <= self.window).then_some((row, lag))
    }
}
