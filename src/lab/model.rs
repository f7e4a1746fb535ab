//! The world of the lab as plain data: what is scraped, written, held, listed, named and open.
//!
//! Only causes are stored here; what a server shows (its series, its head, its stores) is computed from
//! them, so that one change upstream is seen by every station downstream, as in a real pipeline.

use std::collections::BTreeSet;

use crate::lab::asking::Asking;
use crate::lab::receiving::Taking;
use crate::lab::series::Labels;
use crate::lab::station::Station;
use crate::lab::upstream::{Queueing, Running, Scraping, Stamp};
use crate::lab::version::{PrometheusVersion, ThanosVersion};
use crate::lab::zone::Zone;

/// The whole pipeline: two clusters that write to one Thanos Receive, and one Thanos Query over it.
#[derive(Debug, Clone)]
pub struct Model {
    /// When the lab began, in milliseconds since the epoch. Faults count their times from it.
    pub started_ms: i64,
    /// The Prometheus servers, one a cluster.
    pub prometheus: Vec<Prometheus>,
    /// Thanos Receive with its replicas.
    pub receive: Receive,
    /// Thanos Query.
    pub query: Query,
    /// The names the DNS server knows.
    pub zone: Zone,
    /// Stations at which nothing listens.
    pub closed: BTreeSet<Station>,
}

/// One Prometheus: its targets and where it writes.
#[derive(Debug, Clone)]
pub struct Prometheus {
    /// The cluster it stands in.
    pub cluster: String,
    /// The version it answers as.
    pub version: PrometheusVersion,
    /// Labels that are added when data leaves it.
    pub external_labels: Labels,
    /// When its first scrape was, in milliseconds since the epoch.
    pub first_scrape_ms: i64,
    /// The distance between scrapes.
    pub scrape_interval_ms: i64,
    /// How far its clock is ahead of the others', in milliseconds.
    pub clock_ahead_ms: i64,
    /// What it scrapes.
    pub targets: Vec<Target>,
    /// Its recording rules.
    pub rules: Vec<RuleGroup>,
    /// Where it writes to.
    pub remote_write: RemoteWrite,
    /// How it runs.
    pub running: Running,
}

/// One scraped target.
#[derive(Debug, Clone)]
pub struct Target {
    /// The job's name.
    pub job: String,
    /// Host and port that are scraped.
    pub address: String,
    /// The label `instance`, where it is not the address.
    pub instance: Option<String>,
    /// Labels that service discovery gives it, beside `job` and `instance`.
    pub labels: Labels,
    /// What its page shows.
    pub page: Vec<Family>,
    /// The server of the lab whose own metrics stand on its page beside `page`, if it is one.
    pub shows: Option<Own>,
    /// Since when it cannot be scraped, if it cannot.
    pub down_since_ms: Option<i64>,
    /// Whether target relabelling drops it, so that it is never scraped.
    pub dropped: bool,
    /// `metric_relabel_configs` rules that drop a metric after the scrape.
    pub drops: Vec<DropRule>,
    /// How it is found and scraped.
    pub scraping: Scraping,
}

/// Whose own metrics a target shows, so that their history can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// The Prometheus that scrapes it: it scrapes itself.
    Itself,
    /// That replica of Receive.
    Receive(usize),
}

/// A group of recording rules.
#[derive(Debug, Clone)]
pub struct RuleGroup {
    /// Its name.
    pub name: String,
    /// The distance between its evaluations.
    pub interval_ms: i64,
    /// Its rules.
    pub rules: Vec<RecordingRule>,
    /// Since when it is evaluated no more, if it is not.
    pub stopped_since_ms: Option<i64>,
}

/// A recording rule.
#[derive(Debug, Clone)]
pub struct RecordingRule {
    /// The metric that it records.
    pub record: String,
    /// The expression.
    pub expr: String,
    /// Labels that it adds.
    pub labels: Labels,
}

/// A rule that drops a metric by its name.
#[derive(Debug, Clone)]
pub struct DropRule {
    /// The metric's name.
    pub metric: String,
    /// Since when the rule is loaded; from the beginning if none.
    pub since_ms: Option<i64>,
}

/// One metric family of an exporter's page.
#[derive(Debug, Clone)]
pub struct Family {
    /// The metric's name.
    pub name: String,
    /// Its type as the page says it, such as `gauge`.
    pub kind: String,
    /// Its help text.
    pub help: String,
    /// Its series: own labels and value. A `counter` climbs by its value each second, a `histogram` has observed its value once.
    pub samples: Vec<(Labels, f64)>,
    /// Since when the page shows it, if not from the beginning.
    pub since_ms: Option<i64>,
    /// Since when the page shows it no more, if it does not.
    pub gone_since_ms: Option<i64>,
    /// The timestamps that the page gives its samples, if it gives any.
    pub stamp: Option<Stamp>,
}

/// A sender's one remote_write block.
#[derive(Debug, Clone)]
pub struct RemoteWrite {
    /// The URL as configured.
    pub url: String,
    /// The tenant header's value, if one is configured.
    pub tenant: Option<String>,
    /// `write_relabel_configs`, in order.
    pub rules: Vec<WriteRule>,
    /// Since when nothing gets through, if nothing does.
    pub stuck_since_ms: Option<i64>,
    /// How its queue works.
    pub queueing: Queueing,
}

/// A rule of `write_relabel_configs`, in the forms the lab needs.
#[derive(Debug, Clone)]
pub enum WriteRule {
    /// Drops the metrics whose name begins so.
    DropPrefix(String),
    /// Takes a label off every series.
    DropLabel(String),
    /// Gives a label another value on one metric.
    Replace {
        /// The metric's name.
        metric: String,
        /// The label.
        label: String,
        /// The label's new value.
        value: String,
    },
}

/// Thanos Receive.
#[derive(Debug, Clone)]
pub struct Receive {
    /// The version it answers as.
    pub version: ThanosVersion,
    /// Its replicas.
    pub replicas: Vec<Replica>,
    /// Metrics that `--receive.relabel-config` drops in silence.
    pub drops: BTreeSet<String>,
    /// How it takes writes.
    pub taking: Taking,
}

/// One replica of Thanos Receive.
#[derive(Debug, Clone)]
pub struct Replica {
    /// Host and port of its StoreAPI.
    pub address: String,
    /// The labels its flag `--label` gives to everything in it.
    pub labels: Labels,
    /// What never came to this replica: cluster and metric.
    pub lacks: Vec<(String, String)>,
}

/// Thanos Query.
#[derive(Debug, Clone)]
pub struct Query {
    /// The version it answers as.
    pub version: ThanosVersion,
    /// The stores of its flag `--endpoint`.
    pub stores: Vec<Store>,
    /// Whether it shows each tenant its own series alone (`--query.enforce-tenancy`).
    pub enforces_tenancy: bool,
    /// Its flags `--query.replica-label`.
    pub replica_labels: Vec<String>,
    /// The clusters whose rules it gathers through a sidecar; their data it has from Receive.
    pub rules_of: Vec<String>,
    /// How it asks, and what beside these stores.
    pub asking: Asking,
}

/// A store as Query knows it.
#[derive(Debug, Clone)]
pub struct Store {
    /// Host and port of the StoreAPI, equal to a replica's.
    pub address: String,
    /// How Query gets along with it.
    pub state: StoreState,
}

/// The states a store goes through when it dies, as Query shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreState {
    /// Asked, and answering.
    Healthy,
    /// Dead for less than ten seconds: listed as well, and every query fails or warns.
    JustDied,
    /// Asked, and sending nothing before `--store.response-timeout` ends.
    Slow,
    /// Dead for longer: listed with an error, and left out of queries without a word.
    Unhealthy,
    /// Configured, but never reached: not listed, and not asked.
    NeverReached,
    /// The same by the flag `--endpoint-strict`: not listed, but asked, so that every query fails or warns.
    StrictNeverReached,
}

/// The tenant of writers that name none.
pub const DEFAULT_TENANT: &str = "default-tenant";

impl Model {
    /// The same world with Thanos of another version, Receive and Query alike.
    #[must_use]
    pub fn with_thanos(mut self, version: ThanosVersion) -> Self {
        self.receive.version = version;
        self.query.version = version;
        self
    }

    /// The Prometheus of a cluster.
    pub fn prometheus(&self, cluster: &str) -> Option<&Prometheus> {
        self.prometheus.iter().find(|one| one.cluster == cluster)
    }

    /// The Prometheus of a cluster, to be changed.
    pub fn prometheus_mut(&mut self, cluster: &str) -> Option<&mut Prometheus> {
        self.prometheus
            .iter_mut()
            .find(|one| one.cluster == cluster)
    }

    /// The target behind the station `Exporter`: the first one of the first Prometheus.
    pub fn exporter(&self) -> Option<&Target> {
        self.prometheus.first()?.targets.first()
    }

    /// The target behind the station `Exporter`, to be changed.
    pub fn exporter_mut(&mut self) -> Option<&mut Target> {
        self.prometheus.first_mut()?.targets.first_mut()
    }

    /// Whether anything listens at a station.
    pub fn is_open(&self, station: &Station) -> bool {
        let exists = match station {
            Station::ReceiveWrite(n) | Station::ReceiveHttp(n) | Station::ReceiveGrpc(n) => {
                *n < self.receive.replicas.len()
            }
            Station::Prometheus(cluster) => self.prometheus(cluster).is_some(),
            Station::Exporter | Station::Query | Station::Frontend => true,
        };
        exists && !self.closed.contains(station)
    }
}

impl Target {
    /// The labels that the target gives to its series.
    pub fn target_labels(&self) -> Labels {
        let mut all = self.labels.clone();
        all.insert("job".to_owned(), self.job.clone());
        let instance = self.instance.as_ref().unwrap_or(&self.address);
        all.insert("instance".to_owned(), instance.clone());
        all
    }

    /// The URL of its page.
    pub fn scrape_url(&self) -> String {
        format!("http://{}/metrics", self.address)
    }

    /// The families that its page shows now.
    pub fn shown(&self) -> impl Iterator<Item = &Family> {
        self.page
            .iter()
            .filter(|family| family.gone_since_ms.is_none())
    }

    /// What the scrape says when it cannot connect.
    pub fn last_error(&self) -> Option<String> {
        self.down_since_ms?;
        Some(format!(
            "Get \"{}\": dial tcp {}: connect: connection refused",
            self.scrape_url(),
            self.address
        ))
    }
}
