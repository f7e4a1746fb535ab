//! JUnit: held to our schema, and to Jenkins' own where `GAPCHECK_JENKINS_XSD` says where that is.

use std::io::Write as _;
use std::process::{Command, Stdio};

use gapcheck::leaves::Verdict;
use gapcheck::report::{ExitSummary, Record};

use crate::payloads::{payloads, placed};
use crate::sample::{STARTED, plain, record, run, single};
use crate::{assert_snapshot, written};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/junit.xsd");

fn xmllint(arguments: &[&str], xml: &str) -> Result<String, String> {
    let mut child = Command::new("xmllint")
        .args(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xmllint is needed: install libxml2-utils");
    let mut stdin = child.stdin.take().unwrap();
    let xml = xml.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(xml.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Holds a report to the schemas.
fn assert_valid(xml: &str) {
    let mut schemas = vec![SCHEMA.to_owned()];
    schemas.extend(std::env::var("GAPCHECK_JENKINS_XSD"));
    for schema in schemas {
        if let Err(why) = xmllint(&["--noout", "--schema", &schema], xml) {
            let end = xml
                .char_indices()
                .nth(4_000)
                .map_or(xml.len(), |(at, _)| at);
            panic!("{schema}: {why}\n{}", &xml[..end]);
        }
    }
}

fn count(xml: &str, path: &str) -> usize {
    xmllint(&["--xpath", &format!("count({path})")], xml)
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn the_sample_reads_as_it_should() {
    let xml = written(&plain(), "junit");
    assert_valid(&xml);
    assert_snapshot!("report.xml", xml.replace("><", ">\n<"));
}

#[test]
fn states_become_the_elements_that_readers_know() {
    let xml = written(&plain(), "junit");
    for (path, expected) in [
        ("//testcase", 12),
        ("//failure", 4),
        // One check could not be asked, one is blocked by a check that does not gate.
        ("//error", 2),
        // Blocked, skip and known-gap.
        ("//skipped[@message]", 3),
        (
            "//testcase[not(failure) and not(error) and not(skipped)]",
            3,
        ),
        ("//testsuite[@name='finops-cost[ops]']", 1),
        ("//testcase[@classname='finops-cost[blue]']", 5),
        (
            "//testcase[contains(system-out, 'flaky: passed at attempt 2 after 41s')]",
            1,
        ),
        ("//failure[starts-with(., ' suites/finops.yaml:')]", 4),
        (
            "//failure[contains(., 'gap-id') and contains(., 'severity critical')]",
            3,
        ),
    ] {
        assert_eq!(count(&xml, path), expected, "{path}\n{xml}");
    }
    for attribute in ["tests", "failures", "errors"] {
        let element = match attribute {
            "tests" => "testcase",
            "failures" => "failure",
            _ => "error",
        };
        let sum = xmllint(
            &["--xpath", &format!("sum(//testsuite/@{attribute})")],
            &xml,
        )
        .unwrap();
        assert_eq!(sum, count(&xml, &format!("//{element}")).to_string());
    }
}

#[test]
fn messages_are_the_consoles() {
    let record = plain();
    let (xml, console) = (written(&record, "junit"), written(&record, "text"));
    for check in &record.checks {
        if check.verdict.word() == "fail" {
            assert!(console.contains(&check.message), "{}", check.message);
            let attribute = check.message.replace('\'', "&apos;");
            assert!(
                xml.contains(&format!("message=\"{attribute}\"")),
                "{attribute}"
            );
        }
    }
}

#[test]
fn i04_every_payload_gives_xml_that_holds_to_the_schema() {
    for payload in payloads() {
        for say in placed(&payload) {
            assert_valid(&written(&record(&*say), "junit"));
        }
    }
}

#[test]
fn names_are_unique_even_where_titles_are_not() {
    let mut record = plain();
    for check in &mut record.checks {
        check.title = "the same".into();
        check.check_id = "same".into();
    }
    let xml = written(&record, "junit");
    assert_valid(&xml);
    let names = |suite: &str| {
        let path = format!("//testcase[@classname='{suite}']/@name");
        let mut names: Vec<String> = xmllint(&["--xpath", &path], &xml)
            .unwrap()
            .lines()
            .map(|line| line.trim().to_owned())
            .collect();
        let all = names.len();
        names.sort();
        names.dedup();
        (all, names.len())
    };
    for suite in ["finops-cost[ops]", "finops-cost[blue]"] {
        let (all, unique) = names(suite);
        assert!(all > 1 && all == unique, "{suite}: {unique} of {all}");
    }
}

#[test]
fn g05_a_report_is_red_whenever_the_run_was_not_green() {
    let unfinished = Record::unfinished(STARTED, "runner h", &ExitSummary::new(130, "interrupted"));
    let mut nothing = Record::of(
        &run(&str::to_owned),
        &ExitSummary::new(4, "nothing was selected"),
    );
    nothing.checks.clear();
    let mut stopped = single(Verdict::Pass);
    (stopped.finished, stopped.ended_by) = (false, Some("SIGTERM".into()));
    let skipped = single(Verdict::Skip {
        because: "not here".into(),
    });
    for record in [unfinished, nothing, stopped, skipped] {
        let xml = written(&record, "junit");
        assert_valid(&xml);
        assert_eq!(count(&xml, "//error"), 1, "{xml}");
    }
    let green = written(&single(Verdict::Pass), "junit");
    assert_eq!(count(&green, "//error"), 0, "{green}");
}
