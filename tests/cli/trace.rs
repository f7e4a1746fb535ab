//! `gapcheck trace`: one metric over a pipeline, without a check that asks for it.

use crate::support::{Gapcheck, PASS, Server, closed_port, suite};

fn of_suite(server: &Server, line: &str) -> Gapcheck {
    Gapcheck::new(line).file("s.yaml", &suite(&server.url(), &[PASS]))
}

#[test]
fn a_metric_that_is_there_is_told_with_its_ladder() {
    let server = Server::prometheus();
    let line = format!("trace up --hop prometheus={}", server.url());
    let ran = Gapcheck::new(&line).run().ends_with(0);
    assert!(ran.stdout.contains("PASS  trace/trace"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("ladder  prometheus present, "),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_metric_that_is_nowhere_is_a_failure_with_a_gap() {
    let server = Server::prometheus();
    let ran = of_suite(&server, "trace absent_metric --suite s.yaml")
        .run()
        .ends_with(1);
    assert!(ran.stdout.contains("(nothing) > prom"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("no series named `absent_metric` is at prom"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_pipeline_that_cannot_be_asked_is_no_absence() {
    let line = format!(
        "trace up --hop prometheus=http://127.0.0.1:{}",
        closed_port()
    );
    let ran = Gapcheck::new(&line).run().ends_with(3);
    assert!(
        ran.stdout.contains("refused the connection"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_was_traced_can_be_kept_as_a_check() {
    let server = Server::prometheus();
    let gapcheck = of_suite(&server, "trace up --suite s.yaml --window 1h --save");
    let before = gapcheck.read("s.yaml");
    let ran = gapcheck.run().ends_with(0);
    assert!(
        ran.stderr.contains("saved as a check in `s.yaml`"),
        "{}",
        ran.stderr
    );
    let after = gapcheck.read("s.yaml");
    assert!(after.starts_with(before.trim_end()), "{after}");
    assert!(after.contains("metric: 'up'"), "{after}");
    assert!(after.contains("window: '1h'"), "{after}");
    gapcheck.again("validate s.yaml").run().ends_with(0);
}

#[test]
fn hops_of_the_command_line_make_a_new_suite_and_replace_none() {
    let server = Server::prometheus();
    let line = format!("trace up --hop prometheus={} --save=new.yaml", server.url());
    let gapcheck = Gapcheck::new(&line);
    gapcheck.run().ends_with(0);
    let ran = gapcheck.run().ends_with(2);
    assert!(ran.stderr.contains("is there already"), "{}", ran.stderr);
    gapcheck.again("run new.yaml").run().ends_with(0);
}

#[test]
fn what_cannot_be_followed_is_refused_before_anything_is_sent() {
    for (line, says) in [
        (
            "trace up{ --hop prometheus=http://127.0.0.1:1",
            "is not a selector",
        ),
        (
            "trace up --hop prometeus=http://127.0.0.1:1",
            "did you mean `prometheus`?",
        ),
        (
            "trace up --hop prometheus=http://127.0.0.1:1 --save",
            "name a new file",
        ),
        ("trace up --suite nowhere.yaml", "nowhere.yaml"),
    ] {
        let ran = Gapcheck::new(line).run().ends_with(2);
        assert!(ran.stderr.contains(says), "{line}: {}", ran.stderr);
    }
}
