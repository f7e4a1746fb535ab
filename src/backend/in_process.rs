//! In place of the network: functions from a request to what comes back, so that whole pipelines can be asked without a socket.
//! Everything above stays as it is: requests are built, and answers read, by the same clients.

use std::fmt;
use std::sync::Arc;

use url::Url;

use crate::backend::answer::{DnsAnswer, TcpAnswer};
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::probe::{DnsProbe, TcpProbe};
use crate::leaves::Timestamp;

/// An HTTP request as it would be sent.
#[derive(Clone, Debug)]
pub struct HttpSent {
    /// The method, upper case.
    pub method: String,
    /// The whole URL.
    pub url: Url,
    /// Its headers, credentials too.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What comes of an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpGot {
    /// An answer.
    Answer {
        /// Its status.
        status: u16,
        /// Its headers.
        headers: Vec<(String, String)>,
        /// Its body.
        body: Vec<u8>,
    },
    /// Nothing listens there.
    Refused,
    /// The name does not resolve.
    NoName,
    /// No answer in time.
    Silent,
}

/// What comes of a gRPC call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcGot {
    /// Messages, and the status OK.
    Messages(Vec<Vec<u8>>),
    /// Another status, and its text.
    Status(u8, String),
    /// Nothing listens there.
    Refused,
    /// No answer in time.
    Silent,
}

/// What time it is, for whoever asks.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

type HttpFunction = Box<dyn Fn(HttpSent) -> HttpGot + Send + Sync>;
type RpcFunction = Box<dyn Fn(&Url, &str, &[u8]) -> RpcGot + Send + Sync>;
type DnsFunction = Box<dyn Fn(&DnsProbe) -> DnsAnswer + Send + Sync>;
type TcpFunction = Box<dyn Fn(&TcpProbe) -> TcpAnswer + Send + Sync>;

/// What stands in place of the network.
pub struct InProcess {
    /// An HTTP request.
    pub http: HttpFunction,
    /// A gRPC call: the server's address, the method's path, the message.
    pub rpc: RpcFunction,
    /// A lookup.
    pub dns: DnsFunction,
    /// A connection.
    pub tcp: TcpFunction,
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}

impl InProcess {
    /// Sends an HTTP request: its answer, or the failure that the network would give.
    pub(crate) fn answer(&self, sent: HttpSent) -> Result<Got, Failure> {
        let target = target(&sent.url);
        match (self.http)(sent) {
            HttpGot::Answer {
                status,
                headers,
                body,
            } => Ok(Got {
                status,
                headers,
                body,
            }),
            HttpGot::Refused => Err(refused(&target)),
            HttpGot::NoName => Err(Failure::new(
                FailureClass::Name,
                format!("`{target}`: the name does not resolve"),
            )),
            HttpGot::Silent => Err(silent(&target)),
        }
    }

    /// Makes a gRPC call: the messages that come, or the failure that the network would give. The status is the caller's to word.
    pub(crate) fn call(
        &self,
        url: &Url,
        path: &str,
        message: &[u8],
    ) -> Result<Result<Vec<Vec<u8>>, (u8, String)>, Failure> {
        match (self.rpc)(url, path, message) {
            RpcGot::Messages(messages) => Ok(Ok(messages)),
            RpcGot::Status(code, text) => Ok(Err((code, text))),
            RpcGot::Refused => Err(refused(&target(url))),
            RpcGot::Silent => Err(silent(&target(url))),
        }
    }
}

/// An HTTP answer, whole.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Got {
    /// The value of a header, whatever the case of its name.
    pub(crate) fn header(&self, wanted: &str) -> Option<String> {
        self.headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.clone())
    }
}

fn target(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn refused(target: &str) -> Failure {
    Failure::new(
        FailureClass::Refused,
        format!("`{target}` refused the connection"),
    )
    .help("Check that the server runs and listens on that port.")
}

fn silent(target: &str) -> Failure {
    Failure::new(
        FailureClass::Timeout,
        format!("`{target}` did not answer in time"),
    )
    .help("Check the address and the way to it.")
}
