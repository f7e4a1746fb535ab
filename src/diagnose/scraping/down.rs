//! Targets whose scrape fails: no connection, no page, too much of it, or a content type that is not taken.

use url::Url;

use crate::backend::AddressKey;
use crate::backend::answer::Target;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::scraping::scrape_error::Ill;
use crate::diagnose::scraping::suppliers::{Suppliers, suppliers};
use crate::leaves::words;

/// Looks for a scrape that fails in one of these ways.
pub(crate) async fn look(case: &Case<'_>, wanted: Ill) -> Found {
    let found = match suppliers(case).await {
        Ok(found) => found,
        Err(said) => return said,
    };
    if let (true, Some(name)) = (found.its_own, case.name()) {
        return Found::ruled_out(format!(
            "Prometheus writes `{name}` itself, for a target that is down, too"
        ))
        .shown_by(found.evidence);
    }
    judge(&found, wanted).shown_by(found.evidence.clone())
}

fn judge(found: &Suppliers, wanted: Ill) -> Found {
    let hop = found.hop.name();
    let is_wanted = |target: &&Target| {
        target.health == "down"
            && match Ill::of(&target.last_error) {
                // What nobody knows stands beside what is wrong with an answer.
                Ill::Other => wanted == Ill::Answer,
                ill => ill == wanted,
            }
    };
    if found.known.is_empty() {
        let all = &found.told.value.active;
        if let Some(job) = found.job() {
            return Found::ruled_out(format!("{hop} scrapes no target of job `{job}`"));
        }
        let ill: Vec<&Target> = all.iter().filter(is_wanted).collect();
        return match ill.first() {
            None => Found::ruled_out(format!("no scrape of {hop} fails so")),
            Some(first) => Found::possible(format!(
                "which target should expose it is not known; {} of {hop} {} so, such as {}",
                words::count(ill.len(), "target"),
                if ill.len() == 1 { "fails" } else { "fail" },
                quoted(first)
            )),
        };
    }
    let ill: Vec<&Target> = found.known.iter().filter(is_wanted).collect();
    let Some(first) = ill.first() else {
        return well(found);
    };
    let says = match ill.len() {
        1 => format!("{hop} cannot scrape {}", quoted(first)),
        several => format!(
            "{hop} cannot scrape {several} of {} that should expose it, such as {}",
            words::count(found.known.len(), "target"),
            quoted(first)
        ),
    };
    let all = ill.len() == found.known.len();
    let some_well = found.known.iter().any(|target| target.health != "down");
    let is_clear = ill
        .iter()
        .all(|target| Ill::of(&target.last_error) == wanted);
    let said = if all && found.sure() && is_clear {
        Found::proven(says)
    } else if some_well {
        Found::possible(says)
    } else {
        Found::likely(says)
    };
    let said = match Url::parse(&first.url) {
        Ok(url) => said.next(next::look(&url)),
        Err(_) => said,
    };
    match next::path(&found.hop, AddressKey::Url, "api/v1/targets?state=active") {
        Some(command) => said.next(command),
        None => said,
    }
}

fn well(found: &Suppliers) -> Found {
    let first = &found.known[0];
    match found
        .known
        .iter()
        .find(|target| !matches!(target.health.as_str(), "up" | "down"))
    {
        Some(waiting) => Found::not_tested(format!(
            "{} was not scraped yet by {}",
            waiting.url,
            found.hop.name()
        )),
        None if first.health == "up" => Found::ruled_out(format!(
            "{} scrapes {} without an error",
            found.hop.name(),
            first.url
        )),
        None => Found::ruled_out(format!("the scrape fails otherwise: {}", quoted(first))),
    }
}

fn quoted(target: &Target) -> String {
    match target.last_error.as_str() {
        "" => format!("{} (no error is given)", target.url),
        error => format!("{}: `{}`", target.url, words::cut(error, 500)),
    }
}
