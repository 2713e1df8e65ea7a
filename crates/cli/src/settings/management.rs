//! `[standard_change]` and `[accreditation]`: what change models and teams are measured by.

use sequela_management::{Accreditation, Criterion, Limits, StandardChange};

use super::file;
use crate::failure::Failure;

/// Shares that are likely meant as percent.
const PERCENT: &str = "shares are written from 0 to 1: 98 % is 0.98";

/// When a change model may be approved in advance, where the section is there.
pub(super) fn standard_change(section: Option<file::StandardChange>) -> Result<Option<StandardChange>, Failure> {
    let Some(section) = section else { return Ok(None) };
    let default = StandardChange::default();
    let target = section.target.unwrap_or(default.target);
    if !(target > 0.0 && target < 1.0) {
        return Err(
            Failure::settings(format!("[standard_change] target is {target}, and a share between 0 and 1 was expected")).hint(PERCENT)
        );
    }
    if let Some(minutes) = section.board_minutes.filter(|minutes| !(minutes.is_finite() && *minutes >= 0.0)) {
        return Err(Failure::settings(format!("[standard_change] board_minutes is {minutes}, and a number of minutes was expected")));
    }
    Ok(Some(StandardChange {
        target,
        min_changes: section.min_changes.unwrap_or(default.min_changes),
        board_minutes: section.board_minutes,
    }))
}

/// Criteria of teams, where the section is there.
pub(super) fn accreditation(section: Option<file::Accreditation>) -> Result<Option<Accreditation>, Failure> {
    let Some(section) = section else { return Ok(None) };
    let mut settings = Accreditation::default();
    if let Some(names) = &section.criteria {
        settings.criteria = names.iter().map(|name| criterion(name)).collect::<Result<_, _>>()?;
    }
    if settings.criteria.is_empty() {
        return Err(Failure::settings("[accreditation] criteria is empty").hint(known()));
    }
    let written = [section.bronze, section.silver, section.gold];
    for (level, written) in settings.levels.iter_mut().zip(written) {
        override_limits(level, &written.unwrap_or_default());
    }
    settings.check().map_err(|message| Failure::settings(message).hint(PERCENT))?;
    Ok(Some(settings))
}

fn override_limits(limits: &mut Limits, written: &file::Limits) {
    let set = |limit: &mut f64, written: Option<f64>| *limit = written.unwrap_or(*limit);
    set(&mut limits.change_failure_rate, written.change_failure_rate);
    set(&mut limits.time_to_restore_hours, written.time_to_restore_hours);
    set(&mut limits.coverage, written.coverage);
    set(&mut limits.change_records, written.change_records);
    set(&mut limits.deployments, written.deployments);
}

fn criterion(name: &str) -> Result<Criterion, Failure> {
    let known_one = Criterion::ALL.into_iter().find(|criterion| criterion.word() == name);
    known_one.ok_or_else(|| Failure::settings(format!("[accreditation] criteria has {name:?}, which is no criterion")).hint(known()))
}

fn known() -> String {
    format!("known criteria: {}", Criterion::ALL.map(Criterion::word).join(", "))
}

/// As it would be typed.
pub(super) fn standard_change_words(settings: &StandardChange) -> String {
    let board = settings.board_minutes.map_or_else(String::new, |minutes| format!(" board_minutes {minutes}"));
    format!("target {} min_changes {}{board}", settings.target, settings.min_changes)
}

/// Limits of gold, silver and bronze by criterion.
pub(super) fn accreditation_words(settings: &Accreditation) -> String {
    let limits = |criterion: &Criterion| {
        let [bronze, silver, gold] = settings.levels.map(|level| level.of(*criterion));
        format!("{} {gold}/{silver}/{bronze}", criterion.word())
    };
    settings.criteria.iter().map(limits).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn teams(toml: &str) -> Result<Accreditation, Failure> {
        accreditation(Some(toml::from_str(toml).unwrap())).map(Option::unwrap)
    }

    fn models(toml: &str) -> Result<StandardChange, Failure> {
        standard_change(Some(toml::from_str(toml).unwrap())).map(Option::unwrap)
    }

    #[test]
    fn what_is_written_replaces_what_is_built_in() {
        let settings = teams("criteria = [\"change_failure_rate\", \"volume\"]\n[gold]\nchange_failure_rate = 0.03\n").unwrap();
        assert_eq!(accreditation_words(&settings), "change_failure_rate 0.03/0.1/0.15, volume 100/50/20");
        let settings = models("target = 0.95\nboard_minutes = 10\n").unwrap();
        assert_eq!(standard_change_words(&settings), "target 0.95 min_changes 30 board_minutes 10");
    }

    #[test]
    fn mistakes_are_named() {
        let message = |failure: Failure| failure.messages.join(" ");
        assert!(message(teams("criteria = [\"happiness\"]").unwrap_err()).contains("happiness"));
        assert!(message(teams("criteria = []").unwrap_err()).contains("empty"));
        assert!(message(teams("[gold]\nchange_failure_rate = 5\n").unwrap_err()).contains("[accreditation.gold] change_failure_rate is 5"));
        assert!(message(models("target = 98").unwrap_err()).contains("98"));
        assert!(message(models("board_minutes = -1").unwrap_err()).contains("board_minutes"));
        assert!(toml::from_str::<file::Accreditation>("[platinum]\n").is_err());
        assert!(toml::from_str::<file::StandardChange>("targets = 0.9\n").is_err());
    }
}
