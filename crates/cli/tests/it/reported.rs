//! The numbers behind the reports of change and problem management.

use sequela_schema::Values;
use sequela_schema::canonical::{changes, incidents, problems};
use sequela_schema::result::{
    change_reconciliation, change_risk, problem_candidates, quality_association, reconciliation_summary, release_impact, risk_validation,
};

use crate::truth::Expected::{self, Ends, Number, Text, Words};
use crate::truth::{Row, Truth};

impl Truth {
    pub(crate) fn recurring(&self, number: &str) -> Vec<Expected> {
        use problem_candidates as p;
        let first = Row::with(self.table("incidents"), &incidents::NUMBER, number);
        let row = Row::with(self.table("problem_candidates"), &p::CLUSTER_ID, &first.text(&incidents::INCIDENT_ID));
        let days = if row.text(&p::AGAINST).is_empty() { &p::DAYS } else { &p::DAYS_COMPARED };
        let (records, id) = (self.table("problems"), row.text(&p::PROBLEM_ID));
        let place = records.texts(&problems::PROBLEM_ID).unwrap().iter().position(|found| found == Some(id.as_str()));
        let problem = place.and_then(|place| records.texts(&problems::NUMBER).unwrap().get(place)).unwrap_or(&id).to_owned();
        vec![
            Words,
            Words,
            row.count(&p::INCIDENTS),
            row.count(days),
            Number(row.real(&p::EXPECTED)),
            Number(row.real(&p::RATE_RATIO)),
            Ends(row.real(&p::RATE_RATIO_LOWER), row.real(&p::RATE_RATIO_UPPER)),
            Number(row.real(&p::HOURS_LOST)),
            Number(row.real(&p::CHANGE_CAUSED)),
            Text(if problem.is_empty() { "none".to_owned() } else { problem }),
        ]
    }

    /// The rows of a measure: odds per deployment, rank over services.
    fn associated(&self, words: &str) -> [Row; 2] {
        use quality_association as q;
        let named = |name: &str| name == measure_named(words) || name.replace("_pct", "").replace('_', " ") == words.to_lowercase();
        ["change_failure", "change_failure_rate"].map(|outcome| {
            let frame = self.table("quality_association");
            let (names, outcomes) = (frame.texts(&q::MEASURE).unwrap(), frame.texts(&q::OUTCOME).unwrap());
            let is_it = |row: &usize| named(names.get(*row).unwrap()) && outcomes.get(*row) == Some(outcome);
            let row = (0..frame.height()).find(is_it).unwrap_or_else(|| panic!("no measure is called {words:?}"));
            Row::at(frame, row)
        })
    }

    pub(crate) fn odds(&self, words: &str) -> Vec<Expected> {
        use quality_association as q;
        let [odds, _] = self.associated(words);
        let ends = Ends(odds.real(&q::ODDS_LOWER), odds.real(&q::ODDS_UPPER));
        vec![Words, Text(odds.text(&q::STEP)), Number(odds.real(&q::ODDS_RATIO)), ends, odds.count(&q::N)]
    }

    pub(crate) fn measure(&self, words: &str) -> Vec<Expected> {
        use quality_association as q;
        let [odds, rank] = self.associated(words);
        vec![
            Words,
            Text(odds.text(&q::STEP)),
            odds.count(&q::N),
            Number(odds.real(&q::FAILURES)),
            Number(odds.real(&q::ODDS_RATIO)),
            Ends(odds.real(&q::ODDS_LOWER), odds.real(&q::ODDS_UPPER)),
            rank.count(&q::N),
            Number(rank.real(&q::RANK_CORRELATION)),
            Ends(rank.real(&q::RANK_LOWER), rank.real(&q::RANK_UPPER)),
            Words,
        ]
    }

    pub(crate) fn planned(&self, number: &str) -> Vec<Expected> {
        use change_risk as r;
        let records = self.table("changes");
        let numbered = records.texts(&changes::NUMBER).unwrap().iter().position(|found| found == Some(number));
        let id = numbered.map_or(number, |row| records.texts(&changes::CHANGE_ID).unwrap().get(row).unwrap()).to_owned();
        let row = Row::with(self.table("change_risk"), &r::CHANGE_ID, &id);
        let path = match row.text(&r::SUGGESTED_PATH).as_str() {
            "pre_approved" => "Pre-approved",
            "peer" => "Peer review",
            _ => "CAB",
        };
        let ends = Ends(row.real(&r::LOWER), row.real(&r::UPPER));
        vec![Words, Words, Words, Number(row.real(&r::P_FAILURE)), ends, Words, Text(path.to_owned())]
    }

    pub(crate) fn statistic(&self, words: &str) -> Vec<Expected> {
        use risk_validation as v;
        let name = match words {
            "AUC" => "auc",
            "Brier score" => "brier",
            "Brier skill" => "brier_skill",
            "Calibration slope" => "calibration_slope",
            _ => "calibration_in_the_large",
        };
        let row = Row::with(self.table("risk_validation"), &v::STATISTIC, name);
        vec![Words, Number(row.real(&v::VALUE)), Ends(row.real(&v::LOWER), row.real(&v::UPPER)), Number(row.real(&v::BASE_RATE)), Words]
    }

    pub(crate) fn impact(&self, id: &str) -> Vec<Expected> {
        use release_impact as t;
        let row = Row::with(self.table("release_impact"), &t::SCOPE_ID, id);
        let restored = if row.is(&t::IS_OPEN) { Text("open".to_owned()) } else { Number(row.real(&t::RESTORE_HOURS)) };
        let events = row.real_of_int(&t::INCIDENTS_AFTER) + row.real_of_int(&t::INCIDENTS_BEFORE);
        let ratio = match (row.real(&t::RATE_RATIO), row.real(&t::RATE_RATIO_UPPER)) {
            _ if events == 0.0 => Number(None),
            _ if events < 5.0 => Text("too few to say".to_owned()),
            (Some(ratio), Some(_)) => Number(Some(ratio)),
            _ => Ends(row.real(&t::RATE_RATIO_LOWER), None),
        };
        let [expected, failed, lost] = [&t::EXPECTED_INCIDENTS, &t::P_FAILED, &t::HOURS_LOST].map(|column| Number(row.real(column)));
        vec![Words, Words, expected, failed, restored, lost, Words, ratio, Words, Words]
    }

    pub(crate) fn reconciled(&self, label: &str) -> Vec<Expected> {
        use reconciliation_summary as s;
        let (side, finding) = match label {
            "Deployed without a change record" => ("deployment", "no_change_record"),
            "Record without a deployment" => ("change", "no_deployment"),
            "Deployed in a freeze" => ("deployment", "in_freeze"),
            "Change carried out in a freeze" => ("change", "in_freeze"),
            "Deployed outside its planned window" => ("deployment", "outside_window"),
            "Worked on outside its planned window" => ("change", "outside_window"),
            "Record raised after the work began" => ("change", "raised_after"),
            "Record is for another service" => ("deployment", "other_service"),
            "Type does not fit the deployment" => ("deployment", "other_type"),
            "Deployment without records to compare" => ("deployment", "not_judged"),
            "Record without deployments to compare" => ("change", "not_judged"),
            "Deployment and its record agree" => ("deployment", "agrees"),
            "All deployments with a change record" => ("deployment", "record"),
            other => panic!("{other:?} is no finding"),
        };
        let frame = self.table("reconciliation_summary");
        let (sides, findings) = (frame.texts(&s::SIDE).unwrap(), frame.texts(&s::FINDING).unwrap());
        let place = (0..frame.height()).find(|row| (sides.get(*row), findings.get(*row)) == (Some(side), Some(finding))).unwrap();
        let row = Row::at(frame.clone(), place);
        let rate = if row.real_of_int(&s::JUDGED) < 5.0 { Text("too few to say".to_owned()) } else { Number(row.real(&s::FAILURE_RATE)) };
        vec![Words, row.count(&s::RECORDS), Number(row.real(&s::SHARE)), Number(row.real(&s::FAILURES)), rate, Words, Words]
    }

    /// Hours are those of the deployment, its own or the one that belongs to the change.
    pub(crate) fn found(&self, name: &str) -> Vec<Expected> {
        use {change_reconciliation as t, release_impact as i};
        let known = self.table("changes");
        let number = known.texts(&changes::NUMBER).unwrap().iter().position(|number| number == Some(name));
        let id = number.map_or(name, |row| known.texts(&changes::CHANGE_ID).unwrap().get(row).unwrap());
        let row = Row::with(self.table("change_reconciliation"), &t::RECORD_ID, id);
        let deployment = if row.text(&t::SIDE) == "deployment" { id.to_owned() } else { row.text(&t::OTHER_ID) };
        let impact = self.table("release_impact");
        let place = impact.texts(&i::SCOPE_ID).unwrap().iter().position(|found| found == Some(deployment.as_str()));
        let lost = place.and_then(|place| impact.reals(&i::HOURS_LOST).unwrap().get(place)).unwrap_or_default();
        let file = row.text(&t::SOURCE_FILE);
        let source = format!("{}, row {}", file.rsplit('/').next().unwrap(), row.real_of_int(&t::SOURCE_ROW));
        let code = Some(row.text(&t::CLOSE_CODE).replace('_', " ")).filter(|code| !code.is_empty()).unwrap_or_else(|| "–".to_owned());
        vec![Words, Words, Words, Words, Number(Some(lost)), Number(row.real(&t::P_FAILED)), Text(code), Text(source)]
    }
}

/// The name of a measure that is called otherwise.
fn measure_named(words: &str) -> &'static str {
    match words {
        "Commits" => "commit_count",
        "Pull requests" => "pr_count",
        "Reviewed by someone" => "reviewed",
        "Coverage of new code" => "new_code_coverage_pct",
        "Tests" => "tests_total",
        "Failed tests" => "tests_failed",
        "Share of failed tests" => "tests_failed_pct",
        "Skipped tests" => "tests_skipped",
        "Duration of tests" => "tests_duration_s",
        "Technical debt" => "technical_debt_min",
        "Lines of code" => "ncloc",
        _ => "",
    }
}
