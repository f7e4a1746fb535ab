//! A table in plain columns, as the console and JUnit show it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::leaves::Table;
use crate::report::tame::tame;

/// The most rows of a table that are shown under a check.
const MOST_ROWS: usize = 20;
/// The widest cell, in columns of the terminal: wide characters take two, combining ones none.
const WIDEST_CELL: usize = 60;

/// Tables in plain columns, with a word on rows that were left out.
pub(crate) fn table_lines(table: &Table) -> Vec<String> {
    let cell = |text: &String| narrowed(tame(text));
    let rows: Vec<Vec<String>> = std::iter::once(&table.columns)
        .chain(table.rows.iter().take(MOST_ROWS))
        .map(|row| row.iter().map(cell).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = vec![tame(&table.title)];
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| {
                let pad = width.saturating_sub(cell.width());
                format!("{cell}{:pad$}", "")
            })
            .collect();
        out.push(tame(cells.join("  ").trim_end()));
    }
    if table.rows.len() > MOST_ROWS {
        out.push(format!("and {} more rows", table.rows.len() - MOST_ROWS));
    }
    out
}

/// The text, cut to the widest cell.
fn narrowed(text: String) -> String {
    if text.width() <= WIDEST_CELL {
        return text;
    }
    let mut room = WIDEST_CELL - 1;
    let fits = |c: &char| {
        let width = c.width().unwrap_or(0);
        let fits = width <= room;
        room = room.saturating_sub(width);
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i07_wide_and_combining_characters_leave_columns_where_they_are() {
        let row = |name: &str| vec![name.to_owned(), "end".to_owned()];
        let table = Table {
            title: "names".into(),
            columns: row("name"),
            rows: vec![
                row("漢字"),
                row("e\u{301}e\u{301}"),
                row("plain"),
                row(&"漢".repeat(100)),
            ],
        };
        let lines = table_lines(&table);
        let ends: Vec<usize> = lines[1..].iter().map(|line| line.width()).collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{lines:#?}");
        assert!(ends[0] <= WIDEST_CELL + 5);
    }
}
