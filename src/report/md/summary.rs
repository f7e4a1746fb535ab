//! Section 1: the verdict, the counts, why the exit code is what it is, and from where was asked.

use crate::report::check_record::State;
use crate::report::md::causes;
use crate::report::md::part::Part;
use crate::report::md::safe_text::{Md, number, raw, table, text};
use crate::report::record::{Record, RunVerdict};

/// The summary; never left out.
pub(crate) fn parts(record: &Record) -> Vec<Part> {
    let heading = match record.verdict {
        RunVerdict::Pass => "# gapcheck: PASS",
        RunVerdict::Fail => "# gapcheck: FAIL",
        RunVerdict::Error => "# gapcheck: ERROR",
    };
    let mut out = format!("{heading}\n\n");
    if !record.finished {
        let by = match &record.ended_by {
            Some(by) => raw(": ended by ").and(text(by)),
            None => Md::default(),
        };
        out.push_str(&raw("**The run did not finish**").and(by).line());
        out.push_str(".\n\n");
    }
    let open = record.gaps.iter().filter(|gap| !gap.waived).count();
    out.push_str(
        &raw("Exit code ")
            .and(number(record.exit_code))
            .and(raw(": "))
            .and(text(record.exit_reason.trim_end_matches('.')))
            .line(),
    );
    out.push_str(&match open {
        0 => ".\n\n".to_owned(),
        1 => ". 1 gap is open.\n\n".to_owned(),
        open => format!(". {open} gaps are open.\n\n"),
    });
    out.push_str(&causes::overview(record));
    let mut headers: Vec<Md> = State::ALL.iter().map(|state| raw(state.word())).collect();
    headers.push(raw("of these flaky"));
    let mut counts: Vec<Md> = State::ALL
        .iter()
        .map(|state| number(record.counts.get(*state)))
        .collect();
    counts.push(number(record.counts.flaky));
    out.push_str(&table(&headers, &[counts]));
    out.push_str(
        &raw("\nAsked from ")
            .and(text(&record.vantage))
            .and(raw(
                ". *Fail*: asked, and it is not so. *Error*: could not be asked.\n",
            ))
            .line(),
    );
    vec![Part::new(0, out)]
}
