//! Groups of flags that several verbs take, each with its documentation.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::choices::{ColourMode, NoChecks, ProgressMode, Show};
use crate::leaves::{PromDuration, Severity};
use crate::report::FORMATS;
use crate::run::GatedState;

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

pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected `NAME=VALUE`".to_owned()),
    }
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
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
