//! Looking at all hops of one check: which selector each is asked with, and what each showed.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::ask::Ask;
use crate::backend::{Backend, BackendKind, Capability};
use crate::check::metric::arriving::{Arriving, asked_as, look_at_receive};
use crate::check::metric::form::Metric;
use crate::check::metric::given_later::before_receiving;
use crate::check::metric::looked::Looked;
use crate::check::metric::misfiled::misfiled;
use crate::check::metric::old_names::doubt_old_names;
use crate::check::metric::other_receive::doubt_one_of_several;
use crate::check::metric::place::{after_sending, before_sending, could_be_identity, is_shared};
use crate::check::metric::replicated::Replicated;
use crate::check::metric::review::presence;
use crate::check::metric::sender::{Sender, sender, with_one_sender};
use crate::check::metric::sight::Sight;
use crate::check::metric::stored::Stored;
use crate::check::metric::tenancy::tenancy;
use crate::check::metric::{exporter, promql, receive};
use crate::check::replicas::replicas;
use crate::leaves::{LabelMatchers, Labels, Matcher, RungState, Selector, words};

/// What all hops showed, in the order of the data's way, and remarks on whose series were asked for.
pub(crate) struct Ladder {
    pub(crate) hops: Vec<Looked>,
    /// In a world in which a replica that could be asked stands for the sender.
    pub(crate) ask: Ask,
    pub(crate) notes: Vec<String>,
}

/// Asks all hops of the check at once.
pub(crate) async fn look(metric: &Metric, ask: &Ask) -> Ladder {
    let names = metric.hops(ask.world());
    let backends: Vec<Option<Arc<Backend>>> = names
        .iter()
        .map(|name| ask.world().backend(name).cloned())
        .collect();
    if let [Some(hop)] = backends.as_slice()
        && let Some(looked) = as_written(metric, ask, hop).await
    {
        return Ladder {
            hops: vec![looked],
            ask: ask.clone(),
            notes: Vec::new(),
        };
    }
    let ask = &with_one_sender(ask).await;
    let sender = if needs_sender(metric, ask, &backends) {
        Some(sender(ask).await)
    } else {
        ask.world().identity.clone().map(Sender::Declared)
    };
    let last = names.len().saturating_sub(1);
    let mut hops = join_all(backends.iter().enumerate().map(|(at, hop)| {
        let (sender, name) = (sender.as_ref(), &names[at]);
        async move {
            match hop {
                Some(hop) => look_at_each(metric, ask, hop, sender, at == last).await,
                None => Looked {
                    hop: name.clone(),
                    kind: "",
                    sight: Sight::unknown(
                        format!("there is no hop `{name}` here"),
                        "Name a hop of the pipeline.",
                    ),
                    replicas: None,
                },
            }
        }
    }))
    .await;
    let asked_shared = backends
        .iter()
        .flatten()
        .any(|hop| is_promql(hop) && is_shared(ask.world(), hop));
    let notes = match &sender {
        Some(sender) if asked_shared => sender.notes().to_vec(),
        _ => Vec::new(),
    };
    doubt_one_of_several(&mut hops, ask).await;
    doubt_old_names(&mut hops, metric, ask).await;
    if metric.at.is_none() && metric.through.is_none() {
        leave_out_other_exporters(&mut hops);
    }
    Ladder {
        hops,
        ask: ask.clone(),
        notes,
    }
}

/// Looks at a hop; at each of its replicas where it has some, as if there were no other.
async fn look_at_each(
    metric: &Metric,
    ask: &Ask,
    hop: &Backend,
    sender: Option<&Sender>,
    is_last: bool,
) -> Looked {
    let looked = |sight, replicas| Looked {
        hop: hop.name().to_owned(),
        kind: hop.kind().word(),
        sight,
        replicas,
    };
    if !hop.hop.has_replicas() {
        return looked(look_at(metric, ask, hop, sender, is_last).await, None);
    }
    let all = match replicas(ask, hop).await {
        Ok(all) => all,
        Err(why) => return looked(Sight::unknown(why.what, why.help), None),
    };
    let each = join_all(all.into_iter().map(|replica| async move {
        let ask = ask.within(ask.world().with(&replica));
        let sight = look_at(metric, &ask, &replica, sender, is_last).await;
        (replica, sight)
    }))
    .await;
    let replicated = Replicated {
        how: hop.hop.how_many(),
        each,
    };
    looked(replicated.sight(), Some(replicated))
}

/// What a hop before the sending shows of the selector as it was written, where that is the metric: nothing needs to be known of
/// the sender then. Where it shows nothing, a matcher may be on the sender's identity, which series do not carry there yet.
async fn as_written(metric: &Metric, ask: &Ask, hop: &Backend) -> Option<Looked> {
    if !is_promql(hop) || is_shared(ask.world(), hop) || ask.world().identity.is_some() {
        return None;
    }
    let looked = look_at_each(metric, ask, hop, None, true).await;
    let could_match = |matcher: &Matcher| could_be_identity(&matcher.name);
    let settled =
        looked.sight.state == RungState::Present || !metric.metric.matchers.iter().any(could_match);
    settled.then_some(looked)
}

/// Where the user named no hop, an exporter that lacks the metric is not its exporter; one that could not be asked does not matter
/// as long as all others have it.
fn leave_out_other_exporters(hops: &mut Vec<Looked>) {
    let is_exporter = |looked: &Looked| looked.kind == BackendKind::Exporter.word();
    let all_others_have_it = hops
        .iter()
        .filter(|looked| !is_exporter(looked))
        .all(|looked| looked.sight.state == RungState::Present);
    let has_others = hops.iter().any(|looked| !is_exporter(looked));
    hops.retain(|looked| {
        !has_others
            || !is_exporter(looked)
            || match looked.sight.state {
                RungState::Present => true,
                RungState::Absent | RungState::Stale => false,
                RungState::Unknown => !all_others_have_it,
            }
    });
}

fn is_promql(hop: &Backend) -> bool {
    hop.kind().answers(Capability::Query).is_some()
}

/// Whether it matters whose series they are: at shared hops that can be asked for labels, and where a matcher could be on them.
fn needs_sender(metric: &Metric, ask: &Ask, hops: &[Option<Arc<Backend>>]) -> bool {
    let could_match = metric
        .metric
        .matchers
        .iter()
        .any(|matcher| could_be_identity(&matcher.name));
    // A StoreAPI can be asked for labels, which a Receive's status cannot.
    let is_asked_by_label = |hop: &Backend| {
        hop.kind() == BackendKind::ThanosReceive
            && hop.answers(Capability::StoreApi).is_some()
            && (metric.tenant.is_some() || is_shared_head(ask))
    };
    hops.iter().flatten().any(|hop| {
        is_promql(hop) && (could_match || is_shared(ask.world(), hop)) || is_asked_by_label(hop)
    })
}

/// Looks at a hop; before the receiver once more without labels that only the receiver gives.
async fn look_at(
    metric: &Metric,
    ask: &Ask,
    hop: &Backend,
    sender: Option<&Sender>,
    is_last: bool,
) -> Sight {
    let sight = look_as(metric, ask, hop, sender, is_last).await;
    let is_empty = matches!(sight.state, RungState::Absent | RungState::Stale);
    if !is_empty || is_last || is_shared(ask.world(), hop) {
        return sight;
    }
    let identity = sender.and_then(Sender::labels);
    let Some((selector, given)) = before_receiving(ask, &metric.metric, identity).await else {
        return sight;
    };
    let before = Metric {
        metric: selector,
        ..metric.clone()
    };
    let again = look_as(&before, ask, hop, sender, is_last).await;
    match again.state {
        RungState::Present | RungState::Stale => again.because(format!(
            "without {}, which only Receive gives",
            words::list(&given)
        )),
        _ => sight,
    }
}

async fn look_as(
    metric: &Metric,
    ask: &Ask,
    hop: &Backend,
    sender: Option<&Sender>,
    is_last: bool,
) -> Sight {
    let identity = sender.and_then(Sender::labels);
    match presence(hop.kind()) {
        Capability::Page => {
            exporter::look(ask, hop, &metric.metric, identity, metric.fresh.as_ref()).await
        }
        Capability::TsdbStatus => {
            let wanted = receive::Wanted {
                selector: &metric.metric,
                tenant: metric.tenant.as_deref(),
                window: metric.window,
                fresh: metric.fresh.as_ref(),
                identity: identity.filter(|_| is_shared_head(ask)),
            };
            let sight = look_at_receive(ask, metric, hop, sender, &wanted).await;
            let stored = Stored {
                ask,
                metric,
                hop,
                sender,
            };
            let sight = stored.prove(sight).await;
            misfiled(ask, hop, metric.tenant.as_deref(), sender, sight).await
        }
        _ => {
            let reads_series = metric.labels_at.contains_key(hop.name())
                || is_last && (metric.value.is_some() || !metric.labels.0.is_empty());
            let wanted = |selector| promql::Wanted {
                selector,
                series: reads_series,
                count: metric.series.clone().filter(|_| is_last),
                window: metric.window,
                fresh: metric.fresh,
            };
            if is_shared(ask.world(), hop) {
                match shared_selector(metric, ask, hop, sender).await {
                    Ok(Shared { selector, tenant }) => {
                        let arriving = Arriving {
                            ask,
                            metric,
                            hop,
                            sender,
                            tenant: tenant.as_deref(),
                            wanted: &wanted(selector),
                        };
                        let sight = arriving.look().await;
                        let sight =
                            misfiled(ask, hop, metric.tenant.as_deref(), sender, sight).await;
                        let mut labels: Vec<&LabelMatchers> = Vec::new();
                        labels.extend(metric.labels_at.get(hop.name()));
                        labels.extend(is_last.then_some(&metric.labels));
                        arriving.explain(sight, &labels).await
                    }
                    Err(unknown) => *unknown,
                }
            } else {
                let nobody = Labels::default();
                let selector = before_sending(&metric.metric, identity.unwrap_or(&nobody));
                let sight = promql::look(ask, hop, &wanted(selector.clone())).await;
                doubted(asked_as(sight, metric, &selector), metric, sender)
            }
        }
    }
}

/// A head holds the series of whoever writes to it: other clusters of the suite, where it has any.
fn is_shared_head(ask: &Ask) -> bool {
    ask.world().cluster.is_some()
}

/// The selector at a hop that several senders share, and the label of the tenant where one is asked for.
struct Shared {
    selector: Selector,
    tenant: Option<String>,
}

async fn shared_selector(
    metric: &Metric,
    ask: &Ask,
    hop: &Backend,
    sender: Option<&Sender>,
) -> Result<Shared, Box<Sight>> {
    let nobody = Sender::Nobody;
    let sender = sender.unwrap_or(&nobody);
    if let Sender::Unknown { why, help } = sender {
        return Err(Box::new(Sight::unknown(why.clone(), help.clone())));
    }
    let identity = sender.labels().cloned().unwrap_or_default();
    let is_loaded = matches!(sender, Sender::Loaded(labels, _) if !labels.is_empty());
    if !hop.kind().asks_stores() || !is_loaded && metric.tenant.is_none() {
        let selector = after_sending(&metric.metric, &identity);
        return Ok(Shared {
            selector,
            tenant: None,
        });
    }
    let tenancy = tenancy(ask, hop).await;
    // What is deduplicated names a copy, unless nothing else names the sender: then it selects (Thanos matches before it removes).
    let without_copies = tenancy.deduplicated(&identity);
    let identity = match is_loaded && !without_copies.is_empty() {
        true => without_copies,
        false => identity,
    };
    let selector = after_sending(&metric.metric, &identity);
    let Some(tenant) = &metric.tenant else {
        return Ok(Shared {
            selector,
            tenant: None,
        });
    };
    match &tenancy.only {
        Some(only) if only != tenant => Err(Box::new(Sight::unknown(
            format!(
                "{} enforces tenancy and shows only tenant `{only}`, whatever tenant the query names",
                hop.name()
            ),
            format!("Give hop `{}` `tenant: {tenant}`.", hop.name()),
        ))),
        _ => Ok(Shared {
            selector: selector.and(&tenancy.label, tenant),
            tenant: Some(tenancy.label),
        }),
    }
}

/// An empty answer proves nothing where a matcher may be on a label that only comes with sending.
fn doubted(sight: Sight, metric: &Metric, sender: Option<&Sender>) -> Sight {
    let is_empty = matches!(sight.state, RungState::Absent | RungState::Stale);
    let doubtful = metric
        .metric
        .matchers
        .iter()
        .find(|matcher| could_be_identity(&matcher.name));
    match (sender, doubtful) {
        (Some(Sender::Unknown { why, help }), Some(matcher)) if is_empty => Sight::unknown(
            format!(
                "nothing is selected, but `{matcher}` may be on a label that only comes with sending: {why}"
            ),
            help.clone(),
        ),
        _ => sight,
    }
}
