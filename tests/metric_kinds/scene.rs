//! A scene: the hops of a world, what each answers to which question, and a check that is judged in it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gapcheck::ask::{Door, Question, Reply};
use gapcheck::backend::answer::{
    Build, Count, Flags, LoadedConfig, Page, PageSample, QueryAnswer, QueryResult, RemoteWrite,
    Sample, SampleValue, Series, Store, StoreInfo, StoreSeries, StoredSeries, Stores, TenantHead,
    TsdbStatus,
};
use gapcheck::backend::{Backend, Failure, FailureClass, Hop, Trace, World};
use gapcheck::check::Check;
use gapcheck::diagnose::diagnose;
use gapcheck::leaves::{Complaint, Diagnosis, Judged, Labels, Timestamp, Verdict};
use serde_json::{Value, json};

/// When the recordings were made.
pub(crate) const NOW: Timestamp = Timestamp(1_795_432_294_000);

pub(crate) type Told = Result<Reply, Failure>;

/// What stands behind the door.
#[derive(Default)]
pub(crate) struct Scene {
    pub(crate) world: World,
    told: HashMap<String, (Timestamp, Told)>,
    /// Backends that a check meets on its own, with their names in questions.
    met: Vec<(String, String)>,
}

/// A judged check, and what was asked for it.
pub(crate) struct Seen {
    pub(crate) judged: Judged,
    pub(crate) asked: Vec<String>,
}

impl Scene {
    /// A pipeline of `name kind` hops with loopback addresses.
    pub(crate) fn of(hops: &[&str]) -> Self {
        let pipeline = hops.iter().map(|hop| backend(hop)).collect();
        Self {
            world: World {
                suite: "s".into(),
                pipeline,
                ..World::default()
            },
            told: HashMap::new(),
            met: Vec::new(),
        }
    }

    /// A hop that a check asks as another tenant: `query as blue`.
    pub(crate) fn met_as(mut self, hop: &str, tenant: &str) -> Self {
        let own = self.world.backend(hop).expect("a hop of the scene");
        let other = Backend::of(Hop {
            tenant: Some(tenant.to_owned()),
            ..own.hop.clone()
        });
        let name = format!("{hop} as {tenant}");
        self.met.push((other.key.to_string(), name));
        self
    }

    /// The pipeline of the incident.
    pub(crate) fn incident() -> Self {
        let mut scene = Self::of(&[
            "exporter exporter",
            "prom prometheus",
            "receive thanos-receive",
            "query thanos-query",
        ]);
        scene.world.cluster = Some("ops".into());
        scene
            .tell("prom config", config(&[("cluster", "ops")]))
            .tell("query flags", flags(&[("endpoint", "10.1.2.3:10901")]))
            .tell("query stores", stores(&[store("10.1.2.3:10901")]))
    }

    pub(crate) fn beside(mut self, hop: &str) -> Self {
        self.world.beside.push(backend(hop));
        self
    }

    pub(crate) fn identity(mut self, labels: &[(&str, &str)]) -> Self {
        self.world.identity = Some(labels.iter().copied().collect());
        self
    }

    /// What is told to a question: `prom count up`, `prom query up[1h]`, `query stores`.
    pub(crate) fn tell(self, question: &str, told: Told) -> Self {
        self.tell_at(NOW, question, told)
    }

    /// The same by a server whose clock says so.
    pub(crate) fn tell_at(mut self, date: Timestamp, question: &str, told: Told) -> Self {
        self.told.insert(question.to_owned(), (date, told));
        self
    }

    /// What was told to be the answer to a question.
    pub(crate) fn told(&self, question: &str) -> Told {
        self.told[question].1.clone()
    }

    pub(crate) fn review(&self, kind: &str, form: Value) -> Vec<Complaint> {
        Check::read(kind, form)
            .expect("the form is read")
            .review(&self.world)
    }

    /// Judges a `metric` check, and looks into why it is red.
    pub(crate) fn diagnose(self, form: Value) -> (Seen, Option<Diagnosis>) {
        self.work("metric", form, true)
    }

    pub(crate) fn judge(self, kind: &str, form: Value) -> Seen {
        self.work(kind, form, false).0
    }

    fn work(self, kind: &str, form: Value, diagnosed: bool) -> (Seen, Option<Diagnosis>) {
        let check = Check::read(kind, form).expect("the form is read");
        let mut names = HashMap::new();
        for hop in self.world.pipeline.iter().chain(&self.world.beside) {
            names.insert(hop.key.to_string(), hop.name().to_owned());
            names.extend(replicas(&hop.hop));
        }
        names.extend(self.met);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let now = self
            .told
            .values()
            .map(|(date, _)| *date)
            .max()
            .unwrap_or(NOW);
        let (log, told) = (asked.clone(), self.told);
        let script = move |question: &Question| {
            let name = said(question, &names);
            log.lock().unwrap().push(name.clone());
            let nobody = || {
                let what = format!("nobody told `{name}`");
                (NOW, Err(Failure::new(FailureClass::NotRecorded, what)))
            };
            let (date, reply) = told.get(&name).cloned().unwrap_or_else(nobody);
            let trace = Trace {
                date: Some(date),
                ..Trace::default()
            };
            (trace, reply)
        };
        let door = Door::scripted(now, Box::new(script));
        let ask = door.ask("s/check", &Arc::new(self.world), Duration::from_secs(10));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let (judged, diagnosis) = runtime.block_on(async {
            let judged = check.judge(&ask).await;
            let diagnosis = match diagnosed {
                true => diagnose(&check, &ask, &judged).await,
                false => None,
            };
            (judged, diagnosis)
        });
        let asked = asked.lock().unwrap().clone();
        (Seen { judged, asked }, diagnosis)
    }
}

/// The addresses to which a hop with `expand: true` may be expanded.
pub(crate) const EXPANDED: [&str; 3] = ["10.0.0.1", "10.0.0.2", "fd00::3"];

/// Keys of the replicas of a hop, each with how it is shown: `prom (a:9090)`.
fn replicas(hop: &Hop) -> impl Iterator<Item = (String, String)> {
    let hops = match hop.expand {
        true => hop.replicas_at(&EXPANDED.map(|ip| ip.parse().unwrap())),
        false => hop.listed_replicas(),
    };
    hops.into_iter().map(|replica| {
        let backend = Backend::of(replica);
        (backend.key.to_string(), backend.shown().to_owned())
    })
}

fn said(question: &Question, names: &HashMap<String, String>) -> String {
    let hop = question
        .backend()
        .and_then(|key| names.get(&**key))
        .cloned()
        .unwrap_or_default();
    match question {
        Question::Count { selector, .. } => format!("{hop} count {selector}"),
        Question::Query {
            query,
            at: Some(at),
            ..
        } => format!("{hop} query {query} @ {at}"),
        Question::Query { query, .. } => format!("{hop} query {query}"),
        Question::QueryAs { query, how, .. } => {
            let mut text = format!("{hop} query-as {query}");
            for (is_so, word) in [
                (how.undeduplicated, "undeduplicated"),
                (how.partial, "partial"),
            ] {
                if is_so {
                    text.push_str(&format!(" {word}"));
                }
            }
            if let Some(store) = &how.store {
                text.push_str(&format!(" store={store}"));
            }
            if let Some(resolution) = &how.resolution {
                text.push_str(&format!(" resolution={resolution}"));
            }
            match how.at {
                Some(at) => format!("{text} @ {at}"),
                None => text,
            }
        }
        Question::QueryRange { query, how, .. } => {
            let way = match (how.plain, how.undeduplicated) {
                (true, _) => " plain",
                (_, true) => " undeduplicated",
                _ => "",
            };
            format!("{hop} range {query}{way}")
        }
        Question::Runtime { .. } => format!("{hop} runtime"),
        Question::Exposures { metric, .. } => format!("{hop} exposures {metric}"),
        Question::LabelValues { label, of, .. } => match of {
            Some(of) => format!("{hop} values {label} {of}"),
            None => format!("{hop} values {label}"),
        },
        Question::Targets { .. } => format!("{hop} targets"),
        Question::Config { .. } => format!("{hop} config"),
        Question::Flags { .. } => format!("{hop} flags"),
        Question::Build { .. } => format!("{hop} build"),
        Question::Stores { .. } => format!("{hop} stores"),
        Question::TsdbStatus { .. } => format!("{hop} tsdb"),
        Question::Rules { .. } => format!("{hop} rules"),
        Question::Movement { .. } => format!("{hop} movement"),
        Question::Path { address, path, .. } => format!("{hop} {} {path}", address.word()),
        Question::StoreInfo { .. } => format!("{hop} info"),
        Question::StoreSeries {
            selector, back_ms, ..
        } if *back_ms < 60_000 => {
            let seconds = back_ms / 1000;
            format!("{hop} store-series {selector} of the last {seconds}s")
        }
        Question::StoreSeries { selector, .. } => format!("{hop} store-series {selector}"),
        Question::StoreValues {
            label, selector, ..
        } => format!("{hop} store-values {label} {selector}"),
        Question::Page { .. } => format!("{hop} page"),
        Question::PageAt { url } => format!("page {url}"),
        Question::Dns(probe) => format!("dns {} {}", probe.record.word(), probe.name),
        Question::Tcp(probe) => format!("tcp {}:{}", probe.host, probe.port),
        Question::Http(probe) => format!("http {} {}", probe.method, probe.url),
    }
}

impl Seen {
    pub(crate) fn states(&self) -> String {
        let states: Vec<&str> = self
            .judged
            .ladder
            .iter()
            .map(|rung| rung.state.word())
            .collect();
        states.join(" ")
    }

    #[track_caller]
    pub(crate) fn passes(self) -> Self {
        assert_eq!(self.judged.verdict, Verdict::Pass, "{:#?}", self.judged);
        self
    }

    #[track_caller]
    pub(crate) fn fails(self, expected: &str, actual: &str) -> Self {
        match &self.judged.verdict {
            Verdict::Fail {
                expected: e,
                actual: a,
            } => {
                assert!(e.contains(expected), "expected: {e}");
                assert!(a.contains(actual), "actual: {a}");
            }
            other => panic!("not a failure: {other:?}\n{:#?}", self.judged.ladder),
        }
        self
    }

    /// An error that says this, with help.
    #[track_caller]
    pub(crate) fn errs(self, says: &str, helps: &str) -> Self {
        match &self.judged.verdict {
            Verdict::Error { what, help } => {
                assert!(what.contains(says), "what: {what}");
                let help = help.as_deref().expect("an error has help");
                assert!(help.contains(helps), "help: {help}");
            }
            other => panic!("not an error: {other:?}\n{:#?}", self.judged.ladder),
        }
        self
    }
}

/// A backend written `name kind`, with the addresses of its kind.
pub(crate) fn backend(hop: &str) -> Arc<Backend> {
    let (name, kind) = hop.split_once(' ').expect("`name kind`");
    let form = match kind {
        "thanos-receive" => {
            json!({ "name": name, "kind": kind, "write": format!("http://{name}:19291") })
        }
        "exporter" => {
            json!({ "name": name, "kind": kind, "url": format!("http://{name}:9099/metrics") })
        }
        _ => json!({ "name": name, "kind": kind, "url": format!("http://{name}:9090") }),
    };
    of_form(form)
}

pub(crate) fn of_form(form: Value) -> Arc<Backend> {
    let hop: Hop = serde_json::from_value(form).expect("a hop");
    Arc::new(Backend::of(hop))
}

pub(crate) fn count(series: u64) -> Told {
    Ok(Reply::Count(Arc::new(Count {
        series,
        warnings: Vec::new(),
    })))
}

pub(crate) fn count_warned(series: u64, warning: &str) -> Told {
    Ok(Reply::Count(Arc::new(Count {
        series,
        warnings: vec![warning.to_owned()],
    })))
}

pub(crate) fn config(external: &[(&str, &str)]) -> Told {
    Ok(Reply::Config(Arc::new(LoadedConfig {
        external_labels: external.iter().copied().collect(),
        ..LoadedConfig::default()
    })))
}

/// The configuration of a sender whose block carries this tenant.
pub(crate) fn config_as(external: &[(&str, &str)], tenant: Option<&str>) -> Told {
    let mut block = RemoteWrite {
        url: "http://receive:19291/api/v1/receive".into(),
        ..RemoteWrite::default()
    };
    if let Some(tenant) = tenant {
        block.headers.insert("THANOS-TENANT".into(), tenant.into());
    }
    Ok(Reply::Config(Arc::new(LoadedConfig {
        external_labels: external.iter().copied().collect(),
        remote_write: vec![block],
        ..LoadedConfig::default()
    })))
}

/// The configuration of a sender with one `remote_write` block and these rules.
pub(crate) fn config_with_rules(external: &[(&str, &str)], rules: Value) -> Told {
    Ok(Reply::Config(Arc::new(LoadedConfig {
        external_labels: external.iter().copied().collect(),
        remote_write: vec![RemoteWrite {
            url: "http://receive:19291/api/v1/receive".into(),
            write_relabel_configs: serde_json::from_value(rules).unwrap(),
            ..RemoteWrite::default()
        }],
        ..LoadedConfig::default()
    })))
}

pub(crate) fn build(version: &str) -> Told {
    Ok(Reply::Build(Arc::new(Build {
        version: version.to_owned(),
        ..Build::default()
    })))
}

pub(crate) fn flags(pairs: &[(&str, &str)]) -> Told {
    let pairs: BTreeMap<String, String> = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Ok(Reply::Flags(Arc::new(Flags(pairs))))
}

/// A healthy Receive as Query lists it.
pub(crate) fn store(name: &str) -> Store {
    Store {
        component: "receive".into(),
        name: name.into(),
        last_check: Some(NOW.plus_ms(-3_000)),
        last_error: None,
        label_sets: vec![Labels::from([
            ("receive_replica", "0"),
            ("tenant_id", "default-tenant"),
        ])],
        min_time: 1_795_432_283_061,
        max_time: i64::MAX,
    }
}

pub(crate) fn stores(stores: &[Store]) -> Told {
    Ok(Reply::Stores(Arc::new(Stores(stores.to_vec()))))
}

pub(crate) fn vector(samples: &[(&[(&str, &str)], &str)]) -> Told {
    let samples = samples
        .iter()
        .map(|(labels, value)| Sample {
            labels: labels.iter().copied().collect(),
            value: SampleValue::Float((*value).to_owned()),
        })
        .collect();
    answer(QueryResult::Vector(samples))
}

pub(crate) fn answer(result: QueryResult) -> Told {
    Ok(Reply::Query(Arc::new(QueryAnswer {
        result,
        warnings: Vec::new(),
        infos: Vec::new(),
    })))
}

pub(crate) fn warned(told: Told, warning: &str) -> Told {
    let Ok(Reply::Query(answer)) = told else {
        panic!("a query's answer")
    };
    let mut answer = (*answer).clone();
    answer.warnings.push(warning.to_owned());
    Ok(Reply::Query(Arc::new(answer)))
}

/// Raw samples of one series, each so many milliseconds old.
pub(crate) fn samples(ages_ms: &[i64]) -> Told {
    let samples = ages_ms
        .iter()
        .map(|age| (NOW.plus_ms(-age), SampleValue::Float("1".into())))
        .collect();
    answer(QueryResult::Matrix(vec![Series {
        labels: Labels::default(),
        samples,
    }]))
}

pub(crate) fn no_samples() -> Told {
    answer(QueryResult::Matrix(Vec::new()))
}

/// The answer to `max(timestamp(..))` when the newest sample is so old.
pub(crate) fn newest(age_ms: i64) -> Told {
    let at = NOW.plus_ms(-age_ms).seconds().to_string();
    vector(&[(&[], &at)])
}

pub(crate) fn page(samples: &[&[(&str, &str)]]) -> Told {
    Ok(Reply::Page(Arc::new(Page {
        content_type: "text/plain".into(),
        samples: samples
            .iter()
            .map(|labels| PageSample {
                labels: labels.iter().copied().collect(),
                value: "1".into(),
                timestamp: None,
            })
            .collect(),
    })))
}

pub(crate) fn head(tenant: &str, metrics: &[(&str, u64)]) -> TenantHead {
    TenantHead {
        tenant: tenant.into(),
        series: metrics.iter().map(|(_, series)| series).sum(),
        min_time: 1_795_432_283_760,
        max_time: NOW.0 - 1_000,
        metrics: metrics
            .iter()
            .map(|(name, series)| ((*name).to_owned(), *series))
            .collect(),
    }
}

pub(crate) fn tsdb(heads: &[TenantHead]) -> Told {
    Ok(Reply::TsdbStatus(Arc::new(TsdbStatus(heads.to_vec()))))
}

/// What a store tells of itself, one label set a tenant.
pub(crate) fn store_info(tenants: &[&str]) -> Told {
    let set = |tenant: &&str| Labels::from([("receive_replica", "0"), ("tenant_id", *tenant)]);
    Ok(Reply::StoreInfo(Arc::new(StoreInfo {
        component: "receive".to_owned(),
        serving: Some(true),
        label_sets: tenants.iter().map(set).collect(),
        min_time: Some(NOW.0 - 3_600_000),
        max_time: Some(i64::MAX),
    })))
}

pub(crate) fn store_series(series: &[&[(&str, &str)]]) -> Told {
    let one = |labels: &&[(&str, &str)]| StoredSeries {
        labels: labels.iter().copied().collect(),
        newest: None,
    };
    Ok(Reply::StoreSeries(Arc::new(StoreSeries {
        series: series.iter().map(one).collect(),
        ..StoreSeries::default()
    })))
}

pub(crate) fn refused() -> Told {
    Err(Failure::new(
        FailureClass::Refused,
        "connection to 127.0.0.1:9090 refused",
    ))
}

pub(crate) fn refusal(status: u16, text: &str) -> Told {
    Err(Failure::new(
        FailureClass::Refusal(status),
        format!("execution: {text}"),
    ))
}
