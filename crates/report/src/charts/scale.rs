//! Logarithmic scales.

use super::axis::hour_label;
use super::canvas::{Anchor, Canvas, Drawn, Stroke};
use super::colour::AXIS;
use super::lettering::{LABEL, label, width};

/// A logarithmic scale from left to right; values outside stand at its ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogScale {
    /// Left end in pixels.
    pub(super) left: f64,
    /// Right end in pixels.
    pub(super) right: f64,
    /// Value at the left end, above 0.
    pub(super) start: f64,
    /// Value at the right end, above `start`.
    pub(super) end: f64,
}

impl LogScale {
    /// Pixels of a value.
    pub(super) fn x(&self, value: f64) -> f64 {
        let position = (value.max(self.start) / self.start).ln() / (self.end / self.start).ln();
        self.left + position.clamp(0.0, 1.0) * (self.right - self.left)
    }

    /// The value at that share of the way from left to right.
    pub(super) fn at(&self, share: f64) -> f64 {
        self.start * (self.end / self.start).powf(share)
    }

    /// The marks and labels of an axis at that height: of the values on the scale those that have room.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, values: &[f64], words: impl Fn(f64) -> String, y: f64) -> Drawn {
        canvas.line(&[(self.left, y), (self.right, y)], Stroke::solid(AXIS, 1.0))?;
        let mut free_from = f64::MIN;
        for value in values.iter().filter(|value| (self.start * 0.999..=self.end * 1.001).contains(*value)) {
            let (x, text) = (self.x(*value), words(*value));
            let half = width(&text, LABEL) / 2.0;
            let centre = x.clamp(half.min(canvas.width / 2.0), (canvas.width - half).max(canvas.width / 2.0));
            if centre - half >= free_from {
                canvas.line(&[(x, y), (x, y + 5.0)], Stroke::solid(AXIS, 1.0))?;
                canvas.text((centre, y + 16.0), &text, label(Anchor::Middle))?;
                free_from = centre + half + 10.0;
            }
        }
        Ok(())
    }
}

/// Times that people count in, in hours, from a minute to ten years.
pub(super) const HOURS: [f64; 17] = [
    1.0 / 60.0,
    5.0 / 60.0,
    0.25,
    1.0,
    4.0,
    12.0,
    24.0,
    72.0,
    168.0,
    336.0,
    672.0,
    2_016.0,
    4_032.0,
    8_736.0,
    17_472.0,
    43_680.0,
    87_360.0,
];

/// 1, 2 and 5 times powers of ten.
pub(super) fn round_numbers() -> Vec<f64> {
    (0..9).flat_map(|power| [1.0, 2.0, 5.0].map(|factor| factor * 10_f64.powi(power))).collect()
}

/// Draws an axis of hours.
pub(super) fn hours(canvas: &Canvas<'_>, scale: &LogScale, y: f64) -> Drawn {
    scale.draw(canvas, &HOURS, hour_label, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ratios_are_equally_far_apart() {
        let scale = LogScale { left: 10.0, right: 110.0, start: 1.0, end: 10_000.0 };
        for (value, pixels) in [(1.0, 10.0), (10.0, 35.0), (100.0, 60.0), (10_000.0, 110.0), (0.0, 10.0), (1e9, 110.0)] {
            assert!((scale.x(value) - pixels).abs() < 1e-9, "{value}");
        }
        assert!((scale.at(0.5) - 100.0).abs() < 1e-9);
    }
}
