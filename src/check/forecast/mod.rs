//! What a series looks like after each station of its way: computed, so that what a hop shows can be held against it.

mod arrival;
mod block;
mod selection;
mod way;

pub(crate) use arrival::{Arrival, By, Forecast};
pub(crate) use block::{Leads, block_to};
pub(crate) use selection::selection;
pub(crate) use way::{AtReceive, Leg, Way, changes_labels};
