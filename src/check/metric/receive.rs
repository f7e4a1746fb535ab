//! A Thanos Receive: what its head holds, tenant by tenant. It serves no PromQL; its status counts series a metric name, those of
//! all senders together, of this replica only.

use std::time::Duration;

use crate::ask::Ask;
use crate::backend::Backend;
use crate::backend::answer::{TenantHead, TsdbStatus};
use crate::check::metric::sight::{Sight, age};
use crate::leaves::{
    AgeLimit, Labels, Matcher, PromDuration, RungState, Selector, Timestamp, words,
};

/// A name in the head counts as present when its tenant took a sample within this time, as an instant query would look back.
const LOOKBACK: Duration = Duration::from_secs(300);

/// A head whose newest sample is so far ahead of the server's clock tells nothing of the others, in milliseconds.
const AHEAD_MS: i64 = 60_000;

/// What is asked of one Receive.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    /// The series; only the name can be asked for.
    pub(crate) selector: &'a Selector,
    /// The tenant that must hold it; any where none is named.
    pub(crate) tenant: Option<&'a str>,
    /// The window in which a sample counts as presence.
    pub(crate) window: Option<PromDuration>,
    /// How old the newest sample may be.
    pub(crate) fresh: Option<&'a AgeLimit>,
    /// The labels of the sender, which cannot be asked for here.
    pub(crate) identity: Option<&'a Labels>,
}

/// Looks at the heads of this hop.
pub(crate) async fn look(ask: &Ask, hop: &Backend, wanted: &Wanted<'_>) -> Sight {
    match ask.tsdb_status(hop).await {
        Ok(told) => in_heads(&told.value, wanted, told.server_now),
        Err(failure) => {
            let mut sight = Sight::failed(&failure, hop);
            if failure.help.is_none() {
                sight.help = Some(format!(
                    "Give hop `{}` the address of Receive's remote write port (19291) as `write:`; `/api/v1/status/tsdb` answers there since Thanos 0.27.",
                    hop.name()
                ));
            }
            sight
        }
    }
}

/// What these heads show.
pub(crate) fn in_heads(status: &TsdbStatus, wanted: &Wanted<'_>, now: Timestamp) -> Sight {
    if status.0.is_empty() {
        return Sight {
            holds_nothing: true,
            ..Sight::unknown(
                "it lists no tenant: nothing was ever written to it, or it only routes what it takes",
                "Name a Receive that stores what it takes; whether one was written to at all, its `thanos_receive_write_samples` say.",
            )
        };
    }
    let asked: Vec<&TenantHead> = status
        .0
        .iter()
        .filter(|head| wanted.tenant.is_none_or(|tenant| head.tenant == tenant))
        .collect();
    let holding: Vec<&TenantHead> = asked
        .iter()
        .copied()
        .filter(|head| series_in(head, wanted.selector) > 0)
        .collect();
    let sight = if holding.is_empty() {
        not_held(status, &asked, wanted)
    } else {
        held(&holding, wanted, now)
    };
    match by_name_only(wanted) {
        Some(why) if sight.state != RungState::Unknown => Sight {
            of_all_senders: true,
            ..sight.because(why)
        },
        _ => sight,
    }
}

fn held(holding: &[&TenantHead], wanted: &Wanted<'_>, now: Timestamp) -> Sight {
    let series = holding
        .iter()
        .map(|head| series_in(head, wanted.selector))
        .sum();
    let tenants = tenants(holding);
    let sight = Sight {
        series: Some(series),
        ..Sight::of(RungState::Present)
    }
    .because(format!("the head of {tenants} holds it"));
    let Some(newest) = holding.iter().filter_map(|head| head.newest()).max() else {
        return sight;
    };
    // The newest sample of the tenant, of whatever series: this one's is not newer. So it can prove staleness, and never freshness.
    let old = age(newest, now);
    let lookback = wanted.window.map_or(LOOKBACK, |window| window.0);
    let ended = old > i64::try_from(lookback.as_millis()).unwrap_or(i64::MAX);
    let too_old = wanted.fresh.is_some_and(|limit| !limit.holds(old));
    if !ended && !too_old {
        return Sight {
            head_is_ahead: old < -AHEAD_MS,
            ..sight
        };
    }
    let says = format!(
        "no series of {tenants} has a sample newer than {} ({newest})",
        words::age(old)
    );
    Sight {
        state: RungState::Stale,
        instead: Some(says.clone()),
        ..sight.newest(newest, now).because(says)
    }
}

fn not_held(status: &TsdbStatus, asked: &[&TenantHead], wanted: &Wanted<'_>) -> Sight {
    if let Some(cut) = asked.iter().find(|head| !head.is_complete()) {
        return Sight::unknown(
            format!(
                "the head of tenant `{}` lists {} of its {}, and this name is not among them",
                cut.tenant,
                words::count(cut.metrics.len(), "name"),
                words::count(usize::try_from(cut.series).unwrap_or(usize::MAX), "series")
            ),
            "Only Thanos 0.32 and later list all names; ask Query, or upgrade Receive.",
        );
    }
    let elsewhere: Vec<&TenantHead> = status
        .0
        .iter()
        .filter(|head| series_in(head, wanted.selector) > 0)
        .collect();
    let Some(tenant) = wanted.tenant else {
        return Sight::absent().because(format!(
            "no head of this replica lists it ({})",
            words::count(status.0.len(), "tenant")
        ));
    };
    if elsewhere.is_empty() {
        return Sight::absent().because(format!(
            "the head of tenant `{tenant}` does not list it, nor does that of any other tenant of this replica"
        ));
    }
    let says = format!("held by {}, not by `{tenant}`", tenants(&elsewhere));
    Sight {
        instead: Some(says.clone()),
        held_by: elsewhere.iter().map(|head| head.tenant.clone()).collect(),
        ..Sight::absent().because(says)
    }
}

fn tenants(heads: &[&TenantHead]) -> String {
    let names: Vec<String> = heads
        .iter()
        .map(|head| format!("`{}`", head.tenant))
        .collect();
    let noun = if names.len() == 1 {
        "tenant"
    } else {
        "tenants"
    };
    format!("{noun} {}", words::few(&names, 3))
}

/// Series of the selected names in this head.
fn series_in(head: &TenantHead, selector: &Selector) -> u64 {
    let names: Vec<&Matcher> = selector
        .matchers
        .iter()
        .filter(|matcher| matcher.name == "__name__")
        .collect();
    if names.is_empty() {
        return head.series_of(&selector.metric).unwrap_or(0);
    }
    head.metrics
        .iter()
        .filter(|(name, _)| {
            let labels = Labels::from([("__name__", name.as_str())]);
            (selector.metric.is_empty() || *name == selector.metric)
                && names.iter().all(|matcher| matcher.matches(&labels))
        })
        .map(|(_, series)| series)
        .sum()
}

/// What the count leaves open.
fn by_name_only(wanted: &Wanted<'_>) -> Option<String> {
    let mut left_out: Vec<String> = wanted
        .selector
        .matchers
        .iter()
        .filter(|matcher| matcher.name != "__name__")
        .map(|matcher| format!("`{matcher}`"))
        .collect();
    let identity = wanted.identity.into_iter().flat_map(|labels| labels.iter());
    left_out.extend(
        identity
            .filter(|(name, _)| wanted.selector.matchers.iter().all(|m| m.name != **name))
            .map(|(name, value)| format!("`{name}={value:?}`")),
    );
    (!left_out.is_empty()).then(|| {
        format!(
            "its status counts the series of all senders by name, so {} could not be asked",
            words::list(&left_out)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_432_294_000);

    fn head(tenant: &str, series: u64, newest: i64, metrics: &[(&str, u64)]) -> TenantHead {
        TenantHead {
            tenant: tenant.into(),
            series,
            min_time: 0,
            max_time: newest,
            metrics: metrics
                .iter()
                .map(|(name, series)| ((*name).to_owned(), *series))
                .collect(),
        }
    }

    fn look_at(heads: &[TenantHead], selector: &str, tenant: Option<&str>) -> Sight {
        let selector = selector.parse().unwrap();
        let wanted = Wanted {
            selector: &selector,
            tenant,
            window: None,
            fresh: None,
            identity: None,
        };
        in_heads(&TsdbStatus(heads.to_vec()), &wanted, NOW)
    }

    #[test]
    fn a_listed_name_is_present_with_the_count_of_its_tenants() {
        let heads = [
            head(
                "default-tenant",
                5,
                NOW.0 - 1_000,
                &[("up", 3), ("cost", 2)],
            ),
            head("finops", 8, NOW.0 - 1_000, &[("cost", 8)]),
        ];
        let sight = look_at(&heads, "cost", None);
        assert_eq!((sight.state, sight.series), (RungState::Present, Some(10)));
        let sight = look_at(&heads, "cost", Some("finops"));
        assert_eq!((sight.state, sight.series), (RungState::Present, Some(8)));
        let sight = look_at(&heads, "{__name__=~\"c.*|u.*\"}", Some("default-tenant"));
        assert_eq!(sight.series, Some(5));
    }

    #[test]
    fn a_name_under_another_tenant_only_is_absent_and_the_tenant_is_named() {
        let heads = [
            head("default-tenant", 2, NOW.0, &[("cost", 2)]),
            head("finops", 1, NOW.0, &[("up", 1)]),
        ];
        let sight = look_at(&heads, "cost", Some("finops"));
        assert_eq!(sight.state, RungState::Absent);
        assert_eq!(
            sight.instead.unwrap(),
            "held by tenant `default-tenant`, not by `finops`"
        );
    }

    #[test]
    fn a_cut_list_proves_no_absence() {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "up"].map(|name| (name, 3));
        let heads = [head("default-tenant", 50, NOW.0, &names)];
        let sight = look_at(&heads, "cost", None);
        assert_eq!(sight.state, RungState::Unknown);
        assert!(
            sight.why[0].contains("10 names of its 50 series"),
            "{:?}",
            sight.why
        );
        assert!(sight.help.is_some());
    }

    #[test]
    fn a_whole_list_does_and_so_does_an_empty_head() {
        for heads in [
            vec![head("default-tenant", 3, NOW.0, &[("up", 3)])],
            vec![head("default-tenant", 0, i64::MIN, &[])],
        ] {
            assert_eq!(look_at(&heads, "cost", None).state, RungState::Absent);
        }
    }

    #[test]
    fn a_router_holds_nothing_and_says_nothing() {
        assert_eq!(look_at(&[], "cost", None).state, RungState::Unknown);
    }

    #[test]
    fn a_tenant_that_takes_no_samples_any_more_is_stale() {
        let heads = [head("finops", 2, NOW.0 - 1_200_000, &[("cost", 2)])];
        let sight = look_at(&heads, "cost", None);
        assert_eq!(sight.state, RungState::Stale);
        assert!(sight.instead.unwrap().contains("newer than 20m"));
    }

    #[test]
    fn matchers_that_cannot_be_asked_are_said() {
        let heads = [head("finops", 2, NOW.0, &[("cost", 2)])];
        let sight = look_at(&heads, "cost{job=\"aws\"}", None);
        assert_eq!(sight.state, RungState::Present);
        assert!(sight.why.last().unwrap().contains("`job=\"aws\"`"));
    }
}
