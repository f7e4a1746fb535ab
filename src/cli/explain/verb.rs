//! The verb: finds out what the word is, and tells it.

use serde::Serialize;

use crate::backend::BACKEND_KINDS;
use crate::check::{KINDS, LATER_KINDS};
use crate::cli::arguments::{ExplainArguments, ListForm, SelectionArguments, SuiteArguments};
use crate::cli::explain::backend_kind::backend_kind;
use crate::cli::explain::cause::cause;
use crate::cli::explain::check::check;
use crate::cli::explain::exit_code::exit_code;
use crate::cli::explain::kind::kind;
use crate::cli::explain::page::Page;
use crate::cli::loading::{Loading, Manner, prepare};
use crate::cli::run::runtime;
use crate::cli::surroundings::Surroundings;
use crate::cli::terminal::{Stderr, ink, show, width};
use crate::diagnose::causes;
use crate::leaves::{Redactor, Timestamp, words};
use crate::plan::{Plan, Step, id_glob};
use crate::run::{EXIT_CODES, ExitCode, rehearse};
use crate::suite::Secrets;

/// The most ids that are listed where several checks are meant.
const MOST_IDS: usize = 30;

/// Tells what a word means; one that nobody knows is a mistake.
pub(crate) fn explain(args: &ExplainArguments, around: &Surroundings) -> ExitCode {
    let mut stderr = Stderr {
        ink: ink(args.color, around.stderr_is_terminal, around),
        redactor: Redactor::default(),
    };
    let page = || {
        let ink = ink(args.color, around.stdout_is_terminal, around);
        Page::new(ink, width(around))
    };
    let word = args.word.as_str();
    if let Some(docs) = exit_code(word) {
        return tell(args, &docs, |page| docs.write(page), page());
    }
    if let Some(docs) = kind(word) {
        return tell(args, &docs, |page| docs.write(page), page());
    }
    if let Some(docs) = backend_kind(word) {
        return tell(args, &docs, |page| docs.write(page), page());
    }
    if let Some(docs) = cause(word) {
        return tell(args, &docs, |page| docs.write(page), page());
    }
    let plan = match plan(args, around, &mut stderr) {
        Ok(plan) => plan,
        Err(code) => return code,
    };
    let meant = plan
        .as_ref()
        .map(|plan| meant(plan, word))
        .unwrap_or_default();
    match (meant.as_slice(), &plan) {
        ([], _) => {
            stderr.refuse(&unknown(word, plan.as_ref()));
            ExitCode::Refused
        }
        ([step], Some(plan)) => {
            let Ok(runtime) = runtime() else {
                stderr.refuse("no runtime can be had");
                return ExitCode::Bug;
            };
            let asked = runtime.block_on(rehearse(step, Timestamp::now()));
            let docs = check(plan, step, asked, args.timeout);
            tell(args, &docs, |page| docs.write(page), page())
        }
        (several, _) => {
            let ids: Vec<String> = several
                .iter()
                .take(MOST_IDS)
                .map(|step| format!("  {}", step.id))
                .collect();
            let more = match several.len().saturating_sub(MOST_IDS) {
                0 => String::new(),
                more => format!("\n  and {more} more"),
            };
            stderr.refuse(&format!(
                "`{word}` names {}; name one of them:\n{}{more}",
                words::count(several.len(), "check"),
                ids.join("\n")
            ));
            ExitCode::Refused
        }
    }
}

fn tell(
    args: &ExplainArguments,
    docs: &impl Serialize,
    write: impl FnOnce(&mut Page),
    mut page: Page,
) -> ExitCode {
    let text = match args.output {
        ListForm::Text => {
            write(&mut page);
            page.text()
        }
        ListForm::Json => {
            let mut text =
                serde_json::to_string_pretty(docs).expect("texts and numbers are always JSON");
            text.push('\n');
            text
        }
    };
    show(text.as_bytes())
}

/// The checks of the suites, where there are suites.
///
/// # Errors
/// The exit code, where suites have mistakes; they were told.
fn plan(
    args: &ExplainArguments,
    around: &Surroundings,
    stderr: &mut Stderr,
) -> Result<Option<Plan>, ExitCode> {
    let is_default = args.suites.iter().all(|path| path.as_os_str() == "suites/");
    if is_default && !args.suites.iter().any(|path| path.exists()) {
        return Ok(None);
    }
    let suites = SuiteArguments {
        suites: args.suites.clone(),
        vars: args.vars.clone(),
        vars_files: args.vars_files.clone(),
        secret_hosts: Vec::new(),
    };
    let manner = Manner {
        secrets: Secrets::Names,
        keep_going: false,
        warnings: false,
        settings: true,
    };
    match prepare(
        &suites,
        &SelectionArguments::default(),
        around,
        manner,
        stderr,
    ) {
        Loading::Ready { plan, .. } => Ok(Some(plan)),
        Loading::Nothing(_) | Loading::TooFew(_) => Ok(None),
        Loading::Refused(mistakes) => {
            stderr.say(&mistakes);
            Err(ExitCode::Refused)
        }
    }
}

/// The checks whose id is that word, else those whose id is like it.
fn meant<'p>(plan: &'p Plan, word: &str) -> Vec<&'p Step> {
    let with = |fits: &dyn Fn(&str) -> bool| -> Vec<&'p Step> {
        plan.steps
            .iter()
            .filter(|step| fits(&step.id) || fits(&step.check_id))
            .collect()
    };
    let same = with(&|id| id == word);
    match (same.is_empty(), id_glob(word)) {
        (true, Ok(glob)) => with(&|id| glob.is_match(id)),
        _ => same,
    }
}

/// That nobody knows the word, and which one may have been meant.
fn unknown(word: &str, plan: Option<&Plan>) -> String {
    if LATER_KINDS.contains(&word) {
        return format!("`{word}` is a kind of a later version");
    }
    let codes: Vec<String> = EXIT_CODES
        .iter()
        .map(|row| row.number.to_string())
        .collect();
    if word.chars().all(|c| c.is_ascii_digit()) {
        return format!(
            "there is no exit code {word}; there are {}",
            words::list(&codes)
        );
    }
    let mut known: Vec<&str> = KINDS.iter().map(|row| row.word).collect();
    known.extend(BACKEND_KINDS.iter().map(|row| row.word));
    known.extend(causes().map(|cause| cause.id));
    let ids = plan.iter().flat_map(|plan| &plan.steps);
    known.extend(ids.flat_map(|step| [&*step.id, &*step.check_id]));
    let hint = match words::nearest(word, known) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if plan.is_none() => {
            "; name the suites with `--suite` where it is the id of a check".to_owned()
        }
        None => "; `gapcheck list` lists the checks".to_owned(),
    };
    format!(
        "`{word}` is no kind of check or backend, no cause, no exit code and no id of a check{hint}"
    )
}
