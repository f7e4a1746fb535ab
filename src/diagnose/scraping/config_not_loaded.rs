//! The last reload failed: the configuration on disk is not the one that runs.

use crate::backend::{AddressKey, Backend};
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::scraping::suppliers::suppliers;
use crate::leaves::words;

/// Looks whether the last reload succeeded, and whether what runs lacks what the metric needs.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some(hop) = case.scraper() else {
        return Found::not_tested("the pipeline has no Prometheus that could be asked");
    };
    let name = hop.name();
    let told = match case.ask.runtime(hop).await {
        Ok(told) => told,
        Err(failure) => {
            return Found::not_tested(format!(
                "whether the last reload of {name} succeeded could not be asked: {}",
                failure.what
            ));
        }
    };
    match told.value.reload_ok {
        Some(true) => {
            return Found::ruled_out(format!("the last reload of {name} succeeded"))
                .shown_by([told.n]);
        }
        None => {
            return Found::not_tested(format!(
                "{name} does not say whether its last reload succeeded"
            ))
            .shown_by([told.n]);
        }
        Some(false) => {}
    }
    let since = told.value.last_config.map_or(String::new(), |at| {
        format!(
            " since {at}{}",
            figure(
                format!(", {} ago", words::age(at.age_ms(told.server_now))),
                ""
            )
        )
    });
    let says = format!("the last reload of {name} failed: what is on disk is not what runs{since}");
    let said = match explained(case).await {
        Some((lacks, n)) => Found::proven(format!("{says}, and {lacks}")).shown_by(n),
        None => Found::likely(says),
    };
    let said = said.shown_by([told.n]);
    let said = match next::path(hop, AddressKey::Url, "api/v1/status/config") {
        Some(command) => said.next(command),
        None => said,
    };
    match file(case, hop).await {
        Some(file) => said.next(format!("promtool check config {}", words::shell(&file))),
        None => said,
    }
}

/// Where its configuration lies, on its own disk.
async fn file(case: &Case<'_>, hop: &Backend) -> Option<String> {
    let told = case.ask.flags(hop).await.ok()?;
    let file = told.value.0.get("config.file")?;
    (!file.is_empty()).then(|| file.clone())
}

/// What the running configuration lacks that would bring the metric: the job that the check names.
async fn explained(case: &Case<'_>) -> Option<(String, Vec<u32>)> {
    let found = suppliers(case).await.ok()?;
    let job = found.job()?;
    if found.sure() || !found.others.is_empty() {
        return None;
    }
    let targets = &found.told.value;
    let is_there = targets
        .active
        .iter()
        .any(|target| target.labels.value("job") == job || target.pool == job)
        || targets
            .dropped
            .iter()
            .any(|target| target.pool == job || target.discovered.value("job") == job);
    let config = case.ask.config(&found.hop).await.ok()?;
    let knows = config.value.scrape_jobs_problem.is_some()
        || config
            .value
            .scrape_jobs
            .iter()
            .any(|known| known.name == job);
    (!is_there && !knows).then(|| {
        let n = vec![config.n, found.told.n];
        (format!("what runs has no job `{job}`"), n)
    })
}
