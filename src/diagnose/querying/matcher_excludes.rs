//! One matcher of the selector keeps the series away: without it, the same hop shows them.

use crate::backend::answer::{QueryResult, Sample, Target};
use crate::backend::{Backend, Capability};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::same_series::{Same, same_series};
use crate::diagnose::why_empty::{Killer, killer};
use crate::leaves::{RungState, Selector};

/// Looks for the one matcher that the check writes without which the hop that lacks the metric has it. Matchers that say whose
/// series are asked for stay: without them, others' would answer.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some((hop, selector)) = case.to().and_then(|hop| Some((hop, case.asked(hop)?))) else {
        return Found::not_tested(format!("{} gave no answer in PromQL", case.gap.to));
    };
    let at = hop.name();
    let own = &case.metric.metric.matchers;
    if own.is_empty() {
        return Found::ruled_out("the check names the metric alone, without a matcher");
    }
    match case.shows {
        RungState::Absent => {}
        RungState::Stale => {
            return Found::ruled_out(format!(
                "with all matchers {at} had the series within the last hour"
            ));
        }
        _ => return Found::not_tested(format!("{at} gave no whole answer")),
    }
    let killer = match killer(case.ask, hop, selector, |matcher| own.contains(matcher)).await {
        Ok(Some(killer)) => killer,
        Ok(None) => {
            return Found::ruled_out(format!(
                "no single matcher of the check keeps the metric away at {at}"
            ));
        }
        Err(why) => return Found::not_tested(why),
    };
    let mut without = selector.clone();
    without
        .matchers
        .retain(|matcher| *matcher != killer.matcher);
    let label = &killer.matcher.name;
    let same = match same_series(case, hop, &without, label, Default::default()).await {
        Ok(same) => same,
        Err(why) => return Found::not_tested(why),
    };
    let says = format!(
        "at {at} `{selector}` selects nothing, and without `{}` it selects {}",
        killer.matcher, killer.series
    );
    let found = match same {
        Same::Yes(value, evidence) => Found::proven(match value.as_str() {
            "" => format!("{says}; there the series has no label `{label}`"),
            value => format!("{says}; there `{label}` is {value:?}"),
        })
        .shown_by(evidence),
        Same::No(evidence) => {
            return Found::ruled_out(format!(
                "without `{}` {at} shows series, but not those that a hop before it has",
                killer.matcher
            ))
            .shown_by(evidence)
            .shown_by(killer.evidence);
        }
        Same::NoWitness => match by_target(case, hop, &without, &killer).await {
            Some((value, evidence)) => Found::proven(format!(
                "{says}; the target that is this exporter has {value:?} as its `{label}`"
            ))
            .shown_by(evidence),
            // They may be the series of others, and those that are asked for be missing.
            None => Found::likely(format!(
                "{says}; whether those are the ones that are meant no hop before can tell"
            )),
        },
    };
    let found = found.shown_by(killer.evidence);
    match next::query(hop, &without.to_string()) {
        Some(command) => found.next(command),
        None => found,
    }
}

/// The label's value on the target that scrapes the pipeline's exporter, where that shows the metric, the target contradicts the
/// matcher, and series of that target come back without it.
async fn by_target(
    case: &Case<'_>,
    hop: &Backend,
    without: &Selector,
    killer: &Killer,
) -> Option<(String, Vec<u32>)> {
    hop.kind().answers(Capability::Targets)?;
    let exporter = case.exporter()?;
    let shows = &case.station(exporter.name())?.sight;
    if shows.state != RungState::Present {
        return None;
    }
    let url = exporter.answers(Capability::Page)?;
    let targets = case.ask.targets(hop).await.ok()?;
    let is_this = |target: &&Target| {
        let scraped = url::Url::parse(&target.url).ok();
        scraped.is_some_and(|scraped| {
            let path = |url: &url::Url| match url.path() {
                "/" => "/metrics".to_owned(),
                path => path.to_owned(),
            };
            scraped.host_str() == url.host_str()
                && scraped.port_or_known_default() == url.port_or_known_default()
                && path(&scraped) == path(url)
        })
    };
    let target = targets.value.active.iter().find(is_this)?;
    if killer.matcher.matches(&target.labels) {
        return None;
    }
    let told = case.ask.query(hop, without.to_string()).await.ok()?;
    let QueryResult::Vector(series) = &told.value.result else {
        return None;
    };
    let is_of_target = |series: &Sample| {
        target
            .labels
            .iter()
            .all(|(label, value)| series.labels.value(label) == value)
    };
    series.iter().any(is_of_target).then(|| {
        let value = target.labels.value(&killer.matcher.name).to_owned();
        (value, vec![targets.n, told.n])
    })
}
