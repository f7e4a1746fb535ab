//! What is foretold of a metric at a hop after the sending: the way there, as the servers' own configuration shows it, and what the
//! sender's series look like at its end.

use url::Url;

use crate::ask::Ask;
use crate::backend::answer::QueryResult;
use crate::backend::{AddressKey, Backend, Capability};
use crate::check::forecast::{AtReceive, Forecast, Leads, Leg, Way, block_to, changes_labels};
use crate::check::metric::foretold::Foretold;
use crate::check::metric::form::Metric;
use crate::check::metric::place::before_sending;
use crate::check::metric::tenancy::tenancy;
use crate::leaves::relabel::Dialect;
use crate::leaves::{Labels, words};

/// Why nothing can be foretold although labels may be changed on the way.
#[derive(Clone, Debug)]
pub(crate) struct Unclear {
    pub(crate) why: String,
    pub(crate) help: String,
}

/// The legs from the pipeline's Prometheus to this hop; none where it is not known to send anything there.
pub(crate) async fn way(ask: &Ask, hop: &Backend) -> Result<Option<Way>, Unclear> {
    let world = ask.world();
    let Some(origin) = world
        .sender()
        .and_then(|prometheus| world.position(prometheus.name()))
    else {
        return Ok(None);
    };
    let stations: Vec<&Backend> = match world.position(hop.name()) {
        Some(place) if place > origin => world.pipeline[origin..=place]
            .iter()
            .map(AsRef::as_ref)
            .collect(),
        Some(_) => return Ok(None),
        None => vec![world.pipeline[origin].as_ref(), hop],
    };
    let mut way = Way::default();
    for (at, sender) in stations[..stations.len() - 1].iter().enumerate() {
        if !sends(sender) {
            continue;
        }
        let mut addresses = Vec::new();
        for next in &stations[at + 1..] {
            addresses.extend(addresses_of(next));
            if sends(next) {
                break;
            }
        }
        match leg(ask, sender, &addresses, hop).await? {
            Some(leg) => way.legs.push(leg),
            None => return Ok(None),
        }
    }
    Ok(Some(way))
}

/// Whether it sends by `remote_write`, as its loaded configuration says.
fn sends(hop: &Backend) -> bool {
    hop.kind().answers(Capability::Config).is_some()
}

fn addresses_of(hop: &Backend) -> impl Iterator<Item = &Url> {
    [AddressKey::Url, AddressKey::Write, AddressKey::Http]
        .into_iter()
        .flat_map(|key| hop.known_at(key))
}

async fn leg(
    ask: &Ask,
    sender: &Backend,
    addresses: &[&Url],
    hop: &Backend,
) -> Result<Option<Leg>, Unclear> {
    let name = sender.name();
    let Ok(config) = ask.config(sender).await else {
        return Ok(None);
    };
    let config = &config.value;
    if let Some(why) = &config.remote_write_problem {
        return Err(Unclear {
            why: format!("the `remote_write` blocks of {name} could not be read: {why}"),
            help: format!(
                "Look at `/api/v1/status/config` of {name} for rules that change this metric's labels."
            ),
        });
    }
    let block = match block_to(&config.remote_write, addresses) {
        Leads::By(block) => block,
        Leads::Nowhere => return Ok(None),
        Leads::Unclear if config.remote_write.iter().any(changes_labels) => {
            return Err(Unclear {
                why: format!(
                    "which of the {} `remote_write` blocks of {name} leads to {} is not known, and their rules differ",
                    config.remote_write.len(),
                    hop.name()
                ),
                help: format!(
                    "Give the hop after {name} the address to which {name} writes, so that its block is known."
                ),
            });
        }
        Leads::Unclear => return Ok(None),
    };
    let unclear = |why: String| Unclear {
        why: format!("the `write_relabel_configs` of {name} could not be followed: {why}"),
        help: format!(
            "Look at `/api/v1/status/config` of {name} for what its rules make of this metric's labels."
        ),
    };
    let dialect = if block.write_relabel_configs.is_empty() {
        Dialect::newest()
    } else {
        match ask.build(sender).await {
            Ok(build) => Dialect::of(&build.value.version).ok_or_else(|| {
                unclear(format!(
                    "{:?} is no version of Prometheus",
                    build.value.version
                ))
            })?,
            Err(failure) => {
                return Err(unclear(format!(
                    "its version could not be asked: {}",
                    failure.what
                )));
            }
        }
    };
    let leg =
        Leg::new(name, config, block, dialect).map_err(|refused| unclear(refused.to_string()))?;
    if leg.is_uncertain() {
        return Err(unclear(
            "an external label is written with a variable, whose value is not shown".to_owned(),
        ));
    }
    Ok(Some(leg))
}

/// The same way with what Receive and Query do to labels, as this Query's flags and stores say.
pub(crate) async fn up_to_query(ask: &Ask, mut way: Way, hop: &Backend) -> Way {
    if hop.kind().asks_stores() {
        let tenancy = tenancy(ask, hop).await;
        if let Ok(stores) = ask.stores(hop).await {
            way.receive = AtReceive::of_stores(&stores.value, &tenancy.label);
        }
        way.dedup = tenancy.replicas;
    }
    way
}

/// What becomes of the sender's series of this metric.
pub(crate) async fn foretell(
    ask: &Ask,
    metric: &Metric,
    identity: &Labels,
    way: &Way,
) -> Result<Foretold, Unclear> {
    let Some(sender) = ask.world().sender() else {
        return Ok(Foretold::default());
    };
    let unclear = |why: String| {
        Unclear {
        why: format!(
            "its labels may be changed on the way, and the series at {}, of which that is foretold, could not be asked: {why}",
            sender.name()
        ),
        help: match sender.kind().answers(Capability::Query) {
            Some(_) => format!(
                "Make hop `{}` reachable from where gapcheck runs.",
                sender.name()
            ),
            None => "An agent keeps no series to foretell from: match only on labels that are not changed on the way, and assert the others with `labels`.".to_owned(),
        },
    }
    };
    let selector = before_sending(&metric.metric, identity);
    let query = match metric.window {
        Some(window) => format!("last_over_time({selector}[{window}])"),
        None => selector.to_string(),
    };
    let told = ask
        .query(sender, query)
        .await
        .map_err(|failure| unclear(failure.what))?;
    let QueryResult::Vector(samples) = &told.value.result else {
        return Err(unclear("the answer is no vector".to_owned()));
    };
    let mut foretold = Foretold::default();
    for sample in samples {
        match way.foretell(&sample.labels) {
            Forecast::Arrives(arrival) => foretold.arrivals.push(arrival),
            dropped @ Forecast::Dropped { .. } => {
                foretold.dropped = foretold.dropped.or_else(|| dropped.dropped());
            }
        }
    }
    Ok(foretold)
}

/// What was foretold of the labels that a selector names, where it is something else.
pub(crate) fn as_foretold(foretold: &Foretold, labels: &[&str]) -> Option<String> {
    let said: Vec<String> = labels
        .iter()
        .filter_map(|label| foretold.of_label(label))
        .collect();
    (!said.is_empty()).then(|| words::list(&said))
}
