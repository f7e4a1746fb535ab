//! The systems of one cluster that can be asked: its pipeline, and what stands beside it.

use std::sync::Arc;

use url::Url;

use crate::backend::answer::RecordType;
use crate::backend::hop::Hop;
use crate::backend::kind::{AddressKey, BackendKind, Capability};
use crate::backend::probe::{DnsProbe, NameLookup};
use crate::leaves::{Labels, Selector};

/// A backend made concrete for one cluster.
#[derive(Debug)]
pub struct Backend {
    /// The hop as written, templates filled in. One with replicas is asked at its first address, where it is asked as a whole.
    pub hop: Hop,
    /// What tells this backend from every other of the run: kind, addresses, tenant, names of credentials. Questions carry it; it
    /// holds no secret. Equal keys share answers, whatever suite they come from.
    pub key: Arc<str>,
    shown: String,
}

impl Backend {
    /// A backend of this hop.
    pub fn of(hop: Hop) -> Self {
        let address = |key| hop.addresses(key).first().map_or("-", Url::as_str);
        let headers: Vec<String> = hop
            .headers
            .iter()
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        let key = format!(
            "{} {} {} {} {} tenant={:?}/{:?} headers={headers:?} token={:?} basic={:?} tls={:?}",
            hop.kind.word(),
            address(AddressKey::Url),
            address(AddressKey::Write),
            address(AddressKey::Http),
            address(AddressKey::Grpc),
            hop.tenant,
            hop.tenant_header,
            hop.token,
            hop.basic_auth,
            hop.tls,
        );
        // It is asked for the name as written, and around any proxy: no other hop at that address is the same.
        let key = match expanded_from(&hop) {
            Some(host) => format!("{key} of={host}"),
            None => key,
        };
        let first = hop.listed_replicas().into_iter().next();
        let replica = hop
            .replica
            .as_ref()
            .or(first.as_ref().and_then(|first| first.replica.as_ref()));
        let shown = match replica {
            Some(replica) => format!("{} ({})", hop.name, replica.label),
            None => hop.name.clone(),
        };
        Self {
            key: key.into(),
            shown,
            hop,
        }
    }

    /// Its name in the suite.
    pub fn name(&self) -> &str {
        &self.hop.name
    }

    /// Its name, and where it has replicas, which of them is asked: `receive (10.0.0.1:19291)`.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What tells a replica from the others of its hop; the hop's name where it is none.
    pub fn label(&self) -> &str {
        self.hop
            .replica
            .as_ref()
            .map_or(self.name(), |replica| &replica.label)
    }

    /// The host as written, where this replica is one of the addresses that it was expanded to.
    pub(crate) fn expanded_from(&self) -> Option<&str> {
        expanded_from(&self.hop)
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

    /// The address under that key; the first one of several.
    pub fn address(&self, key: AddressKey) -> Option<&Url> {
        self.hop.addresses(key).first()
    }

    /// All addresses under that key at which the hop is known: of one replica, also those of the others.
    pub fn known_at(&self, key: AddressKey) -> impl Iterator<Item = &Url> {
        let others = self.hop.replica.as_ref();
        self.hop.addresses(key).iter().chain(
            others
                .into_iter()
                .flat_map(move |replica| replica.of.addresses(key)),
        )
    }

    /// The address at which it answers such a question: none where its kind cannot, or the address was not given.
    pub fn answers(&self, capability: Capability) -> Option<&Url> {
        self.kind()
            .answers(capability)
            .and_then(|key| self.address(key))
    }
}

fn expanded_from(hop: &Hop) -> Option<&str> {
    let of = &hop.replica.as_ref()?.of;
    of.host().filter(|_| of.expand)
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
    /// How names are looked up, unless a check says otherwise.
    pub names: NameLookup,
    /// Names of hops of the suite that do not exist in this cluster, with the clusters that have them.
    pub elsewhere: Vec<(String, Vec<String>)>,
    /// How names of the way are looked up from its place, as the suite's `dns` checks say it.
    pub lookups: Vec<DnsProbe>,
}

impl World {
    /// A hop of the pipeline, or a backend beside it, by name.
    pub fn backend(&self, name: &str) -> Option<&Arc<Backend>> {
        self.pipeline
            .iter()
            .chain(&self.beside)
            .find(|backend| backend.name() == name)
    }

    /// The lookup of a name: with the name server and the search list that the suite has for it, else as the system makes it.
    pub fn lookup(&self, name: &str, record: RecordType) -> DnsProbe {
        let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
        let known = self
            .lookups
            .iter()
            .find(|known| plain(&known.name) == plain(name));
        DnsProbe {
            name: name.to_owned(),
            record,
            resolver: known.and_then(|known| known.resolver.clone()),
            search: known.and_then(|known| known.search.clone()),
            ndots: known.and_then(|known| known.ndots),
        }
    }

    /// The same world, in which this replica stands for the hop that has its name.
    #[must_use]
    pub fn with(&self, replica: &Arc<Backend>) -> Self {
        let mut world = self.clone();
        let all = world.pipeline.iter_mut().chain(&mut world.beside);
        if let Some(hop) = all.into_iter().find(|hop| hop.name() == replica.name()) {
            *hop = replica.clone();
        }
        world
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

    /// The first hop whose kind answers such a question.
    pub fn first_answering(&self, capability: Capability) -> Option<&Arc<Backend>> {
        self.pipeline
            .iter()
            .find(|backend| backend.kind().answers(capability).is_some())
    }

    /// The first Prometheus of the pipeline, an agent or not: it sends, and its external labels are the sender's identity.
    pub fn sender(&self) -> Option<&Arc<Backend>> {
        self.first_answering(Capability::Config)
    }

    /// The names of all hops of the pipeline, for messages.
    pub fn hop_names(&self) -> Vec<&str> {
        self.pipeline.iter().map(|backend| backend.name()).collect()
    }
}
