//! From a run to its record: what was said is scrubbed of secrets and cut to a bound here, once, before any format sees it.
//!
//! Scrubbing comes before escaping and before cutting: an escaped or halved secret would no longer be recognised.

use crate::check::Check;
use crate::diagnose::{Edge, find_gap};
use crate::leaves::{
    Control, Exchange, Finding, Labels, OriginRecord, Redactor, Rung, RungState, Table, Timestamp,
    Verdict, words,
};
use crate::plan::Step;
use crate::report::check_record::{CheckRecord, WaiverRecord};
use crate::report::gap_id::gap_id;
use crate::report::gap_record::{CauseRecord, EdgeRecord, GapRecord};
use crate::report::record::{Counts, ExitSummary, RECORD_SCHEMA, Record, RunVerdict};
use crate::report::sentence::{ended_by_word, message, state, unwaived};
use crate::run::{Outcome, Run};

/// The longest text that a record keeps, in bytes; what is longer is cut with a word on how much was left out.
pub const LONGEST_TEXT: usize = 64 * 1024;

impl Record {
    /// The record of a run that ends with this exit code.
    pub fn of(run: &Run, exit: &ExitSummary) -> Self {
        let scribe = Scribe {
            redactor: &run.plan.redactor,
        };
        let steps = || run.plan.steps.iter().zip(&run.outcomes);
        let checks: Vec<CheckRecord> = steps()
            .map(|(step, outcome)| scribe.check(step, outcome, run.started))
            .collect();
        Self {
            schema: RECORD_SCHEMA,
            gapcheck: env!("CARGO_PKG_VERSION").to_owned(),
            started: run.started,
            took_ms: run.took_ms,
            vantage: scribe.say(&run.vantage),
            verdict: RunVerdict::of_exit_code(exit.code),
            exit_code: exit.code,
            exit_reason: scribe.say(&exit.reason),
            finished: run.ended_by.is_none() && run.outcomes.len() == run.plan.steps.len(),
            ended_by: run.ended_by.map(|by| ended_by_word(by).to_owned()),
            counts: Counts::of(&checks),
            gaps: steps()
                .filter_map(|(step, outcome)| scribe.gap(step, outcome))
                .collect(),
            checks,
        }
    }
}

/// Writes down what was said: without secrets, and within bounds.
struct Scribe<'a> {
    redactor: &'a Redactor,
}

impl Scribe<'_> {
    fn say(&self, text: &str) -> String {
        words::cut(&self.redactor.scrub(text), LONGEST_TEXT)
    }

    fn may_say(&self, text: Option<&String>) -> Option<String> {
        text.map(|text| self.say(text))
    }

    fn all(&self, texts: &[String]) -> Vec<String> {
        texts.iter().map(|text| self.say(text)).collect()
    }

    fn check(&self, step: &Step, outcome: &Outcome, run_started: Timestamp) -> CheckRecord {
        let judged = &outcome.judged;
        let verdict = state(&judged.verdict);
        let (mut expected, mut actual, mut help) = (None, None, None);
        match unwaived(&judged.verdict) {
            Verdict::Fail {
                expected: demanded,
                actual: found,
            } => {
                expected = Some(self.say(demanded));
                actual = Some(self.say(found));
            }
            Verdict::Error { help: todo, .. } => help = self.may_say(todo.as_ref()),
            _ => {}
        }
        let (blocked_by, need_gates) = match &judged.verdict {
            Verdict::Blocked { by, need_gates } => (Some(self.say(by)), Some(*need_gates)),
            _ => (None, None),
        };
        let was = match &judged.verdict {
            Verdict::KnownGap { was, .. } => Some(state(was)),
            _ => None,
        };
        let origin = OriginRecord::from(&step.origin);
        CheckRecord {
            id: self.say(&step.id),
            suite: self.say(&step.suite),
            cluster: step.cluster.as_ref().map(|cluster| self.say(cluster)),
            check_id: self.say(&step.check_id),
            kind: step.check.kind().to_owned(),
            subject: self.say(&step.check.subject()),
            title: self.say(&step.title),
            severity: step.severity,
            owner: self.may_say(step.owner.as_ref()),
            tags: self.all(&step.tags),
            hint: self.may_say(step.hint.as_ref()),
            verdict,
            flaky: outcome.flaky,
            fixed: outcome.fixed,
            expected,
            actual,
            message: self.say(&message(&judged.verdict, &judged.says)),
            says: self.say(&judged.says),
            help,
            blocked_by,
            need_gates,
            known_gap: step.known_gap.as_ref().map(|waiver| WaiverRecord {
                until: self.say(&waiver.until),
                ticket: self.may_say(waiver.ticket.as_ref()),
                reason: self.may_say(waiver.reason.as_ref()),
                expired: was.is_none() && waiver.expires <= run_started,
                was,
            }),
            origin: Some(OriginRecord {
                file: self.say(&origin.file),
                ..origin
            }),
            attempts: outcome.attempts,
            started: outcome.started,
            took_ms: outcome.took_ms,
            ladder: judged.ladder.iter().map(|rung| self.rung(rung)).collect(),
            tables: judged
                .tables
                .iter()
                .map(|table| self.table(table))
                .collect(),
            notes: self.all(&judged.notes),
            evidence: outcome
                .evidence
                .iter()
                .map(|exchange| self.exchange(exchange))
                .collect(),
        }
    }

    /// The gap that a check shows which did not pass.
    fn gap(&self, step: &Step, outcome: &Outcome) -> Option<GapRecord> {
        let verdict = outcome.verdict();
        if !matches!(
            unwaived(verdict),
            Verdict::Fail { .. } | Verdict::Error { .. }
        ) {
            return None;
        }
        let diagnosis = outcome.diagnosis.as_deref();
        let judged = &outcome.judged;
        let gap = match diagnosis {
            Some(diagnosis) => diagnosis.gap.clone(),
            None => find_gap(&judged.ladder)?,
        };
        let ladder = diagnosis.map_or(&judged.ladder, |diagnosis| &diagnosis.ladder);
        let shows = ladder
            .iter()
            .find(|rung| rung.hop == gap.to)
            .map_or(RungState::Absent, |rung| rung.state);
        let metric = match &*step.check {
            Check::Metric(check) => check.metric.to_string(),
            check => check.subject(),
        };
        Some(GapRecord {
            id: gap_id(&step.suite, step.cluster.as_deref(), &step.check_id),
            check: self.say(&step.id),
            metric: self.say(&metric),
            cluster: step.cluster.as_ref().map(|cluster| self.say(cluster)),
            from: self.may_say(gap.from.as_ref()),
            to: self.say(&gap.to),
            edge: match gap.edge {
                Edge::Exact => EdgeRecord::Exact,
                Edge::Interval => EdgeRecord::Interval,
            },
            shows: diagnosis.map_or(shows, |diagnosis| diagnosis.shows),
            waived: matches!(verdict, Verdict::KnownGap { .. }),
            ladder: ladder.iter().map(|rung| self.rung(rung)).collect(),
            control: diagnosis
                .and_then(|diagnosis| diagnosis.control.as_ref())
                .map(|control| self.control(control)),
            why_empty: diagnosis.map_or(Vec::new(), |diagnosis| self.all(&diagnosis.why_empty)),
            causes: diagnosis
                .map_or(&[][..], |diagnosis| &diagnosis.findings)
                .iter()
                .map(|finding| self.cause(finding))
                .collect(),
        })
    }

    // The five below take their subject apart, so that a text that is added to it cannot be forgotten here.

    fn control(&self, control: &Control) -> Control {
        let Control {
            series,
            reach,
            says,
            evidence,
        } = control;
        Control {
            series: self.say(series),
            reach: *reach,
            says: self.say(says),
            evidence: evidence.clone(),
        }
    }

    fn cause(&self, finding: &Finding) -> CauseRecord {
        let Finding {
            cause,
            certainty,
            says,
            in_short,
            evidence,
            fix,
            next,
            consequences,
        } = finding;
        CauseRecord {
            id: self.say(cause),
            certainty: *certainty,
            says: self.say(says),
            in_short: self.may_say(in_short.as_ref()),
            evidence: evidence.clone(),
            fix: self.may_say(fix.as_ref()),
            next: self.all(next),
            consequences: self.all(consequences),
        }
    }

    fn rung(&self, rung: &Rung) -> Rung {
        let Rung {
            hop,
            kind,
            state,
            series,
            newest_sample,
            age_ms,
            labels,
            why,
        } = rung;
        Rung {
            hop: self.say(hop),
            kind: self.say(kind),
            state: *state,
            series: *series,
            newest_sample: *newest_sample,
            age_ms: *age_ms,
            labels: labels.iter().map(|labels| self.labels(labels)).collect(),
            why: self.may_say(why.as_ref()),
        }
    }

    fn labels(&self, labels: &Labels) -> Labels {
        labels
            .iter()
            .map(|(name, value)| (self.say(name), self.say(value)))
            .collect()
    }

    fn table(&self, table: &Table) -> Table {
        let Table {
            title,
            columns,
            rows,
        } = table;
        Table {
            title: self.say(title),
            columns: self.all(columns),
            rows: rows.iter().map(|row| self.all(row)).collect(),
        }
    }

    fn exchange(&self, exchange: &Exchange) -> Exchange {
        let Exchange {
            n,
            backend,
            question,
            request,
            single,
            status,
            at,
            took_ms,
            attempts,
            answer,
        } = exchange;
        Exchange {
            n: *n,
            backend: self.say(backend),
            question: self.say(question),
            request: self.say(request),
            single: self.may_say(single.as_ref()),
            status: *status,
            at: *at,
            took_ms: *took_ms,
            attempts: *attempts,
            answer: self.say(answer),
        }
    }
}
