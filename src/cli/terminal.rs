//! Standard output and standard error: what is written there is scrubbed of secrets first, and a reader that went away is no panic.

use std::io::{self, Write};

use crate::cli::arguments::{ColourMode, ProgressMode};
use crate::cli::surroundings::Surroundings;
use crate::leaves::{Ink, Redactor};
use crate::report::tame;
use crate::run::ExitCode;

/// Standard error, with its colour.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stderr {
    /// How to colour there.
    pub(crate) ink: Ink,
    /// Scrubs what is said.
    pub(crate) redactor: Redactor,
}

impl Stderr {
    /// Says a line, or several. What cannot be said is lost: there is no better place to say so.
    pub(crate) fn say(&self, text: &str) {
        let mut bytes = self.redactor.scrub(text).into_bytes();
        if !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        // One write a message, so that lines of two processes do not mix.
        let _ = io::stderr().lock().write_all(&bytes);
    }

    /// Says what the user can mend.
    pub(crate) fn refuse(&self, message: &str) {
        self.headed(&self.ink.red("error"), message);
    }

    /// Says what the user may want to know.
    pub(crate) fn warn(&self, message: &str) {
        self.headed(&self.ink.yellow("warning"), message);
    }

    /// A message may quote a path or a name from anywhere: no line of it acts on a terminal or on CI.
    fn headed(&self, head: &str, message: &str) {
        let lines: Vec<String> = message.lines().map(tame).collect();
        self.say(&format!("{head}: {}", lines.join("\n")));
    }
}

/// Writes to standard output, whole and at once.
///
/// # Errors
/// The reader went away, or the disk behind it is full.
pub(crate) fn print(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Prints what was asked for; a reader that went away has seen enough.
pub(crate) fn show(bytes: &[u8]) -> ExitCode {
    match print(bytes) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::ReportLost,
        _ => ExitCode::Green,
    }
}

/// Columns of standard output; where it is no terminal, or a wide one, a hundred.
pub(crate) fn width(around: &Surroundings) -> usize {
    const WIDEST: usize = 100;
    let size = console::Term::stdout().size_checked();
    size.filter(|_| around.stdout_is_terminal)
        .map_or(WIDEST, |(_, columns)| usize::from(columns).min(WIDEST))
}

/// How to colour on a stream.
pub(crate) fn ink(mode: ColourMode, is_terminal: bool, around: &Surroundings) -> Ink {
    let colour = match mode {
        ColourMode::Always => true,
        ColourMode::Never => false,
        ColourMode::Auto => is_terminal && !around.has("NO_COLOR") && !is_dumb(around),
    };
    Ink { colour }
}

/// How progress is shown: a bar needs a terminal that can move its cursor, and a log of CI is none.
pub(crate) fn progress(mode: ProgressMode, quiet: bool, around: &Surroundings) -> ProgressMode {
    match mode {
        _ if quiet => ProgressMode::None,
        ProgressMode::Auto => {
            if around.stderr_is_terminal && !around.has("CI") && !is_dumb(around) {
                ProgressMode::Bar
            } else {
                ProgressMode::Plain
            }
        }
        ProgressMode::Bar if is_dumb(around) || !around.stderr_is_terminal => ProgressMode::Plain,
        chosen => chosen,
    }
}

fn is_dumb(around: &Surroundings) -> bool {
    around.env.get("TERM").is_some_and(|term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(terminal: bool, env: &[(&str, &str)]) -> Surroundings {
        Surroundings {
            env: env
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            stderr_is_terminal: terminal,
            ..Surroundings::default()
        }
    }

    #[test]
    fn o12_colour_and_bars_are_for_terminals_that_can() {
        for (terminal, env, colour, bar) in [
            (true, &[][..], true, true),
            (false, &[][..], false, false),
            (true, &[("NO_COLOR", "1")][..], false, true),
            (true, &[("NO_COLOR", "")][..], true, true),
            (true, &[("TERM", "dumb")][..], false, false),
            (true, &[("CI", "true")][..], true, false),
        ] {
            let around = around(terminal, env);
            assert_eq!(
                ink(ColourMode::Auto, terminal, &around).colour,
                colour,
                "{env:?}"
            );
            let shown = progress(ProgressMode::Auto, false, &around);
            assert_eq!(shown == ProgressMode::Bar, bar, "{env:?}");
        }
    }

    #[test]
    fn what_is_asked_for_is_done_where_it_can_be() {
        let piped = around(false, &[]);
        assert!(ink(ColourMode::Always, false, &piped).colour);
        assert_eq!(
            progress(ProgressMode::Bar, false, &piped),
            ProgressMode::Plain
        );
        assert_eq!(
            progress(ProgressMode::Bar, true, &piped),
            ProgressMode::None
        );
    }
}
