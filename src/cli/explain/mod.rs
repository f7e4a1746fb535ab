//! `gapcheck explain`: what a cause, a kind, an exit code or a check means.

mod backend_kind;
mod cause;
mod check;
mod check_text;
mod exit_code;
mod key_docs;
mod kind;
mod page;
mod settings;
mod verb;

pub(crate) use verb::explain;
