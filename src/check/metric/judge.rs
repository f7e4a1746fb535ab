//! The verdict on a metric: the ladder its hops make, the edge where it is lost, and what must hold at the last hop.

use crate::ask::Ask;
use crate::backend::{BackendKind, World};
use crate::check::kind::CheckKind;
use crate::check::metric::assertions::Held;
use crate::check::metric::form::Metric;
use crate::check::metric::holding::{at_hops, between};
use crate::check::metric::looked::Looked;
use crate::check::metric::looking::{Ladder, look};
use crate::check::metric::review::review;
use crate::check::metric::unseen::{Unseen, unseen};
use crate::leaves::{
    Complaint, Edge, Gap, Judged, Rung, RungState, Table, Verdict, find_gap, words,
};

impl CheckKind for Metric {
    fn subject(&self) -> String {
        self.metric.to_string()
    }

    fn review(&self, world: &World) -> Vec<Complaint> {
        review(self, world)
    }

    async fn judge(&self, ask: &Ask) -> Judged {
        let ladder = look(self, ask).await;
        let all_there = ladder.hops.iter().enumerate().all(|(at, looked)| {
            looked.sight.state == RungState::Present || only_routes(&ladder.hops, at)
        });
        let between = if all_there {
            between(self, &ladder.ask, &ladder.hops, 0).await
        } else {
            Vec::new()
        };
        let hidden = unseen(self, &ladder.ask, &ladder.hops).await;
        decide(self, ladder, between, hidden)
    }
}

fn decide(metric: &Metric, ladder: Ladder, mut between: Vec<Held>, hidden: Unseen) -> Judged {
    let rungs: Vec<Rung> = ladder
        .hops
        .iter()
        .map(|looked| looked.sight.rung(&looked.hop, looked.kind))
        .collect();
    let gap = find_gap(&rungs);
    let verdict = match &gap {
        Some(gap) => Verdict::fail(expected(metric, &ladder.hops), lost(gap, &ladder.hops)),
        None if ladder.hops.is_empty() => Verdict::error(
            "no hop of the pipeline can be asked for a metric",
            "Name a hop with `at:`.",
        ),
        None => match unknown(metric, &ladder.hops) {
            // What another tenant is shown is no less so where a hop could not be asked.
            Some(error) => hidden.shown().unwrap_or(error),
            None => {
                between.extend(hidden.held);
                asserted(metric, &ladder.hops, between)
            }
        },
    };
    let mut notes = ladder.notes;
    notes.extend(hidden.notes);
    notes.extend(contradictions(&rungs));
    for looked in &ladder.hops {
        for note in &looked.sight.notes {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
    }
    Judged {
        verdict,
        says: says(&ladder.hops),
        ladder: rungs,
        tables: ladder.hops.iter().filter_map(table).collect(),
        notes,
    }
}

fn table(looked: &Looked) -> Option<Table> {
    let replicated = looked.replicas.as_ref()?;
    Some(replicated.table(&looked.hop))
}

fn expected(metric: &Metric, hops: &[Looked]) -> String {
    let names: Vec<&str> = hops.iter().map(|looked| looked.hop.as_str()).collect();
    let mut text = format!("present at {}", words::list(&names));
    if let Some(tenant) = &metric.tenant {
        text.push_str(&format!(", held for tenant `{tenant}`"));
    }
    if let Some(others) = &metric.not_seen_by {
        let others: Vec<String> = others.0.iter().map(|one| format!("`{one}`")).collect();
        text.push_str(&format!(", not seen by tenant {}", words::list(&others)));
    }
    if let Some(limit) = &metric.fresh {
        text.push_str(&format!(", the newest sample {limit} old"));
    }
    text
}

/// Where it is lost, in a sentence.
fn lost(gap: &Gap, hops: &[Looked]) -> String {
    let place = |name: &str| hops.iter().position(|looked| looked.hop == name);
    let Some(to) = place(&gap.to) else {
        return format!("absent at {}", gap.to);
    };
    let from = gap.from.as_deref().and_then(place);
    let there = lacks(&hops[to]);
    let between = &hops[from.map_or(0, |from| from + 1)..to];
    let not_asked: Vec<&str> = between.iter().map(|looked| looked.hop.as_str()).collect();
    let not_asked = words::list(&not_asked);
    let after = hops[to + 1..]
        .iter()
        .find(|looked| looked.sight.state == RungState::Present && tells_now(looked.kind));
    let text = match (from, gap.edge) {
        (Some(from), edge) => {
            let unknown = match edge {
                Edge::Exact => String::new(),
                Edge::Interval => format!(" ({not_asked} could not be asked)"),
            };
            let of_all = match hops[from].sight.of_all_senders {
                true => ", those of all senders counted",
                false => "",
            };
            let had = hops[from].sight.series.map_or_else(String::new, |series| {
                format!(" ({series} at {}{of_all})", hops[from].hop)
            });
            format!(
                "lost between {} and {}{unknown}: {there}{had}",
                hops[from].hop, gap.to
            )
        }
        (None, Edge::Exact) => there,
        (None, Edge::Interval) => format!("{there}, and {not_asked} before it could not be asked"),
    };
    let text = match &hops[to].sight.cause {
        Some(cause) => format!("{text}; {cause}"),
        None => text,
    };
    match after {
        Some(after) => format!("{text}; yet it is present at {} after it", after.hop),
        None => text,
    }
}

/// What a hop that lacks the metric shows instead.
fn lacks(looked: &Looked) -> String {
    let (sight, hop) = (&looked.sight, &looked.hop);
    if let Some(instead) = &sight.instead {
        return format!("{instead} at {hop}");
    }
    match (sight.state, sight.newest, sight.age_ms) {
        (RungState::Stale, Some(newest), Some(age)) => format!(
            "the newest sample at {hop} is {} old ({newest})",
            words::age(age)
        ),
        _ => format!("0 series at {hop}"),
    }
}

/// Whether it is a Receive that stores nothing itself, while the Receive to which it passes on has the metric.
fn only_routes(hops: &[Looked], at: usize) -> bool {
    let receive = BackendKind::ThanosReceive.word();
    let passes_on = |looked: &Looked| looked.kind == receive && looked.sight.holds_nothing;
    let next = hops[at..].iter().find(|looked| !passes_on(looked));
    passes_on(&hops[at])
        && next.is_some_and(|next| next.kind == receive && next.sight.state == RungState::Present)
}

/// The error, where a hop is unknown.
fn unknown(metric: &Metric, hops: &[Looked]) -> Option<Verdict> {
    let unknown: Vec<&Looked> = hops
        .iter()
        .enumerate()
        .filter(|(at, looked)| looked.sight.state == RungState::Unknown && !only_routes(hops, *at))
        .map(|(_, looked)| looked)
        .collect();
    let first = unknown.first()?;
    let whys: Vec<String> = unknown
        .iter()
        .map(|looked| {
            let why = looked
                .sight
                .why
                .first()
                .map_or("no reason is known", String::as_str);
            format!("{}: {why}", looked.hop)
        })
        .collect();
    Some(Verdict::Error {
        what: format!(
            "whether `{}` is there could not be told at {}",
            metric.metric,
            whys.join("; at ")
        ),
        help: first.sight.help.clone(),
    })
}

/// What must hold where it is present, and what was found between the hops.
fn asserted(metric: &Metric, hops: &[Looked], between: Vec<Held>) -> Verdict {
    let mut held = at_hops(metric, hops);
    held.extend(between);
    let (mut expected, mut actual, mut unsure) = (Vec::new(), Vec::new(), Vec::new());
    let mut help = None;
    for held in held {
        match held {
            Held::Yes => {}
            Held::No(wanted, found) => {
                expected.push(wanted);
                actual.push(found);
            }
            Held::Unknown(why) => unsure.push(why),
            Held::Unclear(why, what_to_do) => {
                unsure.push(why);
                help = help.or(Some(what_to_do));
            }
        }
    }
    if !expected.is_empty() {
        Verdict::fail(expected.join("; "), actual.join("; "))
    } else if !unsure.is_empty() {
        Verdict::error(
            unsure.join("; "),
            help.unwrap_or_else(|| {
                "Ask again when the answer is whole, or assert this at a hop that can show it."
                    .to_owned()
            }),
        )
    } else {
        Verdict::Pass
    }
}

/// Whether presence at such a hop contradicts absence before it. A Receive's head lists names for hours after their last sample, and
/// those of other senders too.
fn tells_now(kind: &str) -> bool {
    kind != BackendKind::ThanosReceive.word()
}

/// A hop that has what a hop before it lacks.
fn contradictions(rungs: &[Rung]) -> Vec<String> {
    let lacks = |rung: &&Rung| matches!(rung.state, RungState::Absent | RungState::Stale);
    let Some(at) = rungs.iter().position(|rung| lacks(&rung)) else {
        return Vec::new();
    };
    rungs[at + 1..]
        .iter()
        .find(|rung| rung.state == RungState::Present && tells_now(&rung.kind))
        .map(|rung| {
            format!(
                "{} has what {} before it lacks: another replica or another sender holds it, or one of the two looks at another window",
                rung.hop, rungs[at].hop
            )
        })
        .into_iter()
        .collect()
}

/// One line on what was found.
fn says(hops: &[Looked]) -> String {
    let each: Vec<String> = hops
        .iter()
        .enumerate()
        .map(|(at, looked)| {
            let sight = &looked.sight;
            if only_routes(hops, at) {
                return format!("passed on by {}", looked.hop);
            }
            let mut text = match (sight.state, sight.series) {
                (RungState::Present, Some(series)) => {
                    words::count(usize::try_from(series).unwrap_or(usize::MAX), "series")
                }
                (state, _) => state.word().to_owned(),
            };
            text.push_str(&format!(" at {}", looked.hop));
            if let Some(age) = sight.age_ms {
                text.push_str(&format!(", newest {} old", words::age(age)));
            }
            text
        })
        .collect();
    each.join("; ")
}
