//! Places local times in a zone. Looking a zone up is slow and exports come in runs of near times, so answers are kept.

use chrono::{DateTime, MappedLocalTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

use super::SECOND;
use crate::IngestError;
use crate::error::closest;

/// What becomes of a local time, in microseconds UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    Once(i64),
    /// In the hour that autumn repeats: the earlier of the two.
    Twice(i64),
    /// In the hour that spring leaves out: shifted forward.
    Never(i64),
}

/// A zone with the offsets of the quarters of an hour that were asked for lately.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) tz: Tz,
    /// Quarter of an hour and its offset in microseconds, at the place of its number modulo the length.
    known: Vec<Option<(i64, i64)>>,
}

const PLACES: i64 = 4096;
const QUARTER: i64 = 900 * SECOND;

impl Zone {
    pub(crate) fn new(tz: Tz) -> Self {
        Self { tz, known: Vec::new() }
    }

    /// The zone of that name; `place` says where it was set.
    pub(crate) fn named(name: &str, place: impl FnOnce() -> String) -> Result<Self, IngestError> {
        name.trim().parse().map(Self::new).map_err(|_| IngestError::UnknownZone {
            place: place(),
            zone: name.to_owned(),
            closest: closest(name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())),
        })
    }

    pub(crate) fn place(&mut self, local: i64) -> Placed {
        if self.tz == Tz::UTC {
            return Placed::Once(local);
        }
        if self.known.is_empty() {
            self.known = vec![None; usize::try_from(PLACES).unwrap_or(1)];
        }
        let quarter = local.div_euclid(QUARTER);
        let place = usize::try_from(quarter.rem_euclid(PLACES)).unwrap_or(0);
        if let Some((_, offset)) = self.known[place].filter(|(known, _)| *known == quarter) {
            return Placed::Once(local - offset);
        }
        let start = quarter * QUARTER;
        if let (Some(first), Some(last)) = (self.single(start), self.single(start + QUARTER - 1))
            && first == last
        {
            self.known[place] = Some((quarter, first));
            return Placed::Once(local - first);
        }
        self.look_up(local)
    }

    fn single(&self, local: i64) -> Option<i64> {
        let naive = DateTime::from_timestamp_micros(local)?.naive_utc();
        let offset = self.tz.offset_from_local_datetime(&naive).single()?;
        Some(i64::from(offset.fix().local_minus_utc()) * SECOND)
    }

    fn look_up(&self, local: i64) -> Placed {
        let Some(naive) = DateTime::from_timestamp_micros(local).map(|at| at.naive_utc()) else { return Placed::Once(local) };
        let in_utc = |offset: &<Tz as TimeZone>::Offset| local - i64::from(offset.fix().local_minus_utc()) * SECOND;
        match self.tz.offset_from_local_datetime(&naive) {
            MappedLocalTime::Single(offset) => Placed::Once(in_utc(&offset)),
            MappedLocalTime::Ambiguous(earlier, later) => Placed::Twice(in_utc(&earlier).min(in_utc(&later))),
            // The offset that held before the gap puts the time as far behind it as it lies within.
            MappedLocalTime::None => {
                let before = self.tz.offset_from_local_datetime(&(naive - TimeDelta::hours(3))).earliest();
                Placed::Never(before.map_or(local, |offset| in_utc(&offset)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cache never changes an answer, also around the changes of the clock, also with half-hour changes.
    #[test]
    fn kept_answers_equal_fresh_ones() {
        for tz in [chrono_tz::Europe::Berlin, chrono_tz::Australia::Lord_Howe, chrono_tz::America::New_York, chrono_tz::Asia::Kolkata] {
            let mut zone = Zone::new(tz);
            // Every seven minutes through 2026.
            for step in 0..75_000 {
                let local = 1_767_225_600 * SECOND + step * 420 * SECOND;
                assert_eq!(zone.place(local), zone.look_up(local), "{tz} {local}");
            }
        }
    }

    #[test]
    fn unknown_zones_are_refused_with_a_suggestion() {
        let error = Zone::named("Europe/Berlinn", || "[org]".to_owned()).unwrap_err();
        assert_eq!(error.to_string(), r#"unknown time zone "Europe/Berlinn" in [org], did you mean "Europe/Berlin"?"#);
    }
}
