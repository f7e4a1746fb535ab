//! The relabelling rules of a scrape job, replayed as the version that runs applies them.

use crate::backend::Backend;
use crate::backend::answer::{LoadedConfig, ScrapeJob};
use crate::diagnose::case::Case;
use crate::diagnose::scraping::suppliers::Suppliers;
use crate::leaves::relabel::{
    Dialect, Reading, RefusedRule, RelabelRule, RelabelRules, Relabelled, Relabelling, Saw,
};
use crate::leaves::{Labels, words};

/// How the Prometheus that scrapes relabels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relabeller {
    dialect: Dialect,
    /// Whether its version is known; else rules are replayed as the newest one applies them.
    pub(crate) is_known: bool,
}

/// A job that exposes the name under labels that the check does not select, and takes over labels of what it scrapes: the metric may
/// be meant to come by it.
pub(crate) fn honouring<'a>(config: &'a LoadedConfig, found: &Suppliers) -> Option<&'a ScrapeJob> {
    found
        .others
        .iter()
        .filter_map(|target| config.job(&target.pool))
        .find(|job| job.honor_labels)
}

impl Relabeller {
    /// As its build says.
    pub(crate) async fn of(case: &Case<'_>, hop: &Backend, config: &LoadedConfig) -> Self {
        let known = match case.ask.build(hop).await {
            Ok(told) => Dialect::of(&told.value.version),
            Err(_) => None,
        };
        let dialect = known.unwrap_or_else(Dialect::newest);
        Self {
            dialect: match config.legacy_names {
                true => dialect.with_legacy_names(),
                false => dialect,
            },
            is_known: known.is_some(),
        }
    }

    /// These rules, ready.
    ///
    /// # Errors
    /// The first rule that cannot be simulated.
    pub(crate) fn rules(self, written: &[RelabelRule]) -> Result<RelabelRules, RefusedRule> {
        RelabelRules::new(written, Reading::Loaded, self.dialect)
    }
}

/// The rule that dropped it, in words: its place from 1, what it does and what it saw.
pub(crate) fn dropped_by(
    done: &Relabelling,
    rules: &[RelabelRule],
    list: &str,
    job: &str,
) -> Option<String> {
    let Relabelled::Dropped { rule } = done.outcome else {
        return None;
    };
    let step = done.trace.iter().find(|step| step.rule == rule)?;
    let written = rules.get(rule);
    let regex = written
        .and_then(|written| written.regex.as_deref())
        .map_or(String::new(), |regex| {
            format!(" with regex `{}`", words::cut(regex, 200))
        });
    let sources = written
        .and_then(|written| written.source_labels.as_deref())
        .filter(|sources| !sources.is_empty())
        .map_or("its source labels".to_owned(), |sources| {
            format!("`{}`", sources.join("`, `"))
        });
    let saw = match &step.saw {
        Saw::Value { value, .. } => format!(": it sees {:?} in {sources}", words::cut(value, 200)),
        Saw::Names { .. } => String::new(),
    };
    Some(format!(
        "rule {} of {} (`{}`{regex}) of the `{list}` of job `{job}` drops it{saw}",
        rule + 1,
        rules.len(),
        step.action
    ))
}

/// The labels of a sample as `metric_relabel_configs` sees it: those of the page and those of the target. Where both have one, the
/// target's wins and the page's becomes `exported_..`, or with `honor_labels` the page's wins.
pub(crate) fn scraped(page: &Labels, target: &Labels, honors: bool) -> Labels {
    let mut labels = page.clone();
    let mut moved = Vec::new();
    for (name, value) in target.iter() {
        if honors && labels.contains_key(name) {
            continue;
        }
        if let Some(own) = labels.insert(name.clone(), value.clone())
            && !own.is_empty()
        {
            moved.push((name.clone(), own));
        }
    }
    moved.sort_by_key(|(name, _)| name.len());
    for (name, own) in moved {
        let mut free = format!("exported_{name}");
        while labels.contains_key(&free) {
            free = format!("exported_{free}");
        }
        labels.insert(free, own);
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_collide_are_kept_as_exported_or_honoured() {
        let page = Labels::from([("__name__", "h"), ("job", "mine"), ("exported_job", "x")]);
        let target = Labels::from([("job", "honor"), ("instance", "a:1")]);
        let merged = scraped(&page, &target, false);
        assert_eq!(merged.value("job"), "honor");
        assert_eq!(merged.value("exported_exported_job"), "mine");
        let honoured = scraped(&page, &target, true);
        assert_eq!(honoured.value("job"), "mine");
        assert_eq!(honoured.value("instance"), "a:1");
    }
}
