//! The two lookups of one name, read from the table of attempts: what each gave, and which one the system would take.

use crate::backend::answer::{DnsAnswer, DnsAttempt, DnsForm, DnsOutcome};
use crate::leaves::words;

/// What one lookup gave.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gave<'a> {
    /// Records.
    Found(&'a DnsAttempt),
    /// Nowhere records, but the name exists.
    NoData(&'a DnsAttempt),
    /// The name does not exist, with none of so many full names.
    NxDomain(usize),
    /// No name server knew.
    Unknown(&'a DnsAttempt),
    /// There was nothing to ask: no search list, or a name with a final dot.
    NotAsked,
}

/// Both lookups of a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookups<'a> {
    /// As typed.
    pub(crate) absolute: Gave<'a>,
    /// Through the search list: the first suffix that resolves.
    pub(crate) search: Gave<'a>,
    /// The one of them that is tried first, and resolves.
    pub(crate) first: Option<&'a DnsAttempt>,
}

impl<'a> Lookups<'a> {
    /// Reads both from the attempts.
    pub(crate) fn of(answer: &'a DnsAnswer) -> Self {
        // Several attempts for one name are several servers: the last one settled it, or nobody did.
        let mut names: Vec<&DnsAttempt> = Vec::new();
        for attempt in &answer.attempts {
            match names.last_mut() {
                Some(last) if last.form == attempt.form => *last = attempt,
                _ => names.push(attempt),
            }
        }
        let (absolute, search): (Vec<&DnsAttempt>, Vec<&DnsAttempt>) = names
            .iter()
            .partition(|attempt| attempt.form == DnsForm::Absolute);
        Self {
            absolute: gave(&absolute),
            search: gave(&search),
            first: names.into_iter().find(|attempt| is_found(attempt)),
        }
    }
}

fn is_found(attempt: &DnsAttempt) -> bool {
    attempt.outcome == DnsOutcome::Found
}

fn gave<'a>(names: &[&'a DnsAttempt]) -> Gave<'a> {
    let first = |wanted: fn(&DnsAttempt) -> bool| names.iter().copied().find(|name| wanted(name));
    if names.is_empty() {
        Gave::NotAsked
    } else if let Some(found) = first(is_found) {
        Gave::Found(found)
    } else if let Some(unknown) = first(|name| !name.outcome.is_settled()) {
        Gave::Unknown(unknown)
    } else if let Some(there) = first(|name| name.outcome == DnsOutcome::NoData) {
        Gave::NoData(there)
    } else {
        Gave::NxDomain(names.len())
    }
}

impl Gave<'_> {
    /// What it gave, in words.
    pub(crate) fn says(&self) -> String {
        match self {
            Self::Found(attempt) => {
                format!("{} as `{}`", words::few(&attempt.values(), 6), attempt.name)
            }
            Self::NoData(attempt) => match attempt.values().as_slice() {
                [] => format!("NODATA (`{}` exists, without such records)", attempt.name),
                aliases => format!("NODATA (`{}` is {})", attempt.name, words::few(aliases, 3)),
            },
            Self::NxDomain(1) => "NXDOMAIN".to_owned(),
            Self::NxDomain(n) => format!("NXDOMAIN with all {n} suffixes"),
            Self::Unknown(attempt) => {
                format!(
                    "{} from {} for `{}`",
                    attempt.says(),
                    attempt.server,
                    attempt.name
                )
            }
            Self::NotAsked => "not asked".to_owned(),
        }
    }
}
