//! Records with holes: what is missing is never held against anybody, and never stops the report.

use polars::prelude::DataFrame;
use sequela_schema::canonical::{changes, deployments};
use sequela_schema::definition::Range;
use sequela_schema::result::{change_reconciliation as t, deployment_units};
use sequela_schema::{Frames, TableBuilder, Values};

use super::{DAY, FreezeWindow, HOUR, SLACK, When, outside, tables};
use crate::Settings;
use crate::records::Records;

/// Deployments on service `a` by identifier, start, end and change named.
type Deployed<'a> = (&'a str, Option<i64>, Option<i64>, Option<&'a str>);

fn frames(deployed: &[Deployed<'_>], planned: &[(&str, Option<i64>)]) -> Frames {
    let (mut records, mut units) = (TableBuilder::new(&deployments::TABLE), TableBuilder::new(&deployment_units::TABLE));
    for (id, start, end, change) in deployed {
        let mut row = records.row();
        row.text(&deployments::DEPLOYMENT_ID, id).text(&deployments::SERVICE_ID, "a").text(&deployments::KIND, "deploy");
        row.int_opt(&deployments::STARTED_AT, *start).int_opt(&deployments::FINISHED_AT, *end);
        row.text_opt(&deployments::CHANGE_ID, *change);
        if let Some(at) = end.or(*start) {
            let mut unit = units.row();
            unit.text(&deployment_units::DEPLOYMENT_ID, id).int(&deployment_units::COUNTED_AT, at);
            unit.bool(&deployment_units::IS_COUNTED, true);
        }
    }
    let mut plans = TableBuilder::new(&changes::TABLE);
    for (id, start) in planned {
        let mut row = plans.row();
        row.text(&changes::CHANGE_ID, id).text(&changes::SERVICE_ID, "a").text(&changes::CLOSE_CODE, "successful");
        row.int_opt(&changes::PLANNED_START_AT, *start).int_opt(&changes::PLANNED_END_AT, start.map(|start| start + HOUR));
    }
    let mut frames = Frames::new();
    for table in [records, units, plans] {
        frames.build(table).unwrap();
    }
    frames
}

fn found(frames: &Frames, freeze: Vec<FreezeWindow>) -> Vec<(String, String, String)> {
    let range = Range { from: 0, to: 365 * DAY };
    let settings = Settings { freeze, ..Settings::of(range, 365 * DAY) };
    let [rows, _] = tables(frames, &Records::read(frames).unwrap(), &settings).unwrap();
    let frame: DataFrame = rows.finish().unwrap();
    let text = |column, row| frame.texts(column).unwrap().get(row).unwrap_or_default().to_owned();
    (0..frame.height()).map(|row| (text(&t::RECORD_ID, row), text(&t::FINDING, row), text(&t::DETAIL, row))).collect()
}

/// A change a day but for February, and a deployment a day until 11 March: what was deployed in February cannot be held against change
/// records, nor what was planned more than 15 days after the last deployment against deployments.
#[test]
fn silence_of_an_export_is_no_finding() {
    let days = (0..30).chain(60..90);
    let names: Vec<(String, i64)> = days.map(|day| (format!("C{day:02}"), day * DAY)).collect();
    let planned: Vec<(&str, Option<i64>)> = names.iter().map(|(name, at)| (name.as_str(), Some(*at))).collect();
    let at = |day: i64| Some(day * DAY + 5 * HOUR);
    let ids: Vec<(String, i64)> = (40..70).map(|day| (format!("D{day}"), day)).collect();
    let deployed: Vec<Deployed<'_>> = ids.iter().map(|(id, day)| (id.as_str(), at(*day), at(*day), None)).collect();
    let found = found(&frames(&deployed, &planned), Vec::new());
    let of = |id: &str| found.iter().find(|row| row.0 == id).map(|row| (row.1.as_str(), row.2.as_str())).unwrap();
    assert_eq!(of("D45"), ("not_judged", "the exports have no change record between 30 Jan 1970 and 2 Mar 1970"));
    assert_eq!(of("D65").0, "no_change_record");
    assert_eq!(of("C89"), ("not_judged", "the exports have no deployment after 11 Mar 1970"));
    assert_eq!(of("C75").0, "no_deployment");
}

/// A start stands in for an end that is missing; without either there is nothing to say.
#[test]
fn a_deployment_may_have_no_end() {
    let deployed = [("D1", Some(DAY + HOUR / 2), None, None), ("D2", None, None, None)];
    let found = found(&frames(&deployed, &[("C1", Some(DAY))]), Vec::new());
    assert_eq!(found.iter().map(|row| (row.0.as_str(), row.1.as_str())).collect::<Vec<_>>(), [("C1", "agrees"), ("D1", "agrees")]);
}

/// Neither a window nor a service can be checked without times and names, and a change without any time is not asked for a deployment.
#[test]
fn a_change_may_have_no_times() {
    let deployed = [("D1", Some(DAY), Some(DAY + HOUR), Some("C1"))];
    let found = found(&frames(&deployed, &[("C1", None), ("C2", None)]), Vec::new());
    let words: Vec<_> = found.iter().map(|row| (row.0.as_str(), row.1.as_str())).collect();
    assert_eq!(words, [("C1", "agrees"), ("C2", "not_judged"), ("D1", "agrees")]);
}

#[test]
fn a_freeze_needs_no_change_export() {
    let freeze = FreezeWindow { name: "Close".to_owned(), when: When::Once(0, 2 * DAY), teams: Vec::new(), services: Vec::new() };
    let deployed = [("D1", Some(DAY), Some(DAY + HOUR), None), ("D2", Some(3 * DAY), Some(3 * DAY), None)];
    let found = found(&frames(&deployed, &[]), vec![freeze]);
    let detail = "freeze \"Close\" from Thu 1 Jan 1970 00:00 to Sat 3 Jan 1970 00:00; plain deployment without a change record";
    assert_eq!(found, [("D1".to_owned(), "in_freeze".to_owned(), detail.to_owned())]);
}

/// By hand, in hours: 10–11 against a window 12–14 begins two early; 13–15 ends one late; without an end nothing is late.
#[test]
fn a_span_outside_of_a_window_is_off_by_the_larger_side() {
    let hours = |from: i64, to: i64| (from * HOUR, to * HOUR);
    let window = (Some(12 * HOUR), Some(14 * HOUR));
    assert_eq!(outside(hours(10, 11), window, SLACK), Some(2 * HOUR));
    assert_eq!(outside(hours(13, 15), window, SLACK), Some(HOUR));
    assert_eq!(outside(hours(13, 15), (Some(12 * HOUR), None), SLACK), None);
    assert_eq!(outside(hours(13, 15), (None, None), SLACK), None);
    assert_eq!(outside(hours(13, 15), (Some(12 * HOUR), Some(11 * HOUR)), SLACK), None);
    assert_eq!(outside((12 * HOUR - SLACK, 13 * HOUR), window, SLACK), None);
}
