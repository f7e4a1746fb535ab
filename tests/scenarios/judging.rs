//! A suite of one pipeline, run by the built program, and what its report must say of a gap.

use serde_json::Value;

use crate::servers::{check, run};

/// Requests that one red check may cost, whatever is looked into.
const MOST_REQUESTS: usize = 30;

/// A hop: its name, kind and address.
pub(crate) type Hop = (&'static str, &'static str, String);

/// A suite over hops, with these lines of checks; of one cluster, where one is named.
pub(crate) fn suite(cluster: &str, hops: &[Hop], checks: &[&str]) -> String {
    let keyed: Vec<(&str, &str, String)> = hops
        .iter()
        .map(|(name, kind, url)| (*name, *kind, format!("url: \"{url}\"")))
        .collect();
    keyed_suite(cluster, &keyed, checks)
}

/// The same over hops with addresses as they stand in the suite.
pub(crate) fn keyed_suite(cluster: &str, hops: &[Hop], checks: &[&str]) -> String {
    let mut text = "version: 1\nsuite: scenario\n".to_owned();
    if !cluster.is_empty() {
        text += &format!("identity: {{ cluster: {cluster} }}\n");
    }
    text += "pipeline:\n";
    for (name, kind, addresses) in hops {
        text += &format!("  - {{ name: {name}, kind: {kind}, {addresses} }}\n");
    }
    text += "checks:\n";
    for check in checks {
        text += &format!("  - {{ {check} }}\n");
    }
    text
}

/// The same with a backend beside the way.
pub(crate) fn beside(suite: &str, (name, kind, url): &Hop) -> String {
    suite.replace(
        "checks:\n",
        &format!("backends:\n  - {{ name: {name}, kind: {kind}, url: \"{url}\" }}\nchecks:\n"),
    )
}

/// What became of the check `it` of a suite.
pub(crate) struct Judged {
    pub(crate) report: Value,
}

/// Runs a suite whose one check has the id `it`.
pub(crate) fn judged(suite: &str) -> Judged {
    let (_, report) = run(suite, &[]);
    Judged { report }
}

/// Runs a suite of one check over these hops.
pub(crate) fn one(cluster: &str, hops: &[Hop], check: &str) -> Judged {
    judged(&suite(cluster, hops, &[&format!("id: it, {check}")]))
}

impl Judged {
    pub(crate) fn check(&self) -> &Value {
        check(&self.report, "it")
    }

    #[track_caller]
    pub(crate) fn is(self, verdict: &str) -> Self {
        assert_eq!(self.check()["verdict"], verdict, "{:#}", self.report);
        self
    }

    /// Its gap.
    #[track_caller]
    pub(crate) fn gap(&self) -> &Value {
        let gaps = self.report["gaps"].as_array().unwrap();
        assert_eq!(gaps.len(), 1, "{:#}", self.report);
        &gaps[0]
    }

    /// The gap lies there: `from > to`, with `..` in place of `>` where it is an interval.
    #[track_caller]
    pub(crate) fn at(self, edge: &str) -> Self {
        let gap = self.gap();
        let from = gap["from"].as_str().unwrap_or("-");
        let arrow = match gap["edge"].as_str() {
            Some("exact") => ">",
            _ => "..",
        };
        let seen = format!("{from} {arrow} {}", gap["to"].as_str().unwrap());
        assert_eq!(seen, edge, "{:#}", self.report);
        self
    }

    /// The causes of a certainty, in the order in which they are named.
    #[track_caller]
    pub(crate) fn causes(&self, certainty: &str) -> Vec<&str> {
        let causes = self.gap()["causes"].as_array().unwrap();
        causes
            .iter()
            .filter(|cause| cause["certainty"] == certainty)
            .map(|cause| cause["id"].as_str().unwrap())
            .collect()
    }

    /// These causes are called proven, in this order, and no other; each is shown by something.
    #[track_caller]
    pub(crate) fn proves(self, causes: &[&str]) -> Self {
        assert_eq!(self.causes("proven"), causes, "{:#}", self.gap()["causes"]);
        for cause in causes {
            let finding = self.cause(cause);
            let shown_by = finding["evidence"].as_array().unwrap();
            assert!(!shown_by.is_empty(), "{finding:#}");
        }
        self.costs_little()
    }

    /// Nothing is called proven, and this cause is the first of those that remain.
    #[track_caller]
    pub(crate) fn suspects(self, certainty: &str, cause: &str) -> Self {
        let none: [&str; 0] = [];
        assert_eq!(self.causes("proven"), none, "{:#}", self.gap()["causes"]);
        assert_eq!(
            self.causes(certainty).first(),
            Some(&cause),
            "{:#}",
            self.gap()["causes"]
        );
        self.costs_little()
    }

    /// What is said of a cause.
    #[track_caller]
    pub(crate) fn cause(&self, id: &str) -> &Value {
        let causes = self.gap()["causes"].as_array().unwrap();
        causes
            .iter()
            .find(|cause| cause["id"] == id)
            .unwrap_or_else(|| panic!("nothing is said of {id}: {causes:#?}"))
    }

    /// The sentence about a cause has all these words.
    #[track_caller]
    pub(crate) fn saying(self, id: &str, words: &[&str]) -> Self {
        let says = self.cause(id)["says"].as_str().unwrap();
        for word in words {
            assert!(says.contains(word), "`{word}` is not in: {says}");
        }
        self
    }

    /// It passed, there is no gap, and nothing was looked into.
    #[track_caller]
    pub(crate) fn passes(self) -> Self {
        let judged = self.is("pass");
        assert_eq!(judged.report["gaps"], serde_json::json!([]));
        judged.costs_little()
    }

    #[track_caller]
    fn costs_little(self) -> Self {
        let asked = self.check()["evidence"].as_array().unwrap().len();
        assert!(
            asked <= MOST_REQUESTS,
            "{asked} requests: {:#}",
            self.report
        );
        self
    }
}
