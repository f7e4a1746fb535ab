//! Which servers the replicas of a hop are: those that are listed, or the addresses that its name has now.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use futures_util::future::join;

use crate::ask::Ask;
use crate::backend::Backend;
use crate::backend::answer::{DnsAttempt, RecordType};
use crate::check::dns::Lookups;

/// Why the replicas of a hop are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unresolved {
    /// What went wrong.
    pub(crate) what: String,
    /// What to do about it, as a sentence.
    pub(crate) help: String,
}

/// The replicas of a hop that has some. Each may be asked from now on.
pub(crate) async fn replicas(ask: &Ask, hop: &Backend) -> Result<Vec<Arc<Backend>>, Unresolved> {
    let hops = match hop.hop.expand {
        true => hop.hop.replicas_at(&addresses(ask, hop).await?),
        false => hop.hop.listed_replicas(),
    };
    Ok(hops.into_iter().map(|hop| ask.meet(hop)).collect())
}

/// The servers of a hop: its replicas where it has some, else itself.
pub(crate) async fn servers(
    ask: &Ask,
    hop: &Arc<Backend>,
) -> Result<Vec<Arc<Backend>>, Unresolved> {
    match hop.hop.has_replicas() {
        true => replicas(ask, hop).await,
        false => Ok(vec![hop.clone()]),
    }
}

/// All addresses of its host. Where one of the two types could not be asked for, they are not known: a replica might be missing.
async fn addresses(ask: &Ask, hop: &Backend) -> Result<Vec<IpAddr>, Unresolved> {
    let host = hop.hop.host().unwrap_or_default();
    let unresolved = |why: String| Unresolved {
        what: format!("the replicas of {}: {why}", hop.name()),
        help: format!(
            "Look with a `dns:` check at what `{host}` resolves to, or give the addresses of hop `{}` as a list: only name servers are asked, not the hosts file.",
            hop.name()
        ),
    };
    let (four, six) = join(
        of_type(ask, host, RecordType::A),
        of_type(ask, host, RecordType::Aaaa),
    )
    .await;
    let mut found = four.map_err(unresolved)?;
    found.extend(six.map_err(unresolved)?);
    match found.is_empty() {
        true => Err(unresolved(format!("`{host}` does not resolve"))),
        false => Ok(found.into_iter().collect()),
    }
}

/// The addresses of one type; none where the name servers know that there are none.
async fn of_type(ask: &Ask, host: &str, record: RecordType) -> Result<BTreeSet<IpAddr>, String> {
    let told = ask
        .dns(ask.world().lookup(host, record))
        .await
        .map_err(|failure| failure.what)?;
    let lookups = Lookups::of(&told.value);
    if let Some(found) = lookups.first {
        let values = found.records.iter().filter(|one| one.record == record);
        return Ok(values.filter_map(|one| one.value.parse().ok()).collect());
    }
    // Several servers may have been asked for one name: the last one settled it, or nobody did.
    let attempts = &told.value.attempts;
    let is_last = |(at, attempt): &(usize, &DnsAttempt)| {
        attempts
            .get(at + 1)
            .is_none_or(|next| next.name != attempt.name)
    };
    let open = attempts
        .iter()
        .enumerate()
        .filter(is_last)
        .find(|(_, attempt)| !attempt.outcome.is_settled());
    match open {
        Some((_, attempt)) => Err(format!(
            "`{}` ({}) could not be looked up at {}: {}",
            attempt.name,
            record.word(),
            attempt.server,
            attempt.says()
        )),
        None => Ok(BTreeSet::new()),
    }
}
