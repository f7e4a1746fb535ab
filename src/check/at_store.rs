//! What a Receive's StoreAPI shows of a selector: with all its matchers, which its status cannot be asked, and whether an empty
//! answer proves anything.

use std::time::Duration;

use crate::ask::Ask;
use crate::backend::answer::{StoreInfo, StoredSeries};
use crate::backend::{Backend, FailureClass};
use crate::leaves::{Labels, Matcher, Selector, words};

/// The label that holds the tenant at a store.
pub(crate) const TENANT_LABEL: &str = "tenant_id";

/// gRPC's UNIMPLEMENTED: before Thanos 0.24 there was no Info.
const UNIMPLEMENTED: FailureClass = FailureClass::Rpc(12);

/// What a store showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AtStore {
    /// These series; there may be more.
    Some(Vec<StoredSeries>),
    /// None, by a whole answer.
    Nothing,
    /// Nothing that proves anything.
    Unclear {
        /// Why.
        why: String,
        /// What to do, as a sentence.
        help: String,
    },
}

/// The label sets that the store gives to all it shows, one a tenant; none where it does not tell.
pub(crate) async fn label_sets(ask: &Ask, hop: &Backend) -> Vec<Labels> {
    match ask.store_info(hop).await {
        Ok(told) => told.value.label_sets.clone(),
        Err(_) => Vec::new(),
    }
}

/// The value that the store itself gives to this label on all that it shows, where the matcher contradicts it: the sender's own is not
/// to be seen there.
pub(crate) fn replaced<'a>(matcher: &Matcher, sets: &'a [Labels]) -> Option<&'a str> {
    let first = sets.first()?;
    let own = first.value(&matcher.name);
    let is_common = sets.iter().all(|set| set.value(&matcher.name) == own);
    (is_common && !own.is_empty() && !matcher.matches(first)).then_some(own)
}

/// Asks for the series, so far back from now.
pub(crate) async fn at_store(
    ask: &Ask,
    hop: &Backend,
    selector: &Selector,
    back: Duration,
) -> AtStore {
    let name = hop.name();
    let unclear = |why: String, help: String| AtStore::Unclear { why, help };
    let reach = || {
        format!(
            "Make the `grpc:` address of hop `{name}` reachable from where gapcheck runs, or leave it out."
        )
    };
    let info = match ask.store_info(hop).await {
        Ok(told) => Some(told.value),
        Err(failure) if failure.class == UNIMPLEMENTED => None,
        Err(failure) => {
            return unclear(
                format!("the StoreAPI of {name}: {}", failure.what),
                failure.help.unwrap_or_else(reach),
            );
        }
    };
    let told = match ask.store_series(hop, selector, back, false).await {
        Ok(told) => told.value,
        Err(failure) => {
            return unclear(
                format!("the StoreAPI of {name}: {}", failure.what),
                failure.help.unwrap_or_else(reach),
            );
        }
    };
    if !told.series.is_empty() {
        return AtStore::Some(told.series.clone());
    }
    if !told.warnings.is_empty() {
        return unclear(
            format!(
                "the StoreAPI of {name} warns that its answer is incomplete: {}",
                words::few(&told.warnings, 2)
            ),
            format!("Look at the storage behind hop `{name}`."),
        );
    }
    match doubt(name, info.as_deref()) {
        Some((why, help)) => unclear(why, help.to_owned()),
        None => AtStore::Nothing,
    }
}

/// What the store says of itself that makes its empty answer no proof.
fn doubt(name: &str, info: Option<&StoreInfo>) -> Option<(String, &'static str)> {
    let Some(info) = info else {
        return Some((
            format!(
                "the StoreAPI of {name} has no Info service, so that what it covers is not known"
            ),
            "Ask a Thanos of 0.24 or later; an older one cannot prove absence here.",
        ));
    };
    if info.serving == Some(false) {
        return Some((
            format!("{name} is not ready: its health service says NOT_SERVING"),
            "Wait until it is ready, or let the check poll with `within:`.",
        ));
    }
    if info.min_time.is_none() || info.label_sets.is_empty() {
        return Some((
            format!(
                "{name} tells no label sets over gRPC: it only routes, or it has no tenant yet"
            ),
            "Give as `grpc:` the address of a Receive that stores what it takes.",
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_replaced_where_all_sets_contradict_it() {
        let set = |cluster: &str| Labels::from([("cluster", cluster), (TENANT_LABEL, "a")]);
        let ops: Selector = "up{cluster=\"ops\"}".parse().unwrap();
        let said = |sets: &[Labels]| replaced(&ops.matchers[0], sets).map(str::to_owned);
        assert_eq!(said(&[set("central"), set("central")]).unwrap(), "central");
        assert_eq!(said(&[set("ops")]), None);
        assert_eq!(said(&[set("central"), set("blue")]), None);
        assert_eq!(said(&[Labels::default()]), None);
        assert_eq!(said(&[]), None);
    }

    #[test]
    fn only_a_store_that_serves_and_tells_its_labels_can_prove_absence() {
        let info = StoreInfo {
            component: "receive".to_owned(),
            serving: Some(true),
            label_sets: vec![Labels::from([(TENANT_LABEL, "default-tenant")])],
            min_time: Some(0),
            max_time: Some(i64::MAX),
        };
        assert_eq!(doubt("receive", Some(&info)), None);
        let with = |change: fn(&mut StoreInfo)| {
            let mut info = info.clone();
            change(&mut info);
            doubt("receive", Some(&info))
        };
        assert!(with(|info| info.serving = Some(false)).is_some());
        assert!(with(|info| info.label_sets.clear()).is_some());
        assert!(with(|info| info.min_time = None).is_some());
        assert!(doubt("receive", None).is_some());
    }
}
