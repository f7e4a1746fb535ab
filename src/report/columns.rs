//! A table in plain columns, as the console and JUnit show it.

use crate::leaves::Table;
use crate::report::tame::tame;

/// The most rows of a table that are shown under a check.
const MOST_ROWS: usize = 20;
/// The widest cell, in characters.
const WIDEST_CELL: usize = 60;

/// Tables in plain columns, with a word on rows that were left out.
pub(crate) fn table_lines(table: &Table) -> Vec<String> {
    let cell = |text: &String| {
        let text = tame(text);
        if text.chars().count() <= WIDEST_CELL {
            return text;
        }
        text.chars()
            .take(WIDEST_CELL - 1)
            .chain(['…'])
            .collect::<String>()
    };
    let rows: Vec<Vec<String>> = std::iter::once(&table.columns)
        .chain(table.rows.iter().take(MOST_ROWS))
        .map(|row| row.iter().map(cell).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = vec![tame(&table.title)];
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        out.push(tame(cells.join("  ").trim_end()));
    }
    if table.rows.len() > MOST_ROWS {
        out.push(format!("and {} more rows", table.rows.len() - MOST_ROWS));
    }
    out
}
