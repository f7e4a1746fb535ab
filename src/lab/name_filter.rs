//! The filter by names of a Receive: whoever asks a tenant for one name gets nothing where the filter does not know it.
//!
//! It looks at nothing but an equality matcher on the name, so that a pattern of the same name passes it.

use std::collections::BTreeSet;

use promql_parser::label::MatchOp;
use promql_parser::parser::{VectorSelector, parse};

use crate::lab::model::Model;
use crate::lab::promql::{parse_selector, selectors};
use crate::lab::sending::Held;
use crate::lab::series::NAME;

/// Names in the head of a tenant that its filter does not know yet.
pub(crate) fn unknown(model: &Model, head: &[Held], tenant: &str) -> BTreeSet<String> {
    let receive = &model.receive;
    let learned = receive.taking.names_learned_ms;
    let Some(at_ms) = learned.filter(|_| receive.version.can_filter_by_names()) else {
        return BTreeSet::new();
    };
    let of_tenant = || head.iter().filter(|one| one.tenant == tenant);
    let known: BTreeSet<&str> = of_tenant()
        .filter(|one| one.series.since_ms <= at_ms)
        .map(|one| one.series.name())
        .collect();
    of_tenant()
        .map(|one| one.series.name())
        .filter(|name| !known.contains(name))
        .map(str::to_owned)
        .collect()
}

/// What of a head is shown to who asks for these names.
pub(crate) fn passed(model: &Model, mut head: Vec<Held>, named: &BTreeSet<String>) -> Vec<Held> {
    let tenants: BTreeSet<String> = head.iter().map(|one| one.tenant.clone()).collect();
    for tenant in tenants {
        let hidden = unknown(model, &head, &tenant);
        head.retain(|one| {
            let name = one.series.name();
            one.tenant != tenant || !hidden.contains(name) || !named.contains(name)
        });
    }
    head
}

/// The names for which a query, or one of these selectors, asks by an equality matcher.
pub(crate) fn asked_for<'a>(
    query: Option<&str>,
    matches: impl Iterator<Item = &'a str>,
) -> BTreeSet<String> {
    let named = |selector: &VectorSelector| {
        let by_matcher = selector
            .matchers
            .matchers
            .iter()
            .find(|one| one.name == NAME && one.op == MatchOp::Equal)
            .map(|one| one.value.clone());
        selector.name.clone().or(by_matcher)
    };
    let of_query = query.and_then(|text| parse(text).ok());
    let of_query = of_query
        .iter()
        .flat_map(|expr| selectors(expr))
        .filter_map(&named);
    let of_matches = matches
        .filter_map(|text| parse_selector(text).ok())
        .filter_map(|selector| named(&selector));
    of_query.chain(of_matches).collect()
}

#[cfg(test)]
mod tests {
    use super::{asked_for, unknown};
    use crate::lab::cause_fault;
    use crate::lab::flow::held;
    use crate::lab::incident::{self, COST_METRIC};
    use crate::lab::version::ThanosVersion;

    #[test]
    fn names_that_came_after_the_last_learning_are_unknown_where_there_is_a_filter() {
        let mut model = incident::healthy(1_800_000_000_000);
        let unknown_in = |model: &crate::lab::Model| {
            let head = held(model, &model.receive.replicas[0]);
            Vec::from_iter(unknown(model, &head, "default-tenant"))
        };
        assert!(unknown_in(&model).is_empty());
        let fault = cause_fault("metric-name-filter").expect("a fault");
        (fault.plant)(&mut model);
        assert_eq!(unknown_in(&model), [COST_METRIC]);
        assert!(unknown_in(&model.clone().with_thanos(ThanosVersion::V0_36)).is_empty());
        // One sender that had it before is enough: the filter knows names, and no other label.
        model.prometheus[1].targets[0].page[0].since_ms = None;
        assert!(unknown_in(&model).is_empty());
    }

    #[test]
    fn a_pattern_of_a_name_asks_for_no_name() {
        let names = |query: &str| Vec::from_iter(asked_for(Some(query), std::iter::empty()));
        assert_eq!(names("count(up{job=\"a\"})"), ["up"]);
        assert_eq!(names("{__name__=\"up\"}"), ["up"]);
        assert_eq!(names("rate(a_total[5m]) / b"), ["a_total", "b"]);
        assert!(names("count({__name__=~\"up\"})").is_empty());
        assert!(names("(").is_empty());
        let by_match = asked_for(None, ["up", "{job=\"a\"}"].into_iter());
        assert_eq!(Vec::from_iter(by_match), ["up"]);
    }
}
