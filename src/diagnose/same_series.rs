//! Whether what a hop shows without one matcher is what was sent to it, or what others sent.

use crate::ask::{Answer, Told};
use crate::backend::answer::{QueryAnswer, QueryResult, Sample};
use crate::backend::{Backend, Capability, QueryHow};
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::leaves::{RungState, Selector};

/// Series that are compared, at most, at each hop.
const COMPARED: usize = 500;

/// What the series are that a hop shows without a matcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Same {
    /// Series that a hop before it has and that were asked for, equal but for that label; the value that it has here.
    Yes(String, Vec<u32>),
    /// Others than those.
    No(Vec<u32>),
    /// No hop before it has the metric and can tell its labels.
    NoWitness,
}

/// The last hop before the one that lacks the metric which has it and answers PromQL, and with what it was asked.
pub(crate) fn upstream<'a>(case: &'a Case<'_>) -> Option<(&'a Backend, &'a Selector)> {
    let to = case
        .stations
        .iter()
        .position(|station| station.hop.name() == case.gap.to)
        .unwrap_or(case.stations.len());
    case.stations[..to]
        .iter()
        .rev()
        .filter(|station| station.sight.state == RungState::Present)
        .filter(|station| station.hop.kind().answers(Capability::Query).is_some())
        .find_map(|station| Some((station.hop.as_ref(), station.sight.asked.as_ref()?)))
}

/// Compares what the hop shows of a selector that lacks the matchers on one label, to what the hop before it has. A series that
/// upstream has under exactly these labels and that was not asked for is another one, however alike.
///
/// # Errors
/// Why a hop could not be asked.
pub(crate) async fn same_series(
    case: &Case<'_>,
    hop: &Backend,
    without: &Selector,
    label: &str,
    how: QueryHow,
) -> Result<Same, String> {
    let Some((from, asked)) = upstream(case) else {
        return Ok(Same::NoWitness);
    };
    let sent = series(case.ask.query(from, asked.to_string()).await, from)?;
    let here = match how == QueryHow::default() {
        true => case.ask.query(hop, without.to_string()).await,
        false => case.ask.query_as(hop, without.to_string(), how).await,
    };
    let here = series(here, hop)?;
    let mut evidence = vec![sent.1, here.1];
    let mut beside = Vec::new();
    if asked.matchers.iter().any(|matcher| matcher.name == label) {
        let all = asked.clone().without(label);
        let all = series(case.ask.query(from, all.to_string()).await, from)?;
        evidence.push(all.1);
        beside = all.0;
        beside.retain(|one| !sent.0.iter().any(|sent| sent.labels == one.labels));
    }
    let found = here.0.iter().find(|here| {
        sent.0.iter().any(|sent| holds(here, sent, Some(label)))
            && !beside.iter().any(|other| holds(here, other, None))
    });
    Ok(match found {
        Some(here) => Same::Yes(here.labels.value(label).to_owned(), evidence),
        None => Same::No(evidence),
    })
}

/// Whether a series has all the labels of another, but for one.
fn holds(here: &Sample, sent: &Sample, but: Option<&str>) -> bool {
    sent.labels
        .iter()
        .filter(|(name, _)| Some(name.as_str()) != but)
        .all(|(name, value)| here.labels.value(name) == value)
}

fn series(answer: Answer<QueryAnswer>, hop: &Backend) -> Result<(Vec<Sample>, u32), String> {
    let told: Told<QueryAnswer> = answer.map_err(|failure| failure.what)?;
    if let Some(missing) = missing_by_warning(&told.value.warnings) {
        return Err(format!(
            "the answer of {} is not whole: {missing}",
            hop.name()
        ));
    }
    match &told.value.result {
        QueryResult::Vector(samples) => {
            Ok((samples.iter().take(COMPARED).cloned().collect(), told.n))
        }
        _ => Err(format!("{} gave no vector", hop.name())),
    }
}
