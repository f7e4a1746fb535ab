//! The negative control of tenancy: a hop that has the metric is asked for it once more as a tenant that must not see it. Query enforces
//! nothing by itself: without `--query.enforce-tenancy` the tenant's header changes no result (thanos-io/thanos#7339).

use crate::ask::{Ask, Told};
use crate::backend::answer::{Flags, QueryAnswer, QueryResult, Sample};
use crate::backend::{Backend, BackendKind, Hop};
use crate::check::completeness::{Asked, Completeness, completeness, missing_by_warning};
use crate::check::metric::assertions::Held;
use crate::check::metric::form::Metric;
use crate::check::metric::looked::Looked;
use crate::check::metric::newest::LAST_HOUR;
use crate::check::metric::sender::{Sender, sender};
use crate::check::metric::sight::Sight;
use crate::check::metric::tenancy::tenancy;
use crate::check::metric::unseen_review::reads_by_tenant;
use crate::check::tenant_header::DEFAULT_TENANT;
use crate::leaves::{Labels, RungState, Selector, Verdict, words};

/// What the tenants were shown that must see nothing.
#[derive(Debug, Default)]
pub(crate) struct Unseen {
    pub(crate) held: Vec<Held>,
    pub(crate) notes: Vec<String>,
}

impl Unseen {
    /// The failure, where one of them was shown the metric.
    pub(crate) fn shown(&self) -> Option<Verdict> {
        self.held.iter().find_map(|held| match held {
            Held::No(expected, actual) => Some(Verdict::fail(expected, actual)),
            _ => None,
        })
    }
}

/// Asks the last hop that reads by tenant as each of the other tenants. Where that hop lacks the metric for its own tenant, the control
/// would mean nothing, and the check is not green anyway.
pub(crate) async fn unseen(metric: &Metric, ask: &Ask, hops: &[Looked]) -> Unseen {
    let mut found = Unseen::default();
    let Some(tenants) = &metric.not_seen_by else {
        return found;
    };
    let asked = hops.iter().rev().find_map(|looked| {
        let hop = ask.world().backend(&looked.hop)?;
        reads_by_tenant(hop.kind()).then_some((hop, looked))
    });
    let Some((hop, looked)) = asked else {
        found.held.push(Held::Unclear(
            "no hop that reads by tenant was asked".to_owned(),
            "Name a thanos-query, mimir or cortex hop with `at:` or `through:`.".to_owned(),
        ));
        return found;
    };
    let places: Vec<(&Backend, &Sight)> = match &looked.replicas {
        None => vec![(hop, &looked.sight)],
        Some(replicated) => {
            let each = replicated.each.iter();
            each.map(|(replica, sight)| (&**replica, sight)).collect()
        }
    };
    let sender = sender(ask).await;
    for (hop, sight) in places {
        let (RungState::Present, Some(selector)) = (sight.state, &sight.asked) else {
            continue;
        };
        let control = Control {
            ask,
            hop,
            selector,
            query: match metric.window {
                Some(window) => format!("last_over_time({selector}[{window}])"),
                None => selector.to_string(),
            },
            is_told_apart: is_told_apart(selector, &sender, sight),
        };
        for tenant in &tenants.0 {
            let held = control.of(tenant, &mut found.notes).await;
            found.held.push(held);
        }
    }
    found
}

/// Whether the selector selects series of this sender and no other's.
fn is_told_apart(selector: &Selector, sender: &Sender, sight: &Sight) -> bool {
    let identity = sender.labels();
    !sight.of_all_senders
        && identity.is_some_and(|identity| {
            selector
                .matchers
                .iter()
                .any(|matcher| identity.contains_key(&matcher.name))
        })
}

/// Where and what is asked.
struct Control<'a> {
    ask: &'a Ask,
    hop: &'a Backend,
    selector: &'a Selector,
    query: String,
    is_told_apart: bool,
}

impl Control<'_> {
    /// What this tenant is shown.
    async fn of(&self, tenant: &str, notes: &mut Vec<String>) -> Held {
        let (hop, name) = (self.hop, self.hop.shown());
        let other = self.ask.meet(Hop {
            tenant: Some(tenant.to_owned()),
            ..hop.hop.clone()
        });
        let told = match self.ask.query(&other, self.query.clone()).await {
            Ok(told) => told,
            Err(failure) => {
                return Held::Unclear(
                    format!(
                        "{name} could not be asked as tenant `{tenant}`: {}",
                        failure.what
                    ),
                    failure.help.unwrap_or_else(|| {
                        format!("Let hop `{name}` be asked as tenant `{tenant}` from where gapcheck runs: a refusal does not say what that tenant sees.")
                    }),
                );
            }
        };
        let QueryResult::Vector(shown) = &told.value.result else {
            return Held::Unclear(
                format!("the answer of {name} to tenant `{tenant}` is no vector"),
                format!("Check that hop `{name}` is what the suite says."),
            );
        };
        match shown.as_slice() {
            [] => self.nothing(tenant, &told, notes).await,
            shown => self.something(tenant, shown).await,
        }
    }

    fn is_thanos(&self) -> bool {
        self.hop.kind() == BackendKind::ThanosQuery
    }

    /// An empty answer: it counts where tenancy is known to be enforced and nothing was left out.
    async fn nothing(
        &self,
        tenant: &str,
        told: &Told<QueryAnswer>,
        notes: &mut Vec<String>,
    ) -> Held {
        let (hop, name) = (self.hop, self.hop.shown());
        if let Some(warning) = missing_by_warning(&told.value.warnings) {
            return Held::Unclear(
                format!(
                    "{name} shows tenant `{tenant}` nothing, and warns that its answer is incomplete: {warning}"
                ),
                format!("Look at the storage behind hop `{name}`."),
            );
        }
        if !self.is_thanos() {
            notes.push(format!(
                "{name} answered tenant `{tenant}` and showed it none of these series"
            ));
            return Held::Yes;
        }
        let label = match self.ask.flags(hop).await {
            Ok(flags) => match enforced(&flags.value) {
                Enforced::Yes(label) => label,
                Enforced::ByCertificate => return Held::Unclear(
                    format!("{name} takes the tenant from the client's certificate (`query.tenant-certificate-field`), so that it cannot be asked as tenant `{tenant}` by a header"),
                    "Ask it in a hop of its own with the certificate of that tenant.".to_owned(),
                ),
                Enforced::No => return Held::Unclear(
                    format!("{name} shows tenant `{tenant}` nothing, yet by its flags it does not enforce tenancy, so the tenant's header changes nothing there"),
                    "Ask once more: the series may have ended in between. Where a proxy before Query keeps tenants apart, its rules are not seen here; start Query with `--query.enforce-tenancy` (Thanos 0.34 and later).".to_owned(),
                ),
            },
            Err(failure) => {
                return Held::Unclear(
                    format!(
                        "{name} shows tenant `{tenant}` nothing, but whether it enforces tenancy could not be asked: {}",
                        failure.what
                    ),
                    format!("Open `/api/v1/status/flags` of hop `{name}`: without `query.enforce-tenancy` an empty answer proves nothing."),
                );
            }
        };
        // Query puts a matcher of its own in the place of one on the tenant.
        let selector = self.selector.clone().without(&label);
        let asked = Asked {
            selector: Some(&selector),
            back: LAST_HOUR,
            server_now: told.server_now,
        };
        match completeness(self.ask, hop, asked).await {
            Completeness::Half { why, help } => Held::Unclear(
                format!(
                    "{name} shows tenant `{tenant}` nothing, but its answer is not whole: {why}"
                ),
                help,
            ),
            Completeness::Whole(_) => {
                notes.push(format!(
                    "{name} enforces tenancy by its flags, and shows tenant `{tenant}` none of these series"
                ));
                Held::Yes
            }
        }
    }

    /// Series were shown: another tenant's, this sender's, or some that are that tenant's own.
    async fn something(&self, tenant: &str, shown: &[Sample]) -> Held {
        let name = self.hop.name();
        let expected = format!("not seen by tenant `{tenant}` at {name}");
        let label = match self.is_thanos() {
            true => Some(tenancy(self.ask, self.hop).await.label),
            false => None,
        };
        let flags = match self.is_thanos() {
            true => self.ask.flags(self.hop).await.ok(),
            false => None,
        };
        let enforcement = flags.as_ref().map(|flags| enforced(&flags.value));
        let holder = |sample: &Sample| -> String {
            let label = label.as_deref().unwrap_or_default();
            sample.labels.value(label).to_owned()
        };
        let foreign: Vec<&Sample> = shown
            .iter()
            .filter(|sample| !matches!(holder(sample), held if held.is_empty() || held == tenant))
            .collect();
        if let Some(example) = foreign.first() {
            if self.may_map_credentials() && !matches!(enforcement, Some(Enforced::No)) {
                return self.by_credentials(tenant);
            }
            // Without its header a question is one of the default tenant, and not of this one.
            let default = flags.as_ref().map_or(DEFAULT_TENANT, |flags| {
                let named = flags.value.0.get("query.default-tenant-id");
                named
                    .map(String::as_str)
                    .filter(|id| !id.is_empty())
                    .unwrap_or(DEFAULT_TENANT)
            });
            if matches!(enforcement, Some(Enforced::Yes(_)))
                && foreign.iter().all(|sample| holder(sample) == default)
            {
                return Held::Unclear(
                    format!(
                        "asked as tenant `{tenant}`, {name} shows series of `{default}`, its default, though its flags say that it enforces tenancy: the header did not reach it"
                    ),
                    format!(
                        "Let what stands before hop `{name}` pass the tenant's header, and see which one Query reads (`--query.tenant-header`)."
                    ),
                );
            }
            let why = match enforcement {
                Some(Enforced::No) => format!(
                    ": {name} does not enforce tenancy (`query.enforce-tenancy` is not true in its flags), so that the tenant's header changes nothing"
                ),
                Some(Enforced::Yes(_)) => {
                    ", though its flags say that it enforces tenancy".to_owned()
                }
                Some(Enforced::ByCertificate) => {
                    ": it takes the tenant from the client's certificate, and not from the header"
                        .to_owned()
                }
                None => String::new(),
            };
            return Held::No(
                expected,
                format!(
                    "{} of other tenants shown to tenant `{tenant}` at {name}, such as {}{why}",
                    words::count(foreign.len(), "series"),
                    example.labels
                ),
            );
        }
        // What is left is held under that tenant, or tells no tenant: the same series as the metric's own, or others of that name.
        let own = match self.ask.query(self.hop, self.query.clone()).await {
            Ok(told) => told,
            Err(failure) => {
                return Held::Unclear(
                    format!(
                        "{name} shows tenant `{tenant}` {}, which could not be compared with the metric's own: {}",
                        words::count(shown.len(), "series"),
                        failure.what
                    ),
                    "Ask once more.".to_owned(),
                );
            }
        };
        let bare = |sample: &Sample| -> Labels {
            let mut labels = sample.labels.clone();
            if let Some(label) = &label {
                labels.remove(label);
            }
            labels
        };
        let own: Vec<Labels> = match &own.value.result {
            QueryResult::Vector(own) => own.iter().map(bare).collect(),
            _ => Vec::new(),
        };
        let same: Vec<&Sample> = shown
            .iter()
            .filter(|sample| own.contains(&bare(sample)))
            .collect();
        match same.first() {
            Some(_) if self.is_told_apart && self.may_map_credentials() && !self.is_thanos() => {
                self.by_credentials(tenant)
            }
            Some(example) if self.is_told_apart => Held::No(
                expected,
                format!(
                    "{} of this sender shown to tenant `{tenant}` at {name}, such as {}",
                    words::count(same.len(), "series"),
                    example.labels
                ),
            ),
            _ => Held::Unclear(
                format!(
                    "{name} shows tenant `{tenant}` {} to the same selector, which may be that tenant's own, such as {}",
                    words::count(shown.len(), "series"),
                    shown.first().map_or_else(String::new, |one| one.labels.to_string())
                ),
                "Narrow the selector to what only this sender has, or say with `identity:` which labels its series carry.".to_owned(),
            ),
        }
    }

    /// Whether something before the hop may take the tenant from what the hop logs in with, and not from the header.
    fn may_map_credentials(&self) -> bool {
        let hop = &self.hop.hop;
        let has_certificate = hop.tls.as_ref().is_some_and(|tls| tls.cert.is_some());
        hop.token.is_some() || hop.basic_auth.is_some() || has_certificate
    }

    fn by_credentials(&self, tenant: &str) -> Held {
        let name = self.hop.name();
        Held::Unclear(
            format!(
                "{name} shows the series when it is asked as tenant `{tenant}`, but with this hop's own credentials, from which a proxy may take the tenant"
            ),
            "Ask it in a hop of its own with the credentials of that tenant.".to_owned(),
        )
    }
}

/// What a Query's flags say of tenancy.
enum Enforced {
    /// It shows only the tenant that the header names, by this label.
    Yes(String),
    /// It shows only the tenant that the client's certificate names.
    ByCertificate,
    /// It shows all tenants to everybody; Thanos before 0.34 could not do else.
    No,
}

fn enforced(flags: &Flags) -> Enforced {
    let flag = |name: &str| flags.0.get(name).map(String::as_str).unwrap_or_default();
    if flag("query.enforce-tenancy") != "true" {
        return Enforced::No;
    }
    if !flag("query.tenant-certificate-field").is_empty() {
        return Enforced::ByCertificate;
    }
    Enforced::Yes(match flag("query.tenant-label-name") {
        "" => "tenant_id".to_owned(),
        label => label.to_owned(),
    })
}
