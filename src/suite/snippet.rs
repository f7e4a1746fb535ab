//! Mistakes as a person reads them: the message, the place, the line with a caret, and what to do.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::leaves::{Mistake, Origin, visible};
use crate::suite::sources::Sources;

/// The longest line that is shown with a caret; a longer one is told by its place only.
const LONGEST_LINE: usize = 1_000;

/// All mistakes, ready for a terminal (`styled`) or for plain text. What comes from files is made harmless for terminals.
pub fn render(mistakes: &[Mistake], sources: &Sources, styled: bool) -> String {
    let renderer = if styled {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for mistake in mistakes {
        let _ = writeln!(out, "{}\n", one(mistake, sources, &renderer));
    }
    out
}

fn one(mistake: &Mistake, sources: &Sources, renderer: &Renderer) -> String {
    let level = if mistake.warning {
        Level::WARNING
    } else {
        Level::ERROR
    };
    let message = visible(&mistake.message);
    let title = level.primary_title(&*message);
    let help = mistake.help.as_deref().map(visible);
    let shown = shown_line(&mistake.origin, sources);
    let path = visible(&mistake.origin.file.display().to_string());
    let mut group = match &shown {
        Some(line) => Group::with_title(title).element(
            Snippet::source(&*line.text)
                .line_start(mistake.origin.place.line as usize)
                .path(&*path)
                .fold(false)
                .annotation(AnnotationKind::Primary.span(line.start..line.end)),
        ),
        None => Group::with_title(title).element(
            annotate_snippets::Origin::path(&*path)
                .line(mistake.origin.place.line as usize)
                .char_column(mistake.origin.place.column as usize),
        ),
    };
    let others: Vec<(String, String, Option<Shown>)> = mistake
        .others
        .iter()
        .map(|(origin, word)| {
            let path = visible(&origin.file.display().to_string());
            (path, visible(word), shown_line(origin, sources))
        })
        .collect();
    for ((path, word, shown), (origin, _)) in others.iter().zip(&mistake.others) {
        if let Some(line) = shown {
            group = group.element(
                Snippet::source(&*line.text)
                    .line_start(origin.place.line as usize)
                    .path(&**path)
                    .fold(false)
                    .annotation(
                        AnnotationKind::Context
                            .span(line.start..line.end)
                            .label(&**word),
                    ),
            );
        }
    }
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(&**help));
    }
    renderer.render(&[group])
}

struct Shown {
    text: String,
    start: usize,
    end: usize,
}

/// The line of a place, made harmless, with the range of the caret in it.
fn shown_line(origin: &Origin, sources: &Sources) -> Option<Shown> {
    let source = sources.text(&origin.file)?;
    let line = source
        .lines()
        .nth((origin.place.line as usize).checked_sub(1)?)?;
    if line.len() > LONGEST_LINE {
        return None;
    }
    let column = (origin.place.column as usize).saturating_sub(1);
    let byte = |column: usize| {
        line.char_indices()
            .nth(column)
            .map_or(line.len(), |(at, _)| at)
    };
    let from = byte(column);
    let length = origin.place.end.saturating_sub(origin.place.start).max(1) as usize;
    let until = (from + length).min(line.len());
    let until = (until..=line.len())
        .find(|at| line.is_char_boundary(*at))
        .unwrap_or(line.len());
    let (before, marked, after) = (
        visible(&line[..from]),
        visible(&line[from..until]),
        visible(&line[until..]),
    );
    let (start, end) = (before.len(), before.len() + marked.len().max(1));
    // A caret past the end of a line needs something to stand under.
    let past = if marked.is_empty() { " " } else { "" };
    Some(Shown {
        text: format!("{before}{marked}{after}{past}"),
        start,
        end,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::leaves::Place;

    fn mistake(column: u32, length: u32) -> Mistake {
        let origin = Origin {
            file: Path::new("suites/a.yaml").into(),
            place: Place {
                line: 2,
                column,
                start: 10,
                end: 10 + length,
            },
        };
        Mistake::new(origin, "unknown key `throught`; did you mean `through`?").help("Mend it.")
    }

    fn sources(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.keep(Path::new("suites/a.yaml"), text.into());
        sources
    }

    #[test]
    fn a_mistake_shows_its_place_its_line_and_a_caret() {
        let text = render(
            &[mistake(5, 8)],
            &sources("checks:\n    throught: [a]\n"),
            false,
        );
        assert_eq!(
            text,
            "error: unknown key `throught`; did you mean `through`?\n --> suites/a.yaml:2:5\n  |\n2 |     throught: [a]\n  |     ^^^^^^^^\n  |\n  = help: Mend it.\n\n"
        );
    }

    #[test]
    fn another_place_that_belongs_to_a_mistake_is_shown_with_its_word() {
        let mistake = mistake(1, 1);
        let mut first = mistake.origin.clone();
        first.place.line = 1;
        let text = render(
            &[mistake.also(first, "first written here")],
            &sources("a: 1\na: 2\n"),
            false,
        );
        assert!(
            text.contains("1 | a: 1\n  | - first written here"),
            "{text}"
        );
    }

    #[test]
    fn nothing_from_a_file_reaches_the_terminal_raw() {
        let text = render(&[mistake(1, 3)], &sources("a\n\u{1b}[2J\u{202e}x\n"), false);
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}'),
            "{text}"
        );
        assert!(text.contains("\\u{1b}[2J"), "{text}");
    }

    #[test]
    fn a_line_too_long_to_show_is_told_by_its_place() {
        let text = render(
            &[mistake(5, 8)],
            &sources(&format!("a\n{}\n", "x".repeat(2_000))),
            false,
        );
        assert!(text.contains("--> suites/a.yaml:2:5"), "{text}");
    }

    #[test]
    fn places_outside_of_a_file_do_no_harm() {
        for (column, length) in [(1, 0), (400, 3), (2, 4_000_000)] {
            render(&[mistake(column, length)], &sources("a\nä\n"), true);
            render(&[mistake(column, length)], &sources(""), true);
        }
    }
}
