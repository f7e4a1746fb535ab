//! The parts of the way of a metric.

/// A part of the way. The parts follow each other as the data goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// From the exporter into Prometheus: discovery, scrape, relabelling, storage, rules.
    Scraping,
    /// Out of Prometheus: its `remote_write` block, the queue, the network to the receiver.
    Sending,
    /// Into the receiver: admission, tenants, limits, storage.
    Accepting,
    /// From a store (Receive, sidecar, store gateway) to Query: discovery, health, which stores are asked.
    Joining,
    /// At Query and above: evaluation, tenancy, deduplication, caches, dashboards.
    Querying,
}

impl Part {
    /// The part in words, for pages and lists.
    pub fn words(self) -> &'static str {
        match self {
            Self::Scraping => "exporter > Prometheus",
            Self::Sending => "Prometheus > receiver: sending",
            Self::Accepting => "Prometheus > receiver: accepting",
            Self::Joining => "store > Query",
            Self::Querying => "Query and above",
        }
    }
}
