//! A hop with replicas, as a rung of the ladder: what each replica showed, and what they show together.

use std::sync::Arc;

use crate::backend::{Backend, Replicas};
use crate::check::metric::sight::Sight;
use crate::check::replicas::{grouped, some_of};
use crate::leaves::{RungState, Table, words};

/// What the replicas of a hop showed.
#[derive(Clone, Debug)]
pub(crate) struct Replicated {
    /// How many of them must have it.
    pub(crate) how: Replicas,
    /// Each replica and what it showed.
    pub(crate) each: Vec<(Arc<Backend>, Sight)>,
}

impl Replicated {
    /// Where all must have it, a hop shows what its worst replica shows, else what its best one does. A replica that could not be asked
    /// may be either.
    pub(crate) fn sight(&self) -> Sight {
        let worst_first = [
            RungState::Absent,
            RungState::Stale,
            RungState::Unknown,
            RungState::Present,
        ];
        let best_first = [
            RungState::Present,
            RungState::Unknown,
            RungState::Stale,
            RungState::Absent,
        ];
        let order = match self.how {
            Replicas::All => worst_first,
            Replicas::Any => best_first,
        };
        let state = order
            .into_iter()
            .find(|state| self.in_state(*state).next().is_some())
            .unwrap_or(RungState::Unknown);
        let same: Vec<(&str, &Sight)> = self.in_state(state).collect();
        let Some((_, first)) = same.first() else {
            return Sight::unknown("it has no replica", "Give its addresses.");
        };
        let labels: Vec<&str> = same.iter().map(|(label, _)| *label).collect();
        let who = some_of(&labels, self.each.len());
        let mut sight = (*first).clone();
        for (_, other) in &same[1..] {
            self.add(&mut sight, other);
        }
        match state {
            RungState::Present => sight.notes.extend(self.others()),
            RungState::Unknown => {
                let whys: Vec<(&str, String)> = same
                    .iter()
                    .map(|(label, sight)| (*label, reason(sight)))
                    .collect();
                sight.why = vec![grouped(&whys, self.each.len())];
            }
            RungState::Absent | RungState::Stale => {
                let lacks = match (&first.instead, first.newest, first.age_ms) {
                    (Some(instead), ..) => instead.clone(),
                    (None, Some(newest), Some(age)) if state == RungState::Stale => {
                        format!("the newest sample is {} old ({newest})", words::age(age))
                    }
                    _ => "0 series".to_owned(),
                };
                sight.instead = Some(format!("{lacks} on {who}"));
                sight.why.insert(0, format!("{who} lack it"));
            }
        }
        sight
    }

    /// A remark on the replicas that do not show it, where another one does.
    fn others(&self) -> Option<String> {
        let others: Vec<(&str, String)> = self
            .each
            .iter()
            .filter(|(_, sight)| sight.state != RungState::Present)
            .map(|(replica, sight)| {
                let text = match sight.state {
                    RungState::Unknown => reason(sight),
                    state => state.word().to_owned(),
                };
                (replica.label(), text)
            })
            .collect();
        let (hop, _) = self.each.first()?;
        (!others.is_empty())
            .then(|| format!("{}: {}", hop.name(), grouped(&others, self.each.len())))
    }

    fn in_state(&self, state: RungState) -> impl Iterator<Item = (&str, &Sight)> {
        self.each
            .iter()
            .filter(move |(_, sight)| sight.state == state)
            .map(|(replica, sight)| (replica.label(), sight))
    }

    /// Of several in one state: the fewest series and the oldest sample where all must have it, else the most and the newest.
    fn add(&self, sight: &mut Sight, other: &Sight) {
        let is_all = self.how == Replicas::All;
        sight.series = match (sight.series, other.series) {
            (Some(a), Some(b)) => Some(if is_all { a.min(b) } else { a.max(b) }),
            (a, b) => a.or(b),
        };
        let is_older = |a: Option<i64>, b: Option<i64>| match is_all {
            true => b > a,
            false => b.is_some() && (a.is_none() || b < a),
        };
        if is_older(sight.age_ms, other.age_ms) {
            (sight.age_ms, sight.newest) = (other.age_ms, other.newest);
        }
        sight.of_all_senders |= other.of_all_senders;
        sight.partial = sight.partial.take().or_else(|| other.partial.clone());
        for note in &other.notes {
            if !sight.notes.contains(note) {
                sight.notes.push(note.clone());
            }
        }
    }

    /// What each replica showed, for the reports.
    pub(crate) fn table(&self, hop: &str) -> Table {
        let row = |(replica, sight): &(Arc<Backend>, Sight)| {
            vec![
                replica.label().to_owned(),
                sight.state.word().to_owned(),
                sight
                    .series
                    .map_or_else(String::new, |series| series.to_string()),
                sight
                    .age_ms
                    .map_or_else(String::new, |age| format!("{} old", words::age(age))),
                sight.why.join("; "),
            ]
        };
        Table {
            title: format!("replicas of {hop}"),
            columns: ["replica", "state", "series", "newest sample", "why"]
                .map(str::to_owned)
                .to_vec(),
            rows: self.each.iter().map(row).collect(),
        }
    }
}

fn reason(sight: &Sight) -> String {
    sight
        .why
        .first()
        .cloned()
        .unwrap_or_else(|| "no reason is known".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(how: Replicas, sights: &[Sight]) -> Sight {
        let each = sights.iter().enumerate().map(|(at, sight)| {
            let urls = [format!("http://a{at}"), "http://z".to_owned()];
            let hop: crate::backend::Hop =
                serde_json::from_value(json!({ "name": "p", "kind": "prometheus", "url": urls }))
                    .unwrap();
            let first = hop.listed_replicas().remove(0);
            (Arc::new(Backend::of(first)), sight.clone())
        });
        let each = each.collect();
        Replicated { how, each }.sight()
    }

    fn unknown() -> Sight {
        Sight::unknown("refused", "Start it.")
    }

    #[test]
    fn where_all_must_have_it_one_that_lacks_it_decides() {
        let all = |sights: &[Sight]| of(Replicas::All, sights);
        let sight = all(&[Sight::present(5), Sight::present(3)]);
        assert_eq!((sight.state, sight.series), (RungState::Present, Some(3)));
        let sight = all(&[Sight::present(5), unknown(), Sight::absent()]);
        assert_eq!(sight.state, RungState::Absent);
        assert_eq!(sight.instead.unwrap(), "0 series on 1 of 3 replicas (a2)");
        let sight = all(&[Sight::present(5), unknown()]);
        assert_eq!(sight.state, RungState::Unknown);
        assert_eq!(sight.why, ["1 of 2 replicas (a1): refused"]);
        assert!(sight.help.is_some());
    }

    #[test]
    fn where_one_will_do_only_all_that_lack_it_make_it_absent() {
        let any = |sights: &[Sight]| of(Replicas::Any, sights);
        let sight = any(&[Sight::absent(), unknown(), Sight::present(5)]);
        assert_eq!((sight.state, sight.series), (RungState::Present, Some(5)));
        let sight = any(&[Sight::absent(), unknown()]);
        assert_eq!(sight.state, RungState::Unknown);
        let sight = any(&[Sight::absent(), Sight::absent()]);
        assert_eq!(sight.state, RungState::Absent);
        assert_eq!(sight.instead.unwrap(), "0 series on each of 2 replicas");
    }
}
