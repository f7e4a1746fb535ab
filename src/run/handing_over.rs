//! What other checks of a suite know of the way: its `dns` checks say from which name server and with which search list names are looked
//! up there, and a diagnosis behind them looks the names up in the same way.

use crate::backend::DnsProbe;
use crate::check::Check;
use crate::plan::Plan;

/// The lookups of the `dns` checks beside a step, of those that say more than the system's settings. A name that must not exist is none
/// that the way needs.
pub(crate) fn lookups(plan: &Plan, at: usize) -> Vec<DnsProbe> {
    let of = &plan.steps[at];
    plan.steps
        .iter()
        .filter(|step| step.suite == of.suite && step.cluster == of.cluster)
        .filter_map(|step| match &*step.check {
            Check::Dns(dns) if !dns.nxdomain => Some(dns),
            _ => None,
        })
        .filter(|dns| dns.resolver.is_some() || dns.search.is_some() || dns.ndots.is_some())
        .flat_map(|dns| {
            dns.dns.0.iter().map(|name| DnsProbe {
                name: name.clone(),
                record: dns.record,
                resolver: dns.resolver.clone(),
                search: dns.search.clone(),
                ndots: dns.ndots,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::run::sample::step;

    #[test]
    fn lookups_of_the_same_suite_and_cluster_are_handed_over_where_they_say_how() {
        let dns = |form| Check::read("dns", form).unwrap();
        let steps = [
            dns(json!({"dns": "a.svc", "resolver": "10.0.0.1", "search": ["x"]})),
            dns(json!({"dns": "b.svc"})),
            dns(json!({"dns": "c.svc", "resolver": "10.0.0.1", "nxdomain": true})),
        ];
        let steps = steps.into_iter().enumerate().map(|(at, check)| {
            let mut step = step(&format!("s/{at}"));
            step.check = check.into();
            step
        });
        let plan = Plan {
            steps: steps.collect(),
            ..Plan::default()
        };
        let found = lookups(&plan, 1);
        let [only] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(
            (only.name.as_str(), only.resolver.as_deref()),
            ("a.svc", Some("10.0.0.1"))
        );
    }
}
