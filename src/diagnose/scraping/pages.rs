//! The pages of the targets that should expose the metric, as they are now, fetched from where gapcheck runs.

use std::sync::Arc;

use crate::ask::Told;
use crate::backend::answer::{LoadedConfig, Page, PageSample, Target};
use crate::check::{elsewhere, exporter_at, is_other, page_of, through_proxy};
use crate::diagnose::case::Case;
use crate::diagnose::scraping::suppliers::Suppliers;
use futures_util::future::join_all;

/// Pages that are read, at most.
const MOST_PAGES: usize = 3;

/// The page of a target.
pub(crate) struct Read {
    pub(crate) target: Target,
    pub(crate) told: Told<Page>,
}

/// The pages of the targets that are up.
pub(crate) struct Pages {
    /// Those that were read.
    pub(crate) read: Vec<Read>,
    /// Why others were not.
    pub(crate) unread: Vec<String>,
    /// Whether there are more targets than pages that were tried.
    pub(crate) more: bool,
}

impl Pages {
    /// The exchanges that brought them.
    pub(crate) fn evidence(&self) -> Vec<u32> {
        self.read.iter().map(|read| read.told.n).collect()
    }

    /// Whether every target that is up could be read.
    pub(crate) fn are_whole(&self) -> bool {
        !self.read.is_empty() && self.unread.is_empty() && !self.more
    }
}

/// Reads the pages of the targets that should expose the metric and are up.
pub(crate) async fn pages(case: &Case<'_>, found: &Suppliers) -> Pages {
    let up = found.up();
    let config = case.ask.config(&found.hop).await.ok();
    let config = config.as_ref().map(|told| &*told.value);
    let tried = up.iter().take(MOST_PAGES);
    let told = join_all(tried.map(|target| read(case, found, config, target))).await;
    let mut pages = Pages {
        read: Vec::new(),
        unread: Vec::new(),
        more: up.len() > MOST_PAGES,
    };
    for (target, told) in up.iter().zip(told) {
        match told {
            Ok(told) => pages.read.push(Read {
                target: (*target).clone(),
                told,
            }),
            Err(why) => pages.unread.push(format!("{}: {why}", target.url)),
        }
    }
    pages
}

/// The page of a target, where it is the one that is scraped. What the suite calls an exporter it vouches for, but that takes no proxy away.
async fn read(
    case: &Case<'_>,
    found: &Suppliers,
    config: Option<&LoadedConfig>,
    target: &Target,
) -> Result<Told<Page>, String> {
    let is_vouched_for = exporter_at(case.ask, target).is_some();
    let out_of_sight = through_proxy(&found.hop, config, target)
        .or_else(|| elsewhere(&found.hop, target).filter(|_| !is_vouched_for));
    if let Some(why) = out_of_sight {
        return Err(why);
    }
    let told = page_of(case.ask, target)
        .await
        .map_err(|failure| failure.what)?;
    match is_vouched_for {
        true => Ok(told),
        false => match is_other(case.ask, &found.hop, target, &told).await {
            Some(why) => Err(why),
            None => Ok(told),
        },
    }
}

/// Whether the name is no sample's, but that of a histogram or summary which stands there in parts.
pub(crate) fn is_in_parts(page: &Arc<Page>, name: &str) -> bool {
    let found = of_name(page, name);
    !found.is_empty()
        && found
            .iter()
            .all(|sample| sample.labels.metric() != Some(name))
}

/// The samples of that name on a page. A histogram that Prometheus may keep as one native series stands there in parts.
pub(crate) fn of_name<'a>(page: &'a Arc<Page>, name: &str) -> Vec<&'a PageSample> {
    let named = |wanted: &str| -> Vec<&'a PageSample> {
        page.samples
            .iter()
            .filter(|sample| sample.labels.metric() == Some(wanted))
            .collect()
    };
    let whole = named(name);
    if !whole.is_empty() {
        return whole;
    }
    let (count, sum) = (
        named(&format!("{name}_count")),
        named(&format!("{name}_sum")),
    );
    match count.is_empty() || sum.is_empty() {
        true => Vec::new(),
        false => count,
    }
}
