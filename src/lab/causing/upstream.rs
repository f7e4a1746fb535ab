//! Faults on the way into Prometheus and out of it.

use crate::lab::causing::CauseFault;
use crate::lab::causing::upstream_plants as own;
use crate::lab::fault::Edge;
use crate::lab::plant;

/// The faults, in the order of the data's way.
pub(crate) const ROWS: &[CauseFault] = &[
    CauseFault {
        cause: "config-not-loaded",
        says: "a reload took the exporter's job away, and Prometheus refused the one that should bring it back",
        plant: own::config_not_loaded,
        edge: edge(Some("exporter"), "prom", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "target-not-discovered",
        says: "discovery finds no target of the exporter's job since twenty minutes",
        plant: own::not_discovered,
        edge: edge(Some("exporter"), "prom", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "target-dropped-by-relabel",
        says: "a rule of `relabel_configs` drops the exporter before it is scraped",
        plant: own::target_dropped,
        edge: edge(Some("exporter"), "prom", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "exporter-down",
        says: "nothing listens at the exporter's address since three minutes",
        plant: plant::exporter_down,
        edge: edge(None, "prom", false),
        certainty: "proven",
    },
    CauseFault {
        cause: "exporter-error",
        says: "the exporter answers 503 since three minutes",
        plant: own::exporter_error,
        edge: edge(None, "prom", false),
        certainty: "proven",
    },
    CauseFault {
        cause: "scrape-content-type",
        says: "the exporter's page is `text/html`, which Prometheus 3 does not take",
        plant: own::content_type,
        edge: edge(Some("exporter"), "prom", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "scrape-limit",
        says: "the exporter's page has more samples than its job's `sample_limit`",
        plant: own::scrape_limit,
        edge: edge(Some("exporter"), "prom", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "metric-not-exposed",
        says: "the exporter is up, but its page lost the metric three minutes ago",
        plant: plant::not_exposed,
        edge: edge(None, "exporter", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "renamed-metric",
        says: "a new version of the exporter gives the metric another name",
        plant: own::renamed,
        edge: edge(None, "exporter", true),
        certainty: "likely",
    },
    CauseFault {
        cause: "dropped-by-metric-relabel",
        says: "a rule of `metric_relabel_configs` drops the metric after each scrape",
        plant: plant::missing_in_prometheus,
        edge: edge(Some("exporter"), "prom", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "timestamp-refused",
        says: "the exporter dates the metric two and a half hours back, and Prometheus takes no such sample",
        plant: own::timestamp_refused,
        edge: edge(None, "exporter", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "rule-failing",
        says: "the rule that should record the metric fails",
        plant: own::rule_failing,
        edge: edge(None, "exporter", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "slow-scrape",
        says: "the exporter is scraped every fourteen minutes, and queries look back five",
        plant: own::slow_scrape,
        edge: edge(Some("exporter"), "prom", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "series-ended",
        says: "the exporter's pod is gone, and its successor does not have the metric",
        plant: own::series_ended,
        edge: edge(None, "prom", false),
        certainty: "proven",
    },
    CauseFault {
        cause: "prometheus-agent",
        says: "the Prometheus of ops is an agent, which answers no query, and behind it Receive drops the metric",
        plant: own::agent,
        edge: edge(Some("exporter"), "receive", false),
        certainty: "possible",
    },
    CauseFault {
        cause: "no-remote-write",
        says: "the Prometheus of ops has no `remote_write` block",
        plant: own::no_remote_write,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "dropped-by-write-relabel",
        says: "a rule of `write_relabel_configs` drops the metric",
        plant: own::write_relabel,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "write-url-wrong",
        says: "the path of the URL to which ops writes has a typing mistake",
        plant: own::write_url_wrong,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "write-unauthorized",
        says: "a proxy before Receive wants credentials, and ops has none",
        plant: own::write_unauthorized,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "write-name-unresolved",
        says: "the name to which ops writes does not exist",
        plant: own::write_name_unresolved,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "write-connection-failed",
        says: "ops writes to Receive's plain port with TLS",
        plant: own::write_connection_failed,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "receiver-errors",
        says: "Receive answers all writes with 503",
        plant: own::receiver_errors,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "write-lagging",
        says: "the queue of ops sends half of what it takes, and is twenty-five minutes behind",
        plant: own::write_lagging,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "write-rate-limited",
        says: "Receive answers all writes with 429, and what they hold is lost",
        plant: own::rate_limited,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "tenant-mismatch",
        says: "the Prometheus of ops writes as tenant `finops` instead of `default-tenant`",
        plant: plant::wrong_tenant,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "older-than-queue",
        says: "the exporter dates the metric before the last start of Prometheus",
        plant: own::older_than_queue,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "remote-write-recent",
        says: "the `remote_write` block came after the metric's newest sample",
        plant: own::remote_write_recent,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "remote-write-v2-unsupported",
        says: "ops sends remote write 2.0, which Receive does not know",
        plant: own::second_version,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
    CauseFault {
        cause: "sample-age-limit",
        says: "the exporter dates the metric two minutes back, and the queue drops what is older than one",
        plant: own::sample_age_limit,
        edge: edge(Some("prom"), "receive", true),
        certainty: "proven",
    },
];

const fn edge(from: Option<&'static str>, to: &'static str, exact: bool) -> Edge {
    Edge { from, to, exact }
}
