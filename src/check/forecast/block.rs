//! Which `remote_write` block leads to a hop.

use url::Url;

use crate::backend::answer::RemoteWrite;

/// The block that leads to a hop, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leads<'a> {
    /// This one, or one with the same rules.
    By(&'a RemoteWrite),
    /// None is configured.
    Nowhere,
    /// One of several with different rules; which one cannot be told.
    Unclear,
}

/// The block whose URL has the host and port of one of these addresses; else the only one there is, because Prometheus may know the
/// hop by another name than gapcheck does; else any, where the rules of all are the same.
pub(crate) fn block_to<'a>(blocks: &'a [RemoteWrite], addresses: &[&Url]) -> Leads<'a> {
    let leads = |block: &&RemoteWrite| {
        Url::parse(&block.url).is_ok_and(|url| {
            addresses.iter().any(|address| {
                url.host() == address.host()
                    && url.port_or_known_default() == address.port_or_known_default()
            })
        })
    };
    let matching: Vec<&RemoteWrite> = blocks.iter().filter(leads).collect();
    let candidates: Vec<&RemoteWrite> = if matching.is_empty() {
        blocks.iter().collect()
    } else {
        matching
    };
    match candidates.as_slice() {
        [] => Leads::Nowhere,
        [first, others @ ..]
            if others
                .iter()
                .all(|other| other.write_relabel_configs == first.write_relabel_configs) =>
        {
            Leads::By(first)
        }
        _ => Leads::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::relabel::RelabelRule;

    fn block(url: &str, regex: Option<&str>) -> RemoteWrite {
        let rule = |regex: &str| RelabelRule {
            regex: Some(regex.to_owned()),
            ..RelabelRule::default()
        };
        RemoteWrite {
            url: url.to_owned(),
            write_relabel_configs: regex.map(rule).into_iter().collect(),
            ..RemoteWrite::default()
        }
    }

    #[test]
    fn urls_are_compared_by_host_and_port() {
        let blocks = [
            block("http://vm:8428/api/v1/write", Some("a")),
            block("https://u:xxxxx@receive/api/v1/receive", Some("b")),
        ];
        let receive = Url::parse("https://receive:443").unwrap();
        let elsewhere = Url::parse("http://127.0.0.1:9999").unwrap();
        assert_eq!(block_to(&blocks, &[&receive]), Leads::By(&blocks[1]));
        assert_eq!(block_to(&blocks, &[&elsewhere]), Leads::Unclear);
        assert_eq!(block_to(&blocks[..1], &[&receive]), Leads::By(&blocks[0]));
        assert_eq!(block_to(&[], &[&receive]), Leads::Nowhere);
    }

    #[test]
    fn of_several_with_the_same_rules_any_will_do() {
        let blocks = [block("http://a/", None), block("http://b/", None)];
        assert_eq!(block_to(&blocks, &[]), Leads::By(&blocks[0]));
    }
}
