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
use crate::leaves::words;

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
    let (read_at, began) = (trace.date.unwrap_or_else(|| clients.now()), Instant::now());
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
        let now = trace.date.unwrap_or_else(|| clients.now());
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::backend::{FailureClass, Hop};

    /// A server whose page counts how often it was read; from the reading `breaks` on it answers 500. It knows no history.
    async fn server(breaks: usize) -> Backend {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let readings = Arc::new(AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 4096];
                let length = stream.read(&mut head).await.unwrap_or_default();
                let head = String::from_utf8_lossy(&head[..length]).into_owned();
                let (status, body) = if head.starts_with("GET /metrics ") {
                    let at = readings.fetch_add(1, Ordering::SeqCst) + 1;
                    let status = if at >= breaks { 500 } else { 200 };
                    (
                        status,
                        format!("process_start_time_seconds 1\na_total {at}\n"),
                    )
                } else {
                    (422, "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"unavailable with Prometheus Agent\"}".to_owned())
                };
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let hop: Hop = serde_json::from_value(serde_json::json!({
            "name": "prom", "kind": "prometheus", "url": format!("http://{address}"),
        }))
        .unwrap();
        Backend::of(hop)
    }

    async fn watched(breaks: usize) -> Exchanged<Movement> {
        let backend = server(breaks).await;
        let (names, limit) = (["a_*".to_owned()], Duration::from_secs(5));
        let apart = Duration::from_millis(50);
        watch(&Clients::default(), &backend, &names, None, limit, apart).await
    }

    #[tokio::test]
    async fn without_a_history_the_page_is_read_twice() {
        let (trace, movement) = watched(usize::MAX).await;
        let movement = movement.unwrap();
        assert_eq!(movement.series.len(), 1);
        assert_eq!(movement.series[0].grew, 1.0);
        assert!(movement.span_ms() >= 50);
        assert!(
            movement.read.starts_with("two readings"),
            "{}",
            movement.read
        );
        assert!(
            trace.request.ends_with("/metrics (twice)"),
            "{}",
            trace.request
        );
    }

    #[tokio::test]
    async fn half_an_answer_is_none() {
        for breaks in [1, 2] {
            let (_, movement) = watched(breaks).await;
            assert_eq!(movement.unwrap_err().class, FailureClass::Status(500));
        }
    }
}
