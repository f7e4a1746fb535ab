//! One generated pipeline: the world with its faults, what a suite says of it, and what we are not let see.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use gapcheck::backend::World;
use gapcheck::lab::incident::{self, COST_METRIC};
use gapcheck::lab::{Data, Kept, Model, PrometheusVersion, Station, ThanosVersion};
use gapcheck::leaves::Labels;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::fault::{self, Planted};
use crate::network::{Network, Refusal, Unreachable, ip};

const RECEIVE: &str = "thanos-receive.monitoring.svc.cluster.local";
const QUERY: &str = "thanos-query.monitoring.svc.cluster.local";
const PROMETHEUS: &str = "prometheus.monitoring.svc.cluster.local";

/// One pipeline.
pub(crate) struct Pipeline {
    seed: u64,
    /// The cluster that is looked at.
    pub(crate) cluster: &'static str,
    /// What was planted, and nothing else is wrong.
    pub(crate) planted: Vec<Planted>,
    /// The network with the lab in it.
    pub(crate) network: Network,
    /// The hops, as the suite has them.
    pub(crate) hops: Vec<Value>,
    /// Labels by which shared hops know the cluster, if the suite says so.
    pub(crate) identity: Option<Labels>,
    /// The label that tells the clusters apart downstream.
    pub(crate) own_label: &'static str,
    /// The metric that is checked.
    pub(crate) metric: &'static str,
    /// The check.
    pub(crate) check: Value,
}

impl Pipeline {
    /// The pipeline of a seed, at that moment, with the faults of these names; of the seed's own choice without.
    pub(crate) fn of(seed: u64, faults: Option<&[&str]>, now_ms: i64) -> Self {
        let dice = |what: &str| Dice::of(seed, what);
        let mut model = incident::healthy(now_ms);
        let planted = match faults {
            Some(names) => named(names),
            None => drawn(&mut dice("faults")),
        };
        for fault in &planted {
            (fault.plant)(&mut model);
        }
        let own_label = vary(&mut dice("labels"), &mut model);
        if dice("replicas").percent(25) {
            grow(&mut model);
        }
        let mut stations = stations(&model);
        name(&mut model);
        let cluster = if dice("cluster").percent(85) {
            "ops"
        } else {
            "blue"
        };
        let metric = metric(&mut dice("metric"));
        let mut hops = hops(&mut dice("hops"), &model, (cluster, metric));
        front(&mut dice("front"), &mut hops, &mut model, metric);
        let mut forwarded = dice("forwarded");
        let is_forwarded = forwarded.percent(8);
        let forwards = !is_forwarded || forwarded.percent(60);
        if is_forwarded {
            forward(&mut hops, &mut stations, forwards);
        }
        let identity = dice("identity")
            .percent(60)
            .then(|| Labels::from([(own_label, cluster)]));
        let mut check = check(&mut dice("check"), &hops, cluster, own_label, metric);
        for (key, value) in planted.iter().flat_map(|fault| fault.asks) {
            check[key] = serde_json::from_str(value).expect("JSON");
        }
        // Without either, nothing tells the series of the clusters apart.
        if identity.is_none() && hops.iter().all(|hop| hop["name"] != "prom") {
            check.as_object_mut().expect("a form").remove("labels");
        }
        let places: Vec<Station> = stations.values().cloned().collect();
        let mut resolver = dice("resolver");
        let in_cluster = resolver.percent(70);
        let network = Network {
            unreachable: unreachable(&mut dice("unreachable"), &places),
            refusals: refusals(&mut dice("refusals"), &places),
            search: match in_cluster {
                true => [
                    "monitoring.svc.cluster.local",
                    "svc.cluster.local",
                    "cluster.local",
                ]
                .map(str::to_owned)
                .to_vec(),
                false => Vec::new(),
            },
            forwards,
            knows_names: in_cluster || resolver.percent(30),
            stations,
            model,
        };
        Self {
            seed,
            cluster,
            planted,
            network,
            hops,
            identity,
            own_label,
            metric,
            check,
        }
    }

    /// The same pipeline with that fault alone. Where another brings a replica, the dice fall otherwise behind it: Query is asked as here.
    pub(crate) fn with_only(&self, fault: &str) -> Self {
        let mut alone = Self::of(self.seed, Some(&[fault]), self.network.model.started_ms);
        let is_query = |hop: &&Value| hop["name"] == "query";
        alone.hops.retain(|hop| !is_query(&hop));
        alone
            .hops
            .extend(self.hops.iter().filter(is_query).cloned());
        let check = alone.check.as_object_mut().expect("a form");
        for key in ["at", "through"] {
            match self.check.get(key) {
                Some(value) => check.insert(key.to_owned(), value.clone()),
                None => check.remove(key),
            };
        }
        alone
    }

    /// The hops up to the last one at which the check asks for it: it asks for nothing that comes behind.
    pub(crate) fn asked(&self) -> &[Value] {
        let at = |name: &Value| self.hops.iter().position(|hop| hop["name"] == *name);
        let last = match (&self.check["at"], self.check["through"].as_array()) {
            (Value::Null, None) => None,
            (Value::Null, Some(through)) => through.iter().filter_map(at).max(),
            (one, _) => at(one),
        };
        &self.hops[..last.map_or(self.hops.len(), |last| last + 1)]
    }

    /// Its world as checks see it.
    pub(crate) fn world(&self) -> World {
        let hop = |form: &Value| {
            let hop = serde_json::from_value(form.clone()).expect("a hop");
            std::sync::Arc::new(gapcheck::backend::Backend::of(hop))
        };
        World {
            suite: "generated".into(),
            cluster: Some(self.cluster.into()),
            pipeline: self.hops.iter().map(hop).collect(),
            identity: self.identity.clone(),
            ..World::default()
        }
    }
}

/// No fault, one, or two. A late clock stands alone: the lab's counters would move by it, too; and a write has one answer and one URL.
fn drawn(dice: &mut Dice) -> Vec<Planted> {
    let mut all = fault::all();
    all.retain(Planted::fits);
    let count = dice.one(&[0, 0, 1, 1, 1, 1, 1, 2, 2, 2]);
    let mut planted: Vec<Planted> = Vec::new();
    for _ in 0..count {
        let fault = dice.one(&all);
        if planted.iter().all(|one| one.name != fault.name) {
            planted.push(fault);
        }
    }
    // What came just now was never scraped where a scrape is rare.
    if planted
        .iter()
        .any(|fault| fault.name == "metric-name-filter")
    {
        let rare = ["slow-scrape", "backlog-lost", "receive-data-lost"];
        planted.retain(|fault| !rare.contains(&fault.name));
    }
    let is_late = |fault: &Planted| fault.name == "clock-skew";
    if planted.len() > 1 {
        planted.retain(|fault| !is_late(fault));
    }
    let answers = planted.iter().filter(|fault| fault.answers_all()).count();
    if answers > 1 || !fault::is_world(&planted) {
        planted.truncate(1);
    }
    planted
}

/// The faults of these names.
fn named(names: &[&str]) -> Vec<Planted> {
    let all = fault::all();
    let of_name = |name: &&str| all.iter().find(|fault| fault.name == *name).copied();
    names.iter().filter_map(of_name).collect()
}

/// Versions, labels and scrapes that lose nothing; the label that tells the clusters apart.
fn vary(dice: &mut Dice, model: &mut Model) -> &'static str {
    let version = dice.one(&ThanosVersion::ALL);
    model.receive.version = version;
    model.query.version = match dice.percent(70) {
        true => version,
        false => dice.one(&ThanosVersion::ALL),
    };
    // A Query of 0.31 has no flag that hides stores, and none that enforces tenancy.
    if model.query.asking.hides.is_some() || model.query.enforces_tenancy {
        model.query.version = model.query.version.max(ThanosVersion::V0_36);
    }
    if model.receive.taking.names_learned_ms.is_some() {
        model.receive.version = ThanosVersion::V0_42;
    }
    let own_label = dice.one(&["cluster", "cluster", "cluster", "k8s_cluster"]);
    let with_replica = dice.percent(80);
    let with_meta = dice.percent(70);
    for prometheus in &mut model.prometheus {
        // What a fault sets up must be something that the version can do.
        let queueing = &prometheus.remote_write.queueing;
        let needs_new = queueing.second_version || queueing.age_limit_ms.is_some();
        if prometheus.remote_write.tenant.is_none() && !needs_new {
            let versions = [PrometheusVersion::V2_42, PrometheusVersion::V3_14];
            prometheus.version = dice.one(&versions);
        }
        if let Some(value) = prometheus.external_labels.remove("cluster") {
            prometheus
                .external_labels
                .insert(own_label.to_owned(), value);
        }
        if !with_replica {
            prometheus.external_labels.remove("prometheus_replica");
        }
        if !with_meta {
            prometheus.targets.retain(|target| target.shows.is_none());
        }
    }
    if dice.percent(15) {
        model.query.replica_labels.clear();
    }
    own_label
}

/// One replica of Receive more, which holds what the first one does and is asked by Query where the first one is.
fn grow(model: &mut Model) {
    let n = model.receive.replicas.len();
    let mut more = incident::replica(n);
    let first = &model.receive.replicas[0];
    more.lacks.clone_from(&first.lacks);
    let mut labels = first.labels.clone();
    labels.extend(more.labels.clone());
    more.labels = labels;
    let known = model
        .query
        .stores
        .iter()
        .find(|store| store.address == first.address);
    if let Some(store) = known {
        let mut twin = store.clone();
        twin.address.clone_from(&more.address);
        model.query.stores.push(twin);
    }
    for station in [
        Station::ReceiveWrite,
        Station::ReceiveHttp,
        Station::ReceiveGrpc,
    ] {
        if model.closed.contains(&station(0)) {
            model.closed.insert(station(n));
        }
    }
    model.receive.replicas.push(more);
}

fn receive_ip(n: usize) -> [u8; 4] {
    [10, 0, 12, 31 + u8::try_from(n).expect("few replicas")]
}

/// Where everything listens.
fn stations(model: &Model) -> BTreeMap<(IpAddr, u16), Station> {
    let mut all = BTreeMap::from([
        ((ip([10, 0, 3, 17]), 8080), Station::Exporter),
        ((ip([10, 0, 3, 9]), 9090), Station::Prometheus("ops".into())),
        (
            (ip([10, 1, 5, 9]), 9090),
            Station::Prometheus("blue".into()),
        ),
        ((ip([10, 0, 12, 60]), 10902), Station::Query),
        ((ip([10, 0, 12, 61]), 10902), Station::Frontend),
        ((ip([203, 0, 113, 10]), 19291), Station::ReceiveWrite(0)),
    ]);
    for n in 0..model.receive.replicas.len() {
        let ip = ip(receive_ip(n));
        all.insert((ip, 19291), Station::ReceiveWrite(n));
        all.insert((ip, 10902), Station::ReceiveHttp(n));
        all.insert((ip, 10901), Station::ReceiveGrpc(n));
    }
    all
}

/// Gives the names that are still there their addresses in the cluster, in place of the loopback ones of the lab's servers, and the
/// senders a name in place of such an address.
fn name(model: &mut Model) {
    let places: [(&str, [u8; 4]); 4] = [
        (RECEIVE, receive_ip(0)),
        (QUERY, [10, 0, 12, 60]),
        (PROMETHEUS, [10, 0, 3, 9]),
        ("aws-cost-exporter.finops.svc.cluster.local", [10, 0, 3, 17]),
    ];
    for record in &mut model.zone.records {
        if let Data::A(ip) = &mut record.data
            && ip.is_loopback()
            && let Some((_, place)) = places.iter().find(|(name, _)| *name == record.name)
        {
            *ip = Ipv4Addr::from(*place);
        }
    }
    model
        .zone
        .records
        .retain(|record| !matches!(record.data, Data::Aaaa(_)));
    for prometheus in &mut model.prometheus {
        let write = &mut prometheus.remote_write;
        let exists = !write.url.contains(".invalid");
        if let Some((scheme, path)) = write.queueing.to_receive.filter(|_| exists) {
            write.url = format!("{scheme}://thanos-receive.monitoring.svc:19291{path}");
        }
    }
}

/// The hops that the suite lists: an exporter only for metrics that are its own.
fn hops(dice: &mut Dice, model: &Model, (cluster, metric): (&str, &str)) -> Vec<Value> {
    let mut hops = Vec::new();
    if cluster == "ops" && metric.starts_with("aws_cost") && dice.percent(75) {
        let host = dice.one(&["10.0.3.17", "aws-cost-exporter.finops.svc.cluster.local"]);
        let url = format!("http://{host}:8080/metrics");
        hops.push(json!({ "name": "exporter", "kind": "exporter", "url": url }));
    }
    let has_prometheus = dice.percent(90);
    if has_prometheus {
        let host = match cluster {
            "ops" => dice.one(&["10.0.3.9", "10.0.3.9", PROMETHEUS]),
            _ => "10.1.5.9",
        };
        let url = format!("http://{host}:9090");
        hops.push(json!({ "name": "prom", "kind": "prometheus", "url": url }));
    }
    if dice.percent(80) {
        hops.push(receive(dice, model, has_prometheus));
    }
    if hops.is_empty() || dice.percent(85) {
        let host = dice.one(&["10.0.12.60", "10.0.12.60", QUERY]);
        let url = format!("http://{host}:10902");
        hops.push(json!({ "name": "query", "kind": "thanos-query", "url": url }));
    }
    hops
}

/// A Query Frontend after Query or, now and then, in its place; it may keep that range queries were empty.
fn front(dice: &mut Dice, hops: &mut Vec<Value>, model: &mut Model, metric: &str) {
    let ends_with_query = hops.last().is_some_and(|hop| hop["name"] == "query");
    if !ends_with_query || !dice.percent(15) {
        return;
    }
    if dice.percent(25) {
        hops.pop();
    }
    let url = "http://10.0.12.61:10902";
    hops.push(json!({ "name": "front", "kind": "thanos-query-frontend", "url": url }));
    if dice.percent(50) {
        model.query.asking.kept.push(Kept {
            metric: metric.to_owned(),
            from_ms: model.started_ms - 3 * 3_600_000,
            until_ms: model.started_ms,
        });
    }
}

/// Receive is reached by ports of this machine that are forwarded to it, or nothing forwards them any more.
fn forward(hops: &mut [Value], stations: &mut BTreeMap<(IpAddr, u16), Station>, is_up: bool) {
    let here = ip([127, 0, 0, 1]);
    let ports = [
        ("write", 19291, Station::ReceiveWrite(0)),
        ("http", 10902, Station::ReceiveHttp(0)),
        ("grpc", 10901, Station::ReceiveGrpc(0)),
    ];
    for hop in hops.iter_mut().filter(|hop| hop["name"] == "receive") {
        for (key, port, station) in &ports {
            if hop.get(key).is_some() {
                hop[*key] = json!([format!("http://127.0.0.1:{port}")]);
            }
            if is_up {
                stations.insert((here, *port), station.clone());
            }
        }
        hop.as_object_mut().expect("a form").remove("replicas");
    }
}

/// Receive as a hop: its first replica, by address or by name, or all of them; with all its addresses, or without some.
fn receive(dice: &mut Dice, model: &Model, has_prometheus: bool) -> Value {
    let replicas = model.receive.replicas.len();
    let hosts: Vec<String> = if replicas > 1 && dice.percent(50) {
        (0..replicas)
            .map(|n| ip(receive_ip(n)).to_string())
            .collect()
    } else if dice.percent(30) {
        vec![RECEIVE.to_owned()]
    } else {
        vec![ip(receive_ip(0)).to_string()]
    };
    let at = |port: u16| -> Vec<String> {
        let url = |host: &String| format!("http://{host}:{port}");
        hosts.iter().map(url).collect()
    };
    let mut hop = json!({ "name": "receive", "kind": "thanos-receive", "write": at(19291) });
    if dice.percent(75) {
        hop["http"] = json!(at(10902));
    }
    if dice.percent(65) {
        hop["grpc"] = json!(at(10901));
    }
    if hosts.len() > 1 && dice.percent(40) {
        hop["replicas"] = json!("any");
    }
    if has_prometheus && dice.percent(30) {
        hop["meta"] = json!("prom");
    }
    hop
}

fn metric(dice: &mut Dice) -> &'static str {
    match dice.below(10) {
        0 => "up",
        1 => "node_load1",
        2 => "aws_cost_exporter_scrapes_total",
        _ => COST_METRIC,
    }
}

fn check(dice: &mut Dice, hops: &[Value], cluster: &str, own_label: &str, metric: &str) -> Value {
    let names: Vec<&str> = hops.iter().filter_map(|hop| hop["name"].as_str()).collect();
    let mut check = json!({ "metric": metric });
    match dice.below(10) {
        0..3 => check["through"] = json!(names),
        3 => check["at"] = json!(dice.one(&names)),
        4 if names.len() > 1 => {
            let without = 1 + dice.below(names.len() - 1);
            let mut some = names.clone();
            some.remove(without - 1);
            check["through"] = json!(some);
        }
        _ => {}
    }
    if dice.percent(40) {
        check["tenant"] = json!("default-tenant");
    }
    if dice.percent(50) {
        check["fresh"] = json!(dice.one(&["2m", "5m", "10m"]));
    }
    if dice.percent(30) {
        check["value"] = json!("finite");
    }
    if dice.percent(30) {
        check["series"] = json!(">= 1");
    }
    if dice.percent(30) && check.get("at").is_none() && names.last() == Some(&"query") {
        check["labels"] = json!({ own_label: cluster, "pod": true });
    }
    check
}

/// What we alone cannot reach. A port of writes that refuses us refuses its senders, too, and is a fault; what keeps only us from it
/// drops our packets, or is a forwarded port that is not there.
fn unreachable(dice: &mut Dice, places: &[Station]) -> Vec<(Station, Unreachable)> {
    let count = dice.one(&[0, 0, 0, 0, 0, 0, 1, 1, 2]);
    let mut hidden = Vec::new();
    for _ in 0..count {
        let how = dice.one(&[Unreachable::Refused, Unreachable::Silent]);
        let station = dice.one(places);
        match station {
            Station::ReceiveWrite(n) if dice.percent(50) => hidden.extend([
                (Station::ReceiveWrite(n), Unreachable::Silent),
                (Station::ReceiveHttp(n), how),
                (Station::ReceiveGrpc(n), how),
            ]),
            Station::ReceiveWrite(_) => hidden.push((station, Unreachable::Silent)),
            _ => hidden.push((station, how)),
        }
    }
    hidden
}

/// What a proxy may refuse, station by station.
fn guarded(station: &Station) -> &'static [&'static str] {
    match station {
        Station::Exporter => &["/metrics"],
        Station::Prometheus(_) => &[
            "/api/v1/status/config",
            "/api/v1/status/flags",
            "/api/v1/status/runtimeinfo",
            "/api/v1/status/buildinfo",
            "/api/v1/status",
            "/api/v1/targets",
            "/api/v1/targets/metadata",
            "/api/v1/rules",
            "/api/v1/label",
            "/api/v1/query",
            "/metrics",
        ],
        // What refuses us the path of writes refuses the senders, too, and is a fault.
        Station::ReceiveWrite(_) => &["/api/v1/status/tsdb"],
        Station::ReceiveHttp(_) => &["/metrics", "/-/ready", "/api/v1/status"],
        Station::ReceiveGrpc(_) => &[
            "/thanos.Store/Series",
            "/thanos.info.Info/Info",
            "/grpc.health.v1.Health/Check",
            "/thanos.Store/LabelValues",
        ],
        Station::Query | Station::Frontend => &[
            "/api/v1/stores",
            "/api/v1/status/flags",
            "/api/v1/status/buildinfo",
            "/api/v1/status",
            "/api/v1/label",
            "/api/v1/query",
            "/api/v1/series",
            "/metrics",
        ],
    }
}

fn refusals(dice: &mut Dice, places: &[Station]) -> Vec<Refusal> {
    let count = dice.one(&[0, 0, 0, 1, 1, 2, 3, 5]);
    (0..count)
        .map(|_| {
            let at = dice.one(places);
            let status = match at {
                Station::ReceiveGrpc(_) => dice.one(&[7, 12, 16]),
                _ => dice.one(&[401, 403, 404]),
            };
            Refusal {
                path: dice.one(guarded(&at)),
                at,
                status,
            }
        })
        .collect()
}
