//! SIGINT, SIGTERM and SIGHUP: the first ends the run with whole reports, the second ends the process at once.
//!
//! A thread of its own listens, so that a second signal is heard while reports are written or a pipe is stuck.

use std::io;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::runtime;
use tokio::select;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::run::{EndedBy, ExitCode};

/// What the process is doing when a signal comes.
enum Phase {
    /// Reports that say "did not finish" are being put in place: a signal waits until they stand.
    Preparing(Option<EndedBy>),
    /// They stand: a signal can end the process at once.
    Loading,
    /// The run is told, and ends itself.
    Running(Option<oneshot::Sender<EndedBy>>),
}

/// The listener.
pub(crate) struct Signals {
    phase: Arc<Mutex<Phase>>,
}

impl Signals {
    /// Begins to listen; from now on no signal kills the process by itself.
    ///
    /// # Errors
    /// The system refuses handlers or a thread.
    pub(crate) fn listen() -> io::Result<Self> {
        let phase = Arc::new(Mutex::new(Phase::Preparing(None)));
        let shared = phase.clone();
        let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
        let context = runtime.enter();
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        drop(context);
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    loop {
                        let ended_by = select! {
                            _ = interrupt.recv() => EndedBy::Interrupt,
                            _ = terminate.recv() => EndedBy::Terminate,
                            _ = hangup.recv() => EndedBy::Hangup,
                        };
                        hear(&shared, ended_by);
                    }
                });
            })?;
        Ok(Self { phase })
    }

    /// The reports of a run that did not finish stand: from now on a signal ends the process at once.
    pub(crate) fn loading(&self) {
        let before = self.step(Phase::Loading);
        if let Phase::Preparing(Some(ended_by)) = before {
            leave(ended_by);
        }
    }

    /// The run begins: the first signal ends it, and resolves this.
    pub(crate) fn running(&self) -> impl Future<Output = EndedBy> + use<> {
        let (tell, told) = oneshot::channel();
        self.step(Phase::Running(Some(tell)));
        async {
            match told.await {
                Ok(ended_by) => ended_by,
                // Nobody is left who could tell.
                Err(_) => std::future::pending().await,
            }
        }
    }

    fn step(&self, next: Phase) -> Phase {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *phase, next)
    }
}

fn hear(phase: &Mutex<Phase>, ended_by: EndedBy) {
    let mut phase = phase.lock().unwrap_or_else(PoisonError::into_inner);
    match &mut *phase {
        Phase::Preparing(heard @ None) => *heard = Some(ended_by),
        Phase::Running(tell @ Some(_)) => {
            if let Some(tell) = tell.take() {
                // A run that has ended already listens no more.
                let _ = tell.send(ended_by);
            }
        }
        Phase::Preparing(Some(_)) | Phase::Loading | Phase::Running(None) => leave(ended_by),
    }
}

/// Ends the process at once, with the signal's code.
fn leave(ended_by: EndedBy) -> ! {
    let code = match ended_by {
        EndedBy::Hangup => ExitCode::Hangup,
        EndedBy::Terminate => ExitCode::Terminated,
        EndedBy::Interrupt | EndedBy::Deadline | EndedBy::MaxFail => ExitCode::Interrupted,
    };
    process::exit(i32::from(code.number()))
}
