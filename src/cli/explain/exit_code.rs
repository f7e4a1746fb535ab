//! An exit code: what it means, and what to do then.

use serde::Serialize;

use crate::cli::explain::page::Page;
use crate::run::EXIT_CODES;

/// What is documented of an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ExitCodeDocs {
    /// Its number.
    exit_code: u8,
    /// What it means.
    means: &'static str,
    /// What to do then.
    then: &'static str,
}

/// The docs of the exit code with this number.
pub(crate) fn exit_code(word: &str) -> Option<ExitCodeDocs> {
    let row = EXIT_CODES
        .iter()
        .find(|row| row.number.to_string() == word)?;
    Some(ExitCodeDocs {
        exit_code: row.number,
        means: row.means,
        then: row.then,
    })
}

impl ExitCodeDocs {
    /// Writes the docs on a page.
    pub(crate) fn write(&self, page: &mut Page) {
        page.heading(&format!("exit code {} of `gapcheck run`", self.exit_code));
        page.prose(&sentence(self.means), 2);
        page.prose(&format!("\n{}", self.then), 2);
    }
}

/// A fragment as a sentence.
fn sentence(fragment: &str) -> String {
    let mut rest = fragment.chars();
    let first = rest.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), rest.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_what_to_do() {
        for row in EXIT_CODES {
            let docs = exit_code(&row.number.to_string()).unwrap();
            assert!(docs.then.ends_with('.'), "{}", row.number);
        }
        assert_eq!(exit_code("6"), None);
    }
}
