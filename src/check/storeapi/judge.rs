//! The verdict on the series that a store holds.

use crate::ask::{Ask, Told};
use crate::backend::answer::{StoreInfo, StoreSeries, StoredSeries};
use crate::backend::{Backend, Capability, Failure, FailureClass, World};
use crate::check::hop_name::{cannot, known};
use crate::check::kind::CheckKind;
use crate::check::metric::{Sender, after_sending, is_shared, sender};
use crate::check::storeapi::absence::{Doubt, TENANT_LABEL, doubt_by_info, doubt_by_stores};
use crate::check::storeapi::form::StoreApi;
use crate::leaves::{
    Comparison, Complaint, Judged, NumberMatcher, PromDuration, Selector, Table, Verdict, words,
};

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

    async fn judge(&self, ask: &Ask) -> Judged {
        judge(self, ask).await.unwrap_or_else(|judged| judged)
    }
}

/// What is not so, and what could not be told.
#[derive(Default)]
struct Findings {
    failed: Vec<(String, String)>,
    unsure: Vec<Doubt>,
}

impl Findings {
    fn fail(&mut self, expected: impl Into<String>, actual: impl Into<String>) {
        self.failed.push((expected.into(), actual.into()));
    }

    fn verdict(self) -> Verdict {
        if !self.failed.is_empty() {
            let (expected, actual): (Vec<_>, Vec<_>) = self.failed.into_iter().unzip();
            return Verdict::fail(expected.join("; "), actual.join("; "));
        }
        let Some((_, help)) = self.unsure.first().cloned() else {
            return Verdict::Pass;
        };
        let whats: Vec<String> = self.unsure.into_iter().map(|(what, _)| what).collect();
        Verdict::error(whats.join("; "), help)
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

fn serving(check: &StoreApi, hop: &str, info: Option<&StoreInfo>, findings: &mut Findings) {
    let Some(wanted) = check.serving else { return };
    let word = |serving| match serving {
        true => "SERVING",
        false => "NOT_SERVING",
    };
    match info.and_then(|info| info.serving) {
        Some(is) if is == wanted => {}
        Some(is) => findings.fail(
            format!("the health service of {hop} says {}", word(wanted)),
            format!("it says {}", word(is)),
        ),
        None => findings.unsure.push((
            format!("{hop} has no health service to ask"),
            "Leave `serving` out, or ask its HTTP port: `http: http://host:10902/-/ready`."
                .to_owned(),
        )),
    }
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
            match doubt_by_info(hop, info, check.tenant.as_deref(), times) {
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

fn incomplete(hop: &str, warnings: &[String]) -> Doubt {
    (
        format!(
            "the answer of {hop} is incomplete: {}",
            words::few(warnings, 2)
        ),
        format!("Look at the storage behind hop `{hop}`."),
    )
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

fn number(check: &StoreApi, hop: &str, found: &StoreSeries, findings: &mut Findings) {
    let Some(wanted) = &check.series else { return };
    let number = found.series.len();
    let holds = wanted.holds(number as f64);
    let is_whole = !found.cut && found.warnings.is_empty();
    let is_lower_bound = matches!(
        wanted,
        NumberMatcher::Compare(Comparison::More | Comparison::AtLeast, _)
    );
    if holds && (is_whole || is_lower_bound) {
        return;
    }
    if !is_whole {
        findings.unsure.push(match found.warnings.as_slice() {
            [] => (
                format!("{hop} has more than the {number} series that are read"),
                "Narrow the selector.".to_owned(),
            ),
            warnings => incomplete(hop, warnings),
        });
        return;
    }
    findings.fail(
        format!("{wanted} series at {hop}"),
        words::count(number, "series"),
    );
}

fn labels(check: &StoreApi, hop: &str, found: &StoreSeries, findings: &mut Findings) {
    if check.labels.0.is_empty() {
        return;
    }
    let broken = |one: &&StoredSeries| check.labels.broken(&one.labels).is_some();
    let wrong: Vec<&StoredSeries> = found.series.iter().filter(broken).collect();
    if let Some(example) = wrong.first()
        && let Some((label, matcher, value)) = check.labels.broken(&example.labels)
    {
        let is = match value {
            "" => format!("no label `{label}`"),
            value => format!("`{label}` is {value:?}"),
        };
        findings.fail(
            format!("label `{label}` {matcher} on every series at {hop}"),
            format!(
                "{is} on {} of {}, such as {}",
                wrong.len(),
                words::count(found.series.len(), "series"),
                example.labels
            ),
        );
    } else if found.cut {
        findings.unsure.push((
            format!(
                "{hop} has more than the {} series whose labels are read",
                found.series.len()
            ),
            "Narrow the selector.".to_owned(),
        ));
    } else if !found.warnings.is_empty() {
        findings.unsure.push(incomplete(hop, &found.warnings));
    }
}

fn age(check: &StoreApi, hop: &str, told: &Told<StoreSeries>, findings: &mut Findings) {
    let Some(limit) = &check.fresh else { return };
    let newest = told.value.series.iter().filter_map(|one| one.newest).max();
    let Some(newest) = newest else {
        findings.unsure.push((
            format!("{hop} sent no chunks, so the age of its samples is not known"),
            "Leave `fresh` out, or assert it with a `metric` check at Query.".to_owned(),
        ));
        return;
    };
    let age = newest.age_ms(told.server_now);
    if limit.holds(age) {
        return;
    }
    if told.value.cut || !told.value.warnings.is_empty() {
        let hop = format!("{hop}, which showed only a part,");
        findings.unsure.push((
            format!("the newest sample of {hop} is {} old", words::age(age)),
            "Narrow the selector, and bring back what the warnings name.".to_owned(),
        ));
        return;
    }
    findings.fail(
        format!("the newest sample at {hop} {limit} old"),
        format!("it is {} old ({newest})", words::age(age)),
    );
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
