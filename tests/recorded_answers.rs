//! What the real servers answered, through our readers: every recording of an endpoint that we ask, healthy and broken, is read
//! by the parser of that endpoint and compared with a plain reading of the same JSON.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gapcheck::backend::answer::{
    QueryAnswer, QueryResult, SampleValue, Stores, Targets, TsdbStatus,
};
use gapcheck::backend::{Failure, FailureClass, exposition, prometheus, rules, thanos};
use gapcheck::leaves::{Labels, Timestamp};
use serde_json::Value;

/// Where the recordings are.
fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded")
}

/// One recorded exchange over HTTP.
struct Recorded {
    name: String,
    path: String,
    status: u16,
    content_type: String,
    body: String,
}

impl Recorded {
    fn at(file: &Path) -> Option<Self> {
        let text = fs::read_to_string(file).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let response = value.get("response")?;
        let folder = recordings();
        Some(Self {
            name: file.strip_prefix(folder).unwrap().display().to_string(),
            path: value.pointer("/request/path")?.as_str()?.to_owned(),
            status: u16::try_from(response.get("status")?.as_u64()?).unwrap(),
            content_type: response
                .pointer("/headers/Content-Type")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            body: response.get("body")?.as_str()?.to_owned(),
        })
    }

    fn named(name: &str) -> Self {
        Self::at(&recordings().join(name).with_extension("json")).expect(name)
    }

    fn read<T>(&self, parse: fn(u16, &str, &[u8]) -> Result<T, Failure>) -> Result<T, Failure> {
        parse(self.status, &self.content_type, self.body.as_bytes())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Whether the server answered the question.
    fn is_answer(&self) -> bool {
        self.status == 200 && self.json()["status"] == "success"
    }

    fn data(&self) -> Value {
        self.json()["data"].take()
    }

    /// The failure must say what the server said.
    fn must_fail(&self, failure: &Failure) {
        let json = self.json();
        if json["status"] == "error" {
            assert_eq!(
                failure.class,
                FailureClass::Refusal(self.status),
                "{}",
                self.name
            );
            let error = json["error"].as_str().unwrap();
            assert!(failure.what.contains(error), "{}: {failure}", self.name);
            let kind = json["errorType"].as_str().unwrap();
            assert!(failure.what.contains(kind), "{}: {failure}", self.name);
        } else {
            assert_eq!(
                failure.class,
                FailureClass::Status(self.status),
                "{}",
                self.name
            );
            let status = self.status.to_string();
            assert!(
                failure.what.starts_with(&status),
                "{}: {failure}",
                self.name
            );
        }
    }
}

/// All recordings of these paths; at least so many.
fn all(paths: &[&str], least: usize) -> Vec<Recorded> {
    let mut found = Vec::new();
    walk(&recordings(), &mut |file| {
        if let Some(recorded) = Recorded::at(file)
            && paths.contains(&recorded.path.as_str())
        {
            found.push(recorded);
        }
    });
    assert!(
        found.len() >= least,
        "{paths:?}: {} recordings",
        found.len()
    );
    found
}

fn walk(folder: &Path, see: &mut dyn FnMut(&Path)) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, see);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            see(&path);
        }
    }
}

fn labels(value: &Value) -> Labels {
    let map: BTreeMap<String, String> = serde_json::from_value(value.clone()).unwrap();
    Labels(map)
}

fn texts(value: &Value) -> Vec<String> {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

#[test]
fn every_answer_to_a_query_is_read_whole() {
    for recorded in all(&["/api/v1/query"], 180) {
        let name = &recorded.name;
        let answer = match recorded.read(prometheus::parse_query) {
            Ok(answer) => answer,
            Err(failure) => {
                assert!(!recorded.is_answer(), "{name}: {failure}");
                recorded.must_fail(&failure);
                continue;
            }
        };
        assert!(recorded.is_answer(), "{name}");
        let (json, data) = (recorded.json(), recorded.data());
        assert_eq!(answer.warnings, texts(&json["warnings"]), "{name}");
        assert_eq!(answer.infos, texts(&json["infos"]), "{name}");
        let result = data["result"].as_array().unwrap();
        match (&answer.result, data["resultType"].as_str().unwrap()) {
            (QueryResult::Vector(samples), "vector") => {
                assert_eq!(samples.len(), result.len(), "{name}");
                for (sample, raw) in samples.iter().zip(result) {
                    assert_eq!(sample.labels, labels(&raw["metric"]), "{name}");
                    assert_eq!(
                        sample.value.raw(),
                        raw["value"][1].as_str().unwrap(),
                        "{name}"
                    );
                }
            }
            (QueryResult::Matrix(series), "matrix") => {
                assert_eq!(series.len(), result.len(), "{name}");
                for (series, raw) in series.iter().zip(result) {
                    assert_eq!(series.labels, labels(&raw["metric"]), "{name}");
                    let values = raw["values"].as_array().unwrap();
                    assert_eq!(series.samples.len(), values.len(), "{name}");
                    for ((time, value), raw) in series.samples.iter().zip(values) {
                        assert_eq!(time.seconds(), raw[0].as_f64().unwrap(), "{name}");
                        assert_eq!(value.raw(), raw[1].as_str().unwrap(), "{name}");
                    }
                }
            }
            (QueryResult::Scalar(value), "scalar") => {
                assert_eq!(value.raw(), result[1].as_str().unwrap(), "{name}");
            }
            (QueryResult::String(text), "string") => {
                assert_eq!(text, result[1].as_str().unwrap(), "{name}");
            }
            (other, named) => panic!("{name}: {named} was read as {other:?}"),
        }
    }
}

fn query(name: &str) -> Result<QueryAnswer, Failure> {
    Recorded::named(name).read(prometheus::parse_query)
}

fn vector(name: &str) -> Vec<(Labels, SampleValue)> {
    match query(name).expect(name).result {
        QueryResult::Vector(samples) => samples
            .into_iter()
            .map(|sample| (sample.labels, sample.value))
            .collect(),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn the_metric_of_the_incident_keeps_its_digits() {
    for server in ["prometheus-2.42.0", "prometheus-3.14.0"] {
        let samples = vector(&format!("{server}/healthy/query-vector"));
        let values: Vec<String> = samples.iter().map(|(_, value)| value.raw()).collect();
        assert!(values.contains(&"-9.994e-07".to_owned()), "{values:?}");
        assert_eq!(
            samples[0].0.metric(),
            Some("aws_cost_exporter_current_month_cost")
        );
        let raw: Vec<String> = vector(&format!("{server}/healthy/query-nan-inf"))
            .iter()
            .map(|(_, value)| value.raw())
            .collect();
        assert_eq!(raw.len(), 2);
        assert!(
            raw.iter()
                .all(|text| ["NaN", "+Inf", "-Inf"].contains(&text.as_str())),
            "{raw:?}"
        );
    }
}

#[test]
fn an_agent_refuses_queries_and_the_help_says_where_to_ask() {
    for server in ["prometheus-2.42.0", "prometheus-3.14.0"] {
        let failure = query(&format!("{server}/agent/query")).unwrap_err();
        assert_eq!(failure.class, FailureClass::Refusal(422));
        assert_eq!(
            failure.what,
            "422 execution: unavailable with Prometheus Agent"
        );
        assert!(failure.help.unwrap().contains("agent mode"));
        assert!(!Failure::new(failure.class, "").is_transient());
    }
}

#[test]
fn a_dead_store_is_a_warning_in_old_releases_and_a_refusal_in_new_ones() {
    for version in ["0.31.0", "0.36.1"] {
        for reading in ["0", "1"] {
            let name = format!("thanos-query-{version}/store-down/query-partial-false-{reading}");
            let answer = query(&name).expect(&name);
            assert_eq!(answer.result, QueryResult::Vector(Vec::new()));
            assert!(answer.warnings[0].contains("127.0.0.1:10901"), "{name}");
        }
    }
    let failure = query("thanos-query-0.42.4/store-down/query-partial-false-0").unwrap_err();
    assert_eq!(failure.class, FailureClass::Refusal(422));
    assert!(failure.what.contains("127.0.0.1:10901"), "{failure}");
    let failure = query("thanos-query-0.42.4/store-none/query-partial-false").unwrap_err();
    assert!(failure.what.contains("No StoreAPIs available"), "{failure}");
    assert!(failure.help.unwrap().contains("no store at all"));
}

#[test]
fn infos_of_promql_are_where_each_server_puts_them() {
    let answer = query("prometheus-3.14.0/healthy/query-annotation").unwrap();
    assert_eq!((answer.warnings.len(), answer.infos.len()), (0, 1));
    let answer = query("thanos-query-0.42.4/healthy/query-annotation").unwrap();
    assert_eq!((answer.warnings.len(), answer.infos.len()), (1, 0));
    assert!(answer.warnings[0].starts_with("PromQL info:"));
}

#[test]
fn receive_serves_no_query_on_either_port_and_the_help_says_what_it_has() {
    for version in ["0.31.0", "0.36.1", "0.42.4"] {
        for port in ["http", "write"] {
            let name = format!("thanos-receive-{version}/healthy/{port}-port-query");
            let failure = query(&name).unwrap_err();
            assert_eq!(failure.what, "404 Not Found at `/api/v1/query`", "{name}");
            assert!(failure.help.unwrap().contains("thanos-receive"), "{name}");
        }
    }
}

#[test]
fn victoria_metrics_writes_a_status_where_others_name_a_type() {
    let failure = query("victoriametrics-1.79.5/healthy/query-bad").unwrap_err();
    assert_eq!(failure.class, FailureClass::Refusal(422));
    assert!(
        failure.what.starts_with("422: error when executing query"),
        "{failure}"
    );
    assert_eq!(vector("victoriametrics-1.79.5/healthy/query").len(), 0);
    assert_eq!(
        vector("victoriametrics-1.79.5/healthy/query-nocache").len(),
        2
    );
}

fn targets(name: &str) -> Targets {
    Recorded::named(name)
        .read(prometheus::parse_targets)
        .expect(name)
}

#[test]
fn every_list_of_targets_is_read_whole() {
    for recorded in all(&["/api/v1/targets"], 11) {
        let name = &recorded.name;
        match recorded.read(prometheus::parse_targets) {
            Ok(targets) => {
                let data = recorded.data();
                let active = data["activeTargets"].as_array().unwrap();
                assert_eq!(targets.active.len(), active.len(), "{name}");
                for (target, raw) in targets.active.iter().zip(active) {
                    assert_eq!(target.labels, labels(&raw["labels"]), "{name}");
                    assert_eq!(
                        target.discovered,
                        labels(&raw["discoveredLabels"]),
                        "{name}"
                    );
                    assert_eq!(target.health, raw["health"].as_str().unwrap(), "{name}");
                    assert_eq!(
                        target.last_error,
                        raw["lastError"].as_str().unwrap(),
                        "{name}"
                    );
                    assert_eq!(target.url, raw["scrapeUrl"].as_str().unwrap(), "{name}");
                    assert_eq!(target.pool, raw["scrapePool"].as_str().unwrap(), "{name}");
                }
                let dropped = data["droppedTargets"].as_array().map_or(0, Vec::len);
                assert_eq!(targets.dropped.len(), dropped, "{name}");
            }
            Err(failure) => {
                assert!(!recorded.is_answer(), "{name}: {failure}");
                recorded.must_fail(&failure);
            }
        }
    }
}

#[test]
fn broken_targets_say_why() {
    for (server, counts) in [("prometheus-2.42.0", false), ("prometheus-3.14.0", true)] {
        let targets = targets(&format!("{server}/scrape-faults/targets"));
        let down: Vec<&str> = targets
            .active
            .iter()
            .filter(|target| target.health == "down")
            .map(|target| target.last_error.as_str())
            .collect();
        assert!(down.len() >= 5, "{down:?}");
        assert!(down.iter().all(|error| !error.is_empty()), "{down:?}");
        assert!(
            down.iter()
                .any(|error| error.contains("connection refused")),
            "{down:?}"
        );
        assert!(
            targets
                .active
                .iter()
                .all(|target| target.last_scrape.is_some())
        );
        assert_eq!(!targets.dropped_counts.is_empty(), counts, "{server}");
    }
}

#[test]
fn every_list_of_rules_is_read() {
    for recorded in all(&["/api/v1/rules"], 6) {
        let read = recorded.read(rules::parse_rules).expect(&recorded.name);
        assert!(read.groups.is_empty() && read.warnings.is_empty());
    }
}

#[test]
fn every_loaded_configuration_gives_its_external_labels() {
    let mut seen = BTreeMap::new();
    for recorded in all(&["/api/v1/status/config"], 19) {
        let name = &recorded.name;
        match recorded.read(prometheus::parse_config) {
            Ok(config) => {
                assert_eq!(
                    config.yaml,
                    recorded.data()["yaml"].as_str().unwrap(),
                    "{name}"
                );
                let said: Vec<&str> = config
                    .yaml
                    .lines()
                    .skip_while(|line| line.trim() != "external_labels:")
                    .skip(1)
                    .take_while(|line| line.starts_with("    "))
                    .map(str::trim)
                    .collect();
                let read: Vec<String> = config
                    .external_labels
                    .iter()
                    .map(|(label, value)| format!("{label}: {value}"))
                    .collect();
                let plain: Vec<String> = said.iter().map(|line| line.replace('"', "")).collect();
                assert_eq!(read, plain, "{name}");
                *seen
                    .entry(config.external_labels.value("cluster").to_owned())
                    .or_insert(0) += 1;
            }
            Err(failure) if name.starts_with("victoriametrics") => {
                assert_eq!(failure.class, FailureClass::NotThatApi, "{name}");
            }
            Err(failure) => recorded.must_fail(&failure),
        }
    }
    assert!(
        seen.contains_key("ops") && seen.contains_key("blue"),
        "{seen:?}"
    );
}

#[test]
fn every_set_of_flags_is_read_whole() {
    for recorded in all(&["/api/v1/status/flags"], 16) {
        match recorded.read(prometheus::parse_flags) {
            Ok(flags) => {
                let data: BTreeMap<String, String> =
                    serde_json::from_value(recorded.data()).unwrap();
                assert_eq!(flags.0, data, "{}", recorded.name);
                let known = ["query.lookback-delta", "query.timeout"];
                assert!(
                    known.iter().all(|flag| flags.0.contains_key(*flag)),
                    "{}",
                    recorded.name
                );
            }
            Err(failure) => recorded.must_fail(&failure),
        }
    }
}

#[test]
fn every_build_is_read_and_victoria_metrics_tells_none() {
    for recorded in all(&["/api/v1/status/buildinfo"], 11) {
        let build = recorded
            .read(prometheus::parse_build)
            .expect(&recorded.name);
        let folder = recorded.name.split('/').next().unwrap();
        let (server, version) = folder.rsplit_once('-').unwrap();
        if server == "victoriametrics" {
            assert_eq!(build.version, "");
        } else {
            assert!(
                build.version.starts_with(version),
                "{}: {}",
                recorded.name,
                build.version
            );
        }
    }
}

fn stores(name: &str) -> Stores {
    Recorded::named(name)
        .read(thanos::parse_stores)
        .expect(name)
}

#[test]
fn every_list_of_stores_is_read_whole() {
    for recorded in all(&["/api/v1/stores"], 44) {
        let name = &recorded.name;
        match recorded.read(thanos::parse_stores) {
            Ok(stores) => {
                let data = recorded.data();
                let raw: Vec<(&String, &Value)> = data
                    .as_object()
                    .unwrap()
                    .iter()
                    .flat_map(|(component, listed)| {
                        let listed = listed.as_array().unwrap();
                        listed.iter().map(move |store| (component, store))
                    })
                    .collect();
                assert_eq!(stores.0.len(), raw.len(), "{name}");
                for (component, raw) in raw {
                    let store = stores
                        .0
                        .iter()
                        .find(|store| store.name == raw["name"].as_str().unwrap())
                        .expect(name);
                    assert_eq!(&store.component, component, "{name}");
                    assert_eq!(store.min_time, raw["minTime"].as_i64().unwrap(), "{name}");
                    assert_eq!(store.max_time, raw["maxTime"].as_i64().unwrap(), "{name}");
                    assert_eq!(
                        store.last_error.as_deref(),
                        raw["lastError"].as_str(),
                        "{name}"
                    );
                    assert!(store.last_check.is_some(), "{name}");
                    let sets: Vec<Labels> = raw["labelSets"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(labels)
                        .collect();
                    assert_eq!(store.label_sets, sets, "{name}");
                }
            }
            Err(failure) => recorded.must_fail(&failure),
        }
    }
}

#[test]
fn the_sentinels_of_stores_survive() {
    let sidecars = stores("thanos-query-0.42.4/sidecar/stores");
    let range = |component: &str| {
        let store = sidecars
            .0
            .iter()
            .find(|store| store.component == component)
            .unwrap();
        (store.min_time, store.max_time)
    };
    assert_eq!(range("receive"), (i64::MAX, i64::MAX));
    assert_eq!(range("sidecar"), (-62_167_219_200_000, i64::MAX));
    assert_eq!(range("store"), (i64::MAX, i64::MIN));
    assert_eq!(stores("thanos-query-0.42.4/store-unreachable/stores").0, []);
    let dead = stores("thanos-query-0.42.4/store-down/stores-1");
    let checked = dead.0[0].last_check.unwrap();
    assert_eq!(
        checked,
        Timestamp::from_rfc3339("2026-11-23T11:11:33.180Z").unwrap()
    );
}

#[test]
fn a_server_that_is_no_query_lists_no_stores() {
    for (server, says) in [
        ("prometheus-3.14.0", "Only a Thanos Query"),
        ("victoriametrics-1.79.5", "write `kind: victoriametrics`"),
    ] {
        let recorded = Recorded::named(&format!("{server}/healthy/stores"));
        let failure = recorded.read(thanos::parse_stores).unwrap_err();
        assert!(failure.help.unwrap().contains(says), "{server}");
    }
}

fn tsdb(name: &str) -> TsdbStatus {
    Recorded::named(name)
        .read(thanos::parse_tsdb_status)
        .expect(name)
}

#[test]
fn every_head_of_a_receive_is_read_whole_and_no_other_servers() {
    for recorded in all(&["/api/v1/status/tsdb"], 45) {
        let name = &recorded.name;
        match recorded.read(thanos::parse_tsdb_status) {
            Ok(status) => {
                assert!(name.starts_with("thanos-receive"), "{name}");
                let data = recorded.data();
                let raw = data.as_array().unwrap();
                assert_eq!(status.0.len(), raw.len(), "{name}");
                for (head, raw) in status.0.iter().zip(raw) {
                    let stats = &raw["headStats"];
                    assert_eq!(head.tenant, raw["tenant"].as_str().unwrap(), "{name}");
                    assert_eq!(head.series, stats["numSeries"].as_u64().unwrap(), "{name}");
                    assert_eq!(head.min_time, stats["minTime"].as_i64().unwrap(), "{name}");
                    assert_eq!(head.max_time, stats["maxTime"].as_i64().unwrap(), "{name}");
                    let names = raw["seriesCountByMetricName"]
                        .as_array()
                        .map_or(0, Vec::len);
                    assert_eq!(head.metrics.len(), names, "{name}");
                    assert!(head.is_complete() || names == 10, "{name}");
                }
            }
            Err(failure) if recorded.is_answer() => {
                assert!(!name.starts_with("thanos-receive"), "{name}: {failure}");
                assert_eq!(failure.class, FailureClass::NotThatApi, "{name}");
                assert!(failure.help.unwrap().contains("19291"), "{name}");
            }
            Err(failure) => recorded.must_fail(&failure),
        }
    }
}

#[test]
fn the_head_tells_what_each_tenant_has() {
    for version in ["0.31.0", "0.36.1", "0.42.4"] {
        let head = tsdb(&format!("thanos-receive-{version}/healthy/tsdb-all"));
        let finops = head
            .0
            .iter()
            .find(|head| head.tenant == "finops")
            .expect(version);
        assert_eq!(
            finops.series_of("aws_cost_exporter_current_month_cost"),
            Some(2)
        );
        assert_eq!(finops.series_of("no_such"), None);
        assert!(
            finops.is_complete() && finops.newest().is_some(),
            "{version}"
        );
        let unknown = tsdb(&format!(
            "thanos-receive-{version}/healthy/tsdb-tenant-unknown"
        ));
        assert_eq!(unknown.0, [], "{version}");
        let name = format!("thanos-receive-{version}/healthy/http-port-tsdb");
        let failure = Recorded::named(&name)
            .read(thanos::parse_tsdb_status)
            .unwrap_err();
        assert!(failure.help.unwrap().contains("`write`"), "{name}");
    }
}

#[test]
fn every_page_is_read_line_by_line() {
    let mut samples = 0;
    for recorded in all(&["/metrics", "/federate"], 90) {
        let name = &recorded.name;
        match recorded.read(exposition::parse_page) {
            Ok(page) => {
                let lines = recorded
                    .body
                    .lines()
                    .filter(|line| !line.starts_with('#') && !line.is_empty())
                    .count();
                assert_eq!(page.samples.len(), lines, "{name}");
                assert!(
                    page.samples
                        .iter()
                        .all(|sample| sample.labels.metric().is_some())
                );
                samples += lines;
            }
            Err(failure) => {
                assert!(recorded.status != 200, "{name}: {failure}");
                assert_eq!(
                    failure.class,
                    FailureClass::Status(recorded.status),
                    "{name}"
                );
            }
        }
    }
    assert!(samples > 1_000, "{samples}");
}

#[test]
fn a_federated_page_has_external_labels_and_true_times() {
    let recorded = Recorded::named("prometheus-3.14.0/healthy/federate");
    let page = recorded.read(exposition::parse_page).unwrap();
    assert!(page.samples.iter().all(|sample| sample.timestamp.is_some()));
    assert!(
        page.samples
            .iter()
            .any(|sample| sample.labels.value("cluster") == "ops")
    );
}

/// A parser of which only the failure matters.
type Reader = fn(u16, &str, &[u8]) -> Option<Failure>;

#[test]
fn no_recording_makes_any_reader_panic() {
    let readers: [Reader; 8] = [
        |s, c, b| prometheus::parse_query(s, c, b).err(),
        |s, c, b| prometheus::parse_targets(s, c, b).err(),
        |s, c, b| prometheus::parse_config(s, c, b).err(),
        |s, c, b| prometheus::parse_flags(s, c, b).err(),
        |s, c, b| prometheus::parse_build(s, c, b).err(),
        |s, c, b| thanos::parse_stores(s, c, b).err(),
        |s, c, b| thanos::parse_tsdb_status(s, c, b).err(),
        |s, c, b| exposition::parse_page(s, c, b).err(),
    ];
    walk(&recordings(), &mut |file| {
        let Some(recorded) = Recorded::at(file) else {
            return;
        };
        let body = recorded.body.as_bytes();
        for read in readers {
            // Whole, cut in the middle (perhaps of a character), and as another status.
            for body in [body, &body[..body.len() / 2], &body[body.len() / 3..]] {
                for status in [recorded.status, 200, 503] {
                    if let Some(failure) = read(status, &recorded.content_type, body) {
                        assert!(failure.what.len() < 3_000, "{}: {failure}", recorded.name);
                    }
                }
            }
        }
    });
}
