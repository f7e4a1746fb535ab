//! Which client answers which question.

use std::sync::Arc;
use std::time::Duration;

use crate::ask::batch;
use crate::ask::question::{Question, Reply};
use crate::backend::tls::Trust;
use crate::backend::{
    Backend, Clients, Exchanged, Failure, FailureClass, InProcess, Trace, dns, exposition,
    http_probe, movement, path, prometheus, query_range, rules, server_facts, storeapi, tcp,
    thanos,
};

/// Puts one question to the world, once. `history` is the other backend that a question names.
pub(crate) async fn put(
    clients: &Clients,
    trust: &Trust,
    backend: Option<&Backend>,
    history: Option<&Backend>,
    question: &Question,
    timeout: Duration,
) -> Exchanged<Reply> {
    if let Some(network) = clients.network()
        && let Some(told) = in_process(network, question)
    {
        return told;
    }
    match (question, backend) {
        (Question::Dns(probe), _) => reply(dns::lookup(probe, timeout).await, Reply::Dns),
        (Question::Tcp(probe), _) => reply(tcp::connect(probe, timeout, trust).await, Reply::Tcp),
        (Question::Http(probe), _) => {
            reply(http_probe::fetch(probe, timeout, trust).await, Reply::Http)
        }
        (Question::PageAt { url }, _) => reply(
            exposition::page_at(clients, url, timeout).await,
            Reply::Page,
        ),
        (_, None) => {
            let failure = Failure::new(
                FailureClass::NotRecorded,
                format!(
                    "no backend of this run has the key `{}`",
                    question.backend().map_or("", |key| key)
                ),
            );
            (Trace::default(), Err(failure))
        }
        (Question::Movement { names, .. }, Some(backend)) => reply(
            movement::movement(clients, backend, names, history, timeout).await,
            Reply::Movement,
        ),
        (Question::Count { selector, .. }, Some(backend)) => {
            let (mut trace, answer) =
                prometheus::query(clients, backend, &batch::single(selector), None, timeout).await;
            let count = answer.and_then(|answer| batch::count_of(&answer));
            if let Ok(count) = &count {
                trace.excerpt = batch::in_words(count);
            }
            (trace, count.map(|count| Reply::Count(Arc::new(count))))
        }
        (Question::Query { query, at, .. }, Some(backend)) => reply(
            prometheus::query(clients, backend, query, *at, timeout).await,
            Reply::Query,
        ),
        (Question::QueryAs { query, how, .. }, Some(backend)) => reply(
            prometheus::query_as(clients, backend, query, how, timeout).await,
            Reply::Query,
        ),
        (Question::QueryRange { query, how, .. }, Some(backend)) => reply(
            query_range::query_range(clients, backend, query, how, timeout).await,
            Reply::Query,
        ),
        (Question::Runtime { .. }, Some(backend)) => reply(
            server_facts::runtime(clients, backend, timeout).await,
            Reply::Runtime,
        ),
        (Question::Exposures { metric, .. }, Some(backend)) => reply(
            server_facts::exposures(clients, backend, metric, timeout).await,
            Reply::Exposures,
        ),
        (Question::LabelValues { label, of, .. }, Some(backend)) => reply(
            server_facts::label_values(clients, backend, label, of.as_ref(), timeout).await,
            Reply::LabelValues,
        ),
        (Question::Targets { .. }, Some(backend)) => reply(
            prometheus::targets(clients, backend, timeout).await,
            Reply::Targets,
        ),
        (Question::Config { .. }, Some(backend)) => reply(
            prometheus::config(clients, backend, timeout).await,
            Reply::Config,
        ),
        (Question::Flags { .. }, Some(backend)) => reply(
            prometheus::flags(clients, backend, timeout).await,
            Reply::Flags,
        ),
        (Question::Build { .. }, Some(backend)) => reply(
            prometheus::build(clients, backend, timeout).await,
            Reply::Build,
        ),
        (Question::Stores { .. }, Some(backend)) => reply(
            thanos::stores(clients, backend, timeout).await,
            Reply::Stores,
        ),
        (Question::TsdbStatus { .. }, Some(backend)) => reply(
            thanos::tsdb_status(clients, backend, timeout).await,
            Reply::TsdbStatus,
        ),
        (
            Question::Path {
                address, path: of, ..
            },
            Some(backend),
        ) => reply(
            path::path(clients, backend, *address, of, timeout).await,
            Reply::Http,
        ),
        (Question::Rules { .. }, Some(backend)) => {
            reply(rules::rules(clients, backend, timeout).await, Reply::Rules)
        }
        (Question::StoreInfo { .. }, Some(backend)) => reply(
            storeapi::info(clients, backend, timeout).await,
            Reply::StoreInfo,
        ),
        (
            Question::StoreSeries {
                selector,
                back_ms,
                chunks,
                ..
            },
            Some(backend),
        ) => reply(
            storeapi::series(clients, backend, selector, *back_ms, *chunks, timeout).await,
            Reply::StoreSeries,
        ),
        (
            Question::StoreValues {
                label,
                selector,
                back_ms,
                ..
            },
            Some(backend),
        ) => reply(
            storeapi::values(clients, backend, label, selector, *back_ms, timeout).await,
            Reply::StoreValues,
        ),
        (Question::Page { .. }, Some(backend)) => reply(
            exposition::page(clients, backend, timeout).await,
            Reply::Page,
        ),
    }
}

/// What a function answers to a question to the network itself.
fn in_process(network: &InProcess, question: &Question) -> Option<Exchanged<Reply>> {
    let trace = Trace::default();
    match question {
        Question::Dns(probe) => Some((trace, Ok(Reply::Dns(Arc::new((network.dns)(probe)))))),
        Question::Tcp(probe) => Some((trace, Ok(Reply::Tcp(Arc::new((network.tcp)(probe)))))),
        Question::Http(probe) => Some(reply(http_probe::answered(network, probe), Reply::Http)),
        _ => None,
    }
}

fn reply<T>((trace, answer): Exchanged<T>, of: fn(Arc<T>) -> Reply) -> Exchanged<Reply> {
    (trace, answer.map(|answer| of(Arc::new(answer))))
}
