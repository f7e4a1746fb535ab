//! `gapcheck validate`: every mistake of the suites, offline.

use crate::cli::arguments::{SelectionArguments, ValidateArguments};
use crate::cli::loading::{Loading, Manner, prepare};
use crate::cli::surroundings::Surroundings;
use crate::cli::terminal::{Stderr, ink, show};
use crate::leaves::{Redactor, words};
use crate::run::ExitCode;
use crate::suite::Secrets;

/// Validates suites; no network, and no secret is looked at.
pub(crate) fn validate(args: &ValidateArguments, around: &Surroundings) -> ExitCode {
    let mut stderr = Stderr {
        ink: ink(args.color, around.stderr_is_terminal, around),
        redactor: Redactor::default(),
    };
    let manner = Manner {
        secrets: Secrets::Names,
        keep_going: false,
        warnings: !args.quiet,
        settings: false,
    };
    let all = SelectionArguments::default();
    match prepare(&args.suite, &all, around, manner, &mut stderr) {
        Loading::Ready { plan, .. } => {
            let checks = words::count(plan.steps.len(), "check");
            show(format!("{checks}: no mistakes\n").as_bytes())
        }
        Loading::Nothing(why) | Loading::TooFew(why) => {
            stderr.refuse(&why);
            ExitCode::NothingChecked
        }
        Loading::Refused(mistakes) => {
            stderr.say(&mistakes);
            ExitCode::Refused
        }
    }
}
