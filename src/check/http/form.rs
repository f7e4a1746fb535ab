//! The form of an `http` check, and what can be wrong with it before anything is sent.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::ask::Ask;
use crate::backend::{HttpProbe, World};
use crate::check::connection::of_failure;
use crate::check::given::given;
use crate::check::http::body::BodyDemand;
use crate::check::kind::CheckKind;
use crate::check::tls::Tls;
use crate::leaves::{Comparison, Complaint, Judged, LabelMatchers, NumberMatcher, OneOrMore};

/// A URL answers with the status, headers and body that it should. Redirects are not followed: a redirect is an answer of its own. A
/// certificate that is not trusted is a failure.
///
/// ```yaml
/// - http: https://thanos-query.example/-/ready
///   status: 200
///   body: { contains: OK }
///   tls: { days_left: "> 14" }
/// - http: http://prometheus.monitoring.svc:9090/api/v1/status/runtimeinfo
///   body: { /status: success, /data/reloadConfigSuccess: true }
/// ```
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The whole URL, `http://` or `https://`.
    pub http: String,
    /// The method, GET by default.
    #[serde(default)]
    pub method: HttpMethod,
    /// What to send beside the URL.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "Sending")]
    pub send: Option<Sending>,
    /// The status: a number, a comparison, a range, or a list of which one must hold. 200 to 299 by default.
    #[serde(default, deserialize_with = "given")]
    #[schemars(
        skip_serializing_if = "Option::is_none",
        with = "OneOrMore<NumberMatcher>"
    )]
    pub status: Option<OneOrMore<NumberMatcher>>,
    /// What headers of the answer must be, by name in any case. Several of one name are joined by `, `.
    #[serde(default, deserialize_with = "named")]
    pub headers: LabelMatchers,
    /// What the body must hold.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "BodyDemand")]
    pub body: Option<BodyDemand>,
    /// What the certificate must show beyond being trusted; for https only.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "Tls")]
    pub tls: Option<Tls>,
}

/// The methods that change nothing on a well-behaved server; POST for queries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// Read.
    #[default]
    Get,
    /// Read the headers alone.
    Head,
    /// Ask for the options.
    Options,
    /// Send a body, such as a query.
    Post,
}

impl HttpMethod {
    /// The method as it is sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
        }
    }
}

/// What is sent beside the URL. It stands in recordings as written, so it is no place for secrets.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sending {
    /// Headers, by name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, with POST.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub body: Option<String>,
}

/// Matchers of headers, at least one.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LabelMatchers, D::Error> {
    let headers = LabelMatchers::deserialize(deserializer)?;
    if headers.0.is_empty() {
        return Err(D::Error::custom(
            "no header is named; an empty map asserts nothing",
        ));
    }
    Ok(headers)
}

/// Headers that carry credentials.
const CREDENTIALS: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-api-key",
];

impl CheckKind for Http {
    fn subject(&self) -> String {
        self.http.clone()
    }

    fn review(&self, _world: &World) -> Vec<Complaint> {
        let mut complaints = self.review_url();
        complaints.extend(self.review_sending());
        complaints.extend(self.review_status());
        for name in self.headers.0.keys().filter(|name| !is_token(name)) {
            complaints.push(
                Complaint::about("headers", format!("`{name}` is no name of a header")).item(name),
            );
        }
        if let Some(Tls(demand)) = &self.tls {
            complaints.extend(demand.review());
        }
        complaints
    }

    async fn judge(&self, ask: &Ask) -> Judged {
        match ask.http(self.probe()).await {
            Ok(told) => self.judge_answer(&told),
            Err(failure) => {
                let expected = format!("`{}` answers", self.http);
                Judged::of(of_failure(&expected, &failure), failure.what)
            }
        }
    }
}

impl Http {
    fn probe(&self) -> HttpProbe {
        let sending = self.send.clone().unwrap_or_default();
        HttpProbe {
            method: self.method.word().to_owned(),
            url: self.http.clone(),
            headers: sending.headers.into_iter().collect(),
            body: sending.body,
            tls: self
                .tls
                .as_ref()
                .map(|Tls(demand)| demand.probe())
                .unwrap_or_default(),
        }
    }

    fn review_url(&self) -> Vec<Complaint> {
        let complain =
            |message: String, help: &str| vec![Complaint::about("http", message).help(help)];
        let url = match Url::parse(&self.http) {
            Ok(url) => url,
            Err(why) => {
                return complain(
                    format!("`{}` is no URL: {why}", self.http),
                    "Write the whole URL, such as http://thanos-query.monitoring.svc:9090/-/ready.",
                );
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return complain(
                "the URL holds credentials, which every report would show".to_owned(),
                "Leave them out of the URL.",
            );
        }
        match url.scheme() {
            "https" => Vec::new(),
            "http" if self.tls.is_none() => Vec::new(),
            "http" => vec![
                Complaint::about(
                    "tls",
                    "`tls` demands a certificate, and the URL is plain `http://`",
                )
                .help("Write https:// in the URL, or leave `tls` out."),
            ],
            other => complain(
                format!("`{other}` is no scheme that can be asked; http or https is expected"),
                "Write http:// or https://; other ports are asked with `tcp`.",
            ),
        }
    }

    fn review_sending(&self) -> Vec<Complaint> {
        let Some(sending) = &self.send else {
            return Vec::new();
        };
        let mut complaints = Vec::new();
        if sending.headers.is_empty() && sending.body.is_none() {
            complaints.push(
                Complaint::about("send", "an empty `send` sends nothing")
                    .help("Name `headers` or a `body`, or leave it out."),
            );
        }
        if sending.body.is_some() && self.method != HttpMethod::Post {
            complaints.push(
                Complaint::about("send", format!("{} sends no body", self.method.word()))
                    .item("body")
                    .help("Write `method: POST`."),
            );
        }
        for (name, value) in &sending.headers {
            let about =
                |message: String| Complaint::about("send", message).item("headers").item(name);
            if !is_token(name) {
                complaints.push(about(format!("`{name}` is no name of a header")));
            } else if value.contains(|c: char| c.is_control() && c != '\t') {
                complaints.push(about(format!(
                    "the value of `{name}` holds a control character"
                )));
            } else if CREDENTIALS.contains(&name.to_lowercase().as_str()) {
                let mut complaint = about(format!(
                    "`{name}` carries credentials, which would stand in recordings as written"
                ))
                .help("Ask an address that needs none.");
                complaint.warning = true;
                complaints.push(complaint);
            }
        }
        complaints
    }

    fn review_status(&self) -> Vec<Complaint> {
        let none = |matcher: &&NumberMatcher| match matcher {
            NumberMatcher::Compare(Comparison::Equal, status) => {
                !(100.0..600.0).contains(status) || status.fract() != 0.0
            }
            NumberMatcher::Range(low, high) => *high < 100.0 || *low >= 600.0,
            NumberMatcher::Finite => true,
            _ => false,
        };
        self.status
            .iter()
            .flat_map(|status| &status.0)
            .filter(none)
            .map(|matcher| {
                Complaint::about("status", format!("`{matcher}` is no HTTP status"))
                    .help("Write a status from 100 to 599, a comparison or a range.")
            })
            .collect()
    }
}

/// Whether it can be the name of a header (RFC 9110).
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Http {
        serde_json::from_str(form).unwrap()
    }

    fn complaints(form: &str) -> Vec<String> {
        read(form)
            .review(&World::default())
            .into_iter()
            .map(|complaint| format!("{}: {}", complaint.key.join("."), complaint.message))
            .collect()
    }

    #[test]
    fn good_forms_have_no_complaint() {
        for form in [
            r#"{"http": "http://a.example:9090/-/ready"}"#,
            r#"{"http": "https://[::1]/", "status": [200, "300..399"], "tls": true}"#,
            r#"{"http": "http://a/", "method": "POST", "send": {"headers": {"X-Scope-OrgID": "a"}, "body": "q=1"}, "headers": {"Content-Type": "/text.*/"}}"#,
        ] {
            assert_eq!(complaints(form), [] as [&str; 0], "{form}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_before_anything_is_sent() {
        for (form, says) in [
            (
                r#"{"http": "a.example/x"}"#,
                "http: `a.example/x` is no URL: relative URL without a base",
            ),
            (
                r#"{"http": "ftp://a/"}"#,
                "http: `ftp` is no scheme that can be asked; http or https is expected",
            ),
            (
                r#"{"http": "http://u:p@a/"}"#,
                "http: the URL holds credentials, which every report would show",
            ),
            (
                r#"{"http": "http://a/", "tls": true}"#,
                "tls: `tls` demands a certificate, and the URL is plain `http://`",
            ),
            (
                r#"{"http": "http://a/", "send": {"body": "x"}}"#,
                "send.body: GET sends no body",
            ),
            (
                r#"{"http": "http://a/", "send": {}}"#,
                "send: an empty `send` sends nothing",
            ),
            (
                r#"{"http": "http://a/", "send": {"headers": {"a b": "x"}}}"#,
                "send.headers.a b: `a b` is no name of a header",
            ),
            (
                r#"{"http": "http://a/", "send": {"headers": {"a": "x\r\nb: y"}}}"#,
                "send.headers.a: the value of `a` holds a control character",
            ),
            (
                r#"{"http": "http://a/", "send": {"headers": {"Cookie": "x"}}}"#,
                "send.headers.Cookie: `Cookie` carries credentials, which would stand in recordings as written",
            ),
            (
                r#"{"http": "http://a/", "status": 20}"#,
                "status: `20` is no HTTP status",
            ),
            (
                r#"{"http": "http://a/", "status": "finite"}"#,
                "status: `finite` is no HTTP status",
            ),
            (
                r#"{"http": "http://a/", "headers": {"": "x"}}"#,
                "headers.: `` is no name of a header",
            ),
        ] {
            assert_eq!(complaints(form), [says], "{form}");
        }
    }

    #[test]
    fn methods_that_change_something_are_not_known() {
        let why = serde_json::from_str::<Http>(r#"{"http": "http://a/", "method": "DELETE"}"#)
            .unwrap_err()
            .to_string();
        assert!(
            why.contains("unknown variant `DELETE`, expected one of `GET`"),
            "{why}"
        );
    }
}
