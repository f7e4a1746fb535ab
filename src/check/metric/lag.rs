//! How far each hop is behind the one before it, by the times of the newest samples. These are the scrape's times at every hop, so
//! no server's clock is compared with another's.

use crate::ask::Ask;
use crate::backend::Backend;
use crate::check::completeness::missing_by_warning;
use crate::check::metric::assertions::Held;
use crate::check::metric::form::Metric;
use crate::check::metric::looked::Looked;
use crate::check::metric::newest::{LAST_HOUR, newest};
use crate::leaves::{Selector, Timestamp, words};

/// Whether each hop that answers PromQL is at most `lag` behind the one before it. The hops are asked one after the other in the
/// order of the way: a hop that is asked later had more time, so what is too old there is too old.
pub(crate) async fn lags(metric: &Metric, ask: &Ask, hops: &[Looked]) -> Vec<Held> {
    let Some(limit) = metric.lag else {
        return Vec::new();
    };
    let range = metric
        .window
        .map_or(LAST_HOUR, |window| window.0)
        .min(LAST_HOUR);
    let mut held = Vec::new();
    let mut before: Option<(&str, Timestamp)> = None;
    for looked in hops {
        let (Some(selector), Some(hop)) = (&looked.sight.asked, ask.world().backend(&looked.hop))
        else {
            continue;
        };
        let shown = match shown(ask, hop, selector, range).await {
            Ok(shown) => shown,
            Err(why) => {
                held.push(Held::Unknown(format!(
                    "how far {} is behind is not known: {why}",
                    looked.hop
                )));
                before = None;
                continue;
            }
        };
        if let Some((name, newest)) = before {
            held.push(judge(name, newest, &looked.hop, &shown, limit.0));
        }
        before = Some((&looked.hop, shown.newest));
    }
    if held.is_empty() {
        held.push(Held::Unknown(
            "no two hops that answer PromQL could be compared for `lag`".to_owned(),
        ));
    }
    held
}

/// The newest sample of a hop, and what may be missing from that answer.
struct Shown {
    newest: Timestamp,
    partial: Option<String>,
}

async fn shown(
    ask: &Ask,
    hop: &Backend,
    selector: &Selector,
    range: std::time::Duration,
) -> Result<Shown, String> {
    // What was told before the hop before it was asked would show too little.
    match newest(&ask.afresh(), hop, selector, range).await {
        Ok(Some(newest)) => Ok(Shown {
            newest: newest.at,
            partial: missing_by_warning(&newest.warnings),
        }),
        Ok(None) => Err("it was there, and a moment later no sample of it could be found".into()),
        Err(failure) => Err(failure.what),
    }
}

fn judge(
    before: &str,
    newest: Timestamp,
    hop: &str,
    shown: &Shown,
    limit: std::time::Duration,
) -> Held {
    let behind = shown.newest.age_ms(newest);
    if behind <= i64::try_from(limit.as_millis()).unwrap_or(i64::MAX) {
        return Held::Yes;
    }
    let says = format!(
        "{hop} is {} behind {before}: the newest samples are of {} and {newest}",
        words::age(behind),
        shown.newest
    );
    match &shown.partial {
        Some(missing) => Held::Unknown(format!("{says}; but its answer is not whole: {missing}")),
        None => Held::No(
            format!(
                "{hop} at most {} behind {before}",
                words::age(i64::try_from(limit.as_millis()).unwrap_or(i64::MAX))
            ),
            says,
        ),
    }
}
