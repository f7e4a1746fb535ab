//! One call: its connection, its headers, its deadline, and what became of it.

use std::collections::VecDeque;
use std::time::Duration;

use hyper::HeaderMap;
use hyper::http::Extensions;
use hyper::http::uri::{PathAndQuery, Uri};
use prost::Message;
use tokio::time::{Instant, timeout_at};
use tonic::metadata::MetadataMap;
use tonic::{Request, Status, Streaming};
use tonic_prost::ProstCodec;
use url::Url;

use crate::backend::address::address;
use crate::backend::client::Clients;
use crate::backend::credentials;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::in_process::InProcess;
use crate::backend::kind::Capability;
use crate::backend::storeapi::connection::{Line, Reaching, authority};
use crate::backend::storeapi::first_byte::FirstByte;
use crate::backend::storeapi::rpc_failure::{self, Call};
use crate::backend::world::Backend;
use crate::leaves::words;

/// A server as calls reach it, until a deadline.
pub(crate) struct Caller<'a> {
    clients: &'a Clients,
    backend: &'a Backend,
    url: Url,
    timeout: Duration,
    deadline: Instant,
    reaching: Reaching,
}

/// What comes in answer, frame by frame.
pub(crate) struct Frames<'c, 'a, T> {
    caller: &'c Caller<'a>,
    method: &'static str,
    first: FirstByte,
    frames: Coming<T>,
}

/// The frames that are still to come.
enum Coming<T> {
    Stream(Box<Streaming<T>>),
    Whole(VecDeque<T>),
}

impl<'a> Caller<'a> {
    /// A caller of that backend's StoreAPI; all its calls must be done within `timeout`.
    pub(crate) fn of(
        clients: &'a Clients,
        backend: &'a Backend,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        Ok(Self {
            clients,
            backend,
            url: address(backend, Capability::StoreApi, "")?,
            timeout,
            deadline: Instant::now() + timeout,
            reaching: Reaching::default(),
        })
    }

    /// `host:port` of the server.
    pub(crate) fn authority(&self) -> String {
        authority(&self.url)
    }

    /// A call with one message in answer.
    pub(crate) async fn unary<Q, A>(
        &self,
        service: &'static str,
        method: &'static str,
        message: Q,
    ) -> Result<A, Failure>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        if let Some(network) = self.clients.network() {
            let mut answers = self.called(network, service, method, &message)?;
            return match answers.pop() {
                Some(answer) => Ok(answer),
                None => Err(self.failed(
                    method,
                    &FirstByte::default(),
                    &Status::internal("no message came"),
                )),
            };
        }
        let (line, request) = self.prepare(message).await?;
        let first = line.first.clone();
        let mut client = self.client(line)?;
        let codec: ProstCodec<Q, A> = ProstCodec::default();
        let called = async {
            ready(&mut client).await?;
            client.unary(request, path(service, method), codec).await
        };
        match timeout_at(self.deadline, called).await {
            Ok(answered) => answered
                .map(tonic::Response::into_inner)
                .map_err(|status| self.failed(method, &first, &status)),
            Err(_) => Err(self.late()),
        }
    }

    /// A call with a stream of messages in answer.
    pub(crate) async fn stream<Q, A>(
        &self,
        service: &'static str,
        method: &'static str,
        message: Q,
    ) -> Result<Frames<'_, 'a, A>, Failure>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        if let Some(network) = self.clients.network() {
            return Ok(Frames {
                caller: self,
                method,
                first: FirstByte::default(),
                frames: Coming::Whole(self.called(network, service, method, &message)?.into()),
            });
        }
        let (line, request) = self.prepare(message).await?;
        let first = line.first.clone();
        let mut client = self.client(line)?;
        let codec: ProstCodec<Q, A> = ProstCodec::default();
        let called = async {
            ready(&mut client).await?;
            client
                .server_streaming(request, path(service, method), codec)
                .await
        };
        match timeout_at(self.deadline, called).await {
            Ok(Ok(answer)) => Ok(Frames {
                caller: self,
                method,
                first,
                frames: Coming::Stream(Box::new(answer.into_inner())),
            }),
            Ok(Err(status)) => Err(self.failed(method, &first, &status)),
            Err(_) => Err(self.late()),
        }
    }

    /// A call that a function answers, all its messages.
    fn called<Q: Message, A: Message + Default>(
        &self,
        network: &InProcess,
        service: &'static str,
        method: &'static str,
        message: &Q,
    ) -> Result<Vec<A>, Failure> {
        let path = path(service, method);
        let first = FirstByte::default();
        let failed =
            |code: i32, text: String| self.failed(method, &first, &Status::new(code.into(), text));
        let messages = network
            .call(&self.url, path.as_str(), &message.encode_to_vec())?
            .map_err(|(code, text)| failed(code.into(), text))?;
        messages
            .iter()
            .map(|bytes| A::decode(bytes.as_slice()).map_err(|error| failed(13, error.to_string())))
            .collect()
    }

    async fn prepare<Q>(&self, message: Q) -> Result<(Line, Request<Q>), Failure> {
        let mut headers = HeaderMap::new();
        credentials::add(&mut headers, self.backend, &self.url)?;
        let mut request = Request::from_parts(
            MetadataMap::from_headers(headers),
            Extensions::new(),
            message,
        );
        request.set_timeout(self.deadline.saturating_duration_since(Instant::now()));
        let connecting =
            self.clients
                .store_connections()
                .line(self.backend, &self.url, &self.reaching);
        let line = timeout_at(self.deadline, connecting)
            .await
            .map_err(|_| self.late())??;
        Ok((line, request))
    }

    fn client(&self, line: Line) -> Result<tonic::client::Grpc<Line>, Failure> {
        let cap = usize::try_from(self.clients.most_bytes()).unwrap_or(usize::MAX);
        let origin = format!("{}://{}", self.url.scheme(), self.authority());
        let origin: Uri = origin.parse().map_err(|error| {
            Failure::new(
                FailureClass::Local,
                format!("`{origin}` cannot be asked: {error}"),
            )
        })?;
        Ok(tonic::client::Grpc::with_origin(line, origin).max_decoding_message_size(cap))
    }

    fn reached(&self) -> String {
        format!("`{}` at `{}`", self.backend.name(), self.authority())
    }

    fn failed(&self, method: &'static str, first: &FirstByte, status: &Status) -> Failure {
        let call = Call {
            reached: &self.reached(),
            method,
            is_tls: self.url.scheme() == "https",
            spoken: first.spoken(),
            cap: self.clients.most_bytes(),
        };
        let failure = rpc_failure::failed(&call, status);
        if failure.is_connection() {
            self.clients
                .store_connections()
                .forget(self.backend, &self.url);
        }
        failure
    }

    fn late(&self) -> Failure {
        let limit = words::age(i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX));
        let phase = self.reaching.phase();
        let failure = Failure::new(
            FailureClass::Timeout,
            format!(
                "{} did not answer within {limit} (phase {phase})",
                self.reached()
            ),
        );
        failure.help(match phase {
            "name" => "Check the name servers of this machine with a `dns:` check.",
            "connect" => {
                "Check the address and the way to it: a firewall or network policy that drops packets looks like this."
            }
            "TLS handshake" => "Write `grpc: http://host:port` if the gRPC port is plain.",
            _ => {
                "Raise `timeout`, narrow the selector, or see whether the server is overloaded; a port under TLS that is asked in plain text can look like this too."
            }
        })
    }
}

impl<T> Frames<'_, '_, T> {
    /// The next frame; none at the end of a whole answer.
    pub(crate) async fn next(&mut self) -> Result<Option<T>, Failure> {
        let frames = match &mut self.frames {
            Coming::Stream(frames) => frames,
            Coming::Whole(frames) => return Ok(frames.pop_front()),
        };
        match timeout_at(self.caller.deadline, frames.message()).await {
            Ok(Ok(frame)) => Ok(frame),
            Ok(Err(status)) => Err(self.caller.failed(self.method, &self.first, &status)),
            Err(_) => Err(self.caller.late()),
        }
    }
}

async fn ready(client: &mut tonic::client::Grpc<Line>) -> Result<(), Status> {
    client
        .ready()
        .await
        .map_err(|error| Status::from_error(Box::new(error)))
}

fn path(service: &str, method: &str) -> PathAndQuery {
    format!("/{service}/{method}")
        .parse()
        .expect("names of services and methods make a path")
}
