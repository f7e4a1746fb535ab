//! The faults that can be put into the lab, and what each must make a run of `suites/finops-cost.yaml` say.
//!
//! A row does not tell what a check should look for. It says which checks must be red and where the metric is
//! lost, so that a finished run can be compared with every row by code that does not know what was planted.
//! What the head of Receive shows is counted by name and tenant only, and `blue` has a metric of the same name: only
//! its StoreAPI tells that a metric of `ops` is held for another tenant.

use crate::lab::model::Model;
use crate::lab::plant;
use crate::lab::version::ThanosVersion;

/// One fault.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is wrong, in a sentence.
    pub says: &'static str,
    /// The id of the cause to which it must lead; none where it loses nothing.
    pub cause: Option<&'static str>,
    /// Puts it into a healthy model.
    pub plant: fn(&mut Model),
    /// The checks that must fail or err, and no others.
    pub red: &'static [Red],
    /// Where the metric is lost, for a fault that loses one.
    pub edge: Option<Edge>,
    /// What it leads to instead where Thanos is 0.31: its Receive lists ten names of metrics whatever is asked for, so that one that is
    /// not among them is neither there nor missing.
    pub on_0_31: Option<Marks>,
}

/// What a run with a fault shows.
#[derive(Debug, Clone, Copy)]
pub struct Marks {
    /// The checks that must fail or err, and no others.
    pub red: &'static [Red],
    /// Where the metric is lost.
    pub edge: Option<Edge>,
}

impl Fault {
    /// What a run must show on this Thanos.
    pub fn marks(&self, version: ThanosVersion) -> Marks {
        let usual = Marks {
            red: self.red,
            edge: self.edge,
        };
        self.on_0_31
            .filter(|_| version == ThanosVersion::V0_31)
            .unwrap_or(usual)
    }
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
        cause: Some("other-receive-replica"),
        plant: plant::missing_at_query,
        red: &[fail("cost-metric", "ops")],
        edge: edge("receive", "query"),
        on_0_31: None,
    },
    Fault {
        name: "metric-missing-in-prometheus",
        says: "a metric_relabel_configs rule of Prometheus drops the metric after each scrape",
        cause: Some("dropped-by-metric-relabel"),
        plant: plant::missing_in_prometheus,
        red: &[
            fail("cost-metric", "ops"),
            fail("cost-history", "ops"),
            fail("store-holds", "ops"),
        ],
        edge: edge("exporter", "prom"),
        on_0_31: None,
    },
    Fault {
        name: "metric-missing-at-receive",
        says: "the relabelling of Receive drops the metric without a word to the sender",
        cause: Some("dropped-by-receive-relabel"),
        plant: plant::missing_at_receive,
        red: &[
            fail("cost-metric", "ops"),
            fail("receive-takes", "ops"),
            fail("store-holds", "ops"),
        ],
        edge: edge("prom", "receive"),
        on_0_31: Some(Marks {
            red: &[
                fail("cost-metric", "ops"),
                fail("receive-takes", "ops"),
                fail("store-holds", "ops"),
            ],
            edge: Some(Edge {
                from: Some("prom"),
                to: "query",
                exact: false,
            }),
        }),
    },
    Fault {
        name: "label-changed-on-the-way",
        says: "a write_relabel_configs rule gives the metric another namespace",
        cause: None,
        plant: plant::label_changed,
        red: &[fail("cost-metric", "ops")],
        edge: None,
        on_0_31: None,
    },
    Fault {
        name: "wrong-tenant",
        says: "the Prometheus of ops writes as tenant `finops` instead of `default-tenant`",
        cause: Some("tenant-mismatch"),
        plant: plant::wrong_tenant,
        red: &[
            fail("cost-metric", "ops"),
            fail("cost-tenant", "ops"),
            fail("remote-write", "ops"),
            fail("store-holds", "ops"),
        ],
        edge: edge("prom", "receive"),
        on_0_31: None,
    },
    Fault {
        name: "stale-metric",
        says: "the samples in Prometheus ended twenty minutes ago, while the exporter shows the metric still",
        cause: Some("dropped-by-metric-relabel"),
        plant: plant::stale,
        red: &[fail("cost-metric", "ops"), fail("store-holds", "ops")],
        edge: edge("exporter", "prom"),
        on_0_31: None,
    },
    Fault {
        name: "metric-not-exposed",
        says: "the exporter is up, but its page lost the metric three minutes ago",
        cause: Some("metric-not-exposed"),
        plant: plant::not_exposed,
        red: &[fail("exporter-scraped", "ops"), fail("cost-metric", "ops")],
        edge: Some(Edge {
            from: None,
            to: "exporter",
            exact: true,
        }),
        on_0_31: None,
    },
    Fault {
        name: "exporter-down",
        says: "nothing listens at the exporter's address since three minutes",
        cause: Some("exporter-down"),
        plant: plant::exporter_down,
        red: &[fail("exporter-scraped", "ops"), fail("cost-metric", "ops")],
        edge: Some(Edge {
            from: None,
            to: "prom",
            exact: false,
        }),
        on_0_31: None,
    },
    Fault {
        name: "dns-name-gone",
        says: "the name of Receive's service resolves no more; connections made before live on",
        cause: None,
        plant: plant::name_gone,
        red: &[
            fail("dns-names", "ops"),
            fail("dns-receive-srv", "ops"),
            fail("dns-write-name", "ops"),
        ],
        edge: None,
        on_0_31: None,
    },
    Fault {
        name: "write-port-closed",
        says: "nothing listens at Receive's write port, and both clusters wait with their data",
        cause: Some("write-connection-failed"),
        plant: plant::write_port_closed,
        red: &[
            fail("clusters-report", "ops"),
            fail("control-up", "blue"),
            fail("control-up", "ops"),
            fail("cost-metric", "ops"),
            error("receive-takes", "ops"),
            fail("remote-write", "blue"),
            fail("remote-write", "ops"),
            fail("store-holds", "ops"),
            fail("write-port", "blue"),
            fail("write-port", "ops"),
        ],
        edge: Some(Edge {
            from: Some("prom"),
            to: "query",
            exact: false,
        }),
        on_0_31: None,
    },
    Fault {
        name: "query-store-unhealthy",
        says: "Query cannot reach its store any more and leaves it out without a warning",
        cause: Some("store-unhealthy"),
        plant: plant::store_unhealthy,
        red: &[
            error("control-up", "blue"),
            error("control-up", "ops"),
            error("cost-metric", "ops"),
            fail("store-visible", "ops"),
        ],
        edge: Some(Edge {
            from: Some("receive"),
            to: "query",
            exact: false,
        }),
        on_0_31: None,
    },
    Fault {
        name: "none",
        says: "nothing is wrong",
        cause: None,
        plant: plant::nothing,
        red: &[],
        edge: None,
        on_0_31: None,
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
    use crate::lab::version::ThanosVersion;

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
    fn what_loses_the_metric_has_a_cause() {
        for fault in FAULTS {
            assert!(
                fault.cause.is_some() || fault.edge.is_none(),
                "{}",
                fault.name
            );
            let is_id = |one: char| one.is_ascii_lowercase() || one == '-';
            assert!(fault.cause.is_none_or(|id| id.chars().all(is_id)));
        }
    }

    #[test]
    fn rows_can_be_told_apart() {
        for version in ThanosVersion::ALL {
            let mut rows = BTreeSet::new();
            for fault in FAULTS {
                let marks = fault.marks(version);
                let red: BTreeSet<_> = marks.red.iter().collect();
                assert_eq!(
                    red.len(),
                    marks.red.len(),
                    "{} names a check twice",
                    fault.name
                );
                assert!(
                    rows.insert((red, marks.edge)),
                    "{} looks like another row",
                    fault.name
                );
            }
        }
    }

    #[test]
    fn the_suite_has_every_check_that_a_row_names() {
        let suite = include_str!("../../suites/finops-cost.yaml");
        let all = FAULTS
            .iter()
            .flat_map(|fault| ThanosVersion::ALL.map(|version| fault.marks(version)));
        for marks in all {
            for red in marks.red {
                let line = format!("  - id: {}\n", red.check);
                assert_eq!(suite.matches(&line).count(), 1, "{}", red.check);
            }
            for hop in marks
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
