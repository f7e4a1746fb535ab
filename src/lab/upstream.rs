//! What can be otherwise on the way from a page into Prometheus and out of it. The default of each says: as usual.

/// How a Prometheus runs.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// When its process was started, if it was started again after its first scrape.
    pub restarted_ms: Option<i64>,
    /// When the configuration that runs was loaded, if not at the start.
    pub loaded_ms: Option<i64>,
    /// Whether it refused the configuration of a later reload.
    pub refused_reload: bool,
    /// Whether it runs as an agent, which answers no query.
    pub as_agent: bool,
}

/// How a target is found and scraped.
#[derive(Debug, Clone, Default)]
pub struct Scraping {
    /// The distance between its scrapes, where its job has one of its own.
    pub interval_ms: Option<i64>,
    /// Since when discovery finds it no more.
    pub vanished_ms: Option<i64>,
    /// Whether the configuration that runs lacks its job.
    pub unconfigured: bool,
    /// Whether its job takes histograms as native ones (`scrape_native_histograms`).
    pub native_histograms: bool,
    /// What makes its scrapes fail, and since when.
    pub spoilt: Option<(i64, Spoilt)>,
}

/// What makes a scrape fail of a target that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoilt {
    /// It answers this HTTP status, with its reason.
    Status(u16, &'static str),
    /// Its page has this content type, which Prometheus 3 does not take.
    ContentType(&'static str),
    /// The job takes no page of more samples than this.
    SampleLimit(usize),
}

/// A timestamp that a page writes beside the samples of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// So many milliseconds before each scrape.
    Behind(i64),
    /// Always the same, in milliseconds since the epoch.
    At(i64),
}

/// How a queue of remote_write works.
#[derive(Debug, Clone, Default)]
pub struct Queueing {
    /// Whether there is no block at all.
    pub unconfigured: bool,
    /// Scheme and path of a URL that leads to the write port of the first Receive; the running lab puts its address between them.
    pub to_receive: Option<(&'static str, &'static str)>,
    /// Since when the receiver refuses for good what is sent.
    pub refused_since_ms: Option<i64>,
    /// Since when the queue falls behind, and how many of a hundred samples it sends.
    pub slow: Option<(i64, i64)>,
    /// After which moment the receiver could not be reached, and when the process was started again, which forgot what waited.
    pub forgot: Option<(i64, i64)>,
    /// When the block came into the configuration, if not at the start.
    pub since_ms: Option<i64>,
    /// `sample_age_limit`.
    pub age_limit_ms: Option<i64>,
    /// Whether it sends remote write 2.0.
    pub second_version: bool,
    /// Whether the block has credentials.
    pub has_credentials: bool,
}

/// Samples older than the newest ones by more than this are not taken.
const TOO_OLD_MS: i64 = 3_600_000;

impl Running {
    /// When the configuration that runs was loaded.
    pub(crate) fn loaded(&self, started_ms: i64) -> i64 {
        self.loaded_ms.map_or(started_ms, |at| at.max(started_ms))
    }
}

impl Stamp {
    /// Whether a head refuses such samples.
    pub(crate) fn is_refused(self) -> bool {
        matches!(self, Self::Behind(ms) if ms > TOO_OLD_MS)
    }

    /// What stands on the page of a moment.
    pub(crate) fn at(self, now_ms: i64) -> i64 {
        match self {
            Self::Behind(ms) => now_ms - ms,
            Self::At(at_ms) => at_ms,
        }
    }
}
