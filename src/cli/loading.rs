//! From paths and flags to a plan: what the user can mend is told, all of it at once, before anything is sent.

use std::path::PathBuf;

use crate::cli::arguments::{SelectionArguments, SuiteArguments};
use crate::cli::ending::Unloaded;
use crate::cli::surroundings::Surroundings;
use crate::cli::terminal::Stderr;
use crate::leaves::{Mistake, Redactor, Timestamp, words};
use crate::plan::{Plan, PlanError, Selection, id_glob, plan};
use crate::suite::{LoadOptions, Loaded, Secrets, load, render};

/// What loading came to.
#[derive(Debug)]
pub(crate) enum Loading {
    /// There is something to do.
    Ready {
        /// The steps.
        plan: Plan,
        /// Files that the run does without.
        unloaded: Vec<Unloaded>,
    },
    /// Nothing was selected: why, and what may have been meant.
    Nothing(String),
    /// There are fewer checks than a suite says it has.
    TooFew(String),
    /// The user has something to mend; it was told. The number of mistakes, in words.
    Refused(String),
}

/// How to load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Whether secrets are needed, or only their names.
    pub(crate) secrets: Secrets,
    /// Whether good suites may run where others are bad.
    pub(crate) keep_going: bool,
    /// Whether warnings are told.
    pub(crate) warnings: bool,
    /// Whether what is written for each check is kept.
    pub(crate) settings: bool,
}

/// Loads the suites and plans the selected checks; tells every mistake.
pub(crate) fn prepare(
    suites: &SuiteArguments,
    selection: &SelectionArguments,
    around: &Surroundings,
    manner: Manner,
    stderr: &mut Stderr,
) -> Loading {
    let wrong = unreadable(selection, around);
    if !wrong.is_empty() {
        for message in &wrong {
            stderr.refuse(message);
        }
        return Loading::Refused(words::count(wrong.len(), "mistake"));
    }
    let env = around.env.clone();
    let options = LoadOptions {
        vars: suites.vars.clone(),
        var_files: suites.vars_files.clone(),
        env: Box::new(move |name| env.get(name).cloned()),
        now: Timestamp::now(),
        secrets: manner.secrets,
        secret_hosts: suites.secret_hosts.clone(),
        settings: manner.settings,
    };
    let loaded = load(&suites.suites, &options);
    stderr.redactor = Redactor::of(loaded.suites.iter().flat_map(|suite| &suite.secrets));
    tell(&loaded.mistakes, &loaded, manner.warnings, stderr);
    let goes_on = manner.keep_going && !loaded.bad.is_empty() && !loaded.suites.is_empty();
    if loaded.is_bad() && !goes_on {
        return Loading::Refused(count(&loaded.mistakes));
    }
    let selection = Selection {
        clusters: selection.clusters.clone(),
        tags: selection.tags.clone(),
        ids: selection.ids.clone(),
    };
    match plan(&loaded.suites, &selection) {
        Ok(plan) => Loading::Ready {
            plan,
            unloaded: unloaded(&loaded),
        },
        Err(PlanError::Nothing(why)) => Loading::Nothing(why),
        Err(PlanError::TooFew(why)) => Loading::TooFew(why),
        Err(PlanError::Mistakes(mistakes)) => {
            tell(&mistakes, &loaded, manner.warnings, stderr);
            Loading::Refused(count(&mistakes))
        }
    }
}

fn unreadable(selection: &SelectionArguments, around: &Surroundings) -> Vec<String> {
    let globs = selection.ids.iter().filter_map(|id| id_glob(id).err());
    around.unreadable().into_iter().chain(globs).collect()
}

fn tell(mistakes: &[Mistake], loaded: &Loaded, warnings: bool, stderr: &Stderr) {
    let told: Vec<Mistake> = mistakes
        .iter()
        .filter(|mistake| warnings || !mistake.warning)
        .cloned()
        .collect();
    if !told.is_empty() {
        stderr.say(&render(&told, &loaded.sources, stderr.ink.colour));
    }
}

fn count(mistakes: &[Mistake]) -> String {
    let wrong = mistakes.iter().filter(|mistake| !mistake.warning).count();
    words::count(wrong, "mistake")
}

fn unloaded(loaded: &Loaded) -> Vec<Unloaded> {
    let one = |file: &PathBuf| {
        let mut wrong = loaded
            .mistakes
            .iter()
            .filter(|mistake| !mistake.warning && *mistake.origin.file == **file);
        let first = wrong
            .next()
            .map(|mistake| format!("{}: {}", mistake.origin, mistake.message));
        let why = first.unwrap_or_else(|| "it has mistakes".to_owned());
        Unloaded {
            file: file.display().to_string(),
            why: match wrong.count() {
                0 => why,
                more => format!("{why}; and {}", words::count(more, "more mistake")),
            },
        }
    };
    loaded.bad.iter().map(one).collect()
}
