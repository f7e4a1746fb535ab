//! Group K, and what of H, T and D can befall a gRPC port: for `storeapi` at every kind of hop that has one, whatever comes in place of
//! an answer is an error with help.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::grpc_server::{Ending, Play, start};
use crate::scripted::{Say, Scripted, filtered, reply, resetting};
use crate::stage::{Judged, judge};
use crate::support::closed_port;

/// A server that plays this to the calls of a path; it runs until the test's process ends.
fn playing(script: impl Fn(&str) -> Play + Send + Sync + 'static) -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = start(script).await;
            tell.send(server.address.to_string()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}

/// Every kind of hop with a StoreAPI at this address, and checks that would pass on nothing beside checks that would fail on nothing.
fn every_store_with(grpc: &str, key: &str, flags: &str) -> Judged {
    let kinds = [
        "thanos-receive",
        "thanos-sidecar",
        "thanos-store",
        "thanos-query",
    ];
    let (mut hops, mut checks) = (String::new(), String::new());
    for kind in kinds {
        // The stores behind a Query cannot be asked either.
        let url = match kind {
            "thanos-query" => format!(", url: \"http://127.0.0.1:{}\"", closed_port()),
            _ => String::new(),
        };
        hops += &format!("  - {{ name: {kind}, kind: {kind}, grpc: \"{grpc}\"{url}{key} }}\n");
        for (id, more) in [
            ("some", ""),
            ("none", ", series: 0"),
            ("fresh", ", fresh: 5m"),
            ("tenant", ", tenant: a"),
            ("serves", ", serving: true, series: 0"),
        ] {
            checks += &format!("  - {{ id: {id}-{kind}, storeapi: cost, at: {kind}{more} }}\n");
        }
    }
    let suite = format!(
        "version: 1\nsuite: s\nidentity: {{ cluster: ops }}\npipeline:\n{hops}checks:\n{checks}"
    );
    judge(&suite, flags)
}

fn every_store(grpc: &str) -> Judged {
    every_store_with(grpc, "", "--timeout 500ms")
}

/// A field of a message that has a length.
fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut all = vec![tag << 3 | 2];
    let mut length = bytes.len();
    while length > 127 {
        all.push(u8::try_from(length & 127).unwrap() | 128);
        length >>= 7;
    }
    all.push(u8::try_from(length).unwrap());
    all.extend(bytes);
    all
}

/// A field of a message that is a number, two's complement where it is negative.
fn number(tag: u8, value: i64) -> Vec<u8> {
    let mut all = vec![tag << 3];
    let mut rest = value.cast_unsigned();
    while rest > 127 {
        all.push(u8::try_from(rest & 127).unwrap() | 128);
        rest >>= 7;
    }
    all.push(u8::try_from(rest).unwrap());
    all
}

/// What a store says of itself: its component, whether it has a label set, its time range in milliseconds.
fn info(component: &str, has_labels: bool, range: Option<(i64, i64)>) -> Vec<u8> {
    let label = [field(1, b"tenant_id"), field(2, b"a")].concat();
    let mut all = Vec::new();
    if has_labels {
        all.extend(field(1, &field(1, &label)));
    }
    all.extend(field(2, component.as_bytes()));
    if let Some((min, max)) = range {
        all.extend(field(3, &[number(1, min), number(2, max)].concat()));
    }
    all
}

fn ok() -> Ending {
    Ending::Status(0, String::new())
}

/// A store that serves, says this of itself, and plays this to `Series`.
fn store(info: Vec<u8>, series: Play) -> String {
    playing(move |path| match path {
        path if path.ends_with("/Check") => Play::of(&[number(1, 1)], ok()),
        path if path.ends_with("/Info") => Play::of(std::slice::from_ref(&info), ok()),
        path if path.ends_with("/Series") => series.clone(),
        _ => Play::status(12, "unknown method"),
    })
}

const FROM: i64 = 1_700_000_000_000;

fn receive(series: Play) -> String {
    store(info("receive", true, Some((FROM, i64::MAX))), series)
}

/// A frame with one series.
fn frame() -> Vec<u8> {
    let label = |name: &str, value: &str| {
        field(
            1,
            &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat(),
        )
    };
    let labels = [
        label("__name__", "cost"),
        label("cluster", "ops"),
        label("tenant_id", "a"),
    ];
    field(1, &labels.concat())
}

#[test]
fn k01_a_code_is_told_in_words_whatever_the_kind() {
    for (code, word) in [
        (14, "UNAVAILABLE"),
        (4, "DEADLINE_EXCEEDED"),
        (7, "PERMISSION_DENIED"),
        (16, "UNAUTHENTICATED"),
        (10, "ABORTED"),
        (8, "RESOURCE_EXHAUSTED"),
        (12, "UNIMPLEMENTED"),
        (13, "INTERNAL"),
        (77, ""),
    ] {
        every_store(&playing(move |_| Play::status(code, "so it is")))
            .errs()
            .saying(word);
    }
    // The store is well, and the call is not.
    for code in [14, 4, 7, 10, 12] {
        let told = every_store(&receive(Play::status(code, "so it is")));
        told.errs();
    }
}

#[test]
fn k01_a_store_too_old_to_say_what_it_is_proves_no_absence() {
    // Before Thanos 0.24 there was no Info service, and some servers have no health service.
    let old = playing(|path| match path {
        path if path.ends_with("/Series") => Play::of(&[], ok()),
        _ => Play::status(12, "unknown service"),
    });
    every_store(&old).errs();
}

#[test]
fn k02_a_stream_that_dies_is_no_answer_and_a_warning_makes_it_half() {
    for ending in [Ending::Broken, Ending::Silent, Ending::Never] {
        let frames = vec![frame(); 3];
        every_store(&receive(Play::of(&frames, ending.clone()))).errs();
        every_store(&receive(Play::of(&[], ending))).errs();
    }
    let warning = field(2, b"a store is gone");
    every_store(&receive(Play::of(&[warning], ok()))).errs();
}

#[test]
fn k03_messages_that_are_none_or_too_large_are_no_answers() {
    let large = Play::of(&[vec![0; 17 << 20]], ok());
    every_store_with(&receive(large), "", "--timeout 10s").errs();
    for message in [(1, vec![31, 139, 8]), (0, vec![255; 40]), (9, vec![1])] {
        let play = Play {
            messages: vec![message],
            ending: ok(),
        };
        let all = play.clone();
        every_store(&receive(play)).errs();
        every_store(&playing(move |_| all.clone())).errs();
    }
}

#[test]
fn k03_a_port_of_another_protocol_is_named() {
    let http = Scripted::that(Say::Close(reply("400 Bad Request", "no")));
    every_store(&http.address.to_string()).errs();
    let json = Scripted::json("{}");
    every_store(&json.address.to_string()).errs();
    let alert = Scripted::unasked(Say::Close(vec![21, 3, 1, 0, 2, 2, 70]));
    every_store(&alert.address.to_string()).errs().saying("TLS");
    // TLS is spoken to a port in plain text.
    let plain = receive(Play::of(&[], ok()));
    every_store(&format!("https://{plain}")).errs();
    every_store(&format!("https://{}", http.address)).errs();
}

#[test]
fn k04_no_stores_times_that_are_not_covered_and_another_component_never_pass() {
    let empty = || Play::of(&[], ok());
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    for info in [
        // A store whose data ended two hours ago.
        info("store", true, Some((FROM, now - 7_200_000))),
        // One that serves no StoreAPI.
        info("rule", true, None),
        info("", true, None),
        // A ruler is none of the kinds that the suite says.
        info("rule", true, Some((FROM, i64::MAX))),
    ] {
        every_store(&store(info, empty())).errs();
    }
    // A Query, as such: it knows no store, and the stores behind it cannot be asked.
    for has_labels in [true, false] {
        let info = info("query", has_labels, Some((FROM, i64::MAX)));
        every_store(&store(info, empty())).errs();
    }
    // Of a well store only what it lacks is a failure, and only where it is what the suite says.
    let judged = every_store(&receive(empty()));
    for check in &judged.checks {
        let id = check["check_id"].as_str().unwrap();
        let wanted = match id {
            "some-thanos-receive" | "fresh-thanos-receive" | "tenant-thanos-receive" => "fail",
            "none-thanos-receive" | "serves-thanos-receive" => "pass",
            _ => "error",
        };
        assert_eq!(check["verdict"], wanted, "{id}: {check}");
    }
}

#[test]
fn k04_a_store_that_is_not_ready_proves_nothing() {
    let info = info("receive", true, Some((FROM, i64::MAX)));
    let starting = playing(move |path| match path {
        path if path.ends_with("/Check") => Play::of(&[number(1, 2)], ok()),
        path if path.ends_with("/Info") => Play::of(std::slice::from_ref(&info), ok()),
        _ => Play::of(&[], ok()),
    });
    let judged = every_store(&starting);
    for check in &judged.checks {
        // That it serves is what that check is about; what it holds is not known.
        let is_asked = check["check_id"] == "serves-thanos-receive";
        let wanted = if is_asked { "fail" } else { "error" };
        assert_eq!(check["verdict"], wanted, "{check}");
    }
}

#[test]
fn h01_h02_d01_nobody_there_resets_and_names_that_do_not_resolve() {
    every_store(&format!("127.0.0.1:{}", closed_port()))
        .errs()
        .saying("refused");
    every_store_with("no-such-host.invalid:10901", "", "--timeout 2s").errs();
    every_store(&resetting(Vec::new()).replace("http://", "")).errs();
    every_store(
        &Scripted::unasked(Say::Close(Vec::new()))
            .address
            .to_string(),
    )
    .errs();
}

#[test]
fn h03_t03_t06_t07_silence_ends_in_time() {
    let soon = Duration::from_secs(8);
    let silent = Scripted::unasked(Say::Stall(Vec::new()));
    every_store(&silent.address.to_string()).errs().within(soon);
    every_store(&format!("https://{}", silent.address))
        .errs()
        .within(soon);
    let (address, _waiting, _listener) = filtered();
    every_store(&address.to_string()).errs().within(soon);
    let never = playing(|_| Play::of(&[], Ending::Never));
    every_store(&never).errs().within(soon);
    let shouting = Scripted::unasked(Say::Flood(Vec::new(), b"\x1b[2J\x07".repeat(4_096)));
    let judged = every_store(&shouting.address.to_string())
        .errs()
        .within(soon);
    assert!(!judged.text.contains('\x1b'), "{}", judged.text);
}

#[test]
fn t04_files_that_are_not_there_are_named() {
    let key = ", tls: { ca: no-such.pem }";
    let server = Scripted::unasked(Say::Stall(Vec::new()));
    every_store_with(&format!("https://{}", server.address), key, "")
        .errs()
        .saying("no-such.pem");
}
