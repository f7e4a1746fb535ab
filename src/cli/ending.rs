//! From a finished run to the record that all reports are written from: red in itself whenever the exit code is red.

use crate::leaves::Timestamp;
use crate::report::{CheckRecord, Counts, ExitSummary, Record, State};
use crate::run::{Exit, ExitCode, Run};

/// A suite file that the run had to do without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unloaded {
    /// The file as the user named it.
    pub(crate) file: String,
    /// What is wrong with it, in short.
    pub(crate) why: String,
}

/// The record of a run that ends so. Whoever reads a report alone, without the exit code, must see red where the code is red:
/// files that were not loaded, and reasons that no single check shows, stand in it as errors.
pub(crate) fn record(run: &Run, exit: &Exit, unloaded: &[Unloaded]) -> Record {
    let summary = ExitSummary::new(exit.code.number(), exit.reason.clone());
    let mut record = Record::of(run, &summary);
    for file in unloaded {
        let title = format!("{} could not be loaded", file.file);
        record
            .checks
            .push(entry(&record, &file.file, title, &file.why));
    }
    let is_red = |check: &CheckRecord| {
        matches!(check.verdict, State::Fail | State::Error) || check.blocked_unasked()
    };
    let green = matches!(exit.code, ExitCode::Green | ExitCode::ReportLost);
    if !green && !record.checks.iter().any(is_red) {
        let title = "the run as a whole".to_owned();
        record
            .checks
            .push(entry(&record, "run", title, &exit.reason));
    }
    record.counts = Counts::of(&record.checks);
    record
}

/// The record of a run that came to nothing: it was refused, or nothing was selected.
pub(crate) fn nothing(vantage: &str, exit: &Exit) -> Record {
    let summary = ExitSummary::new(exit.code.number(), exit.reason.clone());
    Record::unfinished(Timestamp::now(), vantage, &summary)
}

/// An error that belongs to no check.
fn entry(record: &Record, id: &str, title: String, why: &str) -> CheckRecord {
    let exit = ExitSummary::new(record.exit_code, why);
    let red = Record::unfinished(record.started, &record.vantage, &exit);
    let entry = red
        .checks
        .into_iter()
        .next()
        .expect("a run that did not finish has its entry");
    CheckRecord {
        id: format!("gapcheck/{id}"),
        check_id: id.to_owned(),
        title,
        message: why.to_owned(),
        help: None,
        ..entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::{Severity, Verdict};
    use crate::report::{FORMATS, FormatOptions};
    use crate::run::sample::finished;
    use crate::run::{Gate, GatedState, exit_of};

    fn ended(verdicts: Vec<Verdict>, gate: &Gate, unloaded: &[Unloaded]) -> Record {
        let verdicts = verdicts.into_iter().map(|v| (Severity::Critical, v));
        let run = finished(verdicts.collect());
        record(&run, &exit_of(&run, gate, true), unloaded)
    }

    fn junit(record: &Record) -> String {
        let format = FORMATS
            .iter()
            .find(|format| format.name == "junit")
            .unwrap();
        String::from_utf8((format.write)(record, &FormatOptions::default())).unwrap()
    }

    #[test]
    fn g05_a_report_alone_is_red_where_the_exit_code_is() {
        let skip = Verdict::Skip {
            because: "not here".into(),
        };
        let known_gaps = Gate {
            fail_on_state: vec![GatedState::KnownGap],
            ..Gate::default()
        };
        let waived = Verdict::KnownGap {
            until: "2027-01-15".into(),
            ticket: None,
            reason: None,
            was: Box::new(Verdict::fail("1", "0")),
        };
        for (verdicts, gate) in [
            (vec![], Gate::default()),
            (vec![skip], Gate::default()),
            (vec![waived], known_gaps),
        ] {
            let record = ended(verdicts, &gate, &[]);
            assert_ne!(record.exit_code, 0);
            assert_eq!(record.counts.error, 1);
            assert!(junit(&record).contains("<error"));
        }
        let green = ended(vec![Verdict::Pass], &Gate::default(), &[]);
        assert_eq!((green.counts.total(), green.counts.pass), (1, 1));
        assert!(!junit(&green).contains("<error"));
    }

    #[test]
    fn y21_a_file_that_was_not_loaded_is_an_error_in_every_report() {
        let bad = Unloaded {
            file: "suites/bad.yaml".into(),
            why: "2 mistakes, the first: no `version`".into(),
        };
        let gate = Gate {
            unloaded: 1,
            ..Gate::default()
        };
        let record = ended(vec![Verdict::Pass], &gate, &[bad]);
        assert_eq!((record.exit_code, record.counts.error), (3, 1));
        for format in FORMATS {
            let text = (format.write)(&record, &FormatOptions::default());
            let text = String::from_utf8(text).unwrap();
            assert!(text.contains("bad"), "{}: {text}", format.name);
        }
    }
}
