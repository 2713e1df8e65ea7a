//! Reports in lines of text: lcov, and profiles of Go.

use std::collections::BTreeMap;

use super::super::shared::{Desk, Refused};
use super::subject;

/// Whether a text is one of these reports, by its first lines.
pub(super) fn is_known(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let is_lcov = first.starts_with("TN:") || first.starts_with("SF:");
    (is_lcov && text.lines().take(3).any(|line| line.starts_with("SF:"))) || mode(first).is_some()
}

/// How a profile of Go counts.
fn mode(line: &str) -> Option<&str> {
    line.trim_end().strip_prefix("mode: ").filter(|mode| matches!(*mode, "set" | "count" | "atomic"))
}

/// Parts and wholes of one file.
#[derive(Debug, Default)]
pub(super) struct Sums {
    lines: (f64, f64),
    branches: (f64, f64),
    /// Lines one by one, for tools that do not sum them up.
    single: (f64, f64),
    /// Blocks of Go by where they stand: statements, and whether any test ran them. Merged profiles repeat blocks.
    blocks: BTreeMap<String, (f64, bool)>,
}

impl Sums {
    /// Takes one line. What lcov says of functions and single branches is left out.
    pub(super) fn add(&mut self, line: &str) -> Result<(), Refused> {
        let line = line.trim();
        if line.is_empty() || line == "end_of_record" || mode(line).is_some() {
            return Ok(());
        }
        if let Some((key, value)) = line.split_once(':').filter(|(key, _)| is_key(key)) {
            let count = || value.trim().parse::<u32>().map_or(0.0, f64::from);
            match key {
                "LH" => self.lines.0 += count(),
                "LF" => self.lines.1 += count(),
                "BRH" => self.branches.0 += count(),
                "BRF" => self.branches.1 += count(),
                "DA" => {
                    let runs = value.split(',').nth(1).and_then(|runs| runs.trim().parse::<u64>().ok()).unwrap_or(0);
                    self.single.0 += f64::from(u8::from(runs > 0));
                    self.single.1 += 1.0;
                }
                _ => {}
            }
            return Ok(());
        }
        self.block(line).ok_or(Refused::unknown("no line of lcov or of a coverage profile"))
    }

    /// `file.go:10.2,12.3 statements runs`.
    fn block(&mut self, line: &str) -> Option<()> {
        let mut words = line.rsplitn(3, ' ');
        let runs: u64 = words.next()?.parse().ok()?;
        let statements: u32 = words.next()?.parse().ok()?;
        let place = words.next().filter(|place| place.contains(':'))?;
        let block = self.blocks.entry(place.to_owned()).or_insert((f64::from(statements), false));
        block.1 |= runs > 0;
        Some(())
    }

    pub(super) fn write(self, desk: &mut Desk<'_>) {
        let subject = subject(desk);
        let lines = if self.lines.1 > 0.0 { self.lines } else { self.single };
        subject.put_share(desk, "coverage_pct", lines.0, lines.1);
        subject.put_share(desk, "branch_coverage_pct", self.branches.0, self.branches.1);
        let run: f64 = self.blocks.values().filter(|(_, ran)| *ran).map(|(statements, _)| *statements).sum();
        subject.put_share(desk, "coverage_pct", run, self.blocks.values().map(|(statements, _)| *statements).sum());
    }
}

/// Keys of lcov are short and in capitals.
fn is_key(key: &str) -> bool {
    (2..=5).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
