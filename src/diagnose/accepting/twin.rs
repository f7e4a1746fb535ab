//! Another Prometheus that writes under the same external labels to the same place.

use std::time::Duration;

use crate::ask::Told;
use crate::backend::answer::{LoadedConfig, QueryAnswer, QueryResult};
use crate::backend::{Backend, Capability};
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::diagnose::same_series::upstream;
use crate::leaves::{Selector, Timestamp};

/// How long before now values are compared, so that all have arrived.
const SETTLED: Duration = Duration::from_secs(30);

/// Other senders that are asked for their configuration, at most.
const MOST_SENDERS: usize = 6;

/// Another Prometheus of the suite whose external labels are those of the sender, with a block that leads where one of the sender's
/// does; and the exchanges that show both.
pub(crate) async fn twin(case: &Case<'_>) -> Option<(String, Vec<u32>)> {
    let sender = case.sender()?;
    let own = case.ask.config(sender).await.ok()?;
    let world = case.ask.world();
    let others = world
        .pipeline
        .iter()
        .chain(&world.beside)
        .filter(|hop| hop.name() != sender.name())
        .filter(|hop| hop.kind().answers(Capability::Config).is_some())
        .take(MOST_SENDERS);
    for other in others {
        let Ok(told) = case.ask.config(other).await else {
            continue;
        };
        if told.value.external_labels == own.value.external_labels && meet(&told.value, &own.value)
        {
            return Some((other.name().to_owned(), vec![own.n, told.n]));
        }
    }
    None
}

/// Whether both write to one place.
fn meet(one: &LoadedConfig, other: &LoadedConfig) -> bool {
    one.remote_write
        .iter()
        .any(|block| other.remote_write.iter().any(|twin| twin.url == block.url))
}

/// How the values that were sent compare with those that are found behind.
pub(crate) enum Values {
    /// They are others: how, and the exchanges that show it.
    Differ(String, Vec<u32>),
    /// They are the same.
    Same(Vec<u32>),
    /// It could not be told: why.
    NotTold(String),
    /// The metric is not there, so that there is nothing to compare.
    NotThere,
}

/// The values of the metric at the sender and at the hop of the case, at one moment. They are compared as a whole: under which labels
/// each arrives is another question.
pub(crate) async fn values(case: &Case<'_>) -> Values {
    match compared(case).await {
        Ok(values) => values,
        Err(why) => Values::NotTold(format!(
            "whether its values differ could not be told: {why}"
        )),
    }
}

async fn compared(case: &Case<'_>) -> Result<Values, String> {
    let (Some((from, sent)), Some(hop)) = (upstream(case), case.to()) else {
        return Err("no two hops show values".to_owned());
    };
    let asked = case.asked(hop).ok_or("the hop behind shows none")?;
    let now = case.ask.query(from, "time()").await;
    let now = now.map_err(|failure| failure.what)?.server_now;
    let at = now.plus_ms(-i64::try_from(SETTLED.as_millis()).unwrap_or(i64::MAX));
    let (sent, n) = shown(case, from, sent, at).await?;
    let (found, m) = shown(case, hop, asked, at).await?;
    if sent.len() != found.len() {
        return Err("it is not the same number of series".to_owned());
    }
    let pair = sent.iter().zip(&found).find(|(sent, found)| sent != found);
    Ok(match pair {
        Some((sent, found)) => Values::Differ(
            format!(
                "where {} has {sent} {} shows {found}",
                from.name(),
                hop.name()
            ),
            vec![n, m],
        ),
        None => Values::Same(vec![n, m]),
    })
}

/// The values of all series at a moment, the least first.
async fn shown(
    case: &Case<'_>,
    hop: &Backend,
    selector: &Selector,
    at: Timestamp,
) -> Result<(Vec<f64>, u32), String> {
    let told = case.ask.query_at(hop, selector.to_string(), at).await;
    let told: Told<QueryAnswer> = told.map_err(|failure| failure.what)?;
    if let Some(missing) = missing_by_warning(&told.value.warnings) {
        return Err(format!(
            "the answer of {} is not whole: {missing}",
            hop.name()
        ));
    }
    let QueryResult::Vector(samples) = &told.value.result else {
        return Err(format!("{} gave no vector", hop.name()));
    };
    let mut values: Vec<f64> = samples.iter().map(|one| one.value.number()).collect();
    values.sort_by(f64::total_cmp);
    Ok((values, told.n))
}
