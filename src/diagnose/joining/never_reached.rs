//! A store that Query is configured with and never reached, or not for so long that it dropped it: Query does not list it, not even
//! with an error.

use url::Url;

use crate::backend::answer::Store;
use crate::backend::{AddressKey, Backend, FailureClass, Hop};
use crate::check::host_and_port;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::endpoints::Endpoints;
use crate::diagnose::joining::own::By;
use crate::diagnose::joining::roster::{Roster, Weight};
use crate::diagnose::next;
use crate::leaves::{OneOrMore, RungState, words};

/// Addresses that are tried, at most.
const TRIED: usize = 3;

/// What our own attempt at a store gave.
struct Attempt {
    address: String,
    /// The name by which discovery knows it, where it is not a fixed address.
    name: Option<String>,
    says: String,
    /// Whether the store answers here.
    answers: bool,
    evidence: Vec<u32>,
}

/// Looks for endpoints of the flags that are not listed, and calls each.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    let query = roster.name();
    let endpoints = match Endpoints::of(case, &roster).await {
        Ok(endpoints) => endpoints,
        Err(why) => return Found::not_tested(why),
    };
    let mut unlisted: Vec<(&str, Option<&str>)> = endpoints
        .unlisted
        .iter()
        .map(|address| (address.as_str(), None))
        .collect();
    // Where Query lists what no name resolves to here, names mean something else there.
    let sees_as_query = endpoints.unexplained(&roster).is_empty() && endpoints.hidden.is_empty();
    let by_name = endpoints.unlisted_by_name(&roster);
    if sees_as_query {
        unlisted.extend(
            by_name
                .iter()
                .map(|(name, address)| (*address, Some(name.entry.as_str()))),
        );
    }
    if unlisted.is_empty() {
        return nothing(&roster, &endpoints, by_name.is_empty() || sees_as_query);
    }
    let secure = case.ask.flags(&roster.query).await.is_ok_and(|told| {
        told.value
            .0
            .get("grpc-client-tls-secure")
            .map(String::as_str)
            == Some("true")
    });
    let mut attempts = Vec::new();
    for (address, name) in unlisted.iter().take(TRIED) {
        if let Some(says) = tried(case, &roster, address, secure).await {
            attempts.push(Attempt {
                address: (*address).to_owned(),
                name: name.map(str::to_owned),
                says: says.0,
                answers: !says.1.is_empty(),
                evidence: says.1,
            });
        }
    }
    let Some(first) = attempts
        .iter()
        .find(|one| is_own(&roster, &one.address))
        .or(attempts.first())
    else {
        return Found::ruled_out(format!(
            "{query} never reached {}, but by its label sets and times it could not hold the series",
            words::few(&unlisted.iter().map(|(address, _)| *address).collect::<Vec<_>>(), TRIED)
        ))
        .shown_by([roster.n])
        .shown_by(endpoints.evidence);
    };
    let by = match &first.name {
        Some(name) => format!(" (by `{name}`)"),
        None => String::new(),
    };
    let says = format!(
        "{query} is configured with {}{by} and does not list it: it never reached that store, or not of late; {}",
        first.address, first.says
    );
    if first.answers && endpoints.hides {
        return Found::possible(format!(
            "{query} is configured with {}{by} and does not list it, though it answers here; rules of `--selector.relabel-config` may leave it out",
            first.address
        ))
        .shown_by([roster.n])
        .shown_by(endpoints.evidence);
    }
    let names: Vec<&str> = attempts.iter().map(|one| one.address.as_str()).collect();
    let weight = match is_own(&roster, &first.address) {
        true => Weight::Enough,
        false => roster.weigh(&names),
    };
    let found = match weight {
        // A host that is down as a whole explains that as well as a wrong port does.
        Weight::Enough if !is_hops(&roster, &first.address) && is_down(case, &roster) => {
            Found::likely(says)
        }
        weight => weight.found(says),
    };
    let found = found
        .shown_by([roster.n])
        .shown_by(endpoints.evidence)
        .shown_by(first.evidence.iter().copied());
    match next::path(&roster.query, AddressKey::Url, "/api/v1/stores") {
        Some(command) => found.next(command),
        None => found,
    }
}

fn nothing(roster: &Roster, endpoints: &Endpoints, knows_names: bool) -> Found {
    let query = roster.name();
    let found = if !endpoints.hidden.is_empty() {
        Found::not_tested(format!(
            "{query} takes stores from {}, whose content no endpoint shows",
            words::few(&endpoints.hidden, 3)
        ))
    } else if !knows_names {
        Found::not_tested(format!(
            "the names by which {query} discovers stores resolve to something else here"
        ))
    } else {
        Found::ruled_out(format!(
            "{query} lists every store that it is configured with"
        ))
    };
    found
        .shown_by([roster.n])
        .shown_by(endpoints.evidence.iter().copied())
}

/// Whether that is the address of the hop on the way.
fn is_own(roster: &Roster, address: &str) -> bool {
    let own = &roster.own;
    if own.by == By::Address && !own.is_listed && own.names.iter().any(|name| name == address) {
        return true;
    }
    is_hops(roster, address)
}

/// Whether the hop on the way gave no answer at all.
fn is_down(case: &Case<'_>, roster: &Roster) -> bool {
    let hop = roster.own.hop.as_ref();
    hop.is_some_and(|hop| case.state(hop.name()) == Some(RungState::Unknown))
}

/// Whether it is exactly that of its StoreAPI.
fn is_hops(roster: &Roster, address: &str) -> bool {
    let (host, port) = host_and_port(address);
    roster
        .own
        .hop
        .as_ref()
        .and_then(|hop| hop.address(AddressKey::Grpc))
        .is_some_and(|url| url.host_str() == Some(host) && url.port() == port)
}

/// What the store says to us; none where it answers and could not hold the series.
async fn tried(
    case: &Case<'_>,
    roster: &Roster,
    address: &str,
    secure: bool,
) -> Option<(String, Vec<u32>)> {
    let own = roster.own.hop.as_ref().filter(|_| is_hops(roster, address));
    let backend = match own {
        Some(hop) => hop.clone(),
        None => match store_at(&roster.query, address, secure) {
            Some(hop) => case.ask.meet(hop),
            None => {
                return Some((
                    "its address cannot be called from here".to_owned(),
                    Vec::new(),
                ));
            }
        },
    };
    let told = match case.ask.store_info(&backend).await {
        Ok(told) => told,
        Err(failure) => {
            let from_here = match failure.class {
                FailureClass::NotRecorded => {
                    return Some(("whether it answers was not recorded".to_owned(), Vec::new()));
                }
                _ => format!("from here, too, it does not answer: {}", failure.what),
            };
            return Some((from_here, Vec::new()));
        }
    };
    let info = &told.value;
    let listed = Store {
        component: info.component.clone(),
        name: address.to_owned(),
        last_check: None,
        last_error: None,
        label_sets: info.label_sets.clone(),
        min_time: info.min_time.unwrap_or(i64::MIN),
        max_time: info.max_time.unwrap_or(i64::MAX),
    };
    roster.could_hold(&listed).then(|| {
        let as_what = match info.component.as_str() {
            "" => "a store",
            component => component,
        };
        let spoke_tls = backend
            .address(AddressKey::Grpc)
            .is_some_and(|url| url.scheme() == "https");
        let says = match (secure, spoke_tls) {
            (true, false) => format!(
                "here it answers, as {as_what}, without TLS, while Query is started with `--grpc-client-tls-secure`"
            ),
            (false, true) => format!(
                "here it answers, as {as_what}, with TLS, while Query is started without `--grpc-client-tls-secure`"
            ),
            _ => format!(
                "here it answers, as {as_what}, so what is between Query and that store keeps them apart"
            ),
        };
        (says, vec![told.n])
    })
}

/// A backend at the address of a store, without the credentials of any other.
fn store_at(query: &Backend, address: &str, secure: bool) -> Option<Hop> {
    let scheme = if secure { "https" } else { "http" };
    Some(Hop {
        name: format!("store {address}"),
        url: None,
        write: None,
        http: None,
        grpc: Some(OneOrMore(vec![
            Url::parse(&format!("{scheme}://{address}")).ok()?,
        ])),
        tenant: None,
        headers: Default::default(),
        token: None,
        basic_auth: None,
        tls: None,
        endpoints: None,
        meta: None,
        ..query.hop.clone()
    })
}
