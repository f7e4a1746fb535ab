//! The form of `promql`: what a user writes.

use promql_parser::parser::value::ValueType;
use serde::Deserialize;

use crate::ask::Ask;
use crate::backend::{Capability, World};
use crate::check::hop_name::{cannot, known};
use crate::check::kind::CheckKind;
use crate::check::promql::expect::Expect;
use crate::check::promql::judge;
use crate::leaves::{Complaint, Judged, words};

/// Longest expression that is read before it is sent: the reader of PromQL recurses.
const LONGEST_READ: usize = 16 * 1024;

/// An expression has the result it should have.
///
/// ```yaml
/// - promql: sum(rate(http_requests_total[5m]))
///   at: query
///   expect: "> 0"
/// - promql: up{job="api"} == 0
///   at: prom
///   expect: { empty: true }
/// ```
///
/// The expression is sent as it stands; the identity of a cluster is not added to it. A comparison on a result without series fails
/// with "no series"; only `empty` and `count` can pass on one, and only when the answer is whole. NaN satisfies nothing.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Promql {
    /// The expression, in PromQL, evaluated as an instant query.
    #[schemars(length(min = 1))]
    pub promql: String,
    /// The hop or backend to ask.
    #[schemars(length(min = 1))]
    pub at: String,
    /// What the result must be: `"> 0"` for every series, or `{ every, any, count, scalar }`, or `{ empty: true }`.
    pub expect: Expect,
}

impl CheckKind for Promql {
    fn subject(&self) -> String {
        let one_line: Vec<&str> = self.promql.split_whitespace().collect();
        words::cut(&one_line.join(" "), 120)
    }

    fn review(&self, world: &World) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        match known(world, "at", &self.at) {
            Ok(hop) => complaints.extend(cannot(hop, "at", "PromQL", Capability::Query)),
            Err(complaint) => complaints.push(complaint),
        }
        complaints.extend(unread(&self.promql));
        complaints.extend(mistyped(&self.promql, &self.expect));
        complaints
    }

    async fn judge(&self, ask: &Ask) -> Judged {
        judge::judge(self, ask).await
    }
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
