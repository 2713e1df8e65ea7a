//! The review as GitHub-flavoured Markdown, for a wiki: the sections, findings and tables of the page, without its charts.

use std::fmt::Write;

use crate::outline::{Cell, Outline, Part, Section, Table};

/// The whole page; ends in a line feed.
pub(crate) fn page(outline: &Outline) -> String {
    let mut page = String::new();
    head(&mut page, outline);
    for (number, section) in outline.sections.iter().enumerate() {
        section_of(&mut page, number + 1, section);
    }
    let _ = write!(
        page,
        "\n---\n\n{} · settings and checksums: [manifest.json](manifest.json) · all rows: [tables/](tables/)\n",
        plain(&outline.foot)
    );
    page
}

fn head(page: &mut String, outline: &Outline) {
    let _ = write!(page, "# {}: {}\n\n", plain(&outline.organisation), plain(&outline.title));
    let definition = [outline.definition_sentence.as_str(), outline.warning.as_str()].join(" ");
    let _ = writeln!(page, "- **Period:** {}", plain(&outline.period));
    let _ = writeln!(page, "- **Definition:** {}: {}", plain(&outline.definition), plain(definition.trim()));
    let _ = writeln!(page, "- **Rests on:** {}", plain(&outline.rests_on));
    if !outline.check.is_empty() {
        let label = if outline.is_withheld { "No verdicts" } else { "How far to believe it" };
        let _ = writeln!(page, "- **{label}:** {} [placebo](tables/placebo.csv)", plain(&outline.check));
    }
}

fn section_of(page: &mut String, number: usize, section: &Section) {
    let tables: Vec<String> = section.tables.iter().map(|table| format!("[{}](tables/{table}.csv)", plain(table))).collect();
    let _ = write!(page, "\n## {number} {}\n\n**{}**\n\n", plain(&section.title), plain(&section.finding));
    let rows = if tables.is_empty() { String::new() } else { format!(" · rows: {}", tables.join(", ")) };
    let _ = writeln!(page, "{}{rows}", plain(&section.meta));
    for part in &section.parts {
        match part {
            Part::Text(text) => {
                let _ = write!(page, "\n{}\n", paragraph(text));
            }
            Part::List(items) => list(page, items),
            Part::Table(table) => table_of(page, table),
            Part::Code(lines) => code(page, lines),
        }
    }
}

fn list(page: &mut String, items: &[String]) {
    page.push('\n');
    for item in items {
        let _ = writeln!(page, "- {}", paragraph(item));
    }
}

fn table_of(page: &mut String, table: &Table) {
    let _ = write!(page, "\n### {}\n\n", plain(&table.caption));
    if !table.subtitle.is_empty() {
        let _ = write!(page, "{}\n\n", paragraph(&table.subtitle));
    }
    let heads: Vec<String> = table.head.iter().map(|(label, _)| plain(label)).collect();
    let rules: Vec<&str> = table.head.iter().map(|(_, is_number)| if *is_number { "---:" } else { "---" }).collect();
    let _ = writeln!(page, "| {} |\n| {} |", heads.join(" | "), rules.join(" | "));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
    if !table.rest.is_empty() {
        let _ = write!(page, "\n{} The rest stands in the tables.\n", paragraph(&table.rest));
    }
}

/// Lines as they are, between fences that are longer than any run of backticks within.
fn code(page: &mut String, lines: &str) {
    let longest = lines.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = write!(page, "\n{fence}toml\n{lines}\n{fence}\n");
}

fn cell(cell: &Cell) -> String {
    let text = plain(&cell.text);
    let text = if cell.href.is_empty() { text } else { format!("[{text}]({})", address(&cell.href)) };
    if cell.remark.is_empty() { text } else { format!("{text}<br>{}", plain(&cell.remark)) }
}

/// Text that Markdown shows as it is, in one line: marks are escaped, so that a title can neither leave its cell nor bring HTML.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => escaped.extend(['\\', character]),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The same at the beginning of a line, where a few more marks would make a heading or a list.
fn paragraph(text: &str) -> String {
    let escaped = plain(text);
    if escaped.starts_with(['#', '-', '+', '=']) { format!("\\{escaped}") } else { escaped }
}

/// An address that stays within its parentheses and its cell.
fn address(url: &str) -> String {
    let mut escaped = String::with_capacity(url.len());
    for character in url.chars() {
        match character {
            '(' | ')' | '<' | '>' | '|' | '\\' | '`' | ' ' | '"' => {
                let _ = write!(escaped, "%{:02X}", u32::from(character));
            }
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Cell {
        Cell { text: text.to_owned(), ..Cell::default() }
    }

    #[test]
    fn marks_cannot_leave_their_cell() {
        let hostile = Cell { text: "a|b\nc".to_owned(), remark: "<img src=x> *b* `c` [d](e)".to_owned(), href: String::new() };
        assert_eq!(cell(&hostile), "a\\|b c<br>&lt;img src=x&gt; \\*b\\* \\`c\\` \\[d\\](e)");
        let linked = Cell { href: "https://x/a b|c)(<d>".to_owned(), ..of("INC_1") };
        assert_eq!(cell(&linked), "[INC\\_1](https://x/a%20b%7Cc%29%28%3Cd%3E)");
        assert_eq!(paragraph("# 1"), "\\# 1");
    }

    #[test]
    fn code_cannot_leave_its_fence() {
        let mut page = String::new();
        code(&mut page, "name = \"a```b\"");
        assert_eq!(page, "\n````toml\nname = \"a```b\"\n````\n");
    }

    #[test]
    fn tables_have_a_rule_below_the_head() {
        let table = Table {
            caption: "Teams".to_owned(),
            head: vec![("Team".to_owned(), false), ("Rate".to_owned(), true)],
            rows: vec![vec![of("Payments"), of("3.0 %")]],
            rest: "Showing 1 of 2 teams.".to_owned(),
            ..Table::default()
        };
        let mut page = String::new();
        table_of(&mut page, &table);
        assert_eq!(
            page,
            "\n### Teams\n\n| Team | Rate |\n| --- | ---: |\n| Payments | 3.0 % |\n\nShowing 1 of 2 teams. The rest stands in the tables.\n"
        );
    }
}
