//! Two stores that nothing tells apart: their external labels are equal.

use crate::backend::answer::Store;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::roster::Roster;
use crate::leaves::{RungState, words};

/// Components whose label sets are those of one Prometheus or ruler each.
const OF_ONE: [&str; 2] = ["sidecar", "rule"];

/// Compares the label sets of the sidecars and rulers that Query lists.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    let query = roster.name();
    let stores = &roster.stores.0;
    let equal = stores.iter().enumerate().find_map(|(at, one)| {
        let other = stores[at + 1..].iter().find(|other| is_alike(one, other))?;
        Some((one, other))
    });
    let Some((one, other)) = equal else {
        return Found::ruled_out(format!(
            "no two sidecars or rulers that {query} lists have the same label sets"
        ))
        .shown_by([roster.n]);
    };
    let sets: Vec<String> = one
        .label_sets
        .iter()
        .map(|set| format!("`{set}`"))
        .collect();
    let says = format!(
        "the {}s {} and {} both advertise {}",
        one.component,
        one.name,
        other.name,
        words::few(&sets, 2)
    );
    let build = case.ask.build(&roster.query).await.ok();
    let version = build.as_ref().map(|told| told.value.version.clone());
    let evidence: Vec<u32> = build.iter().map(|told| told.n).chain([roster.n]).collect();
    let found = match (is_known(version.as_deref().unwrap_or_default()), case.shows) {
        (true, RungState::Present) if roster.could_hold(one) => Found::likely(format!(
            "{says}: what the two hold is mixed into the same series"
        )),
        (true, _) => Found::ruled_out(format!(
            "{says}, but {query} ({}) asks both all the same: that mixes series and loses none",
            version.unwrap_or_default()
        )),
        (false, _) => Found::possible(format!(
            "{says}; old versions of Query leave one of them out, and its version is not known to ask both"
        )),
    };
    found.shown_by(evidence)
}

fn is_alike(one: &Store, other: &Store) -> bool {
    OF_ONE.contains(&one.component.as_str())
        && one.component == other.component
        && !one.label_sets.is_empty()
        && one.label_sets == other.label_sets
}

/// Whether that version is one of which it is known that it asks both: Thanos 0.31 and later.
fn is_known(version: &str) -> bool {
    let mut parts = version
        .trim_start_matches('v')
        .split(|c: char| !c.is_ascii_digit());
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok());
    let (major, minor) = (number(parts.next()), number(parts.next()));
    matches!((major, minor), (Some(1..), _) | (Some(0), Some(31..)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_ask_both_are_known() {
        for (version, expected) in [
            ("0.42.4", true),
            ("v0.31.0", true),
            ("1.0.0", true),
            ("0.30.2", false),
            ("", false),
        ] {
            assert_eq!(is_known(version), expected, "{version}");
        }
    }
}
