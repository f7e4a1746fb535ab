//! A check that asks one hop, judged at each replica of that hop as if there were no other.

use futures_util::future::join_all;

use crate::ask::Ask;
use crate::check::kind::CheckKind;
use crate::check::replicas::finding::replicas;
use crate::check::replicas::joining::{At, joined};
use crate::leaves::{Judged, Verdict};

/// Judges the check; once a replica where the hop that it asks has some.
pub(crate) async fn judge<K: CheckKind + Sync>(check: &K, ask: &Ask) -> Judged {
    let hop = check.asked_hop(ask.world()).cloned();
    let Some(hop) = hop.filter(|hop| hop.hop.has_replicas()) else {
        return check.judge(ask).await;
    };
    let all = match replicas(ask, &hop).await {
        Ok(all) => all,
        Err(why) => {
            let says = format!("the replicas of {} are not known", hop.name());
            return Judged::of(Verdict::error(why.what, why.help), says);
        }
    };
    let each = join_all(all.iter().map(|replica| {
        let ask = ask.within(ask.world().with(replica));
        async move {
            At {
                label: replica.label().to_owned(),
                judged: check.judge(&ask).await,
            }
        }
    }))
    .await;
    joined(hop.name(), hop.hop.how_many(), each)
}
