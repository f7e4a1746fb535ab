//! The faults that can be planted: every row of both tables of the lab.

use gapcheck::diagnose::cause;
use gapcheck::lab::incident;
use gapcheck::lab::{CauseFault, FAULTS, Model, cause_fault, cause_faults};

/// A fault, whichever table it stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planted {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// The cause that it is; none where nothing is lost.
    pub(crate) cause: Option<&'static str>,
    /// Puts it into a model.
    pub(crate) plant: fn(&mut Model),
    /// Keys of the check that must be otherwise for it to lose what is asked for, with their values in JSON.
    pub(crate) asks: &'static [(&'static str, &'static str)],
}

/// All of them.
pub(crate) fn all() -> Vec<Planted> {
    let of_demo = FAULTS.iter().map(|fault| Planted {
        name: fault.name,
        cause: fault.cause,
        plant: fault.plant,
        asks: &[],
    });
    let of_causes = cause_faults().map(|fault| Planted {
        name: fault.cause,
        cause: Some(fault.cause),
        plant: fault.plant,
        asks: match is_of_suite(fault) {
            true => &[],
            false => fault.asks(),
        },
    });
    of_demo
        .filter(|fault| fault.name != "none")
        .chain(of_causes)
        .collect()
}

/// Pairs of a fault and a cause that is proven beside it and true: the fault makes it so.
///
/// | fault | cause | why it is true |
/// | --- | --- | --- |
/// | `dns-name-gone` | `write-name-unresolved` | the name is gone; with a queue that is stuck for another reason nothing tells the two apart |
/// | `dns-name-gone` | `store-discovery-empty` | Query's discovery asks for the same name |
/// | `write-port-closed` | `receive-not-ready` | with our own connections refused at its other ports, a closed port looks as if all were down |
/// | `store-not-configured` | `other-receive-replica` | where the hop lists both Receives, the one that Query asks is the other replica |
/// | `receive-overloaded` | `receiver-errors` | it answers 5xx, and that it is overloaded is never proven |
/// | `metric-missing-at-query` | `store-not-configured` | of two Receives, Query is configured with the one that lacks it only |
/// | `other-receive-replica` | `store-not-configured` | the same |
/// | `store-hidden-by-selector` | `tenant-mismatch` | the tenant that is hidden is another one than a check may ask for |
/// | `samples-too-old` | `write-lagging` | what is too old has waited in the queue for an hour |
/// | `renamed-metric` | `metric-not-exposed` | under its old name it is exposed no more |
/// | `backlog-lost`, `receive-data-lost` | `slow-scrape` | the metric is scraped once an hour |
const ALSO_TRUE: &[(&str, &str)] = &[
    ("dns-name-gone", "write-name-unresolved"),
    ("dns-name-gone", "store-discovery-empty"),
    ("write-port-closed", "receive-not-ready"),
    ("store-not-configured", "other-receive-replica"),
    ("receive-overloaded", "receiver-errors"),
    ("other-receive-replica", "store-not-configured"),
    ("metric-missing-at-query", "store-not-configured"),
    ("store-hidden-by-selector", "tenant-mismatch"),
    ("samples-too-old", "write-lagging"),
    ("renamed-metric", "metric-not-exposed"),
    ("backlog-lost", "slow-scrape"),
    ("receive-data-lost", "slow-scrape"),
];

/// Whether it needs other hops, or a check of another metric.
fn is_of_suite(fault: &CauseFault) -> bool {
    let is_of_metric = |(key, _): &(&str, &str)| *key == "metric";
    fault
        .suite()
        .is_some_and(|change| !change.without.is_empty() || change.check.iter().any(is_of_metric))
}

/// Faults that decide how every write of a sender is answered.
const ANSWERS: [&str; 6] = [
    "receiver-errors",
    "write-rate-limited",
    "no-hashring-for-tenant",
    "receive-quorum",
    "receive-overloaded",
    "receive-limits",
];

/// Pairs of faults that are no world.
///
/// | fault | beside it | why not |
/// | --- | --- | --- |
/// | `rule-failing` | `prometheus-agent` | an agent refuses a configuration with rules |
/// | `tenant-header-lost` | `sample-age-limit` | 2.42, which loses the header, knows no such limit: it came with 2.50 |
/// | `tenant-header-lost` | `remote-write-v2-unsupported` | nor the second version of the protocol |
/// | `series-ended` | `target-dropped-by-relabel` | the target that is gone was never scraped then, and is dropped no more |
/// | `tenant-split-by-label` | `future-sample-blocks` | the lab keeps the future sample in the head of the header's tenant, where no series is then |
const NO_WORLD: &[(&str, &str)] = &[
    ("rule-failing", "prometheus-agent"),
    ("tenant-header-lost", "sample-age-limit"),
    ("tenant-header-lost", "remote-write-v2-unsupported"),
    ("series-ended", "target-dropped-by-relabel"),
    ("tenant-split-by-label", "future-sample-blocks"),
];

/// Whether these can be so at the same time: none takes away the URL that makes another one.
pub(crate) fn is_world(planted: &[Planted]) -> bool {
    let url = |planted: &[Planted]| {
        let mut model = incident::healthy(0);
        planted.iter().for_each(|fault| (fault.plant)(&mut model));
        let ops = model.prometheus.first().expect("a sender");
        ops.remote_write.queueing.to_receive
    };
    let all = url(planted);
    let keeps = |fault: &Planted| url(&[*fault]).is_none_or(|own| all == Some(own));
    let has = |name: &str| planted.iter().any(|fault| fault.name == name);
    planted.iter().all(keeps) && !NO_WORLD.iter().any(|(one, other)| has(one) && has(other))
}

#[test]
fn faults_that_undo_each_other_are_no_world() {
    let planted = |names: [&str; 2]| {
        let of_name = |name| all().into_iter().find(|fault| fault.name == name);
        names.map(|name| of_name(name).expect("a fault"))
    };
    for names in [
        ["write-connection-failed", "write-unauthorized"],
        ["remote-write-v2-unsupported", "write-connection-failed"],
        ["prometheus-agent", "rule-failing"],
    ] {
        assert!(!is_world(&planted(names)), "{names:?}");
    }
    assert!(is_world(&planted(["query-lookback", "name-translated"])));
    assert!(is_world(&planted([
        "write-unauthorized",
        "tenant-split-by-label"
    ])));
}

impl Planted {
    /// Whether it decides how every write is answered: two of them are no world.
    pub(crate) fn answers_all(&self) -> bool {
        ANSWERS.contains(&self.name)
    }

    /// Whether it can be planted in these pipelines, with checks of these metrics.
    pub(crate) fn fits(&self) -> bool {
        !cause_fault(self.name).is_some_and(is_of_suite)
    }
}

/// Whether it is no accusation to call this cause proven where those faults are in: one of them is that cause, or a case of it, or
/// makes it true.
pub(crate) fn is_true(id: &str, planted: &[Planted]) -> bool {
    let general = cause(id).map_or(&[][..], |cause| cause.yields_to);
    planted.iter().any(|fault| {
        fault
            .cause
            .is_some_and(|own| own == id || general.contains(&own))
            || ALSO_TRUE.contains(&(fault.name, id))
    })
}

/// Whether one of the causes that this fault makes true as well is among these.
pub(crate) fn is_told_otherwise(fault: &Planted, proven: &[&str]) -> bool {
    ALSO_TRUE
        .iter()
        .any(|(name, cause)| *name == fault.name && proven.contains(cause))
}
