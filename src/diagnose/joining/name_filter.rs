//! A Receive that filters by names learns every fifteen seconds which it holds: a new one is not found by its name until then.
//!
//! The filter looks at nothing but an equality matcher on the name. A pattern of the same name passes it, which tells it from all else.

use crate::ask::{Ask, Told};
use crate::backend::Backend;
use crate::backend::answer::{QueryAnswer, QueryResult};
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::roster::Roster;
use crate::diagnose::next;
use crate::diagnose::settling::before;
use crate::leaves::{MatchOp, Matcher, RungState, Selector, words};

/// What began so long ago is known to every filter, in milliseconds.
const KNOWN_MS: i64 = 60_000;

/// Asks Query by a pattern of the name, and where that shows the series, by the name once more.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    let query = roster.name();
    if roster.own.component != "receive" {
        return roster.without_receive();
    }
    if case.shows == RungState::Stale {
        return Found::ruled_out(format!(
            "{query} has samples of the last hour, so that its stores know the name"
        ));
    }
    let Some(selector) = &roster.selector else {
        return Found::not_tested(format!("{query} was not asked for the metric"));
    };
    let Some(pattern) = by_pattern(selector) else {
        return Found::ruled_out("no name is asked for, and the filter looks at nothing else");
    };
    let counted = |selector: &Selector| format!("count({})", asked(case, selector));
    let passing = counted(&pattern);
    let Some((series, by_pattern)) = count(case.ask, &roster.query, &passing).await else {
        return by_age(case, None).await;
    };
    if series == 0 {
        return by_age(case, Some(query)).await.shown_by([by_pattern]);
    }
    let named = counted(selector);
    let shows = format!(
        "{query} shows {} to `{passing}`",
        words::count(usize::try_from(series).unwrap_or(usize::MAX), "series")
    );
    let found = match count(&case.ask.afresh(), &roster.query, &named).await {
        Some((0, by_name)) => Found::proven(format!(
            "{shows}, and none to `{named}`: a Receive behind it filters by names (`--enable-feature=metric-names-filter`), and has not learned this one yet; it should within fifteen seconds"
        ))
        .shown_by([by_name]),
        Some((_, by_name)) => Found::possible(format!(
            "{shows}, and by now to `{named}` as well: a filter by names learns new ones every fifteen seconds"
        ))
        .shown_by([by_name]),
        None => Found::likely(format!("{shows}, which no filter by names looks at")),
    };
    let command = next::query(&roster.query, &passing);
    Found {
        next: command.into_iter().collect(),
        ..found.shown_by([by_pattern])
    }
}

/// The same selector with a pattern that only its name matches; none without a name.
fn by_pattern(selector: &Selector) -> Option<Selector> {
    if selector.metric.is_empty() {
        return None;
    }
    let name = Matcher {
        name: "__name__".to_owned(),
        op: MatchOp::Regex,
        value: regex::escape(&selector.metric),
    };
    Some(Selector {
        metric: String::new(),
        matchers: std::iter::once(name)
            .chain(selector.matchers.iter().cloned())
            .collect(),
    })
}

/// The series as the check asks for them.
fn asked(case: &Case<'_>, selector: &Selector) -> String {
    match case.metric.window {
        Some(window) => format!("last_over_time({selector}[{}s])", window.0.as_secs()),
        None => selector.to_string(),
    }
}

/// How many series a whole answer counts.
async fn count(ask: &Ask, query: &Backend, text: &str) -> Option<(u64, u32)> {
    let told: Told<QueryAnswer> = ask.query(query, text.to_owned()).await.ok()?;
    if missing_by_warning(&told.value.warnings).is_some() {
        return None;
    }
    match &told.value.result {
        QueryResult::Vector(found) => Some((
            found.first().map_or(0, |one| one.value.number() as u64),
            told.n,
        )),
        _ => None,
    }
}

/// What the age of the series says, where a pattern shows none either or could not be asked: something else hides it, and the filter
/// may stand behind that.
async fn by_age(case: &Case<'_>, shows_none: Option<&str>) -> Found {
    let before = match before(case).await {
        Ok(before) => before,
        Err(why) => return Found::not_tested(why),
    };
    let neither = shows_none.map_or_else(String::new, |query| {
        format!("; by a pattern of the name {query} shows none either")
    });
    let (from, ago) = (before.at.name(), &before.ago);
    match (before.was_there, has_young_head(case).await) {
        (true, false) => Found::ruled_out(format!(
            "the series was at {from} {ago} ago already, and names are learned every fifteen seconds{neither}"
        )),
        (true, true) => Found::possible(format!(
            "Receive has had a tenant for less than a minute; whether it filters by names its flags say, which no endpoint shows{neither}"
        )),
        (false, _) => Found::possible(format!(
            "{from} has had the series for less than {ago}; whether Receive filters by names its flags say, which no endpoint shows{neither}"
        )),
    }
    .shown_by([before.n])
}

/// Whether a tenant that has the metric at the Receive on the way began so lately that its names may not be known: it has a filter of its own.
async fn has_young_head(case: &Case<'_>) -> bool {
    let Some(receive) = case.receive() else {
        return false;
    };
    let Ok(told) = case.ask.tsdb_status(receive).await else {
        return false;
    };
    let young = told.server_now.0 - KNOWN_MS;
    let name = case.name().unwrap_or_default();
    let mut heads = told.value.0.iter();
    heads.any(|head| head.series_of(name).is_some() && head.min_time > young)
}

#[cfg(test)]
mod tests {
    use super::by_pattern;

    #[test]
    fn a_pattern_matches_the_name_and_keeps_the_other_matchers() {
        let of = |text: &str| by_pattern(&text.parse().unwrap()).map(|one| one.to_string());
        assert_eq!(
            of("cost{job=\"a\"}").unwrap(),
            "{__name__=~\"cost\",job=\"a\"}"
        );
        assert_eq!(
            of("{\"cost.usd\"}").unwrap(),
            "{__name__=~\"cost\\\\.usd\"}"
        );
        assert_eq!(of("{job=\"a\"}"), None);
    }
}
