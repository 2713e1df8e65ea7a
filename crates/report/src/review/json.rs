//! Rows that wait until they are asked for, as one JSON block that a script builds rows from.
//!
//! `<`, `>` and `&` are written as escapes, so that no text can end the block.

use std::fmt::Write;

use super::parts::{Cell, Line};

/// The rows as a JSON array: `t` team, `s` service, `c` cells with text `x`, remark `r`, address `h`, value to sort by `v`, bars `b`.
pub(super) fn rows(lines: &[Line]) -> String {
    let mut text = String::from("[");
    for (position, line) in lines.iter().enumerate() {
        let separator = if position > 0 { ",\n" } else { "" };
        let _ = write!(text, "{separator}{{\"t\":{},\"s\":{},\"c\":[", string(&line.team), string(&line.service));
        text.push_str(&line.cells.iter().map(cell).collect::<Vec<_>>().join(","));
        text.push_str("]}");
    }
    text + "]"
}

fn cell(cell: &Cell) -> String {
    let mut parts = vec![format!("\"x\":{}", string(&cell.text))];
    let more = [("r", &cell.remark), ("h", &cell.href), ("v", &cell.sort), ("l", &cell.hint)];
    parts.extend(more.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| format!("\"{key}\":{}", string(value))));
    if !cell.bars.is_empty() {
        let bars = cell.bars.iter().map(|bar| {
            let numbers = format!("{},{}", bar.percent, u8::from(bar.is_change));
            format!("[{numbers},{},{},{},{}]", string(&bar.share), string(&bar.id), string(&bar.href), string(&bar.words))
        });
        parts.push(format!("\"b\":[{}]", bars.collect::<Vec<_>>().join(",")));
    }
    format!("{{{}}}", parts.join(","))
}

fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8259 §7: quotation mark, reverse solidus and control characters are escaped; `\u003c` is `<`.
    #[test]
    fn no_text_can_end_the_block() {
        assert_eq!(string("a\"b\\c\n</script>&"), r#""a\"b\\c\u000a\u003c/script\u003e\u0026""#);
        let line = Line { team: "Payments".to_owned(), cells: vec![Cell::of("I1").sorted(2.5)], ..Line::default() };
        assert_eq!(rows(&[line]), "[{\"t\":\"Payments\",\"s\":\"\",\"c\":[{\"x\":\"I1\",\"v\":\"2.5\"}]}]");
    }
}
