//! The way in: reads the command line and hands over to the verb.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::panic::catch_unwind;
use std::process::ExitCode as Code;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, error};

use crate::cli::arguments::{Arguments, SchemaOf, Verb, command};
use crate::cli::completions::completions;
use crate::cli::demo::demo;
use crate::cli::doctor::doctor;
use crate::cli::explain::explain;
use crate::cli::list::list;
use crate::cli::panic_hook;
use crate::cli::run::{mark_refused, run_suites};
use crate::cli::surroundings::Surroundings;
use crate::cli::terminal::{Stderr, show};
use crate::cli::trace::trace;
use crate::cli::validate::validate;
use crate::report::report_schema;
use crate::run::ExitCode;
use crate::suite::schema as suite_schema;

/// The whole program: its exit code follows from the verb.
pub fn main() -> Code {
    panic_hook::install();
    let argv: Vec<OsString> = std::env::args_os().collect();
    let code = match Arguments::try_parse_from(&argv) {
        // A panic that no check caught is a bug like any other, with the same exit code.
        Ok(arguments) => catch_unwind(|| act(arguments.verb, &Surroundings::look())),
        Err(error) => Ok(refuse(error, &argv)),
    };
    Code::from(code.unwrap_or(ExitCode::Bug).number())
}

fn act(verb: Verb, around: &Surroundings) -> ExitCode {
    match verb {
        Verb::Run(args) => run_suites(&args, around),
        Verb::Trace(args) => trace(&args, around),
        Verb::Validate(args) => validate(&args, around),
        Verb::List(args) => list(&args, around),
        Verb::Explain(args) => explain(&args, around),
        Verb::Doctor(args) => doctor(&args, around),
        Verb::Schema(args) => show(&schema(args.of)),
        Verb::Demo(args) => demo(&args, around),
        Verb::Completions { shell } => show(&completions(shell)),
        Verb::Version => show(format!("gapcheck {}\n", env!("CARGO_PKG_VERSION")).as_bytes()),
    }
}

fn schema(of: SchemaOf) -> Vec<u8> {
    let schema = match of {
        SchemaOf::Suite => suite_schema(),
        SchemaOf::Report => report_schema(),
    };
    let mut text = format!("{schema:#}");
    text.push('\n');
    text.into_bytes()
}

/// Help and version are no mistakes; anything else is, and names the environment variable that brought the bad value.
fn refuse(error: error::Error<error::RichFormatter>, argv: &[OsString]) -> ExitCode {
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if asked_for {
        return show(error.render().to_string().as_bytes());
    }
    // A terminal that is gone is no reason to panic.
    let _ = error.print();
    if let Some(name) = variable_at_fault(&error, argv) {
        Stderr::default().say(&format!(
            "\nThe value comes from the environment variable `{name}`."
        ));
    }
    if argv
        .get(1)
        .is_some_and(|verb| verb == "run" || verb == "trace")
    {
        mark_refused(&reports_in(argv), &Surroundings::look());
    }
    ExitCode::Refused
}

/// The values of `--report` in a command line that cannot be read as a whole.
fn reports_in(argv: &[OsString]) -> Vec<OsString> {
    let mut words = argv.iter().take_while(|word| *word != "--");
    let mut reports = Vec::new();
    while let Some(word) = words.next() {
        if word == "--report" {
            reports.extend(words.next().cloned());
        } else if let Some(report) = word.as_bytes().strip_prefix(b"--report=") {
            reports.push(OsStr::from_bytes(report).to_owned());
        }
    }
    reports
}

/// The environment variable of the flag with the bad value, where the flag itself was not given.
fn variable_at_fault(
    error: &error::Error<error::RichFormatter>,
    argv: &[OsString],
) -> Option<String> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = shown.split_whitespace().next()?.trim_start_matches('-');
    let command = command();
    let verbs = command.get_subcommands();
    let argument = verbs
        .flat_map(clap::Command::get_arguments)
        .find(|argument| argument.get_long() == Some(flag) && argument.get_env().is_some())?;
    let given = argv.iter().filter_map(|word| word.to_str()).any(|word| {
        let long = format!("--{flag}");
        let short = argument.get_short().map(|short| format!("-{short}"));
        word.starts_with(&long) || short.is_some_and(|short| word.starts_with(&short))
    });
    let variable = argument.get_env()?.to_str()?.to_owned();
    (!given).then_some(variable)
}
