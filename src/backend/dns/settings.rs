//! Which servers to ask, and for which names: the system's settings, and what the probe says in their place.

use std::fs::{self, File};
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::Path;

use crate::backend::answer::{DnsForm, ResolverSettings};
use crate::backend::dns::resolv_conf::{ResolvConf, parse, suffixes};
use crate::backend::error_chain::os_reason;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::probe::DnsProbe;

/// As much as is read of a `resolv.conf`, in bytes.
const MOST_CONF: u64 = 64 * 1024;

/// The settings to use, and the servers' addresses.
pub(crate) fn settings(
    probe: &DnsProbe,
    resolv_conf: &Path,
) -> Result<(ResolverSettings, Vec<SocketAddr>), Failure> {
    let local = |what: String| {
        Failure::new(FailureClass::Local, what)
            .help("Name a name server with `resolver:`, or mend the file.")
    };
    let own = (probe.resolver.is_some(), probe.search.is_some());
    let system = if own == (true, true) && probe.ndots.is_some() {
        parse("")
    } else {
        match (conf(resolv_conf), probe.resolver.is_some()) {
            (Ok(conf), _) => conf,
            (Err(_), true) => parse(""),
            (Err(why), false) => {
                return Err(local(format!(
                    "no name server is known: `{}` cannot be read: {}",
                    resolv_conf.display(),
                    os_reason(&why)
                )));
            }
        }
    };
    let servers = match &probe.resolver {
        None => system.servers,
        Some(written) => vec![DnsProbe::server(written).ok_or_else(|| {
            Failure::new(
                FailureClass::Local,
                format!("`{written}` is no name server: `ip` or `ip:port` is expected"),
            )
        })?],
    };
    if servers.is_empty() {
        return Err(local(format!(
            "no name server is known: `{}` names none",
            resolv_conf.display()
        )));
    }
    let settings = ResolverSettings {
        servers: servers.iter().map(ToString::to_string).collect(),
        search: match &probe.search {
            Some(own) => suffixes(own.iter().map(String::as_str)),
            None => system.search,
        },
        ndots: probe.ndots.unwrap_or(system.ndots),
        from: from(own, resolv_conf),
    };
    Ok((settings, servers))
}

fn from((own_server, own_search): (bool, bool), resolv_conf: &Path) -> String {
    let file = resolv_conf.display();
    match (own_server, own_search) {
        (true, true) => "the check".to_owned(),
        (true, false) => format!("the check and {file}"),
        (false, true) => format!("{file} and the check"),
        (false, false) => file.to_string(),
    }
}

fn conf(path: &Path) -> std::io::Result<ResolvConf> {
    let mut bytes = Vec::new();
    // A pipe could keep its reader waiting for ever.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    File::open(path)?.take(MOST_CONF).read_to_end(&mut bytes)?;
    Ok(parse(&String::from_utf8_lossy(&bytes)))
}

/// Every form of the name, in the order in which the system's resolver would try them: as typed first where it has at least `ndots`
/// dots. A final dot leaves the search list out.
pub(crate) fn names(name: &str, settings: &ResolverSettings) -> Vec<(DnsForm, String)> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let absolute = (DnsForm::Absolute, format!("{bare}."));
    if name.ends_with('.') {
        return vec![absolute];
    }
    let searched = settings
        .search
        .iter()
        .map(|suffix| (DnsForm::Search(suffix.clone()), format!("{bare}.{suffix}.")));
    if bare.matches('.').count() >= usize::from(settings.ndots) {
        std::iter::once(absolute).chain(searched).collect()
    } else {
        searched.chain(std::iter::once(absolute)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::backend::answer::RecordType;

    fn probe(resolver: Option<&str>) -> DnsProbe {
        DnsProbe {
            name: "up.example".to_owned(),
            record: RecordType::A,
            resolver: resolver.map(str::to_owned),
            search: None,
            ndots: None,
        }
    }

    #[test]
    fn what_the_probe_does_not_say_the_file_does() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(
            file,
            "nameserver 127.0.0.1\nsearch example\noptions ndots:3"
        )
        .unwrap();
        let (system, _) = settings(&probe(None), file.path()).unwrap();
        assert_eq!(system.servers, ["127.0.0.1:53"]);
        assert_eq!(
            (system.search, system.ndots),
            (vec!["example".to_owned()], 3)
        );
        assert_eq!(system.from, file.path().display().to_string());
        let (own, servers) = settings(&probe(Some("[::1]:5353")), file.path()).unwrap();
        assert_eq!(servers, ["[::1]:5353".parse().unwrap()]);
        assert_eq!((own.search, own.ndots), (vec!["example".to_owned()], 3));
        assert!(own.from.starts_with("the check and "));
    }

    #[test]
    fn without_a_name_server_nothing_can_be_asked() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (path, says) in [
            (file.path(), "names none"),
            (Path::new("/nowhere/resolv.conf"), "cannot be read"),
            (Path::new("/dev/zero"), "it is no file"),
        ] {
            let failure = settings(&probe(None), path).unwrap_err();
            assert_eq!(failure.class, FailureClass::Local);
            assert!(failure.what.contains(says), "{failure}");
        }
        // A resolver of the check's own needs no file.
        assert!(settings(&probe(Some("127.0.0.1")), Path::new("/nowhere/resolv.conf")).is_ok());
    }
}
