//! `gapcheck doctor`: whether each hop of the suites can be reached, is what the suite says, and what it can answer.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::ask::{Door, DoorOptions};
use crate::backend::World;
use crate::cli::arguments::{DoctorArguments, ListForm, SelectionArguments};
use crate::cli::doctor_text::{Visit, text};
use crate::cli::loading::{Loading, Manner, prepare};
use crate::cli::run::{backends, runtime};
use crate::cli::surroundings::Surroundings;
use crate::cli::terminal::{Stderr, ink, show};
use crate::diagnose::doctor::{Grade, examine};
use crate::leaves::Redactor;
use crate::plan::Plan;
use crate::run::ExitCode;
use crate::suite::Secrets;

/// Examines the hops of all clusters at once.
pub(crate) fn doctor(args: &DoctorArguments, around: &Surroundings) -> ExitCode {
    let mut stderr = Stderr {
        ink: ink(args.color, around.stderr_is_terminal, around),
        redactor: Redactor::default(),
    };
    let manner = Manner {
        secrets: Secrets::Resolve,
        keep_going: false,
        warnings: false,
        settings: false,
    };
    let selection = SelectionArguments {
        clusters: args.clusters.clone(),
        ..SelectionArguments::default()
    };
    let plan = match prepare(&args.suite, &selection, around, manner, &mut stderr) {
        Loading::Ready { plan, .. } => plan,
        Loading::Nothing(why) | Loading::TooFew(why) => {
            stderr.refuse(&why);
            return ExitCode::NothingChecked;
        }
        Loading::Refused(mistakes) => {
            stderr.say(&mistakes);
            return ExitCode::Refused;
        }
    };
    let worlds = worlds(&plan);
    if worlds.is_empty() {
        stderr.refuse("the suites have no hop that could be examined");
        return ExitCode::NothingChecked;
    }
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            stderr.refuse(&format!("no runtime can be had: {error}"));
            return ExitCode::Bug;
        }
    };
    let visits = runtime.block_on(visit(args, around, &plan, &worlds));
    // A name that the system is still looking up must not hold the process.
    runtime.shutdown_background();
    let told = match args.output {
        ListForm::Text => text(&visits, ink(args.color, around.stdout_is_terminal, around)),
        ListForm::Json => {
            let mut text =
                serde_json::to_string_pretty(&visits).expect("texts and numbers are always JSON");
            text.push('\n');
            text
        }
    };
    let told = plan.redactor.scrub_bytes(told.into_bytes());
    match (show(&told), code(&visits)) {
        (ExitCode::Green, code) => code,
        (lost, ExitCode::Green) => lost,
        (_, code) => code,
    }
}

/// The worlds of the selected checks that have hops, each once.
fn worlds(plan: &Plan) -> Vec<Arc<World>> {
    let mut worlds: Vec<Arc<World>> = Vec::new();
    for step in &plan.steps {
        let world = &step.world;
        let has_hops = !world.pipeline.is_empty() || !world.beside.is_empty();
        if has_hops && worlds.iter().all(|known| !Arc::ptr_eq(known, world)) {
            worlds.push(world.clone());
        }
    }
    worlds
}

/// Asks everything at once, through one door: a server that several clusters share is asked once.
async fn visit(
    args: &DoctorArguments,
    around: &Surroundings,
    plan: &Plan,
    worlds: &[Arc<World>],
) -> Vec<Visit> {
    let door = Door::live(DoorOptions {
        backends: backends(plan),
        parallel: None,
        batching: false,
        deadline: None,
        record: false,
        vantage: around.vantage(),
        redactor: plan.redactor.clone(),
    });
    let visits = worlds.iter().map(|world| {
        let ask = door.ask("doctor", world, args.timeout);
        async move {
            Visit {
                suite: world.suite.to_string(),
                cluster: world.cluster.as_ref().map(ToString::to_string),
                hops: examine(&ask).await,
            }
        }
    });
    join_all(visits).await
}

fn code(visits: &[Visit]) -> ExitCode {
    let hops = visits.iter().flat_map(|visit| &visit.hops);
    match hops.map(|hop| hop.grade).max() {
        Some(Grade::Wrong) => ExitCode::Failed,
        Some(Grade::NotAsked) => ExitCode::NotAsked,
        Some(Grade::Ok) | None => ExitCode::Green,
    }
}
