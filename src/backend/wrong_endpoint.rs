//! What a refusal says of the address: the server may be another than the suite believes, or the port the wrong one of two.

/// What to do about such an answer at that path, where it is known.
pub(crate) fn hint(path: &str, status: u16, text: &str) -> Option<&'static str> {
    if text.contains("HTTP request to an HTTPS server") {
        return Some("The port speaks TLS: write `https://`.");
    }
    match status {
        401 if text.contains("no org id") => {
            return Some("Give the hop a `tenant`: this server keeps each tenant's series apart.");
        }
        401 | 403 => {
            return Some(
                "Give the hop a `token`, `basic_auth` or `headers` that this server accepts.",
            );
        }
        407 => {
            return Some(
                "Give the proxy's credentials in `HTTPS_PROXY`, or name the host in `NO_PROXY`.",
            );
        }
        503 if text.trim() == "Service Unavailable" => {
            return Some("The server is starting or stopping: see its `/-/ready`.");
        }
        422 if text.contains("unavailable with Prometheus Agent") => {
            return Some(
                "A Prometheus in agent mode stores nothing to query: write `kind: prometheus-agent`, and ask the hop that it writes to.",
            );
        }
        422 if text.contains("No StoreAPIs") && text.contains("from Addr: ") => {
            return Some(
                "The store that it names has none behind it: a Receive that only routes holds nothing, so let `--endpoint` name those that store.",
            );
        }
        422 if text.contains("No StoreAPIs") => {
            return Some("This Query has no store at all: see its `--endpoint` flags.");
        }
        422 if text.contains("no matchers specified (excluding external labels)") => {
            return Some("Add a matcher that is not an external label, such as the metric's name.");
        }
        _ => {}
    }
    let victoria = text.contains("unsupported path requested");
    if !matches!(status, 404 | 405) && !victoria {
        return None;
    }
    if victoria && path.ends_with("status/tsdb") {
        return Some(
            "This is a VictoriaMetrics: `write` must be Receive's remote write port (19291 by default).",
        );
    }
    if victoria && text.contains("/select/") {
        return Some(
            "This is a single-node VictoriaMetrics: write `kind: victoriametrics`, and its address without `/select/..`.",
        );
    }
    if victoria && path.starts_with("api/v1/") && path != "api/v1/query" {
        return Some(
            "This is a VictoriaMetrics: write `kind: victoriametrics`, or point the hop at another server.",
        );
    }
    Some(match path {
        "api/v1/query" if victoria => {
            "This is a VictoriaMetrics: of a cluster, write `kind: victoriametrics-cluster` and vmselect's address with the path of the account, `/select/0/prometheus`."
        }
        "api/v1/query" => {
            "This address serves no PromQL. Thanos Receive serves none on any port: ask a Query, or Receive's head through `kind: thanos-receive` with `write` (19291 by default). Else look for a path prefix."
        }
        "api/v1/status/tsdb" => {
            "Give as `write` Receive's remote write port (19291 by default): its HTTP port (10902) does not answer this."
        }
        "api/v1/stores" => {
            "Only a Thanos Query lists its stores: check `kind` and `url`, and whether it has a path prefix."
        }
        "api/v1/status/config" | "api/v1/targets" => {
            "Only a Prometheus answers this: check `kind` and `url`, and whether it has a path prefix."
        }
        "api/v1/status/flags" | "api/v1/status/buildinfo" => {
            "Check `kind` and `url`, and whether the server has a path prefix; some proxies close this path."
        }
        _ => "Give the whole address of the page of metrics, its path included.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kind_is_named_with_the_word_to_write() {
        let victoria = "requestURI: /x; unsupported path requested: \"/x\"";
        for (path, status, text, says) in [
            ("api/v1/stores", 400, victoria, "`kind: victoriametrics`"),
            (
                "api/v1/status/flags",
                400,
                victoria,
                "`kind: victoriametrics`",
            ),
            (
                "api/v1/status/tsdb",
                400,
                victoria,
                "`write` must be Receive's",
            ),
            ("api/v1/query", 400, victoria, "`/select/0/prometheus`"),
            (
                "api/v1/query",
                400,
                "unsupported path requested: \"/select/0/prometheus/api/v1/query\"",
                "single-node",
            ),
            (
                "api/v1/query",
                422,
                "unavailable with Prometheus Agent",
                "agent mode",
            ),
            ("api/v1/query", 401, "no org id\n", "`tenant`"),
            ("api/v1/query", 401, "no", "`token`"),
            (
                "api/v1/query",
                404,
                "404 page not found\n",
                "serves no PromQL",
            ),
        ] {
            let help = hint(path, status, text).unwrap();
            assert!(help.contains(says), "{path} {status}: {help}");
        }
        assert_eq!(hint("api/v1/query", 500, "no"), None);
    }
}
