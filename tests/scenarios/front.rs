//! A gateway before a real server: it answers writes as it is told, and hands on everything else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What becomes of a write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Writes {
    /// It is answered with this status.
    Refused(u16),
    /// It is handed on after so long.
    HandedOn(Duration),
    /// It has no answer: the connection is held for so long, and closed.
    Held(Duration),
}

/// A gateway on a loopback port; it ends with the tests.
pub(crate) struct Front {
    pub(crate) port: u16,
    writes: Arc<Mutex<Writes>>,
}

impl Front {
    /// A gateway before the server at that port.
    pub(crate) fn before(server: u16, writes: Writes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let writes = Arc::new(Mutex::new(writes));
        let told = writes.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let told = told.clone();
                thread::spawn(move || serve(stream, server, &told));
            }
        });
        Self { port, writes }
    }

    /// From now on writes are treated so.
    pub(crate) fn now(&self, writes: Writes) {
        *self.writes.lock().unwrap() = writes;
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn write_url(&self) -> String {
        format!("{}/api/v1/write", self.url())
    }
}

/// One request a connection.
fn serve(mut stream: TcpStream, server: u16, told: &Mutex<Writes>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if head.split(' ').nth(1)?.starts_with("/api/v1/write") {
        let writes = *told.lock().unwrap();
        match writes {
            Writes::Refused(status) => {
                let body = format!("the gateway says {status}\n");
                let length = body.len();
                write!(
                    stream,
                    "HTTP/1.1 {status} Refused\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                )
                .ok()?;
                return Some(());
            }
            Writes::HandedOn(after) => thread::sleep(after),
            Writes::Held(long) => {
                thread::sleep(long);
                return None;
            }
        }
    }
    let mut behind = TcpStream::connect(("127.0.0.1", server)).ok()?;
    write!(behind, "{head}Connection: close\r\n\r\n").ok()?;
    behind.write_all(&body).ok()?;
    std::io::copy(&mut behind, &mut stream).ok()?;
    Some(())
}
