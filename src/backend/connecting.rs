//! How far a request has come before its headers: looking up the name, connecting, or waiting for an answer.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    /// The progress of the request that this task sends.
    pub(crate) static PROGRESS: Arc<Progress>;
}

/// How far a request has come.
#[derive(Default)]
pub(crate) struct Progress {
    phase: AtomicU8,
    addresses: OnceLock<Vec<SocketAddr>>,
}

/// What a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// For the address of the name.
    Name,
    /// For the connection, its TLS handshake included.
    Connection,
    /// For the status and the headers.
    Headers,
}

impl Progress {
    /// What it waits for now. A request on a connection that stood already waits for headers from the start.
    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            1 => Phase::Name,
            2 => Phase::Connection,
            _ => Phase::Headers,
        }
    }

    /// The addresses that the name was found to have.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        self.addresses.get().map_or(&[], Vec::as_slice)
    }

    fn mark(&self, phase: Phase) {
        let number = match phase {
            Phase::Name => 1,
            Phase::Connection => 2,
            Phase::Headers => 3,
        };
        self.phase.store(number, Ordering::Relaxed);
    }
}

fn current() -> Option<Arc<Progress>> {
    PROGRESS.try_with(Arc::clone).ok()
}

/// Looks up names by the system, and leaves word of it. Where a server is asked under another name for TLS' sake, it looks up the
/// real one.
pub(crate) struct Resolver {
    /// The host to look up in place of the one in the address.
    pub(crate) real_host: Option<String>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = self.real_host.as_deref().unwrap_or(name.as_str());
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let progress = current();
        Box::pin(async move {
            if let Some(progress) = &progress {
                progress.mark(Phase::Name);
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            if let Some(progress) = &progress {
                progress.mark(Phase::Connection);
                // Set before only when a second connection was begun for the same request: the same name then.
                let _ = progress.addresses.set(found.clone());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

/// A layer around the making of connections that leaves word of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch;

/// The service that [`Watch`] makes.
#[derive(Clone, Debug)]
pub(crate) struct Watched<S>(S);

impl<S> Layer<S> for Watch {
    type Service = Watched<S>;
    fn layer(&self, inner: S) -> Watched<S> {
        Watched(inner)
    }
}

impl<R, S> Service<R> for Watched<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let progress = current();
        if let Some(progress) = &progress {
            progress.mark(Phase::Connection);
        }
        let connecting = self.0.call(to);
        Box::pin(async move {
            let connected = connecting.await;
            if let (Some(progress), Ok(_)) = (&progress, &connected) {
                progress.mark(Phase::Headers);
            }
            connected
        })
    }
}
