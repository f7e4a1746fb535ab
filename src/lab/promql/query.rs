//! A query from its text to its result, at one moment or over a range.

use crate::lab::promql::eval::Evaluation;
use crate::lab::promql::failure::Failure;
use crate::lab::promql::reading::read;
use crate::lab::promql::remarks::not_counters;
use crate::lab::promql::value::{Computed, Line, Point};
use crate::lab::series::{Labels, Series};

/// How far back an instant query looks, where no flag `--query.lookback-delta` says otherwise.
pub(crate) const LOOKBACK_MS: i64 = 300_000;

/// A result with what the engine remarks about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    /// The value.
    pub value: Computed,
    /// Metrics that were treated as counters and are not named as such, with their column in the query.
    pub not_counters: Vec<(String, usize)>,
}

/// Evaluates a query at one moment.
///
/// # Errors
///
/// What the server would refuse.
pub(crate) fn instant(
    text: &str,
    series: &[Series],
    at_ms: i64,
    lookback_ms: i64,
) -> Result<Outcome, Failure> {
    let expr = read(text)?;
    let value = Evaluation {
        series,
        at_ms,
        lookback_ms,
    }
    .of(&expr)?;
    if let Computed::Vector(points) = &value {
        distinct(points)?;
    }
    Ok(Outcome {
        value,
        not_counters: not_counters(text, &expr, series),
    })
}

/// Evaluates a query at each step from `start_ms` to `end_ms`.
///
/// # Errors
///
/// What the server would refuse.
pub(crate) fn range(
    text: &str,
    series: &[Series],
    (start_ms, end_ms, step_ms): (i64, i64, i64),
    lookback_ms: i64,
) -> Result<Outcome, Failure> {
    let expr = read(text)?;
    let mut lines: Vec<Line> = Vec::new();
    let mut at_ms = start_ms;
    while at_ms <= end_ms {
        let evaluation = Evaluation {
            series,
            at_ms,
            lookback_ms,
        };
        let points = match evaluation.of(&expr)? {
            Computed::Vector(points) => points,
            Computed::Scalar(value) => vec![Point::made(Labels::new(), value)],
            Computed::Matrix(_) | Computed::Text(_) => {
                return Err(Failure::BadData(
                    "invalid expression type for range query, must be Scalar or instant Vector"
                        .to_owned(),
                ));
            }
        };
        distinct(&points)?;
        for point in points {
            let sample = (at_ms, point.value);
            match lines.iter_mut().find(|line| line.labels == point.labels) {
                Some(line) => line.samples.push(sample),
                None => lines.push(Line {
                    labels: point.labels,
                    samples: vec![sample],
                    native: point.native,
                }),
            }
        }
        at_ms += step_ms;
    }
    lines.sort_by(|a, b| a.labels.cmp(&b.labels));
    Ok(Outcome {
        value: Computed::Matrix(lines),
        not_counters: not_counters(text, &expr, series),
    })
}

/// Two results that nothing tells apart are an error of the evaluation.
fn distinct(points: &[Point]) -> Result<(), Failure> {
    let mut all: Vec<_> = points.iter().map(|point| &point.labels).collect();
    all.sort();
    if all.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Failure::Execution(
            "vector cannot contain metrics with the same labelset".to_owned(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Failure, instant, range};
    use crate::lab::number::in_json;
    use crate::lab::promql::value::Computed;
    use crate::lab::series::{Arrival, Ended, Series, Value, labels};

    const LOOKBACK: i64 = 300_000;
    const NOW: i64 = 1_000_000;

    fn one(name: &str, job: &str, value: Value) -> Series {
        Series {
            labels: labels(&[("__name__", name), ("job", job)]),
            since_ms: 10_000,
            every_ms: 15_000,
            ended: None,
            arrival: Arrival::default(),
            value,
            merged: Vec::new(),
        }
    }

    fn world() -> Vec<Series> {
        let mut gone = one("gone", "a", Value::Constant(7.0));
        gone.end(Ended {
            at_ms: 400_000,
            marker: false,
        });
        vec![
            one("up", "a", Value::Constant(1.0)),
            one("up", "b", Value::Constant(0.0)),
            one("cost", "a", Value::Constant(-9.994e-07)),
            one("hits_total", "a", Value::Climbing { per_second: 2.0 }),
            gone,
        ]
    }

    fn ask(text: &str) -> Result<Computed, Failure> {
        instant(text, &world(), NOW, LOOKBACK).map(|outcome| outcome.value)
    }

    fn values(text: &str) -> Vec<f64> {
        match ask(text).expect("a result") {
            Computed::Vector(points) => points.iter().map(|point| point.value).collect(),
            Computed::Scalar(value) => vec![value],
            other => panic!("{text} gives {other:?}"),
        }
    }

    #[test]
    fn an_instant_selector_sees_only_its_lookback() {
        assert_eq!(values("up"), [1.0, 0.0]);
        assert!(values("gone").is_empty());
        assert_eq!(values("last_over_time(gone[1h])"), [7.0]);
    }

    #[test]
    fn a_range_selector_gives_true_times() {
        let Computed::Matrix(lines) = ask("up{job=\"a\"}[1m]").expect("a matrix") else {
            panic!("no matrix");
        };
        let times: Vec<i64> = lines[0].samples.iter().map(|sample| sample.0).collect();
        assert_eq!(times, [955_000, 970_000, 985_000, 1_000_000]);
    }

    #[test]
    fn timestamp_gives_the_sample_s_time_and_else_the_evaluation_s() {
        assert_eq!(values("timestamp(cost)"), [1000.0]);
        assert_eq!(
            instant("timestamp(cost)", &world(), NOW + 5_000, LOOKBACK)
                .map(|outcome| outcome.value.to_json(0, in_json)["result"][0]["value"][1].clone())
                .expect("a result"),
            "1000"
        );
        assert_eq!(values("timestamp(cost + 0)"), [1000.0]);
        assert_eq!(values("max(time() - timestamp(cost))"), [0.0]);
    }

    #[test]
    fn aggregations_group() {
        assert_eq!(values("count(up)"), [2.0]);
        assert_eq!(values("sum by (job) (up)"), [1.0, 0.0]);
        assert_eq!(values("avg without (job) (up)"), [0.5]);
        assert_eq!(values("min(up)"), [0.0]);
        assert_eq!(values("max(up)"), [1.0]);
        assert_eq!(values("group(up)"), [1.0]);
        assert_eq!(
            values(r#"count by (__name__) ({__name__=~"up|cost|nothing"})"#),
            [1.0, 2.0]
        );
        assert!(values("sum(nothing)").is_empty());
    }

    #[test]
    fn comparisons_filter_and_bool_does_not() {
        assert_eq!(values("up == 0"), [0.0]);
        assert_eq!(values("up > bool 0"), [1.0, 0.0]);
        assert!(values("cost > 0").is_empty());
        assert_eq!(values("0 > cost"), [-9.994e-07]);
        assert_eq!(values("1 < bool 2"), [1.0]);
    }

    #[test]
    fn arithmetic_works_on_scalars_and_matching_series() {
        assert_eq!(values("1 + 2 * 3"), [7.0]);
        assert_eq!(values("2 ^ 3 ^ 2"), [512.0]);
        assert_eq!(values("up + 1"), [2.0, 1.0]);
        assert_eq!(values("up{job=\"a\"} - on (job) up{job=\"a\"}"), [0.0]);
        assert_eq!(values("-up"), [-1.0, 0.0]);
    }

    #[test]
    fn set_operators_pick_sides() {
        assert_eq!(values("nothing or up"), [1.0, 0.0]);
        assert_eq!(values("up and on (job) cost"), [1.0]);
        assert_eq!(values("up unless on (job) cost"), [0.0]);
    }

    #[test]
    fn rates_come_from_first_and_last_sample() {
        assert_eq!(values("rate(hits_total[1m])"), [2.0]);
        assert_eq!(values("increase(hits_total[1m])"), [120.0]);
        let outcome = instant("rate(cost[1m])", &world(), NOW, LOOKBACK).expect("a result");
        assert_eq!(outcome.not_counters, [("cost".to_owned(), 6)]);
    }

    #[test]
    fn absence_can_be_asked() {
        assert_eq!(values("absent(nothing{job=\"x\"})"), [1.0]);
        assert!(values("absent(up)").is_empty());
    }

    #[test]
    fn results_that_nothing_tells_apart_are_refused() {
        assert_eq!(
            ask(r#"timestamp({__name__=~"up|cost"})"#),
            Err(Failure::Execution(
                "vector cannot contain metrics with the same labelset".to_owned()
            ))
        );
    }

    #[test]
    fn what_is_no_promql_is_bad_data() {
        assert_eq!(
            ask("up{"),
            Err(Failure::BadData(
                "1:4: parse error: unexpected end of input inside braces".to_owned()
            ))
        );
        assert_eq!(ask("  "), Err(Failure::Empty));
        for text in [
            "topk(1, up)",
            "histogram_quantile(0.9, up)",
            "up @ 5",
            "up[1h:1m] offset 5m",
            "up * on (job) group_left cost",
            "up >",
            "((((",
            "up{job=~\"(\"}",
            "\u{0}",
        ] {
            assert!(
                matches!(ask(text), Err(Failure::BadData(_))),
                "{text} gives {:?}",
                ask(text)
            );
        }
    }

    #[test]
    fn an_endless_expression_is_refused_before_it_is_followed() {
        for piece in ["(", "-", "1+", "up or ", "sum("] {
            let text = format!("{}up", piece.repeat(20_000));
            assert!(matches!(ask(&text), Err(Failure::BadData(_))), "{piece}");
        }
        let long = format!(r#"{{__name__=~"{}up"}}"#, "a-b=c|".repeat(2_000));
        assert_eq!(values(&long), [1.0, 0.0]);
    }

    #[test]
    fn a_range_query_asks_at_each_step() {
        let outcome = range("up", &world(), (0, 30_000, 10_000), LOOKBACK).expect("a result");
        let Computed::Matrix(lines) = outcome.value else {
            panic!("no matrix");
        };
        let times: Vec<i64> = lines[0].samples.iter().map(|sample| sample.0).collect();
        assert_eq!(times, [10_000, 20_000, 30_000]);
        assert!(range("up[1m]", &world(), (0, 1, 1), LOOKBACK).is_err());
    }

    #[test]
    fn a_subquery_is_evaluated_at_whole_steps() {
        assert_eq!(
            values("min(min_over_time(timestamp(up{job=\"a\"})[2m:1m]))"),
            [895.0]
        );
        assert_eq!(
            values("max(max_over_time(timestamp(up{job=\"a\"})[2m:]))"),
            [955.0]
        );
        assert!(ask("max_over_time(up[11000d:1s])").is_err());
    }
}
