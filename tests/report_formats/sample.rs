//! One rich run: every verdict, a retry, gaps, ladders, tables and awkward characters; and the same with any payload in every
//! text that a suite or a server could fill.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gapcheck::backend::World;
use gapcheck::check::Check;
use gapcheck::leaves::{
    Certainty, Control, Diagnosis, Exchange, Finding, Judged, Labels, Origin, Place, Reach, Rung,
    RungState, Severity, Table, Timestamp, Verdict, find_gap,
};
use gapcheck::plan::{Plan, Step};
use gapcheck::report::{ExitSummary, Record};
use gapcheck::run::{Outcome, Run};
use gapcheck::suite::KnownGap;
use serde_json::json;

/// 2026-11-23T10:00:00Z.
pub(crate) const STARTED: Timestamp = Timestamp(1_795_428_000_000);
const METRIC: &str = "aws_cost_exporter_current_month_cost";

/// Builds steps and outcomes, passing each text through `say`.
pub(crate) struct Builder<'a> {
    say: &'a dyn Fn(&str) -> String,
    line: u32,
    pub(crate) steps: Vec<Step>,
    pub(crate) outcomes: Vec<Outcome>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(say: &'a dyn Fn(&str) -> String) -> Self {
        Self {
            say,
            line: 10,
            steps: Vec::new(),
            outcomes: Vec::new(),
        }
    }

    fn say(&self, text: &str) -> String {
        (self.say)(text)
    }

    /// A step that was judged once in 12 ms.
    pub(crate) fn step(&mut self, cluster: Option<&str>, id: &str, kind: &str, verdict: Verdict) {
        self.line += 4;
        let suite = self.say("finops-cost");
        let cluster = cluster.map(|cluster| self.say(cluster));
        let check_id = self.say(id);
        let full = match &cluster {
            Some(cluster) => format!("{suite}[{cluster}]/{check_id}"),
            None => format!("{suite}/{check_id}"),
        };
        let form = match kind {
            "metric" => json!({ "metric": METRIC }),
            "scrape" => json!({ "scrape": "aws-cost-exporter" }),
            "tcp" => json!({ "tcp": "thanos-receive.monitoring.svc:19291" }),
            "http" => json!({ "http": "http://grafana.example/api/health" }),
            _ => json!({ "dns": "thanos-receive.monitoring.svc" }),
        };
        self.steps.push(Step {
            id: full.into(),
            suite: suite.into(),
            cluster: cluster.map(Into::into),
            check_id: check_id.into(),
            title: self.say(&format!("{kind} {id}")),
            tags: vec![self.say("gate")],
            owner: Some(self.say("team-observability")),
            hint: Some(self.say("docs.example/gaps")),
            severity: Severity::Critical,
            needs: Vec::new(),
            within: None,
            timeout: Duration::from_secs(10),
            known_gap: None,
            settings: None,
            origin: Origin {
                file: Path::new(&self.say("suites/finops.yaml")).into(),
                place: Place {
                    line: self.line,
                    column: 5,
                    start: 0,
                    end: 0,
                },
            },
            check: Arc::new(Check::read(kind, form).expect("the form is right")),
            world: Arc::new(World::default()),
        });
        self.outcomes.push(Outcome {
            judged: Judged::of(verdict, self.say("2 series at `prom`")),
            flaky: false,
            fixed: false,
            attempts: 1,
            started: Some(STARTED.plus_ms(3)),
            took_ms: 12,
            evidence: Vec::new(),
            diagnosis: None,
            panicked: false,
        });
    }

    pub(crate) fn last(&mut self) -> (&mut Step, &mut Outcome) {
        (
            self.steps.last_mut().expect("a step was added"),
            self.outcomes.last_mut().expect("a step was added"),
        )
    }

    fn fail(&self, expected: &str, actual: &str) -> Verdict {
        Verdict::fail(self.say(expected), self.say(actual))
    }

    fn rung(&self, hop: &str, kind: &str, state: RungState, why: Option<&str>) -> Rung {
        let there = state == RungState::Present;
        Rung {
            hop: self.say(hop),
            kind: kind.into(),
            state,
            series: (state != RungState::Unknown).then_some(u64::from(there)),
            newest_sample: there.then_some(Timestamp(STARTED.0 - 12_000)),
            age_ms: there.then_some(12_000),
            labels: there
                .then(|| {
                    Labels::from([
                        (self.say("__name__"), METRIC.to_owned()),
                        ("cluster".to_owned(), self.say("ops")),
                    ])
                })
                .into_iter()
                .collect(),
            why: why.map(|why| self.say(why)),
        }
    }

    fn exchange(&self, n: u32, backend: &str, request: &str, answer: &str) -> Exchange {
        Exchange {
            n,
            backend: self.say(backend),
            question: self.say("instant query"),
            request: self.say(request),
            single: (n == 2).then(|| self.say(&format!("{request}&one=1"))),
            status: Some(200),
            at: STARTED.plus_ms(i64::from(n)),
            took_ms: 3,
            attempts: n,
            answer: self.say(answer),
        }
    }

    fn waiver(&self, until: &str, expires: Timestamp) -> KnownGap {
        KnownGap {
            until: self.say(until),
            expires,
            ticket: Some(self.say("OBS-412")),
            reason: Some(self.say("Querier filters the Receive store")),
        }
    }

    pub(crate) fn run(self) -> Run {
        Run {
            vantage: (self.say)("runner host-1"),
            plan: Arc::new(Plan {
                steps: self.steps,
                redactor: Default::default(),
            }),
            outcomes: self.outcomes,
            started: STARTED,
            took_ms: 812,
            ended_by: None,
        }
    }
}

/// The rich run, each text passed through `say`.
pub(crate) fn run(say: &dyn Fn(&str) -> String) -> Run {
    let mut b = Builder::new(say);
    let (ops, blue) = (Some("ops"), Some("blue"));

    b.step(ops, "scraped", "scrape", Verdict::Pass);
    b.last().1.evidence = vec![b.exchange(1, "prom", "GET http://prom:9090/api/v1/targets", "{}")];

    b.step(ops, "resolves", "dns", Verdict::Pass);
    let (_, outcome) = b.last();
    (outcome.flaky, outcome.attempts, outcome.took_ms) = (true, 2, 41_000);

    let fail = b.fail("at least 1 series at `query`", "none");
    b.step(ops, "cost-metric", "metric", fail);
    let ladder = vec![
        b.rung("exporter", "exporter", RungState::Present, None),
        b.rung("prom", "prometheus", RungState::Present, None),
        b.rung("receive", "thanos-receive", RungState::Present, None),
        b.rung("query", "thanos-query", RungState::Absent, None),
    ];
    let query = "GET http://query:9090/api/v1/query?query=count%28x%29";
    let evidence = vec![
        b.exchange(
            1,
            "prom",
            "GET http://prom:9090/api/v1/query?query=x",
            "1 series",
        ),
        b.exchange(
            2,
            "query",
            query,
            r#"{"status":"success","data":{"result":[]}}"#,
        ),
    ];
    let notes = vec![b.say("the control series up reaches `query`")];
    let (_, outcome) = b.last();
    (outcome.attempts, outcome.took_ms) = (3, 180_000);
    outcome.evidence = evidence;
    outcome.judged.ladder = ladder;
    outcome.judged.notes = notes;

    let fail = b.fail("at least 1 series at `query`", "none");
    b.step(blue, "cost-metric", "metric", fail);
    b.last().1.judged.ladder = vec![
        b.rung("prom", "prometheus", RungState::Present, None),
        b.rung(
            "receive",
            "thanos-receive",
            RungState::Unknown,
            Some("connection refused"),
        ),
        b.rung("query", "thanos-query", RungState::Absent, None),
    ];

    let blocked = Verdict::Blocked {
        by: b.steps[2].id.to_string(),
        need_gates: true,
    };
    b.step(ops, "sum", "http", blocked);
    b.last().1.attempts = 0;
    b.last().1.started = None;

    let fail = b.fail("one of 10.0.0.0/8", "NXDOMAIN");
    b.step(blue, "public-name", "dns", fail);
    let table = Table {
        title: b.say("attempts"),
        columns: vec!["name".into(), b.say("server"), "rcode".into()],
        rows: vec![
            vec![b.say("a.b."), b.say("10.0.0.10:53"), b.say("NXDOMAIN")],
            vec![
                b.say("a|b `c`"),
                String::new(),
                b.say("ü €\u{202e}\u{1b}[31m"),
            ],
        ],
    };
    b.last().0.severity = Severity::Warning;
    b.last().1.judged.tables = vec![table];
    b.last().1.evidence = vec![b.exchange(1, "10.0.0.10:53", "A a.b. @10.0.0.10:53", "NXDOMAIN")];

    let blocked = Verdict::Blocked {
        by: b.steps[5].id.to_string(),
        need_gates: false,
    };
    b.step(blue, "health", "http", blocked);

    let error = Verdict::Error {
        what: b.say("`receive` cannot be asked: connection refused after 3ms"),
        help: Some(b.say("Start it, or correct its address in clusters.yaml.")),
    };
    b.step(blue, "write-port", "tcp", error);

    let skip = Verdict::Skip {
        because: b.say("not in this cluster"),
    };
    b.step(blue, "scraped", "scrape", skip);

    let waived = Verdict::KnownGap {
        until: b.say("2027-01-15"),
        ticket: Some(b.say("OBS-412")),
        reason: Some(b.say("Querier filters the Receive store")),
        was: Box::new(b.fail("at least 1 series at `query`", "none")),
    };
    b.step(ops, "other-metric", "metric", waived);
    b.last().0.known_gap = Some(b.waiver("2027-01-15", STARTED.plus_ms(1_000_000)));
    b.last().1.judged.ladder = vec![
        b.rung("prom", "prometheus", RungState::Present, None),
        b.rung(
            "query",
            "thanos-query",
            RungState::Stale,
            Some("ended 40m ago"),
        ),
    ];

    b.step(ops, "mended", "metric", Verdict::Pass);
    b.last().0.known_gap = Some(b.waiver("2027-01-15", STARTED.plus_ms(1_000_000)));
    b.last().1.fixed = true;

    let fail = b.fail("a present series", "no series at any hop");
    b.step(ops, "forgotten", "metric", fail);
    b.last().0.known_gap = Some(b.waiver("2026-01-01", STARTED.plus_ms(-1_000_000)));
    b.last().1.judged.ladder = vec![
        b.rung("prom", "prometheus", RungState::Absent, None),
        b.rung("query", "thanos-query", RungState::Absent, None),
    ];
    b.run()
}

/// Why the first gap of the run is one.
fn diagnosis(ladder: Vec<Rung>, say: &dyn Fn(&str) -> String) -> Diagnosis {
    let finding = |id: &str, certainty, says: &str| Finding {
        cause: say(id),
        certainty,
        says: say(says),
        in_short: None,
        evidence: vec![2],
        fix: None,
        next: Vec::new(),
        consequences: Vec::new(),
    };
    let proven = Finding {
        fix: Some(say("Give Receive the label.")),
        next: vec![say("curl -sS http://query:9090/api/v1/stores")],
        consequences: vec![say("partial-response: query warns of the store")],
        ..finding(
            "store-excluded-by-label",
            Certainty::Proven,
            "query asks cluster=\"ops\", the store advertises cluster=\"hub\"",
        )
    };
    let possible = "the replica label could not be read";
    let ruled_out = "both stores were checked 3s ago, without error";
    let not_tested = "there is no Grafana in the pipeline";
    Diagnosis {
        gap: find_gap(&ladder).expect("the first check shows a gap"),
        ladder,
        shows: RungState::Absent,
        control: Some(Control {
            series: say("up"),
            reach: Reach::WholePath,
            says: say("`up` of the same sender is missing at query, too: the whole way is broken"),
            evidence: vec![1],
        }),
        why_empty: vec![say("`cluster` is never \"ops\" on `cost`; it is \"hub\"")],
        findings: vec![
            proven,
            finding("dedup-hides", Certainty::Possible, possible),
            Finding {
                in_short: Some(say("both stores were checked lately, without error")),
                ..finding("store-unhealthy", Certainty::RuledOut, ruled_out)
            },
            finding("wrong-datasource", Certainty::NotTested, not_tested),
        ],
    }
}

/// The record of that run, with a diagnosis of its first gap, as version 0.1.0 would write it.
pub(crate) fn record(say: &dyn Fn(&str) -> String) -> Record {
    let exit = ExitSummary::new(1, say("3 critical checks failed, 2 could not be asked"));
    let mut run = run(say);
    let first = run
        .outcomes
        .iter_mut()
        .find(|outcome| find_gap(&outcome.judged.ladder).is_some())
        .expect("a check shows a gap");
    first.diagnosis = Some(Box::new(diagnosis(first.judged.ladder.clone(), say)));
    let mut record = Record::of(&run, &exit);
    record.gapcheck = "0.1.0".into();
    record
}

/// The rich record, as it is.
pub(crate) fn plain() -> Record {
    record(&str::to_owned)
}

/// A run of one check in one state, with the exit code that belongs to it.
pub(crate) fn single(verdict: Verdict) -> Record {
    let say = |text: &str| text.to_owned();
    let mut b = Builder::new(&say);
    let code = match verdict {
        Verdict::Pass => 0,
        Verdict::Fail { .. } => 1,
        Verdict::Error { .. } => 3,
        _ => 4,
    };
    b.step(Some("ops"), "only", "metric", verdict);
    Record::of(&b.run(), &ExitSummary::new(code, "the reason"))
}
