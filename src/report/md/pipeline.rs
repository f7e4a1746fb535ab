//! The pipeline as a Mermaid diagram, with a tick, a cross or a question mark at each hop, and the edge at which data is lost.

use crate::leaves::{Rung, RungState};
use crate::report::gap_record::GapRecord;

/// The longest name in a node, in characters.
const LONGEST_NAME: usize = 40;

/// A fenced Mermaid flowchart. Names are reduced to letters, digits and a few signs, so that none can be read as Mermaid.
pub(crate) fn diagram(ladder: &[Rung], gap: Option<&GapRecord>) -> String {
    let mut out = String::from("```mermaid\nflowchart LR\n");
    for (at, rung) in ladder.iter().enumerate() {
        let (sign, class) = match rung.state {
            RungState::Present => ("✓", "present"),
            RungState::Stale => ("✗", "lost"),
            RungState::Absent => ("✗", "lost"),
            RungState::Unknown => ("?", "unknown"),
        };
        out.push_str(&format!(
            "  h{at}[\"{sign} {}: {}\"]:::{class}\n",
            node_name(&rung.hop),
            rung.state.word()
        ));
    }
    for (at, pair) in ladder.windows(2).enumerate() {
        let lost = gap.is_some_and(|gap| gap.to == pair[1].hop);
        let arrow = match (lost, pair[1].state, pair[0].state) {
            (true, ..) => "--x|lost|",
            (_, RungState::Unknown, _) | (_, _, RungState::Unknown) => "-.->",
            _ => "-->",
        };
        out.push_str(&format!("  h{at} {arrow} h{}\n", at + 1));
    }
    out.push_str("  classDef present fill:#dafbe1,stroke:#1a7f37,color:#1f2328\n");
    out.push_str("  classDef lost fill:#ffebe9,stroke:#cf222e,color:#1f2328\n");
    out.push_str("  classDef unknown fill:#fff8c5,stroke:#9a6700,color:#1f2328\n");
    out.push_str("```\n");
    out
}

fn node_name(name: &str) -> String {
    name.chars()
        .take(LONGEST_NAME)
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ') {
                c
            } else {
                '_'
            }
        })
        .collect()
}
