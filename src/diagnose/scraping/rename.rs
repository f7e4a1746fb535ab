//! A name that is near to the one asked for: the metric may have been renamed.

use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::scraping::pages::{Read, is_in_parts, of_name, pages};
use crate::diagnose::scraping::suppliers::{Suppliers, is_lacking, suppliers};
use crate::leaves::Selector;

/// Letters by which a name may differ and still be a typing mistake.
const NEAR: usize = 2;

/// Names shorter than this are near to too many others.
const SHORT: usize = 6;

/// Endings of a family's series; with these a short name is near, too.
const OF_A_FAMILY: [&str; 5] = ["total", "count", "sum", "bucket", "info"];

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
        if is_in_parts(&read.told.value, name) {
            return in_parts(case, &found, read, name).await;
        }
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

/// The page shows a histogram or summary of that name in parts: Prometheus keeps the parts, unless it scrapes native histograms.
async fn in_parts(case: &Case<'_>, found: &Suppliers, read: &Read, name: &str) -> Found {
    let hop = found.hop.name();
    let says = format!(
        "the page of {} has the histogram or summary `{name}` in parts",
        read.target.url
    );
    let count = Selector::of(&format!("{name}_count"));
    match case.ask.count(&found.hop, &count).await {
        Ok(told) if told.value.series > 0 && is_lacking(case) => Found::likely(format!(
            "{says}, and {hop} keeps it so: as `{name}_count`, `{name}_sum` and, of a histogram, `{name}_bucket`"
        ))
        .shown_by([read.told.n, told.n]),
        Ok(told) => Found::ruled_out(format!("{says}, and {hop} has no series of such a part"))
            .shown_by([read.told.n, told.n]),
        Err(failure) => Found::possible(format!(
            "{says}; whether {hop} keeps it so could not be asked: {}",
            failure.what
        ))
        .shown_by([read.told.n]),
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
        long.strip_prefix(short)
            .and_then(|rest| rest.strip_prefix('_'))
            .is_some_and(|ending| {
                let is_one_word = !ending.is_empty() && !ending.contains('_');
                is_one_word && (short.len() >= SHORT || OF_A_FAMILY.contains(&ending))
            })
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
            ("req", vec!["req_created", "req_total"], Some("req_total")),
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
            ("up", vec!["op", "up_time"], None),
        ] {
            let near = nearest(name, names.into_iter()).map(|(near, _)| near);
            assert_eq!(near, expected, "{name}");
        }
    }
}
