//! The metric is recorded by a rule, and the rule fails or is not evaluated any more.

use crate::backend::AddressKey;
use crate::backend::answer::{Rule, RuleGroup};
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::scraping::suppliers::{is_lacking, shown};
use crate::leaves::{RungState, Timestamp, words};

/// Looks whether a recording rule makes the metric, and how it fares.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some(hop) = case.scraper() else {
        return Found::not_tested("the pipeline has no Prometheus that could be asked for rules");
    };
    let Some(name) = case.name() else {
        return Found::not_tested("the check names no metric, only labels");
    };
    let told = match case.ask.rules(hop).await {
        Ok(told) => told,
        Err(failure) => {
            return Found::not_tested(format!(
                "the rules of {} could not be asked: {}",
                hop.name(),
                failure.what
            ));
        }
    };
    let recording: Vec<(&RuleGroup, &Rule)> = told
        .value
        .groups
        .iter()
        .flat_map(|group| group.rules.iter().map(move |rule| (group, rule)))
        .filter(|(_, rule)| rule.kind == "recording" && rule.name == name)
        .collect();
    let Some((group, rule)) = recording.first() else {
        if is_recorded_by_name(name) && is_lacking(case) {
            return Found::likely(format!(
                "no rule of {} records `{name}`, though a name with a colon is a recording rule's by convention",
                hop.name()
            ))
            .shown_by([told.n]);
        }
        return Found::ruled_out(format!("no rule of {} records `{name}`", hop.name()))
            .shown_by([told.n]);
    };
    let troubles: Vec<(bool, String)> = recording
        .iter()
        .filter_map(|(group, rule)| trouble(group, rule, told.server_now))
        .collect();
    let said = match troubles.first() {
        None if shown(case) == Some(RungState::Present) => Found::ruled_out(format!(
            "the rule `{name}` of group `{}` is evaluated without an error",
            group.name
        )),
        None => Found::possible(format!(
            "the rule `{name}` of group `{}` is evaluated without an error: where its expression `{}` finds nothing, a metric of that is what is lost",
            group.name,
            words::cut(&rule.query, 300)
        )),
        Some((_, why)) => {
            let says = format!("{} records `{name}` by a rule, and {why}", hop.name());
            let all = troubles.len() == recording.len() && troubles.iter().all(|(sure, _)| *sure);
            let lacks = matches!(shown(case), Some(RungState::Absent | RungState::Stale));
            match all && lacks {
                true => Found::proven(says),
                false => Found::likely(says),
            }
        }
    };
    let said = match next::path(hop, AddressKey::Url, "api/v1/rules?type=record") {
        Some(command) => said.next(command),
        None => said,
    };
    let said = match next::query(hop, &rule.query) {
        Some(command) => said.next(command),
        None => said,
    };
    said.shown_by([told.n])
}

/// Whether a name is written as those of recording rules are (`level:metric:operations`); exporters' names have no colon.
pub(crate) fn is_recorded_by_name(name: &str) -> bool {
    name.contains(':')
}

/// What is wrong with a rule, and whether that is sure: its last evaluation failed, or is older than two intervals and a minute.
fn trouble(group: &RuleGroup, rule: &Rule, now: Timestamp) -> Option<(bool, String)> {
    let group_name = &group.name;
    if rule.health == "err" || !rule.last_error.is_empty() {
        return Some((
            true,
            format!(
                "its last evaluation in group `{group_name}` failed: `{}`",
                words::cut(&rule.last_error, 500)
            ),
        ));
    }
    let Some(at) = rule.last_evaluation.or(group.last_evaluation) else {
        return Some((
            false,
            format!("group `{group_name}` has not evaluated it yet"),
        ));
    };
    let interval = i64::try_from(group.interval_ms).unwrap_or(i64::MAX / 4);
    let limit = interval.saturating_mul(2).saturating_add(60_000);
    let age = at.age_ms(now);
    (interval > 0 && age > limit).then(|| {
        (
            true,
            format!(
                "group `{group_name}` last evaluated it {}{at}{}, though it should every {}",
                figure(format!("{} ago (", words::age(age)), "at "),
                figure(")", ""),
                words::age(interval)
            ),
        )
    })
}
