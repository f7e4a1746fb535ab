//! Each cause as a fault of the lab: the diagnosis names it, at its edge, with its certainty, and calls no other cause proven. The
//! healthy lab has no finding, whatever the version of Thanos.

mod stage;

mod downstream;
mod healthy;
mod next_commands;
mod pairs;
mod requests;
mod upstream;
