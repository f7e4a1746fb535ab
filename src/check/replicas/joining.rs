//! What the replicas of a hop showed, joined: equal words once, with the replicas they are of.

use crate::backend::Replicas;
use crate::leaves::{Judged, Table, Verdict, words};

/// Replicas that are named one by one, at most.
const NAMED: usize = 5;

/// What one replica came to.
#[derive(Debug)]
pub(crate) struct At {
    /// Which one it is.
    pub(crate) label: String,
    /// The judgement on it.
    pub(crate) judged: Judged,
}

/// `2 of 3 replicas (a and b)`; `each of 3 replicas`; `1 of 3 replicas (c)`.
pub(crate) fn some_of(some: &[&str], all: usize) -> String {
    match some.len() == all {
        true => format!("each of {}", words::count(all, "replica")),
        false => format!(
            "{} of {} ({})",
            some.len(),
            words::count(all, "replica"),
            words::few(some, NAMED)
        ),
    }
}

/// Equal texts once, each with the replicas of that many that say it: `2 of 3 replicas (a and b): refused; 1 of 3 replicas (c): ..`.
pub(crate) fn grouped(said: &[(&str, String)], all: usize) -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (label, text) in said {
        match groups.iter_mut().find(|(known, _)| known == text) {
            Some((_, labels)) => labels.push(label),
            None => groups.push((text, vec![label])),
        }
    }
    let groups: Vec<String> = groups
        .into_iter()
        .map(|(text, labels)| format!("{}: {text}", some_of(&labels, all)))
        .collect();
    groups.join("; ")
}

/// One judgement of those of all replicas of a hop.
pub(crate) fn joined(hop: &str, how: Replicas, each: Vec<At>) -> Judged {
    let all = each.len();
    let says: Vec<(&str, String)> = each
        .iter()
        .map(|at| (at.label.as_str(), in_short(hop, &at.judged)))
        .collect();
    let verdict = verdict(hop, how, &each);
    let mut notes = notes(&each);
    if verdict == Verdict::Pass {
        notes.extend(others(hop, &each));
    }
    Judged {
        verdict,
        says: grouped(&says, all),
        ladder: Vec::new(),
        notes,
        tables: tables(hop, each),
    }
}

fn in_short(hop: &str, judged: &Judged) -> String {
    match (judged.says.as_str(), &judged.verdict) {
        ("", Verdict::Error { what, .. }) => without_name(hop, what),
        ("", verdict) => verdict.state().to_owned(),
        (says, _) => says.to_owned(),
    }
}

/// The hop's name at the start says nothing where the replica is named before it.
fn without_name(hop: &str, text: &str) -> String {
    let rest = text
        .strip_prefix(hop)
        .and_then(|rest| rest.strip_prefix(": "));
    rest.unwrap_or(text).to_owned()
}

fn verdict(hop: &str, how: Replicas, each: &[At]) -> Verdict {
    let (mut fails, mut errors, mut helps, mut expected) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::<&str>::new());
    let mut passes = 0;
    for at in each {
        let label = at.label.as_str();
        match &at.judged.verdict {
            Verdict::Fail {
                expected: wanted,
                actual,
            } => {
                fails.push((label, without_name(hop, actual)));
                if !expected.contains(&wanted.as_str()) {
                    expected.push(wanted);
                }
            }
            Verdict::Error { what, help } => {
                errors.push((label, without_name(hop, what)));
                helps.extend(help.clone());
            }
            _ => passes += 1,
        }
    }
    let all = each.len();
    // A replica that could not be asked may be the one that is as it should be.
    let is_error = match how {
        Replicas::All => fails.is_empty() && !errors.is_empty(),
        Replicas::Any => passes == 0 && !errors.is_empty(),
    };
    let is_pass = match how {
        Replicas::All => passes == all,
        Replicas::Any => passes > 0,
    };
    if is_pass {
        return Verdict::Pass;
    }
    let mut parts = Vec::new();
    if !fails.is_empty() {
        parts.push(grouped(&fails, all));
    }
    if !errors.is_empty() {
        parts.push(match is_error {
            true => grouped(&errors, all),
            false => format!("not told by {}", grouped(&errors, all)),
        });
    }
    if is_error {
        parts.reverse();
        return Verdict::Error {
            what: format!("{hop}: {}", parts.join("; yet ")),
            help: helps.into_iter().next(),
        };
    }
    let of = match how {
        Replicas::All => "on every replica",
        Replicas::Any => "on one replica at least",
    };
    Verdict::fail(
        format!("{of} of {hop}: {}", expected.join("; ")),
        parts.join("; "),
    )
}

/// A remark on the replicas that are not as they should be, where another one is.
fn others(hop: &str, each: &[At]) -> Option<String> {
    let others: Vec<(&str, String)> = each
        .iter()
        .filter_map(|at| Some((at.label.as_str(), amiss(hop, &at.judged)?)))
        .collect();
    (!others.is_empty()).then(|| format!("{hop}: {}", grouped(&others, each.len())))
}

/// What is not as it should be, or could not be told.
fn amiss(hop: &str, judged: &Judged) -> Option<String> {
    match &judged.verdict {
        Verdict::Fail { actual, .. } => Some(without_name(hop, actual)),
        Verdict::Error { what, .. } => Some(without_name(hop, what)),
        _ => None,
    }
}

/// Remarks of all replicas once; others with the replica they are of.
fn notes(each: &[At]) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for at in each {
        for note in &at.judged.notes {
            let is_common = each.iter().all(|other| other.judged.notes.contains(note));
            let note = match is_common {
                true => note.clone(),
                false => format!("{}: {note}", at.label),
            };
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

fn tables(hop: &str, each: Vec<At>) -> Vec<Table> {
    let row = |at: &At| {
        let found = amiss(hop, &at.judged).unwrap_or_else(|| at.judged.says.clone());
        vec![
            at.label.clone(),
            at.judged.verdict.state().to_owned(),
            found,
        ]
    };
    let mut tables = vec![Table {
        title: format!("replicas of {hop}"),
        columns: ["replica", "verdict", "found"].map(str::to_owned).to_vec(),
        rows: each.iter().map(row).collect(),
    }];
    for at in each {
        let of = format!(" ({})", at.label);
        tables.extend(at.judged.tables.into_iter().map(|table| Table {
            title: table.title + &of,
            ..table
        }));
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(label: &str, verdict: Verdict) -> At {
        At {
            label: label.to_owned(),
            judged: Judged::of(verdict, ""),
        }
    }

    fn fail(label: &str) -> At {
        at(label, Verdict::fail("1 series", "0 series"))
    }

    fn error(label: &str) -> At {
        at(label, Verdict::error("r: refused", "Start it."))
    }

    fn pass(label: &str) -> At {
        at(label, Verdict::Pass)
    }

    fn of(how: Replicas, each: Vec<At>) -> Verdict {
        joined("r", how, each).verdict
    }

    #[test]
    fn all_must_pass_and_one_that_fails_outweighs_one_that_could_not_be_asked() {
        let all = |each| of(Replicas::All, each);
        assert_eq!(all(vec![pass("a"), pass("b")]), Verdict::Pass);
        assert_eq!(
            all(vec![pass("a"), fail("b"), fail("c")]),
            Verdict::fail(
                "on every replica of r: 1 series",
                "2 of 3 replicas (b and c): 0 series"
            )
        );
        assert_eq!(
            all(vec![pass("a"), error("b")]),
            Verdict::error("r: 1 of 2 replicas (b): refused", "Start it.")
        );
        assert_eq!(
            all(vec![fail("a"), error("b")]),
            Verdict::fail(
                "on every replica of r: 1 series",
                "1 of 2 replicas (a): 0 series; not told by 1 of 2 replicas (b): refused"
            )
        );
    }

    #[test]
    fn one_will_do_and_one_that_could_not_be_asked_could_be_it() {
        let any = |each| of(Replicas::Any, each);
        assert_eq!(any(vec![error("a"), fail("b"), pass("c")]), Verdict::Pass);
        assert_eq!(
            any(vec![fail("a"), error("b")]),
            Verdict::error(
                "r: 1 of 2 replicas (b): refused; yet 1 of 2 replicas (a): 0 series",
                "Start it."
            )
        );
        assert_eq!(
            any(vec![fail("a"), fail("b")]),
            Verdict::fail(
                "on one replica at least of r: 1 series",
                "each of 2 replicas: 0 series"
            )
        );
    }

    #[test]
    fn each_replica_is_told() {
        let mut first = pass("a");
        first.judged.notes = vec!["both".into(), "slow".into()];
        first.judged.tables = vec![Table {
            title: "tenants at r".into(),
            ..Table::default()
        }];
        let mut second = error("b");
        second.judged.notes = vec!["both".into()];
        let judged = joined("r", Replicas::Any, vec![first, second]);
        assert_eq!(
            judged.notes,
            ["both", "a: slow", "r: 1 of 2 replicas (b): refused"]
        );
        assert_eq!(
            judged.tables[0].rows,
            [["a", "pass", ""], ["b", "error", "refused"]]
        );
        assert_eq!(judged.tables[1].title, "tenants at r (a)");
        assert_eq!(
            judged.says,
            "1 of 2 replicas (a): pass; 1 of 2 replicas (b): refused"
        );
    }
}
