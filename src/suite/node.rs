//! The tree of a YAML file: every value with its place, every plain scalar with its exact spelling.

use std::path::Path;
use std::sync::Arc;

use crate::leaves::{Origin, Place, Secret};

/// Where a text opens a template.
pub(crate) const OPEN: &str = "${{";

/// A value and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it is written.
    pub(crate) place: Place,
    /// What it is.
    pub(crate) kind: NodeKind,
}

/// What a value is, before anybody has asked for a type.
#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    /// Nothing: an empty value, `~` or `null`.
    Null,
    /// A scalar in its exact spelling.
    Scalar {
        /// The text.
        text: Box<str>,
        /// Whether it stood there without quotes, so that it may be a number or a truth value.
        plain: bool,
    },
    /// A secret that a template named.
    Secret(Secret),
    /// A list.
    Seq(Vec<Node>),
    /// A map, in the order of writing. Keys are scalars, and no two are equal.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// A quoted text, such as a value from the command line.
    pub(crate) fn text(place: Place, text: &str) -> Self {
        let kind = NodeKind::Scalar {
            text: text.into(),
            plain: false,
        };
        Self { place, kind }
    }

    /// Its place in this file.
    pub(crate) fn origin(&self, file: &Arc<Path>) -> Origin {
        Origin {
            file: file.clone(),
            place: self.place,
        }
    }

    /// A scalar's spelling.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            NodeKind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The entry of a map with this key.
    pub(crate) fn entry(&self, key: &str) -> Option<&(Node, Node)> {
        self.entries()?
            .iter()
            .find(|(written, _)| written.as_text() == Some(key))
    }

    /// The value under a key of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Whether there is nothing.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, NodeKind::Null)
    }

    /// The deepest value along a path of keys and indices, as far as the path leads.
    pub(crate) fn along(&self, path: &[String]) -> &Node {
        let Some((first, rest)) = path.split_first() else {
            return self;
        };
        let next = match &self.kind {
            NodeKind::Map(_) => self.get(first),
            NodeKind::Seq(items) => first.parse::<usize>().ok().and_then(|at| items.get(at)),
            _ => None,
        };
        next.map_or(self, |next| next.along(rest))
    }

    /// What it is, in words, for messages.
    pub(crate) fn words(&self) -> String {
        match &self.kind {
            NodeKind::Null => "nothing".to_owned(),
            NodeKind::Scalar { text, .. } => {
                format!("`{}`", crate::leaves::words::cut(text, 60))
            }
            NodeKind::Secret(_) => "a secret".to_owned(),
            NodeKind::Seq(_) => "a list".to_owned(),
            NodeKind::Map(_) => "a map".to_owned(),
        }
    }

    /// Whether there is a template anywhere in it.
    pub(crate) fn has_template(&self) -> bool {
        match &self.kind {
            NodeKind::Scalar { text, .. } => text.contains(OPEN),
            NodeKind::Seq(items) => items.iter().any(Self::has_template),
            NodeKind::Map(entries) => entries
                .iter()
                .any(|(key, value)| key.has_template() || value.has_template()),
            NodeKind::Null | NodeKind::Secret(_) => false,
        }
    }
}
