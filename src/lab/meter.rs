//! The metrics of a server about itself, as functions of the moment: its page shows them now, and the history of a Prometheus that
//! scrapes it shows what they were.

use crate::lab::measure::Measure;
use crate::lab::page::Page;
use crate::lab::series::Labels;

/// A family of a server's own metrics.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    /// The family's name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) kind: &'static str,
    /// Its help text.
    pub(crate) help: &'static str,
    /// Its series: the name with its suffix, labels and value.
    pub(crate) series: Vec<(String, Labels, Measure)>,
}

impl Meter {
    /// A family of one series.
    pub(crate) fn one(
        name: &str,
        kind: &'static str,
        help: &'static str,
        labels: &Labels,
        value: Measure,
    ) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            help,
            series: vec![(name.to_owned(), labels.clone(), value)],
        }
    }

    /// A family of series without suffixes.
    pub(crate) fn several(
        name: &str,
        kind: &'static str,
        help: &'static str,
        series: Vec<(Labels, Measure)>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            help,
            series: series
                .into_iter()
                .map(|(labels, value)| (name.to_owned(), labels, value))
                .collect(),
        }
    }
}

/// The page of these metrics at a moment; a family without a series is not on it.
pub(crate) fn page(meters: &[Meter], now_ms: i64) -> String {
    let mut page = Page::default();
    for meter in meters {
        let shown: Vec<(&String, &Labels, f64)> = meter
            .series
            .iter()
            .filter_map(|(name, labels, value)| Some((name, labels, value.at(now_ms)?)))
            .collect();
        if shown.is_empty() {
            continue;
        }
        page.family(&meter.name, meter.kind, meter.help);
        for (name, labels, value) in shown {
            page.sample(name, labels, value);
        }
    }
    page.finish()
}

/// A count as a sample's value.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts stay far below 2^53; only the sentinel of an empty head does not"
)]
pub(crate) fn number(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::{Meter, page};
    use crate::lab::measure::Measure;
    use crate::lab::series::labels;

    #[test]
    fn what_is_not_shown_yet_is_not_on_the_page() {
        let late = Measure::new(|at| (at >= 10).then_some(2.0));
        let of_queue = labels(&[("queue", "a")]);
        let meters = [
            Meter::one("a", "gauge", "A.", &of_queue, Measure::fixed(1.0)),
            Meter::several("b", "counter", "B.", vec![(of_queue.clone(), late)]),
        ];
        let before = "# HELP a A.\n# TYPE a gauge\na{queue=\"a\"} 1\n";
        assert_eq!(page(&meters, 9), before);
        let after = format!("{before}# HELP b B.\n# TYPE b counter\nb{{queue=\"a\"}} 2\n");
        assert_eq!(page(&meters, 10), after);
    }
}
