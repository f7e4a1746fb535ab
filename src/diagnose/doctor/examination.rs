//! The examination of all hops of one cluster.

use std::cmp::Reverse;

use futures_util::future::join_all;

use crate::ask::Ask;
use crate::backend::{Backend, request};
use crate::diagnose::doctor::examined::{Examined, Grade};
use crate::diagnose::doctor::{address, capability, clocks, nature};

/// Examines every hop and backend of the cluster once, all at the same time; in the order of the suite.
pub async fn examine(ask: &Ask) -> Vec<Examined> {
    let world = ask.world();
    let hops = world.pipeline.iter().chain(&world.beside);
    let mut all = join_all(hops.map(|hop| one(ask, hop))).await;
    clocks::judge(&mut all);
    for examined in &mut all {
        // The worst first; else in the order of finding.
        examined.remarks.sort_by_key(|remark| Reverse(remark.grade));
    }
    all
}

async fn one(ask: &Ask, hop: &Backend) -> Examined {
    let mut examined = blank(hop);
    address::knock(ask, hop, &mut examined).await;
    capability::ask_all(ask, hop, &mut examined).await;
    nature::look(ask, hop, &mut examined).await;
    examined
}

/// A hop of which nothing is known yet.
pub(crate) fn blank(hop: &Backend) -> Examined {
    Examined {
        hop: hop.name().to_owned(),
        kind: hop.kind().word(),
        grade: Grade::Ok,
        addresses: Vec::new(),
        version: None,
        ready: None,
        clock: None,
        sends: request::sends(hop),
        refused: None,
        answers: Vec::new(),
        remarks: Vec::new(),
    }
}
