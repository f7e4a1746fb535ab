//! A Prometheus that runs as an agent: it stores nothing that could be asked.

use crate::backend::{BackendKind, Capability};
use crate::diagnose::case::{Case, Station};
use crate::diagnose::found::Found;
use crate::leaves::RungState;

/// What an agent answers to every query.
const REFUSES: &str = "unavailable with Prometheus Agent";

/// Looks for an agent among the hops that could not be asked for the metric.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let is_agent = |station: &&Station| {
        station.hop.kind() == BackendKind::Prometheus
            && station.sight.why.iter().any(|why| why.contains(REFUSES))
    };
    let Some(station) = case.stations.iter().find(is_agent) else {
        return match case.scraper().map(|hop| (hop, case.station(hop.name()))) {
            Some((hop, Some(station))) if station.sight.state == RungState::Unknown => {
                Found::not_tested(format!(
                    "{} could not be asked for the metric, and what it said is not an agent's answer",
                    hop.name()
                ))
            }
            Some((hop, Some(_))) => {
                Found::ruled_out(format!("{} does not answer as an agent does", hop.name()))
            }
            Some((hop, None)) => {
                Found::not_tested(format!("{} was not asked for the metric", hop.name()))
            }
            None => Found::not_tested("the pipeline has no Prometheus that could be asked"),
        };
    };
    let name = station.hop.name();
    let refusals = case
        .ask
        .evidence()
        .into_iter()
        .filter(|exchange| {
            // One replica of it is `prom (10.0.0.1:9090)`.
            let rest = exchange.backend.strip_prefix(name);
            let is_it = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("));
            is_it && exchange.answer.contains(REFUSES)
        })
        .map(|exchange| exchange.n)
        .take(1);
    let flags = match station.hop.kind().answers(Capability::Flags) {
        Some(_) => case.ask.flags(&station.hop).await.ok(),
        None => None,
    };
    let says = format!(
        "{name} runs as an agent, which sends and answers no query: whether it has the metric cannot be asked"
    );
    let said = if case.gap.to == name {
        Found::proven(says)
    } else {
        Found::possible(format!(
            "{says}, so that the place of the loss is known less exactly"
        ))
    };
    said.shown_by(refusals)
        .shown_by(flags.into_iter().map(|told| told.n))
}
