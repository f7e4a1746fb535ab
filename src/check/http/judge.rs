//! Judging an HTTP answer: status, headers, body and certificate, each demand that is not met told.

use crate::ask::Told;
use crate::backend::answer::HttpAnswer;
use crate::check::connection::{FROM_RUNNER, Unmet, verdict};
use crate::check::http::form::Http;
use crate::check::tls::{Tls, ends};
use crate::leaves::{Judged, words};

/// As much of a header as a message shows, in bytes.
const SHOWN: usize = 200;

impl Http {
    /// Judges a whole answer.
    pub(crate) fn judge_answer(&self, told: &Told<HttpAnswer>) -> Judged {
        let answer = &*told.value;
        let mut unmet: Vec<Unmet> = self.unmet_status(answer).into_iter().collect();
        unmet.extend(self.unmet_headers(answer));
        if let Some(body) = &self.body {
            unmet.extend(body.unmet(&answer.body));
        }
        if let Some(Tls(demand)) = &self.tls {
            match &answer.tls {
                Some(seen) => unmet.extend(demand.unmet(seen, told.at)),
                None => unmet.push(Unmet::new("a certificate", "the connection was plain")),
            }
        }
        let certificate = answer
            .tls
            .as_ref()
            .map(|seen| format!(", {}, certificate: {}", seen.version, ends(seen, told.at)))
            .unwrap_or_default();
        let says = format!(
            "HTTP {}, {}{certificate}; {FROM_RUNNER}",
            answer.status,
            words::bytes(answer.body.len() as u64)
        );
        Judged::of(verdict(&unmet), says)
    }

    fn unmet_status(&self, answer: &HttpAnswer) -> Option<Unmet> {
        let status = f64::from(answer.status);
        let (holds, expected) = match &self.status {
            Some(matchers) => {
                let said: Vec<String> = matchers.0.iter().map(ToString::to_string).collect();
                (
                    matchers.0.iter().any(|matcher| matcher.holds(status)),
                    format!("HTTP status {}", said.join(" or ")),
                )
            }
            None => (
                (200..300).contains(&answer.status),
                "HTTP status 200..299".to_owned(),
            ),
        };
        (!holds).then(|| {
            let location = value(answer, "location");
            let to = if (300..400).contains(&answer.status) && !location.is_empty() {
                format!(
                    ", a redirect to {}, which is not followed",
                    words::cut(&location, SHOWN)
                )
            } else {
                String::new()
            };
            Unmet::new(expected, format!("HTTP status {}{to}", answer.status))
        })
    }

    fn unmet_headers(&self, answer: &HttpAnswer) -> Vec<Unmet> {
        self.headers
            .0
            .iter()
            .filter_map(|(name, matcher)| {
                let found = value(answer, &name.to_lowercase());
                (!matcher.holds(&found)).then(|| {
                    let said = match found.as_str() {
                        "" => format!("no header `{name}`"),
                        text => format!("header `{name}` {:?}", words::cut(text, SHOWN)),
                    };
                    Unmet::new(format!("header `{name}` {matcher}"), said)
                })
            })
            .collect()
    }
}

/// All values of a header (its name in lower case), joined as RFC 9110 says.
fn value(answer: &HttpAnswer, name: &str) -> String {
    let values: Vec<&str> = answer
        .headers
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
        .collect();
    values.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::ask::{Door, Reply};
    use crate::backend::answer::{HttpAnswer, TlsSeen};
    use crate::backend::{Failure, FailureClass, Trace, World};
    use crate::check::http::form::Http;
    use crate::check::kind::CheckKind;
    use crate::leaves::{Judged, Timestamp, Verdict};

    fn now() -> Timestamp {
        Timestamp::from_rfc3339("2026-11-23T10:00:00Z").unwrap()
    }

    async fn judge(form: &str, result: Result<HttpAnswer, Failure>) -> Judged {
        let check: Http = serde_json::from_str(form).unwrap();
        let script = move |_: &_| {
            let reply = result.clone().map(|answer| Reply::Http(Arc::new(answer)));
            (Trace::default(), reply)
        };
        let ask = Door::scripted(now(), Box::new(script)).ask(
            "a",
            &Arc::new(World::default()),
            Duration::from_secs(1),
        );
        check.judge(&ask).await
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> HttpAnswer {
        HttpAnswer {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.to_owned(),
            tls: None,
        }
    }

    #[tokio::test]
    async fn without_a_word_on_it_any_200_passes_and_nothing_else() {
        let form = r#"{"http": "http://a.example/"}"#;
        let judged = judge(form, Ok(answer(204, &[], ""))).await;
        assert_eq!(judged.verdict, Verdict::Pass);
        assert_eq!(judged.says, "HTTP 204, 0 bytes; asked from the runner");
        let moved = answer(301, &[("location", "https://a.example/")], "");
        assert_eq!(
            judge(form, Ok(moved)).await.verdict,
            Verdict::fail(
                "HTTP status 200..299",
                "HTTP status 301, a redirect to https://a.example/, which is not followed"
            )
        );
    }

    #[tokio::test]
    async fn every_demand_that_is_not_met_is_told() {
        let form = r#"{"http": "http://a.example/", "status": [200, ">= 500"], "headers": {"Content-Type": "/application\\/json.*/", "X-Frame": false, "Vary": true},
            "body": {"/status": "success", "/data/0/up": "> 0"}}"#;
        let good = answer(
            503,
            &[
                ("content-type", "application/json; charset=utf-8"),
                ("vary", "a"),
                ("vary", "b"),
            ],
            r#"{"status": "success", "data": [{"up": 1}]}"#,
        );
        assert_eq!(judge(form, Ok(good)).await.verdict, Verdict::Pass);
        let bad = answer(
            404,
            &[("content-type", "text/html"), ("x-frame", "DENY")],
            r#"{"status": "error", "data": []}"#,
        );
        assert_eq!(
            judge(form, Ok(bad)).await.verdict,
            Verdict::fail(
                "HTTP status 200 or >= 500; header `Content-Type` /application\\/json.*/; header `Vary` present; header `X-Frame` absent; `/status` \"success\"; `/data/0/up` > 0",
                "HTTP status 404; header `Content-Type` \"text/html\"; no header `Vary`; header `X-Frame` \"DENY\"; `/status` \"error\"; `/data/0/up` no such value"
            )
        );
    }

    #[tokio::test]
    async fn the_certificate_is_judged_too() {
        let form = r#"{"http": "https://a.example/", "tls": {"days_left": "> 14"}}"#;
        let mut answer = answer(200, &[], "ok");
        answer.tls = Some(TlsSeen {
            version: "TLSv1.3".to_owned(),
            untrusted: None,
            names: vec!["a.example".to_owned()],
            issuer: "CN=Test".to_owned(),
            not_before: now(),
            not_after: now().plus_ms(7 * 86_400_000),
        });
        let judged = judge(form, Ok(answer)).await;
        assert_eq!(
            judged.verdict,
            Verdict::fail(
                "a certificate with > 14 days left",
                "it ends on 2026-11-30T10:00:00Z, in 7d (7.0 days)"
            )
        );
    }

    #[tokio::test]
    async fn a_failed_connection_fails_and_what_could_not_be_asked_errs() {
        let form = r#"{"http": "http://a.example/"}"#;
        for (class, state) in [
            (FailureClass::Refused, "fail"),
            (FailureClass::Unreachable, "fail"),
            (FailureClass::Name, "fail"),
            (FailureClass::Timeout, "fail"),
            (FailureClass::Tls, "fail"),
            (FailureClass::Broken, "fail"),
            (FailureClass::NotThatApi, "fail"),
            (FailureClass::TooLarge, "error"),
            (FailureClass::Local, "error"),
            (FailureClass::Deadline, "error"),
            (FailureClass::Interrupted, "error"),
            (FailureClass::NotRecorded, "error"),
        ] {
            let judged = judge(form, Err(Failure::new(class, "why"))).await;
            assert_eq!(judged.verdict.state(), state, "{class:?}");
            assert_eq!(judged.says, "why");
        }
    }
}
