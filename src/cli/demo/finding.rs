//! What a finished run found, judged by the table of faults and without a word on which of them was planted.

use std::collections::BTreeSet;

use crate::lab::{Fault, Red, ThanosVersion};
use crate::leaves::words;
use crate::report::{EdgeRecord, GapRecord, Record, State};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Exactly the marks of this fault.
    Fault(&'static str),
    /// Marks that no row has: the red checks and the edges.
    Unknown(String),
}

impl Finding {
    /// What stands after `found:`.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Fault(name) => (*name).to_owned(),
            Self::Unknown(marks) => format!("something else ({marks})"),
        }
    }
}

/// The one fault of which every mark is there, and no other mark: the checks that failed or erred, and the edge at which all of
/// them lose their metric.
pub(crate) fn find(record: &Record, faults: &'static [Fault], version: ThanosVersion) -> Finding {
    let red: BTreeSet<Mark<'_>> = record
        .checks
        .iter()
        .filter(|check| matches!(check.verdict, State::Fail | State::Error))
        .map(|check| {
            let cluster = check.cluster.as_deref().unwrap_or_default();
            (check.check_id.as_str(), cluster, check.verdict.word())
        })
        .collect();
    let edges: BTreeSet<Edge<'_>> = record.gaps.iter().map(edge).collect();
    let has_all_marks = |fault: &&Fault| {
        let marks = fault.marks(version);
        let wanted: BTreeSet<Edge<'_>> = marks
            .edge
            .iter()
            .map(|edge| (edge.from, edge.to, edge.exact))
            .collect();
        marks.red.iter().map(mark).collect::<BTreeSet<_>>() == red && wanted == edges
    };
    match faults.iter().find(has_all_marks) {
        Some(fault) => Finding::Fault(fault.name),
        None => Finding::Unknown(marks(&red, &edges)),
    }
}

/// A check's id, its cluster, and its state.
type Mark<'a> = (&'a str, &'a str, &'a str);
/// From, to, and whether the hops between could be asked.
type Edge<'a> = (Option<&'a str>, &'a str, bool);

fn mark(red: &Red) -> Mark<'_> {
    (red.check, red.cluster, red.verdict)
}

fn edge(gap: &GapRecord) -> Edge<'_> {
    (gap.from.as_deref(), &gap.to, gap.edge == EdgeRecord::Exact)
}

fn marks(red: &BTreeSet<Mark<'_>>, edges: &BTreeSet<Edge<'_>>) -> String {
    let mut said: Vec<String> = red
        .iter()
        .map(|(check, cluster, state)| format!("{check}[{cluster}]: {state}"))
        .collect();
    said.extend(edges.iter().map(|(from, to, exact)| {
        let how = if *exact { "" } else { ", somewhere" };
        format!("edge {} > {to}{how}", from.unwrap_or("nothing"))
    }));
    if said.is_empty() {
        "nothing is red".to_owned()
    } else {
        words::list(&said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Edge, FAULTS};
    use crate::leaves::{RungState, Timestamp};
    use crate::report::{CheckRecord, ExitSummary};

    /// A record with exactly these marks.
    fn showing(red: &[Red], edge: Option<Edge>) -> Record {
        let exit = ExitSummary::new(1, "");
        let empty = Record::unfinished(Timestamp(0), "runner", &exit);
        let check = |red: &Red| CheckRecord {
            check_id: red.check.to_owned(),
            cluster: Some(red.cluster.to_owned()),
            verdict: match red.verdict {
                "fail" => State::Fail,
                _ => State::Error,
            },
            ..empty.checks[0].clone()
        };
        let gaps = edge.map(|edge| GapRecord {
            id: String::new(),
            check: String::new(),
            metric: String::new(),
            cluster: None,
            from: edge.from.map(str::to_owned),
            to: edge.to.to_owned(),
            edge: match edge.exact {
                true => EdgeRecord::Exact,
                false => EdgeRecord::Interval,
            },
            shows: RungState::Absent,
            ladder: Vec::new(),
            control: None,
            why_empty: Vec::new(),
            waived: false,
            causes: Vec::new(),
        });
        Record {
            checks: red.iter().map(check).collect(),
            gaps: gaps.into_iter().collect(),
            ..empty.clone()
        }
    }

    #[test]
    fn each_fault_is_found_by_its_own_marks() {
        for fault in FAULTS {
            for version in ThanosVersion::ALL {
                let marks = fault.marks(version);
                let record = showing(marks.red, marks.edge);
                let found = find(&record, FAULTS, version);
                assert_eq!(found, Finding::Fault(fault.name));
            }
        }
    }

    #[test]
    fn a_mark_too_many_or_too_few_is_something_else() {
        for fault in FAULTS {
            let extra = Red {
                check: "receive-ready",
                cluster: "ops",
                verdict: "error",
            };
            let more: Vec<Red> = fault.red.iter().copied().chain([extra]).collect();
            let found = find(&showing(&more, fault.edge), FAULTS, ThanosVersion::V0_42);
            assert!(matches!(found, Finding::Unknown(_)), "{}", fault.name);
            if let [_, rest @ ..] = fault.red
                && let Finding::Fault(name) =
                    find(&showing(rest, fault.edge), FAULTS, ThanosVersion::V0_42)
            {
                assert_ne!(name, fault.name);
            }
            if let Some(edge) = fault.edge {
                let elsewhere = Edge {
                    to: "elsewhere",
                    ..edge
                };
                let found = find(
                    &showing(fault.red, Some(elsewhere)),
                    FAULTS,
                    ThanosVersion::V0_42,
                );
                assert!(matches!(found, Finding::Unknown(_)), "{}", fault.name);
            }
        }
    }

    #[test]
    fn what_is_unknown_is_named() {
        let red = [Red {
            check: "up",
            cluster: "blue",
            verdict: "fail",
        }];
        let edge = Edge {
            from: None,
            to: "prom",
            exact: false,
        };
        assert_eq!(
            find(&showing(&red, Some(edge)), FAULTS, ThanosVersion::V0_42).words(),
            "something else (up[blue]: fail and edge nothing > prom, somewhere)"
        );
    }
}
