//! Which targets a `scrape` check means: a job, one instance of it, or whatever labels select.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::backend::answer::{Target, Targets};
use crate::leaves::{Selector, words};

/// A job (`aws-cost-exporter`), one instance of it (`aws-cost-exporter/10.1.2.3:8080`), or a selector over target labels
/// (`{job="api",namespace="finops"}`). A job is known by its `job` label and by the name of its scrape pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetSelector {
    /// A job, or a job and an instance.
    Named(String),
    /// Target labels.
    Labels(Selector),
}

impl TargetSelector {
    /// Whether this target is meant. Names of jobs can hold slashes, so that only the target itself tells where the instance begins.
    pub fn selects(&self, target: &Target) -> bool {
        match self {
            Self::Labels(selector) => selector.selects(&target.labels),
            Self::Named(name) => {
                let job = target.labels.value("job");
                name == job
                    || *name == target.pool
                    || name
                        .strip_suffix(target.labels.value("instance"))
                        .and_then(|rest| rest.strip_suffix('/'))
                        .is_some_and(|rest| rest == job || rest == target.pool)
            }
        }
    }
}

impl fmt::Display for TargetSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Labels(selector) => selector.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for TargetSelector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(de::Error::custom(
                "a job, a job/instance, or a selector such as `{job=\"api\"}` is expected",
            ));
        }
        if !text.contains('{') {
            return Ok(Self::Named(text.to_owned()));
        }
        let selector: Selector = text.parse().map_err(de::Error::custom)?;
        if !selector.metric.is_empty() {
            return Err(de::Error::custom(format!(
                "targets have no metric name; write the labels alone, such as `{{job=\"{}\"}}`",
                selector.metric
            )));
        }
        Ok(Self::Labels(selector))
    }
}

impl schemars::JsonSchema for TargetSelector {
    fn schema_name() -> Cow<'static, str> {
        "TargetSelector".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "minLength": 1,
            "description": "A job, a job/instance, or a selector over target labels: `{job=\"api\",namespace=\"finops\"}`."
        })
    }
}

/// What is said when no target is meant: the nearest job, and how many were dropped.
pub(crate) fn none_of(selector: &TargetSelector, targets: &Targets, hop: &str) -> String {
    let mut text = format!("no target of `{selector}` at {hop}");
    let dropped = dropped(selector, targets);
    if dropped > 0 {
        text.push_str(&format!(
            "; {} dropped by relabelling",
            words::count(dropped, "target")
        ));
    }
    let mut jobs: Vec<&str> = targets
        .active
        .iter()
        .map(|target| target.labels.value("job"))
        .filter(|job| !job.is_empty())
        .collect();
    jobs.sort_unstable();
    jobs.dedup();
    if let TargetSelector::Named(name) = selector
        && let Some(near) = near(name, &jobs)
    {
        text.push_str(&format!("; the nearest job is `{near}`"));
    } else if jobs.is_empty() {
        text.push_str("; it scrapes nothing at all");
    } else {
        text.push_str(&format!("; it scrapes {}", words::few(&jobs, 5)));
    }
    text
}

fn near<'a>(name: &str, jobs: &[&'a str]) -> Option<&'a str> {
    let parts = || [name, name.rsplit_once('/').map_or(name, |(job, _)| job)];
    words::nearest(name, jobs.iter().copied()).or_else(|| {
        jobs.iter().copied().find(|job| {
            parts()
                .iter()
                .any(|part| job.contains(part) || part.contains(job))
        })
    })
}

/// Targets of that job dropped by relabelling: by the server's count where it has one (it may cut the list), else as listed.
fn dropped(selector: &TargetSelector, targets: &Targets) -> usize {
    let TargetSelector::Named(name) = selector else {
        return 0;
    };
    let counted = targets.dropped_counts.get(name).copied().unwrap_or(0);
    let listed = targets
        .dropped
        .iter()
        .filter(|target| target.pool == *name || target.discovered.value("job") == name)
        .count();
    listed.max(usize::try_from(counted).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::Labels;

    fn target(job: &str, pool: &str, instance: &str) -> Target {
        Target {
            discovered: Labels::default(),
            labels: Labels::from([("job", job), ("instance", instance)]),
            pool: pool.into(),
            url: format!("http://{instance}/metrics"),
            health: "up".into(),
            last_error: String::new(),
            last_scrape: None,
            interval: "15s".into(),
        }
    }

    fn read(text: &str) -> TargetSelector {
        serde_json::from_value(serde_json::Value::from(text)).unwrap()
    }

    #[test]
    fn jobs_instances_and_labels_select_and_slashes_in_names_do_not_hurt() {
        let plain = target("api", "api", "10.1.2.3:80");
        let pooled = target("api", "serviceMonitor/finops/api/0", "10.1.2.3:80");
        for (written, target, selected) in [
            ("api", &plain, true),
            ("ap", &plain, false),
            ("api/10.1.2.3:80", &plain, true),
            ("api/10.1.2.4:80", &plain, false),
            ("serviceMonitor/finops/api/0", &pooled, true),
            ("serviceMonitor/finops/api/0/10.1.2.3:80", &pooled, true),
            ("{job=~\"ap.*\"}", &plain, true),
            ("{job=\"api\",instance!=\"10.1.2.3:80\"}", &plain, false),
        ] {
            assert_eq!(read(written).selects(target), selected, "{written}");
        }
    }

    #[test]
    fn what_selects_nothing_is_refused() {
        for text in ["", "  ", "api{instance=\"x\"}", "{job=", "{}"] {
            let read = serde_json::from_value::<TargetSelector>(text.into());
            assert!(read.is_err(), "{text}");
        }
    }

    #[test]
    fn a_job_that_is_not_there_is_answered_with_the_nearest_and_with_what_was_dropped() {
        let mut targets = Targets {
            active: vec![target("aws-cost-exporter", "aws-cost-exporter", "a:1")],
            ..Targets::default()
        };
        let says = none_of(&read("aws-cost-exportr"), &targets, "prom");
        assert!(
            says.ends_with("the nearest job is `aws-cost-exporter`"),
            "{says}"
        );
        targets.dropped_counts.insert("api".into(), 12);
        let says = none_of(&read("api"), &targets, "prom");
        assert!(says.contains("12 targets dropped by relabelling"), "{says}");
        targets.active.clear();
        let says = none_of(&read("other"), &targets, "prom");
        assert!(says.contains("it scrapes nothing at all"), "{says}");
    }
}
