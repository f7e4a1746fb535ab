//! A Receive of several: what the one that was asked lacks, another may hold, and Query then has it.

use url::Host;

use crate::ask::Ask;
use crate::backend::answer::Store;
use crate::backend::{AddressKey, Backend, BackendKind, Capability};
use crate::check::metric::looked::Looked;
use crate::check::metric::sight::Sight;
use crate::leaves::{RungState, words};

/// The component of a Receive among the stores of a Query.
const RECEIVE: &str = "receive";

/// Where a Receive lacks the metric, a Query after it has it, and that Query lists more Receives than were asked, it is not known
/// whether the metric came to Receive: the samples of a sender are spread over all of them.
pub(crate) async fn doubt_one_of_several(hops: &mut [Looked], ask: &Ask) {
    for at in 0..hops.len() {
        if !lacks(&hops[at]) {
            continue;
        }
        let asked = hops[at]
            .replicas
            .as_ref()
            .map_or(1, |replicas| replicas.each.len());
        let Some((query, listed)) = listed_after(&hops[at + 1..], ask).await else {
            continue;
        };
        let own = ask
            .world()
            .backend(&hops[at].hop)
            .and_then(|hop| store_name(hop));
        let is_another = own.is_some_and(|own| !listed.is_empty() && !listed.contains(&own));
        let listed = listed.len();
        if listed <= asked && !is_another {
            continue;
        }
        let hop = &mut hops[at];
        let listed = words::count(listed, "Receive");
        let why = match (is_another, asked) {
            (true, _) => format!("{query} has it, and lists {listed}, not this one"),
            (false, 1) => format!("{query} has it, and lists {listed}; one of them was asked"),
            (false, more) => {
                format!("{query} has it, and lists {listed}; {more} of them were asked")
            }
        };
        let mut unknown = Sight::unknown(
            why,
            format!(
                "Give hop `{}` the addresses of all Receives as lists, with `replicas: any`.",
                hop.hop
            ),
        );
        unknown.why.extend(hop.sight.why.iter().cloned());
        unknown.notes.clone_from(&hop.sight.notes);
        hop.sight = unknown;
    }
}

/// Whether it is a Receive that does not hold the metric for anyone, and no reason is known.
fn lacks(looked: &Looked) -> bool {
    looked.kind == BackendKind::ThanosReceive.word()
        && looked.sight.state == RungState::Absent
        && looked.sight.held_by.is_empty()
        && looked.sight.cause.is_none()
}

/// How a Query names this hop, where it is one server whose address needs no look-up.
fn store_name(hop: &Backend) -> Option<String> {
    let grpc = hop.address(AddressKey::Grpc)?;
    let is_address = !matches!(grpc.host(), None | Some(Host::Domain(_)));
    (is_address && !hop.hop.has_replicas()).then(|| {
        format!(
            "{}:{}",
            grpc.host_str().unwrap_or_default(),
            grpc.port().unwrap_or(10901)
        )
    })
}

/// The first hop that asks stores and has the metric, and the Receives that it lists without an error.
async fn listed_after(after: &[Looked], ask: &Ask) -> Option<(String, Vec<String>)> {
    let has_it = |looked: &&Looked| looked.sight.state == RungState::Present;
    for looked in after.iter().filter(has_it) {
        let Some(hop) = ask.world().backend(&looked.hop) else {
            continue;
        };
        if hop.kind().answers(Capability::Stores).is_none() || hop.hop.has_replicas() {
            continue;
        }
        let told = ask.stores(hop).await.ok()?;
        let is_well = |store: &&Store| store.component == RECEIVE && store.last_error.is_none();
        return Some((
            looked.hop.clone(),
            told.value
                .0
                .iter()
                .filter(is_well)
                .map(|store| store.name.clone())
                .collect(),
        ));
    }
    None
}
