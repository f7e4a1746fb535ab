//! The series was there and ended: its exporter gave it up, or its target is gone.

use crate::backend::answer::QueryResult;
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::scraping::history::Ended;
use crate::diagnose::scraping::pages::{of_name, pages};
use crate::diagnose::scraping::suppliers::{By, Suppliers, is_lacking, is_up, shown, suppliers};
use crate::leaves::{RungState, Timestamp, words};

/// How far back an end is looked for beyond the last hour, in days.
const DAYS: u32 = 2;

/// Looks when the series ended, and why it could have.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let found = match suppliers(case).await {
        Ok(found) => found,
        Err(said) => return said,
    };
    let hop = found.hop.name();
    if !is_lacking(case) {
        return match shown(case) {
            Some(RungState::Stale) => Found::ruled_out(format!(
                "{hop} still shows it; only its newest sample is old"
            )),
            _ => Found::not_tested(format!("whether {hop} lacks it was not seen")),
        };
    }
    let Some(ended) = found.ended.clone() else {
        return before_the_last_hour(case, &found).await;
    };
    let Some(newest) = ended.newest() else {
        return Found::ruled_out("the series has no sample");
    };
    let when = said(newest, ended.server_now);
    let evidence: Vec<u32> = found.evidence.iter().copied().chain([ended.n]).collect();
    why(case, &found, &ended, &when).await.shown_by(evidence)
}

fn said(newest: Timestamp, now: Timestamp) -> String {
    let ago = format!(", {} ago", words::age(newest.age_ms(now)));
    format!("its samples end at {newest}{}", figure(ago, ""))
}

async fn why(case: &Case<'_>, found: &Suppliers, ended: &Ended, when: &str) -> Found {
    let active = &found.told.value.active;
    let gone = ended.labels.iter().find(|labels| {
        let instance = labels.value("instance");
        !instance.is_empty()
            && !active.iter().any(|target| {
                target.labels.value("instance") == instance
                    && target.labels.value("job") == labels.value("job")
            })
    });
    let hop = found.hop.name();
    let with_labels = |label: &str| {
        ended
            .labels
            .iter()
            .all(|labels| !labels.value(label).is_empty())
    };
    if let Some(labels) = gone {
        let says = format!(
            "{when}, and {hop} has no target `{}` of job `{}` any more",
            labels.value("instance"),
            labels.value("job")
        );
        // Labels of a series that is not scraped under its own name say nothing of targets.
        let all_gone = ended.labels.iter().all(|labels| {
            !active.iter().any(|target| {
                target.labels.value("instance") == labels.value("instance")
                    && target.labels.value("job") == labels.value("job")
            })
        });
        // Where targets are known that have it now, labels that no target has were given by rules.
        let is_own =
            matches!(found.by, By::Name | By::Guess | By::Nothing) && found.others.is_empty();
        let is_clear = all_gone && with_labels("job") && is_own;
        return match is_clear && keeps_target_labels(case, found).await {
            true => Found::proven(says),
            false => Found::likely(says),
        };
    }
    let Some(name) = case.name() else {
        return Found::likely(format!(
            "{when}; the check names no metric to look for on pages"
        ));
    };
    if !found.sure() || found.known.iter().any(|target| !is_up(target)) {
        return Found::likely(when);
    }
    let pages = pages(case, found).await;
    let has = pages
        .read
        .iter()
        .find(|read| !of_name(&read.told.value, name).is_empty());
    match has {
        Some(read) => Found::possible(format!(
            "{when}, though {} still has it on its page",
            read.target.url
        ))
        .shown_by([read.told.n]),
        None if pages.are_whole() => {
            let says = format!(
                "{when}: {} is up, and its page does not have it any more",
                found.known[0].url
            );
            match found.tells_rules {
                true => Found::proven(says),
                // A rule may have made it of what the page has.
                false => Found::likely(says),
            }
            .shown_by(pages.evidence())
        }
        None => Found::likely(when),
    }
}

/// Whether series have the labels of their targets: no job takes over others or changes them afterwards.
async fn keeps_target_labels(case: &Case<'_>, found: &Suppliers) -> bool {
    let Ok(told) = case.ask.config(&found.hop).await else {
        return false;
    };
    let config = &told.value;
    config.scrape_jobs_problem.is_none()
        && config.scrape_jobs.iter().all(|job| {
            !job.honor_labels
                && job.metric_relabel_configs.iter().all(|rule| {
                    let target = rule.target_label.as_deref().unwrap_or_default();
                    !["job", "instance"].contains(&target) && !target.contains('$')
                })
        })
}

/// A page that still has it, where the targets are known.
async fn still_exposed(case: &Case<'_>, found: &Suppliers) -> Option<(String, u32)> {
    let name = case.name().filter(|_| found.sure())?;
    let pages = pages(case, found).await;
    let mut read = pages.read.into_iter();
    let has = read.find(|read| !of_name(&read.told.value, name).is_empty())?;
    Some((has.target.url, has.told.n))
}

/// Whether there were samples in the last days, where the last hour has none.
async fn before_the_last_hour(case: &Case<'_>, found: &Suppliers) -> Found {
    let hop = found.hop.name();
    let Some(selector) = case
        .asked(&found.hop)
        .filter(|selector| !selector.metric.is_empty())
    else {
        return Found::not_tested("the check names no metric to look back for");
    };
    let query = format!("max(max_over_time(timestamp({selector})[{DAYS}d:5m]))");
    let told = match case.ask.query(&found.hop, &query).await {
        Ok(told) => told,
        Err(failure) => {
            return Found::not_tested(format!(
                "whether {hop} ever had it could not be asked: {}",
                failure.what
            ));
        }
    };
    let newest = match &told.value.result {
        QueryResult::Vector(samples) => samples
            .first()
            .map(|sample| sample.value.number())
            .filter(|seconds| seconds.is_finite()),
        _ => None,
    };
    match newest {
        None => Found::ruled_out(format!("{hop} has had no sample of it for {DAYS} days")),
        Some(seconds) => {
            let when = said(Timestamp::from_seconds(seconds), told.server_now);
            let said = match still_exposed(case, found).await {
                Some((url, n)) => {
                    Found::possible(format!("{when}, though {url} still has it on its page"))
                        .shown_by([n])
                }
                None => Found::likely(when),
            };
            match next::query(&found.hop, &query) {
                Some(command) => said.next(command),
                None => said,
            }
        }
    }
    .shown_by([told.n])
}
