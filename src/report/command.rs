//! Commands that repeat an exchange: what a person pastes into a shell to see the same answer.

use crate::leaves::{Exchange, words};
use crate::report::check_record::CheckRecord;
use crate::report::gap_record::GapRecord;

/// The command that repeats this exchange: `curl -sS 'http://..'` or `dig ..`. None where no such command exists, or where the
/// request holds characters that must not be pasted into a shell. Where the question travelled in a batch, the single request
/// that asks the same is repeated. Credentials are not in it.
pub(crate) fn command(exchange: &Exchange) -> Option<String> {
    let request = exchange.single.as_deref().unwrap_or(&exchange.request);
    if request.chars().any(char::is_control) {
        return None;
    }
    let (verb, rest) = request.split_once(' ')?;
    let rest = rest.trim();
    if rest.is_empty() {
        return None;
    }
    match verb {
        "GET" if is_url(rest) => Some(format!("curl -sS {}", words::shell(rest))),
        "HEAD" if is_url(rest) => Some(format!("curl -sSI {}", words::shell(rest))),
        "POST" => {
            let (url, body) = rest.split_once(' ').unwrap_or((rest, ""));
            is_url(url).then(|| {
                format!(
                    "curl -sS {} --data-raw {}",
                    words::shell(url),
                    words::shell(body.trim())
                )
            })
        }
        "A" | "AAAA" | "CNAME" | "SRV" | "TXT" => {
            let mut words = rest.split_whitespace();
            let name = words.next()?;
            let mut at = String::new();
            if let Some(server) = words.next().and_then(|word| word.strip_prefix('@')) {
                let server = server.trim_end_matches(',');
                // Name servers are written with their port; dig takes it apart.
                let (host, port) = match server.rsplit_once(':') {
                    Some((host, port)) if !port.is_empty() && port.bytes().all(is_digit) => {
                        (host.trim_matches(['[', ']']), Some(port))
                    }
                    _ => (server, None),
                };
                at.push_str(&format!(" {}", words::shell(&format!("@{host}"))));
                if let Some(port) = port.filter(|port| *port != "53") {
                    at.push_str(&format!(" -p {port}"));
                }
            }
            // A short name was asked for under several full names. dig itself leaves the search list out.
            match words.next() {
                Some("as") => {
                    let full: Vec<String> = words
                        .map(|name| format!(" {} {verb}", words::shell(name)))
                        .collect();
                    Some(format!("dig{at}{}", full.concat()))
                }
                _ => Some(format!("dig {} {verb}{at}", words::shell(name))),
            }
        }
        _ => None,
    }
}

/// The exchange that decided, of those that can be repeated: the first query put to the hop that lacks the series (without a gap,
/// to the last hop of the ladder, else to any), else the first exchange with that hop, else the lookup of a name that the verdict
/// speaks of, else the last exchange that is not only about how a server was started.
pub(crate) fn deciding<'a>(
    check: &'a CheckRecord,
    gap: Option<&GapRecord>,
) -> Option<&'a Exchange> {
    let repeatable = || {
        check
            .evidence
            .iter()
            .filter(|exchange| command(exchange).is_some())
    };
    let hop = gap
        .map(|gap| gap.to.as_str())
        .or_else(|| Some(check.ladder.last()?.hop.as_str()));
    // One replica of it is `receive (10.0.0.1:19291)`.
    let replica = |exchange: &Exchange| {
        let label = exchange.backend.strip_prefix(hop?)?.strip_prefix(" (")?;
        label.strip_suffix(')').map(str::to_owned)
    };
    let is_at = |exchange: &Exchange| {
        hop.is_none_or(|hop| exchange.backend == hop) || replica(exchange).is_some()
    };
    let is_blamed =
        |exchange: &Exchange| replica(exchange).is_some_and(|label| check.message.contains(&label));
    let is_one_blamed = repeatable().any(is_blamed);
    let at_hop = || {
        repeatable().filter(|exchange| is_at(exchange) && (!is_one_blamed || is_blamed(exchange)))
    };
    let is_query = |exchange: &&Exchange| exchange.request.contains("/api/v1/query");
    let is_named = |exchange: &&Exchange| {
        let mut words = exchange.request.split_whitespace();
        words
            .nth(1)
            .is_some_and(|name| !is_url(name) && check.message.contains(name))
    };
    let is_of_start = |exchange: &&Exchange| {
        let paths = [
            "/api/v1/status/flags",
            "/api/v1/status/buildinfo",
            "/api/v1/status/config",
        ];
        paths.iter().any(|path| exchange.request.ends_with(path))
    };
    // What was asked over gRPC no command repeats, and how a server was set up does not stand for it.
    let is_of_grpc = check
        .evidence
        .iter()
        .any(|exchange| exchange.request.starts_with("gRPC "));
    at_hop()
        .find(is_query)
        .or_else(|| hop.and_then(|_| at_hop().next()))
        .or_else(|| repeatable().find(is_named))
        .or_else(|| repeatable().rfind(|exchange| !is_of_start(exchange)))
        .or_else(|| repeatable().next_back().filter(|_| !is_of_grpc))
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn is_url(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://")) && !text.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::{RungState, Timestamp};
    use crate::report::gap_record::EdgeRecord;
    use crate::report::record::{ExitSummary, Record};

    fn exchange(backend: &str, request: &str) -> Exchange {
        Exchange {
            n: 1,
            backend: backend.into(),
            question: "instant query".into(),
            request: request.into(),
            single: None,
            status: Some(200),
            at: Timestamp(0),
            took_ms: 1,
            attempts: 1,
            answer: String::new(),
        }
    }

    #[test]
    fn requests_become_commands_that_a_shell_takes_literally() {
        for (request, expected) in [
            (
                "GET http://q:9090/api/v1/query?query=up",
                Some("curl -sS 'http://q:9090/api/v1/query?query=up'"),
            ),
            (
                "GET http://q/api?x='$(id)'",
                Some(r"curl -sS 'http://q/api?x='\''$(id)'\'''"),
            ),
            (
                "POST http://q/api query=up{job=\"a\"}",
                Some("curl -sS http://q/api --data-raw 'query=up{job=\"a\"}'"),
            ),
            (
                "A thanos.svc. @10.0.0.10:53",
                Some("dig thanos.svc. A @10.0.0.10"),
            ),
            (
                "A x @10.0.0.10:53, as x.a.example. x.",
                Some("dig @10.0.0.10 x.a.example. A x. A"),
            ),
            (
                "SRV _g._tcp.x @[::1]:5353",
                Some("dig _g._tcp.x SRV '@::1' -p 5353"),
            ),
            (
                "A ;reboot @10.0.0.10:53",
                Some("dig ';reboot' A @10.0.0.10"),
            ),
            ("connect h:19291", None),
            ("GET http://a\n rm -rf /", None),
            ("GET --output=/etc/passwd", None),
            ("", None),
        ] {
            let expected = expected.map(|text| text.replace("'@::1'", "@::1"));
            assert_eq!(command(&exchange("q", request)), expected, "{request}");
        }
    }

    #[test]
    fn the_query_put_to_the_hop_that_lacks_the_series_decides() {
        let exit = ExitSummary::new(1, "the reason");
        let mut record = Record::unfinished(Timestamp(0), "runner", &exit);
        let mut check = record.checks.remove(0);
        let request = |check: &CheckRecord, to: Option<&str>| {
            let gap = to.map(|to| GapRecord {
                id: String::new(),
                check: check.id.clone(),
                metric: "up".into(),
                cluster: None,
                from: None,
                to: to.into(),
                edge: EdgeRecord::Exact,
                shows: RungState::Absent,
                ladder: Vec::new(),
                control: None,
                why_empty: Vec::new(),
                waived: false,
                causes: Vec::new(),
            });
            deciding(check, gap.as_ref()).map(|exchange| exchange.request.clone())
        };
        let (at_prom, at_query) = (
            "GET http://p/api/v1/query?query=up",
            "GET http://q/api/v1/query?query=up",
        );
        check.evidence = vec![
            exchange("prom", at_prom),
            exchange("query", "GET http://q/api/v1/flags"),
            exchange("query", at_query),
            exchange("query", "GET http://q/api/v1/stores"),
        ];
        assert_eq!(request(&check, Some("query")).as_deref(), Some(at_query));
        assert_eq!(request(&check, Some("prom")).as_deref(), Some(at_prom));
        assert_eq!(request(&check, None).as_deref(), Some(at_prom));
        // Of replicas, the one that is blamed.
        check.evidence = vec![
            exchange("prom (a:9090)", at_prom),
            exchange("prom (b:9090)", at_query),
        ];
        assert_eq!(request(&check, Some("prom")).as_deref(), Some(at_prom));
        check.message = "found 0 series on 1 of 2 replicas (b:9090) at prom".into();
        assert_eq!(request(&check, Some("prom")).as_deref(), Some(at_query));
        check.evidence = vec![
            exchange("runner", "A gone.svc @10.0.0.10:53"),
            exchange("runner", "A there.svc @10.0.0.10:53"),
        ];
        check.message = "expected `gone.svc` has A records; found NXDOMAIN".into();
        assert_eq!(
            request(&check, None).as_deref(),
            Some("A gone.svc @10.0.0.10:53")
        );
        // With what flags a server was started is asked to weigh its answers, not for itself.
        let stores = "GET http://q/api/v1/stores";
        check.evidence = vec![
            exchange("query", stores),
            exchange("query", "GET http://q/api/v1/status/flags"),
        ];
        assert_eq!(request(&check, None).as_deref(), Some(stores));
        let config = "GET http://p/api/v1/status/config";
        check.evidence = vec![exchange("prom", config)];
        assert_eq!(request(&check, None).as_deref(), Some(config));
        check
            .evidence
            .push(exchange("receive", "gRPC r:10901 Series"));
        assert_eq!(request(&check, None), None);
        check.evidence = vec![exchange("runner", "connect q:1")];
        assert_eq!(request(&check, None), None);
    }
}
