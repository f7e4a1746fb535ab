//! Good suites: what is loaded and planned of them.

use std::path::{Path, PathBuf};

use gapcheck::backend::AddressKey;
use gapcheck::plan::{PlanError, Selection, plan};
use gapcheck::suite::{LoadOptions, Loaded, load, render};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/good")
        .join(name)
}

fn options() -> LoadOptions {
    LoadOptions {
        env: Box::new(|name| (name == "QUERY_TOKEN").then(|| "s3cr3t-token".to_owned())),
        ..LoadOptions::default()
    }
}

fn loaded(name: &str) -> Loaded {
    let loaded = load(&[fixture(name)], &options());
    assert!(
        loaded.mistakes.is_empty(),
        "{}",
        render(&loaded.mistakes, &loaded.sources, false)
    );
    loaded
}

#[test]
fn the_matrix_is_planned_with_full_ids() {
    let plan = plan(&loaded("finops.yaml").suites, &Selection::default()).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| &*step.id).collect();
    assert_eq!(
        ids,
        [
            "finops-cost[ops]/cost-metric",
            "finops-cost[ops]/metric-up",
            "finops-cost[ops]/nodes-kube_pod_info",
            "finops-cost[ops]/nodes-kube_node_info",
            "finops-cost[ops]/nodes-node_load1",
            "finops-cost[ops]/metric-up-2",
            "finops-cost[blue]/metric-up",
            "finops-cost[blue]/nodes-kube_pod_info",
            "finops-cost[blue]/nodes-kube_node_info",
            "finops-cost[blue]/nodes-node_load1",
            "finops-cost[blue]/metric-up-2",
        ]
    );
    let last = &plan.steps[10];
    assert_eq!(last.needs, [7, 8, 9]);
    assert_eq!(last.severity.word(), "warning");
    assert_eq!(last.tags, ["gate"]);
    assert_eq!(last.owner.as_deref(), Some("team-observability"));
    assert_eq!(
        last.world
            .backend("prom")
            .unwrap()
            .address(AddressKey::Url)
            .unwrap()
            .as_str(),
        "http://127.0.0.1:9091/"
    );
    assert_eq!(
        last.world.elsewhere,
        [("exporter".to_owned(), vec!["ops".to_owned()])]
    );
    assert_eq!(
        plan.steps[0].known_gap.as_ref().unwrap().ticket.as_deref(),
        Some("OBS-412")
    );
    assert!(
        plan.redactor
            .scrub("a s3cr3t-token b")
            .contains("[redacted:token]")
    );
}

#[test]
fn a_selection_takes_what_is_needed_along() {
    let suites = loaded("finops.yaml").suites;
    let selection = Selection {
        clusters: vec!["blue".to_owned()],
        ids: vec!["metric-up-2".to_owned()],
        ..Selection::default()
    };
    let plan = plan(&suites, &selection).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| &*step.check_id).collect();
    assert_eq!(
        ids,
        [
            "nodes-kube_pod_info",
            "nodes-kube_node_info",
            "nodes-node_load1",
            "metric-up-2"
        ]
    );
    assert_eq!(plan.steps[3].needs, [0, 1, 2]);
}

#[test]
fn c03_a_misspelt_tag_selects_nothing_and_the_nearest_is_named() {
    let suites = loaded("finops.yaml").suites;
    let select = |tags: &[&str], clusters: &[&str], ids: &[&str]| {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let selection = Selection {
            tags: own(tags),
            clusters: own(clusters),
            ids: own(ids),
        };
        match plan(&suites, &selection) {
            Err(PlanError::Nothing(why)) => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        select(&["gatte"], &[], &[]),
        "no check has the tag `gatte`; did you mean `gate`?"
    );
    assert_eq!(
        select(&["smoke", "gatte"], &[], &[]),
        "no check has the tag `gatte`; did you mean `gate`?"
    );
    assert_eq!(
        select(&[], &["green"], &[]),
        "no check is for cluster `green`; there are blue and ops"
    );
    assert_eq!(
        select(&[], &[], &["cost-metrc"]),
        "no check has an id like `cost-metrc`; did you mean `cost-metric`?"
    );
    assert_eq!(
        select(&[], &["blue"], &["cost-metric"]),
        "no check has the cluster, the tag and the id that were asked for all at once"
    );
}

#[test]
fn every_suite_and_every_example_of_this_repository_is_good() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for directory in ["suites", "examples"] {
        let loaded = load(&[root.join(directory)], &options());
        assert!(
            loaded.mistakes.is_empty(),
            "{}",
            render(&loaded.mistakes, &loaded.sources, false)
        );
        assert!(plan(&loaded.suites, &Selection::default()).is_ok());
    }
    for kind in gapcheck::check::KINDS {
        let example = root.join("examples").join(format!("{}.yaml", kind.word));
        let loaded = load(std::slice::from_ref(&example), &options());
        let uses = |suite: &gapcheck::suite::Suite| {
            let mut entries = suite.rows.iter().flat_map(|row| &row.entries);
            // `metrics` becomes a `metric` check a name.
            entries.any(|entry| entry.check.kind() == kind.word || kind.word == "metrics")
        };
        assert!(loaded.suites.iter().any(uses), "{}", example.display());
    }
}

#[test]
fn needs_may_form_a_chain_of_any_length() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("chain.yaml");
    let mut text = "suite: chain\npipeline: [{ name: p, kind: prometheus, url: \"http://127.0.0.1:9090\" }]\nchecks:\n- { id: c0, metric: up }\n".to_owned();
    for at in 1..5_000 {
        text.push_str(&format!(
            "- {{ id: c{at}, metric: up, needs: c{} }}\n",
            at - 1
        ));
    }
    std::fs::write(&file, text).unwrap();
    let loaded = load(&[file], &options());
    let selection = Selection {
        ids: vec!["c4999".to_owned()],
        ..Selection::default()
    };
    assert_eq!(plan(&loaded.suites, &selection).unwrap().steps.len(), 5_000);
}
