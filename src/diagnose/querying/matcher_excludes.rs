//! One matcher of the selector keeps the series away: without it, the same hop shows them.

use crate::backend::answer::{QueryResult, Sample};
use crate::backend::{Backend, Capability};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::why_empty::{Killer, killer};
use crate::leaves::Selector;

/// Looks for the one matcher that the check writes without which the hop that lacks the metric has it. Matchers that say whose
/// series are asked for stay: without them, others' would answer.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some((hop, selector)) = case.to().and_then(|hop| Some((hop, case.asked(hop)?))) else {
        return Found::not_tested(format!("{} answers no PromQL", case.gap.to));
    };
    let own = &case.metric.metric.matchers;
    if own.is_empty() {
        return Found::ruled_out("the check names the metric alone, without a matcher");
    }
    let at = hop.name();
    let Some(killer) = killer(case.ask, hop, selector, |matcher| own.contains(matcher)).await
    else {
        return Found::ruled_out(format!(
            "no single matcher of the check keeps the metric away at {at}"
        ));
    };
    let without = selector.clone().without(&killer.matcher.name);
    let (found, mut evidence) = match upstream(case) {
        None => (true, Vec::new()),
        Some((from, asked)) => match same_series(case, from, asked, hop, &without, &killer).await {
            Ok(told) => told,
            Err(why) => return Found::not_tested(why),
        },
    };
    evidence.extend(&killer.evidence);
    if !found {
        return Found::ruled_out(format!(
            "without `{}` {at} shows series, but not those that {} has",
            killer.matcher,
            case.gap.from.as_deref().unwrap_or_default()
        ))
        .shown_by(evidence);
    }
    let found = Found::proven(format!(
        "at {at} `{selector}` selects nothing, and without `{}` it selects {}",
        killer.matcher, killer.series
    ))
    .shown_by(evidence);
    match next::query(hop, &without.to_string()) {
        Some(command) => found.next(command),
        None => found,
    }
}

/// The last hop that has the metric, where it answers PromQL, and with what it was asked.
fn upstream<'a>(case: &'a Case<'_>) -> Option<(&'a Backend, &'a Selector)> {
    let from = case.station(case.gap.from.as_deref()?)?;
    from.hop.kind().answers(Capability::Query)?;
    Some((&from.hop, from.sight.asked.as_ref()?))
}

/// Whether what the hop shows without the matcher are the series that the hop before it has: equal but for that label, and for
/// labels that came on the way.
async fn same_series(
    case: &Case<'_>,
    from: &Backend,
    asked: &Selector,
    hop: &Backend,
    without: &Selector,
    killer: &Killer,
) -> Result<(bool, Vec<u32>), String> {
    let sent = series(case, from, asked).await?;
    let here = series(case, hop, without).await?;
    let is_same = |sent: &Sample, here: &Sample| {
        sent.labels
            .iter()
            .filter(|(label, _)| **label != killer.matcher.name)
            .all(|(label, value)| here.labels.value(label) == value)
    };
    let same = sent
        .0
        .iter()
        .any(|sent| here.0.iter().any(|here| is_same(sent, here)));
    Ok((same, vec![sent.1, here.1]))
}

async fn series(
    case: &Case<'_>,
    hop: &Backend,
    selector: &Selector,
) -> Result<(Vec<Sample>, u32), String> {
    let told = case
        .ask
        .query(hop, selector.to_string())
        .await
        .map_err(|failure| failure.what)?;
    match &told.value.result {
        QueryResult::Vector(samples) => Ok((samples.clone(), told.n)),
        _ => Err(format!("{} gave no vector", hop.name())),
    }
}
