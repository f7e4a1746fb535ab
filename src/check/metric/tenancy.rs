//! What a Thanos Query does to tenants and replicas, as its flags say: decides which labels can be asked for there.

use crate::ask::Ask;
use crate::backend::Backend;
use crate::backend::answer::{Flags, QueryResult};
use crate::check::completeness::only_tenant;
use crate::check::metric::sight::Sight;
use crate::leaves::{Labels, RungState, Selector, words};

/// What the flags of a Query say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tenancy {
    /// The label that holds the tenant (`query.tenant-label-name`, Thanos 0.34 and later).
    pub(crate) label: String,
    /// The one tenant that can be seen, where tenancy is enforced.
    pub(crate) only: Option<String>,
    /// Labels that deduplication removes (`query.replica-label`).
    pub(crate) replicas: Vec<String>,
}

impl Tenancy {
    /// The same labels without those that deduplication removes.
    pub(crate) fn deduplicated(&self, labels: &Labels) -> Labels {
        labels
            .iter()
            .filter(|(name, _)| !self.replicas.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

/// Asks for the flags; where they are closed, what Thanos does by itself.
pub(crate) async fn tenancy(ask: &Ask, query: &Backend) -> Tenancy {
    match ask.flags(query).await {
        Ok(told) => of_flags(&told.value, query.hop.tenant.as_deref()),
        Err(_) => of_flags(&Flags::default(), query.hop.tenant.as_deref()),
    }
}

fn of_flags(flags: &Flags, sent: Option<&str>) -> Tenancy {
    let flag = |name: &str| {
        flags
            .0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    };
    Tenancy {
        label: flag("query.tenant-label-name")
            .unwrap_or("tenant_id")
            .to_owned(),
        only: only_tenant(flags, sent),
        replicas: flag("query.replica-label")
            .unwrap_or_default()
            .split(',')
            .map(|label| label.trim().to_owned())
            .filter(|label| !label.is_empty())
            .collect(),
    }
}

/// Where a tenant has nothing: which other tenants have it.
pub(crate) async fn by_tenant(
    ask: &Ask,
    hop: &Backend,
    label: &str,
    selector: &Selector,
    mut sight: Sight,
) -> Sight {
    if !matches!(sight.state, RungState::Absent | RungState::Stale) {
        return sight;
    }
    let wanted = selector.matchers.iter().find(|m| m.name == label);
    let of_any = selector.clone().without(label);
    let query = format!("count by ({label}) ({of_any})");
    if let (Some(wanted), Ok(told)) = (wanted, ask.query(hop, query).await)
        && let QueryResult::Vector(samples) = &told.value.result
    {
        sight.held_by = samples
            .iter()
            .map(|sample| sample.labels.value(label).to_owned())
            .filter(|tenant| !tenant.is_empty() && *tenant != wanted.value)
            .collect();
        let others: Vec<String> = sight.held_by.iter().map(|one| format!("`{one}`")).collect();
        if !others.is_empty() {
            let noun = if others.len() == 1 {
                "tenant"
            } else {
                "tenants"
            };
            let says = format!(
                "held by {noun} {}, not by `{}`",
                words::few(&others, 3),
                wanted.value
            );
            sight.why.insert(0, says.clone());
            sight.instead = Some(says);
        }
    }
    sight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_of_042_are_read_and_closed_ones_mean_thanos_defaults() {
        let flags = Flags(
            [
                ("query.enforce-tenancy", "true"),
                ("query.default-tenant-id", "default-tenant"),
                ("query.tenant-label-name", "team"),
                ("query.replica-label", "receive_replica,replica_b"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        );
        let told = of_flags(&flags, None);
        assert_eq!(told.only.as_deref(), Some("default-tenant"));
        assert_eq!(told.label, "team");
        let labels = Labels::from([("cluster", "ops"), ("replica_b", "1")]);
        assert_eq!(
            told.deduplicated(&labels),
            Labels::from([("cluster", "ops")])
        );
        assert_eq!(
            of_flags(&flags, Some("finops")).only.as_deref(),
            Some("finops")
        );
        let closed = of_flags(&Flags::default(), None);
        assert_eq!((closed.label.as_str(), closed.only), ("tenant_id", None));
    }
}
