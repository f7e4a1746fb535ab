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
use crate::check::metric::tenancy::tenancy;
use crate::leaves::{Labels, Selector, Timestamp, words};

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

/// What a sidecar and the Query that reads it make of the labels of its Prometheus.
struct BySidecar {
    external: Labels,
    replicas: Vec<String>,
}

impl BySidecar {
    /// External labels lie over the series' own, other than where a Prometheus sends.
    fn shows(&self, labels: &Labels) -> Labels {
        labels
            .iter()
            .filter(|(name, _)| self.external.value(name).is_empty())
            .chain(self.external.iter())
            .filter(|(name, _)| !self.replicas.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

/// The sidecar by which a Query reads the pipeline's Prometheus: the one that advertises its external labels.
async fn by_sidecar(ask: &Ask, hop: &Backend) -> Result<BySidecar, String> {
    let unknown = || {
        "how series get there is not known: no `remote_write` leads there, and no sidecar with the external labels of the sender is listed"
            .to_owned()
    };
    let sender = ask.world().sender().ok_or_else(unknown)?;
    let config = ask.config(sender).await.map_err(|failure| failure.what)?;
    let external = config.value.external_labels.clone();
    if !hop.kind().asks_stores() || external.is_empty() {
        return Err(unknown());
    }
    let replicas = tenancy(ask, hop).await.replicas;
    let stores = ask.stores(hop).await.map_err(|failure| failure.what)?;
    let of_sidecars = || {
        let sidecars = stores.value.0.iter();
        sidecars
            .filter(|store| store.component == "sidecar")
            .flat_map(|store| &store.label_sets)
    };
    if !of_sidecars().any(|set| *set == external) {
        return Err(unknown());
    }
    let merged = |set: &Labels| -> Labels {
        set.iter()
            .filter(|(name, _)| !replicas.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    if of_sidecars()
        .filter(|set| merged(set) == merged(&external))
        .count()
        > 1
    {
        return Err(
            "it merges several replicas of the sender, and may show the samples of another one"
                .to_owned(),
        );
    }
    Ok(BySidecar { external, replicas })
}

async fn compared(
    metric: &Metric,
    ask: &Ask,
    sent: &Shown,
    at: Timestamp,
    (looked, hop, selector): (&Looked, &Backend, &Selector),
    how: &SameHow,
) -> Result<Held, String> {
    let mut ignored: BTreeSet<String> = how.ignore.iter().cloned().collect();
    let mut foretold = Valued::new();
    match way(ask, hop).await {
        Ok(Some(way)) => {
            let way = up_to_query(ask, way, hop).await;
            if hop.kind().asks_stores() && way.receive.is_none() {
                return Err(
                    "it lists no Receive, so the labels that come with it are not known".to_owned(),
                );
            }
            for (labels, value) in &sent.series {
                if let Forecast::Arrives(arrival) = way.foretell(labels) {
                    ignored.extend(arrival.open);
                    foretold.push((arrival.labels, value.clone()));
                }
            }
        }
        Ok(None) => {
            let sidecar = by_sidecar(ask, hop).await?;
            for (labels, value) in &sent.series {
                foretold.push((sidecar.shows(labels), value.clone()));
            }
        }
        Err(unclear) => return Err(unclear.why),
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
