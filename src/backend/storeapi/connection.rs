//! Connections to gRPC servers: one an address, made when first needed, shared by all calls, made anew when it is gone.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::body::Body;
use tower_service::Service;
use url::{Host, Url};

use crate::backend::error_chain::os_reason;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::hop::TlsFiles;
use crate::backend::storeapi::first_byte::{FirstByte, Watched};
use crate::backend::tls_failure::handshake;
use crate::backend::tls_files;
use crate::backend::world::Backend;

/// What two calls must have in common to share a connection: the address and the TLS settings.
type Setting = (String, Option<TlsFiles>);

/// The connections of a run.
#[derive(Default)]
pub(crate) struct Connections {
    open: Mutex<Vec<(Setting, Line)>>,
}

/// A connection, as calls use it.
#[derive(Clone)]
pub(crate) struct Line {
    sender: SendRequest<Body>,
    /// What the server's first byte was, on plain TCP.
    pub(crate) first: FirstByte,
}

/// How far the making of a connection is.
#[derive(Default)]
pub(crate) struct Reaching(AtomicU8);

impl Reaching {
    /// The phase in words, as it stands in messages.
    pub(crate) fn phase(&self) -> &'static str {
        match self.0.load(Ordering::Relaxed) {
            0 => "name",
            1 => "connect",
            2 => "TLS handshake",
            _ => "answer",
        }
    }

    fn mark(&self, phase: u8) {
        self.0.store(phase, Ordering::Relaxed);
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").finish_non_exhaustive()
    }
}

impl Connections {
    /// The connection to that address of a backend.
    pub(crate) async fn line(
        &self,
        backend: &Backend,
        url: &Url,
        reaching: &Reaching,
    ) -> Result<Line, Failure> {
        let tls = (url.scheme() == "https").then(|| backend.hop.tls.clone().unwrap_or_default());
        let setting = (authority(url), tls);
        if let Some(line) = self.known(&setting) {
            reaching.mark(3);
            return Ok(line);
        }
        let line = dial(backend, url, setting.1.as_ref(), reaching).await?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(known, _)| *known != setting);
        open.push((setting, line.clone()));
        Ok(line)
    }

    fn known(&self, setting: &Setting) -> Option<Line> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, line)| !line.sender.is_closed());
        open.iter()
            .find(|(known, _)| known == setting)
            .map(|(_, line)| line.clone())
    }

    /// Forgets a connection on which a call failed in transport.
    pub(crate) fn forget(&self, backend: &Backend, url: &Url) {
        let tls = (url.scheme() == "https").then(|| backend.hop.tls.clone().unwrap_or_default());
        let setting = (authority(url), tls);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(known, _)| *known != setting);
    }
}

/// `host:port`, as it is dialled and shown.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

async fn dial(
    backend: &Backend,
    url: &Url,
    tls: Option<&TlsFiles>,
    reaching: &Reaching,
) -> Result<Line, Failure> {
    let reached = format!("`{}` at `{}`", backend.name(), authority(url));
    let first = FirstByte::default();
    let stream = Watched {
        stream: tcp(url, &reached, reaching).await?,
        first: first.clone(),
    };
    let sender = match tls {
        None => {
            reaching.mark(3);
            speak(stream, &reached).await?
        }
        Some(files) => {
            let mut config = tls_files::client_config(Some(files), false)?;
            config.alpn_protocols = vec![b"h2".to_vec()];
            let name = files.server_name.as_deref().unwrap_or_else(|| host(url));
            let name = ServerName::try_from(name.to_owned()).map_err(|_| {
                Failure::new(
                    FailureClass::Tls,
                    format!("`{name}` is no name that a certificate can have"),
                )
            })?;
            reaching.mark(2);
            let stream = TlsConnector::from(Arc::new(config))
                .connect(name, stream)
                .await
                .map_err(|error| no_handshake(&reached, &error))?;
            reaching.mark(3);
            speak(stream, &reached).await?
        }
    };
    Ok(Line { sender, first })
}

fn host(url: &Url) -> &str {
    url.host_str()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']')
}

async fn tcp(url: &Url, reached: &str, reaching: &Reaching) -> Result<TcpStream, Failure> {
    let port = url.port_or_known_default().unwrap_or_default();
    reaching.mark(0);
    let addresses: Vec<_> = match url.host() {
        Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
        Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
        _ => tokio::net::lookup_host((host(url), port))
            .await
            .map_err(|error| {
                let reason = os_reason(&error);
                Failure::new(
                    FailureClass::Name,
                    format!("the name `{}` does not resolve: {reason}", host(url)),
                )
                .help("Check the name; a `dns:` check shows what each form of it resolves to.")
            })?
            .collect(),
    };
    reaching.mark(1);
    let stream = TcpStream::connect(&*addresses)
        .await
        .map_err(|error| not_connected(reached, &error))?;
    // A call is one small packet: it must not wait for another.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

fn not_connected(reached: &str, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::new(
            FailureClass::Refused,
            format!("{reached} refused the connection"),
        )
        .help("Check that the server runs and that this is its gRPC port (10901 by default)."),
        _ => Failure::new(
            FailureClass::Unreachable,
            format!("{reached} cannot be reached: {}", os_reason(error)),
        )
        .help("Check the route to it from where this runs."),
    }
}

fn no_handshake(reached: &str, error: &io::Error) -> Failure {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(tls) => handshake(reached, tls),
        None => Failure::new(
            FailureClass::Tls,
            format!(
                "{reached} broke the connection in the TLS handshake: {}",
                os_reason(error)
            ),
        )
        .help("Write `grpc: http://host:port` if the gRPC port is plain: it is TLS only with `--grpc-server-tls-cert`."),
    }
}

async fn speak<S>(stream: S, reached: &str) -> Result<SendRequest<Body>, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .map_err(|error| {
                Failure::new(
                    FailureClass::Broken,
                    format!("{reached} broke the connection: {error}"),
                )
            })?;
    // Its end is seen by the calls that use it.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

impl Service<hyper::Request<Body>> for Line {
    type Response = hyper::Response<hyper::body::Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.sender.poll_ready(cx)
    }

    fn call(&mut self, request: hyper::Request<Body>) -> Self::Future {
        Box::pin(self.sender.send_request(request))
    }
}
