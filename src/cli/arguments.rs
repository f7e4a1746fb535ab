//! The command line: every verb and flag with its documentation. No flag takes the value of a secret.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use crate::cli::choices::{
    ColourMode, ListForm, NoChecks, ProgressMode, SchemaOf, Show,
};
use crate::leaves::{PromDuration, Severity};
use crate::report::FORMATS;
use crate::run::{EXIT_CODES, GatedState};

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

/// What to load, and with which values.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Suites and values")]
pub(crate) struct SuiteArguments {
    /// Suites: YAML files with a `suite:` key, or directories that are searched for them.
    #[arg(value_name = "SUITE|DIR", default_value = "suites/")]
    pub(crate) suites: Vec<PathBuf>,
    /// Give a variable of the suites a value; wins over everything else. Also GAPCHECK_VAR_name in the environment.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) vars: Vec<(String, String)>,
    /// Take variables from a YAML file.
    #[arg(long = "vars-file", value_name = "FILE")]
    pub(crate) vars_files: Vec<PathBuf>,
    /// Let a secret be sent to this host only; wins over the suite's `hosts:`.
    #[arg(long = "secret-host", value_name = "NAME=HOST", value_parser = pair)]
    pub(crate) secret_hosts: Vec<(String, String)>,
}

/// Which checks to take.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionArguments {
    /// Only these clusters.
    #[arg(short, long = "cluster", value_name = "NAME")]
    pub(crate) clusters: Vec<String>,
    /// Only checks with one of these tags.
    #[arg(short, long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// Only checks whose full id matches, such as `finops-cost[ops]/*`; what they need is added.
    #[arg(long = "id", value_name = "GLOB")]
    pub(crate) ids: Vec<String>,
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

/// How fast, how long, how often.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Pace")]
pub(crate) struct PaceArguments {
    /// Judge at most so many checks at once. Without it all of them wait at the door, which asks each backend as it may.
    #[arg(short, long, value_name = "N", value_parser = jobs, env = "GAPCHECK_JOBS", hide_env_values = true)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Timeout of one attempt at one question, in place of the suites': `10s`.
    #[arg(long, value_name = "DURATION", value_parser = duration, env = "GAPCHECK_TIMEOUT", hide_env_values = true)]
    pub(crate) timeout: Option<Duration>,
    /// End the run after this long; what is not finished by then counts as an error.
    #[arg(long, value_name = "DURATION", value_parser = duration, env = "GAPCHECK_DEADLINE", hide_env_values = true)]
    pub(crate) deadline: Option<Duration>,
    /// End the run after so many checks have failed or erred. By default everything is judged: a gate wants the whole picture.
    #[arg(
        long,
        value_name = "N",
        env = "GAPCHECK_MAX_FAIL",
        hide_env_values = true
    )]
    pub(crate) max_fail: Option<NonZeroUsize>,
    /// Judge a check that failed or erred again, so many times; a pass that needed it is marked flaky.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100), env = "GAPCHECK_RETRIES", hide_env_values = true)]
    pub(crate) retries: u32,
    /// Send every question by itself.
    #[arg(long)]
    pub(crate) no_batch: bool,
    /// Keep every question and answer of the run in this file. It holds what the servers said; it holds no credentials.
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub(crate) record: Option<PathBuf>,
    /// Judge offline, from the answers in this recording.
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Option<PathBuf>,
}

/// What turns the run red.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Gate")]
pub(crate) struct GateArguments {
    /// The severity from which a check gates.
    #[arg(long, value_name = "SEVERITY", default_value = "critical", value_parser = severity(), env = "GAPCHECK_FAIL_ON", hide_env_values = true)]
    pub(crate) fail_on: Severity,
    /// Count these states as failures too.
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = gated_state(), env = "GAPCHECK_FAIL_ON_STATE", hide_env_values = true)]
    pub(crate) fail_on_state: Vec<GatedState>,
    /// Whether a run in which nothing was selected, or everything was skipped, passes.
    #[arg(long, value_enum, value_name = "VERDICT", default_value_t = NoChecks::Fail, env = "GAPCHECK_NO_CHECKS", hide_env_values = true)]
    pub(crate) no_checks: NoChecks,
    /// Run the good suites where others have mistakes; each bad file is an error in every report.
    #[arg(long)]
    pub(crate) keep_going: bool,
}

/// What is written, and where.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// Write a report: FORMAT or FORMAT=- to standard output, FORMAT=PATH to a file. Can be given several times. By default the
    /// text report goes to standard output.
    #[arg(long = "report", value_name = "FORMAT[=PATH]", long_help = report_help())]
    pub(crate) reports: Vec<std::ffi::OsString>,
    /// How progress is shown on standard error.
    #[arg(long, value_enum, value_name = "HOW", default_value_t = ProgressMode::Auto, env = "GAPCHECK_PROGRESS", hide_env_values = true)]
    pub(crate) progress: ProgressMode,
    /// Which checks the text report shows, and the lines above the bar.
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Show::Fail, env = "GAPCHECK_SHOW", hide_env_values = true)]
    pub(crate) show: Show,
    /// Whether to colour; NO_COLOR and TERM=dumb are honoured.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColourMode::Auto, env = "GAPCHECK_COLOR", hide_env_values = true)]
    pub(crate) color: ColourMode,
    /// Tell more: the checks that passed, too, and where the reports are.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Tell less: no progress and no warnings.
    #[arg(short, long)]
    pub(crate) quiet: bool,
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
    /// The fault to plant: a name, or the id of a cause; `none` for a healthy pipeline.
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

/// The table of formats, for the help of `--report`.
fn report_help() -> String {
    let mut text = String::from(
        "Write a report: FORMAT or FORMAT=- to standard output, FORMAT=PATH to a file. Can be given several times. By default the \
         text report goes to standard output.\n\nFormats:\n",
    );
    for format in FORMATS {
        text.push_str(&format!("- {}: {}\n", format.name, format.what));
    }
    text
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected `NAME=VALUE`".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<PromDuration>()?.0;
    if duration.is_zero() {
        return Err("must be longer than nothing".to_owned());
    }
    Ok(duration)
}

fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    const MOST: usize = 100_000;
    text.parse()
        .ok()
        .filter(|jobs: &NonZeroUsize| jobs.get() <= MOST)
        .ok_or_else(|| format!("expected a number from 1 to {MOST}"))
}

fn severity() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new([Severity::Critical.word(), Severity::Warning.word()]).map(|word| {
        if word == Severity::Warning.word() {
            Severity::Warning
        } else {
            Severity::Critical
        }
    })
}

fn gated_state() -> impl TypedValueParser<Value = GatedState> {
    let words = GatedState::ALL.iter().map(|(_, word)| *word);
    PossibleValuesParser::new(words).map(|written| {
        GatedState::ALL
            .iter()
            .find(|(_, word)| *word == written)
            .expect("clap let only these words through")
            .0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
