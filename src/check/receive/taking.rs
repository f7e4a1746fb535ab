//! What a Receive takes and what it refuses, by its own counters: per tenant and code.

use std::collections::BTreeMap;

use crate::ask::{Answer, Ask};
use crate::backend::answer::{Moved, Movement};
use crate::backend::{Backend, BackendKind};
use crate::check::findings::Findings;
use crate::check::receive::form::Receive;
use crate::check::tenant_header::DEFAULT_TENANT;
use crate::leaves::{NumberMatcher, Table, Timestamp, words};

/// The samples of each write, as a histogram by `code` and `tenant`: observed for 200, 409, 500 and 503, not for 413 and 429.
const SAMPLES: &str = "thanos_receive_write_samples_sum";
/// How many writes that histogram saw.
pub(crate) const WRITES: &str = "thanos_receive_write_samples_count";
/// All requests, by `code`, `handler` and `tenant`.
pub(crate) const REQUESTS: &str = "http_requests_total";
/// On the page of every Receive, written to or not.
const WITNESS: &str = "thanos_receive_replication_factor";
/// What else a Receive counts and why it refuses: asked for with the rest, so that all who ask share one answer.
const FURTHER: [&str; 12] = [
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
/// A sender may be silent for so long and be well, in milliseconds: a scrape a minute, twice.
const SILENCE_MS: i64 = 120_000;
/// A head without a sample for so long took none: as an instant query looks back, in milliseconds.
const LOOKBACK_MS: i64 = 300_000;

/// What came of one tenant's writes with one status.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    writes: f64,
    samples: f64,
}

type Counted = BTreeMap<(String, String), Taken>;

/// How the counters of a Receive's writes moved.
pub(crate) async fn counters(ask: &Ask, hop: &Backend) -> Answer<Movement> {
    let world = ask.world();
    let history = match &hop.hop.meta {
        Some(meta) => world.backend(meta),
        None => world.first(BackendKind::Prometheus),
    };
    let names: Vec<&str> = [SAMPLES, WRITES, REQUESTS, WITNESS]
        .into_iter()
        .chain(FURTHER)
        .collect();
    ask.movement(hop, &names, history.map(|hop| &**hop)).await
}

/// Judges the counters; their table where they were told.
pub(crate) async fn taking(
    check: &Receive,
    ask: &Ask,
    hop: &Backend,
    findings: &mut Findings,
    notes: &mut Vec<String>,
) -> Option<Table> {
    let name = hop.name();
    let told = match counters(ask, hop).await {
        Ok(told) => told,
        Err(failure) => {
            let help = failure.help.clone().unwrap_or_else(|| {
                format!("Give hop `{name}` the address of its metrics (port 10902) as `http:`, reachable from where gapcheck runs.")
            });
            findings.unsure(format!("the counters of {name}: {}", failure.what), help);
            return None;
        }
    };
    let movement = &told.value;
    let span_ms = movement.span_ms();
    if movement.named(WITNESS).next().is_none() || span_ms <= 0 {
        findings.unsure(
            format!("what was read as the metrics of {name} are not those of a Receive (no `{WITNESS}`)"),
            format!("Check the `http:` address of hop `{name}`: Receive's metrics are on port 10902 by default."),
        );
        return None;
    }
    let counted = counted(check, movement);
    notes.push(format!("what {name} takes is from {}", movement.read));
    let seconds = span_ms as f64 / 1000.0;
    if let Some(matcher) = &check.rejected {
        rejected(matcher, &counted, seconds, name, findings);
    }
    if let Some(matcher) = &check.accepted {
        let open = Accepting {
            check,
            ask,
            hop,
            now: told.server_now,
            span_ms,
        };
        open.judge(matcher, &counted, findings).await;
    }
    Some(table(&counted, movement, name))
}

/// What grew, by tenant and code.
fn counted(check: &Receive, movement: &Movement) -> Counted {
    let mut counted = Counted::new();
    // Thanos 0.31 counts the requests of the default tenant under an empty name.
    let mut add = |moved: &Moved, take: fn(&mut Taken, f64)| {
        let tenant = match moved.labels.value("tenant") {
            "" => DEFAULT_TENANT,
            tenant => tenant,
        };
        if check.tenant.as_deref().is_none_or(|asked| asked == tenant) {
            let key = (tenant.to_owned(), moved.labels.value("code").to_owned());
            take(counted.entry(key).or_default(), moved.grew.max(0.0));
        }
    };
    for moved in movement.named(SAMPLES) {
        add(moved, |taken, grew| taken.samples += grew);
    }
    for moved in movement.named(REQUESTS) {
        if moved.labels.value("handler") == "receive" {
            add(moved, |taken, grew| taken.writes += grew);
        }
    }
    // Where requests are not counted, the histogram counts what it saw of them.
    let mut seen = Counted::new();
    for moved in movement.named(WRITES) {
        let tenant = match moved.labels.value("tenant") {
            "" => DEFAULT_TENANT,
            tenant => tenant,
        };
        let key = (tenant.to_owned(), moved.labels.value("code").to_owned());
        seen.entry(key).or_default().writes += moved.grew.max(0.0);
    }
    for (key, taken) in seen {
        if let Some(known) = counted.get_mut(&key) {
            known.writes = known.writes.max(taken.writes);
        }
    }
    counted
}

fn is_good(code: &str) -> bool {
    code.starts_with('2')
}

fn rejected(
    matcher: &NumberMatcher,
    counted: &Counted,
    seconds: f64,
    hop: &str,
    findings: &mut Findings,
) {
    let refused: Vec<(&(String, String), &Taken)> = counted
        .iter()
        .filter(|((_, code), taken)| !is_good(code) && taken.writes > 0.0)
        .collect();
    let rate = refused.iter().map(|(_, taken)| taken.writes).sum::<f64>() / seconds;
    if matcher.holds(rate) {
        return;
    }
    let each: Vec<String> = refused
        .iter()
        .map(|((tenant, code), taken)| {
            format!("{} with {code} for tenant `{tenant}`", taken.writes)
        })
        .collect();
    let found = match each.as_slice() {
        [] => "none".to_owned(),
        each => words::few(each, 5),
    };
    findings.fail(
        format!("{matcher} writes a second rejected at {hop}"),
        format!("{rate:.3} a second: {found}"),
    );
}

/// Judging what it accepts: where nothing was, that may be silence, another way in, or a counter that does not count.
struct Accepting<'a> {
    check: &'a Receive,
    ask: &'a Ask,
    hop: &'a Backend,
    now: Timestamp,
    span_ms: i64,
}

impl Accepting<'_> {
    async fn judge(&self, matcher: &NumberMatcher, counted: &Counted, findings: &mut Findings) {
        let good = || counted.iter().filter(|((_, code), _)| is_good(code));
        let samples: f64 = good().map(|(_, taken)| taken.samples).sum();
        let writes: f64 = good().map(|(_, taken)| taken.writes).sum();
        let rate = samples / (self.span_ms as f64 / 1000.0);
        let name = self.hop.name();
        let of = self
            .check
            .tenant
            .as_ref()
            .map_or_else(String::new, |tenant| format!(" for tenant `{tenant}`"));
        if samples == 0.0 && writes > 0.0 {
            findings.unsure(
                format!("{name} took {writes} writes{of} and counted no sample of them"),
                "See whether `--receive.relabel-config` drops them all; a Receive of Thanos 0.35 or 0.36 that routes or ingests for another does not count samples.",
            );
            return;
        }
        if matcher.holds(rate) {
            return;
        }
        let watched = words::age(self.span_ms);
        let expected = format!("{matcher} samples a second accepted at {name}{of}");
        if samples > 0.0 {
            findings.fail(expected, format!("{rate:.3} a second over {watched}"));
            return;
        }
        match self.newest().await {
            Some(Some(newest)) if newest.age_ms(self.now) <= LOOKBACK_MS => findings.unsure(
                format!(
                    "no write{of} came to {name} over HTTP in {watched}, and its newest sample is {}",
                    words::old(newest.age_ms(self.now))
                ),
                "Watch it for longer with the history of a Prometheus that scrapes it (`meta:` of the hop); what another Receive forwards is counted there.",
            ),
            None if self.span_ms < SILENCE_MS => findings.unsure(
                format!("no write{of} came to {name} in {watched}, which a healthy sender may be silent for"),
                match self.ask.tsdb_status(self.hop).await {
                    Ok(_) => "Watch it for longer, with the history of a Prometheus that scrapes it (`meta:` of the hop).".to_owned(),
                    Err(_) => format!("Give hop `{name}` its `write:` address, where its heads tell when the newest sample is from."),
                },
            ),
            newest => {
                let newest = newest.flatten().map_or_else(String::new, |at| {
                    format!("; the newest sample is {}", words::old(at.age_ms(self.now)))
                });
                findings.fail(expected, format!("none in {watched}{newest}"));
            }
        }
    }

    /// The newest sample of the tenant's heads: none where they could not be asked, or list nothing.
    async fn newest(&self) -> Option<Option<Timestamp>> {
        let told = self.ask.tsdb_status(self.hop).await.ok()?;
        if told.value.0.is_empty() {
            return None;
        }
        let of_tenant = told.value.0.iter().filter(|head| {
            self.check
                .tenant
                .as_ref()
                .is_none_or(|tenant| head.tenant == *tenant)
        });
        Some(of_tenant.filter_map(|head| head.newest()).max())
    }
}

fn table(counted: &Counted, movement: &Movement, hop: &str) -> Table {
    Table {
        title: format!(
            "writes at {hop} over {}, from {}",
            words::age(movement.span_ms()),
            movement.read
        ),
        columns: ["tenant", "code", "writes", "samples"]
            .map(str::to_owned)
            .to_vec(),
        rows: counted
            .iter()
            .take(50)
            .map(|((tenant, code), taken)| {
                vec![
                    tenant.clone(),
                    code.clone(),
                    taken.writes.to_string(),
                    taken.samples.to_string(),
                ]
            })
            .collect(),
    }
}
