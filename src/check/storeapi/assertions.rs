//! What must hold of the series that a store showed, and of the store's health.

use crate::ask::Told;
use crate::backend::answer::{StoreInfo, StoreSeries, StoredSeries};
use crate::check::storeapi::findings::{Findings, incomplete};
use crate::check::storeapi::form::StoreApi;
use crate::leaves::{Comparison, NumberMatcher, words};

/// What the health service says.
pub(crate) fn serving(
    check: &StoreApi,
    hop: &str,
    info: Option<&StoreInfo>,
    findings: &mut Findings,
) {
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

/// How many series there are.
pub(crate) fn number(check: &StoreApi, hop: &str, found: &StoreSeries, findings: &mut Findings) {
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

/// Labels of every series.
pub(crate) fn labels(check: &StoreApi, hop: &str, found: &StoreSeries, findings: &mut Findings) {
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

/// The age of the newest sample, by the end of its chunk.
pub(crate) fn age(check: &StoreApi, hop: &str, told: &Told<StoreSeries>, findings: &mut Findings) {
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
