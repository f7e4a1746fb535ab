//! A text with templates, taken apart.

use crate::suite::node::OPEN;
use crate::suite::template_fault::Fault;

/// A part of a text with templates.
pub(crate) enum Piece<'t> {
    /// Plain text.
    Text(&'t str),
    /// A template.
    Expression {
        /// What stands between the braces.
        source: &'t str,
        /// Where the template opens, in bytes.
        start: usize,
        /// Where it has closed.
        end: usize,
    },
}

/// The pieces of a text; the error is the place of a template that is not closed or empty.
pub(crate) fn split(text: &str) -> Result<Vec<Piece<'_>>, (usize, Fault)> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    while let Some(found) = text[from..].find(OPEN) {
        let start = from + found;
        if start > from {
            pieces.push(Piece::Text(&text[from..start]));
        }
        let inner = start + OPEN.len();
        let Some(length) = closing(&text[inner..]) else {
            return Err((
                start,
                Fault::new("a template is opened here and never closed")
                    .help("Close it: `${{ vars.name }}`."),
            ));
        };
        let source = text[inner..inner + length].trim();
        if source.is_empty() {
            return Err((start, Fault::new("this template is empty")));
        }
        from = inner + length + 2;
        pieces.push(Piece::Expression {
            source,
            start,
            end: from,
        });
    }
    if from < text.len() {
        pieces.push(Piece::Text(&text[from..]));
    }
    Ok(pieces)
}

/// Where `}}` closes the expression: outside of quotes and of its own braces.
fn closing(text: &str) -> Option<usize> {
    let (mut quote, mut depth, mut escaped) = (None, 0usize, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, c) {
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth > 0 => depth -= 1,
            (None, '}') if text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}

/// Whether a text is one name.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether an expression only names something: `vars.cost`.
pub(crate) fn is_path(source: &str) -> bool {
    source.contains('.') && source.split('.').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Result<Vec<String>, usize> {
        let pieces = split(text).map_err(|(at, _)| at)?;
        let said = |piece: &Piece<'_>| match piece {
            Piece::Text(text) => (*text).to_owned(),
            Piece::Expression { source, start, end } => format!("<{source}>{start}-{end}"),
        };
        Ok(pieces.iter().map(said).collect())
    }

    #[test]
    fn braces_and_quotes_of_an_expression_do_not_close_it() {
        for (text, expected) in [
            ("a ${{ b }} c", vec!["a ", "<b>2-10", " c"]),
            ("${{ '}}' }}", vec!["<'}}'>0-11"]),
            ("${{ {'a': {'b': 1}} }}", vec!["<{'a': {'b': 1}}>0-22"]),
            (r#"${{ "\"}}" }}"#, vec![r#"<"\"}}">0-13"#]),
            ("{{ x }} $x }}", vec!["{{ x }} $x }}"]),
        ] {
            assert_eq!(pieces(text).unwrap(), expected, "{text}");
        }
        assert_eq!(pieces("ab ${{ x").unwrap_err(), 3);
        assert_eq!(pieces("ab ${{ 'x }}").unwrap_err(), 3);
    }
}
