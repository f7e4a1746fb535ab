//! What Query warns of: stores that fail, and stores that are too slow, in the answers to the very question that was asked.

use crate::backend::FailureClass;
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::roster::Roster;
use crate::diagnose::next;
use crate::diagnose::querying::REFUSAL;
use crate::leaves::words;

/// What Thanos says of a store that sends nothing in `--store.response-timeout`.
const NO_DATA: &str = "failed to receive any data";

/// A warning or a refusal that speaks of stores.
struct Trouble {
    says: String,
    /// The address of the store, where the text has it.
    store: Option<String>,
    evidence: Option<u32>,
}

/// What the answer says of stores: nothing, or a trouble, or that it could not be had.
enum Heard {
    Whole(u32),
    Trouble(Trouble),
    Not(String),
}

/// Looks whether the answer itself names a store that failed.
pub(crate) async fn partial_response(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    match heard(case, &roster).await {
        Heard::Not(why) => Found::not_tested(why),
        Heard::Whole(n) => Found::ruled_out(format!(
            "the answer of {} comes without a warning",
            roster.name()
        ))
        .shown_by([n]),
        Heard::Trouble(trouble) if trouble.says.contains(REFUSAL) => Found::ruled_out(format!(
            "no store of {} failed: one refuses the selector itself",
            roster.name()
        ))
        .shown_by(trouble.evidence),
        Heard::Trouble(trouble) => found(&roster, &trouble, "fails"),
    }
}

/// Looks whether it says that a store sent nothing in time.
pub(crate) async fn too_slow(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    match heard(case, &roster).await {
        Heard::Not(why) => Found::not_tested(why),
        Heard::Whole(n) => Found::ruled_out(format!(
            "the answer of {} comes without a warning",
            roster.name()
        ))
        .shown_by([n]),
        Heard::Trouble(trouble) if trouble.says.contains(NO_DATA) => {
            found(&roster, &trouble, "sends nothing in time")
        }
        Heard::Trouble(trouble) if is_late(&trouble.says) => Found::likely(format!(
            "a store did not answer {} in time, or could not be reached: {}",
            roster.name(),
            words::cut(&trouble.says, 300)
        ))
        .shown_by(trouble.evidence),
        Heard::Trouble(trouble) => Found::ruled_out(format!(
            "the warning of {} is not one of time: {}",
            roster.name(),
            words::cut(&trouble.says, 200)
        ))
        .shown_by(trouble.evidence),
    }
}

fn is_late(text: &str) -> bool {
    (text.contains("DeadlineExceeded") || text.contains("context deadline exceeded"))
        && !text.contains("Unavailable")
}

fn found(roster: &Roster, trouble: &Trouble, does: &str) -> Found {
    let blamed: Vec<&str> = trouble.store.iter().map(String::as_str).collect();
    let which = match &trouble.store {
        Some(store) => format!("the store {store}"),
        None => "a store".to_owned(),
    };
    let says = format!(
        "{which} {does}, and the answer of {} is not whole: {}",
        roster.name(),
        words::cut(&trouble.says, 300)
    );
    let found = roster
        .weigh(&blamed)
        .found(says)
        .shown_by(trouble.evidence)
        .shown_by([roster.n]);
    let asked = roster.selector.as_ref().map(ToString::to_string);
    match asked.and_then(|asked| next::query(&roster.query, &asked)) {
        Some(command) => found.next(command),
        None => found,
    }
}

/// Asks once more what was asked: an answer that was given is not asked for again.
async fn heard(case: &Case<'_>, roster: &Roster) -> Heard {
    let Some(selector) = &roster.selector else {
        return Heard::Not(format!("{} was not asked for the metric", roster.name()));
    };
    match case.ask.count(&roster.query, selector).await {
        Ok(told) => match missing_by_warning(&told.value.warnings) {
            None => Heard::Whole(told.n),
            Some(_) => {
                let text = told
                    .value
                    .warnings
                    .iter()
                    .find(|warning| names_a_store(warning));
                match text {
                    Some(text) => Heard::Trouble(trouble(text, Some(told.n))),
                    None => Heard::Not(format!(
                        "{} warns of something that is no store: {}",
                        roster.name(),
                        words::few(&told.value.warnings, 2)
                    )),
                }
            }
        },
        Err(failure)
            if matches!(failure.class, FailureClass::Refusal(422))
                && names_a_store(&failure.what) =>
        {
            Heard::Trouble(trouble(&failure.what, failure.n))
        }
        Err(failure) => Heard::Not(format!(
            "{} gave no answer: {}",
            roster.name(),
            failure.what
        )),
    }
}

fn names_a_store(text: &str) -> bool {
    text.contains("Addr: ") || text.contains(NO_DATA)
}

fn trouble(text: &str, evidence: Option<u32>) -> Trouble {
    Trouble {
        says: text.to_owned(),
        store: address(text).map(str::to_owned),
        evidence,
    }
}

/// The address in `… Addr: 10.1.2.3:10901 MinTime: …`.
fn address(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("Addr: ")?;
    let address = rest.split_whitespace().next()?.trim_end_matches([':', ',']);
    (!address.is_empty()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_that_a_warning_names_is_read() {
        for (text, expected) in [
            (
                "fetch series for {a=\"b\"} Addr: 127.0.0.1:10901 MinTime: 1 MaxTime: 2: rpc error: code = Unavailable",
                Some("127.0.0.1:10901"),
            ),
            (
                "receive series from Addr: [::1]:10901 LabelSets: {}: rpc error",
                Some("[::1]:10901"),
            ),
            ("Addr: ", None),
            ("failed to receive any data in 5s from x", None),
        ] {
            assert_eq!(address(text), expected, "{text}");
        }
    }
}
