//! Faults that are not in the pipeline of the incident alone: what the suite says otherwise with each of them.
//!
//! Some causes are a mistake of whoever asks, some need a pipeline of other hops. The suite of the incident is then cut to the check of
//! the cost metric, and changed as the row of this table says.

/// What the suite says otherwise where a fault is planted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SuiteChange {
    /// Hops that the pipeline does not have.
    pub without: &'static [&'static str],
    /// Keys of the check of the cost metric, each with its value as JSON; `null` takes the key away.
    pub check: &'static [(&'static str, &'static str)],
    /// Whether names are looked up at the lab's own name server, as a pod of the cluster would.
    pub own_names: bool,
}

/// A sidecar or a store gateway stands between Prometheus and Query, and no Receive.
const NO_RECEIVE: SuiteChange = SuiteChange {
    without: &["receive"],
    check: &[
        ("through", r#"["exporter", "prom", "query"]"#),
        ("tenant", "null"),
    ],
    own_names: false,
};

/// What comes once an hour is there if it came within one, and its age says nothing.
const SCARCE: SuiteChange = of_check(&[("window", "\"1h\""), ("fresh", "\"1h\"")]);

/// The incident's pipeline, of which the check asks otherwise.
const fn of_check(check: &'static [(&'static str, &'static str)]) -> SuiteChange {
    SuiteChange {
        without: &[],
        check,
        own_names: false,
    }
}

/// What the suite says otherwise, by cause.
const CHANGES: &[(&str, SuiteChange)] = &[
    ("tenant-header-lost", of_check(&[("tenant", "\"finops\"")])),
    ("backlog-lost", SCARCE),
    ("duplicate-writers", of_check(&[("same", "true")])),
    ("receive-data-lost", SCARCE),
    (
        "store-behind-vip",
        SuiteChange {
            without: &[],
            check: &[],
            own_names: true,
        },
    ),
    ("store-excluded-by-time", NO_RECEIVE),
    ("store-excluded-by-label", NO_RECEIVE),
    ("store-labels-duplicate", NO_RECEIVE),
    ("downsampling", NO_RECEIVE),
    (
        "only-external-labels",
        SuiteChange {
            without: &["exporter", "prom", "receive"],
            check: &[
                ("metric", r#""{prometheus=\"monitoring/k8s\"}""#),
                ("through", r#"["query"]"#),
                ("labels", "null"),
                ("tenant", "null"),
            ],
            own_names: false,
        },
    ),
    (
        "matcher-excludes",
        of_check(&[(
            "metric",
            r#""aws_cost_exporter_current_month_cost{namespace=\"fin-ops\"}""#,
        )]),
    ),
];

/// What the suite says otherwise where that cause is planted; none where it stays as it is.
pub(crate) fn suite_change(cause: &str) -> Option<&'static SuiteChange> {
    let known = CHANGES.iter().find(|(of, _)| *of == cause);
    known.map(|(_, change)| change)
}

#[cfg(test)]
mod tests {
    use super::CHANGES;
    use crate::lab::cause_fault;

    #[test]
    fn each_change_belongs_to_a_fault_and_is_json() {
        for (cause, change) in CHANGES {
            assert!(cause_fault(cause).is_some(), "{cause}");
            for (key, value) in change.check {
                let read = serde_json::from_str::<serde_json::Value>(value);
                assert!(read.is_ok(), "{cause}: {key}");
            }
        }
    }
}
