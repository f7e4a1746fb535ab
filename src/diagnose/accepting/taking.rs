//! What a Receive took and refused of late, by its own counters, and what the Prometheus before it sends there.

use crate::backend::Backend;
use crate::backend::answer::{Moved, Movement};
use crate::check::{DEFAULT_TENANT, Queue, QueueState as State, receive_counters, tenant_of};
use crate::diagnose::case::Case;
use crate::diagnose::sending;

/// How far a queue may lie behind for what it was given a minute ago to have been sent, in seconds.
const IN_TIME: f64 = 60.0;

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
        let told = receive_counters(case.ask, hop)
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
            // The sum of nothing is -0.
            .sum::<f64>()
            + 0.0
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
    /// Whether its block was read, so that the tenant is no guess.
    pub(crate) tells_tenant: bool,
    /// What its queue was seen to do, in words.
    pub(crate) seen: String,
    /// The exchanges that show it.
    pub(crate) evidence: Vec<u32>,
}

/// What the sender does, as far as it can be told.
pub(crate) async fn sender_does(case: &Case<'_>) -> Sending {
    let mut out = Sending {
        tenant: DEFAULT_TENANT.to_owned(),
        ..Sending::default()
    };
    if let Ok(sending) = sending::sending(case).await
        && let Ok((_, block)) = sending.block()
    {
        out.evidence.push(sending.n);
        out.tells_tenant = true;
        let header = case
            .receive()
            .and_then(|hop| hop.hop.tenant_header.as_deref());
        if let Some((_, tenant)) = tenant_of(block, header) {
            tenant.clone_into(&mut out.tenant);
        }
    }
    if let Ok(writing) = sending::writing(case).await {
        out.evidence.push(writing.watched.n);
        out.seen = writing.watched.says();
        out.state = Some(writing.watched.state);
        out.queue = Some(writing.watched.queue);
    }
    out
}

impl Sending {
    /// Whether batches of this sender are refused for good, all or some.
    pub(crate) fn is_refused(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.failed > 0.0)
    }

    /// Whether it tried to send nothing while it was looked at.
    pub(crate) fn is_silent(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.tried <= 0.0)
    }

    /// Whether this sender tries the same batches again and again.
    pub(crate) fn is_retrying(&self) -> bool {
        matches!(self.state, Some(State::Retrying | State::Blocked))
    }

    /// Whether what it sends is taken, and in time.
    pub(crate) fn is_well(&self) -> bool {
        let lag = self.queue.as_ref().and_then(Queue::lag);
        self.state == Some(State::Delivering)
            && !self.is_refused()
            && lag.is_none_or(|lag| lag <= IN_TIME)
    }

    /// Whether what it sends is taken.
    pub(crate) fn is_delivering(&self) -> bool {
        matches!(self.state, Some(State::Delivering | State::Lagging))
    }
}
