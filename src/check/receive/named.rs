//! Whether a Receive holds the metrics that are named: by its status, which counts names of this replica's head, and by its StoreAPI,
//! which takes the whole selector, where the hop gives `grpc:`.

use std::time::Duration;

use crate::ask::Ask;
use crate::backend::answer::TsdbStatus;
use crate::backend::{Backend, Capability};
use crate::check::at_store::{AtStore, TENANT_LABEL, at_store, label_sets, replaced};
use crate::check::findings::Findings;
use crate::check::metric::receive::{Wanted, in_heads};
use crate::check::metric::sight::Sight;
use crate::check::receive::form::Receive;
use crate::leaves::{Labels, MatchOp, RungState, Selector, Timestamp, words};

/// How far back the StoreAPI is asked.
const LAST_HOUR: Duration = Duration::from_secs(3600);

/// What is asked of whom.
pub(crate) struct Named<'a> {
    pub(crate) check: &'a Receive,
    pub(crate) ask: &'a Ask,
    pub(crate) hop: &'a Backend,
}

impl Named<'_> {
    /// Whether the hop has a StoreAPI to ask.
    pub(crate) fn has_store(&self) -> bool {
        self.hop.answers(Capability::StoreApi).is_some()
    }

    /// Judges each name by these heads, where they were told, and by the StoreAPI, where there is one.
    pub(crate) async fn judge(
        &self,
        heads: Option<(&TsdbStatus, Timestamp)>,
        findings: &mut Findings,
        notes: &mut Vec<String>,
    ) {
        for selector in self.check.metrics() {
            let by_status = heads.map(|(heads, now)| self.by_status(selector, heads, now));
            let by_store = match self.has_store() {
                true => Some(self.by_store(selector).await),
                false => None,
            };
            match (by_status, by_store) {
                (Some(sight), None) => self.by_name(selector, &sight, findings, notes),
                (sight, Some(AtStore::Some(series))) => {
                    self.held(selector, sight.as_ref(), series.len(), findings, notes);
                }
                (sight, Some(AtStore::Nothing)) => {
                    self.nothing(selector, sight.as_ref(), findings).await;
                }
                (sight, Some(AtStore::Unclear { why, help })) => {
                    let asks_labels = selector.matchers.iter().any(|m| m.name != "__name__");
                    match sight {
                        Some(sight) if !asks_labels || sight.state != RungState::Present => {
                            notes.push(format!("{why}; its status was asked alone"));
                            self.by_name(selector, &sight, findings, notes);
                        }
                        _ => findings.unsure(
                            format!(
                                "whether {} holds `{selector}` cannot be told: {why}",
                                self.hop.name()
                            ),
                            help,
                        ),
                    }
                }
                // Its status was not told, which is said already.
                (None, None) => {}
            }
        }
    }

    fn by_status(&self, selector: &Selector, heads: &TsdbStatus, now: Timestamp) -> Sight {
        let wanted = Wanted {
            selector,
            tenant: self.check.tenant.as_deref(),
            window: None,
            fresh: None,
            identity: None,
        };
        in_heads(heads, &wanted, now)
    }

    async fn by_store(&self, selector: &Selector) -> AtStore {
        let Some(tenant) = &self.check.tenant else {
            return at_store(self.ask, self.hop, selector, LAST_HOUR).await;
        };
        let asked = selector.clone().and(TENANT_LABEL, tenant);
        let found = at_store(self.ask, self.hop, &asked, LAST_HOUR).await;
        if found != AtStore::Nothing {
            return found;
        }
        let sets = label_sets(self.ask, self.hop).await;
        match sets.iter().any(|set| !set.value(TENANT_LABEL).is_empty()) {
            true => found,
            false => AtStore::Unclear {
                why: format!("none of the label sets of {} has `{TENANT_LABEL}`", self.hop.name()),
                help: "Leave `tenant` out, and match on the label that `--receive.tenant-label-name` gives.".to_owned(),
            },
        }
    }

    fn expected(&self, selector: &Selector) -> String {
        let of = self
            .check
            .tenant
            .as_ref()
            .map_or_else(String::new, |tenant| format!(" for tenant `{tenant}`"));
        format!("`{selector}` held at {}{of}", self.hop.name())
    }

    /// By its status alone.
    fn by_name(
        &self,
        selector: &Selector,
        sight: &Sight,
        findings: &mut Findings,
        notes: &mut Vec<String>,
    ) {
        let why = sight.why.join("; ");
        match sight.state {
            RungState::Present => notes.extend(sight.of_all_senders.then(|| {
                format!(
                    "`{selector}`: {}",
                    sight.why.last().cloned().unwrap_or_default()
                )
            })),
            RungState::Unknown => findings.unsure(
                format!(
                    "whether {} holds `{selector}` cannot be told: {why}",
                    self.hop.name()
                ),
                sight
                    .help
                    .clone()
                    .unwrap_or_else(|| "Ask Query for it with `metric`.".to_owned()),
            ),
            _ => findings.fail(self.expected(selector), why),
        }
    }

    /// Its StoreAPI has it.
    fn held(
        &self,
        selector: &Selector,
        sight: Option<&Sight>,
        series: usize,
        findings: &mut Findings,
        notes: &mut Vec<String>,
    ) {
        let name = self.hop.name();
        let held = format!(
            "the StoreAPI of {name} holds {} of it",
            words::count(series, "series")
        );
        let why = sight.map_or_else(String::new, |sight| sight.why.join("; "));
        match sight.map(|sight| sight.state) {
            // Held, and none of its tenant's series takes samples any more.
            Some(RungState::Stale) => findings.fail(self.expected(selector), why),
            Some(RungState::Absent) => notes.push(format!(
                "`{selector}`: {held}, and its status disagrees: {why}"
            )),
            _ => notes.push(format!("`{selector}`: {held}")),
        }
    }

    /// Its StoreAPI has nothing, by a whole answer.
    async fn nothing(&self, selector: &Selector, sight: Option<&Sight>, findings: &mut Findings) {
        let name = self.hop.name();
        let lacks = format!("the StoreAPI of {name} shows no such series within the last hour");
        let why = sight.map_or_else(String::new, |sight| sight.why.join("; "));
        if let Some(RungState::Absent | RungState::Stale) = sight.map(|sight| sight.state) {
            findings.fail(
                self.expected(selector),
                format!("{lacks}; its status: {why}"),
            );
            return;
        }
        if !selector.metric.is_empty() && !selector.matchers.is_empty() {
            let bare = Selector::of(&selector.metric);
            if let AtStore::Some(series) = self.by_store(&bare).await {
                let labels = series
                    .first()
                    .map_or_else(String::new, |one| one.labels.to_string());
                let changed = changed(selector, &label_sets(self.ask, self.hop).await)
                    .map_or_else(String::new, |says| format!("; {says}"));
                findings.fail(
                    self.expected(selector),
                    format!(
                        "{lacks}; it holds {} of `{bare}`, such as {labels}{changed}",
                        words::count(series.len(), "series")
                    ),
                );
                return;
            }
        }
        match sight.map(|sight| sight.state) {
            Some(RungState::Present) => findings.unsure(
                format!("whether {name} holds `{selector}` cannot be told, because its status and its StoreAPI disagree: {why}; {lacks}"),
                "A head lists names for hours after their last sample: see with `metric` and `fresh` at Query when it ended; or the two addresses lead to different replicas.",
            ),
            _ => findings.fail(self.expected(selector), lacks),
        }
    }
}

/// The label of the selector that Receive itself gives to all that it shows with another value, or takes for the tenant.
fn changed(selector: &Selector, sets: &[Labels]) -> Option<String> {
    selector.matchers.iter().find_map(|matcher| {
        let label = &matcher.name;
        if let Some(own) = replaced(matcher, sets) {
            return Some(format!(
                "Receive gives `{label}={own:?}` to all that it takes (`--label`)"
            ));
        }
        let names_a_tenant = sets.iter().any(|set| set.value(TENANT_LABEL) == matcher.value);
        (matcher.op == MatchOp::Equal && label != TENANT_LABEL && names_a_tenant).then(|| {
            format!(
                "`{}` is a tenant there: Receive may take the tenant from `{label}` and remove it (`--receive.split-tenant-label-name`)",
                matcher.value
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_receive_replaces_is_named() {
        let sets =
            ["a", "b"].map(|tenant| Labels::from([("cluster", "central"), (TENANT_LABEL, tenant)]));
        let says = |selector: &str| changed(&selector.parse().unwrap(), &sets);
        assert_eq!(
            says("cost{cluster=\"ops\"}").unwrap(),
            "Receive gives `cluster=\"central\"` to all that it takes (`--label`)"
        );
        assert_eq!(says("cost{cluster=\"central\",job=\"x\"}"), None);
        assert_eq!(says("cost{tenant_id=\"c\"}"), None);
        assert!(
            says("cost{team=\"a\"}")
                .unwrap()
                .contains("split-tenant-label-name")
        );
    }
}
