//! What a diagnosis costs: below its limit for every fault, however many replicas, senders and histories a suite names.

use gapcheck::lab::{CauseFault, Model, cause_faults, incident};
use gapcheck::leaves::Timestamp;

use crate::stage::{Layout, MOST_REQUESTS, told_in};

/// The fault in a pipeline with so many replicas of Receive, all of them stores of Query.
fn with_replicas(row: &CauseFault, many: usize) -> Model {
    let mut model = incident::healthy(Timestamp::now().0);
    (row.plant)(&mut model);
    for n in model.receive.replicas.len()..many {
        model.receive.replicas.push(incident::replica(n));
        model.query.stores.push(incident::store(n));
    }
    model
}

/// Faults after which the sender can be read twice only, a quarter of a minute apart.
const READ_TWICE: [&str; 2] = ["prometheus-agent", "remote-write-v2-unsupported"];

/// Faults whose diagnosis costs too much in such a pipeline, with what it asks.
fn dear(many: usize, layout: Layout) -> Vec<String> {
    cause_faults()
        .filter(|row| !READ_TWICE.contains(&row.cause))
        .map(|row| (row, told_in(with_replicas(row, many), layout).asked))
        .filter(|(_, asked)| asked.len() >= MOST_REQUESTS)
        .map(|(row, asked)| {
            let (cost, all) = (asked.len(), asked.join("\n  "));
            format!("{}: {cost} requests\n  {all}", row.cause)
        })
        .collect()
}

#[test]
fn a_diagnosis_is_cheap_beside_other_receives_and_another_sender() {
    let layout = Layout {
        other_sender: true,
        ..Layout::default()
    };
    let dear = dear(3, layout);
    assert!(dear.is_empty(), "{}", dear.join("\n"));
}

#[test]
fn a_diagnosis_is_cheap_where_a_hop_has_many_replicas() {
    let layout = Layout {
        one_hop: true,
        meta: true,
        other_sender: true,
        ..Layout::default()
    };
    let dear = dear(6, layout);
    assert!(dear.is_empty(), "{}", dear.join("\n"));
}
