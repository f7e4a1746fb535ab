//! Which steps may begin, and which are blocked by a need that did not pass.

use crate::leaves::{Severity, Verdict};
use crate::plan::Plan;
use crate::run::outcome::Outcome;

/// How many needs each step still waits for, and who waits for it.
#[derive(Debug)]
pub(crate) struct Needs {
    open: Vec<usize>,
    waiting: Vec<Vec<usize>>,
}

impl Needs {
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut waiting = vec![Vec::new(); plan.steps.len()];
        for (at, step) in plan.steps.iter().enumerate() {
            for need in &step.needs {
                waiting[*need].push(at);
            }
        }
        Self {
            open: plan.steps.iter().map(|step| step.needs.len()).collect(),
            waiting,
        }
    }

    /// The steps that wait for nothing.
    pub(crate) fn ready(&self) -> Vec<usize> {
        (0..self.open.len())
            .filter(|at| self.open[*at] == 0)
            .collect()
    }

    /// Notes that a step is finished; the steps that waited for it alone.
    pub(crate) fn finish(&mut self, at: usize) -> Vec<usize> {
        let waiting = std::mem::take(&mut self.waiting[at]);
        waiting
            .into_iter()
            .filter(|waiter| {
                self.open[*waiter] -= 1;
                self.open[*waiter] == 0
            })
            .collect()
    }
}

/// The verdict on a step whose needs are all finished, where one of them blocks it. A need that gates is named before one that
/// does not; what blocks the need itself is named in its place, so that all that fell with one cause stand under it.
pub(crate) fn blocked(
    plan: &Plan,
    at: usize,
    outcomes: &[Option<Outcome>],
    fail_on: Severity,
) -> Option<Verdict> {
    let mut blocks = plan.steps[at].needs.iter().filter_map(|need| {
        let step = &plan.steps[*need];
        match outcomes[*need].as_ref()?.verdict() {
            Verdict::Fail { .. } | Verdict::Error { .. } => {
                Some((step.id.to_string(), step.severity >= fail_on))
            }
            Verdict::KnownGap { .. } => Some((step.id.to_string(), false)),
            Verdict::Blocked { by, need_gates } => Some((by.clone(), *need_gates)),
            Verdict::Pass | Verdict::Skip { .. } => None,
        }
    });
    let first = blocks.next()?;
    let (by, need_gates) = if first.1 {
        first
    } else {
        blocks.find(|(_, gates)| *gates).unwrap_or(first)
    };
    Some(Verdict::Blocked { by, need_gates })
}
