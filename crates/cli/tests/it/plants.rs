//! Simulated organisations with records, what is planted in them, and how many false alarms a stated rate allows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use polars::prelude::{AnyValue, DataFrame};

use crate::sequela::{ended, run, sequela, table};

/// An organisation on disk.
pub(crate) struct Organisation {
    folder: tempfile::TempDir,
    planted: Vec<[String; 3]>,
}

/// A row of a table by the names of its columns; what is empty is not there.
pub(crate) type Row = BTreeMap<String, String>;

impl Organisation {
    /// `sequela simulate` with records.
    pub(crate) fn simulate(seed: u32, changes: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("organisation");
        let seed = seed.to_string();
        let arguments = ["simulate", "--quiet", "--out", out.to_str().unwrap(), "--seed", &seed, "--set", "records=true"];
        let (code, message) = ended(&sequela(&[&arguments[..], changes].concat()));
        assert_eq!(code, 0, "{message}");
        let text = std::fs::read_to_string(out.join("planted.csv")).unwrap();
        let row = |line: &str| {
            let cells: Vec<String> = line.splitn(3, ',').map(ToOwned::to_owned).collect();
            cells.try_into().unwrap()
        };
        Self { planted: text.lines().skip(1).map(row).collect(), folder }
    }

    /// Runs it by a definition; the folder of the result.
    pub(crate) fn run(&self, definition: &str) -> PathBuf {
        let out = self.folder.path().join(definition);
        let config = self.folder.path().join("organisation/sequela.toml");
        run(&config, &out, &["--no-charts", "--quiet", "--threads", "1", "--definition", definition]);
        out
    }

    /// Rows of one of its files.
    pub(crate) fn file(&self, name: &str) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(self.folder.path().join("organisation").join(name)).unwrap();
        text.lines().skip(1).map(|line| line.split(',').map(ToOwned::to_owned).collect()).collect()
    }

    /// What is planted for a report: key and what.
    pub(crate) fn planted(&self, report: &str) -> Vec<(&str, &str)> {
        let of_report = self.planted.iter().filter(|row| row[0] == report);
        of_report.map(|row| (row[1].as_str(), row[2].as_str())).collect()
    }

    /// Keys of a report that are planted as `what`.
    pub(crate) fn keys(&self, report: &str, what: &str) -> Vec<&str> {
        self.planted(report).into_iter().filter(|(_, planted)| *planted == what).map(|(key, _)| key).collect()
    }
}

/// Rows of a table of a run.
pub(crate) fn rows(out: &Path, name: &str) -> Vec<Row> {
    let frame: DataFrame = table(out, name);
    let columns = frame.columns();
    let cell = |value: AnyValue<'_>| match value {
        AnyValue::Null => None,
        AnyValue::String(text) => Some(text.to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        other => Some(other.to_string()),
    };
    let row = |row: usize| {
        let of = |column: &polars::prelude::Column| Some((column.name().to_string(), cell(column.get(row).unwrap())?));
        columns.iter().filter_map(of).collect()
    };
    (0..frame.height()).map(row).collect()
}

/// A cell as text; empty where there is none.
pub(crate) fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).map_or("", String::as_str)
}

/// A cell as a number.
pub(crate) fn number(row: &Row, column: &str) -> Option<f64> {
    row.get(column).map(|text| text.parse().unwrap_or_else(|_| panic!("{column}: {text:?} is no number")))
}

/// The most false alarms of `trials` that a rate explains: more come in one case of a hundred (binomial distribution).
pub(crate) fn most(trials: usize, rate: f64) -> usize {
    let mut term = (1.0 - rate).powi(trials as i32);
    let (mut sum, mut count) = (term, 0);
    while sum < 0.99 && count < trials {
        term *= (trials - count) as f64 / (count + 1) as f64 * rate / (1.0 - rate);
        count += 1;
        sum += term;
    }
    count
}

/// Quantiles of the binomial distribution as `scipy.stats.binom.ppf(0.99, n, p)` gives them.
#[test]
fn limits_are_those_of_the_binomial_distribution() {
    for (trials, rate, limit) in [(20, 0.1, 6), (20, 0.05, 4), (8, 0.1, 3), (200, 0.05, 18), (1, 0.1, 1)] {
        assert_eq!(most(trials, rate), limit, "{trials} of {rate}");
    }
}
