//! Series that Receive holds under other labels than those sent: its own `--label` wins, or a label became the tenant.

use crate::diagnose::accepting::sent::{Shown, Since, TENANT_LABEL, is_same_but, sent, stored};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::leaves::Labels;

/// What was sent; or why there is nothing to compare.
async fn to_compare(case: &Case<'_>) -> Result<Shown, Found> {
    let sent = sent(case).await.map_err(Found::not_tested)?;
    match sent.series.is_empty() {
        true => Err(
            Found::not_tested("the sender has no series of it to compare").shown_by(sent.evidence),
        ),
        false => Ok(sent),
    }
}

/// A series as it is sent, with a label that Receive has for all: its name, the value sent, and Receive's.
type Replaced<'a> = (&'a Labels, &'a str, &'a str, &'a str);

/// `label-overridden-by-receive`: the same series is there with the store's own value of a label.
pub(crate) async fn overridden(case: &Case<'_>) -> Found {
    let sent = match to_compare(case).await {
        Ok(sent) => sent,
        Err(found) => return found,
    };
    let own = match own_labels(case).await {
        Ok(own) => own,
        Err(why) => return Found::not_tested(why),
    };
    let mut evidence = [sent.evidence, vec![own.1]].concat();
    let labels = own.0.iter();
    let replaced: Vec<Replaced<'_>> = labels
        .flat_map(|(label, value)| {
            let was = sent.series.iter().map(move |one| (one, one.value(label)));
            let other = was.filter(move |(_, was)| !was.is_empty() && was != value);
            other.map(move |(one, was)| (one, label.as_str(), was, value.as_str()))
        })
        .collect();
    let Some((_, label, was, value)) = replaced.first().copied() else {
        return Found::ruled_out("no label of Receive's own replaces one of these series")
            .shown_by(evidence);
    };
    let mut is_under_sent = false;
    for since in [Since::Now, Since::LastHour] {
        let stored = match stored(case, since).await {
            Ok(stored) => stored,
            Err(why) => return Found::not_tested(why),
        };
        evidence.extend(stored.evidence);
        // What is stored under the sent value is not this series overridden.
        let is_held = |(series, label, _, value): &&Replaced<'_>| {
            let is_it =
                |held: &Labels| held.value(label) == *value && is_same_but(series, held, &[*label]);
            stored.series.iter().any(is_it)
        };
        if let Some((_, label, was, value)) = replaced.iter().find(is_held) {
            return since
                .held(format!(
                    "it is sent with `{label}={was:?}` and held with `{label}={value:?}`: a `--label` of Receive wins over the series' own label"
                ))
                .shown_by(evidence)
                .fix(format!(
                    "Give Receive's `--label` another name than `{label}`, or ask with `{label}={value:?}`; series of several senders that differ in nothing else melt into one."
                ));
        }
        is_under_sent |= stored.series.iter().any(|held| held.value(label) == was);
    }
    match is_under_sent {
        true => Found::ruled_out("no label of Receive's own replaces one of these series"),
        false => Found::likely(format!(
            "it is sent with `{label}={was:?}`, and Receive gives `{label}={value:?}` to all that it takes: by the label that was sent it cannot be found; under that of Receive it is not held either, so that something else is wrong before"
        ))
        .fix(format!(
            "Give Receive's `--label` another name than `{label}`, or ask with `{label}={value:?}`."
        )),
    }
    .shown_by(evidence)
}

/// The labels that all of Receive's label sets have in common but for the tenant: its `--label`s.
async fn own_labels(case: &Case<'_>) -> Result<(Labels, u32), String> {
    let receive = case
        .receive()
        .ok_or_else(|| "there is no Thanos Receive on the way".to_owned())?;
    let (sets, n): (Vec<Labels>, u32) = match case.ask.store_info(receive).await {
        Ok(told) => (told.value.label_sets.clone(), told.n),
        Err(failure) => {
            let query = case.query().ok_or(failure.what)?;
            let told = case
                .ask
                .stores(query)
                .await
                .map_err(|failure| failure.what)?;
            let receives = told
                .value
                .0
                .iter()
                .filter(|store| store.component == "receive");
            (
                receives
                    .flat_map(|store| store.label_sets.clone())
                    .collect(),
                told.n,
            )
        }
    };
    let mut common = sets
        .first()
        .cloned()
        .ok_or_else(|| "Receive advertises no label set".to_owned())?;
    common.retain(|name, value| {
        name != TENANT_LABEL && sets.iter().all(|set| set.value(name) == value)
    });
    Ok((common, n))
}

/// `tenant-split-by-label`: the series is under the tenant that one of its own labels names, and has lost that label.
pub(crate) async fn split(case: &Case<'_>) -> Found {
    let sent = match to_compare(case).await {
        Ok(sent) => sent,
        Err(found) => return found,
    };
    let mut evidence = sent.evidence;
    for since in [Since::Now, Since::LastHour] {
        let stored = match stored(case, since).await {
            Ok(stored) => stored,
            Err(why) => return Found::not_tested(why),
        };
        evidence.extend(stored.evidence);
        let mut pairs = sent
            .series
            .iter()
            .flat_map(|sent| stored.series.iter().map(move |held| (sent, held)));
        if let Some((label, tenant)) = pairs.find_map(|(sent, held)| split_by(sent, held)) {
            return since
                .held(format!(
                    "it is held under tenant `{tenant}`, which is the value of its own label `{label}`, and that label is gone: `--receive.split-tenant-label-name={label}`"
                ))
                .shown_by(evidence)
                .fix(format!(
                    "Ask for tenant `{tenant}` and without the label `{label}`, or take the flag from Receive."
                ));
        }
    }
    Found::ruled_out("no series is under a tenant that one of its own labels names")
        .shown_by(evidence)
}

/// The label that became the tenant under which a series is held, and that tenant.
fn split_by<'a>(sent: &'a Labels, held: &'a Labels) -> Option<(&'a str, &'a str)> {
    let tenant = held.value(TENANT_LABEL);
    let (label, _) = sent
        .iter()
        .find(|(label, value)| *value == tenant && held.value(label).is_empty())?;
    (!tenant.is_empty() && is_same_but(sent, held, &[label])).then_some((label, tenant))
}
