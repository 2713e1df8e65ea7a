//! A file at hand: refuses what is no data, undoes compression and encoding, and hashes what lies on disk.
//!
//! Loading streams the file once. Small texts are kept; of large ones only the beginning, and every reader reads the file again, so that
//! memory does not grow with the file. The order of the tests is that of the magic bytes first, then the byte order mark, then UTF-8,
//! then windows-1252, which is the normal encoding of a ServiceNow list export. Names of files are never trusted.

mod encoding;
mod packing;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use self::encoding::{Decoding, Encoding, Inspection};
pub(crate) use self::packing::STEP;
use self::packing::{Hashing, Lenient};
use crate::IngestError;
use crate::records::{self, Shape};

/// One file.
#[derive(Debug)]
pub(crate) struct Content {
    /// Path relative to the configuration.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// Size on disk.
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) compression: &'static str,
    pub(crate) encoding: Option<&'static str>,
    pub(crate) body: Body,
    /// The compressed data ended in the middle.
    pub(crate) truncated: bool,
    /// The number of quotation marks is odd.
    pub(crate) odd_quotes: bool,
}

/// What a file holds.
#[derive(Debug)]
pub(crate) enum Body {
    Text(Text),
    /// Parquet; the bytes where it was compressed as a whole.
    Parquet(Option<Vec<u8>>),
}

/// A text, as UTF-8 without byte order mark.
#[derive(Debug)]
pub(crate) enum Text {
    Kept(String),
    /// Too large to be kept.
    OnDisk(OnDisk),
}

/// What is known of a text that is read again from the disk.
#[derive(Debug)]
pub(crate) struct OnDisk {
    head: String,
    encoding: Encoding,
    /// Length of the byte order mark.
    mark: usize,
}

/// Texts up to this size are kept in memory.
const KEPT: usize = 32 << 20;
/// The beginning of a text that tells what it is.
const HEAD: usize = 1 << 18;
/// Documents that can only be read as a whole may be as large as this.
const WHOLE: usize = 256 << 20;

impl Content {
    /// What the text holds; none where it is Parquet.
    pub(crate) fn shape(&self) -> Option<Shape> {
        match &self.body {
            Body::Text(_) => Some(records::shape(self.head())),
            Body::Parquet(_) => None,
        }
    }

    /// The beginning of the text, up to 256 KiB.
    pub(crate) fn head(&self) -> &str {
        match &self.body {
            Body::Text(Text::Kept(text)) => beginning(text),
            Body::Text(Text::OnDisk(stored)) => beginning(&stored.head),
            Body::Parquet(_) => "",
        }
    }

    /// The whole text, for documents that can only be read as a whole.
    pub(crate) fn text(&self) -> Result<Cow<'_, str>, IngestError> {
        match &self.body {
            Body::Text(Text::Kept(text)) => Ok(Cow::Borrowed(text)),
            _ => self.read_whole(WHOLE).map(Cow::Owned),
        }
    }

    /// Gives every line with its number from 1, without its end.
    pub(crate) fn lines(&self, give: &mut dyn FnMut(u64, &str)) -> Result<(), IngestError> {
        let mut reader = self.reader()?;
        let mut line = Vec::new();
        let mut number = 0;
        while read_line(&mut reader, &mut line).map_err(|error| self.failure(&error))? {
            number += 1;
            give(number, &String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)));
        }
        Ok(())
    }

    /// Reads the text from its beginning, as UTF-8.
    pub(crate) fn reader(&self) -> Result<Box<dyn BufRead + '_>, IngestError> {
        match &self.body {
            Body::Text(Text::Kept(text)) => Ok(Box::new(text.as_bytes())),
            Body::Text(Text::OnDisk(stored)) => self.reopen(stored).map_err(|error| self.failure(&error)),
            Body::Parquet(_) => Err(IngestError::Unrecognised { file: self.name.clone(), found: "a Parquet file".to_owned() }),
        }
    }

    fn reopen(&self, stored: &OnDisk) -> io::Result<Box<dyn BufRead>> {
        let packed = BufReader::with_capacity(STEP, File::open(&self.path)?);
        let mut plain = Lenient(packing::unpacked(packed, self.compression)?);
        let mut mark = vec![0; stored.mark];
        packing::fill(&mut plain, &mut mark).1?;
        Ok(match stored.encoding {
            Encoding::Utf8 => Box::new(BufReader::with_capacity(STEP, plain)),
            encoding => Box::new(BufReader::with_capacity(STEP, Decoding::new(plain, encoding))),
        })
    }

    fn read_whole(&self, most: usize) -> Result<String, IngestError> {
        let mut bytes = Vec::new();
        self.reader()?.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| self.failure(&error))?;
        if bytes.len() > most {
            let reason = format!("it is larger than {} MiB and can only be read as a whole; split it into several files", most >> 20);
            return Err(IngestError::Malformed { file: self.name.clone(), format: "one document", reason });
        }
        Ok(Encoding::DamagedUtf8.decode(bytes))
    }

    /// What the operating system or the decompression says.
    pub(crate) fn failure(&self, error: &io::Error) -> IngestError {
        let (file, reason) = (self.name.clone(), error.to_string());
        match self.compression {
            "none" => IngestError::Io { file, reason },
            format => IngestError::Malformed { file, format, reason },
        }
    }

    pub(crate) fn load(path: &Path, name: &str) -> Result<Self, IngestError> {
        let io = |error: io::Error| IngestError::Io { file: name.to_owned(), reason: error.to_string() };
        let metadata = std::fs::metadata(path).map_err(io)?;
        if metadata.is_dir() {
            return Err(IngestError::Directory { file: name.to_owned() });
        }
        let mut content = Self {
            name: name.to_owned(),
            path: path.to_owned(),
            bytes: metadata.len(),
            sha256: String::new(),
            compression: "none",
            encoding: None,
            body: Body::Parquet(None),
            truncated: false,
            odd_quotes: false,
        };
        let mut disk = Hashing::new(File::open(path).map_err(io)?);
        let mut magic = Vec::with_capacity(4);
        disk.by_ref().take(4).read_to_end(&mut magic).map_err(io)?;
        if magic != PARQUET {
            content.compression = packing::compression(&magic);
            let packed = BufReader::with_capacity(STEP, Cursor::new(magic).chain(&mut disk));
            let mut plain = packing::unpacked(packed, content.compression).map_err(|error| content.failure(&error))?;
            content.survey(plain.as_mut())?;
        }
        content.sha256 = disk.finish().map_err(io)?;
        Ok(content)
    }

    /// Looks at everything once and keeps what is small.
    fn survey(&mut self, plain: &mut dyn Read) -> Result<(), IngestError> {
        let mut inspection = Inspection::default();
        let mut piece = vec![0; STEP];
        let (mut start, mut kept, mut size) = (Vec::new(), Vec::new(), 0);
        loop {
            let length = self.fill(plain, &mut piece)?;
            let Some(piece) = piece.get(..length).filter(|piece| !piece.is_empty()) else { break };
            if size == 0 {
                if piece.starts_with(PARQUET) {
                    return self.keep_parquet(piece, plain);
                }
                self.refuse_what_is_no_data(piece)?;
                start = piece.to_vec();
            }
            inspection.note(piece);
            size += length;
            if size <= KEPT { kept.extend_from_slice(piece) } else { kept = Vec::new() }
        }
        if inspection.blank {
            let file = self.name.clone();
            return Err(if self.truncated { IngestError::Truncated { file, rows: 0 } } else { IngestError::Empty { file } });
        }
        let (encoding, mark) = (inspection.finish(), inspection.mark);
        self.encoding = Some(encoding.label());
        self.odd_quotes = inspection.odd_quotes;
        self.body = Body::Text(if size <= KEPT {
            kept.drain(..mark);
            Text::Kept(encoding.decode(kept))
        } else {
            Text::OnDisk(OnDisk { head: encoding.decode_bytes(start.get(mark..).unwrap_or_default(), false), encoding, mark })
        });
        Ok(())
    }

    fn keep_parquet(&mut self, start: &[u8], plain: &mut dyn Read) -> Result<(), IngestError> {
        let mut bytes = start.to_vec();
        plain.read_to_end(&mut bytes).map_err(|error| self.failure(&error))?;
        self.body = Body::Parquet(Some(bytes));
        Ok(())
    }

    /// Fills a buffer; notices where compressed data end in the middle.
    fn fill(&mut self, plain: &mut dyn Read, buffer: &mut [u8]) -> Result<usize, IngestError> {
        let (length, outcome) = packing::fill(plain, buffer);
        match outcome {
            Ok(()) => Ok(length),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof && self.compression != "none" => {
                self.truncated = true;
                Ok(length)
            }
            Err(error) => Err(self.failure(&error)),
        }
    }

    fn refuse_what_is_no_data(&self, bytes: &[u8]) -> Result<(), IngestError> {
        let file = self.name.clone();
        let first = |length: usize| bytes.get(..length).unwrap_or(bytes);
        if bytes.starts_with(b"PK\x03\x04") {
            let workbook = contains(first(4096), b"xl/") || contains(bytes, b"xl/workbook");
            return Err(IngestError::Archive { file, what: if workbook { "an Excel workbook" } else { "a ZIP archive" } });
        }
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Err(IngestError::Archive { file, what: "an old Excel workbook" });
        }
        let text = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start();
        if text.starts_with(b"<") {
            let start = text.get(..1024).unwrap_or(text).to_ascii_lowercase();
            if contains(&start, b"<html") || contains(&start, b"<!doctype html") {
                return Err(IngestError::Markup { file, what: "HTML page", hint: "; it looks like a sign-in page" });
            }
        }
        let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        // One such byte may be damage; text in which they are frequent is none.
        let start = first(8192);
        let zeros = start.iter().filter(|byte| **byte == 0).count();
        if !wide && zeros * 64 > start.len() {
            return Err(IngestError::Binary { file });
        }
        Ok(())
    }
}

const PARQUET: &[u8] = b"PAR1";
const BOM: &[u8] = &[0xef, 0xbb, 0xbf];

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(HEAD)).unwrap_or(text)
}

/// Reads the next line without its `\n`; false at the end. A line longer than is read as a whole comes in parts.
pub(crate) fn read_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    const MOST: u64 = 64 << 20;
    line.clear();
    let length = reader.take(MOST).read_until(b'\n', line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(length > 0)
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_lower_case() {
        assert_eq!(hex(&[0x00, 0xaf, 0x10]), "00af10");
    }

    #[test]
    fn a_large_text_is_read_again_from_the_disk_as_it_was() {
        let path = std::env::temp_dir().join(format!("sequela-content-{}", std::process::id()));
        let line = "caf\u{e9} \u{2013} x\n".repeat(1000);
        // 0xe9 and 0x96 are an accent and the en dash of windows-1252.
        let western: Vec<u8> = b"caf\xe9 \x96 x\n".repeat(1000);
        let utf_16: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let times = KEPT / western.len() + 10;
        for (mark, part, label) in [(&b""[..], &western, "windows-1252"), (&[0xff, 0xfe], &utf_16, "utf-16le")] {
            std::fs::write(&path, [mark, &part.repeat(times)].concat()).unwrap();
            let content = Content::load(&path, "x").unwrap();
            assert!(matches!(content.body, Body::Text(Text::OnDisk(_))));
            assert_eq!((content.encoding, content.head().len() <= HEAD), (Some(label), true));
            let mut lines = 0;
            content.lines(&mut |_, text| lines += usize::from(text == "caf\u{e9} \u{2013} x")).unwrap();
            assert_eq!(lines, 1000 * times);
        }
        std::fs::remove_file(path).unwrap();
    }
}
