//! What is wrong with a `metric` check in its pipeline, found before anything is sent.

use crate::backend::{Backend, BackendKind, Capability, World};
use crate::check::hop_name::{cannot_any, known};
use crate::check::metric::form::Metric;
use crate::check::metric::unseen_review;
use crate::leaves::{Complaint, words};

impl Metric {
    fn is_made_by_prometheus(&self) -> bool {
        MADE_BY_PROMETHEUS.contains(&self.metric.metric.as_str())
    }

    /// The hops that are asked, in order: those named, else every hop of the pipeline that can answer.
    pub(crate) fn hops(&self, world: &World) -> Vec<String> {
        match (&self.at, &self.through) {
            (Some(at), _) => vec![at.clone()],
            (None, Some(through)) => through.clone(),
            (None, None) => world
                .pipeline
                .iter()
                .filter(|hop| hop.answers(presence(hop.kind())).is_some())
                .filter(|hop| hop.kind() != BackendKind::Exporter || !self.is_made_by_prometheus())
                .map(|hop| hop.name().to_owned())
                .collect(),
        }
    }
}

/// Metrics that Prometheus makes itself, so that no page has them.
const MADE_BY_PROMETHEUS: [&str; 10] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
    "scrape_timeout_seconds",
    "scrape_sample_limit",
    "scrape_body_size_bytes",
    "ALERTS",
    "ALERTS_FOR_STATE",
];

/// The questions that tell whether a metric is there; no kind answers two of them.
const PRESENCE: [Capability; 3] = [Capability::Page, Capability::TsdbStatus, Capability::Query];

/// The question that tells of each kind of backend whether it has a metric.
pub(crate) fn presence(kind: BackendKind) -> Capability {
    PRESENCE
        .into_iter()
        .find(|&capability| kind.answers(capability).is_some())
        .unwrap_or(Capability::Query)
}

/// All that is wrong.
pub(crate) fn review(metric: &Metric, world: &World) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if metric.at.is_some() && metric.through.is_some() {
        complaints.push(
            Complaint::about("through", "`at` and `through` in one check")
                .help("Keep `through` for the whole way, or `at` for one hop."),
        );
    }
    if metric.metric.metric.is_empty()
        && metric.metric.matchers.iter().all(|m| m.name != "__name__")
    {
        complaints.push(Complaint {
            warning: true,
            ..Complaint::about("metric", format!("`{}` names no metric", metric.metric))
                .help("Name one, such as `up{job=\"api\"}`: Thanos refuses selectors of nothing but store labels.")
        });
    }
    if metric.window.is_some_and(|window| window.0.is_zero()) {
        complaints.push(
            Complaint::about("window", "a window of 0s holds no sample")
                .help("Write how far back a sample counts, such as `15m`."),
        );
    }
    if metric.tenant.as_deref() == Some("") {
        complaints.push(Complaint::about("tenant", "an empty tenant"));
    }
    if let Some(at) = &metric.at {
        match known(world, "at", at) {
            Ok(hop) => complaints.extend(cannot_any(hop, "at", "a metric", &PRESENCE)),
            Err(complaint) => complaints.push(complaint),
        }
    }
    if let Some(through) = &metric.through {
        complaints.extend(on_the_way(through, world));
    }
    let hops = metric.hops(world);
    if hops.is_empty() {
        complaints.push(
            Complaint::about("metric", "no hop of the pipeline can be asked for a metric")
                .help("Give the suite a `pipeline:`, or name a system with `at:`."),
        );
    }
    complaints.extend(no_page_has(metric, &hops, world));
    complaints.extend(too_few(metric, &hops, world));
    complaints.extend(no_sender(metric, &hops, world));
    complaints.extend(unread(metric, &hops, world));
    complaints.extend(unseen_review::review(metric, &hops, world));
    complaints
}

/// A `lag` that has no two hops to be measured between.
fn too_few(metric: &Metric, hops: &[String], world: &World) -> Option<Complaint> {
    let lag = metric.lag?;
    if lag.0.is_zero() {
        return Some(
            Complaint::about("lag", "a lag of 0s is allowed to no hop")
                .help("Write how far a hop may be behind the one before it, such as `2m`."),
        );
    }
    // A hop that this cluster does not have is complained of elsewhere.
    let comparable = hops
        .iter()
        .filter(|name| {
            world
                .backend(name)
                .is_none_or(|hop| presence(hop.kind()) == Capability::Query)
        })
        .count();
    (comparable < 2).then(|| {
        Complaint::about(
            "lag",
            "`lag` is measured between two hops that answer PromQL; fewer are asked",
        )
        .help("Name them with `through:`, such as the Prometheus and the Query; at one hop, `fresh:` limits the age.")
    })
}

/// A `same` that does not begin at the sender, or has nothing to be compared with it.
fn no_sender(metric: &Metric, hops: &[String], world: &World) -> Option<Complaint> {
    metric.same.as_ref()?;
    if hops.iter().any(|name| world.backend(name).is_none()) {
        // A hop that this cluster does not have is complained of elsewhere.
        return None;
    }
    let comparable: Vec<&str> = hops
        .iter()
        .filter(|name| {
            world
                .backend(name)
                .is_some_and(|hop| presence(hop.kind()) == Capability::Query)
        })
        .map(String::as_str)
        .collect();
    let sender = world.sender().map(|hop| hop.name());
    let is_whole = comparable.len() >= 2 && comparable.first().copied() == sender;
    (!is_whole).then(|| {
        Complaint::about(
            "same",
            "`same` compares hops that answer PromQL with the pipeline's first Prometheus",
        )
        .help("Name that Prometheus and at least one such hop after it with `through:`.")
    })
}

/// A metric that Prometheus makes itself, asked of an exporter.
fn no_page_has(metric: &Metric, hops: &[String], world: &World) -> Option<Complaint> {
    let name = &metric.metric.metric;
    let exporter = hops.iter().find(|hop| {
        world
            .backend(hop)
            .is_some_and(|hop| hop.kind() == BackendKind::Exporter)
    })?;
    metric.is_made_by_prometheus().then(|| {
        let key = if metric.at.is_some() { "at" } else { "through" };
        Complaint::about(
            key,
            format!(
                "`{name}` is made by Prometheus itself; `{exporter}` cannot have it on its page"
            ),
        )
        .help("Begin with the Prometheus that scrapes it.")
    })
}

/// What is wrong with a `through`: unknown hops, hops twice or in another order than the data takes.
fn on_the_way(through: &[String], world: &World) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut before: Option<(usize, &str)> = None;
    for (at, name) in through.iter().enumerate() {
        let hop = match known(world, "through", name) {
            Ok(hop) => hop,
            Err(complaint) => {
                complaints.push(complaint.item(at));
                continue;
            }
        };
        let Some(place) = world.position(name) else {
            complaints.push(
                Complaint::about(
                    "through",
                    format!("`{name}` stands beside the pipeline, not on the way"),
                )
                .item(at)
                .help(format!("Ask it in a check of its own, with `at: {name}`.")),
            );
            continue;
        };
        match before {
            Some((last, previous)) if place == last => complaints.push(
                Complaint::about("through", format!("`{previous}` twice"))
                    .item(at)
                    .help("Name each hop once."),
            ),
            Some((last, previous)) if place < last => complaints.push(
                Complaint::about(
                    "through",
                    format!("`{name}` comes before `{previous}` in the pipeline"),
                )
                .item(at)
                .help(format!(
                    "Name the hops in the order of the pipeline: {}.",
                    world.hop_names().join(", ")
                )),
            ),
            _ => {}
        }
        before = Some((place, name));
        // On the way a hop that cannot be asked is unknown; that is worth a word, and no more.
        complaints.extend(
            cannot_any(hop, "through", "a metric", &PRESENCE).map(|complaint| Complaint {
                warning: true,
                ..complaint.item(at)
            }),
        );
    }
    complaints
}

/// Assertions that no answer of their hop can decide.
fn unread(metric: &Metric, hops: &[String], world: &World) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let is_receive = |hop: &Backend| hop.kind() == BackendKind::ThanosReceive;
    let kind_of = |name: &str| world.backend(name).map(|hop| hop.kind());
    for name in metric.labels_at.keys() {
        match known(world, "labels_at", name) {
            Ok(hop) if !hops.contains(name) => complaints.push(
                Complaint::about(
                    "labels_at",
                    format!("`{}` is not asked by this check", hop.name()),
                )
                .item(name)
                .help(format!("It asks {}.", words::list(hops))),
            ),
            Ok(hop) if is_receive(hop) => {
                complaints.push(names_only("labels_at", name).item(name));
            }
            Ok(_) => {}
            Err(complaint) => complaints.push(complaint.item(name)),
        }
    }
    if let Some(last) = hops.last()
        && world.backend(last).is_some_and(|hop| is_receive(hop))
    {
        let asserted = [
            ("labels", !metric.labels.0.is_empty()),
            ("value", metric.value.is_some()),
            ("fresh", metric.fresh.is_some()),
        ];
        for (key, _) in asserted.iter().filter(|(_, is_asserted)| *is_asserted) {
            complaints.push(names_only(key, last));
        }
    }
    let knows_tenants = hops.iter().any(|name| {
        kind_of(name)
            .is_none_or(|kind| kind.asks_stores() || presence(kind) == Capability::TsdbStatus)
    });
    if metric.tenant.is_some() && !knows_tenants {
        complaints.push(
            Complaint::about(
                "tenant",
                format!("no tenant is known at {}", words::list(hops)),
            )
            .help("Ask a thanos-receive or thanos-query hop."),
        );
    }
    complaints
}

fn names_only(key: &str, hop: &str) -> Complaint {
    Complaint::about(
        key,
        format!("`{key}` cannot be read at `{hop}`: Receive's status counts series by name"),
    )
    .help("Assert it at a hop that answers PromQL, such as the Prometheus before it or the Query after it.")
}
