//! Which block of the loaded configuration leads to the receiver.

use url::Url;

use crate::backend::answer::RemoteWrite;
use crate::leaves::words;

/// Whether this text is the same place as the URL: credentials, a default port and a last slash do not matter.
pub(crate) fn leads_to(shown: &str, wanted: &Url) -> bool {
    Url::parse(shown).is_ok_and(|shown| {
        shown.scheme() == wanted.scheme()
            && shown.host() == wanted.host()
            && shown.port_or_known_default() == wanted.port_or_known_default()
            && shown.path().trim_end_matches('/') == wanted.path().trim_end_matches('/')
            && shown.query() == wanted.query()
    })
}

/// The blocks that lead there; of that name, where one is given.
pub(crate) fn leading<'a>(
    blocks: &'a [RemoteWrite],
    wanted: &Url,
    name: Option<&str>,
) -> Vec<&'a RemoteWrite> {
    blocks
        .iter()
        .filter(|block| leads_to(&block.url, wanted) && name.is_none_or(|name| block.name == name))
        .collect()
}

/// What there is in place of a block that leads there.
pub(crate) fn none_leads(blocks: &[RemoteWrite], wanted: &Url, name: Option<&str>) -> String {
    if blocks.is_empty() {
        return "the loaded configuration has no `remote_write` block".to_owned();
    }
    if let (Some(name), false) = (name, leading(blocks, wanted, None).is_empty()) {
        let others = leading(blocks, wanted, None);
        let names: Vec<String> = others.iter().map(|b| format!("`{}`", b.name)).collect();
        return format!(
            "no block that leads there is named `{name}`; there is {}",
            words::few(&names, 3)
        );
    }
    let urls: Vec<String> = blocks
        .iter()
        .map(|block| match difference(&block.url, wanted) {
            Some(what) => format!("{} (another {what})", words::cut(&block.url, 200)),
            None => words::cut(&block.url, 200),
        })
        .collect();
    format!(
        "{} of the loaded configuration: {}",
        words::count(blocks.len(), "`remote_write` block"),
        words::few(&urls, 3)
    )
}

/// The one thing in which a URL of the same host differs.
fn difference(shown: &str, wanted: &Url) -> Option<&'static str> {
    let shown = Url::parse(shown).ok()?;
    if shown.host() != wanted.host() {
        return None;
    }
    Some(if shown.scheme() != wanted.scheme() {
        "scheme"
    } else if shown.port_or_known_default() != wanted.port_or_known_default() {
        "port"
    } else if shown.path().trim_end_matches('/') != wanted.path().trim_end_matches('/') {
        "path"
    } else {
        "query"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(url: &str, name: &str) -> RemoteWrite {
        RemoteWrite {
            url: url.to_owned(),
            name: name.to_owned(),
            ..RemoteWrite::default()
        }
    }

    #[test]
    fn urls_are_compared_as_urls() {
        let wanted = Url::parse("http://Receive:80/api/v1/receive/").unwrap();
        for same in [
            "http://receive/api/v1/receive",
            "http://me:xxxxx@RECEIVE:80/api/v1/receive/",
        ] {
            assert!(leads_to(same, &wanted), "{same}");
        }
        for other in [
            "https://receive/api/v1/receive",
            "http://receive:19291/api/v1/receive",
            "http://receive/api/v1/write",
            "http://receive.monitoring/api/v1/receive",
            "http://receive/api/v1/receive?a=b",
            "<secret>",
            "",
        ] {
            assert!(!leads_to(other, &wanted), "{other}");
        }
    }

    #[test]
    fn what_is_there_in_place_of_the_block_is_said() {
        let wanted = Url::parse("http://h:1/x").unwrap();
        let none = |blocks: &[RemoteWrite], name| none_leads(blocks, &wanted, name);
        assert!(none(&[], None).contains("no `remote_write` block"));
        let blocks = [block("http://h:1/y", ""), block("http://g/", "")];
        assert_eq!(
            none(&blocks, None),
            "2 `remote_write` blocks of the loaded configuration: http://h:1/y (another path) and http://g/"
        );
        let named = [block("http://h:1/x", "a")];
        assert!(none(&named, Some("b")).contains("there is `a`"));
    }
}
