//! The kinds `metric`, `metrics`, `promql`, `scrape`, `rules`, `receive` and `store`: recorded answers in, verdict out.

mod forecast;
mod lab;
mod lab_tenants;
mod lag;
mod metric;
mod metric_review;
mod passing_on;
mod promql;
mod receive;
mod recognised;
mod recorded;
mod replicas;
mod rules;
mod same;
#[expect(dead_code, reason = "the scene serves the tests of the diagnosis, too")]
mod scene;
mod schema;
mod scrape;
mod store;
mod tenants;
mod unseen;
