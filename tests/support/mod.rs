//! What tests of the built binary stand on: a folder with suites, a server that answers like Prometheus, and the binary itself.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// One run of the binary, in a folder of its own and with nothing of our environment.
pub(crate) struct Gapcheck {
    pub(crate) dir: TempDir,
    args: Vec<std::ffi::OsString>,
    env: Vec<(String, std::ffi::OsString)>,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Gapcheck {
    pub(crate) fn new(line: &str) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            args: line.split_whitespace().map(Into::into).collect(),
            env: Vec::new(),
        }
    }

    /// With a file in its folder.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// With one more argument, spaces and all.
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The same folder with another command line.
    pub(crate) fn again(mut self, line: &str) -> Self {
        self.args = line.split_whitespace().map(Into::into).collect();
        self
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gapcheck"));
        command
            .current_dir(self.dir.path())
            .args(&self.args)
            .env_clear()
            .env("LANG", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command
    }

    pub(crate) fn start(&self) -> Child {
        self.command().spawn().unwrap()
    }

    pub(crate) fn run(&self) -> Ran {
        Ran::of(self.start())
    }
}

impl Ran {
    /// Waits for the end; a process killed by a signal has the code that a shell would show.
    pub(crate) fn of(child: Child) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let output = child.wait_with_output().unwrap();
        let code = output.status.code();
        Self {
            code: code.unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0)),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }

    /// The same, if it ended with this code.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }
}

/// Sends a signal by its name: `INT`, `TERM`, `HUP`.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Waits until something is so; a test that hangs is a failure.
#[track_caller]
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if so() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{what}: not within ten seconds");
}

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Path and query, percent-decoded where plain.
    pub(crate) target: String,
    /// Header lines.
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

/// What the server answers.
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
    /// Never answer: hold the connection until the other side lets go.
    pub(crate) hang: bool,
}

impl Told {
    pub(crate) fn json(body: &str) -> Self {
        Self {
            status: 200,
            headers: vec!["Content-Type: application/json".to_owned()],
            body: body.to_owned(),
            hang: false,
        }
    }

    pub(crate) fn hang() -> Self {
        Self {
            hang: true,
            ..Self::json("")
        }
    }

    /// A vector of one sample with these labels (JSON) and this value.
    pub(crate) fn vector(labels: &str, value: &str) -> Self {
        let now = 1_763_805_965.198_f64;
        Self::json(&format!(
            r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{labels},"value":[{now},"{value}"]}}]}}}}"#
        ))
    }

    pub(crate) fn empty() -> Self {
        Self::json(r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#)
    }
}

/// An HTTP server on a loopback port; it ends with the test's process.
pub(crate) struct Server {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Asked) -> Told + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, answer) = (asked.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (log.clone(), answer.clone());
                thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Self { port, asked }
    }

    /// A Prometheus in which every query has one series of value 1, but those with `absent` in them have none.
    pub(crate) fn prometheus() -> Self {
        Self::start(|asked| {
            if asked.target.contains("absent") || asked.body.contains("absent") {
                Told::empty()
            } else if asked.target.contains("hang") {
                Told::hang()
            } else {
                Told::vector(r#"{"__name__":"up","job":"api"}"#, "1")
            }
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Told) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                break;
            }
            headers.push(line.trim_end().to_owned());
        }
        let length = headers.iter().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<u64>().ok())?
        });
        let mut body = String::new();
        let mut limited = reader.by_ref().take(length.unwrap_or(0));
        let _ = limited.read_to_string(&mut body);
        let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let asked = Asked {
            target,
            headers,
            body,
        };
        log.lock().unwrap().push(asked.clone());
        let told = answer(&asked);
        if told.hang {
            let _ = reader.read_line(&mut String::new());
            return;
        }
        let mut text = format!("HTTP/1.1 {} X\r\n", told.status);
        for header in told.headers {
            text.push_str(&format!("{header}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n", told.body.len()));
        if stream.write_all(text.as_bytes()).is_err()
            || stream.write_all(told.body.as_bytes()).is_err()
        {
            return;
        }
    }
}

/// A port at which nothing listens.
pub(crate) fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A suite over one Prometheus, with these lines of checks.
pub(crate) fn suite(prometheus: &str, checks: &[&str]) -> String {
    let mut text = format!(
        "version: 1\nsuite: s\npipeline:\n  - {{ name: prom, kind: prometheus, url: \"{prometheus}\" }}\nchecks:\n"
    );
    for check in checks {
        text.push_str(&format!("  - {check}\n"));
    }
    text
}

/// Every regular file under a folder, with its bytes.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                found.push((path, bytes));
            }
        }
    }
    found
}

/// Checks that pass, fail and err on any of these servers, one line each.
pub(crate) const PASS: &str = "{ id: pass, promql: up, at: prom, expect: \"> 0\" }";
pub(crate) const FAIL: &str = "{ id: fail, promql: absent_metric, at: prom, expect: \"> 0\" }";
pub(crate) const HANG: &str =
    "{ id: hang, promql: hanging, at: prom, expect: \"> 0\", timeout: 30s }";

/// A check that cannot be asked: nothing listens at its backend.
pub(crate) fn error_suite(checks: &[&str]) -> String {
    suite(&format!("http://127.0.0.1:{}", closed_port()), checks)
}
