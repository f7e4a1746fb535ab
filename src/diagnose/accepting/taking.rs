//! What a Receive took and refused of late, by its own counters, and what the Prometheus before it sends there.

use crate::ask::Told;
use crate::backend::answer::{Moved, Movement};
use crate::backend::{AddressKey, Backend, BackendKind};
use crate::check::{Leads, NAMES as QUEUE_NAMES, Queue, State, block_to, queues, state, tenant_of};
use crate::diagnose::case::Case;

/// The tenant under which Thanos files what comes without a header.
pub(crate) const DEFAULT_TENANT: &str = "default-tenant";

/// The counters and gauges that are read, of every Receive (Thanos 0.31 to 0.42).
const NAMES: [&str; 16] = [
    "thanos_receive_write_samples_count",
    "thanos_receive_write_samples_sum",
    "http_requests_total",
    "thanos_receive_replication_factor",
    "thanos_receive_replications_total",
    "thanos_receive_forward_requests_total",
    "thanos_receive_pending_write_requests",
    "thanos_receive_write_limits_hit_count",
    "thanos_receive_head_series_limited_requests_total",
    "thanos_receive_hashring_tenants",
    "thanos_receive_hashring_nodes",
    "prometheus_tsdb_out_of_order_samples_total",
    "prometheus_tsdb_out_of_bound_samples_total",
    "prometheus_tsdb_too_old_samples_total",
    "prometheus_tsdb_head_max_time",
    "prometheus_tsdb_head_series",
];

/// What a Receive's counters say of the last minutes.
pub(crate) struct Taking {
    movement: std::sync::Arc<Movement>,
    /// The exchange that shows them.
    pub(crate) n: u32,
    /// Where they were read.
    pub(crate) read: String,
}

impl Taking {
    /// The Receive of the case, and its counters.
    ///
    /// # Errors
    /// Why they could not be read.
    pub(crate) async fn of<'a>(case: &'a Case<'_>) -> Result<(&'a Backend, Self), String> {
        let hop = case
            .receive()
            .ok_or_else(|| "there is no Thanos Receive on the way".to_owned())?;
        let world = case.ask.world();
        let history = match &hop.hop.meta {
            Some(meta) => world.backend(meta),
            None => world.first(BackendKind::Prometheus),
        };
        let told = case
            .ask
            .movement(hop, &NAMES, history.map(AsRef::as_ref))
            .await
            .map_err(|failure| format!("the counters of {}: {}", hop.name(), failure.what))?;
        let movement = &told.value;
        if movement
            .named("thanos_receive_replication_factor")
            .next()
            .is_none()
        {
            return Err(format!(
                "what was read as the metrics of {} are not those of a Receive",
                hop.name()
            ));
        }
        Ok((
            hop,
            Self {
                read: movement.read.clone(),
                n: told.n,
                movement: told.value.clone(),
            },
        ))
    }

    /// How many writes of that tenant ended with such a status.
    pub(crate) fn writes(&self, tenant: &str, is_code: impl Fn(&str) -> bool) -> f64 {
        let of_tenant =
            |moved: &&Moved| is_tenant(moved, tenant) && is_code(moved.labels.value("code"));
        let requests: f64 = self
            .movement
            .named("http_requests_total")
            .filter(|moved| moved.labels.value("handler") == "receive")
            .filter(of_tenant)
            .map(|moved| moved.grew.max(0.0))
            .sum();
        let seen: f64 = self
            .movement
            .named("thanos_receive_write_samples_count")
            .filter(of_tenant)
            .map(|moved| moved.grew.max(0.0))
            .sum();
        requests.max(seen)
    }

    /// How much a counter of that tenant grew; of all, where it has no tenants.
    pub(crate) fn grew(&self, name: &str, tenant: &str) -> f64 {
        self.movement
            .named(name)
            .filter(|moved| is_tenant(moved, tenant))
            .map(|moved| moved.grew.max(0.0))
            .sum()
    }

    /// How much the series of a counter with this label value grew.
    pub(crate) fn grew_with(&self, name: &str, label: &str, value: &str) -> f64 {
        self.movement
            .named(name)
            .filter(|moved| moved.labels.value(label) == value)
            .map(|moved| moved.grew.max(0.0))
            .sum()
    }

    /// The last values of a gauge, each with the value of one of its labels.
    pub(crate) fn last(&self, name: &str, label: &str) -> Vec<(String, f64)> {
        self.movement
            .named(name)
            .filter_map(|moved| Some((moved.labels.value(label).to_owned(), moved.last?)))
            .collect()
    }
}

fn is_tenant(moved: &Moved, tenant: &str) -> bool {
    // Thanos 0.31 counts requests of the default tenant under an empty name.
    match moved.labels.value("tenant") {
        "" => tenant == DEFAULT_TENANT,
        known => known == tenant,
    }
}

/// What the sender of the case does: its queue to the receiver, and under which tenant it sends.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    /// What its queue does; none where that could not be told.
    pub(crate) state: Option<State>,
    /// The queue's counters.
    pub(crate) queue: Option<Queue>,
    /// The tenant of its header, or the default.
    pub(crate) tenant: String,
    /// The exchanges that show it.
    pub(crate) evidence: Vec<u32>,
}

/// What the sender does, as far as it can be told.
pub(crate) async fn sending(case: &Case<'_>) -> Sending {
    let mut out = Sending {
        tenant: DEFAULT_TENANT.to_owned(),
        ..Sending::default()
    };
    let (Some(sender), Some(receiver)) = (case.sender(), case.receiver()) else {
        return out;
    };
    let Ok(config) = case.ask.config(sender).await else {
        return out;
    };
    let addresses: Vec<_> = [AddressKey::Write, AddressKey::Url]
        .into_iter()
        .flat_map(|key| receiver.known_at(key))
        .collect();
    let Leads::By(block) = block_to(&config.value.remote_write, &addresses) else {
        return out;
    };
    out.evidence.push(config.n);
    if let Some((_, tenant)) = tenant_of(block, None) {
        tenant.clone_into(&mut out.tenant);
    }
    if let Ok(told) = case.ask.movement(sender, &QUEUE_NAMES, None).await {
        out.follow(&told, &block.url);
    }
    out
}

impl Sending {
    fn follow(&mut self, told: &Told<Movement>, url: &str) {
        let Some(queue) = queues(&told.value)
            .into_iter()
            .find(|queue| queue.url == url)
        else {
            return;
        };
        self.evidence.push(told.n);
        self.state = Some(state(&queue, |lag| lag > 120.0, |rate| rate <= 0.0));
        self.queue = Some(queue);
    }

    /// Whether batches of this sender are refused for good, all or some.
    pub(crate) fn is_refused(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.failed > 0.0)
    }

    /// Whether this sender tries the same batches again and again.
    pub(crate) fn is_retrying(&self) -> bool {
        matches!(self.state, Some(State::Retrying | State::Blocked))
    }

    /// Whether what it sends is taken.
    pub(crate) fn is_delivering(&self) -> bool {
        matches!(self.state, Some(State::Delivering | State::Lagging))
    }
}
