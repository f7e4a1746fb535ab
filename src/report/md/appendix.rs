//! Section 8: queries, raw answers, times, versions and vantage, folded away. The only place beside ladders that holds times and
//! figures of this run alone, so that the rest of two reports can be compared line by line.

use crate::leaves::{Exchange, words};
use crate::report::check_record::{CheckRecord, State};
use crate::report::gap_record::GapRecord;
use crate::report::md::causes;
use crate::report::md::part::Part;
use crate::report::md::safe_text::{code, fence, number, raw};
use crate::report::record::Record;

/// What stands before the appendix. The only HTML of the report.
pub(crate) const OPEN: &str = "\n<details>\n<summary>Appendix: queries and evidence</summary>\n\n";
/// What stands after it.
pub(crate) const CLOSE: &str = "\n</details>\n";

/// The longest answer, in bytes.
const LONGEST_ANSWER: usize = 4 * 1024;

/// One part for the run, then one a check that asked anything; those of checks that did not pass are kept first.
pub(crate) fn parts(record: &Record) -> Vec<Part> {
    let mut parts = vec![Part::new(7, run_facts(record))];
    for check in record
        .checks
        .iter()
        .filter(|check| !check.evidence.is_empty())
    {
        let rank = if check.verdict == State::Pass { 9 } else { 8 };
        let gap = record.gaps.iter().find(|gap| gap.check == check.id);
        parts.push(Part::new(rank, evidence(check, gap)));
    }
    parts
}

fn run_facts(record: &Record) -> String {
    let took = i64::try_from(record.took_ms).unwrap_or(i64::MAX);
    let facts = [
        raw("- gapcheck ").and(code(&record.gapcheck)),
        raw("- Started ").and(code(&record.started.to_string())),
        raw("- Took ")
            .and(code(&words::age(took)))
            .and(raw(" ("))
            .and(number(record.took_ms))
            .and(raw(" ms)")),
        raw("- Vantage ").and(code(&record.vantage)),
    ];
    facts.iter().map(|fact| fact.line() + "\n").collect()
}

fn evidence(check: &CheckRecord, gap: Option<&GapRecord>) -> String {
    let mut out = raw("#### ").and(code(&check.id)).line();
    out.push_str("\n\n");
    let took = i64::try_from(check.took_ms).unwrap_or(i64::MAX);
    let mut judged = raw("Judged ")
        .and(code(&words::count(check.attempts as usize, "time")))
        .and(raw(", took "))
        .and(code(&words::age(took)));
    if let Some(started) = check.started {
        judged = judged.and(raw(", from ")).and(code(&started.to_string()));
    }
    out.push_str(&judged.and(raw(".\n\n")).line());
    if let Some(gap) = gap {
        out.push_str(&causes::proof(gap));
    }
    for exchange in &check.evidence {
        out.push_str(&one(exchange));
    }
    out
}

fn one(exchange: &Exchange) -> String {
    let mut head = number(exchange.n)
        .and(raw("\\. "))
        .and(code(&exchange.question))
        .and(raw(" at "))
        .and(code(&exchange.backend));
    if let Some(status) = exchange.status {
        head = head.and(raw(": status ")).and(number(status));
    }
    head = head
        .and(raw(", "))
        .and(number(exchange.took_ms))
        .and(raw(" ms, "))
        .and(code(&exchange.at.to_string()));
    if exchange.attempts > 1 {
        head = head
            .and(raw(", sent "))
            .and(code(&words::count(exchange.attempts as usize, "time")));
    }
    let mut told = exchange.request.clone();
    if let Some(single) = &exchange.single {
        told.push_str("\nthe same, alone: ");
        told.push_str(single);
    }
    told.push_str("\n\n");
    told.push_str(&words::cut(&exchange.answer, LONGEST_ANSWER));
    format!("{}\n\n{}\n", head.line(), fence("text", &told))
}
