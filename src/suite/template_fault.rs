//! What can be wrong with a template.

use crate::leaves::Origin;
use crate::suite::naming::meant;

/// What is wrong with a template; without a message where it was told already.
pub(crate) struct Fault {
    /// What was found, and what was expected.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
    /// Another place that belongs to it.
    pub(crate) also: Option<(Origin, String)>,
}

impl Fault {
    /// A fault without help.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            also: None,
        }
    }

    /// The same with what to do.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A secret in a place from which it could reach a report.
pub(crate) fn misplaced_secret() -> Fault {
    Fault::new("a secret stands where it could be shown")
        .help("A secret may only be the whole value of a hop's `token`, `basic_auth`, `headers` or `tls.key`: \"${{ secrets.NAME }}\".")
}

/// A name that no expression knows.
pub(crate) fn unknown_root(root: &str) -> Fault {
    let known = ["cluster", "vars", "secrets"];
    if known.contains(&root) {
        return Fault::new(format!("`{root}` wants a key, such as `{root}.name`"));
    }
    let meant = meant(root, known);
    if meant.is_empty() {
        Fault::new(format!("nothing is called `{root}`"))
            .help("Templates know `cluster.KEY`, `vars.NAME` and `secrets.NAME`.")
    } else {
        Fault::new(format!("nothing is called `{root}`{meant}"))
    }
}
