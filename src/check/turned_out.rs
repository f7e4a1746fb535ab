//! Whether a server is of the kind that the suite says: others answer alike, and what they leave out would be taken for absence.

use crate::ask::Ask;
use crate::backend::answer::Build;
use crate::backend::{Backend, BackendKind, Capability};

/// A server that is not of the kind that the suite says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Other {
    /// What it is.
    pub(crate) why: String,
    /// What to write in the suite, as a sentence.
    pub(crate) help: String,
}

/// What a hop that answers like a Prometheus turns out to be by its build; none where it is what it should be, or where its build
/// cannot be asked.
pub(crate) async fn turned_out(ask: &Ask, hop: &Backend) -> Option<Other> {
    let has_own_build = !matches!(hop.kind(), BackendKind::Mimir | BackendKind::Cortex);
    if !has_own_build || hop.kind().answers(Capability::Build).is_none() {
        return None;
    }
    by_build(&ask.build(hop).await.ok()?.value, hop)
}

fn by_build(build: &Build, hop: &Backend) -> Option<Other> {
    let name = hop.name();
    let is = |what: &str| {
        format!(
            "{name} is not the {} that the suite says, but {what}",
            hop.kind().word()
        )
    };
    if !build.application.is_empty() {
        return Some(Other {
            why: is(&format!("{} {}", build.application, build.version)),
            help: match build.application.contains("Mimir") {
                true => format!("Write `kind: mimir` for hop `{name}`."),
                false => format!("Point hop `{name}` at a server of the kind that the suite says."),
            },
        });
    }
    let is_victoria = matches!(
        hop.kind(),
        BackendKind::VictoriaMetrics | BackendKind::VictoriaMetricsCluster
    );
    if build.bare {
        return (!is_victoria).then(|| Other {
            why: is("a VictoriaMetrics, by its build"),
            help: format!(
                "Write `kind: victoriametrics` for hop `{name}`: it scrapes nothing, has no external labels, and answers for 30 seconds ago unless asked otherwise."
            ),
        });
    }
    // Thanos has no version 1 yet, and Prometheus has had this page since 2.14.
    match (build.version.starts_with("0."), hop.kind().asks_stores()) {
        (true, false) => Some(Other {
            why: is(&format!("a Thanos (version {})", build.version)),
            help: format!(
                "Write `kind: thanos-query` for hop `{name}`: it must be asked for whole answers, and for its stores."
            ),
        }),
        (false, true) if build.version.starts_with(|c: char| c.is_ascii_digit()) => Some(Other {
            why: is(&format!(
                "a Prometheus (version {}), by its build",
                build.version
            )),
            help: format!(
                "Write `kind: prometheus` for hop `{name}`, or give it the address of a Query: it has no stores."
            ),
        }),
        _ => None,
    }
}

/// What a hop with a StoreAPI turns out to be by its Info; none where it is what it should be, or does not say.
pub(crate) fn by_info(component: &str, hop: &Backend) -> Option<Other> {
    let of_kind = |kind| match kind {
        BackendKind::ThanosReceive => "receive",
        BackendKind::ThanosSidecar => "sidecar",
        BackendKind::ThanosStore => "store",
        BackendKind::ThanosQuery => "query",
        _ => "",
    };
    let what = match component {
        "receive" => "a Receive",
        "sidecar" => "a sidecar",
        "store" => "a store gateway",
        "query" => "a Query",
        "rule" => "a ruler",
        _ => return None,
    };
    (of_kind(hop.kind()) != component).then(|| Other {
        why: format!(
            "{0} is not the {1} that the suite says, but {what}, by its Info",
            hop.name(),
            hop.kind().word()
        ),
        help: format!(
            "Give as `grpc:` of hop `{}` the address of a {}, or write the kind that it is.",
            hop.name(),
            hop.kind().word()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::prometheus::parse_build;

    fn hop(kind: &str) -> Backend {
        Backend::of(
            serde_json::from_value(
                serde_json::json!({"name": "ops", "kind": kind, "url": "http://127.0.0.1:1"}),
            )
            .unwrap(),
        )
    }

    fn told(kind: &str, data: &str) -> Option<Other> {
        let body = format!(r#"{{"status":"success","data":{data}}}"#);
        let build = parse_build(200, "application/json", body.as_bytes()).unwrap();
        by_build(&build, &hop(kind))
    }

    const PROMETHEUS: &str = r#"{"version":"3.14.0","revision":"d7598b7141","branch":"HEAD","buildUser":"","buildDate":"","goVersion":"go1.26.8"}"#;
    const THANOS: &str = r#"{"version":"0.42.4","revision":"45c4f3948","branch":"HEAD","buildUser":"","buildDate":"","goVersion":"go1.26.8"}"#;

    #[test]
    fn a_prometheus_is_one() {
        assert_eq!(told("prometheus", PROMETHEUS), None);
        // It may stand where a VictoriaMetrics did: the answers are as good.
        assert_eq!(told("victoriametrics", PROMETHEUS), None);
    }

    #[test]
    fn thanos_victoriametrics_and_mimir_are_recognised() {
        for kind in ["prometheus", "victoriametrics"] {
            let other = told(kind, THANOS).unwrap();
            assert!(other.why.contains("a Thanos (version 0.42.4)"), "{other:?}");
            assert!(other.help.contains("`kind: thanos-query`"), "{other:?}");
        }
        for data in ["{}", r#"{"version":"2.24.0"}"#] {
            let other = told("prometheus", data).unwrap();
            assert!(other.why.contains("a VictoriaMetrics"), "{other:?}");
            assert!(other.help.contains("`kind: victoriametrics`"), "{other:?}");
            assert_eq!(told("victoriametrics", data), None);
            assert_eq!(told("victoriametrics-cluster", data), None);
        }
        let mimir = r#"{"application":"Grafana Mimir","version":"2.0.0","revision":"9fd2da5","goVersion":"go1.17.8"}"#;
        let other = told("prometheus", mimir).unwrap();
        assert!(other.why.contains("Grafana Mimir 2.0.0"), "{other:?}");
        assert!(other.help.contains("`kind: mimir`"), "{other:?}");
    }

    #[test]
    fn what_stands_in_the_place_of_a_query_is_recognised() {
        for kind in ["thanos-query", "thanos-query-frontend"] {
            assert_eq!(told(kind, THANOS), None);
            let other = told(kind, PROMETHEUS).unwrap();
            assert!(
                other.why.contains("a Prometheus (version 3.14.0)"),
                "{other:?}"
            );
            assert!(other.help.contains("`kind: prometheus`"), "{other:?}");
            let other = told(kind, "{}").unwrap();
            assert!(other.why.contains("a VictoriaMetrics"), "{other:?}");
            // Built without a version: nothing is said of it.
            let unversioned = PROMETHEUS.replace("3.14.0", "");
            assert_eq!(told(kind, &unversioned), None);
        }
    }

    #[test]
    fn a_store_says_what_it_is() {
        let hop = |kind: &str| {
            Backend::of(
                serde_json::from_value(
                    serde_json::json!({"name": "s", "kind": kind, "grpc": "127.0.0.1:1"}),
                )
                .unwrap(),
            )
        };
        for (kind, component) in [
            ("thanos-receive", "receive"),
            ("thanos-sidecar", "sidecar"),
            ("thanos-store", "store"),
            ("thanos-query", "query"),
        ] {
            assert_eq!(by_info(component, &hop(kind)), None);
            assert_eq!(by_info("", &hop(kind)), None, "it does not say");
            assert_eq!(
                by_info("debug", &hop(kind)),
                None,
                "an odd word is no proof"
            );
            let other = by_info("rule", &hop(kind)).unwrap();
            assert!(
                other.why.contains(kind) && other.why.contains("a ruler"),
                "{other:?}"
            );
        }
        assert!(by_info("query", &hop("thanos-receive")).is_some());
    }

    #[test]
    fn other_kinds_are_recognised_by_what_they_alone_answer() {
        let odd = r#"{"resultType":"vector","result":[]}"#;
        assert_eq!(told("prometheus", odd), None);
    }
}
