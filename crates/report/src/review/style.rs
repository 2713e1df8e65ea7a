//! The colours of the page as custom properties, for light and dark.
//!
//! Drawings carry the light colours as attributes; a rule for each recolours them, since a rule outranks an attribute.

use std::fmt::Write;

/// A colour: name, light, dark.
type Token = (&'static str, &'static str, &'static str);

/// Every colour of page and charts.
const TOKENS: [Token; 19] = [
    ("bg", "#FFFFFF", "#14181D"),
    ("sf", "#F4F6F8", "#1D242B"),
    ("ink", "#1A1F24", "#E8ECF0"),
    ("ink2", "#4A5560", "#B4BEC8"),
    ("axis", "#76828D", "#8A96A1"),
    ("rule", "#D5DBE1", "#333D47"),
    ("s1", "#1B5E9E", "#7DB8EC"),
    ("s1b", "#CFE0F0", "#26435E"),
    ("s2", "#B3470F", "#F2935A"),
    ("s2b", "#F6DAC9", "#5A3420"),
    ("g", "#6B7782", "#9AA6B1"),
    ("gb", "#E3E8EC", "#313B45"),
    ("link", "#0B57A4", "#8CC4FF"),
    ("h1", "#EEF3F8", "#1B232B"),
    ("h2", "#C9DDEF", "#1D3A56"),
    ("h3", "#94BDE0", "#27557F"),
    ("h4", "#5A97CB", "#3B7DB5"),
    ("h5", "#2A6CAA", "#6FAEE0"),
    ("h6", "#0F3F73", "#BFE0FA"),
];

/// The whole style sheet: colours, then the rules of `review.css`.
pub(super) fn style() -> String {
    let (light, dark) = (properties(|token| token.1), properties(|token| token.2));
    let mut style = format!(
        ":root{{{light}color-scheme:light}}@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}\
         color-scheme:dark}}}}@media screen{{:root[data-theme=dark]{{{dark}color-scheme:dark}}}}\n"
    );
    for (name, light, _) in TOKENS {
        let _ = writeln!(style, "svg [fill=\"{light}\"]{{fill:var(--{name})}}svg [stroke=\"{light}\"]{{stroke:var(--{name})}}");
    }
    style + include_str!("../../templates/review.css")
}

fn properties(colour: impl Fn(&Token) -> &'static str) -> String {
    TOKENS.iter().map(|token| format!("--{}:{};", token.0, colour(token))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast ratio of WCAG 2.2.
    fn contrast(one: &str, other: &str) -> f64 {
        let channel = |hex: &str| {
            let value = f64::from(u8::from_str_radix(hex, 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |hex: &str| 0.2126 * channel(&hex[1..3]) + 0.7152 * channel(&hex[3..5]) + 0.0722 * channel(&hex[5..7]);
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn pair(mark: &str, ground: &str) -> (f64, f64) {
        let token = |name: &str| TOKENS.iter().find(|token| token.0 == name).unwrap();
        let (mark, ground) = (token(mark), token(ground));
        (contrast(mark.1, ground.1), contrast(mark.2, ground.2))
    }

    /// The ratios are those that the design states, to its one decimal: on the page, and of marks on the band that they lie on.
    #[test]
    fn contrasts_are_those_of_the_design() {
        let stated = [
            ("ink", "bg", 16.6, 15.0),
            ("ink2", "bg", 7.6, 9.5),
            ("axis", "bg", 3.9, 5.9),
            ("rule", "bg", 1.4, 1.6),
            ("s1", "bg", 6.7, 8.4),
            ("s1", "s1b", 5.0, 4.9),
            ("s2", "bg", 5.5, 7.7),
            ("s2", "s2b", 4.1, 4.7),
            ("g", "bg", 4.6, 7.2),
            ("g", "gb", 3.7, 4.6),
            ("link", "bg", 7.2, 9.7),
        ];
        for (mark, ground, light, dark) in stated {
            let measured = pair(mark, ground);
            assert!((measured.0 - light).abs() < 0.06 && (measured.1 - dark).abs() < 0.06, "{mark} on {ground}: {measured:?}");
        }
    }

    #[test]
    fn text_and_marks_can_be_told_from_every_ground() {
        for (text, ground) in [("ink", "bg"), ("ink", "sf"), ("ink2", "bg"), ("ink2", "sf"), ("link", "bg"), ("link", "sf")] {
            let (light, dark) = pair(text, ground);
            assert!(light >= 4.5 && dark >= 4.5, "{text} on {ground}: {light} {dark}");
        }
        for (mark, ground) in [("axis", "bg"), ("axis", "sf"), ("s1", "sf"), ("s2", "sf"), ("s1", "gb"), ("s2", "gb"), ("ink", "gb")] {
            let (light, dark) = pair(mark, ground);
            assert!(light >= 3.0 && dark >= 3.0, "{mark} on {ground}: {light} {dark}");
        }
    }

    #[test]
    fn the_style_sheet_is_small_and_loads_nothing() {
        let style = style();
        assert!(style.len() < 15_000, "{}", style.len());
        assert!(!style.contains("url(") && !style.contains("@import") && !style.contains('<'));
        for (name, _, _) in TOKENS {
            assert!(style.contains(&format!("var(--{name})")), "{name}");
        }
    }
}
