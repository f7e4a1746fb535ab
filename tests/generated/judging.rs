//! One generated pipeline is judged and diagnosed, and held against what was planted.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use gapcheck::ask::{Door, DoorOptions};
use gapcheck::check::Check;
use gapcheck::diagnose::diagnose;
use gapcheck::lab::ThanosVersion;
use gapcheck::lab::incident::COST_METRIC;
use gapcheck::leaves::{Certainty, Diagnosis, Judged, Redactor, RungState, Timestamp, Verdict};
use tokio::time::Instant;

use crate::fault::{Planted, is_told_otherwise, is_true};
use crate::network::Clock;
use crate::pipeline::Pipeline;
use crate::truth::{Holds, holds};

/// How long a diagnosis may take by the model's clock, in which answers take milliseconds: the pause between two readings of a counter,
/// and two seconds. A hop that gives no answer takes its timeouts besides.
const LONGEST: Duration = Duration::from_secs(17);

/// What came of one pipeline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The check is one that gapcheck would not run.
    Unfit,
    /// Nothing was diagnosed.
    Quiet,
    /// There was a diagnosis.
    Diagnosed,
}

/// Makes the pipeline of a seed, with faults of these names or of its own choice, judges it, and says what is wrong with what came out.
pub(crate) fn judged(seed: u64, faults: Option<&[&str]>) -> Result<Outcome, String> {
    let started = Timestamp::now().0;
    let pipeline = Pipeline::of(seed, faults, started);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let world = Arc::new(pipeline.world());
        let check = Check::read("metric", pipeline.check.clone()).expect("a check");
        if !check.review(&world).is_empty() {
            return Ok(Outcome::Unfit);
        }
        let began = Instant::now();
        let clock: Clock = Arc::new(move || {
            let passed = i64::try_from(began.elapsed().as_millis()).expect("seconds");
            started + passed
        });
        let options = DoorOptions {
            backends: world.pipeline.clone(),
            parallel: None,
            batching: true,
            deadline: Some(Duration::from_secs(600)),
            record: false,
            vantage: "test".to_owned(),
            redactor: Redactor::default(),
        };
        let network = pipeline.network.clone().functions(clock.clone());
        let door = Door::in_process(options, Arc::new(network));
        let ask = door.ask("generated/metric", &world, Duration::from_secs(10));
        let judged = check.judge(&ask).await;
        let asked = Instant::now();
        let diagnosis = diagnose(&check, &ask, &judged).await;
        let took = asked.elapsed();
        let mut wrongs = of_verdict(&pipeline, &judged, clock());
        let looks = if looks_behind(diagnosis.as_ref()) {
            2
        } else {
            1
        };
        if pipeline.network.unreachable.is_empty() && took > LONGEST * looks {
            wrongs.push(format!(
                "the diagnosis took {took:?}: one pause between two readings comes after another"
            ));
        }
        if let Some(diagnosis) = &diagnosis {
            wrongs.extend(of_diagnosis(&pipeline, diagnosis, clock()));
        }
        match (wrongs.is_empty(), diagnosis.is_some()) {
            (false, _) => Err(story(seed, &pipeline, &wrongs, &judged, diagnosis.as_ref())),
            (true, true) => Ok(Outcome::Diagnosed),
            (true, false) => Ok(Outcome::Quiet),
        }
    })
}

/// Whether a second fault was looked for behind a proven one, which is a diagnosis of its own.
fn looks_behind(diagnosis: Option<&Diagnosis>) -> bool {
    diagnosis.is_some_and(|of| {
        let mut findings = of.findings.iter();
        let goes_on = of.ladder.last().is_some_and(|last| last.hop != of.gap.to);
        goes_on && findings.any(|one| one.certainty == Certainty::Proven)
    })
}

/// What the verdict may not be.
fn of_verdict(of: &Pipeline, judged: &Judged, now_ms: i64) -> Vec<String> {
    let mut wrongs = Vec::new();
    if of.planted.is_empty() && matches!(judged.verdict, Verdict::Fail { .. }) {
        wrongs.push("nothing is planted, and the check fails".to_owned());
    }
    let nothing_hidden = of.network.unreachable.is_empty() && of.network.refusals.is_empty();
    if of.planted.is_empty()
        && nothing_hidden
        && of.network.knows_names
        && of.network.forwards
        && tells_all(of)
        && matches!(judged.verdict, Verdict::Error { .. })
    {
        wrongs.push("nothing is planted nor hidden, and the check errs".to_owned());
    }
    for rung in &judged.ladder {
        wrongs.extend(of_rung(of, &rung.hop, rung.state, now_ms));
    }
    wrongs
}

/// Whether the heads of Receive list all names: before 0.32 they list ten.
fn tells_all(of: &Pipeline) -> bool {
    of.network.model.receive.version != ThanosVersion::V0_31
}

/// What a hop may not be said to show.
fn of_rung(of: &Pipeline, hop: &str, state: RungState, now_ms: i64) -> Option<String> {
    let form = of.hops.iter().find(|form| form["name"] == hop)?;
    let (any, under) = (
        holds(of, form, now_ms, false),
        holds(of, form, now_ms, true),
    );
    if state == RungState::Absent && any == Holds::Everywhere && under == Holds::Everywhere {
        return Some(format!("{hop} has it, and is said to lack it"));
    }
    // A head counts names only, whoever sends them.
    let tells = hop != "receive" && of.identity.is_some();
    (state == RungState::Present && any == Holds::Nowhere && tells)
        .then(|| format!("{hop} lacks it, and is said to have it"))
}

/// What a diagnosis may not say.
fn of_diagnosis(of: &Pipeline, diagnosis: &Diagnosis, now_ms: i64) -> Vec<String> {
    let mut wrongs = Vec::new();
    let gap = &diagnosis.gap;
    wrongs.extend(of_rung(of, &gap.to, diagnosis.shows, now_ms));
    for rung in &diagnosis.ladder {
        wrongs.extend(of_rung(of, &rung.hop, rung.state, now_ms));
    }
    for finding in &diagnosis.findings {
        let is_true = is_true(&finding.cause, &of.planted);
        if finding.certainty == Certainty::Proven && !is_true {
            wrongs.push(format!("`{}` is proven: {}", finding.cause, finding.says));
        }
        if finding.certainty == Certainty::Likely && of.planted.is_empty() {
            wrongs.push(format!("`{}` is likely: {}", finding.cause, finding.says));
        }
    }
    // Of two faults one may excuse the other, or bring back what the other loses; and what alone would lose nothing here is no cause.
    let concerns = of.cluster == "ops" && of.metric == COST_METRIC;
    let loses = |some: &Pipeline| {
        let mut hops = some.asked().iter();
        hops.any(|hop| holds(some, hop, now_ms, true) != Holds::Everywhere)
    };
    let concerns = concerns && loses(of);
    let proven: Vec<&str> = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.certainty == Certainty::Proven)
        .map(|finding| finding.cause.as_str())
        .collect();
    let ruled_out = |cause: &str| {
        let finding = diagnosis.findings.iter().find(|one| one.cause == cause)?;
        (finding.certainty == Certainty::RuledOut).then_some(&finding.says)
    };
    let losing: Vec<_> = of
        .planted
        .iter()
        .filter(|fault| concerns && loses(&of.with_only(fault.name)))
        .filter_map(|fault| Some((fault, fault.cause?)))
        .collect();
    let is_acquitted = |(fault, cause): &(&Planted, &str)| {
        ruled_out(cause).is_some() && !is_told_otherwise(fault, &proven)
    };
    if losing.iter().all(is_acquitted) {
        wrongs.extend(losing.iter().map(|(_, cause)| {
            let says = ruled_out(cause).map_or("", String::as_str);
            format!("`{cause}` is planted and ruled out: {says}")
        }));
    }
    wrongs
}

/// All that is needed to understand what went wrong.
fn story(
    seed: u64,
    of: &Pipeline,
    wrongs: &[String],
    judged: &Judged,
    diagnosis: Option<&Diagnosis>,
) -> String {
    let mut text = format!("seed {seed}:\n");
    for wrong in wrongs {
        let _ = writeln!(text, "  ! {wrong}");
    }
    let planted: Vec<&str> = of.planted.iter().map(|fault| fault.name).collect();
    let _ = writeln!(text, "  planted {planted:?}, cluster {}", of.cluster);
    let (receive, query) = (
        of.network.model.receive.version,
        of.network.model.query.version,
    );
    let _ = writeln!(
        text,
        "  receive {receive:?}, query {query:?}, check {}",
        of.check
    );
    let _ = writeln!(
        text,
        "  identity {:?}, own label {}",
        of.identity, of.own_label
    );
    for hop in &of.hops {
        let _ = writeln!(text, "  hop {hop}");
    }
    for (station, how) in &of.network.unreachable {
        let _ = writeln!(text, "  unreachable {station}: {how:?}");
    }
    for refusal in &of.network.refusals {
        let _ = writeln!(
            text,
            "  {} at {}{}",
            refusal.status, refusal.at, refusal.path
        );
    }
    let (names, search) = (of.network.knows_names, of.network.search.len());
    if !of.network.forwards {
        let _ = writeln!(text, "  nothing forwards the ports of this machine");
    }
    let _ = writeln!(text, "  names resolve: {names}, search list of {search}");
    let _ = writeln!(text, "  verdict {:?}", judged.verdict);
    let Some(diagnosis) = diagnosis else {
        return text;
    };
    let _ = writeln!(
        text,
        "  gap {:?}, shows {:?}",
        diagnosis.gap, diagnosis.shows
    );
    for rung in &diagnosis.ladder {
        let _ = writeln!(text, "    {} {:?} {:?}", rung.hop, rung.state, rung.why);
    }
    for finding in &diagnosis.findings {
        let (word, cause) = (finding.certainty.word(), &finding.cause);
        let _ = writeln!(text, "    {word} {cause}: {}", finding.says);
    }
    text
}
