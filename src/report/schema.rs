//! The JSON Schema of the JSON report.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::report::record::Record;

/// The JSON Schema (draft-07) of the JSON report, generated from the types that write it.
pub fn report_schema() -> Value {
    let generator = SchemaSettings::draft07().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Record>();
    schema.insert("title".to_owned(), "gapcheck report, schema 1".into());
    schema.to_value()
}
