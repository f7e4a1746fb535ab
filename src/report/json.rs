//! The JSON report: the record itself.

use crate::report::options::FormatOptions;
use crate::report::record::Record;

/// Writes the record as JSON, indented, with a newline at its end.
pub(crate) fn write(record: &Record, _: &FormatOptions) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(record)
        .expect("a record holds texts, whole numbers and lists only");
    bytes.push(b'\n');
    bytes
}
