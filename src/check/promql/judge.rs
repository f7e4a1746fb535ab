//! The verdict on an expression's result.

use std::time::Duration;

use std::sync::Arc;

use crate::ask::Ask;
use crate::backend::answer::{QueryResult, Sample, SampleValue};
use crate::backend::{Backend, Failure, FailureClass, World};
use crate::check::completeness::{
    Asked, Completeness, completeness, missing_by_warning, no_store_at_all,
};
use crate::check::kind::CheckKind;
use crate::check::promql::expect::Expect;
use crate::check::promql::form::Promql;
use crate::check::promql::review::review;
use crate::leaves::{Complaint, Judged, Labels, NumberMatcher, Table, Timestamp, Verdict, words};

/// Rows of the table of results, at most.
const ROWS: usize = 10;

impl CheckKind for Promql {
    fn subject(&self) -> String {
        let one_line: Vec<&str> = self.promql.split_whitespace().collect();
        words::cut(&one_line.join(" "), 120)
    }

    fn review(&self, world: &World) -> Vec<Complaint> {
        review(self, world)
    }

    fn asked_hop<'w>(&self, world: &'w World) -> Option<&'w Arc<Backend>> {
        world.backend(&self.at)
    }

    async fn judge(&self, ask: &Ask) -> Judged {
        judge(self, ask).await
    }
}

async fn judge(check: &Promql, ask: &Ask) -> Judged {
    let Some(hop) = ask.world().backend(&check.at).cloned() else {
        return Judged::of(
            Verdict::error(
                format!("there is no hop `{}` here", check.at),
                "Name a hop of the pipeline.",
            ),
            "",
        );
    };
    let told = match ask.query(&hop, check.promql.clone()).await {
        Ok(told) => told,
        Err(failure) => return not_asked(check, ask, &hop, &failure).await,
    };
    let mut judged = match missing_by_warning(&told.value.warnings) {
        Some(warning) => Judged::of(
            Verdict::error(
                format!("the answer of {} is incomplete: {warning}", hop.name()),
                format!(
                    "Look at what hop `{}` warns of, then ask again.",
                    hop.name()
                ),
            ),
            format!("incomplete at {}", hop.name()),
        ),
        None => match &told.value.result {
            QueryResult::Vector(samples) if samples.is_empty() => {
                let whole = completeness(ask, &hop, of_any_series(told.server_now)).await;
                nothing(&check.expect, &hop, whole)
            }
            result => {
                let judged = of_result(&check.expect, result, hop.name());
                doubted(judged, ask, &hop, told.server_now).await
            }
        },
    };
    if let QueryResult::Vector(samples) = &told.value.result {
        judged.tables.extend(table(samples, hop.name()));
    }
    let remarks = told.value.infos.iter().chain(&told.value.warnings);
    judged.notes.extend(remarks.cloned());
    judged
}

/// A question whose series are not known: every store could hold some.
fn of_any_series(server_now: Timestamp) -> Asked<'static> {
    Asked {
        selector: None,
        back: Duration::MAX,
        server_now,
    }
}

/// A store that was left out can make a sum too small: then the result accuses nobody.
async fn doubted(judged: Judged, ask: &Ask, hop: &Backend, server_now: Timestamp) -> Judged {
    let Verdict::Fail { actual, .. } = &judged.verdict else {
        return judged;
    };
    match completeness(ask, hop, of_any_series(server_now)).await {
        Completeness::Whole(_) => judged,
        Completeness::Half { why, help } => Judged {
            verdict: Verdict::error(
                format!(
                    "the answer of {} ({actual}) is not whole: {why}",
                    hop.name()
                ),
                help,
            ),
            ..judged
        },
    }
}

async fn not_asked(check: &Promql, ask: &Ask, hop: &Backend, failure: &Failure) -> Judged {
    let refused = matches!(failure.class, FailureClass::Refusal(_));
    let of_a_store = failure.what.contains("from Addr: ");
    if refused && failure.what.contains("No StoreAPIs available") && !of_a_store {
        return nothing(&check.expect, hop, no_store_at_all(ask, hop).await);
    }
    let help = failure.help.clone().unwrap_or_else(|| {
        if refused {
            format!(
                "Try the expression in the web page of hop `{}`.",
                hop.name()
            )
        } else {
            format!(
                "Make hop `{}` reachable from where gapcheck runs.",
                hop.name()
            )
        }
    });
    Judged::of(
        Verdict::error(format!("{}: {}", hop.name(), failure.what), help),
        format!("not answered by {}", hop.name()),
    )
}

/// A result without series: a failure or a pass only where nothing was left out of it.
fn nothing(expect: &Expect, hop: &Backend, completeness: Completeness) -> Judged {
    let says = format!("no series at {}", hop.name());
    let notes = match completeness {
        Completeness::Whole(notes) => notes,
        Completeness::Half { why, help } => {
            let what = format!("the answer of {} is empty and not whole: {why}", hop.name());
            return Judged::of(Verdict::error(what, help), says);
        }
    };
    let compares = expect.every.is_some() || expect.any.is_some() || expect.scalar.is_some();
    let counts = expect.count.as_ref().is_none_or(|count| count.holds(0.0));
    let verdict = if compares || !counts {
        Verdict::fail(expected(expect, hop.name()), says.clone())
    } else {
        Verdict::Pass
    };
    Judged {
        notes,
        ..Judged::of(verdict, says)
    }
}

fn expected(expect: &Expect, hop: &str) -> String {
    format!("{expect} at {hop}")
}

/// Which number of a histogram is meant, nothing says.
fn compares_histograms(expect: &Expect, samples: &[Sample]) -> bool {
    let compares = expect.every.is_some() || expect.any.is_some();
    compares
        && samples
            .iter()
            .any(|sample| matches!(sample.value, SampleValue::Histogram { .. }))
}

fn of_result(expect: &Expect, result: &QueryResult, hop: &str) -> Judged {
    match result {
        QueryResult::Vector(samples) if expect.scalar.is_some() => Judged::of(
            Verdict::error(
                format!(
                    "{} came from {hop}, where one number is expected",
                    words::count(samples.len(), "series")
                ),
                "Write `every` in place of `scalar`, or wrap the expression in `scalar(..)`.",
            ),
            says(samples, hop),
        ),
        QueryResult::Vector(samples) if compares_histograms(expect, samples) => Judged::of(
            Verdict::error(
                format!("native histograms came from {hop}, and numbers are compared"),
                "Make a number of each: `histogram_count(..)`, `histogram_sum(..)` or `histogram_quantile(..)`.",
            ),
            says(samples, hop),
        ),
        QueryResult::Vector(samples) => {
            Judged::of(verdict(expect, samples, hop), says(samples, hop))
        }
        QueryResult::Scalar(_) if expect.count.is_some() || expect.empty => Judged::of(
            Verdict::error(
                format!("one number came from {hop}, where series are expected"),
                "Write `scalar` in `expect`.",
            ),
            "",
        ),
        QueryResult::Scalar(value) => {
            let only = [Sample {
                labels: Labels::default(),
                value: value.clone(),
            }];
            let every = expect.every.clone().or_else(|| expect.scalar.clone());
            let one = Expect {
                every,
                ..expect.clone()
            };
            Judged::of(
                verdict(&one, &only, hop),
                format!("{} at {hop}", value.raw()),
            )
        }
        QueryResult::Matrix(_) => Judged::of(
            Verdict::error(
                format!("raw samples came from {hop}, which cannot be compared"),
                "Wrap the range selector in a function such as `last_over_time(..)`.",
            ),
            "",
        ),
        QueryResult::String(_) => Judged::of(
            Verdict::error(
                format!("a text came from {hop}, which cannot be compared"),
                "Write an expression that gives numbers.",
            ),
            "",
        ),
    }
}

/// The verdict on at least one series.
fn verdict(expect: &Expect, samples: &[Sample], hop: &str) -> Verdict {
    let breaks = |matcher: &NumberMatcher| -> Vec<&Sample> {
        samples
            .iter()
            .filter(|sample| !matcher.holds(sample.value.number()))
            .collect()
    };
    let mut found = Vec::new();
    if let Some(every) = &expect.every {
        let wrong = breaks(every);
        if let Some(first) = wrong.first() {
            found.push(such_as(first, wrong.len(), samples.len()));
        }
    }
    if let Some(any) = &expect.any {
        let wrong = breaks(any);
        if let (Some(first), true) = (wrong.first(), wrong.len() == samples.len()) {
            found.push(such_as(first, wrong.len(), samples.len()));
        }
    }
    let counted = samples.len() as f64;
    if expect.empty
        || expect
            .count
            .as_ref()
            .is_some_and(|count| !count.holds(counted))
    {
        let example = samples
            .first()
            .map_or_else(String::new, |sample| format!(", such as {}", named(sample)));
        found.push(format!(
            "{}{example}",
            words::count(samples.len(), "series")
        ));
    }
    if found.is_empty() {
        Verdict::Pass
    } else {
        Verdict::fail(expected(expect, hop), found.join("; "))
    }
}

fn such_as(example: &Sample, wrong: usize, all: usize) -> String {
    let value = example.value.raw();
    if all == 1 {
        return match example.labels.is_empty() {
            true => value,
            false => format!("{value} on {}", example.labels),
        };
    }
    format!(
        "{value} on {}, one of {wrong} of {all} series",
        example.labels
    )
}

fn named(sample: &Sample) -> String {
    words::cut(&format!("{} {}", sample.labels, sample.value.raw()), 300)
}

fn says(samples: &[Sample], hop: &str) -> String {
    match samples {
        [only] => format!("{} at {hop}", only.value.raw()),
        several => format!("{} at {hop}", words::count(several.len(), "series")),
    }
}

fn table(samples: &[Sample], hop: &str) -> Option<Table> {
    if samples.len() < 2 {
        return None;
    }
    let mut title = format!("{} at {hop}", words::count(samples.len(), "series"));
    if samples.len() > ROWS {
        title.push_str(&format!(", the first {ROWS}"));
    }
    Some(Table {
        title,
        columns: vec!["series".to_owned(), "value".to_owned()],
        rows: samples
            .iter()
            .take(ROWS)
            .map(|sample| {
                vec![
                    words::cut(&sample.labels.to_string(), 300),
                    sample.value.raw(),
                ]
            })
            .collect(),
    })
}
