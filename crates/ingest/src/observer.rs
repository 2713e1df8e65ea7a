//! Carries progress out of the reader, which knows nothing about terminals.

/// Is told what is being read. All methods default to doing nothing.
pub trait Observer: Sync {
    /// Reading begins: so many files with so many bytes on disk.
    fn start(&self, _files: usize, _bytes: u64) {}
    /// The next file and its size on disk.
    fn file(&self, _path: &str, _bytes: u64) {}
    /// So many more bytes of that file are done; they add up to its size.
    fn progress(&self, _bytes: u64) {}
    /// Rows of all files are read, tables are being built.
    fn folding(&self) {}
    /// All is read.
    fn done(&self) {}
}

/// Watches nothing.
impl Observer for () {}
