//! The reports, held to what they promise: snapshots of one rich run, schemas, and payloads in every place that others can fill.

mod json;
mod junit;
mod markdown;
mod payloads;
mod sample;
mod states;
mod text;

use gapcheck::report::{FormatOptions, Record, format_named};

/// A record in one format, as text.
fn written(record: &Record, format: &str) -> String {
    written_with(record, format, &FormatOptions::default())
}

fn written_with(record: &Record, format: &str, options: &FormatOptions) -> String {
    let format = format_named(format).expect("the format is in the table");
    String::from_utf8((format.write)(record, options)).expect("reports are UTF-8")
}

/// Compares with the snapshot of that name.
macro_rules! assert_snapshot {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!($name, $text);
        });
    };
}
pub(crate) use assert_snapshot;
