//! Another Prometheus that writes under the same external labels to the same place.

use crate::backend::Capability;
use crate::backend::answer::LoadedConfig;
use crate::diagnose::case::Case;

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
