//! The stores of Query: how they are listed, which of them are asked, and what is said of the dead.

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::{VectorSelector, parse};
use serde_json::{Map, Value, json};

use crate::lab::elsewhere;
use crate::lab::flow::held;
use crate::lab::message::Request;
use crate::lab::model::{Model, Store, StoreState};
use crate::lab::moment::rfc3339;
use crate::lab::promql::{parse_selector, selectors};
use crate::lab::sending::{replica, tenants};
use crate::lab::series::Labels;
use crate::lab::version::ThanosVersion;

/// What a store says to a selector that names nothing but its own labels.
const NO_MATCHERS: &str = "no matchers specified (excluding external labels)";

/// What Query wants of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Series, for queries too.
    Series,
    /// Names of labels.
    Names,
    /// Values of a label.
    Values,
}

impl Asked {
    /// The call of the StoreAPI.
    pub(crate) fn call(self) -> &'static str {
        match self {
            Self::Series => "Series",
            Self::Names => "LabelNames",
            Self::Values => "LabelValues",
        }
    }
}

/// The data of `/api/v1/stores`.
pub(crate) fn stores(model: &Model, now_ms: i64) -> Value {
    let rows: Vec<Value> = model
        .query
        .stores
        .iter()
        .filter(|store| {
            !matches!(
                store.state,
                StoreState::NeverReached | StoreState::StrictNeverReached
            )
        })
        .map(|store| row(model, store, now_ms))
        .collect();
    let mut data = Map::new();
    if !rows.is_empty() {
        data.insert("receive".to_owned(), json!(rows));
    }
    for other in &model.query.asking.others {
        let of_kind = data.entry(other.component.clone()).or_insert(json!([]));
        if let Value::Array(of_kind) = of_kind {
            of_kind.push(elsewhere::row(other, model, now_ms));
        }
    }
    Value::Object(data)
}

/// The address by which Query knows a store.
fn listed<'a>(model: &'a Model, store: &'a Store) -> &'a str {
    model.query.asking.listed(&store.address)
}

fn row(model: &Model, store: &Store, now_ms: i64) -> Value {
    let checks = |ms: i64| ms - ms.rem_euclid(5_000);
    let (last_check, error) = match store.state {
        StoreState::Healthy | StoreState::Slow | StoreState::NeverReached => {
            (checks(now_ms), Value::Null)
        }
        StoreState::JustDied | StoreState::StrictNeverReached => {
            (checks(model.started_ms), Value::Null)
        }
        StoreState::Unhealthy => {
            let text = unreachable(model.query.version, listed(model, store));
            (checks(now_ms), json!(text))
        }
    };
    let (sets, min_time) = advertised(model, store, now_ms);
    json!({
        "name": listed(model, store),
        "lastCheck": rfc3339(last_check),
        "lastError": error,
        "labelSets": sets,
        "minTime": min_time,
        "maxTime": i64::MAX,
    })
}

/// The label sets and the oldest time that a store tells of itself; an empty one has the latest of all times.
fn advertised(model: &Model, store: &Store, now_ms: i64) -> (Vec<Labels>, i64) {
    let Some(replica) = replica(model, &store.address) else {
        return (Vec::new(), i64::MAX);
    };
    let head = held(model, replica);
    let sets: Vec<Labels> = tenants(model.receive.version, &head)
        .into_iter()
        .map(|tenant| {
            let mut set = replica.labels.clone();
            set.insert("tenant_id".to_owned(), tenant);
            set
        })
        .filter(|set| {
            model.query.version < ThanosVersion::V0_42 || !model.query.asking.is_hidden(set)
        })
        .collect();
    // A Receive without a database tells the times of nothing at all.
    let min_time = match sets.is_empty() {
        true => i64::MIN,
        false => oldest(model, store, None, now_ms),
    };
    (sets, min_time)
}

/// The oldest sample's time at a store, of one tenant or of all.
fn oldest(model: &Model, store: &Store, tenant: Option<&String>, now_ms: i64) -> i64 {
    let head = replica(model, &store.address).map(|replica| held(model, replica));
    head.unwrap_or_default()
        .iter()
        .filter(|one| tenant.is_none_or(|tenant| *tenant == one.tenant))
        .filter(|one| one.series.newest(now_ms).is_some())
        .map(|one| one.series.since_ms)
        .min()
        .unwrap_or(i64::MAX)
}

fn unreachable(version: ThanosVersion, address: &str) -> String {
    format!(
        "getting metadata: rpc error: code = DeadlineExceeded desc = latest balancer error: {}",
        version.refused(address)
    )
}

/// What is said of each store that is asked and does not answer.
pub(crate) fn troubles(model: &Model, now_ms: i64, asked: Asked) -> Vec<String> {
    model
        .query
        .stores
        .iter()
        .filter_map(|store| match store.state {
            StoreState::JustDied | StoreState::Slow => {
                let (sets, min_time) = advertised(model, store, now_ms);
                Some((store, written(&sets), sets, min_time))
            }
            // Query takes what it knows nothing of for a store gateway of all times.
            StoreState::StrictNeverReached => {
                Some((store, "Store Gateway".to_owned(), Vec::new(), i64::MIN))
            }
            _ => None,
        })
        .map(|(store, name, sets, min_time)| {
            let version = model.query.version;
            let address = listed(model, store);
            let what = match asked {
                Asked::Series => format!("fetch series for {name}"),
                Asked::Names => "fetch label names from store".to_owned(),
                Asked::Values => "fetch label values from store".to_owned(),
            };
            let place = format!("{what} {}", placed(version, address, &sets, min_time));
            if store.state == StoreState::Slow {
                return format!(
                    "failed to receive any data in 5s from {}: context deadline exceeded",
                    placed(version, address, &sets, min_time)
                );
            }
            let again = match asked {
                Asked::Values if version < ThanosVersion::V0_36 => format!("{place}: "),
                _ => String::new(),
            };
            format!(
                "{again}{place}: rpc error: code = Unavailable desc = {}",
                version.refused(address)
            )
        })
        .collect()
}

/// A store whose times have no end.
fn placed(version: ThanosVersion, address: &str, sets: &[Labels], min_time: i64) -> String {
    placed_until(version, address, sets, (min_time, i64::MAX))
}

/// A store by its address and times; older versions name its label sets between them.
fn placed_until(
    version: ThanosVersion,
    address: &str,
    sets: &[Labels],
    (min_time, max_time): (i64, i64),
) -> String {
    let sets = match version.names_label_sets() {
        true => format!("LabelSets: {} ", written(sets)),
        false => String::new(),
    };
    format!("Addr: {address} {sets}MinTime: {min_time} MaxTime: {max_time}")
}

fn written(sets: &[Labels]) -> String {
    let sets: Vec<String> = sets
        .iter()
        .map(|set| {
            let pairs: Vec<String> = set
                .iter()
                .map(|(name, value)| format!("{name}={value:?}"))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        })
        .collect();
    sets.join(",")
}

/// The refusal of a selector that names nothing but labels of the store.
pub(crate) fn only_external(model: &Model, now_ms: i64, query: &str) -> Option<String> {
    let expr = parse(query).ok()?;
    for other in &model.query.asking.others {
        let external = |name: &str| other.labels.contains_key(name);
        let is_refused = |selector: &VectorSelector| {
            is_of_labels_alone(selector, external)
                && fits(&selector.matchers.matchers, &other.labels)
        };
        if selectors(&expr).into_iter().any(is_refused) {
            let version = model.query.version;
            let sets = std::slice::from_ref(&other.labels);
            let place = placed_until(
                version,
                &other.address,
                sets,
                (elsewhere::oldest(other, model), other.newest()),
            );
            return Some(format!(
                "rpc error: code = Aborted desc = receive series from {place}: rpc error: code = InvalidArgument \
                 desc = {NO_MATCHERS}"
            ));
        }
    }
    for store in &model.query.stores {
        if store.state != StoreState::Healthy {
            continue;
        }
        let (sets, min_time) = advertised(model, store, now_ms);
        let external = |name: &str| sets.iter().any(|set| set.contains_key(name));
        let refusing = selectors(&expr).into_iter().find_map(|selector| {
            let is_refused = is_of_labels_alone(selector, external);
            sets.iter()
                .filter(|_| is_refused)
                .find(|set| fits(&selector.matchers.matchers, set))
        });
        if let Some(set) = refusing {
            let tenant_min = oldest(model, store, set.get("tenant_id"), now_ms);
            return Some(format!(
                "rpc error: code = Aborted desc = receive series from {}: rpc error: code = Aborted desc = {}",
                placed(model.query.version, listed(model, store), &sets, min_time),
                no_matchers(model.receive.version, set, tenant_min)
            ));
        }
    }
    None
}

/// Whether a selector names nothing but such labels.
fn is_of_labels_alone(selector: &VectorSelector, external: impl Fn(&str) -> bool) -> bool {
    selector.name.is_none()
        && selector.matchers.or_matchers.is_empty()
        && selector
            .matchers
            .matchers
            .iter()
            .all(|one| external(&one.name))
}

/// What Receive says to a selector that names nothing but labels of this tenant's store.
pub(crate) fn no_matchers(version: ThanosVersion, set: &Labels, min_time: i64) -> String {
    let set = match version.names_label_sets() {
        true => format!("LabelSets: {} ", written(std::slice::from_ref(set))),
        false => String::new(),
    };
    format!(
        "receive series from {set}MinTime: {min_time} MaxTime: {}: rpc error: code = InvalidArgument \
         desc = {NO_MATCHERS}",
        i64::MAX
    )
}

fn fits(matchers: &[Matcher], set: &Labels) -> bool {
    matchers
        .iter()
        .all(|one| one.is_match(set.get(&one.name).map_or("", String::as_str)))
}

/// The stores that `storeMatch[]` leaves: only `__address__` counts, other labels are ignored.
pub(crate) fn choice(request: &Request) -> impl Fn(&str) -> bool + use<> {
    let groups: Vec<Vec<Matcher>> = request
        .all("storeMatch[]")
        .filter_map(|text| parse_selector(text).ok())
        .map(|selector| {
            selector
                .matchers
                .matchers
                .into_iter()
                .filter(|one| one.name == "__address__")
                .filter(|one| !matches!(&one.op, MatchOp::Equal if one.value.is_empty()))
                .collect()
        })
        .collect();
    move |address: &str| {
        groups.is_empty()
            || groups
                .iter()
                .any(|group| group.iter().all(|one| one.is_match(address)))
    }
}

#[cfg(test)]
mod tests {
    use super::{choice, stores};
    use crate::lab::incident;
    use crate::lab::message::Request;
    use crate::lab::model::StoreState;

    #[test]
    fn only_the_address_chooses_a_store() {
        let by = |text: &str| choice(&Request::get("/").with("storeMatch[]", text));
        assert!(by("{__address__=\"a:1\"}")("a:1"));
        assert!(!by("{__address__=\"a:1\"}")("b:1"));
        assert!(by("{__address__=~\"a.*\"}")("a:1"));
        assert!(by("{tenant_id=\"nobody\"}")("a:1"));
        assert!(choice(&Request::get("/"))("a:1"));
    }

    #[test]
    fn a_store_that_was_never_reached_is_not_listed() {
        let mut model = incident::healthy(0);
        model.query.stores[0].state = StoreState::NeverReached;
        assert_eq!(stores(&model, 0), serde_json::json!({}));
    }

    #[test]
    fn the_check_of_a_dead_store_stands_still() {
        let mut model = incident::healthy(0);
        model.query.stores[0].state = StoreState::JustDied;
        assert_eq!(
            stores(&model, 60_000)["receive"][0]["lastCheck"],
            "1970-01-01T00:00:00.000000000Z"
        );
        model.query.stores[0].state = StoreState::Healthy;
        assert_eq!(
            stores(&model, 63_000)["receive"][0]["lastCheck"],
            "1970-01-01T00:01:00.000000000Z"
        );
    }
}
