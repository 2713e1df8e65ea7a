//! What reports say of a fitted model: sentences written by hand for tables made by hand.

use sequela_report::{explain_deployment, explain_incident, review_html, summary, write_charts};
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::{deployment_outcomes, incident_attribution, links, metrics, placebo};
use sequela_schema::{Frames, TableBuilder};

use crate::organisation::{HOUR, at, context, day, deployment, incident, small};

/// An incident as the model weighs it: change, background, follow-up, verdict, evidence, deployments weighed.
struct Weighed<'a> {
    id: &'a str,
    began: i64,
    shares: (f64, f64, f64),
    verdict: &'a str,
    evidence: Option<&'a str>,
    weighed: i64,
    /// Deployment, relation, hours before, evidence, probability.
    suspects: &'a [(&'a str, &'a str, f64, &'a str, f64)],
}

fn plain(text: &str) -> String {
    text.replace('\u{202f}', " ")
}

/// The table `placebo`: share blamed on the data and whether it exceeds all copies; no share where nothing could be compared.
fn checked(frames: &mut Frames, share: Option<(f64, bool)>) {
    let mut builder = TableBuilder::new(&placebo::TABLE);
    let mut row = builder.row();
    row.text(&placebo::STATISTIC, "share_change_caused");
    match share {
        Some((observed, is_detectable)) => {
            row.real(&placebo::OBSERVED, observed).real(&placebo::PLACEBO_MEAN, 0.013).real(&placebo::PLACEBO_MAX, 0.019);
            row.int(&placebo::REPLICATES, 19).bool(&placebo::DETECTABLE, is_detectable).text(&placebo::NOTE, "sensitivity normal");
            let mut row = builder.row();
            row.text(&placebo::STATISTIC, "share_by_timing").real(&placebo::OBSERVED, observed - 0.004).int(&placebo::REPLICATES, 19);
        }
        None => {
            row.int(&placebo::REPLICATES, 0).text(&placebo::NOTE, "fewer than 50 incidents or 100 deployments");
        }
    }
    let mut row = builder.row();
    row.text(&placebo::STATISTIC, "false_links_at_50").real(&placebo::OBSERVED, 0.09).int(&placebo::REPLICATES, 5);
    frames.build(builder).unwrap();
}

fn weigh(frames: &mut Frames, all: &[Weighed<'_>]) {
    let (mut records, mut judged) = (TableBuilder::new(&incidents::TABLE), TableBuilder::new(&incident_attribution::TABLE));
    let mut linked = TableBuilder::new(&links::TABLE);
    for one in all {
        incident(&mut records, (one.id, &one.id.to_uppercase(), "Checkout times out"), 2, one.began, Some(1.0));
        let mut row = judged.row();
        row.text(&incident_attribution::INCIDENT_ID, one.id).text(&incident_attribution::SERVICE_ID, "checkout");
        row.int(&incident_attribution::CREATED_AT, one.began).int(&incident_attribution::CANDIDATES, one.weighed);
        row.real(&incident_attribution::P_CHANGE, one.shares.0).real(&incident_attribution::P_BACKGROUND, one.shares.1);
        row.real(&incident_attribution::P_FOLLOWUP, one.shares.2).text(&incident_attribution::VERDICT, one.verdict);
        row.text_opt(&incident_attribution::EVIDENCE, one.evidence);
        let inherited = (one.shares.2 > 0.5).then_some("d1");
        row.text_opt(&incident_attribution::TOP_DEPLOYMENT_ID, one.suspects.first().map(|suspect| suspect.0).or(inherited));
        for (rank, (deployment, relation, hours, evidence, probability)) in (1..).zip(one.suspects) {
            let mut row = linked.row();
            row.text(&links::INCIDENT_ID, one.id).text(&links::DEPLOYMENT_ID, deployment).int(&links::RANK, rank);
            row.text(&links::RELATION, relation).real(&links::LAG_SECONDS, hours * 3_600.0);
            row.text(&links::EVIDENCE, evidence).real(&links::PROBABILITY, *probability);
        }
    }
    for builder in [records, judged, linked] {
        frames.build(builder).unwrap();
    }
}

const BEGAN: &str = "2026-06-25T16:29:00Z";

/// Three incidents: one after a deployment that was rolled back 20 minutes later, its follow-up, and one after a release train.
fn organisation(share: Option<(f64, bool)>) -> Frames {
    let (mut frames, began) = (small(), at(BEGAN));
    let mut events = TableBuilder::new(&deployments::TABLE);
    for (id, service) in [("d1", "ledger"), ("d2", "checkout"), ("d3", "checkout"), ("d4", "ledger")] {
        deployment(&mut events, id, service, began - 2 * HOUR);
    }
    let mut row = events.row();
    row.text(&deployments::DEPLOYMENT_ID, "undo").int(&deployments::FINISHED_AT, began + HOUR / 3);
    row.text(&deployments::ROLLS_BACK_DEPLOYMENT_ID, "d1").text(&deployments::SOURCE, "t").text(&deployments::SOURCE_FILE, "f");
    row.int(&deployments::SOURCE_ROW, 1);
    frames.build(events).unwrap();
    let is_judged = share.is_some_and(|(_, is_detectable)| is_detectable);
    let or_silent = |verdict: &'static str| if is_judged { verdict } else { "insufficient_data" };
    let of_model = is_judged.then_some("model");
    let train =
        [("d2", "same_service", 1.5, "model", 0.33), ("d3", "same_service", 1.5, "model", 0.26), ("d4", "depends_on", 1.5, "model", 0.25)];
    let one = |id, hours: i64, shares, verdict, suspects| Weighed {
        id,
        began: began + hours * HOUR,
        shares,
        verdict,
        evidence: of_model,
        weighed: 4,
        suspects,
    };
    let undone = [("d1", "depends_on", 130.0 / 60.0, "rollback", 0.81)];
    let all = [
        Weighed { evidence: Some("rollback"), ..one("inc1", 0, (0.88, 0.12, 0.0), "change", &undone) },
        one("inc2", 1, (0.75, 0.25, 0.7), or_silent("change"), &[]),
        one("inc3", 24, (0.92, 0.08, 0.0), or_silent("change"), &train),
        one("inc4", 48, (0.52, 0.48, 0.0), or_silent("undetermined"), &train[..1]),
        one("inc5", 72, (0.004, 0.996, 0.0), or_silent("background"), &[]),
    ];
    weigh(&mut frames, &all);
    checked(&mut frames, share);
    frames
}

fn explained(id: &str, share: Option<(f64, bool)>) -> String {
    plain(&explain_incident(&organisation(share), &context(), id).unwrap().unwrap())
}

#[track_caller]
fn says(text: &str, words: &str) {
    assert!(text.contains(words), "{words:?} is not in:\n{text}");
}

const EFFECT: Option<(f64, bool)> = Some((0.46, true));
const NO_EFFECT: Option<(f64, bool)> = Some((0.015, false));

#[test]
fn an_incident_is_told_as_a_person_would() {
    let text = explained("INC1", EFFECT);
    says(
        &text,
        "Verdict: put down to a change, with probability 88 %.\n\n2 h 10 min after deployment d1 on ledger, which it depends on; rolled back \
         20 min later; 3 other deployments in the window; 81 %; 12 % that no deployment caused it.\n\nRests on: the model, and the rollback of the \
         likeliest deployment right after the incident began; no record names a cause.\nWindow: 3 days; 90 days for the newest 8 deployments \
         of the own service.",
    );
}

#[test]
fn a_follow_up_points_to_the_incident_before() {
    says(
        &explained("INC2", EFFECT),
        "4 deployments in the window, none of which is likely to have caused it; 70 % that it follows from incident INC1, which began \
         1 h 00 min before (88 % that a change caused that one); 25 % that no deployment caused it.",
    );
}

#[test]
fn a_release_train_has_no_single_culprit() {
    let text = explained("INC3", EFFECT);
    says(&text, "One of these 3 deployments, 84 % together:\n      33 %  1 h 30 min after deployment d2 on the same service\n");
    says(
        &text,
        "      25 %  1 h 30 min after deployment d4 on ledger, which it depends on\n       8 %  that no deployment caused it\n1 other deployment in the window.\n",
    );
}

#[test]
fn what_cannot_be_decided_and_what_is_background_are_said() {
    says(
        &explained("INC4", EFFECT),
        "Verdict: undetermined: a change caused it with probability 52 %. Between 30 % and 70 % an incident is undetermined: nobody should \
         decide anything on such a figure.",
    );
    says(&explained("INC5", EFFECT), "Verdict: not put down to a change; the probability that one caused it is under 1 %.");
}

#[test]
fn without_an_effect_only_rollbacks_and_records_have_a_verdict() {
    says(
        &explained("INC3", NO_EFFECT),
        "Verdict: none. In these data no effect of deployments can be told from chance, so the model gives no verdicts of its own.\n\nWhat the \
         model would say, not to be relied on:\nOne of these 3 deployments",
    );
    says(
        &explained("INC1", NO_EFFECT),
        "Verdict: put down to a change, with probability 88 %. Only the rollback allows a verdict: in these data no effect of deployments \
         can be told from chance",
    );
    says(
        &explained("INC3", None),
        "The model could not be checked on these data (fewer than 50 incidents or 100 deployments), so it gives no",
    );
}

#[test]
fn a_deployment_is_suspected_with_probabilities() {
    let mut frames = organisation(EFFECT);
    let mut builder = TableBuilder::new(&deployment_outcomes::TABLE);
    let mut row = builder.row();
    row.text(&deployment_outcomes::DEPLOYMENT_ID, "d2").text(&deployment_outcomes::SERVICE_ID, "checkout");
    row.real(&deployment_outcomes::P_FAILED, 0.55).real(&deployment_outcomes::EXPECTED_INCIDENTS, 0.66);
    row.int(&deployment_outcomes::ASSERTED_INCIDENTS, 0).bool(&deployment_outcomes::IS_OPEN, false);
    frames.build(builder).unwrap();
    let text = plain(&explain_deployment(&frames, &context(), "d2").unwrap().unwrap());
    says(&text, "It failed with probability 55 %: 0.7 incidents expected, 0 of them named by a record or shown by a rollback.");
    says(&text, "Incidents that it is suspected of, the likeliest first");
    assert!(text.find("33 %").unwrap() < text.len());
}

fn page(share: Option<(f64, bool)>) -> String {
    plain(&review_html(&organisation(share), &context()).unwrap())
}

#[test]
fn the_check_stands_at_the_head_of_the_review() {
    let html = page(EFFECT);
    says(
        &html,
        "On 19 copies of the data with the incidents moved by whole weeks, so that no deployment can have caused them, the model still blames \
         deployments for 1.3 % of incidents on average (1.9 % at most); on the real data for 46.0 %. Of incidents put down to a change with \
         50 % or more about 9 % are expected to be false.",
    );
    says(&html, "27 of 450 deployments expected (definition sequela)");
    says(&html, "A probability is no finding: ask the team before an incident is closed as caused by a change.");
    says(&html, "<h3>How the model judges</h3>");
    // 33 + 26 + 25 of 92 for a change: 8 for the fourth that was weighed, 8 for none.
    for (share, words) in [
        ("33 %", "d2</a> checkout"),
        ("26 %", "d3</a> checkout"),
        ("25 %", "d4</a> ledger"),
        ("8 %", "another deployment"),
        ("8 %", "not a deployment"),
    ] {
        assert!(html.split("<li>").any(|line| line.contains(&format!("<b>{share}</b>")) && line.contains(words)), "{share} {words}");
    }
    says(&html, "through the incident before on its service");
    says(&html, "it follows from the incident before on its service (70 %)");
    says(&html, "rolled back 20 min later");
    assert!(!html.contains("No verdicts."));
    assert!(!plain(&review_html(&small(), &context()).unwrap()).contains("How the model judges"), "a rule is no model");
}

#[test]
fn where_no_effect_is_seen_no_figure_of_the_model_is_shown() {
    for share in [NO_EFFECT, None] {
        let html = page(share);
        says(&html, "<strong>No verdicts.</strong>");
        says(&html, "<p class=\"value\">Not shown</p>");
        says(&html, "Teams are not compared: ");
        says(&html, "1 of 5 incidents is put down to a change by a record or a rollback.");
        for figure in ["27 of 450", "6.0 %", "39.0", "13.9 %", "fails more often"] {
            assert!(!html.contains(figure), "{figure}");
        }
        says(&html, "450 deployments");
        let text = plain(&summary(&organisation(share), &context()).unwrap());
        says(&text, "Change failures not shown: the model may not judge on these data\n");
        says(&text, "Teams           not compared: the model may not judge on these data\n");
        assert!(text.lines().count() <= 20, "{text}");
    }
    says(
        &plain(&summary(&organisation(NO_EFFECT), &context()).unwrap()),
        "no effect of deployments can be told from chance (by timing alone the model blames them for 1.1 %, on copies",
    );
}

#[test]
fn charts_that_rest_on_the_model_are_empty_where_it_may_not_judge() {
    let folder = std::env::temp_dir().join(format!("sequela-report-believed-{}", std::process::id()));
    write_charts(&organisation(NO_EFFECT), &context(), &folder).unwrap();
    let chart = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for name in ["change_failure_rate_trend.svg", "change_failure_rate_by_team.svg"] {
        says(&chart(name), ": not shown");
    }
    says(&chart("incidents_per_week.svg"), "incidents a week");
    assert!(!chart("incidents_per_week.svg").contains("caused by a change"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_summary_sets_the_share_beside_the_copies() {
    let mut frames = organisation(EFFECT);
    let mut builder = TableBuilder::new(&metrics::TABLE);
    let row = crate::organisation::Row {
        scope: ("organisation", "Northgate Group"),
        period: ("month", day(2026, 6, 1)),
        metric: "failed_deployments_asserted",
        unit: "count",
        n: 450,
        value: Some(4.0),
        interval: None,
    };
    crate::organisation::push(&mut builder, &row);
    frames.build(builder).unwrap();
    let text = plain(&summary(&frames, &context()).unwrap());
    says(&text, "; on record at least 4 failed deployments\n");
    says(
        &text,
        "Links           3 incidents put down to a change, 1 not, 1 undetermined; the model blames deployments for 46.0 %, on copies without any \
         cause for 1.3 %\n",
    );
}

#[test]
fn a_change_that_is_not_in_the_data_is_named_as_such() {
    let mut frames = organisation(EFFECT);
    let named = Weighed {
        id: "inc9",
        began: at(BEGAN),
        shares: (1.0, 0.0, 0.0),
        verdict: "change",
        evidence: Some("asserted"),
        weighed: 2,
        suspects: &[],
    };
    weigh(&mut frames, &[named]);
    let text = plain(&explain_incident(&frames, &context(), "INC9").unwrap().unwrap());
    says(&text, "Verdict: put down to a change. Its record names a change that is not among the deployments.");
}
