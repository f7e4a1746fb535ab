//! A rehearsal: what one step would ask, without asking it. The step is judged as in a run, at a door behind which nothing stands
//! that could be reached; the questions it puts there are written down.

use std::sync::{Arc, Mutex, PoisonError};

use crate::ask::{Door, Question, Reply};
use crate::backend::answer::{
    Build, Count, Flags, LoadedConfig, Page, QueryAnswer, QueryResult, RemoteWrite, RuleGroups,
    Sample, SampleValue, Series, StoreInfo, StoreSeries, StoreValues, StoredSeries, Stores,
    Targets, TenantHead, TsdbStatus,
};
use crate::backend::{Exchanged, Failure, FailureClass, Trace};
use crate::check::Check;
use crate::leaves::{Labels, Timestamp};
use crate::plan::Step;

/// Stands for the external labels of the sender, which only it can tell.
const IDENTITY: &str = "gapcheck_external_labels";
/// What is shown in its place.
const SHOWN: &str = "<external labels>";

/// A question that a step would put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    /// The name of the backend that is asked; none for the network itself.
    pub hop: Option<String>,
    /// What is asked, in words.
    pub question: String,
    /// The PromQL, where it is a query.
    pub promql: Option<String>,
    /// What would be sent.
    pub request: String,
    /// Whether it is asked only where nothing is found.
    pub only_where_empty: bool,
    /// Whether external labels stand in it that are known only when it is asked.
    pub awaits_identity: bool,
}

/// What stands behind the door of a rehearsal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// Whatever is looked for is there.
    Found,
    /// Nothing is.
    Empty,
}

/// The questions of a step in the order of asking: those of a judging that finds what it looks for, then those that are put where
/// nothing is found. Which ones a real judging puts depends on what it is answered.
pub async fn rehearse(step: &Step, now: Timestamp) -> Vec<Rehearsed> {
    let found = questions(step, now, Behind::Found).await;
    let mut empty = questions(step, now, Behind::Empty).await;
    empty.retain(|question| !found.contains(question));
    let all = found.iter().map(|question| (question, false));
    all.chain(empty.iter().map(|question| (question, true)))
        .map(|(question, only_where_empty)| rehearsed(step, question, only_where_empty))
        .collect()
}

fn rehearsed(step: &Step, question: &Question, only_where_empty: bool) -> Rehearsed {
    let backends = step.world.pipeline.iter().chain(&step.world.beside);
    let backend = question
        .backend()
        .and_then(|key| backends.into_iter().find(|backend| backend.key == *key));
    let request = question.request(backend.map(|backend| &**backend));
    let promql = question.promql();
    let named = |text: &str| {
        // In PromQL, and in an address.
        let (plain, encoded) = (
            format!("{IDENTITY}=\"?\""),
            format!("{IDENTITY}%3D%22%3F%22"),
        );
        text.replace(&plain, SHOWN).replace(&encoded, SHOWN)
    };
    Rehearsed {
        hop: backend.map(|backend| backend.name().to_owned()),
        question: question.words(),
        awaits_identity: request.contains(IDENTITY),
        promql: promql.as_deref().map(named),
        request: named(&request),
        only_where_empty,
    }
}

async fn questions(step: &Step, now: Timestamp, behind: Behind) -> Vec<Question> {
    let heard = Arc::new(Mutex::new(Vec::<Question>::new()));
    let (listening, check) = (heard.clone(), step.check.clone());
    let door = Door::scripted(
        now,
        Box::new(move |question| {
            let mut heard = listening.lock().unwrap_or_else(PoisonError::into_inner);
            if !heard.contains(question) {
                heard.push(question.clone());
            }
            drop(heard);
            answer(question, &check, behind, now)
        }),
    );
    let ask = door.ask(&step.id, &step.world, step.timeout);
    step.check.judge(&ask).await;
    std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A made-up answer. What a judging needs to go on is there or empty; all else is not answered.
fn answer(question: &Question, check: &Check, behind: Behind, now: Timestamp) -> Exchanged<Reply> {
    let found = behind == Behind::Found;
    let reply = match question {
        Question::Config { .. } => Some(Reply::Config(Arc::new(config(check)))),
        Question::Count { .. } => Some(Reply::Count(Arc::new(Count {
            series: u64::from(found),
            warnings: Vec::new(),
        }))),
        Question::Query { query, .. } => Some(Reply::Query(Arc::new(QueryAnswer {
            result: result(query, found, now),
            warnings: Vec::new(),
            infos: Vec::new(),
        }))),
        Question::StoreInfo { .. } => Some(Reply::StoreInfo(Arc::new(StoreInfo::default()))),
        Question::StoreSeries { .. } => Some(Reply::StoreSeries(Arc::new(StoreSeries {
            series: found.then(|| stored(now)).into_iter().collect(),
            ..StoreSeries::default()
        }))),
        _ if found => None,
        Question::Targets { .. } => Some(Reply::Targets(Arc::new(Targets::default()))),
        Question::Flags { .. } => Some(Reply::Flags(Arc::new(Flags::default()))),
        Question::Build { .. } => Some(Reply::Build(Arc::new(Build::default()))),
        Question::Stores { .. } => Some(Reply::Stores(Arc::new(Stores::default()))),
        Question::TsdbStatus { .. } => {
            Some(Reply::TsdbStatus(Arc::new(TsdbStatus(vec![head(now)]))))
        }
        Question::Rules { .. } => Some(Reply::Rules(Arc::new(RuleGroups::default()))),
        Question::StoreValues { .. } => Some(Reply::StoreValues(Arc::new(StoreValues::default()))),
        Question::Page { .. } | Question::PageAt { .. } => {
            Some(Reply::Page(Arc::new(Page::default())))
        }
        Question::Movement { .. }
        | Question::QueryAs { .. }
        | Question::QueryRange { .. }
        | Question::Runtime { .. }
        | Question::Exposures { .. }
        | Question::LabelValues { .. }
        | Question::Path { .. }
        | Question::Dns(_)
        | Question::Tcp(_)
        | Question::Http(_) => None,
    };
    let not_asked = || Failure::new(FailureClass::NotRecorded, "this is a rehearsal");
    (Trace::default(), reply.ok_or_else(not_asked))
}

/// A configuration whose external labels are a placeholder, with a block that leads to the receiver that a check names.
fn config(check: &Check) -> LoadedConfig {
    let to = match check {
        Check::RemoteWriteCheck(check) => Some(check.remote_write.to_string()),
        _ => None,
    };
    let block = |url| RemoteWrite {
        url,
        ..RemoteWrite::default()
    };
    LoadedConfig {
        external_labels: Labels::from([(IDENTITY, "?")]),
        remote_write: to.map(block).into_iter().collect(),
        ..LoadedConfig::default()
    }
}

fn result(query: &str, found: bool, now: Timestamp) -> QueryResult {
    // A sample is as new as can be, where its time is asked for.
    let value = SampleValue::Float(match query.contains("timestamp(") {
        true => now.seconds().to_string(),
        false => "1".to_owned(),
    });
    let labels = Labels::default();
    if query.ends_with(']') {
        return QueryResult::Matrix(match found {
            true => vec![Series {
                labels,
                samples: vec![(now, value)],
            }],
            false => Vec::new(),
        });
    }
    QueryResult::Vector(match found {
        true => vec![Sample { labels, value }],
        false => Vec::new(),
    })
}

fn stored(now: Timestamp) -> StoredSeries {
    StoredSeries {
        labels: Labels::default(),
        newest: Some(now),
    }
}

/// A head that lists no name, complete.
fn head(now: Timestamp) -> TenantHead {
    TenantHead {
        tenant: "default-tenant".to_owned(),
        series: 0,
        min_time: now.0,
        max_time: now.0,
        metrics: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::backend::{Backend, World};
    use crate::run::sample::{NOW, step};

    fn at(kind: &str, form: Value) -> Step {
        let hop = |hop: Value| Arc::new(Backend::of(serde_json::from_value(hop).unwrap()));
        let world = World {
            suite: "s".into(),
            cluster: Some("ops".into()),
            pipeline: vec![
                hop(json!({ "name": "prom", "kind": "prometheus", "url": "http://prom:9090" })),
                hop(
                    json!({ "name": "receive", "kind": "thanos-receive", "write": "http://receive:19291", "http": "http://receive:10902" }),
                ),
                hop(json!({ "name": "query", "kind": "thanos-query", "url": "http://query:9090" })),
            ],
            ..World::default()
        };
        Step {
            check: Arc::new(Check::read(kind, form).unwrap()),
            world: Arc::new(world),
            ..step("s[ops]/c")
        }
    }

    fn lines(asked: &[Rehearsed], only_where_empty: bool) -> Vec<String> {
        asked
            .iter()
            .filter(|asked| asked.only_where_empty == only_where_empty)
            .map(|asked| {
                let hop = asked.hop.as_deref().unwrap_or("-");
                let what = asked.promql.as_deref().unwrap_or(&asked.question);
                format!("{hop} {what}")
            })
            .collect()
    }

    #[tokio::test]
    async fn a_metric_is_looked_for_at_each_hop_with_an_identity_that_is_not_known_yet() {
        let step = at("metric", json!({ "metric": "up", "fresh": "5m" }));
        let asked = rehearse(&step, NOW).await;
        let first = lines(&asked, false);
        assert!(
            first.contains(&"prom loaded configuration".to_owned()),
            "{first:?}"
        );
        assert!(first.contains(&"prom count(up)".to_owned()), "{first:?}");
        assert!(
            first.contains(&"query count(up{<external labels>})".to_owned()),
            "{first:?}"
        );
        assert!(
            first.contains(&"receive head of each tenant".to_owned()),
            "{first:?}"
        );
        assert!(
            first.contains(&"prom max(timestamp(up))".to_owned()),
            "{first:?}"
        );
        assert!(!first.contains(&"query stores".to_owned()), "{first:?}");
        let later = lines(&asked, true);
        assert!(later.contains(&"prom up[1h]".to_owned()), "{later:?}");
        assert!(later.contains(&"query stores".to_owned()), "{later:?}");
        assert!(asked.iter().any(|asked| asked.awaits_identity));
    }

    #[tokio::test]
    async fn each_kind_has_something_to_ask() {
        for (kind, form, what) in [
            (
                "promql",
                json!({ "promql": "vector(1)", "expect": 1, "at": "prom" }),
                "prom vector(1)",
            ),
            ("scrape", json!({ "scrape": "api" }), "prom targets"),
            ("rules", json!({ "rules": "r" }), "prom rules"),
            ("store", json!({ "store": "receive" }), "query stores"),
            (
                "receive",
                json!({ "receive": "receive" }),
                "receive GET of `-/ready`",
            ),
            (
                "remote_write",
                json!({ "remote_write": "http://receive:19291/api/v1/receive" }),
                "prom movement of its own metrics",
            ),
            ("dns", json!({ "dns": "a.example" }), "- A record"),
            ("tcp", json!({ "tcp": "a.example:1" }), "- TCP connection"),
            (
                "http",
                json!({ "http": "http://a.example/" }),
                "- HTTP request",
            ),
        ] {
            let asked = rehearse(&at(kind, form), NOW).await;
            let all = lines(&asked, false);
            assert!(all.contains(&what.to_owned()), "{kind}: {all:?}");
        }
    }
}
