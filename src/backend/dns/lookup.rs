//! Both lookups of a name: as typed, and with every suffix of the search list. Servers are asked in their order, until one settles it.

use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::proto::op::{Message, Query};
use hickory_resolver::proto::rr::{Name, RecordType as WireType};
use tokio::time::Instant;

use crate::backend::answer::{
    DnsAnswer, DnsAttempt, DnsForm, DnsOutcome, RecordType, ResolverSettings,
};
use crate::backend::dns::reply::read;
use crate::backend::dns::resolv_conf::{ResolvConf, parse, suffixes};
use crate::backend::dns::wire::{Heard, ask};
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::probe::DnsProbe;
use crate::backend::trace::{Exchanged, Trace};
use crate::leaves::words;

/// Where the system keeps its resolver's settings.
pub const RESOLV_CONF: &str = "/etc/resolv.conf";
/// As much as is read of it, in bytes.
const MOST_CONF: u64 = 64 * 1024;
/// As much as an excerpt shows, in bytes.
const EXCERPT: usize = 400;

/// Looks a name up in every form, with the system's settings where the probe has none of its own. All is over when `timeout` is.
/// What name servers say, or that they say nothing, is an answer.
pub async fn lookup(probe: &DnsProbe, timeout: Duration) -> Exchanged<DnsAnswer> {
    lookup_with(probe, timeout, Path::new(RESOLV_CONF)).await
}

/// The same with another `resolv.conf`.
pub async fn lookup_with(
    probe: &DnsProbe,
    timeout: Duration,
    resolv_conf: &Path,
) -> Exchanged<DnsAnswer> {
    let mut trace = Trace {
        request: format!("{} {}", probe.record.word(), probe.name),
        ..Trace::default()
    };
    let (settings, servers) = match settings(probe, resolv_conf) {
        Ok(settings) => settings,
        Err(failure) => return (trace, Err(failure)),
    };
    let names = names(&probe.name, &settings);
    trace.request = request(probe, &settings, names.len());
    let deadline = Instant::now() + timeout;
    let asked = names
        .into_iter()
        .map(|(form, name)| ask_servers(name, form, probe.record, &servers, deadline));
    let attempts: Result<Vec<Vec<DnsAttempt>>, Failure> =
        join_all(asked).await.into_iter().collect();
    match attempts {
        Err(failure) => (trace, Err(failure)),
        Ok(attempts) => {
            let attempts = attempts.concat();
            trace.excerpt = excerpt(&attempts);
            (trace, Ok(DnsAnswer { settings, attempts }))
        }
    }
}

/// The settings to use, and the servers' addresses.
fn settings(
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
                    "no name server is known: `{}` cannot be read: {why}",
                    resolv_conf.display()
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
        (true, false) => format!("the check, its search list from {file}"),
        (false, true) => format!("{file}, its search list from the check"),
        (false, false) => file.to_string(),
    }
}

fn conf(path: &Path) -> std::io::Result<ResolvConf> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_CONF).read_to_end(&mut bytes)?;
    Ok(parse(&String::from_utf8_lossy(&bytes)))
}

/// Every form of the name, in the order in which the system's resolver would try them: as typed first where it has at least `ndots`
/// dots. A final dot leaves the search list out.
fn names(name: &str, settings: &ResolverSettings) -> Vec<(DnsForm, String)> {
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

/// Asks for one name, server after server until one knows: a server that fails, refuses or is silent leaves it to the next, each
/// having its share of the time.
async fn ask_servers(
    name: String,
    form: DnsForm,
    record: RecordType,
    servers: &[SocketAddr],
    deadline: Instant,
) -> Result<Vec<DnsAttempt>, Failure> {
    let mut attempts = Vec::new();
    for (at, server) in servers.iter().enumerate() {
        let started = Instant::now();
        let left = u32::try_from(servers.len() - at).unwrap_or(u32::MAX);
        let share = started + deadline.saturating_duration_since(started) / left;
        let (shown, outcome, records) = match Name::from_str_relaxed(&name) {
            Err(why) => (
                name.clone(),
                DnsOutcome::Failed(format!("not a name that can be asked for: {why}")),
                Vec::new(),
            ),
            Ok(wire_name) => {
                let mut query = Message::query();
                query.metadata.recursion_desired = true;
                query.add_query(Query::query(wire_name.clone(), wire_type(record)));
                let (outcome, records) = match ask(*server, &query, share).await? {
                    Heard::Reply(reply) => read(&reply, &wire_name, record),
                    Heard::Silence => (DnsOutcome::Timeout, Vec::new()),
                    Heard::Broken(why) => (DnsOutcome::Failed(why), Vec::new()),
                };
                (wire_name.to_ascii(), outcome, records)
            }
        };
        let settled = outcome.is_settled();
        attempts.push(DnsAttempt {
            name: shown,
            form: form.clone(),
            server: server.to_string(),
            outcome,
            records,
            took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        if settled {
            break;
        }
    }
    Ok(attempts)
}

fn wire_type(record: RecordType) -> WireType {
    match record {
        RecordType::A => WireType::A,
        RecordType::Aaaa => WireType::AAAA,
        RecordType::Cname => WireType::CNAME,
        RecordType::Srv => WireType::SRV,
        RecordType::Txt => WireType::TXT,
    }
}

fn request(probe: &DnsProbe, settings: &ResolverSettings, names: usize) -> String {
    let server = settings.servers.first().map_or("", String::as_str);
    let also = match names {
        0 | 1 => String::new(),
        n => format!(
            ", and with {} of the search list",
            words::count(n - 1, "suffix")
        ),
    };
    format!("{} {} @{server}{also}", probe.record.word(), probe.name)
}

fn excerpt(attempts: &[DnsAttempt]) -> String {
    let said: Vec<String> = attempts
        .iter()
        .map(|attempt| format!("{} {}", attempt.name, attempt.says()))
        .collect();
    words::cut(&said.join("; "), EXCERPT)
}
