//! Rows of causes that concern single metrics: they are not exposed, not kept, not computed, not shown, or cannot be asked for.

use crate::diagnose::cause::Cause;
use crate::diagnose::part::Part;
use crate::diagnose::scraping::{
    agent, metric_relabel, not_exposed, rename, rule_failing, series_ended, slow_scrape,
    timestamp_refused,
};

/// Every cause here acts on the way into Prometheus.
const PARTS: &[Part] = &[Part::Scraping];

pub(crate) const METRIC_NOT_EXPOSED: Cause = Cause {
    id: "metric-not-exposed",
    title: "The exporter does not expose the metric",
    parts: PARTS,
    about: "The target is up, and its page does not have the metric: a collector is switched off, the exporter lacks a permission \
            (cloud exporters then leave metrics out and stay healthy), the metric appears only after a first event, or it has \
            another name in this version. `up` says nothing of it.",
    asks: "`/api/v1/targets`, the page of the target itself, fetched from where gapcheck runs, and `/api/v1/targets/metadata` where \
           it cannot be fetched.",
    certainty: "Proven when every target that should expose the metric is up, and its page, fetched now, lacks the name. Likely when \
                the page cannot be fetched and Prometheus knows no metadata of the name, or when rules of the job change names \
                or a hop behind has it. A page behind a proxy of the job, at a loopback address of another machine, or with a \
                wholly different number of samples than Prometheus counted, is not taken for the one that is scraped. \
                Ruled out when the name is on a page. Metadata are kept for ten scrapes after a name is gone, and there are none \
                for names without a TYPE, HELP or UNIT line.",
    fix: "Look at the configuration, the permissions and the log of the exporter, and at the names that its page does have.",
    see: &[],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(not_exposed::look(case)),
};

pub(crate) const RENAMED_METRIC: Cause = Cause {
    id: "renamed-metric",
    title: "The metric has another name",
    parts: PARTS,
    about: "A new version of an exporter or of its client library gives the metric another name: counters get `_total`, a unit is \
            added (`_seconds`, `_bytes`), names are translated from OpenTelemetry. Dashboards and checks go on asking for the old \
            one, and nothing says that it is gone.",
    asks: "The page of the target, and where it cannot be fetched the names of the metrics that Prometheus has of the job.",
    certainty: "Never more than likely: a near name may be another metric. Likely when the page has the same name with an ending \
                more or less, or one that differs by a letter or two, or has the histogram or summary in parts; possible when only Prometheus has or had such a name of that job. Ruled \
                out when the very name is there, or none is near.",
    fix: "Ask for the new name, in checks, rules and dashboards.",
    see: &[
        "prometheus/client_python#317",
        "prometheus/client_java#629",
        "https://prometheus.io/docs/prometheus/latest/migration/",
    ],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(rename::look(case)),
};

pub(crate) const DROPPED_BY_METRIC_RELABEL: Cause = Cause {
    id: "dropped-by-metric-relabel",
    title: "A rule of `metric_relabel_configs` drops the series",
    parts: PARTS,
    about: "The target is up and exposes the metric, and a rule of the job's `metric_relabel_configs` drops it between the scrape and \
            the storage: a `drop` whose regex matches more than was meant, or a `keep` list that lacks a new name. `up` stays 1; \
            `scrape_samples_scraped` is more than `scrape_samples_post_metric_relabeling`. A rule can also change the name or the \
            labels, so that the selector does not find the series any more.",
    asks: "The page of the target (or `/api/v1/targets/metadata`), the loaded configuration and the version. The rules are replayed \
           on the labels of the page together with those of the target, as `honor_labels` has it.",
    certainty: "Proven when the metric is on the page or in the metadata of every target that should expose it, Prometheus has no \
                series of it, and the replayed rules drop all of them: the rule and what it saw are quoted. Likely when labels that \
                a rule looks at or the version are not known, or when rules change the series. Possible when some are kept. Ruled \
                out when the rules keep it.",
    fix: "Correct the rule; regexes match the whole value, and the rules see `__name__` and the labels of the target too.",
    see: &[],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(metric_relabel::look(case)),
};

pub(crate) const TIMESTAMP_REFUSED: Cause = Cause {
    id: "timestamp-refused",
    title: "Prometheus refuses the timestamp on the page",
    parts: PARTS,
    about: "The exporter writes a timestamp of its own beside the value, as exporters of cost and cloud metrics do, and it lies more \
            than about an hour behind the newest samples, or more than ten minutes ahead. Prometheus drops such samples one by one: \
            the target stays `up`, the samples even count as scraped, and only a counter of the server and a line in its log tell.",
    asks: "The page of the target with its timestamps, the loaded configuration (`honor_timestamps`), and how the server's counters \
           `prometheus_target_scrapes_sample_out_of_bounds_total`, `.._out_of_order_total` and `.._duplicate_timestamp_total` move.",
    certainty: "Proven when every sample of the metric on the page has a timestamp outside what the head takes, the counters grow, \
                and Prometheus shows no series. Likely when the counters cannot be asked. Ruled out when the page has no timestamp, \
                the job does not honour them, or they are recent. Possible when `out_of_order_time_window` lets them in: they \
                are stored then, and an instant query does not look back so far.",
    fix: "Set `honor_timestamps: false` for the job, or let the exporter leave timestamps out (cloudwatch_exporter: `set_timestamp: \
          false`); where the times matter, set `out_of_order_time_window`.",
    see: &[
        "prometheus/cloudwatch_exporter#100",
        "prometheus/cloudwatch_exporter#117",
    ],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(timestamp_refused::look(case)),
};

pub(crate) const RULE_FAILING: Cause = Cause {
    id: "rule-failing",
    title: "The recording rule fails or is not evaluated",
    parts: PARTS,
    about: "The metric is not scraped but computed by a recording rule, and the rule's evaluation fails (an error in matching labels, \
            too many samples, a timeout) or its group is not evaluated in time any more. The series ends, and the targets are all \
            well.",
    asks: "`/api/v1/rules` of the Prometheus that scrapes.",
    certainty: "Proven when a recording rule has that name, its last evaluation failed or is older than two intervals and a minute, \
                and Prometheus lacks the metric. Likely when it was never evaluated yet, only some of several rules fail, or no rule \
                records a name with a colon, which by convention is a recording rule's. \
                Possible when all are evaluated without an error: what their expressions ask for may be missing. Ruled out when no rule \
                records that name, or when Prometheus has the metric.",
    fix: "Run the rule's expression as a query and mend what it complains of; check the file with `promtool check rules`.",
    see: &[],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(rule_failing::look(case)),
};

pub(crate) const SLOW_SCRAPE: Cause = Cause {
    id: "slow-scrape",
    title: "Samples come more rarely than a query looks back",
    parts: PARTS,
    about: "An instant query shows the newest sample of the last five minutes (`--query.lookback-delta`). Where a target is scraped \
            more rarely than that, the series is there for five minutes after each scrape and then gone until the next: dashboards \
            have holes, alerts flap, and nothing is wrong with the data. An exporter that writes timestamps of its own, and a new one \
            only now and then, has the same effect however often it is scraped.",
    asks: "The samples themselves over a range, `/api/v1/status/flags` for the lookback, and the scrape interval in `/api/v1/targets`.",
    certainty: "Proven when a range has samples, an instant query shows none, the samples are further apart than the lookback, and \
                the next one is not overdue. Likely when the lookback cannot be asked or the target is not up. Ruled out when \
                samples come often enough, or the range is empty, too.",
    fix: "Scrape at least every two minutes, or ask with `last_over_time(..[range])` in rules and dashboards and with `window:` in \
          the check.",
    see: &["prometheus/prometheus#4675"],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(slow_scrape::look(case)),
};

pub(crate) const SERIES_ENDED: Cause = Cause {
    id: "series-ended",
    title: "The series ended",
    parts: PARTS,
    about: "The series was there, and has no new samples since a moment that is named. Prometheus marks a series as ended when it is \
            missing in a scrape, when a scrape fails, and when its target goes away, so that it is gone from queries at once. What \
            happened at that moment (a deployment, a restart, a change of the configuration) is most often the cause.",
    asks: "The samples of the last hour, else the time of the newest sample in the last two days; the targets, and the page of the \
           target that exposed it.",
    certainty: "Proven when the samples end at a known time, and either the target is up and its page does not have the metric any \
                more, or the target is gone. Likely when the time is known and the reason is not. Ruled out when there were no \
                samples. It yields to what explains the end: a target that is down, dropped or unknown, a page without the metric, \
                a rule that drops it.",
    fix: "See what changed at that time: deployments, restarts, configuration.",
    see: &[],
    spoils: false,
    yields_to: &[
        "config-not-loaded",
        "target-not-discovered",
        "target-dropped-by-relabel",
        "exporter-down",
        "exporter-error",
        "scrape-content-type",
        "scrape-limit",
        "metric-not-exposed",
        "dropped-by-metric-relabel",
        "timestamp-refused",
        "rule-failing",
        "slow-scrape",
    ],
    look: |case| Box::pin(series_ended::look(case)),
};

pub(crate) const PROMETHEUS_AGENT: Cause = Cause {
    id: "prometheus-agent",
    title: "This Prometheus is an agent and cannot be asked",
    parts: PARTS,
    about: "A Prometheus in agent mode scrapes and sends, and answers no query: every one gets 422 `unavailable with Prometheus \
            Agent`. Whether it has a metric cannot be asked, so that the place of a loss is an interval and not an edge. Its targets, \
            its configuration and its own counters can be asked as ever.",
    asks: "What the hop answered to the query, and `/api/v1/status/flags`.",
    certainty: "Proven when the hop that could not be judged answers as an agent. Possible when it is an agent, and the metric is \
                lost at another hop. Ruled out when it answers queries. It yields to what is proven by its targets.",
    fix: "Leave the agent out of `through`, and ask the system that it writes to; `scrape` and `remote_write` checks work at an \
          agent.",
    see: &["https://prometheus.io/docs/prometheus/latest/prometheus_agent/"],
    spoils: false,
    yields_to: &[
        "config-not-loaded",
        "target-not-discovered",
        "target-dropped-by-relabel",
        "exporter-down",
        "exporter-error",
        "scrape-content-type",
        "scrape-limit",
        "metric-not-exposed",
    ],
    look: |case| Box::pin(agent::look(case)),
};
