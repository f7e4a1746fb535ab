//! At Query and above: evaluation, tenancy, deduplication, caches, dashboards.

mod cached_empty;
mod causes;
mod clock_skew;
mod dedup_hides;
mod downsampling;
mod lookback;
mod matcher_excludes;
mod name_translated;
mod only_store_labels;
mod tenant_enforced;
mod untestable;

pub(crate) use causes::CAUSES;
pub(crate) use only_store_labels::REFUSAL;
