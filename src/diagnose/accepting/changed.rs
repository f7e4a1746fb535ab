//! Series that Receive holds under other labels than those sent: its own `--label` wins, or a label became the tenant.

use crate::diagnose::accepting::sent::{Shown, TENANT_LABEL, is_same_but, sent, stored};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::leaves::Labels;

/// What was sent, and what is stored; or why one of them is not known.
async fn both(case: &Case<'_>) -> Result<(Shown, Shown), Found> {
    let sent = sent(case).await.map_err(Found::not_tested)?;
    if sent.series.is_empty() {
        return Err(
            Found::not_tested("the sender has no series of it to compare").shown_by(sent.evidence),
        );
    }
    let stored = stored(case).await.map_err(Found::not_tested)?;
    Ok((sent, stored))
}

/// `label-overridden-by-receive`: the same series is there with the store's own value of a label.
pub(crate) async fn overridden(case: &Case<'_>) -> Found {
    let (sent, stored) = match both(case).await {
        Ok(both) => both,
        Err(found) => return found,
    };
    let own = match own_labels(case).await {
        Ok(own) => own,
        Err(why) => return Found::not_tested(why),
    };
    let evidence = || sent.evidence.iter().chain(&stored.evidence).copied();
    let mut replaced = None;
    for (label, value) in own.0.iter() {
        for series in &sent.series {
            let was = series.value(label);
            if was.is_empty() || was == value {
                continue;
            }
            replaced = replaced.or(Some((label, was, value)));
            // What is stored under the sent value is not this series overridden.
            let is_it = |stored: &&Labels| {
                stored.value(label) == value && is_same_but(series, stored, &[label])
            };
            if stored.series.iter().any(|stored| is_it(&stored)) {
                return Found::proven(format!(
                    "it is sent with `{label}={was:?}` and held with `{label}={value:?}`: a `--label` of Receive wins over the series' own label"
                ))
                .shown_by(evidence())
                .shown_by([own.1])
                .fix(format!(
                    "Give Receive's `--label` another name than `{label}`, or ask with `{label}={value:?}`; series of several senders that differ in nothing else melt into one."
                ));
            }
        }
    }
    let under_sent = |label: &str, was: &str| {
        let mut stored = stored.series.iter();
        stored.any(|stored| stored.value(label) == was)
    };
    if let Some((label, was, value)) = replaced.filter(|(label, was, _)| !under_sent(label, was)) {
        return Found::likely(format!(
            "it is sent with `{label}={was:?}`, and Receive gives `{label}={value:?}` to all that it takes: by the label that was sent it cannot be found; under that of Receive it is not held either, so that something else is wrong before"
        ))
        .shown_by(evidence())
        .shown_by([own.1])
        .fix(format!(
            "Give Receive's `--label` another name than `{label}`, or ask with `{label}={value:?}`."
        ));
    }
    Found::ruled_out("no label of Receive's own replaces one of these series")
        .shown_by(evidence())
        .shown_by([own.1])
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
    let (sent, stored) = match both(case).await {
        Ok(both) => both,
        Err(found) => return found,
    };
    let evidence = || sent.evidence.iter().chain(&stored.evidence).copied();
    for series in &sent.series {
        for held in &stored.series {
            let tenant = held.value(TENANT_LABEL);
            let split = series
                .iter()
                .find(|(label, value)| *value == tenant && held.value(label).is_empty());
            if let (false, Some((label, _))) = (tenant.is_empty(), split)
                && is_same_but(series, held, &[label])
            {
                return Found::proven(format!(
                    "it is held under tenant `{tenant}`, which is the value of its own label `{label}`, and that label is gone: `--receive.split-tenant-label-name={label}`"
                ))
                .shown_by(evidence())
                .fix(format!(
                    "Ask for tenant `{tenant}` and without the label `{label}`, or take the flag from Receive."
                ));
            }
        }
    }
    Found::ruled_out("no series is under a tenant that one of its own labels names")
        .shown_by(evidence())
}
