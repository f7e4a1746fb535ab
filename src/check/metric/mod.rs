//! `metric`: one file a station of the way, and one that judges the ladder they make.

mod arriving;
mod assertions;
mod difference;
pub(crate) mod exporter;
mod foretelling;
mod foretold;
mod form;
mod holding;
mod judge;
mod lag;
mod looking;
mod misfiled;
mod newest;
mod other_receive;
mod place;
mod promql;
pub(crate) mod receive;
mod refusal;
mod replicated;
mod review;
mod same;
mod same_form;
mod sender;
pub(crate) mod sight;
mod split;
mod stored;
mod tenancy;
mod unseen;
mod unseen_review;

pub(crate) use foretelling::way;
pub use form::Metric;
pub(crate) use looking::look;
pub(crate) use place::{after_sending, is_shared, without_replicas};
pub use same_form::{Same, SameHow};
pub(crate) use sender::{Sender, sender};
pub(crate) use sight::Sight;
