//! The StoreAPI as a server: HTTP/2 on a loopback port, one message in, frames and trailers out.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use http_body_util::{BodyExt, Limited, StreamBody};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::lab::model::Model;
use crate::lab::station::Station;
use crate::lab::storeapi::{RpcReply, answer};

/// The bytes before each message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// The most bytes of a request that are read.
const MOST_BYTES: usize = 1 << 20;

/// How long a server rests when it cannot accept, for want of file descriptors for instance.
const AFTER_AN_ERROR: Duration = Duration::from_millis(10);

/// The lab's clock: milliseconds since the epoch.
type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Serves until it is dropped.
pub(crate) async fn serve(
    listener: TcpListener,
    model: Arc<Model>,
    station: Station,
    clock: Clock,
) {
    let station = Arc::new(station);
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(AFTER_AN_ERROR).await;
            continue;
        };
        let (model, clock) = (Arc::clone(&model), Arc::clone(&clock));
        let station = Arc::clone(&station);
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let (model, clock) = (Arc::clone(&model), Arc::clone(&clock));
                let station = Arc::clone(&station);
                async move {
                    let reply = attend(&model, &station, clock(), request).await;
                    Ok::<_, Infallible>(response(reply))
                }
            });
            // A client that goes away in the middle is no matter.
            let _ = http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn attend(
    model: &Model,
    station: &Station,
    now_ms: i64,
    request: hyper::Request<Incoming>,
) -> RpcReply {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MOST_BYTES).collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    match body.get(PREFIX..) {
        Some(message) => answer(model, station, now_ms, head.uri.path(), message),
        None => RpcReply {
            messages: Vec::new(),
            code: 13,
            text: "no message came".to_owned(),
        },
    }
}

fn response(
    reply: RpcReply,
) -> hyper::Response<impl Body<Data = Bytes, Error = Infallible> + use<>> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(u16::from(reply.code)));
    if let Ok(text) = HeaderValue::from_str(&reply.text)
        && !reply.text.is_empty()
    {
        trailers.insert("grpc-message", text);
    }
    let frames = reply
        .messages
        .into_iter()
        .map(|message| Frame::data(framed(&message)))
        .chain([Frame::trailers(trailers)])
        .map(Ok);
    let frames: Vec<_> = frames.collect();
    let mut response = hyper::Response::new(StreamBody::new(stream::iter(frames)));
    let grpc = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", grpc);
    response
}

fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(PREFIX + message.len());
    bytes.push(0);
    bytes.extend(length.to_be_bytes());
    bytes.extend(message);
    bytes.into()
}
