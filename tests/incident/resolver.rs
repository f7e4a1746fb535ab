//! Names as a pod looks them up: as typed, and through the search list of its namespace.

use gapcheck::backend::DnsProbe;
use gapcheck::backend::answer::{
    DnsAnswer, DnsAttempt, DnsForm, DnsOutcome, DnsRecord, RecordType, ResolverSettings,
};
use gapcheck::lab::{Data, Zone};

const SERVER: &str = "172.20.0.10:53";
const SUFFIXES: [&str; 3] = [
    "monitoring.svc.cluster.local",
    "svc.cluster.local",
    "cluster.local",
];

/// Both lookups of a name.
pub(crate) fn look_up(zone: &Zone, probe: &DnsProbe) -> DnsAnswer {
    let search = probe
        .search
        .clone()
        .unwrap_or_else(|| SUFFIXES.map(str::to_owned).to_vec());
    let server = probe.resolver.clone().unwrap_or_else(|| SERVER.to_owned());
    let typed = probe.name.trim_end_matches('.');
    let mut attempts = vec![attempt(
        zone,
        typed,
        DnsForm::Absolute,
        &server,
        probe.record,
    )];
    for suffix in search.iter().filter(|_| !probe.name.ends_with('.')) {
        let name = format!("{typed}.{suffix}");
        let form = DnsForm::Search(suffix.clone());
        attempts.push(attempt(zone, &name, form, &server, probe.record));
        if attempts
            .last()
            .is_some_and(|last| last.outcome == DnsOutcome::Found)
        {
            break;
        }
    }
    DnsAnswer {
        settings: ResolverSettings {
            servers: vec![server],
            search,
            ndots: probe.ndots.unwrap_or(5),
            from: "/etc/resolv.conf".to_owned(),
        },
        attempts,
    }
}

fn attempt(zone: &Zone, name: &str, form: DnsForm, server: &str, record: RecordType) -> DnsAttempt {
    let records: Vec<DnsRecord> = zone
        .records
        .iter()
        .filter(|one| one.name == name)
        .filter_map(|one| said(&one.data))
        .filter(|one| one.record == record)
        .collect();
    let exists = zone.records.iter().any(|one| {
        one.name == name
            || one
                .name
                .strip_suffix(name)
                .is_some_and(|rest| rest.ends_with('.'))
    });
    let outcome = match (records.is_empty(), exists) {
        (false, _) => DnsOutcome::Found,
        (true, true) => DnsOutcome::NoData,
        (true, false) => DnsOutcome::NxDomain,
    };
    DnsAttempt {
        name: format!("{name}."),
        form,
        server: server.to_owned(),
        outcome,
        records,
        took_ms: 0,
    }
}

fn said(data: &Data) -> Option<DnsRecord> {
    let (record, value, port) = match data {
        Data::A(ip) => (RecordType::A, ip.to_string(), None),
        Data::Aaaa(ip) => (RecordType::Aaaa, ip.to_string(), None),
        Data::Srv { port, target } => (RecordType::Srv, format!("{target}."), Some(*port)),
        Data::Cname(_) | Data::Txt(_) => return None,
    };
    Some(DnsRecord {
        record,
        value,
        port,
        ttl: 5,
    })
}
