//! The result of an instant query: vector, matrix, scalar or string, in whichever order its two keys come.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};

use crate::backend::answer::{QueryResult, Sample, SampleValue, Series};
use crate::backend::go_json;
use crate::leaves::{Labels, Timestamp, words};

/// `data` of an answer. Further keys are left alone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Data {
    result_type: String,
    #[serde(deserialize_with = "go_json::list")]
    result: Vec<Element>,
    #[serde(default)]
    analysis: serde_json::Value,
}

/// What stands in the list: series in a vector and a matrix, a time and a text in a scalar and a string.
#[derive(Debug)]
enum Element {
    Series(Item),
    Time,
    Text(String),
}

#[derive(Debug, Deserialize)]
struct Item {
    #[serde(default, deserialize_with = "go_json::labels")]
    metric: Labels,
    value: Option<(f64, Number)>,
    values: Option<Vec<(f64, Number)>>,
    histogram: Option<(f64, Histogram)>,
    histograms: Option<Vec<(f64, Histogram)>>,
}

/// A number as the API writes it: a text that Go can read, finite unless it says that it is not.
#[derive(Debug)]
struct Number(String);

#[derive(Debug, Deserialize)]
struct Histogram {
    count: Number,
    sum: Number,
}

impl Data {
    /// Whether a Thanos Query Frontend passed it on: it writes out the empty `analysis` that a Query leaves as `{}` (0.36 to 0.42;
    /// earlier ones cannot be told).
    pub(crate) fn is_passed_on(&self) -> bool {
        let key = |name: &str| self.analysis.get(name);
        key("name").is_some_and(|name| name == "")
            && key("executionTime").is_some_and(|time| time == "0s")
            && key("children").is_some_and(serde_json::Value::is_null)
    }

    /// The typed result, or what is wrong with it.
    pub(crate) fn into_result(self) -> Result<QueryResult, String> {
        match self.result_type.as_str() {
            "vector" => items(self.result, "vector")?
                .into_iter()
                .map(Item::into_sample)
                .collect::<Result<_, _>>()
                .map(QueryResult::Vector),
            "matrix" => items(self.result, "matrix")?
                .into_iter()
                .map(Item::into_series)
                .collect::<Result<_, _>>()
                .map(QueryResult::Matrix),
            "scalar" => {
                let text = single(self.result, "scalar")?;
                number(&text)?;
                Ok(QueryResult::Scalar(SampleValue::Float(text)))
            }
            "string" => single(self.result, "string").map(QueryResult::String),
            other => Err(format!(
                "`resultType` is `{}`, expected vector, matrix, scalar or string",
                words::cut(other, 40)
            )),
        }
    }
}

fn items(elements: Vec<Element>, kind: &str) -> Result<Vec<Item>, String> {
    elements
        .into_iter()
        .map(|element| match element {
            Element::Series(item) => Ok(item),
            Element::Time | Element::Text(_) => {
                Err(format!("a {kind} holds something that is no series"))
            }
        })
        .collect()
}

fn single(elements: Vec<Element>, kind: &str) -> Result<String, String> {
    let mut elements = elements.into_iter();
    match (elements.next(), elements.next(), elements.next()) {
        (Some(Element::Time), Some(Element::Text(text)), None) => Ok(text),
        _ => Err(format!("a {kind} is not a time and a text")),
    }
}

impl Item {
    fn into_sample(self) -> Result<Sample, String> {
        let value = match (self.value, self.histogram) {
            (Some((_, number)), None) => SampleValue::Float(number.0),
            (None, Some((_, histogram))) => histogram.into(),
            (None, None) => return Err(format!("`{}` has no value", self.metric)),
            (Some(_), Some(_)) => {
                return Err(format!("`{}` has a value and a histogram", self.metric));
            }
        };
        Ok(Sample {
            labels: self.metric,
            value,
        })
    }

    fn into_series(self) -> Result<Series, String> {
        if self.values.is_none() && self.histograms.is_none() {
            return Err(format!("`{}` has no values", self.metric));
        }
        let floats = self.values.unwrap_or_default().into_iter();
        let histograms = self.histograms.unwrap_or_default().into_iter();
        let mut samples: Vec<(Timestamp, SampleValue)> = floats
            .map(|(time, number)| (Timestamp::from_seconds(time), SampleValue::Float(number.0)))
            .chain(
                histograms
                    .map(|(time, histogram)| (Timestamp::from_seconds(time), histogram.into())),
            )
            .collect();
        samples.sort_by_key(|(time, _)| *time);
        Ok(Series {
            labels: self.metric,
            samples,
        })
    }
}

impl From<Histogram> for SampleValue {
    fn from(histogram: Histogram) -> Self {
        Self::Histogram {
            count: histogram.count.0,
            sum: histogram.sum.0,
        }
    }
}

/// A number in Go's spelling. One too large for a float is refused: it would become infinite without a word.
pub(crate) fn number(text: &str) -> Result<f64, String> {
    let value: f64 = text
        .parse()
        .map_err(|_| format!("`{}` is not a number", words::cut(text, 60)))?;
    let spelled = text.bytes().any(|byte| byte.is_ascii_digit());
    if value.is_infinite() && spelled {
        return Err(format!(
            "`{}` is beyond what a float can hold",
            words::cut(text, 60)
        ));
    }
    Ok(value)
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number in quotes")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                number(text).map_err(E::custom)?;
                Ok(Number(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Element;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a series, or the time or the text of a scalar")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Element, A::Error> {
                Item::deserialize(MapAccessDeserializer::new(map)).map(Element::Series)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Element, E> {
                Ok(Element::Time)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Element, E> {
                Ok(Element::Time)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Element, E> {
                Ok(Element::Time)
            }
            fn visit_str<E>(self, text: &str) -> Result<Element, E> {
                Ok(Element::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(json: &str) -> Result<QueryResult, String> {
        serde_json::from_str::<Data>(json)
            .map_err(|error| error.to_string())?
            .into_result()
    }

    #[test]
    fn the_order_of_the_keys_does_not_matter() {
        let item = r#"[{"value":[1,"2"],"metric":{"a":"b"}}]"#;
        let first = result(&format!(r#"{{"resultType":"vector","result":{item}}}"#));
        let last = result(&format!(r#"{{"result":{item},"resultType":"vector"}}"#));
        assert_eq!(first, last);
        assert!(matches!(first, Ok(QueryResult::Vector(samples)) if samples.len() == 1));
    }

    #[test]
    fn floats_and_native_histograms_of_a_series_are_in_the_order_of_time() {
        let json = r#"{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"],[3,"3"]],
            "histograms":[[2,{"count":"7","sum":"1.5","buckets":[[0,"1","2","3"]]}]]}]}"#;
        let Ok(QueryResult::Matrix(series)) = result(json) else {
            panic!("no matrix");
        };
        let times: Vec<i64> = series[0].samples.iter().map(|(time, _)| time.0).collect();
        assert_eq!(times, [1000, 2000, 3000]);
        assert_eq!(
            series[0].samples[1].1.raw(),
            "histogram of 7 observations, sum 1.5"
        );
    }

    #[test]
    fn h10_numbers_keep_their_spelling_and_none_becomes_infinite() {
        for text in [
            "NaN",
            "+Inf",
            "-Inf",
            "-9.994e-07",
            "-0",
            "123456789012345678901234567890",
        ] {
            let scalar = format!(r#"{{"resultType":"scalar","result":[1,"{text}"]}}"#);
            assert_eq!(
                result(&scalar),
                Ok(QueryResult::Scalar(SampleValue::Float(text.into())))
            );
        }
        for value in [r#""1e400""#, r#""""#, r#""one""#, "1.5", "null", "NaN"] {
            let vector = format!(
                r#"{{"resultType":"vector","result":[{{"metric":{{}},"value":[1,{value}]}}]}}"#
            );
            assert!(result(&vector).is_err(), "{value}");
        }
    }

    #[test]
    fn p02_what_is_no_result_is_said_to_be_none() {
        for (json, problem) in [
            (
                r#"{"resultType":"streams","result":[]}"#,
                "`resultType` is `streams`",
            ),
            (r#"{"resultType":"vector","result":[1,"2"]}"#, "no series"),
            (
                r#"{"resultType":"scalar","result":[]}"#,
                "not a time and a text",
            ),
            (
                r#"{"resultType":"vector","result":[{"metric":{"a":"b"}}]}"#,
                "has no value",
            ),
            (
                r#"{"resultType":"matrix","result":[{"metric":{}}]}"#,
                "has no values",
            ),
            (r#"{"result":[]}"#, "missing field `resultType`"),
            (
                r#"{"resultType":"vector","result":[{"metric":{"a":"1","a":"2"},"value":[1,"2"]}]}"#,
                "duplicate key `a`",
            ),
        ] {
            let said = result(json).unwrap_err();
            assert!(said.contains(problem), "{json}: {said}");
        }
    }
}
