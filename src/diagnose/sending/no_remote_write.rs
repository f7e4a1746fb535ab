//! Nothing is configured that sends to the receiver.

use crate::backend::BackendKind;
use crate::check::QUEUE_NAMES;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::sending::block::{By, Sending, has_write_path, sending, write_paths};
use crate::leaves::words;

/// Looks for a block of the loaded configuration that leads to the receiver.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let sending = match sending(case).await {
        Ok(sending) => sending,
        Err(found) => return found,
    };
    if let Some(found) = fetched(case, &sending).await {
        return found;
    }
    if sending.config.remote_write.is_empty() {
        let found = none(case, &sending).await;
        return match next::path(
            sending.sender,
            crate::backend::AddressKey::Url,
            "api/v1/status/config",
        ) {
            Some(command) => found.next(command),
            None => found,
        };
    }
    elsewhere(&sending)
}

/// Where the receiver is a Prometheus that fetches by federation, nothing has to be sent.
async fn fetched(case: &Case<'_>, sending: &Sending<'_>) -> Option<Found> {
    if sending.receiver.kind() != BackendKind::Prometheus {
        return None;
    }
    let told = case.ask.config(sending.receiver).await.ok()?;
    told.value.yaml.contains("/federate").then(|| {
        Found::ruled_out(format!(
            "{} fetches from `/federate`: nothing has to be sent to it",
            sending.receiver.name()
        ))
        .shown_by([sending.n, told.n])
    })
}

/// No block at all: held against the counters, which would show a queue.
async fn none(case: &Case<'_>, sending: &Sending<'_>) -> Found {
    let (sender, receiver) = (sending.sender.name(), sending.receiver.name());
    let says = format!(
        "the loaded configuration of {sender} has no `remote_write` block: nothing is sent to {receiver}"
    );
    // Whether another Prometheus fetches the data could not be asked.
    let could_fetch = sending.receiver.kind() == BackendKind::Prometheus
        && case.ask.config(sending.receiver).await.is_err();
    match case.ask.movement(sending.sender, &QUEUE_NAMES, None).await {
        Err(failure) => Found::likely(format!(
            "{says}; that there is no queue either could not be asked: {}",
            failure.what
        ))
        .shown_by([sending.n]),
        Ok(told) => {
            let queue = told
                .value
                .series
                .iter()
                .find(|moved| moved.labels.contains_key("remote_name") && moved.last.is_some());
            match queue {
                Some(queue) => Found::likely(format!(
                    "{says}; yet it still has counters of a queue to {}",
                    words::cut(queue.labels.value("url"), 200)
                )),
                None if could_fetch => Found::likely(format!(
                    "{says}; whether {receiver} fetches the data by itself could not be asked"
                )),
                None => Found::proven(format!("{says}, and it has no counters of any queue")),
            }
            .shown_by([sending.n, told.n])
        }
    }
}

/// There are blocks: whether one of them leads there.
fn elsewhere(sending: &Sending<'_>) -> Found {
    let (sender, receiver) = (sending.sender.name(), sending.receiver.name());
    let kind = sending.receiver.kind();
    let urls: Vec<String> = sending
        .config
        .remote_write
        .iter()
        .map(|block| words::cut(&block.url, 200))
        .collect();
    match sending.leading() {
        Some((By::Address | By::Host, blocks)) => Found::ruled_out(format!(
            "{sender} has a `remote_write` block to {}",
            words::cut(&blocks[0].url, 200)
        )),
        Some((By::Path, blocks)) => Found::ruled_out(format!(
            "{sender} has a `remote_write` block to {}, which is taken for another name of {receiver}",
            words::cut(&blocks[0].url, 200)
        )),
        Some((By::Only, blocks)) if has_write_path(&blocks[0].url, kind) => Found::ruled_out(
            format!("the only block of {sender} leads to {}", urls[0]),
        ),
        Some((By::Only, _)) => Found::possible(format!(
            "the only `remote_write` block of {sender} leads to {}, which is neither the address of {receiver} in the suite nor has the path of such a receiver (`{}`)",
            urls[0],
            write_paths(kind).first().unwrap_or(&"/")
        )),
        None => Found::likely(format!(
            "no `remote_write` block of {sender} has the address or the path of {receiver}; there is {}",
            words::few(&urls, 3)
        )),
    }
    .shown_by([sending.n])
}
