//! What the terminal says: golden texts, worked out from the figures in `organisation`.

use insta::assert_snapshot;
use sequela_report::{Context, ReportError, explain_deployment, explain_incident, summary};
use sequela_schema::canonical::incidents;
use sequela_schema::result::{incident_attribution, links};
use sequela_schema::{Frames, TableBuilder};

use crate::organisation::{at, context, incident, judge, small, tiny};

fn plain(text: &str) -> String {
    text.replace('\u{202f}', " ")
}

/// The summary up to the teams; below it stands a line for each report.
fn figures(frames: &Frames) -> String {
    let text = plain(&summary(frames, &context()).unwrap());
    text[..text.find("\nProblems").unwrap()].to_owned()
}

fn explained(id: &str) -> String {
    plain(&explain_incident(&small(), &context(), id).unwrap().unwrap())
}

#[test]
fn summary_compares_the_last_full_month_with_those_before() {
    // Change failure rate: June 27/450 = 6.0 %, before (12/400 + 13/440 + 13/420) / 3 = 3.0 %; incidents before (30 + 34 + 28) / 3 = 30.7.
    assert_snapshot!(figures(&small()), @r"
    Northgate Group · 1 Mar 2026 to 30 Jun 2026 (Europe/London) · definition sequela
    Read            1,836 rows from 2 files, 3 rejected, 1 file may be cut off
    Events          1,710 deployments (100 % on a known service), 123 incidents (100 %), 2 open; 2 services, 3 teams
    Month           June 2026, compared with the 3 months before
    Change failures 6.0 % (90 %: 4.2–8.4 %), before 3.0 %: higher than before
    Incidents       31, before 30.7; 12.4 caused by a change
    Time to restore median 2 h 06 min (90 %: 1 h 41 min – 2 h 44 min), before 2 h 02 min: no clear change; P90 10 h 30 min, mean of restored 4 h 25 min
    Deployments     450, before 420; 112.5 per week, lead time median 9 h 36 min
    Links           2 incidents put down to a change, 1 not
    Teams           change failure rate higher: Payments; lower: none
    ");
}

#[test]
fn summary_of_little_or_nothing_says_what_is_missing() {
    assert_snapshot!(figures(&tiny()), @r"
    Northgate Group · 1 Mar 2026 to 30 Jun 2026 (Europe/London) · definition sequela
    Read            0 rows from 0 files, 0 rejected
    Events          0 deployments (– name a service), 0 incidents (–), 1 open; 0 services, 1 team
    Month           June 2026, compared with nothing: there is no earlier full month
    Change failures 0.0 % (90 %: 0.0–40.0 %)
    Incidents       1; – caused by a change
    Time to restore median –: too few to say; P90 –, mean of restored –
    Deployments     3; – per week, lead time median –
    Links           no incidents were given
    Teams           too few failures to compare 1 team
    ");
    assert_snapshot!(figures(&Frames::new()), @r"
    Northgate Group · 1 Mar 2026 to 30 Jun 2026 (Europe/London) · definition sequela
    Read            0 rows from 0 files, 0 rejected
    Events          0 deployments (– name a service), 0 incidents (–), 0 open; 0 services, 0 teams
    No month has a figure yet: a deployment export and an incident export fill them.
    Links           no incidents were given
    Teams           not compared: no catalog of services and teams was given
    ");
    for frames in [small(), tiny(), Frames::new()] {
        assert!(summary(&frames, &context()).unwrap().lines().count() <= 19);
    }
}

#[test]
fn a_month_that_the_data_do_not_cover_is_not_the_month_under_review() {
    let until_mid_june = Context { to: at("2026-06-14T12:00:00Z"), as_of: at("2026-06-14T12:00:00Z"), ..context() };
    assert!(summary(&small(), &until_mid_june).unwrap().contains("May 2026, compared with the 2 months before"));
}

#[test]
fn a_linked_incident_is_explained_with_its_candidates() {
    assert_snapshot!(explained("INC0012345"), @r"
    Incident INC0012345 (snow:x:INC0012345): Checkout times out
    Service: checkout. Team: Payments. Severity 1 (1 is worst).

    It began Thu 25 Jun 2026 17:29 (Europe/London) and was restored after 2 h 08 min (Thu 25 Jun 2026 19:37).

    Verdict: put down to a change. Deployment github:acme:1001 of checkout: on the same service, 38 min before the incident.
    Evidence: rule: the nearest deployment before the incident. A rule links the nearest deployment; it cannot say coincidence.

    Candidates:
      deployment        service   before      relation                         held responsible
      github:acme:1001  checkout  38 min      on the same service              by rule
      github:acme:1002  ledger    2 h 29 min  on a service that it depends on  no
      3 deployments were on related services in the 24 h before it and not listed.
    ");
}

#[test]
fn an_open_incident_and_a_late_deployment_are_said_so() {
    assert_snapshot!(explained("INC0012346"), @r#"
    Incident INC0012346 (snow:x:INC0012346): Basket <script>alert('x')</script> & "co"
    Service: checkout. Team: Payments. Severity 2 (1 is worst).

    It began Thu 25 Jun 2026 12:29 (Europe/London) and was still open after 132 h, when the data were exported.

    Verdict: put down to a change. Deployment github:acme:1002 of ledger: on a service that it depends on, 10 min after the incident began.
    Evidence: it was rolled back after the incident began.

    Candidates:
      deployment        service  before   relation                         held responsible
      github:acme:1002  ledger   −10 min  on a service that it depends on  100 %
    "#);
}

#[test]
fn an_unlinked_incident_says_why() {
    assert_snapshot!(explained("12347"), @r"
    Incident INC0012347 (snow:x:INC0012347): Nobody knows
    Service: checkout. Team: Payments. Severity 3 (1 is worst).

    It began Thu 25 Jun 2026 18:29 (Europe/London) and was restored after 30 min (Thu 25 Jun 2026 18:59).

    Verdict: not put down to a change. No production deployment on its service or its dependencies in the 24 h before it.
    ");
}

#[test]
fn each_reason_for_no_link_has_its_words() {
    let began = at("2026-06-25T16:29:00Z");
    let mut builder = TableBuilder::new(&incidents::TABLE);
    incident(&mut builder, ("a1", "INC1", "candidates, none linked"), 3, began, Some(1.0));
    incident(&mut builder, ("a2", "INC2", "not judged"), 3, began, Some(1.0));
    let mut row = builder.row();
    row.text(&incidents::INCIDENT_ID, "a3").text(&incidents::SERVICE_NAME_RAW, "mystery").int(&incidents::CREATED_AT, began);
    row.text(&incidents::SOURCE, "table").text(&incidents::SOURCE_FILE, "i.csv").int(&incidents::SOURCE_ROW, 3);
    let mut row = builder.row();
    row.text(&incidents::INCIDENT_ID, "a4")
        .text(&incidents::SOURCE, "table")
        .text(&incidents::SOURCE_FILE, "i.csv")
        .int(&incidents::SOURCE_ROW, 4);
    let (mut judged, mut linked) = (TableBuilder::new(&incident_attribution::TABLE), TableBuilder::new(&links::TABLE));
    judge((&mut judged, &mut linked), "a1", 4, &[], "rule");
    let mut row = judged.row();
    row.text(&incident_attribution::INCIDENT_ID, "a3")
        .int(&incident_attribution::CANDIDATES, 0)
        .int(&incident_attribution::CREATED_AT, began);
    row.real(&incident_attribution::P_CHANGE, 0.0)
        .real(&incident_attribution::P_BACKGROUND, 1.0)
        .real(&incident_attribution::P_FOLLOWUP, 0.0);
    row.text(&incident_attribution::VERDICT, "background");
    let mut frames = Frames::new();
    for builder in [builder, judged, linked] {
        frames.build(builder).unwrap();
    }
    let text = |id| explain_incident(&frames, &context(), id).unwrap().unwrap();
    assert!(
        text("a1").contains("4 deployments were on its service or its dependencies in the 24 h before it, but none is held responsible.")
    );
    assert!(text("a2").contains("Not judged: it lies outside the range or the definition \"sequela\" leaves it out."));
    assert!(text("a3").contains("\"mystery\", which the catalog does not know"));
    assert!(text("a3").contains("Its service is unknown"));
    assert!(text("a4").contains("Not judged: its record has no time of opening"));
}

#[test]
fn identifiers_numbers_and_unique_endings_are_found() {
    let frames = small();
    let found = |id: &str| explain_incident(&frames, &context(), id);
    assert_eq!(found("snow:x:INC0012345").unwrap(), found("inc0012345").unwrap());
    assert_eq!(found("0012345").unwrap(), found("INC0012345").unwrap());
    assert_eq!(found("INC999").unwrap(), None);
    assert_eq!(found("").unwrap(), None);
    assert!(explain_deployment(&frames, &context(), "1001").unwrap().is_some());
}

#[test]
fn an_ending_of_several_records_names_them() {
    let mut builder = TableBuilder::new(&incidents::TABLE);
    incident(&mut builder, ("x-1", "A1", "one"), 1, 0, None);
    incident(&mut builder, ("y-1", "B1", "two"), 1, 0, None);
    let mut frames = Frames::new();
    frames.build(builder).unwrap();
    let error = explain_incident(&frames, &context(), "1").unwrap_err();
    assert!(matches!(error, ReportError::Ambiguous { number: 2, .. }));
    assert_eq!(error.to_string(), "\"1\" stands for 2 records: x-1, y-1");
    assert!(explain_incident(&frames, &context(), "b1").unwrap().is_some());
}

#[test]
fn a_deployment_is_explained_with_the_incidents_held_against_it() {
    assert_snapshot!(plain(&explain_deployment(&small(), &context(), "1001").unwrap().unwrap()), @r"
    Deployment github:acme:1001
    Service: checkout. Team: Payments.
    Kind: deploy. Environment: production. Result: success. It ended Thu 25 Jun 2026 16:51 (Europe/London).

    It counts as failed: 1 incident held against it, 0 of them named by a record or shown by a rollback. Worst severity 1. Service was restored 2 h 46 min after it ended.

    Incidents for which it is a candidate:
      incident    title               rank  after   relation             evidence  probability
      INC0012345  Checkout times out  1     38 min  on the same service  rule      by rule
    ");
}

#[test]
fn hostile_titles_cannot_steer_the_terminal() {
    let mut builder = TableBuilder::new(&incidents::TABLE);
    incident(&mut builder, ("i", "INC1", "red \u{1b}[31malert\u{7}\r\nsecond line"), 1, at("2026-06-01T00:00:00Z"), None);
    let mut frames = Frames::new();
    frames.build(builder).unwrap();
    let text = explain_incident(&frames, &context(), "INC1").unwrap().unwrap();
    assert!(text.chars().all(|character| character == '\n' || !character.is_control()), "{text:?}");
    assert!(text.starts_with("Incident INC1 (i): red  [31malert   second line\n"), "{text:?}");
}
