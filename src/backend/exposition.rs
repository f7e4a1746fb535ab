//! Pages of metrics: Prometheus' text format 0.0.4 and OpenMetrics 1.0, as a Prometheus reads them.

use std::time::Duration;

use reqwest::Method;
use url::Url;

use crate::backend::address::address;
use crate::backend::answer::{Page, PageSample};
use crate::backend::client::Clients;
use crate::backend::exposition_line::{Format, sample};
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::json;
use crate::backend::kind::Capability;
use crate::backend::outgoing::Outgoing;
use crate::backend::server_text::html;
use crate::backend::trace::{Exchanged, Trace};
use crate::backend::world::Backend;
use crate::leaves::words;

/// What a Prometheus asks for, without protobuf.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

/// Fetches an exporter's page. An address without a path means `/metrics`, as in Prometheus.
pub async fn page(clients: &Clients, backend: &Backend, timeout: Duration) -> Exchanged<Page> {
    let mut url = match address(backend, Capability::Page, "") {
        Ok(_) => backend
            .answers(Capability::Page)
            .cloned()
            .expect("it has an address, as was just seen"),
        Err(failure) => return (Trace::default(), Err(failure)),
    };
    if url.path() == "/" {
        url.set_path("/metrics");
    }
    fetch(clients, Some(backend), url, timeout).await
}

/// Fetches the page on which a server tells of itself: `/metrics` below its own path.
pub async fn own_page(clients: &Clients, backend: &Backend, timeout: Duration) -> Exchanged<Page> {
    match address(backend, Capability::OwnMetrics, "metrics") {
        Ok(url) => fetch(clients, Some(backend), url, timeout).await,
        Err(failure) => (Trace::default(), Err(failure)),
    }
}

/// Fetches the page at this address, without credentials.
pub async fn page_at(clients: &Clients, url: &str, timeout: Duration) -> Exchanged<Page> {
    match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => {
            fetch(clients, None, parsed, timeout).await
        }
        _ => {
            let what = format!("`{}` is not an http address", words::cut(url, 200));
            (
                Trace::default(),
                Err(Failure::new(FailureClass::NotThatApi, what)),
            )
        }
    }
}

async fn fetch(
    clients: &Clients,
    backend: Option<&Backend>,
    url: Url,
    timeout: Duration,
) -> Exchanged<Page> {
    let outgoing = Outgoing {
        backend,
        method: Method::GET,
        url,
        form: None,
        accept: ACCEPT,
    };
    clients.exchange(outgoing, timeout, parse_page).await
}

/// Reads a page of metrics.
///
/// # Errors
/// A status that is no page, something that is no page of metrics, or the first line that a Prometheus would refuse, with its
/// number.
pub fn parse_page(status: u16, content_type: &str, body: &[u8]) -> Result<Page, Failure> {
    if status != 200 {
        let text = String::from_utf8_lossy(body);
        return Err(json::no_answer("", status, &text));
    }
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("application/vnd.google.protobuf") {
        return Err(not_a_page("protobuf, which was not asked for".into()));
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        Failure::new(
            FailureClass::Malformed,
            format!("the page is not UTF-8 at byte {}", error.valid_up_to()),
        )
    })?;
    if let Some(page) = html(text) {
        return Err(not_a_page(format!("HTML{page}")));
    }
    if text.starts_with("{\"") && media.contains("json") {
        return Err(not_a_page("JSON".into()));
    }
    let format = match media.eq_ignore_ascii_case("application/openmetrics-text") {
        true => Format::OpenMetrics,
        false => Format::Text,
    };
    Ok(Page {
        content_type: content_type.to_owned(),
        samples: samples(text, format)?,
    })
}

fn samples(text: &str, format: Format) -> Result<Vec<PageSample>, Failure> {
    let mut samples = Vec::new();
    let mut ended = false;
    for (index, line) in text.split('\n').enumerate() {
        let refused = |problem: String| {
            Failure::new(
                FailureClass::Malformed,
                format!(
                    "line {} of the page: {problem}: `{}`",
                    index + 1,
                    words::cut(line, 200)
                ),
            )
            .help("A Prometheus refuses the whole page for this line: correct the exporter.")
        };
        if ended && !line.is_empty() {
            return Err(refused("something follows `# EOF`".into()));
        }
        let content = line.trim_start_matches([' ', '\t']);
        if content.is_empty() {
            continue;
        }
        if content.starts_with('#') {
            ended = format == Format::OpenMetrics && content == "# EOF";
            continue;
        }
        samples.push(sample(content, format).map_err(refused)?);
    }
    if format == Format::OpenMetrics && !ended {
        return Err(Failure::new(
            FailureClass::Malformed,
            "the page does not end with `# EOF`, as OpenMetrics must: it may be cut",
        ));
    }
    Ok(samples)
}

fn not_a_page(found: String) -> Failure {
    Failure::new(
        FailureClass::NotThatApi,
        format!("expected a page of metrics, got {found}"),
    )
    .help("Give the whole address of the page of metrics, its path included.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::{Labels, Timestamp};

    fn text(body: &str) -> Result<Page, Failure> {
        parse_page(200, "text/plain; version=0.0.4", body.as_bytes())
    }

    fn open(body: &str) -> Result<Page, Failure> {
        parse_page(
            200,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            body.as_bytes(),
        )
    }

    #[test]
    fn the_text_format_is_read_as_prometheus_reads_it() {
        let page = text(concat!(
            "# HELP a some \\n text\n# TYPE a gauge\n# any comment\n\n",
            "a 1\n",
            "a{} 2\n",
            "  a{ b = \"c\" , d=\"e\\\\f\\\"g\\nh\\i\", } -9.994e-07 1795432836123\n",
            "a:b{empty=\"\"}\tNaN\t-5\n",
            "{\"my.name\",\"a label\"=\"x\"} +Inf\n",
            "c{le=\"+Inf\"} 12",
        ))
        .unwrap();
        let at = |index: usize| &page.samples[index];
        assert_eq!(page.samples.len(), 6);
        assert_eq!(at(1).labels, Labels::from([("__name__", "a")]));
        assert_eq!(
            at(2).labels,
            Labels::from([("__name__", "a"), ("b", "c"), ("d", "e\\f\"g\nh\\i")])
        );
        assert_eq!(at(2).value, "-9.994e-07");
        assert_eq!(at(2).timestamp, Some(Timestamp(1_795_432_836_123)));
        assert_eq!(at(3).labels, Labels::from([("__name__", "a:b")]));
        assert_eq!(at(3).timestamp, Some(Timestamp(-5)));
        assert_eq!(
            at(4).labels,
            Labels::from([("__name__", "my.name"), ("a label", "x")])
        );
        assert_eq!(at(4).value, "+Inf");
    }

    #[test]
    fn open_metrics_has_seconds_exemplars_and_an_end() {
        let page = open(concat!(
            "# TYPE a counter\n",
            "a_total{b=\"c\"} 17 1795432836.123 # {trace_id=\"x\"} 0.5 1795432836.1\n",
            "a_created 1795432000.0\n",
            "a_bucket{le=\"1\"} 3 # {} 0.7\n",
            "# EOF\n",
        ))
        .unwrap();
        assert_eq!(page.samples.len(), 3);
        assert_eq!(page.samples[0].value, "17");
        assert_eq!(
            page.samples[0].timestamp,
            Some(Timestamp(1_795_432_836_123))
        );
        assert_eq!(page.samples[2].timestamp, None);
        for (body, problem) in [
            ("a 1\n", "does not end with `# EOF`"),
            ("# EOF\na 1\n", "line 2 of the page"),
        ] {
            let failure = open(body).unwrap_err();
            assert!(failure.what.contains(problem), "{failure}");
        }
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        for line in [
            "a",
            "a{",
            "a{b",
            "a{b=",
            "a{b=\"c",
            "a{b=\"c\\",
            "a{b=\"c\"",
            "a{b=\"c\"}",
            "a{b=\"c\" d=\"e\"} 1",
            "a{b=c} 1",
            "a{=\"c\"} 1",
            "a{,} 1",
            "a{b=\"c\",b=\"d\"} 1",
            "a one",
            "a 1e400",
            "a 1 2 3",
            "a 1 1.5",
            "a 1\r",
            "a 1 # {} 1",
            "1a 1",
            "a-b 1",
            "é 1",
            "{b=\"c\"} 1",
            "{\"a\",\"b\"} 1",
            "a{\"b\"} 1",
            "a 1 99999999999999999999",
        ] {
            let failure = text(&format!("ok 1\n{line}\n")).unwrap_err();
            assert_eq!(failure.class, FailureClass::Malformed, "{line}");
            assert!(
                failure.what.starts_with("line 2 of the page: "),
                "{line}: {failure}"
            );
        }
    }

    #[test]
    fn what_is_no_page_is_said_to_be_none() {
        for (content_type, body) in [
            (
                "text/html",
                "<html><head><title>Node Exporter</title></head></html>",
            ),
            ("application/json", "{\"a\":1}"),
            ("application/vnd.google.protobuf; proto=x", "\0"),
        ] {
            let failure = parse_page(200, content_type, body.as_bytes()).unwrap_err();
            assert_eq!(failure.class, FailureClass::NotThatApi, "{failure}");
        }
        let failure = parse_page(404, "text/plain", b"404 page not found\n").unwrap_err();
        assert_eq!(failure.class, FailureClass::Status(404));
        assert_eq!(failure.what, "404 Not Found");
        assert_eq!(text("").unwrap().samples, []);
    }
}
