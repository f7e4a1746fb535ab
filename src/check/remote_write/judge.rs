//! The verdict on a remote_write.

use std::sync::Arc;

use crate::ask::Ask;
use crate::backend::answer::{LoadedConfig, RemoteWrite};
use crate::backend::{Backend, World};
use crate::check::kind::CheckKind;
use crate::check::remote_write::block::{leading, leads_to, none_leads};
use crate::check::remote_write::form::RemoteWriteCheck;
use crate::check::remote_write::keeps::{Kept, kept};
use crate::check::remote_write::queue::{NAMES, Queue, queues};
use crate::check::remote_write::review::review;
use crate::check::remote_write::state::{State, state};
use crate::check::remote_write::telling;
use crate::check::tenant_header::{DEFAULT_TENANT, loses_headers, tenant};
use crate::leaves::{Complaint, Judged, NumberMatcher, Verdict};

/// The lag that is too much where the check says nothing, in milliseconds.
const LATE_MS: i64 = 120_000;

/// What was found so far.
#[derive(Default)]
struct Found {
    failed: Vec<(String, String)>,
    unsure: Vec<(String, String)>,
    notes: Vec<String>,
    says: Vec<String>,
}

impl Found {
    fn fail(&mut self, expected: impl Into<String>, actual: impl Into<String>) {
        self.failed.push((expected.into(), actual.into()));
    }

    fn unsure(&mut self, what: impl Into<String>, help: impl Into<String>) {
        self.unsure.push((what.into(), help.into()));
    }

    fn judged(self) -> Judged {
        let joined = |pairs: &[(String, String)], of: fn(&(String, String)) -> &str| {
            pairs.iter().map(of).collect::<Vec<_>>().join("; ")
        };
        let verdict = if !self.failed.is_empty() {
            Verdict::fail(
                joined(&self.failed, |pair| &pair.0),
                joined(&self.failed, |pair| &pair.1),
            )
        } else if let Some((_, help)) = self.unsure.first() {
            Verdict::error(joined(&self.unsure, |pair| &pair.0), help.clone())
        } else {
            Verdict::Pass
        };
        Judged {
            notes: self.notes,
            ..Judged::of(verdict, self.says.join(", "))
        }
    }
}

impl CheckKind for RemoteWriteCheck {
    fn subject(&self) -> String {
        self.shown()
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

async fn judge(check: &RemoteWriteCheck, ask: &Ask) -> Judged {
    let Some(hop) = check.asked(ask.world()).cloned() else {
        let what = "there is no Prometheus here that could send";
        return Judged::of(Verdict::error(what, "Name one with `at:`."), "");
    };
    let config = match ask.config(&hop).await {
        Ok(told) => told.value,
        Err(failure) => return unanswered(&hop, failure),
    };
    if let Some(problem) = &config.remote_write_problem {
        let what = format!(
            "the `remote_write` blocks of {} cannot be read: {problem}",
            hop.name()
        );
        let help = "The server may be newer than gapcheck: look for a newer gapcheck.";
        return Judged::of(Verdict::error(what, help), "");
    }
    let (wanted, name) = (&check.remote_write, check.name.as_deref());
    let blocks = leading(&config.remote_write, wanted, name);
    if blocks.is_empty() {
        let says = none_leads(&config.remote_write, wanted, name);
        let expected = format!(
            "a `remote_write` block of {} to {}",
            hop.name(),
            check.shown()
        );
        return Judged::of(Verdict::fail(expected, says.clone()), says);
    }
    let mut found = Found::default();
    if let Some(expected) = &check.tenant {
        tenants(check, ask, &hop, expected, &blocks, &mut found).await;
    }
    metrics(check, ask, &hop, &config, &blocks, &mut found).await;
    let movement = match ask.movement(&hop, &NAMES, None).await {
        Ok(told) => told.value,
        Err(failure) => {
            let help = helped(&hop, failure.help);
            found.unsure(format!("{}: {}", hop.name(), failure.what), help);
            return found.judged();
        }
    };
    let all: Vec<(State, Queue)> = queues(&movement)
        .into_iter()
        .filter(|queue| is_meant(queue, check, &blocks))
        .map(|queue| (does(check, &queue), queue))
        .collect();
    if all.is_empty() {
        found.unsure(
            format!(
                "{} has no counters of a queue to {}: whether anything is delivered is not known",
                hop.name(),
                check.shown()
            ),
            "A server that has just started has none yet; one before 2.15 labels them in another way.",
        );
        return found.judged();
    }
    for (state, queue) in &all {
        delivery(check, &hop, *state, queue, &mut found);
        rates(check, queue, &mut found);
    }
    if let Some(told) = blocks.iter().find_map(|block| remark(block)) {
        found.notes.push(told);
    }
    Judged {
        tables: vec![telling::table(&movement.read, &all)],
        ..found.judged()
    }
}

fn unanswered(hop: &Arc<Backend>, failure: crate::backend::Failure) -> Judged {
    let help = helped(hop, failure.help);
    Judged::of(
        Verdict::error(format!("{}: {}", hop.name(), failure.what), help),
        format!("not answered by {}", hop.name()),
    )
}

fn helped(hop: &Backend, help: Option<String>) -> String {
    help.unwrap_or_else(|| {
        format!(
            "Make hop `{}` reachable from where gapcheck runs.",
            hop.name()
        )
    })
}

/// Whether these are the counters of one of the blocks. The server makes up a name for a block that has none.
fn is_meant(queue: &Queue, check: &RemoteWriteCheck, blocks: &[&RemoteWrite]) -> bool {
    leads_to(&queue.url, &check.remote_write)
        && (blocks.iter().any(|block| block.name == queue.name)
            || (check.name.is_none() && blocks.iter().any(|block| block.name.is_empty())))
}

fn does(check: &RemoteWriteCheck, queue: &Queue) -> State {
    let is_late = |lag: f64| {
        let lag = telling::millis(lag);
        check.lag.map_or(lag > LATE_MS, |limit| !limit.holds(lag))
    };
    let may_fail = |rate: f64| check.failed.as_ref().is_some_and(|m| m.holds(rate));
    state(queue, is_late, may_fail)
}

/// What the configuration says of the tenant. It proves nothing of what arrives: a header that is configured may not be sent.
async fn tenants(
    check: &RemoteWriteCheck,
    ask: &Ask,
    hop: &Backend,
    expected: &str,
    blocks: &[&RemoteWrite],
    found: &mut Found,
) {
    let named = check.tenant_header.as_deref();
    for block in blocks {
        let carried = tenant(block, named);
        match carried {
            Some((header, value)) if value != expected => found.fail(
                format!("tenant `{expected}`"),
                format!(
                    "{} sends as tenant `{value}` (`{header}: {value}`), and the check wants `{expected}`",
                    hop.name()
                ),
            ),
            None if named.is_some() || expected != DEFAULT_TENANT => found.fail(
                format!("tenant `{expected}`"),
                match named {
                    Some(header) => format!("the block sends no header `{header}`"),
                    None => "the block sends no tenant header: a Thanos Receive files it under `default-tenant`".to_owned(),
                },
            ),
            Some((header, _)) => configured(ask, hop, header, expected, found).await,
            None => found.notes.push(
                "The block sends no tenant header: a Thanos Receive files it under `default-tenant`, unless it has another default.".to_owned(),
            ),
        }
    }
}

/// The wanted header is configured: whether it is sent is another matter.
async fn configured(ask: &Ask, hop: &Backend, header: &str, expected: &str, found: &mut Found) {
    let name = hop.name();
    let prove = format!(
        "Prove it at the receiving side: `metric` with `tenant: {expected}` at a thanos-receive or thanos-query hop."
    );
    let version = match ask.build(hop).await {
        Ok(told) => told.value.version.clone(),
        Err(_) => String::new(),
    };
    if loses_headers(&version) {
        found.unsure(
            format!("the header `{header}: {expected}` is configured on {name} (version {version}), but Debian's build of Prometheus is known to send none of its configured headers: whether it arrives is not told by the configuration"),
            format!("Leave `tenant` out of this check. {prove}"),
        );
        return;
    }
    found
        .says
        .push(format!("configured to write as tenant `{expected}`"));
    found.notes.push(format!(
        "The tenant header is configured; that it arrives is proven at the receiving side only: some builds and proxies lose it. {prove}"
    ));
}

async fn metrics(
    check: &RemoteWriteCheck,
    ask: &Ask,
    hop: &Backend,
    config: &LoadedConfig,
    blocks: &[&RemoteWrite],
    found: &mut Found,
) {
    for metric in check.metrics() {
        match kept(ask, hop, config, blocks, metric).await {
            Kept::All(series) => found.says.push(format!(
                "keeps {} of `{metric}`",
                crate::leaves::words::count(series, "series")
            )),
            Kept::Not(actual) => {
                found.fail(format!("every series of `{metric}` kept"), actual);
            }
            Kept::Unknown(what, help) => found.unsure(what, help),
        }
    }
}

fn delivery(
    check: &RemoteWriteCheck,
    hop: &Backend,
    state: State,
    queue: &Queue,
    found: &mut Found,
) {
    let seen = telling::seen(state, queue);
    match state {
        State::Delivering => {}
        State::Idle if check.idle => {}
        State::Unclear if check.idle && queue.pending.1 <= 0.0 => {}
        State::Unclear => found.unsure(
            format!("{} to {}: {seen}, too short a look to call it idle", hop.name(), queue.url),
            "Let the check poll with `within:`, or let this Prometheus scrape itself, so that its history can be read. Write `idle: true` where nothing to send is as it should be.",
        ),
        State::Lagging => found.fail(
            match &check.lag {
                Some(limit) => format!("the newest sample sent {limit} behind"),
                None => "the newest sample sent at most 2m behind".to_owned(),
            },
            seen.clone(),
        ),
        _ => found.fail(format!("{} delivering to {}", hop.name(), queue.url), seen.clone()),
    }
    found.says.push(seen);
    let passes = state == State::Idle && check.idle;
    if let (Some(advice), false) = (telling::advice(state), passes) {
        found.notes.push(advice.to_owned());
    }
    // Without a state that needs the lag, a limit that is written is still held to.
    if let (Some(limit), State::Delivering) = (&check.lag, state) {
        match queue.lag() {
            None => found.unsure(
                format!("{} does not tell how far it is behind", hop.name()),
                "Leave `lag` out: the server does not show both timestamps.",
            ),
            Some(lag) if !limit.holds(telling::millis(lag)) => found.unsure(
                format!(
                    "the newest sample sent lies {} behind the newest one of the whole server, of which relabelling drops some",
                    telling::lag(queue).unwrap_or_default()
                ),
                "Before Prometheus 3.7 the lag of such a queue is not known: check freshness at the receiving hop with `metric` and `fresh`.",
            ),
            Some(_) => {}
        }
    }
}

fn rates(check: &RemoteWriteCheck, queue: &Queue, found: &mut Found) {
    let mut hold = |what: &str, matcher: &Option<NumberMatcher>, samples: f64| {
        if let Some(matcher) = matcher
            && !matcher.holds(queue.rate(samples))
        {
            found.fail(
                format!("{what} samples a second: {matcher}"),
                format!(
                    "{} samples/s {what} over {}",
                    telling::rate(queue, samples),
                    telling::period(queue)
                ),
            );
        }
    };
    hold("failed", &check.failed, queue.failed);
    hold("retried", &check.retried, queue.retried);
    if queue.dropped_by_rules > 0.0 && !queue.tells_reasons {
        // Which of them are meant cannot be told apart: the matcher is held against all.
        hold("dropped", &check.dropped, queue.dropped_by_rules);
        if check.dropped.is_some() {
            found.notes.push(
                "This server does not say why it dropped samples (Prometheus 2.50 and later do): those that relabelling drops on purpose are counted too.".to_owned(),
            );
        }
    } else {
        hold("dropped", &check.dropped, queue.dropped_otherwise);
    }
}

/// A setting of the block that loses samples quietly, as a remark.
fn remark(block: &RemoteWrite) -> Option<String> {
    (!block.sample_age_limit.is_empty() && block.sample_age_limit != "0s").then(|| {
        format!(
            "The block drops samples older than {} unsent (`sample_age_limit`).",
            block.sample_age_limit
        )
    })
}
