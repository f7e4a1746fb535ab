//! A server that says exactly the bytes of its script, over plain TCP or TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What is done once a request was read (or a connection taken, where the server does not wait for a request).
#[derive(Clone)]
pub(crate) enum Say {
    /// Sends this and keeps the connection for the next request.
    Send(Vec<u8>),
    /// Sends this and closes in good order.
    Close(Vec<u8>),
    /// Sends this and is silent until the other side goes.
    Stall(Vec<u8>),
    /// Sends this, then one byte of the second again and again, with this pause.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// Sends this, then the second as fast as it is taken, without end.
    Flood(Vec<u8>, Vec<u8>),
}

/// What is said to the request of that number, from 0, and of that text.
type Script = Arc<dyn Fn(usize, &str) -> Say + Send + Sync>;

/// A server on a loopback port; it ends with the test's process.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Says the same to every request.
    pub(crate) fn that(say: Say) -> Self {
        Self::start(move |_, _| say.clone())
    }

    /// Answers every request with this head and body, well formed.
    pub(crate) fn replying(head: &str, body: &str) -> Self {
        Self::that(Say::Send(reply(head, body)))
    }

    /// Answers with 200 and this JSON.
    pub(crate) fn json(body: &str) -> Self {
        Self::replying("200 OK\r\nContent-Type: application/json", body)
    }

    /// Says what the script makes of the number of the request, from 0, and its text.
    pub(crate) fn start(script: impl Fn(usize, &str) -> Say + Send + Sync + 'static) -> Self {
        Self::listen(None, true, script)
    }

    /// Says this to every connection, before any request.
    pub(crate) fn unasked(say: Say) -> Self {
        Self::listen(None, false, move |_, _| say.clone())
    }

    /// The same over TLS.
    pub(crate) fn tls(config: ServerConfig, wait: bool, say: Say) -> Self {
        Self::listen(Some(Arc::new(config)), wait, move |_, _| say.clone())
    }

    fn listen(
        tls: Option<Arc<ServerConfig>>,
        wait: bool,
        script: impl Fn(usize, &str) -> Say + Send + Sync + 'static,
    ) -> Self {
        Self::on(
            TcpListener::bind("127.0.0.1:0").unwrap(),
            tls,
            wait,
            Arc::new(script),
        )
    }

    /// Answers every request at a listener of the test's own.
    pub(crate) fn at(listener: TcpListener, say: Say) -> Self {
        Self::on(
            listener,
            None,
            true,
            Arc::new(move |_, _: &str| say.clone()),
        )
    }

    fn on(
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        wait: bool,
        script: Script,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, script, tls) = (Arc::clone(&log), Arc::clone(&script), tls.clone());
                thread::spawn(move || match tls {
                    None => serve(stream, wait, &log, &*script),
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(connection, stream), wait, &log, &*script);
                    }
                });
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A whole answer with its length.
pub(crate) fn reply(head: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn serve(
    mut stream: impl Read + Write,
    wait: bool,
    log: &Mutex<Vec<String>>,
    script: &dyn Fn(usize, &str) -> Say,
) {
    loop {
        let mut request = String::new();
        if wait {
            match read_request(&mut stream) {
                Some(read) => request = read,
                None => return,
            }
        }
        let nth = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        if act(&mut stream, script(nth, &request)).is_none() || !wait {
            return;
        }
    }
}

/// Does it; none where the connection is done.
fn act(stream: &mut (impl Read + Write), say: Say) -> Option<()> {
    let mut send = |bytes: &[u8]| {
        stream.write_all(bytes).ok()?;
        stream.flush().ok()
    };
    match say {
        Say::Send(bytes) => send(&bytes),
        Say::Close(bytes) => {
            send(&bytes)?;
            None
        }
        Say::Stall(bytes) => {
            send(&bytes)?;
            let _ = stream.read_to_end(&mut Vec::new());
            None
        }
        Say::Drip(start, bytes, pause) => {
            send(&start)?;
            for byte in bytes.iter().cycle() {
                send(&[*byte])?;
                thread::sleep(pause);
            }
            None
        }
        Say::Flood(start, bytes) => {
            send(&start)?;
            loop {
                send(&bytes)?;
            }
        }
    }
}

/// One request with its body; none when the connection is closed.
fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut text = String::new();
    let mut buffer = [0; 16_384];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
        }
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
    }
}

/// A server that sends this and resets each connection: the request is left unread in the socket.
pub(crate) fn resetting(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.peek(&mut [0]);
            let _ = stream.write_all(&bytes);
        }
    });
    format!("http://{address}")
}

/// A listener whose queue is full: what comes now gets no answer at all, as behind a filter.
pub(crate) fn filtered() -> (SocketAddr, Vec<TcpStream>, impl Sized) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.listen(0).unwrap()
    });
    let address = listener.local_addr().unwrap();
    let waiting = (0..4)
        .filter_map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(50)).ok())
        .collect();
    (address, waiting, (listener, runtime))
}
