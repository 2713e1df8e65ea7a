//! `sequela explain` for teams, services and months, on a case worked by hand.

use std::path::Path;

use crate::sequela::{ended, run, sequela};

/// Two services of one team. January: 4 deployments of a, of which 1 failed, and 4 of b. February: 4 of a, of which 3 failed, and 2 of b.
fn organisation(folder: &Path) {
    let mut deployments = "deployment_id,service,environment,finished_at,result\n".to_owned();
    let mut incidents = "incident_id,service,created_at,resolved_at\n".to_owned();
    for (month, service, number, failed) in [(1, "a", 4, 1), (1, "b", 4, 0), (2, "a", 4, 3), (2, "b", 2, 0)] {
        for position in 0..number {
            let (id, day) = (format!("{service}{month}{position}"), 5 + 5 * position);
            deployments.push_str(&format!("d-{id},{service},production,2026-0{month}-{day:02}T10:00:00Z,success\n"));
            if position < failed {
                incidents.push_str(&format!(
                    "i-{id},{service},2026-0{month}-{day:02}T11:00:00Z,2026-0{month}-{day:02}T{:02}:00:00Z\n",
                    13 + position
                ));
            }
        }
    }
    let sources = ["deployments", "incidents", "services"];
    let mut config =
        "[org]\nname = \"Org\"\ntimezone = \"UTC\"\nproduction = [\"production\"]\n[definition]\npreset = \"nearest-24h\"\n".to_owned();
    for name in sources {
        config.push_str(&format!("[[source]]\npath = \"{name}.csv\"\nkind = \"table\"\ntable = \"{name}\"\n"));
    }
    for (name, text) in [
        ("deployments.csv", &deployments),
        ("incidents.csv", &incidents),
        ("services.csv", &"service,team\na,Payments\nb,Payments\n".to_owned()),
        ("sequela.toml", &config),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let range = ["--from", "2026-01-01", "--to", "2026-03-01", "--as-of", "2026-03-01T00:00:00Z", "--no-charts", "--quiet"];
    run(&folder.join("sequela.toml"), &folder.join("out"), &range);
}

fn explained(folder: &Path, arguments: &[&str]) -> String {
    let out = folder.join("out");
    let output = sequela(&[&["explain", "--out", out.to_str().unwrap()], arguments].concat());
    let (code, message) = ended(&output);
    assert_eq!(code, 0, "{message}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_team_is_told_by_the_services_that_moved_it() {
    let folder = tempfile::tempdir().unwrap();
    organisation(folder.path());
    let words = |text: &str| -> Vec<String> { text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect() };
    let team = words(&explained(folder.path(), &["payments"]));
    let has = |lines: &[String], wanted: &str| assert!(lines.iter().any(|line| line.starts_with(wanted)), "{wanted:?} in {lines:#?}");
    has(&team, "Team Payments, February 2026 (UTC), compared with the plain mean of the 1 full month before.");
    // 3 of 6 deployments failed; in January 1 of 8.
    assert!(team.iter().any(|line| line.starts_with("Change failure rate 50.0 %") && line.contains(" 12.5 %")), "{team:#?}");
    // a: 4 deployments at its own rate of 1 in 4; b: none failed, none would.
    has(&team, "a 4 3.0 1.0 +2.0");
    has(&team, "b 2 0.0 0.0 +0.0");
    // Restored after 2, 3 and 4 hours: the longest first.
    let costs: Vec<&String> = team.iter().filter(|line| line.starts_with("i-a2")).collect();
    assert_eq!(costs.len(), 3);
    assert!(costs[0].starts_with("i-a22 a") && costs[0].ends_with("4 h 00 min"), "{costs:?}");
    let month = words(&explained(folder.path(), &["2026-01"]));
    has(&month, "Org, January 2026 (UTC), no full month before it to compare with.");
    has(&words(&explained(folder.path(), &["b", "--month", "2026-02"])), "Deployments that most likely failed: none.");
    has(&words(&explained(folder.path(), &["i-a10"])), "Incident i-a10");
}

#[test]
fn a_name_that_nothing_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    organisation(folder.path());
    let out = folder.path().join("out");
    let (code, message) = ended(&sequela(&["explain", "nobody", "--out", out.to_str().unwrap()]));
    assert_eq!(code, 2);
    assert!(message.contains("no incident, deployment, team, service or month is called \"nobody\""), "{message}");
}

#[test]
fn a_month_that_is_not_there_or_says_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    organisation(folder.path());
    let out = folder.path().join("out");
    let ended_with = |id: &str, month: &str| ended(&sequela(&["explain", id, "--month", month, "--out", out.to_str().unwrap()]));
    let (code, message) = ended_with("payments", "2031-01");
    assert_eq!(code, 2);
    assert!(message.contains("the run has no month \"2031-01\"; it has 2026-01, 2026-02"), "{message}");
    let (code, message) = ended_with("i-a10", "2026-01");
    assert_eq!(code, 2, "an incident has no month to be compared");
    assert!(message.contains("no team or service") && message.contains("hint: leave --month out"), "{message}");
}
