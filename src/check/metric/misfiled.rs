//! Why series lie under another tenant than the check wants: what the sender is configured to send, held against where they arrived.
//! A header that is configured may never leave the sender, and a proxy may strip it; one that names another tenant is another fault.

use url::Url;

use crate::ask::Ask;
use crate::backend::answer::RemoteWrite;
use crate::backend::{AddressKey, Backend};
use crate::check::metric::sender::Sender;
use crate::check::metric::sight::Sight;
use crate::check::tenant_header::{DEFAULT_TENANT, loses_headers, tenant};
use crate::leaves::{RungState, words};

/// The same sight with what the sender's configuration says of the tenant, where another holds the series.
pub(crate) async fn misfiled(
    ask: &Ask,
    hop: &Backend,
    wanted: Option<&str>,
    sender: Option<&Sender>,
    mut sight: Sight,
) -> Sight {
    let is_lost = matches!(sight.state, RungState::Absent | RungState::Stale);
    let Some(wanted) =
        wanted.filter(|_| is_lost && !sight.held_by.is_empty() && sight.cause.is_none())
    else {
        return sight;
    };
    let Some(prometheus) = ask.world().sender().cloned() else {
        return sight;
    };
    let Ok(config) = ask.config(&prometheus).await else {
        return sight;
    };
    let header = hop.hop.tenant_header.as_deref();
    let addresses = addresses(ask, &prometheus, hop);
    let Some(sent) = header_to(&config.value.remote_write, &addresses, header) else {
        return sight;
    };
    let version = match &sent {
        // The version matters only where a header is configured.
        Some(_) => ask.build(&prometheus).await.ok(),
        None => None,
    };
    let version = version.map(|told| told.value.version.clone());
    let has_name = sender
        .and_then(Sender::labels)
        .is_some_and(|identity| !identity.is_empty());
    let is_told_apart = has_name || ask.world().cluster.is_none();
    let told = Told {
        sender: prometheus.name(),
        version: version.as_deref(),
        sent,
        wanted,
        held_by: &sight.held_by,
        of_sender: !sight.of_all_senders && is_told_apart,
    };
    let (says, help) = told.says();
    sight.notes.push(help);
    sight.cause = Some(says);
    sight
}

/// The addresses by which the sender may know where it writes: those of this hop and of the stations between.
fn addresses<'a>(ask: &'a Ask, prometheus: &Backend, hop: &'a Backend) -> Vec<&'a Url> {
    let world = ask.world();
    let from = world.position(prometheus.name());
    let to = world.position(hop.name());
    let mut stations: Vec<&Backend> = match (from, to) {
        (Some(from), Some(to)) if from < to => world.pipeline[from + 1..=to]
            .iter()
            .map(AsRef::as_ref)
            .collect(),
        _ => vec![hop],
    };
    stations.dedup_by(|a, b| a.key == b.key);
    let keys = [AddressKey::Url, AddressKey::Write, AddressKey::Http];
    stations
        .into_iter()
        .flat_map(|hop| keys.into_iter().filter_map(|key| hop.address(key)))
        .collect()
}

/// The tenant header, name and value, of the block that leads there; no answer where blocks that may be meant differ in it.
fn header_to(
    blocks: &[RemoteWrite],
    addresses: &[&Url],
    header: Option<&str>,
) -> Option<Option<(String, String)>> {
    let leads = |block: &&RemoteWrite| {
        Url::parse(&block.url).is_ok_and(|url| {
            addresses.iter().any(|address| {
                url.host() == address.host()
                    && url.port_or_known_default() == address.port_or_known_default()
            })
        })
    };
    let of = |block: &RemoteWrite| {
        tenant(block, header).map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let matching: Vec<&RemoteWrite> = blocks.iter().filter(leads).collect();
    // Prometheus may know the hop by another name than gapcheck does.
    let meant = match matching.is_empty() {
        true => blocks.iter().collect(),
        false => matching,
    };
    let first = of(meant.first()?);
    meant
        .iter()
        .all(|block| of(block) == first)
        .then_some(first)
}

/// What is known of the tenant.
struct Told<'a> {
    sender: &'a str,
    version: Option<&'a str>,
    /// The header that the sender is configured with.
    sent: Option<(String, String)>,
    wanted: &'a str,
    held_by: &'a [String],
    /// Whether what is held is known to be this sender's.
    of_sender: bool,
}

impl Told<'_> {
    /// What it comes to, and what to do about it.
    fn says(&self) -> (String, String) {
        let (sender, wanted) = (self.sender, self.wanted);
        let holders: Vec<String> = self.held_by.iter().map(|one| format!("`{one}`")).collect();
        let held = words::few(&holders, 3);
        let only_default = self.held_by == [DEFAULT_TENANT];
        let version = self
            .version
            .map_or_else(String::new, |version| format!(" (version {version})"));
        let whose = match self.of_sender {
            true => "",
            false => " (whose series those are is not told here)",
        };
        match &self.sent {
            None => (
                format!("{sender} sends no tenant header, and the check wants `{wanted}`"),
                format!("Give the `remote_write` block of {sender} the header `THANOS-TENANT: {wanted}`, or correct `tenant:` of the check."),
            ),
            Some((header, value)) if value != wanted && self.held_by.contains(value) => (
                format!("{sender} sends them as tenant `{value}` (`{header}`), and the check wants `{wanted}`"),
                format!("Correct the header `{header}` in the `remote_write` block of {sender}, or `tenant:` of the check."),
            ),
            Some((header, value)) if value != wanted => (
                format!("{sender} is configured to send as tenant `{value}` (`{header}`), the check wants `{wanted}`, and they are held by {held}{whose}"),
                format!("Correct the header `{header}` in the `remote_write` block of {sender}, or `tenant:` of the check; then see whether the header arrives."),
            ),
            Some((header, _)) if only_default => {
                let lost = match self.version.is_some_and(loses_headers) {
                    true => "the header never left (Debian's build of Prometheus drops it), or a proxy strips it",
                    false => "a proxy strips the header, or it never left",
                };
                (
                    format!("the header `{header}: {wanted}` is configured on {sender}{version}, but the series arrived as `{DEFAULT_TENANT}`{whose}: {lost}"),
                    match self.version.is_some_and(loses_headers) {
                        true => format!("Run an upstream build of Prometheus as {sender}: Debian's sends none of the headers that it is configured with. Else let the proxy before Receive pass `{header}`."),
                        false => format!("Let what stands between {sender} and Receive pass the header `{header}`, and see under which name Receive reads it (`--receive.tenant-header`)."),
                    },
                )
            }
            Some((header, _)) => (
                format!("{sender}{version} is configured to send as tenant `{wanted}` (`{header}`), and they are held by {held}{whose}: another sender's, or Receive takes the tenant from a label or a certificate"),
                "See `--receive.split-tenant-label-name` and `--receive.tenant-certificate-field` of Receive: both beat the header.".to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(url: &str, tenant: Option<&str>) -> RemoteWrite {
        let mut block = RemoteWrite {
            url: url.to_owned(),
            ..RemoteWrite::default()
        };
        if let Some(tenant) = tenant {
            block.headers.insert("THANOS-TENANT".into(), tenant.into());
        }
        block
    }

    #[test]
    fn the_header_is_that_of_the_block_that_leads_there() {
        let receive = Url::parse("http://receive:19291").unwrap();
        let blocks = [
            block("http://receive:19291/api/v1/receive", Some("finops")),
            block("http://vm:8428/api/v1/write", None),
        ];
        let value = |header: Option<Option<(String, String)>>| header.map(|h| h.map(|(_, v)| v));
        assert_eq!(
            value(header_to(&blocks, &[&receive], None)),
            Some(Some("finops".to_owned()))
        );
        let elsewhere = Url::parse("http://10.0.0.1:19291").unwrap();
        assert_eq!(header_to(&blocks, &[&elsewhere], None), None, "they differ");
        assert_eq!(header_to(&blocks[1..], &[&elsewhere], None), Some(None));
        assert_eq!(header_to(&[], &[&receive], None), None);
    }

    fn says(sent: Option<&str>, held_by: &[&str], version: &str, of_sender: bool) -> String {
        let held_by: Vec<String> = held_by.iter().map(|one| (*one).to_owned()).collect();
        let told = Told {
            sender: "prom",
            version: Some(version),
            sent: sent.map(|value| ("THANOS-TENANT".to_owned(), value.to_owned())),
            wanted: "finops",
            held_by: &held_by,
            of_sender,
        };
        told.says().0
    }

    #[test]
    fn a_header_that_is_lost_is_told_apart_from_one_that_is_wrong() {
        let debian = says(Some("finops"), &["default-tenant"], "2.42.0+ds", true);
        assert_eq!(
            debian,
            "the header `THANOS-TENANT: finops` is configured on prom (version 2.42.0+ds), but the series arrived as `default-tenant`: the header never left (Debian's build of Prometheus drops it), or a proxy strips it"
        );
        let upstream = says(Some("finops"), &["default-tenant"], "3.14.0", false);
        assert!(!upstream.contains("Debian") && upstream.contains("a proxy strips the header"));
        assert!(upstream.contains("whose series those are is not told here"));
        assert_eq!(
            says(Some("blue"), &["blue"], "3.14.0", true),
            "prom sends them as tenant `blue` (`THANOS-TENANT`), and the check wants `finops`"
        );
        let both = says(Some("blue"), &["default-tenant"], "3.14.0", true);
        assert!(
            both.contains("configured to send as tenant `blue`"),
            "{both}"
        );
        assert!(says(None, &["default-tenant"], "", true).contains("sends no tenant header"));
        let split = says(Some("finops"), &["team-a"], "3.14.0", true);
        assert!(split.contains("takes the tenant from a label"), "{split}");
    }
}
