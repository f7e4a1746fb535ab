//! The verb: the pipeline of a suite, or of the command line, with one check in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use crate::check::Check;
use crate::cli::arguments::{
    GateArguments, NoChecks, OutputArguments, RunArguments, SelectionArguments, Show,
    SuiteArguments, TraceArguments,
};
use crate::cli::run::run_shaped;
use crate::cli::surroundings::Surroundings;
use crate::cli::terminal::{Stderr, ink};
use crate::cli::trace::hops::suite_of;
use crate::cli::trace::saving::{append, found};
use crate::leaves::{Origin, Place, Redactor, Severity};
use crate::plan::{Plan, Step};
use crate::run::ExitCode;

/// Follows a metric, tells what every hop shows and why it is lost, and keeps the check where asked to.
pub(crate) fn trace(args: &TraceArguments, around: &Surroundings) -> ExitCode {
    let stderr = Stderr {
        ink: ink(args.output.color, around.stderr_is_terminal, around),
        redactor: Redactor::default(),
    };
    match follow(args, around, &stderr) {
        Ok(code) => code,
        Err(why) => {
            stderr.refuse(&why);
            ExitCode::Refused
        }
    }
}

fn follow(
    args: &TraceArguments,
    around: &Surroundings,
    stderr: &Stderr,
) -> Result<ExitCode, String> {
    let check = Arc::new(check(args)?);
    // The suite of the command line's hops lives as long as the run.
    let own = match args.hops.is_empty() {
        true => None,
        false => Some(suite_of(&args.hops)?),
    };
    let suites = match &own {
        Some(own) => vec![own.file.clone()],
        None if args.suites.is_empty() => vec![PathBuf::from("suites/")],
        None => args.suites.clone(),
    };
    let keeping = keeping(args, &suites)?;
    let shape = |plan: Plan| shaped(plan, &check);
    let code = run_shaped(&run_arguments(args, suites), around, Some(&shape));
    if let (Some(keeping), true) = (keeping, code != ExitCode::Refused) {
        let entry = entry(args);
        let file = match (&keeping, &own) {
            (Keeping::New(file), Some(own)) => {
                found(file, &own.text, &entry)?;
                file
            }
            (Keeping::New(file), None) | (Keeping::Append(file), _) => {
                append(file, &entry)?;
                file
            }
        };
        stderr.say(&format!("saved as a check in `{}`", file.display()));
    }
    Ok(code)
}

/// Where the check is kept.
enum Keeping {
    New(PathBuf),
    Append(PathBuf),
}

fn keeping(args: &TraceArguments, suites: &[PathBuf]) -> Result<Option<Keeping>, String> {
    let Some(save) = &args.save else {
        return Ok(None);
    };
    let keeping = match (save, args.hops.is_empty()) {
        (Some(file), false) if file.exists() => {
            return Err(format!(
                "`{}` is there already and is not replaced: name another file",
                file.display()
            ));
        }
        (Some(file), false) => Keeping::New(file.clone()),
        (None, false) => {
            return Err(
                "the hops of the command line have no suite to append to: name a new file with `--save=FILE`"
                    .to_owned(),
            );
        }
        (Some(file), true) => Keeping::Append(file.clone()),
        (None, true) => match suites {
            [only] if only.is_file() => Keeping::Append(only.clone()),
            _ => {
                return Err(
                    "which suite is meant is not clear: name its file with `--suite` or `--save=FILE`"
                        .to_owned(),
                );
            }
        },
    };
    Ok(Some(keeping))
}

fn check(args: &TraceArguments) -> Result<Check, String> {
    let mut form = serde_json::Map::new();
    form.insert("metric".to_owned(), json!(args.metric));
    for (key, value) in asserted(args) {
        form.insert(key.to_owned(), json!(value));
    }
    Check::read("metric", serde_json::Value::Object(form)).map_err(|error| error.to_string())
}

/// The keys beside the metric, as they were given.
fn asserted(args: &TraceArguments) -> impl Iterator<Item = (&'static str, &String)> {
    [
        ("fresh", &args.fresh),
        ("window", &args.window),
        ("tenant", &args.tenant),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value.as_ref()?)))
}

/// The check as an item of a suite's `checks`.
fn entry(args: &TraceArguments) -> Vec<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let mut lines = vec![format!("metric: {}", quoted(&args.metric))];
    lines.extend(asserted(args).map(|(key, value)| format!("{key}: {}", quoted(value))));
    if !args.clusters.is_empty() {
        let names: Vec<String> = args.clusters.iter().map(|name| quoted(name)).collect();
        lines.push(format!("clusters: [{}]", names.join(", ")));
    }
    lines
}

fn run_arguments(args: &TraceArguments, suites: Vec<PathBuf>) -> RunArguments {
    RunArguments {
        suite: SuiteArguments {
            suites,
            vars: args.vars.clone(),
            vars_files: args.vars_files.clone(),
            secret_hosts: Vec::new(),
        },
        selection: SelectionArguments {
            clusters: args.clusters.clone(),
            ..SelectionArguments::default()
        },
        pace: args.pace.clone(),
        gate: GateArguments {
            fail_on: Severity::Critical,
            fail_on_state: Vec::new(),
            no_checks: NoChecks::Fail,
            keep_going: false,
        },
        output: OutputArguments {
            show: Show::All,
            ..args.output.clone()
        },
    }
}

/// The same worlds, with the one check in each.
fn shaped(plan: Plan, check: &Arc<Check>) -> Result<Plan, String> {
    let mut steps: Vec<Step> = Vec::new();
    for step in &plan.steps {
        if steps
            .iter()
            .any(|known| Arc::ptr_eq(&known.world, &step.world))
        {
            continue;
        }
        if let Some(complaint) = check.review(&step.world).first() {
            return Err(complaint.message.clone());
        }
        let prefix = step.id.strip_suffix(&*step.check_id).unwrap_or(&step.id);
        steps.push(Step {
            id: format!("{prefix}trace").into(),
            check_id: "trace".into(),
            title: format!("trace {}", check.subject()),
            tags: Vec::new(),
            owner: None,
            hint: None,
            severity: Severity::Critical,
            needs: Vec::new(),
            within: None,
            known_gap: None,
            origin: Origin {
                file: Path::new("command line").into(),
                place: Place {
                    line: 1,
                    column: 1,
                    start: 0,
                    end: 0,
                },
            },
            check: check.clone(),
            ..step.clone()
        });
    }
    Ok(Plan { steps, ..plan })
}
