//! What a Receive's StoreAPI adds to its status, where the hop gives `grpc:`: the series of this sender, with all matchers, and the
//! tenant under which they lie. A StoreAPI shows one replica: that it lacks them proves no absence.

use std::time::Duration;

use crate::ask::Ask;
use crate::backend::{Backend, Capability};
use crate::check::at_store::{AtStore, TENANT_LABEL, at_store, label_sets};
use crate::check::forecast::{AtReceive, selection};
use crate::check::metric::foretelling::{foretell, way};
use crate::check::metric::form::Metric;
use crate::check::metric::place::after_sending;
use crate::check::metric::sender::Sender;
use crate::check::metric::sight::Sight;
use crate::leaves::{Labels, RungState, Selector, words};

/// A series counts as held when it took a sample within this time, as an instant query would look back.
const LOOKBACK: Duration = Duration::from_secs(300);

/// Who is asked for what.
pub(crate) struct Stored<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) metric: &'a Metric,
    pub(crate) hop: &'a Backend,
    pub(crate) sender: Option<&'a Sender>,
}

/// The series as the store should show them.
struct AtHand {
    selector: Selector,
    /// Whether what it selects is this sender's alone.
    is_told_apart: bool,
}

impl Stored<'_> {
    /// The same sight, proven by the StoreAPI where that can tell more.
    pub(crate) async fn prove(self, sight: Sight) -> Sight {
        // A head of before 0.32 lists ten names, and tells nothing of any other.
        let is_open = sight.state == RungState::Unknown;
        let asks = self.metric.tenant.is_some() || sight.of_all_senders || is_open;
        let can = self.hop.answers(Capability::StoreApi).is_some();
        if !asks || !can || sight.state == RungState::Stale {
            return sight;
        }
        let Some(at_hand) = self.selector().await else {
            return sight;
        };
        let selector = &at_hand.selector;
        let Some(tenant) = self.metric.tenant.as_deref() else {
            return match self.at(selector).await {
                AtStore::Some(series) => self.held(sight, series.len(), &at_hand, selector),
                AtStore::Nothing => self.nothing(sight, selector),
                AtStore::Unclear { why, .. } => {
                    noted(sight, format!("{why}; its status was asked alone"))
                }
            };
        };
        let of_tenant = selector.clone().and(TENANT_LABEL, tenant);
        match self.at(&of_tenant).await {
            AtStore::Some(series) => self.held(sight, series.len(), &at_hand, &of_tenant),
            AtStore::Unclear { why, .. } => {
                noted(sight, format!("{why}; its status was asked alone"))
            }
            AtStore::Nothing => match self.at(selector).await {
                AtStore::Some(series) if at_hand.is_told_apart => {
                    let mut holders: Vec<String> = series
                        .iter()
                        .map(|one| one.labels.value(TENANT_LABEL).to_owned())
                        .filter(|holder| !holder.is_empty())
                        .collect();
                    holders.sort();
                    holders.dedup();
                    match holders.is_empty() {
                        true => self.nothing(sight, &of_tenant),
                        false => elsewhere(sight, tenant, holders, selector),
                    }
                }
                _ => self.nothing(sight, &of_tenant),
            },
        }
    }

    async fn at(&self, selector: &Selector) -> AtStore {
        let back = self.metric.window.map_or(LOOKBACK, |window| window.0);
        at_store(self.ask, self.hop, selector, back).await
    }

    /// With which selector the sender's series are found there; none where it is not known whose they are.
    async fn selector(&self) -> Option<AtHand> {
        let nobody = Labels::default();
        let identity = match self.sender {
            Some(Sender::Unknown { .. }) => return None,
            Some(sender) => sender.labels().unwrap_or(&nobody),
            None => &nobody,
        };
        let has_others = self.ask.world().cluster.is_some();
        let asked = after_sending(&self.metric.metric, identity);
        let plain = AtHand {
            selector: asked.clone(),
            is_told_apart: !identity.is_empty() || !has_others,
        };
        let Ok(Some(mut way)) = way(self.ask, self.hop).await else {
            return Some(plain);
        };
        let sets = label_sets(self.ask, self.hop).await;
        way.receive = AtReceive::of_label_sets(sets.iter(), TENANT_LABEL);
        let Ok(foretold) = foretell(self.ask, self.metric, identity, &way).await else {
            return Some(plain);
        };
        let mut fixed = vec![TENANT_LABEL.to_owned()];
        if let Some(Sender::Declared(identity)) = self.sender {
            fixed.extend(identity.keys().cloned());
        }
        let is_common = asked
            .matchers
            .iter()
            .any(|matcher| foretold.is_common(&matcher.name));
        Some(AtHand {
            selector: selection(&asked, &foretold.arrivals, &fixed),
            is_told_apart: plain.is_told_apart && !is_common,
        })
    }

    fn held(&self, sight: Sight, series: usize, at_hand: &AtHand, asked: &Selector) -> Sight {
        let says = format!(
            "its StoreAPI holds {} of `{asked}`",
            words::count(series, "series")
        );
        let mut notes = sight.notes.clone();
        let of_status = sight.why.first().map_or("nothing", String::as_str);
        let name = self.hop.name();
        match sight.state {
            RungState::Absent => notes.push(format!(
                "status and StoreAPI of {name} disagree: its StoreAPI holds `{asked}`, of its status is said: {of_status}"
            )),
            RungState::Unknown => notes.push(format!(
                "the StoreAPI of {name} holds `{asked}`; its status could not tell: {of_status}"
            )),
            RungState::Present | RungState::Stale => {}
        }
        Sight {
            of_all_senders: !at_hand.is_told_apart,
            is_of_late: true,
            newest: sight.newest,
            age_ms: sight.age_ms,
            notes,
            ..Sight::present(series as u64)
        }
        .because(says)
    }

    fn nothing(&self, sight: Sight, asked: &Selector) -> Sight {
        if sight.state != RungState::Present {
            return sight;
        }
        let name = self.hop.name();
        let lacks = format!("its StoreAPI shows nothing of `{asked}`");
        let note = match sight.of_all_senders {
            true => format!(
                "the head of {name} lists the name, and {lacks}: other senders' series have that name, or another replica holds these, or its filter by names has not learned it yet"
            ),
            false => format!(
                "status and StoreAPI of {name} disagree: its head lists the name, and {lacks}; the samples ended, or another replica answers"
            ),
        };
        noted(sight, note)
    }
}

fn noted(mut sight: Sight, note: String) -> Sight {
    sight.notes.push(note);
    sight
}

/// This sender's series lie under other tenants, and under the one that is asked for there are none.
fn elsewhere(sight: Sight, tenant: &str, holders: Vec<String>, asked: &Selector) -> Sight {
    let named: Vec<String> = holders.iter().map(|one| format!("`{one}`")).collect();
    let noun = if named.len() == 1 {
        "tenant"
    } else {
        "tenants"
    };
    let says = format!(
        "held by {noun} {}, not by `{tenant}`",
        words::few(&named, 3)
    );
    Sight {
        instead: Some(says.clone()),
        held_by: holders,
        notes: sight.notes,
        ..Sight::absent().because(format!("{says}: its StoreAPI was asked for `{asked}`"))
    }
}
