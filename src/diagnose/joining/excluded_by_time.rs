//! No store whose time range has the time of the question could hold the series.

use crate::backend::QueryHow;
use crate::backend::answer::{QueryResult, Store};
use crate::check::store_is_empty;
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::joining::endpoints::Endpoints;
use crate::diagnose::joining::own::By;
use crate::diagnose::joining::roster::Roster;
use crate::leaves::{Selector, Timestamp, words};

/// Stores that are asked for what they have inside their range, at most.
const ASKED: usize = 2;

/// Computes which stores Query leaves out by their times, and asks one of them inside its range.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    let query = roster.name();
    let outside: Vec<&Store> = roster
        .stores
        .0
        .iter()
        .filter(|store| !roster.covers(store) && roster.allows(store) && !store_is_empty(store))
        .collect();
    if let Some(found) = not_known_yet(case, &roster) {
        return found;
    }
    if outside.is_empty() {
        return Found::ruled_out(format!(
            "{query} leaves out no store of these labels by its time range"
        ))
        .shown_by([roster.n]);
    }
    let within = roster
        .stores
        .0
        .iter()
        .find(|store| roster.could_hold(store));
    if let Some(store) = within {
        return Found::ruled_out(format!(
            "the time range of {} has the time of the question, so it is asked",
            store.name
        ))
        .shown_by([roster.n]);
    }
    let Some(selector) = &roster.selector else {
        return Found::not_tested(format!("{query} was not asked for the metric"));
    };
    let mut why_not = None;
    for store in outside.iter().take(ASKED) {
        let says = format!(
            "{query} does not ask {} ({}): its data {}, and no other store that could hold the series covers the time of the question",
            store.name,
            store.component,
            range(store, roster.now)
        );
        match inside(case, &roster, selector, store).await {
            Ok((true, n)) => {
                let says = format!("{says}; inside its range it has the series");
                let found = match is_its_turn(case, &roster, store).await {
                    Ok(()) => Found::proven(says),
                    Err(why) => Found::possible(format!("{says}; {why}")),
                };
                return found.shown_by([roster.n, n]);
            }
            Ok((false, _)) => {}
            Err(why) => why_not = why_not.or(Some((says, why))),
        }
    }
    match why_not {
        Some((says, why)) => Found::likely(format!("{says}; whether it has the series could not be asked: {why}")),
        None => Found::ruled_out(format!(
            "the stores that {query} leaves out by their times ({}) have no such series inside their ranges either",
            words::few(&outside.iter().map(|store| &store.name).collect::<Vec<_>>(), 3)
        )),
    }
    .shown_by([roster.n])
}

/// The store on the way has the metric, and had nothing at all when Query checked it last: until the next check it is asked for nothing.
fn not_known_yet(case: &Case<'_>, roster: &Roster) -> Option<Found> {
    let own = &roster.own;
    let empty = roster.stores.0.iter().find(|store| {
        own.by == By::Address && own.names.contains(&store.name) && store_is_empty(store)
    })?;
    let is_left_out = !roster.covers(empty) && roster.own_has_it(case);
    let hop = own.hop.as_ref().filter(|_| is_left_out)?;
    let checked = match empty.last_check {
        Some(at) => format!(" at its last check{}", figure(format!(" ({at})"), "")),
        None => String::new(),
    };
    Some(
        Found::likely(format!(
            "{} lists {} as a store without any data, as it was{checked}, and asks it for nothing; {} has the metric since",
            roster.name(),
            empty.name,
            hop.name()
        ))
        .shown_by([roster.n])
        .fix("Ask again: Query checks its stores every five seconds. What stays so is a store that Query cannot check any more."),
    )
}

/// Whether that store is the one that should have recent data; or why another should.
async fn is_its_turn(case: &Case<'_>, roster: &Roster, store: &Store) -> Result<(), String> {
    let on_the_way = roster.own.component;
    // A sidecar's Prometheus may upload what it has, for a store gateway alone to serve.
    if !["", "sidecar", store.component.as_str()].contains(&on_the_way) {
        return Err(format!(
            "but the store on the way is a {on_the_way}, which should have what is recent"
        ));
    }
    match Endpoints::of(case, roster).await {
        Ok(endpoints) if endpoints.unlisted.is_empty() => Ok(()),
        Ok(endpoints) => Err(format!(
            "but {} was never reached and could have what is recent",
            words::few(&endpoints.unlisted, 3)
        )),
        Err(why) => Err(why),
    }
}

fn range(store: &Store, now: Timestamp) -> String {
    match store.max_time < now.0 {
        true => format!(
            "ends at {}{}",
            Timestamp(store.max_time),
            figure(
                format!(
                    ", {} ago",
                    words::age(Timestamp(store.max_time).age_ms(now))
                ),
                ""
            )
        ),
        false => format!(
            "begins at {}, which is still to come",
            Timestamp(store.min_time)
        ),
    }
}

/// Whether the store has the series at the end of its range that is nearest to now.
async fn inside(
    case: &Case<'_>,
    roster: &Roster,
    selector: &Selector,
    store: &Store,
) -> Result<(bool, u32), String> {
    let at = match store.max_time < roster.now.0 {
        true => Timestamp(store.max_time).plus_ms(-1_000),
        false => Timestamp(store.min_time).plus_ms(1_000),
    };
    let how = QueryHow {
        at: Some(at),
        store: Some(store.name.clone()),
        ..QueryHow::default()
    };
    let told = case
        .ask
        .query_as(&roster.query, format!("count({selector})"), how)
        .await
        .map_err(|failure| failure.what)?;
    match &told.value.result {
        QueryResult::Vector(samples) => Ok((!samples.is_empty(), told.n)),
        _ => Err("the answer is no vector".to_owned()),
    }
}
