//! git: tags as deployments, and what the log adds to deployments of other exports. The log was written by git itself.

use sequela_ingest::Source;
use sequela_schema::canonical::{deployment_commits, deployment_services, deployments, quality_measures};
use sequela_schema::{Column, Frames, Values};

use crate::support::{Folder, fixture, fixture_as, fixtures, ints, issues, some, texts, times};

/// Deployments that somebody keeps in a table: they name a commit and little else.
const DEPLOYMENTS: &str = "deployment_id,service,environment,finished_at,result,commit_sha,repo_url,lines_added
d1,shop,production,2026-05-02T10:00:00Z,success,7f777ffcd54670ab1e5a12bd3b20ee8e7a08d928,https://github.com/acme/shop,
d2,shop,production,2026-05-03T11:00:00Z,success,620b1fbb3ffe,https://github.com/acme/shop,
d3,shop,production,2026-05-04T09:00:00Z,failure,48eaeaa0cd183e767a74740e7608feb48a6ae7a8,https://github.com/acme/shop,
d4,shop,production,2026-05-04T10:00:00Z,success,48eaeaa0cd183e767a74740e7608feb48a6ae7a8,https://github.com/acme/shop,77
d5,shop,production,2026-05-05T09:00:00Z,success,57d91ce467458c3d7a5dae8c4cff70de8f203393,https://github.com/acme/shop,
d6,shop,production,2026-05-05T12:00:00Z,success,620b1fbb3ffeccc0503c37b374f0a65c07a60469,https://github.com/acme/shop,
d7,shop,production,2026-05-06T09:00:00Z,success,a846c79ad1e2935961d60ba27de946a908c382ba,https://github.com/acme/shop,
d8,shop,production,2026-05-07T09:00:00Z,success,ffffffffffffffffffffffffffffffffffffffff,https://github.com/acme/shop,
d9,shop,production,2026-05-08T09:00:00Z,success,a846c79ad1e2935961d60ba27de946a908c382ba,https://github.com/acme/shop,
s1,shop,staging,2026-05-02T09:00:00Z,success,7f777ffcd54670ab1e5a12bd3b20ee8e7a08d928,https://github.com/acme/shop,
";

fn log() -> Vec<u8> {
    std::fs::read(fixtures().join("git/shop.log")).unwrap()
}

fn completed() -> Frames {
    let folder = Folder::new("log").with("deployments.csv", DEPLOYMENTS).with("shop.log", log());
    folder.read(&[Source::new("*", "auto")])
}

fn numbers(frames: &Frames, column: &Column) -> Vec<i64> {
    ints(&frames.get(&deployments::TABLE), column).into_iter().map(|number| number.unwrap_or(-1)).collect()
}

/// What each deployment brings, counted by hand in the graph that `git log --graph` draws (-1: unknown). The first of a service and
/// environment, one of an unknown commit and the next one after that have no head before them. A failed deployment is none.
#[test]
fn the_log_says_what_deployments_bring() {
    let frames = completed();
    assert_eq!(numbers(&frames, &deployments::COMMIT_COUNT), [-1, 1, 4, 4, 1, 0, 6, -1, -1, -1]);
    assert_eq!(numbers(&frames, &deployments::FILES_CHANGED), [-1, 2, 3, 3, 1, 0, 3, -1, -1, -1]);
    // What the export itself says stays.
    assert_eq!(numbers(&frames, &deployments::LINES_ADDED), [-1, 2, 2, 77, 0, 0, 3, -1, -1, -1]);
    assert_eq!(numbers(&frames, &deployments::LINES_DELETED), [-1, 0, 0, 0, 1, 0, 1, -1, -1, -1]);
}

/// The head counts when it was committed; work begins when the first of the commits was written, before it was rebased.
#[test]
fn the_log_dates_deployments() {
    let frame = completed().get(&deployments::TABLE);
    let expected = [
        "2026-05-02T07:00:00Z",
        "2026-05-03T10:00:00Z",
        "2026-05-04T08:00:00Z",
        "2026-05-04T08:00:00Z",
        "2026-05-05T08:00:00Z",
        "2026-05-03T10:00:00Z",
        "2026-05-06T08:00:00Z",
        "-",
        "2026-05-06T08:00:00Z",
        "2026-05-02T07:00:00Z",
    ];
    assert_eq!(times(&frame, &deployments::COMMIT_AT), expected);
    let expected = [
        "-",
        "2026-04-30T08:00:00Z",
        "2026-05-03T11:00:00Z",
        "2026-05-03T11:00:00Z",
        "2026-05-05T08:00:00Z",
        "-",
        "2026-05-03T11:00:00Z",
        "-",
        "-",
        "-",
    ];
    assert_eq!(times(&frame, &deployments::FIRST_COMMIT_AT), expected);
}

/// d5 brings nothing but the reverting of a commit that came with d4; d6 goes back behind d5. d7 brings a commit and its reverting.
#[test]
fn the_log_tells_what_is_taken_back() {
    let frames = completed();
    let frame = frames.get(&deployments::TABLE);
    let kinds = ["deploy", "deploy", "deploy", "deploy", "rollback", "rollback", "deploy", "deploy", "deploy", "deploy"];
    assert_eq!(texts(&frame, &deployments::KIND), some(&kinds));
    assert_eq!(texts(&frame, &deployments::KIND_BASIS)[4].as_deref(), Some("inferred"));
    assert_eq!(texts(&frame, &deployments::ROLLS_BACK_DEPLOYMENT_ID), some(&["", "", "", "", "d4", "d5", "", "", "", ""]));
    assert_eq!(issues(&frames), [(0, "commit_not_in_log".to_owned(), false)]);
}

/// Each deployment has its commits: the head with the outcome of its row, the others with what the log knows.
#[test]
fn the_log_lists_commits_of_deployments() {
    let frames = completed();
    let frame = frames.get(&deployment_commits::TABLE);
    let (ids, shas) = (texts(&frame, &deployment_commits::DEPLOYMENT_ID), texts(&frame, &deployment_commits::COMMIT_SHA));
    let of = |id: &str| {
        let mut found: Vec<String> = ids
            .iter()
            .zip(&shas)
            .filter(|(own, _)| own.as_deref() == Some(id))
            .map(|(_, sha)| sha.clone().unwrap()[..7].to_owned())
            .collect();
        found.sort();
        found
    };
    assert_eq!(of("d1"), ["7f777ff"]);
    assert_eq!(of("d2"), ["620b1fb"]);
    assert_eq!(of("d4"), ["48eaeaa", "d655d2b", "e70b487", "e89cab7"]);
    assert_eq!(of("d6"), ["620b1fb"]);
    assert_eq!(of("d7"), ["48eaeaa", "57d91ce", "a846c79", "d655d2b", "e70b487", "e89cab7"]);
    assert_eq!(of("d8"), ["fffffff"]);
    let results = texts(&frame, &deployment_commits::RESULT);
    assert_eq!(results.iter().flatten().count(), 10, "one head for each deployment");
}

/// Only a body that the command was told to write names the commit; it is then found under any subject.
#[test]
fn a_body_names_what_is_taken_back() {
    let (one, two, three) = ("1".repeat(40), "2".repeat(40), "3".repeat(40));
    let commit = |sha: &str, parent: &str, at: i64, subject: &str, rest: &str| {
        format!("\u{1e}{sha}\t{parent}\t{at}\t{at}\tx\t{subject}\n{rest}\n1\t1\ta b.txt\n")
    };
    let log = [
        commit(&three, &two, 1_777_900_000, "Revert \"Renamed since\"", &format!("This reverts commit {two}.\n\nBecause.")),
        commit(&two, &one, 1_777_800_000, "Add", "Why: because"),
        commit(&one, "", 1_777_700_000, "Start", ""),
    ];
    let rows = "deployment_id,service,finished_at,commit_sha\na,s,2026-05-03T00:00:00Z,1111111\nb,s,2026-05-04T00:00:00Z,2222222\nc,s,2026-05-05T00:00:00Z,3333333\n";
    let folder = Folder::new("body").with("deployments.csv", rows).with("s.log", log.concat());
    let frames = folder.read(&[Source::new("*", "auto")]);
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::ROLLS_BACK_DEPLOYMENT_ID), some(&["", "", "b"]));
    assert_eq!(numbers(&frames, &deployments::COMMIT_COUNT), [-1, 1, 1]);
    assert!(issues(&frames).iter().all(|(_, _, rejected)| !rejected), "{:?}", issues(&frames));
}

/// A short name that begins two commits means the one of the repository that the deployment names.
#[test]
fn short_names_in_several_logs() {
    let commit = |sha: String, at: i64| format!("\u{1e}{sha}\t\t{at}\t{at}\tx\tStart\n");
    let rows = "deployment_id,service,finished_at,commit_sha,repo_url
a,s,2026-05-03T00:00:00Z,abcdef1,https://github.com/acme/till
b,s,2026-05-03T00:00:00Z,abcdef1,https://github.com/acme/other
c,s,2026-05-03T00:00:00Z,abcdef12,
";
    let folder = Folder::new("short")
        .with("deployments.csv", rows)
        .with("git-log-cart.txt", commit(format!("abcdef1{}", "0".repeat(33)), 1_777_700_000))
        .with("till_log.txt", commit(format!("abcdef12{}", "0".repeat(32)), 1_777_800_000));
    let frames = folder.read(&[Source::new("*", "auto")]);
    let at = times(&frames.get(&deployments::TABLE), &deployments::COMMIT_AT);
    assert_eq!(at, ["2026-05-03T09:20:00Z", "-", "2026-05-03T09:20:00Z"]);
}

/// Annotated tags know when they were made; others have the time of their commit, which is said.
#[test]
fn tags_are_releases_or_deployments() {
    let frames = fixture("git/shop-tags.txt");
    let frame = frames.get(&deployments::TABLE);
    let ids =
        ["git:default:shop:deploy/staging/7", "git:default:shop:prod-2026-05-06", "git:default:shop:v0.9.0", "git:default:shop:v1.0.0"];
    assert_eq!(texts(&frame, &deployments::DEPLOYMENT_ID), some(&ids));
    assert_eq!(texts(&frame, &deployments::KIND), some(&["deploy", "deploy", "publish_only", "publish_only"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["staging", "production", "", ""]));
    assert_eq!(texts(&frame, &deployments::VERSION), some(&["7", "2026-05-06", "0.9.0", "1.0.0"]));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW), some(&["shop"; 4]));
    assert_eq!(texts(&frame, &deployments::COMMIT_SHA)[3].as_deref(), Some("48eaeaa0cd183e767a74740e7608feb48a6ae7a8"));
    let expected = ["2026-05-06T09:00:00Z", "2026-05-06T10:00:00Z", "2026-05-03T10:00:00Z", "2026-05-04T09:30:00Z"];
    assert_eq!(times(&frame, &deployments::FINISHED_AT), expected);
    assert_eq!(issues(&frames), [(0, "commit_time_of_tag".to_owned(), false)]);
    assert!(!format!("{frame:?}").contains("jane"), "{frame:?}");
}

#[test]
fn a_pattern_says_which_tags_deploy() {
    let mut source = Source::new("git/shop-tags.txt", "auto");
    source.deployment_pattern = Some("^v1".to_owned());
    source.service = Some("till".to_owned());
    let frame = fixture_as(source).get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::KIND), some(&["publish_only", "publish_only", "publish_only", "deploy"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT)[3].as_deref(), Some("production"));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW)[3].as_deref(), Some("till"));
}

/// The size of a difference stands for the deployment of the commit that the file is called after, and is exact where the sum of
/// commits would not be.
#[test]
fn differences_tell_sizes() {
    let difference = std::fs::read(fixtures().join("git/a846c79ad1e2.numstat")).unwrap();
    let folder =
        Folder::new("difference").with("deployments.csv", DEPLOYMENTS).with("a846c79ad1e2.numstat", difference).with("shop.log", log());
    let frames = folder.read(&[Source::new("*", "auto")]);
    assert_eq!(numbers(&frames, &deployments::FILES_CHANGED)[6..], [1, -1, 1, -1]);
    assert_eq!(numbers(&frames, &deployments::COMMIT_COUNT)[6], 6);
    let frame = frames.get(&quality_measures::TABLE);
    assert_eq!(texts(&frame, &quality_measures::METRIC), some(&["files_changed", "lines_added", "lines_deleted"]));
    assert_eq!(frame.reals(&quality_measures::VALUE).unwrap().iter().collect::<Vec<_>>(), [Some(1.0), Some(1.0), Some(0.0)]);
}

#[test]
fn damaged_logs_lose_only_what_is_damaged() {
    let good = String::from_utf8(log()).unwrap();
    let damaged = good.replacen("48eaeaa0cd183e767a74740e7608feb48a6ae7a8\te89", "48eaeaa0cd183e767a7\te89", 1);
    let folder = Folder::new("damaged-log").with("deployments.csv", DEPLOYMENTS).with("shop.log", damaged);
    let frames = folder.read(&[Source::new("*", "auto")]);
    assert!(issues(&frames).iter().any(|(_, code, rejected)| code == "unknown_record" && *rejected));
    assert_eq!(numbers(&frames, &deployments::COMMIT_COUNT)[..4], [-1, 1, -1, -1]);
}

/// A long history with a deployment every few commits is walked in little time, forwards and backwards.
#[test]
fn long_histories_are_walked_quickly() {
    let sha = |number: u32| format!("{number:040x}");
    let mut log = String::new();
    let mut rows = "deployment_id,service,finished_at,commit_sha\n".to_owned();
    for number in (1..=20_000_u32).rev() {
        let at = 1_700_000_000 + i64::from(number) * 60;
        let parent = if number > 1 { sha(number - 1) } else { String::new() };
        log.push_str(&format!("\u{1e}{}\t{parent}\t{at}\t{at}\tx\tWork\n1\t1\ta.txt\n\n", sha(number)));
        if number % 10 == 0 {
            rows.push_str(&format!("d{number:06},s,{},{}\n", at + 30, sha(number)));
        }
    }
    let folder = Folder::new("long").with("deployments.csv", rows).with("s.log", log);
    let frames = folder.read(&[Source::new("*", "auto")]);
    let counts = numbers(&frames, &deployments::COMMIT_COUNT);
    assert!(counts.len() == 2000 && counts[0] == -1 && counts[1..].iter().all(|count| *count == 10), "{:?}", &counts[..5]);
    assert_eq!(frames.height(&deployment_commits::TABLE), 2000 + 1999 * 9);
}

/// One repository, two services in folders of their own: the second deployment changes files of `pay`, the third of both, the fourth
/// none of theirs and stays what the export calls it.
#[test]
fn folders_say_which_services_of_a_repository_a_deployment_touches() {
    let sha = |number: u32| format!("{number:040x}");
    let commit = |number: u32, files: &str| {
        let parent = if number == 1 { String::new() } else { sha(number - 1) };
        format!("\u{1e}{}\t{parent}\t{at}\t{at}\tx\tWork\n{files}\n", sha(number), at = 1_777_600_000 + number * 3600)
    };
    let log = [
        commit(4, "1\t0\tREADME.md"),
        commit(3, "1\t0\tservices/pay/a.rs\n2\t0\tservices/cart/b.rs"),
        commit(2, "1\t0\tservices/pay/a.rs"),
        commit(1, "1\t0\tREADME.md"),
    ];
    let row = |number: u32| format!("D{number},acme/mono,2026-05-0{}T10:00:00Z,{},https://github.com/acme/mono\n", number + 1, sha(number));
    let rows: String = (1..=4).map(row).collect();
    let folder = Folder::new("monorepo")
        .with("mono.log", log.concat())
        .with("deployments.csv", format!("deployment_id,service,finished_at,commit_sha,repo_url\n{rows}"));
    let alias = |path: &str, service: &str| sequela_ingest::Alias {
        name: "acme/mono".to_owned(),
        services: vec![service.to_owned()],
        path: Some(path.to_owned()),
    };
    let aliases = vec![alias("services/pay/**", "payments"), alias("services/cart/**", "cart")];
    let options = sequela_ingest::Options { aliases, ..folder.options() };
    let sources = [Source::table("deployments.csv", "deployments"), Source::new("mono.log", "git")];
    let frames = sequela_ingest::read(&sources, &options, &()).unwrap();
    let frame = frames.get(&deployment_services::TABLE);
    let touched: Vec<_> = texts(&frame, &deployment_services::DEPLOYMENT_ID)
        .into_iter()
        .zip(texts(&frame, &deployment_services::SERVICE_NAME_RAW))
        .map(|(id, name)| format!("{} {}", id.unwrap(), name.unwrap()))
        .collect();
    assert_eq!(touched, ["D1 acme/mono", "D2 payments", "D3 cart", "D3 payments", "D4 acme/mono"]);
}
