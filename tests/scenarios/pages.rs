//! An exporter with several pages, each by its path, which is a proxy of others, too.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Pages on a loopback port, by what the request asks for: a path, or the whole URL where it is asked as a proxy.
pub(crate) struct Pages {
    pub(crate) port: u16,
}

impl Pages {
    /// Serves what it makes of each request's target; 404 where that is nothing.
    pub(crate) fn start(page: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let page = Arc::new(page);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let page = page.clone();
                thread::spawn(move || serve(stream, page.as_ref()));
            }
        });
        Self { port }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// One request a connection.
fn serve(mut stream: TcpStream, page: impl Fn(&str) -> Option<String>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 0 && !line.trim().is_empty() {
        line.clear();
    }
    let target = first.split(' ').nth(1)?;
    let (status, body) = match page(target) {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", "no such page\n".to_owned()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()
}
