//! The table of this family's causes, in the order of the data's way.

use crate::diagnose::cause::Cause;
use crate::diagnose::part::Part;
use crate::diagnose::sending::causes_of_refusal::{
    RECEIVER_ERRORS, WRITE_CONNECTION_FAILED, WRITE_NAME_UNRESOLVED, WRITE_RATE_LIMITED,
    WRITE_UNAUTHORIZED, WRITE_URL_WRONG,
};
use crate::diagnose::sending::causes_of_time::{
    BACKLOG_LOST, OLDER_THAN_QUEUE, REMOTE_WRITE_RECENT, SAMPLE_AGE_LIMIT, WRITE_LAGGING,
};
use crate::diagnose::sending::{formats, no_remote_write, tenants, write_relabel};

/// The causes.
pub(crate) const CAUSES: &[Cause] = &[
    NO_REMOTE_WRITE,
    DROPPED_BY_WRITE_RELABEL,
    WRITE_URL_WRONG,
    WRITE_UNAUTHORIZED,
    WRITE_NAME_UNRESOLVED,
    WRITE_CONNECTION_FAILED,
    RECEIVER_ERRORS,
    WRITE_LAGGING,
    WRITE_RATE_LIMITED,
    TENANT_MISMATCH,
    TENANT_HEADER_LOST,
    OLDER_THAN_QUEUE,
    REMOTE_WRITE_RECENT,
    BACKLOG_LOST,
    NATIVE_HISTOGRAMS_NOT_SENT,
    REMOTE_WRITE_V2_UNSUPPORTED,
    SAMPLE_AGE_LIMIT,
];

const NO_REMOTE_WRITE: Cause = Cause {
    id: "no-remote-write",
    title: "Nothing is configured that sends to the receiver",
    parts: &[Part::Sending],
    about: "The Prometheus that has the metric has loaded no `remote_write` block, or none that leads to the receiver. It scrapes and \
            answers queries as ever, and its metric `prometheus_remote_storage_samples_in_total` exists and grows all the same: that \
            is no sign of a queue. Only series with a label `remote_name` are. A Prometheus that is joined to Query by a sidecar, or \
            from which another one fetches `/federate`, needs no such block.",
    asks: "The loaded configuration of the sender, and its own counters. Where the receiver is a Prometheus, its loaded configuration \
           too, for a job that fetches `/federate`.",
    certainty: "Proven when the loaded configuration has no `remote_write` block and there are no counters of a queue. Likely when there \
                are blocks and none has the receiver's address or path. Ruled out when a block leads there, or the receiver fetches the \
                data itself. A block that leads there under another name than the suite's counts as one that does.",
    fix: "Add a `remote_write` block for the receiver to the configuration of this Prometheus and reload it. Only samples from then on \
          are sent: history never is.",
    see: &[
        "https://prometheus.io/docs/prometheus/latest/configuration/configuration/#remote_write",
    ],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(no_remote_write::look(case)),
};

const DROPPED_BY_WRITE_RELABEL: Cause = Cause {
    id: "dropped-by-write-relabel",
    title: "A rule of write_relabel_configs drops the metric",
    parts: &[Part::Sending],
    about: "The rules of the block are applied to each series before it is sent, with the external labels on it already. A `drop` that \
            matches it, or a `keep` that does not, ends its way here: it stays in this Prometheus and is not seen anywhere after it. A \
            list of names to keep that was not extended for a new metric is the usual form. What is dropped on purpose is counted in \
            `samples_dropped_total`, which looks healthy.",
    asks: "The loaded configuration, the version and the present series of the sender. The rules are then applied here exactly as that \
           version does it, to the series with the external labels added.",
    certainty: "Proven when every series of the metric is dropped; the rule, its place in the list and the value that it saw are named. \
                Likely when a rule gives them another name, or takes away a label by which they are asked for. \
                Possible when some are dropped and others sent. Ruled out when the rules let the series through, or there are none. Not \
                tested where a rule or an external label written with a variable cannot be followed.",
    fix: "Change that rule so that it lets the metric through, and reload the configuration. Samples from before are not sent later.",
    see: &["prometheus/prometheus#11120"],
    spoils: true,
    yields_to: &[],
    look: |case| Box::pin(write_relabel::look(case)),
};

const TENANT_MISMATCH: Cause = Cause {
    id: "tenant-mismatch",
    title: "The series is with another tenant",
    parts: &[Part::Sending, Part::Accepting, Part::Querying],
    about: "The receiver files what it takes under the tenant that a header of the write names (`THANOS-TENANT`, `X-Scope-OrgID`), and \
            under a default where there is none: Thanos Receive says `default-tenant`. Every counter is green, and the series is there: \
            for another tenant than the one that is asked for.",
    asks: "The headers of the block in the sender's loaded configuration, and which tenants hold the series: at Query with the sender's \
           labels, else at Receive; a Mimir is asked once more as the tenant that the sender names.",
    certainty: "Proven when the series, with the sender's own labels, is held by the tenant that the sender's header names, or by the \
                default tenant where it names none, and not by the one asked for. Likely when only the name can be told, in a head that \
                several clusters share. Ruled out when the tenant asked for holds it, or no tenant is asked for.",
    fix: "Correct the tenant header of the `remote_write` block, or the tenant that the check asks for. What was written stays with its \
          tenant.",
    see: &["https://thanos.io/tip/components/receive.md/#tenant-configuration"],
    spoils: false,
    yields_to: &["tenant-header-lost"],
    look: |case| Box::pin(tenants::mismatch(case)),
};

const TENANT_HEADER_LOST: Cause = Cause {
    id: "tenant-header-lost",
    title: "The tenant header is configured and does not arrive",
    parts: &[Part::Sending, Part::Accepting, Part::Querying],
    about: "The loaded configuration shows the tenant header, and yet the series is filed under the default tenant of Receive. Proxies \
            strip headers; and some builds never send them: Debian's Prometheus 2.42.0+ds shows `headers` in its configuration and \
            leaves them out of its requests (what signs requests for AWS is lost in the same way). So the tenant of a write is known \
            at the receiving side only.",
    asks: "The headers of the block, which tenants hold the series, and the sender's version; where none holds it, whose writes \
           Receive counts.",
    certainty: "Proven when the block has a header for another tenant than the default one, and the series, with the sender's own \
                labels, is held by the default tenant. Likely when only the name can be told. Possible when no tenant holds it and \
                Receive counts writes of the default tenant only. Ruled out when there is no header, or the tenant that it names \
                holds the series or has its writes counted.",
    fix: "Compare the version of the sender with one that sends headers (3.x does), and look for a proxy between it and the receiver \
          that drops them. What was written stays with the default tenant.",
    see: &[],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(tenants::header_lost(case)),
};

const NATIVE_HISTOGRAMS_NOT_SENT: Cause = Cause {
    id: "native-histograms-not-sent",
    title: "It is a native histogram, and those are not sent",
    parts: &[Part::Sending],
    about: "Native histograms are samples of another kind. Remote write 1.0 leaves them out unless `send_native_histograms` is set, and \
            no counter tells. The classic form of the same histogram (`_bucket`, `_sum`, `_count`) is sent, where it is scraped too.",
    asks: "The present series of the sender, and the block in its loaded configuration.",
    certainty: "Proven when every series of the metric at the sender is a native histogram, and the block writes remote write 1.0 with \
                `send_native_histograms: false`. Ruled out when they are floats, or the block sends them.",
    fix: "Set `send_native_histograms: true` in the `remote_write` block. A Thanos Receive before 0.41 also needs \
          `--tsdb.enable-native-histograms`.",
    see: &["thanos-io/thanos#5907"],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(formats::native_histograms(case)),
};

const REMOTE_WRITE_V2_UNSUPPORTED: Cause = Cause {
    id: "remote-write-v2-unsupported",
    title: "The receiver does not know remote write 2.0",
    parts: &[Part::Sending],
    about: "With `protobuf_message: io.prometheus.write.v2.Request`, a receiver that knows only remote write 1.0 finds no series in what \
            it gets. A Thanos Receive up to 0.42 answers 200 to such a request and stores nothing; Prometheus misses the headers with \
            which a receiver of 2.0 says how much it wrote, and counts all samples as failed.",
    asks: "The block in the sender's loaded configuration, its counters, and the version on Receive's own metrics page.",
    certainty: "Proven when the block sends 2.0, all samples count as failed, and the receiver is a Thanos up to 0.42. Likely when its \
                version is not known. Ruled out when the block sends 1.0, or samples are taken.",
    fix: "Set `protobuf_message: prometheus.WriteRequest` in the `remote_write` block until the receiver is upgraded.",
    see: &[
        "https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/",
        "prometheus/prometheus#17659",
    ],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(formats::second_version(case)),
};
