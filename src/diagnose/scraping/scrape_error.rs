//! What the error of a scrape tells, in the words of Prometheus 2 and 3 (`lastError` of `/api/v1/targets`).

/// Why a scrape failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ill {
    /// No connection, no address of the name, or no answer in time.
    Connection,
    /// An HTTP status other than 200, or a page that cannot be parsed.
    Answer,
    /// More than a limit of the scrape allows.
    Limit,
    /// A content type that Prometheus 3 does not take.
    ContentType,
    /// Something else.
    Other,
}

/// Words of the errors of Go's network and HTTP client.
const CONNECTION: [&str; 19] = [
    "dial tcp",
    "connection refused",
    "no such host",
    "server misbehaving",
    "context deadline exceeded",
    "i/o timeout",
    "Client.Timeout",
    "connection reset",
    "broken pipe",
    "no route to host",
    "network is unreachable",
    "unexpected EOF",
    ": EOF",
    "tls: ",
    "x509: ",
    "server gave HTTP response to HTTPS client",
    "malformed HTTP",
    "proxyconnect",
    "server closed",
];

/// Words of the errors of Prometheus' parsers.
const PARSING: [&str; 11] = [
    "while parsing",
    "is not a valid start token",
    "strconv.",
    "expected ",
    "unexpected end of",
    "unsupported character",
    "does not end with # EOF",
    "invalid ",
    "unescape",
    "gzip: ",
    "data after # EOF",
];

impl Ill {
    /// What that error tells.
    pub(crate) fn of(error: &str) -> Self {
        let has = |words: &[&str]| words.iter().any(|word| error.contains(word));
        if error.contains("unsupported Content-Type")
            || error.contains("non-compliant scrape target")
        {
            Self::ContentType
        } else if error.contains("limit exceeded")
            || error.contains("_limit") && error.contains("exceeded")
            || error.contains("limit is too low")
        {
            Self::Limit
        } else if error.starts_with("server returned HTTP status") {
            Self::Answer
        } else if has(&CONNECTION) || error == "EOF" {
            Self::Connection
        } else if !error.starts_with("Get \"") && has(&PARSING) {
            Self::Answer
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_of_real_servers_are_told_apart() {
        for (error, ill) in [
            (
                "Get \"http://127.0.0.1:1/metrics\": dial tcp 127.0.0.1:1: connect: connection refused",
                Ill::Connection,
            ),
            (
                "Get \"http://nowhere.invalid:80/metrics\": dial tcp: lookup nowhere.invalid on 10.96.0.10:53: no such host",
                Ill::Connection,
            ),
            (
                "Get \"http://127.0.0.1:42537/metrics\": context deadline exceeded",
                Ill::Connection,
            ),
            ("server returned HTTP status 404 Not Found", Ill::Answer),
            (
                "strconv.ParseFloat: parsing \"is\": invalid syntax",
                Ill::Answer,
            ),
            (
                "strconv.ParseFloat: parsing \"is\": invalid syntax while parsing: \"this is\"",
                Ill::Answer,
            ),
            ("\"INVALID\" is not a valid start token", Ill::Answer),
            ("sample limit exceeded", Ill::Limit),
            ("body size limit exceeded", Ill::Limit),
            (
                "target_limit exceeded (number of targets: 3, limit: 2)",
                Ill::Limit,
            ),
            (
                "label_limit exceeded (metric: aws_cost_exporter_current_month_cost, number of labels: 5, limit: 2)",
                Ill::Limit,
            ),
            (
                "label_name_length_limit exceeded (metric: a, label name: bcd, length: 3, limit: 2)",
                Ill::Limit,
            ),
            (
                "received unsupported Content-Type \"text/html\" and no fallback_scrape_protocol specified for target",
                Ill::ContentType,
            ),
            (
                "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target",
                Ill::ContentType,
            ),
            (
                "Get \"http://a/metrics\": unable to read authorization credentials file /x: open /x: no such file or directory",
                Ill::Other,
            ),
            (
                "log samples: write /prometheus/wal/00000001: no space left on device",
                Ill::Other,
            ),
            ("", Ill::Other),
        ] {
            assert_eq!(Ill::of(error), ill, "{error}");
        }
    }
}
