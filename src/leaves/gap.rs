//! Localisation on a ladder: the first edge of the pipeline at which a metric is lost, or the interval where hops between could not be asked.

use crate::leaves::ladder::{Rung, RungState};

/// How exactly the place of a gap is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Between two neighbours.
    Exact,
    /// Somewhere between two hops: those in between could not be asked.
    Interval,
}

/// Where the data is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last hop that has the series; none where no hop upstream has it.
    pub from: Option<String>,
    /// The first hop after it that has not.
    pub to: String,
    /// How exactly that is known.
    pub edge: Edge,
}

/// The gap that a ladder shows: the first hop that was asked and lacks the series, after the last one before it that has it.
/// Unknown hops count neither way; hops unknown between the two make the edge an interval. No hop that lacks it: no gap.
pub fn find_gap(ladder: &[Rung]) -> Option<Gap> {
    let to = ladder
        .iter()
        .position(|rung| matches!(rung.state, RungState::Absent | RungState::Stale))?;
    let from = ladder[..to]
        .iter()
        .rposition(|rung| rung.state == RungState::Present);
    let first_after = from.map_or(0, |at| at + 1);
    let edge = if first_after == to {
        Edge::Exact
    } else {
        Edge::Interval
    };
    Some(Gap {
        from: from.map(|at| ladder[at].hop.clone()),
        to: ladder[to].hop.clone(),
        edge,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder(states: &str) -> Vec<Rung> {
        states
            .chars()
            .enumerate()
            .map(|(at, state)| Rung {
                hop: format!("h{at}"),
                kind: "prometheus".into(),
                state: match state {
                    'p' => RungState::Present,
                    's' => RungState::Stale,
                    'a' => RungState::Absent,
                    _ => RungState::Unknown,
                },
                series: None,
                newest_sample: None,
                age_ms: None,
                labels: Vec::new(),
                why: None,
            })
            .collect()
    }

    #[test]
    fn the_first_edge_where_present_becomes_absent_is_the_gap() {
        for (states, expected) in [
            ("pppp", None),
            ("ppu", None),
            ("uuu", None),
            ("ppaa", Some((Some("h1"), "h2", Edge::Exact))),
            ("pupa", Some((Some("h2"), "h3", Edge::Exact))),
            ("puua", Some((Some("h0"), "h3", Edge::Interval))),
            ("aaaa", Some((None, "h0", Edge::Exact))),
            ("uaa", Some((None, "h1", Edge::Interval))),
            ("ps", Some((Some("h0"), "h1", Edge::Exact))),
            ("papa", Some((Some("h0"), "h1", Edge::Exact))),
        ] {
            let expected = expected.map(|(from, to, edge): (Option<&str>, &str, Edge)| Gap {
                from: from.map(str::to_owned),
                to: to.to_owned(),
                edge,
            });
            assert_eq!(find_gap(&ladder(states)), expected, "{states}");
        }
    }
}
