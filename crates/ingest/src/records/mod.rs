//! One view of the rows of delimited text, JSON and Parquet, so that mapping is written once.

pub(crate) mod delimited;
pub(crate) mod documents;
mod flat;
pub(crate) mod json;
mod outline;
pub(crate) mod parquet;
mod quoting;
mod salvage;
mod stream;
mod window;

use std::borrow::Cow;

use crate::IngestError;
use crate::content::{Body, Content};

/// Joins the elements of a list in one cell of a JSON record; splits it again wherever a list is welcome.
pub(crate) const LIST: char = '\u{1f}';

/// One value as the file stores it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Int(i64),
    Real(f64),
    Bool(bool),
    /// Microseconds since 1970; whether in UTC or on a local clock.
    Time(i64, bool),
    /// Days since 1970.
    Date(i64),
}

impl<'a> Cell<'a> {
    /// The value as text.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        Some(match self {
            Self::Null => return None,
            Self::Text(text) => Cow::Borrowed(text),
            Self::Int(number) => Cow::Owned(number.to_string()),
            Self::Real(number) => Cow::Owned(number.to_string()),
            Self::Bool(truth) => Cow::Borrowed(if truth { "true" } else { "false" }),
            Self::Time(micros, _) => Cow::Owned(micros.to_string()),
            Self::Date(days) => Cow::Owned(days.to_string()),
        })
    }
}

/// The cells of one row.
pub(crate) trait Row {
    /// The cell of a column; null behind the end of a short row.
    fn cell(&self, column: usize) -> Cell<'_>;
    /// Cells in the row.
    fn width(&self) -> usize;
}

/// A row, or why there is none.
pub(crate) enum Reading<'a> {
    Row(&'a dyn Row),
    /// A record that cannot be parsed, with the reason and what stood there.
    Broken(String, &'a str),
}

/// Is given the 1-based number of a row and the row.
pub(crate) type Visit<'v> = dyn FnMut(u64, Reading<'_>) + 'v;

/// The rows of a file. Visiting twice gives the same rows twice.
pub(crate) trait Records {
    /// Names of the columns, as written; names may repeat.
    fn headers(&self) -> &[String];
    /// `csv`, `json`, `ndjson` or `parquet`.
    fn format(&self) -> &'static str;
    /// The delimiter of delimited text.
    fn delimiter(&self) -> Option<u8> {
        None
    }
    /// A quotation mark is never closed, so that rows may hang together.
    fn unclosed_quote(&self) -> bool {
        false
    }
    /// What says that there are more rows than these.
    fn more(&self) -> Option<&str> {
        None
    }
    /// Visits all rows; only the wanted columns need to have values.
    fn visit(&mut self, wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError>;
    /// Visits the first rows, without reading on behind them where that can be avoided.
    fn visit_first(&mut self, most: u64, wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        self.visit(wanted, &mut |number, reading| {
            if number <= most {
                visit(number, reading);
            }
        })
    }
}

/// What a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Delimited,
    Json,
    Yaml,
    Xml,
}

/// The shape of a text by its first characters.
pub(crate) fn shape(text: &str) -> Shape {
    let start = text.trim_start();
    if is_plain_text(start) {
        return Shape::Delimited;
    }
    if start.starts_with(['{', '[']) || is_broken_at_the_start(start) {
        return Shape::Json;
    }
    if start.starts_with('<') {
        return Shape::Xml;
    }
    let first = start.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or("");
    let key = first.split_once(':').map(|(key, rest)| (key, rest.is_empty() || rest.starts_with(' ')));
    let yaml_key = key.is_some_and(|(key, spaced)| {
        spaced && !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    });
    if first.trim_end() == "---" || first.starts_with("- ") || (yaml_key && !first.contains([',', ';', '\t'])) {
        return Shape::Yaml;
    }
    Shape::Delimited
}

/// JSON lines of which the first is damaged: the one behind it is a whole object.
fn is_broken_at_the_start(start: &str) -> bool {
    let second = start.lines().nth(1).unwrap_or("").trim();
    second.starts_with("{\"") && second.ends_with('}') && serde_json::from_str::<serde_json::Value>(second).is_ok()
}

/// Texts that look like JSON or YAML and are neither: sections of CODEOWNERS, coverage of lcov and Go.
fn is_plain_text(start: &str) -> bool {
    let first = start.lines().next().unwrap_or("").trim_end();
    // A letter behind the bracket is the name of a section, but for the three words of JSON.
    let is_section = first.strip_prefix('[').is_some_and(|section| {
        section.starts_with(char::is_alphabetic) && !["true", "false", "null"].iter().any(|word| section.starts_with(word))
    });
    is_section || first.starts_with("TN:") || matches!(first, "mode: set" | "mode: count" | "mode: atomic")
}

/// The rows of a loaded file, as a table.
pub(crate) fn open<'a>(content: &'a Content, delimiter: Option<char>) -> Result<Box<dyn Records + 'a>, IngestError> {
    match &content.body {
        Body::Parquet(bytes) => Ok(Box::new(parquet::Parquet::open(content, bytes.as_deref())?)),
        Body::Text(_) => match shape(content.head()) {
            Shape::Delimited => Ok(Box::new(delimited::Delimited::open(content, delimiter)?)),
            Shape::Json | Shape::Yaml => Ok(Box::new(json::Json::open(content)?)),
            Shape::Xml => Err(IngestError::Markup { file: content.name.clone(), what: "XML document", hint: "" }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_by_content() {
        let rows = [
            ("  {\"a\":1}", Shape::Json),
            ("[1]", Shape::Json),
            ("---\nkind: Component", Shape::Yaml),
            ("# catalog\napiVersion: backstage.io/v1alpha1\n", Shape::Yaml),
            ("id,name\n1,x", Shape::Delimited),
            ("\"number\",\"opened_at\"\n", Shape::Delimited),
            ("time: local,b\n", Shape::Delimited),
            ("[Back end] @acme/back\n*.rs\n", Shape::Delimited),
            ("z\"a\": 1}\n{\"a\": 2}\n", Shape::Json),
            ("a\n{\"b\n", Shape::Delimited),
            ("[null, 1]", Shape::Json),
            ("[1, 2]", Shape::Json),
            ("[ {\"a\": 1} ]", Shape::Json),
            ("TN:\nSF:a.js\n", Shape::Delimited),
            ("mode: set\na.go:1.2,3.4 1 1\n", Shape::Delimited),
        ];
        for (text, expected) in rows {
            assert_eq!(shape(text), expected, "{text:?}");
        }
    }
}
