//! Looks into XML documents.

use roxmltree::{Document, Node, ParsingOptions};

use super::Refused;

/// Name of the outermost element of a document of which only the beginning may be known.
pub(crate) fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let (_, behind) = rest.split_once('<')?;
        rest = behind;
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
        } else if !rest.starts_with(['?', '!']) {
            let end = rest.find(|letter: char| letter.is_whitespace() || letter == '>' || letter == '/')?;
            return rest.get(..end);
        }
    }
}

/// Parses a whole document. Reports name document types, which are never fetched.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Refused> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(text, options)
        .map_err(|error| Refused::unknown(format!("no whole XML document: {error}; export it again")))
}

/// Elements of that name directly below a node.
pub(crate) fn children<'a, 'input: 'a>(node: Node<'a, 'input>, name: &'static str) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.has_tag_name(name))
}

/// An attribute that is not blank.
pub(crate) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attribute(name).map(str::trim).filter(|text| !text.is_empty())
}

/// The number of an attribute; thousands may be set off by commas.
pub(crate) fn number(node: Node<'_, '_>, name: &str) -> Option<f64> {
    let text = attribute(node, name)?;
    text.replace(',', "").parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_element() {
        let rows = [
            ("<?xml version=\"1.0\"?>\n<!DOCTYPE coverage SYSTEM \"x.dtd\">\n<!-- <a> -->\n<coverage line-rate=\"1\">", Some("coverage")),
            ("<testsuites>", Some("testsuites")),
            ("<a/>", Some("a")),
            ("no markup", None),
        ];
        for (text, expected) in rows {
            assert_eq!(root(text), expected, "{text}");
        }
    }
}
