//! The envelope of the Prometheus HTTP API: what is an answer, what is a refusal, and what is neither.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::backend::failure::{Failure, FailureClass};
use crate::backend::http_status::phrase;
use crate::backend::server_text::{LONGEST_QUOTE, html, one_line, quoted};
use crate::backend::wrong_endpoint;
use crate::leaves::words;

/// Bytes of a server's error text that a message quotes: these name stores and addresses, so they are cut late.
const REASON: usize = 2_000;

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answered<D> {
    pub(crate) data: D,
    pub(crate) warnings: Vec<String>,
    pub(crate) infos: Vec<String>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "D: Deserialize<'de>"))]
struct Envelope<'a, D> {
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    data: Option<D>,
    #[serde(borrow, rename = "errorType")]
    error_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    error: Option<Cow<'a, str>>,
    warnings: Option<Vec<String>>,
    infos: Option<Vec<String>>,
    /// VictoriaMetrics' cluster version says so where it could not ask every storage node.
    #[serde(rename = "isPartial")]
    is_partial: Option<bool>,
}

/// Reads an answer to a question put at that path (`api/v1/query`). The content type is not believed: JSON is read whatever it is
/// called, and nothing else is.
pub(crate) fn read<D: DeserializeOwned>(
    path: &str,
    status: u16,
    content_type: &str,
    body: &[u8],
) -> Result<Answered<D>, Failure> {
    let good = (200..300).contains(&status);
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) if good => {
            return Err(malformed(
                format!("not UTF-8 at byte {}", error.valid_up_to()),
                body,
                error.valid_up_to(),
            ));
        }
        Err(_) => return Err(no_answer(path, status, &String::from_utf8_lossy(body))),
    };
    if !text.trim_start().starts_with(['{', '[']) {
        return Err(match good {
            true => not_json(path, content_type, text),
            false => no_answer(path, status, text),
        });
    }
    let envelope: Envelope<'_, D> = match serde_json::from_str(text) {
        Ok(envelope) => envelope,
        Err(error) => {
            // The data may be in a form of its own beside an error, which is what matters then.
            if let Ok(envelope) = serde_json::from_str::<Envelope<'_, IgnoredAny>>(text)
                && envelope.status.as_deref() == Some("error")
            {
                return Err(refusal(path, status, &envelope));
            }
            return Err(match good {
                true => unreadable(&error, text),
                false => no_answer(path, status, text),
            });
        }
    };
    match envelope.status.as_deref() {
        Some("error") => Err(refusal(path, status, &envelope)),
        Some("success") if good => match envelope.data {
            Some(data) => {
                let mut warnings = envelope.warnings.unwrap_or_default();
                if envelope.is_partial == Some(true) {
                    warnings
                        .push("the server says that its answer is partial (`isPartial`)".into());
                }
                Ok(Answered {
                    data,
                    warnings,
                    infos: envelope.infos.unwrap_or_default(),
                })
            }
            None => Err(malformed(
                "`status` is `success`, but there is no `data`".into(),
                body,
                0,
            )),
        },
        _ if !good => Err(no_answer(path, status, text)),
        Some(other) => Err(Failure::new(
            FailureClass::Malformed,
            format!(
                "`status` is `{}`, expected `success` or `error`",
                words::cut(other, 40)
            ),
        )),
        None => Err(Failure::new(
            FailureClass::NotThatApi,
            format!(
                "JSON, but no answer of the Prometheus API (no `status`): {}",
                quoted(text)
            ),
        )
        .help("Check the address: the API's base is wanted, without `/api/v1`.")),
    }
}

/// A text or a page instead of JSON, though the server says that all is well.
fn not_json(path: &str, content_type: &str, text: &str) -> Failure {
    if let Some(page) = html(text) {
        return Failure::new(
            FailureClass::NotThatApi,
            format!("expected JSON, got HTML{page}"),
        )
        .help("This may be a login page or a user interface: check the address, its path prefix and the credentials.");
    }
    if content_type.contains("json") {
        return malformed(
            "not JSON: it begins with neither `{` nor `[` at byte 0".into(),
            text.as_bytes(),
            0,
        );
    }
    let sent_as = match content_type {
        "" => "a text without a content type".to_owned(),
        named => format!("`{}`", words::cut(named, 80)),
    };
    let failure = Failure::new(
        FailureClass::NotThatApi,
        format!("expected JSON, got {sent_as}: {}", quoted(text)),
    );
    match wrong_endpoint::hint(path, 200, text) {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// A status that is no answer, with the server's own text.
pub(crate) fn no_answer(path: &str, status: u16, text: &str) -> Failure {
    let mut said = match html(text) {
        Some(page) => format!("HTML{page}"),
        None => quoted(text),
    };
    // `404 page not found` says nothing that `404 Not Found` does not.
    if said == "404 page not found" || said.is_empty() {
        said.clear();
    }
    let mut what = match status {
        401 | 403 => format!("credentials rejected: {}", phrase(status)),
        407 => format!("the proxy wants credentials: {}", phrase(status)),
        _ => phrase(status),
    };
    if path.starts_with('/') || path.starts_with("api/") {
        what = format!("{what} at `/{}`", path.trim_start_matches('/'));
    }
    if !said.is_empty() {
        what = format!("{what}: {said}");
    }
    let failure = Failure::new(FailureClass::Status(status), what);
    match wrong_endpoint::hint(path, status, text) {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// `status: error`: the server understood and refused.
fn refusal<D>(path: &str, status: u16, envelope: &Envelope<'_, D>) -> Failure {
    let error = envelope.error.as_deref().unwrap_or("no reason given");
    let error = words::cut(error.trim(), REASON);
    let what = match envelope.error_type.as_deref() {
        // VictoriaMetrics writes the status where Prometheus names a type.
        None | Some("") => format!("{status}: {error}"),
        Some(kind) if kind.bytes().all(|byte| byte.is_ascii_digit()) => format!("{kind}: {error}"),
        Some(kind) => format!("{status} {kind}: {error}"),
    };
    let failure = Failure::new(FailureClass::Refusal(status), what);
    match wrong_endpoint::hint(path, status, &error) {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// JSON that cannot be read, with the place.
fn unreadable(error: &serde_json::Error, text: &str) -> Failure {
    let offset = offset(error, text);
    let reason = error.to_string();
    let reason = match reason.rfind(" at line ") {
        Some(end) => &reason[..end],
        None => &reason,
    };
    let problem = match error.classify() {
        serde_json::error::Category::Eof => format!("the JSON ends at byte {offset}: {reason}"),
        serde_json::error::Category::Syntax => format!("not JSON at byte {offset}: {reason}"),
        _ => format!("unexpected JSON at byte {offset}: {reason}"),
    };
    malformed(problem, text.as_bytes(), offset)
}

fn offset(error: &serde_json::Error, text: &str) -> usize {
    if error.is_eof() {
        return text.len();
    }
    let before: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    (before + error.column().saturating_sub(1)).min(text.len())
}

/// An answer that cannot be read, with what stands around the place.
fn malformed(problem: String, body: &[u8], offset: usize) -> Failure {
    let start = offset.saturating_sub(LONGEST_QUOTE / 2);
    let end = body.len().min(start + LONGEST_QUOTE);
    let around = String::from_utf8_lossy(&body[start..end]);
    let around = one_line(&around);
    let what = match around.is_empty() {
        true => format!("{problem} (the body is empty)"),
        false => format!("{problem}, near `{around}`"),
    };
    Failure::new(FailureClass::Malformed, what)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn query(status: u16, content_type: &str, body: &[u8]) -> Failure {
        read::<BTreeMap<String, String>>("api/v1/query", status, content_type, body)
            .map(|answered| answered.data)
            .expect_err("not an answer")
    }

    #[test]
    fn h07_a_login_page_is_named_by_its_title() {
        let page = b"<!DOCTYPE html>\n<html><head><TITLE>Sign\n in</TITLE></head></html>";
        let failure = query(200, "text/html; charset=utf-8", page);
        assert_eq!(failure.class, FailureClass::NotThatApi);
        assert_eq!(failure.what, "expected JSON, got HTML (title `Sign in`)");
        let failure = query(502, "text/html", page);
        assert_eq!(failure.class, FailureClass::Status(502));
        assert!(
            failure.what.ends_with("HTML (title `Sign in`)"),
            "{failure}"
        );
    }

    #[test]
    fn h08_bad_json_has_its_byte_and_its_surroundings() {
        for (body, byte) in [
            (&b"{\"status\":\"success\",\"data\":{\"a\":NaN}}"[..], 32),
            (b"{\"status\":\"success\",\n\"data\":{\"a\":\"b\"", 36),
            (b"{\"status\":\"success\",\"data\":{\"a\":\"b\"}} junk", 38),
            (b"{\"status\":\"success\",\"data\":{\"a\":\"\xff\"}}", 33),
        ] {
            let failure = query(200, "application/json", body);
            assert_eq!(failure.class, FailureClass::Malformed, "{failure}");
            assert!(
                failure.what.contains(&format!("byte {byte}")),
                "{byte}: {failure}"
            );
        }
        let utf16: Vec<u8> = "{}"
            .encode_utf16()
            .flat_map(|unit| unit.to_le_bytes())
            .collect();
        assert_eq!(
            query(200, "application/json", &utf16).class,
            FailureClass::Malformed
        );
        let failure = query(200, "application/json", b"\xef\xbb\xbf{}");
        assert!(failure.what.contains("byte 0"), "{failure}");
        let failure = query(200, "application/json", b"");
        assert!(failure.what.contains("empty"), "{failure}");
    }

    #[test]
    fn h09_keys_that_stand_twice_are_refused() {
        let failure = query(
            200,
            "application/json",
            br#"{"status":"success","status":"error","data":{}}"#,
        );
        assert!(failure.what.contains("duplicate field"), "{failure}");
    }

    #[test]
    fn p02_an_error_is_a_refusal_whatever_its_status_and_its_data() {
        let failure = query(
            200,
            "application/json",
            br#"{"status":"error","errorType":"execution","error":"no","data":[1]}"#,
        );
        assert_eq!(failure.class, FailureClass::Refusal(200));
        assert_eq!(failure.what, "200 execution: no");
        let failure = query(
            422,
            "application/json",
            br#"{"status":"error","errorType":"422","error":"no"}"#,
        );
        assert_eq!(failure.what, "422: no");
    }

    #[test]
    fn p02_success_without_data_is_no_answer() {
        for body in [
            r#"{"status":"success"}"#,
            r#"{"status":"success","data":null}"#,
        ] {
            let failure = query(200, "application/json", body.as_bytes());
            assert_eq!(failure.class, FailureClass::Malformed);
            assert!(failure.what.contains("no `data`"), "{failure}");
        }
        assert_eq!(
            query(200, "application/json", br#"{"message":"hello"}"#).class,
            FailureClass::NotThatApi
        );
    }

    #[test]
    fn h22_json_is_read_whatever_it_is_called() {
        let body = br#"{"status":"success","data":{"a":"b"}}"#;
        for content_type in ["", "text/plain", "application/json; charset=latin-1"] {
            let answered =
                read::<BTreeMap<String, String>>("api/v1/query", 200, content_type, body);
            assert_eq!(answered.unwrap().data.len(), 1, "{content_type}");
        }
    }

    #[test]
    fn h11_rejected_credentials_are_said_to_be_rejected() {
        let failure = query(401, "text/plain", b"Unauthorized\n");
        assert_eq!(failure.class, FailureClass::Status(401));
        assert!(
            failure
                .what
                .starts_with("credentials rejected: 401 Unauthorized"),
            "{failure}"
        );
        assert!(failure.help.is_some());
    }
}
