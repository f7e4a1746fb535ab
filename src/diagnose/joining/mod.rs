//! From a store to Query: discovery, health, and which stores a query reaches.

mod behind_vip;
mod causes;
mod discovery_empty;
mod endpoints;
mod excluded_by_label;
mod excluded_by_time;
mod hidden;
mod incomplete;
mod labels_duplicate;
mod name_filter;
mod never_reached;
mod not_configured;
mod own;
mod roster;
mod unhealthy;

pub(crate) use causes::CAUSES;
