//! The kinds `metric`, `metrics`, `promql`, `scrape` and `rules`: recorded answers in, verdict out.

mod lab;
mod metric;
mod metric_review;
mod promql;
mod recorded;
mod rules;
mod scene;
mod schema;
mod scrape;
