//! The page has the metric, and a rule of `metric_relabel_configs` drops it after the scrape.

use crate::backend::AddressKey;
use crate::backend::answer::{ScrapeJob, Target};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::scraping::pages::{of_name, pages};
use crate::diagnose::scraping::replay::{Relabeller, dropped_by, scraped};
use crate::diagnose::scraping::suppliers::{By, Suppliers, family, is_lacking, suppliers};
use crate::leaves::relabel::{RelabelRules, Relabelled};
use crate::leaves::{Labels, words};

/// Looks whether the rules of the job drop what its targets expose.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let found = match suppliers(case).await {
        Ok(found) => found,
        Err(said) => return said,
    };
    let Some(name) = case.name() else {
        return Found::not_tested("the check names no metric, only labels");
    };
    if found.its_own {
        return Found::ruled_out(format!(
            "`{name}` is written by Prometheus itself, after these rules"
        ));
    }
    if !found.sure() {
        return Found::not_tested("which target should expose it is not known");
    }
    if found.up().is_empty() {
        return Found::ruled_out(format!("{} is not up", found.known[0].url))
            .shown_by(found.evidence);
    }
    let config = match case.ask.config(&found.hop).await {
        Ok(told) => told,
        Err(failure) => {
            return Found::not_tested(format!(
                "the rules of {} could not be asked: {}",
                found.hop.name(),
                failure.what
            ));
        }
    };
    if let Some(why) = &config.value.scrape_jobs_problem {
        return Found::not_tested(format!(
            "the scrape jobs of {} could not be read: {why}",
            found.hop.name()
        ));
    }
    let jobs: Vec<(&Target, &ScrapeJob)> = found
        .up()
        .into_iter()
        .filter_map(|target| Some((target, config.value.job(&target.pool)?)))
        .filter(|(_, job)| !job.metric_relabel_configs.is_empty())
        .collect();
    if jobs.is_empty() {
        return Found::ruled_out(format!(
            "the job of {} has no `metric_relabel_configs`",
            found.known[0].url
        ))
        .shown_by([config.n]);
    }
    let relabeller = Relabeller::of(case, &found.hop, &config.value).await;
    let pages = pages(case, &found).await;
    let mut told = Told::default();
    for (target, job) in jobs {
        let rules = match relabeller.rules(&job.metric_relabel_configs) {
            Ok(rules) => rules,
            Err(refused) => {
                return Found::not_tested(format!(
                    "the `metric_relabel_configs` of job `{}` could not be replayed: {refused}",
                    job.name
                ));
            }
        };
        let page = pages.read.iter().find(|read| read.target == *target);
        match page {
            Some(read) => {
                let samples = of_name(&read.told.value, name).into_iter().map(|sample| {
                    let mut labels = sample.labels.clone();
                    // A histogram that is kept as one native series stands on the page in parts.
                    labels.insert("__name__".into(), name.to_owned());
                    scraped(&labels, &target.labels, job.honor_labels)
                });
                told.replay(&found, target, job, &rules, samples);
            }
            None if found.by == By::Exposed => {
                let bare = Labels::from([("__name__", name)]);
                let labels = scraped(&bare, &target.labels, job.honor_labels);
                told.inferred |= !looks_at_known_labels(job, &labels) || family(name).is_some();
                told.replay(&found, target, job, &rules, [labels].into_iter());
            }
            None => {}
        }
    }
    if told.targets == 0
        && let Some(why) = pages.unread.first()
    {
        return Found::not_tested(format!(
            "what the rules see could not be fetched: {}",
            words::cut(why, 300)
        ));
    }
    let all_seen = found.known.len() == told.targets;
    let evidence = found
        .evidence
        .iter()
        .copied()
        .chain([config.n])
        .chain(pages.evidence());
    let is_clear = all_seen && relabeller.is_known && !told.inferred && is_lacking(case);
    told.say(&found, name, is_clear).shown_by(evidence)
}

/// What replaying the rules said.
#[derive(Default)]
struct Told {
    /// Targets that expose the name and whose rules were replayed.
    targets: usize,
    /// Samples that are kept, and selected.
    kept: usize,
    /// The first sample that is dropped: at which target, and why.
    dropped: Option<String>,
    /// The first sample whose labels come out so that it is not selected.
    changed: Option<String>,
    /// Whether labels that rules look at are not known.
    inferred: bool,
}

impl Told {
    fn replay(
        &mut self,
        found: &Suppliers,
        target: &Target,
        job: &ScrapeJob,
        rules: &RelabelRules,
        samples: impl Iterator<Item = Labels>,
    ) {
        let mut any = false;
        for labels in samples {
            // What the selector does not mean beforehand is another series, unless a rule gives it that label.
            if !found.selector.selects(&labels) && !could_be_given(found, job, &labels) {
                continue;
            }
            any = true;
            let done = rules.relabel(&labels);
            let written = &job.metric_relabel_configs;
            match (
                &done.outcome,
                dropped_by(&done, written, "metric_relabel_configs", &job.name),
            ) {
                (_, Some(why)) => {
                    self.dropped
                        .get_or_insert(format!("{} exposes it, and {why}", target.url));
                }
                (Relabelled::Kept(after), None) if !found.selector.selects(after) => {
                    self.changed.get_or_insert(format!(
                        "{} exposes it, and the `metric_relabel_configs` of job `{}` make it `{}`",
                        target.url,
                        job.name,
                        written_out(after)
                    ));
                }
                _ => self.kept += 1,
            }
        }
        self.targets += usize::from(any);
    }

    fn say(self, found: &Suppliers, name: &str, is_clear: bool) -> Found {
        let said = match (self.dropped, self.changed) {
            (Some(says), None) if self.kept == 0 && is_clear => Found::proven(says),
            (Some(says), None) if self.kept == 0 => Found::likely(says),
            (Some(says), _) => Found::possible(says),
            (None, Some(says)) if self.kept == 0 => Found::likely(says),
            (None, Some(says)) => Found::possible(says),
            (None, None) if self.targets == 0 => {
                return Found::ruled_out(format!(
                    "no target that is up is known to expose `{name}`"
                ));
            }
            (None, None) => {
                return Found::ruled_out("the rules of its job keep it as it is");
            }
        };
        match next::path(&found.hop, AddressKey::Url, "api/v1/status/config") {
            Some(command) => said.next(command),
            None => said,
        }
    }
}

/// Whether the selector is only against labels that rules of the job set.
fn could_be_given(found: &Suppliers, job: &ScrapeJob, labels: &Labels) -> bool {
    let sets = |label: &str| {
        job.metric_relabel_configs.iter().any(|rule| {
            let target = rule.target_label.as_deref().unwrap_or_default();
            target == label || target.contains('$') || rule.action.as_deref() == Some("labelmap")
        })
    };
    labels.value("__name__") == found.selector.metric
        && found
            .selector
            .matchers
            .iter()
            .all(|matcher| matcher.matches(labels) || sets(&matcher.name))
}

/// Whether the rules look at the name and at target labels only, which are known without the page.
fn looks_at_known_labels(job: &ScrapeJob, labels: &Labels) -> bool {
    !job.honor_labels
        && job.metric_relabel_configs.iter().all(|rule| {
            let action = rule
                .action
                .as_deref()
                .unwrap_or("replace")
                .to_ascii_lowercase();
            ["keep", "drop"].contains(&action.as_str())
                && rule
                    .source_labels
                    .iter()
                    .flatten()
                    .all(|label| labels.contains_key(label))
        })
}

fn written_out(labels: &Labels) -> String {
    let pairs: Vec<String> = labels
        .iter()
        .filter(|(name, _)| *name != "__name__")
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    format!(
        "{}{{{}}}",
        labels.metric().unwrap_or_default(),
        pairs.join(",")
    )
}
