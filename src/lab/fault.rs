//! The faults that can be put into the lab, and what each must make a run of `suites/finops-cost.yaml` say.
//!
//! A row does not tell what a check should look for. It says which checks must be red and where the metric is
//! lost, so that a finished run can be compared with every row by code that does not know what was planted.
//! What the head of Receive shows is counted by name and tenant only, and `blue` has a metric of the same name: so
//! a metric of `ops` that is held for another tenant is missed no earlier than at Query.

use crate::lab::model::Model;
use crate::lab::plant;

/// One fault.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is wrong, in a sentence.
    pub says: &'static str,
    /// Puts it into a healthy model.
    pub plant: fn(&mut Model),
    /// The checks that must fail or err, and no others.
    pub red: &'static [Red],
    /// Where the metric is lost, for a fault that loses one.
    pub edge: Option<Edge>,
}

/// A check that must be red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Red {
    /// The check's id in the suite.
    pub check: &'static str,
    /// The cluster for which it ran.
    pub cluster: &'static str,
    /// `fail` or `error`.
    pub verdict: &'static str,
}

/// The edge of the pipeline at which the metric is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The last hop that has it; none if no hop has.
    pub from: Option<&'static str>,
    /// The first hop after it that lacks it.
    pub to: &'static str,
    /// Whether every hop between could be asked.
    pub exact: bool,
}

/// The fault of the incident, which is planted where no other is named.
pub const DEFAULT_FAULT: &str = "metric-missing-at-query";

/// All faults, and `none`.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: DEFAULT_FAULT,
        says: "the metric is in Prometheus and at Receive, but the store that Query asks lacks it",
        plant: plant::missing_at_query,
        red: &[fail("cost-metric", "ops")],
        edge: edge("receive", "query"),
    },
    Fault {
        name: "metric-missing-in-prometheus",
        says: "a metric_relabel_configs rule of Prometheus drops the metric after each scrape",
        plant: plant::missing_in_prometheus,
        red: &[fail("cost-metric", "ops"), fail("cost-history", "ops")],
        edge: edge("exporter", "prom"),
    },
    Fault {
        name: "metric-missing-at-receive",
        says: "the relabelling of Receive drops the metric without a word to the sender",
        plant: plant::missing_at_receive,
        red: &[fail("cost-metric", "ops")],
        edge: edge("prom", "receive"),
    },
    Fault {
        name: "label-changed-on-the-way",
        says: "a write_relabel_configs rule gives the metric another namespace",
        plant: plant::label_changed,
        red: &[fail("cost-metric", "ops")],
        edge: None,
    },
    Fault {
        name: "wrong-tenant",
        says: "the Prometheus of ops writes as tenant `finops` instead of `default-tenant`",
        plant: plant::wrong_tenant,
        red: &[fail("cost-metric", "ops"), fail("cost-tenant", "ops")],
        edge: edge("receive", "query"),
    },
    Fault {
        name: "stale-metric",
        says: "the samples in Prometheus ended twenty minutes ago, while the exporter shows the metric still",
        plant: plant::stale,
        red: &[fail("cost-metric", "ops")],
        edge: edge("exporter", "prom"),
    },
    Fault {
        name: "metric-not-exposed",
        says: "the exporter is up, but its page lost the metric three minutes ago",
        plant: plant::not_exposed,
        red: &[fail("exporter-scraped", "ops"), fail("cost-metric", "ops")],
        edge: Some(Edge {
            from: None,
            to: "exporter",
            exact: true,
        }),
    },
    Fault {
        name: "exporter-down",
        says: "nothing listens at the exporter's address since three minutes",
        plant: plant::exporter_down,
        red: &[fail("exporter-scraped", "ops"), fail("cost-metric", "ops")],
        edge: Some(Edge {
            from: None,
            to: "prom",
            exact: false,
        }),
    },
    Fault {
        name: "dns-name-gone",
        says: "the name of Receive's service resolves no more; connections made before live on",
        plant: plant::name_gone,
        red: &[
            fail("dns-names", "ops"),
            fail("dns-receive-srv", "ops"),
            fail("dns-write-name", "ops"),
        ],
        edge: None,
    },
    Fault {
        name: "write-port-closed",
        says: "nothing listens at Receive's write port, and both clusters wait with their data",
        plant: plant::write_port_closed,
        red: &[
            fail("clusters-report", "ops"),
            fail("control-up", "blue"),
            fail("control-up", "ops"),
            fail("cost-metric", "ops"),
            fail("write-port", "blue"),
            fail("write-port", "ops"),
        ],
        edge: Some(Edge {
            from: Some("prom"),
            to: "query",
            exact: false,
        }),
    },
    Fault {
        name: "query-store-unhealthy",
        says: "Query cannot reach its store any more and leaves it out without a warning",
        plant: plant::store_unhealthy,
        red: &[
            error("control-up", "blue"),
            error("control-up", "ops"),
            error("cost-metric", "ops"),
            fail("store-visible", "ops"),
        ],
        edge: None,
    },
    Fault {
        name: "none",
        says: "nothing is wrong",
        plant: plant::nothing,
        red: &[],
        edge: None,
    },
];

/// The fault of a name.
pub fn fault(name: &str) -> Option<&'static Fault> {
    FAULTS.iter().find(|fault| fault.name == name)
}

const fn fail(check: &'static str, cluster: &'static str) -> Red {
    Red {
        check,
        cluster,
        verdict: "fail",
    }
}

const fn error(check: &'static str, cluster: &'static str) -> Red {
    Red {
        check,
        cluster,
        verdict: "error",
    }
}

const fn edge(from: &'static str, to: &'static str) -> Option<Edge> {
    Some(Edge {
        from: Some(from),
        to,
        exact: true,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use hickory_resolver::proto::rr::{Name, RecordType};

    use super::{DEFAULT_FAULT, FAULTS, fault};
    use crate::lab::answer::answer;
    use crate::lab::dns;
    use crate::lab::incident::{self, COST_METRIC};
    use crate::lab::message::Request;
    use crate::lab::model::Model;
    use crate::lab::station::Station;

    const START: i64 = 1_800_000_000_000;

    fn planted(name: &str) -> Model {
        let mut model = incident::healthy(START);
        let fault = fault(name).expect("a fault of that name");
        (fault.plant)(&mut model);
        model
    }

    /// What anybody could see of a model from outside.
    fn seen(model: &Model) -> Vec<String> {
        let query = |text: &str| Request::get("/api/v1/query").with("query", text);
        let ops = Station::Prometheus("ops".to_owned());
        let tsdb = Request::get("/api/v1/status/tsdb").with("all_tenants", "true");
        let mut all: Vec<String> = [
            (Station::Exporter, Request::get("/metrics")),
            (ops.clone(), query(COST_METRIC)),
            (ops, query(&format!("last_over_time({COST_METRIC}[1h])"))),
            (Station::ReceiveWrite(0), tsdb.with("limit", "10000")),
            (
                Station::Query,
                query(&format!("{COST_METRIC}{{cluster=\"ops\"}}")),
            ),
            (Station::Query, query("up")),
            (Station::Query, Request::get("/api/v1/stores")),
        ]
        .iter()
        .map(|(station, request)| {
            if model.is_open(station) {
                answer(model, station, START + 1_000, request).body
            } else {
                "refused".to_owned()
            }
        })
        .collect();
        let name: Name = "thanos-receive.monitoring.svc.cluster.local."
            .parse()
            .expect("a name");
        all.push(
            dns::answer(&model.zone, &name, RecordType::A)
                .code
                .to_string(),
        );
        all
    }

    #[test]
    fn names_are_kebab_case_and_unique() {
        let names: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.name).collect();
        assert_eq!(names.len(), FAULTS.len());
        for name in names {
            assert!(
                name.chars()
                    .all(|one| one.is_ascii_lowercase() || one == '-'),
                "{name}"
            );
        }
        assert!(fault(DEFAULT_FAULT).is_some());
        assert!(fault("no-such-fault").is_none());
    }

    #[test]
    fn rows_can_be_told_apart() {
        let mut rows = BTreeSet::new();
        for fault in FAULTS {
            let red: BTreeSet<_> = fault.red.iter().collect();
            assert_eq!(
                red.len(),
                fault.red.len(),
                "{} names a check twice",
                fault.name
            );
            assert!(
                rows.insert((red, fault.edge)),
                "{} looks like another row",
                fault.name
            );
        }
    }

    #[test]
    fn the_suite_has_every_check_that_a_row_names() {
        let suite = include_str!("../../suites/finops-cost.yaml");
        for fault in FAULTS {
            for red in fault.red {
                let line = format!("  - id: {}\n", red.check);
                assert_eq!(suite.matches(&line).count(), 1, "{}", red.check);
            }
            for hop in fault
                .edge
                .iter()
                .flat_map(|edge| edge.from.into_iter().chain([edge.to]))
            {
                assert!(suite.contains(&format!("{{ name: {hop}, ")), "{hop}");
            }
        }
    }

    #[test]
    fn every_fault_changes_what_is_seen() {
        let healthy = seen(&planted("none"));
        let mut all = BTreeSet::new();
        for fault in FAULTS {
            let view = seen(&planted(fault.name));
            assert_eq!(view == healthy, fault.name == "none", "{}", fault.name);
            assert!(all.insert(view), "{} looks like another fault", fault.name);
        }
    }

    #[test]
    fn the_incident_s_fault_is_seen_nowhere_but_at_query() {
        let (healthy, faulty) = (seen(&planted("none")), seen(&planted(DEFAULT_FAULT)));
        assert_eq!(healthy[..4], faulty[..4]);
        assert!(faulty[4].contains("\"result\":[]"));
        assert!(faulty[5].contains("\"cluster\":\"ops\""));
        assert!(faulty[6].contains("\"lastError\":null"));
    }

    #[test]
    fn stale_samples_can_still_be_found() {
        let view = seen(&planted("stale-metric"));
        assert!(view[0].contains(COST_METRIC));
        assert!(view[1].contains("\"result\":[]"));
        assert!(view[2].contains(COST_METRIC));
    }

    #[test]
    fn the_wrong_tenant_is_seen_at_receive_and_query() {
        let view = seen(&planted("wrong-tenant"));
        assert!(view[3].contains("\"tenant\":\"finops\""));
        assert!(view[4].contains("\"tenant_id\":\"finops\""));
    }
}
