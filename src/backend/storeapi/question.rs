//! What a store is asked: what it is, which series it holds, which values a label has there.

use std::time::Duration;

use prost::Message;
use tonic::Code;

use crate::backend::answer::{StoreInfo, StoreSeries, StoreValues, StoredSeries};
use crate::backend::client::Clients;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::storeapi::call::Caller;
use crate::backend::storeapi::message::{
    ABORT, HealthRequest, HealthResponse, InfoResponse, LabelValuesRequest, LabelValuesResponse,
    Nothing, SERVING, Series, SeriesRequest, SeriesResponse, labels, matchers,
};
use crate::backend::trace::{Exchanged, Trace};
use crate::backend::world::Backend;
use crate::leaves::{Selector, Timestamp, words};

/// Series of one answer that are kept; what comes beyond is not read.
pub const MOST_SERIES: usize = 10_000;

/// How far past our clock is asked, for servers whose clocks are ahead.
const AHEAD_MS: i64 = 600_000;

const STORE: &str = "thanos.Store";

/// Asks a store what it is, and the health service whether it serves.
pub async fn info(clients: &Clients, backend: &Backend, timeout: Duration) -> Exchanged<StoreInfo> {
    let asking = async |caller: &Caller<'_>| {
        let health: Result<HealthResponse, Failure> = caller
            .unary("grpc.health.v1.Health", "Check", HealthRequest::default())
            .await;
        let serving = match health {
            Ok(health) => Some(health.status == SERVING),
            Err(failure) if is_rpc(&failure, &[Code::Unimplemented, Code::NotFound]) => None,
            Err(failure) => return Err(failure),
        };
        let told: Result<InfoResponse, Failure> = caller
            .unary("thanos.info.Info", "Info", Nothing::default())
            .await;
        match told {
            Ok(told) => Ok(StoreInfo {
                component: told.component,
                serving,
                label_sets: told
                    .label_sets
                    .into_iter()
                    .map(|set| labels(set.labels))
                    .collect(),
                min_time: told.store.as_ref().map(|store| store.min_time),
                max_time: told.store.as_ref().map(|store| store.max_time),
            }),
            // A server that is not ready says so, and nothing else.
            Err(failure)
                if serving == Some(false) && matches!(failure.class, FailureClass::Rpc(_)) =>
            {
                Ok(StoreInfo {
                    serving,
                    ..StoreInfo::default()
                })
            }
            Err(failure) => Err(failure),
        }
    };
    exchange(
        clients,
        backend,
        timeout,
        "thanos.info.Info/Info",
        asking,
        |info| {
            let serving = match info.serving {
                Some(true) => "SERVING",
                Some(false) => "NOT_SERVING",
                None => "no health service",
            };
            let sets = words::count(info.label_sets.len(), "label set");
            format!("{}, {serving}, {sets}", info.component)
        },
    )
    .await
}

/// Asks a store which series it holds of the last `back_ms`; with `chunks`, when each one's newest chunk ends.
pub async fn series(
    clients: &Clients,
    backend: &Backend,
    selector: &Selector,
    back_ms: i64,
    chunks: bool,
    timeout: Duration,
) -> Exchanged<StoreSeries> {
    let now = clients.now();
    let request = SeriesRequest {
        min_time: now.0.saturating_sub(back_ms),
        max_time: now.0.saturating_add(AHEAD_MS),
        matchers: matchers(selector),
        strategy: ABORT,
        skip_chunks: !chunks,
        limit: i64::try_from(MOST_SERIES + 1).unwrap_or(i64::MAX),
    };
    let most_bytes = clients.most_bytes();
    let asking = async |caller: &Caller<'_>| {
        let mut frames = caller
            .stream::<_, SeriesResponse>(STORE, "Series", request)
            .await?;
        let mut answer = StoreSeries::default();
        let mut bytes = 0;
        loop {
            let frame = frames
                .next()
                .await
                .map_err(|failure| incomplete(failure, answer.series.len()))?;
            let Some(frame) = frame else { break };
            bytes += frame.encoded_len() as u64;
            if bytes > most_bytes {
                let most = words::bytes(most_bytes);
                return Err(Failure::new(
                    FailureClass::TooLarge,
                    format!("the answer to `Series` exceeds {most}, the most that is read"),
                )
                .help("Narrow the selector, or give a shorter `window`."));
            }
            add(&mut answer, frame);
            if answer.cut {
                break;
            }
        }
        Ok(answer)
    };
    let asked = format!(
        "thanos.Store/Series {selector} back={}",
        words::age(back_ms)
    );
    exchange(clients, backend, timeout, &asked, asking, |answer| {
        let found = words::count(answer.series.len(), "series");
        let first = answer.series.first();
        let example = first.map_or(String::new(), |one| format!(", such as {}", one.labels));
        match answer.warnings.first() {
            Some(warning) => format!("{found}{example}; warning: {warning}"),
            None => format!("{found}{example}"),
        }
    })
    .await
}

/// Asks a store which values a label has there, of these series within the last `back_ms`.
pub async fn values(
    clients: &Clients,
    backend: &Backend,
    label: &str,
    selector: &Selector,
    back_ms: i64,
    timeout: Duration,
) -> Exchanged<StoreValues> {
    let now = clients.now();
    let request = LabelValuesRequest {
        label: label.to_owned(),
        strategy: ABORT,
        start: now.0.saturating_sub(back_ms),
        end: now.0.saturating_add(AHEAD_MS),
        matchers: matchers(selector),
    };
    let asking = async |caller: &Caller<'_>| {
        let told: LabelValuesResponse = caller.unary(STORE, "LabelValues", request).await?;
        let mut values = told.values;
        values.sort();
        values.dedup();
        Ok(StoreValues {
            values,
            warnings: told.warnings,
        })
    };
    let asked = format!("thanos.Store/LabelValues {label} {selector}");
    exchange(clients, backend, timeout, &asked, asking, |answer| {
        words::few(&answer.values, 20)
    })
    .await
}

fn is_rpc(failure: &Failure, codes: &[Code]) -> bool {
    codes
        .iter()
        .any(|code| failure.class == FailureClass::Rpc(*code as u8))
}

/// Adds what a frame brings; beyond the most that are kept, only that there is more.
fn add(answer: &mut StoreSeries, frame: SeriesResponse) {
    answer.warnings.extend(frame.warning);
    let batch = frame.batch.map(|batch| batch.series).unwrap_or_default();
    for series in frame.series.into_iter().chain(batch) {
        if answer.series.len() == MOST_SERIES {
            answer.cut = true;
            return;
        }
        answer.series.push(stored(series));
    }
}

fn stored(series: Series) -> StoredSeries {
    StoredSeries {
        newest: series
            .chunks
            .iter()
            .map(|chunk| Timestamp(chunk.max_time))
            .max(),
        labels: labels(series.labels),
    }
}

/// A stream that dies midway is no answer, however much of it came.
fn incomplete(mut failure: Failure, got: usize) -> Failure {
    if got > 0 {
        failure.what = format!(
            "{} ({} came before)",
            failure.what,
            words::count(got, "series")
        );
    }
    failure
}

async fn exchange<T>(
    clients: &Clients,
    backend: &Backend,
    timeout: Duration,
    asked: &str,
    asking: impl AsyncFnOnce(&Caller<'_>) -> Result<T, Failure>,
    in_words: impl Fn(&T) -> String,
) -> Exchanged<T> {
    let caller = match Caller::of(clients, backend, timeout) {
        Ok(caller) => caller,
        Err(failure) => return (Trace::default(), Err(failure)),
    };
    let mut trace = Trace {
        request: clients.scrub(&format!("gRPC {} {asked}", caller.authority())),
        ..Trace::default()
    };
    let answer = asking(&caller).await.map_err(|mut failure| {
        failure.what = clients.scrub(&failure.what);
        failure
    });
    if let Ok(answer) = &answer {
        trace.excerpt = words::cut(&clients.scrub(&in_words(answer)), 300);
    }
    (trace, answer)
}
