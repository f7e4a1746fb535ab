//! From an error of the reader to a mistake: its place in the file, and the nearest known key or word.

use std::path::Path;
use std::sync::Arc;

use crate::leaves::{Mistake, Origin, words};
use crate::suite::naming::meant;
use crate::suite::node::Node;
use crate::suite::read_error::{ReadError, ReadFault};

/// The mistake that an error is, in a value of this file.
pub(crate) fn misread(file: &Arc<Path>, node: &Node, error: &ReadError) -> Mistake {
    let origin = Origin {
        file: file.clone(),
        place: error.place.unwrap_or(node.place),
    };
    match &error.what {
        ReadFault::UnknownKey { key, known } => unknown_key(origin, key, known.iter().copied()),
        ReadFault::UnknownWord { word, known } => Mistake::new(
            origin,
            format!("{error}{}", meant(word, known.iter().copied())),
        ),
        _ => Mistake::new(origin, error.to_string()),
    }
}

/// A key that nobody knows, with the nearest one or the list.
pub(crate) fn unknown_key<'k>(
    origin: Origin,
    key: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Mistake {
    let known: Vec<&str> = known.into_iter().collect();
    let meant = meant(key, known.iter().copied());
    let mistake = Mistake::new(origin, format!("unknown key `{key}`{meant}"));
    if meant.is_empty() && !known.is_empty() {
        return mistake.help(format!("The keys here are {}.", words::list(&known)));
    }
    mistake
}
