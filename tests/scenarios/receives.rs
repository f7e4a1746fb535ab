//! A stand-in for a Thanos Receive above its limit of series, which answers as the recorded one did: every write with 429, and its tenant
//! has no series.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::Value;

/// A recorded answer of Receive.
macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/recorded/thanos-receive-0.42.4/",
            $name,
            ".json"
        ))
    };
}

const REFUSAL: &str = recorded!("head-series-limit/head-series-limit-429");
const METRICS: &str = recorded!("head-series-limit/metrics");
const ANY_OTHER_WAY: &str = recorded!("healthy/write-path-get");
const NO_SERIES: &str = recorded!("receive-empty/tsdb-all");
const READY: &str = recorded!("healthy/ready");
const NOT_THERE: &str = recorded!("healthy/write-port-root");

/// The two ports of a Receive that is full.
pub(crate) struct FullReceive {
    pub(crate) write: u16,
    pub(crate) http: u16,
}

impl FullReceive {
    pub(crate) fn start() -> Self {
        let refused = Arc::new(AtomicU64::new(0));
        let counted = refused.clone();
        let write = serve(move |method, path| match (method, path) {
            ("POST", "/api/v1/receive") => {
                refused.fetch_add(1, Ordering::Relaxed);
                answer(REFUSAL)
            }
            ("GET", "/api/v1/receive") => answer(ANY_OTHER_WAY),
            ("GET", "/api/v1/status/tsdb") => answer(NO_SERIES),
            _ => answer(NOT_THERE),
        });
        let http = serve(move |_, path| match path {
            "/metrics" => counting(counted.load(Ordering::Relaxed)),
            "/-/ready" => answer(READY),
            _ => answer(NOT_THERE),
        });
        Self { write, http }
    }

    pub(crate) fn write_url(&self) -> String {
        format!("http://127.0.0.1:{}/api/v1/receive", self.write)
    }
}

/// The recorded metrics, with so many writes refused.
fn counting(refused: u64) -> String {
    let whole = answer(METRICS);
    let (head, body) = whole.split_once("\r\n\r\n").unwrap();
    let lines = body.lines().map(|line| match line.rsplit_once(' ') {
        Some((name, _)) if is_of_refusals(name) => format!("{name} {refused}\n"),
        _ => format!("{line}\n"),
    });
    let body: String = lines.collect();
    let head = head
        .lines()
        .filter(|line| !line.starts_with("Content-Length"))
        .collect::<Vec<_>>()
        .join("\r\n");
    format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn is_of_refusals(name: &str) -> bool {
    name.starts_with("http_requests_total{code=\"429\"")
        || name.starts_with("thanos_receive_head_series_limited_requests_total{")
}

/// A recorded answer, as it goes over the wire.
fn answer(recorded: &str) -> String {
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    let response = &recorded["response"];
    let body = response["body"].as_str().unwrap();
    let mut out = format!(
        "HTTP/1.1 {} Recorded\r\nConnection: close\r\n",
        response["status"]
    );
    for (name, value) in response["headers"].as_object().unwrap() {
        if !["Date", "Content-Length", "Transfer-Encoding"].contains(&name.as_str()) {
            out += &format!("{name}: {}\r\n", value.as_str().unwrap());
        }
    }
    out + &format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Serves on a loopback port, by method and path.
fn serve(told: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let told = Arc::new(told);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let told = told.clone();
            thread::spawn(move || one(stream, told.as_ref()));
        }
    });
    port
}

/// One request a connection.
fn one(mut stream: TcpStream, told: impl Fn(&str, &str) -> String) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let path = target.split('?').next()?;
    stream.write_all(told(method, path).as_bytes()).ok()
}
