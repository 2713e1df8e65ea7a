//! Measures of quality: coverage, tests, and what static analysis finds.

use sequela_ingest::{Options, Source, read, recognise};
use sequela_schema::canonical::{ingest_files, quality_measures};
use sequela_schema::{Frames, Values};

use crate::support::{Folder, fixture, fixture_as, fixtures, issues, texts, times};

/// Rows as texts: service, metric, value, scope, time.
fn measures(frames: &Frames) -> Vec<String> {
    let frame = frames.get(&quality_measures::TABLE);
    let (services, metrics) = (texts(&frame, &quality_measures::SERVICE_NAME_RAW), texts(&frame, &quality_measures::METRIC));
    let (scopes, times) = (texts(&frame, &quality_measures::SCOPE), times(&frame, &quality_measures::MEASURED_AT));
    let values = frame.reals(&quality_measures::VALUE).unwrap();
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let row = |row: usize| {
        let value = values.get(row).unwrap();
        format!("{} {} {value} {} {}", text(&services[row]), text(&metrics[row]), text(&scopes[row]), times[row])
    };
    let mut rows: Vec<String> = (0..frame.height()).map(row).collect();
    rows.sort();
    rows
}

/// Texts become numbers, words are left out, failures and errors are one, new code is told apart.
#[test]
fn sonarqube_component() {
    let frames = fixture("sonarqube/component.json");
    let expected = [
        "acme_checkout bugs 3 overall 2026-05-04T07:00:00Z",
        "acme_checkout coverage_pct 81.4 overall 2026-05-04T07:00:00Z",
        "acme_checkout duplicated_lines_pct 2.5 overall 2026-05-04T07:00:00Z",
        "acme_checkout ncloc 12034 overall 2026-05-04T07:00:00Z",
        "acme_checkout new_bugs 0 new_code 2026-05-04T07:00:00Z",
        "acme_checkout new_code_coverage_pct 66.7 new_code 2026-05-04T07:00:00Z",
        "acme_checkout reliability_rating 3 overall 2026-05-04T07:00:00Z",
        "acme_checkout tests_failed 3 overall 2026-05-04T07:00:00Z",
    ];
    assert_eq!(measures(&frames), expected);
}

/// Only the project counts of a tree of projects, folders and files.
#[test]
fn sonarqube_tree() {
    let frames = fixture("sonarqube/component_tree.json");
    assert_eq!(measures(&frames), ["acme_pay coverage_pct 55 overall -", "acme_pay technical_debt_min 90 overall -"]);
}

/// A history is of the project that the file is called after; two of three pages are missing.
#[test]
fn sonarqube_history() {
    let frames = fixture("sonarqube/checkout.json");
    let expected = [
        "checkout code_smells 17 overall 2026-05-01T10:00:00Z",
        "checkout coverage_pct 80 overall 2026-04-01T10:00:00Z",
        "checkout coverage_pct 82.5 overall 2026-05-01T10:00:00Z",
    ];
    assert_eq!(measures(&frames), expected);
    assert_eq!(issues(&frames), [(0, "truncation_suspected".to_owned(), false)]);
    let mut source = Source::new("sonarqube/checkout.json", "auto");
    source.service = Some("till".to_owned());
    assert!(measures(&fixture_as(source)).iter().all(|row| row.starts_with("till ")));
}

/// A commit that is not processed yet has no totals; the page says that more follow.
#[test]
fn codecov_commits() {
    let mut source = Source::new("coverage/codecov.json", "auto");
    source.service = Some("shop".to_owned());
    let frames = fixture_as(source);
    assert_eq!(measures(&frames), ["shop coverage_pct 75 overall 2026-05-06T08:00:00Z"]);
    let commit = texts(&frames.get(&quality_measures::TABLE), &quality_measures::COMMIT_SHA);
    assert_eq!(commit[0].as_deref(), Some("a846c79ad1e2935961d60ba27de946a908c382ba"));
    assert_eq!(issues(&frames), [(0, "truncation_suspected".to_owned(), false)]);
}

/// The time of coverage.py is that of the wall: 09:30 in Berlin in May is 07:30.
#[test]
fn coverage_py() {
    let mut source = Source::new("coverage/reports.json", "auto");
    source.timezone = Some("Europe/Berlin".to_owned());
    source.service = Some("reports".to_owned());
    let expected =
        ["reports branch_coverage_pct 75 overall 2026-05-04T07:30:00Z", "reports coverage_pct 87.5 overall 2026-05-04T07:30:00Z"];
    assert_eq!(measures(&fixture_as(source)), expected);
    assert!(recognise(&fixtures().join("coverage/reports.json")).unwrap().needs_timezone);
}

/// A file with one of the usual names is about what its folder is called; a share of nothing is left out.
#[test]
fn coverage_by_folder() {
    assert_eq!(measures(&fixture("coverage/ledger/coverage-summary.json")), ["ledger coverage_pct 75 overall -"]);
    // 3 of 4 lines, 1 of 4 branches.
    let expected = ["ledger branch_coverage_pct 25 overall -", "ledger coverage_pct 75 overall -"];
    assert_eq!(measures(&fixture("coverage/ledger/lcov.info")), expected);
}

/// Rates are shares of one; milliseconds are told from seconds; counters of packages are not added to the totals.
#[test]
fn coverage_in_markup() {
    assert_eq!(measures(&fixture("coverage/search.xml")), ["search coverage_pct 85 overall 2026-05-04T08:00:00Z"]);
    let expected = ["basket branch_coverage_pct 25 overall 2026-05-04T08:00:00Z", "basket coverage_pct 75 overall 2026-05-04T08:00:00Z"];
    assert_eq!(measures(&fixture("coverage/basket.xml")), expected);
    let seconds = Folder::new("cobertura").with("a.xml", "<coverage line-rate='0.5' timestamp='1777881600'/>");
    assert_eq!(measures(&seconds.read(&[Source::new("a.xml", "auto")])), ["a coverage_pct 50 overall 2026-05-04T08:00:00Z"]);
}

/// A block that stands twice in a merged profile counts once: 4 of 8 statements.
#[test]
fn coverage_of_go() {
    assert_eq!(measures(&fixture("coverage/gateway.out")), ["gateway coverage_pct 50 overall -"]);
}

/// Sums that repeat inner suites are left out, and cases are counted where a suite has no sums.
#[test]
fn junit_nested_suites() {
    let frames = fixture("junit/shop/results.xml");
    let expected = [
        "shop tests_duration_s 1236.5 overall 2026-05-04T09:00:10Z",
        "shop tests_failed 3 overall 2026-05-04T09:00:10Z",
        "shop tests_skipped 1 overall 2026-05-04T09:00:10Z",
        "shop tests_total 7 overall 2026-05-04T09:00:10Z",
    ];
    assert_eq!(measures(&frames), expected);
    let quality = texts(&frames.get(&ingest_files::TABLE), &ingest_files::TIME_QUALITY);
    assert_eq!(quality[0].as_deref(), Some("assumed_zone"));
    assert!(recognise(&fixtures().join("junit/shop/results.xml")).unwrap().needs_timezone);
}

/// Files of classes in one folder are one run.
#[test]
fn junit_files_of_one_run() {
    let frames = read(&[Source::new("junit/gradle/pay/*.xml", "auto")], &Options::new(fixtures()), &()).unwrap();
    let expected = [
        "pay tests_duration_s 1 overall 2026-05-04T08:03:00Z",
        "pay tests_failed 1 overall 2026-05-04T08:03:00Z",
        "pay tests_skipped 1 overall 2026-05-04T08:03:00Z",
        "pay tests_total 5 overall 2026-05-04T08:03:00Z",
    ];
    assert_eq!(measures(&frames), expected);
}

#[test]
fn damaged_reports_are_refused_alone() {
    let folder = Folder::new("damaged")
        .with("cut.xml", "<testsuites><testsuite tests='1'")
        .with("none.xml", "<coverage line-rate='x' branch-rate=''/>")
        .with("odd.json", r#"{"total":{"lines":{"pct":"Unknown"},"statements":null}}"#)
        .with(
            "sonar.json",
            r#"{"component":{"key":"a","measures":[null,{"metric":"ncloc"},{"metric":null,"value":"1"},{"metric":"bugs","value":[]}]}}"#,
        );
    let frames = folder.read(&[Source::new("*.*", "auto")]);
    assert_eq!(frames.height(&quality_measures::TABLE), 0);
    assert!(issues(&frames).iter().any(|(_, code, rejected)| code == "unknown_record" && *rejected));
}
