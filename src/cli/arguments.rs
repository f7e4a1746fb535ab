//! The command line: every verb and flag with its documentation. No flag takes the value of a secret.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use crate::cli::choices::{
    ColourMode, ListForm, NoChecks, ProgressMode, SchemaOf, Show,
};
pub(crate) use crate::cli::flag_groups::{
    GateArguments, OutputArguments, PaceArguments, SelectionArguments, SuiteArguments,
};
use crate::cli::flag_groups::{duration, pair};
use crate::run::EXIT_CODES;

/// Finds the hop where your metrics go missing.
#[derive(Debug, Parser)]
#[command(
    name = "gapcheck",
    version,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Ask the live systems what the suites demand, and report.
    #[command(after_long_help = exit_codes())]
    Run(Box<RunArguments>),
    /// Follow one metric over the whole pipeline, without a suite that asks for it: where it is lost, and why.
    Trace(Box<TraceArguments>),
    /// Read suites and tell every mistake, offline.
    Validate(ValidateArguments),
    /// List the checks that a run would judge.
    List(ListArguments),
    /// Tell what a kind of check or backend, a cause, an exit code or a check means; for a check, what it would ask.
    Explain(ExplainArguments),
    /// Examine each hop of the suites: whether it can be reached, is what the suite says, and what it can answer.
    #[command(after_long_help = DOCTOR_EXIT_CODES)]
    Doctor(DoctorArguments),
    /// Print a JSON Schema: of suites (for editors), or of the JSON report.
    Schema(SchemaArguments),
    /// Run the incident's suite on a pipeline inside this process, with a fault planted in it. Needs no server.
    Demo(DemoArguments),
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the version.
    Version,
}

/// What `run` takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) suite: SuiteArguments,
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    #[command(flatten)]
    pub(crate) pace: PaceArguments,
    #[command(flatten)]
    pub(crate) gate: GateArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// What `trace` takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct TraceArguments {
    /// A metric name or a selector, such as `up{job="api"}`.
    #[arg(value_name = "METRIC")]
    pub(crate) metric: String,
    /// Suites whose pipelines are followed; `suites/` unless hops are given here.
    #[arg(
        short,
        long = "suite",
        value_name = "SUITE|DIR",
        conflicts_with = "hops"
    )]
    pub(crate) suites: Vec<PathBuf>,
    /// A hop, in the order of the data's way: KIND=URL, such as `prometheus=http://prom:9090`. A Thanos Receive takes its write port,
    /// and more addresses behind commas: `thanos-receive=http://recv:19291,http=http://recv:10902,grpc=recv:10901`.
    #[arg(long = "hop", value_name = "KIND=URL", value_parser = pair)]
    pub(crate) hops: Vec<(String, String)>,
    /// Only these clusters.
    #[arg(short, long = "cluster", value_name = "NAME")]
    pub(crate) clusters: Vec<String>,
    /// How old the newest sample may be: `10m`.
    #[arg(long, value_name = "DURATION")]
    pub(crate) fresh: Option<String>,
    /// Count a sample in this window as presence, for metrics that come rarely: `1h`.
    #[arg(long, value_name = "DURATION")]
    pub(crate) window: Option<String>,
    /// The tenant under which the series must be held.
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    /// Append the check to the suite, or write a new suite with the hops to FILE. Nothing is replaced.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub(crate) save: Option<Option<PathBuf>>,
    /// Give a variable of the suites a value; wins over everything else. Also GAPCHECK_VAR_name in the environment.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) vars: Vec<(String, String)>,
    /// Take variables from a YAML file.
    #[arg(long = "vars-file", value_name = "FILE")]
    pub(crate) vars_files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) pace: PaceArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// What `validate` takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct ValidateArguments {
    #[command(flatten)]
    pub(crate) suite: SuiteArguments,
    /// Whether to colour; NO_COLOR and TERM=dumb are honoured.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColourMode::Auto, env = "GAPCHECK_COLOR", hide_env_values = true)]
    pub(crate) color: ColourMode,
    /// Do not tell warnings.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// What `list` takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) suite: SuiteArguments,
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    /// How to list.
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = ListForm::Text)]
    pub(crate) output: ListForm,
    /// Whether to colour; NO_COLOR and TERM=dumb are honoured.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColourMode::Auto, env = "GAPCHECK_COLOR", hide_env_values = true)]
    pub(crate) color: ColourMode,
}

/// What `explain` takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A kind (`metric`, `thanos-receive`), a cause, an exit code (`3`), or the id of a check (`finops-cost[ops]/cost-metric`; a
    /// glob that fits one will do).
    #[arg(value_name = "CAUSE|KIND|EXIT-CODE|CHECK-ID")]
    pub(crate) word: String,
    /// Where the check is looked for: suites, or directories that are searched for them.
    #[arg(long = "suite", value_name = "SUITE|DIR", default_value = "suites/")]
    pub(crate) suites: Vec<PathBuf>,
    /// Give a variable of the suites a value.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) vars: Vec<(String, String)>,
    /// Take variables from a YAML file.
    #[arg(long = "vars-file", value_name = "FILE")]
    pub(crate) vars_files: Vec<PathBuf>,
    /// The timeout that `run` would be given.
    #[arg(long, value_name = "DURATION", value_parser = duration, env = "GAPCHECK_TIMEOUT", hide_env_values = true)]
    pub(crate) timeout: Option<Duration>,
    /// How to tell it.
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = ListForm::Text)]
    pub(crate) output: ListForm,
    /// Whether to colour; NO_COLOR and TERM=dumb are honoured.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColourMode::Auto, env = "GAPCHECK_COLOR", hide_env_values = true)]
    pub(crate) color: ColourMode,
}

/// How `doctor` ends.
const DOCTOR_EXIT_CODES: &str = "Exit codes:
    0  every hop can be reached and is what the suite says
    1  a hop is not what the suite says: another kind, a wrong port, or a clock a minute or more from ours while another agrees with ours
    2  a mistake in the command line, a suite or a template; nothing was sent
    3  none is wrong, but a hop could not be asked: unreachable, credentials refused, not ready
    4  the suites have no hop

Notices, such as a path that is closed or a clock some seconds off, do not change the code.";

/// What `doctor` takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) suite: SuiteArguments,
    /// Only these clusters.
    #[arg(short, long = "cluster", value_name = "NAME")]
    pub(crate) clusters: Vec<String>,
    /// Timeout of one attempt at one question, where the hop says no other.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10s", env = "GAPCHECK_TIMEOUT", hide_env_values = true)]
    pub(crate) timeout: Duration,
    /// How to tell it.
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = ListForm::Text)]
    pub(crate) output: ListForm,
    /// Whether to colour; NO_COLOR and TERM=dumb are honoured.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColourMode::Auto, env = "GAPCHECK_COLOR", hide_env_values = true)]
    pub(crate) color: ColourMode,
}

/// What `schema` takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct SchemaArguments {
    /// Of what.
    #[arg(value_enum, default_value_t = SchemaOf::Suite)]
    pub(crate) of: SchemaOf,
}

/// What `demo` takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct DemoArguments {
    /// The fault to plant; `none` for a healthy pipeline.
    #[arg(long, value_name = "NAME")]
    pub(crate) fault: Option<String>,
    /// List the faults.
    #[arg(long)]
    pub(crate) list_faults: bool,
    /// The Thanos that the pipeline answers as: old ones say less.
    #[arg(long, value_name = "VERSION", value_parser = ["0.31", "0.36", "0.42"], default_value = "0.42")]
    pub(crate) thanos_version: String,
    /// Where to write the suite and the reports.
    #[arg(long, value_name = "DIR", default_value = "gapcheck-demo")]
    pub(crate) out: PathBuf,
    /// End with the exit code that `run` would give, in place of the demo's own.
    #[arg(long)]
    pub(crate) gate: bool,
    /// Leave the pipeline up until Ctrl-C, and print its addresses and a suite that points at them.
    #[arg(long)]
    pub(crate) keep: bool,
    /// How progress is shown on standard error.
    #[arg(long, value_enum, value_name = "HOW", default_value_t = ProgressMode::Auto)]
    pub(crate) progress: ProgressMode,
    /// Whether to colour; NO_COLOR and TERM=dumb are honoured.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColourMode::Auto)]
    pub(crate) color: ColourMode,
}

/// The whole command line, for completions and documentation.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// The table of exit codes, for the help of `run`.
fn exit_codes() -> String {
    let mut text = String::from("Exit codes:\n");
    for row in EXIT_CODES {
        text.push_str(&format!("  {:>3}  {}\n", row.number, row.means));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::Severity;
    use crate::run::GatedState;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn c01_bad_values_are_refused() {
        for line in [
            "gapcheck run --nonsense",
            "gapcheck run --jobs 0",
            "gapcheck run --jobs -1",
            "gapcheck run --jobs 1000000000",
            "gapcheck run --timeout 0",
            "gapcheck run --timeout 5",
            "gapcheck run --deadline soon",
            "gapcheck run --max-fail 0",
            "gapcheck run --retries 101",
            "gapcheck run --var novalue",
            "gapcheck run --fail-on severe",
            "gapcheck run --fail-on-state pass",
            "gapcheck run --no-checks maybe",
            "gapcheck run --record a --replay b",
            "gapcheck rum",
            "gapcheck",
        ] {
            let error = parse(line).err().map(|error| error.exit_code());
            assert_eq!(error, Some(2), "{line}");
        }
    }

    #[test]
    fn the_flags_of_run_are_read() {
        let line = "gapcheck run a.yaml b -c ops -c blue -t gate --id x/* --var k=v=w --retries 2 -j 4 --timeout 5s \
                    --fail-on warning --fail-on-state flaky,known-gap --report json=- --report md=out.md";
        let Verb::Run(run) = parse(line).unwrap().verb else {
            panic!("not run");
        };
        assert_eq!(run.suite.suites.len(), 2);
        assert_eq!(run.selection.clusters, ["ops", "blue"]);
        assert_eq!(run.suite.vars, [("k".to_owned(), "v=w".to_owned())]);
        assert_eq!(run.gate.fail_on, Severity::Warning);
        let states = [GatedState::Flaky, GatedState::KnownGap];
        assert_eq!(run.gate.fail_on_state, states);
        assert_eq!(run.pace.timeout, Some(Duration::from_secs(5)));
        assert_eq!(run.output.reports.len(), 2);
    }

    #[test]
    fn c04_no_flag_takes_a_secret_value() {
        for verb in command().get_subcommands() {
            for flag in verb.get_arguments().filter_map(|flag| flag.get_long()) {
                let words = ["token", "password", "passphrase", "credential", "key"];
                assert!(!words.iter().any(|word| flag.contains(word)), "--{flag}");
            }
        }
    }
}
