//! Values as Python prints them: cells such as `{'link': None, 'ok': True}`, which come of writing data frames of objects as CSV.

use serde_json::{Map, Number, Value};

/// Levels of lists and dictionaries.
const DEPTH: usize = 64;

/// The value that a text holds, if it is one of Python and nothing else.
pub(crate) fn value(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.rest.trim_start().is_empty().then_some(value)
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            _ if depth >= DEPTH => None,
            '{' => self.dictionary(depth),
            '[' => self.list(']', depth),
            '(' => self.list(')', depth),
            '\'' | '"' => self.text().map(Value::String),
            _ => self.word(),
        }
    }

    /// Takes a sign, with the spaces before it.
    fn take(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn dictionary(&mut self, depth: usize) -> Option<Value> {
        self.take('{');
        let mut object = Map::new();
        while !self.take('}') {
            let key = match self.value(depth + 1)? {
                Value::String(key) => key,
                Value::Number(key) => key.to_string(),
                _ => return None,
            };
            if !self.take(':') {
                return None;
            }
            object.insert(key, self.value(depth + 1)?);
            self.separator('}')?;
        }
        Some(Value::Object(object))
    }

    fn list(&mut self, end: char, depth: usize) -> Option<Value> {
        self.rest = self.rest.get(1..)?;
        let mut elements = Vec::new();
        while !self.take(end) {
            elements.push(self.value(depth + 1)?);
            self.separator(end)?;
        }
        Some(Value::Array(elements))
    }

    /// A comma, unless the end stands there.
    fn separator(&mut self, end: char) -> Option<()> {
        (self.take(',') || self.rest.trim_start().starts_with(end)).then_some(())
    }

    fn text(&mut self) -> Option<String> {
        let mut letters = self.rest.chars();
        let quote = letters.next()?;
        let mut text = String::new();
        loop {
            match letters.next()? {
                '\\' => text.extend(escaped(&mut letters)?),
                letter if letter == quote => break,
                letter => text.push(letter),
            }
        }
        self.rest = letters.as_str();
        Some(text)
    }

    /// A name of Python, or a number.
    fn word(&mut self) -> Option<Value> {
        let end = self.rest.find([',', ':', ']', '}', ')']).unwrap_or(self.rest.len());
        let (word, rest): (&'t str, &'t str) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        match word.trim_end() {
            "None" | "nan" | "NaN" => Some(Value::Null),
            "True" => Some(Value::Bool(true)),
            "False" => Some(Value::Bool(false)),
            word if word.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) => number(word),
            _ => None,
        }
    }
}

fn number(word: &str) -> Option<Value> {
    let whole = word.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| word.parse::<u64>().ok().map(Number::from)).or_else(|| Number::from_f64(word.parse().ok()?)).map(Value::Number)
}

/// The letter behind a backslash; Python keeps the backslash before letters that mean nothing.
fn escaped(letters: &mut std::str::Chars<'_>) -> Option<Vec<char>> {
    let digits = |letters: &mut std::str::Chars<'_>, count: usize| -> Option<Vec<char>> {
        let digits: String = letters.by_ref().take(count).collect();
        let code = (digits.len() == count).then(|| u32::from_str_radix(&digits, 16).ok())??;
        Some(vec![char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)])
    };
    match letters.next()? {
        'n' => Some(vec!['\n']),
        'r' => Some(vec!['\r']),
        't' => Some(vec!['\t']),
        'x' => digits(letters, 2),
        'u' => digits(letters, 4),
        'U' => digits(letters, 8),
        letter @ ('\\' | '\'' | '"') => Some(vec![letter]),
        letter => Some(vec!['\\', letter]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_python_prints() {
        let rows = [
            (
                "{'link': 'https://x/api', 'value': '6816', 'ok': True, 'x': None}",
                json!({"link": "https://x/api", "value": "6816", "ok": true, "x": null}),
            ),
            (r#" {"it's": 'say "hi"', 'n': [1, -2.5, 1e3]} "#, json!({"it's": "say \"hi\"", "n": [1, -2.5, 1000.0]})),
            (r"['a\'b', 'c\\d', 'e\nf', '\xe9\u2013\U0001f600', '\d']", json!(["a'b", "c\\d", "e\nf", "é–😀", "\\d"])),
            ("('a', ('b',), ())", json!(["a", ["b"], []])),
            ("{1: False, 'nan': nan,}", json!({"1": false, "nan": null})),
            ("{}", json!({})),
            ("9007199254740993", json!(9_007_199_254_740_993_i64)),
        ];
        for (text, expected) in rows {
            assert_eq!(value(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_value() {
        for text in ["", "{", "{'a'}", "{'a': }", "['a' 'b']", "'a", "Nothing", "{'a': 1} b", "{[]: 1}", r"'\x1'", "datetime.date(1, 2, 3)"]
        {
            assert_eq!(value(text), None, "{text}");
        }
        assert_eq!(value(&"[".repeat(100_000)), None);
    }
}
