//! Tells the encoding of a text while it streams by, and decodes it piece by piece.

use std::io::{self, ErrorKind, Read};

use encoding_rs::{CoderResult, Decoder, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How the characters of a text are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    #[default]
    Utf8,
    /// UTF-8 in which some bytes were damaged: those become U+FFFD, the rest stays what it is.
    DamagedUtf8,
    Windows1252,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Utf8 | Self::DamagedUtf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
        }
    }

    fn decoder(self) -> Decoder {
        match self {
            Self::Utf8 | Self::DamagedUtf8 => UTF_8.new_decoder_without_bom_handling(),
            Self::Windows1252 => WINDOWS_1252.new_decoder_without_bom_handling(),
            Self::Utf16Le => UTF_16LE.new_decoder_without_bom_handling(),
            Self::Utf16Be => UTF_16BE.new_decoder_without_bom_handling(),
        }
    }

    /// The text of bytes behind a byte order mark.
    pub(super) fn decode(self, bytes: Vec<u8>) -> String {
        match String::from_utf8(bytes) {
            Ok(text) if matches!(self, Self::Utf8 | Self::DamagedUtf8) => text,
            Ok(text) => self.decode_bytes(text.as_bytes(), true),
            Err(error) => self.decode_bytes(error.as_bytes(), true),
        }
    }

    /// The text of some bytes, which are all or only the beginning.
    pub(super) fn decode_bytes(self, bytes: &[u8], all: bool) -> String {
        let mut decoder = self.decoder();
        let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(0));
        let _ = decoder.decode_to_string(bytes, &mut text, all);
        text
    }
}

/// Looks at the bytes of a text as they stream by.
#[derive(Debug)]
pub(super) struct Inspection {
    marked: Option<Encoding>,
    /// Length of the byte order mark.
    pub(super) mark: usize,
    begun: bool,
    /// A character whose end is yet to come.
    carried: Vec<u8>,
    /// Sequences of several bytes that are UTF-8, and places that are not.
    valid: usize,
    invalid: usize,
    /// There was nothing but white space so far.
    pub(super) blank: bool,
    /// The number of quotation marks so far is odd.
    pub(super) odd_quotes: bool,
}

impl Default for Inspection {
    fn default() -> Self {
        Self { marked: None, mark: 0, begun: false, carried: Vec::new(), valid: 0, invalid: 0, blank: true, odd_quotes: false }
    }
}

const MARKS: [(&[u8], Encoding); 3] =
    [(&[0xef, 0xbb, 0xbf], Encoding::Utf8), (&[0xff, 0xfe], Encoding::Utf16Le), (&[0xfe, 0xff], Encoding::Utf16Be)];

impl Inspection {
    /// Looks at the next piece; the first one has at least the byte order mark, where there is one.
    pub(super) fn note(&mut self, piece: &[u8]) {
        let mut piece = piece;
        if !std::mem::replace(&mut self.begun, true)
            && let Some((mark, encoding)) = MARKS.iter().find(|(mark, _)| piece.starts_with(mark))
        {
            self.marked = Some(*encoding);
            self.mark = mark.len();
            piece = piece.get(mark.len()..).unwrap_or_default();
        }
        self.blank = self.blank && piece.trim_ascii().is_empty();
        self.odd_quotes ^= piece.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        if !matches!(self.marked, Some(Encoding::Utf16Le | Encoding::Utf16Be)) {
            self.note_sequences(piece);
        }
    }

    fn note_sequences(&mut self, piece: &[u8]) {
        if !self.carried.is_empty() {
            let mut joined = std::mem::take(&mut self.carried);
            joined.extend_from_slice(piece);
            self.count(&joined);
        } else if !piece.is_ascii() {
            self.count(piece);
        }
    }

    fn count(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while !rest.is_empty() {
            let Err(error) = std::str::from_utf8(rest) else {
                self.valid += leads(rest);
                return;
            };
            let (good, bad) = rest.split_at_checked(error.valid_up_to()).unwrap_or((rest, &[]));
            self.valid += leads(good);
            let Some(length) = error.error_len() else {
                self.carried = bad.to_vec();
                return;
            };
            self.invalid += 1;
            rest = bad.get(length..).unwrap_or_default();
        }
    }

    /// UTF-8 unless it is broken; windows-1252 then, where broken places prevail. Text of windows-1252 hardly ever looks like UTF-8 in
    /// one place, so that a few broken places among many good ones are damage.
    pub(super) fn finish(&self) -> Encoding {
        let invalid = self.invalid + usize::from(!self.carried.is_empty());
        match self.marked {
            Some(encoding @ (Encoding::Utf16Le | Encoding::Utf16Be)) => encoding,
            _ if invalid == 0 => Encoding::Utf8,
            _ if self.valid > invalid => Encoding::DamagedUtf8,
            _ => Encoding::Windows1252,
        }
    }
}

/// Characters beyond ASCII in valid UTF-8.
fn leads(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte >= 0xc0).count()
}

/// Reads text of any encoding as UTF-8.
pub(super) struct Decoding<R> {
    source: R,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    given: usize,
    ended: bool,
}

const STEP: usize = 1 << 16;

impl<R: Read> Decoding<R> {
    pub(super) fn new(source: R, encoding: Encoding) -> Self {
        let decoder = encoding.decoder();
        let text = String::with_capacity(decoder.max_utf8_buffer_length(STEP).unwrap_or(4 * STEP));
        Self { source, decoder, raw: vec![0; STEP], text, given: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        let length = match self.source.read(&mut self.raw) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            length => length?,
        };
        self.ended = length == 0;
        self.text.clear();
        self.given = 0;
        let raw = self.raw.get(..length).unwrap_or_default();
        let (outcome, ..) = self.decoder.decode_to_string(raw, &mut self.text, self.ended);
        debug_assert_eq!(outcome, CoderResult::InputEmpty, "the buffer holds what a step can become");
        Ok(())
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.refill()?;
        }
        let mut rest = self.text.as_bytes().get(self.given..).unwrap_or_default();
        let length = rest.read(buffer)?;
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text and its encoding, looked at in pieces of so many bytes.
    fn decoded(bytes: &[u8], step: usize) -> (&'static str, String) {
        let mut inspection = Inspection::default();
        let (first, rest) = bytes.split_at(bytes.len().min(3));
        inspection.note(first);
        rest.chunks(step).for_each(|piece| inspection.note(piece));
        let encoding = inspection.finish();
        let body = &bytes[inspection.mark..];
        let mut streamed = String::new();
        Decoding::new(body, encoding).read_to_string(&mut streamed).unwrap();
        assert_eq!(streamed, encoding.decode(body.to_vec()));
        (encoding.label(), streamed)
    }

    #[test]
    fn encodings_are_told_apart() {
        for step in [1, 2, 7, 1000] {
            // 0x96 is the en dash of windows-1252 and no UTF-8.
            assert_eq!(decoded(b"a \x96 b", step), ("windows-1252", "a \u{2013} b".to_owned()));
            assert_eq!(decoded("a – b, ü".as_bytes(), step), ("utf-8", "a – b, ü".to_owned()));
            assert_eq!(decoded(b"\xef\xbb\xbfid", step), ("utf-8", "id".to_owned()));
            assert_eq!(decoded(b"\xff\xfei\0d\0", step), ("utf-16le", "id".to_owned()));
            assert_eq!(decoded(b"\xfe\xff\0i\0d", step), ("utf-16be", "id".to_owned()));
        }
    }

    #[test]
    fn one_damaged_byte_does_not_change_the_encoding() {
        assert_eq!(decoded(b"\xc3\xbc \xc3\xa4 \x96 \xc3\xb6", 2), ("utf-8", "ü ä \u{fffd} ö".to_owned()));
    }

    #[test]
    fn blanks_and_quotes_are_counted_across_pieces() {
        let mut inspection = Inspection::default();
        inspection.note(b"\xef\xbb\xbf \n");
        assert!(inspection.blank && !inspection.odd_quotes);
        inspection.note(b"\"a\"");
        inspection.note(b"\"");
        assert!(!inspection.blank && inspection.odd_quotes);
    }
}
