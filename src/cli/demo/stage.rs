//! The demo itself: plants a fault, runs the suite as anybody would, and compares what was found with what was planted.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::ask::{Door, DoorOptions};
use crate::cli::arguments::{DemoArguments, SelectionArguments, Show, SuiteArguments};
use crate::cli::demo::folder::Folder;
use crate::cli::demo::planted::{Planted, listing};
use crate::cli::demo::suite::suite;
use crate::cli::ending;
use crate::cli::loading::{Loading, Manner, prepare};
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::cli::run::{backends, runtime};
use crate::cli::signals::Signals;
use crate::cli::surroundings::Surroundings;
use crate::cli::terminal::{Stderr, ink, print, progress, show};
use crate::lab::{DEFAULT_FAULT, RunningLab, ThanosVersion, incident, start};
use crate::leaves::{Redactor, Timestamp};
use crate::plan::Plan;
use crate::report::{FormatOptions, line};
use crate::run::{EndedBy, ExitCode, Gate, RunOptions, exit_of, run};
use crate::suite::Secrets;

/// Runs the demo, or lists what it can plant.
pub(crate) fn demo(args: &DemoArguments, around: &Surroundings) -> ExitCode {
    if args.list_faults {
        return show(listing().as_bytes());
    }
    let mut stderr = Stderr {
        ink: ink(args.color, around.stderr_is_terminal, around),
        redactor: Redactor::default(),
    };
    match play(args, around, &mut stderr) {
        Ok(code) => code,
        Err(why) => {
            stderr.refuse(&why);
            ExitCode::Refused
        }
    }
}

fn play(
    args: &DemoArguments,
    around: &Surroundings,
    stderr: &mut Stderr,
) -> Result<ExitCode, String> {
    let planted = Planted::named(args.fault.as_deref().unwrap_or(DEFAULT_FAULT))?;
    let folder = Folder {
        path: args.out.clone(),
    };
    let output = Output::of(&folder.reports(), None, &[]).map_err(|wrong| wrong.join("\n"))?;
    let signals = Signals::listen().map_err(|error| format!("signals cannot be heard: {error}"))?;
    signals.loading();
    let runtime = runtime().map_err(|error| format!("no runtime can be had: {error}"))?;
    let stage = Stage {
        args,
        around,
        folder: &folder,
        output: &output,
        signals: &signals,
    };
    let code = runtime.block_on(stage.play(planted, stderr));
    runtime.shutdown_background();
    code
}

struct Stage<'a> {
    args: &'a DemoArguments,
    around: &'a Surroundings,
    folder: &'a Folder,
    output: &'a Output,
    signals: &'a Signals,
}

impl Stage<'_> {
    async fn play(&self, planted: Planted, stderr: &mut Stderr) -> Result<ExitCode, String> {
        let version = ThanosVersion::of(&self.args.thanos_version).ok_or("no such Thanos")?;
        let mut model = incident::healthy(Timestamp::now().0).with_thanos(version);
        planted.plant(&mut model);
        let lab = start(model, Arc::new(|| Timestamp::now().0))
            .await
            .map_err(|error| format!("the pipeline cannot be started on loopback: {error}"))?;
        let has_twin = lab.prometheus.iter().any(|one| one.twin_of.is_some());
        let suite = suite(planted.suite(), has_twin);
        self.folder.fill(&suite, &lab.clusters_yaml())?;
        let plan = Arc::new(self.plan(stderr)?);
        let (code, found) = self.judge(&plan, (planted, version), stderr).await;
        let Some((is_right, found)) = found else {
            return Ok(code);
        };
        let code = match is_right {
            _ if self.args.gate => code,
            true => ExitCode::Green,
            false => ExitCode::Failed,
        };
        // A reader that went away has seen enough.
        let _ = print(self.last_words(planted, &found).as_bytes());
        if self.args.keep {
            let _ = print(self.addresses(&lab).as_bytes());
            self.signals.running().await;
        }
        Ok(code)
    }

    fn plan(&self, stderr: &mut Stderr) -> Result<Plan, String> {
        let suites = SuiteArguments {
            suites: vec![self.folder.suite()],
            ..SuiteArguments::default()
        };
        let manner = Manner {
            secrets: Secrets::Resolve,
            keep_going: false,
            warnings: true,
            settings: false,
        };
        let all = SelectionArguments::default();
        match prepare(&suites, &all, self.around, manner, stderr) {
            Loading::Ready { plan, .. } => Ok(plan),
            Loading::Nothing(why) | Loading::TooFew(why) | Loading::Refused(why) => {
                Err(format!("the demo's own suite cannot be run: {why}"))
            }
        }
    }

    /// The run, as `gapcheck run` would do it: its exit code, and whether it found what was planted and what it found, unless a signal
    /// ended it.
    async fn judge(
        &self,
        plan: &Arc<Plan>,
        (planted, version): (Planted, ThanosVersion),
        stderr: &Stderr,
    ) -> (ExitCode, Option<(bool, String)>) {
        let door = Door::live(DoorOptions {
            backends: backends(plan),
            parallel: None,
            batching: true,
            deadline: None,
            record: false,
            vantage: self.around.vantage(),
            redactor: plan.redactor.clone(),
        });
        let shown = progress(self.args.progress, false, self.around);
        let mut progress = Progress::new(shown, Show::Fail, stderr.clone(), line);
        let options = RunOptions::default();
        let run = run(
            plan.clone(),
            door,
            options,
            self.signals.running(),
            &mut |event| progress.observe(&event),
        )
        .await;
        let gate = Gate::default();
        let exit = exit_of(&run, &gate, true);
        let record = ending::record(&run, &exit, &[]);
        let options = FormatOptions {
            ink: ink(self.args.color, self.around.stdout_is_terminal, self.around),
            ..FormatOptions::default()
        };
        let written = self.output.write(&record, options, stderr);
        let code = exit_of(&run, &gate, !written.lost).code;
        let by_signal = matches!(
            run.ended_by,
            Some(EndedBy::Interrupt | EndedBy::Terminate | EndedBy::Hangup)
        );
        let found = (!by_signal).then(|| planted.found(&record, version));
        (code, found)
    }

    /// Where the reports are; what was planted, and what was found.
    fn last_words(&self, planted: Planted, found: &str) -> String {
        let mut said = String::from("\n");
        for (format, path) in self.output.paths() {
            // Writing to a String cannot fail.
            let _ = writeln!(said, "{format:<6} {}", path.display());
        }
        let _ = writeln!(said, "suite  {}", self.folder.suite().display());
        let _ = writeln!(said, "planted: {}; found: {found}", planted.name());
        said
    }

    fn addresses(&self, lab: &RunningLab) -> String {
        let mut said = String::from("\nThe pipeline stays up until Ctrl-C:\n");
        let mut line = |name: &str, address: String| {
            let _ = writeln!(said, "  {name:<16} {address}");
        };
        line("exporter", format!("http://{}/metrics", lab.exporter));
        for sender in &lab.prometheus {
            let name = format!("prometheus {}", sender.cluster);
            line(&name, format!("http://{}", sender.address));
        }
        line("receive write", format!("http://{}", lab.receive_write));
        line("receive http", format!("http://{}", lab.receive_http));
        line("receive grpc", lab.receive_grpc.to_string());
        line("query", format!("http://{}", lab.query));
        line("dns", lab.dns.to_string());
        let suite = self.folder.suite();
        let _ = writeln!(
            said,
            "Try it from another terminal, and change the suite as you like:\n  gapcheck run {}",
            suite.display()
        );
        said
    }
}
