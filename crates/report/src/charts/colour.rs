//! The colour tokens of charts. Two hues and grey: no meaning rests on colour alone.
//!
//! They are written as light-theme attributes; the page's style sheet recolours each by its hex value in the dark theme.

use plotters::style::RGBColor;

/// Ground of the page and of stand-alone files.
pub(super) const GROUND: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// The month under review.
pub(super) const QUIET: RGBColor = RGBColor(0xF4, 0xF6, 0xF8);
/// Text, whiskers.
pub(super) const INK: RGBColor = RGBColor(0x1A, 0x1F, 0x24);
/// Axis labels, subtitles.
pub(super) const SECOND_INK: RGBColor = RGBColor(0x4A, 0x55, 0x60);
/// Axes.
pub(super) const AXIS: RGBColor = RGBColor(0x76, 0x82, 0x8D);
/// Grid lines.
pub(super) const RULE: RGBColor = RGBColor(0xD5, 0xDB, 0xE1);
/// Deployments and estimates.
pub(super) const ESTIMATE: RGBColor = RGBColor(0x1B, 0x5E, 0x9E);
/// Their intervals.
pub(super) const ESTIMATE_BAND: RGBColor = RGBColor(0xCF, 0xE0, 0xF0);
/// Incidents caused by a change.
pub(super) const CAUSED: RGBColor = RGBColor(0xB3, 0x47, 0x0F);
/// Their areas.
pub(super) const CAUSED_BAND: RGBColor = RGBColor(0xF6, 0xDA, 0xC9);
/// Six steps of a heat map, from little to much.
pub(super) const HEAT: [RGBColor; 6] = [
    RGBColor(0xEE, 0xF3, 0xF8),
    RGBColor(0xC9, 0xDD, 0xEF),
    RGBColor(0x94, 0xBD, 0xE0),
    RGBColor(0x5A, 0x97, 0xCB),
    RGBColor(0x2A, 0x6C, 0xAA),
    RGBColor(0x0F, 0x3F, 0x73),
];
/// The organisation, earlier levels.
pub(super) const REFERENCE: RGBColor = RGBColor(0x6B, 0x77, 0x82);
/// Areas of what is not caused by a change.
pub(super) const REFERENCE_BAND: RGBColor = RGBColor(0xE3, 0xE8, 0xEC);

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast ratio of WCAG 2.2.
    fn contrast(one: RGBColor, other: RGBColor) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |colour: RGBColor| 0.2126 * channel(colour.0) + 0.7152 * channel(colour.1) + 0.0722 * channel(colour.2);
        let (light, dark) = (luminance(one).max(luminance(other)), luminance(one).min(luminance(other)));
        (light + 0.05) / (dark + 0.05)
    }

    #[test]
    fn text_and_marks_stand_out_from_what_they_lie_on() {
        for text in [INK, SECOND_INK] {
            assert!(contrast(text, GROUND) >= 4.5);
            assert!(contrast(text, QUIET) >= 4.5);
        }
        for (mark, ground) in [
            (AXIS, GROUND),
            (ESTIMATE, ESTIMATE_BAND),
            (CAUSED, GROUND),
            (REFERENCE, REFERENCE_BAND),
            (CAUSED, REFERENCE_BAND),
            (CAUSED, CAUSED_BAND),
        ] {
            assert!(contrast(mark, ground) >= 3.0, "{mark:?} on {ground:?}");
        }
        // The design's own figure for the estimate's blue on white.
        assert!((contrast(ESTIMATE, GROUND) - 6.7).abs() < 0.05);
    }
}
