//! From suites and a selection to a plan.

use std::sync::Arc;

use crate::leaves::{Mistake, Redactor, words};
use crate::plan::ids::{name_all, prefix};
use crate::plan::needs::{resolve, review_circles};
use crate::plan::selection::Selection;
use crate::plan::step::{Plan, Step};
use crate::suite::{Entry, Row, Suite};

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nothing would be checked: why, and what may have been meant.
    #[error("{0}")]
    Nothing(String),
    /// A suite has fewer checks than its `min_checks`: both numbers.
    #[error("{0}")]
    TooFew(String),
    /// Ids or needs that the user can mend.
    #[error("{} in ids or needs", words::count(.0.len(), "mistake"))]
    Mistakes(Vec<Mistake>),
}

/// Plans the checks that are wanted, and those they need.
///
/// # Errors
/// Mistakes in ids and needs, all at once; nothing was selected; or a suite has fewer checks than its `min_checks`.
pub fn plan(suites: &[Suite], selection: &Selection) -> Result<Plan, PlanError> {
    let mut mistakes = Vec::new();
    let ids = name_all(suites, &mut mistakes);
    let mut steps: Vec<Step> = Vec::new();
    for (suite, ids) in suites.iter().zip(&ids) {
        for (at, (row, names)) in suite.rows.iter().zip(ids).enumerate() {
            let elsewhere = elsewhere(suite, ids, at, row);
            let needs = resolve(row, names, &elsewhere, &mut mistakes);
            review_circles(row, names, &needs, &mut mistakes);
            let first = steps.len();
            let prefix = prefix(row);
            let made = row
                .entries
                .iter()
                .zip(names)
                .zip(needs)
                .map(|((entry, id), needs)| {
                    let needs = needs.into_iter().map(|need| first + need).collect();
                    step(row, entry, id, &prefix, needs)
                });
            steps.extend(made);
        }
    }
    if !mistakes.is_empty() {
        mistakes.sort();
        mistakes.dedup();
        return Err(PlanError::Mistakes(mistakes));
    }
    enough(suites)?;
    if steps.is_empty() {
        return Err(PlanError::Nothing("there is no check".to_owned()));
    }
    let wanted = selection.wanted(&steps).map_err(PlanError::Nothing)?;
    Ok(Plan {
        steps: keep(steps, wanted),
        redactor: Redactor::of(suites.iter().flat_map(|suite| &suite.secrets)),
    })
}

fn step(row: &Row, entry: &Entry, id: &Arc<str>, prefix: &str, needs: Vec<usize>) -> Step {
    let title = entry
        .title
        .clone()
        .unwrap_or_else(|| format!("{} {}", entry.check.kind(), entry.check.subject()));
    Step {
        id: format!("{prefix}/{id}").into(),
        suite: row.world.suite.clone(),
        cluster: row.world.cluster.clone(),
        check_id: id.clone(),
        title,
        tags: entry.tags.clone(),
        owner: entry.owner.clone(),
        hint: entry.hint.clone(),
        severity: entry.severity,
        needs,
        within: entry.within,
        timeout: entry.timeout,
        known_gap: entry.known_gap.clone(),
        origin: entry.origin.clone(),
        settings: entry.settings.clone(),
        check: entry.check.clone(),
        world: row.world.clone(),
    }
}

/// The ids of the other rows that this row's needs name and its own checks do not have, each with its cluster.
fn elsewhere<'a>(
    suite: &'a Suite,
    ids: &'a [Vec<Arc<str>>],
    here: usize,
    row: &Row,
) -> Vec<(&'a str, &'a str)> {
    if row.entries.iter().all(|entry| entry.needs.is_empty()) {
        return Vec::new();
    }
    let others = suite
        .rows
        .iter()
        .zip(ids)
        .enumerate()
        .filter(|(at, _)| *at != here);
    others
        .flat_map(|(_, (row, names))| {
            let cluster = row.world.cluster.as_deref().unwrap_or_default();
            names.iter().map(move |name| (&**name, cluster))
        })
        .collect()
}

/// A suite with fewer checks than it says it has would be green for the wrong reason.
fn enough(suites: &[Suite]) -> Result<(), PlanError> {
    for suite in suites {
        let found: usize = suite.rows.iter().map(|row| row.entries.len()).sum();
        if let Some((wanted, origin)) = &suite.min_checks
            && found < *wanted
        {
            return Err(PlanError::TooFew(format!(
                "suite `{}` has {} and must have {wanted} at least (`min_checks` at {origin})",
                suite.name,
                words::count(found, "check"),
            )));
        }
    }
    Ok(())
}

/// The wanted steps and all they need, in order.
fn keep(steps: Vec<Step>, mut wanted: Vec<bool>) -> Vec<Step> {
    let mut open: Vec<usize> = (0..steps.len()).filter(|&at| wanted[at]).collect();
    while let Some(at) = open.pop() {
        for &need in &steps[at].needs {
            if !wanted[need] {
                wanted[need] = true;
                open.push(need);
            }
        }
    }
    let mut new_place = vec![0; steps.len()];
    let mut kept = 0;
    for (at, wanted) in wanted.iter().enumerate() {
        new_place[at] = kept;
        kept += usize::from(*wanted);
    }
    steps
        .into_iter()
        .zip(wanted)
        .filter(|(_, wanted)| *wanted)
        .map(|(mut step, _)| {
            for need in &mut step.needs {
                *need = new_place[*need];
            }
            step
        })
        .collect()
}
