//! The system's resolver settings, read as `resolv.conf(5)` says. Lines that it does not know are left aside, as by every resolver.

use std::net::{IpAddr, SocketAddr};

/// Servers beyond the third are not used by the system's resolver either (`MAXNS`).
const MOST_SERVERS: usize = 3;
/// Suffixes that are tried at most; older resolvers stop at six.
const MOST_SUFFIXES: usize = 32;
/// The largest `ndots` (`RES_MAXNDOTS`).
const MOST_DOTS: u8 = 15;

/// What a `resolv.conf` says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ResolvConf {
    pub(crate) servers: Vec<SocketAddr>,
    pub(crate) search: Vec<String>,
    pub(crate) ndots: u8,
}

/// Reads the text of a `resolv.conf`.
pub(crate) fn parse(text: &str) -> ResolvConf {
    let mut conf = ResolvConf {
        servers: Vec::new(),
        search: Vec::new(),
        ndots: 1,
    };
    for line in text.lines() {
        let line = line.split(['#', ';']).next().unwrap_or_default();
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") if conf.servers.len() < MOST_SERVERS => {
                conf.servers.extend(
                    words
                        .next()
                        .and_then(address)
                        .map(|ip| SocketAddr::new(ip, 53)),
                );
            }
            // The last of `domain` and `search` wins.
            Some("domain") => conf.search = suffixes(words.take(1)),
            Some("search") => conf.search = suffixes(words),
            Some("options") => {
                for option in words {
                    if let Some(dots) = option.strip_prefix("ndots:") {
                        conf.ndots = dots
                            .parse::<u32>()
                            .map_or(conf.ndots, |dots| dots.min(MOST_DOTS.into()) as u8);
                    }
                }
            }
            _ => {}
        }
    }
    conf
}

/// The suffixes of a search list, without final dots; the root is none.
pub(crate) fn suffixes<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    words
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| !word.is_empty())
        .take(MOST_SUFFIXES)
        .map(str::to_owned)
        .collect()
}

/// An address; the zone of a link-local one (`fe80::1%eth0`) is left out.
fn address(word: &str) -> Option<IpAddr> {
    word.split('%').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pods_file_is_read() {
        let conf = parse(
            "search monitoring.svc.cluster.local svc.cluster.local. cluster.local\nnameserver 10.96.0.10\noptions ndots:5 trust-ad\n",
        );
        assert_eq!(conf.servers, ["10.96.0.10:53".parse().unwrap()]);
        assert_eq!(
            conf.search,
            [
                "monitoring.svc.cluster.local",
                "svc.cluster.local",
                "cluster.local"
            ]
        );
        assert_eq!(conf.ndots, 5);
    }

    #[test]
    fn comments_odd_lines_and_a_later_domain_are_taken_as_the_system_takes_them() {
        let conf = parse(
            "; old\n# nameserver 1.1.1.1\nnameserver soon\nnameserver ::1 # ours\nnameserver\nsearch a b\ndomain c.example\noptions ndots:99 ndots:x\nnameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\n\u{0}junk",
        );
        assert_eq!(
            conf.servers,
            [
                "[::1]:53".parse().unwrap(),
                "1.1.1.1:53".parse().unwrap(),
                "1.1.1.2:53".parse().unwrap()
            ]
        );
        assert_eq!(conf.search, ["c.example"]);
        assert_eq!(conf.ndots, 15);
    }

    #[test]
    fn an_empty_file_names_no_server_and_has_ndots_1() {
        assert_eq!(
            parse(""),
            ResolvConf {
                servers: vec![],
                search: vec![],
                ndots: 1
            }
        );
    }
}
