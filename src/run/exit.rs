//! The exit code: one pure function from a finished run. Reports and their writers cannot touch it.

use crate::leaves::{Severity, Verdict, words};
use crate::run::outcome::{EndedBy, Outcome, Run};

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExitCode {
    /// 0
    Green,
    /// 1
    Failed,
    /// 2
    Refused,
    /// 3
    NotAsked,
    /// 4
    NothingChecked,
    /// 5
    ReportLost,
    /// 70
    Bug,
    /// 129
    Hangup,
    /// 130
    Interrupted,
    /// 143
    Terminated,
}

/// A row of the table of exit codes.
#[derive(Clone, Copy, Debug)]
pub struct ExitRow {
    /// The code.
    pub code: ExitCode,
    /// Its number.
    pub number: u8,
    /// What it means.
    pub means: &'static str,
    /// What to do then, as sentences.
    pub then: &'static str,
}

/// All exit codes, with what they mean to whoever reads them.
pub const EXIT_CODES: &[ExitRow] = &[
    row(
        ExitCode::Green,
        0,
        "every file was loaded, at least one check was judged, every check at or above `--fail-on` was judged and none failed, every report asked for is on disk",
        "Nothing is to be done.",
    ),
    row(
        ExitCode::Failed,
        1,
        "at least one check at or above `--fail-on` failed (wins over 3)",
        "Read the failures in the report: each says what was expected, what was found, and how to ask for it by hand.",
    ),
    row(
        ExitCode::Refused,
        2,
        "a mistake in the command line, a suite or a template; nothing was sent",
        "Correct what standard error names with file, line and column; `gapcheck validate` tells all of it without a network.",
    ),
    row(
        ExitCode::NotAsked,
        3,
        "no failure, but some check at or above `--fail-on` could not be asked: unreachable, credentials, deadline, or blocked by a check that does not gate",
        "Nothing is known of what could not be asked: mend the way to it. `gapcheck doctor` shows which hops can be reached, and what each can answer.",
    ),
    row(
        ExitCode::NothingChecked,
        4,
        "nothing was selected, everything was skipped, or there were fewer checks than `min_checks`",
        "See what `--cluster`, `--tag` and `--id` leave with `gapcheck list`. `--no-checks pass` lets an empty run be green.",
    ),
    row(
        ExitCode::ReportLost,
        5,
        "the verdict is green, but a report asked for could not be written",
        "Make the path of the report writable; the verdict itself is on standard output or standard error.",
    ),
    row(
        ExitCode::Bug,
        70,
        "a bug in gapcheck; a panic in one check is an error of that check, and all others are reported",
        "Please report it, with what standard error says.",
    ),
    row(
        ExitCode::Hangup,
        129,
        "ended by SIGHUP; what was finished is reported",
        "Keep the terminal or the session open for as long as the run takes.",
    ),
    row(
        ExitCode::Interrupted,
        130,
        "ended by SIGINT; what was finished is reported",
        "Run it again; checks that were not finished are errors in the reports.",
    ),
    row(
        ExitCode::Terminated,
        143,
        "ended by SIGTERM; what was finished is reported",
        "Give the job more time, or the run a `--deadline` shorter than the job's.",
    ),
];

const fn row(code: ExitCode, number: u8, means: &'static str, then: &'static str) -> ExitRow {
    ExitRow {
        code,
        number,
        means,
        then,
    }
}

impl ExitCode {
    /// The number that the shell sees.
    pub fn number(self) -> u8 {
        EXIT_CODES
            .iter()
            .find(|row| row.code == self)
            .map_or(70, |row| row.number)
    }
}

/// How a run ends, and why, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The code.
    pub code: ExitCode,
    /// The reason, as a fragment.
    pub reason: String,
}

/// A state that changes the exit code only where `--fail-on-state` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GatedState {
    /// A pass that needed a retry.
    Flaky,
    /// Not judged, by a declared condition.
    Skip,
    /// Not judged, because a need failed.
    Blocked,
    /// Failed under a waiver.
    KnownGap,
}

impl GatedState {
    /// All of them, with their words.
    pub const ALL: &[(Self, &str)] = &[
        (Self::Flaky, "flaky"),
        (Self::Skip, "skip"),
        (Self::Blocked, "blocked"),
        (Self::KnownGap, "known-gap"),
    ];

    fn of(outcome: &Outcome) -> Option<Self> {
        match outcome.verdict() {
            Verdict::Pass if outcome.flaky => Some(Self::Flaky),
            Verdict::Skip { .. } => Some(Self::Skip),
            Verdict::Blocked { .. } => Some(Self::Blocked),
            Verdict::KnownGap { .. } => Some(Self::KnownGap),
            _ => None,
        }
    }
}

/// What turns a run red.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// The severity from which a check gates.
    pub fail_on: Severity,
    /// States that count as failures of checks that gate.
    pub fail_on_state: Vec<GatedState>,
    /// Whether a run in which nothing was selected, or everything was skipped, is green.
    pub nothing_is_green: bool,
    /// Suite files that could not be loaded, where the run went on without them (`--keep-going`).
    pub unloaded: usize,
}

/// How this run ends. `reports_ok`: every report asked for is on disk.
pub fn exit_of(run: &Run, gate: &Gate, reports_ok: bool) -> Exit {
    let verdict = verdict_of(run, gate);
    if verdict.code == ExitCode::Green && !reports_ok {
        return exit(
            ExitCode::ReportLost,
            "every check holds, but a report could not be written",
        );
    }
    verdict
}

fn verdict_of(run: &Run, gate: &Gate) -> Exit {
    if let Some(exit) = interrupted(run.ended_by) {
        return exit;
    }
    let count = |what: &dyn Fn(&Outcome) -> bool| run.outcomes.iter().filter(|o| what(o)).count();
    let gating = |what: &dyn Fn(&Outcome) -> bool| {
        let pairs = run.plan.steps.iter().zip(&run.outcomes);
        pairs
            .filter(|(step, outcome)| step.severity >= gate.fail_on && what(outcome))
            .count()
    };
    let panicked = count(&|o| o.panicked);
    if panicked > 0 {
        return exit(
            ExitCode::Bug,
            format!(
                "gapcheck itself failed in {}",
                words::count(panicked, "check")
            ),
        );
    }
    let total = run.outcomes.len();
    let failed = gating(&|o| {
        matches!(o.verdict(), Verdict::Fail { .. })
            || GatedState::of(o).is_some_and(|state| gate.fail_on_state.contains(&state))
    });
    if failed > 0 {
        return exit(
            ExitCode::Failed,
            format!("{} failed", words::count(failed, "check")),
        );
    }
    let errors = gating(&|o| is_error(o.verdict()));
    if gate.unloaded > 0 {
        return exit(
            ExitCode::NotAsked,
            format!(
                "{} could not be loaded",
                words::count(gate.unloaded, "file")
            ),
        );
    }
    if errors > 0 {
        return exit(
            ExitCode::NotAsked,
            format!("{} could not be judged", words::count(errors, "check")),
        );
    }
    if count(&|o| matches!(o.verdict(), Verdict::Skip { .. })) == total {
        return nothing(total, gate);
    }
    if count(&|o| is_judged(o.verdict())) == 0 {
        return exit(ExitCode::NotAsked, "nothing at all could be judged");
    }
    exit(ExitCode::Green, "every check that gates holds")
}

fn interrupted(ended_by: Option<EndedBy>) -> Option<Exit> {
    let (code, signal) = match ended_by? {
        EndedBy::Hangup => (ExitCode::Hangup, "SIGHUP"),
        EndedBy::Interrupt => (ExitCode::Interrupted, "SIGINT"),
        EndedBy::Terminate => (ExitCode::Terminated, "SIGTERM"),
        // Their checks are errors or failures already.
        EndedBy::Deadline | EndedBy::MaxFail => return None,
    };
    Some(exit(code, format!("ended by {signal}")))
}

fn nothing(total: usize, gate: &Gate) -> Exit {
    let reason = if total == 0 {
        "no check was selected"
    } else {
        "every check was skipped"
    };
    if gate.nothing_is_green {
        exit(
            ExitCode::Green,
            format!("{reason}, which `--no-checks pass` allows"),
        )
    } else {
        exit(ExitCode::NothingChecked, reason)
    }
}

/// Whether it could not be asked; being blocked by a need that does not gate is an error of its own.
fn is_error(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Error { .. }
            | Verdict::Blocked {
                need_gates: false,
                ..
            }
    )
}

fn is_judged(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Fail { .. } => true,
        Verdict::KnownGap { was, .. } => is_judged(was),
        Verdict::Error { .. } | Verdict::Blocked { .. } | Verdict::Skip { .. } => false,
    }
}

fn exit(code: ExitCode, reason: impl Into<String>) -> Exit {
    Exit {
        code,
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};

    use super::*;
    use crate::run::sample::finished;

    fn fail() -> Verdict {
        Verdict::fail("1", "0")
    }

    fn error() -> Verdict {
        Verdict::error("refused", "Start it.")
    }

    fn skip() -> Verdict {
        Verdict::Skip {
            because: "not here".into(),
        }
    }

    fn blocked(need_gates: bool) -> Verdict {
        Verdict::Blocked {
            by: "c0".into(),
            need_gates,
        }
    }

    fn waived(was: Verdict) -> Verdict {
        Verdict::KnownGap {
            until: "2027-01-15".into(),
            ticket: None,
            reason: None,
            was: Box::new(was),
        }
    }

    fn code(verdicts: Vec<(Severity, Verdict)>, gate: &Gate) -> u8 {
        exit_of(&finished(verdicts), gate, true).code.number()
    }

    #[test]
    fn every_mix_of_verdicts_has_its_code() {
        use Severity::{Critical, Warning};
        use Verdict::Pass;
        let gate = Gate::default();
        for (name, verdicts, expected) in [
            ("all pass", vec![(Critical, Pass)], 0),
            ("a failure", vec![(Critical, Pass), (Critical, fail())], 1),
            (
                "failure wins over error",
                vec![(Critical, error()), (Critical, fail())],
                1,
            ),
            ("an error", vec![(Critical, Pass), (Critical, error())], 3),
            (
                "a warning that failed",
                vec![(Critical, Pass), (Warning, fail())],
                0,
            ),
            (
                "a warning that erred",
                vec![(Critical, Pass), (Warning, error())],
                0,
            ),
            (
                "only warnings, and none could be judged",
                vec![(Warning, error())],
                3,
            ),
            ("only warnings, one failed", vec![(Warning, fail())], 0),
            (
                "blocked by what gates",
                vec![(Critical, fail()), (Critical, blocked(true))],
                1,
            ),
            (
                "blocked by what does not",
                vec![(Warning, fail()), (Critical, blocked(false))],
                3,
            ),
            (
                "a warning blocked by a warning",
                vec![(Warning, fail()), (Warning, blocked(false))],
                0,
            ),
            (
                "a known gap",
                vec![(Critical, Pass), (Critical, waived(fail()))],
                0,
            ),
            (
                "only a known gap that failed",
                vec![(Critical, waived(fail()))],
                0,
            ),
            (
                "only a known gap that could not be asked",
                vec![(Critical, waived(error()))],
                3,
            ),
            (
                "all skipped",
                vec![(Critical, skip()), (Warning, skip())],
                4,
            ),
            (
                "skipped and passed",
                vec![(Critical, skip()), (Critical, Pass)],
                0,
            ),
            (
                "skipped and not judged",
                vec![(Warning, error()), (Critical, skip())],
                3,
            ),
            ("nothing", vec![], 4),
        ] {
            assert_eq!(code(verdicts, &gate), expected, "{name}");
        }
    }

    #[test]
    fn fail_on_warning_lets_warnings_gate() {
        let gate = Gate {
            fail_on: Severity::Warning,
            ..Gate::default()
        };
        let with = |verdict| {
            vec![
                (Severity::Critical, Verdict::Pass),
                (Severity::Warning, verdict),
            ]
        };
        assert_eq!(code(with(fail()), &gate), 1);
        assert_eq!(code(with(error()), &gate), 3);
    }

    #[test]
    fn a_state_changes_the_code_only_where_it_is_named() {
        for (state, verdict) in [
            (GatedState::Skip, skip()),
            (GatedState::Blocked, blocked(true)),
            (GatedState::KnownGap, waived(fail())),
        ] {
            let gate = Gate {
                fail_on_state: vec![state],
                ..Gate::default()
            };
            let verdicts = vec![
                (Severity::Critical, Verdict::Pass),
                (Severity::Critical, verdict),
            ];
            assert_eq!(code(verdicts.clone(), &Gate::default()), 0, "{state:?}");
            assert_eq!(code(verdicts, &gate), 1, "{state:?}");
        }
        let mut run = finished(vec![(Severity::Critical, Verdict::Pass)]);
        run.outcomes[0].flaky = true;
        let gate = Gate {
            fail_on_state: vec![GatedState::Flaky],
            ..Gate::default()
        };
        assert_eq!(exit_of(&run, &Gate::default(), true).code, ExitCode::Green);
        assert_eq!(exit_of(&run, &gate, true).code, ExitCode::Failed);
    }

    #[test]
    fn a_lost_report_turns_green_into_five_and_leaves_red_alone() {
        let green = finished(vec![(Severity::Critical, Verdict::Pass)]);
        let red = finished(vec![(Severity::Critical, error())]);
        assert_eq!(
            exit_of(&green, &Gate::default(), false).code,
            ExitCode::ReportLost
        );
        assert_eq!(
            exit_of(&red, &Gate::default(), false).code,
            ExitCode::NotAsked
        );
    }

    #[test]
    fn signals_panics_and_unloaded_files_have_their_codes() {
        let mut run = finished(vec![(Severity::Critical, fail())]);
        for (ended_by, expected) in [
            (EndedBy::Hangup, 129),
            (EndedBy::Interrupt, 130),
            (EndedBy::Terminate, 143),
            (EndedBy::Deadline, 1),
            (EndedBy::MaxFail, 1),
        ] {
            run.ended_by = Some(ended_by);
            assert_eq!(
                exit_of(&run, &Gate::default(), true).code.number(),
                expected
            );
        }
        run.ended_by = None;
        run.outcomes[0].panicked = true;
        assert_eq!(exit_of(&run, &Gate::default(), true).code.number(), 70);
        let gate = Gate {
            unloaded: 1,
            ..Gate::default()
        };
        assert_eq!(code(vec![(Severity::Critical, Verdict::Pass)], &gate), 3);
        assert_eq!(code(vec![(Severity::Critical, fail())], &gate), 1);
    }

    #[test]
    fn nothing_is_green_only_where_asked_for() {
        let gate = Gate {
            nothing_is_green: true,
            ..Gate::default()
        };
        assert_eq!(code(vec![], &gate), 0);
        assert_eq!(code(vec![(Severity::Critical, skip())], &gate), 0);
        assert_eq!(code(vec![(Severity::Warning, error())], &gate), 3);
    }

    #[test]
    fn the_order_of_outcomes_never_matters() {
        let verdicts = vec![
            (Severity::Warning, fail()),
            (Severity::Critical, error()),
            (Severity::Critical, Verdict::Pass),
            (Severity::Critical, fail()),
        ];
        let mut reversed = verdicts.clone();
        reversed.reverse();
        assert_eq!(
            code(verdicts, &Gate::default()),
            code(reversed, &Gate::default())
        );
    }

    fn any_verdict() -> impl Strategy<Value = Verdict> {
        let plain = prop_oneof![
            Just(Verdict::Pass),
            Just(fail()),
            Just(error()),
            Just(skip()),
            any::<bool>().prop_map(blocked),
        ];
        prop_oneof![
            4 => plain,
            1 => prop_oneof![Just(fail()), Just(error())].prop_map(waived),
        ]
    }

    fn any_severity() -> impl Strategy<Value = Severity> {
        prop_oneof![Just(Severity::Warning), Just(Severity::Critical)]
    }

    proptest! {
        /// The promise of exit code 0, said once more and by other means.
        #[test]
        fn green_means_that_all_that_gates_was_judged_and_holds(
            verdicts in prop::collection::vec((any_severity(), any_verdict()), 0..6),
            fail_on in any_severity(),
            nothing_is_green in any::<bool>(),
            unloaded in 0..2_usize,
            turn in 0..6_usize,
        ) {
            let gate = Gate { fail_on, nothing_is_green, unloaded, ..Gate::default() };
            let gates = |severity: &Severity| *severity >= fail_on;
            let mut judged = 0;
            let (mut held, mut skipped) = (true, 0);
            for (severity, verdict) in &verdicts {
                match verdict.state() {
                    "pass" => judged += 1,
                    "fail" => {
                        judged += 1;
                        held &= !gates(severity);
                    }
                    "error" => held &= !gates(severity),
                    "blocked" => held &= *verdict == blocked(true) || !gates(severity),
                    "skip" => skipped += 1,
                    _ => judged += usize::from(*verdict == waived(fail())),
                }
            }
            let something = judged > 0 || (nothing_is_green && skipped == verdicts.len());
            let green = held && something && unloaded == 0;
            prop_assert_eq!(code(verdicts.clone(), &gate) == 0, green, "{:?}", verdicts);
            let mut turned = verdicts.clone();
            turned.rotate_left(turn.min(verdicts.len()));
            prop_assert_eq!(code(turned, &gate), code(verdicts, &gate));
        }
    }
}
