//! The systems of one cluster that can be asked: its pipeline, and what stands beside it.

use std::sync::Arc;

use url::Url;

use crate::backend::hop::Hop;
use crate::backend::kind::{AddressKey, BackendKind, Capability};
use crate::leaves::{Labels, Selector};

/// A backend made concrete for one cluster.
#[derive(Debug)]
pub struct Backend {
    /// The hop as written, templates filled in.
    pub hop: Hop,
    /// What tells this backend from every other of the run: kind, addresses, tenant, names of credentials. Questions carry it; it
    /// holds no secret. Equal keys share answers, whatever suite they come from.
    pub key: Arc<str>,
}

impl Backend {
    /// A backend of this hop.
    pub fn of(hop: Hop) -> Self {
        let address = |url: &Option<Url>| url.as_ref().map_or("-", Url::as_str).to_owned();
        let headers: Vec<String> = hop
            .headers
            .iter()
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        let key = format!(
            "{} {} {} {} {} tenant={:?}/{:?} headers={headers:?} token={:?} basic={:?} tls={:?}",
            hop.kind.word(),
            address(&hop.url),
            address(&hop.write),
            address(&hop.http),
            address(&hop.grpc),
            hop.tenant,
            hop.tenant_header,
            hop.token,
            hop.basic_auth,
            hop.tls,
        );
        Self {
            key: key.into(),
            hop,
        }
    }

    /// Its name in the suite.
    pub fn name(&self) -> &str {
        &self.hop.name
    }

    /// The header that carries its tenant; none where its kind has no tenants.
    pub fn tenant_header(&self) -> Option<&str> {
        let own = self.hop.tenant_header.as_deref();
        own.or(self.hop.kind.row().tenant_header)
    }

    /// Its kind.
    pub fn kind(&self) -> BackendKind {
        self.hop.kind
    }

    /// The address under that key.
    pub fn address(&self, key: AddressKey) -> Option<&Url> {
        match key {
            AddressKey::Url => self.hop.url.as_ref(),
            AddressKey::Write => self.hop.write.as_ref(),
            AddressKey::Http => self.hop.http.as_ref(),
            AddressKey::Grpc => self.hop.grpc.as_ref(),
        }
    }

    /// The address at which it answers such a question: none where its kind cannot, or the address was not given.
    pub fn answers(&self, capability: Capability) -> Option<&Url> {
        self.kind()
            .answers(capability)
            .and_then(|key| self.address(key))
    }
}

/// All that the checks of one cluster can ask.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The suite's name.
    pub suite: Arc<str>,
    /// The cluster's name; none in a suite without clusters.
    pub cluster: Option<Arc<str>>,
    /// The hops in the order of the data's way.
    pub pipeline: Vec<Arc<Backend>>,
    /// Systems beside the way.
    pub beside: Vec<Arc<Backend>>,
    /// Labels by which shared hops know this cluster's series, where the suite says so; else the external labels of the
    /// pipeline's Prometheus, as loaded, are taken.
    pub identity: Option<Labels>,
    /// A series that is known to be good.
    pub control: Option<Selector>,
    /// Names of hops of the suite that do not exist in this cluster, with the clusters that have them.
    pub elsewhere: Vec<(String, Vec<String>)>,
}

impl World {
    /// A hop of the pipeline, or a backend beside it, by name.
    pub fn backend(&self, name: &str) -> Option<&Arc<Backend>> {
        self.pipeline
            .iter()
            .chain(&self.beside)
            .find(|backend| backend.name() == name)
    }

    /// Where a hop stands in the pipeline.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.pipeline
            .iter()
            .position(|backend| backend.name() == name)
    }

    /// The first hop of that kind.
    pub fn first(&self, kind: BackendKind) -> Option<&Arc<Backend>> {
        self.pipeline.iter().find(|backend| backend.kind() == kind)
    }

    /// The names of all hops of the pipeline, for messages.
    pub fn hop_names(&self) -> Vec<&str> {
        self.pipeline.iter().map(|backend| backend.name()).collect()
    }
}
