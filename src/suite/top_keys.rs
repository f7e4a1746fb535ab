//! What may stand at the top of a suite and of the files it includes.

/// The version of the suite format.
pub(crate) const VERSION: u64 = 1;

/// The keys at the top of a suite.
pub(crate) const SUITE_KEYS: &[&str] = &[
    "version",
    "suite",
    "owner",
    "clusters",
    "clusters_file",
    "vars",
    "secrets",
    "pipeline",
    "backends",
    "identity",
    "control",
    "defaults",
    "include",
    "checks",
    "min_checks",
    "allow_empty",
];

/// The keys at the top of an included file.
pub(crate) const INCLUDE_KEYS: &[&str] = &[
    "pipeline", "backends", "vars", "defaults", "identity", "control", "include", "checks",
];
