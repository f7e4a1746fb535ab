//! What a hop turns out to be, and its version.

use crate::ask::Ask;
use crate::backend::answer::{Build, Page};
use crate::backend::{Backend, BackendKind, Capability};
use crate::check::turned_out;
use crate::diagnose::doctor::capability::own_page;
use crate::diagnose::doctor::examined::{Able, Examined, Grade};

/// Metrics that tell a build, each with the label that holds the version.
const BUILDS: [(&str, &str); 3] = [
    ("thanos_build_info", "version"),
    ("prometheus_build_info", "version"),
    ("vm_app_version", "short_version"),
];

/// Looks at what the hop says that it is. What it can answer must be known by now.
pub(crate) async fn look(ask: &Ask, hop: &Backend, examined: &mut Examined) {
    let answers = |word: Capability| {
        let mut answers = examined.answers.iter();
        answers.any(|answer| answer.word == word.word() && answer.able == Able::Yes)
    };
    let (has_page, has_stores) = (answers(Capability::OwnMetrics), answers(Capability::Stores));
    let page = match has_page {
        true => own_page(ask, hop).await.ok(),
        false => None,
    };
    let at = hop.kind().answers(Capability::Query);
    let reached = at.is_some_and(|key| examined.is_reached(key));
    let build = match reached {
        true => ask.build(hop).await.ok().map(|told| told.value),
        false => None,
    };
    let by_build = build
        .as_deref()
        .filter(|build| !build.bare && !build.version.is_empty())
        .map(|build| build.version.clone());
    examined.version = by_build.or_else(|| page.as_ref().and_then(version));
    if reached && let Some(other) = turned_out(ask, hop).await {
        examined.remark(Grade::Wrong, other.why, Some(other.help));
    }
    let name = hop.name();
    if hop.kind() == BackendKind::ThanosQuery
        && !has_stores
        && let Some(other) = build.as_deref().and_then(no_thanos)
    {
        examined.remark(
            Grade::Wrong,
            format!(
                "{name} is not the thanos-query that the suite says, but {}",
                other.0
            ),
            Some(format!(
                "Write `kind: {}` for hop `{name}`, or point it at a Thanos Query.",
                other.1
            )),
        );
    }
    if hop.kind() == BackendKind::ThanosReceive
        && let Some(other) = page.as_ref().and_then(no_receive)
    {
        examined.remark(
            Grade::Wrong,
            format!("what answers at the `http:` address of {name} is {other}, by its metrics"),
            Some(format!("Point the `http:` address of hop `{name}` at Receive's metrics port, 10902 by default.")),
        );
    }
}

/// The version that a page of metrics tells.
fn version(page: &Page) -> Option<String> {
    BUILDS.iter().find_map(|(metric, label)| {
        let mut samples = page.samples.iter();
        let sample = samples.find(|sample| sample.labels.metric() == Some(metric))?;
        Some(sample.labels.value(label).to_owned()).filter(|version| !version.is_empty())
    })
}

/// What a build tells that is no Thanos; and its kind in suites. Thanos has no version 1 yet.
fn no_thanos(build: &Build) -> Option<(String, &'static str)> {
    if build.application.contains("Mimir") {
        return Some((format!("{} {}", build.application, build.version), "mimir"));
    }
    if build.bare {
        return Some((
            "a VictoriaMetrics, by its build".to_owned(),
            "victoriametrics",
        ));
    }
    let major: u32 = build.version.split('.').next()?.parse().ok()?;
    (major >= 1 && build.application.is_empty()).then(|| {
        (
            format!("a Prometheus (version {})", build.version),
            "prometheus",
        )
    })
}

/// What a page of metrics tells that is no Receive's.
fn no_receive(page: &Page) -> Option<&'static str> {
    let has = |start: &str| {
        let mut names = page
            .samples
            .iter()
            .filter_map(|sample| sample.labels.metric());
        names.any(|name| name.starts_with(start))
    };
    match () {
        () if has("thanos_receive_") => None,
        () if has("thanos_query_") => Some("a Thanos Query"),
        () if has("thanos_build_info") => None,
        () if has("prometheus_build_info") => Some("a Prometheus"),
        () if has("vm_app_version") => Some("a VictoriaMetrics"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::exposition::parse_page;
    use crate::backend::prometheus::parse_build;

    fn build(data: &str) -> Build {
        let body = format!(r#"{{"status":"success","data":{data}}}"#);
        parse_build(200, "application/json", body.as_bytes()).unwrap()
    }

    fn page(text: &str) -> Page {
        parse_page(200, "text/plain", text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_no_thanos_is_told_by_its_build() {
        let prometheus = r#"{"version":"3.14.0","revision":"d7598b7141","goVersion":"go1.26.8"}"#;
        assert_eq!(no_thanos(&build(prometheus)).unwrap().1, "prometheus");
        assert_eq!(no_thanos(&build("{}")).unwrap().1, "victoriametrics");
        for thanos in ["0.31.0", "HEAD", "main-2026-01-01-abcdef"] {
            let data = format!(r#"{{"version":"{thanos}","revision":"x","goVersion":"go1.26.8"}}"#);
            assert_eq!(no_thanos(&build(&data)), None, "{thanos}");
        }
    }

    #[test]
    fn a_page_tells_version_and_nature() {
        let receive =
            page("thanos_build_info{version=\"0.36.1\"} 1\nthanos_receive_replication_factor 1\n");
        assert_eq!(version(&receive).as_deref(), Some("0.36.1"));
        assert_eq!(no_receive(&receive), None);
        let query =
            page("thanos_build_info{version=\"0.36.1\"} 1\nthanos_query_gate_queries_max 20\n");
        assert_eq!(no_receive(&query), Some("a Thanos Query"));
        assert_eq!(
            no_receive(&page("prometheus_build_info{version=\"3.1.0\"} 1\n")),
            Some("a Prometheus")
        );
        assert_eq!(no_receive(&page("up 1\n")), None);
        assert_eq!(
            version(&page("vm_app_version{short_version=\"v1.79.5\"} 1\n")).as_deref(),
            Some("v1.79.5")
        );
    }
}
