//! The verdict on the targets of a job.

use std::sync::Arc;

use crate::ask::Ask;
use crate::backend::answer::Target;
use crate::backend::{Backend, Capability, World};
use crate::check::findings::Findings;
use crate::check::hop_name::{cannot, known};
use crate::check::kind::CheckKind;
use crate::check::scrape::exposed::exposed;
use crate::check::scrape::form::{Scrape, Up};
use crate::check::scrape::targets::none_of;
use crate::check::turned_out::turned_out;
use crate::leaves::{AgeLimit, Complaint, Judged, Table, Timestamp, Verdict, words};

/// Rows of the table of targets, at most.
const ROWS: usize = 50;

impl CheckKind for Scrape {
    fn subject(&self) -> String {
        self.scrape.to_string()
    }

    fn review(&self, world: &World) -> Vec<Complaint> {
        let hop = match &self.at {
            Some(at) => known(world, "at", at).map(|hop| (hop, "at")),
            None => match world.first_answering(Capability::Targets) {
                Some(hop) => Ok((hop, "scrape")),
                None => Err(Complaint::about(
                    "scrape",
                    "the pipeline has no prometheus hop to ask",
                )
                .help("Name the Prometheus that scrapes it with `at:`.")),
            },
        };
        match hop {
            Ok((hop, key)) => cannot(hop, key, "`scrape`", Capability::Targets)
                .into_iter()
                .collect(),
            Err(complaint) => vec![complaint],
        }
    }

    fn asked_hop<'w>(&self, world: &'w World) -> Option<&'w Arc<Backend>> {
        self.asked(world)
    }

    async fn judge(&self, ask: &Ask) -> Judged {
        judge(self, ask).await
    }
}

async fn judge(check: &Scrape, ask: &Ask) -> Judged {
    let Some(hop) = check.asked(ask.world()).cloned() else {
        return Judged::of(
            Verdict::error(
                "there is no Prometheus here to ask for its targets",
                "Name one with `at:`.",
            ),
            "",
        );
    };
    let name = hop.name();
    let told = match ask.targets(&hop).await {
        Ok(told) => told,
        Err(failure) => {
            let help = failure.help.clone().unwrap_or_else(|| {
                format!("Make hop `{name}` reachable from where gapcheck runs.")
            });
            return Judged::of(
                Verdict::error(format!("{name}: {}", failure.what), help),
                format!("not answered by {name}"),
            );
        }
    };
    let targets: Vec<&Target> = told
        .value
        .active
        .iter()
        .filter(|target| check.scrape.selects(target))
        .collect();
    if targets.is_empty() {
        // VictoriaMetrics and Thanos answer, too, with lists that are always empty.
        if let Some(other) = turned_out(ask, &hop).await {
            return Judged::of(
                Verdict::error(other.why, other.help),
                format!("no targets are kept at {name}"),
            );
        }
        let says = none_of(&check.scrape, &told.value, name);
        let expected = format!("a target of `{}` at {name}", check.scrape);
        return Judged::of(Verdict::fail(expected, says.clone()), says);
    }
    let mut findings = Findings::default();
    health(check, &targets, name, &mut findings);
    labels(check, &targets, &mut findings);
    if let Some(limit) = &check.fresh {
        age(check.up, limit, &targets, told.server_now, &mut findings);
    }
    if !check.metrics().is_empty() {
        pages(check, ask, &hop, &targets, &mut findings).await;
    }
    let up = targets.iter().filter(|target| is_up(target)).count();
    Judged {
        tables: vec![table(check, &targets, told.server_now)],
        ..Judged::of(
            findings.verdict(),
            format!(
                "{up} of {} up at {name}",
                words::count(targets.len(), "target")
            ),
        )
    }
}

fn is_up(target: &Target) -> bool {
    target.health == "up"
}

fn is_down(target: &Target) -> bool {
    target.health == "down"
}

fn health(check: &Scrape, targets: &[&Target], hop: &str, findings: &mut Findings) {
    let down: Vec<&&Target> = targets.iter().filter(|target| is_down(target)).collect();
    let waiting = targets
        .iter()
        .find(|target| !is_up(target) && !is_down(target));
    let one_is_up = targets.iter().any(|target| is_up(target));
    let is_met = match check.up {
        Up::All => down.is_empty() && waiting.is_none(),
        Up::Any => one_is_up,
    };
    if is_met {
        return;
    }
    let is_open = waiting.is_some() && (check.up == Up::Any || down.is_empty());
    if let (true, Some(target)) = (is_open, waiting) {
        findings.unsure(
            format!("{} was not scraped yet by {hop}", target.url),
            "Wait one scrape interval, or let the check poll with `within:`.",
        );
        return;
    }
    let Some(first) = down.first() else {
        return;
    };
    let expected = match check.up {
        Up::All => format!("every target of `{}` up at {hop}", check.scrape),
        Up::Any => format!("a target of `{}` up at {hop}", check.scrape),
    };
    findings.fail(
        expected,
        format!(
            "{} of {} down: {}: {}",
            down.len(),
            words::count(targets.len(), "target"),
            first.url,
            quoted(&first.last_error)
        ),
    );
}

fn quoted(error: &str) -> String {
    match error {
        "" => "no error is given".to_owned(),
        error => words::cut(error, 500),
    }
}

fn labels(check: &Scrape, targets: &[&Target], findings: &mut Findings) {
    let broken: Vec<_> = targets
        .iter()
        .filter_map(|target| Some((target, check.labels.broken(&target.labels)?)))
        .collect();
    if let Some((target, (label, matcher, value))) = broken.first() {
        let is = match *value {
            "" => format!("no label `{label}`"),
            value => format!("`{label}` is {value:?}"),
        };
        findings.fail(
            format!(
                "label `{label}` {matcher} on every target of `{}`",
                check.scrape
            ),
            format!(
                "{is} on {} of {}, such as {}",
                broken.len(),
                words::count(targets.len(), "target"),
                target.url
            ),
        );
    }
}

fn age(up: Up, limit: &AgeLimit, targets: &[&Target], now: Timestamp, findings: &mut Findings) {
    let old = |target: &&&Target| {
        target
            .last_scrape
            .is_some_and(|at| !limit.holds(at.age_ms(now)))
    };
    let never = targets.iter().find(|target| target.last_scrape.is_none());
    let first_old = targets.iter().find(old);
    let one_is_fresh = targets
        .iter()
        .any(|target| target.last_scrape.is_some() && !old(&target));
    if up == Up::Any && one_is_fresh {
        return;
    }
    let waits_for = up == Up::Any && never.is_some();
    if let (Some(target), false) = (first_old, waits_for)
        && let Some(at) = target.last_scrape
    {
        findings.fail(
            format!("the last scrape {limit} old"),
            format!(
                "{} was last scraped {} ago ({at})",
                target.url,
                words::age(at.age_ms(now))
            ),
        );
    } else if let Some(target) = never {
        findings.unsure(
            format!("{} was not scraped yet", target.url),
            "Wait one scrape interval, or let the check poll with `within:`.",
        );
    }
}

async fn pages(
    check: &Scrape,
    ask: &Ask,
    hop: &Backend,
    targets: &[&Target],
    findings: &mut Findings,
) {
    // The page of a target that is down tells nothing that its last error does not.
    let up: Vec<&Target> = targets.iter().copied().filter(|t| is_up(t)).collect();
    if up.is_empty() {
        return;
    }
    let exposed = exposed(check, ask, hop, &up).await;
    if check.up == Up::Any && exposed.having > 0 {
        return;
    }
    let metrics: Vec<String> = check.metrics().iter().map(|m| format!("`{m}`")).collect();
    let is_sure = check.up == Up::All || exposed.unread.is_empty();
    if !exposed.lacking.is_empty() && is_sure {
        findings.fail(
            format!("{} exposed by `{}`", words::list(&metrics), check.scrape),
            words::few(&exposed.lacking, 3),
        );
    } else if !exposed.unread.is_empty() {
        findings.unsure(
            format!(
                "the page could not be read: {}",
                words::few(&exposed.unread, 2)
            ),
            exposed.help.unwrap_or_default(),
        );
    }
}

fn table(check: &Scrape, targets: &[&Target], now: Timestamp) -> Table {
    let mut title = format!("targets of {}", check.scrape);
    if targets.len() > ROWS {
        title.push_str(&format!(", the first {ROWS} of {}", targets.len()));
    }
    let row = |target: &&Target| {
        let last = target.last_scrape.map_or("never".to_owned(), |at| {
            format!("{at} ({})", words::ago(at.age_ms(now)))
        });
        vec![
            target.url.clone(),
            target.labels.value("job").to_owned(),
            target.health.clone(),
            last,
            words::cut(&target.last_error, 300),
        ]
    };
    // What is not up comes first, so that it is not what is cut.
    let mut sorted = targets.to_vec();
    sorted.sort_by_key(|target| is_up(target));
    Table {
        title,
        columns: ["target", "job", "health", "last scrape", "last error"]
            .map(str::to_owned)
            .to_vec(),
        rows: sorted.iter().take(ROWS).map(row).collect(),
    }
}
