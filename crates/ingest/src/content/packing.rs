//! Undoes compression and hashes what lies on disk, while both stream by.

use std::fs::File;
use std::io::{self, BufRead, ErrorKind, Read};

use sha2::{Digest, Sha256};

/// What is read at once.
pub(crate) const STEP: usize = 1 << 20;

/// The compression that the first bytes tell.
pub(super) fn compression(magic: &[u8]) -> &'static str {
    if magic.starts_with(&[0x1f, 0x8b]) {
        "gzip"
    } else if magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        "zstd"
    } else {
        "none"
    }
}

/// The bytes behind a compression.
pub(super) fn unpacked<'r>(packed: impl BufRead + 'r, compression: &str) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match compression {
        "gzip" => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
        "zstd" => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
        _ => Box::new(packed),
    })
}

/// Fills as much of a buffer as there is.
pub(super) fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (filled, Err(error)),
        }
    }
    (filled, Ok(()))
}

/// Hashes a file while it is read.
pub(super) struct Hashing {
    file: File,
    hasher: Sha256,
}

impl Hashing {
    pub(super) fn new(file: File) -> Self {
        Self { file, hasher: Sha256::new() }
    }

    /// The hash of the whole file, whatever of it was read.
    pub(super) fn finish(mut self) -> io::Result<String> {
        let mut buffer = vec![0; STEP];
        while self.read(&mut buffer)? > 0 {}
        Ok(super::hex(&self.hasher.finalize()))
    }
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = match self.file.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return self.read(buffer),
            length => length?,
        };
        self.hasher.update(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }
}

/// Takes compressed data that end in the middle as if they ended there.
pub(super) struct Lenient<R>(pub(super) R);

impl<R: Read> Read for Lenient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
            length => length,
        }
    }
}
