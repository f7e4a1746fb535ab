//! The suite of the demo: the one of the incident as it is checked in, or what a fault makes of it.

use crate::lab::SuiteChange;

/// The incident's suite, as it is checked in.
pub(crate) const SUITE: &str = include_str!("../../../suites/finops-cost.yaml");

/// The line with which the check of the cost metric begins.
const CHECK: &str = "  - id: cost-metric";

/// How a pod beside Receive looks names up.
const OWN_NAMES: &str = ", resolver: \"${{ cluster.dns }}\", \
                         search: [monitoring.svc.cluster.local, svc.cluster.local, cluster.local], ndots: 5 }";

/// A second Prometheus of the first cluster.
const TWIN: [&str; 2] = [
    "backends:",
    "  - { name: prom-twin, kind: prometheus, url: \"${{ cluster.prom_twin }}\", clusters: ops }",
];

/// The suite that a fault needs: with the hops that its pipeline has, and the check of the cost metric alone, as the fault has it.
pub(crate) fn suite(change: Option<&SuiteChange>, has_twin: bool) -> String {
    let Some(change) = change else {
        return SUITE.to_owned();
    };
    let is_taken = |line: &&str| {
        change
            .without
            .iter()
            .any(|hop| line.starts_with(&format!("  - {{ name: {hop},")))
    };
    let before_checks = SUITE.lines().take_while(|line| *line != "checks:");
    let mut lines: Vec<String> = before_checks
        .filter(|line| !is_taken(line))
        .map(|line| match line.strip_prefix("defaults: {") {
            Some(rest) if change.own_names => {
                let own = rest.trim_end().trim_end_matches('}').trim_end();
                format!("defaults: {{{own}{OWN_NAMES}")
            }
            _ => line.to_owned(),
        })
        .collect();
    if has_twin {
        lines.extend(TWIN.map(str::to_owned));
    }
    lines.push("checks:".to_owned());
    lines.extend(check(change));
    lines.join("\n") + "\n"
}

/// The lines of the check.
fn check(change: &SuiteChange) -> Vec<String> {
    let from = SUITE.lines().skip_while(|line| *line != CHECK);
    let rest = from.skip(1).take_while(|line| line.starts_with("    "));
    let is_changed = |line: &str| {
        change
            .check
            .iter()
            .any(|(key, _)| line.starts_with(&format!("    {key}:")))
    };
    let kept = rest.filter(|line| !is_changed(line)).map(str::to_owned);
    let given = change.check.iter().filter(|(_, value)| *value != "null");
    std::iter::once(CHECK.to_owned())
        .chain(kept)
        .chain(given.map(|(key, value)| format!("    {key}: {value}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{SUITE, suite};
    use crate::lab::SuiteChange;

    #[test]
    fn without_a_change_the_suite_is_the_incident_s() {
        assert_eq!(suite(None, false), SUITE);
    }

    #[test]
    fn a_changed_suite_has_one_check_and_the_hops_that_are_left() {
        let text = suite(
            Some(&SuiteChange {
                without: &["receive"],
                check: &[("through", "[\"prom\", \"query\"]"), ("tenant", "null")],
                own_names: true,
            }),
            true,
        );
        assert_eq!(text.matches("  - id: ").count(), 1, "{text}");
        assert!(
            text.ends_with("    through: [\"prom\", \"query\"]\n"),
            "{text}"
        );
        assert!(!text.contains("name: receive,") && text.contains("name: prom,"));
        assert!(!text.contains("    tenant:") && text.contains("    fresh: 10m"));
        assert!(text.contains("\nbackends:\n  - { name: prom-twin, "));
        assert!(text.contains("critical, resolver: \"${{ cluster.dns }}\", search: ["));
    }
}
