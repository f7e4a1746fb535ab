//! What is wrong with a `not_seen_by` in its pipeline, found before anything is sent.

use crate::backend::{Backend, BackendKind, World};
use crate::check::metric::form::Metric;
use crate::leaves::{Complaint, words};

/// Whether a hop of this kind reads by tenant.
pub(crate) fn reads_by_tenant(kind: BackendKind) -> bool {
    matches!(
        kind,
        BackendKind::ThanosQuery | BackendKind::Mimir | BackendKind::Cortex
    )
}

/// All that is wrong.
pub(crate) fn review(metric: &Metric, hops: &[String], world: &World) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let Some(tenants) = &metric.not_seen_by else {
        return complaints;
    };
    let backends: Vec<Option<&Backend>> = hops
        .iter()
        .map(|name| world.backend(name).map(|hop| &**hop))
        .collect();
    let asked = backends
        .iter()
        .rev()
        .flatten()
        .find(|hop| reads_by_tenant(hop.kind()));
    // A hop that this cluster does not have is complained of elsewhere.
    if asked.is_none() && backends.iter().all(Option::is_some) {
        complaints.push(
            Complaint::about(
                "not_seen_by",
                format!("no tenant reads at {}", words::list(hops)),
            )
            .help("Ask a thanos-query, mimir or cortex hop: the others show everybody the same."),
        );
    }
    for (at, tenant) in tenants.0.iter().enumerate() {
        let about = |what: String| Complaint::about("not_seen_by", what);
        if tenant.is_empty() {
            complaints.push(about("an empty tenant".to_owned()));
        } else if tenant.contains('/') {
            complaints.push(about(format!(
                "`{tenant}` is no name of a tenant: it has a `/`"
            )));
        } else if metric.tenant.as_ref() == Some(tenant) {
            complaints.push(
                about(format!(
                    "`{tenant}` is the tenant that must hold the series"
                ))
                .help("Name a tenant that must not see them."),
            );
        } else if tenants.0[..at].contains(tenant) {
            complaints.push(about(format!("`{tenant}` twice")));
        } else if let Some(hop) = asked.filter(|hop| hop.hop.tenant.as_ref() == Some(tenant)) {
            complaints.push(
                about(format!(
                    "hop `{}` is asked as tenant `{tenant}` itself",
                    hop.name()
                ))
                .help("Name a tenant that must not see the series."),
            );
        }
    }
    if let Some(hop) = asked
        && let Some(header) = hop.tenant_header()
        && hop
            .hop
            .headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case(header))
    {
        complaints.push(
            Complaint::about(
                "not_seen_by",
                format!("hop `{}` sends `{header}` among its `headers:`", hop.name()),
            )
            .help("Write it as `tenant:` of the hop, so that it can be asked as another tenant."),
        );
    }
    complaints
}
