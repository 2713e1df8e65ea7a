//! How far the model is to be believed: what it says of copies of the data in which no deployment can have caused an incident.

use sequela_attribution::placebo::{self, Discoveries};
use sequela_attribution::{Fit, Problem, Relations};
use sequela_schema::TableBuilder;
use sequela_schema::result::placebo as out;

/// Probabilities from which links are shown, with the name of their row.
const THRESHOLDS: [(f64, &str); 2] = [(0.5, "false_links_at_50"), (0.9, "false_links_at_90")];

/// What the share by timing leaves out.
const TIMING: &str = "without what rollbacks say; this is what must exceed every copy, since moved incidents have no rollbacks";

/// The figures of the table `placebo`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Honesty {
    /// Share of incidents put down to deployments: on the data, mean and most of the copies, number of copies.
    share: Option<(f64, f64, f64, usize)>,
    /// The same share on the data without what rollbacks say: what is held against the copies, which have none.
    by_timing: f64,
    /// Whether the data exceed every copy.
    pub(crate) is_detectable: bool,
    false_links: Vec<Discoveries>,
    note: String,
}

impl Honesty {
    /// Compares the fit with refits of copies (method, section 6).
    pub(crate) fn check(problem: &Problem, relations: &Relations, fit: &Fit, seed: u64) -> Self {
        let Some(gate) = placebo::gate(problem, relations, fit, seed) else {
            return Self { note: "the data span too few weeks to move incidents within them".to_owned(), ..Self::default() };
        };
        let note = format!("sensitivity {}", fit.settings.sensitivity.label());
        let decoys = placebo::decoys(problem, relations, fit, seed, &THRESHOLDS.map(|(threshold, _)| threshold));
        Self {
            by_timing: gate.by_timing,
            share: Some((gate.observed, gate.mean(), gate.most(), gate.shares.len())),
            is_detectable: gate.is_detectable(),
            false_links: decoys.unwrap_or_default(),
            note,
        }
    }

    /// Too few data to compare anything.
    pub(crate) fn unchecked() -> Self {
        Self { note: "fewer than 50 incidents or 100 deployments".to_owned(), ..Self::default() }
    }

    pub(crate) fn table(&self) -> TableBuilder {
        let mut builder = TableBuilder::new(&out::TABLE);
        match self.share {
            Some((observed, mean, most, copies)) => {
                let shares = [("share_by_timing", self.by_timing, TIMING), ("share_change_caused", observed, self.note.as_str())];
                for (statistic, share, note) in shares {
                    let mut row = builder.row();
                    row.text(&out::STATISTIC, statistic).text(&out::NOTE, note);
                    row.real(&out::OBSERVED, share).real(&out::PLACEBO_MEAN, mean).real(&out::PLACEBO_MAX, most);
                    row.int(&out::REPLICATES, copies as i64).bool(&out::DETECTABLE, self.is_detectable);
                }
            }
            None => {
                builder.row().text(&out::STATISTIC, "share_change_caused").text(&out::NOTE, &self.note).int(&out::REPLICATES, 0);
            }
        }
        for (found, (_, name)) in self.false_links.iter().zip(THRESHOLDS) {
            let mut row = builder.row();
            row.text(&out::STATISTIC, name).real_opt(&out::OBSERVED, found.by_decoys).int(&out::REPLICATES, placebo::DECOYS as i64);
            row.text(&out::NOTE, format!("share of {} links that is expected to be false, by copies of the incidents", found.found));
        }
        builder
    }
}
