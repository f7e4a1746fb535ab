//! The metric has another name behind a translation: dots become underscores, units and `_total` come or go.

use std::collections::BTreeSet;

use crate::backend::answer::{QueryResult, Sample};
use crate::backend::{Backend, BackendKind, Capability};
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::querying::lookback::{LOOKBACK, lookback};
use crate::diagnose::same_series::upstream;
use crate::leaves::{RungState, Selector, quoted, words};

/// Suffixes that a translation from OpenTelemetry adds: units as Prometheus spells them, and the counter's.
const SUFFIXES: [&str; 8] = [
    "_total",
    "_seconds",
    "_bytes",
    "_ratio",
    "_milliseconds",
    "_percent",
    "_seconds_total",
    "_bytes_total",
];

/// Looks for the translated names at the hop that lacks the metric.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let (Some(name), Some(hop)) = (case.name(), case.to()) else {
        return Found::ruled_out("the check asks for no single name");
    };
    let at = hop.name();
    match case.shows {
        RungState::Absent => {}
        RungState::Unknown => return Found::not_tested(format!("{at} gave no whole answer")),
        RungState::Stale | RungState::Present => {
            return Found::ruled_out(format!("{at} has had the metric under its own name"));
        }
    }
    let names = translated(name);
    if hop.kind() == BackendKind::ThanosReceive {
        return in_heads(case, hop, &names).await;
    }
    if hop.kind().answers(Capability::Query).is_none() {
        return Found::not_tested(format!("{at} answers no PromQL"));
    }
    let Some(selector) = case.asked(hop) else {
        return Found::not_tested(format!("{at} gave no answer for the metric"));
    };
    let here = match series(case, hop, &renamed(selector, &names)).await {
        Ok(here) => here,
        Err(why) => return Found::not_tested(why),
    };
    let found: BTreeSet<&str> = here
        .0
        .iter()
        .filter_map(|one| one.labels.metric())
        .collect();
    if found.is_empty() {
        return ended(case, hop, selector, &names)
            .await
            .unwrap_or_else(|| {
                Found::ruled_out(format!(
                    "{at} has none of the names that a translation makes of `{name}`"
                ))
            })
            .shown_by([here.1]);
    }
    let says = format!(
        "{at} has {} under the same selector",
        words::list(
            &found
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
        )
    );
    let Some((from, asked)) = upstream(case) else {
        return Found::possible(format!(
            "{says}; no hop before has the one that is asked for"
        ))
        .shown_by([here.1]);
    };
    let (sent, both) = match (
        series(case, from, &asked.to_string()).await,
        series(case, from, &renamed(asked, &names)).await,
    ) {
        (Ok(sent), Ok(both)) => (sent, both),
        (Err(why), _) | (_, Err(why)) => return Found::not_tested(why),
    };
    let evidence = [here.1, sent.1, both.1];
    // A name that the sender has as well is another metric.
    let is_new = |one: &&Sample| {
        !both
            .0
            .iter()
            .any(|other| other.labels.metric() == one.labels.metric())
    };
    let is_same = |here: &Sample| {
        sent.0.iter().any(|sent| {
            sent.labels
                .iter()
                .filter(|(label, _)| *label != "__name__")
                .all(|(label, value)| here.labels.value(label) == value)
        })
    };
    match here.0.iter().filter(is_new).find(|here| is_same(here)) {
        Some(one) => {
            let new = one.labels.metric().unwrap_or_default();
            let found = Found::proven(format!(
                "{at} has the series as `{new}`, which {} has not; there it is `{name}`",
                from.name()
            ))
            .shown_by(evidence);
            match next::query(hop, new) {
                Some(command) => found.next(command),
                None => found,
            }
        }
        None if here.0.iter().any(|one| is_new(&one)) => Found::possible(format!(
            "{says}, which {} has not; but no series of them has all labels that it has there as `{name}`",
            from.name()
        ))
        .shown_by(evidence),
        None => Found::ruled_out(format!(
            "{says}, but {} has them as well: they are other metrics",
            from.name()
        ))
        .shown_by(evidence),
    }
}

/// What a Query that looks back less than usual had under these names in the last hour: it may not show what it has.
async fn ended(
    case: &Case<'_>,
    hop: &Backend,
    selector: &Selector,
    names: &BTreeSet<String>,
) -> Option<Found> {
    if !hop.kind().asks_stores() {
        return None;
    }
    let (looks_back_ms, told) = lookback(case, hop).await;
    if told.is_some() && u128::try_from(looks_back_ms).ok()? >= LOOKBACK.as_millis() {
        return None;
    }
    let query = format!("last_over_time({}[1h])", renamed(selector, names));
    let at = hop.name();
    match series(case, hop, &query).await {
        Ok((found, _)) if found.is_empty() => None,
        Ok((_, n)) => Some(
            Found::possible(format!(
                "within the last hour {at} had a name that a translation makes of it, and shows it no more"
            ))
            .shown_by([n]),
        ),
        Err(why) => Some(Found::not_tested(why)),
    }
}

async fn in_heads(case: &Case<'_>, hop: &Backend, names: &BTreeSet<String>) -> Found {
    let told = match case.ask.tsdb_status(hop).await {
        Ok(told) => told,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let held: Vec<String> = names
        .iter()
        .filter(|name| {
            told.value
                .0
                .iter()
                .any(|head| head.series_of(name).is_some())
        })
        .map(|name| format!("`{name}`"))
        .collect();
    match held.is_empty() {
        true => Found::ruled_out(format!(
            "{} holds none of the names that a translation would make of it",
            hop.name()
        )),
        false => Found::possible(format!(
            "{} holds {}, of whatever sender",
            hop.name(),
            words::few(&held, 3)
        )),
    }
    .shown_by([told.n])
}

/// The names that translations make of this one, and those of which they make it.
fn translated(name: &str) -> BTreeSet<String> {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == ':' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut bases = BTreeSet::from([plain.clone()]);
    bases.extend(
        SUFFIXES
            .iter()
            .filter_map(|suffix| plain.strip_suffix(suffix).map(str::to_owned)),
    );
    let mut names: BTreeSet<String> = bases.clone();
    for base in &bases {
        names.extend(SUFFIXES.iter().map(|suffix| format!("{base}{suffix}")));
        // Back to the dots of OpenTelemetry, where all underscores are taken for them.
        if base.contains('_') {
            names.insert(base.replace('_', "."));
        }
    }
    names.retain(|one| one != name && !one.is_empty());
    names
}

/// The selector with any of these names in place of its own.
fn renamed(selector: &Selector, names: &BTreeSet<String>) -> String {
    let escaped: Vec<String> = names.iter().map(|name| name.replace('.', "[.]")).collect();
    let mut parts = vec![format!("__name__=~{}", quoted(&escaped.join("|")))];
    parts.extend(selector.matchers.iter().map(ToString::to_string));
    format!("{{{}}}", parts.join(","))
}

async fn series(case: &Case<'_>, hop: &Backend, query: &str) -> Result<(Vec<Sample>, u32), String> {
    let told = case
        .ask
        .query(hop, query)
        .await
        .map_err(|failure| failure.what)?;
    if let Some(missing) = missing_by_warning(&told.value.warnings) {
        return Err(format!(
            "the answer of {} is not whole: {missing}",
            hop.name()
        ));
    }
    match &told.value.result {
        QueryResult::Vector(samples) => Ok((samples.clone(), told.n)),
        _ => Err(format!("{} gave no vector", hop.name())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::is_metric_name;

    #[test]
    fn names_are_translated_there_and_back() {
        let names = translated("http.server.duration");
        assert!(names.contains("http_server_duration"));
        assert!(names.contains("http_server_duration_seconds"));
        let names = translated("http_requests_total");
        assert!(names.contains("http_requests"));
        assert!(names.contains("http.requests"));
        assert!(!names.contains("http_requests_total"));
        assert!(
            names
                .iter()
                .all(|name| is_metric_name(name) || name.contains('.'))
        );
        assert!(translated("").len() <= SUFFIXES.len() + 1);
    }
}
