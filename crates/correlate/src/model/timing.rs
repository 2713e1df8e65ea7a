//! Are there more incidents after deployments than by chance, by organisation, team and service?

use sequela_attribution::Problem;
use sequela_attribution::association::{Association, PERMUTATIONS, Question};
use sequela_schema::TableBuilder;
use sequela_schema::result::association as out;
use sequela_schema::vocabulary::scope;

use super::question::Question as Rows;
use crate::deployments::Role;
use crate::link::Linker;

/// Of the findings at most this share is false on average.
const FALSE_FINDINGS: f64 = 0.1;

pub(super) fn table(linker: &Linker<'_>, rows: &Rows, problem: &Problem, seed: u64) -> TableBuilder {
    let catalog = linker.catalog;
    let role = |row: &u32| linker.deployments.roles[rows.rows[*row as usize].0 as usize];
    let counted: Vec<bool> = problem.rows.iter().map(|row| role(row) == Role::Counted).collect();
    let teams: Vec<Option<u32>> = (0..problem.services as u32).map(|service| catalog.owners.of(service).first().copied()).collect();
    let kinds = [
        (scope::ORGANISATION, vec![Some(0); problem.services], vec![String::new()]),
        (scope::TEAM, teams, catalog.teams.clone()),
        (scope::SERVICE, (0..problem.services as u32).map(Some).collect(), catalog.services.clone()),
    ];
    let mut builder = TableBuilder::new(&out::TABLE);
    for (kind, units, names) in &kinds {
        let question = Question { problem, counted: &counted, units, count: names.len() };
        for (name, found) in names.iter().zip(question.by_weeks(PERMUTATIONS, seed)).filter(|(_, found)| found.incidents > 0) {
            write(&mut builder, kind, name, found);
        }
    }
    builder
}

fn write(builder: &mut TableBuilder, kind: &str, name: &str, found: Association) {
    let known = |value: f64| (!value.is_nan()).then_some(value);
    let finding = match known(found.q) {
        None => "not tested",
        Some(q) if q <= FALSE_FINDINGS => "more than chance",
        Some(_) => "not shown",
    };
    builder
        .row()
        .text(&out::SCOPE, kind)
        .text(&out::SCOPE_ID, name)
        .int(&out::INCIDENTS, found.incidents.into())
        .int(&out::AFTER, found.after.into())
        .real(&out::EXPECTED, found.expected)
        .real_opt(&out::P, known(found.p))
        .real_opt(&out::Q, known(found.q))
        .text(&out::FINDING, finding);
}
