//! The kinds `metric`, `metrics`, `promql`, `scrape`, `rules`, `receive` and `store`: recorded answers in, verdict out.

mod lab;
mod metric;
mod metric_review;
mod promql;
mod receive;
mod recorded;
mod rules;
mod scene;
mod schema;
mod scrape;
mod store;
