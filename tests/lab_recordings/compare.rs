//! An answer of the lab beside a recorded one: where they part.

use std::collections::{BTreeMap, BTreeSet};

use gapcheck::lab::Response;
use serde_json::Value;

/// Headers that say something about the answer; length and date are the server's.
const HEADERS: [&str; 5] = [
    "Content-Type",
    "Allow",
    "Vary",
    "Cache-Control",
    "X-Content-Type-Options",
];

pub(crate) fn differences(
    name: &str,
    open: &[&str],
    ours: &Response,
    recorded: &Value,
) -> Vec<String> {
    let mut found = Vec::new();
    if u64::from(ours.status) != recorded["status"].as_u64().unwrap_or(0) {
        found.push(format!(
            "status {} instead of {}",
            ours.status, recorded["status"]
        ));
    }
    for header in HEADERS {
        let theirs = recorded["headers"][header].as_str();
        if ours.header(header) != theirs {
            found.push(format!(
                "{header}: {:?} instead of {theirs:?}",
                ours.header(header)
            ));
        }
    }
    let theirs = recorded["body"].as_str().unwrap_or("");
    let is_json = recorded["headers"]["Content-Type"] == "application/json";
    if is_json {
        let (ours_text, theirs_text) = (ours.body.clone(), theirs);
        let ours = serde_json::from_str(&ours.body).unwrap_or(Value::Null);
        let theirs = serde_json::from_str(theirs).expect("a JSON body");
        compare(open, "", &ours, &theirs, &mut found);
        let ends = |body: &str| body.ends_with('\n');
        if ends(&ours_text) != ends(theirs_text) {
            found.push("one of the bodies ends with a line feed".to_owned());
        }
    } else if name.starts_with("metrics") {
        if name == "metrics" {
            compare_pages(&ours.body, theirs, &mut found);
        } else {
            compare_queues(&ours.body, theirs, &mut found);
        }
    } else if ours.body != theirs {
        found.push(format!("body {:?} instead of {theirs:?}", ours.body));
    }
    found
}

/// Values that depend on the machine, on the second, or on an order that the server leaves open.
const OF_THE_MOMENT: [&str; 10] = [
    "CWD",
    "GOMEMLIMIT",
    "goroutineCount",
    "hostname",
    "lastCheck",
    "lastConfigTime",
    "lastScrape",
    "lastScrapeDuration",
    "serverTime",
    "startTime",
];

/// Flags that say where the recorded server stood.
const OF_THE_PLACE: [&str; 5] = [
    "config.file",
    "grpc-address",
    "http-address",
    "storage.tsdb.path",
    "web.listen-address",
];

fn compare(open: &[&str], place: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    let key = place.rsplit('/').next().unwrap_or("");
    if kind(ours) != kind(theirs) {
        found.push(format!("{place} is {ours} instead of {theirs}"));
        return;
    }
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let mine: BTreeSet<&String> = ours.keys().collect();
            let yours: BTreeSet<&String> = theirs.keys().collect();
            for key in mine.symmetric_difference(&yours) {
                let who = if mine.contains(key) {
                    "only the lab"
                } else {
                    "the lab lacks"
                };
                found.push(format!("{place}: {who} `{key}`"));
            }
            for key in mine.intersection(&yours) {
                compare(
                    open,
                    &format!("{place}/{key}"),
                    &ours[*key],
                    &theirs[*key],
                    found,
                );
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => match key {
            "result" if theirs.first().is_some_and(Value::is_number) => {
                compare_samples(place, ours, theirs, found);
            }
            "value" | "values" => compare_samples(place, ours, theirs, found),
            _ if key.ends_with("ByLabelName")
                || key.ends_with("ByMetricName")
                || key.ends_with("ByLabelValuePair") =>
            {
                compare_counts(place, ours, theirs, found);
            }
            _ => {
                if ours.len() != theirs.len() {
                    found.push(format!(
                        "{place} has {} items instead of {}",
                        ours.len(),
                        theirs.len()
                    ));
                    return;
                }
                let (mut ours, mut theirs) = (ours.clone(), theirs.clone());
                ours.sort_by_key(identity);
                theirs.sort_by_key(identity);
                for (n, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                    compare(open, &format!("{place}/{n}"), ours, theirs, found);
                }
            }
        },
        _ if open.contains(&key) => {}
        (Value::String(ours), Value::String(theirs))
            if open.contains(&"minTime") && key == "error" =>
        {
            if without_min_time(ours) != without_min_time(theirs) {
                found.push(format!("{place} is {ours} instead of {theirs}"));
            }
        }
        // Two targets of one cluster were scraped a millisecond apart.
        (Value::Number(ours), Value::Number(theirs))
            if key == "maxTime" && apart(ours.as_i64(), theirs.as_i64()) <= 1 => {}
        _ if OF_THE_MOMENT.contains(&key) || OF_THE_PLACE.contains(&key) => {
            if key != "hostname" && shape(ours) != shape(theirs) && key.starts_with("last") {
                found.push(format!("{place} looks like {ours} instead of {theirs}"));
            }
        }
        _ => {
            if ours != theirs {
                found.push(format!("{place} is {ours} instead of {theirs}"));
            }
        }
    }
}

/// A text without the moments after `MinTime:`.
fn without_min_time(text: &str) -> String {
    let mut parts = text.split("MinTime: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + "MinTime: " + part.trim_start_matches(|one: char| one.is_ascii_digit())
    })
}

fn apart(ours: Option<i64>, theirs: Option<i64>) -> u64 {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => ours.abs_diff(theirs),
        _ => u64::MAX,
    }
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// A text with every digit as `9`, and no longer run of them than one.
fn shape(value: &Value) -> String {
    let mut shape = String::new();
    for one in value.to_string().chars() {
        let one = if one.is_ascii_digit() { '9' } else { one };
        if one != '9' || !shape.ends_with('9') {
            shape.push(one);
        }
    }
    shape
}

/// What an item of a list is known by; items are compared in this order, since servers leave theirs open.
fn identity(item: &Value) -> String {
    for key in ["metric", "tenant", "name", "scrapePool"] {
        if let Some(value) = item.get(key) {
            return sorted(value);
        }
    }
    sorted(item)
}

fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<&String, String> = map.iter().map(|(k, v)| (k, sorted(v))).collect();
            format!("{map:?}")
        }
        other => other.to_string(),
    }
}

/// One sample (time, value) or a list of them: times of evaluation are of the moment, times of samples are not.
fn compare_samples(place: &str, ours: &[Value], theirs: &[Value], found: &mut Vec<String>) {
    let samples = |list: &[Value]| -> Vec<Value> {
        match list {
            [time, value] if !time.is_array() => {
                vec![Value::Array(vec![time.clone(), value.clone()])]
            }
            list => list.to_vec(),
        }
    };
    let single = !theirs.first().is_some_and(Value::is_array);
    let (ours, theirs) = (samples(ours), samples(theirs));
    if ours.len() != theirs.len() {
        found.push(format!(
            "{place} has {} samples instead of {}",
            ours.len(),
            theirs.len()
        ));
        return;
    }
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let times_agree = single || ours[0].as_f64() == theirs[0].as_f64();
        if !times_agree || kind(&ours[0]) != kind(&theirs[0]) || ours[1] != theirs[1] {
            found.push(format!("{place} has {ours} instead of {theirs}"));
        }
    }
}

/// Counts: names with values where the list is whole; only the values where it was cut among equals. How many bytes
/// a label takes is the business of the real memory.
fn compare_counts(place: &str, ours: &[Value], theirs: &[Value], found: &mut Vec<String>) {
    let part = |list: &[Value], key: &str| -> Vec<String> {
        let mut all: Vec<String> = list.iter().map(|row| row[key].to_string()).collect();
        all.sort();
        all
    };
    let bytes = place.ends_with("memoryInBytesByLabelName");
    let names_agree = part(ours, "name") == part(theirs, "name") || (theirs.len() >= 10 && !bytes);
    let values_agree = bytes || part(ours, "value") == part(theirs, "value");
    if !names_agree || !values_agree || ours.len() != theirs.len() {
        found.push(format!("{place} is {ours:?} instead of {theirs:?}"));
    }
}

/// Every family and every set of label names on the lab's page stands on the real one, with the same type.
fn compare_pages(ours: &str, theirs: &str, found: &mut Vec<String>) {
    let (mine, yours) = (outline(ours), outline(theirs));
    if mine.is_empty() {
        found.push("the page is empty".to_owned());
    }
    for line in mine.difference(&yours) {
        found.push(format!("the real page has no `{line}`"));
    }
}

/// Of a page of which only some lines were kept: each series of the queue that tells how it fares is on both, or on none.
fn compare_queues(ours: &str, theirs: &str, found: &mut Vec<String>) {
    let of_queue = |page: &str| -> BTreeSet<String> {
        let parts = [
            "samples_",
            "queue_highest_",
            "bytes_total",
            "enqueue_",
            "highest_timestamp",
        ];
        let tells = |line: &String| {
            let name = line.strip_prefix("prometheus_remote_storage_");
            name.is_some_and(|name| parts.iter().any(|part| name.starts_with(part)))
        };
        outline(page).into_iter().filter(tells).collect()
    };
    let (mine, yours) = (of_queue(ours), of_queue(theirs));
    if mine.is_empty() {
        found.push("the page tells nothing of a queue".to_owned());
    }
    for line in mine.symmetric_difference(&yours) {
        found.push(format!("`{line}` is on one page only"));
    }
}

fn outline(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter(|line| !line.starts_with("# HELP") && !line.is_empty())
        .map(|line| {
            let Some((name, rest)) = line.split_once('{').filter(|_| !line.starts_with('#')) else {
                let words = if line.starts_with('#') { 4 } else { 1 };
                return line.split(' ').take(words).collect::<Vec<_>>().join(" ");
            };
            let labels: BTreeSet<&str> = rest
                .split("\",")
                .filter_map(|pair| pair.split_once("=\""))
                .map(|(label, _)| label)
                .collect();
            format!("{name}{labels:?}")
        })
        .collect()
}
