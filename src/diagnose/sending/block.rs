//! Which block of the sender's loaded configuration leads to the receiver: what every look of this family begins with.

use std::sync::Arc;

use url::Url;

use crate::backend::answer::{LoadedConfig, RemoteWrite};
use crate::backend::{AddressKey, Backend, BackendKind, names_a_tenant};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::leaves::words;

/// Sender, receiver, and the configuration that the sender has loaded.
#[derive(Clone, Debug)]
pub(crate) struct Sending<'a> {
    pub(crate) sender: &'a Arc<Backend>,
    pub(crate) receiver: &'a Arc<Backend>,
    pub(crate) config: Arc<LoadedConfig>,
    /// The exchange that showed the configuration.
    pub(crate) n: u32,
}

/// By what blocks are taken to lead to the receiver, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Host and port of their URL are the receiver's, as the suite has them.
    Address,
    /// The host is.
    Host,
    /// It is the only block with the path at which such a receiver takes writes.
    Path,
    /// It is the only block there is.
    Only,
}

/// What is asked first of all. What it gives in place of an answer is what every look has to say then.
pub(crate) async fn sending<'a>(case: &'a Case<'_>) -> Result<Sending<'a>, Found> {
    let Some(sender) = case.sender() else {
        return Err(Found::not_tested(
            "there is no Prometheus in the pipeline that could send",
        ));
    };
    let Some(receiver) = case.receiver() else {
        return Err(Found::not_tested(format!(
            "no hop after {} takes writes",
            sender.name()
        )));
    };
    let told = match case.ask.config(sender).await {
        Ok(told) => told,
        Err(failure) => {
            return Err(Found::not_tested(format!(
                "the loaded configuration of {} could not be asked: {}",
                sender.name(),
                failure.what
            )));
        }
    };
    if let Some(problem) = &told.value.remote_write_problem {
        return Err(Found::not_tested(format!(
            "the `remote_write` blocks of {} cannot be read: {problem}",
            sender.name()
        )));
    }
    Ok(Sending {
        sender,
        receiver,
        config: told.value,
        n: told.n,
    })
}

/// Paths at which a kind takes remote writes.
pub(crate) fn write_paths(kind: BackendKind) -> &'static [&'static str] {
    match kind {
        BackendKind::Prometheus => &["/api/v1/write"],
        BackendKind::VictoriaMetrics | BackendKind::VictoriaMetricsCluster => {
            &["/api/v1/write", "/api/v1/push"]
        }
        BackendKind::ThanosReceive => &["/api/v1/receive"],
        BackendKind::Mimir | BackendKind::Cortex => &["/api/v1/push", "/api/prom/push"],
        BackendKind::Exporter
        | BackendKind::PrometheusAgent
        | BackendKind::ThanosQuery
        | BackendKind::ThanosQueryFrontend
        | BackendKind::ThanosSidecar
        | BackendKind::ThanosStore => &[],
    }
}

/// Whether a URL ends in a path at which that kind takes writes; a prefix may stand before it.
pub(crate) fn has_write_path(url: &str, kind: BackendKind) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let path = url.path().trim_end_matches('/');
        write_paths(kind).iter().any(|known| path.ends_with(known))
    })
}

/// By what a block proves who it is, as far as that is shown; headers that are no tenant's may hold a key.
pub(crate) fn credentials(block: &RemoteWrite) -> Option<String> {
    let in_url = || {
        let url = Url::parse(&block.url).ok()?;
        (!url.username().is_empty() || url.password().is_some())
            .then(|| "credentials in `url`".to_owned())
    };
    let header = block.headers.keys().find(|name| !names_a_tenant(name));
    block
        .credentials
        .as_ref()
        .map(|key| format!("`{key}`"))
        .or_else(in_url)
        .or_else(|| header.map(|name| format!("a header `{name}`")))
        .or_else(|| block.own_tls.then(|| "`tls_config`".to_owned()))
}

impl Sending<'_> {
    /// The blocks that lead to the receiver, as far as that can be told; none where it cannot.
    pub(crate) fn leading(&self) -> Option<(By, Vec<&RemoteWrite>)> {
        let addresses: Vec<&Url> = [AddressKey::Write, AddressKey::Url, AddressKey::Http]
            .into_iter()
            .filter_map(|key| self.receiver.address(key))
            .collect();
        leading(&self.config.remote_write, &addresses, self.receiver.kind())
    }

    /// The one block that leads to the receiver.
    pub(crate) fn block(&self) -> Result<(By, &RemoteWrite), Found> {
        let (sender, receiver) = (self.sender.name(), self.receiver.name());
        if self.config.remote_write.is_empty() {
            return Err(
                Found::ruled_out(format!("{sender} has no `remote_write` block"))
                    .shown_by([self.n]),
            );
        }
        match self.leading() {
            Some((by, blocks)) if blocks.len() == 1 => Ok((by, blocks[0])),
            Some((_, blocks)) => Err(Found::not_tested(format!(
                "{} of {sender} lead to {receiver}, and which of them should send this metric is not known",
                words::count(blocks.len(), "block")
            ))),
            None => Err(Found::not_tested(format!(
                "which of the {} of {sender} leads to {receiver} cannot be told from their URLs",
                words::count(self.config.remote_write.len(), "`remote_write` block")
            ))),
        }
    }
}

fn leading<'a>(
    blocks: &'a [RemoteWrite],
    addresses: &[&Url],
    kind: BackendKind,
) -> Option<(By, Vec<&'a RemoteWrite>)> {
    let alike = |same: &dyn Fn(&Url, &Url) -> bool| -> Vec<&'a RemoteWrite> {
        blocks
            .iter()
            .filter(|block| {
                Url::parse(&block.url)
                    .is_ok_and(|url| addresses.iter().any(|address| same(&url, address)))
            })
            .collect()
    };
    let by_address = alike(&|url, address| {
        url.host() == address.host()
            && url.port_or_known_default() == address.port_or_known_default()
    });
    if !by_address.is_empty() {
        return Some((By::Address, by_address));
    }
    let by_host = alike(&|url, address| url.host() == address.host());
    if by_host.len() == 1 {
        return Some((By::Host, by_host));
    }
    let by_path: Vec<&RemoteWrite> = blocks
        .iter()
        .filter(|block| has_write_path(&block.url, kind))
        .collect();
    if by_path.len() == 1 {
        return Some((By::Path, by_path));
    }
    (blocks.len() == 1).then(|| (By::Only, blocks.iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(url: &str) -> RemoteWrite {
        RemoteWrite {
            url: url.into(),
            ..RemoteWrite::default()
        }
    }

    #[test]
    fn the_block_is_known_by_address_host_path_or_for_being_alone() {
        let receive = Url::parse("http://receive:19291").unwrap();
        let led = |urls: &[&str]| {
            let blocks: Vec<RemoteWrite> = urls.iter().map(|url| block(url)).collect();
            leading(&blocks, &[&receive], BackendKind::ThanosReceive)
                .map(|(by, blocks)| (by, blocks[0].url.clone()))
        };
        let vm = "http://vm:8428/api/v1/write";
        for (urls, by, at) in [
            (&[vm, "http://receive:19291/x"][..], By::Address, 1),
            (&[vm, "http://receive:10902/api/v1/receive"], By::Host, 1),
            (&["http://lb/a/api/v1/receive/", vm], By::Path, 0),
            (&[vm], By::Only, 0),
        ] {
            assert_eq!(led(urls), Some((by, urls[at].to_owned())), "{urls:?}");
        }
        assert_eq!(led(&[vm, "http://lb/api/v1/push"]), None);
        assert_eq!(led(&[]), None);
    }
}
