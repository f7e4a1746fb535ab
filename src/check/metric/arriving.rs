//! Looking at a hop after the sending for what is foretold there, and not for labels that were changed on the way.

use crate::ask::Ask;
use crate::backend::{Backend, BackendKind};
use crate::check::forecast::{Way, selection};
use crate::check::metric::foretelling::{Unclear, as_foretold, foretell, up_to_query, way};
use crate::check::metric::foretold::Foretold;
use crate::check::metric::form::Metric;
use crate::check::metric::place::before_sending;
use crate::check::metric::promql::{self, Wanted};
use crate::check::metric::receive;
use crate::check::metric::sender::Sender;
use crate::check::metric::sight::Sight;
use crate::check::metric::split::Split;
use crate::check::metric::tenancy::by_tenant;
use crate::leaves::{LabelMatchers, Labels, MatchOp, Matcher, RungState, Selector};

/// Who is asked for what, at a hop that series reach by being sent.
#[derive(Clone, Copy)]
pub(crate) struct Arriving<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) metric: &'a Metric,
    pub(crate) hop: &'a Backend,
    pub(crate) sender: Option<&'a Sender>,
    /// The label of the tenant that is asked for; it is not the sender's to change.
    pub(crate) tenant: Option<&'a str>,
    /// What is wanted, with the labels as they are sent.
    pub(crate) wanted: &'a Wanted,
}

impl Arriving<'_> {
    async fn ask_with(self, selector: &Selector) -> Sight {
        let wanted = Wanted {
            selector: selector.clone(),
            ..self.wanted.clone()
        };
        let sight = promql::look(self.ask, self.hop, &wanted).await;
        let sight = asked_as(sight, self.metric, selector);
        match self.tenant {
            Some(label) => by_tenant(self.ask, self.hop, label, selector, sight).await,
            None => sight,
        }
    }

    /// Looks with this selector, or with the one that is foretold: at once where rules change labels on the way, else only where
    /// nothing was found.
    pub(crate) async fn look(self) -> Sight {
        let selector = &self.wanted.selector;
        if let Some(Sender::Loaded(..)) = self.sender
            && let Ok(Some(way)) = way(self.ask, self.hop).await
            && way.relabels()
        {
            return match self.foretold(way).await {
                Ok(foretold) => {
                    let arriving = selection(selector, &foretold.arrivals, &self.fixed());
                    let sight = self.ask_with(&arriving).await;
                    let sight = explained(sight, self.hop, &foretold, selector);
                    self.or_split(sight, &foretold).await
                }
                Err(unclear) => doubted(self.ask_with(selector).await, unclear),
            };
        }
        let sight = self.ask_with(selector).await;
        let is_empty = is_empty(&sight);
        if !is_empty && !self.have_their_own().await {
            return sight;
        }
        let way = match way(self.ask, self.hop).await {
            Ok(Some(way)) => way,
            Ok(None) => return sight,
            Err(unclear) => return doubted(sight, unclear),
        };
        let relabels = way.relabels();
        let foretold = match self.foretold(way).await {
            Ok(foretold) => foretold,
            Err(unclear) if !is_empty => {
                return Sight {
                    unclear: Some((unclear.why, unclear.help)),
                    ..sight
                };
            }
            Err(unclear) if relabels => return doubted(sight, unclear),
            Err(_) => return sight,
        };
        let arriving = selection(selector, &foretold.arrivals, &self.fixed());
        let sight = match arriving == *selector {
            true => sight,
            false => self.ask_with(&arriving).await,
        };
        let sight = explained(sight, self.hop, &foretold, selector);
        self.or_split(sight, &foretold).await
    }

    /// What was seen; where nothing was, what is under the tenants that one of the series' labels names.
    async fn or_split(self, sight: Sight, foretold: &Foretold) -> Sight {
        if !lost(&sight) {
            return sight;
        }
        let split = Split {
            ask: self.ask,
            metric: self.metric,
            hop: self.hop,
            sender: self.sender,
            wanted: self.wanted,
        };
        split.look(foretold).await.unwrap_or(sight)
    }

    /// Whether the sender has series of this metric that bring a label of their own where it would add its external one: those are not
    /// found by the external label, and what is found by it may be another's.
    async fn have_their_own(self) -> bool {
        let world = self.ask.world();
        let (Some(Sender::Loaded(identity, _)), Some(prometheus)) =
            (self.sender, world.first(BackendKind::Prometheus))
        else {
            return false;
        };
        let written = &self.metric.metric.matchers;
        for (label, value) in identity.iter() {
            if written.iter().any(|matcher| matcher.name == *label) {
                continue;
            }
            let mut own = before_sending(&self.metric.metric, identity);
            own.matchers.push(Matcher {
                name: label.clone(),
                op: MatchOp::NotRegex,
                value: format!("|{}", regex::escape(value)),
            });
            // Where that cannot be asked, the hop of that Prometheus says so.
            if let Ok(told) = self.ask.count(prometheus, &own).await
                && told.value.series > 0
            {
                return true;
            }
        }
        false
    }

    /// What is foretold of labels that are not as they must be.
    pub(crate) async fn explain(self, sight: Sight, labels: &[&LabelMatchers]) -> Sight {
        let wrong = sight.found.iter().flatten().any(|sample| {
            labels
                .iter()
                .flat_map(|matchers| &matchers.0)
                .any(|(label, matcher)| !matcher.holds(sample.labels.value(label)))
        });
        if !wrong || !sight.foretold.arrivals.is_empty() {
            return sight;
        }
        let Ok(Some(way)) = way(self.ask, self.hop).await else {
            return sight;
        };
        match self.foretold(way).await {
            Ok(foretold) => Sight { foretold, ..sight },
            Err(_) => sight,
        }
    }

    async fn foretold(self, way: Way) -> Result<Foretold, Unclear> {
        foretold(self.ask, self.metric, self.hop, self.sender, way).await
    }

    /// Labels that stand as they are asked for: the tenant, and an identity that the suite declares.
    fn fixed(self) -> Vec<String> {
        let mut fixed: Vec<String> = self.tenant.map(str::to_owned).into_iter().collect();
        if let Some(Sender::Declared(identity)) = self.sender {
            fixed.extend(identity.keys().cloned());
        }
        fixed
    }
}

async fn foretold(
    ask: &Ask,
    metric: &Metric,
    hop: &Backend,
    sender: Option<&Sender>,
    way: Way,
) -> Result<Foretold, Unclear> {
    let nobody = Labels::default();
    let identity = sender.and_then(Sender::labels).unwrap_or(&nobody);
    let way = up_to_query(ask, way, hop).await;
    foretell(ask, metric, identity, &way).await
}

/// Looks for the name that is foretold at a Receive, where the metric's own is not there.
pub(crate) async fn look_at_receive(
    ask: &Ask,
    metric: &Metric,
    hop: &Backend,
    sender: Option<&Sender>,
    wanted: &receive::Wanted<'_>,
) -> Sight {
    let sight = receive::look(ask, hop, wanted).await;
    if sight.state != RungState::Absent {
        return sight;
    }
    let way = match way(ask, hop).await {
        Ok(Some(way)) => way,
        Ok(None) => return sight,
        Err(unclear) => return doubted(sight, unclear),
    };
    let relabels = way.relabels();
    let foretold = match foretold(ask, metric, hop, sender, way).await {
        Ok(foretold) => foretold,
        Err(unclear) if relabels => return doubted(sight, unclear),
        Err(_) => return sight,
    };
    let arriving = selection(wanted.selector, &foretold.arrivals, &[]);
    let names = |selector: &Selector| selector.clone().metric;
    if names(&arriving) == names(wanted.selector) {
        return explained(sight, hop, &foretold, wanted.selector);
    }
    let wanted = receive::Wanted {
        selector: &arriving,
        ..wanted.clone()
    };
    receive::look(ask, hop, &wanted)
        .await
        .because(format!("asked as `{arriving}`, as foretold"))
}

/// Says with which selector it was asked, where that is not the one that the user wrote.
pub(crate) fn asked_as(mut sight: Sight, metric: &Metric, selector: &Selector) -> Sight {
    if *selector != metric.metric {
        sight.why.push(format!("asked as `{selector}`"));
    }
    sight
}

fn is_empty(sight: &Sight) -> bool {
    lost(sight) && sight.series == Some(0)
}

fn lost(sight: &Sight) -> bool {
    matches!(sight.state, RungState::Absent | RungState::Stale)
}

/// An empty answer proves nothing where it is not known under which labels the series arrive.
fn doubted(sight: Sight, unclear: Unclear) -> Sight {
    if is_empty(&sight) {
        Sight::unknown(
            format!(
                "nothing is selected, but labels may have been changed on the way: {}",
                unclear.why
            ),
            unclear.help,
        )
    } else {
        sight
    }
}

fn explained(mut sight: Sight, hop: &Backend, foretold: &Foretold, asked: &Selector) -> Sight {
    if sight.state == RungState::Present
        && let Some(label) = asked
            .matchers
            .iter()
            .find(|matcher| foretold.is_common(&matcher.name))
    {
        sight.of_all_senders = true;
        let name = hop.name();
        sight.unclear = Some((
            format!(
                "`{label}` does not reach {name}, because Receive gives `{}` to all that it takes: the series there may be other senders'",
                label.name
            ),
            format!(
                "Say with `identity:` by which other label the series of this sender are known at {name}; two senders that differ in nothing but `{}` are one there.",
                label.name
            ),
        ));
    }
    if is_empty(&sight)
        && let Some(why) = foretold.all_dropped()
    {
        sight.why.insert(0, why.to_owned());
    } else {
        let labels: Vec<&str> = asked
            .matchers
            .iter()
            .filter(|matcher| {
                foretold
                    .arrivals
                    .iter()
                    .any(|arrival| !matcher.matches(&arrival.labels))
            })
            .map(|matcher| matcher.name.as_str())
            .collect();
        sight.why.extend(as_foretold(foretold, &labels));
    }
    Sight {
        foretold: foretold.clone(),
        ..sight
    }
}
