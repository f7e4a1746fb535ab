//! Why an answer is empty, as the hop that gave it can tell: the name is not there at all, a label never had that value, or one
//! matcher keeps the series away.

use std::collections::BTreeSet;

use crate::ask::Ask;
use crate::backend::answer::QueryResult;
use crate::backend::{Backend, Capability};
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::leaves::{Labels, MatchOp, Matcher, RungState, Selector, words};

/// Matchers that are taken away one by one, at most.
const MOST_MATCHERS: usize = 6;

/// Series of a name whose labels are asked for in one request, at most; with more, each matcher is tried alone.
const MOST_GROUPED: u64 = 2_000;

/// Values that are named, at most.
const MOST_VALUES: usize = 3;

/// A matcher without which the same hop shows series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Killer {
    pub(crate) matcher: Matcher,
    /// Series that the selector has without it.
    pub(crate) series: u64,
    /// Exchanges that show it: with, and without.
    pub(crate) evidence: Vec<u32>,
}

/// The one matcher, of those that may be taken away, that keeps the result empty at this hop: without exactly it there are series.
/// None where several do so, or none does. All counts must be whole answers.
///
/// # Errors
/// Why it could not be told.
pub(crate) async fn killer(
    ask: &Ask,
    hop: &Backend,
    selector: &Selector,
    may_go: impl Fn(&Matcher) -> bool,
) -> Result<Option<Killer>, String> {
    if selector.matchers.len() > MOST_MATCHERS {
        return Err(format!(
            "`{selector}` has more matchers than are taken away one by one"
        ));
    }
    let count = async |selector: &Selector| {
        let told = ask
            .count(hop, selector)
            .await
            .map_err(|failure| failure.what)?;
        match missing_by_warning(&told.value.warnings) {
            Some(missing) => Err(format!(
                "the answer of {} is not whole: {missing}",
                hop.name()
            )),
            None => Ok((told.value.series, told.n)),
        }
    };
    let (series, with) = count(selector).await?;
    if series > 0 {
        return Ok(None);
    }
    let mut killers = Vec::new();
    for (at, matcher) in selector.matchers.iter().enumerate() {
        if !may_go(matcher) {
            continue;
        }
        let mut without = selector.clone();
        without.matchers.remove(at);
        if without.metric.is_empty() && without.matchers.is_empty() {
            continue;
        }
        let (series, n) = count(&without).await?;
        if series > 0 {
            killers.push(Killer {
                matcher: matcher.clone(),
                series,
                evidence: vec![with, n],
            });
        }
    }
    Ok((killers.len() == 1).then(|| killers.remove(0)))
}

/// What the hop that lacks the metric can tell of why.
pub(crate) async fn why_empty(case: &Case<'_>) -> Vec<String> {
    let Some(hop) = case.to() else {
        return Vec::new();
    };
    if hop.kind().answers(Capability::Query).is_none()
        || !matches!(case.shows, RungState::Absent | RungState::Stale)
    {
        return Vec::new();
    }
    let (Some(selector), Some(name)) = (case.asked(hop), case.name()) else {
        return Vec::new();
    };
    tell(case.ask, hop, selector, name)
        .await
        .unwrap_or_default()
}

async fn tell(ask: &Ask, hop: &Backend, selector: &Selector, name: &str) -> Option<Vec<String>> {
    let at = hop.name();
    if ask.count(hop, selector).await.ok()?.value.series > 0 {
        // There, and too old.
        return None;
    }
    let bare = Selector::of(name);
    let all = ask.count(hop, &bare).await.ok()?;
    if missing_by_warning(&all.value.warnings).is_some() {
        return None;
    }
    if all.value.series == 0 {
        let recent = ask
            .query(hop, format!("count(last_over_time({bare}[1h]))"))
            .await
            .ok()?;
        let ended = matches!(&recent.value.result, QueryResult::Vector(found) if !found.is_empty());
        return Some(vec![match ended {
            true => format!(
                "no series named `{name}` is at {at} now, whatever its labels; there was one in the last hour"
            ),
            false => format!(
                "no series named `{name}` is at {at}, whatever its labels, nor was there in the last hour"
            ),
        }]);
    }
    let mut lines = vec![format!(
        "{} named `{name}` {} at {at} under other labels",
        words::count(
            usize::try_from(all.value.series).unwrap_or(usize::MAX),
            "series"
        ),
        if all.value.series == 1 { "is" } else { "are" }
    )];
    if all.value.series <= MOST_GROUPED
        && let Some(groups) = groups(ask, hop, selector, &bare).await
    {
        lines.extend(of_groups(selector, &groups, name));
        return Some(lines);
    }
    if let Ok(Some(killer)) = killer(ask, hop, selector, |_| true).await {
        lines.push(without(&killer.matcher, killer.series));
    }
    for matcher in demanded(selector) {
        if let Ok(values) = ask.label_values(hop, &matcher.name, Some(&bare)).await
            && values.value.warnings.is_empty()
        {
            lines.extend(of_label(matcher, &values.value.values, name));
        }
    }
    Some(lines)
}

fn without(matcher: &Matcher, series: u64) -> String {
    format!(
        "without `{matcher}` there {} {}",
        if series == 1 { "is" } else { "are" },
        words::count(usize::try_from(series).unwrap_or(usize::MAX), "series")
    )
}

/// Matchers that demand a value.
fn demanded(selector: &Selector) -> impl Iterator<Item = &Matcher> {
    selector
        .matchers
        .iter()
        .filter(|matcher| matcher.op == MatchOp::Equal && !matcher.value.is_empty())
        .take(MOST_MATCHERS)
}

/// How many series of the name have which values of the matchers' labels; none where one request cannot tell.
async fn groups(
    ask: &Ask,
    hop: &Backend,
    selector: &Selector,
    bare: &Selector,
) -> Option<Vec<(Labels, f64)>> {
    let is_plain = |label: &str| {
        label
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || c == b'_')
    };
    let mut labels: Vec<&str> = selector
        .matchers
        .iter()
        .map(|matcher| matcher.name.as_str())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    if labels.is_empty()
        || labels.len() > MOST_MATCHERS
        || !labels
            .iter()
            .all(|label| is_plain(label) && *label != "__name__")
    {
        return None;
    }
    let query = format!("count by ({}) ({bare})", labels.join(", "));
    let told = ask.query(hop, query).await.ok()?;
    let QueryResult::Vector(samples) = &told.value.result else {
        return None;
    };
    let is_whole = missing_by_warning(&told.value.warnings).is_none() && !samples.is_empty();
    is_whole.then(|| {
        samples
            .iter()
            .map(|sample| (sample.labels.clone(), sample.value.number()))
            .collect()
    })
}

/// The one matcher that keeps all series away, if it is one, and the labels that never have the value demanded.
fn of_groups(selector: &Selector, groups: &[(Labels, f64)], name: &str) -> Vec<String> {
    let matchers = &selector.matchers;
    let series_without = |at: usize| -> f64 {
        let fits = |labels: &Labels| {
            let others = matchers
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at);
            others
                .into_iter()
                .all(|(_, matcher)| matcher.matches(labels))
        };
        let fitting = groups.iter().filter(|(labels, _)| fits(labels));
        fitting.map(|(_, series)| series).sum()
    };
    let killers: Vec<(&Matcher, f64)> = matchers
        .iter()
        .enumerate()
        .map(|(at, matcher)| (matcher, series_without(at)))
        .filter(|(_, series)| *series > 0.0)
        .collect();
    let mut lines = Vec::new();
    if let [(matcher, series)] = killers.as_slice() {
        lines.push(without(matcher, *series as u64));
    }
    for matcher in demanded(selector) {
        let values: BTreeSet<&str> = groups
            .iter()
            .map(|(labels, _)| labels.value(&matcher.name))
            .filter(|value| !value.is_empty())
            .collect();
        let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
        lines.extend(of_label(matcher, &values, name));
    }
    lines
}

/// What can be said of a matcher's label, from its values on the series of that name.
fn of_label(matcher: &Matcher, values: &[String], name: &str) -> Option<String> {
    let label = &matcher.name;
    if values.contains(&matcher.value) {
        return None;
    }
    if values.is_empty() {
        return Some(format!("no series of `{name}` has a label `{label}`"));
    }
    let near = words::nearest(&matcher.value, values.iter().map(String::as_str));
    let shown: Vec<String> = match near {
        Some(near) => vec![format!("{near:?}")],
        None => values.iter().map(|value| format!("{value:?}")).collect(),
    };
    Some(format!(
        "`{label}` is never {:?} on `{name}`; it is {}{}",
        matcher.value,
        words::few(&shown, MOST_VALUES),
        if near.is_some() && values.len() > 1 {
            " (the nearest value)"
        } else {
            ""
        }
    ))
}
