//! The verdict on the store of a hop, as a Thanos Query sees it.

use std::sync::Arc;

use crate::ask::{Ask, Told};
use crate::backend::answer::{Store as Listed, Stores};
use crate::backend::{Backend, World};
use crate::check::completeness::{LONGEST_SINCE_CHECK_MS, only_answers_alike};
use crate::check::findings::Findings;
use crate::check::kind::CheckKind;
use crate::check::store::address::host_and_port;
use crate::check::store::configured::{Unlisted, unlisted};
use crate::check::store::form::Store;
use crate::check::store::range::{Covers, covers, in_words};
use crate::check::store::review::review;
use crate::check::store::which::{KnownBy, Meant, has_set, meant};
use crate::check::turned_out::turned_out;
use crate::leaves::{Complaint, Judged, Labels, Table, Timestamp, Verdict, words};

/// Rows of the table of stores, at most.
const ROWS: usize = 50;

/// Components of stores that do not say what they are.
const UNKNOWN: [&str; 3] = ["debug", "unknown-store-api", "unknown"];

impl CheckKind for Store {
    fn subject(&self) -> String {
        self.store.clone()
    }

    fn review(&self, world: &World) -> Vec<Complaint> {
        review(self, world)
    }

    fn asked_hop<'w>(&self, world: &'w World) -> Option<&'w Arc<Backend>> {
        self.asked(world)
    }

    async fn judge(&self, ask: &Ask) -> Judged {
        judge(self, ask).await
    }
}

async fn judge(check: &Store, ask: &Ask) -> Judged {
    let world = ask.world();
    let (Some(query), Some(hop)) = (check.asked(world), world.backend(&check.store)) else {
        return Judged::of(
            Verdict::error(
                "the hop or the Query of this check is not here",
                "Name hops of the pipeline.",
            ),
            "",
        );
    };
    let Some(component) = check.component(hop) else {
        return Judged::of(
            Verdict::error(
                format!("hop `{}` is no store of a Thanos Query", hop.name()),
                "Say with `kind:` what it is.",
            ),
            "",
        );
    };
    let name = query.name();
    let told = match ask.stores(query).await {
        Ok(told) => told,
        Err(failure) => {
            if let Some(other) = turned_out(ask, query).await {
                return Judged::of(
                    Verdict::error(other.why, other.help),
                    format!("not answered by {name}"),
                );
            }
            let help = failure.help.clone().unwrap_or_else(|| {
                format!("Make `/api/v1/stores` of hop `{name}` reachable from where gapcheck runs.")
            });
            return Judged::of(
                Verdict::error(format!("{name}: {}", failure.what), help),
                format!("not answered by {name}"),
            );
        }
    };
    if told.value.0.is_empty()
        && let Some((why, help)) = only_answers_alike(ask, query).await
    {
        return Judged::of(Verdict::error(why, help), format!("not answered by {name}"));
    }
    let meant = meant(check, ask, hop, component.word(), &told.value).await;
    let unlisted = unlisted(ask, query, &told.value).await;
    let mut findings = Findings::default();
    let mut notes = unlisted.notes.clone();
    let of_hop: Vec<&String> = unlisted
        .fixed
        .iter()
        .filter(|address| meant.hop.contains(host_and_port(address).0))
        .collect();
    let unknown = told
        .value
        .0
        .iter()
        .find(|store| UNKNOWN.contains(&store.component.as_str()));
    if let (true, Some(store)) = (meant.stores.is_empty(), unknown) {
        findings.unsure(
            format!(
                "no {} store is listed, and {name} does not know what {} is (`{}`)",
                component.word(),
                store.name,
                store.component
            ),
            "Bring both to one version of Thanos: a store too old to say what it is cannot be told from others.",
        );
    } else if meant.stores.is_empty() {
        let expected = match check.labels.0.is_empty() || meant.of_component.is_empty() {
            true => format!(
                "the {} store of `{}` listed at {name}",
                component.word(),
                check.store
            ),
            false => format!(
                "a {} store with {} listed at {name}",
                component.word(),
                demanded(check)
            ),
        };
        findings.fail(
            expected,
            not_listed(component.word(), &meant, &told.value, &unlisted, name),
        );
    } else {
        notes.extend(told_by(check, &meant, name));
        if !of_hop.is_empty() {
            notes.push(format!(
                "{name} never reached {}, at an address of `{}`",
                words::few(&of_hop, 3),
                check.store
            ));
        } else if !unlisted.words().is_empty() {
            notes.push(format!(
                "{name} is configured with {}, and does not list it",
                words::few(&unlisted.words(), 5)
            ));
        }
        labels(check, &meant.stores, name, &mut findings);
        if check.healthy {
            healthy(check, &meant, &told, name, &mut findings);
        }
        range(check, &meant, &told, &mut findings, &mut notes);
    }
    if let Some(replicas) = &check.replicas
        && unknown.is_none()
        && !replicas.holds(meant.stores.len() as f64)
    {
        findings.fail(
            format!("{replicas} stores of `{}` listed at {name}", check.store),
            format!("{} listed", words::count(meant.stores.len(), "store")),
        );
    }
    let says = match meant.stores.as_slice() {
        [] => format!("no store of {} at {name}", check.store),
        [only] => format!("{} at {name}", only.name),
        several => format!("{} at {name}", words::count(several.len(), "store")),
    };
    Judged {
        tables: table(&meant, &told, name).into_iter().collect(),
        notes,
        ..Judged::of(findings.verdict(), says)
    }
}

fn demanded(check: &Store) -> String {
    let demands: Vec<String> = check
        .labels
        .0
        .iter()
        .map(|(name, matcher)| format!("label `{name}` {matcher}"))
        .collect();
    words::list(&demands)
}

/// What is there instead, and which configured endpoint is missing.
fn not_listed(
    component: &str,
    meant: &Meant<'_>,
    stores: &Stores,
    unlisted: &Unlisted,
    query: &str,
) -> String {
    let mut text = if !meant.of_component.is_empty() {
        format!(
            "{} of {query} have {}",
            words::count(meant.of_component.len(), &format!("{component} store")),
            sets(&meant.of_component)
        )
    } else if stores.0.is_empty() {
        format!("{query} lists no store at all")
    } else {
        let names: Vec<String> = stores
            .0
            .iter()
            .map(|store| format!("{} ({})", store.name, store.component))
            .collect();
        format!("{query} lists {}", words::few(&names, 5))
    };
    let missing = unlisted.words();
    if !missing.is_empty() {
        text.push_str(&format!(
            "; it is configured with {}, which it never reached, or not of late",
            words::few(&missing, 5)
        ));
    }
    text
}

fn sets(stores: &[&Listed]) -> String {
    let sets: Vec<String> = stores
        .iter()
        .flat_map(|store| store.label_sets.iter().map(Labels::to_string))
        .collect();
    match sets.as_slice() {
        [] => "no label set".to_owned(),
        sets => words::few(sets, 5),
    }
}

/// How the stores of the hop were known, where that is no proof by address.
fn told_by(check: &Store, meant: &Meant<'_>, query: &str) -> Option<String> {
    let how = match meant.by {
        KnownBy::Address => return None,
        KnownBy::Labels => "kind and labels",
        KnownBy::Component => "its kind alone",
    };
    Some(format!(
        "the store of `{}` at {query} is known by {how}: no {} store stands at an address of the hop",
        check.store,
        meant
            .stores
            .first()
            .map_or("", |store| store.component.as_str())
    ))
}

fn labels(check: &Store, stores: &[&Listed], query: &str, findings: &mut Findings) {
    if check.labels.0.is_empty() {
        return;
    }
    let lacking: Vec<&Listed> = stores
        .iter()
        .copied()
        .filter(|store| !has_set(check, store))
        .collect();
    if let Some(first) = lacking.first() {
        findings.fail(
            format!("a label set with {} at {query}", demanded(check)),
            format!("{} has {}", first.name, sets(&[first])),
        );
    }
}

/// What is wrong with a store: without an error, and checked lately. None where all is well.
fn ailment(store: &Listed, now: Timestamp) -> Option<String> {
    if let Some(error) = &store.last_error {
        return Some(format!("{}: {}", store.name, words::cut(error, 500)));
    }
    let since = store.last_check?.age_ms(now);
    (since > LONGEST_SINCE_CHECK_MS).then(|| {
        format!(
            "{} was last checked {} ago, which Query does every 5s",
            store.name,
            words::age(since)
        )
    })
}

fn healthy(
    check: &Store,
    meant: &Meant<'_>,
    told: &Told<Stores>,
    query: &str,
    findings: &mut Findings,
) {
    let now = told.server_now;
    let ill: Vec<String> = meant
        .stores
        .iter()
        .filter_map(|store| ailment(store, now))
        .collect();
    if let Some(first) = ill.first() {
        let only_by_clock = meant.stores.iter().all(|store| store.last_error.is_none());
        if meant.is_ambiguous && ill.len() < meant.stores.len() {
            findings.unsure(
                format!(
                    "{} of {} are not well ({first}), and which of them are those of `{}` cannot be told",
                    ill.len(),
                    words::count(meant.stores.len(), "store"),
                    check.store
                ),
                "Name with `labels:` what only the stores of this hop advertise.",
            );
        } else if only_by_clock && told.server_now == told.at {
            // Without a `Date` of the server its time is ours, and our clock may be another.
            findings.unsure(
                format!("{first}, by our clock: {query} does not tell its own"),
                "Let the `Date` header of Query pass, then ask again.",
            );
        } else {
            findings.fail(
                format!("every store of `{}` well at {query}", check.store),
                format!(
                    "{} of {}: {first}",
                    ill.len(),
                    words::count(meant.stores.len(), "store")
                ),
            );
        }
    }
    if let Some(store) = meant
        .stores
        .iter()
        .find(|store| store.last_check.is_none() && store.last_error.is_none())
    {
        findings.unsure(
            format!("{} was not checked yet by {query}", store.name),
            "Wait five seconds, or let the check poll with `within:`.",
        );
    }
}

fn range(
    check: &Store,
    meant: &Meant<'_>,
    told: &Told<Stores>,
    findings: &mut Findings,
    notes: &mut Vec<String>,
) {
    let Some(back) = check.covers else { return };
    for store in &meant.stores {
        match covers(store, back, told.server_now) {
            Covers::Yes(remark) => notes.extend(remark),
            Covers::No(why) if meant.is_ambiguous => findings.unsure(
                format!(
                    "{why}, and whether that is a store of `{}` cannot be told",
                    check.store
                ),
                "Name with `labels:` what only the stores of this hop advertise.",
            ),
            Covers::No(why) => findings.fail(
                format!("the last {back} within the time range of `{}`", check.store),
                why,
            ),
        }
    }
}

fn table(meant: &Meant<'_>, told: &Told<Stores>, query: &str) -> Option<Table> {
    if meant.stores.is_empty() {
        return None;
    }
    let now = told.server_now;
    let row = |store: &&Listed| {
        let (oldest, newest) = in_words(store);
        vec![
            store.name.clone(),
            store.component.clone(),
            store
                .last_check
                .map_or("never".to_owned(), |at| words::ago(at.age_ms(now))),
            words::cut(store.last_error.as_deref().unwrap_or_default(), 300),
            sets(&[store]),
            oldest,
            newest,
        ]
    };
    Some(Table {
        title: format!("stores at {query}"),
        columns: [
            "store",
            "kind",
            "last check",
            "last error",
            "label sets",
            "oldest data",
            "newest data",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: meant.stores.iter().take(ROWS).map(row).collect(),
    })
}
