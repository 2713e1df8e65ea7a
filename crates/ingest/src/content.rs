//! Loads a file: refuses what is no data, undoes compression and encoding, and hashes what lies on disk.
//!
//! The order of the tests is that of the magic bytes first, then the byte order mark, then strict UTF-8, then windows-1252,
//! which is the normal encoding of a ServiceNow list export. Names of files are never trusted.

use std::borrow::Cow;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::IngestError;
use crate::records::{self, Shape};

/// One loaded file.
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
}

/// What a file holds.
#[derive(Debug)]
pub(crate) enum Body {
    Text(String),
    /// Parquet; the bytes where it was compressed as a whole.
    Parquet(Option<Vec<u8>>),
}

impl Content {
    /// What the text holds; none where it is Parquet.
    pub(crate) fn shape(&self) -> Option<Shape> {
        match &self.body {
            Body::Text(text) => Some(records::shape(text)),
            Body::Parquet(_) => None,
        }
    }

    /// The whole text, for documents that can only be read as a whole.
    pub(crate) fn text(&self) -> Result<Cow<'_, str>, IngestError> {
        match &self.body {
            Body::Text(text) => Ok(Cow::Borrowed(text)),
            Body::Parquet(_) => Err(IngestError::Unrecognised { file: self.name.clone(), found: "a Parquet file".to_owned() }),
        }
    }

    /// Gives every line with its number from 1, without its end.
    pub(crate) fn lines(&self, give: &mut dyn FnMut(u64, &str)) -> Result<(), IngestError> {
        (1..).zip(self.text()?.lines()).for_each(|(number, line)| give(number, line));
        Ok(())
    }

    pub(crate) fn load(path: &Path, name: &str) -> Result<Self, IngestError> {
        let io = |error: std::io::Error| IngestError::Io { file: name.to_owned(), reason: error.to_string() };
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
        };
        let mut file = std::fs::File::open(path).map_err(io)?;
        let mut magic = Vec::with_capacity(4);
        file.by_ref().take(4).read_to_end(&mut magic).map_err(io)?;
        if magic == PARQUET {
            content.sha256 = hash_stream(magic, file).map_err(io)?;
            return Ok(content);
        }
        let mut bytes = magic;
        bytes.reserve(usize::try_from(metadata.len()).unwrap_or(0));
        file.read_to_end(&mut bytes).map_err(io)?;
        content.sha256 = hex(&Sha256::digest(&bytes));
        content.unpack(bytes)?;
        Ok(content)
    }

    fn unpack(&mut self, bytes: Vec<u8>) -> Result<(), IngestError> {
        let bytes = self.decompress(bytes)?;
        if bytes.starts_with(PARQUET) {
            self.body = Body::Parquet(Some(bytes));
            return Ok(());
        }
        self.refuse_what_is_no_data(&bytes)?;
        let (encoding, text) = decode(bytes);
        self.encoding = Some(encoding);
        self.body = Body::Text(text);
        Ok(())
    }

    fn decompress(&mut self, bytes: Vec<u8>) -> Result<Vec<u8>, IngestError> {
        let mut plain = Vec::new();
        let outcome = if bytes.starts_with(&[0x1f, 0x8b]) {
            self.compression = "gzip";
            flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)
        } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            self.compression = "zstd";
            zstd::stream::read::Decoder::new(bytes.as_slice()).and_then(|mut decoder| decoder.read_to_end(&mut plain))
        } else {
            return Ok(bytes);
        };
        match outcome {
            Ok(_) => Ok(plain),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                self.truncated = true;
                Ok(plain)
            }
            Err(error) => Err(IngestError::Malformed { file: self.name.clone(), format: self.compression, reason: error.to_string() }),
        }
    }

    fn refuse_what_is_no_data(&self, bytes: &[u8]) -> Result<(), IngestError> {
        let file = self.name.clone();
        if bytes.starts_with(b"PK\x03\x04") {
            let workbook = contains(&bytes[..bytes.len().min(4096)], b"xl/") || contains(bytes, b"xl/workbook");
            return Err(IngestError::Archive { file, what: if workbook { "an Excel workbook" } else { "a ZIP archive" } });
        }
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Err(IngestError::Archive { file, what: "an old Excel workbook" });
        }
        let text = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start();
        if text.is_empty() {
            return if self.truncated { Err(IngestError::Truncated { file, rows: 0 }) } else { Err(IngestError::Empty { file }) };
        }
        if text[0] == b'<' {
            let start = text[..text.len().min(1024)].to_ascii_lowercase();
            if contains(&start, b"<html") || contains(&start, b"<!doctype html") {
                return Err(IngestError::Markup { file, what: "HTML page", hint: "; it looks like a sign-in page" });
            }
        }
        let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        if !wide && bytes[..bytes.len().min(8192)].contains(&0) {
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

/// The text and the name of its encoding. A byte order mark does not become part of the text.
fn decode(bytes: Vec<u8>) -> (&'static str, String) {
    if let Some(rest) = bytes.strip_prefix(BOM) {
        return match std::str::from_utf8(rest) {
            Ok(text) => ("utf-8", text.to_owned()),
            Err(_) => ("windows-1252", western(rest)),
        };
    }
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return ("utf-16le", encoding_rs::UTF_16LE.decode_without_bom_handling(rest).0.into_owned());
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return ("utf-16be", encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned());
    }
    match String::from_utf8(bytes) {
        Ok(text) => ("utf-8", text),
        Err(error) => ("windows-1252", western(error.as_bytes())),
    }
}

fn western(bytes: &[u8]) -> String {
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
}

fn hash_stream(head: Vec<u8>, mut rest: impl Read) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(&head);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = rest.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..read]);
    }
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
    fn encodings_are_told_apart() {
        // 0x96 is the en dash of windows-1252 and no UTF-8.
        assert_eq!(decode(b"a \x96 b".to_vec()), ("windows-1252", "a \u{2013} b".to_owned()));
        assert_eq!(decode("a – b".as_bytes().to_vec()), ("utf-8", "a – b".to_owned()));
        assert_eq!(decode(b"\xef\xbb\xbfid".to_vec()), ("utf-8", "id".to_owned()));
        assert_eq!(decode(b"\xff\xfei\0d\0".to_vec()), ("utf-16le", "id".to_owned()));
        assert_eq!(decode(b"\xfe\xff\0i\0d".to_vec()), ("utf-16be", "id".to_owned()));
    }

    #[test]
    fn hexadecimal_is_lower_case() {
        assert_eq!(hex(&[0x00, 0xaf, 0x10]), "00af10");
    }
}
