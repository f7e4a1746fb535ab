//! Hops as checks name them: found in the pipeline, or a complaint that says which there are.

use std::sync::Arc;

use crate::backend::{AddressKey, Backend, BackendKind, Capability, World};
use crate::leaves::{Complaint, words};

/// The backend with that name, or what is wrong with the name.
pub(crate) fn known<'a>(
    world: &'a World,
    key: &str,
    name: &str,
) -> Result<&'a Arc<Backend>, Complaint> {
    if let Some(backend) = world.backend(name) {
        return Ok(backend);
    }
    if let Some((_, clusters)) = world.elsewhere.iter().find(|(hop, _)| hop == name) {
        let wanted = match clusters.as_slice() {
            [only] => only.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        return Err(Complaint::about(
            key,
            format!(
                "hop `{name}` exists only in {}: add `clusters: {wanted}`",
                words::list(clusters)
            ),
        ));
    }
    let names = world.hop_names();
    let mut message = if names.is_empty() {
        format!("no hop `{name}`; the suite has no pipeline")
    } else {
        format!("no hop `{name}`; the pipeline has {}", names.join(", "))
    };
    if !world.beside.is_empty() {
        let beside: Vec<&str> = world.beside.iter().map(|b| b.name()).collect();
        message.push_str(&format!(", and beside it {}", beside.join(", ")));
    }
    let complaint = Complaint::about(key, message);
    Err(match meant(world, name) {
        Some(near) => complaint.help(format!("Write `{near}`.")),
        None => complaint,
    })
}

/// The hop that was probably meant: a name that is near, or the only one of the kind that was written.
fn meant<'a>(world: &'a World, name: &str) -> Option<&'a str> {
    let all = || world.pipeline.iter().chain(&world.beside);
    words::nearest(name, all().map(|backend| backend.name())).or_else(|| {
        let mut of_kind = all().filter(|backend| backend.kind().word() == name);
        let first = of_kind.next()?;
        of_kind.next().is_none().then(|| first.name())
    })
}

/// What is wrong with asking this backend such a question: its kind cannot answer, or an address is missing.
pub(crate) fn cannot(
    backend: &Backend,
    key: &str,
    what: &str,
    capability: Capability,
) -> Option<Complaint> {
    cannot_any(backend, key, what, &[capability])
}

/// The same of a question that can be put in several ways: any one will do.
pub(crate) fn cannot_any(
    backend: &Backend,
    key: &str,
    what: &str,
    ways: &[Capability],
) -> Option<Complaint> {
    let name = backend.name();
    let kind = backend.kind().word();
    match ways.iter().find_map(|&way| backend.kind().answers(way)) {
        None => Some(
            Complaint::about(
                key,
                format!("{what} cannot be asked of hop `{name}`, which is of kind {kind}"),
            )
            .help(format!("Name a hop that answers it: {}.", who_can(ways))),
        ),
        Some(address) if backend.address(address).is_none() => Some(Complaint::about(
            key,
            format!(
                "{what} is asked of {kind} at its `{}:` address: give hop `{name}` its `{}:` address{}",
                address.word(),
                address.word(),
                port_of(backend.kind(), address)
            ),
        )),
        Some(_) => None,
    }
}

fn port_of(kind: BackendKind, address: AddressKey) -> &'static str {
    match (kind, address) {
        (BackendKind::ThanosReceive, AddressKey::Write) => " (port 19291)",
        (BackendKind::ThanosReceive, AddressKey::Http) => " (port 10902)",
        (_, AddressKey::Grpc) => " (port 10901)",
        _ => "",
    }
}

fn who_can(ways: &[Capability]) -> String {
    let kinds: Vec<&str> = crate::backend::BACKEND_KINDS
        .iter()
        .filter(|row| ways.iter().any(|&way| row.kind.answers(way).is_some()))
        .map(|row| row.word)
        .collect();
    words::list(&kinds)
}
