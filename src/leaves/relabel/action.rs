//! What a rule does.

use std::fmt;

use serde::Serialize;

use crate::leaves::relabel::dialect::Dialect;

/// What a relabelling rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Sets the target label to the expanded replacement where the regex matches; an empty one removes it.
    Replace,
    /// Drops what the regex does not match.
    Keep,
    /// Drops what the regex matches.
    Drop,
    /// Drops where the values differ from the target label.
    KeepEqual,
    /// Drops where the values are equal to the target label.
    DropEqual,
    /// Sets the target label to a hash of the values, modulo `modulus`.
    HashMod,
    /// Copies each label whose name the regex matches to the name that the replacement gives.
    LabelMap,
    /// Removes each label whose name the regex matches.
    LabelDrop,
    /// Removes each label whose name the regex does not match.
    LabelKeep,
    /// Sets the target label to the values in lower case.
    Lowercase,
    /// Sets the target label to the values in upper case.
    Uppercase,
}

const NAMES: [(&str, Action); 11] = [
    ("replace", Action::Replace),
    ("keep", Action::Keep),
    ("drop", Action::Drop),
    ("keepequal", Action::KeepEqual),
    ("dropequal", Action::DropEqual),
    ("hashmod", Action::HashMod),
    ("labelmap", Action::LabelMap),
    ("labeldrop", Action::LabelDrop),
    ("labelkeep", Action::LabelKeep),
    ("lowercase", Action::Lowercase),
    ("uppercase", Action::Uppercase),
];

impl Action {
    /// The action of that name, in any case, where that version knows it.
    pub(crate) fn of(name: &str, dialect: Dialect) -> Option<Self> {
        let name = name.to_lowercase();
        let action = NAMES.iter().find(|(known, _)| *known == name)?.1;
        let is_known = match action {
            Self::KeepEqual | Self::DropEqual => dialect.is_from(2, 41),
            Self::Lowercase | Self::Uppercase => dialect.is_from(2, 36),
            _ => true,
        };
        is_known.then_some(action)
    }

    /// Whether it compares or changes the values of labels, and so needs a target label.
    pub(crate) fn needs_target(self) -> bool {
        !matches!(
            self,
            Self::Keep | Self::Drop | Self::LabelMap | Self::LabelDrop | Self::LabelKeep
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            NAMES
                .iter()
                .find(|(_, action)| action == self)
                .map_or("", |(name, _)| name),
        )
    }
}
