//! The kinds `metric`, `metrics`, `promql` and `scrape`: recorded answers in, verdict out.

mod forecast;
mod lab;
mod lag;
mod metric;
mod metric_review;
mod promql;
mod recorded;
mod same;
mod scene;
mod schema;
mod scrape;
