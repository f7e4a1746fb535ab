//! The keys of a form, as its JSON Schema documents them: the same source as completion in editors.

use serde::Serialize;
use serde_json::{Map, Value};

/// A key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct KeyDocs {
    /// The key.
    pub(crate) key: String,
    /// What it takes, in words.
    pub(crate) takes: String,
    /// Whether it must be written.
    pub(crate) required: bool,
    /// What it means.
    pub(crate) says: String,
}

/// A type of value that keys take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ValueDocs {
    /// What keys call it.
    pub(crate) name: String,
    /// What it is.
    pub(crate) says: String,
    /// Its own keys, where it is a map.
    pub(crate) keys: Vec<KeyDocs>,
}

/// Documents the keys of a form. `definitions` are those of the whole schema.
pub(crate) fn keys(form: &Value, definitions: &Value) -> Vec<KeyDocs> {
    keys_of(form, definitions)
}

fn keys_of(form: &Value, definitions: &Value) -> Vec<KeyDocs> {
    let required = |key: &str| {
        form["required"]
            .as_array()
            .is_some_and(|required| required.iter().any(|name| name == key))
    };
    properties(form)
        .map(|(key, schema)| KeyDocs {
            key: key.clone(),
            takes: takes(schema, definitions),
            required: required(key),
            says: says(schema),
        })
        .collect()
}

/// The types of value that these keys of a form name, those inside of them too.
pub(crate) fn values(form: &Value, keys: &[KeyDocs], definitions: &Value) -> Vec<ValueDocs> {
    let mut open: Vec<&Value> = properties(form)
        .filter(|(name, _)| keys.iter().any(|key| key.key == **name))
        .map(|(_, schema)| schema)
        .collect();
    open.reverse();
    let mut found: Vec<(&str, &Value)> = Vec::new();
    while let Some(schema) = open.pop() {
        for name in references(schema) {
            let definition = &definitions[name];
            let is_known = found.iter().any(|(known, _)| *known == name);
            if !is_known && name != "Template" && choices(definition).is_none() {
                found.push((name, definition));
                open.push(definition);
            }
        }
    }
    found
        .into_iter()
        .map(|(name, definition)| ValueDocs {
            name: in_words(name),
            says: says(definition),
            keys: keys_of(definition, definitions),
        })
        .collect()
}

fn properties(form: &Value) -> impl Iterator<Item = (&String, &Value)> {
    form["properties"]
        .as_object()
        .into_iter()
        .flat_map(Map::iter)
}

fn says(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    let default = match &schema["default"] {
        Value::Null | Value::Bool(false) => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(entries) if entries.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    match default {
        Some(default) if !text.contains("default") => format!("{text} Default: {default}."),
        _ => text.to_owned(),
    }
}

/// What a schema takes, in words.
fn takes(schema: &Value, definitions: &Value) -> String {
    if let Some(name) = referenced(schema) {
        return choices(&definitions[name]).unwrap_or_else(|| in_words(name));
    }
    if let Some(choices) = choices(schema) {
        return choices;
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        if let Some(branches) = schema[key].as_array() {
            let mut words: Vec<String> = Vec::new();
            for branch in branches {
                let word = takes(branch, definitions);
                let is_template = referenced(branch) == Some("Template");
                if !is_template && !word.is_empty() && !words.contains(&word) {
                    words.push(word);
                }
            }
            return words.join(" or ");
        }
    }
    match &schema["type"] {
        Value::String(kind) => of_type(kind, schema, definitions),
        Value::Array(kinds) => {
            let words: Vec<String> = kinds
                .iter()
                .filter_map(Value::as_str)
                .map(|kind| of_type(kind, schema, definitions))
                .filter(|word| !word.is_empty())
                .collect();
            words.join(" or ")
        }
        _ => schema["const"].as_str().map_or_else(
            || match &schema["const"] {
                Value::Null => String::new(),
                other => format!("`{other}`"),
            },
            |text| format!("`{text}`"),
        ),
    }
}

fn of_type(kind: &str, schema: &Value, definitions: &Value) -> String {
    match kind {
        "null" => String::new(),
        "string" => "text".to_owned(),
        "boolean" => "true or false".to_owned(),
        "integer" => "whole number".to_owned(),
        "array" => match takes(&schema["items"], definitions).as_str() {
            "" => "list".to_owned(),
            items => format!("list of {items}"),
        },
        "object" => match takes(&schema["additionalProperties"], definitions).as_str() {
            "" => "map".to_owned(),
            values => format!("map to {values}"),
        },
        other => other.to_owned(),
    }
}

/// The words that a schema lets choose among.
fn choices(schema: &Value) -> Option<String> {
    let consts: Vec<String> = schema["oneOf"]
        .as_array()?
        .iter()
        .map(|branch| branch["const"].as_str().map(|word| format!("`{word}`")))
        .collect::<Option<_>>()?;
    Some(consts.join(" or "))
}

fn referenced(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/definitions/")
}

/// The definitions that a schema names, wherever in it.
fn references(schema: &Value) -> Vec<&str> {
    match schema {
        Value::Object(entries) => referenced(schema)
            .into_iter()
            .chain(entries.values().flat_map(references))
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// `NumberMatcher` is called a number matcher.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}
