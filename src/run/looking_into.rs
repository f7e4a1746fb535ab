//! Which red checks are looked into, once all are judged: a few at each edge, in the order of the plan, so that a thousand metrics
//! behind one dead server do not cost a thousand diagnoses.

use std::collections::HashMap;

use crate::check::Check;
use crate::leaves::{Judged, RungState, Verdict, find_gap, words};
use crate::plan::Plan;
use crate::run::outcome::Outcome;

/// Gaps at one edge of one cluster that are looked into, at most.
pub(crate) const MOST_AT_ONE_EDGE: usize = 20;

/// What is looked into, and what is not because as many at its edge already are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Places in the plan.
    pub(crate) looked_into: Vec<usize>,
    /// Places in the plan, each with what is said of it.
    pub(crate) left_out: Vec<(usize, String)>,
}

/// Chooses among the red metric checks of a run, those under a waiver too.
pub(crate) fn chosen(plan: &Plan, outcomes: &[Option<Outcome>]) -> Chosen {
    let mut chosen = Chosen::default();
    let mut at_edge: HashMap<(&str, Option<&str>, String), usize> = HashMap::new();
    for (at, (step, outcome)) in plan.steps.iter().zip(outcomes).enumerate() {
        let Some(outcome) = outcome else { continue };
        if !matches!(*step.check, Check::Metric(_))
            || outcome.attempts == 0
            || red(&outcome.judged).is_none()
        {
            continue;
        }
        let edge = edge(&outcome.judged);
        let known = at_edge
            .entry((&step.suite, step.cluster.as_deref(), edge.clone()))
            .or_default();
        *known += 1;
        if *known <= MOST_AT_ONE_EDGE {
            chosen.looked_into.push(at);
        } else {
            let said = format!(
                "why was not looked into: {} of this cluster at {edge} were",
                words::count(MOST_AT_ONE_EDGE, "other gap")
            );
            chosen.left_out.push((at, said));
        }
    }
    chosen
}

/// What was judged, where it is red: without a waiver that it stands under.
pub(crate) fn red(judged: &Judged) -> Option<Judged> {
    let verdict = match &judged.verdict {
        Verdict::KnownGap { was, .. } => was,
        verdict => verdict,
    };
    matches!(verdict, Verdict::Fail { .. } | Verdict::Error { .. }).then(|| Judged {
        verdict: verdict.clone(),
        ..judged.clone()
    })
}

/// Where a ladder loses the metric, or of which hop it could not tell.
fn edge(judged: &Judged) -> String {
    if let Some(gap) = find_gap(&judged.ladder) {
        return format!(
            "{} > {}",
            gap.from.as_deref().unwrap_or("(nothing)"),
            gap.to
        );
    }
    let unknown = judged
        .ladder
        .iter()
        .find(|rung| rung.state == RungState::Unknown);
    match (unknown, judged.ladder.last()) {
        (Some(rung), _) | (None, Some(rung)) => rung.hop.clone(),
        (None, None) => "no hop".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::{Rung, RungState};
    use crate::run::sample::{plan, step};

    fn outcome(verdict: Verdict, hop: &str) -> Option<Outcome> {
        let rung = Rung {
            hop: hop.to_owned(),
            kind: "prometheus".to_owned(),
            state: RungState::Absent,
            series: Some(0),
            newest_sample: None,
            age_ms: None,
            labels: Vec::new(),
            why: None,
        };
        let judged = Judged {
            ladder: vec![rung],
            ..Judged::of(verdict, "")
        };
        Some(Outcome {
            attempts: 1,
            ..Outcome::unjudged(judged)
        })
    }

    #[test]
    fn of_a_thousand_gaps_at_one_edge_the_first_few_are_looked_into() {
        let many = plan((0..1_000).map(|at| step(&format!("c{at}"))).collect());
        let fail = || Verdict::fail("1", "0");
        let outcomes: Vec<Option<Outcome>> = (0..1_000)
            .map(|at| match at {
                0 => outcome(Verdict::Pass, "prom"),
                999 => outcome(fail(), "query"),
                _ => outcome(fail(), "prom"),
            })
            .collect();
        let chosen = chosen(&many, &outcomes);
        let first: Vec<usize> = (1..=MOST_AT_ONE_EDGE).chain([999]).collect();
        assert_eq!(chosen.looked_into, first);
        assert_eq!(chosen.left_out.len(), 999 - first.len());
        assert_eq!(
            chosen.left_out[0].1,
            "why was not looked into: 20 other gaps of this cluster at (nothing) > prom were"
        );
    }

    #[test]
    fn what_stands_under_a_waiver_is_looked_into_and_what_was_not_judged_is_not() {
        let waived = Verdict::KnownGap {
            until: "2027-01-15".to_owned(),
            ticket: None,
            reason: None,
            was: Box::new(Verdict::fail("1", "0")),
        };
        let blocked = Outcome::unjudged(Judged::of(Verdict::fail("1", "0"), ""));
        let outcomes = [outcome(waived, "prom"), Some(blocked), None];
        let three = plan((0..3).map(|at| step(&format!("c{at}"))).collect());
        assert_eq!(chosen(&three, &outcomes).looked_into, [0]);
    }
}
