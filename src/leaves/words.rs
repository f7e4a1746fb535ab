//! Words: plurals, lists, ages, sizes and the nearest known name, said the same way everywhere.

use std::time::Duration;

use crate::leaves::duration::PromDuration;

/// `1 check`, `2 checks`, `1 series`, `2 series`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = match noun {
        "series" => "series".to_owned(),
        noun if number == 1 => noun.to_owned(),
        noun => match noun.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
            _ if noun.ends_with(['s', 'x']) => format!("{noun}es"),
            _ => format!("{noun}s"),
        },
    };
    format!("{number} {plural}")
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [start @ .., last] => {
            let start: Vec<&str> = start.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", start.join(", "), last.as_ref())
        }
    }
}

/// The first few of a list, and how many more there are: `a, b, c and 4 more`.
pub fn few<T: AsRef<str>>(items: &[T], most: usize) -> String {
    if items.len() <= most {
        return list(items);
    }
    let shown: Vec<&str> = items[..most].iter().map(AsRef::as_ref).collect();
    format!("{} and {} more", shown.join(", "), items.len() - most)
}

/// An age or a duration a person can read, two units at most: `350ms`, `12s`, `3m5s`, `4d11h`. Negative ages are said as such.
pub fn age(ms: i64) -> String {
    if ms < 0 {
        return format!("{} ahead", age(ms.saturating_neg()));
    }
    let ms = ms.unsigned_abs();
    let round = match ms {
        0..1_000 => return format!("{ms}ms"),
        1_000..3_600_000 => 1_000,
        3_600_000..86_400_000 => 60_000,
        _ => 3_600_000,
    };
    PromDuration(Duration::from_millis(ms / round * round)).to_string()
}

/// `12s old`, or `5s ahead` where a clock is. Servers tell their time in whole seconds: what lies less than one ahead is `0ms old`.
pub fn old(ms: i64) -> String {
    match ms {
        ..=-1_000 => age(ms),
        _ => format!("{} old", age(ms.max(0))),
    }
}

/// `12s ago`, or `5s ahead`, as [`old`] tells them apart.
pub fn ago(ms: i64) -> String {
    match ms {
        ..=-1_000 => age(ms),
        _ => format!("{} ago", age(ms.max(0))),
    }
}

/// A size a person can read: `512 bytes`, `16 MiB`.
pub fn bytes(number: u64) -> String {
    match number {
        0..1_024 => count(usize::try_from(number).unwrap_or(usize::MAX), "byte"),
        1_024..1_048_576 => format!("{} KiB", number / 1_024),
        1_048_576..1_073_741_824 => format!("{} MiB", number / 1_048_576),
        _ => format!("{} GiB", number / 1_073_741_824),
    }
}

/// The known name nearest to what was written, where one is near enough to be meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    known
        .into_iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&written, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, name)| {
            *distance <= 1.max(name.chars().count() / 3) && *distance < name.chars().count()
        })
        .min()
        .map(|(_, name)| name)
}

/// `text`, cut at a character's boundary to at most so many bytes, with a word on what was left out.
pub fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    format!("{}… {} more bytes", &text[..end], text.len() - end)
}

/// A word that a shell takes as it is.
pub fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@:/".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_this_second_is_new() {
        for (ms, is_old, is_ago) in [
            (12_000, "12s old", "12s ago"),
            (0, "0ms old", "0ms ago"),
            (-999, "0ms old", "0ms ago"),
            (-5_000, "5s ahead", "5s ahead"),
        ] {
            assert_eq!((old(ms).as_str(), ago(ms).as_str()), (is_old, is_ago));
        }
    }

    #[test]
    fn plurals_and_lists() {
        assert_eq!(count(1, "check"), "1 check");
        assert_eq!(count(0, "query"), "0 queries");
        assert_eq!(count(2, "series"), "2 series");
        assert_eq!(count(3, "address"), "3 addresses");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(few(&["a", "b", "c"], 2), "a, b and 1 more");
    }

    #[test]
    fn ages_have_two_units_at_most() {
        for (ms, said) in [
            (350, "350ms"),
            (12_345, "12s"),
            (185_000, "3m5s"),
            (4 * 86_400_000 + 11 * 3_600_000 + 5_000, "4d11h"),
            (-5_000, "5s ahead"),
        ] {
            assert_eq!(age(ms), said);
        }
    }

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("throught", ["through", "tenant"]), Some("through"));
        assert_eq!(nearest("zzz", ["through", "tenant"]), None);
        assert_eq!(nearest("chekcs", ["checks"]), Some("checks"));
    }

    #[test]
    fn cutting_never_splits_a_character() {
        assert_eq!(cut("äöü", 3), "ä… 4 more bytes");
    }
}
