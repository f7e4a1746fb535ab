//! A name that is near to the one asked for: the metric may have been renamed.

use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::scraping::pages::{of_name, pages};
use crate::diagnose::scraping::suppliers::suppliers;
use crate::leaves::Selector;

/// Letters by which a name may differ and still be a typing mistake.
const NEAR: usize = 2;

/// Names shorter than this are near to too many others.
const SHORT: usize = 6;

/// Looks for a near name on the pages of the targets, then among all names that Prometheus has.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let found = match suppliers(case).await {
        Ok(found) => found,
        Err(said) => return said,
    };
    let Some(name) = case.name() else {
        return Found::not_tested("the check names no metric, only labels");
    };
    let hop = found.hop.name();
    if found.its_own {
        return Found::ruled_out(format!("`{name}` is written by Prometheus itself"));
    }
    if found.sure() && found.up().is_empty() {
        return Found::not_tested(format!(
            "{} is not up, so the names on its page are not known",
            found.known[0].url
        ))
        .shown_by(found.evidence);
    }
    let pages = pages(case, &found).await;
    for read in &pages.read {
        if !of_name(&read.told.value, name).is_empty() {
            return Found::ruled_out(format!(
                "`{name}` is on the page of {} under this very name",
                read.target.url
            ))
            .shown_by([read.told.n]);
        }
    }
    if let Ok(told) = case.ask.count(&found.hop, &Selector::of(name)).await
        && told.value.series > 0
    {
        return Found::ruled_out(format!("{hop} has series of this very name")).shown_by([told.n]);
    }
    for read in &pages.read {
        let names = read
            .told
            .value
            .samples
            .iter()
            .filter_map(|sample| sample.labels.metric());
        if let Some((near, distance)) = nearest(name, names) {
            return Found::likely(format!(
                "the page of {} has `{near}`, {}",
                read.target.url,
                apart(distance)
            ))
            .shown_by([read.told.n]);
        }
    }
    if pages.are_whole() {
        return Found::ruled_out(format!(
            "no name on the page of {} is near to `{name}`",
            pages.read[0].target.url
        ))
        .shown_by(pages.evidence());
    }
    // Names of other jobs' metrics mean nothing where the job is known.
    let of_job = found.job().map(|job| Selector::default().and("job", job));
    match case
        .ask
        .label_values(&found.hop, "__name__", of_job.as_ref())
        .await
    {
        Ok(told) => match nearest(name, told.value.values.iter().map(String::as_str)) {
            Some((near, distance)) => {
                Found::possible(format!("{hop} has or had `{near}`, {}", apart(distance)))
            }
            None => Found::ruled_out(format!("no name at {hop} is near to `{name}`")),
        }
        .shown_by([told.n]),
        Err(failure) => Found::not_tested(format!(
            "the names of {hop} could not be asked: {}",
            failure.what
        )),
    }
}

fn apart(distance: usize) -> String {
    match distance {
        1 => "1 letter away".to_owned(),
        letters => format!("{letters} letters away"),
    }
}

/// The nearest other name: the same with an ending more or less (`_total`, a unit), else one that differs by a letter or two.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<(&'a str, usize)> {
    let extends = |long: &str, short: &str| {
        short.len() >= SHORT
            && long
                .strip_prefix(short)
                .and_then(|rest| rest.strip_prefix('_'))
                .is_some_and(|ending| !ending.is_empty() && !ending.contains('_'))
    };
    names
        .filter(|other| *other != name)
        .filter_map(|other| {
            let distance = strsim::damerau_levenshtein(name, other);
            let is_extended = extends(other, name) || extends(name, other);
            let is_near = distance <= NEAR && name.len() >= SHORT;
            (is_extended || is_near).then_some((!is_extended, distance, other))
        })
        .min()
        .map(|(_, distance, other)| (other, distance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_come_before_letters_and_far_names_do_not_come() {
        for (name, names, expected) in [
            (
                "requests",
                vec!["requestz", "requests_total", "request"],
                Some("requests_total"),
            ),
            (
                "requests_total",
                vec!["requests", "other"],
                Some("requests"),
            ),
            ("requests", vec!["requets"], Some("requets")),
            (
                "requests",
                vec!["requests_by_host_total", "responses", "requests"],
                None,
            ),
            ("up", vec!["op", "up_total"], None),
        ] {
            let near = nearest(name, names.into_iter()).map(|(near, _)| near);
            assert_eq!(near, expected, "{name}");
        }
    }
}
