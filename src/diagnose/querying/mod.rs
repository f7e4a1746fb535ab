//! At Query and above: evaluation, tenancy, deduplication, caches, dashboards.

mod causes;
mod matcher_excludes;

pub(crate) use causes::CAUSES;
