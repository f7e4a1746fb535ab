//! The servers that scenarios share. All are started at once with the first scenario, so that their histories grow side by side.

use std::sync::{LazyLock, Once};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::front::{Front, Writes};
use crate::receives::FullReceive;
use crate::senders::{Sender, has_history};
use crate::servers::{Exporter, Server, free_port, series, until, victoria_metrics};
use crate::tls;

/// What every exporter shows besides what its scenario is about.
pub(crate) const PAGE: &str =
    "# TYPE cost_dollars gauge\ncost_dollars{service=\"AmazonEC2\"} 12.5\n";

/// A page of one metric.
pub(crate) fn page(line: &str) -> String {
    let name = line.split(['{', ' ']).next().unwrap();
    format!("{PAGE}# TYPE {name} gauge\n{line}\n")
}

/// Unix time so long ago, in milliseconds.
pub(crate) fn ago(seconds: u64) -> u128 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    (now.unwrap() - Duration::from_secs(seconds)).as_millis()
}

/// Starts whatever scenarios share, each in its own thread.
pub(crate) fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        begin(&SINK);
        begin(&VICTORIA);
        begin(&BARE);
        begin(&SCRAPES);
        begin(&SELDOM);
        begin(&GOOD);
        begin(&REFUSED);
        begin(&UNRESOLVED);
        begin(&CLOSED);
        begin(&PLAIN);
        begin(&BROKEN);
        begin(&SLOW);
        begin(&AGENT);
        begin(&PAIR);
        begin(&GONE);
        begin(&LIMITED);
    });
}

fn begin<T: Send + Sync>(rig: &'static LazyLock<T>) {
    thread::spawn(move || {
        LazyLock::force(rig);
    });
}

/// A Prometheus that takes the writes of all, told apart by `cluster`.
pub(crate) static SINK: LazyLock<Server> = LazyLock::new(sink);

fn sink() -> Server {
    Sender::of("central")
        .flag("--web.enable-remote-write-receiver")
        .with_history()
}

/// A VictoriaMetrics.
pub(crate) static VICTORIA: LazyLock<Server> = LazyLock::new(victoria_metrics);

/// A Prometheus that takes no writes.
pub(crate) static BARE: LazyLock<Server> = LazyLock::new(|| Sender::of("bare").start());

/// A Prometheus with a fault in each job, and no `remote_write`.
pub(crate) struct Scrapes {
    pub(crate) prom: Server,
    pub(crate) closed: u16,
    pub(crate) plain: Exporter,
    pub(crate) renamed: Exporter,
    pub(crate) dropped: Exporter,
    pub(crate) metric_dropped: Exporter,
    pub(crate) limited: Exporter,
    pub(crate) old: Exporter,
}

pub(crate) static SCRAPES: LazyLock<Scrapes> = LazyLock::new(|| {
    let closed = free_port();
    let plain = Exporter::start(PAGE);
    let renamed = Exporter::start(&page("renamed_cost_total 1"));
    let dropped = Exporter::start(&page("dropped_target_cost 1"));
    let metric_dropped = Exporter::start(&page("dropped_metric_cost 1"));
    let limited = Exporter::start(&page("limited_cost 1"));
    let old = Exporter::start(&page(&format!("old_cost 1 {}", ago(3 * 3600))));
    let prom = Sender::of("scrapes")
        .scraping("closed", closed, "")
        .scraping("plain", plain.port, "")
        .scraping("renamed", renamed.port, "")
        .scraping(
            "dropped",
            dropped.port,
            "relabel_configs:\n- { target_label: team, replacement: finops }\n- { source_labels: [job, team], regex: dropped;finops, action: drop }",
        )
        .scraping(
            "metric-dropped",
            metric_dropped.port,
            "metric_relabel_configs:\n- { source_labels: [__name__], regex: other_.*, action: drop }\n- { source_labels: [__name__], regex: dropped_metric_.*, action: drop }",
        )
        .scraping("limited", limited.port, "sample_limit: 1")
        .scraping("old", old.port, "")
        .with_history();
    until("the exporters to be scraped", || {
        series(prom.port, "cost_dollars") >= 3
    });
    Scrapes {
        prom,
        closed,
        plain,
        renamed,
        dropped,
        metric_dropped,
        limited,
        old,
    }
});

/// A Prometheus whose queries look back 3 s, and an exporter that it scrapes every 15 s.
pub(crate) static SELDOM: LazyLock<(Server, Exporter)> = LazyLock::new(|| {
    let exporter = Exporter::start(&page("seldom_cost 1"));
    let prom = Sender::of("seldom")
        .scraping("seldom", exporter.port, "scrape_interval: 15s")
        .flag("--query.lookback-delta=3s")
        .with_history();
    until("three scrapes of the exporter", || {
        series(prom.port, "count_over_time(seldom_cost[2m]) >= 3") == 1
    });
    (prom, exporter)
});

/// A Prometheus whose writes arrive, but for what its rules, labels and times make of some series.
pub(crate) struct Good {
    pub(crate) prom: Server,
    pub(crate) exporter: Exporter,
}

/// Its rules: by name, and with empty texts where the default is another.
const RULES: &str = r#"write_relabel_configs:
- { source_labels: [__name__], regex: other_.*, action: drop }
- { source_labels: [__name__], regex: secret_cost, action: drop }
- { source_labels: [a, b], separator: "", regex: xy, target_label: joined, replacement: together }
- { source_labels: [c], regex: .+, target_label: c, replacement: "" }
- { source_labels: [a, b], separator: "", regex: pq, action: drop }
- { source_labels: [__name__, part], regex: partial_cost;second, action: drop }"#;

pub(crate) static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let page = format!(
        "{PAGE}# TYPE secret_cost gauge\nsecret_cost 1\n# TYPE joined_cost gauge\njoined_cost{{a=\"x\",b=\"y\",c=\"z\"}} 1\n# TYPE split_cost gauge\nsplit_cost{{a=\"p\",b=\"q\"}} 1\n# TYPE foreign_cost gauge\nforeign_cost{{cluster=\"dev\"}} 1\n# TYPE partial_cost gauge\npartial_cost{{part=\"first\"}} 1\npartial_cost{{part=\"second\"}} 1\n# TYPE ended_cost gauge\nended_cost 1\n"
    );
    let exporter = Exporter::start(&page);
    let refusing = Front::before(SINK.port, Writes::Refused(404));
    let prom = Sender::of("good")
        .scraping("good", exporter.port, "")
        .writing(&format!("{}/api/v1/write", SINK.url()), RULES)
        .writing(&format!("{}/api/v1/write", VICTORIA.url()), "")
        // What becomes of this one is no concern of the others.
        .writing(&refusing.write_url(), "")
        .with_history();
    for sink in [&SINK, &VICTORIA] {
        until("the cost at its sinks", || {
            series(sink.port, "cost_dollars{cluster=\"good\"}") == 1
        });
    }
    Good { prom, exporter }
});

/// A Prometheus whose blocks are all refused, or send nothing.
pub(crate) struct Refused {
    pub(crate) prom: Server,
    pub(crate) exporter: Exporter,
    pub(crate) dropped: Exporter,
    pub(crate) not_found: Front,
    pub(crate) unauthorized: Front,
    pub(crate) forbidden: Front,
    pub(crate) limited: Front,
    pub(crate) waiting: Front,
    pub(crate) conflicting: Front,
    pub(crate) broken: Front,
    pub(crate) hanging: Front,
    pub(crate) knowing: Front,
    pub(crate) untrusted: tls::Server,
    pub(crate) kept: Front,
    pub(crate) nothing: Front,
}

pub(crate) static REFUSED: LazyLock<Refused> = LazyLock::new(|| {
    let exporter = Exporter::start(PAGE);
    let dropped = Exporter::start(&page("dropped_target_cost 1"));
    let front = |status| Front::before(SINK.port, Writes::Refused(status));
    let through = || Front::before(SINK.port, Writes::HandedOn(Duration::ZERO));
    let (not_found, unauthorized, forbidden) = (front(404), front(401), front(403));
    let (limited, waiting) = (front(429), front(429));
    let (conflicting, broken, knowing) = (front(409), front(500), front(401));
    let hanging = Front::before(SINK.port, Writes::Held(Duration::from_secs(6)));
    let untrusted = tls::Server::start();
    let (kept, nothing) = (through(), through());
    let prom = Sender::of("refused")
        .scraping("refused", exporter.port, "")
        .scraping(
            "dropped",
            dropped.port,
            "relabel_configs:\n- { source_labels: [job], regex: dropped, action: drop }",
        )
        .writing(&not_found.write_url(), "")
        .writing(&unauthorized.write_url(), "")
        .writing(&forbidden.write_url(), "")
        .writing(&limited.write_url(), "")
        .writing_by(
            &waiting.write_url(),
            "batch_send_deadline: 1s, retry_on_http_429: true",
            "",
        )
        .writing(&conflicting.write_url(), "")
        .writing(&broken.write_url(), "")
        .writing(&hanging.write_url(), "remote_timeout: 2s")
        .writing(
            &knowing.write_url(),
            "basic_auth: { username: me, password: s3cr3t-word }",
        )
        .writing(
            &format!("https://127.0.0.1:{}/api/v1/write", untrusted.port),
            "",
        )
        .writing(
            &kept.write_url(),
            "write_relabel_configs:\n- { source_labels: [cluster], regex: prod-.*, action: keep }",
        )
        .writing(
            &nothing.write_url(),
            "write_relabel_configs:\n- { source_labels: [job], regex: .+, action: drop }",
        )
        .writing(&format!("{}/api/v1/write", BARE.url()), "")
        .writing(
            &format!("{}/insert/0/prometheus/api/v1/write", VICTORIA.url()),
            "",
        )
        .with_history();
    Refused {
        prom,
        exporter,
        dropped,
        not_found,
        unauthorized,
        forbidden,
        limited,
        waiting,
        conflicting,
        broken,
        hanging,
        knowing,
        untrusted,
        kept,
        nothing,
    }
});

/// A Prometheus of one block, with an exporter.
fn writes_to(cluster: &str, url: &str) -> (Server, Exporter) {
    let exporter = Exporter::start(PAGE);
    let prom = Sender::of(cluster)
        .scraping("cost", exporter.port, "")
        .writing(url, "")
        .with_history();
    (prom, exporter)
}

/// One that writes to a name that does not exist.
pub(crate) static UNRESOLVED: LazyLock<(Server, Exporter)> = LazyLock::new(|| {
    writes_to(
        "unresolved",
        "http://no-such-host.invalid:9090/api/v1/write",
    )
});

/// One that writes to a port at which nothing listens.
pub(crate) static CLOSED: LazyLock<(Server, Exporter)> = LazyLock::new(|| {
    writes_to(
        "closed",
        &format!("http://127.0.0.1:{}/api/v1/write", free_port()),
    )
});

/// One that speaks TLS to a plain port.
pub(crate) static PLAIN: LazyLock<(Server, Exporter)> = LazyLock::new(|| {
    writes_to(
        "plain",
        &format!("https://127.0.0.1:{}/api/v1/write", SINK.port),
    )
});

/// One whose receiver is broken, for a while.
pub(crate) static BROKEN: LazyLock<(Server, Exporter, Front)> = LazyLock::new(|| {
    let front = Front::before(SINK.port, Writes::Refused(503));
    let (prom, exporter) = writes_to("broken", &front.write_url());
    (prom, exporter, front)
});

/// One whose receiver takes two seconds for each write, and gets one write at a time.
pub(crate) static SLOW: LazyLock<(Server, Exporter, Front)> = LazyLock::new(|| {
    let front = Front::before(SINK.port, Writes::HandedOn(Duration::from_secs(2)));
    let exporter = Exporter::start(PAGE);
    let prom = Sender::of("slow")
        .scraping("cost", exporter.port, "")
        .writing_by(
            &front.write_url(),
            "batch_send_deadline: 1s, max_shards: 1, max_samples_per_send: 200, capacity: 400",
            "",
        )
        .with_history();
    // A reading is a minute long, and tells a growing lag only where there was one at its beginning.
    until("a history of what the slow sink took", || {
        let sent = "prometheus_remote_storage_queue_highest_sent_timestamp_seconds";
        series(prom.port, &format!("count_over_time({sent}[2m]) > 62")) == 1
    });
    (prom, exporter, front)
});

/// An agent that drops a metric on its way out.
pub(crate) static AGENT: LazyLock<(Server, Exporter)> = LazyLock::new(|| {
    let exporter = Exporter::start(&page("agent_cost 1"));
    let agent = Sender::of("agent")
        .scraping("cost", exporter.port, "")
        .writing(
            &format!("{}/api/v1/write", SINK.url()),
            "write_relabel_configs:\n- { source_labels: [__name__], regex: agent_cost, action: drop }",
        )
        .flag("--enable-feature=agent")
        .start();
    until("what the agent sends", || {
        series(SINK.port, "cost_dollars{cluster=\"agent\"}") == 1
    });
    (agent, exporter)
});

/// Two that scrape the same targets under the same external labels, to one receiver. What the second one writes comes so late that
/// the first one's samples of the same series are always there before.
pub(crate) static PAIR: LazyLock<[(Server, Exporter); 2]> = LazyLock::new(|| {
    let pair = [
        ("1", "batch_send_deadline: 1s"),
        (
            "2",
            "batch_send_deadline: 4s, max_samples_per_send: 10000, capacity: 20000",
        ),
    ]
    .map(|(value, queue)| {
        let exporter = Exporter::start(&page(&format!("only_{value} {value}")));
        let prom = Sender::of("pair")
            .scraping(
                "cost",
                exporter.port,
                "relabel_configs:\n- { target_label: instance, replacement: cost }",
            )
            .writing_by(&format!("{}/api/v1/write", SINK.url()), queue, "")
            .start();
        (prom, exporter)
    });
    has_history(&pair[0].0);
    has_history(&pair[1].0);
    pair
});

/// One whose receivers are above their limits: what the first refuses is lost, what the second refuses is tried again.
pub(crate) struct Limited {
    pub(crate) prom: Server,
    pub(crate) exporter: Exporter,
    pub(crate) losing: FullReceive,
    pub(crate) waiting: FullReceive,
}

pub(crate) static LIMITED: LazyLock<Limited> = LazyLock::new(|| {
    let exporter = Exporter::start(PAGE);
    let (losing, waiting) = (FullReceive::start(), FullReceive::start());
    let prom = Sender::of("limited")
        .scraping("cost", exporter.port, "")
        .writing(&losing.write_url(), "")
        .writing_by(
            &waiting.write_url(),
            "batch_send_deadline: 1s, retry_on_http_429: true",
            "",
        )
        .with_history();
    Limited {
        prom,
        exporter,
        losing,
        waiting,
    }
});

/// One whose receiver can be stopped.
pub(crate) static GONE: LazyLock<(Server, Exporter, u16)> = LazyLock::new(|| {
    let port = free_port();
    let (prom, exporter) = writes_to("gone", &format!("http://127.0.0.1:{port}/api/v1/write"));
    (prom, exporter, port)
});
