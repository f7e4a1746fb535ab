//! A name by which Query discovers stores, and which gives none.

use crate::backend::answer::{Page, RecordType};
use crate::backend::{AddressKey, exposition};
use crate::check::host_addresses;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::endpoints::{Discovered, Endpoints, Lookup};
use crate::diagnose::joining::roster::{Roster, Weight};
use crate::diagnose::next;
use crate::leaves::words;

/// How many addresses each name gave Query, by its own count: `thanos_query_endpoints_dns_provider_results{addr="NAME"}`.
const RESULTS: &str = "_dns_provider_results";

/// What is known of one name.
enum Gives {
    /// Query itself counts so many addresses.
    Counted(f64),
    /// Name servers say that there is no such record, while the service behind the name has an address: the servers are the right ones.
    NoRecord(String),
    /// Name servers say so here; Query may ask others.
    NothingHere(String),
    /// It resolves.
    Something,
    /// It could not be told.
    Untold(String),
}

/// Looks at each name of the flags.
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
    if endpoints.names.is_empty() {
        return match endpoints.hidden.is_empty() {
            true => Found::ruled_out(format!("{query} discovers no store by a name")),
            false => Found::not_tested(format!(
                "{query} takes stores from {}, whose content no endpoint shows",
                words::few(&endpoints.hidden, 3)
            )),
        }
        .shown_by(endpoints.evidence);
    }
    let page = own_page(case, &roster).await;
    // What Query lists and no name resolves to here shows that its name servers are others than ours.
    let sees_as_query = endpoints.unexplained(&roster).is_empty();
    let (mut untold, mut weak) = (None, None);
    for name in &endpoints.names {
        let evidence = name
            .evidence
            .iter()
            .chain(&endpoints.evidence)
            .copied()
            .chain([roster.n]);
        match gives(case, name, page.as_ref()).await {
            Gives::Counted(results) if results > 0.0 => {}
            Gives::Counted(_) => {
                let says = format!(
                    "`{}` gives {query} no store: by its own count it resolves to no address",
                    name.entry
                );
                let (_, n) = page.as_ref().expect("it was counted there");
                return found(case, &roster, name, says)
                    .shown_by(evidence)
                    .shown_by([*n]);
            }
            Gives::NoRecord(why) if sees_as_query => {
                let says = format!("`{}` gives {query} no store: {why}", name.entry);
                return found(case, &roster, name, says).shown_by(evidence);
            }
            Gives::NoRecord(why) | Gives::NothingHere(why) if sees_as_query => {
                let says = format!(
                    "`{}` gives nothing as asked from here, and {query} lists no store that came by it: {why}",
                    name.entry
                );
                let found = match roster.weigh(&[]) {
                    Weight::Enough => Found::likely(says),
                    Weight::Open | Weight::Beside => Found::possible(says),
                };
                weak = weak.or(Some(found.shown_by(evidence)));
            }
            Gives::NoRecord(why) | Gives::NothingHere(why) | Gives::Untold(why) => {
                untold = untold.or(Some(Found::not_tested(format!(
                    "what {query} discovers by `{}` could not be told from here: {why}",
                    name.entry
                ))));
            }
            Gives::Something => {}
        }
    }
    weak.or(untold).unwrap_or_else(|| {
        Found::ruled_out(format!(
            "every name by which {query} discovers stores gives some"
        ))
        .shown_by(
            endpoints
                .names
                .iter()
                .flat_map(|name| name.evidence.iter().copied()),
        )
        .shown_by(page.map(|(_, n)| n))
    })
}

fn found(case: &Case<'_>, roster: &Roster, name: &Discovered, says: String) -> Found {
    let (target, record) = name.question();
    roster
        .weigh(&[])
        .found(says)
        .next(next::dig(case.ask.world(), target, record))
}

async fn gives(case: &Case<'_>, name: &Discovered, page: Option<&(Page, u32)>) -> Gives {
    if let Some((page, _)) = page
        && let Some(results) = results(page, &name.entry)
    {
        return Gives::Counted(results);
    }
    match &name.lookup {
        Lookup::Found(_) => Gives::Something,
        Lookup::Untold(why) => Gives::Untold(why.clone()),
        Lookup::Nothing(why) => match service_behind(case, name).await {
            Some(service) => Gives::NoRecord(format!(
                "{why}, while the service `{service}` has an address"
            )),
            None => Gives::NothingHere(why.clone()),
        },
    }
}

/// The service of an SRV name, where that has an address here: then the port's name is wrong, not the view from here.
async fn service_behind(case: &Case<'_>, name: &Discovered) -> Option<String> {
    let (target, RecordType::Srv) = name.question() else {
        return None;
    };
    let mut labels = target.splitn(3, '.');
    let is_underscored = |label: Option<&str>| label.is_some_and(|label| label.starts_with('_'));
    if !is_underscored(labels.next()) || !is_underscored(labels.next()) {
        return None;
    }
    let service = labels.next()?;
    host_addresses(case.ask, service).await.ok()?;
    Some(service.to_owned())
}

/// The metrics of Query itself.
pub(crate) async fn own_page(case: &Case<'_>, roster: &Roster) -> Option<(Page, u32)> {
    let told = case
        .ask
        .path(&roster.query, AddressKey::Url, "/metrics")
        .await
        .ok()?;
    let answer = &told.value;
    let kind = answer
        .headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .map_or("", |(_, value)| value.as_str());
    let page = exposition::parse_page(answer.status, kind, answer.body.as_bytes()).ok()?;
    Some((page, told.n))
}

/// How many addresses that entry gave; an entry stands in one of several such counters, or in none.
fn results(page: &Page, entry: &str) -> Option<f64> {
    page.samples
        .iter()
        .filter(|sample| {
            sample
                .labels
                .metric()
                .is_some_and(|name| name.ends_with(RESULTS))
                && sample.labels.value("addr") == entry
        })
        .filter_map(|sample| sample.value.parse::<f64>().ok())
        .reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_gives_is_read_from_the_counters_of_every_version() {
        let page = concat!(
            "thanos_query_endpoints_dns_provider_results{addr=\"127.0.0.1:10901\"} 1\n",
            "thanos_query_endpoints_dns_provider_results{addr=\"dnssrv+_grpc._tcp.nowhere.invalid\"} 0\n",
            "thanos_query_store_apis_dns_lookups_total 0\n",
        );
        let page = exposition::parse_page(200, "text/plain", page.as_bytes()).unwrap();
        assert_eq!(
            results(&page, "dnssrv+_grpc._tcp.nowhere.invalid"),
            Some(0.0)
        );
        assert_eq!(results(&page, "127.0.0.1:10901"), Some(1.0));
        assert_eq!(results(&page, "dns+elsewhere:10901"), None);
    }
}
