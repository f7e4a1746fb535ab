//! Floor 8: a finished run to bytes. One file a format; every format is a pure function of the record, and knows no clock, no
//! environment and no network.

mod block;
mod command;
mod format;
mod gap_id;
mod json;
mod junit;
mod ladder_line;
mod markdown;
mod record;
mod recording;
mod schema;
mod tame;
mod text;
mod xml_safe;

pub use format::{FORMATS, Format, FormatOptions, SUMMARY_BUDGET, format_named};
pub use record::{
    CauseRecord, Certainty, CheckRecord, Counts, EdgeRecord, ExitSummary, GapRecord, RECORD_SCHEMA,
    Record, RunVerdict, State, WaiverRecord,
};
pub use recording::LONGEST_TEXT;
pub use schema::report_schema;
pub use tame::{tame, without_ci_commands};
pub use text::line;
