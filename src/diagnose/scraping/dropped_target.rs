//! Discovery finds the target, and a rule of `relabel_configs` drops it.

use std::collections::BTreeMap;

use crate::backend::AddressKey;
use crate::backend::answer::{DroppedTarget, LoadedConfig, ScrapeJob};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::scraping::exporters::{exporters, is_same_place};
use crate::diagnose::scraping::replay::{Relabeller, dropped_by, honouring};
use crate::diagnose::scraping::suppliers::{Suppliers, fits, names, suppliers};
use crate::leaves::relabel::{RelabelRule, RelabelRules, Relabelled};
use crate::leaves::{Labels, words};

/// Dropped targets that are replayed, at most: a cluster can have tens of thousands.
const MOST_TARGETS: usize = 5_000;

/// Looks for a dropped target that should expose the metric, and for the rule that drops it.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let found = match suppliers(case).await {
        Ok(found) => found,
        Err(said) => return said,
    };
    let hop = found.hop.name();
    if found.sure() {
        return Found::ruled_out(format!(
            "{hop} scrapes the target that should expose it: {}",
            found.known[0].url
        ))
        .shown_by(found.evidence);
    }
    let targets = &found.told.value;
    if targets.dropped.is_empty() && targets.dropped_counts.values().all(|count| *count == 0) {
        return Found::ruled_out(format!("no target of {hop} is dropped")).shown_by(found.evidence);
    }
    let config = match case.ask.config(&found.hop).await {
        Ok(told) => told,
        Err(failure) => {
            return Found::not_tested(format!(
                "{} dropped at {hop}, and by which rules could not be asked: {}",
                words::count(targets.dropped.len(), "target"),
                failure.what
            ))
            .shown_by(found.evidence);
        }
    };
    let relabeller = Relabeller::of(case, &found.hop, &config.value).await;
    let evidence = found.evidence.iter().copied().chain([config.n]);
    replayed(case, &found, &config.value, relabeller).shown_by(evidence)
}

/// What replaying the rules over the dropped targets says.
fn replayed(
    case: &Case<'_>,
    found: &Suppliers,
    config: &LoadedConfig,
    relabeller: Relabeller,
) -> Found {
    let hop = found.hop.name();
    let dropped = &found.told.value.dropped;
    let mut jobs: BTreeMap<&str, Option<Ready<'_>>> = BTreeMap::new();
    let (mut by_rule, mut otherwise, mut unread) = (Vec::new(), Vec::new(), None);
    for target in dropped.iter().take(MOST_TARGETS) {
        let pool = pool_of(target);
        let ready = jobs.entry(pool).or_insert_with(|| {
            let job = config.job(pool)?;
            Ready::of(job, relabeller)
        });
        let at_exporter = is_exporter(case, target, ready.as_ref());
        let Some(ready) = ready else {
            if at_exporter || pool_is_meant(found, pool) {
                unread = Some(pool.to_owned());
            }
            continue;
        };
        if !(at_exporter || ready.would_be_meant(found, target)) {
            continue;
        }
        let done = ready.rules.relabel(&target.discovered);
        let rules = &ready.job.relabel_configs;
        match dropped_by(&done, rules, "relabel_configs", pool) {
            Some(why) => by_rule.push((target, why)),
            None => otherwise.push(target),
        }
    }
    if let Some((target, why)) = by_rule.first() {
        let says = format!(
            "{hop} discovers the target {} and {}: {why}",
            address(target),
            match by_rule.len() {
                1 => "drops it".to_owned(),
                more => format!("drops it, as {} more that fit", more - 1),
            }
        );
        let said = match relabeller.is_known && honouring(config, found).is_none() {
            true => Found::proven(says),
            false => Found::likely(says),
        };
        return match next::path(&found.hop, AddressKey::Url, "api/v1/targets?state=dropped") {
            Some(command) => said.next(command),
            None => said,
        };
    }
    if let Some(target) = otherwise.first() {
        return Found::possible(format!(
            "{hop} has dropped the target {}, though its rules would keep it",
            address(target)
        ));
    }
    if let Some(pool) = unread {
        return Found::possible(format!(
            "{hop} has dropped targets of job `{pool}`, whose rules could not be replayed"
        ));
    }
    let is_named = found.selector.matchers.iter().any(names) || found.ended.is_some();
    match unlisted(found) {
        0 if !is_named => Found::possible(format!(
            "{hop} drops {}, and the check names no `job` by which one could be known to be it",
            words::count(dropped.len(), "target")
        )),
        0 => Found::ruled_out(format!(
            "none of the {} that {hop} has dropped would be it",
            words::count(dropped.len(), "target")
        )),
        unlisted => Found::possible(format!(
            "{hop} has dropped {unlisted} more targets than it lists (`keep_dropped_targets`)"
        )),
    }
}

/// How many targets were dropped and are not shown.
fn unlisted(found: &Suppliers) -> u64 {
    let targets = &found.told.value;
    let counted: u64 = targets.dropped_counts.values().sum();
    counted.saturating_sub(targets.dropped.len() as u64)
}

fn pool_of(target: &DroppedTarget) -> &str {
    match target.pool.as_str() {
        "" => target.discovered.value("job"),
        pool => pool,
    }
}

fn address(target: &DroppedTarget) -> &str {
    target.discovered.value("__address__")
}

fn pool_is_meant(found: &Suppliers, pool: &str) -> bool {
    found.job() == Some(pool)
}

/// Whether it is the page of the pipeline's exporter, had nothing dropped it.
fn is_exporter(case: &Case<'_>, target: &DroppedTarget, ready: Option<&Ready<'_>>) -> bool {
    let exporters = exporters(case);
    let [exporter] = exporters.as_slice() else {
        return false;
    };
    let Some(url) = exporter.address(AddressKey::Url) else {
        return false;
    };
    let scheme = match target.discovered.value("__scheme__") {
        "" => "http",
        scheme => scheme,
    };
    let named = ready.and_then(
        |ready| match ready.naming.relabel(&target.discovered).outcome {
            Relabelled::Kept(labels) => Some(labels),
            Relabelled::Dropped { .. } => None,
        },
    );
    let path = named.as_ref().unwrap_or(&target.discovered);
    let path = path.value("__metrics_path__");
    let is_page = path.is_empty() || url.path() == "/" || url.path() == path;
    url::Url::parse(&format!("{scheme}://{}", address(target)))
        .is_ok_and(|discovered| is_page && is_same_place(&discovered, url))
}

/// The rules of a job, ready: all of them, and those that drop nothing.
struct Ready<'a> {
    job: &'a ScrapeJob,
    rules: RelabelRules,
    naming: RelabelRules,
}

impl<'a> Ready<'a> {
    fn of(job: &'a ScrapeJob, relabeller: Relabeller) -> Option<Self> {
        let drops = |rule: &&RelabelRule| {
            let action = rule.action.as_deref().unwrap_or("replace");
            ["keep", "drop", "keepequal", "dropequal"]
                .contains(&action.to_ascii_lowercase().as_str())
        };
        let naming: Vec<RelabelRule> = job
            .relabel_configs
            .iter()
            .filter(|rule| !drops(rule))
            .cloned()
            .collect();
        Some(Self {
            job,
            rules: relabeller.rules(&job.relabel_configs).ok()?,
            naming: relabeller.rules(&naming).ok()?,
        })
    }

    /// Whether, had nothing dropped it, it would be a target of the job or the instance that is meant.
    fn would_be_meant(&self, found: &Suppliers, target: &DroppedTarget) -> bool {
        let Relabelled::Kept(mut labels) = self.naming.relabel(&target.discovered).outcome else {
            return false;
        };
        if labels.value("instance").is_empty() {
            let address = labels.value("__address__").to_owned();
            labels.insert("instance".into(), address);
        }
        let labels: Labels = labels
            .iter()
            .filter(|(name, _)| !name.starts_with("__"))
            .collect();
        let once_there = || {
            found.ended.as_ref().is_some_and(|ended| {
                ended.labels.iter().any(|ended| {
                    ["job", "instance"]
                        .iter()
                        .all(|label| ended.value(label) == labels.value(label))
                })
            })
        };
        fits(&found.selector, &labels)
            && (found.selector.matchers.iter().any(names) || once_there())
    }
}
