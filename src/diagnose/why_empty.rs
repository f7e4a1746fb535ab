//! Why an answer is empty, as the hop that gave it can tell: the name is not there at all, a label never had that value, or one
//! matcher keeps the series away.

use crate::ask::Ask;
use crate::backend::answer::QueryResult;
use crate::backend::{Backend, Capability};
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::leaves::{MatchOp, Matcher, RungState, Selector, words};

/// Matchers that are taken away one by one, at most.
const MOST_MATCHERS: usize = 6;

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
    if let Ok(Some(killer)) = killer(ask, hop, selector, |_| true).await {
        lines.push(format!(
            "without `{}` there {} {}",
            killer.matcher,
            if killer.series == 1 { "is" } else { "are" },
            words::count(
                usize::try_from(killer.series).unwrap_or(usize::MAX),
                "series"
            )
        ));
    }
    for matcher in selector
        .matchers
        .iter()
        .filter(|matcher| matcher.op == MatchOp::Equal && !matcher.value.is_empty())
        .take(MOST_MATCHERS)
    {
        if let Ok(values) = ask.label_values(hop, &matcher.name, Some(&bare)).await
            && values.value.warnings.is_empty()
        {
            lines.extend(of_label(matcher, &values.value.values, name));
        }
    }
    Some(lines)
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
