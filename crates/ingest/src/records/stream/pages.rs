//! Pages of records that are read element by element.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::{Fault, Step, WHOLE, WHOLE_PAGE, Walk};
use crate::records::documents;
use crate::records::outline::Outline;
use crate::records::salvage::value_at;

impl Walk<'_> {
    /// Whether the object that follows is a page, as far as it can be held as a whole. Of later pages the beginning is enough.
    pub(super) fn page_follows(&mut self) -> Step<bool> {
        if self.pages.is_known() && opened_page(self.window.rest()).is_some_and(|key| self.pages.resembles(&[key])) {
            return Ok(true);
        }
        loop {
            let rest = self.window.rest();
            match value_at(rest) {
                // It says something about all its records, which has to be read before the first of them.
                Ok((Outline(outline), _)) if documents::CARRIED.iter().any(|key| outline.contains_key(*key)) => return Ok(false),
                Ok((Outline(outline), _)) => {
                    self.wrapper = documents::wrapper(&outline).map(str::to_owned).or_else(|| self.damaged_wrapper(&outline));
                    return Ok(self.wrapper.is_some());
                }
                Err(error) if error.is_eof() && !self.window.is_ended() && rest.len() < WHOLE_PAGE => self.window.more()?,
                Err(_) => return Ok(false),
            };
        }
    }

    /// The key of the only list of an object that looks like neither a record nor a page: behind pages, a page whose key is damaged.
    fn damaged_wrapper(&self, outline: &Map<String, Value>) -> Option<String> {
        let keys: Vec<String> = outline.keys().cloned().collect();
        let mut lists = outline.iter().filter(|(key, value)| value.is_array() && documents::may_be_page(outline, key));
        let (key, _) = lists.next()?;
        let alone = lists.next().is_none() && self.pages.is_known() && self.records.is_known();
        (alone && !self.records.resembles(&keys)).then(|| key.clone())
    }

    /// Whether an object that cannot be read as a whole is read as a page. A damaged record with a list in it is none, where records stand
    /// alone.
    pub(super) fn is_page(&self, fault: &Fault) -> bool {
        let expected = matches!(fault, Fault::Long) || self.pages.is_known() || !self.records.is_known();
        expected && opened_page(self.window.rest()).is_some()
    }

    /// Reads a page element by element.
    pub(super) fn page(&mut self, depth: usize) -> Step {
        if self.page_entries(depth)? { Ok(()) } else { self.leave("the page around the records is damaged", true) }
    }

    /// Reads what stands in a page; false where it is damaged itself.
    fn page_entries(&mut self, depth: usize) -> Step<bool> {
        self.window.advance(1);
        let mut others = Map::new();
        let mut wrapped = None;
        let wrapper = self.wrapper.take();
        let first = self.number;
        // Of pages one after another in a file the last one tells whether more follow.
        self.outcome.more = None;
        loop {
            match self.window.peek()? {
                Some(b',') => self.window.advance(1),
                Some(b'"') => {
                    let Some(key) = self.key()? else { return Ok(false) };
                    let next = self.window.peek()?;
                    let wraps = wrapper.as_ref().map_or_else(|| documents::wraps(&key, next == Some(b'{')), |wrapper| *wrapper == key);
                    if wraps && wrapped.is_none() && matches!(next, Some(b'[' | b'{')) {
                        self.pages.note(vec![key.clone()]);
                        let before = self.number;
                        self.value(depth + 1)?;
                        wrapped = Some(usize::try_from(self.number - before).unwrap_or(usize::MAX));
                    } else {
                        let Some(value) = self.other()? else { return Ok(false) };
                        others.insert(key, value);
                    }
                }
                Some(b'}') => {
                    self.window.advance(1);
                    let before = usize::try_from(first).unwrap_or(usize::MAX);
                    let more = documents::paging(&others, wrapped.unwrap_or(0), before);
                    self.outcome.more = more.or(self.outcome.more.take());
                    return Ok(true);
                }
                None => {
                    self.cut = true;
                    return Ok(true);
                }
                Some(_) => return Ok(false),
            }
        }
    }

    /// A key with its colon.
    fn key(&mut self) -> Step<Option<String>> {
        match (self.other()?, self.window.peek()?) {
            (Some(Value::String(key)), Some(b':')) => {
                self.window.advance(1);
                Ok(Some(key))
            }
            _ => Ok(None),
        }
    }

    /// A value of a page that is no record.
    fn other(&mut self) -> Step<Option<Value>> {
        loop {
            let rest = self.window.rest();
            match value_at::<Value>(rest) {
                Ok((value, length)) => {
                    self.window.advance(length);
                    return Ok(Some(value));
                }
                Err(error) if error.is_eof() && !self.window.is_ended() && rest.len() < WHOLE => self.window.more()?,
                Err(_) => return Ok(None),
            };
        }
    }
}

/// The key of a list of records in an object, of which only the beginning may be there, if nothing before it is what a record has.
fn opened_page(object: &[u8]) -> Option<String> {
    let mut rest = object.get(1..).unwrap_or_default();
    let mut others = Map::new();
    loop {
        rest = rest.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
        let (key, length) = value_at::<String>(rest).ok()?;
        rest = rest.get(length..).unwrap_or_default().trim_ascii_start();
        rest = rest.strip_prefix(b":")?.trim_ascii_start();
        let inner = rest.get(1..).unwrap_or_default().trim_ascii_start();
        let list = rest.starts_with(b"[") && (inner.starts_with(b"{") || inner.starts_with(b"]"));
        if (list || rest.starts_with(b"{")) && documents::wraps(&key, !list) && documents::may_be_page(&others, &key) {
            return Some(key);
        }
        let (IgnoredAny, length) = value_at(rest).ok()?;
        others.insert(key, Value::Null);
        rest = rest.get(length..).unwrap_or_default();
    }
}
