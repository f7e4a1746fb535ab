//! What is wrong with a `promql` check, found before anything is sent.

use promql_parser::parser::value::ValueType;

use crate::backend::{Capability, World};
use crate::check::hop_name::{cannot, known};
use crate::check::promql::expect::Expect;
use crate::check::promql::form::Promql;
use crate::leaves::{Complaint, words};

/// Longest expression that is read before it is sent: the reader of PromQL recurses.
const LONGEST_READ: usize = 16 * 1024;

/// All that is wrong.
pub(crate) fn review(check: &Promql, world: &World) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    match known(world, "at", &check.at) {
        Ok(hop) => complaints.extend(cannot(hop, "at", "PromQL", Capability::Query)),
        Err(complaint) => complaints.push(complaint),
    }
    complaints.extend(unread(&check.promql));
    complaints.extend(mistyped(&check.promql, &check.expect));
    complaints
}

/// Expressions that our reader cannot read: only a warning, because servers know functions that it does not.
fn unread(expression: &str) -> Option<Complaint> {
    if expression.trim().is_empty() {
        return Some(Complaint::about("promql", "an empty expression"));
    }
    let why = if expression.len() > LONGEST_READ {
        format!(
            "the expression has {}; it is sent unread",
            words::bytes(expression.len() as u64)
        )
    } else {
        promql_parser::parser::parse(expression).err()?
    };
    Some(Complaint {
        warning: true,
        ..Complaint::about(
            "promql",
            format!("this may be no PromQL: {}", words::cut(why.trim(), 300)),
        )
        .help("Look at the expression; the server has the last word.")
    })
}

/// Expectations that no result of this type can meet.
fn mistyped(expression: &str, expect: &Expect) -> Option<Complaint> {
    if expression.len() > LONGEST_READ {
        return None;
    }
    let read = promql_parser::parser::parse(expression).ok()?;
    match read.value_type() {
        ValueType::Matrix => Some(
            Complaint::about(
                "promql",
                "a range selector gives raw samples, which cannot be compared",
            )
            .help("Wrap it in a function such as `last_over_time(..)` or `rate(..)`."),
        ),
        ValueType::String => Some(Complaint::about(
            "promql",
            "the expression gives a text, which cannot be compared",
        )),
        ValueType::Vector if expect.scalar.is_some() => Some(
            Complaint::about(
                "expect",
                "`scalar` expects one number, and the expression gives series",
            )
            .item("scalar")
            .help("Write `every`, or wrap the expression in `scalar(..)`."),
        ),
        ValueType::Scalar if expect.count.is_some() || expect.empty => Some(
            Complaint::about(
                "expect",
                "the expression gives one number, which has no series to count",
            )
            .help("Write `scalar`."),
        ),
        ValueType::Vector | ValueType::Scalar => None,
    }
}
