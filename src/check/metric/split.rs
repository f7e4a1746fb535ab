//! Series under the tenant that one of their own labels names, without that label: what Receive makes of them where it is started with
//! `--receive.split-tenant-label-name`. No answer of Receive tells that flag, so that it is recognised by what it does.

use crate::ask::Ask;
use crate::backend::Backend;
use crate::check::forecast::{Arrival, Way, selection};
use crate::check::metric::foretelling::{foretell, up_to_query, way};
use crate::check::metric::foretold::Foretold;
use crate::check::metric::form::Metric;
use crate::check::metric::promql::{self, Wanted};
use crate::check::metric::sender::Sender;
use crate::check::metric::sight::Sight;
use crate::leaves::{Labels, RungState, Selector};

/// Labels that are tried, at most.
const MOST_LABELS: usize = 3;

/// Who was asked for what, and showed nothing.
#[derive(Clone, Copy)]
pub(crate) struct Split<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) metric: &'a Metric,
    pub(crate) hop: &'a Backend,
    pub(crate) sender: Option<&'a Sender>,
    pub(crate) wanted: &'a Wanted,
}

impl Split<'_> {
    /// What is there of the sender's series under the tenants that one of their labels names; none where nothing is.
    pub(crate) async fn look(self, foretold: &Foretold) -> Option<Sight> {
        let way = way(self.ask, self.hop).await.ok().flatten()?;
        let way = up_to_query(self.ask, way, self.hop).await;
        for label in candidates(&way, &foretold.arrivals) {
            if let Some(sight) = by(self, way.clone(), &label).await {
                return Some(sight);
            }
        }
        None
    }
}

/// Labels that every series has, with a value that is a tenant.
fn candidates(way: &Way, arrivals: &[Arrival]) -> Vec<String> {
    let (Some(receive), Some(first)) = (&way.receive, arrivals.first()) else {
        return Vec::new();
    };
    let names_a_tenant = |label: &str| {
        arrivals
            .iter()
            .all(|arrival| receive.tenants.contains(arrival.labels.value(label)))
    };
    first
        .labels
        .keys()
        .filter(|label| **label != receive.tenant_label && *label != "__name__")
        .filter(|label| names_a_tenant(label))
        .take(MOST_LABELS)
        .cloned()
        .collect()
}

async fn by(arriving: Split<'_>, mut way: Way, label: &str) -> Option<Sight> {
    let receive = way.receive.as_mut()?;
    receive.split = Some(label.to_owned());
    let tenant_label = receive.tenant_label.clone();
    let nobody = Labels::default();
    let identity = arriving.sender.and_then(Sender::labels).unwrap_or(&nobody);
    let foretold = foretell(arriving.ask, arriving.metric, identity, &way)
        .await
        .ok()?;
    let tenant = foretold.arrivals.first()?.labels.value(&tenant_label);
    let is_one = |arrival: &Arrival| arrival.labels.value(&tenant_label) == tenant;
    if tenant.is_empty() || !foretold.arrivals.iter().all(is_one) {
        return None;
    }
    let asked = arriving.wanted.selector.clone().without(&tenant_label);
    let mut fixed = vec![tenant_label.clone()];
    if let Some(Sender::Declared(identity)) = arriving.sender {
        fixed.extend(identity.keys().cloned());
    }
    let selector: Selector =
        selection(&asked, &foretold.arrivals, &fixed).and(&tenant_label, tenant);
    let wanted = Wanted {
        selector: selector.clone(),
        series: true,
        ..arriving.wanted.clone()
    };
    let sight = promql::look(arriving.ask, arriving.hop, &wanted).await;
    let found = sight.found.as_ref()?;
    let is_theirs = found.iter().any(|sample| {
        foretold
            .arrivals
            .iter()
            .any(|arrival| is_the_same(arrival, &sample.labels))
    });
    if sight.state != RungState::Present || !is_theirs {
        return None;
    }
    let says = format!(
        "Receive takes the tenant `{tenant}` from the label `{label}` of the series and removes it (`--receive.split-tenant-label-name`)"
    );
    Some(match arriving.metric.tenant.as_deref() {
        Some(wanted) if wanted != tenant => Sight {
            instead: Some(format!("held by tenant `{tenant}`, not by `{wanted}`")),
            held_by: vec![tenant.to_owned()],
            cause: Some(says.clone()),
            asked: Some(selector),
            foretold: foretold.clone(),
            notes: sight.notes,
            ..Sight::absent().because(says)
        },
        _ => Sight {
            foretold: foretold.clone(),
            ..sight
                .because(says)
                .because(format!("asked as `{selector}`"))
        },
    })
}

/// Whether a series is the one that was foretold, as far as its labels can be foretold.
fn is_the_same(arrival: &Arrival, labels: &Labels) -> bool {
    let known = |labels: &Labels| -> Labels {
        labels
            .iter()
            .filter(|(name, value)| !arrival.open.contains(*name) && !value.is_empty())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    known(&arrival.labels) == known(labels)
}
