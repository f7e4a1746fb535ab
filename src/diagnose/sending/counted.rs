//! What the receiver counts of the writes of the block's tenant, by the status with which it answered them.

use std::collections::BTreeMap;

use crate::backend::answer::RemoteWrite;
use crate::backend::{Backend, BackendKind, Capability};
use crate::check::{DEFAULT_TENANT, REQUESTS, WRITES, receive_counters, tenant_of};
use crate::diagnose::case::Case;
use crate::diagnose::figure::some;
use crate::leaves::words;

/// Writes of one tenant by status, as far as they grew.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) codes: BTreeMap<u16, f64>,
    pub(crate) tenant: String,
    /// Whether writes of other tenants were counted, which may be this sender's under another name.
    pub(crate) others: bool,
    /// The exchange that showed it.
    pub(crate) n: u32,
}

/// What a Thanos Receive counts of the tenant whose header the block sends. None for other receivers and where it could not be asked.
pub(crate) async fn codes(
    case: &Case<'_>,
    receiver: &Backend,
    block: &RemoteWrite,
) -> Option<Counted> {
    if receiver.kind() != BackendKind::ThanosReceive {
        return None;
    }
    receiver.answers(Capability::OwnMetrics)?;
    let told = receive_counters(case.ask, receiver).await.ok()?;
    let header = receiver.hop.tenant_header.as_deref();
    let tenant = tenant_of(block, header)
        .map_or(DEFAULT_TENANT, |(_, value)| value)
        .to_owned();
    let mut codes: BTreeMap<u16, f64> = BTreeMap::new();
    let mut others = false;
    for metric in [REQUESTS, WRITES] {
        let mut of_metric: BTreeMap<u16, f64> = BTreeMap::new();
        for moved in told.value.named(metric) {
            let labels = &moved.labels;
            let is_write = metric != REQUESTS || labels.value("handler") == "receive";
            // Thanos 0.31 counts the requests of the default tenant under an empty name.
            let whose = match labels.value("tenant") {
                "" => DEFAULT_TENANT,
                tenant => tenant,
            };
            others |= is_write && moved.grew > 0.0 && whose != tenant;
            if let (true, true, Ok(code)) = (
                is_write && moved.grew > 0.0,
                whose == tenant,
                labels.value("code").parse::<u16>(),
            ) {
                *of_metric.entry(code).or_default() += moved.grew;
            }
        }
        for (code, grew) in of_metric {
            let known = codes.entry(code).or_default();
            *known = known.max(grew);
        }
    }
    Some(Counted {
        codes,
        tenant,
        others,
        n: told.n,
    })
}

impl Counted {
    /// Whether no write was counted at all, whatever its tenant and status.
    pub(crate) fn is_of_none(&self) -> bool {
        self.codes.is_empty() && !self.others
    }

    /// Statuses of writes that were refused for good.
    pub(crate) fn refused(&self) -> Vec<u16> {
        self.between(400..500)
    }

    /// Statuses of writes that are tried again.
    pub(crate) fn broken(&self) -> Vec<u16> {
        self.between(500..600)
    }

    fn between(&self, range: std::ops::Range<u16>) -> Vec<u16> {
        self.codes
            .keys()
            .copied()
            .filter(|code| range.contains(code))
            .collect()
    }

    /// What was counted besides what was taken.
    pub(crate) fn says(&self) -> String {
        let each: Vec<String> = self
            .codes
            .iter()
            .filter(|(code, _)| !(200..300).contains(*code))
            .map(|(code, grew)| format!("{} with {code}", some(grew.round())))
            .collect();
        match each.is_empty() {
            true => format!("no refused write of tenant `{}`", self.tenant),
            false => format!("{} for tenant `{}`", words::few(&each, 4), self.tenant),
        }
    }
}
