//! `/api/v1/rules` of Prometheus and of Thanos Query, which gathers them from sidecars and rulers.

use std::time::Duration;

use serde::Deserialize;

use crate::backend::address::address;
use crate::backend::answer::{Rule, RuleGroup, RuleGroups};
use crate::backend::client::Clients;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::go_json::{self, moment};
use crate::backend::json;
use crate::backend::kind::Capability;
use crate::backend::outgoing::Outgoing;
use crate::backend::trace::{Exchanged, Trace};
use crate::backend::world::Backend;

const RULES: &str = "api/v1/rules";

/// Asks which rules there are, and how they fare. The alerts of alerting rules are left out where the server knows how (Prometheus
/// 2.50 and later); others ignore the parameter.
pub async fn rules(
    clients: &Clients,
    backend: &Backend,
    timeout: Duration,
) -> Exchanged<RuleGroups> {
    let mut url = match address(backend, Capability::Rules, RULES) {
        Ok(url) => url,
        Err(failure) => return (Trace::default(), Err(failure)),
    };
    url.query_pairs_mut().append_pair("exclude_alerts", "true");
    clients
        .exchange(Outgoing::get(backend, url), timeout, parse_rules)
        .await
}

#[derive(Deserialize)]
struct RulesData {
    #[serde(deserialize_with = "go_json::list")]
    groups: Vec<GroupData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupData {
    name: String,
    #[serde(default)]
    file: String,
    /// Seconds; a fraction where the interval is one.
    #[serde(default)]
    interval: f64,
    #[serde(default)]
    last_evaluation: String,
    #[serde(default, deserialize_with = "go_json::list")]
    rules: Vec<RuleData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuleData {
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    query: String,
    health: String,
    #[serde(default)]
    last_error: String,
    #[serde(default)]
    last_evaluation: String,
}

/// Reads `/api/v1/rules`.
///
/// # Errors
/// A refusal with the server's text, or why this is no list of rule groups.
pub fn parse_rules(status: u16, content_type: &str, body: &[u8]) -> Result<RuleGroups, Failure> {
    let answered = json::read::<RulesData>(RULES, status, content_type, body)?;
    let groups = answered
        .data
        .groups
        .into_iter()
        .map(group)
        .collect::<Result<_, Failure>>()?;
    Ok(RuleGroups {
        groups,
        warnings: answered.warnings,
    })
}

fn group(group: GroupData) -> Result<RuleGroup, Failure> {
    if !(0.0..=1e12).contains(&group.interval) {
        return Err(Failure::new(
            FailureClass::Malformed,
            format!(
                "`interval` of a rule group is `{}`, expected seconds",
                group.interval
            ),
        ));
    }
    let rules = group
        .rules
        .into_iter()
        .map(|rule| {
            Ok(Rule {
                last_evaluation: moment("lastEvaluation", &rule.last_evaluation)?,
                name: rule.name,
                kind: rule.kind,
                query: rule.query,
                health: rule.health,
                last_error: rule.last_error,
            })
        })
        .collect::<Result<_, Failure>>()?;
    Ok(RuleGroup {
        last_evaluation: moment("lastEvaluation", &group.last_evaluation)?,
        interval_ms: (group.interval * 1000.0).round() as u64,
        name: group.name,
        file: group.file,
        rules,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::Timestamp;

    /// What Debian's Prometheus 2.42.0 answered, shortened.
    const ANSWERED: &str = r#"{"status":"success","data":{"groups":[
        {"name":"broken","file":"r.yml","rules":[{"name":"job:bad","query":"vector(1)","health":"err","lastError":"vector cannot contain metrics with the same labelset","evaluationTime":0.000360271,"lastEvaluation":"2026-11-23T15:15:45.381914554Z","type":"recording"}],"interval":0.5,"limit":0,"evaluationTime":0.000380611,"lastEvaluation":"2026-11-23T15:15:45.381897519Z"},
        {"name":"costs","file":"r.yml","rules":[{"name":"job:cost:sum","query":"vector(1)","health":"ok","evaluationTime":0.000254602,"lastEvaluation":"2026-11-23T15:15:45.510224115Z","type":"recording"},{"state":"firing","name":"Always","query":"vector(1)","duration":0,"keepFiringFor":0,"labels":{},"annotations":{},"alerts":[],"health":"ok","evaluationTime":0.000043225,"lastEvaluation":"2026-11-23T15:15:45.51048052Z","type":"alerting"}],"interval":1,"limit":0,"evaluationTime":0.000318909,"lastEvaluation":"2026-11-23T15:15:45.51020713Z"},
        {"name":"slow","file":"r.yml","rules":[{"name":"job:slow","query":"vector(1)","health":"unknown","evaluationTime":0,"lastEvaluation":"0001-01-01T00:00:00Z","type":"recording"}],"interval":3600,"limit":0,"evaluationTime":0,"lastEvaluation":"0001-01-01T00:00:00Z"}]}}"#;

    fn read(body: &str) -> Result<RuleGroups, Failure> {
        parse_rules(200, "application/json", body.as_bytes())
    }

    #[test]
    fn groups_are_read_with_their_rules_errors_and_moments() {
        let read = read(ANSWERED).unwrap();
        let names: Vec<_> = read
            .groups
            .iter()
            .map(|group| (group.name.as_str(), group.interval_ms, group.rules.len()))
            .collect();
        assert_eq!(
            names,
            [
                ("broken", 500, 1),
                ("costs", 1_000, 2),
                ("slow", 3_600_000, 1)
            ]
        );
        let bad = &read.groups[0].rules[0];
        assert_eq!(
            (bad.health.as_str(), bad.kind.as_str()),
            ("err", "recording")
        );
        assert!(bad.last_error.contains("same labelset"));
        assert_eq!(bad.last_evaluation, Some(Timestamp(1_795_446_945_381)));
        let slow = &read.groups[2];
        assert_eq!(
            (slow.last_evaluation, slow.rules[0].last_evaluation),
            (None, None)
        );
    }

    #[test]
    fn what_is_no_list_of_rules_is_refused() {
        for body in [
            "{}",
            r#"{"status":"success","data":{}}"#,
            r#"{"status":"success","data":{"groups":{}}}"#,
            r#"{"status":"success","data":{"groups":[{"name":"a","interval":-1}]}}"#,
            r#"{"status":"success","data":{"groups":[{"name":"a","lastEvaluation":"soon"}]}}"#,
            r#"{"status":"success","data":{"groups":[{"name":"a","rules":[{"name":"b"}]}]}}"#,
            r#"{"status":"error","errorType":"unavailable","error":"unavailable with Prometheus Agent"}"#,
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }

    #[test]
    fn warnings_of_a_query_are_kept() {
        let body = r#"{"status":"success","data":{"groups":null},"warnings":["receive group"]}"#;
        let read = read(body).unwrap();
        assert_eq!((read.groups.len(), read.warnings.len()), (0, 1));
    }
}
