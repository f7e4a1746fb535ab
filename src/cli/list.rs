//! `gapcheck list`: the checks that a run would judge, after matrix and selection.

use serde::Serialize;

use crate::cli::arguments::{ListArguments, ListForm};
use crate::cli::loading::{Loading, Manner, prepare};
use crate::cli::surroundings::Surroundings;
use crate::cli::terminal::{Stderr, ink, show};
use crate::leaves::{OriginRecord, Redactor, visible};
use crate::plan::{Plan, Step};
use crate::run::ExitCode;
use crate::suite::Secrets;

/// Lists checks, in the order of the plan.
pub(crate) fn list(args: &ListArguments, around: &Surroundings) -> ExitCode {
    let mut stderr = Stderr {
        ink: ink(args.color, around.stderr_is_terminal, around),
        redactor: Redactor::default(),
    };
    let manner = Manner {
        secrets: Secrets::Names,
        keep_going: false,
        warnings: true,
        settings: false,
    };
    match prepare(&args.suite, &args.selection, around, manner, &mut stderr) {
        Loading::Ready { plan, .. } => show(
            match args.output {
                ListForm::Text => text(&plan),
                ListForm::Json => json(&plan),
            }
            .as_bytes(),
        ),
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

fn text(plan: &Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        text.push_str(&visible(&step.id));
        text.push('\n');
    }
    text
}

/// A check as `list -o json` tells it.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    suite: &'a str,
    cluster: Option<&'a str>,
    kind: &'a str,
    title: &'a str,
    tags: &'a [String],
    severity: &'a str,
    owner: Option<&'a str>,
    needs: Vec<&'a str>,
    origin: OriginRecord,
}

fn json(plan: &Plan) -> String {
    let one = |step: &Step| {
        serde_json::to_string(&Listed {
            id: &step.id,
            suite: &step.suite,
            cluster: step.cluster.as_deref(),
            kind: step.check.kind(),
            title: &step.title,
            tags: &step.tags,
            severity: step.severity.word(),
            owner: step.owner.as_deref(),
            needs: step.needs.iter().map(|at| &*plan.steps[*at].id).collect(),
            origin: (&step.origin).into(),
        })
        .expect("texts and numbers are always JSON")
    };
    let lines: Vec<String> = plan.steps.iter().map(one).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::sample::{plan, step};

    #[test]
    fn a_listing_is_json_whatever_the_names_are() {
        let needing = Step {
            needs: vec![0],
            ..step("s/\"quoted\"\n")
        };
        let plan = plan(vec![step("s/a"), needing]);
        let listed: serde_json::Value = serde_json::from_str(&json(&plan)).unwrap();
        assert_eq!(listed[1]["needs"][0], "s/a");
        assert_eq!(listed[1]["id"], "s/\"quoted\"\n");
        assert_eq!(text(&plan).lines().count(), 2);
    }
}
