//! What is wrong with a `remote_write` check before anything is asked.

use crate::backend::{Capability, World, names_a_tenant};
use crate::check::hop_name::{cannot, known};
use crate::check::remote_write::form::RemoteWriteCheck;
use crate::leaves::Complaint;

pub(crate) fn review(check: &RemoteWriteCheck, world: &World) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let hop = match &check.at {
        Some(at) => known(world, "at", at).map(|hop| (hop, "at")),
        None => match world.sender() {
            Some(hop) => Ok((hop, "remote_write")),
            None => Err(Complaint::about(
                "remote_write",
                "the pipeline has no prometheus hop that could send",
            )
            .help("Name the Prometheus that sends with `at:`.")),
        },
    };
    match hop {
        Ok((hop, key)) => match cannot(hop, key, "`remote_write`", Capability::Config) {
            Some(complaint) => complaints.push(complaint),
            None if check.keeps.is_some() && hop.kind().answers(Capability::Query).is_none() => {
                complaints.push(
                    Complaint::about(
                        "keeps",
                        format!(
                            "`keeps` is simulated on the series that the sender has, and hop `{}` of kind {} shows none",
                            hop.name(),
                            hop.kind().word()
                        ),
                    )
                    .help("Leave `keeps` out, and look for the metric at the next hop."),
                );
            }
            None => {}
        },
        Err(complaint) => complaints.push(complaint),
    }
    if !matches!(check.remote_write.scheme(), "http" | "https")
        || check.remote_write.host().is_none()
    {
        complaints.push(
            Complaint::about(
                "remote_write",
                format!("`{}` is not an http address", check.shown()),
            )
            .help("Write the receiver's whole URL, its path included: `http://receive:19291/api/v1/receive`."),
        );
    }
    match (&check.tenant, &check.tenant_header) {
        (None, Some(_)) => complaints.push(
            Complaint::about("tenant_header", "a header is named, and no tenant")
                .help("Write the tenant it must carry as `tenant:`."),
        ),
        (Some(_), Some(header)) if !names_a_tenant(header) => complaints.push(
            Complaint::about(
                "tenant_header",
                format!("the value of `{header}` is never looked at: it may be a credential"),
            )
            .help("Only headers that name a tenant, an organisation, an account or a project are."),
        ),
        _ => {}
    }
    complaints
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::backend::{Backend, Hop};

    fn complaints(form: serde_json::Value) -> Vec<String> {
        let hop = |form| {
            let hop: Hop = serde_json::from_value(form).unwrap();
            Arc::new(Backend::of(hop))
        };
        let world = World {
            pipeline: vec![
                hop(json!({ "name": "prom", "kind": "prometheus", "url": "http://prom:9090" })),
                hop(json!({ "name": "vm", "kind": "victoriametrics", "url": "http://vm:8428" })),
            ],
            ..World::default()
        };
        let check: RemoteWriteCheck = serde_json::from_value(form).unwrap();
        review(&check, &world)
            .into_iter()
            .map(|c| c.message)
            .collect()
    }

    #[test]
    fn only_a_prometheus_sends_and_only_to_http() {
        let url = "http://h:19291/api/v1/receive";
        assert!(complaints(json!({ "remote_write": url })).is_empty());
        assert!(complaints(json!({ "remote_write": url, "at": "prom" })).is_empty());
        for (form, says) in [
            (
                json!({ "remote_write": url, "at": "vm" }),
                "victoriametrics",
            ),
            (
                json!({ "remote_write": url, "at": "pram" }),
                "no hop `pram`",
            ),
            (json!({ "remote_write": "ftp://h/" }), "not an http address"),
            (json!({ "remote_write": "h:19291" }), "not an http address"),
            (
                json!({ "remote_write": url, "tenant_header": "X-T" }),
                "no tenant",
            ),
            (
                json!({ "remote_write": url, "tenant": "a", "tenant_header": "Authorization" }),
                "credential",
            ),
        ] {
            let all = complaints(form.clone());
            assert!(all.len() == 1 && all[0].contains(says), "{form}: {all:?}");
        }
        assert!(World::default().sender().is_none());
    }
}
