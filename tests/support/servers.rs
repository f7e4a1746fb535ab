//! Real servers from Debian's packages, each in a folder of its own on loopback, gone when the tests are.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A port that nobody listens on: below those from which the system takes the ports of connections, and each given once.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let at = std::process::id() * 613 + NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(11_000 + at % 20_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A running server and its folder.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) dir: TempDir,
    watch: Child,
    program: String,
    args: Vec<String>,
}

impl Server {
    /// Starts a program under a shell that kills it when this process is gone, however that comes about.
    pub(crate) fn start(program: &str, port: u16, dir: TempDir, args: &[String]) -> Self {
        let found = Command::new("sh")
            .args(["-c", "command -v \"$0\"", program])
            .output()
            .unwrap();
        assert!(
            found.status.success(),
            "`{program}` is not installed; scripts/test installs it"
        );
        let watch = watched(program, dir.path(), args);
        Self {
            port,
            dir,
            watch,
            program: program.to_owned(),
            args: args.to_vec(),
        }
    }

    /// Kills it, and starts it again with what it has stored.
    pub(crate) fn restart(&mut self, ready: &str) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
        self.watch = watched(&self.program, self.dir.path(), &self.args);
        self.is_ready(ready);
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn wait(self, path: &str) -> Self {
        self.is_ready(path);
        self
    }

    fn is_ready(&self, path: &str) {
        let port = self.port;
        until(
            &format!(
                "{} to be ready; its log: {}",
                self.url(),
                self.dir.path().join("log").display()
            ),
            || get(port, path).is_some_and(|(status, _)| status == 200),
        );
    }
}

/// The program under its watch, its words in `log`.
fn watched(program: &str, dir: &Path, args: &[String]) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(dir.join("log"))
        .unwrap();
    Command::new("sh")
        .args([
            "-c",
            "\"$0\" \"$@\" </dev/null & server=$!; read -r _; kill -9 $server; wait",
            program,
        ])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}

/// Waits until it is so, at most two minutes.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "waited two minutes for {what}"
        );
        thread::sleep(Duration::from_millis(100));
    }
}

/// A plain GET: status and body.
pub(crate) fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let status = text.split(' ').nth(1)?.parse().ok()?;
    Some((status, text.split_once("\r\n\r\n")?.1.to_owned()))
}

/// How many series a query has at a server now.
pub(crate) fn series(port: u16, query: &str) -> usize {
    let encoded: String = query.bytes().map(|b| format!("%{b:02X}")).collect();
    let Some((200, body)) = get(port, &format!("/api/v1/query?nocache=1&query={encoded}")) else {
        return 0;
    };
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    answer["data"]["result"].as_array().map_or(0, Vec::len)
}

/// A Prometheus with this configuration, its write receiver on.
pub(crate) fn prometheus(config: &str, flags: &[&str]) -> Server {
    let flags = [&["--web.enable-remote-write-receiver"], flags].concat();
    prometheus_at(free_port(), config, &flags)
}

/// A Prometheus at this port, with this configuration and no flags but these; as an agent where they say so.
pub(crate) fn prometheus_at(port: u16, config: &str, flags: &[&str]) -> Server {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("prometheus.yml");
    std::fs::write(&file, config).unwrap();
    let storage = match flags.contains(&"--enable-feature=agent") {
        true => "agent",
        false => "tsdb",
    };
    let mut args = vec![
        format!("--config.file={}", file.display()),
        format!(
            "--storage.{storage}.path={}",
            dir.path().join("data").display()
        ),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    args.extend(flags.iter().map(|flag| (*flag).to_owned()));
    Server::start("prometheus", port, dir, &args).wait("/-/ready")
}

/// A Prometheus in agent mode with this configuration.
pub(crate) fn agent(config: &str) -> Server {
    prometheus_at(free_port(), config, &["--enable-feature=agent"])
}

/// A single-node VictoriaMetrics.
pub(crate) fn victoria_metrics() -> Server {
    let (port, dir) = (free_port(), TempDir::new().unwrap());
    let args = [
        format!("-httpListenAddr=127.0.0.1:{port}"),
        format!("-storageDataPath={}", dir.path().join("data").display()),
    ];
    Server::start("victoria-metrics", port, dir, &args).wait("/health")
}

/// A dnsmasq that knows only what it is told.
pub(crate) fn dnsmasq(records: &[&str]) -> Server {
    let (port, dir) = (free_port(), TempDir::new().unwrap());
    let mut args: Vec<String> = [
        "--keep-in-foreground",
        "--no-resolv",
        "--no-hosts",
        "--no-poll",
        "--bind-interfaces",
        "--listen-address=127.0.0.1",
        "--local=/#/",
        "--user=root",
        "--conf-file=/dev/null",
    ]
    .map(str::to_owned)
    .into();
    args.push(format!("--port={port}"));
    args.push(format!("--pid-file={}", dir.path().join("pid").display()));
    args.extend(records.iter().map(|record| (*record).to_owned()));
    let server = Server::start("dnsmasq", port, dir, &args);
    until("dnsmasq to listen", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    server
}

/// An exporter whose page can be changed.
pub(crate) struct Exporter {
    pub(crate) port: u16,
    pub(crate) page: Arc<Mutex<String>>,
}

impl Exporter {
    pub(crate) fn start(page: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, page) = (
            listener.local_addr().unwrap().port(),
            Arc::new(Mutex::new(page.to_owned())),
        );
        let shown = page.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let body = shown.lock().unwrap().clone();
                let _ = answer(stream, &body);
            }
        });
        Self { port, page }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/metrics", self.port)
    }
}

fn answer(mut stream: TcpStream, body: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// What a run of the built program gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the built program in a folder, with nothing of the environment but what it needs.
pub(crate) fn gapcheck(dir: &Path, args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_gapcheck"))
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a suite and gives its exit code and JSON report.
pub(crate) fn run(suite: &str, more: &[&str]) -> (i32, serde_json::Value) {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("suite.yaml"), suite).unwrap();
    let mut args = vec!["run", "suite.yaml", "--report", "json=report.json"];
    args.extend(more);
    let ran = gapcheck(dir.path(), &args);
    let report = std::fs::read(dir.path().join("report.json"))
        .unwrap_or_else(|_| panic!("no report; exit {}: {}{}", ran.code, ran.stdout, ran.stderr));
    let report = serde_json::from_slice(&report).unwrap();
    if ran.code == 2 {
        panic!("the suite was refused: {}", ran.stderr);
    }
    (ran.code, report)
}

/// The check with this id in a report.
pub(crate) fn check<'a>(report: &'a serde_json::Value, id: &str) -> &'a serde_json::Value {
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|check| check["id"].as_str().unwrap().ends_with(&format!("/{id}")))
        .unwrap_or_else(|| panic!("no check `{id}` in {report:#}"))
}

/// The verdicts of a report, by the check's own id.
pub(crate) fn verdicts(report: &serde_json::Value) -> Vec<(String, String)> {
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .map(|check| {
            (
                check["id"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned(),
                check["verdict"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}
