//! Group Y of the fault catalogue: what a suite's file may be, and what must come of it. Each test is named by its row.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use gapcheck::plan::{Plan, PlanError, Selection, plan};
use gapcheck::suite::{LoadOptions, Loaded, Secrets, load, render};
use tempfile::TempDir;

const PROM: &str = "pipeline: [{ name: prom, kind: prometheus, url: \"http://127.0.0.1:9090\" }]\n";

/// A directory with files, to be loaded.
struct Case {
    directory: TempDir,
    variables: BTreeMap<String, String>,
    options: LoadOptions,
}

impl Case {
    fn of(files: &[(&str, &[u8])]) -> Self {
        let case = Self {
            directory: TempDir::new().unwrap(),
            variables: BTreeMap::new(),
            options: LoadOptions::default(),
        };
        for (name, bytes) in files {
            let path = case.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        case
    }

    fn suite(text: &str) -> Self {
        Self::of(&[("suite.yaml", text.as_bytes())])
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        let variables = self.variables.clone();
        self.options.env = Box::new(move |name| variables.get(name).cloned());
        self
    }

    fn var(mut self, name: &str, value: &str) -> Self {
        self.options.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn load(&self) -> Loaded {
        self.load_paths(&["suite.yaml"])
    }

    fn load_paths(&self, names: &[&str]) -> Loaded {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        load(&paths, &self.options)
    }

    fn plan(&self) -> Plan {
        let loaded = self.load();
        assert!(
            !loaded.is_bad(),
            "{}",
            render(&loaded.mistakes, &loaded.sources, false)
        );
        plan(&loaded.suites, &Selection::default()).unwrap()
    }

    /// The mistakes as `file:line:column: message`, without the directory.
    fn told(&self) -> Vec<String> {
        self.told_of(&self.load())
    }

    fn told_of(&self, loaded: &Loaded) -> Vec<String> {
        // What is told must be told whatever it is: rendering never fails.
        let _ = render(&loaded.mistakes, &loaded.sources, true);
        let here = format!("{}/", self.directory.path().display());
        loaded
            .mistakes
            .iter()
            .map(|mistake| format!("{}: {}", mistake.origin, mistake.message).replace(&here, ""))
            .collect()
    }
}

fn soon<T>(work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "it took {:?}",
        started.elapsed()
    );
    done
}

fn bomb(levels: usize, width: usize) -> String {
    let mut text = "suite: bomb\nvars:\n  a0: &a0 [x]\n".to_owned();
    for level in 1..=levels {
        let aliases = vec![format!("*a{}", level - 1); width].join(", ");
        let _ = writeln!(text, "  a{level}: &a{level} [{aliases}]");
    }
    text + PROM + "checks: [{ metric: up }]\n"
}

#[test]
fn y01_alias_bombs_are_stopped_and_the_line_is_named() {
    for (levels, width) in [(9, 10), (5, 9), (9, 9)] {
        let told = soon(|| Case::suite(&bomb(levels, width)).told());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("the limit of their expansion"), "{told:?}");
        assert!(
            told[0].starts_with("suite.yaml:") && !told[0].starts_with("suite.yaml:1:"),
            "{told:?}"
        );
    }
    assert!(Case::suite(&bomb(2, 5)).told().is_empty());
}

#[test]
fn y02_deep_nesting_is_refused_on_small_stacks_too() {
    let brackets = format!("suite: {}", "[".repeat(100_000));
    let dashes = format!("suite:\n  {}x", "- ".repeat(20_000));
    let mut maps = String::new();
    for depth in 0..10_000 {
        let _ = writeln!(maps, "{}a:", " ".repeat(depth));
    }
    let maps = &maps[..1_000_000];
    for text in [&brackets, &dashes, maps] {
        let text = text.to_owned();
        let told = soon(|| {
            let worker = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
            worker
                .spawn(move || Case::suite(&text).told())
                .unwrap()
                .join()
                .unwrap()
        });
        assert!(
            told.iter()
                .any(|told| told.ends_with("nested deeper than 32 levels")),
            "{told:?}"
        );
        assert_eq!(told.len(), 1, "{told:?}");
    }
}

#[test]
fn y03_equal_keys_and_equal_ids_are_told_with_both_places() {
    let text = format!(
        "suite: s\n{PROM}checks:\n- metric: up\n  timeout: 5s\n  timeout: 6s\n- {{ id: a, metric: x }}\n- {{ id: a, metric: y }}\n"
    );
    assert_eq!(
        Case::suite(&text)
            .told()
            .iter()
            .map(|told| told.split(": ").skip(1).collect::<String>())
            .collect::<Vec<_>>(),
        [
            "the key `timeout` stands twice, first at 5:3",
            &format!(
                "two checks have the id `a`, the first at {}",
                "suite.yaml:7:12"
            ),
        ]
    );
}

#[test]
fn y04_a_misspelt_key_is_told_with_the_one_that_was_meant() {
    let text = format!("suite: s\n{PROM}chekcs: [{{ metric: up }}]\n");
    assert_eq!(
        Case::suite(&text).told(),
        ["suite.yaml:3:1: unknown key `chekcs`; did you mean `checks`?"]
    );
}

#[test]
fn y05_wrong_types_and_ranges_are_told_with_the_form_that_is_wanted() {
    for (written, said) in [
        (
            "timeout: soon",
            "`soon` is not a duration such as `30s`, `5m` or `1h30m`",
        ),
        (
            "timeout: -5s",
            "`-5s` is not a duration such as `30s`, `5m` or `1h30m`",
        ),
        (
            "timeout: 1:30",
            "`1:30` is not a duration such as `30s`, `5m` or `1h30m`",
        ),
        (
            "value: 010",
            "`010` is an octal number to other YAML readers: write 10, or \"010\" for text",
        ),
        ("value: 1e309", "`1e309` is too large for a number"),
        ("value: .nan", "`NaN` can never be compared"),
    ] {
        let text = format!("suite: s\n{PROM}checks:\n- metric: up\n  {written}\n");
        let told = Case::suite(&text).told();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with(&format!(
                "suite.yaml:5:{}: {said}",
                written.find(": ").unwrap() + 5
            )),
            "{told:?}"
        );
    }
}

#[test]
fn y06_tabs_indentation_and_quotes_are_told_in_plain_words() {
    for (text, said) in [
        (
            "suite: s\nchecks:\n\t- metric: up\n",
            "suite.yaml:3:1: a tab cannot indent YAML",
        ),
        (
            "suite: s\nchecks:\n- metric: \"up\n",
            "suite.yaml:3:11: a quote is opened here and never closed",
        ),
        (
            "suite: s\nchecks:\n- metric: up\n   at: x\n",
            "suite.yaml:4:6: a second `: ` stands in this line: quote the value, or check the indentation",
        ),
        (
            "suite: s\nchecks: [\n",
            "suite.yaml:2:9: a bracket is opened and never closed",
        ),
    ] {
        let case = Case::suite(text);
        assert_eq!(case.told(), [said]);
        let loaded = case.load();
        assert!(render(&loaded.mistakes, &loaded.sources, false).contains('^'));
    }
}

#[test]
fn y07_a_byte_order_mark_and_crlf_are_read_and_other_encodings_refused() {
    let good = format!("suite: s\n{PROM}checks:\n- metric: up\n  oops: 1\n");
    for text in [format!("\u{feff}{good}"), good.replace('\n', "\r\n")] {
        let told = Case::suite(&text).told();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("suite.yaml:5:3: unknown key `oops`"),
            "{told:?}"
        );
    }
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(good.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    for (bytes, said) in [
        (
            utf16.as_slice(),
            "suite.yaml:1:1: not UTF-8 at byte 0: it looks like UTF-16",
        ),
        (
            b"suite: s\n# \xff\xfe\x80",
            "suite.yaml:1:1: not UTF-8 at byte 11",
        ),
        (
            b"suite: a\0b",
            "suite.yaml:1:1: not UTF-8 text at byte 8: a NUL byte",
        ),
    ] {
        assert_eq!(Case::of(&[("suite.yaml", bytes)]).told(), [said]);
    }
}

#[test]
fn y08_a_suite_without_checks_is_refused_unless_it_says_so() {
    for text in [
        "",
        "# only a comment\n",
        "null\n",
        "---\n",
        "suite: s\nchecks: []\n",
        "suite: s\nchecks:\n",
        "suite: s\n",
    ] {
        let told = Case::suite(text).told();
        assert_eq!(told.len(), 1, "{text:?}: {told:?}");
        assert!(told[0].contains("defines no checks"), "{text:?}: {told:?}");
    }
    let allowed = Case::suite("suite: s\nallow_empty: true\nchecks: []\n").load();
    assert!(allowed.mistakes.is_empty());
    assert_eq!(
        plan(&allowed.suites, &Selection::default()).unwrap_err(),
        PlanError::Nothing("there is no check".to_owned())
    );
}

#[test]
fn y09_a_second_document_is_refused_and_never_left_out() {
    let text = format!(
        "suite: s\n{PROM}checks: [{{ metric: up }}]\n---\nsuite: t\nchecks: [{{ metric: down }}]\n"
    );
    assert_eq!(
        Case::suite(&text).told(),
        ["suite.yaml:5:1: a second document starts here, and a suite is one document"]
    );
}

#[test]
fn y10_spellings_are_kept_exactly_or_refused() {
    let text = format!(
        "suite: s\nvars: {{ version: 1.10, hex: 0x1F, day: 2026-01-01, mode: 0755 }}\n{PROM}checks:\n- metric: up{{v=\"${{{{ vars.version }}}}\",h=\"${{{{ vars.hex }}}}\",d=\"${{{{ vars.day }}}}\",m=\"${{{{ vars.mode }}}}\"}}\n  at: prom\n  title: 1.10\n  owner: \"${{{{ vars.version }}}}\"\n  hint: ${{{{ vars.version ~ '/' ~ vars.mode }}}}\n"
    );
    let plan = Case::suite(&text).plan();
    let step = &plan.steps[0];
    assert_eq!(
        step.check.subject(),
        "up{v=\"1.10\",h=\"0x1F\",d=\"2026-01-01\",m=\"0755\"}"
    );
    assert_eq!(
        (
            step.title.as_str(),
            step.owner.as_deref(),
            step.hint.as_deref()
        ),
        ("1.10", Some("1.10"), Some("1.10/0755"))
    );
    let text = format!(
        "suite: s\n{PROM}checks:\n- metric: up\n  at: prom\n  labels: {{ region: no }}\n  owner: off\n"
    );
    let told = Case::suite(&text).told();
    assert_eq!(
        told,
        [
            "suite.yaml:6:21: `no` means false to other YAML readers: write \"no\", or false for \"label absent\"",
            "suite.yaml:7:10: `off` means false to other YAML readers: write \"off\", or false",
        ]
    );
}

#[test]
fn y11_huge_files_and_huge_matrices_are_refused_before_they_are_read() {
    let case = Case::suite("suite: s\n");
    fs::File::options()
        .write(true)
        .open(case.path("suite.yaml"))
        .unwrap()
        .set_len(200 * 1024 * 1024)
        .unwrap();
    assert_eq!(
        soon(|| case.told()),
        ["suite.yaml:1:1: the file is larger than 16 MiB, the most that is read"]
    );

    let scalar = format!(
        "suite: {}\n{PROM}checks: [{{ metric: up }}]\n",
        "x".repeat(10_000_000)
    );
    let told = soon(|| Case::suite(&scalar).told());
    assert_eq!(
        told,
        ["suite.yaml:1:8: the name of a suite is longer than 200 bytes"]
    );

    let mut clusters = "clusters:\n".to_owned();
    for at in 0..2_000 {
        let _ = writeln!(clusters, "  c{at}: {{ prom: \"http://127.0.0.1:9090\" }}");
    }
    let checks: String = (0..600).map(|at| format!("- metric: m{at}\n")).collect();
    let suite = format!(
        "suite: s\nclusters: all\npipeline: [{{ name: prom, kind: prometheus, url: \"${{{{ cluster.prom }}}}\" }}]\nchecks:\n{checks}"
    );
    let case = Case::of(&[
        ("suite.yaml", suite.as_bytes()),
        ("clusters.yaml", clusters.as_bytes()),
    ]);
    assert_eq!(
        soon(|| case.told()),
        [
            "suite.yaml:4:1: 600 checks for 2000 clusters make the run larger than 1000000 checks: the limit"
        ]
    );
}

#[test]
fn y12_odd_files_are_named_and_never_waited_for() {
    let case = Case::of(&[("dir/x.txt", b"")]);
    let fifo = case.path("fifo.yaml");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    std::os::unix::fs::symlink("loop.yaml", case.path("loop.yaml")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", case.path("zero.yaml")).unwrap();
    std::os::unix::fs::symlink(case.directory.path(), case.path("dir/up")).unwrap();
    soon(|| {
        assert_eq!(
            case.told_of(&case.load_paths(&["fifo.yaml"])),
            ["fifo.yaml:1:1: this is not a regular file"]
        );
        assert_eq!(
            case.told_of(&case.load_paths(&["zero.yaml"])),
            ["zero.yaml:1:1: this is not a regular file"]
        );
        let told = case.told_of(&case.load_paths(&["loop.yaml"]));
        assert!(
            told[0].starts_with("loop.yaml:1:1: it cannot be read: "),
            "{told:?}"
        );
        assert_eq!(
            case.told_of(&case.load_paths(&["dir"])),
            ["dir:1:1: no suite lies in this directory"]
        );
        assert_eq!(
            case.told_of(&case.load_paths(&["nowhere.yaml"])),
            ["nowhere.yaml:1:1: there is no such file or directory"]
        );
        // The whole directory: each odd file is told, and the directory is walked to its end.
        assert_eq!(case.told_of(&case.load_paths(&["."])).len(), 3);
    });
}

#[test]
fn y13_includes_may_meet_but_not_turn_in_circles_or_go_too_deep() {
    let main = format!("suite: s\ninclude: [a.yml, b.yml]\n{PROM}checks: [{{ metric: up }}]\n");
    let diamond = Case::of(&[
        ("suite.yaml", main.as_bytes()),
        ("a.yml", b"include: [shared.yml]\n"),
        ("b.yml", b"include: shared.yml\n"),
        ("shared.yml", b"checks: [{ metric: shared }]\n"),
    ]);
    let plan = diamond.plan();
    let ids: Vec<&str> = plan.steps.iter().map(|step| &*step.id).collect();
    assert_eq!(ids, ["s/metric-shared", "s/metric-up"]);

    let circle = Case::of(&[
        ("suite.yaml", main.as_bytes()),
        ("a.yml", b"include: [c.yml]\n"),
        ("b.yml", b"vars: {}\n"),
        ("c.yml", b"include: [a.yml]\n"),
    ]);
    assert_eq!(
        circle.told(),
        ["c.yml:1:11: these files include each other in a circle: a.yml > c.yml > a.yml"]
    );

    let names: Vec<String> = (0..100).map(|at| format!("{at}.yml")).collect();
    let texts: Vec<String> = (1..=100)
        .map(|at| format!("include: [{at}.yml]\n"))
        .collect();
    let main = main.replace("[a.yml, b.yml]", "0.yml");
    let mut files: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    files.push(("suite.yaml", main.as_bytes()));
    let told = Case::of(&files).told();
    assert_eq!(
        told,
        ["15.yml:1:11: includes are nested deeper than 16 files"]
    );
}

#[test]
fn y14_no_named_file_may_lie_outside_of_the_root() {
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("x.yml"), "vars: { x: 1 }\n").unwrap();
    let main = |named: &str| {
        format!("suite: s\ninclude: [\"{named}\"]\n{PROM}checks: [{{ metric: up }}]\n")
    };
    let absolute = outside.path().join("x.yml").display().to_string();
    let told = Case::suite(&main(&absolute)).told();
    assert!(
        told[0].ends_with("an absolute path; write it relative to this file"),
        "{told:?}"
    );
    let told = Case::suite(&main("../../../../../../etc/passwd")).told();
    assert!(told[0].contains("it lies outside of"), "{told:?}");
    let case = Case::suite(&main("link.yml"));
    std::os::unix::fs::symlink(outside.path().join("x.yml"), case.path("link.yml")).unwrap();
    let told = case.told();
    assert!(told[0].contains("it lies outside of"), "{told:?}");
    // A clusters file or a directory given on the command line widens the root.
    let wide = Case::of(&[
        ("suites/suite.yaml", main("../shared.yml").as_bytes()),
        ("shared.yml", b"vars: { x: 1 }\n"),
    ]);
    assert!(wide.load_paths(&["suites/suite.yaml"]).is_bad());
    assert!(!wide.load_paths(&["."]).is_bad());
}

#[test]
fn y15_bad_templates_and_template_bombs_end_with_their_place() {
    for (metric, said) in [
        (
            "\"${{ vars.x\"",
            "suite.yaml:5:12: a template is opened here and never closed",
        ),
        (
            "\"${{ vars.x + }}\"",
            "suite.yaml:5:12: `vars.x +` cannot be read: unexpected end of input, expected expression",
        ),
        (
            "\"a${{ 'x' * 1000000000 }}\"",
            "suite.yaml:5:13: `'x' * 1000000000` makes too much work: the limit of a template's work is reached",
        ),
        (
            "\"${{ range(9999) | map('upper') | join | length }}\"",
            "suite.yaml:5:12: `range(9999) | map('upper') | join | length` makes too much work: the limit of a template's work is reached",
        ),
        ("\"${{ }}\"", "suite.yaml:5:12: this template is empty"),
    ] {
        let text = format!("suite: s\nvars: {{ x: up }}\n{PROM}checks:\n- metric: {metric}\n");
        assert_eq!(soon(|| Case::suite(&text).told()), [said]);
    }
}

#[test]
fn y16_an_undefined_name_is_told_with_the_nearest_and_never_empty() {
    for (metric, said) in [
        (
            "${{ clsuter.name }}",
            "nothing is called `clsuter`; did you mean `cluster`?",
        ),
        ("${{ vars.jbo }}", "no variable `jbo`; did you mean `job`?"),
        (
            "a${{ vars.jbo | lower }}",
            "no variable `jbo`; did you mean `job`?",
        ),
        (
            "${{ vars.tree.laef }}",
            "`vars.tree` has no key `laef`; did you mean `leaf`?",
        ),
    ] {
        let text = format!(
            "suite: s\nvars: {{ job: api, tree: {{ leaf: x }} }}\n{PROM}checks:\n- metric: \"{metric}\"\n"
        );
        let told = Case::suite(&text).told();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].ends_with(said), "{told:?}");
    }
    // What a Prometheus rule calls a template is text here.
    let text =
        format!("suite: s\n{PROM}checks:\n- metric: up\n  hint: \"{{{{ $labels.job }}}}\"\n");
    assert_eq!(
        Case::suite(&text).plan().steps[0].hint.as_deref(),
        Some("{{ $labels.job }}")
    );
}

#[test]
fn y17_values_from_outside_stay_one_text_and_are_not_filled_in_again() {
    let text = format!(
        "suite: s\nvars: {{ x: null }}\n{PROM}checks:\n- metric: up\n  title: \"t ${{{{ vars.x }}}}\"\n  hint: \"${{{{ vars.x }}}}\"\n"
    );
    for evil in [
        "a\n- metric: evil",
        "${{ secrets.token }}",
        "${{ vars.x }}",
        "{{ secret }}",
        "\"}]",
        "a: b # c",
    ] {
        let by_option = Case::suite(&text).var("x", evil).plan();
        let by_environment = Case::suite(&text).env("GAPCHECK_VAR_x", evil).plan();
        for plan in [by_option, by_environment] {
            assert_eq!(plan.steps.len(), 1);
            assert_eq!(plan.steps[0].title, format!("t {evil}"));
            assert_eq!(plan.steps[0].hint.as_deref(), Some(evil));
        }
    }
}

#[test]
fn y18_an_unset_and_an_empty_secret_are_told_apart() {
    let text = "suite: s\nsecrets: { token: { env: TOKEN } }\npipeline: [{ name: prom, kind: prometheus, url: \"https://h\", token: \"${{ secrets.token }}\" }]\nchecks: [{ metric: up }]\n";
    assert_eq!(
        Case::suite(text).told(),
        ["suite.yaml:2:26: secret `token`: the environment variable `TOKEN` is not set"]
    );
    assert_eq!(
        Case::suite(text).env("TOKEN", "").told(),
        ["suite.yaml:2:26: secret `token`: the environment variable `TOKEN` is empty"]
    );
    assert!(
        Case::suite(text)
            .env("TOKEN", "long-enough")
            .told()
            .is_empty()
    );
    let mut offline = Case::suite(text);
    offline.options.secrets = Secrets::Names;
    assert!(offline.told().is_empty());
}

#[test]
fn y19_equal_names_in_two_suites_give_unique_ids_or_a_mistake() {
    let one = format!("suite: s\n{PROM}checks: [{{ metric: up }}, {{ metric: up }}]\n");
    let case = Case::of(&[("a.yaml", one.as_bytes()), ("b.yaml", one.as_bytes())]);
    let loaded = case.load_paths(&["a.yaml", "b.yaml"]);
    let planned = plan(&loaded.suites, &Selection::default()).unwrap();
    let ids: Vec<&str> = planned.steps.iter().map(|step| &*step.id).collect();
    assert_eq!(
        ids,
        [
            "s/metric-up",
            "s/metric-up-2",
            "s/metric-up-3",
            "s/metric-up-4"
        ]
    );

    let explicit = one.replace("[{ metric", "[{ id: x, metric");
    let case = Case::of(&[
        ("a.yaml", explicit.as_bytes()),
        ("b.yaml", explicit.as_bytes()),
    ]);
    let loaded = case.load_paths(&["a.yaml", "b.yaml"]);
    let Err(PlanError::Mistakes(mistakes)) = plan(&loaded.suites, &Selection::default()) else {
        panic!("equal explicit ids are a mistake");
    };
    assert_eq!(mistakes.len(), 1);
    assert!(
        mistakes[0]
            .message
            .starts_with("two checks have the id `s/x`, the first at "),
        "{mistakes:?}"
    );
}

#[test]
fn y20_bad_and_huge_regular_expressions_are_refused_and_hostile_ones_are_linear() {
    for (pattern, said) in [
        ("/(/", "`(` is not a regular expression"),
        (
            "/(a{1000}){1000}/",
            "`(a{1000}){1000}` is not a regular expression",
        ),
    ] {
        let text = format!(
            "suite: s\n{PROM}checks: [{{ metric: up, at: prom, labels: {{ job: \"{pattern}\" }} }}]\n"
        );
        let told = soon(|| Case::suite(&text).told());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(said), "{told:?}");
    }
    let matchers: gapcheck::leaves::LabelMatcher = serde_json::from_str("\"/(a+)+b/\"").unwrap();
    assert!(!soon(|| matchers.holds(&"a".repeat(1_000_000))));
}

#[test]
fn y21_one_bad_file_among_ten_hides_neither_its_faults_nor_the_others() {
    let good = |name: &str| format!("suite: {name}\n{PROM}checks: [{{ metric: up }}]\n");
    let names: Vec<String> = (0..10).map(|at| format!("s{at}.yaml")).collect();
    let texts: Vec<String> = (0..10)
        .map(|at| match at {
            3 => good("s3")
                .replace("metric: up", "metrik: up")
                .replace("suite:", "owner: [x]\nsuite:"),
            7 => "suite: s7\nchecks: [\n".to_owned(),
            at => good(&format!("s{at}")),
        })
        .collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    let case = Case::of(&files);
    let loaded = case.load_paths(&["."]);
    assert_eq!(loaded.suites.len(), 8);
    assert_eq!(
        loaded
            .bad
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap())
            .collect::<Vec<_>>(),
        ["s3.yaml", "s7.yaml"]
    );
    let told = case.told_of(&loaded);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(
        plan(&loaded.suites, &Selection::default())
            .unwrap()
            .steps
            .len(),
        8
    );
}

#[test]
fn y22_a_check_that_asserts_nothing_is_refused() {
    for check in [
        "metrics: []",
        "metric: up, labels: {}",
        "metric: up, through: []",
        "metric: up, labels_at: { prom: {} }",
        "metric: up, labels: { job: { one_of: [] } }",
        "dns: []",
    ] {
        let text = format!("suite: s\n{PROM}checks: [{{ {check} }}]\n");
        let told = Case::suite(&text).told();
        assert_eq!(told.len(), 1, "{check}: {told:?}");
        assert!(
            told[0].ends_with("is empty and asserts nothing"),
            "{check}: {told:?}"
        );
    }
}

#[test]
fn y23_a_newer_version_of_the_format_needs_a_newer_gapcheck() {
    let told =
        Case::suite("version: 99\nsuite: s\nstations: []\nchecks: [{ metrik: up }]\n").told();
    assert_eq!(
        told,
        [
            "suite.yaml:1:10: version 99 of the suite format needs a newer gapcheck; this one reads version 1"
        ]
    );
    assert!(
        Case::suite("version: 0\nsuite: s\nchecks: [{ metric: up }]\n")
            .load()
            .is_bad()
    );
}

#[test]
fn c02_a_path_without_a_suite_is_named_wherever_it_stands() {
    let good = format!("suite: s\n{PROM}checks: [{{ metric: up }}]\n");
    let case = Case::of(&[("good.yaml", good.as_bytes()), ("empty/readme.txt", b"")]);
    for paths in [
        ["good.yaml", "typo.yaml", "empty"],
        ["typo.yaml", "empty", "good.yaml"],
        ["empty", "good.yaml", "typo.yaml"],
    ] {
        let loaded = case.load_paths(&paths);
        assert_eq!(
            case.told_of(&loaded),
            [
                "empty:1:1: no suite lies in this directory",
                "typo.yaml:1:1: there is no such file or directory"
            ]
        );
        assert_eq!((loaded.suites.len(), loaded.bad.len()), (1, 2));
    }
}

#[test]
fn a_variable_that_no_suite_declares_is_a_misspelling() {
    let text = format!(
        "suite: s\nvars: {{ metric: up }}\n{PROM}checks: [{{ metric: \"${{{{ vars.metric }}}}\" }}]\n"
    );
    assert_eq!(
        Case::suite(&text).var("metirc", "x").told(),
        ["--var:1:1: no suite declares a variable `metirc`; did you mean `metric`?"]
    );
    assert_eq!(
        Case::suite(&text).var("metric", "down").plan().steps[0]
            .check
            .subject(),
        "down"
    );
}

#[test]
fn c06_names_that_are_not_utf_8_and_long_paths_do_no_harm() {
    use std::os::unix::ffi::OsStrExt as _;
    let good = format!("suite: s\n{PROM}checks: [{{ metric: up }}]\n");
    let case = Case::of(&[]);
    let name = std::ffi::OsStr::from_bytes(b"\xff\xfe .yaml");
    fs::write(case.directory.path().join(name), &good).unwrap();
    let loaded = load(&[case.directory.path().join(name)], &case.options);
    assert_eq!((loaded.suites.len(), loaded.mistakes.len()), (1, 0));
    let loaded = load(&[PathBuf::from("x/".repeat(2_000))], &case.options);
    assert_eq!(loaded.bad.len(), 1);
}

#[test]
fn g06_fewer_checks_than_expected_are_no_run_and_both_numbers_are_named() {
    let text = format!("suite: s\nmin_checks: 120\n{PROM}checks: [{{ metric: up }}]\n");
    let case = Case::suite(&text);
    let Err(PlanError::TooFew(why)) = plan(&case.load().suites, &Selection::default()) else {
        panic!("there must be no plan");
    };
    assert!(
        why.starts_with("suite `s` has 1 check and must have 120 at least"),
        "{why}"
    );
}

#[test]
fn a_waiver_that_has_ended_is_a_warning() {
    let text = format!(
        "suite: s\n{PROM}checks: [{{ metric: up, known_gap: {{ until: 2026-11-22, ticket: T-1 }} }}]\n"
    );
    let mut case = Case::suite(&text);
    for (now, warnings) in [("2026-11-22T23:59:59Z", 0), ("2026-11-23T00:00:00Z", 1)] {
        case.options.now = gapcheck::leaves::Timestamp::from_rfc3339(now).unwrap();
        let loaded = case.load();
        assert!(!loaded.is_bad());
        assert_eq!(loaded.mistakes.len(), warnings, "{now}");
        assert!(loaded.suites[0].rows[0].entries[0].known_gap.is_some());
    }
}
