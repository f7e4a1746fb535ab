//! Whether the page that is seen from here is the one that Prometheus scrapes: it may stand behind a proxy, on another machine's
//! loopback, or another server may answer here under the same address.

use url::Url;

use crate::ask::Told;
use crate::backend::answer::{LoadedConfig, Page, QueryResult, Target};
use crate::backend::{AddressKey, is_loopback};
use crate::diagnose::case::Case;
use crate::diagnose::scraping::replay::job_of;
use crate::diagnose::scraping::suppliers::Suppliers;
use crate::leaves::{Selector, words};

/// Samples by which a page may differ from the last scrape of it and still be the same page.
const FEW: f64 = 10.0;

/// Why the page of a target cannot be seen from here, where that is known beforehand. That the suite gives its address as an
/// exporter's makes it that exporter's, but takes no proxy away.
pub(crate) fn out_of_sight(
    found: &Suppliers,
    config: Option<&LoadedConfig>,
    target: &Target,
    is_vouched_for: bool,
) -> Option<String> {
    let name = found.hop.name();
    if config
        .and_then(|config| job_of(config, &target.pool))
        .is_some_and(|job| job.through_proxy)
    {
        return Some(format!(
            "{name} scrapes it through a proxy: what is seen from here says nothing of that way"
        ));
    }
    let is_here = found.hop.address(AddressKey::Url).is_some_and(is_loopback);
    let is_at_loopback = Url::parse(&target.url).is_ok_and(|url| is_loopback(&url));
    (is_at_loopback && !is_here && !is_vouched_for).then(|| {
        format!("that is an address of the machine of {name}, which cannot be asked from here")
    })
}

/// Why a page that was read is not the one that is scraped: Prometheus counted far more or far fewer samples in its last scrape.
pub(crate) async fn is_other(
    case: &Case<'_>,
    found: &Suppliers,
    target: &Target,
    told: &Told<Page>,
) -> Option<String> {
    let mut counted = Selector::of("scrape_samples_scraped");
    for label in ["job", "instance"] {
        let value = Some(target.labels.value(label)).filter(|value| !value.is_empty())?;
        counted = counted.and(label, value);
    }
    let answer = case.ask.query(&found.hop, counted.to_string()).await.ok()?;
    let QueryResult::Vector(samples) = &answer.value.result else {
        return None;
    };
    let [only] = samples.as_slice() else {
        return None;
    };
    let (scraped, seen) = (only.value.number(), told.value.samples.len() as f64);
    let differs = (scraped - seen).abs() > FEW && (scraped > 2.0 * seen || seen > 2.0 * scraped);
    differs.then(|| {
        format!(
            "from here it shows {}, and {} scraped {scraped}: it is not the same page",
            words::count(told.value.samples.len(), "sample"),
            found.hop.name()
        )
    })
}
