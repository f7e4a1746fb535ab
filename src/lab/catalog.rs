//! The parts of the API that Prometheus and Query share: queries, series, label names and label values.

use std::collections::BTreeSet;

use promql_parser::parser::VectorSelector;
use serde_json::{Value, json};

use crate::lab::envelope::Dialect;
use crate::lab::message::{Request, Response};
use crate::lab::moment::{parse_step, parse_time};
use crate::lab::promql::{Failure, instant, parse_selector, range};
use crate::lab::series::{Labels, Series};

/// What is asked of which series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Catalog<'a> {
    /// Whose API this is.
    pub dialect: Dialect,
    /// All series it can show.
    pub series: &'a [Series],
    /// The clock.
    pub now_ms: i64,
    /// How far an instant query looks back.
    pub lookback_ms: i64,
    /// What is missing from the series, said beside every answer.
    pub warnings: &'a [String],
}

const MOST_POINTS: i64 = 11_000;

impl Catalog<'_> {
    /// `/api/v1/query`.
    pub(crate) fn query(&self, request: &Request) -> Response {
        let at_ms = match self.time(request, "time", self.now_ms) {
            Ok(time) => time,
            Err(answer) => return answer,
        };
        let text = request.param("query").unwrap_or("");
        match instant(text, self.series, at_ms, self.lookback_ms) {
            Ok(outcome) => self.dialect.outcome(&outcome, at_ms, self.warnings),
            Err(failure) => self.dialect.failure(&failure),
        }
    }

    /// `/api/v1/query_range`.
    pub(crate) fn query_range(&self, request: &Request) -> Response {
        let bounds = (
            self.needed_time(request, "start"),
            self.needed_time(request, "end"),
        );
        let (start_ms, end_ms) = match bounds {
            (Ok(start), Ok(end)) => (start, end),
            (Err(answer), _) | (_, Err(answer)) => return answer,
        };
        if end_ms < start_ms {
            let text = "end timestamp must not be before start time";
            return self.dialect.bad("end", text);
        }
        let step = request.param("step").unwrap_or("");
        let Some(step_ms) = parse_step(step) else {
            let text = format!("cannot parse {step:?} to a valid duration");
            return self.dialect.bad("step", &text);
        };
        if step_ms <= 0 {
            let text = "zero or negative query resolution step widths are not accepted. Try a positive integer";
            return self.dialect.bad("step", text);
        }
        if (end_ms - start_ms) / step_ms > MOST_POINTS {
            return self.dialect.error(
                400,
                "bad_data",
                "exceeded maximum resolution of 11,000 points per timeseries. \
                 Try decreasing the query resolution (?step=XX)",
            );
        }
        let text = request.param("query").unwrap_or("");
        match range(
            text,
            self.series,
            (start_ms, end_ms, step_ms),
            self.lookback_ms,
        ) {
            Ok(outcome) => self.dialect.outcome(&outcome, end_ms, self.warnings),
            Err(failure) => self.dialect.failure(&failure),
        }
    }

    /// `/api/v1/series`.
    pub(crate) fn series(&self, request: &Request) -> Response {
        if request.param("match[]").is_none() {
            return self
                .dialect
                .error(400, "bad_data", "no match[] parameter provided");
        }
        self.listed(request, |found| {
            let all: BTreeSet<&Labels> = found.iter().map(|one| &one.labels).collect();
            all.into_iter().map(|labels| json!(labels)).collect()
        })
    }

    /// `/api/v1/labels`.
    pub(crate) fn label_names(&self, request: &Request) -> Response {
        self.listed(request, |found| {
            let all: BTreeSet<&String> = found.iter().flat_map(|one| one.labels.keys()).collect();
            all.into_iter().map(|name| json!(name)).collect()
        })
    }

    /// `/api/v1/label/NAME/values`.
    pub(crate) fn label_values(&self, request: &Request, label: &str) -> Response {
        self.listed(request, |found| {
            let all: BTreeSet<&String> = found
                .iter()
                .filter_map(|one| one.labels.get(label))
                .collect();
            all.into_iter().map(|value| json!(value)).collect()
        })
    }

    fn listed(&self, request: &Request, list: impl Fn(&[&Series]) -> Vec<Value>) -> Response {
        let found = match self.found(request) {
            Ok(found) => found,
            Err(answer) => return answer,
        };
        let mut items = list(&found);
        let mut warnings = self.warnings.to_vec();
        let limit = request.param("limit").and_then(|limit| limit.parse().ok());
        if let Some(limit) = limit
            && limit > 0
            && items.len() > limit
        {
            items.truncate(limit);
            warnings.push("results truncated due to limit".to_owned());
        }
        self.dialect.partial(&json!(items), &warnings)
    }

    /// The series that the `match[]` name, or all; within `start` and `end`, or of all time.
    fn found(&self, request: &Request) -> Result<Vec<&Series>, Response> {
        let mut selectors: Vec<VectorSelector> = Vec::new();
        for text in request.all("match[]") {
            let selector =
                parse_selector(text).map_err(|message| self.dialect.bad("match[]", &message))?;
            selectors.push(selector);
        }
        let start_ms = self.time(request, "start", i64::MIN)?;
        let end_ms = self.time(request, "end", i64::MAX)?.min(self.now_ms);
        Ok(self
            .series
            .iter()
            .filter(|one| {
                selectors.is_empty() || selectors.iter().any(|named| one.is_selected(named))
            })
            .filter(|one| one.newest(end_ms).is_some_and(|(time, _)| time >= start_ms))
            .collect())
    }

    fn needed_time(&self, request: &Request, name: &str) -> Result<i64, Response> {
        let text = request.param(name).unwrap_or("");
        parse_time(text).ok_or_else(|| self.bad_time(name, text))
    }

    fn time(&self, request: &Request, name: &str, otherwise: i64) -> Result<i64, Response> {
        match request.param(name) {
            None | Some("") => Ok(otherwise),
            Some(text) => parse_time(text).ok_or_else(|| self.bad_time(name, text)),
        }
    }

    fn bad_time(&self, name: &str, text: &str) -> Response {
        let text = format!("cannot parse {text:?} to a valid timestamp");
        self.dialect.bad(name, &text)
    }
}

/// The label of a path `/api/v1/label/NAME/values`.
pub(crate) fn label_of(path: &str) -> Option<&str> {
    path.strip_prefix("/api/v1/label/")?
        .strip_suffix("/values")
        .filter(|name| !name.is_empty() && !name.contains('/'))
}

/// Whether a query can be read at all, before stores are asked.
pub(crate) fn is_readable(text: &str) -> Result<(), Failure> {
    instant(text, &[], 0, 1).map(|_| ())
}
