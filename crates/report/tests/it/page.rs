//! The review: sections, escaping, links, wording, size, and the odd organisations that it must survive.

use sequela_report::{Context, review_html, review_pages};
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::{incident_attribution, links, metrics, month_signals};
use sequela_schema::{Frames, TableBuilder};

use crate::organisation::{Row, at, context, day, deployment, judge, many_teams, push, small, tiny};

fn page(frames: &Frames) -> String {
    review_html(frames, &context()).unwrap().replace('\u{202f}', " ")
}

/// Elements that never end.
const VOID: [&str; 3] = ["meta", "!doctype", "input"];

/// The sections in the order of the page.
const SECTIONS: [&str; 19] = [
    "month",
    "changed",
    "trends",
    "incidents",
    "worst",
    "when",
    "problems",
    "impact",
    "teams",
    "restore",
    "approval",
    "preapproval",
    "risk",
    "accreditation",
    "association",
    "reconciliation",
    "shadow",
    "quality",
    "definitions",
];

/// One section of the page.
fn section<'a>(html: &'a str, id: &str) -> &'a str {
    html.split(&format!("<section id=\"{id}\">")).nth(1).unwrap().split("</section>").next().unwrap()
}

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
            assert!(!tag.starts_with("iframe") && !tag.starts_with("link"), "{tag}");
        }
        assert!(!html.contains("@import") && !html.contains("url(") && !html.contains("innerHTML"));
        assert_eq!(html.matches("<script>").count(), 1, "one block of script");
        assert_eq!(html.matches("<style>").count(), 1);
        assert_eq!(html.matches("<h1>").count(), 1);
    }
}

#[test]
fn no_section_is_silently_absent() {
    for frames in [small(), many_teams(), tiny(), Frames::new()] {
        let html = page(&frames);
        let places: Vec<usize> =
            SECTIONS.iter().map(|id| html.find(&format!("<section id=\"{id}\">")).unwrap_or_else(|| panic!("{id}"))).collect();
        assert!(places.is_sorted(), "the order of reading");
        assert_eq!(html.matches("<section ").count(), SECTIONS.len());
        for (number, id) in (1..).zip(SECTIONS) {
            let section = section(&html, id);
            assert!(section.contains(&format!("<h2><span class=\"number\">{number}</span>")), "{id}");
            assert_eq!(section.matches("class=\"finding\"").count(), 1, "{id}");
            assert!(section.split("class=\"finding\">").nth(1).unwrap().split("</p>").next().unwrap().len() > 20, "{id}");
            assert!(html.contains(&format!("href=\"#{id}\"")), "the contents lead to {id}");
        }
    }
}

/// Budget of the design: script under 20 KB.
#[test]
fn the_script_is_small_and_cannot_end_early() {
    let html = review_html(&small(), &context()).unwrap();
    let script = html.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    assert!(script.len() < 20_000, "{}", script.len());
    assert!(!script.contains('<') && script.trim_end().ends_with("})();"));
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
    assert!(section(&html, "changed").contains("Change failure rate 6.0 % after 3.0 %"));
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
    assert!(!html.contains("<script>alert"));
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

/// An organisation whose incidents are each put down to a deployment by rule: identifier, hours until restored.
fn blamed(all: &[(String, Option<f64>)]) -> Frames {
    let (mut records, mut events) = (TableBuilder::new(&incidents::TABLE), TableBuilder::new(&deployments::TABLE));
    let (mut judged, mut linked) = (TableBuilder::new(&incident_attribution::TABLE), TableBuilder::new(&links::TABLE));
    let began = at("2026-06-20T00:00:00Z");
    for (id, hours) in all {
        crate::organisation::incident(&mut records, (id, id, ""), 2, began, *hours);
        judge((&mut judged, &mut linked), id, 1, &[("d", "same_service", 60.0, 1.0)], "rule");
    }
    deployment(&mut events, "d", "checkout", began);
    let mut frames = small();
    for builder in [records, judged, linked, events] {
        frames.build(builder).unwrap();
    }
    frames
}

/// Open since 20 June, an incident has cost 263 hours by 1 July in London; the others cost what they took.
#[test]
fn incidents_stand_by_hours_lost() {
    let hours = [("mild", Some(90.0)), ("short", Some(0.5)), ("open", None), ("long", Some(9.0)), ("tie", Some(9.0))];
    let html = page(&blamed(&hours.map(|(id, hours)| (id.to_owned(), hours))));
    let section = section(&html, "incidents");
    let places: Vec<usize> = ["open", "mild", "long", "tie", "short"]
        .iter()
        .map(|id| section.find(&format!(">{id}<small>")).unwrap_or_else(|| panic!("{id}")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(section.contains(">263 h<") && section.contains(">9.0 h<"), "263 + 90 + 9 + 9 + 0.5 hours");
    assert!(html.contains("Look at 1 incident</strong>: it holds half of the 372 hours lost to change in June."));
    assert!(html.contains("Of 5 incidents, 5 are put down to a change, 0 to something else. 1 holds half of the hours lost."));
}

#[test]
fn rows_that_are_not_shown_wait_in_one_block() {
    let all: Vec<(String, Option<f64>)> =
        (0..2_500).map(|number| (format!("i{number:04}"), Some(1.0 + f64::from(number) / 100.0))).collect();
    let html = page(&blamed(&all));
    let block = html.split("id=\"rows-cc\">").nth(1).unwrap().split("</script>").next().unwrap();
    // 2,000 rows in all: the longest eight are shown, and the 500 shortest are left to the tables.
    assert_eq!(block.matches("\"t\":\"pay\"").count() + block.matches("\"t\":\"Payments\"").count(), 1_992);
    assert!(block.contains("i2491") && !block.contains("i2492") && !block.contains("i0499") && block.contains("i0500"));
    assert!(section(&html, "incidents").contains("Showing 8 of 2,500 incidents."));
    assert!(html.len() < 1_500_000, "{}", html.len());
}

#[test]
fn every_month_and_the_whole_range_have_a_page() {
    let pages = review_pages(&small(), &context()).unwrap();
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["review-2026-03.html", "review-2026-04.html", "review-2026-05.html", "review.html", "review-all.html"]);
    assert_eq!(pages[3].1, review_html(&small(), &context()).unwrap());
    for (name, html) in &pages {
        assert_eq!(html.matches("aria-current=\"page\"").count(), 1, "{name}");
        for (other, _) in pages.iter().filter(|(other, _)| other != name) {
            assert!(html.contains(&format!("<a href=\"{other}\">")), "{name} leads to {other}");
        }
        tags(html);
    }
    assert!(pages[2].1.contains("Service review, May 2026") && pages[2].1.contains("No incident began in May."));
    assert!(pages[0].1.contains("March is the first full month in the data"));
    assert!(pages[4].1.contains("Service review, whole period") && pages[4].1.contains(">1,710</a></p>"));
    assert_eq!(pages, review_pages(&small(), &context()).unwrap());
    assert_eq!(review_pages(&Frames::new(), &context()).unwrap().len(), 1);
}

#[test]
fn verdicts_of_the_month_are_those_of_the_signal_test() {
    let mut frames = small();
    let mut builder = TableBuilder::new(&month_signals::TABLE);
    for (scope, id, value, signal) in [("organisation", "Northgate Group", 0.06, "none"), ("team", "pay", 0.2, "higher")] {
        let mut row = builder.row();
        row.text(&month_signals::SCOPE, scope).text(&month_signals::SCOPE_ID, id).text(&month_signals::METRIC, "change_failure_rate");
        row.text(&month_signals::MONTH, "2026-06").int(&month_signals::N, 450).real(&month_signals::VALUE, value);
        row.real(&month_signals::BEFORE, 0.03).int(&month_signals::MONTHS, 3).real(&month_signals::P_LOWER, 0.99);
        row.real(&month_signals::P_HIGHER, 0.04).text(&month_signals::SIGNAL, signal);
    }
    frames.build(builder).unwrap();
    let html = page(&frames);
    assert!(section(&html, "month").contains("No signal"));
    let changed = section(&html, "changed");
    // Twice the smaller of 99 % and 4 %.
    assert!(changed.contains(
        "The change failure rate reads 6.0 % of 450 deployments, after 3.0 % in the 3 months before; a month like those lies at least so far off \
         with a probability of 8 %. Not called a change."
    ));
    assert!(changed.contains("1 team changed against its own past</strong>: Payments 20.0 % of 450 deployments after 3.0 %."));
    assert!(!html.contains("the change failure rate is higher than before"));
}

#[test]
fn missing_inputs_are_named() {
    let html = page(&Frames::new());
    for words in [
        "a deployment export and an incident export fill this section",
        "a catalog that gives services an owner (services with team) fills this section",
        "incidents with resolved_at or mitigated_at fill this section",
        "There are no incidents: an incident export fills this section",
        "A change export with type and approval fills this section",
        "A change export with type or model fills this section",
        "A change export with planned changes fills this section",
        "A change export fills this section",
        "a catalog export (services with team) fills this section",
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
    assert_eq!(html.split("id=\"rows-teams\">").nth(1).unwrap().split("</script>").next().unwrap().matches("\"c\":").count(), 15);
    assert!(html.len() < 400_000, "{}", html.len());
}

#[test]
fn without_charts_the_data_remain() {
    let html = review_html(&small(), &Context { charts: false, ..context() }).unwrap();
    assert!(!html.contains("role=\"img\""));
    assert!(html.contains("<details open>"));
}

#[test]
fn the_same_input_gives_the_same_page() {
    assert_eq!(page(&small()), page(&small()));
}
