//! Asks how a server's own metrics moved.

use std::time::Duration;

use tokio::time::Instant;

use crate::backend::answer::{Movement, Page, QueryResult};
use crate::backend::client::Clients;
use crate::backend::kind::{BackendKind, Capability};
use crate::backend::movement::{between, history};
use crate::backend::trace::Exchanged;
use crate::backend::world::Backend;
use crate::backend::{exposition, prometheus};
use crate::leaves::{Timestamp, words};

/// How far apart two readings are: three times the deadline of a batch of remote_write.
const APART: Duration = Duration::from_secs(15);

/// Targets of one process that are looked at: it may be scraped by several jobs.
const TARGETS: usize = 4;

/// Asks how the server's own metrics of these names moved. Where `history` (or, without one, a Prometheus itself) scrapes the
/// server, the last minute of its history tells it at once; else its page is read twice, 15 seconds apart. The timeout is each
/// request's own.
pub async fn movement(
    clients: &Clients,
    backend: &Backend,
    names: &[String],
    history: Option<&Backend>,
    timeout: Duration,
) -> Exchanged<Movement> {
    watch(clients, backend, names, history, timeout, APART).await
}

async fn watch(
    clients: &Clients,
    backend: &Backend,
    names: &[String],
    history: Option<&Backend>,
    timeout: Duration,
    apart: Duration,
) -> Exchanged<Movement> {
    let (mut trace, first) = exposition::own_page(clients, backend, timeout).await;
    let first = match first {
        Ok(page) => page,
        Err(failure) => return (trace, Err(failure)),
    };
    let (read_at, began) = (trace.date.unwrap_or_else(Timestamp::now), Instant::now());
    let itself = (backend.kind() == BackendKind::Prometheus).then_some(backend);
    let asked = history
        .filter(|history| history.answers(Capability::Query).is_some())
        .or(itself);
    if let Some(asked) = asked
        && let Some(found) = in_history(clients, asked, &first, names, timeout, apart).await
    {
        trace.request = format!("{} and the history of {}", trace.request, asked.name());
        trace.excerpt = in_words(&found);
        return (trace, Ok(found));
    }
    tokio::time::sleep_until(began + apart).await;
    let (again, last) = exposition::own_page(clients, backend, timeout).await;
    let last = match last {
        Ok(page) => page,
        Err(failure) => return (again, Err(failure)),
    };
    let passed = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let mut movement = between((&first, read_at), (&last, read_at.plus_ms(passed)), names);
    movement.read = format!(
        "two readings {} apart",
        words::age(i64::try_from(apart.as_millis()).unwrap_or(i64::MAX))
    );
    trace.request = format!("{} (twice)", trace.request);
    trace.date = again.date;
    trace.excerpt = in_words(&movement);
    (trace, Ok(movement))
}

/// None where that history does not tell it, for whatever reason: the page still does.
async fn in_history(
    clients: &Clients,
    asked: &Backend,
    page: &Page,
    names: &[String],
    timeout: Duration,
    apart: Duration,
) -> Option<Movement> {
    let start = page
        .samples
        .iter()
        .find(|sample| sample.labels.metric() == Some("process_start_time_seconds"))?;
    let whose = history::whose(&start.value);
    let (_, found) = prometheus::query(clients, asked, &whose, None, timeout).await;
    let QueryResult::Vector(targets) = found.ok()?.result else {
        return None;
    };
    let least_ms = i64::try_from(apart.as_millis()).unwrap_or(i64::MAX);
    for sample in targets.iter().take(TARGETS) {
        let target = history::target_of(&sample.labels);
        let query = history::samples_of(&target, names);
        let (trace, answer) = prometheus::query(clients, asked, &query, None, timeout).await;
        let Ok(answer) = answer else { continue };
        let now = trace.date.unwrap_or_else(Timestamp::now);
        if let (QueryResult::Matrix(matrix), true) = (&answer.result, answer.warnings.is_empty())
            && let Some(mut movement) = history::read(matrix, &target, page, now, least_ms)
        {
            movement.read = format!(
                "the history of {} over {}",
                asked.name(),
                words::age(movement.span_ms())
            );
            return Some(movement);
        }
    }
    None
}

fn in_words(movement: &Movement) -> String {
    format!(
        "{} from {}, {} to {}",
        words::count(movement.series.len(), "series"),
        movement.read,
        movement.from,
        movement.to
    )
}
