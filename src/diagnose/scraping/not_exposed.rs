//! The target is scraped, and its page does not have the metric.

use crate::backend::answer::{ScrapeJob, Target};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::scraping::pages::{Pages, is_in_parts, of_name, pages};
use crate::diagnose::scraping::replay::honouring;
use crate::diagnose::scraping::rule_failing::is_recorded_by_name;
use crate::diagnose::scraping::suppliers::{By, Suppliers, family, is_lacking, shown, suppliers};
use crate::leaves::{RungState, words};

/// Looks whether the pages of the targets that should have the metric lack its name.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let found = match suppliers(case).await {
        Ok(found) => found,
        Err(said) => return said,
    };
    let Some(name) = case.name() else {
        return Found::not_tested("the check names no metric, only labels");
    };
    if found.its_own {
        return Found::ruled_out(format!("`{name}` is written by Prometheus itself"));
    }
    if !found.sure() {
        return Found::not_tested(
            "which target should expose it is not known: the check names no `job`, and no exporter of the pipeline is one of the targets",
        );
    }
    let up = found.up();
    if up.is_empty() {
        return Found::not_tested(format!(
            "{} is not up, so its page says nothing of this",
            found.known[0].url
        ))
        .shown_by(found.evidence);
    }
    let pages = pages(case, &found).await;
    let lacks = |target: &Target| format!("{} is up, and its page has no `{name}`", target.url);
    if let Some(has) = pages
        .read
        .iter()
        .find(|read| !of_name(&read.told.value, name).is_empty())
    {
        let in_parts = match is_in_parts(&has.told.value, name) {
            true => ", as a histogram or summary in parts",
            false => "",
        };
        return Found::ruled_out(format!(
            "`{name}` is on the page of {}{in_parts}",
            has.target.url
        ))
        .shown_by([has.told.n]);
    }
    let Some(first) = pages.read.first() else {
        let why = pages.unread.first().cloned().unwrap_or_default();
        return unread(case, &found, name, &why).shown_by(found.evidence);
    };
    let says = match pages.read.len() {
        1 => lacks(&first.target),
        several => format!(
            "{several} targets are up, and none of their pages has `{name}`, such as that of {}",
            first.target.url
        ),
    };
    let evidence: Vec<u32> = found
        .evidence
        .iter()
        .copied()
        .chain(pages.evidence())
        .collect();
    let whole = pages.are_whole() && up.len() == found.known.len();
    let said = match another_way(case, &found).await {
        Some(doubt) => Found::likely(format!("{says}; {doubt}")),
        // The target that had it is gone; that its job's others should have it is inferred.
        None if found.by == By::Name && found.ended.is_some() => Found::likely(says),
        None if is_recorded_by_name(name) && !has_recorded(&pages) => Found::possible(format!(
            "{says}; a name with a colon is a recording rule's by convention, and no exporter's"
        )),
        None if !found.tells_rules => Found::likely(format!(
            "{says}; that no rule of {} records it could not be asked",
            found.hop.name()
        )),
        None if whole => Found::proven(says),
        None => Found::likely(says),
    };
    let said = said.shown_by(evidence);
    match url::Url::parse(&first.target.url) {
        Ok(url) => said.next(format!(
            "curl -sS {} | grep -wF {}",
            words::shell(url.as_str()),
            words::shell(name)
        )),
        Err(_) => said,
    }
}

/// Whether a page has names of recording rules, as that of `/federate` has.
fn has_recorded(pages: &Pages) -> bool {
    let mut samples = pages.read.iter().flat_map(|read| &read.told.value.samples);
    samples.any(|sample| sample.labels.metric().is_some_and(is_recorded_by_name))
}

/// What Prometheus itself remembers, where the page cannot be fetched.
fn unread(case: &Case<'_>, found: &Suppliers, name: &str, why: &str) -> Found {
    let hop = found.hop.name();
    if shown(case) == Some(RungState::Present) {
        return Found::ruled_out(format!(
            "{hop} has it; the page itself could not be fetched: {}",
            words::cut(why, 300)
        ));
    }
    if found.by == By::Exposed {
        let says = format!(
            "{hop} saw `{name}` at {} in one of its last scrapes",
            found.known[0].url
        );
        return match shown(case) {
            // It remembers a name for ten scrapes after it is gone.
            _ if family(name).is_some() => Found::possible(format!(
                "{says}, or only others of its family; the page itself could not be fetched: {why}"
            )),
            Some(RungState::Stale) => Found::possible(format!(
                "{says}, and remembers names for ten scrapes; the page itself could not be fetched: {why}"
            )),
            _ => Found::ruled_out(says),
        };
    }
    if !found.tells_exposures {
        return Found::not_tested(format!("the page could not be fetched: {why}"));
    }
    Found::likely(format!(
        "{} is up, and {hop} knows no metadata of `{name}` from it; the page itself could not be fetched: {}",
        found.known[0].url,
        words::cut(why, 300)
    ))
}

/// Another way by which the series could come: a hop behind has it although Prometheus lacks it, a job of a known target gives series
/// other names, or one that takes over labels exposes the name.
async fn another_way(case: &Case<'_>, found: &Suppliers) -> Option<String> {
    let behind = case
        .stations
        .iter()
        .skip_while(|station| station.hop.name() != found.hop.name())
        .skip(1)
        .find(|station| station.sight.state == RungState::Present && !station.sight.of_all_senders);
    // What ended of late may still be seen there.
    let never_there = is_lacking(case) && shown(case) == Some(RungState::Absent);
    if let (true, None, Some(behind)) = (never_there, &found.ended, behind) {
        return Some(format!(
            "yet {} has it: it comes there another way, or gets that name when it is sent",
            behind.hop.name()
        ));
    }
    let told = case.ask.config(&found.hop).await.ok()?;
    let job = |target: &Target| told.value.job(&target.pool);
    let renaming = found
        .known
        .iter()
        .filter_map(job)
        .find(|job| changes_names(job))
        .map(|job| {
            format!(
                "rules of job `{}` change names, so that it may stand there under another",
                job.name
            )
        });
    renaming.or_else(|| {
        let honouring = honouring(&told.value, found)?;
        Some(format!(
            "job `{}` exposes the name too, and takes over labels of what it scrapes",
            honouring.name
        ))
    })
}

fn changes_names(job: &ScrapeJob) -> bool {
    job.metric_relabel_configs.iter().any(|rule| {
        let action = rule.action.as_deref().unwrap_or("replace");
        rule.target_label
            .as_deref()
            .is_some_and(|target| target == "__name__" || target.contains('$'))
            && !matches!(
                action.to_ascii_lowercase().as_str(),
                "keepequal" | "dropequal"
            )
            || action.eq_ignore_ascii_case("labelmap")
    })
}
