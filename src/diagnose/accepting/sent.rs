//! The series as the sender sends them, and as a store holds them.

use std::time::Duration;

use crate::backend::answer::{QueryResult, StoredSeries};
use crate::backend::{Backend, Capability, QueryHow};
use crate::check::{Forecast, way};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::leaves::{Labels, PromDuration, Selector};

/// Series of the sender that are looked at, at most.
const MOST: usize = 200;

/// How far back a store is asked, so that a series that ended is seen.
const BACK: Duration = Duration::from_secs(3600);

/// The label under which Receive files the tenant, unless told otherwise.
pub(crate) const TENANT_LABEL: &str = "tenant_id";

/// Since when what is stored must have had a sample. A StoreAPI is asked for the last hour in both cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// It has one now, as far as an instant query looks back.
    Now,
    /// It had one within the last hour: it ended, or comes less often than that.
    LastHour,
}

/// Label sets, and the exchanges that show them.
pub(crate) struct Shown {
    pub(crate) series: Vec<Labels>,
    pub(crate) evidence: Vec<u32>,
}

/// The metric's series as they leave the sender: with its external labels, after its `write_relabel_configs`.
///
/// # Errors
/// Why that could not be told.
pub(crate) async fn sent(case: &Case<'_>) -> Result<Shown, String> {
    let sender = case
        .sender()
        .ok_or_else(|| "no Prometheus of the pipeline sends it".to_owned())?;
    let selector = case
        .asked(sender)
        .cloned()
        .unwrap_or_else(|| case.metric.metric.clone());
    let told = case
        .ask
        .query(sender, selector.to_string())
        .await
        .map_err(|failure| failure.what)?;
    let QueryResult::Vector(samples) = &told.value.result else {
        return Err(format!("{} gave no vector", sender.name()));
    };
    let receiver = case
        .receiver()
        .ok_or_else(|| "no hop after the sender takes writes".to_owned())?;
    let config = case
        .ask
        .config(sender)
        .await
        .map_err(|failure| failure.what)?;
    let way = way(case.ask, receiver)
        .await
        .map_err(|unclear| unclear.why)?;
    let series = samples.iter().take(MOST).filter_map(|sample| match &way {
        Some(way) => match way.foretell(&sample.labels) {
            Forecast::Arrives(arrival) => Some(arrival.labels),
            Forecast::Dropped { .. } => None,
        },
        None => {
            let mut labels = sample.labels.clone();
            for (name, value) in config.value.external_labels.iter() {
                if labels.value(name).is_empty() {
                    labels.insert(name.clone(), value.clone());
                }
            }
            Some(labels)
        }
    });
    Ok(Shown {
        series: series.collect(),
        evidence: vec![told.n, config.n],
    })
}

/// The series of that name that are stored behind the way: by StoreAPI where the Receive has a gRPC address, else as Query shows
/// them undivided by tenant and sender.
///
/// # Errors
/// Why that could not be asked.
pub(crate) async fn stored(case: &Case<'_>, since: Since) -> Result<Shown, String> {
    let name = case
        .name()
        .ok_or_else(|| "the selector has no metric name".to_owned())?;
    let selector = Selector::of(name);
    if let Some(receive) = case.receive()
        && receive.answers(Capability::StoreApi).is_some()
    {
        let told = case
            .ask
            .store_series(receive, &selector, BACK, false)
            .await
            .map_err(|failure| failure.what)?;
        if !told.value.warnings.is_empty() {
            return Err(format!("the store warns: {}", told.value.warnings[0]));
        }
        let of = |stored: &StoredSeries| stored.labels.clone();
        return Ok(Shown {
            series: told.value.series.iter().map(of).collect(),
            evidence: vec![told.n],
        });
    }
    match case.query() {
        Some(query) => at_query(case, query, &selector, since).await,
        None => Err("neither a gRPC address of Receive nor a Query is given".to_owned()),
    }
}

async fn at_query(
    case: &Case<'_>,
    query: &Backend,
    selector: &Selector,
    since: Since,
) -> Result<Shown, String> {
    let expression = match since {
        Since::Now => selector.to_string(),
        Since::LastHour => format!("last_over_time({selector}[{}])", PromDuration(BACK)),
    };
    // Deduplicated, a series lacks the replica labels with which it was sent.
    let how = QueryHow {
        undeduplicated: true,
        ..QueryHow::default()
    };
    let told = case
        .ask
        .query_as(query, expression, how)
        .await
        .map_err(|failure| failure.what)?;
    match &told.value.result {
        QueryResult::Vector(samples) => Ok(Shown {
            series: samples.iter().map(|one| one.labels.clone()).collect(),
            evidence: vec![told.n],
        }),
        _ => Err(format!("{} gave no vector", query.name())),
    }
}

impl Since {
    /// Found by what is held since then: an inference where it is not held now.
    pub(crate) fn held(self, says: String) -> Found {
        match self {
            Self::Now => Found::proven(says),
            Self::LastHour => Found::likely(format!("of samples of the last hour: {says}")),
        }
    }
}

/// Whether a stored series is the sent one, but for these labels.
pub(crate) fn is_same_but(sent: &Labels, stored: &Labels, but: &[&str]) -> bool {
    sent.iter()
        .filter(|(label, _)| !but.contains(&label.as_str()))
        .all(|(label, value)| stored.value(label) == value)
        && stored
            .iter()
            .filter(|(label, _)| !but.contains(&label.as_str()) && *label != TENANT_LABEL)
            .all(|(label, value)| sent.value(label) == value || sent.value(label).is_empty())
}
