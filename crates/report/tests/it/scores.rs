//! What an evaluation comes to: sentences and the reliability chart, from frames made by hand.

use std::path::PathBuf;

use sequela_report::{Contender, evaluation_sentences, write_reliability};
use sequela_schema::result::{evaluation, evaluation_bins};
use sequela_schema::vocabulary::measure;
use sequela_schema::{Frames, TableBuilder};

use crate::pictures::check;

fn contenders(rules: &[&str]) -> Vec<Contender> {
    let own = Contender { name: "fitted".to_owned(), is_model: true };
    let rule = |name: &&str| Contender { name: (*name).to_owned(), is_model: false };
    rules.iter().map(rule).chain([own]).collect()
}

fn measures(rows: &[(&str, &str, i64, Option<f64>)]) -> TableBuilder {
    let mut builder = TableBuilder::new(&evaluation::TABLE);
    for (definition, measure, n, value) in rows {
        let mut row = builder.row();
        row.text(&evaluation::DEFINITION, definition).text(&evaluation::MEASURE, measure).text(&evaluation::LABELS, "truth");
        row.int(&evaluation::N, *n).real_opt(&evaluation::VALUE, *value).text(&evaluation::METHOD, "jeffreys");
    }
    builder
}

fn bins(rows: &[(&str, i64, i64, f64, f64)]) -> TableBuilder {
    let mut builder = TableBuilder::new(&evaluation_bins::TABLE);
    for (definition, bin, n, stated, share) in rows {
        let mut row = builder.row();
        row.text(&evaluation_bins::DEFINITION, definition).int(&evaluation_bins::BIN, *bin).int(&evaluation_bins::N, *n);
        row.real(&evaluation_bins::MEAN_PROBABILITY, *stated).real(&evaluation_bins::SHARE_CAUSED, *share);
        row.real(&evaluation_bins::LOWER, share * 0.9).real(&evaluation_bins::UPPER, share * 0.9 + 0.1);
        row.text(&evaluation_bins::METHOD, "jeffreys");
    }
    builder
}

fn frames(measures: TableBuilder, bins: TableBuilder) -> Frames {
    let mut frames = Frames::new();
    frames.build(measures).unwrap();
    frames.build(bins).unwrap();
    frames
}

fn scored() -> Frames {
    let top = |definition, value| (definition, measure::TOP_1, 410, Some(value));
    let error = ("fitted", measure::CALIBRATION_ERROR, 800, Some(0.053));
    let own = [("fitted", 1, 400, 0.02, 0.03), ("fitted", 8, 20, 0.76, 0.7), ("fitted", 9, 57, 0.8, 0.84), ("fitted", 10, 323, 0.97, 0.96)];
    let rules = [("near", 1, 100, 0.0, 0.1), ("near", 10, 700, 1.0, 0.58), ("far", 10, 800, 1.0, 0.57), ("team", 10, 800, 1.0, 0.575)];
    frames(measures(&[top("near", 0.68), top("far", 0.4), top("fitted", 0.82), error]), bins(&[&own[..], &rules[..]].concat()))
}

#[test]
fn the_sentences_compare_and_say_whether_probabilities_hold() {
    let found = evaluation_sentences(&scored(), &contenders(&["far", "near"])).unwrap();
    let found: Vec<String> = found.iter().map(|sentence| sentence.replace('\u{202f}', " ")).collect();
    assert_eq!(
        found,
        [
            "The model names the right deployment first for 82 % of 410 caused incidents; near for 68 %.",
            "When it says 80 %, it is right 84 % of the time (57 incidents); over all it is off by 5 points on average.",
        ]
    );
}

#[test]
fn labels_of_causes_only_are_said_to_tell_half() {
    let rows = [("fitted", measure::TOP_1, 1, Some(1.0)), ("fitted", measure::CALIBRATION_ERROR, 1, None)];
    let found = evaluation_sentences(&frames(measures(&rows), bins(&[])), &contenders(&[])).unwrap();
    assert_eq!(found[0].replace('\u{202f}', " "), "The model names the right deployment first for 100 % of 1 caused incident.");
    assert!(found[1].starts_with("The labels only say what a deployment did cause"), "{}", found[1]);
    assert!(evaluation_sentences(&Frames::new(), &[]).unwrap().is_empty());
}

#[test]
fn the_reliability_chart_is_readable_and_says_when_it_is_empty() {
    let all = contenders(&["near", "far", "team"]);
    let cases = [
        ("full", scored(), &all[..], "off by 5 points"),
        ("rules", scored(), &all[..3], "when they blame"),
        ("none", Frames::new(), &all[..], "nothing to show"),
    ];
    for (name, frames, contenders, title) in cases {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("reliability-{name}"));
        write_reliability(&frames, contenders, &folder).unwrap();
        let svg = fs_err::read_to_string(folder.join("reliability.svg")).unwrap();
        check(&svg);
        assert!(svg.contains(title) && !svg.contains("NaN"), "{name}: {svg}");
        assert_eq!(&fs_err::read(folder.join("reliability.png")).unwrap()[..8], b"\x89PNG\r\n\x1a\n");
    }
}
