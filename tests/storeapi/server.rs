//! A gRPC server that does as it is told: frames as given, and any ending.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::stream;
use gapcheck::backend::{Backend, Hop};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

/// How an answer ends.
#[derive(Clone)]
pub(crate) enum Ending {
    /// With this code and text.
    Status(u16, String),
    /// With nothing: the stream is whole for HTTP, and has no status.
    Silent,
    /// The stream breaks.
    Broken,
    /// It never ends.
    Never,
}

/// What is answered to a call.
#[derive(Clone)]
pub(crate) struct Play {
    /// Messages, each with the flag of compression before it.
    pub(crate) messages: Vec<(u8, Vec<u8>)>,
    pub(crate) ending: Ending,
}

impl Play {
    pub(crate) fn of(messages: &[Vec<u8>], ending: Ending) -> Self {
        let messages = messages.iter().map(|one| (0, one.clone())).collect();
        Self { messages, ending }
    }

    pub(crate) fn status(code: u16, text: &str) -> Self {
        Self::of(&[], Ending::Status(code, text.to_owned()))
    }
}

type Script = Arc<dyn Fn(&str) -> Play + Send + Sync>;

/// A server that runs.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Calls so far.
    pub(crate) calls: Arc<AtomicUsize>,
    /// Headers of the last call.
    pub(crate) headers: Arc<Mutex<HeaderMap>>,
}

/// Starts a server in plain text.
pub(crate) async fn start(script: impl Fn(&str) -> Play + Send + Sync + 'static) -> Server {
    start_with(script, None).await
}

/// Starts a server, under TLS where an acceptor is given.
pub(crate) async fn start_with(
    script: impl Fn(&str) -> Play + Send + Sync + 'static,
    tls: Option<tokio_rustls::TlsAcceptor>,
) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server {
        address: listener.local_addr().unwrap(),
        calls: Arc::default(),
        headers: Arc::default(),
    };
    let script: Script = Arc::new(script);
    let (calls, headers) = (server.calls.clone(), server.headers.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (script, calls, headers) = (script.clone(), calls.clone(), headers.clone());
            let tls = tls.clone();
            tokio::spawn(async move {
                match tls {
                    None => serve(stream, script, calls, headers).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            serve(stream, script, calls, headers).await;
                        }
                    }
                }
            });
        }
    });
    server
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    script: Script,
    calls: Arc<AtomicUsize>,
    headers: Arc<Mutex<HeaderMap>>,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        calls.fetch_add(1, Ordering::SeqCst);
        *headers.lock().unwrap() = request.headers().clone();
        let play = script(request.uri().path());
        async move {
            let _ = request.into_body().collect().await;
            Ok::<_, io::Error>(response(play))
        }
    });
    let _ = http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn response(
    play: Play,
) -> hyper::Response<http_body_util::combinators::UnsyncBoxBody<Bytes, io::Error>> {
    use futures_util::StreamExt as _;
    let mut frames: Vec<io::Result<Frame<Bytes>>> = Vec::new();
    for (flag, message) in play.messages {
        let mut bytes = vec![flag];
        bytes.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        bytes.extend(message);
        frames.push(Ok(Frame::data(bytes.into())));
    }
    let mut never = false;
    match play.ending {
        Ending::Status(code, text) => {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from(code));
            trailers.insert("grpc-message", HeaderValue::from_str(&text).unwrap());
            frames.push(Ok(Frame::trailers(trailers)));
        }
        Ending::Silent => {}
        Ending::Broken => frames.push(Err(io::Error::other("gone"))),
        Ending::Never => never = true,
    }
    let frames = stream::iter(frames);
    let body = match never {
        true => StreamBody::new(frames.chain(stream::pending())).boxed_unsync(),
        false => StreamBody::new(frames).boxed_unsync(),
    };
    hyper::Response::builder()
        .header("content-type", "application/grpc")
        .body(body)
        .unwrap()
}

/// A Receive whose gRPC port is at this address.
pub(crate) fn receive(grpc: &str, more: Value) -> Backend {
    let mut form = json!({ "name": "receive", "kind": "thanos-receive", "grpc": grpc });
    if let (Value::Object(form), Value::Object(more)) = (&mut form, more) {
        form.extend(more);
    }
    let hop: Hop = serde_json::from_value(form).expect("a hop");
    Backend::of(hop)
}
