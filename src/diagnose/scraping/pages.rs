//! The pages of the targets that should expose the metric, as they are now, fetched from where gapcheck runs.

use std::sync::Arc;

use crate::ask::Told;
use crate::backend::answer::{Page, PageSample, Target};
use crate::check::page_of;
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
    let tried = up.iter().take(MOST_PAGES);
    let told = join_all(tried.map(|target| page_of(case.ask, target))).await;
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
            Err(failure) => pages
                .unread
                .push(format!("{}: {}", target.url, failure.what)),
        }
    }
    pages
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
