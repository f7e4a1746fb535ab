//! The JSON envelope around every answer of the Prometheus API, and how the servers differ in it.

use serde_json::{Value, json};

use crate::lab::message::Response;
use crate::lab::number::{in_decimal, in_json};
use crate::lab::promql::{Failure, Outcome};
use crate::lab::version::{PrometheusVersion, ThanosVersion};

/// Whose API answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Prometheus itself.
    Prometheus(PrometheusVersion),
    /// Thanos.
    Thanos(ThanosVersion),
}

impl Dialect {
    /// A success.
    pub(crate) fn success(self, data: &Value) -> Response {
        self.json(200, &json!({"status": "success", "data": data}))
    }

    /// A success of which a part is missing: Thanos says so and forbids to cache it.
    pub(crate) fn partial(self, data: &Value, warnings: &[String]) -> Response {
        if warnings.is_empty() {
            return self.success(data);
        }
        let body = json!({"status": "success", "data": data, "warnings": warnings});
        self.json(200, &body).with("Cache-Control", "no-store")
    }

    /// The result of a query, with the remarks of the engine.
    pub(crate) fn outcome(self, outcome: &Outcome, at_ms: i64, warnings: &[String]) -> Response {
        let number = match self {
            Self::Thanos(ThanosVersion::V0_31) => in_decimal,
            _ => in_json,
        };
        let mut data = outcome.value.to_json(at_ms, number);
        if matches!(self, Self::Thanos(version) if version.knows_engines()) {
            data["analysis"] = json!({});
        }
        if !warnings.is_empty() {
            return self.partial(&data, warnings);
        }
        let remarks = self.remarks(outcome);
        let mut body = json!({"status": "success", "data": data});
        if !remarks.is_empty() {
            let key = match self {
                Self::Thanos(_) => "warnings",
                Self::Prometheus(_) => "infos",
            };
            body[key] = json!(remarks);
        }
        self.json(200, &body)
    }

    /// An error with its type.
    pub(crate) fn error(self, status: u16, kind: &str, text: &str) -> Response {
        let body = json!({"status": "error", "errorType": kind, "error": text});
        let answer = self.json(status, &body);
        match self {
            Self::Thanos(_) => answer.with("Cache-Control", "no-store"),
            Self::Prometheus(_) => answer,
        }
    }

    /// A parameter that is wrong.
    pub(crate) fn bad(self, parameter: &str, text: &str) -> Response {
        match self {
            Self::Thanos(_) => self.error(400, "bad_data", text),
            Self::Prometheus(_) => {
                let text = format!("invalid parameter \"{parameter}\": {text}");
                self.error(400, "bad_data", &text)
            }
        }
    }

    /// A query that has no result.
    pub(crate) fn failure(self, failure: &Failure) -> Response {
        match failure {
            Failure::BadData(text) => self.bad("query", text),
            Failure::Execution(text) => self.error(422, "execution", text),
            Failure::Empty => {
                let place = match self {
                    Self::Prometheus(PrometheusVersion::V2_42) => "1:1",
                    _ => "unknown position",
                };
                self.bad("query", &format!("{place}: parse error: {failure}"))
            }
        }
    }

    fn json(self, status: u16, body: &Value) -> Response {
        let mut answer = Response::json(status, body);
        if matches!(self, Self::Thanos(version) if version.ends_json_with_line_feed()) {
            answer.body.push('\n');
        }
        match self {
            Self::Prometheus(PrometheusVersion::V2_42) => answer,
            _ => answer.with("Vary", "Accept-Encoding"),
        }
    }

    fn remarks(self, outcome: &Outcome) -> Vec<String> {
        if matches!(
            self,
            Self::Prometheus(PrometheusVersion::V2_42) | Self::Thanos(ThanosVersion::V0_31)
        ) {
            return Vec::new();
        }
        outcome
            .not_counters
            .iter()
            .map(|(metric, column)| {
                let place = match self {
                    Self::Thanos(_) => String::new(),
                    Self::Prometheus(_) => format!(" (1:{column})"),
                };
                format!(
                    "PromQL info: metric might not be a counter, name does not end in \
                     _total/_sum/_count/_bucket: \"{metric}\"{place}"
                )
            })
            .collect()
    }
}
