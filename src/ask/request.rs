//! What would be sent for a question, in one line, without sending it.

use crate::ask::batch;
use crate::ask::question::Question;
use crate::backend::answer::TSDB_LIMIT;
use crate::backend::{Backend, Capability, prometheus, query_range, request};
use crate::leaves::words;

impl Question {
    /// The request as the evidence of a run would show it, asked alone; credentials are not in it. `backend` is the one that the
    /// question names.
    pub fn request(&self, backend: Option<&Backend>) -> String {
        let Some(backend) = backend else {
            return self.at_network();
        };
        let get = |capability, path| request::get(backend, capability, path);
        match self {
            Self::Count { selector, .. } => {
                prometheus::query_request(backend, &batch::single(selector))
            }
            Self::Query { query, .. } => prometheus::query_request(backend, query),
            Self::QueryAs { query, how, .. } => prometheus::query_as_request(backend, query, how),
            Self::QueryRange { query, how, .. } => {
                query_range::query_range_request(backend, query, how)
            }
            Self::Runtime { .. } => get(Capability::Flags, "api/v1/status/runtimeinfo"),
            Self::Exposures { metric, .. } => {
                let path = get(Capability::Targets, "api/v1/targets/metadata");
                format!("{path}?metric={metric}")
            }
            Self::LabelValues { label, of, .. } => {
                let path = get(Capability::Query, &format!("api/v1/label/{label}/values"));
                match of {
                    Some(of) => format!("{path}?match[]={of}"),
                    None => path,
                }
            }
            Self::Targets { .. } => get(Capability::Targets, "api/v1/targets"),
            Self::Config { .. } => get(Capability::Config, "api/v1/status/config"),
            Self::Flags { .. } => get(Capability::Flags, "api/v1/status/flags"),
            Self::Build { .. } => get(Capability::Query, "api/v1/status/buildinfo"),
            Self::Stores { .. } => get(Capability::Stores, "api/v1/stores"),
            Self::TsdbStatus { .. } => {
                let path = get(Capability::TsdbStatus, "api/v1/status/tsdb");
                format!("{path}?all_tenants=true&limit={TSDB_LIMIT}")
            }
            Self::Rules { .. } => {
                let path = get(Capability::Rules, "api/v1/rules");
                format!("{path}?exclude_alerts=true")
            }
            Self::Movement { history, .. } => {
                let page = get(Capability::OwnMetrics, "metrics");
                match history {
                    Some(_) => format!("{page} and its history"),
                    None => format!("{page} (twice)"),
                }
            }
            Self::Path { address, path, .. } => request::get_at(backend, *address, path),
            Self::StoreInfo { .. } => request::call(backend, "thanos.info.Info/Info"),
            Self::StoreSeries {
                selector, back_ms, ..
            } => {
                let back = words::age(*back_ms);
                let asked = format!("thanos.Store/Series {selector} back={back}");
                request::call(backend, &asked)
            }
            Self::StoreValues {
                label, selector, ..
            } => request::call(
                backend,
                &format!("thanos.Store/LabelValues {label} {selector}"),
            ),
            Self::Page { .. } => request::page(backend),
            Self::PageAt { .. } | Self::Dns(_) | Self::Tcp(_) | Self::Http(_) => self.at_network(),
        }
    }

    /// The PromQL of the question, where it is one.
    pub fn promql(&self) -> Option<String> {
        match self {
            Self::Count { selector, .. } => Some(batch::single(selector)),
            Self::Query { query, .. }
            | Self::QueryAs { query, .. }
            | Self::QueryRange { query, .. } => Some(query.clone()),
            _ => None,
        }
    }

    fn at_network(&self) -> String {
        match self {
            Self::PageAt { url } => format!("GET {url}"),
            Self::Dns(probe) => {
                let server = probe
                    .resolver
                    .as_deref()
                    .map(|server| format!(" @{server}"));
                let record = probe.record.word();
                format!("{record} {}{}", probe.name, server.unwrap_or_default())
            }
            Self::Tcp(probe) => {
                let tls = probe.tls.as_ref().map_or("", |_| ", TLS handshake");
                format!("connect {}:{}{tls}", probe.host, probe.port)
            }
            Self::Http(probe) => format!("{} {}", probe.method, probe.url),
            _ => self.words(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ask::dispatch;
    use crate::backend::tls::Trust;
    use crate::backend::{AddressKey, Clients};
    use crate::leaves::Redactor;

    fn closed_port() -> u16 {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    }

    fn backend(kind: &str, keys: &[&str]) -> Backend {
        let mut hop = serde_json::json!({ "name": "h", "kind": kind });
        for key in keys {
            hop[*key] = format!("http://user:s3cr3t-word@127.0.0.1:{}", closed_port()).into();
        }
        Backend::of(serde_json::from_value(hop).unwrap())
    }

    #[tokio::test]
    async fn what_is_shown_is_what_would_be_sent() {
        let key = || "k".into();
        let selector = || "up{job=\"a\"}".parse().unwrap();
        let prometheus = vec![
            Question::Count {
                backend: key(),
                selector: selector(),
            },
            Question::Query {
                backend: key(),
                query: "up[5m]".to_owned(),
                at: None,
            },
            Question::Targets { backend: key() },
            Question::Config { backend: key() },
            Question::Flags { backend: key() },
            Question::Build { backend: key() },
            Question::Rules { backend: key() },
            Question::Path {
                backend: key(),
                address: AddressKey::Url,
                path: "-/ready".to_owned(),
            },
        ];
        let query = vec![
            Question::Stores { backend: key() },
            Question::Query {
                backend: key(),
                query: "up".to_owned(),
                at: None,
            },
            Question::StoreInfo { backend: key() },
            Question::StoreSeries {
                backend: key(),
                selector: selector(),
                back_ms: 300_000,
                chunks: true,
            },
            Question::StoreValues {
                backend: key(),
                label: "tenant_id".to_owned(),
                selector: selector(),
                back_ms: 300_000,
            },
        ];
        let cases = [
            ("prometheus", &["url"][..], prometheus),
            ("thanos-query", &["url", "grpc"][..], query),
            (
                "mimir",
                &["url"][..],
                vec![Question::Build { backend: key() }],
            ),
            (
                "exporter",
                &["url"][..],
                vec![Question::Page { backend: key() }],
            ),
            (
                "thanos-receive",
                &["write"][..],
                vec![Question::TsdbStatus { backend: key() }],
            ),
        ];
        let clients = Clients::new(Redactor::default());
        for (kind, keys, questions) in cases {
            let backend = backend(kind, keys);
            for question in questions {
                let (trace, answer) = dispatch::put(
                    &clients,
                    &Trust::default(),
                    Some(&backend),
                    None,
                    &question,
                    Duration::from_secs(5),
                )
                .await;
                assert!(answer.is_err());
                assert_eq!(question.request(Some(&backend)), trace.request);
                assert!(!trace.request.contains("s3cr3t"), "{}", trace.request);
            }
        }
    }
}
