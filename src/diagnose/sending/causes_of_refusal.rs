//! Rows of this family's table: what the receiver, its address or its name does to all that is sent.

use crate::diagnose::cause::Cause;
use crate::diagnose::part::Part;
use crate::diagnose::sending::{receiver_errors, write_connection, write_name, write_url};

pub(crate) const WRITE_URL_WRONG: Cause = Cause {
    id: "write-url-wrong",
    title: "The URL is not that of a write endpoint",
    parts: &[Part::Sending],
    about: "The server at the URL answers, and has nothing that takes writes at that path: a path with a typing mistake, one of another \
            system (`/api/v1/write`, `/api/v1/receive` and `/api/v1/push` are three), the wrong port of the right server, the paths of a \
            cluster at a single node, or a Prometheus that was started without its write endpoint. A 4xx is final: the samples are \
            dropped and lost. The lag of such a queue is zero, because refused samples count as sent.",
    asks: "The sender's own counters, and a GET of the same URL without credentials, which stores nothing. A Thanos Receive answers 405 \
           with `Allow: OPTIONS, POST` where writes are taken. A Prometheus is asked for its flags.",
    certainty: "Proven when all that is sent fails and the URL answers 404, 405 without POST among what is allowed, or 400 `unsupported \
                path`; or when the receiver is a Prometheus without `--web.enable-remote-write-receiver`; or when all is tried again and the URL \
                is the gRPC port that the suite gives for the receiver. Likely when only some fails, \
                or the name may lead gapcheck to another server than the sender. Ruled out when the URL answers as a write endpoint does, \
                or samples are taken. Not tested where the URL cannot be reached from here.",
    fix: "Correct `url` in the `remote_write` block and reload the configuration. What was refused is lost.",
    see: &["https://thanos.io/tip/components/receive.md/"],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(write_url::wrong(case)),
};

pub(crate) const WRITE_UNAUTHORIZED: Cause = Cause {
    id: "write-unauthorized",
    title: "The receiver wants other credentials",
    parts: &[Part::Sending],
    about: "A proxy or the receiver answers 401 or 403. That is final for Prometheus: the samples are dropped and lost, and the lag of \
            the queue stays zero.",
    asks: "The sender's own counters, whether its block has credentials (never which), a GET of the same URL without any, and, where it has \
           some, the receiver's own counters.",
    certainty: "Proven when all that is sent fails, the URL answers 401 or 403 without credentials, and the block has none; or it has \
                some, and a Thanos Receive behind the door counts no refusal of its own. Likely when it has some and what the receiver \
                counts is not known. Ruled out when the URL does not ask for credentials.",
    fix: "Give the `remote_write` block valid credentials (`basic_auth`, `authorization`, `oauth2`, `sigv4`) and reload the configuration. \
          What was refused is lost.",
    see: &[],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(write_url::unauthorized(case)),
};

pub(crate) const WRITE_NAME_UNRESOLVED: Cause = Cause {
    id: "write-name-unresolved",
    title: "The receiver's name does not resolve",
    parts: &[Part::Sending],
    about: "The sender tries the same batch again and again, for ever. `samples_failed_total` stays 0, `samples_retried_total` climbs, \
            `bytes_total` stands still. Two traps: a name that stopped resolving goes on working over a connection that is open; and a \
            tool that does not use the search list (`dig` without `+search`, `nslookup` of busybox) says NXDOMAIN of a short name such \
            as `receive.monitoring.svc` that Prometheus resolves. What counts is whether the queue delivers.",
    asks: "The sender's own counters, and the name: as typed and through every suffix of the search list, for IPv4 and IPv6, from where \
           gapcheck runs; with the name server and the search list that a `dns` check of the suite gives for it.",
    certainty: "Proven when nothing comes through, samples are retried, and the name has no address under any form, seen from a place \
                that has the sender's names (gapcheck reached the sender by a name of the same domain or Kubernetes), or at the `resolver:` \
                that a `dns` check of the suite names for it; or the name is one under `invalid`. Likely when gapcheck looks from elsewhere. Ruled out when the queue delivers, whatever the name looks \
                like from here, or when the name resolves.",
    fix: "Write the full name of the receiver in `url` of the `remote_write` block: service, namespace and cluster domain. Nothing is lost \
          yet: what waits is sent as soon as the name resolves, as far back as the log reaches (about two hours).",
    see: &[
        "prometheus/prometheus#14350",
        "prometheus/prometheus#12484",
        "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
    ],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(write_name::look(case)),
};

pub(crate) const WRITE_CONNECTION_FAILED: Cause = Cause {
    id: "write-connection-failed",
    title: "No connection to the receiver",
    parts: &[Part::Sending],
    about: "The port refuses, something on the way swallows the packets, or the TLS handshake fails, for instance because the port is \
            plain. The sender tries the same batch again and again; `samples_failed_total` stays 0. An open port proves little: a load \
            balancer takes connections with nothing behind it.",
    asks: "The sender's own counters, and a connection to host and port of the URL, with the TLS handshake for https.",
    certainty: "Proven when nothing comes through, samples are retried, and every address refuses or the handshake fails, where \
                what answers gapcheck is what answers the sender; or no address answers, and gapcheck runs on the sender's own machine. Likely when \
                the way from here may be another, or the certificate is only not trusted here. Ruled out when the connection stands.",
    fix: "Start the receiver or open the port on the way from the sender, and check scheme and port of `url`. Nothing is lost yet: what \
          waits is sent later, as far back as the log reaches (about two hours).",
    see: &["prometheus/prometheus#14350"],
    spoils: false,
    yields_to: &["write-name-unresolved", "receive-not-ready"],
    look: |case| Box::pin(write_connection::look(case)),
};

pub(crate) const RECEIVER_ERRORS: Cause = Cause {
    id: "receiver-errors",
    title: "The receiver answers writes with 5xx",
    parts: &[Part::Sending],
    about: "The connection is fine, and each write is answered with an error of the server: it is not ready, has no hashring for the \
            tenant, lacks a quorum, or is overloaded. The sender tries the same batch for ever. The reason stands in the body, which the \
            sender writes to its log at level warn.",
    asks: "The sender's own counters, what a Thanos Receive counts of the tenant's writes by status, and a GET of the URL.",
    certainty: "Proven when nothing comes through, samples are retried, the URL answers, and the receiver counts 5xx for this tenant, or \
                answers even a GET with one. Likely when its counters cannot be asked or show no write at all, or when it takes the connection and gives even a GET no answer. Ruled out \
                when the queue delivers.",
    fix: "Read the body of the answer in the sender's log (`Failed to send batch, retrying`), and look into the receiver. Nothing is lost \
          yet, as far back as the log that is sent from reaches (about two hours).",
    see: &["thanos-io/thanos#8082"],
    spoils: false,
    yields_to: &[
        "no-hashring-for-tenant",
        "receive-not-ready",
        "receive-quorum",
        "write-url-wrong",
    ],
    look: |case| Box::pin(receiver_errors::errors(case)),
};

pub(crate) const WRITE_RATE_LIMITED: Cause = Cause {
    id: "write-rate-limited",
    title: "The receiver limits the writes, and samples are lost",
    parts: &[Part::Sending],
    about: "The receiver answers 429: the tenant sends too much, or has too many series (Thanos Receive: the head-series limit). Prometheus \
            drops such samples for good unless the queue has `retry_on_http_429: true`, and the queue's lag stays zero.",
    asks: "The sender's own counters, and what a Thanos Receive counts of this tenant's writes by status.",
    certainty: "Proven when all that is sent fails, and the receiver counts 429 for this tenant and no other refusal. Likely when only some \
                of it fails, or is retried. Possible when all fails, the URL is right, and the receiver's counters cannot be asked or \
                show no write at all. Ruled out when the receiver counts no 429 for this tenant.",
    fix: "Raise the tenant's limit at the receiver or send less, and set `retry_on_http_429: true` in `queue_config`, so that samples wait \
          in place of being lost.",
    see: &["https://thanos.io/tip/components/receive.md/#limits--gates-experimental"],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(receiver_errors::rate_limited(case)),
};
