//! The series is with another tenant than the one asked for: because the sender names another, or because its header gets lost.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::backend::answer::{QueryResult, StoredSeries, TenantHead};
use crate::backend::{Backend, BackendKind, Capability};
use crate::check::{DEFAULT_TENANT, only_tenant, tenant_of, without_replicas};
use crate::diagnose::accepting::Taking;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::sending::block::{Sending, sending};
use crate::leaves::{Selector, words};

/// How far back a store is asked, as all looks ask it.
const BACK: Duration = Duration::from_secs(3600);

/// Who holds the series of this sender.
struct Held {
    tenants: Vec<String>,
    /// Whether they are this sender's: other senders may have series of the same name.
    sure: bool,
    /// Whether all that is held there was told.
    whole: bool,
    /// Where that was seen.
    at: String,
    n: u32,
}

/// The tenant asked for, and the one that the sender names.
struct Tenants<'a> {
    sending: Sending<'a>,
    asked: String,
    /// Header and value.
    sent: Option<(String, String)>,
    held: Held,
}

impl Tenants<'_> {
    fn has(&self, tenant: &str) -> bool {
        self.held.tenants.iter().any(|held| held == tenant)
    }

    fn evidence(&self) -> [u32; 2] {
        [self.sending.n, self.held.n]
    }

    /// What is held where, as the beginning of a sentence.
    fn says(&self) -> String {
        let names: Vec<String> = self
            .held
            .tenants
            .iter()
            .map(|tenant| format!("`{tenant}`"))
            .collect();
        format!(
            "{} holds it for tenant {}, not for `{}`",
            self.held.at,
            words::few(&names, 3),
            self.asked
        )
    }
}

/// Looks whether the sender names another tenant than the check.
pub(crate) async fn mismatch(case: &Case<'_>) -> Found {
    let tenants = match tenants(case).await {
        Ok(tenants) => tenants,
        Err(found) => return found,
    };
    let name = tenants.sending.sender.name();
    let (expected, by) = match &tenants.sent {
        Some((header, value)) => (
            value.as_str(),
            format!("the block of {name} sends `{header}: {value}`"),
        ),
        None => (
            DEFAULT_TENANT,
            format!(
                "the block of {name} sends no tenant header, which a Receive files under `{DEFAULT_TENANT}` unless it has another default"
            ),
        ),
    };
    let found = if expected == tenants.asked {
        Found::ruled_out(format!("{by}, as it is asked for"))
    } else if tenants.has(expected) {
        sure(&tenants, format!("{}, and {by}", tenants.says()))
    } else if tenants.held.tenants.is_empty() {
        let says = format!("{} has it for no tenant", tenants.held.at);
        match tenants.held.whole {
            true => Found::ruled_out(says),
            false => Found::not_tested(format!("{says}, as far as it tells")),
        }
    } else {
        Found::possible(format!(
            "{}; {by}, which does not explain that",
            tenants.says()
        ))
    };
    found
        .fix(format!(
            "Let {name} send the tenant `{}`, or ask for `{expected}`. What was written stays with its tenant.",
            tenants.asked
        ))
        .shown_by(tenants.evidence())
}

/// Looks whether the header that the sender has loaded does not arrive.
pub(crate) async fn header_lost(case: &Case<'_>) -> Found {
    let tenants = match tenants(case).await {
        Ok(tenants) => tenants,
        Err(found) => return found,
    };
    let (name, receiver) = (tenants.sending.sender.name(), tenants.sending.receiver);
    let Some((header, value)) = &tenants.sent else {
        return Found::ruled_out(format!("the block of {name} sends no tenant header"))
            .shown_by(tenants.evidence());
    };
    let found = if value == DEFAULT_TENANT || receiver.kind() != BackendKind::ThanosReceive {
        Found::ruled_out(format!(
            "without `{header}` the tenant would be the same, or none"
        ))
    } else if tenants.has(value) {
        Found::ruled_out(format!("`{header}: {value}` arrives: {}", tenants.says()))
    } else if tenants.has(DEFAULT_TENANT) {
        let version = match case.ask.build(tenants.sending.sender).await {
            Ok(told) => format!(" ({name} is {})", words::cut(&told.value.version, 60)),
            Err(_) => String::new(),
        };
        sure(
            &tenants,
            format!(
                "{}, although the block of {name} has `{header}: {value}`{version}: the header does not arrive",
                tenants.says()
            ),
        )
    } else {
        by_writes(case, &tenants, value).await
    };
    found.shown_by(tenants.evidence())
}

/// Where the metric is held for neither tenant, something else keeps it away as well: whose writes Receive counts tells whether the
/// header arrives.
async fn by_writes(case: &Case<'_>, tenants: &Tenants<'_>, value: &str) -> Found {
    let neither = format!(
        "{} holds it neither for `{value}` nor for `{DEFAULT_TENANT}`",
        tenants.held.at
    );
    let (hop, taking) = match Taking::of(case).await {
        Ok(taking) => taking,
        Err(why) => return Found::not_tested(format!("{neither}; {why}")),
    };
    let (receive, read) = (hop.name(), &taking.read);
    let counts = |tenant| taking.writes(tenant, |_| true) > 0.0;
    match (counts(value), counts(DEFAULT_TENANT)) {
        (true, _) => Found::ruled_out(format!(
            "{receive} counts writes of tenant `{value}` ({read})"
        )),
        (false, true) => Found::possible(format!(
            "{neither}; {receive} counts writes of tenant `{DEFAULT_TENANT}` and none of `{value}` ({read})"
        )),
        (false, false) => Found::not_tested(format!(
            "{neither}, and {receive} counts writes of none of them ({read})"
        )),
    }
    .shown_by([taking.n])
}

fn sure(tenants: &Tenants<'_>, says: String) -> Found {
    match tenants.held.sure {
        true => Found::proven(says),
        false => Found::likely(format!(
            "{says}; whether those series are of {} cannot be told there",
            tenants.sending.sender.name()
        )),
    }
}

async fn tenants<'a>(case: &'a Case<'_>) -> Result<Tenants<'a>, Found> {
    let sending = sending(case).await?;
    let asked = match asked(case, sending.receiver).await {
        Some(asked) => asked,
        None => return Err(Found::ruled_out("no tenant is asked for")),
    };
    let (_, block) = sending.block()?;
    let header = sending.receiver.hop.tenant_header.as_deref();
    let sent =
        tenant_of(block, header).map(|(header, value)| (header.to_owned(), value.to_owned()));
    let held = match sending.receiver.kind() {
        BackendKind::ThanosReceive => at_thanos(case, &sending).await,
        BackendKind::Mimir | BackendKind::Cortex => {
            let other = sent.as_ref().map(|(_, value)| value.as_str());
            at_mimir(
                case,
                sending.receiver,
                other.filter(|other| *other != asked),
            )
            .await
        }
        _ => {
            return Err(Found::ruled_out(format!(
                "{} knows no tenants by header",
                sending.receiver.name()
            )));
        }
    }?;
    if held.tenants.contains(&asked) {
        let says = format!(
            "{} holds it for tenant `{asked}`, which is asked for",
            held.at
        );
        return Err(match held.sure {
            true => Found::ruled_out(says),
            false => Found::not_tested(format!("{says}; that may be what others send")),
        }
        .shown_by([held.n]));
    }
    Ok(Tenants {
        sending,
        asked,
        sent,
        held,
    })
}

/// The tenant asked for: by the check; at a Mimir by the hop; else the only one that a Query shows, where it enforces one that the
/// suite names for it.
async fn asked(case: &Case<'_>, receiver: &Backend) -> Option<String> {
    if let Some(tenant) = &case.metric.tenant {
        return Some(tenant.clone());
    }
    if matches!(receiver.kind(), BackendKind::Mimir | BackendKind::Cortex) {
        return receiver.hop.tenant.clone();
    }
    let query = case.query()?;
    query.hop.tenant.as_ref()?;
    let flags = case.ask.flags(query).await.ok()?;
    only_tenant(&flags.value, query.hop.tenant.as_deref())
}

/// Who holds it behind a Thanos: as Query shows it with the sender's labels, else as Receive tells.
async fn at_thanos(case: &Case<'_>, sending: &Sending<'_>) -> Result<Held, Found> {
    if let Some(held) = at_store(case, sending).await
        && !held.tenants.is_empty()
    {
        return Ok(held);
    }
    if let Some(held) = at_query(case, sending).await
        && !held.tenants.is_empty()
    {
        return Ok(held);
    }
    let receiver = sending.receiver;
    let Some(name) = case.name() else {
        return Err(Found::not_tested(
            "the metric is asked for without its name",
        ));
    };
    let told = case.ask.tsdb_status(receiver).await.map_err(|failure| {
        Found::not_tested(format!(
            "which tenants hold it at {} could not be asked: {}",
            receiver.name(),
            failure.what
        ))
    })?;
    let holds = |head: &&TenantHead| head.series_of(name) > Some(0);
    Ok(Held {
        tenants: told
            .value
            .0
            .iter()
            .filter(holds)
            .map(|head| head.tenant.clone())
            .collect(),
        whole: told.value.0.iter().all(TenantHead::is_complete),
        // The head counts the series of all who write to it.
        sure: case.ask.world().cluster.is_none(),
        at: receiver.name().to_owned(),
        n: told.n,
    })
}

/// Who holds series of that name with the sender's external labels, by Receive's StoreAPI.
async fn at_store(case: &Case<'_>, sending: &Sending<'_>) -> Option<Held> {
    let receiver = sending.receiver;
    receiver.answers(Capability::StoreApi)?;
    let told = case
        .ask
        .store_series(receiver, &Selector::of(case.name()?), BACK, false)
        .await
        .ok()?;
    let external = without_replicas(&sending.config.external_labels);
    let is_whose = |stored: &&StoredSeries| {
        external
            .iter()
            .all(|(label, value)| stored.labels.value(label) == value)
    };
    let tenants: BTreeSet<String> = told
        .value
        .series
        .iter()
        .filter(is_whose)
        .map(|stored| stored.labels.value("tenant_id").to_owned())
        .filter(|tenant| !tenant.is_empty())
        .collect();
    Some(Held {
        tenants: tenants.into_iter().collect(),
        whole: told.value.warnings.is_empty() && !told.value.cut,
        sure: !external.is_empty() || case.ask.world().cluster.is_none(),
        at: receiver.name().to_owned(),
        n: told.n,
    })
}

async fn at_query(case: &Case<'_>, sending: &Sending<'_>) -> Option<Held> {
    let query = case.query()?;
    let asked = case.asked(query)?;
    let flags = case.ask.flags(query).await.ok()?;
    if only_tenant(&flags.value, query.hop.tenant.as_deref()).is_some() {
        return None;
    }
    let named = flags.value.0.get("query.tenant-label-name");
    let label = named
        .map(String::as_str)
        .filter(|label| !label.is_empty())
        .unwrap_or("tenant_id");
    let of_any: Selector = asked.clone().without(label);
    let told = case
        .ask
        .query(query, format!("count by ({label}) ({of_any})"))
        .await
        .ok()?;
    let QueryResult::Vector(samples) = &told.value.result else {
        return None;
    };
    let external = &sending.config.external_labels;
    let is_whose = |name: &str| external.contains_key(name);
    Some(Held {
        tenants: samples
            .iter()
            .map(|sample| sample.labels.value(label).to_owned())
            .filter(|tenant| !tenant.is_empty())
            .collect(),
        whole: told.value.warnings.is_empty(),
        sure: of_any
            .matchers
            .iter()
            .any(|matcher| is_whose(&matcher.name))
            || case.ask.world().cluster.is_none(),
        at: query.name().to_owned(),
        n: told.n,
    })
}

/// Whether a Mimir has it for the tenant that the sender names.
async fn at_mimir(case: &Case<'_>, receiver: &Backend, other: Option<&str>) -> Result<Held, Found> {
    let (Some(other), Some(selector)) = (other, case.asked(receiver)) else {
        return Err(Found::ruled_out(format!(
            "the sender names no other tenant than {} is asked as",
            receiver.name()
        )));
    };
    if receiver.answers(Capability::Query).is_none() {
        return Err(Found::not_tested(format!(
            "{} answers no PromQL",
            receiver.name()
        )));
    }
    let mut hop = receiver.hop.clone();
    hop.tenant = Some(other.to_owned());
    let met = case.ask.meet(hop);
    let told = case.ask.count(&met, selector).await.map_err(|failure| {
        Found::not_tested(format!(
            "{} could not be asked as tenant `{other}`: {}",
            receiver.name(),
            failure.what
        ))
    })?;
    let tenants = match told.value.series {
        0 => Vec::new(),
        _ => vec![other.to_owned()],
    };
    Ok(Held {
        tenants,
        whole: told.value.warnings.is_empty(),
        sure: true,
        at: receiver.name().to_owned(),
        n: told.n,
    })
}
