//! What a hop can answer: each question that its kind knows is put once.

use futures_util::future::join_all;

use crate::ask::{Answer, Ask};
use crate::backend::answer::{HttpAnswer, Page, QueryResult};
use crate::backend::{
    AddressKey, Backend, BackendKind, Capability, Failure, FailureClass, exposition,
};
use crate::diagnose::doctor::examined::{Able, Answering, Examined, Grade, is_no, refusal};
use crate::leaves::words;

/// A query that every server of PromQL can answer, whatever it holds.
const QUERY: &str = "vector(1)";
/// What Prometheus says in agent mode to what it cannot answer then.
const AGENT: &str = "unavailable with Prometheus Agent";

/// Asks everything that a hop of its kind can answer, at the addresses that could be reached.
pub(crate) async fn ask_all(ask: &Ask, hop: &Backend, examined: &mut Examined) {
    // Its version is told on its own.
    let rows: Vec<&(Capability, AddressKey)> = hop
        .kind()
        .row()
        .answers
        .iter()
        .filter(|(capability, _)| *capability != Capability::Build)
        .collect();
    let asked = join_all(rows.iter().map(|(capability, key)| {
        let is_reached = examined.is_reached(*key);
        async move {
            match is_reached {
                true => Some(short(ask, hop, *capability).await),
                false => None,
            }
        }
    }))
    .await;
    for ((capability, key), answer) in rows.into_iter().zip(asked) {
        let (able, says) = match answer {
            Some(Ok(says)) => (Able::Yes, says),
            Some(Err(failure)) => {
                let able = match is_no(&failure) {
                    true => Able::No,
                    false => Able::Unknown,
                };
                (
                    able,
                    Some(noted(hop, *capability, *key, able, &failure, examined)),
                )
            }
            None if hop.address(*key).is_none() => (
                Able::NoAddress,
                Some(format!("the hop gives no `{}:` address", key.word())),
            ),
            None => (
                Able::Unknown,
                Some(format!("its `{}:` address cannot be reached", key.word())),
            ),
        };
        examined.answers.push(Answering {
            word: capability.word(),
            able,
            says,
        });
    }
}

/// Notes why a question was not answered. What the hop is there for weighs; the rest may be closed on purpose.
fn noted(
    hop: &Backend,
    capability: Capability,
    key: AddressKey,
    able: Able,
    failure: &Failure,
    examined: &mut Examined,
) -> String {
    if failure.what.contains(AGENT) {
        let what = format!("{} is a Prometheus in agent mode", hop.name());
        let help = "It stores nothing that could be queried: ask the hop that it writes to.";
        examined.remark(Grade::Ok, what, Some(help.to_owned()));
        return "not in agent mode".to_owned();
    }
    let is_closed = able == Able::No || refusal(failure).is_some() && examined.ready == Some(true);
    let grade = match is_closed && !is_main(hop, capability, key) {
        true => Grade::Ok,
        false => Grade::NotAsked,
    };
    let named = Failure {
        what: format!("{}: {}", capability.word(), failure.what),
        ..failure.clone()
    };
    examined.not_answered(grade, &named);
    failure.what.clone()
}

/// Whether a hop is of no use at that address where it does not answer this.
fn is_main(hop: &Backend, capability: Capability, key: AddressKey) -> bool {
    match capability {
        Capability::Query | Capability::TsdbStatus | Capability::StoreApi | Capability::Page => {
            true
        }
        Capability::Stores => hop.kind() == BackendKind::ThanosQuery,
        Capability::OwnMetrics => key == AddressKey::Http,
        Capability::Targets
        | Capability::Config
        | Capability::Flags
        | Capability::Rules
        | Capability::Build => false,
    }
}

/// What it answers, in short.
async fn short(
    ask: &Ask,
    hop: &Backend,
    capability: Capability,
) -> Result<Option<String>, Failure> {
    let counted = |number: usize, noun: &str| Some(words::count(number, noun));
    Ok(match capability {
        Capability::Query => {
            let told = ask.query(hop, QUERY).await?;
            match &told.value.result {
                QueryResult::Vector(samples) if samples.len() == 1 => None,
                _ => {
                    let what = format!("the answer to `{QUERY}` is not one sample");
                    return Err(Failure::new(FailureClass::Malformed, what));
                }
            }
        }
        Capability::Build => {
            Some(ask.build(hop).await?.value.version.clone()).filter(|version| !version.is_empty())
        }
        Capability::Targets => counted(ask.targets(hop).await?.value.active.len(), "target"),
        Capability::Config => counted(
            ask.config(hop).await?.value.remote_write.len(),
            "`remote_write` block",
        ),
        Capability::Flags => counted(ask.flags(hop).await?.value.0.len(), "flag"),
        Capability::OwnMetrics => counted(own_page(ask, hop).await?.samples.len(), "sample"),
        Capability::Stores => counted(ask.stores(hop).await?.value.0.len(), "store"),
        Capability::Rules => counted(ask.rules(hop).await?.value.groups.len(), "group"),
        Capability::TsdbStatus => counted(ask.tsdb_status(hop).await?.value.0.len(), "tenant"),
        Capability::StoreApi => {
            let told = ask.store_info(hop).await?;
            Some(told.value.component.clone()).filter(|component| !component.is_empty())
        }
        Capability::Page => counted(ask.page(hop).await?.value.samples.len(), "sample"),
    })
}

/// The hop's own metrics.
pub(crate) async fn own_page(ask: &Ask, hop: &Backend) -> Result<Page, Failure> {
    let key = hop.kind().answers(Capability::OwnMetrics).ok_or_else(|| {
        let what = format!("a {} has no page of its own metrics", hop.kind().word());
        Failure::new(FailureClass::NotThatApi, what)
    })?;
    let told: Answer<HttpAnswer> = ask.path(hop, key, "metrics").await;
    let answer = told?.value;
    let content_type = answer
        .headers
        .iter()
        .find(|(name, _)| name == "content-type");
    exposition::parse_page(
        answer.status,
        content_type.map_or("", |(_, value)| value),
        answer.body.as_bytes(),
    )
}
