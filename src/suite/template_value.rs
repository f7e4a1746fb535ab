//! Values of YAML in expressions, and back.

use std::collections::BTreeMap;

use minijinja::Value;
use minijinja::value::ValueKind;

use crate::leaves::Place;
use crate::suite::node::{Node, NodeKind};
use crate::suite::template_fault::Fault;

/// A value as expressions see it: numbers are numbers only where no spelling is lost.
pub(crate) fn value_of(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null | NodeKind::Secret(_) => Value::from(()),
        NodeKind::Scalar { text, plain: false } => Value::from(&**text),
        NodeKind::Scalar { text, plain: true } => {
            if let Some(truth) = truth(text) {
                return Value::from(truth);
            }
            let whole = text.parse::<i64>().ok().filter(|n| n.to_string() == **text);
            let fraction = text.parse::<f64>().ok().filter(|n| n.to_string() == **text);
            match (whole, fraction) {
                (Some(number), _) => Value::from(number),
                (None, Some(number)) => Value::from(number),
                (None, None) => Value::from(&**text),
            }
        }
        NodeKind::Seq(items) => items.iter().map(value_of).collect(),
        NodeKind::Map(entries) => Value::from(
            entries
                .iter()
                .map(|(key, value)| {
                    (
                        key.as_text().unwrap_or_default().to_owned(),
                        value_of(value),
                    )
                })
                .collect::<BTreeMap<String, Value>>(),
        ),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// What a template gave stands where the template stands, not where the variable was declared.
pub(crate) fn moved(kind: NodeKind, place: Place) -> NodeKind {
    let move_one = |node: Node| Node {
        place,
        kind: moved(node.kind, place),
    };
    match kind {
        NodeKind::Seq(items) => NodeKind::Seq(items.into_iter().map(move_one).collect()),
        NodeKind::Map(entries) => NodeKind::Map(
            entries
                .into_iter()
                .map(|(key, value)| (move_one(key), move_one(value)))
                .collect(),
        ),
        other => other,
    }
}

/// What an expression gave, as a value of YAML.
pub(crate) fn kind_of(value: &Value, source: &str) -> Result<NodeKind, Fault> {
    let node = |value: &Value| -> Result<Node, Fault> {
        Ok(Node {
            place: Place::default(),
            kind: kind_of(value, source)?,
        })
    };
    let plain = |text: String| NodeKind::Scalar {
        text: text.into(),
        plain: true,
    };
    Ok(match value.kind() {
        ValueKind::Bool | ValueKind::Number => plain(value.to_string()),
        ValueKind::String => NodeKind::Scalar {
            text: value.as_str().unwrap_or_default().into(),
            plain: false,
        },
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value
                .try_iter()
                .map_err(|error| Fault::new(error.to_string()))?;
            NodeKind::Seq(items.map(|item| node(&item)).collect::<Result<_, _>>()?)
        }
        ValueKind::Map => {
            let keys = value
                .try_iter()
                .map_err(|error| Fault::new(error.to_string()))?;
            let entries = keys.map(|key| {
                let of = value
                    .get_item(&key)
                    .map_err(|error| Fault::new(error.to_string()))?;
                Ok((Node::text(Place::default(), &key.to_string()), node(&of)?))
            });
            NodeKind::Map(entries.collect::<Result<_, Fault>>()?)
        }
        ValueKind::Undefined | ValueKind::None => {
            return Err(Fault::new(format!("`{source}` is nothing")));
        }
        _ => return Err(Fault::new(format!("`{source}` does not give a value"))),
    })
}
