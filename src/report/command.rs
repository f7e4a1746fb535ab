//! Commands that repeat an exchange: what a person pastes into a shell to see the same answer.

use crate::leaves::Exchange;

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
        "GET" if is_url(rest) => Some(format!("curl -sS {}", quoted(rest))),
        "HEAD" if is_url(rest) => Some(format!("curl -sSI {}", quoted(rest))),
        "POST" => {
            let (url, body) = rest.split_once(' ').unwrap_or((rest, ""));
            is_url(url).then(|| {
                format!(
                    "curl -sS {} --data-raw {}",
                    quoted(url),
                    quoted(body.trim())
                )
            })
        }
        "A" | "AAAA" | "CNAME" | "SRV" | "TXT" => {
            let mut words = rest.split_whitespace();
            let name = words.next()?;
            let mut command = format!("dig {} {verb}", quoted(name));
            if let Some(server) = words.next().and_then(|word| word.strip_prefix('@')) {
                let server = server.trim_end_matches(',');
                // Name servers are written with their port; dig takes it apart.
                let (host, port) = match server.rsplit_once(':') {
                    Some((host, port)) if !port.is_empty() && port.bytes().all(is_digit) => {
                        (host.trim_matches(['[', ']']), Some(port))
                    }
                    _ => (server, None),
                };
                command.push_str(&format!(" {}", quoted(&format!("@{host}"))));
                if let Some(port) = port.filter(|port| *port != "53") {
                    command.push_str(&format!(" -p {port}"));
                }
            }
            Some(command)
        }
        _ => None,
    }
}

/// The exchange that decided: the first query put to that hop, else the first exchange with it, else the last one that can be
/// repeated.
pub(crate) fn deciding<'a>(evidence: &'a [Exchange], hop: Option<&str>) -> Option<&'a Exchange> {
    let repeatable = || {
        evidence
            .iter()
            .filter(|exchange| command(exchange).is_some())
    };
    let at_hop = || repeatable().filter(|exchange| Some(exchange.backend.as_str()) == hop);
    at_hop()
        .find(|exchange| exchange.request.contains("/query"))
        .or_else(|| at_hop().next())
        .or_else(|| repeatable().next_back())
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn is_url(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://")) && !text.contains(' ')
}

/// A word as a POSIX shell takes it literally; plain words stay as they are, but never begin with a dash.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@:/".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::Timestamp;

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
                "A x @10.0.0.10:53, and with 2 suffixes of the search list",
                Some("dig x A @10.0.0.10"),
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
    fn the_query_put_to_the_hop_decides() {
        let evidence = [
            exchange("prom", "GET http://p/api/v1/query?query=up"),
            exchange("query", "GET http://q/api/v1/stores"),
            exchange("query", "GET http://q/api/v1/query?query=up"),
            exchange("query", "connect q:1"),
        ];
        let request = |hop| deciding(&evidence, hop).map(|exchange| exchange.request.as_str());
        assert_eq!(
            request(Some("query")),
            Some("GET http://q/api/v1/query?query=up")
        );
        assert_eq!(
            request(Some("prom")),
            Some("GET http://p/api/v1/query?query=up")
        );
        assert_eq!(request(None), Some("GET http://q/api/v1/query?query=up"));
        assert_eq!(deciding(&evidence[3..], None), None);
    }
}
