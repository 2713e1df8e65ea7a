//! Where labels may stand: beside their mark, on no other label or mark, inside the picture.

use super::canvas::{Anchor, Canvas, Drawn, Lettering};
use super::lettering::width;

/// Left, top, right and bottom in pixels.
pub(super) type Bounds = (f64, f64, f64, f64);

/// The room that a text takes.
pub(super) fn bounds((x, y): (f64, f64), text: &str, lettering: Lettering) -> Bounds {
    let long = width(text, lettering.size) * if lettering.is_bold { 1.08 } else { 1.0 };
    let left = match lettering.anchor {
        Anchor::Start => x,
        Anchor::Middle => x - long / 2.0,
        Anchor::End => x - long,
    };
    (left, y - lettering.size * 0.6, left + long, y + lettering.size * 0.6)
}

/// What stands in a frame already.
pub(super) struct Placed {
    frame: Bounds,
    taken: Vec<Bounds>,
}

impl Placed {
    /// An empty frame.
    pub(super) fn within(frame: Bounds) -> Self {
        Self { frame, taken: Vec::new() }
    }

    /// Keeps a mark free of labels.
    pub(super) fn keep(&mut self, (x, y): (f64, f64), radius: f64) {
        self.taken.push((x - radius, y - radius, x + radius, y + radius));
    }

    fn is_free(&self, (left, top, right, bottom): Bounds) -> bool {
        let inside = left >= self.frame.0 && top >= self.frame.1 && right <= self.frame.2 && bottom <= self.frame.3;
        inside && self.taken.iter().all(|other| right <= other.0 || other.2 <= left || bottom <= other.1 || other.3 <= top)
    }

    /// Writes the text at the first place that is free, if one is.
    pub(super) fn write(
        &mut self,
        canvas: &Canvas<'_>,
        text: &str,
        look: Lettering,
        places: &[((f64, f64), Anchor)],
    ) -> Result<bool, super::canvas::DrawError> {
        for (at, anchor) in places {
            let lettering = Lettering { anchor: *anchor, ..look };
            let room = bounds(*at, text, lettering);
            if self.is_free(room) {
                self.taken.push(room);
                canvas.text(*at, text, lettering)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes the text where it has to be, and keeps others off it.
    pub(super) fn set(&mut self, canvas: &Canvas<'_>, at: (f64, f64), text: &str, lettering: Lettering) -> Drawn {
        self.taken.push(bounds(at, text, lettering));
        canvas.text(at, text, lettering)
    }
}

/// Places around a mark, the best first: right, left, above, below, then the corners further out.
pub(super) fn around((x, y): (f64, f64), gap: f64) -> Vec<((f64, f64), Anchor)> {
    let mut places = vec![
        ((x + gap, y), Anchor::Start),
        ((x - gap, y), Anchor::End),
        ((x, y - gap - 5.0), Anchor::Middle),
        ((x, y + gap + 5.0), Anchor::Middle),
    ];
    for far in [10.0, 20.0] {
        places.extend([((x + gap, y - far), Anchor::Start), ((x + gap, y + far), Anchor::Start)]);
        places.extend([((x - gap, y - far), Anchor::End), ((x - gap, y + far), Anchor::End)]);
    }
    places
}
