//! Change models to pre-approve or withdraw: the table `standard_change_candidates`.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::PolarsResult;
use sequela_schema::canonical::services;
use sequela_schema::result::standard_change_candidates as t;
use sequela_schema::{Frames, TableBuilder, Values};
use sequela_stats::multiple::benjamini_hochberg;
use sequela_stats::{Estimate, Level, proportion};

use crate::Settings;
use crate::carried::{Carried, FALSE_DISCOVERIES, FEWEST, HOUR};
use crate::records::is_withheld;

/// Shorter ranges give no number per year.
const FEWEST_DAYS: f64 = 28.0;
/// Failed changes that are named, at most.
const NAMED: usize = 5;
const DAYS_PER_YEAR: f64 = 365.25;

/// `[standard_change]`: when a change model may be approved in advance.
#[derive(Clone, Debug, PartialEq)]
pub struct StandardChange {
    /// Share of changes without a failure that pre-approval asks for.
    pub target: f64,
    /// Fewer changes than this are no history to pre-approve on.
    pub min_changes: usize,
    /// Minutes that the board spends on a change.
    pub board_minutes: Option<f64>,
}

impl Default for StandardChange {
    /// 98 % is the target of the project's design; no body of practice publishes one.
    fn default() -> Self {
        Self { target: 0.98, min_changes: 30, board_minutes: None }
    }
}

/// Service, model, type and kind.
type Key = (String, String, String, String);

/// Changes of one model.
#[derive(Debug, Default)]
struct Model {
    failures: f64,
    changes: usize,
    at_board: usize,
    pre_approved: usize,
    approval_hours: Vec<f64>,
    /// Records of changes that failed more likely than not, with the probability.
    failed: Vec<(f64, String)>,
}

impl Model {
    fn add(&mut self, change: &Carried, p_failed: f64) {
        self.failures += p_failed;
        self.changes += 1;
        self.at_board += usize::from(matches!(change.path.as_str(), "cab" | "ecab"));
        self.pre_approved += usize::from(matches!(change.path.as_str(), "pre_approved" | "automated"));
        self.approval_hours.extend(change.approval_hours);
        self.failed.extend(change.record.clone().filter(|_| p_failed >= 0.5).map(|record| (p_failed, record)));
    }

    /// The likeliest of them, joined.
    fn named(&self) -> Option<String> {
        let mut failed: Vec<&(f64, String)> = self.failed.iter().collect();
        failed.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
        let records: Vec<&str> = failed.into_iter().take(NAMED).map(|(_, record)| record.as_str()).collect();
        (!records.is_empty()).then(|| records.join(", "))
    }

    /// Whether its changes are approved in advance as a rule.
    fn is_standard(&self, kind: &str) -> bool {
        kind == "standard" || 2 * self.pre_approved > self.changes
    }

    fn rate(&self) -> Estimate {
        let changes = self.changes as f64;
        proportion::jeffreys((changes - self.failures).max(0.0), changes, Level::default())
    }

    /// Whether there is enough to judge it by: to withdraw, the house's least number will do.
    fn is_judged(&self, kind: &str, settings: &StandardChange) -> bool {
        self.changes >= if self.is_standard(kind) { FEWEST } else { settings.min_changes.max(FEWEST) } && kind != "emergency"
    }

    /// Probability at the target of what speaks for a proposal: so many failures for a standard model, so few for another.
    fn p_value(&self, kind: &str, settings: &StandardChange) -> Option<f64> {
        let (few, many) = proportion::exact_tails(self.failures, self.changes as f64, 1.0 - settings.target)?;
        self.is_judged(kind, settings).then_some(if self.is_standard(kind) { many } else { few })
    }

    fn proposal(&self, kind: &str, settings: &StandardChange, q: Option<f64>) -> (&'static str, String) {
        let (rate, target) = (self.rate(), settings.target);
        let is_told = q.is_some_and(|q| q <= FALSE_DISCOVERIES);
        let (is_above, is_below) =
            (rate.lower.is_some_and(|lower| lower >= target) && is_told, rate.upper.is_some_and(|upper| upper < target) && is_told);
        if kind == "emergency" {
            return ("not yet", "emergency changes are not approved in advance".to_owned());
        }
        match (self.is_judged(kind, settings), self.is_standard(kind)) {
            (false, true) => ("too few to say", format!("fewer than {FEWEST} changes")),
            (false, false) => ("too few to say", format!("fewer than {} changes", settings.min_changes.max(FEWEST))),
            (true, true) if is_below => ("withdraw", format!("success is under {} even at the upper end", percent(target))),
            (true, true) => ("keep as standard", "not shown to succeed less often than asked for".to_owned()),
            (true, false) if is_above => ("pre-approve", format!("success is at least {} even at the lower end", percent(target))),
            (true, false) => ("not yet", self.missing(&rate, target)),
        }
    }

    /// What keeps it from being pre-approved.
    fn missing(&self, rate: &Estimate, target: f64) -> String {
        match (rate.value, rate.lower) {
            (Some(value), _) if value < target => format!("success is under {}", percent(target)),
            (_, Some(lower)) if lower < target => format!("success may lie under {}: more changes would tell", percent(target)),
            _ => "within what chance gives among so many models".to_owned(),
        }
    }
}

/// `98 %`, `99.5 %`.
fn percent(share: f64) -> String {
    let rounded = (share * 1_000.0).round() / 10.0;
    format!("{rounded} %")
}

/// The table; empty without change records.
pub(crate) fn table(frames: &Frames, carried: &[Carried], settings: &Settings) -> PolarsResult<TableBuilder> {
    let mut models: BTreeMap<Key, Model> = BTreeMap::new();
    for change in carried {
        let (Some(kind), Some(p_failed)) = (change.kind.clone(), change.p_failed) else { continue };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let key = (text(&change.service), text(&change.model), kind, text(&change.deployment_kind));
        models.entry(key).or_default().add(change, p_failed);
    }
    rows(&models, &owners(frames)?, settings, is_withheld(frames)?)
}

fn owners(frames: &Frames) -> PolarsResult<HashMap<String, String>> {
    let frame = frames.get(&services::TABLE);
    let rows = frame.texts(&services::SERVICE_ID)?.iter().zip(frame.texts(&services::TEAM_ID)?.iter());
    Ok(rows.filter_map(|(id, team)| Some((id?.to_owned(), team?.to_owned()))).collect())
}

fn rows(
    models: &BTreeMap<Key, Model>,
    owners: &HashMap<String, String>,
    settings: &Settings,
    is_withheld: bool,
) -> PolarsResult<TableBuilder> {
    let asked = &settings.standard_change;
    let adjusted = adjusted(models, asked);
    let days = (settings.range.to - settings.range.from) as f64 / (24.0 * HOUR);
    let mut table = TableBuilder::new(&t::TABLE);
    for ((key, model), q) in models.iter().zip(adjusted) {
        let (proposal, note) = match is_withheld {
            true => ("not judged", "the attribution model may not judge on these data".to_owned()),
            false => model.proposal(&key.2, asked, q),
        };
        let per_year = |number: usize| (days >= FEWEST_DAYS).then(|| number as f64 * DAYS_PER_YEAR / days);
        let waits = &model.approval_hours;
        let wait = (waits.len() >= FEWEST).then(|| waits.iter().sum::<f64>() / waits.len() as f64);
        let freed = Some(()).filter(|()| !model.is_standard(&key.2) && key.2 != "emergency");
        let rate = model.rate();
        table
            .row()
            .text(&t::SERVICE_ID, &key.0)
            .text(&t::MODEL, &key.1)
            .text(&t::TYPE, &key.2)
            .text(&t::KIND, &key.3)
            .text_opt(&t::TEAM_ID, owners.get(&key.0))
            .int(&t::CHANGES, model.changes as i64)
            .real(&t::SUCCESSES, (model.changes as f64 - model.failures).max(0.0))
            .real_opt(&t::SUCCESS_RATE, rate.value)
            .real_opt(&t::LOWER, rate.lower)
            .real_opt(&t::UPPER, rate.upper)
            .real(&t::TARGET, asked.target)
            .real_opt(&t::Q, q)
            .int(&t::AT_BOARD, model.at_board as i64)
            .int(&t::PRE_APPROVED, model.pre_approved as i64)
            .int(&t::APPROVAL_N, waits.len() as i64)
            .real_opt(&t::PER_YEAR, per_year(model.changes))
            .real_opt(&t::CAB_HOURS, freed.and_then(|()| Some(wait? * per_year(model.changes)?)))
            .real_opt(&t::BOARD_HOURS, freed.and_then(|()| Some(asked.board_minutes? / 60.0 * per_year(model.at_board)?)))
            .text_opt(&t::FAILED_CHANGES, model.named())
            .text(&t::PROPOSAL, proposal)
            .text(&t::NOTE, note);
    }
    Ok(table)
}

/// Adjusted p-values: models to pre-approve and models to withdraw are two questions with a rate of false answers each.
fn adjusted(models: &BTreeMap<Key, Model>, settings: &StandardChange) -> Vec<Option<f64>> {
    let question = |is_standard: bool| {
        let of = |(key, model): (&Key, &Model)| {
            let p = model.p_value(&key.2, settings).filter(|_| model.is_standard(&key.2) == is_standard);
            p.unwrap_or(f64::NAN)
        };
        benjamini_hochberg(&models.iter().map(of).collect::<Vec<f64>>())
    };
    let either = |(one, other): (f64, f64)| Some(if one.is_nan() { other } else { one }).filter(|q| !q.is_nan());
    question(true).into_iter().zip(question(false)).map(either).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(changes: usize, failures: f64) -> Model {
        Model { changes, failures, ..Model::default() }
    }

    fn proposed(kind: &str, model: &Model) -> &'static str {
        let settings = StandardChange::default();
        model.proposal(kind, &settings, model.p_value(kind, &settings)).0
    }

    /// Without a failure 0.98^150 = 0.048 and the lower end of Jeffreys' interval is 0.987; of 96 the end is 0.980, but 0.98^96 = 0.14: so
    /// many pass by chance that just miss the target.
    #[test]
    fn pre_approval_wants_a_history_that_chance_does_not_give() {
        assert_eq!(proposed("normal", &model(150, 0.0)), "pre-approve");
        assert_eq!(proposed("normal", &model(97, 0.0)), "not yet");
        assert_eq!(proposed("normal", &model(150, 2.0)), "not yet");
        assert_eq!(proposed("normal", &model(29, 0.0)), "too few to say");
        assert_eq!(proposed("emergency", &model(150, 0.0)), "not yet");
    }

    /// 2 of 6 have 0.006 at a failure rate of 2 %, 1 of 6 has 0.11.
    #[test]
    fn a_standard_change_is_withdrawn_when_chance_does_not_explain_its_failures() {
        assert_eq!(proposed("standard", &model(6, 2.0)), "withdraw");
        assert_eq!(proposed("standard", &model(6, 1.0)), "keep as standard");
        assert_eq!(proposed("standard", &model(500, 9.0)), "keep as standard");
        assert_eq!(proposed("standard", &model(4, 4.0)), "too few to say");
        let by_path = Model { pre_approved: 6, ..model(6, 2.0) };
        assert_eq!(proposed("normal", &by_path), "withdraw");
    }

    /// Twenty organisations of sixty models that all just miss the target, or as standard changes just keep it: by the stated rate about two
    /// of twenty propose any. What is planted beside them, a model without failures and one that fails in one of six, is found.
    #[test]
    fn models_at_the_target_are_rarely_proposed_and_planted_ones_are() {
        let key = |of: u64, kind: &str| (format!("service-{of:02}"), String::new(), kind.to_owned(), String::new());
        let proposals = |organisation: u64, kind: &str, rate: f64, planted: f64| {
            let failed = |at: u64, rate: f64| sequela_stats::rng::uniform(sequela_stats::rng::stream(organisation, 3, at)) < rate;
            let of = |number: u64| {
                let (changes, rate) = (100 + 7 * number, if number == 59 { planted } else { rate });
                model(changes as usize, (0..changes).filter(|at| failed(number * 10_000 + at, rate)).count() as f64)
            };
            let models: BTreeMap<Key, Model> = (0..60).map(|number| (key(number, kind), of(number))).collect();
            let settings = StandardChange::default();
            let adjusted = adjusted(&models, &settings);
            let proposed = models.iter().zip(adjusted).map(|((key, model), q)| model.proposal(&key.2, &settings, q).0);
            proposed.map(ToOwned::to_owned).collect::<Vec<String>>()
        };
        for (kind, word, rate, planted) in [("normal", "pre-approve", 0.0201, 0.0), ("standard", "withdraw", 0.0199, 1.0 / 6.0)] {
            let any = (0..20).filter(|seed| proposals(*seed, kind, rate, rate).iter().any(|proposal| proposal == word)).count();
            assert!(any <= 4, "{word}: {any} of 20");
            assert!((0..20).all(|seed| proposals(seed, kind, rate, planted)[59] == word), "{word} is not found");
        }
    }
}
