//! The verdict on a Receive.

use std::sync::Arc;

use crate::ask::Ask;
use crate::backend::{Backend, World};
use crate::check::findings::Findings;
use crate::check::kind::CheckKind;
use crate::check::receive::doors::doors;
use crate::check::receive::form::Receive;
use crate::check::receive::holding::holding;
use crate::check::receive::review::review;
use crate::check::receive::taking::taking;
use crate::leaves::{Complaint, Judged, Verdict};

impl CheckKind for Receive {
    fn subject(&self) -> String {
        self.receive.clone()
    }

    fn review(&self, world: &World) -> Vec<Complaint> {
        review(self, world)
    }

    fn asked_hop<'w>(&self, world: &'w World) -> Option<&'w Arc<Backend>> {
        world.backend(&self.receive)
    }

    async fn judge(&self, ask: &Ask) -> Judged {
        judge(self, ask).await
    }
}

async fn judge(check: &Receive, ask: &Ask) -> Judged {
    let Some(hop) = ask.world().backend(&check.receive).cloned() else {
        return Judged::of(
            Verdict::error(
                format!("there is no hop `{}` here", check.receive),
                "Name a hop of the pipeline.",
            ),
            "",
        );
    };
    let mut findings = Findings::default();
    let (mut tables, mut notes) = (Vec::new(), Vec::new());
    doors(ask, &hop, &mut findings).await;
    if check.asks_counters() {
        tables.extend(taking(check, ask, &hop, &mut findings, &mut notes).await);
    }
    if check.asks_heads() {
        tables.extend(holding(check, ask, &hop, &mut findings, &mut notes).await);
    }
    let verdict = findings.verdict();
    let says = match &verdict {
        Verdict::Pass => format!("well at {}", hop.name()),
        Verdict::Fail { .. } => format!("not well at {}", hop.name()),
        _ => format!("not answered by {}", hop.name()),
    };
    Judged {
        tables,
        notes,
        ..Judged::of(verdict, says)
    }
}
