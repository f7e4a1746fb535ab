//! Floor 8: a finished run to bytes. One file a format; every format is a pure function of the record, and knows no clock, no
//! environment and no network.

mod block;
mod check_record;
mod columns;
mod command;
mod format;
mod gap_id;
mod gap_record;
mod json;
mod junit;
mod ladder_line;
mod md;
mod options;
mod record;
mod recording;
mod schema;
mod sentence;
mod tame;
mod text;
mod unfinished;
mod why;
mod xml_safe;

pub use check_record::{CheckRecord, State, WaiverRecord};
pub use format::{FORMATS, Format, format_named};
pub use gap_record::{CauseRecord, EdgeRecord, GapRecord};
pub use options::{FormatOptions, SUMMARY_BUDGET};
pub use record::{Counts, ExitSummary, RECORD_SCHEMA, Record, RunVerdict};
pub use recording::LONGEST_TEXT;
pub use schema::report_schema;
pub use tame::{tame, without_ci_commands};
pub use text::line;
