//! A recording of a suite's run against the network of the incident, the same each time it is made.

use std::future::pending;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use gapcheck::ask::{Door, DoorOptions};
use gapcheck::backend::{Backend, Clock};
use gapcheck::leaves::{Redactor, Timestamp};
use gapcheck::plan::{Plan, Selection, plan};
use gapcheck::run::{RunOptions, run};
use gapcheck::suite::{LoadOptions, load};
use serde_json::Value;
use tokio::time::Instant;

use crate::network::{NOT_ASKED, network};
use crate::scene::{NOW_MS, model};
use crate::who::Who;

/// Runs the suite at the time of the incident, and keeps what was asked then.
pub(crate) fn made(suite: &Path, who: Who) -> String {
    let loaded = load(&[suite.to_owned()], &LoadOptions::default());
    assert_eq!(loaded.mistakes, Vec::new());
    let plan = Arc::new(plan(&loaded.suites, &Selection::default()).expect("a plan"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let _within = runtime.enter();
    // No time passes but what is waited for, and that passes at once.
    let began = Instant::now();
    let clock: Clock = Arc::new(move || {
        let waited = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp(NOW_MS.saturating_add(waited))
    });
    let door = Door::in_process_at(
        DoorOptions {
            backends: backends(&plan),
            parallel: None,
            batching: false,
            deadline: None,
            record: true,
            vantage: "prometheus-k8s-0 in ops".to_owned(),
            redactor: Redactor::default(),
        },
        network(model(), who, &clock),
        clock,
    );
    let options = RunOptions {
        jobs: NonZeroUsize::new(1),
        ..RunOptions::default()
    };
    runtime.block_on(run(plan, door.clone(), options, pending(), &mut |_| {}));
    let recording = door.recording(0).expect("a door that records");
    kept(&String::from_utf8(recording).expect("text"), who)
}

fn backends(plan: &Plan) -> Vec<Arc<Backend>> {
    let worlds = plan.steps.iter().map(|step| &step.world);
    let all = worlds.flat_map(|world| world.pipeline.iter().chain(&world.beside));
    all.cloned().collect()
}

/// The recording without what nobody asked, and without how long this machine took.
fn kept(recording: &str, who: Who) -> String {
    let mut text = String::new();
    for line in recording.lines() {
        let mut line: Value = serde_json::from_str(line).expect("a line of JSON");
        let refused = line.pointer("/flight/trace/status") == Some(&NOT_ASKED.into());
        let question = line.pointer("/flight/question/ask");
        if refused
            || question
                .and_then(Value::as_str)
                .is_some_and(|ask| !who.puts(ask))
        {
            continue;
        }
        at_once(&mut line);
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text
}

fn at_once(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match key.as_str() {
                    "took_ms" => *value = 0.into(),
                    _ => at_once(value),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(at_once),
        _ => {}
    }
}
