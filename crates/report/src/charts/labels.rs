//! Texts of a drawing as boxes, for the tests inside and outside of the crate.

/// A text of a picture as a box in pixels, with its words.
pub(crate) type Label = (f64, f64, f64, f64, String);

/// An attribute of a start tag.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    Some(tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.to_owned())
}

/// The advance of an average letter of Arial is half its size.
pub(crate) fn labels(svg: &str) -> Vec<Label> {
    let texts = svg.split("<text").skip(1).map(|piece| piece.split("</text>").next().unwrap());
    texts
        .map(|piece| {
            let (tag, words) = piece.split_once('>').unwrap();
            let number = |name| attribute(tag, name).unwrap().parse::<f64>().unwrap() / 10.0;
            let (x, y, size) = (number("x"), number("y"), number("font-size"));
            let words = words.trim().replace("&amp;", "&").replace("&lt;", "<");
            let width = words.chars().map(|letter| if "iljft.,: ".contains(letter) { 0.28 } else { 0.56 }).sum::<f64>() * size;
            let left = match attribute(tag, "text-anchor").unwrap().as_str() {
                "start" => x,
                "middle" => x - width / 2.0,
                _ => x - width,
            };
            assert!(size >= 11.0 - 1e-6, "{words}: {size} px");
            (left, y - size * 0.45, left + width, y + size * 0.45, words)
        })
        .collect()
}
