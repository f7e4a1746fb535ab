//! How a Prometheus fares with its targets: which it finds, how often it scrapes them, and why it cannot.

use crate::lab::model::{Prometheus, Target};
use crate::lab::moment::duration;
use crate::lab::upstream::Spoilt;
use crate::lab::version::PrometheusVersion;

impl Prometheus {
    /// The distance between the scrapes of a target.
    pub(crate) fn interval_of(&self, target: &Target) -> i64 {
        let own = target.scraping.interval_ms;
        own.unwrap_or(self.scrape_interval_ms).max(1)
    }

    /// The same as the configuration writes it.
    pub(crate) fn interval_text(&self, target: &Target) -> String {
        duration(self.interval_of(target))
    }

    /// Since when a target's scrapes fail, and with which error.
    pub(crate) fn failing(&self, target: &Target) -> Option<(i64, String)> {
        let down = target.down_since_ms.zip(target.last_error());
        let spoilt = target.scraping.spoilt.and_then(|(since_ms, how)| {
            let error = match how {
                Spoilt::Status(status, reason) => {
                    format!("server returned HTTP status {status} {reason}")
                }
                Spoilt::ContentType(_) if self.version == PrometheusVersion::V2_42 => return None,
                Spoilt::ContentType(kind) => format!(
                    "received unsupported Content-Type {kind:?} and no fallback_scrape_protocol specified for target"
                ),
                Spoilt::SampleLimit(most) => {
                    let samples = target.shown().map(|family| family.samples.len());
                    if samples.sum::<usize>() <= most {
                        return None;
                    }
                    "sample limit exceeded".to_owned()
                }
            };
            Some((since_ms, error))
        });
        down.into_iter()
            .chain(spoilt)
            .min_by_key(|(since_ms, _)| *since_ms)
    }

    /// Targets that discovery finds, dropped ones too.
    pub(crate) fn found(&self) -> impl Iterator<Item = &Target> {
        self.targets
            .iter()
            .filter(|target| target.scraping.vanished_ms.is_none())
    }
}

#[cfg(test)]
mod tests {
    use crate::lab::incident;
    use crate::lab::upstream::Spoilt;

    #[test]
    fn an_old_prometheus_takes_any_content_type() {
        let model = incident::healthy(0);
        let [new, old] = &model.prometheus[..] else {
            panic!("two clusters");
        };
        let mut target = new.targets[0].clone();
        target.scraping.spoilt = Some((0, Spoilt::ContentType("text/html")));
        assert!(new.failing(&target).is_some());
        assert!(old.failing(&target).is_none());
    }

    #[test]
    fn a_limit_that_is_not_exceeded_fails_nothing() {
        let model = incident::healthy(0);
        let ops = &model.prometheus[0];
        let mut target = ops.targets[0].clone();
        target.scraping.spoilt = Some((0, Spoilt::SampleLimit(100)));
        assert_eq!(ops.failing(&target), None);
        target.scraping.spoilt = Some((0, Spoilt::SampleLimit(1)));
        assert_eq!(
            ops.failing(&target).map(|(_, error)| error).as_deref(),
            Some("sample limit exceeded")
        );
    }
}
