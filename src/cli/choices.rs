//! What flags let choose among.

use clap::ValueEnum;

/// Whether a run without checks passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NoChecks {
    /// It is green.
    Pass,
    /// It is red, with exit code 4.
    Fail,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar on a terminal; elsewhere, and in CI, one line a finished check.
    Auto,
    /// A bar with the checks that are running.
    Bar,
    /// One line a finished check.
    Plain,
    /// Nothing.
    None,
}

/// Which checks are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Show {
    /// Those that are not a plain pass.
    Fail,
    /// All of them.
    All,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourMode {
    /// On a terminal.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// How to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListForm {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// Suites.
    Suite,
    /// The JSON report.
    Report,
}
