//! `tcp`: a port answers.

use serde::Deserialize;

use crate::ask::{Ask, Told};
use crate::backend::answer::{ConnectAttempt, TcpAnswer};
use crate::backend::{FailureClass, TcpProbe, World};
use crate::check::connection::{FROM_RUNNER, Unmet, of_failure, verdict};
use crate::check::given::given;
use crate::check::kind::CheckKind;
use crate::check::tls::{Tls, ends};
use crate::leaves::{Complaint, Judged, Table, Verdict, words};

/// A port accepts connections, and shows a good certificate where `tls` is given. All addresses of the host are tried, and the first
/// that answers counts. An open port proves a listener, not a service: a load balancer accepts connections without anything behind it.
///
/// ```yaml
/// - tcp: thanos-receive.monitoring.svc.cluster.local:19291
/// - tcp: "receive.example:443"
///   tls: { names: receive.example, days_left: "> 14" }
/// ```
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tcp {
    /// Host and port: `receive.example:19291`, `10.0.0.1:53`, `"[::1]:80"`.
    pub tcp: String,
    /// Make a TLS handshake: `true` for a trusted certificate that is valid for the host, or a map that demands more.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "Tls")]
    pub tls: Option<Tls>,
    /// The port must refuse connections. No answer at all proves neither, and is an error.
    #[serde(default)]
    pub closed: bool,
}

impl CheckKind for Tcp {
    fn subject(&self) -> String {
        self.tcp.clone()
    }

    fn review(&self, _world: &World) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if let Err(why) = host_and_port(&self.tcp) {
            complaints.push(
                Complaint::about("tcp", why)
                    .help("Write host:port, such as receive.example:19291 or \"[::1]:80\"."),
            );
        }
        if let Some(Tls(demand)) = &self.tls {
            complaints.extend(demand.review());
            if self.closed {
                complaints.push(
                    Complaint::about("closed", "`closed` and `tls` contradict each other")
                        .help("Keep one of them."),
                );
            }
        }
        complaints
    }

    async fn judge(&self, ask: &Ask) -> Judged {
        let (host, port) = match host_and_port(&self.tcp) {
            Ok(parts) => parts,
            Err(why) => {
                return Judged::of(Verdict::error(why, "Write host:port."), "not asked");
            }
        };
        let tls = self.tls.as_ref().map(|Tls(demand)| demand.probe());
        match ask.tcp(TcpProbe { host, port, tls }).await {
            Err(failure) => {
                let expected = format!("`{}` accepts connections", self.tcp);
                Judged::of(of_failure(&expected, &failure), failure.what)
            }
            Ok(told) if self.closed => self.judge_closed(&told),
            Ok(told) => self.judge_open(&told),
        }
    }
}

impl Tcp {
    fn judge_open(&self, told: &Told<TcpAnswer>) -> Judged {
        let answer = &*told.value;
        let Some(address) = &answer.address else {
            let says = reasons(&answer.attempts);
            let expected = format!("`{}` accepts connections", self.tcp);
            let mut judged = Judged::of(Verdict::fail(expected, says.as_str()), says);
            judged.tables.push(attempts(answer));
            return judged;
        };
        let took = answer
            .attempts
            .iter()
            .find(|attempt| attempt.failure.is_none())
            .map_or(0, |attempt| attempt.took_ms);
        let connected = format!("{address} accepts connections ({took}ms)");
        let (unmet, says) = match (&self.tls, &answer.tls) {
            (None, _) => (Vec::new(), connected),
            (Some(Tls(demand)), Some(Ok(seen))) => (
                demand.unmet(seen, told.at),
                format!(
                    "{connected}, {}, certificate of {}: {}",
                    seen.version,
                    seen.issuer,
                    ends(seen, told.at)
                ),
            ),
            (Some(_), Some(Err(failure))) if failure.is_connection() => (
                vec![Unmet::new("a TLS handshake", failure.what.as_str())],
                failure.what.clone(),
            ),
            (Some(_), Some(Err(failure))) => {
                let mut judged = Judged::of(
                    of_failure("a TLS handshake", failure),
                    failure.what.as_str(),
                );
                judged.tables.push(attempts(answer));
                return judged;
            }
            (Some(_), None) => {
                let what = "the answer holds no TLS handshake";
                return Judged::of(Verdict::error(what, "Record the run again."), what);
            }
        };
        let mut judged = Judged::of(verdict(&unmet), format!("{says}; {FROM_RUNNER}"));
        judged.tables.push(attempts(answer));
        judged
    }

    fn judge_closed(&self, told: &Told<TcpAnswer>) -> Judged {
        let answer = &*told.value;
        let expected = format!("`{}` refuses connections", self.tcp);
        let refused = |attempt: &ConnectAttempt| {
            attempt
                .failure
                .as_ref()
                .is_some_and(|failure| failure.class == FailureClass::Refused)
        };
        let (verdict, says) = match &answer.address {
            Some(address) => {
                let says = format!("{address} accepts connections");
                (Verdict::fail(expected, says.as_str()), says)
            }
            None if answer.attempts.iter().all(refused) => {
                (Verdict::Pass, reasons(&answer.attempts))
            }
            None => {
                let says = reasons(&answer.attempts);
                let help = "Find out why nothing answers: only a refusal proves a closed port.";
                (
                    Verdict::error(format!("neither open nor closed: {says}"), help),
                    says,
                )
            }
        };
        let mut judged = Judged::of(verdict, format!("{says}; {FROM_RUNNER}"));
        judged.tables.push(attempts(answer));
        judged
    }
}

/// Why no address answered, each reason once.
fn reasons(attempts: &[ConnectAttempt]) -> String {
    let mut reasons: Vec<&str> = Vec::new();
    for failure in attempts
        .iter()
        .filter_map(|attempt| attempt.failure.as_ref())
    {
        if !reasons.contains(&failure.what.as_str()) {
            reasons.push(&failure.what);
        }
    }
    if reasons.is_empty() {
        return "no address was tried".to_owned();
    }
    reasons.join("; ")
}

fn attempts(answer: &TcpAnswer) -> Table {
    let row = |attempt: &ConnectAttempt| {
        vec![
            attempt.address.clone(),
            attempt
                .failure
                .as_ref()
                .map_or_else(|| "accepted".to_owned(), |failure| failure.what.clone()),
            words::age(i64::try_from(attempt.took_ms).unwrap_or(i64::MAX)),
        ]
    };
    Table {
        title: format!("connection attempts, {FROM_RUNNER}"),
        columns: ["address", "answer", "time"].map(str::to_owned).to_vec(),
        rows: answer.attempts.iter().map(row).collect(),
    }
}

/// Takes `host:port` apart.
fn host_and_port(written: &str) -> Result<(String, u16), String> {
    if written.contains("://") {
        return Err(format!("`{written}` is a URL; host:port is expected"));
    }
    let Some((host, port)) = written.rsplit_once(':') else {
        return Err(format!("`{written}` has no port; host:port is expected"));
    };
    let port = match port.parse::<u16>() {
        Ok(port) if port > 0 => port,
        _ => {
            return Err(format!(
                "`{port}` is no port; a number from 1 to 65535 is expected"
            ));
        }
    };
    let host = match host.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
        Some(Some(inside)) if inside.parse::<std::net::Ipv6Addr>().is_ok() => inside,
        Some(_) => return Err(format!("`{host}` is no IPv6 address in brackets")),
        None if host.contains(':') => {
            return Err(format!(
                "`{host}` looks like an IPv6 address; brackets are expected: `[{host}]:{port}`"
            ));
        }
        None => host,
    };
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || "/@[]".contains(c)) {
        return Err(format!("`{host}` is no host"));
    }
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::ask::{Door, Question, Reply};
    use crate::backend::answer::TlsSeen;
    use crate::backend::{Failure, Trace};
    use crate::leaves::Timestamp;

    fn now() -> Timestamp {
        Timestamp::from_rfc3339("2026-11-23T10:00:00Z").unwrap()
    }

    async fn judge(form: &str, result: Result<TcpAnswer, Failure>) -> Judged {
        let check: Tcp = serde_json::from_str(form).unwrap();
        let script = move |question: &Question| {
            assert!(
                matches!(question, Question::Tcp(probe) if probe.host == "recv.example" && probe.port == 19291)
            );
            let reply = result.clone().map(|answer| Reply::Tcp(Arc::new(answer)));
            (Trace::default(), reply)
        };
        let ask = Door::scripted(now(), Box::new(script)).ask(
            "a",
            &Arc::new(World::default()),
            Duration::from_secs(1),
        );
        check.judge(&ask).await
    }

    fn closed(class: FailureClass, what: &str) -> TcpAnswer {
        TcpAnswer {
            attempts: vec![ConnectAttempt {
                address: "10.0.0.1:19291".to_owned(),
                failure: Some(Failure::new(class, what)),
                took_ms: 2,
            }],
            address: None,
            tls: None,
        }
    }

    fn open(tls: Option<Result<TlsSeen, Failure>>) -> TcpAnswer {
        let mut answer = closed(FailureClass::Unreachable, "no route");
        answer.attempts.push(ConnectAttempt {
            address: "10.0.0.2:19291".to_owned(),
            failure: None,
            took_ms: 3,
        });
        answer.address = Some("10.0.0.2:19291".to_owned());
        answer.tls = tls;
        answer
    }

    fn seen(untrusted: Option<&str>) -> TlsSeen {
        TlsSeen {
            version: "TLSv1.3".to_owned(),
            untrusted: untrusted.map(str::to_owned),
            names: vec!["recv.example".to_owned()],
            issuer: "CN=Test".to_owned(),
            not_before: now(),
            not_after: now().plus_ms(90 * 86_400_000),
        }
    }

    const PLAIN: &str = r#"{"tcp": "recv.example:19291"}"#;
    const TLS: &str = r#"{"tcp": "recv.example:19291", "tls": true}"#;

    #[tokio::test]
    async fn an_open_port_passes_and_says_which_address_answered() {
        let judged = judge(PLAIN, Ok(open(None))).await;
        assert_eq!(judged.verdict, Verdict::Pass);
        assert_eq!(
            judged.says,
            "10.0.0.2:19291 accepts connections (3ms); asked from the runner"
        );
        assert_eq!(
            judged.tables[0].rows[0],
            ["10.0.0.1:19291", "no route", "2ms"]
        );
        assert_eq!(
            judged.tables[0].rows[1],
            ["10.0.0.2:19291", "accepted", "3ms"]
        );
    }

    #[tokio::test]
    async fn a_port_that_does_not_answer_fails_with_the_reason() {
        let judged = judge(
            PLAIN,
            Ok(closed(
                FailureClass::Refused,
                "connection refused by 10.0.0.1:19291",
            )),
        )
        .await;
        assert_eq!(
            judged.verdict,
            Verdict::fail(
                "`recv.example:19291` accepts connections",
                "connection refused by 10.0.0.1:19291"
            )
        );
        let local = Failure::new(FailureClass::Local, "too many open files");
        assert_eq!(judge(PLAIN, Err(local)).await.verdict.state(), "error");
    }

    #[tokio::test]
    async fn t01_a_handshake_passes_with_a_trusted_certificate_alone() {
        let judged = judge(TLS, Ok(open(Some(Ok(seen(None)))))).await;
        assert_eq!(judged.verdict, Verdict::Pass);
        assert_eq!(
            judged.says,
            "10.0.0.2:19291 accepts connections (3ms), TLSv1.3, certificate of CN=Test: it ends on 2027-02-21T10:00:00Z, in 90d (90.0 days); asked from the runner"
        );
        let judged = judge(TLS, Ok(open(Some(Ok(seen(Some("it is self-signed"))))))).await;
        assert_eq!(
            judged.verdict,
            Verdict::fail(
                "a trusted certificate",
                "the certificate is not trusted: it is self-signed"
            )
        );
        for (class, state) in [
            (FailureClass::Tls, "fail"),
            (FailureClass::Timeout, "fail"),
            (FailureClass::Local, "error"),
        ] {
            let failure = Failure::new(class, "why");
            let judged = judge(TLS, Ok(open(Some(Err(failure))))).await;
            assert_eq!(judged.verdict.state(), state);
        }
        // A recording without the handshake proves nothing.
        assert_eq!(judge(TLS, Ok(open(None))).await.verdict.state(), "error");
    }

    #[tokio::test]
    async fn only_a_refusal_proves_a_closed_port() {
        let form = r#"{"tcp": "recv.example:19291", "closed": true}"#;
        for (answer, state) in [
            (closed(FailureClass::Refused, "refused"), "pass"),
            (closed(FailureClass::Timeout, "no answer"), "error"),
            (closed(FailureClass::Name, "no such name"), "error"),
            (open(None), "fail"),
        ] {
            let judged = judge(form, Ok(answer)).await;
            assert_eq!(judged.verdict.state(), state, "{}", judged.says);
        }
    }

    #[test]
    fn hosts_and_ports_are_taken_apart_or_refused_with_the_reason() {
        for (written, host) in [
            ("recv.example:19291", "recv.example"),
            ("10.0.0.1:19291", "10.0.0.1"),
            ("[::1]:19291", "::1"),
        ] {
            assert_eq!(host_and_port(written), Ok((host.to_owned(), 19291)));
        }
        for (written, says) in [
            (
                "recv.example",
                "`recv.example` has no port; host:port is expected",
            ),
            (
                "http://recv:80",
                "`http://recv:80` is a URL; host:port is expected",
            ),
            (
                "recv:0",
                "`0` is no port; a number from 1 to 65535 is expected",
            ),
            (
                "recv:http",
                "`http` is no port; a number from 1 to 65535 is expected",
            ),
            (
                "::1:80",
                "`::1` looks like an IPv6 address; brackets are expected: `[::1]:80`",
            ),
            ("[recv]:80", "`[recv]` is no IPv6 address in brackets"),
            (":80", "`` is no host"),
            ("a b:80", "`a b` is no host"),
        ] {
            assert_eq!(host_and_port(written).unwrap_err(), says, "{written}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_said_before_anything_is_sent() {
        let check: Tcp =
            serde_json::from_str(r#"{"tcp": "recv", "tls": {"ca": " "}, "closed": true}"#).unwrap();
        let said: Vec<String> = check
            .review(&World::default())
            .into_iter()
            .map(|complaint| format!("{}: {}", complaint.key.join("."), complaint.message))
            .collect();
        assert_eq!(
            said,
            [
                "tcp: `recv` has no port; host:port is expected",
                "tls.ca: `ca` is empty",
                "closed: `closed` and `tls` contradict each other",
            ]
        );
    }
}
