//! What the doctor found, for people: one table a cluster, and under it what is worth saying of each hop.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::diagnose::doctor::{Able, Clock, Examined, Grade, Reached};
use crate::leaves::{Ink, words};
use crate::report::tame;

const COLUMNS: [&str; 8] = [
    "hop", "kind", "state", "version", "ready", "clock", "auth", "answers",
];

/// What was found out about the hops of one cluster.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Visit {
    /// The suite.
    pub(crate) suite: String,
    /// The cluster, where the suite has any.
    pub(crate) cluster: Option<String>,
    /// The hops in the order of the data's way, then those beside it.
    pub(crate) hops: Vec<Examined>,
}

/// All tables.
pub(crate) fn text(visits: &[Visit], ink: Ink) -> String {
    let pages: Vec<String> = visits.iter().map(|visit| page(visit, ink)).collect();
    pages.join("\n")
}

fn page(visit: &Visit, ink: Ink) -> String {
    let title = match &visit.cluster {
        Some(cluster) => format!("{}[{cluster}]", visit.suite),
        None => visit.suite.clone(),
    };
    let mut out = format!("{}\n", ink.bold(&tame(&title)));
    let rows: Vec<[String; 8]> = visit.hops.iter().map(row).collect();
    let heads = COLUMNS.map(str::to_owned);
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|at| {
            let cells = rows.iter().chain([&heads]).map(|row| row[at].width());
            cells.max().unwrap_or(0)
        })
        .collect();
    let line = |row: &[String; 8], grade: Option<Grade>| {
        let mut line = String::from(" ");
        for (at, cell) in row.iter().enumerate() {
            let pad = widths[at].saturating_sub(cell.width());
            let painted = match (at, grade) {
                (2, Some(Grade::Ok)) => ink.green(cell),
                (2, Some(grade)) => painted(grade, cell, ink),
                (_, Some(_)) => cell.clone(),
                (_, None) => ink.dim(cell),
            };
            line.push_str(&format!(" {painted}{:pad$} ", ""));
        }
        format!("{}\n", line.trim_end())
    };
    out.push_str(&line(&heads, None));
    for (row, hop) in rows.iter().zip(&visit.hops) {
        out.push_str(&line(row, Some(hop.grade)));
    }
    for hop in &visit.hops {
        out.push_str(&said(hop, ink));
    }
    out
}

fn row(hop: &Examined) -> [String; 8] {
    let dash = || "-".to_owned();
    let cells = [
        hop.hop.clone(),
        hop.kind.to_owned(),
        hop.grade.words().to_owned(),
        hop.version.clone().unwrap_or_else(dash),
        match hop.ready {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => dash(),
        },
        hop.clock.map_or_else(dash, Clock::words),
        match (hop.refused, hop.sends.as_slice()) {
            (Some(status), _) => format!("refused, {status}"),
            (None, []) => "none".to_owned(),
            (None, sends) => sends.join(", "),
        },
        answers(hop),
    ];
    cells.map(|cell| tame(&cell))
}

fn answers(hop: &Examined) -> String {
    let with = |able: Able| -> Vec<&str> {
        let mut words = Vec::new();
        for answer in hop.answers.iter().filter(|answer| answer.able == able) {
            words.push(answer.word);
        }
        words
    };
    let parts = [
        (with(Able::Yes), ""),
        (with(Able::No), "not "),
        (with(Able::Unknown), "unknown "),
        (with(Able::NoAddress), "no address for "),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(words, _)| !words.is_empty())
        .map(|(words, start)| format!("{start}{}", words.join(" ")))
        .collect();
    parts.join("; ")
}

/// What is worth saying of a hop: its remarks, and the addresses where nobody answered.
fn said(hop: &Examined, ink: Ink) -> String {
    let mut said = String::new();
    for remark in &hop.remarks {
        let head = match remark.grade {
            Grade::Ok => "note",
            grade => grade.words(),
        };
        let head = painted(remark.grade, &format!("{head:<9}"), ink);
        said.push_str(&format!("    {head}  {}\n", tame(&remark.what)));
        if let Some(help) = &remark.help {
            said.push_str(&format!("    {:9}  {}\n", "", ink.dim(&tame(help))));
        }
    }
    let of = |reached: Reached| {
        let addresses = hop.addresses.iter();
        let keys = addresses.filter(move |seen| seen.reached == reached);
        keys.map(|seen| seen.key).collect::<Vec<_>>()
    };
    let (dead, alive) = (of(Reached::No), of(Reached::Yes));
    if !dead.is_empty() && !alive.is_empty() {
        let (dead, alive) = (words::list(&dead), words::list(&alive));
        said.push_str(&format!(
            "    {:9}  reached at {alive}, not at {dead}\n",
            ""
        ));
    }
    if said.is_empty() {
        return said;
    }
    format!("  {}\n{said}", ink.bold(&tame(&hop.hop)))
}

fn painted(grade: Grade, text: &str, ink: Ink) -> String {
    match grade {
        Grade::Ok => text.to_owned(),
        Grade::NotAsked => ink.yellow(text),
        Grade::Wrong => ink.red(text),
    }
}
