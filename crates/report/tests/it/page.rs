//! The review: sections, escaping, links, wording, size, and the odd organisations that it must survive.

use sequela_report::{Context, review_html};
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::{incident_attribution, links, metrics};
use sequela_schema::{Frames, TableBuilder};

use crate::organisation::{Row, at, context, day, deployment, judge, many_teams, push, small, tiny};

fn page(frames: &Frames) -> String {
    review_html(frames, &context()).unwrap().replace('\u{202f}', " ")
}

/// Elements that never end.
const VOID: [&str; 2] = ["meta", "!doctype"];

/// Every start tag of the page with its attributes, after a check that tags nest.
fn tags(html: &str) -> Vec<&str> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for piece in html.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        if let Some(ended) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(ended), "{tag}");
        } else {
            found.push(tag);
            if !VOID.contains(&name) && !tag.ends_with('/') {
                open.push(name);
            }
        }
    }
    assert_eq!(open, Vec::<&str>::new());
    found
}

#[test]
fn every_page_is_well_formed_and_loads_nothing() {
    for frames in [small(), many_teams(), tiny(), Frames::new()] {
        let html = page(&frames);
        for tag in tags(&html) {
            for loading in ["src=", "<link", "@import", "url(", "onclick", "onload"] {
                assert!(!tag.contains(loading), "{tag}");
            }
            assert!(!tag.starts_with("script") && !tag.starts_with("iframe") && !tag.starts_with("link"), "{tag}");
        }
        assert!(!html.contains("@import") && !html.contains("url("));
        for id in ["month", "trends", "teams", "restore", "links", "quality", "definitions"] {
            assert_eq!(html.matches(&format!("<section id=\"{id}\">")).count(), 1, "{id}");
        }
        assert_eq!(html.matches("<h1>").count(), 1);
        assert_eq!(html.matches("<h2>").count(), 7);
        assert_eq!(html.matches("class=\"finding\"").count(), 7);
    }
}

#[test]
fn heads_of_tables_have_a_scope() {
    for tag in tags(&page(&small())) {
        assert!(!(tag == "th" || tag.starts_with("th ")) || tag.contains("scope="), "{tag}");
    }
}

#[test]
fn the_glance_says_what_moved_and_what_did_not() {
    let html = page(&small());
    // June's interval of the change failure rate is 4.2–8.4 %, the months before had 3.0 %: above it.
    assert!(html.contains("In June the change failure rate is higher than before; no clear change in"), "finding");
    assert!(html.contains("27 of 450 deployments expected"));
    assert!(html.contains("Before: 3.0 % (+3.0 points)"));
    assert!(html.contains("Before: 2 h 02 min (+4 min)"));
    assert!(html.contains("Data from 1 Mar 2026 to 30 Jun 2026, Europe/London."));
    assert!(html.contains("Service review, June 2026"));
}

#[test]
fn a_rule_is_named_as_one() {
    let sentence = "A rule links the nearest deployment; it cannot say coincidence.";
    assert!(page(&small()).contains(sentence));
    assert!(!page(&tiny()).contains(sentence));
}

#[test]
fn titles_and_names_are_escaped() {
    let html = page(&small());
    assert!(!html.contains("<script"));
    assert!(html.contains("Basket &#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62; &#38; &#34;co&#34;"));
    let hostile = Context { organisation: "</title><b onclick=x>".to_owned(), definition_sentence: "\"><i>".to_owned(), ..context() };
    let html = review_html(&small(), &hostile).unwrap();
    assert!(!html.contains("<b onclick") && !html.contains("<i>"));
    tags(&html);
}

#[test]
fn only_web_addresses_become_links() {
    let mut frames = small();
    let mut builder = TableBuilder::new(&incidents::TABLE);
    for (id, url) in [("i1", "javascript:alert(1)"), ("i2", "https://snow.example/i2?a=1&b=\"2\""), ("i3", "data:text/html,x")] {
        let mut row = builder.row();
        row.text(&incidents::INCIDENT_ID, id).int(&incidents::CREATED_AT, at("2026-06-02T00:00:00Z")).text(&incidents::URL, url);
        row.text(&incidents::SOURCE, "t").text(&incidents::SOURCE_FILE, "f").int(&incidents::SOURCE_ROW, 1);
    }
    let (mut judged, mut linked) = (TableBuilder::new(&incident_attribution::TABLE), TableBuilder::new(&links::TABLE));
    for id in ["i1", "i2", "i3"] {
        judge((&mut judged, &mut linked), id, 1, &[("github:acme:1001", "same_service", 60.0, 1.0)], "asserted");
    }
    for builder in [builder, judged, linked] {
        frames.build(builder).unwrap();
    }
    let html = page(&frames);
    assert!(!html.contains("javascript:") && !html.contains("data:text"));
    assert!(html.contains("<a href=\"https://snow.example/i2?a=1&#38;b=&#34;2&#34;\""));
}

#[test]
fn links_stand_by_severity_then_duration() {
    let mut builder = TableBuilder::new(&incidents::TABLE);
    let began = at("2026-06-20T00:00:00Z");
    for (id, severity, hours) in
        [("mild", 3, Some(90.0)), ("short", 1, Some(0.5)), ("open", 1, None), ("long", 1, Some(9.0)), ("unrated", 9, Some(99.0))]
    {
        crate::organisation::incident(&mut builder, (id, id, ""), severity, began, hours);
    }
    let (mut judged, mut linked) = (TableBuilder::new(&incident_attribution::TABLE), TableBuilder::new(&links::TABLE));
    for id in ["mild", "short", "open", "long", "unrated"] {
        judge((&mut judged, &mut linked), id, 1, &[("d", "same_service", 60.0, 1.0)], "rule");
    }
    let mut events = TableBuilder::new(&deployments::TABLE);
    deployment(&mut events, "d", "checkout", began);
    let mut frames = Frames::new();
    for builder in [builder, judged, linked, events] {
        frames.build(builder).unwrap();
    }
    let html = page(&frames);
    let section = html.split("<section id=\"links\">").nth(1).unwrap();
    let places: Vec<usize> = ["open", "long", "short", "mild", "unrated"]
        .iter()
        .map(|id| section.find(&format!("<span>{id}</span>")).unwrap_or_else(|| panic!("{id}")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn missing_inputs_are_named() {
    let html = page(&Frames::new());
    for words in [
        "a deployment export and an incident export fill this section",
        "a catalog that gives services an owner (services with team) fills this section",
        "incidents with resolved_at or mitigated_at fill this section",
        "There are no incidents: an incident export fills this section",
        "Catalog: none given",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(page(&tiny()).contains("The median time to restore is not reached: 1 incident is still open."));
}

#[test]
fn percent_and_seconds_of_other_tools_read_like_our_own() {
    let mut builder = TableBuilder::new(&metrics::TABLE);
    for (metric, unit, value) in [("change_failure_rate", "percent", 12.5), ("mean_time_to_recovery", "seconds", 7_680.0)] {
        push(
            &mut builder,
            &Row {
                scope: ("organisation", "N"),
                period: ("month", day(2026, 6, 1)),
                metric,
                unit,
                n: 8,
                value: Some(value),
                interval: None,
            },
        );
    }
    let mut frames = Frames::new();
    frames.build(builder).unwrap();
    let html = page(&frames);
    assert!(html.contains("<span>12.5 %</span>"));
    assert!(html.contains("<span>2 h 08 min</span>"));
}

#[test]
fn forty_teams_are_cut_to_those_that_matter() {
    let html = page(&many_teams());
    assert!(html.contains("Showing 25 of 40 teams"));
    assert!(html.contains("15 teams more in the tables"));
    assert!(html.len() < 300_000, "{}", html.len());
}

#[test]
fn without_charts_the_data_remain() {
    let html = review_html(&small(), &Context { charts: false, ..context() }).unwrap();
    assert!(!html.contains("<svg"));
    assert!(html.contains("<details open>"));
}

#[test]
fn the_same_input_gives_the_same_page() {
    assert_eq!(page(&small()), page(&small()));
}
