//! What the forms of the review show, as a reader sees it: tables of the HTML page and of the Markdown page, and the numbers in their cells.

use std::ops::RangeInclusive;

/// A table of a page.
#[derive(Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) caption: String,
    pub(crate) heads: Vec<String>,
    /// Cells as text and remark.
    pub(crate) rows: Vec<Vec<(String, String)>>,
}

/// The tables of an HTML page.
pub(crate) fn html_tables(page: &str) -> Vec<Shown> {
    let table = |piece: &str| {
        let piece = piece.split("</table>").next().unwrap();
        let (head, body) = piece.split_once("</thead>").unwrap();
        let cell = |cell: &str| {
            let (text, remark) = cell.split_once("<small>").unwrap_or((cell, ""));
            (words(&text.replace("</li><li>", "; <li>")).replace(";  ", "; "), words(remark))
        };
        let rows = body.split("<tr").skip(1).map(|row| {
            let row = row.split_once('>').unwrap().1.replace("</th>", "</td>");
            row.split("</td>").filter(|cell| cell.contains("<t")).map(cell).collect()
        });
        Shown {
            caption: words(between(head, "<caption>", "</caption>")).trim_start_matches("Data of the chart: ").to_owned(),
            heads: head.split("<th ").skip(1).map(|head| words(&format!("<{}", head.split("</th>").next().unwrap()))).collect(),
            rows: rows.collect(),
        }
    };
    without_drawings(page).split("<table").skip(1).map(table).collect()
}

/// The page without its drawings, whose labels are no words of a cell.
fn without_drawings(page: &str) -> String {
    let after = |piece: &str| piece.split_once("</svg>").map_or(String::new(), |(_, rest)| rest.to_owned());
    page.split("<svg").enumerate().map(|(position, piece)| if position == 0 { piece.to_owned() } else { after(piece) }).collect()
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map_or("", |(inner, _)| inner)
}

/// The text of a piece of HTML.
pub(crate) fn words(html: &str) -> String {
    let mut text = String::new();
    for (position, piece) in html.split('<').enumerate() {
        text.push_str(if position == 0 { piece } else { piece.split_once('>').map_or("", |(_, text)| text) });
    }
    let named = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\"")];
    let text = named.iter().fold(text, |text, (code, character)| text.replace(code, character));
    text.replace("&#38;", "&").replace("&amp;", "&").trim().to_owned()
}

/// The tables of a Markdown page.
pub(crate) fn markdown_tables(page: &str) -> Vec<Shown> {
    let (mut tables, mut caption) = (Vec::<Shown>::new(), String::new());
    let mut is_table = false;
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            caption = unescaped(title);
        }
        let was_table = std::mem::replace(&mut is_table, line.starts_with("| "));
        let Some(cells) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else { continue };
        let cells = cells.split(" | ").map(|cell| {
            let (text, remark) = cell.split_once("<br>").unwrap_or((cell, ""));
            (unescaped(unlinked(text)), unescaped(remark))
        });
        let cells: Vec<(String, String)> = cells.collect();
        if !was_table {
            tables.push(Shown { caption: caption.clone(), heads: cells.into_iter().map(|(text, _)| text).collect(), rows: Vec::new() });
        } else if !line.starts_with("| ---") {
            tables.last_mut().unwrap().rows.push(cells);
        }
    }
    tables
}

/// The text of a link; other text as it is.
fn unlinked(text: &str) -> &str {
    text.strip_prefix('[').and_then(|text| text.rsplit_once("](")).map_or(text, |(text, _)| text)
}

fn unescaped(text: &str) -> String {
    let (mut plain, mut escaped) = (String::new(), false);
    for character in text.chars() {
        if character == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(character);
            escaped = false;
        }
    }
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").trim().to_owned()
}

/// The values that round to what is shown: ratios for percent and points, hours for durations. None where nothing is shown.
pub(crate) fn values(shown: &str) -> Option<RangeInclusive<f64>> {
    let text = shown.replace(['\u{202f}', '\u{a0}'], " ").replace('−', "-").replace([',', '+'], "");
    match text.as_str() {
        "–" | "" => return None,
        "±0" => return Some(-0.05..=0.05),
        "over 99 %" => return Some(0.99..=1.0),
        "under 1 %" => return Some(0.0..=0.01),
        "under 0.1" => return Some(0.0..=0.05),
        "under 1 min" => return Some(0.0..=0.5 / 60.0),
        _ => {}
    }
    let around = |value: f64, half: f64| Some(value - half - 1e-9..=value + half + 1e-9);
    let number = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{shown:?} is no number"));
    let places = |text: &str| text.split_once('.').map_or(0, |(_, places)| places.len()) as i32;
    let half = |text: &str| 0.5 * 10_f64.powi(-places(text));
    if let Some(percent) = text.strip_suffix(" %").or_else(|| text.strip_suffix(" points")) {
        return around(number(percent) / 100.0, half(percent) / 100.0);
    }
    if let Some(minutes) = text.strip_suffix(" min") {
        let (hours, minutes) = minutes.split_once(" h ").unwrap_or(("0", minutes));
        let sign = if hours.starts_with('-') || minutes.starts_with('-') { -1.0 } else { 1.0 };
        return around(sign * (number(hours).abs() + number(minutes).abs() / 60.0), 0.5 / 60.0);
    }
    if let Some(hours) = text.strip_suffix(" h") {
        return around(number(hours), half(hours));
    }
    let value = number(&text);
    // From 1,000 on an expected number has no decimals; below, a whole number is one.
    let half = if text.contains('.') {
        half(&text)
    } else if value.abs() >= 1_000.0 {
        0.5
    } else {
        0.0
    };
    around(value, half)
}

/// Both ends of an interval that is shown.
pub(crate) fn ends(shown: &str) -> [Option<RangeInclusive<f64>>; 2] {
    if shown == "–" {
        return [None, None];
    }
    if let Some(lower) = shown.strip_prefix("at least ") {
        return [values(lower), None];
    }
    if let Some(upper) = shown.strip_prefix("at most ") {
        return [None, values(upper)];
    }
    let (lower, upper) = shown.split_once('–').unwrap_or_else(|| panic!("{shown:?} is no interval"));
    let (lower, upper) = (lower.trim(), upper.trim());
    // Ends of a ratio share the percent sign; ends of an expectation always have decimals.
    let lower = if upper.ends_with('%') && !lower.ends_with('%') { format!("{lower} %") } else { lower.to_owned() };
    [values(&lower), values(upper)]
}

#[test]
fn shown_numbers_are_read_back() {
    let is = |shown: &str, value: f64| values(shown).unwrap().contains(&value);
    assert!(is("6.1\u{202f}%", 0.060_513) && !is("6.1\u{202f}%", 0.0604));
    assert!(is("2 h 08 min", 2.13) && !is("2 h 08 min", 2.2));
    assert!(is("−2 h 46 min", -2.766) && is("−10 min", -1.0 / 6.0));
    assert!(is("1,067 h", 1_067.4) && is("1,234", 1_234.4) && !is("12", 12.4));
    assert!(is("+0.8 points", 0.0084) && values("–").is_none());
    assert!(ends("4.7–8.6\u{202f}%")[0].as_ref().unwrap().contains(&0.047_11));
    assert!(ends("at least 17 h 39 min")[1].is_none());
}
