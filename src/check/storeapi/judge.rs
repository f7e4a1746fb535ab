//! The verdict on the series that a store holds.

use std::sync::Arc;

use crate::ask::{Ask, Told};
use crate::backend::answer::{StoreInfo, StoreSeries, StoredSeries};
use crate::backend::{Backend, Capability, Failure, FailureClass, World};
use crate::check::at_store::TENANT_LABEL;
use crate::check::hop_name::{cannot, known};
use crate::check::kind::CheckKind;
use crate::check::metric::{Sender, after_sending, is_shared, sender};
use crate::check::storeapi::absence::{doubt_by_info, doubt_by_labels, doubt_by_stores};
use crate::check::storeapi::assertions::{age, labels, number, serving};
use crate::check::storeapi::findings::{Findings, incomplete};
use crate::check::storeapi::form::StoreApi;
use crate::check::turned_out::by_info;
use crate::leaves::{Complaint, Judged, PromDuration, Selector, Table, Verdict, words};

/// Rows of the table of series, at most.
const ROWS: usize = 50;

/// gRPC's UNIMPLEMENTED.
const UNIMPLEMENTED: FailureClass = FailureClass::Rpc(12);

impl CheckKind for StoreApi {
    fn subject(&self) -> String {
        self.storeapi.to_string()
    }

    fn review(&self, world: &World) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        match (&self.at, self.asked(world)) {
            (Some(at), _) => match known(world, "at", at) {
                Ok(hop) => {
                    complaints.extend(cannot(hop, "at", "`storeapi`", Capability::StoreApi));
                }
                Err(complaint) => complaints.push(complaint),
            },
            (None, Some(_)) => {}
            (None, None) => complaints.push(
                Complaint::about("storeapi", "no hop of the pipeline has a `grpc:` address").help(
                    "Give the thanos-receive hop its `grpc: host:10901`, or name a hop with `at:`.",
                ),
            ),
        }
        if self.tenant.is_some()
            && self
                .storeapi
                .matchers
                .iter()
                .any(|m| m.name == TENANT_LABEL)
        {
            complaints.push(Complaint::about(
                "tenant",
                format!("the selector matches on `{TENANT_LABEL}` already: say the tenant once"),
            ));
        }
        if self.storeapi.metric.is_empty()
            && self
                .storeapi
                .matchers
                .iter()
                .all(|m| m.name == TENANT_LABEL)
        {
            complaints.push(
                Complaint::about(
                    "storeapi",
                    format!("only `{TENANT_LABEL}` is matched, which the store adds itself: it refuses such a call"),
                )
                .help("Name the metric."),
            );
        }
        complaints
    }

    fn asked_hop<'w>(&self, world: &'w World) -> Option<&'w Arc<Backend>> {
        self.asked(world)
    }

    async fn judge(&self, ask: &Ask) -> Judged {
        judge(self, ask).await.unwrap_or_else(|judged| judged)
    }
}

/// Judges; the error is a judgement too, made early.
async fn judge(check: &StoreApi, ask: &Ask) -> Result<Judged, Judged> {
    let hop = check.asked(ask.world()).cloned().ok_or_else(|| {
        let what = "there is no hop with a `grpc:` address to ask";
        Judged::of(Verdict::error(what, "Name one with `at:`."), "")
    })?;
    let name = hop.name();
    let mut notes = Vec::new();
    let selector = selector(check, ask, &hop, &mut notes).await?;
    let info = match ask.store_info(&hop).await {
        Ok(told) => Some(told),
        // Before Thanos 0.24 there was no such call; series can be asked all the same.
        Err(failure) if failure.class == UNIMPLEMENTED => None,
        Err(failure) => return Err(not_answered(&hop, &failure)),
    };
    let mut findings = Findings::default();
    let info = info.as_ref().map(|told| &*told.value);
    if let Some(other) = info.and_then(|info| by_info(&info.component, &hop)) {
        let says = format!("not asked of {name}");
        return Err(Judged::of(Verdict::error(other.why, other.help), says));
    }
    serving(check, name, info, &mut findings);
    let told = ask
        .store_series(&hop, &selector, check.back(), check.fresh.is_some())
        .await
        .map_err(|failure| not_answered(&hop, &failure))?;
    let found = &told.value;
    if found.series.is_empty() {
        empty(check, ask, &hop, &selector, info, &told, &mut findings).await;
    } else {
        number(check, name, found, &mut findings);
        labels(check, name, found, &mut findings);
        age(check, name, &told, &mut findings);
    }
    let says = format!(
        "{} of `{selector}` at {name}",
        words::count(found.series.len(), "series")
    );
    Ok(Judged {
        tables: table(&selector, found).into_iter().collect(),
        notes,
        ..Judged::of(findings.verdict(), says)
    })
}

/// What is asked: the selector as written, with the labels of this sender where others' series lie beside, and with the tenant.
async fn selector(
    check: &StoreApi,
    ask: &Ask,
    hop: &Backend,
    notes: &mut Vec<String>,
) -> Result<Selector, Judged> {
    let mut selector = check.storeapi.clone();
    if is_shared(ask.world(), hop) {
        let sender = sender(ask).await;
        notes.extend(sender.notes().iter().cloned());
        if let Sender::Unknown { why, help } = &sender {
            return Err(Judged::of(Verdict::error(why.clone(), help.clone()), ""));
        }
        if let Some(identity) = sender.labels() {
            selector = after_sending(&selector, identity);
        }
    }
    Ok(match &check.tenant {
        Some(tenant) => selector.and(TENANT_LABEL, tenant),
        None => selector,
    })
}

fn not_answered(hop: &Backend, failure: &Failure) -> Judged {
    let name = hop.name();
    let help = failure.help.clone().unwrap_or_else(|| {
        format!("Make the gRPC port of hop `{name}` reachable from where gapcheck runs.")
    });
    Judged::of(
        Verdict::error(format!("{name}: {}", failure.what), help),
        format!("not answered by {name}"),
    )
}

/// An empty answer: wanted, absent, or no proof.
async fn empty(
    check: &StoreApi,
    ask: &Ask,
    hop: &Backend,
    selector: &Selector,
    info: Option<&StoreInfo>,
    told: &Told<StoreSeries>,
    findings: &mut Findings,
) {
    let name = hop.name();
    let doubt = match (told.value.warnings.as_slice(), info) {
        ([], None) => Some((
            format!(
                "{name} shows no such series, but what it covers could not be asked: it has no Info service"
            ),
            "Ask a Thanos of 0.24 or later; an older one cannot prove absence here.".to_owned(),
        )),
        ([], Some(info)) => {
            let times = (check.back(), told.server_now);
            let selectors = (&check.storeapi, selector);
            match doubt_by_info(hop, info, check.tenant.as_deref(), times)
                .or_else(|| doubt_by_labels(hop, info, selectors))
            {
                Some(doubt) => Some(doubt),
                None => doubt_by_stores(ask, hop, selector, check.back(), told.server_now).await,
            }
        }
        (warnings, _) => Some(incomplete(name, warnings)),
    };
    if let Some(doubt) = doubt {
        findings.unsure.push(doubt);
        return;
    }
    if check
        .series
        .as_ref()
        .is_some_and(|wanted| wanted.holds(0.0))
    {
        return;
    }
    let wanted = match &check.series {
        Some(number) => format!("{number} series of `{selector}` at {name}"),
        None => format!("`{selector}` at {name}"),
    };
    let within = PromDuration(check.back());
    let mut actual = format!("no such series within the last {within}");
    if let Some(elsewhere) = elsewhere(check, ask, hop, selector).await {
        actual = format!("{actual}; {elsewhere}");
    }
    findings.fail(wanted, actual);
}

/// Who else has series of that name: other tenants, or other senders. Only a remark: what is not answered is left out.
async fn elsewhere(
    check: &StoreApi,
    ask: &Ask,
    hop: &Backend,
    selector: &Selector,
) -> Option<String> {
    if let Some(tenant) = &check.tenant {
        let anyone = selector.clone().without(TENANT_LABEL);
        let told = ask
            .store_values(hop, TENANT_LABEL, &anyone, check.back())
            .await
            .ok()?;
        let others = told.value.values.iter().filter(|one| *one != tenant);
        let others: Vec<String> = others.map(|one| format!("`{one}`")).collect();
        if !others.is_empty() {
            return Some(format!("held under tenant {}", words::few(&others, 3)));
        }
    }
    if *selector == check.storeapi {
        return None;
    }
    let told = ask
        .store_series(hop, &check.storeapi, check.back(), false)
        .await
        .ok()?;
    let example = told.value.series.first()?;
    Some(format!(
        "{} of `{}` from elsewhere, such as {}",
        words::count(told.value.series.len(), "series"),
        check.storeapi,
        example.labels
    ))
}

fn table(selector: &Selector, found: &StoreSeries) -> Option<Table> {
    if found.series.is_empty() {
        return None;
    }
    let mut title = format!("series of {selector}");
    if found.series.len() > ROWS {
        let all = found.series.len();
        title.push_str(&format!(", the first {ROWS} of {all}"));
    }
    let row = |one: &StoredSeries| {
        vec![
            one.labels.to_string(),
            one.newest
                .map_or(String::new(), |newest| newest.to_string()),
        ]
    };
    Some(Table {
        title,
        columns: ["series", "newest chunk ends"].map(str::to_owned).to_vec(),
        rows: found.series.iter().take(ROWS).map(row).collect(),
    })
}
