//! Why a metric is lost, in a gap's section: the control, the causes by certainty, what was ruled out, what could not be tested.

use crate::leaves::Certainty;
use crate::report::gap_record::{CauseRecord, GapRecord};
use crate::report::md::safe_text::{Md, code, number, raw, table, text};
use crate::report::record::Record;
use crate::report::why::{groups, of};

/// The part of a gap's section that says why.
pub(crate) fn section(gap: &GapRecord) -> String {
    let mut out = String::new();
    let mut push = |line: &Md| {
        out.push_str(&line.line());
        out.push_str("\n\n");
    };
    if let Some(control) = &gap.control {
        push(&raw("Control: ").and(text(&control.says)).and(raw(".")));
    }
    for told in &gap.why_empty {
        push(&raw("Why empty: ").and(text(told)).and(raw(".")));
    }
    let rows: Vec<Vec<Md>> = gap.causes.iter().filter(may_be).map(row).collect();
    if !rows.is_empty() {
        let headers = ["certainty", "cause", "what shows it", "fix"].map(raw);
        out.push_str(&table(&headers, &rows));
        out.push('\n');
    }
    for (certainty, word) in [
        (Certainty::RuledOut, "Ruled out"),
        (Certainty::NotTested, "Could not be tested"),
    ] {
        let causes = of(gap, certainty);
        if causes.is_empty() {
            continue;
        }
        out.push_str(&format!("{word}:\n\n"));
        for cause in causes {
            let line = raw("- ")
                .and(code(&cause.id))
                .and(raw(": "))
                .and(text(short(cause)));
            out.push_str(&line.line());
            out.push('\n');
        }
        out.push('\n');
    }
    out
}

fn may_be(cause: &&CauseRecord) -> bool {
    matches!(
        cause.certainty,
        Certainty::Proven | Certainty::Likely | Certainty::Possible
    )
}

fn row(cause: &CauseRecord) -> Vec<Md> {
    let mut says = text(short(cause));
    for consequence in &cause.consequences {
        says = says.and(raw("; so also ")).and(text(consequence));
    }
    vec![
        raw(cause.certainty.word()),
        code(&cause.id),
        says,
        cause.fix.as_deref().map_or(raw(""), text),
    ]
}

/// What was found, without what another run would tell otherwise: that stands in the appendix.
fn short(cause: &CauseRecord) -> &str {
    cause.in_short.as_deref().unwrap_or(&cause.says)
}

/// What shows the control and each cause, for the appendix: the whole sentence with the figures of this run, and the exchanges, whose
/// numbers are another run's too.
pub(crate) fn proof(gap: &GapRecord) -> String {
    let control = gap.control.iter().map(|control| {
        raw("- Control")
            .and(shown_by(&control.evidence))
            .and(raw(": "))
            .and(text(&control.says))
    });
    let causes = gap.causes.iter().map(|cause| {
        raw("- ")
            .and(code(&cause.id))
            .and(raw(", "))
            .and(raw(cause.certainty.word()))
            .and(shown_by(&cause.evidence))
            .and(raw(": "))
            .and(text(&cause.says))
    });
    let lines: Vec<String> = control
        .chain(causes)
        .map(|line| line.line() + "\n")
        .collect();
    match lines.is_empty() {
        true => String::new(),
        false => format!("What shows each cause:\n\n{}\n", lines.concat()),
    }
}

/// ` (evidence 4, 7)`: the exchanges of the check in the appendix.
fn shown_by(evidence: &[u32]) -> Md {
    let mut out = Md::default();
    for (at, n) in evidence.iter().enumerate() {
        out = out.and(raw(if at == 0 { " (evidence " } else { ", " }));
        out = out.and(number(*n));
    }
    match evidence.is_empty() {
        true => out,
        false => out.and(raw(")")),
    }
}

/// The causes of the run, each once, with the gaps that it explains; empty where no gap is explained.
pub(crate) fn overview(record: &Record) -> String {
    let rows: Vec<Vec<Md>> = groups(record)
        .iter()
        .map(|group| {
            let first = group.gaps[0];
            let edge = match &first.from {
                Some(from) => code(from).and(raw(" and ")).and(code(&first.to)),
                None => raw("nothing and ").and(code(&first.to)),
            };
            let mut gaps = Md::default();
            for (at, gap) in group.gaps.iter().enumerate() {
                gaps = gaps.and(raw(if at == 0 { "" } else { ", " }));
                gaps = gaps.and(code(&gap.check));
            }
            vec![
                code(&group.cause.id),
                raw(group.cause.certainty.word()),
                edge,
                gaps,
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let headers = ["cause", "certainty", "between", "explains"].map(raw);
    format!("{}\n", table(&headers, &rows))
}
