//! Native histograms: what was observed, and how it looks in an answer.

use serde_json::{Value, json};

/// A native histogram, as the observations that are in it. Its buckets are those of schema 0: each boundary is twice the one before.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Histogram(pub(crate) Vec<f64>);

/// What is not farther from zero than this is counted as zero, as the Go client does it: 2^-128.
const ZERO: f64 = 2.938_735_877_055_719e-39;

/// How a bucket holds its boundaries: the upper one only, the lower one only, or both.
const UPPER: u8 = 0;
const LOWER: u8 = 1;
const BOTH: u8 = 3;

/// A bucket: which boundaries it holds, the lower one and the upper one.
type Bucket = (u8, f64, f64);

impl Histogram {
    /// How many observations there are.
    #[expect(clippy::cast_precision_loss, reason = "a lab observes little")]
    pub(crate) fn count(&self) -> f64 {
        self.0.len() as f64
    }

    /// The observations of both.
    pub(crate) fn with(mut self, other: &Self) -> Self {
        self.0.extend(&other.0);
        self
    }

    /// As it stands in an answer; `number` says how values are written.
    pub(crate) fn to_json(&self, number: fn(f64) -> String) -> Value {
        let mut buckets: Vec<(Bucket, f64)> = Vec::new();
        for value in &self.0 {
            let bucket = bucket(*value);
            match buckets.iter_mut().find(|(known, _)| *known == bucket) {
                Some((_, count)) => *count += 1.0,
                None => buckets.push((bucket, 1.0)),
            }
        }
        buckets.sort_by(|one, other| one.0.1.total_cmp(&other.0.1));
        let buckets: Vec<Value> = buckets
            .into_iter()
            .map(|((holds, lower, upper), count)| {
                json!([holds, number(lower), number(upper), number(count)])
            })
            .collect();
        let sum: f64 = self.0.iter().sum();
        json!({"count": number(self.count()), "sum": number(sum), "buckets": buckets})
    }
}

/// The bucket of an observation.
fn bucket(value: f64) -> Bucket {
    let size = value.abs();
    if size <= ZERO {
        return (BOTH, -ZERO, ZERO);
    }
    let upper = size.log2().ceil().exp2();
    match value > 0.0 {
        true => (UPPER, upper / 2.0, upper),
        false => (LOWER, -upper, -upper / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;
    use crate::lab::number::in_json;

    #[test]
    fn observations_are_counted_in_buckets_from_the_least_to_the_greatest() {
        let told = Histogram(vec![1234.5, -3.0, 2048.0])
            .with(&Histogram(vec![0.0]))
            .to_json(in_json);
        assert_eq!(told["count"], "4");
        assert_eq!(told["sum"], "3279.5");
        assert_eq!(
            told["buckets"],
            serde_json::json!([
                [1, "-4", "-2", "1"],
                [3, "-2.938735877055719e-39", "2.938735877055719e-39", "1"],
                [0, "1024", "2048", "2"],
            ])
        );
    }
}
