//! Whether the targets' own pages have the metrics that they must expose.

use std::sync::Arc;

use crate::ask::{Answer, Ask};
use crate::backend::answer::{Page, Target};
use crate::backend::{AddressKey, Backend, BackendKind, Hop};
use crate::check::metric::exporter::on_page;
use crate::check::scrape::form::{Scrape, Up};
use crate::check::scrape::vantage::{elsewhere, is_other, through_proxy};
use crate::leaves::{RungState, words};

/// Pages that cannot be reached before the rest is not tried any more.
const UNREACHABLE_PAGES: usize = 3;

/// What the pages of the targets said.
#[derive(Debug, Default)]
pub(crate) struct Exposed {
    /// Pages that lack a metric: where, and what is said of it.
    pub(crate) lacking: Vec<String>,
    /// Pages that could not be read: where, and why.
    pub(crate) unread: Vec<String>,
    /// Help for the first of those.
    pub(crate) help: Option<String>,
    /// Pages that have all of them.
    pub(crate) having: usize,
}

/// Reads the pages of these targets of a Prometheus, until the verdict is clear.
pub(crate) async fn exposed(
    check: &Scrape,
    ask: &Ask,
    scraper: &Backend,
    targets: &[&Target],
) -> Exposed {
    let mut exposed = Exposed::default();
    for target in targets {
        match lacking_at(check, ask, scraper, target).await {
            Ok(lacking) => {
                if lacking.is_empty() {
                    exposed.having += 1;
                }
                exposed.lacking.extend(lacking);
            }
            Err((why, help)) => {
                exposed.unread.push(format!("{}: {why}", target.url));
                exposed.help.get_or_insert_with(|| {
                    help.unwrap_or_else(|| {
                        "The page is fetched from where gapcheck runs: run it where the target can be reached, or leave `exposes` out and ask Prometheus with `metric`.".to_owned()
                    })
                });
            }
        }
        let is_clear = match check.up {
            Up::All => !exposed.lacking.is_empty(),
            Up::Any => exposed.having > 0,
        };
        if is_clear || exposed.unread.len() >= UNREACHABLE_PAGES {
            break;
        }
    }
    exposed
}

/// What the page of a target lacks, or why that cannot be told, with help. That a page lacks a metric is believed only of the one
/// that is scraped.
async fn lacking_at(
    check: &Scrape,
    ask: &Ask,
    scraper: &Backend,
    target: &Target,
) -> Result<Vec<String>, (String, Option<String>)> {
    let is_vouched_for = exporter_at(ask, target).is_some();
    if let Some(why) = elsewhere(scraper, target).filter(|_| !is_vouched_for) {
        return Err((why, None));
    }
    let told = page_of(ask, target)
        .await
        .map_err(|failure| (failure.what, failure.help))?;
    let lacking = lacking(check, &told.value, told.server_now, target);
    if lacking.is_empty() {
        return Ok(lacking);
    }
    let config = ask.config(scraper).await.ok();
    let config = config.as_ref().map(|told| &*told.value);
    if let Some(why) = through_proxy(scraper, config, target) {
        return Err((why, None));
    }
    let other = match is_vouched_for {
        true => None,
        false => is_other(ask, scraper, target, &told).await,
    };
    other.map_or(Ok(lacking), |why| Err((why, None)))
}

/// The target's own page, asked as the exporter hop where that has its address, so that the hop's credentials are sent.
pub(crate) async fn page_of(ask: &Ask, target: &Target) -> Answer<Page> {
    match exporter_at(ask, target) {
        Some(hop) => ask.page(&hop).await,
        None => ask.page_at(&target.url).await,
    }
}

/// The exporter of the suite at the address of a target.
pub(crate) fn exporter_at(ask: &Ask, target: &Target) -> Option<Arc<Backend>> {
    let world = ask.world();
    let mut exporters = world
        .pipeline
        .iter()
        .chain(&world.beside)
        .filter(|hop| hop.kind() == BackendKind::Exporter);
    let is_at = |hop: &Hop| {
        let urls = hop.addresses(AddressKey::Url);
        urls.first().is_some_and(|url| is_same(url, &target.url))
    };
    exporters.find_map(|exporter| match is_at(&exporter.hop) {
        true => Some(exporter.clone()),
        false => {
            let mut replicas = exporter.hop.listed_replicas().into_iter();
            replicas.find(is_at).map(|replica| ask.meet(replica))
        }
    })
}

fn is_same(url: &url::Url, scraped: &str) -> bool {
    url::Url::parse(scraped).is_ok_and(|scraped| scraped == *url)
}

fn lacking(
    check: &Scrape,
    page: &Page,
    now: crate::leaves::Timestamp,
    target: &Target,
) -> Vec<String> {
    check
        .metrics()
        .iter()
        .filter_map(|metric| {
            let sight = on_page(page, metric, None, None, now);
            (sight.state != RungState::Present).then(|| {
                let why = sight
                    .why
                    .first()
                    .map_or_else(String::new, |why| format!(" ({why})"));
                format!("no `{metric}` on {}{why}", words::cut(&target.url, 200))
            })
        })
        .collect()
}
