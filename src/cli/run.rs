//! `gapcheck run`: the whole story of one run.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use crate::ask::{Door, DoorOptions};
use crate::backend::Backend;
use crate::cli::arguments::{NoChecks, RunArguments, Show};
use crate::cli::ending::{self, Unloaded};
use crate::cli::loading::{Loading, Manner, prepare};
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::cli::signals::Signals;
use crate::cli::surroundings::Surroundings;
use crate::cli::terminal::{Stderr, ink, progress};
use crate::leaves::{Redactor, words};
use crate::plan::Plan;
use crate::report::{FormatOptions, Record, line};
use crate::run::{Exit, ExitCode, Gate, Run, RunOptions, exit_of, run};
use crate::suite::Secrets;

/// Runs suites: what is wrong with them or with the command line is told before anything is sent.
pub(crate) fn run_suites(args: &RunArguments, around: &Surroundings) -> ExitCode {
    run_shaped(args, around, None)
}

/// Makes another plan of the one that was loaded.
pub(crate) type Shape<'a> = &'a dyn Fn(Plan) -> Result<Plan, String>;

/// Runs what is made of the plan of these suites; every check is told whole then.
pub(crate) fn run_shaped(
    args: &RunArguments,
    around: &Surroundings,
    shape: Option<Shape<'_>>,
) -> ExitCode {
    let mut stderr = Stderr {
        ink: ink(args.output.color, around.stderr_is_terminal, around),
        redactor: Redactor::default(),
    };
    let signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => return refuse(&[format!("signals cannot be heard: {error}")], &stderr),
    };
    let output = match Output::of(
        &args.output.reports,
        args.pace.record.as_deref(),
        &read(args),
    ) {
        Ok(output) => output,
        Err(wrong) => return refuse(&wrong, &stderr),
    };
    let session = Session {
        args,
        around,
        output: &output,
        signals: &signals,
        shape,
    };
    let at_work = "it was still at work when this was written";
    if let Err(error) = session.place(ExitCode::NotAsked, at_work, &stderr) {
        return refuse(&[error], &stderr);
    }
    signals.loading();
    session.go(&mut stderr)
}

/// Puts a red report in the place of each that a command line asked for that could not be read: yesterday's green one must not
/// stand there.
pub(crate) fn mark_refused(reports: &[OsString], around: &Surroundings) {
    let exit = Exit {
        code: ExitCode::Refused,
        reason: "a mistake in the command line; nothing was sent".to_owned(),
    };
    if let Ok(output) = Output::of(reports, None, &[]) {
        let record = ending::nothing(&around.vantage(), &exit);
        // The mistake was told already, and the exit code is red.
        let _ = output.unfinished(&record, &Redactor::default());
    }
}

/// Polls of tasks between two looks at the clock and the network. At tokio's 61 a server that floods one connection (interim answers
/// without end) keeps every timeout of the run waiting for seconds.
const EVENT_INTERVAL: u32 = 4;

/// What one run has in hand.
struct Session<'a> {
    args: &'a RunArguments,
    around: &'a Surroundings,
    output: &'a Output,
    signals: &'a Signals,
    shape: Option<Shape<'a>>,
}

impl Session<'_> {
    fn go(&self, stderr: &mut Stderr) -> ExitCode {
        let manner = Manner {
            secrets: match self.args.pace.replay {
                // A replay sends nothing.
                Some(_) => Secrets::Names,
                None => Secrets::Resolve,
            },
            keep_going: self.args.gate.keep_going,
            warnings: !self.args.output.quiet,
            settings: false,
        };
        let (suite, selection) = (&self.args.suite, &self.args.selection);
        let (plan, unloaded) = match prepare(suite, selection, self.around, manner, stderr) {
            Loading::Ready { plan, unloaded } => (plan, unloaded),
            Loading::Refused(mistakes) => {
                let why = format!("{mistakes}; nothing was sent");
                return self.give_up(ExitCode::Refused, &why, stderr);
            }
            Loading::Nothing(why) if self.args.gate.no_checks == NoChecks::Pass => {
                stderr.warn(&why);
                (Plan::default(), Vec::new())
            }
            Loading::Nothing(why) | Loading::TooFew(why) => {
                stderr.refuse(&why);
                return self.give_up(ExitCode::NothingChecked, &why, stderr);
            }
        };
        let shaped = match self.shape {
            Some(shape) => shape(plan),
            None => Ok(plan),
        };
        let plan = match shaped {
            Ok(plan) => Arc::new(self.timed(plan)),
            Err(why) => {
                stderr.refuse(&why);
                return self.give_up(ExitCode::Refused, &why, stderr);
            }
        };
        let door = match self.door(&plan) {
            Ok(door) => door,
            Err(error) => {
                stderr.refuse(&error);
                return self.give_up(ExitCode::Refused, &error, stderr);
            }
        };
        let run = match self.run(&plan, &door, stderr) {
            Ok(run) => run,
            Err(error) => {
                let what = format!("no runtime can be had: {error}");
                return self.give_up(ExitCode::Bug, &what, stderr);
            }
        };
        let code = self.end(&run, &door, &unloaded, stderr);
        // The process ends now. Taking a large run apart piece by piece would only take time; the system takes all of it back.
        std::mem::forget((plan, door, run));
        code
    }

    /// The plan with the timeout of the command line.
    fn timed(&self, mut plan: Plan) -> Plan {
        if let Some(timeout) = self.args.pace.timeout {
            for step in &mut plan.steps {
                step.timeout = timeout;
            }
        }
        plan
    }

    fn door(&self, plan: &Plan) -> Result<Arc<Door>, String> {
        let pace = &self.args.pace;
        if let Some(path) = &pace.replay {
            let name = path.display();
            let bytes = std::fs::read(path).map_err(|error| {
                format!(
                    "the recording `{name}` cannot be read: {error}; give the file that `--record` wrote"
                )
            })?;
            return Door::replay(&bytes).map_err(|error| format!("`{name}`: {error}"));
        }
        Ok(Door::live(DoorOptions {
            backends: backends(plan),
            parallel: None,
            batching: !pace.no_batch,
            deadline: pace.deadline,
            record: self.output.records(),
            vantage: self.around.vantage(),
            redactor: plan.redactor.clone(),
        }))
    }

    fn run(&self, plan: &Arc<Plan>, door: &Arc<Door>, stderr: &Stderr) -> io::Result<Run> {
        let (pace, output) = (&self.args.pace, &self.args.output);
        let options = RunOptions {
            jobs: pace.jobs,
            deadline: pace.deadline,
            retries: pace.retries,
            max_fail: pace.max_fail,
            fail_on: self.args.gate.fail_on,
            panic_in: self.panic_in(),
        };
        let shown = progress(output.progress, output.quiet, self.around);
        let progress = Progress::new(shown, output.show, stderr.clone(), line);
        conduct(plan, door, options, self.signals, progress)
    }

    /// The check in which a test of exit code 70 wants a panic; there is no such thing in a release.
    fn panic_in(&self) -> Option<String> {
        cfg!(debug_assertions)
            .then(|| self.around.env.get("GAPCHECK_TEST_PANIC_IN").cloned())
            .flatten()
    }

    /// Writes all reports, and says how it ends.
    fn end(&self, run: &Run, door: &Door, unloaded: &[Unloaded], stderr: &Stderr) -> ExitCode {
        let gate = Gate {
            fail_on: self.args.gate.fail_on,
            fail_on_state: self.args.gate.fail_on_state.clone(),
            nothing_is_green: self.args.gate.no_checks == NoChecks::Pass,
            unloaded: unloaded.len(),
        };
        let exit = exit_of(run, &gate, true);
        let record = ending::record(run, &exit, unloaded);
        let options = FormatOptions {
            ink: ink(
                self.args.output.color,
                self.around.stdout_is_terminal,
                self.around,
            ),
            show_all: self.args.output.show == Show::All || self.args.output.verbose > 0,
            show_whole: self.shape.is_some(),
            ..FormatOptions::default()
        };
        let written = self.output.write(&record, options, stderr);
        let kept = self.output.keep(door.recording(run.took_ms), stderr);
        let last = exit_of(run, &gate, !written.lost && kept);
        if !written.told || last != exit {
            stderr.say(&verdict_line(&record, &last));
        }
        if self.args.output.verbose > 0 {
            for (format, path) in self.output.paths() {
                stderr.say(&format!("{format} report: {}", path.display()));
            }
        }
        last.code
    }

    /// Ends before the run began; every report says so.
    fn give_up(&self, code: ExitCode, why: &str, stderr: &Stderr) -> ExitCode {
        if let Err(error) = self.place(code, why, stderr) {
            stderr.refuse(&error);
        }
        code
    }

    fn place(&self, code: ExitCode, why: &str, stderr: &Stderr) -> Result<(), String> {
        let exit = Exit {
            code,
            reason: why.to_owned(),
        };
        let record = ending::nothing(&self.around.vantage(), &exit);
        self.output.unfinished(&record, &stderr.redactor)
    }
}

/// Runs a plan in a runtime of its own: one thread, because the work is waiting.
///
/// # Errors
/// The system gives no runtime.
pub(crate) fn conduct(
    plan: &Arc<Plan>,
    door: &Arc<Door>,
    options: RunOptions,
    signals: &Signals,
    mut progress: Progress,
) -> io::Result<Run> {
    let runtime = runtime()?;
    let stop = signals.running();
    let finished = runtime.block_on(run(
        plan.clone(),
        door.clone(),
        options,
        stop,
        &mut |event| progress.observe(&event),
    ));
    // A name that the system is still looking up must not hold the process.
    runtime.shutdown_background();
    Ok(finished)
}

/// The one runtime of the process.
///
/// # Errors
/// The system gives none.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .event_interval(EVENT_INTERVAL)
        .build()
}

/// Every backend that the plan may ask, once.
pub(crate) fn backends(plan: &Plan) -> Vec<Arc<Backend>> {
    let mut worlds: Vec<_> = plan.steps.iter().map(|step| &step.world).collect();
    worlds.dedup_by(|a, b| Arc::ptr_eq(a, b));
    let mut known = std::collections::HashSet::new();
    worlds
        .into_iter()
        .flat_map(|world| world.pipeline.iter().chain(&world.beside))
        .filter(|backend| known.insert(backend.key.clone()))
        .cloned()
        .collect()
}

/// The verdict in one line, where standard output does not tell it.
fn verdict_line(record: &Record, exit: &Exit) -> String {
    let total = usize::try_from(record.counts.total()).unwrap_or(usize::MAX);
    format!(
        "{}: exit code {}: {} ({})",
        record.verdict.word().to_uppercase(),
        exit.code.number(),
        exit.reason,
        words::count(total, "check"),
    )
}

/// Files that this run reads, and that no report may replace.
fn read(args: &RunArguments) -> Vec<PathBuf> {
    let suite = &args.suite;
    suite
        .suites
        .iter()
        .chain(&suite.vars_files)
        .chain(&args.pace.replay)
        .cloned()
        .collect()
}

fn refuse(wrong: &[String], stderr: &Stderr) -> ExitCode {
    for message in wrong {
        stderr.refuse(message);
    }
    ExitCode::Refused
}
