//! Whether hops show the same series with the same values as the sender, at one moment that is long enough ago for all to have it.

use std::collections::BTreeSet;

use crate::ask::Ask;
use crate::backend::Backend;
use crate::backend::answer::QueryResult;
use crate::check::completeness::missing_by_warning;
use crate::check::forecast::Forecast;
use crate::check::metric::assertions::Held;
use crate::check::metric::difference::{Valued, differences};
use crate::check::metric::foretelling::{up_to_query, way};
use crate::check::metric::form::Metric;
use crate::check::metric::looked::Looked;
use crate::check::metric::same_form::SameHow;
use crate::leaves::{Selector, Timestamp, words};

/// Compares each hop that answers PromQL with the pipeline's first Prometheus.
pub(crate) async fn same(metric: &Metric, ask: &Ask, hops: &[Looked]) -> Vec<Held> {
    let Some(how) = &metric.same else {
        return Vec::new();
    };
    let mut asked = hops.iter().filter_map(|looked| {
        let hop = ask.world().backend(&looked.hop)?;
        Some((looked, hop.as_ref(), looked.sight.asked.as_ref()?))
    });
    let Some((_, sender, selector)) = asked.next() else {
        return vec![Held::Unknown(
            "no hop that answers PromQL could be compared".to_owned(),
        )];
    };
    let sent = match ask.query(sender, "time()").await {
        // The sender's clock gave the samples their times.
        Ok(told) => {
            let settle = i64::try_from(how.0.settle.0.as_millis()).unwrap_or(i64::MAX);
            let at = told.server_now.plus_ms(-settle);
            shown(metric, ask, sender, selector, at)
                .await
                .map(|sent| (at, sent))
        }
        Err(failure) => Err(failure.what),
    };
    let (at, sent) = match sent {
        Ok(sent) => sent,
        Err(why) => {
            return vec![Held::Unknown(format!(
                "what {} showed could not be asked: {why}",
                sender.name()
            ))];
        }
    };
    let mut held = Vec::new();
    for (looked, hop, selector) in asked {
        let compared = compared(metric, ask, &sent, at, (looked, hop, selector), &how.0).await;
        held.push(compared.unwrap_or_else(|why| {
            Held::Unknown(format!(
                "whether {} shows the same could not be told: {why}",
                hop.name()
            ))
        }));
    }
    held
}

/// The series of a hop at that moment, and what may be missing.
struct Shown {
    series: Valued,
    partial: Option<String>,
}

async fn shown(
    metric: &Metric,
    ask: &Ask,
    hop: &Backend,
    selector: &Selector,
    at: Timestamp,
) -> Result<Shown, String> {
    let query = match metric.window {
        Some(window) => format!("last_over_time({selector}[{window}])"),
        None => selector.to_string(),
    };
    let told = ask
        .query_at(hop, query, at)
        .await
        .map_err(|failure| failure.what)?;
    let QueryResult::Vector(samples) = &told.value.result else {
        return Err("the answer to a selector is no vector".to_owned());
    };
    Ok(Shown {
        series: samples
            .iter()
            .map(|sample| (sample.labels.clone(), sample.value.clone()))
            .collect(),
        partial: missing_by_warning(&told.value.warnings),
    })
}

async fn compared(
    metric: &Metric,
    ask: &Ask,
    sent: &Shown,
    at: Timestamp,
    (looked, hop, selector): (&Looked, &Backend, &Selector),
    how: &SameHow,
) -> Result<Held, String> {
    let way = match way(ask, hop).await {
        Ok(Some(way)) => up_to_query(ask, way, hop).await,
        Ok(None) => {
            return Err(
                "how series get there is not known: no `remote_write` leads there".to_owned(),
            );
        }
        Err(unclear) => return Err(unclear.why),
    };
    if hop.kind().asks_stores() && way.receive.is_none() {
        return Err(
            "it lists no Receive, so the labels that come with it are not known".to_owned(),
        );
    }
    let mut ignored: BTreeSet<String> = how.ignore.iter().cloned().collect();
    let mut foretold = Valued::new();
    for (labels, value) in &sent.series {
        if let Forecast::Arrives(arrival) = way.foretell(labels) {
            ignored.extend(arrival.open);
            foretold.push((arrival.labels, value.clone()));
        }
    }
    if foretold.is_empty() {
        return Err(format!(
            "the sender has no series at {at} that would arrive there"
        ));
    }
    let found = shown(metric, ask, hop, selector, at).await?;
    let said = differences(
        &foretold,
        &found.series,
        &ignored,
        how.tol,
        looked.sight.of_all_senders,
    );
    if said.is_empty() {
        return Ok(Held::Yes);
    }
    if let Some(missing) = sent.partial.as_ref().or(found.partial.as_ref()) {
        return Err(format!("an answer is not whole: {missing}"));
    }
    Ok(Held::No(
        format!(
            "the same {} at {} as its sender has at {at}",
            words::count(foretold.len(), "series"),
            hop.name()
        ),
        format!("at {}: {}", hop.name(), said.join("; ")),
    ))
}
