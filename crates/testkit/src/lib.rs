//! Organisations whose truth is known, and slow answers that are easy to believe.
//!
//! Linking incidents to deployments cannot be checked on real exports: nobody knows what truly caused what. Here the causes
//! are planted. [`world`] makes organisations of any size as plain numbers and [`oracle`] searches them naively; tests and
//! benches hold the fast code against both. [`demo`] writes half a year of a fictional company as the export files of its tools.
//! [`simulator`] writes organisations in many regimes, as `sequela simulate` does, and [`score`] says how near an answer comes to the
//! truth.

mod company;
pub mod demo;
pub mod oracle;
mod order;
pub mod random;
pub mod score;
pub mod simulator;
pub mod world;
