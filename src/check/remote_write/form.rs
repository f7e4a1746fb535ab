//! The form of `remote_write`: what a user writes.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, de};
use url::Url;

use crate::backend::{Backend, World};
use crate::check::given::given;
use crate::leaves::{AgeLimit, NumberMatcher, OneOrMore, Selector};

/// A Prometheus delivers to a receiver, now: a block of its loaded configuration leads there, and the counters of that block's queue
/// move as those of a queue that delivers.
///
/// ```yaml
/// - remote_write: http://thanos-receive.monitoring.svc:19291/api/v1/receive
///   at: prom
///   keeps: aws_cost_exporter_current_month_cost
///   tenant: default-tenant
///   failed: 0
///   lag: 2m
/// ```
///
/// The counters are read from the server's own history where it scrapes itself, else twice, 15 seconds apart. A queue that is refused
/// (4xx), retries for ever, is blocked, lags, or drops everything by relabelling fails the check. One that has nothing to send fails
/// it too, unless `idle: true`; where so short a look cannot tell, it is an error. A configuration that looks right, and a log
/// without errors, prove nothing and never pass.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoteWriteCheck {
    /// The receiver's URL. Compared as a URL: default ports, a last slash, the case of the host and credentials do not matter.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "String", length(min = 1))]
    pub remote_write: Url,
    /// The Prometheus that sends; the first one of the pipeline where none is named. One in agent mode will do.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub at: Option<String>,
    /// The `name` of the block, where several lead to that URL and one is meant.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub name: Option<String>,
    /// Metrics, one or a list, that relabelling must let through: external labels and `write_relabel_configs` are applied to the
    /// series that the sender has now, as its version applies them.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "OneOrMore<Selector>")]
    pub keeps: Option<OneOrMore<Selector>>,
    /// The tenant that the block's header names, by the loaded configuration: that the header arrives it does not prove, and where the
    /// sender is of a build that is known to lose it, this is an error. A block without such a header writes as Thanos'
    /// `default-tenant`. `metric` with `tenant` proves it where it arrives.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub tenant: Option<String>,
    /// The header that carries the tenant, where it is neither `THANOS-TENANT` nor `X-Scope-OrgID`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub tenant_header: Option<String>,
    /// Samples a second that the receiver refuses for good. Without it, none may be.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub failed: Option<NumberMatcher>,
    /// Samples a second that are sent again.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub retried: Option<NumberMatcher>,
    /// Samples a second that are dropped unsent, without those that relabelling drops on purpose. Servers before 2.50 do not tell
    /// them apart: all are counted there.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub dropped: Option<NumberMatcher>,
    /// How far the newest sample sent may lie behind the newest one there is: `2m` means at most, and is the default.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "AgeLimit")]
    pub lag: Option<AgeLimit>,
    /// Whether a queue that has nothing to send passes.
    #[serde(default)]
    pub idle: bool,
}

/// A whole URL.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    Url::parse(&text).map_err(|why| {
        de::Error::custom(format!(
            "expected the receiver's whole URL, such as `http://receive:19291/api/v1/receive`: {why}"
        ))
    })
}

impl RemoteWriteCheck {
    /// The metrics that must be kept.
    pub(crate) fn metrics(&self) -> &[Selector] {
        self.keeps.as_ref().map_or(&[], |metrics| &metrics.0)
    }

    /// The Prometheus that sends.
    pub(crate) fn asked<'a>(&self, world: &'a World) -> Option<&'a Arc<Backend>> {
        match &self.at {
            Some(at) => world.backend(at),
            None => world.sender(),
        }
    }

    /// The receiver's URL without credentials.
    pub(crate) fn shown(&self) -> String {
        let mut url = self.remote_write.clone();
        // A URL that can have no credentials has none to remove.
        let _ = url.set_password(None);
        let _ = url.set_username("");
        url.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_demanded_and_shown_without_credentials() {
        let read = |form: &str| serde_json::from_str::<RemoteWriteCheck>(form);
        let check = read(r#"{"remote_write": "http://a:b@H:80/x"}"#).unwrap();
        assert_eq!(check.shown(), "http://h/x");
        for form in [
            r#"{"remote_write": "thanos"}"#,
            r#"{"remote_write": "http://h/", "lag": null}"#,
            r#"{"remote_write": "http://h/", "keeps": []}"#,
            r#"{"remote_write": "http://h/", "failed": "many"}"#,
            r#"{"remote_write": "http://h/", "idle": "yes"}"#,
        ] {
            assert!(read(form).is_err(), "{form}");
        }
    }
}
