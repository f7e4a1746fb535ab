//! Names of metrics as a question lists them: whole, or a beginning and a `*`.

/// Whether the metric is one of these.
pub(crate) fn has(names: &[String], metric: &str) -> bool {
    names.iter().any(|name| match name.strip_suffix('*') {
        Some(start) => metric.starts_with(start),
        None => metric == name,
    })
}

/// The regular expression that matches them. Names of metrics have nothing in them that it would have to escape.
pub(crate) fn regex(names: &[String]) -> String {
    let each: Vec<String> = names
        .iter()
        .map(|name| match name.strip_suffix('*') {
            Some(start) => format!("{start}.*"),
            None => name.clone(),
        })
        .collect();
    each.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_all_that_begin_so() {
        let names = ["a_*".to_owned(), "b".to_owned()];
        assert!(has(&names, "a_x") && has(&names, "a_") && has(&names, "b"));
        assert!(!has(&names, "a") && !has(&names, "bb"));
        assert_eq!(regex(&names), "a_.*|b");
    }
}
