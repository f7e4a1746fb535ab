//! Writes that Receive refuses, by what its counters say of this sender's tenant: no hashring, no quorum, overload, limits, samples
//! that come twice, too old, or behind one from the future.

use futures_util::future::join;

use crate::backend::answer::TenantHead;
use crate::backend::{Backend, BackendKind};
use crate::diagnose::accepting::at_prometheus;
use crate::diagnose::accepting::taking::{Sending, Taking, sender_does};
use crate::diagnose::accepting::twin::{Values, twin, values};
use crate::diagnose::case::Case;
use crate::diagnose::figure::{figure, some};
use crate::diagnose::found::Found;
use crate::leaves::{RungState, words};

/// A head takes samples of about the last hour; beyond this age one is in danger, in milliseconds.
const NEARLY_TOO_OLD_MS: i64 = 55 * 60_000;

/// A head whose newest sample is so far ahead of the server's clock keeps present ones out, in milliseconds.
const AHEAD_MS: i64 = 60_000;

/// What both ends say.
pub(crate) struct Ends<'a> {
    pub(crate) hop: &'a Backend,
    pub(crate) taking: Taking,
    pub(crate) sending: Sending,
}

/// Asks both ends.
pub(crate) async fn ends<'a>(case: &'a Case<'_>) -> Result<Ends<'a>, Found> {
    // Each may take a pause between two readings.
    let (taking, sending) = join(Taking::of(case), sender_does(case)).await;
    let (hop, taking) = taking.map_err(Found::not_tested)?;
    Ok(Ends {
        hop,
        taking,
        sending,
    })
}

impl Ends<'_> {
    pub(crate) fn writes(&self, is_code: impl Fn(&str) -> bool) -> f64 {
        self.taking.writes(&self.sending.tenant, is_code)
    }

    /// Shown by the counters of both ends.
    pub(crate) fn shown(&self, found: Found) -> Found {
        found
            .shown_by([self.taking.n])
            .shown_by(self.sending.evidence.iter().copied())
    }

    /// Nothing of the kind was counted, which says something where any write was.
    fn none(&self, what: &str) -> Found {
        if self.writes(|_| true) == 0.0 {
            return self.shown(Found::not_tested(format!(
                "{} counts no write of tenant `{}` at all ({}): how it would answer one is not seen",
                self.hop.name(),
                self.sending.tenant,
                self.taking.read
            )));
        }
        if !self.sending.tells_tenant {
            return self.shown(Found::not_tested(format!(
                "{} counts {what} for tenant `{}` ({}), but under which tenant the metric is sent could not be told",
                self.hop.name(),
                self.sending.tenant,
                self.taking.read
            )));
        }
        if self.sending.is_silent() {
            return self.shown(Found::not_tested(format!(
                "{} counts {what} for tenant `{}` ({}), but its sender tried to send nothing in that time",
                self.hop.name(),
                self.sending.tenant,
                self.taking.read
            )));
        }
        self.shown(Found::ruled_out(format!(
            "{} counts {what} for tenant `{}` ({})",
            self.hop.name(),
            self.sending.tenant,
            self.taking.read
        )))
    }
}

/// `no-hashring-for-tenant`: 500s of this tenant, and every hashring is for other tenants.
pub(crate) async fn no_hashring(case: &Case<'_>) -> Found {
    let ends = match ends(case).await {
        Ok(ends) => ends,
        Err(found) => return found,
    };
    let errors = ends.writes(|code| code == "500");
    if errors == 0.0 {
        return ends.none("no write answered with 500");
    }
    let (name, tenant) = (ends.hop.name(), &ends.sending.tenant);
    let rings = ends.taking.last("thanos_receive_hashring_tenants", "name");
    // A hashring without a list of tenants takes all of them, and counts 0.
    let takes_all = rings.is_empty() || rings.iter().any(|(_, tenants)| *tenants == 0.0);
    if takes_all {
        let says = format!(
            "{name} answers writes of tenant `{tenant}` with 500, yet a hashring takes every tenant"
        );
        // A Receive without any hashring of a file counts none; one that cannot be read counts none either.
        let may_be = ends.sending.state.is_none() || ends.sending.is_retrying();
        return ends.shown(match rings.is_empty() && may_be {
            true => Found::possible(says),
            false => Found::ruled_out(says),
        });
    }
    let names: Vec<String> = rings.iter().map(|(ring, _)| format!("`{ring}`")).collect();
    let says = format!(
        "{name} answers writes of tenant `{tenant}` with 500, and each of its hashrings ({}) is for listed tenants only",
        words::few(&names, 3)
    );
    // The sender must be the one that is refused: it tries again and again.
    ends.shown(match ends.sending.is_retrying() {
        true => Found::proven(says),
        false => Found::likely(says),
    })
}

/// `receive-quorum`: 503s of this tenant, and forwarding to other Receives fails.
pub(crate) async fn quorum(case: &Case<'_>) -> Found {
    let ends = match ends(case).await {
        Ok(ends) => ends,
        Err(found) => return found,
    };
    let unavailable = ends.writes(|code| code == "503");
    if unavailable == 0.0 {
        return ends.none("no write answered with 503");
    }
    let failed = |name: &str| ends.taking.grew_with(name, "result", "error");
    let (replications, forwards) = (
        failed("thanos_receive_replications_total"),
        failed("thanos_receive_forward_requests_total"),
    );
    let (name, tenant) = (ends.hop.name(), &ends.sending.tenant);
    if replications + forwards == 0.0 {
        return ends.shown(Found::likely(format!(
            "{name} answers writes of tenant `{tenant}` with 503; that forwarding fails is not counted yet: it backs off a peer that it could not reach"
        )));
    }
    let says = format!(
        "{name} answers writes of tenant `{tenant}` with 503, and {} replications and {} forwarded requests failed{}",
        some(replications),
        some(forwards),
        figure(format!(" ({})", ends.taking.read), "")
    );
    ends.shown(match ends.sending.is_delivering() {
        true => Found::likely(says),
        false => Found::proven(says),
    })
}

/// `receive-overloaded`: 5xx while it is ready and its peers are well.
pub(crate) async fn overloaded(case: &Case<'_>) -> Found {
    let ends = match ends(case).await {
        Ok(ends) => ends,
        Err(found) => return found,
    };
    let errors = ends.writes(|code| code.starts_with('5'));
    if errors == 0.0 {
        return ends.none("no write answered with a 5xx");
    }
    if ends.sending.is_well() {
        return ends.shown(Found::ruled_out(format!(
            "{} answers {errors} writes of tenant `{}` with a 5xx, and all that is sent comes through when it is tried again",
            ends.hop.name(),
            ends.sending.tenant
        )));
    }
    let pending: f64 = ends
        .taking
        .last("thanos_receive_pending_write_requests", "tenant")
        .iter()
        .map(|(_, pending)| pending)
        // The sum of nothing is -0.
        .sum::<f64>()
        + 0.0;
    let says = format!(
        "{} answers {} writes of tenant `{}` with a 5xx, and {} writes wait in it",
        ends.hop.name(),
        some(errors),
        ends.sending.tenant,
        some(pending)
    );
    ends.shown(match pending >= 100.0 {
        true => Found::likely(says),
        false => Found::possible(says),
    })
}

/// `receive-limits`: 413, or a limit that is hit, for this tenant.
pub(crate) async fn limits(case: &Case<'_>) -> Found {
    let ends = match ends(case).await {
        Ok(ends) => ends,
        Err(found) => return found,
    };
    let (name, tenant) = (ends.hop.name(), &ends.sending.tenant);
    let too_large = ends.writes(|code| code == "413");
    let hit = ends
        .taking
        .grew("thanos_receive_write_limits_hit_count", tenant);
    if too_large + hit == 0.0 {
        return ends.none("no write above a limit (413)");
    }
    let hits = match hit {
        0.0 => String::new(),
        hit => format!(", limits hit {} times", some(hit)),
    };
    let says = format!(
        "{name} refuses writes of tenant `{tenant}` for their size: {} answers of 413{hits}{}",
        some(too_large),
        figure(format!(" ({})", ends.taking.read), "")
    );
    ends.shown(match ends.sending.state {
        // It cannot be this sender's writes alone where all of them arrive.
        Some(_) if !ends.sending.is_refused() => Found::possible(says),
        Some(_) => Found::proven(says),
        None => Found::likely(says),
    })
}

/// `duplicate-writers`: 409 for samples that are there already, and another Prometheus with the same external labels.
pub(crate) async fn duplicate_writers(case: &Case<'_>) -> Found {
    if case.receive().is_none()
        && let Some(receiver) = case.receiver()
        && receiver.kind() == BackendKind::Prometheus
    {
        return at_prometheus::duplicate_writers(case, receiver).await;
    }
    let ends = match ends(case).await {
        Ok(ends) => ends,
        Err(found) => return found,
    };
    let (name, tenant) = (ends.hop.name(), &ends.sending.tenant);
    let conflicts = ends.writes(|code| code == "409");
    let disordered = ends
        .taking
        .grew("prometheus_tsdb_out_of_order_samples_total", tenant);
    if conflicts == 0.0 || disordered == 0.0 {
        return ends.none("no write answered with 409 for samples out of order");
    }
    let says = format!(
        "{name} answers {} writes of tenant `{tenant}` with 409, and {} samples came out of order",
        some(conflicts),
        some(disordered)
    );
    if !ends.sending.is_refused() {
        return ends.shown(Found::possible(format!(
            "{says}; whether they are this sender's is not known"
        )));
    }
    let compared = match case.shows {
        RungState::Present => values(case).await,
        _ => Values::NotThere,
    };
    match twin(case).await {
        Some((twin, evidence)) => {
            let says = format!(
                "{says}: {twin} has the same external labels, so that both write the same series"
            );
            ends.shown(match compared {
                Values::Differ(how, seen) => {
                    Found::proven(format!("{says}, and {how}")).shown_by(seen)
                }
                Values::Same(seen) => {
                    Found::ruled_out("the values are those that were sent").shown_by(seen)
                }
                Values::NotThere => Found::possible(format!(
                    "{says}; but {name} keeps what is good in such a write, so that a metric that is missing is missing for another reason, too"
                )),
                Values::NotTold(why) => {
                    Found::likely(format!("{says}; {why}"))
                }
            })
            .shown_by(evidence)
        }
        None => ends.shown(Found::possible(format!(
            "{says}; no other Prometheus of the suite that was asked has the same external labels"
        ))),
    }
}

/// `samples-too-old`: 409, and samples out of bounds or too old.
pub(crate) async fn too_old(case: &Case<'_>) -> Found {
    let ends = match ends(case).await {
        Ok(ends) => ends,
        Err(found) => return found,
    };
    let (name, tenant) = (ends.hop.name(), &ends.sending.tenant);
    let conflicts = ends.writes(|code| code == "409");
    let old = ends
        .taking
        .grew("prometheus_tsdb_out_of_bound_samples_total", tenant)
        + ends
            .taking
            .grew("prometheus_tsdb_too_old_samples_total", tenant);
    if conflicts == 0.0 || old == 0.0 {
        return ends.none("no write answered with 409 for samples that are too old");
    }
    let says = format!(
        "{name} answers {} writes of tenant `{tenant}` with 409, and {} samples were older than its head takes",
        some(conflicts),
        some(old)
    );
    let lag_ms = ends
        .sending
        .queue
        .as_ref()
        .and_then(|queue| queue.lag())
        .map_or(0, |lag| (lag * 1000.0) as i64);
    let age_ms = sample_age(case).unwrap_or(0);
    let is_this = ends.sending.is_refused() && lag_ms.max(age_ms) >= NEARLY_TOO_OLD_MS;
    ends.shown(match is_this {
        true => Found::proven(format!(
            "{says}; what this sender has to send is {} old",
            figure(words::age(lag_ms.max(age_ms)), "that")
        )),
        false => Found::possible(format!("{says}; those of this metric are not that old")),
    })
}

/// The age of the metric's newest sample where it is sent.
fn sample_age(case: &Case<'_>) -> Option<i64> {
    let station = case.station(case.sender()?.name())?;
    (station.sight.state != RungState::Unknown)
        .then_some(station.sight.age_ms)
        .flatten()
}

/// `future-sample-blocks`: the head's newest sample is ahead of the clock, and all others come out of order.
pub(crate) async fn future_sample(case: &Case<'_>) -> Found {
    let Some(hop) = case.receive() else {
        return Found::not_tested("there is no Thanos Receive on the way");
    };
    let heads = match case.ask.tsdb_status(hop).await {
        Ok(told) => told,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let (taking, sending) = join(Taking::of(case), sender_does(case)).await;
    let ahead_of = |head: &TenantHead| {
        let newest = head.newest();
        newest.map_or(0, |newest| -newest.age_ms(heads.server_now))
    };
    let all = || heads.value.0.iter();
    let of_sender = all().filter(|head| head.tenant == sending.tenant);
    let ahead = of_sender.map(ahead_of).max().unwrap_or(0);
    let (name, tenant) = (hop.name(), &sending.tenant);
    if ahead <= AHEAD_MS {
        // A label of the series may name another tenant than the sender does.
        let holds = |head: &&TenantHead| {
            case.name()
                .is_some_and(|name| head.series_of(name) > Some(0))
        };
        if let Some(other) = all().filter(holds).find(|head| ahead_of(head) > AHEAD_MS) {
            return Found::possible(format!(
                "the newest sample of tenant `{}` at {name}, which holds the name as well, is ahead of its clock",
                other.tenant
            ))
            .shown_by([heads.n]);
        }
        return Found::ruled_out(format!(
            "the newest sample of tenant `{tenant}` at {name} is not ahead of its clock"
        ))
        .shown_by([heads.n]);
    }
    let says = format!(
        "the newest sample of tenant `{tenant}` at {name} is {}ahead of its clock",
        figure(format!("{} ", words::age(ahead)), "")
    );
    let Ok((_, taking)) = taking else {
        return Found::likely(says).shown_by([heads.n]);
    };
    // Behind a sample that is hours ahead, what is present lies out of the head's bounds.
    let refused: f64 = [
        "prometheus_tsdb_out_of_order_samples_total",
        "prometheus_tsdb_out_of_bound_samples_total",
        "prometheus_tsdb_too_old_samples_total",
    ]
    .iter()
    .map(|name| taking.grew(name, tenant))
    .sum();
    let conflicts = taking.writes(tenant, |code| code == "409");
    let found = match conflicts > 0.0 && refused > 0.0 && sending.is_refused() {
        true => Found::proven(format!(
            "{says}, and {} samples behind it were refused as out of order or too old (409)",
            some(refused)
        )),
        false => Found::possible(says),
    };
    found
        .shown_by([heads.n, taking.n])
        .shown_by(sending.evidence)
}
