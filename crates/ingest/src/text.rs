//! Cleans cells: null words, spreadsheet escapes, control characters, and what would name a person.

use std::borrow::Cow;

/// Words that stand for "no value" in common exports (formats, section 2.2).
const NULLS: [&str; 14] = ["null", "NULL", "Null", "None", "NaN", "nan", "N/A", "n/a", "-", "?", "(empty)", "UNKNOWN", "#N/A", "\\N"];

/// Which texts stand for "no value".
#[derive(Debug, Default)]
pub(crate) struct Nulls {
    added: Vec<String>,
}

impl Nulls {
    pub(crate) fn with(added: &[String]) -> Self {
        Self { added: added.to_vec() }
    }

    /// Whether a trimmed text is none.
    pub(crate) fn contains(&self, text: &str) -> bool {
        text.is_empty() || (text.len() <= 7 && NULLS.contains(&text)) || self.added.iter().any(|added| added == text)
    }
}

/// A cell without surrounding space and without the apostrophe that exports put before formulas.
pub(crate) fn bare(text: &str) -> &str {
    let text = text.trim();
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['+', '-', '=', '@']) => rest,
        _ => text,
    }
}

/// The text on one line, and whether control characters were taken out.
pub(crate) fn one_line(text: &str) -> (Cow<'_, str>, bool) {
    if !text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return (Cow::Borrowed(text), false);
    }
    let mut removed = false;
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            letter if letter.is_control() => removed = true,
            letter => line.push(letter),
        }
    }
    (Cow::Owned(line.trim().to_owned()), removed)
}

/// The text with mail addresses and telephone numbers replaced by `<mail>` and `<phone>`.
pub(crate) fn without_contacts(text: &str) -> Cow<'_, str> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let without_mails = if text.contains('@') { Cow::Owned(mask_mails(text)) } else { Cow::Borrowed(text) };
    if digits < 8 {
        return without_mails;
    }
    match mask_phones(&without_mails) {
        Some(masked) => Cow::Owned(masked),
        None => without_mails,
    }
}

fn mask_mails(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            masked.push(' ');
        }
        masked.push_str(&mask_mail(word));
    }
    masked
}

/// One word; what surrounds an address in it stays.
fn mask_mail(word: &str) -> Cow<'_, str> {
    let local = |letter: char| letter.is_alphanumeric() || "._%+-'".contains(letter);
    let domain = |letter: char| letter.is_alphanumeric() || letter == '.' || letter == '-';
    let Some(at) = word.find('@') else { return Cow::Borrowed(word) };
    let start = word[..at].char_indices().rev().take_while(|(_, letter)| local(*letter)).last().map_or(at, |(index, _)| index);
    let after = &word[at + 1..];
    let length = after.find(|letter| !domain(letter)).unwrap_or(after.len());
    let host = after[..length].trim_end_matches(['.', '-']);
    if start == at || !host.contains('.') {
        return Cow::Owned(format!("{}{}", &word[..=at], mask_mail(after)));
    }
    Cow::Owned(format!("{}<mail>{}", &word[..start], mask_mail(&after[host.len()..])))
}

/// The text with telephone numbers masked, where it has any.
fn mask_phones(text: &str) -> Option<String> {
    let mut masked = String::new();
    let mut copied = 0;
    let mut from = 0;
    let bytes = text.as_bytes();
    while from < bytes.len() {
        let length = phone_like(&bytes[from..]);
        let joined = from > 0 && (bytes[from - 1].is_ascii_alphanumeric() || matches!(bytes[from - 1], b'-' | b'.' | b':' | b'_' | b'/'));
        if length > 0 && !joined && is_phone(&text[from..from + length]) {
            masked.push_str(&text[copied..from]);
            masked.push_str("<phone>");
            copied = from + length;
        }
        from += length.max(1);
    }
    masked.push_str(&text[copied..]);
    (copied > 0).then_some(masked)
}

/// Length of a run that may be a telephone number; it ends with a digit.
fn phone_like(bytes: &[u8]) -> usize {
    if !bytes.first().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'(')) {
        return 0;
    }
    let run =
        bytes.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'(' | b')' | b' ' | b'-' | b'/' | b'.')).count();
    bytes[..run].iter().rposition(u8::is_ascii_digit).map_or(0, |last| last + 1)
}

/// Numbers with a country code, with a leading zero or bracket and separators, or grouped 3-3-4.
fn is_phone(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let groups: Vec<usize> = run.split(|letter: char| !letter.is_ascii_digit()).filter(|group| !group.is_empty()).map(str::len).collect();
    if !(8..=15).contains(&digits) {
        return false;
    }
    let national = (run.starts_with('0') || run.starts_with('(')) && groups.len() >= 2 && digits >= 9;
    run.starts_with('+') || (national && !run.contains('.')) || groups == [3, 3, 4]
}

/// The first reference such as `CHG0012345` in a text: the prefix and at least seven digits.
pub(crate) fn reference<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    text.match_indices(prefix).find_map(|(start, _)| {
        let rest = &text[start + prefix.len()..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let alone = !text[..start].ends_with(|letter: char| letter.is_alphanumeric());
        (digits >= 7 && alone).then(|| &text[start..start + prefix.len() + digits])
    })
}

/// Whether a header names a column about persons (architecture, rule 10).
pub(crate) fn names_person(header: &str) -> bool {
    const PERSONS: [&str; 28] = [
        "caller_id",
        "caller",
        "opened_by",
        "assigned_to",
        "resolved_by",
        "closed_by",
        "created_by",
        "updated_by",
        "sys_created_by",
        "sys_updated_by",
        "requested_by",
        "approved_by",
        "watch_list",
        "work_notes_list",
        "creator",
        "actor",
        "author",
        "committer",
        "assignee",
        "reporter",
        "user",
        "username",
        "login",
        "email",
        "mail",
        "phone",
        "owned_by",
        "managed_by",
    ];
    let header = normal(header);
    let leaf = header.rsplit('.').next().unwrap_or(&header);
    let stem = header.split('.').next().unwrap_or(&header);
    PERSONS.contains(&leaf) || PERSONS.contains(&stem)
}

/// A header as it is compared: lower case, words joined by `_`.
pub(crate) fn normal(header: &str) -> String {
    let header = header.trim().trim_start_matches('\u{feff}').trim_matches('"').trim();
    let words = header.split(|letter: char| letter.is_whitespace() || letter == '_' || letter == '-');
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_cleaned() {
        assert_eq!(bare("  '=SUM(A1) "), "=SUM(A1)");
        assert_eq!(bare("'quoted'"), "'quoted'");
        assert_eq!(one_line("a\r\n b\u{7}"), (Cow::Owned("a  b".to_owned()), true));
        assert_eq!(one_line("plain"), (Cow::Borrowed("plain"), false));
        assert!(Nulls::default().contains("?") && Nulls::with(&["k. A.".to_owned()]).contains("k. A."));
    }

    #[test]
    fn contacts_are_masked_and_nothing_else() {
        let rows = [
            ("mail jane.doe@example.com now", "mail <mail> now"),
            ("(see <jane@example.com>, joe@x.org)", "(see <<mail>>, <mail>)"),
            ("user@host without dot", "user@host without dot"),
            ("call +44 20 7946 0958 please", "call <phone> please"),
            ("call 030 1234567-89", "call <phone>"),
            ("call (555) 123-4567 or 555-123-4567", "call <phone> or <phone>"),
            ("on 2026-04-03 09:12:44 it failed", "on 2026-04-03 09:12:44 it failed"),
            ("CHG0012345678 and INC0012345", "CHG0012345678 and INC0012345"),
            ("host 10.20.30.40 port 8443", "host 10.20.30.40 port 8443"),
            ("order 1234567890", "order 1234567890"),
            ("03.04.2026 09:12", "03.04.2026 09:12"),
        ];
        for (text, expected) in rows {
            assert_eq!(without_contacts(text), expected);
        }
    }

    #[test]
    fn references_stand_alone() {
        assert_eq!(reference("Change CHG0033616, see XCHG0000001", "CHG"), Some("CHG0033616"));
        assert_eq!(reference("XCHG0000001 CHG12", "CHG"), None);
    }

    #[test]
    fn person_columns_are_known() {
        for header in ["caller_id", "Assigned to", "creator.login", "commit.author"] {
            assert!(names_person(header), "{header}");
        }
        assert!(!names_person("assignment_group") && !names_person("owner"));
    }

    proptest::proptest! {
        #[test]
        fn masking_never_panics_and_leaves_no_address(text in ".{0,60}", name in "[a-z]{1,8}", host in "[a-z]{1,8}") {
            let _ = without_contacts(&text);
            let masked = without_contacts(&format!("x {name}@{host}.example y")).into_owned();
            proptest::prop_assert_eq!(masked, "x <mail> y");
        }
    }
}
