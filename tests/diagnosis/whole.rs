//! Diagnoses as wholes: when there is one, where the gap lies, what the control says.

use gapcheck::leaves::Reach;
use serde_json::json;

use crate::found::edge;
use crate::scene::{NOW, Scene, build, count, no_samples, vector};

#[test]
fn what_passes_is_not_diagnosed() {
    let (seen, diagnosis) = Scene::of(&["prom prometheus"])
        .tell("prom count up", count(2))
        .diagnose(json!({ "metric": "up" }));
    seen.passes();
    assert_eq!(diagnosis, None);
}

/// Two Prometheus, the first of which should write to the second.
fn two(x_at_central: u64, up_at_central: u64) -> Scene {
    let mut scene = Scene::of(&["prom prometheus", "central prometheus"])
        .identity(&[("cluster", "ops")])
        .tell("prom count x", count(1))
        .tell("prom count up", count(2))
        .tell("central count x{cluster=\"ops\"}", count(x_at_central))
        .tell("central query x{cluster=\"ops\"}[1h]", no_samples())
        .tell("central count up{cluster=\"ops\"}", count(up_at_central))
        .tell("central query up{cluster=\"ops\"}[1h]", no_samples());
    for hop in ["prom", "central"] {
        let build = build("3.14.0");
        scene = scene.tell_at(NOW, &format!("{hop} build"), build);
    }
    scene
}

#[test]
fn the_control_tells_one_lost_metric_from_a_broken_way() {
    for (up, reach, word) in [
        (2, Reach::ThisMetric, "this metric's only"),
        (0, Reach::WholePath, "the whole way"),
    ] {
        let (_, diagnosis) = two(0, up).diagnose(json!({ "metric": "x" }));
        let diagnosis = diagnosis.expect("a diagnosis");
        assert_eq!(edge(&diagnosis), "prom > central");
        let control = diagnosis.control.expect("a control");
        assert_eq!(control.reach, reach, "{control:?}");
        assert!(control.says.contains(word), "{}", control.says);
    }
}

#[test]
fn a_check_of_the_last_hop_alone_is_diagnosed_over_the_whole_pipeline() {
    let (seen, diagnosis) = two(0, 2).diagnose(json!({ "metric": "x", "at": "central" }));
    assert_eq!(seen.states(), "absent");
    let diagnosis = diagnosis.expect("a diagnosis");
    assert_eq!(edge(&diagnosis), "prom > central");
    let hops: Vec<&str> = diagnosis
        .ladder
        .iter()
        .map(|rung| rung.hop.as_str())
        .collect();
    assert_eq!(hops, ["prom", "central"]);
}

#[test]
fn a_metric_that_came_just_now_may_still_be_on_its_way() {
    let (before, now) = ("prom query count(x offset 85s)", json!({ "metric": "x" }));
    for (was_there, says) in [(false, true), (true, false)] {
        let found: &[(&[(&str, &str)], &str)] = if was_there { &[(&[], "1")] } else { &[] };
        let (_, diagnosis) = two(0, 2).tell(before, vector(found)).diagnose(now.clone());
        let told = diagnosis.expect("a diagnosis").why_empty.join("\n");
        assert_eq!(
            told.contains("not settled: prom has had it for less than 1m25s"),
            says,
            "{told}"
        );
    }
}
