//! DORA's performance bands, as data: `bands.csv`, from the Accelerate State of DevOps reports of 2021, 2023 and 2024.
//!
//! The reports describe clusters of teams, they set no limits. What they print is read as follows: a published rate is the upper end of
//! its band, in the order of the rates, so that in 2024 high (20 %) stands above medium (10 %) as published; the last band has no upper
//! end; stretches that no band covers stay uncovered; two bands of one stretch are both there. A month is 730.5 hours. Once a week and
//! once in six months are one band here: a median week has no deployment in either. The report of 2025 has no bands.

use std::str::FromStr;
use std::sync::LazyLock;

use sequela_schema::TableBuilder;
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::bands as out;
use sequela_schema::vocabulary::{period, scope};

use crate::figures::{Block, Figure};

/// The latest report that has bands.
pub const LATEST: i32 = 2024;

/// From the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Band {
    Elite,
    High,
    Medium,
    Low,
}

/// One line of the data.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    year: i32,
    metric: &'static Metric,
    band: Band,
    from: f64,
    to: f64,
}

static STRETCHES: LazyLock<Vec<Stretch>> = LazyLock::new(|| include_str!("bands.csv").lines().skip(1).filter_map(Stretch::parse).collect());

impl Band {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Elite => "elite",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

impl FromStr for Band {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [Self::Elite, Self::High, Self::Medium, Self::Low].into_iter().find(|band| band.as_str() == name).ok_or(())
    }
}

impl Stretch {
    fn parse(line: &'static str) -> Option<Self> {
        let [year, metric, band, from, to] = line.split(',').collect::<Vec<_>>().try_into().ok()?;
        let to = if to.is_empty() { f64::INFINITY } else { to.parse().ok()? };
        Some(Self { year: year.parse().ok()?, metric: metric::metric(metric)?, band: band.parse().ok()?, from: from.parse().ok()?, to })
    }

    /// Whether an interval reaches into it.
    fn meets(&self, lower: f64, upper: f64) -> bool {
        lower.max(self.from) < upper.min(self.to) || (lower == upper && self.holds(lower))
    }

    fn holds(&self, value: f64) -> bool {
        self.from <= value && value < self.to
    }
}

/// Years of the reports that have bands.
pub fn years() -> Vec<i32> {
    let mut years: Vec<i32> = STRETCHES.iter().map(|stretch| stretch.year).collect();
    years.dedup();
    years
}

/// Bands of the organisation, of groups and of teams, over all and by month.
pub(crate) fn table(blocks: &[Block<'_>], year: i32) -> TableBuilder {
    let mut builder = TableBuilder::new(&out::TABLE);
    let is_shown = |block: &&Block<'_>| block.scope.kind != scope::SERVICE && [period::MONTH, period::ALL].contains(&block.period);
    for block in blocks.iter().filter(is_shown) {
        for figure in &block.figures {
            let stretches: Vec<Stretch> = STRETCHES.iter().copied().filter(|row| row.year == year && row.metric == figure.metric).collect();
            if !stretches.is_empty() {
                write(&mut builder, block, figure, year, &stretches);
            }
        }
    }
    builder
}

fn write(builder: &mut TableBuilder, block: &Block<'_>, figure: &Figure, year: i32, stretches: &[Stretch]) {
    let estimate = figure.estimate.scaled(if figure.unit == "percent" { 0.01 } else { 1.0 });
    if estimate.value.is_none() && estimate.lower.is_none() {
        return;
    }
    let bands = bands(stretches, estimate.lower.unwrap_or(0.0), estimate.upper.unwrap_or(f64::INFINITY));
    let (best, worst) = (bands.iter().min().copied(), bands.iter().max().copied());
    let between = best.zip(worst).map(|(best, worst)| format!("between {} and {}", best.as_str(), worst.as_str()));
    let is_one = best == worst;
    builder
        .row()
        .text(&out::SCOPE, block.scope.kind)
        .text(&out::SCOPE_ID, &block.scope.id)
        .text(&out::PERIOD, block.period)
        .date(&out::PERIOD_START, block.start)
        .text(&out::METRIC, figure.metric.name)
        .int(&out::YEAR, year.into())
        .real_opt(&out::VALUE, estimate.value)
        .text_opt(&out::BAND, best.filter(|_| is_one).map(Band::as_str))
        .text_opt(&out::BETWEEN, between.filter(|_| !is_one));
}

/// All bands that an interval allows: those that it reaches into, and at an end that no band covers those next to it.
fn bands(stretches: &[Stretch], lower: f64, upper: f64) -> Vec<Band> {
    let mut bands: Vec<Band> = stretches.iter().filter(|stretch| stretch.meets(lower, upper)).map(|stretch| stretch.band).collect();
    let is_covered = |end: f64| stretches.iter().any(|stretch| stretch.from <= end && end <= stretch.to);
    if !is_covered(lower) {
        let next = stretches.iter().map(|stretch| stretch.to).filter(|to| *to < lower).fold(f64::NEG_INFINITY, f64::max);
        bands.extend(stretches.iter().filter(|stretch| stretch.to == next).map(|stretch| stretch.band));
    }
    if !is_covered(upper) {
        let next = stretches.iter().map(|stretch| stretch.from).filter(|from| *from > upper).fold(f64::INFINITY, f64::min);
        bands.extend(stretches.iter().filter(|stretch| stretch.from == next).map(|stretch| stretch.band));
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(year: i32, metric: &Metric, lower: f64, upper: f64) -> (Band, Band) {
        let stretches: Vec<Stretch> = STRETCHES.iter().copied().filter(|row| row.year == year && row.metric == metric).collect();
        let bands = bands(&stretches, lower, upper);
        (*bands.iter().min().unwrap(), *bands.iter().max().unwrap())
    }

    #[test]
    fn every_line_of_the_data_is_read() {
        assert_eq!(STRETCHES.len(), include_str!("bands.csv").lines().count() - 1);
        assert_eq!(years(), [2021, 2023, LATEST]);
        for year in years() {
            assert_eq!(STRETCHES.iter().filter(|stretch| stretch.year == year).count(), 16, "four metrics of four bands in {year}");
        }
    }

    /// As published: 5, 20, 10 and 40 % in 2024 and 5, 10, 15 and 64 % in 2023.
    #[test]
    fn rates_fall_into_the_bands_of_their_year() {
        let rate = &metric::CHANGE_FAILURE_RATE;
        assert_eq!(of(2024, rate, 0.0, 0.04), (Band::Elite, Band::Elite));
        assert_eq!(of(2024, rate, 0.11, 0.19), (Band::High, Band::High));
        assert_eq!(of(2024, rate, 0.06, 0.09), (Band::Medium, Band::Medium), "not monotone, as published");
        assert_eq!(of(2023, rate, 0.06, 0.09), (Band::High, Band::High));
        assert_eq!(of(2024, rate, 0.04, 0.12), (Band::Elite, Band::Medium));
        assert_eq!(of(2024, rate, 0.3, 1.0), (Band::Low, Band::Low));
        assert_eq!(of(2021, rate, 0.2, 0.25), (Band::High, Band::Low), "one stretch for three bands");
        assert_eq!(of(2024, rate, 0.05, 0.05), (Band::Medium, Band::Medium));
        assert_eq!(of(2023, rate, 0.02, 0.05), (Band::Elite, Band::Elite), "an end belongs to the band that ends there");
    }

    /// As published for 2024: under an hour, under a day twice, a week to a month; nothing from a day to a week.
    #[test]
    fn what_no_band_covers_lies_between_its_neighbours() {
        let recovery = &metric::FAILED_DEPLOYMENT_RECOVERY_MEDIAN;
        assert_eq!(of(2024, recovery, 0.2, 0.9), (Band::Elite, Band::Elite));
        assert_eq!(of(2024, recovery, 2.0, 20.0), (Band::High, Band::Medium));
        assert_eq!(of(2024, recovery, 30.0, 50.0), (Band::High, Band::Low));
        assert_eq!(of(2024, recovery, 200.0, f64::INFINITY), (Band::Low, Band::Low));
        assert_eq!(of(2023, recovery, 0.5, 200.0), (Band::Elite, Band::Low));
        assert_eq!(of(2024, &metric::DEPLOYMENT_FREQUENCY, 0.0, 0.0), (Band::Medium, Band::Low));
    }
}
