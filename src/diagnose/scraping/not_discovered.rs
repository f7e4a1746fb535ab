//! Discovery finds no target that could expose the metric.

use url::Url;

use crate::backend::AddressKey;
use crate::backend::answer::{Flags, LoadedConfig, Target};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::scraping::suppliers::{
    By, Suppliers, equal, exporters, is_same_place, suppliers,
};
use crate::leaves::relabel::RelabelRule;
use crate::leaves::{Selector, words};

/// How long discovery may take to bring targets after a configuration was loaded, in milliseconds. Prometheus hands on what was
/// discovered every five seconds (`discovery.Manager`), and an API must have answered before.
const DISCOVERING_MS: i64 = 30_000;

/// Looks whether the job has no target at all, neither scraped nor dropped.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let found = match suppliers(case).await {
        Ok(found) => found,
        Err(said) => return said,
    };
    if found.sure() {
        let is_of_job = found.by == By::Name || found.job().is_some();
        return Found::ruled_out(format!(
            "{} has a target that should expose it: {}{}",
            found.hop.name(),
            found.known[0].url,
            match found.job().filter(|_| is_of_job) {
                Some(job) => format!(" of job `{job}`"),
                None => String::new(),
            }
        ))
        .shown_by(found.evidence);
    }
    let evidence = found.evidence.clone();
    let said = match found.job().map(str::to_owned) {
        Some(job) => of_job(case, &found, &job).await,
        None if is_empty(&found) => of_nothing(case, &found).await,
        None => of_exporter(case, &found),
    }
    .shown_by(evidence);
    match next::path(&found.hop, AddressKey::Url, "api/v1/targets") {
        Some(command) => said.next(command),
        None => said,
    }
}

fn is_empty(found: &Suppliers) -> bool {
    let targets = &found.told.value;
    targets.active.is_empty()
        && targets.dropped.is_empty()
        && targets.dropped_counts.values().all(|count| *count == 0)
}

/// It has no target at all, so none that could expose the metric.
async fn of_nothing(case: &Case<'_>, found: &Suppliers) -> Found {
    let says = format!(
        "{} has no target at all, and none was dropped",
        found.hop.name()
    );
    let Ok(config) = case.ask.config(&found.hop).await else {
        return Found::likely(says);
    };
    match doubt(case, found, &config.value, "").await {
        None => Found::proven(says),
        Some(doubt) => Found::likely(format!("{says}; {doubt}")),
    }
    .shown_by([config.n])
}

/// Nothing names the job: all that is known is where the exporter is.
fn of_exporter(case: &Case<'_>, found: &Suppliers) -> Found {
    let hop = found.hop.name();
    let exporters = exporters(case);
    let url = match exporters.as_slice() {
        [exporter] => exporter.address(AddressKey::Url),
        _ => None,
    };
    let Some(url) = url else {
        return Found::not_tested(
            "the check names no `job`, and no exporter of the pipeline says where the metric comes from",
        );
    };
    let paths: Vec<String> = found
        .told
        .value
        .active
        .iter()
        .filter_map(|target| Url::parse(&target.url).ok())
        .filter(|scraped| is_same_place(scraped, url))
        .map(|scraped| format!("`{}`", scraped.path()))
        .collect();
    let at = words::cut(url.as_str(), 200);
    let says = match paths.is_empty() {
        true => format!("{hop} has no target at {at}; it may know the exporter by another address"),
        false => format!(
            "{hop} has no target at {at}; of that address it scrapes {}",
            words::few(&paths, 3)
        ),
    };
    if !found.others.is_empty() {
        return Found::possible(says);
    }
    match found.tells_exposures {
        true => Found::likely(format!("{says}, but none of its targets exposes the name")),
        false => Found::possible(says),
    }
}

async fn of_job(case: &Case<'_>, found: &Suppliers, job: &str) -> Found {
    let hop = found.hop.name();
    let targets = &found.told.value;
    let of_job = targets
        .active
        .iter()
        .filter(|target| target.labels.value("job") == job || target.pool == job)
        .count();
    if of_job > 0 {
        let scraped = words::count(of_job, "target");
        return match equal(&found.selector, "instance") {
            Some(instance) => Found::likely(format!(
                "{hop} scrapes {scraped} of job `{job}`, but no instance `{instance}`"
            )),
            None => Found::possible(format!(
                "{hop} scrapes {scraped} of job `{job}`, but none with the labels that the check names"
            )),
        };
    }
    let dropped = targets
        .dropped
        .iter()
        .filter(|target| target.pool == job || target.discovered.value("job") == job)
        .count();
    let counted = targets.dropped_counts.get(job).copied().unwrap_or(0);
    if dropped > 0 || counted > 0 {
        return Found::ruled_out(format!(
            "discovery finds targets of job `{job}`, and relabelling drops them"
        ));
    }
    if let Some(target) = at_exporter(case, found) {
        return Found::possible(format!(
            "no target of {hop} is of job `{job}`; the exporter is scraped as job `{}`",
            target.labels.value("job")
        ));
    }
    let config = match case.ask.config(&found.hop).await {
        Ok(told) => told,
        Err(failure) => {
            return Found::likely(format!(
                "{hop} has no target of job `{job}`; its configuration could not be asked: {}",
                failure.what
            ));
        }
    };
    let says = format!(
        "{hop} has no target of job `{job}`, none was dropped, and {}",
        configured(&config.value, job)
    );
    let said = match doubt(case, found, &config.value, job).await {
        None => Found::proven(says),
        Some(doubt) => Found::likely(format!("{says}; {doubt}")),
    };
    said.shown_by([config.n])
}

/// A target at the address of the pipeline's exporter, whatever its labels.
fn at_exporter<'a>(case: &Case<'_>, found: &'a Suppliers) -> Option<&'a Target> {
    let exporters = exporters(case);
    let [exporter] = exporters.as_slice() else {
        return None;
    };
    let url = exporter.address(AddressKey::Url)?;
    found
        .told
        .value
        .active
        .iter()
        .find(|target| Url::parse(&target.url).is_ok_and(|scraped| is_same_place(&scraped, url)))
}

fn configured(config: &LoadedConfig, job: &str) -> String {
    let jobs: Vec<&str> = config
        .scrape_jobs
        .iter()
        .map(|job| job.name.as_str())
        .collect();
    if jobs.contains(&job) {
        return "discovery finds none for the job that its configuration has".to_owned();
    }
    match words::nearest(job, jobs.iter().copied()) {
        Some(near) => format!("its configuration has no such job; the nearest is `{near}`"),
        None if jobs.is_empty() => "its configuration scrapes nothing".to_owned(),
        None => format!("its configuration has the jobs {}", words::few(&jobs, 5)),
    }
}

/// Another way by which series of that job could come, or be meant to come.
async fn doubt(
    case: &Case<'_>,
    found: &Suppliers,
    config: &LoadedConfig,
    job: &str,
) -> Option<String> {
    if let Some(other) = found.others.first() {
        return Some(format!(
            "{} exposes the name, as job `{}`",
            other.url,
            other.labels.value("job")
        ));
    }
    if let Some(name) = case.name()
        && let Ok(told) = case.ask.count(&found.hop, &Selector::of(name)).await
        && told.value.series > 0
    {
        return Some("series of that name are there under other labels".to_owned());
    }
    if let Some(why) = &config.scrape_jobs_problem {
        return Some(format!("its scrape jobs could not be read: {why}"));
    }
    let names_others = |pool: &str| {
        config
            .scrape_jobs
            .iter()
            .filter(|other| other.name == pool)
            .flat_map(|other| &other.relabel_configs)
            .any(|rule| {
                let target = rule.target_label.as_deref().unwrap_or_default();
                target == "job"
                    || target.contains('$')
                    || rule.action.as_deref() == Some("labelmap")
            })
    };
    let targets = &found.told.value;
    let dropping = targets
        .dropped
        .iter()
        .map(|target| match target.pool.as_str() {
            "" => target.discovered.value("job"),
            pool => pool,
        })
        .chain(
            targets
                .dropped_counts
                .iter()
                .filter(|(_, count)| **count > 0)
                .map(|(pool, _)| pool.as_str()),
        )
        .find(|pool| names_others(pool));
    if let Some(pool) = dropping {
        return Some(format!(
            "job `{pool}` drops targets and gives others their `job` label, so that one of those may be meant"
        ));
    }
    let changes_job = |rule: &RelabelRule| {
        rule.target_label
            .as_deref()
            .is_some_and(|target| target == "job" || target.contains('$'))
    };
    if let Some(other) = config
        .scrape_jobs
        .iter()
        .find(|other| other.honor_labels || other.metric_relabel_configs.iter().any(changes_job))
    {
        return Some(format!(
            "job `{}` takes over labels of what it scrapes, so that series of job `{job}` may come by it",
            other.name
        ));
    }
    match case.ask.runtime(&found.hop).await {
        Ok(told)
            if [told.value.started, told.value.last_config]
                .into_iter()
                .flatten()
                .any(|at| at.age_ms(told.server_now) < DISCOVERING_MS) =>
        {
            return Some(
                "its configuration was loaded less than half a minute ago, and discovery takes a while"
                    .to_owned(),
            );
        }
        Ok(told) if told.value.reload_ok == Some(false) => {
            return Some("the configuration on disk is not the one that runs".to_owned());
        }
        Ok(_) => {}
        Err(_) => return Some("whether its last reload succeeded could not be asked".to_owned()),
    }
    let takes_writes = |flags: &Flags| {
        let is_on = |flag: &str| flags.0.get(flag).is_some_and(|value| value == "true");
        is_on("web.enable-remote-write-receiver") || is_on("web.enable-otlp-receiver")
    };
    match case.ask.flags(&found.hop).await {
        Ok(told) if takes_writes(&told.value) => Some(
            "it takes writes, so that series of that job may be meant to be written to it"
                .to_owned(),
        ),
        Ok(_) => None,
        Err(_) => Some("whether it takes writes could not be asked".to_owned()),
    }
}
