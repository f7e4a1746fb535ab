//! Labels that stores give: Receive's `--label`s and its tenant label are on no series before it, so that a matcher on one selects
//! nothing there.

use crate::ask::Ask;
use crate::backend::Capability;
use crate::check::metric::place::could_be_identity;
use crate::leaves::{Labels, Selector};

/// The same selector as it selects before the receiver, and the labels that are only given there; none where it names no such label.
/// Asks the first Query of the pipeline which labels its receivers give.
pub(crate) async fn before_receiving(
    ask: &Ask,
    selector: &Selector,
    identity: Option<&Labels>,
) -> Option<(Selector, Vec<String>)> {
    let named = |label: &str| could_be_identity(label) && !has(identity, label);
    if !selector.matchers.iter().any(|one| named(&one.name)) {
        return None;
    }
    let query = ask.world().first_answering(Capability::Stores)?;
    let stores = ask.stores(query).await.ok()?;
    let sets = || {
        let receivers = stores
            .value
            .0
            .iter()
            .filter(|one| one.component == "receive");
        receivers.flat_map(|store| &store.label_sets)
    };
    let mut given: Vec<String> = Vec::new();
    for matcher in &selector.matchers {
        let is_given = named(&matcher.name) && sets().any(|set| has(Some(set), &matcher.name));
        if is_given && !given.contains(&matcher.name) {
            given.push(matcher.name.clone());
        }
    }
    if given.is_empty() {
        return None;
    }
    let before = given.iter().fold(selector.clone(), |selector, label| {
        selector.without(label).and(label, "")
    });
    let given = given.iter().map(|label| format!("`{label}`")).collect();
    Some((before, given))
}

fn has(labels: Option<&Labels>, label: &str) -> bool {
    labels.is_some_and(|labels| !labels.value(label).is_empty())
}
