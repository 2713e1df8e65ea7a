//! The panel that says why there is nothing to draw.

use super::canvas::{Anchor, Canvas, Drawn, Stroke};
use super::colour::AXIS;
use super::lettering::{LABEL, label, wrap};
use super::{Chart, ChartData, Plot};

const HEIGHT: f64 = 120.0;

struct Empty {
    reason: String,
}

impl Plot for Empty {
    fn height(&self, _width: f64) -> f64 {
        HEIGHT
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        canvas.frame((1.0, 1.0), (canvas.width - 1.0, HEIGHT - 1.0), Stroke::dashed(AXIS, 1.0))?;
        let lines = wrap(&self.reason, canvas.width - 40.0, LABEL);
        let first = HEIGHT / 2.0 - 9.0 * (lines.len() as f64 - 1.0);
        lines
            .iter()
            .enumerate()
            .try_for_each(|(row, line)| canvas.text((canvas.width / 2.0, first + 18.0 * row as f64), line, label(Anchor::Middle)))
    }
}

/// A chart that only says why it is empty.
pub(super) fn chart(name: &'static str, title: &str, subtitle: &str, reason: &str) -> Chart {
    Chart {
        name,
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        description: reason.to_owned(),
        data: ChartData::default(),
        plot: Box::new(Empty { reason: reason.to_owned() }),
    }
}
