//! Which targets of the Prometheus that scrapes should expose the metric, and how that is known. On a guess nothing is proven.

use std::sync::Arc;

use url::Url;

use crate::ask::Told;
use crate::backend::answer::{RuleGroups, Target, Targets};
use crate::backend::{AddressKey, Backend};
use crate::check::turned_out;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::scraping::exporters::{exporters, is_another_page, is_same_place};
use crate::diagnose::scraping::history::{Ended, ended};
use crate::leaves::{GoRegex, Labels, MatchOp, Matcher, RungState, Selector};

/// Metrics that Prometheus itself writes of each target and of its alerts: no page has them.
const ITS_OWN: [&str; 10] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
    "scrape_timeout_seconds",
    "scrape_sample_limit",
    "scrape_body_size_bytes",
    "ALERTS",
    "ALERTS_FOR_STATE",
];

/// Endings of the series of one family, by which `/api/v1/targets/metadata` does not know them, and the types that have them.
const ENDINGS: [(&str, &[&str]); 5] = [
    ("_bucket", &["histogram", "gaugehistogram"]),
    ("_sum", &["histogram", "summary"]),
    ("_count", &["histogram", "summary"]),
    ("_total", &["counter"]),
    ("_created", &["counter", "histogram", "summary"]),
];

/// How it is known which targets should expose the metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// They exposed it in one of their last scrapes, as Prometheus itself remembers.
    Exposed,
    /// They are scraped at the address of the pipeline's exporter.
    Address,
    /// The series that ended had their labels.
    History,
    /// The check names their job or instance.
    Name,
    /// A guess: the only target that is down.
    Guess,
    /// It is not known.
    Nothing,
}

/// The targets that should expose the metric.
pub(crate) struct Suppliers {
    /// The Prometheus that scrapes.
    pub(crate) hop: Arc<Backend>,
    /// All its targets.
    pub(crate) told: Told<Targets>,
    /// The metric as that Prometheus is asked for it.
    pub(crate) selector: Selector,
    /// Those that should expose the metric.
    pub(crate) known: Vec<Target>,
    /// How that is known.
    pub(crate) by: By,
    /// Targets that expose the name, and whose labels the check does not select.
    pub(crate) others: Vec<Target>,
    /// Whether Prometheus could say which targets expose the name.
    pub(crate) tells_exposures: bool,
    /// Whether Prometheus could say which rules it evaluates, so that none of them records the metric.
    pub(crate) tells_rules: bool,
    /// Whether Prometheus writes the metric itself.
    pub(crate) its_own: bool,
    /// The series that ended within the last hour, where some did.
    pub(crate) ended: Option<Ended>,
    /// Exchanges by which they are known.
    pub(crate) evidence: Vec<u32>,
}

impl Suppliers {
    /// Whether they are known, and not guessed.
    pub(crate) fn sure(&self) -> bool {
        !self.known.is_empty() && !matches!(self.by, By::Guess | By::Nothing)
    }

    /// Those of them that were scraped well.
    pub(crate) fn up(&self) -> Vec<&Target> {
        self.known.iter().filter(|target| is_up(target)).collect()
    }

    /// The job that the metric is of: as the check names it, else as the series that ended did.
    pub(crate) fn job(&self) -> Option<&str> {
        equal(&self.selector, "job").or_else(|| {
            let ended = self.ended.as_ref()?;
            let mut jobs = ended.labels.iter().map(|labels| labels.value("job"));
            let first = jobs.next().filter(|job| !job.is_empty())?;
            jobs.all(|job| job == first).then_some(first)
        })
    }
}

/// The value that the selector demands of a label.
pub(crate) fn equal<'a>(selector: &'a Selector, label: &str) -> Option<&'a str> {
    selector
        .matchers
        .iter()
        .find(|matcher| {
            matcher.name == label && matcher.op == MatchOp::Equal && !matcher.value.is_empty()
        })
        .map(|matcher| matcher.value.as_str())
}

/// Whether its last scrape went well.
pub(crate) fn is_up(target: &Target) -> bool {
    target.health == "up"
}

/// What the Prometheus that scrapes shows of the metric, where it was looked at.
pub(crate) fn shown(case: &Case<'_>) -> Option<RungState> {
    case.state(case.scraper()?.name())
}

/// Whether the Prometheus that scrapes was asked and shows no series of the metric.
pub(crate) fn is_lacking(case: &Case<'_>) -> bool {
    let station = case.scraper().and_then(|hop| case.station(hop.name()));
    station.is_some_and(|station| {
        matches!(station.sight.state, RungState::Absent | RungState::Stale)
            && station.sight.series == Some(0)
    })
}

/// The targets that should expose the metric.
///
/// # Errors
/// What is to be said of every cause of scraping where there is no telling.
pub(crate) async fn suppliers(case: &Case<'_>) -> Result<Suppliers, Found> {
    let Some(hop) = case.scraper() else {
        return Err(Found::not_tested(
            "the pipeline has no Prometheus that could be asked for its targets",
        ));
    };
    let told = match case.ask.targets(hop).await {
        Ok(told) => told,
        Err(failure) => {
            return Err(Found::not_tested(format!(
                "the targets of {} could not be asked: {}",
                hop.name(),
                failure.what
            )));
        }
    };
    let targets = &told.value;
    let has_none = targets.active.is_empty()
        && targets.dropped.is_empty()
        && targets.dropped_counts.values().all(|count| *count == 0);
    if has_none && let Some(other) = turned_out(case.ask, hop).await {
        return Err(Found::not_tested(other.why));
    }
    let selector = case
        .asked(hop)
        .cloned()
        .unwrap_or_else(|| case.metric.metric.clone());
    let mut found = Suppliers {
        hop: hop.clone(),
        selector,
        known: Vec::new(),
        by: By::Nothing,
        others: Vec::new(),
        tells_exposures: false,
        tells_rules: true,
        its_own: case.name().is_some_and(|name| ITS_OWN.contains(&name)),
        ended: ended(case, hop).await,
        evidence: vec![told.n],
        told,
    };
    let (exposing, tells) = exposing(case, &mut found).await;
    found.tells_exposures = tells;
    if exposing.is_empty()
        && let Some(name) = case.name()
    {
        match case.ask.rules(hop).await {
            Ok(told) if is_recorded(&told.value, name) => {
                return Err(Found::ruled_out(format!(
                    "`{name}` is recorded by a rule of {}, not scraped",
                    hop.name()
                ))
                .shown_by([told.n]));
            }
            Ok(_) => {}
            Err(_) => found.tells_rules = false,
        }
    }
    let (fitting, others) = exposing
        .into_iter()
        .partition(|target| fits(&found.selector, &target.labels));
    found.others = others;
    let at_exporter = at_exporter(case, &found);
    let once_there = once_there(&found);
    let named = named(&found);
    let ways = [
        (By::Exposed, fitting),
        (By::Address, at_exporter),
        (By::History, once_there),
        (By::Name, named),
        (By::Guess, only_down(case, &found)),
    ];
    if let Some((by, known)) = ways.into_iter().find(|(_, known)| !known.is_empty()) {
        (found.by, found.known) = (by, known);
        if let (By::History, Some(ended)) = (by, &found.ended) {
            found.evidence.push(ended.n);
        }
    }
    Ok(found)
}

/// Whether a rule makes the metric: then no target exposes it.
fn is_recorded(rules: &RuleGroups, name: &str) -> bool {
    let mut rules = rules.groups.iter().flat_map(|group| &group.rules);
    rules.any(|rule| rule.kind == "recording" && rule.name == name)
}

/// The active targets that exposed the name in one of their last scrapes, and whether Prometheus could say.
async fn exposing(case: &Case<'_>, found: &mut Suppliers) -> (Vec<Target>, bool) {
    let Some(name) = case.name().filter(|_| !found.its_own) else {
        return (Vec::new(), false);
    };
    let of_family = family(name);
    let mut tells = false;
    for (family, types) in [Some((name, None)), of_family].into_iter().flatten() {
        let Ok(told) = case.ask.exposures(&found.hop, family).await else {
            return (Vec::new(), false);
        };
        tells = true;
        let exposing: Vec<Target> = found
            .told
            .value
            .active
            .iter()
            .filter(|target| {
                told.value.0.iter().any(|exposure| {
                    exposure.target == target.labels
                        && types.is_none_or(|types| types.contains(&exposure.kind.as_str()))
                })
            })
            .cloned()
            .collect();
        if !exposing.is_empty() {
            found.evidence.push(told.n);
            return (exposing, true);
        }
    }
    (Vec::new(), tells)
}

/// The family that the name would be part of, and the types that such a family has.
pub(crate) fn family(name: &str) -> Option<(&str, Option<&'static [&'static str]>)> {
    ENDINGS
        .iter()
        .find_map(|(ending, types)| Some((name.strip_suffix(ending)?, Some(*types))))
}

/// Whether no matcher on a label that the target gives its series is against it.
pub(crate) fn fits(selector: &Selector, target: &Labels) -> bool {
    selector
        .matchers
        .iter()
        .filter(|matcher| target.contains_key(&matcher.name))
        .all(|matcher| matcher.matches(target))
}

/// Whether a matcher demands a job or an instance, and not only excludes some.
pub(crate) fn names(matcher: &Matcher) -> bool {
    matches!(matcher.name.as_str(), "job" | "instance")
        && match matcher.op {
            MatchOp::Equal => !matcher.value.is_empty(),
            MatchOp::Regex => GoRegex::whole(&matcher.value).is_ok_and(|re| !re.is_match("")),
            MatchOp::NotEqual | MatchOp::NotRegex => false,
        }
}

fn at_exporter(case: &Case<'_>, found: &Suppliers) -> Vec<Target> {
    let exporters = exporters(case);
    let [exporter] = exporters.as_slice() else {
        return Vec::new();
    };
    let Some(url) = exporter.address(AddressKey::Url) else {
        return Vec::new();
    };
    let there: Vec<(&Target, Url)> = found
        .told
        .value
        .active
        .iter()
        .filter_map(|target| Some((target, Url::parse(&target.url).ok()?)))
        .filter(|(target, scraped)| {
            is_same_place(scraped, url) && fits(&found.selector, &target.labels)
        })
        .collect();
    let is_page = |(_, scraped): &&(&Target, Url)| {
        scraped.path() == url.path() && scraped.query() == url.query()
    };
    let pages: Vec<Target> = there
        .iter()
        .filter(is_page)
        .map(|(target, _)| (*target).clone())
        .collect();
    // Another page of the same place is another exporter's: its path is only written otherwise where its own page, too, lacks it.
    let is_lacking = case.state(exporter.name()) == Some(RungState::Absent);
    match pages.is_empty() && (is_lacking || url.path() == "/") {
        false => pages,
        true => there
            .into_iter()
            .map(|(target, _)| target.clone())
            .collect(),
    }
}

fn once_there(found: &Suppliers) -> Vec<Target> {
    let Some(ended) = &found.ended else {
        return Vec::new();
    };
    let is_of = |target: &&Target| {
        ended.labels.iter().any(|labels| {
            ["job", "instance"].iter().all(|label| {
                let value = target.labels.value(label);
                !value.is_empty() && value == labels.value(label)
            })
        })
    };
    let active = &found.told.value.active;
    active.iter().filter(is_of).cloned().collect()
}

fn named(found: &Suppliers) -> Vec<Target> {
    if !found.selector.matchers.iter().any(names) {
        return Vec::new();
    }
    let active = &found.told.value.active;
    active
        .iter()
        .filter(|target| fits(&found.selector, &target.labels))
        .cloned()
        .collect()
}

fn only_down(case: &Case<'_>, found: &Suppliers) -> Vec<Target> {
    let active = &found.told.value.active;
    let mut down = active.iter().filter(|target| target.health == "down");
    match (down.next(), down.next()) {
        // Where others expose the name, or it is not the one that is asked for, it is not even a guess.
        (Some(only), None)
            if found.others.is_empty()
                && fits(&found.selector, &only.labels)
                && !is_another_page(case, only) =>
        {
            vec![only.clone()]
        }
        _ => Vec::new(),
    }
}
