//! The sender cannot resolve the receiver's name: looked up from here, absolutely and through every search suffix.

use url::{Host, Url};

use crate::backend::answer::{DnsAnswer, DnsForm, DnsOutcome, RecordType};
use crate::check::QueueState;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::sending::queue::{Writing, writing};
use crate::diagnose::sending::view::{address, sees_alike};
use crate::leaves::words;

/// What name servers say of a name, asked from here.
enum Resolved {
    /// It has these addresses.
    To(String),
    /// It has none, under any form: every name that was tried, what came back, and whether a search list was gone through.
    Nowhere(String, bool),
    /// No name server settled it.
    Unsettled(String),
}

/// Looks up the name to which the sender writes.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let writing = match writing(case).await {
        Ok(writing) => writing,
        Err(found) => return found,
    };
    let (sending, watched) = (&writing.sending, &writing.watched);
    let url = match address(sending.sender, &writing.block) {
        Ok(url) => url,
        Err(why) => return Found::not_tested(why).shown_by([sending.n]),
    };
    let Some(Host::Domain(host)) = url.host() else {
        return Found::ruled_out(format!(
            "{} writes to an address, not to a name",
            sending.sender.name()
        ))
        .shown_by([sending.n]);
    };
    if watched.state == QueueState::Delivering || watched.state == QueueState::Lagging {
        return delivers(case, &writing, host).await;
    }
    if !watched.has_trouble() {
        return watched.shows_otherwise(sending);
    }
    let found = stuck(case, &writing, host)
        .await
        .shown_by([sending.n, watched.n]);
    match Url::host_str(&url) {
        Some(host) => found.next(next::dig(case.ask.world(), host, RecordType::A)),
        None => found,
    }
}

/// Samples arrive, so the sender knows the name, whatever we see.
async fn delivers(case: &Case<'_>, writing: &Writing<'_>, host: &str) -> Found {
    let (sending, watched) = (&writing.sending, &writing.watched);
    let name = sending.sender.name();
    let says = format!("{name} delivers to `{host}`, so it reaches that name");
    match resolved(case, host).await {
        Some((Resolved::Nowhere(tried, _), evidence)) => Found::ruled_out(format!(
            "{says}; from here it does not resolve ({tried}), because here another resolver or search list is used"
        ))
        .shown_by(evidence),
        _ => Found::ruled_out(says),
    }
    .shown_by([watched.n])
}

/// Nothing comes through: whether that is for the name.
async fn stuck(case: &Case<'_>, writing: &Writing<'_>, host: &str) -> Found {
    let (sending, watched) = (&writing.sending, &writing.watched);
    let name = sending.sender.name();
    let retries = watched.retries_all();
    let state = watched.trouble(name);
    let last_label = host.trim_end_matches('.').rsplit('.').next();
    if last_label.is_some_and(|label| label.eq_ignore_ascii_case("invalid")) {
        let says = format!(
            "{state}, and it writes to `{host}`: a name under `invalid` exists nowhere (RFC 6761)"
        );
        return if retries {
            Found::proven(says)
        } else {
            Found::likely(says)
        };
    }
    match resolved(case, host).await {
        None => Found::not_tested(format!(
            "{state}; whether `{host}` resolves could not be asked"
        )),
        Some((Resolved::To(addresses), evidence)) => {
            Found::ruled_out(format!("`{host}` resolves from here, to {addresses}"))
                .shown_by(evidence)
        }
        Some((Resolved::Unsettled(tried), evidence)) => Found::possible(format!(
            "{state}; whether `{host}` resolves no name server would say: {tried}"
        ))
        .shown_by(evidence),
        Some((Resolved::Nowhere(tried, searched), evidence)) => {
            let says = format!("{state}, and `{host}` does not resolve: {tried}");
            let server = case.ask.world().lookup(host, RecordType::A).resolver;
            if let (true, Some(server)) = (retries && (searched || is_whole(host)), &server) {
                Found::proven(format!(
                    "{says}; so says {server}, which a `dns` check of the suite names for it"
                ))
            } else if retries && sees_alike(sending.sender, host) && (searched || is_whole(host)) {
                Found::proven(says)
            } else {
                Found::likely(format!(
                    "{says}; that is so from here, and {name} may use another resolver or search list"
                ))
            }
            .shown_by(evidence)
        }
    }
}

/// Looks the name up: IPv4 first, IPv6 where that gave nothing.
async fn resolved(case: &Case<'_>, host: &str) -> Option<(Resolved, Vec<u32>)> {
    let mut evidence = Vec::new();
    let mut tried = String::new();
    let (mut settled, mut searched) = (true, false);
    for record in [RecordType::A, RecordType::Aaaa] {
        let told = case
            .ask
            .dns(case.ask.world().lookup(host, record))
            .await
            .ok()?;
        evidence.push(told.n);
        let found = told
            .value
            .attempts
            .iter()
            .find(|attempt| attempt.outcome == DnsOutcome::Found);
        if let Some(found) = found {
            return Some((Resolved::To(words::cut(&found.says(), 200)), evidence));
        }
        if told.value.attempts.is_empty() {
            return None;
        }
        settled &= is_settled(&told.value);
        let mut forms = told.value.attempts.iter();
        searched |= forms.any(|attempt| matches!(attempt.form, DnsForm::Search(_)));
        if tried.is_empty() {
            tried = attempts(&told.value);
        }
    }
    let resolved = match settled {
        true => Resolved::Nowhere(tried, searched),
        false => Resolved::Unsettled(tried),
    };
    Some((resolved, evidence))
}

/// Whether a name needs no search list: it ends with a dot, or it is more than a service and its namespace.
fn is_whole(host: &str) -> bool {
    let mut labels = host.split('.').skip_while(|label| *label != "svc").skip(1);
    host.ends_with('.') || host.contains('.') && (!host.contains(".svc") || labels.next().is_some())
}

/// Whether each name that was tried was settled by some server.
fn is_settled(answer: &DnsAnswer) -> bool {
    answer.attempts.iter().all(|attempt| {
        answer
            .attempts
            .iter()
            .any(|other| other.name == attempt.name && other.outcome.is_settled())
    })
}

fn attempts(answer: &DnsAnswer) -> String {
    let each: Vec<String> = answer
        .attempts
        .iter()
        .map(|attempt| format!("`{}` {}", attempt.name, attempt.says()))
        .collect();
    words::few(&each, 5)
}
