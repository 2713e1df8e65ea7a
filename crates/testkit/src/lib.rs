//! Organisations whose truth is known, and slow answers that are easy to believe.
//!
//! Linking incidents to deployments cannot be checked on real exports: nobody knows what truly caused what. Here the causes
//! are planted. [`world`] makes organisations of any size as plain numbers and [`oracle`] searches them naively; tests and
//! benches hold the fast code against both. [`demo`] writes half a year of a fictional company as the export files of its tools.

mod company;
pub mod demo;
pub mod oracle;
pub mod random;
pub mod world;
