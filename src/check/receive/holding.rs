//! What a Receive holds: tenants, names, and how new the newest sample of each tenant is.

use crate::ask::{Ask, Told};
use crate::backend::answer::{TenantHead, TsdbStatus};
use crate::backend::{Backend, Failure};
use crate::check::findings::Findings;
use crate::check::receive::form::Receive;
use crate::check::receive::named::Named;
use crate::leaves::{Table, Timestamp, words};

/// Rows of the table of tenants, at most.
const ROWS: usize = 50;

/// A sample so far ahead of the server's clock hides how old the others are, in milliseconds.
const AHEAD_MS: i64 = 60_000;

/// Judges the heads; their table where they were told.
pub(crate) async fn holding(
    check: &Receive,
    ask: &Ask,
    hop: &Backend,
    findings: &mut Findings,
    notes: &mut Vec<String>,
) -> Option<Table> {
    let name = hop.name();
    let named = Named { check, ask, hop };
    let told = match ask.tsdb_status(hop).await {
        Ok(told) => told,
        Err(failure) => {
            // A StoreAPI answers for names, and tells no age.
            let needs_status = check.fresh.is_some() || check.holds.is_none() || !named.has_store();
            if needs_status {
                findings.unsure(format!("{name}: {}", failure.what), help(&failure, name));
            } else {
                notes.push(format!("the status of {name}: {}", failure.what));
            }
            named.judge(None, findings, notes).await;
            return None;
        }
    };
    let heads: &TsdbStatus = &told.value;
    if heads.0.is_empty() {
        findings.unsure(
            format!("{name} lists no tenant: nothing was ever written to it, or it only routes what it takes"),
            "Name a Receive that stores what it takes; whether one was written to at all, `accepted` tells.",
        );
        return None;
    }
    let asked: Vec<&TenantHead> = heads
        .0
        .iter()
        .filter(|head| {
            check
                .tenant
                .as_ref()
                .is_none_or(|tenant| head.tenant == *tenant)
        })
        .collect();
    if let (true, Some(tenant)) = (asked.is_empty(), &check.tenant) {
        let there: Vec<String> = heads
            .0
            .iter()
            .map(|head| format!("`{}`", head.tenant))
            .collect();
        findings.fail(
            format!("tenant `{tenant}` held at {name}"),
            format!("this replica of {name} holds {}", words::few(&there, 5)),
        );
    } else {
        named
            .judge(Some((heads, told.server_now)), findings, notes)
            .await;
        fresh(check, &asked, told.server_now, name, findings);
    }
    Some(table(&told, name))
}

fn help(failure: &Failure, hop: &str) -> String {
    failure.help.clone().unwrap_or_else(|| {
        format!("Give hop `{hop}` the address of Receive's remote write port (19291) as `write:`; `/api/v1/status/tsdb` answers there since Thanos 0.27.")
    })
}

fn fresh(
    check: &Receive,
    asked: &[&TenantHead],
    now: Timestamp,
    hop: &str,
    findings: &mut Findings,
) {
    let Some(limit) = &check.fresh else { return };
    let newest = asked
        .iter()
        .filter_map(|head| Some((head.newest()?, head)))
        .max_by_key(|(at, _)| *at);
    let expected = format!("the newest sample at {hop} {limit} old");
    match newest {
        None => findings.fail(expected, format!("the heads of {hop} hold no sample at all")),
        Some((at, head)) if at.age_ms(now) < -AHEAD_MS => findings.unsure(
            format!(
                "the newest sample of tenant `{}` at {hop} is {} of its clock ({at})",
                head.tenant,
                words::age(at.age_ms(now))
            ),
            "Find the sender whose clock is ahead: a sample of the future hides how old the others are, and Receive refuses older ones after it.",
        ),
        Some((at, _)) if limit.holds(at.age_ms(now)) => {}
        Some((at, head)) => findings.fail(
            expected,
            format!(
                "the newest sample of tenant `{}` is {} old ({at})",
                head.tenant,
                words::age(at.age_ms(now))
            ),
        ),
    }
}

fn table(told: &Told<TsdbStatus>, hop: &str) -> Table {
    let row = |head: &TenantHead| {
        let newest = head.newest().map_or("no sample".to_owned(), |at| {
            format!("{at} ({})", words::ago(at.age_ms(told.server_now)))
        });
        vec![head.tenant.clone(), head.series.to_string(), newest]
    };
    Table {
        title: format!("tenants at {hop}"),
        columns: ["tenant", "series", "newest sample"]
            .map(str::to_owned)
            .to_vec(),
        rows: told.value.0.iter().take(ROWS).map(row).collect(),
    }
}
