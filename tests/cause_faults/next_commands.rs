//! The commands that a finding names: each is one that a shell takes, and each `curl` asks for something that the server has.

use std::time::Duration;

use gapcheck::leaves::{Certainty, Diagnosis, Finding};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

/// What is wrong with the commands of what was found, run while the lab is up.
pub(crate) async fn mistakes(diagnosis: &Diagnosis) -> Vec<String> {
    let mut mistakes = Vec::new();
    for finding in &diagnosis.findings {
        if finding.certainty == Certainty::RuledOut && !finding.next.is_empty() {
            mistakes.push(format!("{}: ruled out, with commands", finding.cause));
        }
        for command in &finding.next {
            if let Err(why) = run(command, finding).await {
                mistakes.push(format!("{}: `{command}`: {why}", finding.cause));
            }
        }
    }
    mistakes
}

async fn run(command: &str, finding: &Finding) -> Result<(), String> {
    let words = words(command).ok_or("no shell takes it")?;
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Some(pipe) = words.iter().position(|word| *word == "|") {
        if words[pipe + 1] != "grep" || words.len() != pipe + 4 {
            return Err("it goes on with what is no `grep OPTION PATTERN`".into());
        }
        words.truncate(pipe);
    }
    match words.as_slice() {
        ["promtool", "check", "config", path] if path.starts_with('/') => Ok(()),
        ["dig", rest @ .., kind] if ["A", "AAAA", "SRV"].contains(kind) => {
            let names = rest.iter().filter(|word| word.contains('.'));
            match names.filter(|word| !word.starts_with('@')).count() {
                0 => Err("it asks for no name".into()),
                _ => Ok(()),
            }
        }
        ["curl", how, rest @ .., url] => {
            let url = Url::parse(url).map_err(|why| why.to_string())?;
            let headers: Vec<&str> = match rest {
                [] => Vec::new(),
                ["-H", header] => vec![header],
                _ => return Err("options that nothing needs here".into()),
            };
            let status = get(&url, &headers).await;
            match (*how, status) {
                ("-sS" | "-sSi", Some(200..=399 | 401 | 403 | 422 | 503)) => Ok(()),
                // How the sender's URL answers is what is to be seen, whatever that is.
                ("-sSi", Some(404)) if finding.cause == "write-url-wrong" => Ok(()),
                ("-sSi", None | Some(405 | 500..600)) => Ok(()),
                (_, status) => Err(format!("it is answered with {status:?}")),
            }
        }
        _ => Err("an unknown command".into()),
    }
}

/// The status of the answer; none where there is no answer.
async fn get(url: &Url, headers: &[&str]) -> Option<u16> {
    let address = (url.host_str()?.to_owned(), url.port_or_known_default()?);
    if url.scheme() != "http" || address.0 != "127.0.0.1" {
        return None;
    }
    let answer = timeout(Duration::from_secs(30), async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let path = &url[url::Position::BeforePath..];
        let headers: String = headers.iter().map(|one| format!("{one}\r\n")).collect();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        Some(answer)
    });
    let answer = answer.await.ok()??;
    let line = String::from_utf8_lossy(&answer);
    line.split(' ').nth(1)?.parse().ok()
}

/// The words that a shell makes of it; none where a quote stays open or a character would do something.
fn words(command: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    let mut characters = command.chars();
    while let Some(one) = characters.next() {
        match one {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            one if quoted => word.get_or_insert_default().push(one),
            '\\' => word.get_or_insert_default().push(characters.next()?),
            ' ' => words.extend(word.take()),
            '$' | '`' | '"' | '&' | ';' | '<' | '>' | '(' | ')' | '*' | '?' | '{' | '#' => {
                return None;
            }
            one => word.get_or_insert_default().push(one),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

#[test]
fn words_are_those_of_a_shell() {
    for (command, expected) in [
        (
            "curl -sS 'http://a/b?c=d&e'",
            Some(vec!["curl", "-sS", "http://a/b?c=d&e"]),
        ),
        (r"a 'it'\''s' b", Some(vec!["a", "it's", "b"])),
        ("curl http://a/b?c=d&e", None),
        ("a 'b", None),
        ("echo $HOME", None),
    ] {
        let expected = expected.map(|words| words.into_iter().map(str::to_owned).collect());
        assert_eq!(words(command), expected, "{command}");
    }
}

#[tokio::test]
async fn a_path_that_the_server_does_not_have_is_noticed() {
    use gapcheck::lab::{incident, start};
    use gapcheck::leaves::Timestamp;
    use std::sync::Arc;

    let model = incident::healthy(Timestamp::now().0);
    let lab = start(model, Arc::new(|| Timestamp::now().0)).await.unwrap();
    let (query, receive) = (lab.query, lab.replicas[0].http);
    for (command, is_well) in [
        (format!("curl -sS http://{query}/api/v1/stores"), true),
        (format!("curl -sS http://{receive}/api/v1/stores"), false),
        (
            format!("curl -sS http://{query}/api/v1/status/config"),
            false,
        ),
        (
            format!("curl -sS http://{query}/api/v1/query?query=up"),
            false,
        ),
        ("kubectl logs receive".to_owned(), false),
        ("promtool check config prometheus.yml".to_owned(), false),
    ] {
        let finding = Finding {
            cause: "store-unhealthy".into(),
            certainty: Certainty::Proven,
            says: String::new(),
            in_short: None,
            evidence: Vec::new(),
            fix: None,
            next: Vec::new(),
            consequences: Vec::new(),
        };
        let ran = run(&command, &finding).await;
        assert_eq!(ran.is_ok(), is_well, "{command}: {ran:?}");
    }
}
