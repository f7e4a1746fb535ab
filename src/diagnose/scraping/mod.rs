//! From the exporter into Prometheus: what keeps a metric from being scraped, stored or computed.

mod causes;

pub(crate) use causes::CAUSES;
