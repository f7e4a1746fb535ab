//! What must hold where a metric is present: at each hop, of each replica that must do, and between hops.

use std::future::Future;
use std::pin::Pin;

use crate::ask::Ask;
use crate::backend::Replicas;
use crate::check::metric::assertions::{self, Held};
use crate::check::metric::form::Metric;
use crate::check::metric::lag::lags;
use crate::check::metric::looked::Looked;
use crate::check::metric::same::same;
use crate::check::metric::sight::Sight;
use crate::leaves::RungState;

/// What is asserted of the hops themselves.
pub(crate) fn at_hops(metric: &Metric, hops: &[Looked]) -> Vec<Held> {
    let last = hops.len().saturating_sub(1);
    let mut held = Vec::new();
    for (at, looked) in hops.iter().enumerate() {
        let of = |sight: &Sight, shown: &str| at_hop(metric, sight, &looked.hop, shown, at == last);
        held.extend(match &looked.replicas {
            None => of(&looked.sight, &looked.hop),
            Some(replicated) => {
                let each = replicated.each.iter();
                let each = each.map(|(replica, sight)| match sight.state {
                    RungState::Present => of(sight, replica.shown()),
                    _ => not_there(sight, replica.shown()),
                });
                joined(replicated.how, each.collect())
            }
        });
    }
    held
}

fn at_hop(metric: &Metric, sight: &Sight, hop: &str, shown: &str, is_last: bool) -> Vec<Held> {
    let mut held = Vec::new();
    if let (Some((why, help)), RungState::Present) = (&sight.unclear, sight.state) {
        held.push(Held::Unclear(why.clone(), help.clone()));
    }
    if let Some(matchers) = metric.labels_at.get(hop) {
        held.push(assertions::labels(matchers, sight, shown));
    }
    if is_last {
        held.push(assertions::labels(&metric.labels, sight, shown));
        if let Some(matcher) = &metric.series {
            held.push(assertions::series(matcher, sight, shown));
        }
        if let Some(matcher) = &metric.value {
            held.push(assertions::value(matcher, sight, shown));
        }
    }
    held
}

/// A replica that does not show the metric cannot be the one that will do; one that could not be asked might be.
fn not_there(sight: &Sight, shown: &str) -> Vec<Held> {
    vec![match sight.state {
        RungState::Unknown => Held::Unknown(format!(
            "{shown}: {}",
            sight
                .why
                .first()
                .map_or("it could not be asked", String::as_str)
        )),
        state => Held::No(
            format!("present at {shown}"),
            format!("{} at {shown}", state.word()),
        ),
    }]
}

/// What holds of a hop by what holds of its replicas: all of it, or the best of it. One that could not be judged might have held.
fn joined(how: Replicas, each: Vec<Vec<Held>>) -> Vec<Held> {
    let fails = |held: &[Held]| held.iter().any(|held| matches!(held, Held::No(..)));
    let passes = |held: &[Held]| held.iter().all(|held| *held == Held::Yes);
    match how {
        Replicas::All => each.into_iter().flatten().collect(),
        Replicas::Any if each.iter().any(|held| passes(held)) => Vec::new(),
        Replicas::Any if each.iter().all(|held| fails(held)) => {
            each.into_iter().flatten().collect()
        }
        Replicas::Any => each
            .into_iter()
            .filter(|held| !fails(held))
            .flatten()
            .collect(),
    }
}

/// What is asserted between hops: of every replica that must do, one after the other, with the other hops as they are.
pub(crate) fn between<'a>(
    metric: &'a Metric,
    ask: &'a Ask,
    hops: &'a [Looked],
    from: usize,
) -> Pin<Box<dyn Future<Output = Vec<Held>> + Send + 'a>> {
    Box::pin(async move {
        if metric.lag.is_none() && metric.same.is_none() {
            return Vec::new();
        }
        let next = hops[from..]
            .iter()
            .position(|looked| looked.replicas.is_some());
        let Some((at, replicated)) = next.and_then(|next| {
            let at = from + next;
            Some((at, hops[at].replicas.as_ref()?))
        }) else {
            let mut held = lags(metric, ask, hops).await;
            held.extend(same(metric, ask, hops).await);
            return held;
        };
        let mut each = Vec::new();
        for (replica, sight) in &replicated.each {
            each.push(match sight.state {
                RungState::Present => {
                    let ask = ask.within(ask.world().with(replica));
                    let held = between(metric, &ask, hops, at + 1).await;
                    held.into_iter()
                        .map(|held| of_replica(held, replica.shown()))
                        .collect()
                }
                _ => not_there(sight, replica.shown()),
            });
        }
        joined(replicated.how, each)
    })
}

fn of_replica(held: Held, shown: &str) -> Held {
    match held {
        Held::Yes => Held::Yes,
        Held::No(expected, actual) => Held::No(expected, format!("{actual} [{shown}]")),
        Held::Unknown(why) => Held::Unknown(format!("{why} [{shown}]")),
        Held::Unclear(why, help) => Held::Unclear(format!("{why} [{shown}]"), help),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no() -> Vec<Held> {
        vec![Held::Yes, Held::No("1".into(), "2".into())]
    }

    fn unknown() -> Vec<Held> {
        vec![Held::Unknown("refused".into())]
    }

    fn yes() -> Vec<Held> {
        vec![Held::Yes, Held::Yes]
    }

    #[test]
    fn all_of_it_must_hold_of_all() {
        let held = joined(Replicas::All, vec![yes(), no(), unknown()]);
        assert_eq!(held, [yes(), no(), unknown()].concat());
    }

    #[test]
    fn one_that_holds_will_do_and_one_that_is_not_known_might_hold() {
        let any = |each| joined(Replicas::Any, each);
        assert!(any(vec![no(), unknown(), yes()]).is_empty());
        assert_eq!(any(vec![no(), unknown()]), unknown());
        assert_eq!(any(vec![no(), no()]), [no(), no()].concat());
    }
}
