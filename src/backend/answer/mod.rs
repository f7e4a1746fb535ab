//! The typed answers, as they are judged, recorded and replayed. Plain data: what a server said, without opinion.

mod dns;
mod exposition;
mod http;
mod movement;
mod prometheus;
mod remote_write;
mod rules;
mod scraping;
mod server;
mod storeapi;
mod tcp;
mod thanos;

pub use dns::{
    DnsAnswer, DnsAttempt, DnsForm, DnsOutcome, DnsRecord, RecordType, ResolverSettings,
};
pub use exposition::{Page, PageSample};
pub use http::HttpAnswer;
pub use movement::{Moved, Movement};
pub use prometheus::{
    Build, Count, DroppedTarget, Flags, LoadedConfig, QueryAnswer, QueryResult, Sample,
    SampleValue, Series, Target, Targets,
};
pub use remote_write::RemoteWrite;
pub use rules::{Rule, RuleGroup, RuleGroups};
pub use scraping::ScrapeJob;
pub use server::{Exposure, Exposures, LabelValues, Runtime};
pub use storeapi::{StoreInfo, StoreSeries, StoreValues, StoredSeries};
pub use tcp::{ConnectAttempt, TcpAnswer, TlsSeen};
pub use thanos::{Store, Stores, TSDB_LIMIT, TenantHead, TsdbStatus};
