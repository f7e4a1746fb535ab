//! What is wrong with a `receive` check before anything is sent.

use crate::backend::{AddressKey, BackendKind, Capability, World};
use crate::check::hop_name::{cannot, known};
use crate::check::receive::form::Receive;
use crate::leaves::Complaint;

/// What is wrong with the check in this pipeline.
pub(crate) fn review(check: &Receive, world: &World) -> Vec<Complaint> {
    let hop = match known(world, "receive", &check.receive) {
        Ok(hop) => hop,
        Err(complaint) => return vec![complaint],
    };
    if hop.kind() != BackendKind::ThanosReceive {
        return vec![
            Complaint::about(
                "receive",
                format!(
                    "hop `{}` is of kind {}, and this check is about a thanos-receive",
                    hop.name(),
                    hop.kind().word()
                ),
            )
            .help("Name a hop of kind thanos-receive."),
        ];
    }
    let mut complaints = Vec::new();
    if check.tenant.as_deref() == Some("") {
        complaints.push(Complaint::about(
            "tenant",
            "a tenant has a name, and this is empty",
        ));
    }
    let by_store_alone = check.holds.is_some()
        && check.fresh.is_none()
        && hop.answers(Capability::StoreApi).is_some();
    if check.asks_heads() && !by_store_alone {
        complaints.extend(cannot(
            hop,
            "receive",
            "what it holds",
            Capability::TsdbStatus,
        ));
    }
    if check.asks_counters() && hop.address(AddressKey::Http).is_none() {
        complaints.push(Complaint::about(
            "receive",
            format!(
                "what it takes is read from its own metrics: give hop `{}` its `http:` address (port 10902)",
                hop.name()
            ),
        ));
    }
    if let Some(meta) = &hop.hop.meta {
        match known(world, "receive", meta) {
            Ok(meta) => complaints.extend(cannot(
                meta,
                "receive",
                "the history of its metrics (`meta`)",
                Capability::Query,
            )),
            Err(complaint) => complaints.push(complaint),
        }
    }
    complaints
}
