//! What the schema and the examples of these kinds hold.

use gapcheck::check::KINDS;
use schemars::generate::SchemaSettings;

#[test]
fn every_key_has_a_description_and_no_null_is_offered() {
    for row in KINDS {
        if ![
            "metric", "metrics", "promql", "scrape", "rules", "store", "receive", "storeapi",
        ]
        .contains(&row.word)
        {
            continue;
        }
        let mut generator = SchemaSettings::draft07().into_generator();
        let schema = serde_json::to_value((row.schema)(&mut generator)).unwrap();
        let keys = schema["properties"].as_object().unwrap();
        assert!(keys.contains_key(row.word));
        for (key, of_key) in keys {
            assert!(
                of_key["description"].is_string(),
                "{}: {key}: {of_key}",
                row.word
            );
            let text = of_key.to_string();
            assert!(!text.contains("null"), "{}: {key}: {text}", row.word);
        }
        assert_eq!(schema["additionalProperties"], false, "{}", row.word);
        assert!(schema["description"].is_string(), "{}", row.word);
    }
}
