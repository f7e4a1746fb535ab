//! What a PromQL server's refusal means for a metric: never that it is absent.

use crate::backend::{Backend, Failure, FailureClass};
use crate::check::metric::sight::Sight;

/// Whether Query refused because it has no store at all (Thanos 0.42 and later, where partial answers are not wanted).
pub(crate) fn says_no_store(failure: &Failure) -> bool {
    matches!(failure.class, FailureClass::Refusal(422))
        && failure.what.contains("No StoreAPIs available")
        && !is_of_a_store(&failure.what)
}

/// Whether it is one of its stores that says so: a Receive that only routes does, to a Query of 0.42.
fn is_of_a_store(text: &str) -> bool {
    text.contains("from Addr: ")
}

/// Not known, with help for what is known to be behind such a refusal.
pub(crate) fn not_asked(failure: &Failure, hop: &Backend) -> Sight {
    let mut sight = Sight::failed(failure, hop);
    if !matches!(failure.class, FailureClass::Refusal(_)) {
        return sight;
    }
    if failure.what.contains("unavailable with Prometheus Agent") {
        sight
            .why
            .push("it runs as an agent, which stores nothing".to_owned());
        sight.help =
            Some("Write `kind: prometheus-agent`, and ask the system that it writes to; `scrape` and `remote_write` work at an agent.".to_owned());
    } else if failure.what.contains("(excluding external labels)") {
        sight.help = Some(
            "Name the metric: this selector has nothing but labels of whole stores.".to_owned(),
        );
    } else if hop.kind().asks_stores()
        && is_of_a_store(&failure.what)
        && failure.what.contains("No StoreAPIs available")
    {
        sight.help = Some(
            "The store that it names has none behind it: a Receive that only routes holds nothing, so let `--endpoint` name those that store.".to_owned(),
        );
    } else if hop.kind().asks_stores() && failure.what.contains("Addr: ") {
        sight.help = Some(store_help(hop));
    }
    sight
}

/// What to do about an answer that lacks something.
pub(crate) fn store_help(hop: &Backend) -> String {
    match hop.kind().asks_stores() {
        true => format!(
            "Look at `/api/v1/stores` of hop `{}`, and bring the store that is named back.",
            hop.name()
        ),
        false => format!("Look at the storage behind hop `{}`.", hop.name()),
    }
}
