//! Progress on standard error: a bar with the checks that are running, or one line a finished check. One observer of the run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::cli::arguments::{ProgressMode, Show};
use crate::cli::terminal::Stderr;
use crate::leaves::{Ink, Verdict, visible, words};
use crate::plan::Step;
use crate::run::{Event, Outcome};

/// Most running checks that a bar shows.
const MOST_SHOWN: usize = 8;

/// How a finished check is told in one line.
pub(crate) type Line = fn(&Step, &Outcome, Ink) -> String;

/// Progress of one run.
pub(crate) struct Progress {
    stderr: Stderr,
    line: Line,
    show: Show,
    shown: Shown,
    finished: usize,
    total: usize,
}

enum Shown {
    Bar(ProgressBar, Arc<Mutex<Running>>),
    Plain,
    Nothing,
}

/// The checks that are being judged, the oldest first.
#[derive(Default)]
struct Running {
    next: u64,
    numbers: BTreeMap<Arc<str>, u64>,
    by_age: BTreeMap<u64, (Arc<str>, Instant)>,
}

impl Progress {
    /// Shows progress in this way.
    pub(crate) fn new(mode: ProgressMode, show: Show, stderr: Stderr, line: Line) -> Self {
        let shown = match mode {
            ProgressMode::Bar => bar(stderr.ink),
            ProgressMode::Plain | ProgressMode::Auto => Shown::Plain,
            ProgressMode::None => Shown::Nothing,
        };
        Self {
            stderr,
            line,
            show,
            shown,
            finished: 0,
            total: 0,
        }
    }

    /// Shows what an event tells.
    pub(crate) fn observe(&mut self, event: &Event<'_>) {
        match event {
            Event::RunStarted { plan } => {
                self.total = plan.steps.len();
                if let Shown::Bar(bar, _) = &self.shown {
                    bar.set_length(self.total as u64);
                    bar.enable_steady_tick(Duration::from_millis(200));
                }
            }
            Event::StepStarted { step } => {
                if let Shown::Bar(_, running) = &self.shown {
                    lock(running).add(&step.id);
                }
            }
            Event::StepRetried { .. } => {}
            Event::StepFinished { step, outcome } => self.finish(step, outcome),
            Event::RunFinished { .. } => {
                if let Shown::Bar(bar, _) = &self.shown {
                    bar.finish_and_clear();
                }
            }
        }
    }

    fn finish(&mut self, step: &Step, outcome: &Outcome) {
        self.finished += 1;
        let tell = || (self.line)(step, outcome, self.stderr.ink);
        match &self.shown {
            Shown::Nothing => {}
            Shown::Plain => {
                let width = self.total.to_string().len();
                let count = format!("[{:>width$}/{}]", self.finished, self.total);
                self.stderr
                    .say(&format!("{} {}", self.stderr.ink.dim(&count), tell()));
            }
            Shown::Bar(bar, running) => {
                lock(running).remove(&step.id);
                bar.inc(1);
                let plain = outcome.verdict() == &Verdict::Pass && !outcome.flaky && !outcome.fixed;
                if !plain || self.show == Show::All {
                    bar.suspend(|| self.stderr.say(&tell()));
                }
            }
        }
    }
}

impl Running {
    fn add(&mut self, id: &Arc<str>) {
        self.next += 1;
        self.numbers.insert(id.clone(), self.next);
        self.by_age.insert(self.next, (id.clone(), Instant::now()));
    }

    fn remove(&mut self, id: &Arc<str>) {
        if let Some(number) = self.numbers.remove(id) {
            self.by_age.remove(&number);
        }
    }

    /// One line each of the oldest, and how many more there are.
    fn write(&self, out: &mut dyn std::fmt::Write, now: Instant) -> std::fmt::Result {
        for (id, since) in self.by_age.values().take(MOST_SHOWN) {
            let ms = now.saturating_duration_since(*since).as_millis();
            let age = words::age(i64::try_from(ms).unwrap_or(i64::MAX) / 1_000 * 1_000);
            write!(out, "\n  {:>6}  {}", age, visible(id))?;
        }
        match self.by_age.len().saturating_sub(MOST_SHOWN) {
            0 => Ok(()),
            more => write!(out, "\n          and {more} more"),
        }
    }
}

fn bar(ink: Ink) -> Shown {
    let running = Arc::new(Mutex::new(Running::default()));
    let shared = running.clone();
    let template = if ink.colour {
        "{bar:30.green/dim} {pos}/{len} checks, {elapsed}{running}"
    } else {
        "{bar:30} {pos}/{len} checks, {elapsed}{running}"
    };
    let style = ProgressStyle::with_template(template)
        .expect("the template is our own")
        .progress_chars("=> ")
        .with_key(
            "running",
            move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
                let mut text = String::new();
                // Writing to a String cannot fail, and a line that cannot be drawn is drawn at the next tick.
                let _ = lock(&shared).write(&mut text, Instant::now());
                let _ = out.write_str(&text);
            },
        );
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
    bar.set_style(style);
    Shown::Bar(bar, running)
}

fn lock(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_running_checks_are_shown_with_their_age() {
        let mut running = Running::default();
        for at in 0..10 {
            running.add(&format!("s/c{at}").into());
        }
        running.remove(&"s/c0".into());
        let mut text = String::new();
        let later = Instant::now() + Duration::from_secs(65);
        running.write(&mut text, later).unwrap();
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines.len(), MOST_SHOWN + 1);
        assert_eq!(lines[0], "    1m5s  s/c1");
        assert_eq!(lines[MOST_SHOWN], "          and 1 more");
    }
}
