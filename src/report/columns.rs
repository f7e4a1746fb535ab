//! A table in plain columns, as the console and JUnit show it.

use console::{Alignment, measure_text_width, pad_str, truncate_str};

use crate::leaves::Table;
use crate::report::tame::tame;

/// The most rows of a table that are shown under a check.
const MOST_ROWS: usize = 20;
/// The widest cell, in columns of the terminal: wide characters take two, combining ones none.
const WIDEST_CELL: usize = 60;

/// Tables in plain columns, with a word on rows that were left out.
pub(crate) fn table_lines(table: &Table) -> Vec<String> {
    let cell = |text: &String| truncate_str(&tame(text), WIDEST_CELL, "…").into_owned();
    let rows: Vec<Vec<String>> = std::iter::once(&table.columns)
        .chain(table.rows.iter().take(MOST_ROWS))
        .map(|row| row.iter().map(cell).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| measure_text_width(cell))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = vec![tame(&table.title)];
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| pad_str(cell, *width, Alignment::Left, None).into_owned())
            .collect();
        out.push(tame(cells.join("  ").trim_end()));
    }
    if table.rows.len() > MOST_ROWS {
        out.push(format!("and {} more rows", table.rows.len() - MOST_ROWS));
    }
    out
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
        let ends: Vec<usize> = lines[1..]
            .iter()
            .map(|line| measure_text_width(line))
            .collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{lines:#?}");
        assert!(ends[0] <= WIDEST_CELL + 5);
    }
}
