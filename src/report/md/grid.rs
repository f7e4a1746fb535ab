//! Section 2: metric x cluster, and what differs between clusters.

use std::collections::{HashMap, HashSet};

use crate::report::block::Index;
use crate::report::check_record::{CheckRecord, State};
use crate::report::md::part::Part;
use crate::report::md::safe_text::{Md, code, number, raw, table};
use crate::report::record::Record;

/// The most rows in which every cluster passes that a table shows; beyond, they are counted.
const MOST_GREEN_ROWS: usize = 100;

/// A row: one check of one suite, and what came of it in each cluster.
struct Row<'a> {
    first: &'a CheckRecord,
    cells: HashMap<Option<&'a str>, &'a CheckRecord>,
}

/// One grid of the checks that follow a metric, one of all others.
pub(crate) fn parts(record: &Record, index: &Index<'_>) -> Vec<Part> {
    let (metrics, others): (Vec<_>, Vec<_>) = record
        .checks
        .iter()
        .filter(|check| check.origin.is_some())
        .partition(|check| check.kind == "metric");
    [
        ("## Metrics by cluster\n\n", metrics),
        ("## Other checks by cluster\n\n", others),
    ]
    .into_iter()
    .filter(|(_, checks)| !checks.is_empty())
    .map(|(heading, checks)| Part::new(3, format!("{heading}{}", grid(&checks, index))))
    .collect()
}

fn grid(checks: &[&CheckRecord], index: &Index<'_>) -> String {
    let mut clusters: Vec<Option<&str>> = Vec::new();
    let mut seen = HashSet::new();
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for check in checks {
        let cluster = check.cluster.as_deref();
        if seen.insert(cluster) {
            clusters.push(cluster);
        }
        let place = *places
            .entry((&check.suite, &check.check_id))
            .or_insert_with(|| {
                rows.push(Row {
                    first: check,
                    cells: HashMap::new(),
                });
                rows.len() - 1
            });
        rows[place].cells.insert(cluster, check);
    }
    let mut headers = vec![raw("check")];
    headers.extend(
        clusters
            .iter()
            .map(|cluster| cluster.map_or(raw("verdict"), code)),
    );
    let several = clusters.len() > 1;
    if several {
        headers.push(raw("where"));
    }
    let mut green = 0usize;
    let mut left_out = 0u64;
    let mut shown = Vec::new();
    for row in &rows {
        if row.cells.values().all(|check| check.verdict == State::Pass) {
            green += 1;
            if green > MOST_GREEN_ROWS {
                left_out += 1;
                continue;
            }
        }
        let mut cells = vec![row_name(row.first)];
        cells.extend(clusters.iter().map(|cluster| {
            row.cells
                .get(cluster)
                .map_or(raw(""), |check| cell(check, index))
        }));
        if several {
            cells.push(divergence(row, &clusters));
        }
        shown.push(cells);
    }
    let mut out = table(&headers, &shown);
    if left_out > 0 {
        out.push_str(
            &raw("\nand ")
                .and(number(left_out))
                .and(raw(" more in which every cluster passes.\n"))
                .line(),
        );
    }
    out
}

fn row_name(check: &CheckRecord) -> Md {
    let id = format!("{}/{}", check.suite, check.check_id);
    if check.kind == "metric" {
        code(&check.subject).and(raw(" in ")).and(code(&id))
    } else {
        raw("").and(code(&id))
    }
}

fn cell(check: &CheckRecord, index: &Index<'_>) -> Md {
    match check.verdict {
        State::Pass if check.fixed => raw("✓ fixed: remove the waiver"),
        State::Pass if check.flaky => raw("✓ flaky"),
        State::Pass => raw("✓"),
        State::Fail => match index.gap(check) {
            Some(gap) => match &gap.from {
                Some(from) => raw("✗ ").and(code(from)).and(raw(" → ")).and(code(&gap.to)),
                None => raw("✗ missing at ").and(code(&gap.to)),
            },
            None => raw("✗ fail"),
        },
        State::Error => raw("? error"),
        State::Blocked if check.blocked_unasked() => raw("? blocked, counts as an error"),
        State::Blocked => raw("blocked"),
        State::Skip => raw("skip"),
        State::KnownGap => raw("known-gap"),
    }
}

/// Missing in one place only, everywhere, or nowhere; and where it could not be asked.
fn divergence(row: &Row<'_>, clusters: &[Option<&str>]) -> Md {
    let with = |wanted: fn(&CheckRecord) -> bool| -> Vec<&str> {
        clusters
            .iter()
            .filter(|cluster| row.cells.get(*cluster).is_some_and(|check| wanted(check)))
            .filter_map(|cluster| *cluster)
            .collect()
    };
    let missing = with(|check| matches!(check.verdict, State::Fail | State::KnownGap));
    let unasked = with(|check| check.verdict == State::Error || check.blocked_unasked());
    let mut out = Md::default();
    if missing.len() > 1 && missing.len() == row.cells.len() {
        out = raw("fails everywhere");
    } else if !missing.is_empty() && row.cells.len() > 1 {
        out = raw("fails only in ").and(names(&missing));
    }
    if !unasked.is_empty() {
        let sep = if missing.is_empty() || row.cells.len() < 2 {
            ""
        } else {
            "; "
        };
        out = out
            .and(raw(sep))
            .and(raw("could not be asked in "))
            .and(names(&unasked));
    }
    out
}

fn names(clusters: &[&str]) -> Md {
    let mut out = Md::default();
    for (at, cluster) in clusters.iter().enumerate() {
        if at > 0 {
            out = out.and(raw(", "));
        }
        out = out.and(code(cluster));
    }
    out
}
