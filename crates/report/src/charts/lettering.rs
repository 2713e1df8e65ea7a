//! How wide a text will be, and how to break or cut it; the font of the viewer is unknown, so widths are those of a wide one.

use super::canvas::{Anchor, Lettering};
use super::colour::{INK, SECOND_INK};

/// Size of labels in pixels.
pub(super) const LABEL: f64 = 12.0;
/// Smallest size of a text in pixels.
pub(super) const SMALL: f64 = 11.0;

/// An axis label or remark.
pub(super) fn label(anchor: Anchor) -> Lettering {
    Lettering { size: LABEL, is_bold: false, colour: SECOND_INK, anchor }
}

/// A small remark.
pub(super) fn small(anchor: Anchor) -> Lettering {
    Lettering { size: SMALL, is_bold: false, colour: SECOND_INK, anchor }
}

/// A name.
pub(super) fn name(anchor: Anchor) -> Lettering {
    Lettering { size: LABEL, is_bold: false, colour: INK, anchor }
}

/// Width in pixels at that size, from DejaVu Sans' advance widths by class of character.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

fn advance(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | '\'' | '|' | ' ' | '.' | ',' | ':' | ';' | '!' | 'I' | '·' | '\u{202f}' => 0.34,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '/' | '-' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.98,
        'A'..='Z' => 0.72,
        character if u32::from(character) >= 0x1100 => 1.05,
        _ => 0.64,
    }
}

/// The text cut with an ellipsis to fit a width.
pub(super) fn fit(text: &str, room: f64, size: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        if width(&kept, size) + (advance(character) + 1.0) * size > room {
            break;
        }
        kept.push(character);
    }
    format!("{}…", kept.trim_end())
}

/// The text cut in the middle to fit a width: names of teams often differ at their end only.
pub(super) fn fit_middle(text: &str, room: f64, size: f64) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut kept = letters.len();
    let cut = |kept: usize| {
        let head: String = letters[..kept.div_ceil(2)].iter().collect();
        let tail: String = letters[letters.len() - kept / 2..].iter().collect();
        format!("{}…{}", head.trim_end(), tail.trim_start())
    };
    if width(text, size) <= room {
        return text.to_owned();
    }
    while kept > 0 && width(&cut(kept), size) > room {
        kept -= 1;
    }
    cut(kept)
}

/// The text broken at spaces into lines of that width.
pub(super) fn wrap(text: &str, room: f64, size: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().map(std::mem::take).unwrap_or_default();
        let longer = if last.is_empty() { word.to_owned() } else { format!("{last} {word}") };
        if last.is_empty() || width(&longer, size) <= room {
            lines.pop();
            lines.push(longer);
        } else {
            lines.pop();
            lines.extend([last, word.to_owned()]);
        }
    }
    lines.iter().map(|line| fit(line, room, size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_and_broken_texts_fit_their_room() {
        for text in ["Payments", "Customer Communications and Correspondence Platform", "界界界界界界界界界界界界", ""] {
            assert!(width(&fit(text, 90.0, LABEL), LABEL) <= 90.0, "{text}");
            assert!(width(&fit_middle(text, 90.0, LABEL), LABEL) <= 90.0, "{text}");
            for line in wrap(text, 90.0, LABEL) {
                assert!(width(&line, LABEL) <= 90.0, "{line}");
            }
        }
        assert_ne!(fit_middle("Customer Communications 18", 90.0, LABEL), fit_middle("Customer Communications 33", 90.0, LABEL));
        assert_eq!(wrap("one two three", 1_000.0, LABEL), ["one two three"]);
        assert_eq!(wrap("one two three", 45.0, LABEL), ["one", "two", "three"]);
    }
}
