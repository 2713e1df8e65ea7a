//! Finds the zone of local times from records that were also seen in UTC.
//!
//! An export that writes local time without an offset does not tell its zone, but a record of it that another export gives in UTC
//! does: the zones that convert every such pair exactly are the candidates. Summer time makes few of them fit a whole year.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::SECOND;

/// One record seen twice: in UTC and on the local clock, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) utc: i64,
    pub(crate) local: i64,
    /// The local time is rounded down to so many microseconds.
    pub(crate) step: i64,
}

/// What pairs say about the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Inference {
    /// One zone, or several that agree on every time of the file.
    Zone(Tz),
    /// Zones that fit all pairs but do not agree on the other times of the file.
    Several(Vec<Tz>),
    /// No zone converts every pair.
    NoZone,
}

/// Fewer pairs than these may agree by chance.
const LEAST: usize = 3;
/// No zone is further than this from UTC.
const FURTHEST: i64 = 14 * 3600 * SECOND;
const QUARTER: i64 = 900 * SECOND;

/// The pairs that can be compared: records whose two times differ by what an offset can be. Others were recreated or moved.
pub(crate) fn comparable(pairs: &[Pair]) -> Vec<Pair> {
    let fits = |pair: &&Pair| {
        let difference = pair.utc - pair.utc.rem_euclid(pair.step) - pair.local;
        difference.abs() <= FURTHEST && difference.rem_euclid(QUARTER) == 0
    };
    pairs.iter().filter(fits).copied().collect()
}

/// Infers the zone from comparable pairs; `locals` are times of the file, `preferred` is taken where it fits as well as others.
pub(crate) fn infer(pairs: &[Pair], locals: &[i64], preferred: Tz) -> Option<Inference> {
    if pairs.len() < LEAST {
        return None;
    }
    let fitting: Vec<Tz> = TZ_VARIANTS.iter().copied().filter(|zone| fits(*zone, pairs)).collect();
    let Some(best) = best(&fitting, preferred) else { return Some(Inference::NoZone) };
    // In the hour that autumn repeats zones may differ in which of the two it is; that hour is uncertain anyway.
    let common = |zone: Tz, local: i64| offsets(zone, local).iter().any(|offset| offsets(best, local).contains(offset));
    let agree = fitting.iter().all(|zone| locals.iter().all(|local| common(*zone, *local)));
    Some(if agree { Inference::Zone(best) } else { Inference::Several(shortest(fitting)) })
}

/// Whether a zone converts every pair exactly.
pub(crate) fn fits(zone: Tz, pairs: &[Pair]) -> bool {
    pairs.iter().all(|pair| {
        let rounded = pair.utc - pair.utc.rem_euclid(pair.step);
        offsets(zone, pair.local).into_iter().flatten().any(|offset| pair.local - offset == rounded)
    })
}

/// The offsets that a local time may have in a zone: one, two in the hour that autumn repeats, none in the one that spring leaves out.
fn offsets(zone: Tz, local: i64) -> [Option<i64>; 2] {
    let Some(naive) = DateTime::from_timestamp_micros(local).map(|at| at.naive_utc()) else { return [None; 2] };
    let found = zone.offset_from_local_datetime(&naive);
    let micros = |offset: <Tz as TimeZone>::Offset| i64::from(offset.fix().local_minus_utc()) * SECOND;
    [found.earliest().map(micros), found.latest().map(micros)]
}

/// The preferred zone where it fits, else the first that people call by a city.
fn best(fitting: &[Tz], preferred: Tz) -> Option<Tz> {
    const REGIONS: [&str; 7] = ["Europe/", "America/", "Asia/", "Australia/", "Africa/", "Pacific/", "Atlantic/"];
    let by_city = |zone: &&Tz| REGIONS.iter().any(|region| zone.name().starts_with(region));
    fitting
        .iter()
        .find(|zone| **zone == preferred)
        .or_else(|| fitting.iter().find(|zone| KNOWN.contains(&zone.name())))
        .or_else(|| fitting.iter().find(by_city))
        .or_else(|| fitting.first())
        .copied()
}

/// Zones of many people: of several that fit alike, one of them is easier to recognise than the first of the alphabet.
const KNOWN: [&str; 24] = [
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "America/Toronto",
    "America/Bogota",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Asia/Dubai",
    "Asia/Jakarta",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Cairo",
    "Australia/Sydney",
    "Australia/Brisbane",
    "Pacific/Auckland",
    "America/Mexico_City",
];

/// A few names for a message, known ones first.
fn shortest(mut zones: Vec<Tz>) -> Vec<Tz> {
    zones.sort_by_key(|zone| (KNOWN.iter().position(|name| *name == zone.name()).unwrap_or(KNOWN.len()), zone.name()));
    zones.truncate(4);
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp_micros()
    }

    fn pair(utc: &str, local: &str) -> Pair {
        Pair { utc: micros(utc), local: micros(local), step: SECOND }
    }

    /// Los Angeles is UTC-8 in winter and UTC-7 in summer.
    #[test]
    fn a_year_of_pairs_names_the_zone() {
        let pairs = [
            pair("2026-01-10 17:00:03", "2026-01-10 09:00:03"),
            pair("2026-07-10 16:00:03", "2026-07-10 09:00:03"),
            pair("2026-11-20 01:30:00", "2026-11-19 17:30:00"),
        ];
        let locals: Vec<i64> = pairs.iter().map(|pair| pair.local).collect();
        assert_eq!(infer(&pairs, &locals, Tz::UTC), Some(Inference::Zone(chrono_tz::America::Los_Angeles)));
        assert!(fits(chrono_tz::America::Los_Angeles, &pairs) && !fits(chrono_tz::America::Phoenix, &pairs));
    }

    /// In summer alone Phoenix and Los Angeles are the same; a file that also has a winter time needs to know which.
    #[test]
    fn pairs_of_one_season_may_leave_several() {
        let pairs = ["2026-07-10", "2026-07-11", "2026-07-12"].map(|day| pair(&format!("{day} 16:00:00"), &format!("{day} 09:00:00")));
        let summer: Vec<i64> = pairs.iter().map(|pair| pair.local).collect();
        assert!(matches!(infer(&pairs, &summer, Tz::UTC), Some(Inference::Zone(_))));
        let year = [summer, vec![micros("2026-01-10 09:00:00")]].concat();
        let Some(Inference::Several(zones)) = infer(&pairs, &year, Tz::UTC) else { panic!("several expected") };
        assert!(zones.contains(&chrono_tz::America::Phoenix) && zones.contains(&chrono_tz::America::Los_Angeles));
        assert_eq!(infer(&pairs[..2], &year, Tz::UTC), None);
    }

    #[test]
    fn pairs_that_no_offset_explains_are_left_out() {
        let moved = pair("2026-07-10 16:00:00", "2025-03-10 09:00:00");
        let odd = pair("2026-07-10 16:00:00", "2026-07-10 09:07:00");
        assert!(comparable(&[moved, odd]).is_empty());
        let rounded = Pair { utc: micros("2026-07-10 16:00:59"), local: micros("2026-07-10 09:00:00"), step: 60 * SECOND };
        assert_eq!(comparable(&[rounded]), [rounded]);
        let contradicting = [
            pair("2026-07-10 16:00:00", "2026-07-10 09:00:00"),
            pair("2026-07-11 16:00:00", "2026-07-11 08:00:00"),
            pair("2026-07-12 16:00:00", "2026-07-12 09:00:00"),
        ];
        assert_eq!(infer(&contradicting, &[], Tz::UTC), Some(Inference::NoZone));
    }

    proptest::proptest! {
        /// Times of any zone, told in UTC as well, give back a zone that converts them as that zone does.
        #[test]
        fn the_zone_of_made_up_pairs_is_found(place in 0..TZ_VARIANTS.len(), hours in proptest::collection::vec(0i64..17_520, 3..40)) {
            let zone = TZ_VARIANTS[place];
            let pairs: Vec<Pair> = hours
                .iter()
                .map(|hour| {
                    let utc = micros("2025-01-01 00:00:00") + hour * 3600 * SECOND;
                    let local = DateTime::from_timestamp_micros(utc).unwrap().with_timezone(&zone).naive_local();
                    Pair { utc, local: local.and_utc().timestamp_micros(), step: SECOND }
                })
                .collect();
            let locals: Vec<i64> = pairs.iter().map(|pair| pair.local).collect();
            let found = infer(&comparable(&pairs), &locals, Tz::UTC);
            let Some(Inference::Zone(found)) = found else { panic!("{zone}: {found:?}") };
            proptest::prop_assert!(fits(found, &pairs), "{} for {}", found, zone);
        }
    }
}
