//! The runner: begins every step as soon as its needs allow, and gathers what comes of them until all are done or the run ends.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::panic::panic_any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};

use crate::ask::Door;
use crate::backend::World;
use crate::diagnose::diagnose;
use crate::leaves::{Diagnosis, Exchange, Judged, Verdict, words};
use crate::plan::Plan;
use crate::run::attempt::{Attempt, Judge, Trail, Word};
use crate::run::broken::{broke, bug};
use crate::run::event::Event;
use crate::run::handing_over::lookups;
use crate::run::looking_into::{Chosen, chosen, red};
use crate::run::needs::{self, Needs};
use crate::run::options::RunOptions;
use crate::run::outcome::{EndedBy, Outcome, Run};
use crate::run::waiver::waive;

/// Red checks that are looked into at once.
const LOOKS_AT_ONCE: usize = 8;

/// How long all of them together may take: the verdicts stand, and a gate waits for them.
const PATIENCE: Duration = Duration::from_secs(120);

/// Judges every step of the plan through the door, all at once as far as needs and `jobs` allow, and tells the observer as it
/// goes. Ends early with what was finished when `stop` resolves, or at the deadline. Outcomes come in the order of the plan.
pub async fn run(
    plan: Arc<Plan>,
    door: Arc<Door>,
    options: RunOptions,
    stop: impl Future<Output = EndedBy>,
    observe: &mut dyn FnMut(Event<'_>),
) -> Run {
    let panic_in = options.panic_in.clone();
    let judge: Judge = Arc::new(move |step, ask| {
        if panic_in.as_deref() == Some(&*step.id) {
            panic_any("asked to panic here");
        }
        step.check.judge(ask)
    });
    run_with(plan, door, options, stop, observe, judge).await
}

async fn run_with(
    plan: Arc<Plan>,
    door: Arc<Door>,
    options: RunOptions,
    stop: impl Future<Output = EndedBy>,
    observe: &mut dyn FnMut(Event<'_>),
    judge: Judge,
) -> Run {
    observe(Event::RunStarted { plan: &plan });
    let (say, mut said) = mpsc::unbounded_channel();
    let mut desk = Desk::new(plan, door.clone(), options, judge, say);
    let ended_by = desk.work(stop, &mut said, observe).await;
    let run = Run {
        plan: desk.plan.clone(),
        outcomes: desk.close(ended_by),
        started: door.started(),
        took_ms: door.took_ms(),
        vantage: door.vantage().to_owned(),
        ended_by,
    };
    observe(Event::RunFinished { run: &run });
    run
}

/// All that the runner keeps in hand.
struct Desk {
    plan: Arc<Plan>,
    door: Arc<Door>,
    options: RunOptions,
    judge: Judge,
    say: UnboundedSender<Word>,
    slots: Option<Arc<Semaphore>>,
    needs: Needs,
    outcomes: Vec<Option<Outcome>>,
    trails: Vec<Arc<Mutex<Trail>>>,
    tasks: JoinSet<Outcome>,
    at_work: HashMap<Id, usize>,
    failed: usize,
}

impl Desk {
    fn new(
        plan: Arc<Plan>,
        door: Arc<Door>,
        options: RunOptions,
        judge: Judge,
        say: UnboundedSender<Word>,
    ) -> Self {
        Self {
            slots: options
                .jobs
                .map(|jobs| Arc::new(Semaphore::new(jobs.get().min(Semaphore::MAX_PERMITS)))),
            needs: Needs::of(&plan),
            outcomes: vec![None; plan.steps.len()],
            trails: plan.steps.iter().map(|_| Arc::default()).collect(),
            tasks: JoinSet::new(),
            at_work: HashMap::new(),
            failed: 0,
            plan,
            door,
            options,
            judge,
            say,
        }
    }

    /// Works until nothing is left to do, or something ends the run early.
    async fn work(
        &mut self,
        stop: impl Future<Output = EndedBy>,
        said: &mut UnboundedReceiver<Word>,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Option<EndedBy> {
        let mut stop = std::pin::pin!(stop);
        let deadline = self.options.deadline.unwrap_or(Duration::MAX);
        // The run's own deadline is real time, in a replay too; an unreachable one is decades away.
        let mut deadline = std::pin::pin!(tokio::time::sleep(deadline));
        for at in self.needs.ready() {
            self.begin(at);
        }
        loop {
            tokio::select! {
                biased;
                ended_by = &mut stop => return Some(ended_by),
                () = &mut deadline => return Some(EndedBy::Deadline),
                Some(word) = said.recv() => self.tell(word, observe),
                joined = self.tasks.join_next_with_id() => {
                    let Some(joined) = joined else { break };
                    // What a task said before it ended is told first.
                    while let Ok(word) = said.try_recv() {
                        self.tell(word, observe);
                    }
                    self.receive(joined, observe);
                    if self.options.max_fail.is_some_and(|most| self.failed >= most.get()) {
                        return Some(EndedBy::MaxFail);
                    }
                }
            }
        }
        // All verdicts stand now, whatever becomes of looking into them.
        tokio::select! {
            biased;
            ended_by = &mut stop => Some(ended_by),
            () = &mut deadline => None,
            () = self.look_into() => None,
        }
    }

    /// Looks into why checks are red, several at once, as long as patience lasts.
    async fn look_into(&mut self) {
        let Chosen {
            looked_into,
            left_out,
        } = chosen(&self.plan, &self.outcomes);
        for (at, said) in left_out {
            self.note(at, said);
        }
        let patience = Instant::now() + PATIENCE;
        let mut waiting = VecDeque::new();
        for at in looked_into {
            let step = self.plan.steps[at].id.clone();
            // A replay looks no further than the run that was recorded.
            match self.door.not_looked_into(&step).map(str::to_owned) {
                Some(said) if said.is_empty() => {}
                Some(said) => self.note(at, said),
                None => {
                    // Should the run be ended meanwhile.
                    self.door.looked_into(&step, Some(""));
                    waiting.push_back(at);
                }
            }
        }
        let (mut tasks, mut places) = (JoinSet::new(), HashMap::new());
        loop {
            while tasks.len() < LOOKS_AT_ONCE
                && let Some(at) = waiting.pop_front()
            {
                if let Some(look) = self.look(at) {
                    places.insert(tasks.spawn(look).id(), at);
                }
            }
            match timeout_at(patience, tasks.join_next_with_id()).await {
                Ok(None) => return,
                Ok(Some(Ok((id, (diagnosis, evidence))))) => {
                    if let Some(at) = places.remove(&id)
                        && let Some(outcome) = self.outcomes[at].as_mut()
                    {
                        outcome.diagnosis = diagnosis.map(Box::new);
                        outcome.evidence = evidence;
                        self.door.looked_into(&self.plan.steps[at].id, None);
                    }
                }
                Ok(Some(Err(error))) => {
                    if let Some(at) = places.remove(&error.id()) {
                        let said = broke(error);
                        self.note(at, format!("why could not be looked into: {said}"));
                        if let Some(outcome) = self.outcomes[at].as_mut() {
                            outcome.panicked = true;
                        }
                    }
                }
                Err(_) => {
                    for at in places.into_values().chain(waiting) {
                        let said = "why was not looked into: it took too long";
                        self.door.looked_into(&self.plan.steps[at].id, Some(said));
                        self.note(at, said.to_owned());
                    }
                    return;
                }
            }
        }
    }

    /// The look at one red check, and the evidence that it leaves.
    fn look(
        &self,
        at: usize,
    ) -> Option<impl Future<Output = (Option<Diagnosis>, Vec<Exchange>)> + Send + use<>> {
        let judged = red(&self.outcomes[at].as_ref()?.judged)?;
        let ask = self.lock(at).ask()?;
        let ask = ask.within(World {
            lookups: lookups(&self.plan, at),
            ..ask.world().clone()
        });
        let check = self.plan.steps[at].check.clone();
        Some(async move {
            let diagnosis = diagnose(&check, &ask, &judged).await;
            (diagnosis, ask.evidence())
        })
    }

    fn note(&mut self, at: usize, said: String) {
        if let Some(outcome) = self.outcomes[at].as_mut() {
            outcome.judged.notes.push(said);
        }
    }

    fn begin(&mut self, at: usize) {
        let attempt = Attempt {
            plan: self.plan.clone(),
            at,
            door: self.door.clone(),
            judge: self.judge.clone(),
            retries: self.options.retries,
            slots: self.slots.clone(),
            words: self.say.clone(),
            trail: self.trails[at].clone(),
        };
        let task = self.tasks.spawn(attempt.work());
        self.at_work.insert(task.id(), at);
    }

    fn tell(&self, word: Word, observe: &mut dyn FnMut(Event<'_>)) {
        observe(match word {
            Word::Started(at) => Event::StepStarted {
                step: &self.plan.steps[at],
            },
            Word::Retried(at, attempts) => Event::StepRetried {
                step: &self.plan.steps[at],
                attempts,
            },
        });
    }

    fn receive(
        &mut self,
        joined: Result<(Id, Outcome), JoinError>,
        observe: &mut dyn FnMut(Event<'_>),
    ) {
        let id = match &joined {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let at = self
            .at_work
            .remove(&id)
            .expect("every task was noted when it was spawned");
        let outcome = match joined {
            Ok((_, outcome)) => outcome,
            Err(error) => Outcome {
                panicked: true,
                ..self.cut_short(at, bug(error))
            },
        };
        self.finish(at, outcome, observe);
    }

    /// Files an outcome, and those of all steps that it blocks; begins the steps that waited for it.
    fn finish(&mut self, at: usize, outcome: Outcome, observe: &mut dyn FnMut(Event<'_>)) {
        let mut finished = vec![(at, outcome)];
        while let Some((at, mut outcome)) = finished.pop() {
            let step = &self.plan.steps[at];
            waive(&mut outcome, step.known_gap.as_ref(), self.door.started());
            if step.severity >= self.options.fail_on
                && matches!(
                    outcome.verdict(),
                    Verdict::Fail { .. } | Verdict::Error { .. }
                )
            {
                self.failed += 1;
            }
            observe(Event::StepFinished {
                step,
                outcome: &outcome,
            });
            self.outcomes[at] = Some(outcome);
            for next in self.needs.finish(at) {
                match needs::blocked(&self.plan, next, &self.outcomes, self.options.fail_on) {
                    Some(verdict) => {
                        finished.push((next, Outcome::unjudged(Judged::of(verdict, ""))));
                    }
                    None => self.begin(next),
                }
            }
        }
    }

    /// The outcomes in the order of the plan. What was being judged when the run ended is an error of that sort, the rest was
    /// not run.
    fn close(&mut self, ended_by: Option<EndedBy>) -> Vec<Outcome> {
        self.tasks.abort_all();
        let (cut, help) = match ended_by {
            Some(EndedBy::Deadline) => (
                "the run's deadline came first".to_owned(),
                "Give the run more time with `--deadline`, or select fewer checks.",
            ),
            Some(EndedBy::MaxFail) => (
                format!(
                    "stopped after {} had failed",
                    words::count(self.failed, "check")
                ),
                "Leave out `--max-fail` to judge every check.",
            ),
            Some(EndedBy::Hangup | EndedBy::Interrupt | EndedBy::Terminate) => {
                ("interrupted".to_owned(), "Run it again.")
            }
            // Only a circle of needs leaves steps over, and the planner refuses those.
            None => (
                "not run: its needs never finished".to_owned(),
                "Report this: a circle of needs should have been refused.",
            ),
        };
        let not_run = match ended_by {
            None => cut.clone(),
            Some(_) => format!("not run: {cut}"),
        };
        let outcomes = std::mem::take(&mut self.outcomes);
        outcomes
            .into_iter()
            .enumerate()
            .map(|(at, outcome)| {
                outcome.unwrap_or_else(|| {
                    let begun = self.lock(at).has_begun();
                    let what = if begun { &cut } else { &not_run };
                    self.cut_short(at, Judged::of(Verdict::error(what, help), ""))
                })
            })
            .collect()
    }

    /// The outcome of a step that did not come to its own end.
    fn cut_short(&self, at: usize, judged: Judged) -> Outcome {
        self.lock(at)
            .outcome(&self.plan.steps[at], &self.door, judged)
    }

    fn lock(&self, at: usize) -> MutexGuard<'_, Trail> {
        self.trails[at]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::future::pending;
    use std::num::NonZeroUsize;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::ask::DoorOptions;
    use crate::leaves::{Redactor, Severity};
    use crate::plan::Step;
    use crate::run::sample::{NOW, door, plan, step, weighing};
    use crate::suite::KnownGap;

    /// Each step's verdict is in its id: `pass`, `fail`, `error`, `panic`, `hang`, `third` (passes when judged the third time).
    async fn by_id(step: &Step, judgings: &Mutex<BTreeMap<String, u32>>) -> Judged {
        let word = step.id.split('-').next().unwrap_or_default().to_owned();
        let nth = {
            let mut judgings = judgings.lock().unwrap();
            let nth = judgings.entry(step.id.to_string()).or_insert(0);
            *nth += 1;
            *nth
        };
        let verdict = match word.as_str() {
            "pass" => Verdict::Pass,
            "third" if nth >= 3 => Verdict::Pass,
            "error" => Verdict::error("refused", "Start it."),
            "panic" => panic!("a bug"),
            "hang" => pending().await,
            _ => Verdict::fail("1", "0"),
        };
        Judged::of(verdict, "")
    }

    async fn go(steps: Vec<Step>, options: RunOptions) -> (Run, Vec<String>) {
        go_until(steps, options, pending()).await
    }

    async fn go_until(
        steps: Vec<Step>,
        options: RunOptions,
        stop: impl Future<Output = EndedBy>,
    ) -> (Run, Vec<String>) {
        let judgings: &'static Mutex<BTreeMap<String, u32>> = Box::leak(Box::default());
        let judge: Judge = Arc::new(|step, _| Box::pin(by_id(step, judgings)));
        let mut told = Vec::new();
        let mut observe = |event: Event<'_>| {
            told.push(match event {
                Event::RunStarted { plan } => format!("run {}", plan.steps.len()),
                Event::StepStarted { step } => format!("start {}", step.id),
                Event::StepRetried { step, attempts } => format!("retry {} {attempts}", step.id),
                Event::StepFinished { step, outcome } => {
                    format!("{} {}", outcome.verdict().state(), step.id)
                }
                Event::RunFinished { .. } => "end".to_owned(),
            });
        };
        let run = run_with(plan(steps), door(), options, stop, &mut observe, judge).await;
        (run, told)
    }

    fn states(run: &Run) -> Vec<&'static str> {
        run.outcomes.iter().map(|o| o.verdict().state()).collect()
    }

    fn needing(id: &str, needs: &[usize]) -> Step {
        Step {
            needs: needs.to_vec(),
            ..step(id)
        }
    }

    #[tokio::test]
    async fn outcomes_come_in_the_order_of_the_plan_and_events_in_the_order_of_a_step() {
        let steps = vec![needing("pass-late", &[2]), step("fail-b"), step("pass-c")];
        let (run, told) = go(steps, RunOptions::default()).await;
        assert_eq!(states(&run), ["pass", "fail", "pass"]);
        assert_eq!(run.started, NOW);
        let at = |what: &str| told.iter().position(|said| said == what).unwrap();
        assert!(at("start pass-c") < at("pass pass-c"));
        assert!(at("pass pass-c") < at("start pass-late"));
        assert_eq!(told.first().unwrap(), "run 3");
        assert_eq!(told.last().unwrap(), "end");
    }

    #[tokio::test]
    async fn what_needs_a_failure_is_blocked_by_its_root_and_adds_nothing() {
        let steps = vec![
            step("fail-root"),
            needing("pass-b", &[0]),
            needing("pass-c", &[1]),
            needing("pass-free", &[]),
        ];
        let (run, told) = go(steps, RunOptions::default()).await;
        assert_eq!(states(&run), ["fail", "blocked", "blocked", "pass"]);
        let expected = Verdict::Blocked {
            by: "fail-root".into(),
            need_gates: true,
        };
        assert_eq!(run.outcomes[2].verdict(), &expected);
        assert!(!told.contains(&"start pass-c".to_owned()));
        assert!(told.contains(&"blocked pass-c".to_owned()));
    }

    #[tokio::test]
    async fn a_need_that_does_not_gate_leaves_an_error_behind() {
        let waived = Step {
            known_gap: Some(KnownGap {
                until: "2099-01-01".into(),
                expires: NOW.plus_ms(1),
                ticket: None,
                reason: None,
            }),
            ..step("error-waived")
        };
        let steps = vec![
            weighing("fail-warning", Severity::Warning),
            waived,
            needing("pass-a", &[0]),
            needing("pass-b", &[1]),
            step("fail-gates"),
            needing("pass-c", &[0, 4]),
        ];
        let (run, _) = go(steps.clone(), RunOptions::default()).await;
        let gates = |run: &Run, at: usize| match run.outcomes[at].verdict() {
            Verdict::Blocked { by, need_gates } => (by.clone(), *need_gates),
            other => panic!("{other:?}"),
        };
        assert_eq!(gates(&run, 2), ("fail-warning".into(), false));
        assert_eq!(gates(&run, 3), ("error-waived".into(), false));
        assert_eq!(gates(&run, 5), ("fail-gates".into(), true));
        let options = RunOptions {
            fail_on: Severity::Warning,
            ..RunOptions::default()
        };
        let (run, _) = go(steps, options).await;
        assert_eq!(gates(&run, 2), ("fail-warning".into(), true));
    }

    #[tokio::test]
    async fn r06_a_panic_is_an_error_of_that_check_alone() {
        let (run, _) = go(vec![step("panic-a"), step("pass-b")], RunOptions::default()).await;
        assert_eq!(states(&run), ["error", "pass"]);
        assert!(run.outcomes[0].panicked && !run.outcomes[1].panicked);
        let Verdict::Error { what, .. } = run.outcomes[0].verdict() else {
            panic!("not an error");
        };
        assert_eq!(what, "internal error: a bug");
    }

    #[tokio::test]
    async fn within_polls_until_it_passes_and_is_not_flaky() {
        let polled = |id: &str| Step {
            within: Some(Duration::from_secs(10)),
            ..step(id)
        };
        let (run, told) = go(
            vec![polled("third-a"), polled("fail-b")],
            RunOptions::default(),
        )
        .await;
        assert_eq!(states(&run), ["pass", "fail"]);
        assert_eq!(run.outcomes[0].attempts, 3);
        assert!(!run.outcomes[0].flaky);
        // 0, 0.5, 1.25, 2.4, 4.1, 6.6 s and the deadline itself.
        assert_eq!(run.outcomes[1].attempts, 7);
        assert!(told.contains(&"retry third-a 2".to_owned()));
    }

    #[tokio::test]
    async fn g03_a_retry_that_passes_is_flaky() {
        let options = RunOptions {
            retries: 2,
            ..RunOptions::default()
        };
        let (run, _) = go(
            vec![step("third-a"), step("fail-b"), step("pass-c")],
            options,
        )
        .await;
        assert_eq!(states(&run), ["pass", "fail", "pass"]);
        let attempts: Vec<(u32, bool)> =
            run.outcomes.iter().map(|o| (o.attempts, o.flaky)).collect();
        assert_eq!(attempts, [(3, true), (3, false), (1, false)]);
    }

    #[tokio::test]
    async fn an_interruption_keeps_what_was_finished() {
        let stop = async {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            EndedBy::Interrupt
        };
        let steps = vec![step("pass-a"), step("hang-b"), needing("pass-c", &[1])];
        let (run, _) = go_until(steps, RunOptions::default(), stop).await;
        assert_eq!(run.ended_by, Some(EndedBy::Interrupt));
        let said: Vec<String> = run
            .outcomes
            .iter()
            .map(|o| match o.verdict() {
                Verdict::Error { what, .. } => what.clone(),
                other => other.state().to_owned(),
            })
            .collect();
        assert_eq!(said, ["pass", "interrupted", "not run: interrupted"]);
        assert_eq!(run.outcomes[1].attempts, 1);
        assert_eq!(run.outcomes[2].started, None);
    }

    #[tokio::test]
    async fn r04_the_deadline_ends_the_run() {
        let options = RunOptions {
            deadline: Some(Duration::from_millis(20)),
            jobs: NonZeroUsize::new(1),
            ..RunOptions::default()
        };
        let (run, _) = go(vec![step("hang-a"), step("pass-b")], options).await;
        assert_eq!(run.ended_by, Some(EndedBy::Deadline));
        assert!(
            matches!(run.outcomes[0].verdict(), Verdict::Error { what, .. } if what == "the run's deadline came first")
        );
        assert!(
            matches!(run.outcomes[1].verdict(), Verdict::Error { what, .. } if what.starts_with("not run"))
        );
    }

    #[tokio::test]
    async fn max_fail_ends_the_run_after_so_many_failures_that_gate() {
        let options = RunOptions {
            max_fail: NonZeroUsize::new(1),
            ..RunOptions::default()
        };
        let steps = vec![
            weighing("fail-warning", Severity::Warning),
            step("fail-a"),
            step("hang-b"),
        ];
        let (run, _) = go(steps, options).await;
        assert_eq!(run.ended_by, Some(EndedBy::MaxFail));
        assert_eq!(states(&run), ["fail", "fail", "error"]);
    }

    #[tokio::test]
    async fn a_replay_looks_into_no_more_than_the_recorded_run_did() {
        let recording = || {
            Door::live(DoorOptions {
                backends: Vec::new(),
                parallel: None,
                batching: true,
                deadline: None,
                record: true,
                vantage: String::new(),
                redactor: Redactor::default(),
            })
        };
        let judge: Judge =
            Arc::new(|_, _| Box::pin(async { Judged::of(Verdict::fail("1", "0"), "") }));
        let two = || plan(vec![step("a"), step("b")]);
        let options = RunOptions::default;
        let live = recording();
        run_with(
            two(),
            live.clone(),
            options(),
            pending(),
            &mut |_| {},
            judge.clone(),
        )
        .await;
        let text = String::from_utf8(live.recording(0).unwrap()).unwrap();
        assert!(!text.contains("not_looked_into"), "{text}");

        let (cut, said) = (recording(), "why was not looked into: it took too long");
        for id in ["a", "b"] {
            cut.step_took(id, NOW, 1);
        }
        cut.looked_into("a", Some(said));
        let tape = Door::replay(&cut.recording(0).unwrap()).unwrap();
        assert_eq!(tape.not_looked_into("b"), None);
        let run = run_with(two(), tape, options(), pending(), &mut |_| {}, judge).await;
        assert_eq!(run.outcomes[0].judged.notes, [said]);
        assert_eq!(run.outcomes[1].judged.notes, Vec::<String>::new());
    }

    #[tokio::test]
    async fn jobs_bound_the_judgings_in_flight() {
        let (now, most): &'static (AtomicU32, AtomicU32) = Box::leak(Box::default());
        let judge: Judge = Arc::new(|_, _| {
            Box::pin(async {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                now.fetch_sub(1, Ordering::SeqCst);
                Judged::of(Verdict::Pass, "")
            })
        });
        let steps: Vec<Step> = (0..50).map(|at| step(&format!("pass-{at}"))).collect();
        let options = RunOptions {
            jobs: NonZeroUsize::new(3),
            ..RunOptions::default()
        };
        let run = run_with(plan(steps), door(), options, pending(), &mut |_| {}, judge).await;
        assert_eq!(most.load(Ordering::SeqCst), 3);
        assert!(run.outcomes.iter().all(|o| o.verdict() == &Verdict::Pass));
    }

    #[tokio::test]
    async fn ten_thousand_steps_each_have_one_outcome() {
        let steps: Vec<Step> = (0..10_000).map(|at| step(&format!("pass-{at}"))).collect();
        let (run, told) = go(steps, RunOptions::default()).await;
        assert_eq!(run.outcomes.len(), 10_000);
        assert_eq!(
            told.iter().filter(|said| said.starts_with("pass ")).count(),
            10_000
        );
    }

    #[tokio::test]
    async fn a_waiver_counts_from_the_start_of_the_run() {
        let with = |expires| Step {
            known_gap: Some(KnownGap {
                until: "2025-11-22".into(),
                expires,
                ticket: None,
                reason: None,
            }),
            ..step("fail-a")
        };
        for (expires, state) in [(NOW.plus_ms(1), "known-gap"), (NOW, "fail")] {
            let (run, _) = go(vec![with(expires)], RunOptions::default()).await;
            assert_eq!(states(&run), [state]);
        }
    }
}
