//! Whether the page that is seen from here is the one that Prometheus scrapes: it may stand behind a proxy, on another machine's
//! loopback, or another server may answer here under the same address.

use url::Url;

use crate::ask::{Ask, Told};
use crate::backend::answer::{LoadedConfig, Page, QueryResult, Target};
use crate::backend::{AddressKey, Backend, is_loopback};
use crate::leaves::{Selector, words};

/// Samples by which a page may differ from the last scrape of it and still be the same page.
const FEW: f64 = 10.0;

/// Why what stands here at the address of a target cannot be its page: it is one of Prometheus' own machine.
pub(crate) fn elsewhere(scraper: &Backend, target: &Target) -> Option<String> {
    let is_here = scraper.address(AddressKey::Url).is_some_and(is_loopback);
    let is_at_loopback = Url::parse(&target.url).is_ok_and(|url| is_loopback(&url));
    (is_at_loopback && !is_here).then(|| {
        format!(
            "that is an address of the machine of {}, which cannot be asked from here",
            scraper.name()
        )
    })
}

/// Why the page that stands here may be another than the one that is scraped, where its job says so.
pub(crate) fn through_proxy(
    scraper: &Backend,
    config: Option<&LoadedConfig>,
    target: &Target,
) -> Option<String> {
    let job = config?.job(&target.pool)?;
    job.through_proxy.then(|| {
        format!(
            "{} scrapes it through a proxy: what is seen from here says nothing of that way",
            scraper.name()
        )
    })
}

/// Why a page that was read is not the one that is scraped: Prometheus counted far more or far fewer samples in its last scrape.
pub(crate) async fn is_other(
    ask: &Ask,
    scraper: &Backend,
    target: &Target,
    told: &Told<Page>,
) -> Option<String> {
    let mut counted = Selector::of("scrape_samples_scraped");
    for label in ["job", "instance"] {
        let value = Some(target.labels.value(label)).filter(|value| !value.is_empty())?;
        counted = counted.and(label, value);
    }
    let answer = ask.query(scraper, counted.to_string()).await.ok()?;
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
            scraper.name()
        )
    })
}
