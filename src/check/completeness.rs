//! Whether an empty answer is a whole one: at a Thanos Query a store that is down, or was never reached, leaves no trace in it.

use std::time::Duration;

use crate::ask::{Answer, Ask, Told};
use crate::backend::answer::{Flags, Store, Stores};
use crate::backend::{Backend, BackendKind};
use crate::check::turned_out::turned_out;
use crate::leaves::{Selector, Timestamp, words};

/// A healthy store is checked every five seconds; twice that and it may have died since (Thanos `endpoint.info-timeout`).
pub(crate) const LONGEST_SINCE_CHECK_MS: i64 = 10_000;

/// Whether nothing was left out of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Completeness {
    /// Nothing was; remarks that weaken the proof.
    Whole(Vec<String>),
    /// Something may have been: what, and what to do about it.
    Half {
        /// What may be missing.
        why: String,
        /// What to do, as a sentence.
        help: String,
    },
}

impl Completeness {
    fn half(why: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Half {
            why: why.into(),
            help: help.into(),
        }
    }
}

/// What was asked, as far as it decides which stores could have answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The series; none where the question was any expression.
    pub(crate) selector: Option<&'a Selector>,
    /// How far back it looked.
    pub(crate) back: Duration,
    /// When it was answered, by the server's clock.
    pub(crate) server_now: Timestamp,
}

/// Warnings that make an answer incomplete. What PromQL itself remarks on an expression comes among Thanos' warnings too.
pub(crate) fn missing_by_warning(warnings: &[String]) -> Option<String> {
    let missing: Vec<&str> = warnings
        .iter()
        .map(String::as_str)
        .filter(|warning| !warning.starts_with("PromQL info"))
        .collect();
    (!missing.is_empty()).then(|| words::few(&missing, 2))
}

/// Whether an empty answer without warnings proves absence at this hop.
pub(crate) async fn completeness(ask: &Ask, hop: &Backend, asked: Asked<'_>) -> Completeness {
    if !hop.kind().asks_stores() {
        return match turned_out(ask, hop).await {
            Some(other) => Completeness::half(other.why, other.help),
            None => Completeness::Whole(Vec::new()),
        };
    }
    let configured = configured(ask, hop).await;
    let stores = ask.stores(hop).await;
    if stores.is_err()
        && let Some(other) = turned_out(ask, hop).await
    {
        return Completeness::half(other.why, other.help);
    }
    let first = judged(&stores, &configured, hop, asked);
    let whole = match (&first, &stores) {
        // Told before the answer that it is to vouch for: what it says is too old.
        (Completeness::Half { .. }, Ok(told)) if told.server_now < asked.server_now => {
            judged(&ask.afresh().stores(hop).await, &configured, hop, asked)
        }
        _ => first,
    };
    match hop.kind() {
        BackendKind::ThanosQueryFrontend => behind_frontend(whole, &configured, hop),
        _ => whole,
    }
}

/// A Frontend shows the stores of the Query that it passed that question on to.
fn behind_frontend(
    whole: Completeness,
    configured: &Result<Configured, Completeness>,
    hop: &Backend,
) -> Completeness {
    let Completeness::Whole(mut notes) = whole else {
        return whole;
    };
    let name = hop.name();
    if let (
        Some(sent),
        Ok(Configured {
            tenant: Some(_), ..
        }),
    ) = (&hop.hop.tenant, configured)
    {
        return Completeness::half(
            format!(
                "the Query behind {name} shows one tenant only, and whether {name} passes tenant `{sent}` on is not known"
            ),
            format!("Ask the Query behind hop `{name}` itself."),
        );
    }
    notes.push(format!(
        "the stores that vouch for {name} are those of one Query behind it: where it has several, ask them too"
    ));
    Completeness::Whole(notes)
}

/// Whether Query says itself that it has no store at all, which is complete where none is configured (Thanos 0.42 and later).
pub(crate) async fn no_store_at_all(ask: &Ask, hop: &Backend) -> Completeness {
    match configured(ask, hop).await {
        Ok(configured) if configured.is_empty() => Completeness::Whole(vec![format!(
            "{} has no store configured at all",
            hop.name()
        )]),
        Ok(configured) => Completeness::half(
            format!(
                "{} has reached none of its configured stores ({})",
                hop.name(),
                words::few(&configured.all(), 3)
            ),
            "Look at the log of Query, and at the names and ports of its `--endpoint` flags.",
        ),
        Err(half) => half,
    }
}

/// The stores that a Query was told to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Configured {
    /// Addresses that are what they are.
    pub(crate) fixed: Vec<String>,
    /// Names and files that discovery expands.
    pub(crate) discovered: Vec<String>,
    /// The one tenant that Query shows, where it enforces tenancy.
    pub(crate) tenant: Option<String>,
    /// Whether rules leave out stores, which newer versions do not list then (`--selector.relabel-config`).
    pub(crate) selects: bool,
}

impl Configured {
    pub(crate) fn is_empty(&self) -> bool {
        self.fixed.is_empty() && self.discovered.is_empty()
    }

    fn all(&self) -> Vec<&String> {
        self.fixed.iter().chain(&self.discovered).collect()
    }

    fn add(&mut self, endpoints: &str) {
        for endpoint in endpoints
            .split(',')
            .map(str::trim)
            .filter(|e| !e.is_empty())
        {
            let scheme = endpoint.split_once('+').map_or("", |(scheme, _)| scheme);
            match scheme {
                "dns" | "dnssrv" | "dnssrvnoa" | "dnsdualstack" => {
                    self.discovered.push(endpoint.to_owned());
                }
                _ => self.fixed.push(endpoint.to_owned()),
            }
        }
    }
}

/// Flags of Thanos Query that name stores (0.31 to 0.42), and whether they name files or inline configuration.
const ENDPOINT_FLAGS: [(&str, bool); 10] = [
    ("endpoint", false),
    ("endpoint-strict", false),
    ("endpoint-group", false),
    ("endpoint-group-strict", false),
    ("store", false),
    ("store-strict", false),
    ("rule", false),
    ("store.sd-files", true),
    ("endpoint.sd-config-file", true),
    ("endpoint.sd-config", true),
];

/// Flags that hold rules by which Query leaves out stores.
pub(crate) const SELECTING: [&str; 2] = ["selector.relabel-config", "selector.relabel-config-file"];

/// What the flags of a Query say, else what its hop says.
pub(crate) async fn configured(ask: &Ask, hop: &Backend) -> Result<Configured, Completeness> {
    match (ask.flags(hop).await, &hop.hop.endpoints) {
        (Ok(told), _) if is_query(&told.value) => {
            Ok(from_flags(&told.value, hop.hop.tenant.as_deref()))
        }
        (Ok(_), _) => Err(no_query(hop)),
        (Err(_), Some(endpoints)) => {
            let mut configured = Configured::default();
            endpoints.iter().for_each(|e| configured.add(e));
            Ok(configured)
        }
        (Err(failure), None) => Err(Completeness::half(
            format!(
                "which stores {} is configured with could not be asked: {}",
                hop.name(),
                failure.what
            ),
            format!(
                "Open `/api/v1/status/flags` of hop `{0}`, or list its `--endpoint` values as `endpoints:` of hop `{0}`.",
                hop.name()
            ),
        )),
    }
}

fn no_query(hop: &Backend) -> Completeness {
    Completeness::half(
        format!(
            "the flags of {} are not those of a Thanos Query",
            hop.name()
        ),
        format!(
            "Give hop `{}` the address of a Query: it has flags for its stores, such as `--endpoint`.",
            hop.name()
        ),
    )
}

/// Whether the flags of a hop that lists no store show that it is no Query: others answer with an empty list, too.
pub(crate) async fn only_answers_alike(ask: &Ask, hop: &Backend) -> Option<(String, String)> {
    match ask.flags(hop).await {
        Ok(told) if !is_query(&told.value) => match no_query(hop) {
            Completeness::Half { why, help } => Some((why, help)),
            Completeness::Whole(_) => None,
        },
        _ => None,
    }
}

/// Whether these are the flags of a Query, which shows those for its stores whether they are given or not.
fn is_query(flags: &Flags) -> bool {
    ENDPOINT_FLAGS
        .iter()
        .any(|(flag, _)| flags.0.contains_key(*flag))
}

fn from_flags(flags: &Flags, sent: Option<&str>) -> Configured {
    let mut configured = Configured {
        tenant: only_tenant(flags, sent),
        selects: SELECTING
            .iter()
            .any(|flag| flags.0.get(*flag).is_some_and(|value| !value.is_empty())),
        ..Configured::default()
    };
    for (flag, discovers) in ENDPOINT_FLAGS {
        match flags.0.get(flag).map(String::as_str) {
            None | Some("") => {}
            Some(value) if discovers => configured.discovered.push(format!("--{flag}={value}")),
            Some(value) => configured.add(value),
        }
    }
    configured
}

/// The one tenant that a Query shows where it enforces tenancy (Thanos 0.34 and later): the one sent, else its default.
pub(crate) fn only_tenant(flags: &Flags, sent: Option<&str>) -> Option<String> {
    let flag = |name: &str| flags.0.get(name).map(String::as_str);
    let default = flag("query.default-tenant-id").filter(|id| !id.is_empty());
    (flag("query.enforce-tenancy") == Some("true"))
        .then(|| sent.or(default).unwrap_or("default-tenant").to_owned())
}

fn judged(
    stores: &Answer<Stores>,
    configured: &Result<Configured, Completeness>,
    hop: &Backend,
    asked: Asked<'_>,
) -> Completeness {
    match (stores, configured) {
        (Ok(told), Ok(configured)) => vouched(told, configured, hop.name(), asked),
        (Ok(_), Err(half)) => half.clone(),
        (Err(failure), _) => Completeness::half(
            format!(
                "the stores of {} could not be asked: {}",
                hop.name(),
                failure.what
            ),
            format!("Open `/api/v1/stores` of hop `{}`.", hop.name()),
        ),
    }
}

/// Every store that is listed or configured and could hold the series must be listed, without an error, and checked lately.
fn vouched(
    told: &Told<Stores>,
    configured: &Configured,
    hop: &str,
    asked: Asked<'_>,
) -> Completeness {
    let stores = &told.value.0;
    let now = told.server_now.max(asked.server_now);
    for store in stores.iter().filter(|store| could_hold(store, asked, now)) {
        let name = format!("store {} ({}) of {hop}", store.name, store.component);
        if let Some(error) = &store.last_error {
            return Completeness::half(
                format!("{name} could hold the series and is left out: {error}"),
                format!("Bring the store {} back, then ask again.", store.name),
            );
        }
        let since = store.last_check.map(|checked| checked.age_ms(now));
        if since.is_none_or(|since| since > LONGEST_SINCE_CHECK_MS) {
            let last = since.map_or("was never checked".to_owned(), |since| {
                format!("was last checked {} ago", words::age(since))
            });
            return Completeness::half(
                format!("{name} could hold the series and {last}"),
                format!(
                    "See whether the store {} is up; Query checks it every 5 seconds.",
                    store.name
                ),
            );
        }
    }
    let missing: Vec<&String> = configured
        .fixed
        .iter()
        .filter(|address| !stores.iter().any(|store| is_at(store, address)))
        .collect();
    if !missing.is_empty() && configured.selects {
        return Completeness::half(
            format!(
                "{hop} does not list {}, which it is configured with and which could hold anything: it never reached it, or not of late, or its `--selector.relabel-config` leaves it out",
                words::few(&missing, 3)
            ),
            "See whether that store is up, and whether the rules of Query keep it.",
        );
    }
    if !missing.is_empty() {
        return Completeness::half(
            format!(
                "{hop} does not list {}, which it is configured with and which could hold anything: it never reached it, or not of late",
                words::few(&missing, 3)
            ),
            "See whether that store is up, and whether its gRPC port is the one that is configured.",
        );
    }
    if stores.is_empty() && !configured.discovered.is_empty() {
        return Completeness::half(
            format!(
                "{hop} sees no store at all, though it is to discover them by {}",
                words::few(&configured.discovered, 3)
            ),
            "See what these names resolve to, as Query's own resolver sees them.",
        );
    }
    let mut notes = Vec::new();
    if !configured.discovered.is_empty() {
        notes.push(format!(
            "{hop} discovers stores by {}; whether all of those are listed was not tested",
            words::few(&configured.discovered, 3)
        ));
    }
    if let Some(tenant) = &configured.tenant {
        notes.push(format!(
            "{hop} enforces tenancy: only series of tenant `{tenant}` were looked at"
        ));
    }
    Completeness::Whole(notes)
}

/// Query lists a store under the address it was configured with; a group's is prefixed with the scheme of its resolver.
pub(crate) fn is_at(store: &Store, address: &str) -> bool {
    store.name == address
        || store
            .name
            .strip_suffix(address)
            .is_some_and(|prefix| prefix.ends_with('/'))
}

/// As Thanos' proxy decides (`storeMatches`): by time range, and by label sets of which each contradicts a matcher.
fn could_hold(store: &Store, asked: Asked<'_>, now: Timestamp) -> bool {
    in_time(store, asked.back, now)
        && asked
            .selector
            .is_none_or(|asked| labels_allow(store, asked))
}

/// Whether the store's time range has something of the last `back`.
pub(crate) fn in_time(store: &Store, back: Duration, now: Timestamp) -> bool {
    let back = i64::try_from(back.as_millis()).unwrap_or(i64::MAX);
    store.min_time <= now.0 && store.max_time >= now.plus_ms(back.saturating_neg()).0
}

/// Whether one of the store's label sets contradicts no matcher; a store without any label set is always asked.
pub(crate) fn labels_allow(store: &Store, selector: &Selector) -> bool {
    store.label_sets.is_empty()
        || store.label_sets.iter().any(|labels| {
            selector
                .matchers
                .iter()
                .all(|matcher| !labels.contains_key(&matcher.name) || matcher.matches(labels))
        })
}
