//! The exporter of cluster `ops`: one page of metrics.

use crate::lab::message::{Request, Response};
use crate::lab::model::Model;
use crate::lab::page::{Page, TEXT_FORMAT};
use crate::lab::scrape::classic;
use crate::lab::series::{Arrival, NAME, Series, Value};
use crate::lab::upstream::Spoilt;

/// Answers as the exporter.
pub(crate) fn answer(model: &Model, now_ms: i64, request: &Request) -> Response {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET" | "HEAD", "/metrics") => {
            let target = model.exporter();
            match target.and_then(|target| target.scraping.spoilt) {
                Some((_, Spoilt::Status(status, reason))) => Response::refusal(status, reason),
                Some((_, Spoilt::ContentType(kind))) => Response::page(kind, page(model, now_ms)),
                _ => Response::page(TEXT_FORMAT, page(model, now_ms)),
            }
        }
        (_, "/metrics") => Response::wrong_method("GET, HEAD"),
        _ => Response::not_found(),
    }
}

fn page(model: &Model, now_ms: i64) -> String {
    let mut page = Page::default();
    let Some(target) = model.exporter() else {
        return page.finish();
    };
    for family in target.shown() {
        page.family(&family.name, &family.kind, &family.help);
        for (labels, value) in &family.samples {
            let value = if family.kind == "counter" {
                climbed(model, *value, now_ms)
            } else {
                *value
            };
            let stamp = family.stamp.map(|stamp| stamp.at(now_ms));
            if family.kind == "histogram" {
                for (name, labels, value) in classic(&family.name, labels, value) {
                    page.stamped(&name, &labels, value, stamp);
                }
                continue;
            }
            page.stamped(&family.name, labels, value, stamp);
        }
    }
    page.finish()
}

/// A counter's value now, as the next scrape would see it.
fn climbed(model: &Model, per_second: f64, now_ms: i64) -> f64 {
    let since_ms = model
        .prometheus
        .first()
        .map_or(now_ms, |one| one.first_scrape_ms);
    let counter = Series {
        labels: [(NAME.to_owned(), String::new())].into(),
        since_ms,
        every_ms: 1,
        ended: None,
        arrival: Arrival::default(),
        value: Value::Climbing { per_second },
        merged: Vec::new(),
    };
    counter.newest(now_ms).map_or(0.0, |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::lab::incident;
    use crate::lab::message::Request;

    #[test]
    fn the_page_shows_the_incident_s_value() {
        let answer = answer(&incident::healthy(0), 0, &Request::get("/metrics"));
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains(
            "aws_cost_exporter_current_month_cost{account=\"111111111111\",service=\"AWSLambda\"} -9.994e-07\n"
        ));
        assert!(
            answer
                .body
                .contains("# TYPE aws_cost_exporter_scrapes_total counter\n")
        );
    }

    #[test]
    fn other_paths_and_methods_are_refused() {
        let model = incident::healthy(0);
        assert_eq!(answer(&model, 0, &Request::get("/")).status, 404);
        let mut post = Request::get("/metrics");
        post.method = "POST".to_owned();
        assert_eq!(answer(&model, 0, &post).status, 405);
    }
}
