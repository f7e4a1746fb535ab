//! The page: its sections in order, and what is left out when it must be small.

use crate::report::block::Index;
use crate::report::md::part::Part;
use crate::report::md::{appendix, finding, grid, lists, summary};
use crate::report::options::FormatOptions;
use crate::report::record::Record;

/// Room that is kept for the word on what was left out, in bytes.
const ROOM_FOR_NOTE: usize = 256;

/// Writes the record as a gap report.
pub(crate) fn write(record: &Record, options: &FormatOptions) -> Vec<u8> {
    let index = Index::of(record);
    let mut parts = summary::parts(record);
    parts.extend(grid::parts(record, &index));
    parts.extend(finding::parts(record, &index));
    parts.extend(lists::parts(record, &index));
    let appendix = appendix::parts(record);
    let start = parts.len();
    let count = appendix.len();
    parts.extend(appendix);
    let kept = keep(&parts, options.md_budget);
    let mut out = String::new();
    let mut left_out = 0;
    for (at, (part, kept)) in parts.iter().zip(&kept).enumerate() {
        if count > 0 && at == start {
            out.push_str(appendix::OPEN);
        }
        if *kept {
            out.push_str(&part.text);
            if !part.text.ends_with("\n\n") {
                out.push('\n');
            }
        } else {
            left_out += 1;
        }
    }
    if count > 0 {
        out.push_str(appendix::CLOSE);
    }
    if left_out > 0 {
        out.push_str(&format!(
            "\n{left_out} of {} parts were left out to keep this page within {} bytes; the JSON report has everything.\n",
            parts.len(),
            options.md_budget
        ));
    }
    out.into_bytes()
}

/// Which parts fit, the ranks in order; rank 0 always does. Once a part of a rank does not fit, nothing of a later rank is kept.
fn keep(parts: &[Part], budget: usize) -> Vec<bool> {
    let frame = appendix::OPEN.len() + appendix::CLOSE.len() + ROOM_FOR_NOTE;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| parts[*at].rank);
    let mut kept = vec![false; parts.len()];
    let (mut used, mut full_at) = (frame, u8::MAX);
    for at in order {
        let part = &parts[at];
        let size = part.text.len() + 1;
        if part.rank > 0 && (part.rank > full_at || used + size > budget) {
            full_at = full_at.min(part.rank);
            continue;
        }
        kept[at] = true;
        used += size;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_kept_whatever_the_budget() {
        let parts = [
            Part::new(0, "summary".repeat(100)),
            Part::new(9, "appendix".into()),
            Part::new(2, "gap".into()),
        ];
        assert_eq!(keep(&parts, 10), [true, false, false]);
        assert_eq!(keep(&parts, 100_000), [true, true, true]);
        let room = 700 + 1 + appendix::OPEN.len() + appendix::CLOSE.len() + ROOM_FOR_NOTE + 4;
        assert_eq!(keep(&parts, room), [true, false, true]);
    }
}
