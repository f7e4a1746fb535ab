//! A pipeline from the command line, as a suite like any other.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::backend::{AddressKey, BACKEND_KINDS};
use crate::leaves::words;

/// A suite that the command line wrote, and the folder it lives in.
pub(crate) struct OwnSuite {
    /// Its file.
    pub(crate) file: PathBuf,
    /// Its text up to the checks.
    pub(crate) text: String,
    _folder: TempDir,
}

/// The suite of these hops: kind and address each.
///
/// # Errors
/// A kind that there is not, an address key that its kind does not take, or no place to write.
pub(crate) fn suite_of(hops: &[(String, String)]) -> Result<OwnSuite, String> {
    let mut text = String::from("version: 1\nsuite: trace\npipeline:\n");
    let mut names: BTreeMap<&str, u32> = BTreeMap::new();
    for (kind, addresses) in hops {
        let row = BACKEND_KINDS
            .iter()
            .find(|row| row.word == kind)
            .ok_or_else(|| unknown_kind(kind))?;
        let count = names.entry(row.word).or_default();
        *count += 1;
        let name = match count {
            1 => row.word.to_owned(),
            count => format!("{}-{count}", row.word),
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "  - {{ name: {name}, kind: {}", row.word);
        for (at, part) in addresses.split(',').enumerate() {
            let key_of = |part: &str| {
                let (key, _) = part.split_once('=')?;
                row.addresses.iter().find(|known| known.word() == key)
            };
            let (key, address) = match key_of(part) {
                Some(key) => (*key, &part[key.word().len() + 1..]),
                None if at == 0 => (row.addresses[0], part),
                None => {
                    let keys: Vec<&str> = row.addresses.iter().map(|key| key.word()).collect();
                    return Err(format!(
                        "`{part}` of hop `{kind}` has no address key; {kind} takes {}",
                        words::list(&keys)
                    ));
                }
            };
            let _ = write!(text, ", {}: {}", key.word(), quoted(key, address));
        }
        text.push_str(" }\n");
    }
    let folder = tempfile::tempdir()
        .map_err(|error| format!("no place for the pipeline of the command line: {error}"))?;
    let file = folder.path().join("trace.yaml");
    fs::write(&file, format!("{text}checks:\n  - metric: up\n"))
        .map_err(|error| format!("the pipeline of the command line cannot be written: {error}"))?;
    Ok(OwnSuite {
        file,
        text,
        _folder: folder,
    })
}

fn quoted(key: AddressKey, address: &str) -> String {
    // A name without a scheme is meant as people type it; gRPC addresses have none.
    let whole = match key != AddressKey::Grpc && !address.contains("://") {
        true => format!("http://{address}"),
        false => address.to_owned(),
    };
    format!("'{}'", whole.replace('\'', "''"))
}

fn unknown_kind(kind: &str) -> String {
    let known: Vec<&str> = BACKEND_KINDS.iter().map(|row| row.word).collect();
    match words::nearest(kind, known.iter().copied()) {
        Some(near) => format!("`{kind}` is not a kind of hop; did you mean `{near}`?"),
        None => format!(
            "`{kind}` is not a kind of hop; the kinds are {}",
            words::list(&known)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(hops: &[(&str, &str)]) -> Result<String, String> {
        let hops: Vec<(String, String)> = hops
            .iter()
            .map(|(kind, url)| ((*kind).to_owned(), (*url).to_owned()))
            .collect();
        suite_of(&hops).map(|own| own.text)
    }

    #[test]
    fn hops_become_a_pipeline_with_a_name_each() {
        let text = text(&[
            ("prometheus", "prom:9090"),
            (
                "thanos-receive",
                "http://r:19291,http=http://r:10902,grpc=r:10901",
            ),
            ("prometheus", "https://central"),
        ])
        .unwrap();
        assert!(text.contains("{ name: prometheus, kind: prometheus, url: 'http://prom:9090' }"));
        assert!(
            text.contains("write: 'http://r:19291', http: 'http://r:10902', grpc: 'r:10901' }")
        );
        assert!(text.contains("{ name: prometheus-2, kind: prometheus, url: 'https://central' }"));
    }

    #[test]
    fn an_address_may_hold_the_sign_that_stands_behind_a_key() {
        let text = text(&[("prometheus", "http://p/?a=b")]).unwrap();
        assert!(text.contains("url: 'http://p/?a=b'"), "{text}");
    }

    #[test]
    fn a_kind_that_there_is_not_is_refused_with_the_one_that_was_meant() {
        let error = text(&[("prometeus", "http://p")]).unwrap_err();
        assert!(error.contains("did you mean `prometheus`?"), "{error}");
        let error = text(&[("prometheus", "http://p,http=http://q")]).unwrap_err();
        assert!(error.contains("prometheus takes url"), "{error}");
    }
}
