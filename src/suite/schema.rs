//! The JSON Schema of suites, for editors: made of the types that read them, so that it cannot say anything else than they do.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::backend::Hop;
use crate::check::KINDS;
use crate::leaves::Selector;
use crate::suite::cluster::ClusterChoice;
use crate::suite::common_keys::{CommonKeys, Defaults};
use crate::suite::secret_table::SecretSource;
use crate::suite::top_keys::VERSION;

/// The JSON Schema (draft-07) of a suite: one `oneOf` branch a kind of check, with the common keys in it. Where a value may be given by a
/// template, a text with `${{` is allowed too.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft07().into_generator();
    let kinds: Vec<Value> = KINDS
        .iter()
        .map(|row| {
            let form = (row.schema)(&mut generator).to_value();
            check(row.word, form, &mut generator)
        })
        .collect();
    let hop = hop(&mut generator);
    let section = |value: Value, says: &str| described(value, says);
    let text = json!({ "type": "string", "minLength": 1 });
    let clusters = inline::<ClusterChoice>(&mut generator);
    let mut defaults = inline::<Defaults>(&mut generator);
    templates_in_properties(&mut defaults);
    let mut secret = inline::<SecretSource>(&mut generator);
    if let Some(secret) = secret.as_object_mut() {
        secret.insert(
            "oneOf".to_owned(),
            json!([{ "required": ["env"] }, { "required": ["file"] }]),
        );
    }
    let control = or_template(inline::<Selector>(&mut generator));
    let hops = json!({ "type": "array", "items": hop });
    let properties = json!({
        "version": section(json!({ "const": VERSION }), "The version of the suite format."),
        "suite": section(json!({ "type": "string", "pattern": "^[\\p{L}\\p{N}._:-]+$" }), "The suite's name: the start of the ids of its checks."),
        "owner": section(text.clone(), "Who is to be told, where a check does not say."),
        "clusters": section(clusters, "The clusters that the suite is for: a matrix over the rows of the clusters file."),
        "clusters_file": section(text.clone(), "The clusters file, relative to this file; the nearest `clusters.yaml` upwards without this key."),
        "vars": section(json!({ "type": "object", "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" } }), "Variables: `${{ vars.NAME }}`. One without a value (`metric: null`) must be given by `--var`."),
        "secrets": section(json!({ "type": "object", "additionalProperties": secret }), "Secrets: `${{ secrets.NAME }}` as the whole value of a hop's `token`, `basic_auth`, `headers` or `tls.key`."),
        "pipeline": section(hops.clone(), "The ordered way of the data; `at:` and `through:` take the names of its hops."),
        "backends": section(hops, "Systems of the same shape beside the way; `at:` takes their names too."),
        "identity": section(json!({ "type": "object", "minProperties": 1, "additionalProperties": { "type": "string" } }), "The labels by which shared hops know a cluster's series; the external labels of the pipeline's Prometheus without this key."),
        "control": section(control, "A series that is known to be good: it tells a gap of one metric from a gap of the whole way."),
        "defaults": section(defaults, "What checks take where they say nothing themselves."),
        "include": section(json!({ "anyOf": [text.clone(), { "type": "array", "items": text }] }), "Files that bring pipeline, backends, vars, defaults, identity, control or checks, relative to this file; each is read once."),
        "checks": section(json!({ "type": "array", "items": { "$ref": "#/definitions/Check" } }), "The checks: each a flat map whose kind key names its subject."),
        "min_checks": section(json!({ "type": "integer", "minimum": 0 }), "How many checks the suite must have over all clusters; with fewer, nothing is run."),
        "allow_empty": section(json!({ "type": "boolean" }), "Accept a suite without checks."),
    });
    let mut definitions = generator.take_definitions(true);
    for definition in definitions.values_mut() {
        templates_in_properties(definition);
    }
    definitions.insert(
        "Template".to_owned(),
        json!({ "type": "string", "pattern": "\\$\\{\\{", "description": "A template: `${{ vars.NAME }}`, `${{ cluster.KEY }}`." }),
    );
    definitions.insert(
        "Check".to_owned(),
        json!({ "description": "A check: its kind key names the subject, the keys beside it say what must hold.", "oneOf": kinds }),
    );
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "gapcheck suite",
        "description": "What a metrics pipeline must deliver.",
        "type": "object",
        "properties": properties,
        "required": ["suite"],
        "additionalProperties": false,
        "if": { "properties": { "allow_empty": { "const": true } }, "required": ["allow_empty"] },
        "else": { "anyOf": [
            { "required": ["checks"], "properties": { "checks": { "minItems": 1 } } },
            { "required": ["include"] }
        ] },
        "definitions": definitions,
    })
}

/// The schema of a type, written out where it is used.
fn inline<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    T::json_schema(generator).to_value()
}

fn described(mut schema: Value, says: &str) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), says.into());
    }
    schema
}

/// The branch of a kind: its own keys, and the common ones.
fn check(word: &str, mut form: Value, generator: &mut SchemaGenerator) -> Value {
    let common = inline::<CommonKeys>(generator);
    if let (Some(form), Some(common)) = (properties(&mut form), common["properties"].as_object()) {
        for (key, schema) in common {
            form.entry(key).or_insert_with(|| schema.clone());
        }
    }
    templates_in_properties(&mut form);
    if let Some(clusters) =
        properties(&mut form).and_then(|properties| properties.get_mut("clusters"))
    {
        *clusters = common["properties"]["clusters"].clone();
    }
    if let Some(form) = form.as_object_mut() {
        form.insert("title".to_owned(), word.into());
        form.insert("additionalProperties".to_owned(), false.into());
    }
    form
}

fn hop(generator: &mut SchemaGenerator) -> Value {
    let mut hop = inline::<Hop>(generator);
    let clusters = inline::<ClusterChoice>(generator);
    templates_in_properties(&mut hop);
    if let Some(properties) = properties(&mut hop) {
        for (key, pattern) in [
            ("url", "^https?://|\\$\\{\\{"),
            ("write", "^https?://|\\$\\{\\{"),
            ("http", "^https?://|\\$\\{\\{"),
            ("grpc", "."),
        ] {
            if let Some(address) = properties.get_mut(key) {
                let one = json!({ "type": "string", "pattern": pattern });
                *address = json!({
                    "description": address["description"],
                    "anyOf": [one, { "type": "array", "items": one, "minItems": 1, "uniqueItems": true }],
                });
            }
        }
        properties.insert(
            "clusters".to_owned(),
            described(
                clusters,
                "The clusters that have this hop; all without this key.",
            ),
        );
        if let Some(name) = properties.get_mut("name") {
            *name = json!({ "type": "string", "pattern": "^[\\p{L}\\p{N}._:-]+$", "description": "The name that `at:` and `through:` take." });
        }
    }
    hop
}

fn properties(schema: &mut Value) -> Option<&mut Map<String, Value>> {
    schema.get_mut("properties")?.as_object_mut()
}

/// Allows a template for every value of an object, and inside of it.
fn templates_in_properties(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    for key in ["properties", "patternProperties"] {
        if let Some(values) = object.get_mut(key).and_then(Value::as_object_mut) {
            for value in values.values_mut() {
                *value = or_template(value.take());
            }
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(key).filter(|inner| inner.is_object()) {
            *inner = or_template(inner.take());
        }
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        for branch in object
            .get_mut(key)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            templates_in_properties(branch);
        }
    }
}

/// The schema, or a template; its description stays outside, where editors show it.
fn or_template(mut schema: Value) -> Value {
    templates_in_properties(&mut schema);
    let Some(object) = schema.as_object_mut() else {
        return schema;
    };
    let kind = object.get("type");
    let is_any_text = (kind == Some(&json!("string")) || kind == Some(&json!(["string", "null"])))
        && ["pattern", "enum", "const", "format", "maxLength"]
            .iter()
            .all(|key| !object.contains_key(*key));
    if is_any_text {
        object.insert("type".to_owned(), "string".into());
        return schema;
    }
    let says = object.remove("description");
    let default = object.remove("default");
    // A field that may be left out is no field that may be null.
    if let Some(kinds) = object.get_mut("type").and_then(Value::as_array_mut) {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    let any_of = object
        .get("anyOf")
        .and_then(Value::as_array)
        .filter(|_| object.len() == 1);
    let mut branches = match any_of {
        Some(branches) => branches
            .iter()
            .filter(|branch| branch["type"] != "null")
            .cloned()
            .collect(),
        None => vec![schema],
    };
    branches.push(json!({ "$ref": "#/definitions/Template" }));
    let mut wrapped = Map::new();
    wrapped.extend(says.map(|says| ("description".to_owned(), says)));
    wrapped.extend(default.map(|default| ("default".to_owned(), default)));
    wrapped.insert("anyOf".to_owned(), branches.into());
    wrapped.into()
}
