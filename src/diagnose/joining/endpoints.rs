//! What the Query of a case is configured with: fixed addresses, names that discovery expands and what they resolve to here, and what
//! no endpoint of Query shows.

use std::collections::BTreeSet;

use crate::ask::Ask;
use crate::backend::answer::RecordType;
use crate::check::{
    Completeness, Gave, Lookups, SELECTING, configured, expanded, host_and_port, is_at,
};
use crate::diagnose::case::Case;
use crate::diagnose::joining::roster::Roster;

/// Names that are looked up, at most.
const LOOKED_UP: usize = 8;

/// Flags that hold rules by which Query leaves out stores.
pub(crate) const HIDING: [&str; 2] = SELECTING;

/// What a Query is configured with.
pub(crate) struct Endpoints {
    /// Whether the flags say so; else the suite does.
    pub(crate) by_flags: bool,
    /// Fixed addresses.
    pub(crate) fixed: Vec<String>,
    /// Fixed addresses that Query does not list.
    pub(crate) unlisted: Vec<String>,
    /// Names that discovery expands.
    pub(crate) names: Vec<Discovered>,
    /// Files and settings whose content no endpoint shows.
    pub(crate) hidden: Vec<String>,
    /// Whether rules of Query leave out stores by their labels (`--selector.relabel-config`), as far as flags say.
    pub(crate) hides: bool,
    /// The tenant that Query shows alone, where it enforces tenancy.
    pub(crate) tenant: Option<String>,
    /// The exchanges that tell it.
    pub(crate) evidence: Vec<u32>,
}

/// A name that discovery expands.
pub(crate) struct Discovered {
    /// As configured: `dnssrv+_grpc._tcp.receive.monitoring.svc`.
    pub(crate) entry: String,
    /// What it resolves to here.
    pub(crate) lookup: Lookup,
    /// The exchanges that show it.
    pub(crate) evidence: Vec<u32>,
}

/// What a name resolves to here.
pub(crate) enum Lookup {
    /// These addresses, with ports.
    Found(BTreeSet<String>),
    /// Nothing, as name servers say.
    Nothing(String),
    /// It could not be told.
    Untold(String),
}

impl Discovered {
    /// Scheme and target: `dnssrv`, `_grpc._tcp.receive.monitoring.svc`.
    pub(crate) fn parts(&self) -> (&str, &str) {
        self.entry.split_once('+').unwrap_or(("", &self.entry))
    }

    /// What is looked up, and as which record.
    pub(crate) fn question(&self) -> (&str, RecordType) {
        let (scheme, target) = self.parts();
        let record = match scheme {
            "dnssrv" | "dnssrvnoa" => RecordType::Srv,
            _ => RecordType::A,
        };
        (host_and_port(target).0, record)
    }
}

impl Endpoints {
    /// What the Query of the roster is configured with; or why that is not known.
    pub(crate) async fn of(case: &Case<'_>, roster: &Roster) -> Result<Self, String> {
        let flags = case.ask.flags(&roster.query).await;
        let configured = configured(case.ask, &roster.query)
            .await
            .map_err(|half| match half {
                Completeness::Half { why, .. } => why,
                Completeness::Whole(_) => "its flags are closed".to_owned(),
            })?;
        let is_listed =
            |address: &String| roster.stores.0.iter().any(|store| is_at(store, address));
        let (hidden, named): (Vec<String>, Vec<String>) = configured
            .discovered
            .iter()
            .cloned()
            .partition(|name| name.starts_with("--"));
        let mut names = Vec::new();
        for entry in named.into_iter().take(LOOKED_UP) {
            names.push(discovered(case.ask, entry).await);
        }
        Ok(Self {
            by_flags: flags.is_ok(),
            hides: flags.as_ref().is_ok_and(|told| {
                HIDING
                    .iter()
                    .any(|flag| told.value.0.get(*flag).is_some_and(|set| !set.is_empty()))
            }),
            unlisted: configured
                .fixed
                .iter()
                .filter(|address| !is_listed(address))
                .cloned()
                .collect(),
            fixed: configured.fixed,
            names,
            hidden,
            tenant: configured.tenant,
            evidence: flags.iter().map(|told| told.n).collect(),
        })
    }

    /// Whether nothing is configured at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.fixed.is_empty() && self.names.is_empty() && self.hidden.is_empty()
    }

    /// Listed stores that stand neither at a fixed address nor at one to which a name resolves here: what we see of names is then
    /// not what Query sees, unless files explain them.
    pub(crate) fn unexplained<'a>(&self, roster: &'a Roster) -> Vec<&'a str> {
        roster
            .stores
            .0
            .iter()
            .filter(|store| {
                let at = |address: &String| is_at(store, address);
                !self.fixed.iter().any(at)
                    && !self.names.iter().any(|name| match &name.lookup {
                        Lookup::Found(addresses) => addresses.iter().any(at),
                        Lookup::Nothing(_) | Lookup::Untold(_) => false,
                    })
            })
            .map(|store| store.name.as_str())
            .collect()
    }

    /// Addresses to which names resolve here and which Query does not list.
    pub(crate) fn unlisted_by_name(&self, roster: &Roster) -> Vec<(&Discovered, &str)> {
        self.names
            .iter()
            .filter_map(|name| match &name.lookup {
                Lookup::Found(addresses) => Some((name, addresses)),
                Lookup::Nothing(_) | Lookup::Untold(_) => None,
            })
            .flat_map(|(name, addresses)| addresses.iter().map(move |address| (name, address)))
            .filter(|(_, address)| !roster.stores.0.iter().any(|store| is_at(store, address)))
            .map(|(name, address)| (name, address.as_str()))
            .collect()
    }
}

async fn discovered(ask: &Ask, entry: String) -> Discovered {
    let mut discovered = Discovered {
        entry,
        lookup: Lookup::Untold(String::new()),
        evidence: Vec::new(),
    };
    let (scheme, target) = discovered.parts();
    let answer = expanded(ask, scheme, target).await;
    let (name, record) = discovered.question();
    let (is_nothing, evidence) = settled(ask, name, record).await;
    discovered.lookup = match answer {
        Ok(found) if !found.is_empty() => Lookup::Found(found),
        Ok(_) if is_nothing => Lookup::Nothing(format!("`{name}` has no {record} record")),
        Err(why) if is_nothing => Lookup::Nothing(why),
        Ok(_) => Lookup::Untold(format!("`{name}` resolves to nothing")),
        Err(why) => Lookup::Untold(why),
    };
    discovered.evidence = evidence;
    discovered
}

/// Whether name servers say that a name has no such records, as typed and with every suffix; and the exchanges.
async fn settled(ask: &Ask, name: &str, record: RecordType) -> (bool, Vec<u32>) {
    let records: &[RecordType] = match record {
        RecordType::A => &[RecordType::A, RecordType::Aaaa],
        _ => &[RecordType::Srv],
    };
    let (mut is_nothing, mut evidence) = (true, Vec::new());
    for record in records {
        let Ok(told) = ask.dns(ask.world().lookup(name, *record)).await else {
            return (false, evidence);
        };
        evidence.push(told.n);
        let lookups = Lookups::of(&told.value);
        let nothing = |gave: &Gave<'_>| matches!(gave, Gave::NoData(_) | Gave::NxDomain(_));
        if matches!(lookups.absolute, Gave::Found(_)) || matches!(lookups.search, Gave::Found(_)) {
            return (false, evidence);
        }
        is_nothing &= nothing(&lookups.absolute)
            && (nothing(&lookups.search) || matches!(lookups.search, Gave::NotAsked));
    }
    (is_nothing, evidence)
}
