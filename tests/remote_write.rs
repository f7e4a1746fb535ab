//! `remote_write`: what real servers said in, verdict out; and through the live door at the lab.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gapcheck::ask::{Door, DoorOptions, Question, Reply};
use gapcheck::backend::answer::{
    Build, LoadedConfig, Movement, Page, QueryAnswer, QueryResult, RemoteWrite, Sample, SampleValue,
};
use gapcheck::backend::{
    Backend, Failure, FailureClass, Hop, Trace, World, exposition, movement, prometheus,
};
use gapcheck::check::Check;
use gapcheck::lab::{RunningLab, fault, incident};
use gapcheck::leaves::{Judged, Labels, Redactor, Timestamp, Verdict};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_795_432_294_000);
const URL: &str = "http://127.0.0.1:19291/api/v1/receive";

fn hop(form: Value) -> Arc<Backend> {
    let hop: Hop = serde_json::from_value(form).unwrap();
    Arc::new(Backend::of(hop))
}

fn recorded(name: &str) -> Option<(String, Timestamp)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recorded/{name}.json"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).unwrap();
    let text = |pointer: &str| file.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let date = Timestamp::from_http_date(&text("/response/headers/Date")).unwrap();
    Some((text("/response/body"), date))
}

fn page(name: &str) -> (Page, Timestamp) {
    let (body, date) = recorded(name).unwrap();
    let page = exposition::parse_page(200, "text/plain", body.as_bytes()).unwrap();
    (page, date)
}

fn between(first: &str, last: &str) -> Movement {
    let ((first, from), (last, to)) = (page(first), page(last));
    movement::between(
        (&first, from),
        (&last, to),
        &["prometheus_remote_storage_*".to_owned()],
    )
}

fn shown_config(name: &str) -> Option<LoadedConfig> {
    let (body, _) = recorded(name)?;
    Some(prometheus::parse_config(200, "application/json", body.as_bytes()).unwrap())
}

/// What the sender says.
#[derive(Clone)]
struct Sender {
    config: Result<LoadedConfig, Failure>,
    movement: Result<Movement, Failure>,
    series: Result<Vec<Labels>, Failure>,
    version: &'static str,
}

fn refused() -> Failure {
    Failure::new(FailureClass::Refused, "prom refused the connection")
}

impl Sender {
    /// A recorded scene: its configuration, or a plain block to where its counters point.
    fn of(scene: &str) -> Self {
        let movement = between(
            &format!("{scene}/metrics-0"),
            &format!("{scene}/metrics-1-after-16s"),
        );
        let url = movement
            .series
            .iter()
            .map(|moved| moved.labels.value("url"))
            .find(|url| !url.is_empty());
        let block = |url: &str| RemoteWrite {
            url: url.to_owned(),
            ..RemoteWrite::default()
        };
        let plain = || LoadedConfig {
            remote_write: url.map(block).into_iter().collect(),
            ..LoadedConfig::default()
        };
        Self {
            config: Ok(shown_config(&format!("{scene}/status-config")).unwrap_or_else(plain)),
            movement: Ok(movement),
            series: Ok(vec![Labels::from([("__name__", "up"), ("job", "x")])]),
            version: "3.14.0",
        }
    }

    fn url(&self) -> String {
        let config = self.config.as_ref().unwrap();
        config
            .remote_write
            .first()
            .map_or(URL.to_owned(), |block| block.url.clone())
    }

    fn block(&mut self) -> &mut RemoteWrite {
        &mut self.config.as_mut().unwrap().remote_write[0]
    }

    fn judge(&self, more: Value) -> Judged {
        let mut form = json!({ "remote_write": self.url() });
        for (key, value) in more.as_object().unwrap() {
            form[key] = value.clone();
        }
        self.judge_form(form)
    }

    fn judge_form(&self, form: Value) -> Judged {
        let check = Check::read("remote_write", form).unwrap();
        let world = Arc::new(World {
            suite: "s".into(),
            pipeline: vec![hop(
                json!({ "name": "prom", "kind": "prometheus", "url": "http://prom:9090" }),
            )],
            ..World::default()
        });
        assert_eq!(check.review(&world), []);
        let told = Mutex::new(self.clone());
        let script = move |question: &Question| {
            let told = told.lock().unwrap();
            let reply = match question {
                Question::Config { .. } => told.config.clone().map(|c| Reply::Config(Arc::new(c))),
                Question::Movement { .. } => told
                    .movement
                    .clone()
                    .map(|moved| Reply::Movement(Arc::new(moved))),
                Question::Build { .. } => Ok(Reply::Build(Arc::new(Build {
                    version: told.version.to_owned(),
                    ..Build::default()
                }))),
                Question::Query { .. } => told.series.clone().map(|series| {
                    let sample = |labels| Sample {
                        labels,
                        value: SampleValue::Float("1".to_owned()),
                    };
                    Reply::Query(Arc::new(QueryAnswer {
                        result: QueryResult::Vector(series.into_iter().map(sample).collect()),
                        warnings: Vec::new(),
                        infos: Vec::new(),
                    }))
                }),
                other => panic!("unexpected: {other:?}"),
            };
            (Trace::default(), reply)
        };
        let door = Door::scripted(NOW, Box::new(script));
        let ask = door.ask("s/check", &world, Duration::from_secs(10));
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(check.judge(&ask))
    }
}

#[track_caller]
fn fails(judged: &Judged, says: &str) {
    match &judged.verdict {
        Verdict::Fail { actual, .. } => assert!(actual.contains(says), "{actual}"),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn errs(judged: &Judged, says: &str, helps: &str) {
    match &judged.verdict {
        Verdict::Error { what, help } => {
            assert!(what.contains(says), "{what}");
            let help = help.as_deref().expect("an error has help");
            assert!(help.contains(helps), "{help}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_recorded_scene_has_its_verdict() {
    for version in ["2.42.0", "3.14.0"] {
        let sender = |scene: &str| Sender::of(&format!("prometheus-{version}/{scene}"));
        let healthy = sender("remote-write-200");
        let judged = healthy.judge(json!({ "failed": 0, "retried": 0, "dropped": 0, "lag": "5s" }));
        assert_eq!(judged.verdict, Verdict::Pass, "{version}");
        assert!(
            judged.says.starts_with("delivering: 8.0 samples/s"),
            "{}",
            judged.says
        );
        assert_eq!(judged.tables[0].rows.len(), 1);
        for status in [401, 404, 409, 429] {
            let judged = sender(&format!("remote-write-{status}")).judge(json!({}));
            fails(
                &judged,
                "failing: 128 of 128 samples of 16s were refused for good",
            );
        }
        for scene in ["500", "503", "nxdomain", "refused", "tls-to-plain"] {
            let judged = sender(&format!("remote-write-{scene}")).judge(json!({ "failed": 0 }));
            fails(&judged, "retrying: 128 of 128 samples");
        }
        fails(&sender("store-down").judge(json!({})), "retrying");
        let dropped = sender("remote-write-dropped-by-write-relabel");
        fails(&dropped.judge(json!({})), "everything dropped: 128 samples");
        fails(
            &dropped.judge(json!({ "keeps": "up" })),
            "rule 1 of `write_relabel_configs`",
        );
        fails(
            &sender("remote-write-none").judge(json!({})),
            "the loaded configuration has no `remote_write` block",
        );
    }
    fails(
        &Sender::of("prometheus-3.14.0/rw2-to-thanos").judge(json!({})),
        "failing",
    );
}

#[test]
fn drops_without_a_reason_are_counted_and_said_to_be() {
    let judged = Sender::of("prometheus-2.42.0/store-down").judge(json!({ "dropped": 0 }));
    fails(&judged, "8.0 samples/s dropped over 16s");
    assert!(
        judged
            .notes
            .iter()
            .any(|note| note.contains("does not say why"))
    );
    let named = Sender::of("prometheus-3.14.0/remote-write-dropped-by-write-relabel");
    let judged = named.judge(json!({ "dropped": 0 }));
    let Verdict::Fail { expected, .. } = &judged.verdict else {
        panic!("{judged:?}")
    };
    assert!(!expected.contains("dropped"), "{expected}");
}

#[test]
fn the_tenant_is_that_of_the_block_and_is_not_called_proven() {
    let mut sender = Sender::of("prometheus-3.14.0/remote-write-200");
    let judged = sender.judge(json!({ "tenant": "default-tenant" }));
    assert_eq!(judged.verdict, Verdict::Pass);
    fails(
        &sender.judge(json!({ "tenant": "finops" })),
        "no tenant header",
    );
    sender
        .block()
        .headers
        .insert("thanos-tenant".into(), "finops".into());
    let judged = sender.judge(json!({ "tenant": "finops" }));
    assert_eq!(judged.verdict, Verdict::Pass);
    assert!(
        judged.notes[0].contains("receiving side"),
        "{:?}",
        judged.notes
    );
    assert!(
        judged
            .says
            .contains("configured to write as tenant `finops`"),
        "{}",
        judged.says
    );
    // Debian's build shows the header in its configuration and does not send it.
    let debian = Sender {
        version: "2.42.0+ds",
        ..sender.clone()
    };
    errs(
        &debian.judge(json!({ "tenant": "finops" })),
        "Debian's build of Prometheus is known to send none",
        "receiving side",
    );
    fails(
        &debian.judge(json!({ "tenant": "other" })),
        "prom sends as tenant `finops`",
    );
    fails(
        &sender.judge(json!({ "tenant": "other" })),
        "`thanos-tenant: finops`",
    );
    fails(
        &sender.judge(json!({ "tenant": "finops", "tenant_header": "X-Scope-OrgID" })),
        "no header `X-Scope-OrgID`",
    );
}

#[test]
fn several_blocks_to_one_place_are_told_apart_by_name() {
    let mut sender = Sender::of("prometheus-3.14.0/remote-write-200");
    let name = sender
        .movement
        .as_ref()
        .unwrap()
        .series
        .iter()
        .find_map(|moved| moved.labels.get("remote_name").cloned())
        .unwrap();
    sender.block().name = name.clone();
    let mut other = sender.block().clone();
    other.name = "other".to_owned();
    other.url = format!("{}/", other.url.to_uppercase().replace("HTTP", "http"));
    let config = sender.config.as_mut().unwrap();
    config.remote_write.push(other.clone());
    assert_eq!(sender.judge(json!({ "name": name })).verdict, Verdict::Pass);
    fails(&sender.judge(json!({ "name": "third" })), "named `third`");
}

#[test]
fn what_cannot_be_asked_is_an_error_and_neither_red_nor_green() {
    let healthy = Sender::of("prometheus-3.14.0/remote-write-200");
    let with = |change: fn(&mut Sender)| {
        let mut sender = healthy.clone();
        change(&mut sender);
        sender
    };
    let form = json!({ "remote_write": healthy.url() });
    let judge = |sender: &Sender, more: Value| {
        let mut all = form.clone();
        for (key, value) in more.as_object().unwrap() {
            all[key] = value.clone();
        }
        sender.judge_form(all)
    };
    errs(
        &judge(&with(|s| s.config = Err(refused())), json!({})),
        "prom refused the connection",
        "reachable",
    );
    errs(
        &judge(&with(|s| s.movement = Err(refused())), json!({})),
        "prom refused the connection",
        "reachable",
    );
    errs(
        &judge(&with(|s| s.movement = Ok(Movement::default())), json!({})),
        "no counters",
        "just started",
    );
    errs(
        &judge(
            &with(|s| {
                s.config.as_mut().unwrap().remote_write_problem = Some("novel".to_owned());
            }),
            json!({}),
        ),
        "cannot be read: novel",
        "newer gapcheck",
    );
    let keeps = json!({ "keeps": "up" });
    errs(
        &judge(&with(|s| s.series = Ok(Vec::new())), keeps.clone()),
        "no series of `up`",
        "metric",
    );
    errs(
        &judge(&with(|s| s.series = Err(refused())), keeps.clone()),
        "prom refused",
        "agent",
    );
    errs(
        &judge(&with(|s| s.version = "unknown"), keeps.clone()),
        "for its version",
        "ask a Prometheus",
    );
    assert_eq!(judge(&healthy, keeps).verdict, Verdict::Pass);
}

#[test]
fn an_agent_is_asked_like_a_server_and_one_look_proves_nothing() {
    for version in ["2.42.0", "3.14.0"] {
        let scene = format!("prometheus-{version}/agent");
        let once = format!("{scene}/metrics");
        let sender = Sender {
            config: Ok(shown_config(&format!("{scene}/status-config")).unwrap()),
            movement: Ok(between(&once, &once)),
            series: Ok(Vec::new()),
            version: "3.14.0",
        };
        errs(&sender.judge(json!({})), "nothing was sent", "within");
        let judged = sender.judge(json!({ "idle": true }));
        assert_eq!(judged.verdict, Verdict::Pass, "{version}");
    }
}

fn lab_world(lab: &RunningLab) -> Arc<World> {
    let prom = lab.prometheus.iter().find(|p| p.cluster == "ops").unwrap();
    Arc::new(World {
        suite: "lab".into(),
        pipeline: vec![hop(json!({
            "name": "prom", "kind": "prometheus", "url": format!("http://{}", prom.address),
        }))],
        ..World::default()
    })
}

async fn at_the_lab(planted: Option<&str>, scrapes_itself: bool) -> Judged {
    let now = Timestamp::now().0;
    let mut model = incident::healthy(now);
    if !scrapes_itself {
        for prometheus in &mut model.prometheus {
            prometheus.targets.retain(|target| target.shows.is_none());
        }
    }
    if let Some(planted) = planted {
        (fault(planted).unwrap().plant)(&mut model);
    }
    let by_name = model.prometheus("ops").unwrap().remote_write.url.clone();
    let lab = gapcheck::lab::start(model, Arc::new(|| Timestamp::now().0))
        .await
        .unwrap();
    // With its port closed, senders write to the address itself.
    let url = match planted {
        Some(_) => format!("http://{}/api/v1/receive", lab.receive_write),
        None => by_name,
    };
    let world = lab_world(&lab);
    let door = Door::live(DoorOptions {
        backends: world.pipeline.clone(),
        parallel: None,
        batching: true,
        deadline: Some(Duration::from_secs(60)),
        record: false,
        vantage: "test".to_owned(),
        redactor: Redactor::default(),
    });
    let check = Check::read("remote_write", json!({ "remote_write": url })).unwrap();
    let ask = door.ask("lab/check", &world, Duration::from_secs(10));
    check.judge(&ask).await
}

#[test]
fn the_lab_delivers_until_its_write_port_is_closed() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let closed = Some("write-port-closed");
    let (read_twice, closed_twice, healthy, closed) = runtime.block_on(async {
        tokio::join!(
            at_the_lab(None, false),
            at_the_lab(closed, false),
            at_the_lab(None, true),
            at_the_lab(closed, true)
        )
    });
    for (judged, read) in [(read_twice, "two readings 15s apart"), (healthy, "history")] {
        assert_eq!(judged.verdict, Verdict::Pass, "{judged:#?}");
        assert!(judged.tables[0].title.contains(read), "{judged:#?}");
    }
    fails(&closed_twice, "retrying");
    fails(&closed, "retrying");
}
