//! Rows of this family's table: samples that are sent too late, or are too old to be sent.

use crate::diagnose::cause::Cause;
use crate::diagnose::part::Part;
use crate::diagnose::sending::{age_limit, lagging, late_start};

pub(crate) const WRITE_LAGGING: Cause = Cause {
    id: "write-lagging",
    title: "The queue delivers and falls behind",
    parts: &[Part::Sending],
    about: "Samples leave and are taken, more slowly than new ones come: the newest one that was sent is old, and gets older. The receiver \
            is slow, or the queue has too few shards. Before Prometheus 3.7 the newest timestamp is that of the whole server: a queue that \
            rightly sends little looks as if it were behind, and is not called so here.",
    asks: "The sender's own counters: newest sample and newest sample sent, at both ends of the reading, samples that wait, shards.",
    certainty: "Proven when samples are delivered, the lag is longer than what the check bears (or than the time in which the metric is looked \
                for) and grows, and more samples wait than ten seconds' worth. Likely when the lag does not grow in the reading. Ruled out \
                when the queue keeps up, or delivers nothing at all, which has other causes.",
    fix: "Raise `max_shards` or `max_samples_per_send` in `queue_config`, and look for what makes the receiver slow.",
    see: &[
        "prometheus/prometheus#8890",
        "https://prometheus.io/docs/practices/remote_write/",
    ],
    spoils: true,
    yields_to: &[],
    look: |case| Box::pin(lagging::look(case)),
};

pub(crate) const OLDER_THAN_QUEUE: Cause = Cause {
    id: "older-than-queue",
    title: "The samples are older than the queue",
    parts: &[Part::Sending],
    about: "A queue sends only samples whose timestamp is later than its own start: the start of the process, or the last reload that \
            changed its block. An exporter that gives its samples timestamps of its own (costs, CloudWatch, batch jobs) may give ones from \
            before that. They are in Prometheus and are never sent, and no counter moves: every number looks healthy.",
    asks: "The time of the metric's newest sample at the sender, the start of its process and the time at which it loaded its configuration, \
           its counters, and when the metric's target was last scraped.",
    certainty: "Proven when the newest sample is older than the process, the target was scraped since, rules let the series through, and the \
                queue is well. Likely when it lies between the start and a reload, which moves the queue's start only if it changed this \
                block. Ruled out when there are newer samples.",
    fix: "Let the exporter leave timestamps out (`honor_timestamps: false` in the scrape job does the same), or accept that samples from \
          before a restart are never sent.",
    see: &["prometheus/prometheus#8809", "grafana/alloy#5320"],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(late_start::older(case)),
};

pub(crate) const REMOTE_WRITE_RECENT: Cause = Cause {
    id: "remote-write-recent",
    title: "The block is new, and history is never sent",
    parts: &[Part::Sending],
    about: "A new `remote_write` block sends what comes from then on. What Prometheus had before stays where it is, however long one waits.",
    asks: "The start of the process, the time at which the configuration was loaded, the metric's newest sample, and since when the sender's \
           `up` is there downstream.",
    certainty: "Proven when the metric has no sample from after the reload, and downstream all data of this sender begins with the reload. \
                Ruled out when it has newer samples, or the sender's data begins earlier there.",
    fix: "Wait for new samples of the metric. For the history, upload blocks to the object storage (a sidecar with `--shipper.upload-compacted`), \
          or live without it.",
    see: &["prometheus/prometheus#8809"],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(late_start::recent(case)),
};

pub(crate) const BACKLOG_LOST: Cause = Cause {
    id: "backlog-lost",
    title: "What waited to be sent was lost",
    parts: &[Part::Sending],
    about: "Samples wait in the write-ahead log while the receiver does not take them. A restart of Prometheus in that time forgets where the \
            queue was, and an outage of more than about two hours outlives the log: what was not sent by then never will be. It leaves a \
            gap that begins with the outage and ends with the restart.",
    asks: "The start of the process, the metric's newest sample, how far the queue is behind, and `up` of the time of that sample, at the \
           sender and downstream.",
    certainty: "Never more than likely: nothing shows what was lost. Likely when the newest sample is from before the last start, the \
                sender scraped at that time, and nothing of it arrived. Possible when it is from before the last start and other series \
                of that time arrived, or the queue is more than two hours behind. Ruled out when the sender did not run at that time, or \
                there are newer samples and the queue is not so late.",
    fix: "Nothing brings these samples back to the receiver. Fill the hole from blocks of Prometheus where that matters, and alert on a queue \
          that is more than a few minutes behind.",
    see: &["prometheus/prometheus#13539", "prometheus/prometheus#13542"],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(late_start::backlog(case)),
};

pub(crate) const SAMPLE_AGE_LIMIT: Cause = Cause {
    id: "sample-age-limit",
    title: "Samples are dropped for their age",
    parts: &[Part::Sending],
    about: "With `sample_age_limit` the queue drops samples that are older when their turn comes: those that waited through an outage, and \
            those whose exporter gives them old timestamps. They are counted as `samples_dropped_total{reason=\"too_old\"}`, not as failed.",
    asks: "The block in the sender's loaded configuration, its counters by reason, and the time of the metric's newest sample.",
    certainty: "Proven when samples are dropped as too old, and the metric's newest one is older than the limit or nothing else is sent. \
                Possible when the metric's newest sample is younger, or when nothing is dropped now and it is older than the limit. Ruled \
                out when there is no limit, or nothing is dropped for it and the newest sample is younger.",
    fix: "Raise `sample_age_limit` in `queue_config`, or mend what makes the samples old.",
    see: &[
        "https://prometheus.io/docs/prometheus/latest/configuration/configuration/#remote_write",
    ],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(age_limit::look(case)),
};
