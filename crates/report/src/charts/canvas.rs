//! The few marks that charts are made of, drawn by plotters into SVG text.
//!
//! plotters has whole pixels only, so everything is drawn ten times as large and shown at a tenth: coordinates keep one decimal. It also
//! has no dashes; a dashed stroke is drawn with an opacity that [`finish`] turns into a dash pattern.

use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea, IntoFont, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};

/// Drawing units per pixel.
const UNITS: f64 = 10.0;
/// Opacity that stands for "dashed" until the text is finished.
const DASHED: f64 = 0.99;
/// plotters divides font sizes by this before it writes them.
const FONT_FACTOR: f64 = 1.24;

/// What plotters may complain about.
pub(super) type DrawError = DrawingAreaErrorKind<std::io::Error>;
/// Nothing, or what plotters complains about.
pub(super) type Drawn = Result<(), DrawError>;

/// A line: colour, width in pixels, dashed or not.
#[derive(Clone, Copy)]
pub(super) struct Stroke {
    colour: RGBColor,
    width: f64,
    is_dashed: bool,
}

impl Stroke {
    /// A solid line.
    pub(super) fn solid(colour: RGBColor, width: f64) -> Self {
        Self { colour, width, is_dashed: false }
    }

    /// A dashed line.
    pub(super) fn dashed(colour: RGBColor, width: f64) -> Self {
        Self { colour, width, is_dashed: true }
    }

    fn style(self) -> ShapeStyle {
        let opacity = if self.is_dashed { DASHED } else { 1.0 };
        ShapeStyle { color: self.colour.mix(opacity), filled: false, stroke_width: (self.width * UNITS).round() as u32 }
    }
}

/// Where a text stands relative to its point; vertically it is centred.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    /// The point is its left end.
    Start,
    /// The point is its middle.
    Middle,
    /// The point is its right end.
    End,
}

/// How a text looks.
#[derive(Clone, Copy)]
pub(super) struct Lettering {
    /// Height in pixels.
    pub(super) size: f64,
    /// Bold or regular.
    pub(super) is_bold: bool,
    /// Colour.
    pub(super) colour: RGBColor,
    /// Where it stands.
    pub(super) anchor: Anchor,
}

/// A drawing surface measured in pixels; its origin may lie below a heading.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    /// Width in pixels.
    pub(super) width: f64,
    offset: (f64, f64),
}

impl<'a> Canvas<'a> {
    /// A surface that writes SVG into `text`.
    pub(super) fn new(text: &'a mut String, width: f64, height: f64) -> Self {
        let size = ((width * UNITS).round() as u32, (height * UNITS).round() as u32);
        Self { area: SVGBackend::with_string(text, size).into_drawing_area(), width, offset: (0.0, 0.0) }
    }

    /// Moves the origin, for a plot below a heading.
    pub(super) fn shift(&mut self, x: f64, y: f64, width: f64) {
        self.offset = (x, y);
        self.width = width;
    }

    /// Ends the drawing.
    pub(super) fn present(&self) -> Drawn {
        self.area.present()
    }

    fn point(&self, (x, y): (f64, f64)) -> (i32, i32) {
        let units = |value: f64| (value * UNITS).round().clamp(-1e6, 1e6) as i32;
        (units(x + self.offset.0), units(y + self.offset.1))
    }

    /// A line through points.
    pub(super) fn line(&self, points: &[(f64, f64)], stroke: Stroke) -> Drawn {
        let points: Vec<_> = points.iter().map(|point| self.point(*point)).collect();
        self.area.draw(&PathElement::new(points, stroke.style()))
    }

    /// A filled polygon.
    pub(super) fn polygon(&self, points: &[(f64, f64)], colour: RGBColor) -> Drawn {
        let points: Vec<_> = points.iter().map(|point| self.point(*point)).collect();
        self.area.draw(&Polygon::new(points, colour.filled()))
    }

    /// A filled rectangle from its upper left to its lower right corner.
    pub(super) fn rectangle(&self, from: (f64, f64), to: (f64, f64), colour: RGBColor) -> Drawn {
        self.area.draw(&Rectangle::new([self.point(from), self.point(to)], colour.filled()))
    }

    /// The outline of a rectangle.
    pub(super) fn frame(&self, from: (f64, f64), to: (f64, f64), stroke: Stroke) -> Drawn {
        let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
        self.line(&corners, stroke)
    }

    /// A filled dot.
    pub(super) fn dot(&self, at: (f64, f64), radius: f64, colour: RGBColor) -> Drawn {
        self.area.draw(&Circle::new(self.point(at), (radius * UNITS).round() as i32, colour.filled()))
    }

    /// A circle with the ground inside.
    pub(super) fn ring(&self, at: (f64, f64), radius: f64, stroke: Stroke) -> Drawn {
        self.dot(at, radius, super::colour::GROUND)?;
        self.area.draw(&Circle::new(self.point(at), (radius * UNITS).round() as i32, stroke.style()))
    }

    /// A small hollow diamond.
    pub(super) fn diamond(&self, (x, y): (f64, f64), radius: f64, stroke: Stroke) -> Drawn {
        let corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y), (x, y - radius)];
        self.polygon(&corners[..4], super::colour::GROUND)?;
        self.line(&corners, stroke)
    }

    /// A text centred vertically on its point.
    pub(super) fn text(&self, at: (f64, f64), text: &str, lettering: Lettering) -> Drawn {
        let horizontal = match lettering.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let weight = if lettering.is_bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = (FontFamily::SansSerif, lettering.size * UNITS * FONT_FACTOR, weight).into_font();
        let style = TextStyle::from(font).color(&lettering.colour).pos(Pos::new(horizontal, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), self.point(at), style))
    }
}

/// Makes plotters' text a self-describing image: shown size, role, title and description; dashes; no needless attributes.
pub(super) fn finish(drawn: &str, size: (f64, f64), title: &str, description: &str) -> String {
    let body = drawn.split_once('>').map_or("", |(_, body)| body);
    let body = body
        .replace(" opacity=\"1\"", "")
        .replace(&format!(" opacity=\"{DASHED}\""), " stroke-dasharray=\"40 30\"")
        .replace(" stroke=\"none\"", "")
        .replace(" font-family=\"sans-serif\"", "")
        .replace(" fill=\"none\"", "")
        .replace(".00000000000001\"", "\"")
        .replace(" \"/>", "\"/>")
        .replace(">\n", ">")
        .replace("\n</text>", "</text>");
    let (width, height) = (size.0.round(), size.1.round());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" fill=\"none\" role=\"img\">\
         <title>{}</title><desc>{}</desc>{body}",
        width * UNITS,
        height * UNITS,
        escape(title),
        escape(description)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
