//! From the exporter into Prometheus: what keeps a metric from being scraped, stored or computed.

mod agent;
mod causes;
mod config_not_loaded;
mod down;
mod dropped_target;
mod exporters;
mod history;
mod metric_relabel;
mod not_discovered;
mod not_exposed;
mod of_samples;
mod of_targets;
mod pages;
mod rename;
mod replay;
mod rule_failing;
mod scrape_error;
mod series_ended;
mod slow_scrape;
mod suppliers;
mod timestamp_refused;

pub(crate) use causes::CAUSES;
