//! Rows of causes that concern whole targets: they are not known, not chosen, or cannot be scraped.

use crate::diagnose::cause::Cause;
use crate::diagnose::part::Part;
use crate::diagnose::scraping::scrape_error::Ill;
use crate::diagnose::scraping::{config_not_loaded, down, dropped_target, not_discovered};

/// Every cause here acts on the way into Prometheus.
const PARTS: &[Part] = &[Part::Scraping];

pub(crate) const CONFIG_NOT_LOADED: Cause = Cause {
    id: "config-not-loaded",
    title: "The configuration on disk is not the one that runs",
    parts: PARTS,
    about: "Prometheus refused the last reload, because a file has a mistake, and goes on with the configuration that it had before. \
            A job, a rule or a `remote_write` block that stands in the file is then not at work. Nothing but a line in the log and \
            `prometheus_config_last_reload_successful` tells so: the server stays ready and healthy. A restart with that file would \
            fail.",
    asks: "`/api/v1/status/runtimeinfo` of the Prometheus that scrapes (`reloadConfigSuccess`, `lastConfigTime`), and its loaded \
           configuration.",
    certainty: "Proven when the last reload failed, and what runs has no job of the name that the check asks for, while no target \
                of that job is known. Likely when the reload failed, but the metric could be missing for another reason. Ruled out \
                when the last reload succeeded.",
    fix: "Run `promtool check config` on the file, mend what it names, and reload with `POST /-/reload` or SIGHUP.",
    see: &[],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(config_not_loaded::look(case)),
};

pub(crate) const TARGET_NOT_DISCOVERED: Cause = Cause {
    id: "target-not-discovered",
    title: "Prometheus does not know the target",
    parts: PARTS,
    about: "Service discovery gives Prometheus no target for the job: not one that is scraped, and not one that relabelling drops. \
            With the Prometheus Operator it is most often a ServiceMonitor or PodMonitor whose selector, namespace or port name \
            does not fit the service, or which the Prometheus object does not select; elsewhere a missing `scrape_configs` entry, a \
            file of `file_sd_configs` that is not there, or missing permissions of the discovery. There is no error on the way, \
            and no `up` series either, so that an alert on `up == 0` stays silent. Where Prometheus is sharded, the target may \
            belong to another shard.",
    asks: "`/api/v1/targets` with its dropped targets and their counts, and the loaded configuration.",
    certainty: "Proven when the check names the job, and there is no active and no dropped target of it, the count of dropped \
                targets is zero, and nothing else could bring series of that job. Likely when a job with `honor_labels`, relabelled \
                `job` labels, accepted writes or a failed reload could bring them, the configuration was loaded less than half a minute ago, or when only the exporter's address is known. \
                Ruled out when a target is there.",
    fix: "Compare the selector, namespace and port name of the ServiceMonitor (or the `scrape_configs` entry) with the service, and \
          look at `/targets` and `/service-discovery` of that Prometheus.",
    see: &[
        "prometheus-operator/prometheus-operator#5917",
        "prometheus-operator/prometheus-operator#1392",
    ],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(not_discovered::look(case)),
};

pub(crate) const TARGET_DROPPED_BY_RELABEL: Cause = Cause {
    id: "target-dropped-by-relabel",
    title: "A rule of `relabel_configs` drops the target",
    parts: PARTS,
    about: "Discovery finds the target, and a `keep` or `drop` rule of the job's `relabel_configs` takes it away before it is ever \
            scraped: an annotation is missing, a port has another name, a regex is anchored and does not match the whole value, a \
            `hashmod` rule gives it to another shard. There is no `up` series of it. Prometheus shows dropped targets with their \
            labels before relabelling, but may cut the list (`keep_dropped_targets`), and never says which rule it was.",
    asks: "`/api/v1/targets` with its dropped targets, the loaded configuration and the version. The rules are replayed on the \
           labels that discovery found.",
    certainty: "Proven when a dropped target would be of the job or instance that the check names, or is the exporter's page (address and path), \
                and the replayed rules drop it: the rule and what it saw are quoted. Likely when the version is not known. \
                Possible when the list of dropped targets is cut or rules cannot be replayed. Ruled out when the target is scraped, \
                or no dropped target would be it.",
    fix: "Correct the rule, or the label or annotation that it looks at.",
    see: &[],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(dropped_target::look(case)),
};

pub(crate) const EXPORTER_DOWN: Cause = Cause {
    id: "exporter-down",
    title: "Prometheus cannot reach the exporter",
    parts: PARTS,
    about: "The scrape fails before there is an answer: the connection is refused, the name does not resolve, the exporter is too \
            slow for `scrape_timeout`, TLS fails, a firewall is in the way. `up` is 0, and all series of the target end at once. \
            That gapcheck or a person can open the page proves nothing: what counts is whether Prometheus can, from where it runs.",
    asks: "`/api/v1/targets` (`health`, `lastError`). Which target should expose the metric is known from \
           `/api/v1/targets/metadata`, from the exporter's address in the pipeline, from the labels of series that ended, or from \
           the `job` and `instance` that the check names.",
    certainty: "Proven when every target that should expose the metric is down with an error of the connection, of DNS, of TLS or of \
                time, which is quoted. Likely when it is only a guess that this target should expose it. Possible when other \
                targets that should expose it are up, or it is not known which should. Ruled out when the scrape goes well or \
                fails otherwise.",
    fix: "Start the exporter, or correct its port, name or network policy; if it is only slow, raise `scrape_timeout`.",
    see: &[],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(down::look(case, Ill::Connection)),
};

pub(crate) const EXPORTER_ERROR: Cause = Cause {
    id: "exporter-error",
    title: "The exporter answers, but not with a page of metrics",
    parts: PARTS,
    about: "The exporter answers another status than 200 (404 for a wrong `metrics_path`, 401 and 403 for credentials, 500 and 503 \
            from the exporter itself), or a page that cannot be parsed. One bad line spoils the whole page: Prometheus takes none \
            of its samples, and `up` is 0.",
    asks: "`/api/v1/targets` (`health`, `lastError`).",
    certainty: "Proven when every target that should expose the metric is down with `server returned HTTP status` or an error of \
                parsing, which is quoted. Likely when the error is of no known sort or the target is a guess. Ruled out when the \
                scrape goes well or fails otherwise.",
    fix: "Open the page as Prometheus does, with its path, parameters and credentials, and correct what answers so; check the page \
          with `promtool check metrics`.",
    see: &[],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(down::look(case, Ill::Answer)),
};

pub(crate) const SCRAPE_CONTENT_TYPE: Cause = Cause {
    id: "scrape-content-type",
    title: "Prometheus 3 refuses the content type of the page",
    parts: PARTS,
    about: "From version 3.0 on, a page without a `Content-Type`, or with one that is none of the known formats, fails the whole \
            scrape, where Prometheus 2 read it as text. After an upgrade, exporters that send `text/html` or nothing at all are \
            suddenly down. A login page of a proxy looks the same: see what the page holds before telling Prometheus to take it.",
    asks: "`/api/v1/targets` (`health`, `lastError`).",
    certainty: "Proven when every target that should expose the metric is down with `unsupported Content-Type` or `non-compliant \
                scrape target`. Likely when the target is a guess. Ruled out when the scrape goes well or fails otherwise.",
    fix: "Let the exporter send `Content-Type: text/plain; version=0.0.4`, or set `fallback_scrape_protocol: PrometheusText0.0.4` \
          for the job.",
    see: &[
        "prometheus/prometheus#15485",
        "https://prometheus.io/docs/prometheus/latest/migration/",
    ],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(down::look(case, Ill::ContentType)),
};

pub(crate) const SCRAPE_LIMIT: Cause = Cause {
    id: "scrape-limit",
    title: "A limit of the scrape is exceeded",
    parts: PARTS,
    about: "`sample_limit`, `label_limit`, the limits on the length of label names and values, `body_size_limit`, `target_limit` \
            and the limits on native histograms fail the whole scrape: not one sample is taken, and `up` is 0. It begins the day \
            the exporter shows one series too many, often long after the limit was set.",
    asks: "`/api/v1/targets` (`health`, `lastError`).",
    certainty: "Proven when every target that should expose the metric is down with an error that names a limit, which is quoted. \
                Likely when the target is a guess. Ruled out when the scrape goes well or fails otherwise.",
    fix: "Raise the limit that is named, or reduce what the exporter shows: fewer series, fewer or shorter labels.",
    see: &["prometheus/prometheus#9990"],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(down::look(case, Ill::Limit)),
};
