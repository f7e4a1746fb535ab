//! The rules of the block drop the metric: simulated on the series that the sender has, with its external labels.

use crate::ask::Told;
use crate::backend::AddressKey;
use crate::backend::answer::{QueryAnswer, QueryResult, RemoteWrite};
use crate::check::{Arrival, Forecast, Leg, Way};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::sending::block::{Sending, sending};
use crate::leaves::relabel::Dialect;
use crate::leaves::{Labels, PromDuration, RungState, Selector, words};

/// What becomes of one series.
#[derive(Clone, Debug)]
enum Fate {
    /// It is sent as it is asked for.
    Sent,
    /// A rule drops it: which one, and of which block.
    Dropped(String),
    /// It is sent under another name, under none, or under labels with which it is not asked for at the receiver.
    Renamed(String),
}

/// What becomes of all series of the metric.
struct Fates {
    all: Vec<(Labels, Fate)>,
    evidence: Vec<u32>,
}

/// Looks whether the rules let any series of the metric through.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let sending = match sending(case).await {
        Ok(sending) => sending,
        Err(found) => return found,
    };
    let fates = match fates(case, &sending).await {
        Ok(fates) => fates,
        Err(found) => return found,
    };
    let found = judged(case, &sending, &fates).shown_by(fates.evidence);
    match next::path(sending.sender, AddressKey::Url, "api/v1/status/config") {
        Some(command) => found.next(command),
        None => found,
    }
}

/// Whether some series of the metric surely leaves the sender's rules; none where that could not be told.
pub(crate) async fn is_kept(case: &Case<'_>, sending: &Sending<'_>) -> Option<bool> {
    match fates(case, sending).await {
        Ok(fates) => Some(fates.all.iter().any(|(_, fate)| matches!(fate, Fate::Sent))),
        Err(found) if found.certainty == crate::leaves::Certainty::RuledOut => Some(true),
        Err(_) => None,
    }
}

/// The series that the sender has of the metric, as an instant query or within the window of the check.
pub(crate) async fn series(
    case: &Case<'_>,
    sending: &Sending<'_>,
) -> Result<Told<QueryAnswer>, Found> {
    let name = sending.sender.name();
    let Some(selector) = case.asked(sending.sender) else {
        return Err(Found::not_tested(format!(
            "the series of {name} could not be asked"
        )));
    };
    let query = match case.metric.window {
        Some(window) => format!("last_over_time({selector}[{}])", PromDuration(window.0)),
        None => selector.to_string(),
    };
    case.ask
        .query(sending.sender, query)
        .await
        .map_err(|failure| {
            Found::not_tested(format!(
                "the series of {name} could not be asked: {}",
                failure.what
            ))
        })
}

/// What the blocks make of each series. An error is what is to be said in place of a verdict.
async fn fates(case: &Case<'_>, sending: &Sending<'_>) -> Result<Fates, Found> {
    let name = sending.sender.name();
    let config = &sending.config;
    let blocks: Vec<&RemoteWrite> = match sending.leading() {
        Some((_, blocks)) => blocks,
        None => config.remote_write.iter().collect(),
    };
    if blocks
        .iter()
        .any(|block| block.write_relabel_configs.is_empty())
    {
        return Err(Found::ruled_out(format!(
            "the block of {name} to {} has no `write_relabel_configs`",
            sending.receiver.name()
        ))
        .shown_by([sending.n]));
    }
    if blocks.is_empty() {
        return Err(
            Found::ruled_out(format!("{name} has no `remote_write` block")).shown_by([sending.n]),
        );
    }
    let told = series(case, sending).await?;
    let QueryResult::Vector(samples) = &told.value.result else {
        return Err(Found::not_tested(format!("{name} gave no vector")));
    };
    if samples.is_empty() {
        return Err(Found::not_tested(format!(
            "{name} has no series now to which the rules could be applied"
        ))
        .shown_by([told.n]));
    }
    let build = case.ask.build(sending.sender).await.map_err(|failure| {
        Found::not_tested(format!(
            "rules are applied as the version of {name} does it, which could not be asked: {}",
            failure.what
        ))
    })?;
    let Some(dialect) = Dialect::of(&build.value.version) else {
        return Err(Found::not_tested(format!(
            "{:?} is no version of Prometheus, as whose rules could be applied",
            words::cut(&build.value.version, 60)
        )));
    };
    let mut ways = Vec::new();
    for block in blocks {
        let leg = Leg::new(name, config, block, dialect).map_err(|refused| {
            Found::not_tested(format!(
                "the `write_relabel_configs` of {name} cannot be applied here: {refused}"
            ))
        })?;
        if leg.is_uncertain() {
            return Err(Found::not_tested(format!(
                "an external label of {name} is written with a variable, whose value its rules may see and the server does not show"
            ))
            .shown_by([sending.n]));
        }
        let way = Way {
            legs: vec![leg],
            ..Way::default()
        };
        ways.push((block, way));
    }
    let asked = case.asked(sending.receiver);
    let all = samples
        .iter()
        .map(|sample| (sample.labels.clone(), fate(&sample.labels, &ways, asked)))
        .collect();
    Ok(Fates {
        all,
        evidence: vec![sending.n, told.n, build.n],
    })
}

/// A series that one of several blocks sends is sent.
fn fate(labels: &Labels, ways: &[(&RemoteWrite, Way)], asked: Option<&Selector>) -> Fate {
    let mut lost = None;
    for (block, way) in ways {
        let fate = match way.foretell(labels) {
            Forecast::Arrives(arrival) if arrival.labels.metric() == labels.metric() => {
                match unasked(&arrival, asked) {
                    Some(why) => Fate::Renamed(why),
                    None => return Fate::Sent,
                }
            }
            Forecast::Arrives(arrival) => Fate::Renamed(match arrival.labels.metric() {
                Some(name) => format!("`{name}`"),
                None => "no name at all".to_owned(),
            }),
            dropped => Fate::Dropped(rule_in_words(&dropped, block)),
        };
        lost = lost.or(Some(fate));
    }
    lost.unwrap_or(Fate::Sent)
}

/// The label that a rule removes or sets so that the series is not what the receiver is asked for.
fn unasked(arrival: &Arrival, asked: Option<&Selector>) -> Option<String> {
    let matchers = asked.map_or(&[][..], |asked| &asked.matchers);
    let against = matchers.iter().find(|matcher| {
        !matcher.matches(&arrival.labels) && !arrival.open.contains(&matcher.name)
    })?;
    let label = &against.name;
    let (rule, now) = arrival.rule_on(label)?;
    Some(match now {
        Some(now) => format!("`{label}={now:?}`, which rule {rule} sets; `{against}` is asked for"),
        None => format!("no `{label}`, which rule {rule} removes; `{against}` is asked for"),
    })
}

/// The rule, what it is, and what it saw.
fn rule_in_words(dropped: &Forecast, block: &RemoteWrite) -> String {
    let why = dropped.dropped().unwrap_or_default();
    let Forecast::Dropped { step, .. } = dropped else {
        return why;
    };
    let Some(rule) = block.write_relabel_configs.get(step.rule) else {
        return why;
    };
    let sources = rule.source_labels.as_deref().unwrap_or_default().join(", ");
    let regex = words::cut(rule.regex.as_deref().unwrap_or("(.*)"), 200);
    let queue = match block.name.is_empty() {
        true => String::new(),
        false => format!(", queue `{}`", block.name),
    };
    format!("{why} (source labels [{sources}], regex `{regex}`{queue})")
}

fn judged(case: &Case<'_>, sending: &Sending<'_>, fates: &Fates) -> Found {
    let name = sending.sender.name();
    let lost: Vec<&(Labels, Fate)> = fates
        .all
        .iter()
        .filter(|(_, fate)| !matches!(fate, Fate::Sent))
        .collect();
    let Some((labels, fate)) = lost.first() else {
        return Found::ruled_out(format!(
            "the `write_relabel_configs` of {name} let {} through",
            words::count(fates.all.len(), "series")
        ));
    };
    let dropped = lost
        .iter()
        .filter(|(_, fate)| matches!(fate, Fate::Dropped(_)))
        .count();
    let of = format!(
        "{} of {}",
        lost.len(),
        words::count(fates.all.len(), "series")
    );
    let says = match fate {
        Fate::Renamed(to) => format!("{of} leave {name} under {to}, such as {labels}"),
        Fate::Dropped(why) => format!("{of} {} not sent, such as {labels}: {why}", is(lost.len())),
        Fate::Sent => of,
    };
    if case.shows == RungState::Present {
        // Something of it is there: rules explain a number of series that is too small, and nothing else.
        return match case.metric.series {
            Some(_) => Found::likely(says),
            None => Found::ruled_out(format!("{says}; what arrives is there nevertheless")),
        };
    }
    if dropped == fates.all.len() {
        Found::proven(says)
    } else if lost.len() == fates.all.len() {
        Found::likely(says)
    } else {
        Found::possible(format!("{says}; the others are sent"))
    }
}

fn is(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}
