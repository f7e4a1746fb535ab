//! What is said when gapcheck itself breaks: where, and no more; a message could hold anything.

use std::io::{self, Write};
use std::panic;

/// Says only where the panic happened. What the check was told is in its outcome, scrubbed of secrets.
pub(crate) fn install() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |location| {
            format!(" at {}:{}", location.file(), location.line())
        });
        let _ = writeln!(
            io::stderr().lock(),
            "gapcheck: internal error{place} (a bug: please report it)"
        );
    }));
}
