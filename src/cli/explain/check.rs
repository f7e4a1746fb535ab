//! A check: its settings, the hops it asks with their addresses, and what it would ask. No secret is in it: credentials are told by
//! their names.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::backend::{Backend, World, request};
use crate::cli::explain::settings::{SettingDocs, merged};
use crate::leaves::{OriginRecord, PromDuration};
use crate::plan::{Plan, Step};
use crate::run::Rehearsed;

/// What is told of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CheckDocs {
    /// Its full id.
    pub(crate) check: String,
    /// What a person calls it.
    pub(crate) title: String,
    /// Its kind.
    pub(crate) kind: &'static str,
    /// Where it is written.
    pub(crate) origin: OriginRecord,
    /// The checks that must pass first.
    pub(crate) needs: Vec<String>,
    /// Its settings.
    pub(crate) settings: Vec<SettingDocs>,
    /// The hops it asks, in the order of the data's way.
    pub(crate) hops: Vec<HopDocs>,
    /// What it would ask, in order.
    pub(crate) asks: Vec<AskDocs>,
    /// Whose external labels stand in questions and are known only when it is asked.
    pub(crate) identity_of: Option<String>,
}

/// A hop that is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct HopDocs {
    /// Its name.
    pub(crate) hop: String,
    /// Its kind.
    pub(crate) kind: &'static str,
    /// Its addresses by key.
    pub(crate) addresses: BTreeMap<&'static str, String>,
    /// What goes along with each request, by name.
    pub(crate) sends: Vec<String>,
    /// Its own timeout, which wins over the check's.
    pub(crate) timeout: Option<String>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AskDocs {
    /// The hop that is asked; none for the network itself.
    pub(crate) hop: Option<String>,
    /// What is asked, in words.
    pub(crate) question: String,
    /// The PromQL, where it is a query.
    pub(crate) promql: Option<String>,
    /// What would be sent.
    pub(crate) request: String,
    /// Whether it is asked only where nothing is found.
    pub(crate) only_where_empty: bool,
}

/// Tells a check of a plan. `timeout` is that of the command line.
pub(crate) fn check(
    plan: &Plan,
    step: &Step,
    asked: Vec<Rehearsed>,
    timeout: Option<Duration>,
) -> CheckDocs {
    let awaits_identity = asked.iter().any(|asked| asked.awaits_identity);
    CheckDocs {
        check: step.id.to_string(),
        title: step.title.clone(),
        kind: step.check.kind(),
        origin: (&step.origin).into(),
        needs: step
            .needs
            .iter()
            .map(|at| plan.steps[*at].id.to_string())
            .collect(),
        settings: merged(step, timeout),
        hops: hops(&step.world, &asked),
        identity_of: sender(&step.world).filter(|_| awaits_identity),
        asks: asked
            .into_iter()
            .map(|asked| AskDocs {
                hop: asked.hop,
                question: asked.question,
                promql: asked.promql,
                request: asked.request,
                only_where_empty: asked.only_where_empty,
            })
            .collect(),
    }
}

fn sender(world: &World) -> Option<String> {
    let first = world.first(crate::backend::BackendKind::Prometheus)?;
    Some(first.name().to_owned())
}

fn hops(world: &World, asked: &[Rehearsed]) -> Vec<HopDocs> {
    let is_asked = |backend: &&std::sync::Arc<Backend>| {
        asked
            .iter()
            .any(|asked| asked.hop.as_deref() == Some(backend.name()))
    };
    let all = world.pipeline.iter().chain(&world.beside);
    all.filter(is_asked).map(|backend| hop(backend)).collect()
}

fn hop(backend: &Backend) -> HopDocs {
    let addresses = backend.kind().row().addresses.iter();
    HopDocs {
        hop: backend.name().to_owned(),
        kind: backend.kind().word(),
        addresses: addresses
            .filter_map(|key| Some((key.word(), request::address_of(backend, *key)?)))
            .collect(),
        sends: request::sends(backend),
        timeout: backend
            .hop
            .timeout
            .map(|PromDuration(timeout)| PromDuration(timeout).to_string()),
    }
}
