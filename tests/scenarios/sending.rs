//! Scenarios between Prometheus and the receiver of its writes.

use std::time::Duration;

use crate::front::{Front, Writes};
use crate::judging::{Hop, Judged, beside, judged, keyed_suite, one, suite};
use crate::receives::FullReceive;
use crate::rigs::{
    self, AGENT, BARE, BROKEN, CLOSED, GONE, GOOD, LIMITED, PAGE, PAIR, PLAIN, REFUSED, Refused,
    SCRAPES, SINK, SLOW, UNRESOLVED, VICTORIA, page,
};
use crate::senders::Sender;
use crate::servers::{Exporter, Server, free_port, series, until};

fn hops(exporter: &Exporter, prom: &Server, sink: String) -> Vec<Hop> {
    vec![
        ("exporter", "exporter", exporter.url()),
        ("prom", "prometheus", prom.url()),
        ("central", "prometheus", sink),
    ]
}

/// A check over the pipeline whose writes arrive.
fn good(check: &str) -> Judged {
    rigs::start();
    one("good", &hops(&GOOD.exporter, &GOOD.prom, SINK.url()), check)
}

/// A check over the sender whose writes are all refused, and one of its receivers.
fn refused(sink: impl Fn(&Refused) -> &Front) -> Judged {
    rigs::start();
    let hops = hops(&REFUSED.exporter, &REFUSED.prom, sink(&REFUSED).url());
    one("refused", &hops, "metric: 'cost_dollars{job=\"refused\"}'")
        .is("fail")
        .at("prom > central")
}

#[test]
fn s7_a_timestamp_before_the_start_of_the_queue_is_never_sent() {
    // Its own servers: an instant query shows such a sample for five minutes only.
    let exporter = Exporter::start(&page(&format!("early_cost 1 {}", rigs::ago(60))));
    let prom = Sender::of("early")
        .scraping("early", exporter.port, "")
        .writing(&format!("{}/api/v1/write", SINK.url()), "")
        .with_history();
    let hops = hops(&exporter, &prom, SINK.url());
    one("early", &hops, "metric: early_cost")
        .is("fail")
        .at("prom > central")
        .proves(&["older-than-queue"])
        .saying("older-than-queue", &["the queue is well", "never sent"]);
}

#[test]
fn s9_without_a_block_nothing_is_sent() {
    rigs::start();
    let hops = hops(&SCRAPES.plain, &SCRAPES.prom, SINK.url());
    one("scrapes", &hops, "metric: 'cost_dollars{job=\"plain\"}'")
        .is("fail")
        .at("prom > central")
        .proves(&["no-remote-write"]);
}

#[test]
fn s10_a_rule_that_drops_a_name_is_told_by_its_number() {
    good("metric: secret_cost")
        .is("fail")
        .at("prom > central")
        .proves(&["dropped-by-write-relabel"])
        .saying(
            "dropped-by-write-relabel",
            &["rule 2", "write_relabel_configs", "secret_cost"],
        );
}

#[test]
fn s10_rules_see_external_labels() {
    refused(|r| &r.kept)
        .proves(&["dropped-by-write-relabel"])
        .saying("dropped-by-write-relabel", &["rule 1", "cluster"]);
}

#[test]
fn s11_empty_separators_and_replacements_are_foretold_as_they_happen() {
    good("metric: joined_cost, labels_at: { central: { joined: together, c: false } }").passes();
    good("metric: split_cost")
        .is("fail")
        .at("prom > central")
        .proves(&["dropped-by-write-relabel"])
        .saying("dropped-by-write-relabel", &["rule 5"]);
}

#[test]
fn s12_where_everything_is_dropped_nothing_is_called_late() {
    let judged = refused(|r| &r.nothing).proves(&["dropped-by-write-relabel"]);
    assert_eq!(judged.cause("write-lagging")["certainty"], "ruled-out");
}

#[test]
fn s13_a_path_that_is_not_there_is_told_although_the_queue_has_no_lag() {
    refused(|r| &r.not_found)
        .proves(&["write-url-wrong"])
        .saying("write-url-wrong", &["404"]);
}

#[test]
fn s14_a_refusal_for_want_of_credentials_is_told_by_its_status() {
    refused(|r| &r.unauthorized)
        .proves(&["write-unauthorized"])
        .saying("write-unauthorized", &["401"]);
    refused(|r| &r.forbidden)
        .proves(&["write-unauthorized"])
        .saying("write-unauthorized", &["403"]);
}

#[test]
fn s14_credentials_that_are_there_may_be_right_and_are_never_shown() {
    let judged = refused(|r| &r.knowing)
        .suspects("likely", "write-unauthorized")
        .saying("write-unauthorized", &["401", "basic_auth"]);
    assert!(!judged.report.to_string().contains("s3cr3t-word"));
}

#[test]
fn s15_a_name_that_does_not_exist_is_told_although_nothing_failed() {
    rigs::start();
    let (prom, exporter) = &*UNRESOLVED;
    one(
        "unresolved",
        &hops(exporter, prom, SINK.url()),
        "metric: cost_dollars",
    )
    .is("fail")
    .at("prom > central")
    .proves(&["write-name-unresolved"])
    .saying("write-name-unresolved", &["no-such-host.invalid"]);
}

#[test]
fn s16_a_closed_port_and_tls_to_a_plain_one_are_told_apart() {
    rigs::start();
    let of = |(prom, exporter): &(Server, Exporter), cluster: &str| {
        one(
            cluster,
            &hops(exporter, prom, SINK.url()),
            "metric: cost_dollars",
        )
        .is("fail")
        .at("prom > central")
        .proves(&["write-connection-failed"])
    };
    of(&CLOSED, "closed").saying("write-connection-failed", &["refused"]);
    of(&PLAIN, "plain").saying("write-connection-failed", &["TLS"]);
}

#[test]
fn s16_a_certificate_that_is_not_trusted_from_here_may_be_trusted_there() {
    rigs::start();
    let url = format!("https://127.0.0.1:{}", REFUSED.untrusted.port);
    let hops = hops(&REFUSED.exporter, &REFUSED.prom, url);
    one("refused", &hops, "metric: 'cost_dollars{job=\"refused\"}'")
        .is("error")
        .at("prom .. central")
        .suspects("likely", "write-connection-failed");
}

#[test]
fn s17_errors_and_hanging_writes_are_told_apart_and_a_conflict_is_not_taken_for_a_wrong_url() {
    refused(|r| &r.broken)
        .proves(&["receiver-errors"])
        .saying("receiver-errors", &["500"]);
    refused(|r| &r.hanging)
        .suspects("likely", "receiver-errors")
        .saying("receiver-errors", &["takes connections", "no answer"]);
    refused(|r| &r.conflicting).proves(&[]);
}

#[test]
fn s17_a_receiver_that_is_broken_for_a_while_loses_nothing() {
    rigs::start();
    let (prom, exporter, front) = &*BROKEN;
    let judged = || {
        one(
            "broken",
            &hops(exporter, prom, front.url()),
            "metric: cost_dollars",
        )
    };
    judged()
        .is("fail")
        .at("prom > central")
        .proves(&["receiver-errors"])
        .saying("receiver-errors", &["503"]);
    front.now(Writes::HandedOn(Duration::ZERO));
    until("what had to wait", || {
        series(SINK.port, "cost_dollars{cluster=\"broken\"}") == 1
    });
    judged().passes();
}

#[test]
fn s18_a_queue_that_falls_behind_is_told_while_it_delivers() {
    rigs::start();
    let (prom, exporter, front) = &*SLOW;
    one(
        "slow",
        &hops(exporter, prom, front.url()),
        "metric: cost_dollars, lag: 4s",
    )
    .is("fail")
    .at("prom > central")
    .proves(&["write-lagging"]);
}

#[test]
fn s19_too_many_writes_are_lost_or_wait_as_the_queue_is_told() {
    // The gateway counts nothing that could be asked: its word alone is no proof.
    refused(|r| &r.limited)
        .suspects("likely", "write-rate-limited")
        .saying("write-rate-limited", &["429"]);
    refused(|r| &r.waiting)
        .suspects("likely", "write-rate-limited")
        .saying("write-rate-limited", &["429"]);
}

#[test]
fn s19_too_many_writes_are_proven_where_the_receiver_counts_them() {
    rigs::start();
    let limited = |receive: &FullReceive| {
        let hops = [
            (
                "exporter",
                "exporter",
                format!("url: \"{}\"", LIMITED.exporter.url()),
            ),
            (
                "prom",
                "prometheus",
                format!("url: \"{}\"", LIMITED.prom.url()),
            ),
            (
                "receive",
                "thanos-receive",
                format!(
                    "write: \"http://127.0.0.1:{}\", http: \"http://127.0.0.1:{}\"",
                    receive.write, receive.http
                ),
            ),
        ];
        let check = "id: it, metric: cost_dollars";
        judged(&keyed_suite("limited", &hops, &[check]))
            .is("fail")
            .at("prom > receive")
    };
    limited(&LIMITED.losing)
        .proves(&["write-rate-limited"])
        .saying("write-rate-limited", &["429", "default-tenant"]);
    limited(&LIMITED.waiting)
        .suspects("likely", "write-rate-limited")
        .saying("write-rate-limited", &["429", "tried again"]);
}

#[test]
fn s20_a_series_with_a_cluster_of_its_own_keeps_it() {
    rigs::start();
    let hops = hops(&GOOD.exporter, &GOOD.prom, SINK.url());
    let judged = one(
        "",
        &hops,
        "metric: foreign_cost, through: [prom, central], labels_at: { central: { cluster: good } }",
    )
    .is("fail");
    let text = judged.check().to_string();
    assert!(text.contains("`cluster`") && text.contains("dev"), "{text}");
    // It is there: nothing is lost.
    assert_eq!(judged.report["gaps"], serde_json::json!([]));
}

#[test]
fn s21_at_an_agent_the_metric_cannot_be_asked_and_the_gap_is_an_interval() {
    rigs::start();
    let (agent, exporter) = &*AGENT;
    let hops = hops(exporter, agent, SINK.url());
    // That it is an agent is no fault, and nobody can say which of its series its rules drop.
    one("agent", &hops, "metric: agent_cost")
        .is("fail")
        .at("exporter .. central")
        .suspects("possible", "prometheus-agent");
    one("agent", &hops, "metric: agent_cost, at: prom")
        .is("error")
        .at("exporter .. prom")
        .proves(&["prometheus-agent"]);
}

#[test]
fn s22_while_the_receiver_restarts_it_is_no_absence_and_afterwards_all_is_well() {
    rigs::start();
    let (prom, exporter, port) = &*GONE;
    let sink = || {
        Sender::of("sink")
            .flag("--web.enable-remote-write-receiver")
            .start_at(*port)
    };
    let arrives = || {
        until("the cost at the receiver", || {
            series(*port, "cost_dollars{cluster=\"gone\"}") == 1
        });
    };
    let judged = || {
        let sink = format!("http://127.0.0.1:{port}");
        one("gone", &hops(exporter, prom, sink), "metric: cost_dollars")
    };
    judged()
        .is("error")
        .at("prom .. central")
        .proves(&["write-connection-failed"])
        .saying("write-connection-failed", &["refused"]);
    let first = sink();
    arrives();
    judged().passes();
    drop(first);
    let _again = sink();
    arrives();
    judged().passes();
}

#[test]
fn s22_what_waited_while_the_receiver_was_gone_is_lost_with_a_restart() {
    rigs::start();
    let port = free_port();
    let exporter = Exporter::start(&page("burst_cost 1"));
    let mut prom = Sender::of("burst")
        .scraping("cost", exporter.port, "")
        .writing(&format!("http://127.0.0.1:{port}/api/v1/write"), "")
        .start();
    until("some samples of the burst", || {
        series(prom.port, "count_over_time(burst_cost[1m]) >= 4") == 1
    });
    *exporter.page.lock().unwrap() = PAGE.to_owned();
    until("its end", || series(prom.port, "burst_cost") == 0);
    prom.restart("/-/ready");
    let sink = Sender::of("sink")
        .flag("--web.enable-remote-write-receiver")
        .start_at(port);
    until("what is sent since", || {
        series(port, "cost_dollars{cluster=\"burst\"}") == 1
    });
    let hops = hops(&exporter, &prom, sink.url());
    // What is to be seen within the window is there before the edge, and not behind it.
    one(
        "burst",
        &hops,
        "metric: burst_cost, window: 10m, through: [prom, central]",
    )
    .is("fail")
    .at("prom > central")
    .suspects("likely", "backlog-lost")
    .saying("backlog-lost", &["restarted", "not even `up`"]);
    one("burst", &hops, "metric: cost_dollars").passes();
}

#[test]
fn s23_two_writers_of_the_same_series_are_told_by_their_equal_labels() {
    rigs::start();
    let [(first, _), (second, exporter)] = &*PAIR;
    let check = "id: it, metric: only_2";
    let suite = suite("pair", &hops(exporter, second, SINK.url()), &[check]);
    // One bad sample, and this Prometheus takes nothing of the whole write.
    judged(&beside(&suite, &("first", "prometheus", first.url())))
        .is("fail")
        .at("prom > central")
        .proves(&["duplicate-writers"])
        .saying("duplicate-writers", &["400", "first"]);
}

#[test]
fn s24_a_prometheus_that_takes_no_writes_is_told_by_its_flag() {
    rigs::start();
    let hops = hops(&REFUSED.exporter, &REFUSED.prom, BARE.url());
    one("refused", &hops, "metric: 'cost_dollars{job=\"refused\"}'")
        .is("fail")
        .at("prom > central")
        .proves(&["write-url-wrong"])
        .saying("write-url-wrong", &["--web.enable-remote-write-receiver"]);
}

#[test]
fn s27_what_victoriametrics_has_just_got_is_there() {
    rigs::start();
    GOOD.exporter
        .page
        .lock()
        .unwrap()
        .push_str("# TYPE young_cost gauge\nyoung_cost 1\n");
    let hops = [
        ("exporter", "exporter", GOOD.exporter.url()),
        ("prom", "prometheus", GOOD.prom.url()),
        ("vm", "victoriametrics", VICTORIA.url()),
    ];
    one("good", &hops, "metric: young_cost, within: 15s").passes();
}

#[test]
fn s28_the_path_of_a_cluster_is_wrong_at_a_single_node() {
    rigs::start();
    let mut hops = hops(&REFUSED.exporter, &REFUSED.prom, VICTORIA.url());
    hops[2] = ("vm", "victoriametrics", VICTORIA.url());
    one("refused", &hops, "metric: 'cost_dollars{job=\"refused\"}'")
        .is("fail")
        .at("prom > vm")
        .proves(&["write-url-wrong"])
        .saying("write-url-wrong", &["unsupported path"]);
}
