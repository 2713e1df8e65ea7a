//! What a title says: its words without what differs from one record to the next.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use unicode_segmentation::UnicodeSegmentation;

/// Words of a title that are looked at.
const LONGEST: usize = 40;
/// From this number of digits on, letters before them are the prefix of a record number: `INC0012345`.
const RECORD_DIGITS: usize = 4;
/// Status codes of HTTP, the numbers in titles that say what is wrong.
const STATUS_CODES: std::ops::Range<u32> = 400..600;

/// Words that every title may have: articles, prepositions, and what an incident is called when nobody thinks.
const EMPTY: [&str; 82] = [
    "a",
    "alarm",
    "alert",
    "am",
    "an",
    "and",
    "are",
    "at",
    "auf",
    "aus",
    "be",
    "bei",
    "beim",
    "by",
    "case",
    "das",
    "de",
    "dem",
    "den",
    "der",
    "des",
    "die",
    "do",
    "dummy",
    "ein",
    "eine",
    "error",
    "est",
    "et",
    "false",
    "fehler",
    "for",
    "from",
    "fur",
    "für",
    "fwd",
    "has",
    "have",
    "help",
    "hilfe",
    "im",
    "in",
    "incident",
    "is",
    "ist",
    "issue",
    "it",
    "le",
    "les",
    "mit",
    "mixed",
    "na",
    "new",
    "none",
    "null",
    "of",
    "on",
    "or",
    "other",
    "please",
    "problem",
    "re",
    "request",
    "störung",
    "tbd",
    "test",
    "the",
    "this",
    "ticket",
    "to",
    "todo",
    "true",
    "und",
    "undefined",
    "unknown",
    "urgent",
    "von",
    "was",
    "were",
    "with",
    "zu",
    "zum",
];

static EMPTY_STEMS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| EMPTY.into_iter().map(stem).collect());

/// Words of a title that say what is wrong, ascending and each once; a title that is a code alone is one word.
///
/// Numbers, record numbers and hexadecimal identifiers are left out, since they differ between records of the same thing, and so are the
/// words of `names`: that an incident's title names its own service says nothing about what is wrong with it.
pub(crate) fn words(title: &str, names: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> = pieces(title).filter_map(|piece| word(&piece)).filter(|word| !names.contains(word)).collect();
    found.truncate(LONGEST);
    found.sort_unstable();
    found.dedup();
    match code(title).filter(|_| found.is_empty()) {
        Some(code) => vec![code],
        None => found,
    }
}

/// Words of a name in the form in which they would be found in a title, and all of them as one.
pub(crate) fn names(name: &str, into: &mut BTreeSet<String>) {
    into.extend(pieces(name).filter_map(|piece| word(&piece)));
    let whole: String = pieces(name).filter(|piece| piece.chars().all(char::is_alphabetic)).collect();
    into.extend(word(&whole));
}

/// Runs of letters and digits, lower case.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = String> {
    text.unicode_words().flat_map(|word| word.split('_')).map(str::to_lowercase)
}

/// The word that a piece stands for; none where it is empty or a number.
pub(crate) fn word(piece: &str) -> Option<String> {
    let letters: String = piece.chars().filter(|character| character.is_alphabetic()).collect();
    let digits = piece.chars().filter(char::is_ascii_digit).count();
    if letters.is_empty() {
        return piece.parse().ok().filter(|number| STATUS_CODES.contains(number)).map(|number: u32| number.to_string());
    }
    let is_hexadecimal = digits > 0 && piece.len() >= 8 && piece.chars().all(|character| character.is_ascii_hexdigit());
    let stem = stem(&letters);
    let is_word = (stem.chars().count() > 1 || !stem.is_ascii()) && !EMPTY_STEMS.contains(stem);
    (is_word && digits < RECORD_DIGITS && !is_hexadecimal).then(|| stem.to_owned())
}

/// Without the ending of the plural, so that `query`, `queries`, `cache` and `caches` meet: Harman's rules (1991, "How effective is
/// suffixing?") with both forms cut instead of one mended.
fn stem(word: &str) -> &str {
    if word.chars().count() < 4 || ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) {
        return word;
    }
    ["ies", "es", "s"].iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word).trim_end_matches(['y', 'e'])
}

/// A title that is nothing but a code, such as `491` or `KM-0001106`.
fn code(title: &str) -> Option<String> {
    let title = title.trim();
    let is_code = !title.is_empty() && !title.contains(char::is_whitespace) && title.chars().any(|character| character.is_ascii_digit());
    is_code.then(|| title.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(title: &str) -> String {
        let mut own = BTreeSet::new();
        names("payments-api", &mut own);
        words(title, &own).join(" ")
    }

    #[test]
    fn what_differs_between_records_of_the_same_thing_is_left_out() {
        assert_eq!(read("INC0012345: disks full on srv-04 (95 %)"), "disk full srv");
        assert_eq!(read("Payments_API – HTTP 503 at 14:05, paymentsapi"), "503 http");
        assert_eq!(read("job 3f2a9c1be7d4 failed, caches and queries"), "cach failed job quer");
        assert_eq!(read("Störung payments-api: Aufträge bleiben hängen"), "aufträg bleiben hängen");
        assert_eq!(read("支払い API タイムアウト"), read("支払い タイムアウト API"));
    }

    #[test]
    fn titles_that_say_nothing_have_no_words_and_codes_are_one() {
        for title in ["", "   ", "test", "Incidents", "!!!", "Problem with payments-api", "12:30", "a b c"] {
            assert_eq!(read(title), if title == "12:30" { "12:30" } else { "" }, "{title:?}");
        }
        assert_eq!((read("491").as_str(), read("KM0001106").as_str()), ("491", "km0001106"));
    }
}
