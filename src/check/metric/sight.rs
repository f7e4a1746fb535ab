//! What one hop showed of the metric, before it becomes a rung of the ladder.

use crate::backend::answer::Sample;
use crate::backend::{Backend, Failure};
use crate::check::metric::foretold::Foretold;
use crate::leaves::{Labels, Rung, RungState, Selector, Timestamp};

/// Label sets that a rung shows, at most.
const LABEL_SETS: usize = 3;

/// What one hop showed.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    pub(crate) state: RungState,
    pub(crate) series: Option<u64>,
    /// Whether the series of other senders are counted with them.
    pub(crate) of_all_senders: bool,
    /// At a Receive: whether its StoreAPI showed samples of late; its head lists a name for hours after the last one.
    pub(crate) is_of_late: bool,
    /// At a Receive: whether it has no tenant at all, as one that only routes.
    pub(crate) holds_nothing: bool,
    /// At a Receive: whether the newest sample of the tenant lies ahead of the server's clock, so that it says nothing of others.
    pub(crate) head_is_ahead: bool,
    pub(crate) newest: Option<Timestamp>,
    pub(crate) age_ms: Option<i64>,
    /// The selected series, where labels or values were asked for.
    pub(crate) found: Option<Vec<Sample>>,
    /// The selector with which a hop that answers PromQL was asked.
    pub(crate) asked: Option<Selector>,
    /// The selector that such a hop did not answer.
    pub(crate) tried: Option<Selector>,
    /// What was foretold of the series here, where it had to be.
    pub(crate) foretold: Foretold,
    /// The warning that came with the answer: what was found is there, but there may be more.
    pub(crate) partial: Option<String>,
    /// In place of `0 series`: what is there instead.
    pub(crate) instead: Option<String>,
    /// Tenants that hold the series, where the one that is asked for does not.
    pub(crate) held_by: Vec<String>,
    /// What explains that it is not there.
    pub(crate) cause: Option<String>,
    /// Why what is there may be another sender's, so that it does not pass, and what to do.
    pub(crate) unclear: Option<(String, String)>,
    pub(crate) why: Vec<String>,
    pub(crate) help: Option<String>,
    pub(crate) notes: Vec<String>,
}

impl Sight {
    /// A sight of that state and nothing more.
    pub(crate) fn of(state: RungState) -> Self {
        Self {
            state,
            series: None,
            of_all_senders: false,
            is_of_late: false,
            holds_nothing: false,
            head_is_ahead: false,
            newest: None,
            age_ms: None,
            found: None,
            asked: None,
            tried: None,
            foretold: Foretold::default(),
            partial: None,
            instead: None,
            held_by: Vec::new(),
            cause: None,
            unclear: None,
            why: Vec::new(),
            help: None,
            notes: Vec::new(),
        }
    }

    /// So many series are there.
    pub(crate) fn present(series: u64) -> Self {
        Self {
            series: Some(series),
            ..Self::of(RungState::Present)
        }
    }

    /// Asked completely: none.
    pub(crate) fn absent() -> Self {
        Self {
            series: Some(0),
            ..Self::of(RungState::Absent)
        }
    }

    /// Not known, and why.
    pub(crate) fn unknown(why: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            why: vec![why.into()],
            help: Some(help.into()),
            ..Self::of(RungState::Unknown)
        }
    }

    /// Not known, because the question failed.
    pub(crate) fn failed(failure: &Failure, hop: &Backend) -> Self {
        let help = failure.help.clone().unwrap_or_else(|| {
            format!(
                "Make hop `{}` reachable from where gapcheck runs, or leave it out.",
                hop.name()
            )
        });
        Self::unknown(failure.what.clone(), help)
    }

    /// The same with the time of the newest sample, by the clock of the server that told it.
    #[must_use]
    pub(crate) fn newest(mut self, newest: Timestamp, server_now: Timestamp) -> Self {
        self.newest = Some(newest);
        self.age_ms = Some(age(newest, server_now));
        self
    }

    /// The same with a reason for the state.
    #[must_use]
    pub(crate) fn because(mut self, why: impl Into<String>) -> Self {
        self.why.push(why.into());
        self
    }

    /// The rung of this hop.
    pub(crate) fn rung(&self, hop: &str, kind: &str) -> Rung {
        let labels: Vec<Labels> = self
            .found
            .iter()
            .flatten()
            .take(LABEL_SETS)
            .map(|sample| {
                let mut labels = sample.labels.clone();
                labels.remove("__name__");
                labels
            })
            .collect();
        Rung {
            hop: hop.to_owned(),
            kind: kind.to_owned(),
            state: self.state,
            series: self.series,
            newest_sample: self.newest,
            age_ms: self.age_ms,
            labels,
            why: (!self.why.is_empty()).then(|| self.why.join("; ")),
        }
    }
}

/// An age by a clock that tells whole seconds (`Date`): a sample less than a second ahead of it is simply new.
pub(crate) fn age(newest: Timestamp, server_now: Timestamp) -> i64 {
    match newest.age_ms(server_now) {
        -999..0 => 0,
        age => age,
    }
}
