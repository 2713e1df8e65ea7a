//! Finds the delimiter of delimited text: the character that stands equally often in the header and in the first rows.

const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
const LINES: usize = 21;

/// The delimiter, and where the data begin: behind a line `sep=;`, which Excel writes and reads as a directive.
pub(crate) fn detect(text: &str) -> (u8, usize) {
    if let Some(found) = directive(text) {
        return found;
    }
    let counts = count(text);
    let Some(header) = counts.first() else { return (b',', 0) };
    let constant = |place: &usize| header[*place] > 0 && counts.iter().all(|line| line[*place] == header[*place]);
    let agreeing = |place: &usize| counts.iter().filter(|line| line[*place] == header[*place]).count();
    let best = (0..CANDIDATES.len())
        .filter(|place| header[*place] > 0)
        .max_by_key(|place| (constant(place), agreeing(place) * 2 > counts.len(), header[*place], usize::MAX - place));
    (best.map_or(b',', |place| CANDIDATES[place]), 0)
}

fn directive(text: &str) -> Option<(u8, usize)> {
    let line = text.lines().next()?;
    let rest = line.strip_prefix("sep=").or_else(|| line.strip_prefix("SEP="))?;
    let [delimiter] = rest.as_bytes() else { return None };
    let end = text.find('\n').map_or(text.len(), |end| end + 1);
    Some((*delimiter, end))
}

/// How often each candidate stands outside quotes in each of the first lines that are not blank.
fn count(text: &str) -> Vec<[usize; 4]> {
    let mut lines = Vec::new();
    let mut counts = [0; 4];
    let (mut quoted, mut blank) = (false, true);
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => {
                if !blank {
                    lines.push(std::mem::take(&mut counts));
                    if lines.len() == LINES {
                        return lines;
                    }
                }
                blank = true;
                continue;
            }
            byte if !quoted => {
                if let Some(place) = CANDIDATES.iter().position(|candidate| *candidate == byte) {
                    counts[place] += 1;
                }
            }
            _ => {}
        }
        blank &= byte == b'\r';
    }
    if !blank {
        lines.push(counts);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_character_wins() {
        let rows = [
            ("a;b;c\n1,5;2;3\n1;2,5;3\n", b';'),
            ("a,b\n\"x;y;z\",1\n\"line\nbreak, and comma\",2\n", b','),
            ("a\tb\n1\t2\n", b'\t'),
            ("id|name\n1|x,y\n", b'|'),
            ("id,services\n1,a|b|c\n2,a\n", b','),
            ("single\nvalue\n", b','),
            ("", b','),
            // A wide row does not unseat the header's delimiter.
            ("a,b,c\n1,2,3\n1,2,3,4\n5,6,7\n", b','),
        ];
        for (text, expected) in rows {
            assert_eq!(detect(text), (expected, 0), "{text:?}");
        }
    }

    #[test]
    fn the_directive_of_excel_is_no_data() {
        assert_eq!(detect("sep=;\r\na,b;c\r\n"), (b';', 7));
    }
}
