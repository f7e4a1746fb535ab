//! Plans and runs made by hand, for tests of this folder.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::ask::Door;
use crate::backend::{Failure, FailureClass, Trace, World};
use crate::check::Check;
use crate::leaves::{Judged, Origin, Severity, Timestamp, Verdict};
use crate::plan::{Plan, Step};
use crate::run::outcome::{Outcome, Run};

/// The moment at which these runs happen.
pub(crate) const NOW: Timestamp = Timestamp(1_763_805_965_198);

/// A critical step without needs.
pub(crate) fn step(id: &str) -> Step {
    let form = serde_json::json!({ "metric": "up" });
    Step {
        id: id.into(),
        suite: "s".into(),
        cluster: None,
        check_id: id.into(),
        title: id.to_owned(),
        tags: Vec::new(),
        owner: None,
        hint: None,
        severity: Severity::Critical,
        needs: Vec::new(),
        within: None,
        timeout: Duration::from_secs(1),
        known_gap: None,
        origin: Origin::whole(Path::new("s.yaml")),
        settings: None,
        check: Arc::new(Check::read("metric", form).expect("a metric needs no more")),
        world: Arc::new(World::default()),
    }
}

/// A step with this severity.
pub(crate) fn weighing(id: &str, severity: Severity) -> Step {
    Step {
        severity,
        ..step(id)
    }
}

/// A plan of these steps.
pub(crate) fn plan(steps: Vec<Step>) -> Arc<Plan> {
    Arc::new(Plan {
        steps,
        ..Plan::default()
    })
}

/// A finished run of checks with these severities and verdicts.
pub(crate) fn finished(verdicts: Vec<(Severity, Verdict)>) -> Run {
    let (steps, outcomes) = verdicts
        .into_iter()
        .enumerate()
        .map(|(at, (severity, verdict))| {
            let outcome = Outcome::unjudged(Judged::of(verdict, ""));
            (weighing(&format!("c{at}"), severity), outcome)
        })
        .unzip();
    Run {
        plan: plan(steps),
        outcomes,
        started: NOW,
        took_ms: 0,
        vantage: "runner".into(),
        ended_by: None,
    }
}

/// A door behind which nobody answers; time stands still.
pub(crate) fn door() -> Arc<Door> {
    Door::scripted(
        NOW,
        Box::new(|_| {
            let failure = Failure::new(FailureClass::Refused, "nobody is there");
            (Trace::default(), Err(failure))
        }),
    )
}
