//! Judging lookups: which of the two must resolve, what must be found, and what a tired reader should know beside it.

use crate::ask::Answer;
use crate::backend::answer::{DnsAnswer, RecordType, ResolverSettings};
use crate::check::connection::{FROM_RUNNER, Unmet, verdict};
use crate::check::dns::form::{Dns, Lookup};
use crate::check::dns::lookups::{Gave, Lookups};
use crate::leaves::{Judged, Table, Verdict, words};

/// What one name gave.
#[derive(Debug, Default)]
struct Found {
    unmet: Vec<Unmet>,
    /// What could not be asked, and what to do.
    error: Option<(String, Option<String>)>,
    says: String,
    notes: Vec<String>,
}

impl Dns {
    /// Judges the answers to all names of the check, in their order. A name that fails outweighs one that could not be asked.
    pub(crate) fn judge_answers(&self, answers: &[Answer<DnsAnswer>]) -> Judged {
        let mut unmet = Vec::new();
        let mut error = None;
        let (mut says, mut notes) = (Vec::new(), Vec::new());
        for (name, answer) in self.dns.0.iter().zip(answers) {
            let found = match answer {
                Ok(told) => self.judge_name(name, &told.value),
                Err(failure) => Found {
                    error: Some((format!("`{name}`: {failure}"), failure.help.clone())),
                    says: format!("`{name}` could not be asked"),
                    ..Found::default()
                },
            };
            unmet.extend(found.unmet);
            error = error.or(found.error);
            says.push(found.says);
            for note in found.notes {
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        let verdict = match error {
            Some((what, help)) if unmet.is_empty() => Verdict::Error { what, help },
            Some((what, _)) => {
                notes.push(format!("could not be asked: {what}"));
                verdict(&unmet)
            }
            None => verdict(&unmet),
        };
        let mut judged = Judged::of(verdict, format!("{}; {FROM_RUNNER}", says.join("; ")));
        judged.tables.extend(attempts(answers));
        judged.notes = notes;
        judged
    }

    fn judge_name(&self, name: &str, answer: &DnsAnswer) -> Found {
        let lookups = Lookups::of(answer);
        let mut said = format!("as typed {}", lookups.absolute.says());
        if !matches!(lookups.search, Gave::NotAsked) || self.lookup == Lookup::Search {
            said.push_str(&format!(
                ", through the search list {}",
                lookups.search.says()
            ));
        }
        let named = format!("`{name}` {said}");
        // What was found stands beside what was expected, which names the one name already.
        if self.dns.0.len() > 1 {
            said.clone_from(&named);
        }
        let mut found = Found {
            says: named,
            ..Found::default()
        };
        if self.lookup == Lookup::Search && matches!(lookups.search, Gave::NotAsked) {
            found.error = Some((
                format!(
                    "`{name}` cannot be looked up through a search list: there is none in {}",
                    answer.settings.from
                ),
                Some("Name the suffixes with `search:`.".to_owned()),
            ));
        } else if self.nxdomain {
            self.judge_absence(name, &lookups, said, &mut found);
        } else {
            self.judge_presence(name, &lookups, said, &mut found);
            found.notes = self.notes(name, &lookups, &answer.settings);
        }
        found
    }

    /// The lookups that count.
    fn counted<'a>(&self, lookups: &Lookups<'a>) -> Vec<Gave<'a>> {
        match self.lookup {
            Lookup::Absolute => vec![lookups.absolute],
            Lookup::Search => vec![lookups.search],
            Lookup::Any => vec![lookups.absolute, lookups.search],
        }
    }

    fn judge_presence(&self, name: &str, lookups: &Lookups<'_>, said: String, found: &mut Found) {
        let resolved = match (self.lookup, lookups.absolute, lookups.search) {
            (Lookup::Any, ..) => lookups.first,
            (Lookup::Absolute, Gave::Found(attempt), _)
            | (Lookup::Search, _, Gave::Found(attempt)) => Some(attempt),
            _ => None,
        };
        match resolved {
            Some(attempt) => found.unmet = self.unmet(name, attempt),
            None => found.unmet.push(Unmet::new(
                format!(
                    "`{name}` has {} records {}",
                    self.record,
                    self.lookup.words()
                ),
                said,
            )),
        }
    }

    fn judge_absence(&self, name: &str, lookups: &Lookups<'_>, said: String, found: &mut Found) {
        let counted = self.counted(lookups);
        let is_there = |gave: &Gave<'_>| matches!(gave, Gave::Found(_) | Gave::NoData(_));
        if counted.iter().any(is_there) {
            let lookup = self.lookup.words();
            found.unmet.push(Unmet::new(
                format!("`{name}` does not exist (NXDOMAIN) {lookup}"),
                said,
            ));
        } else if counted.iter().any(|gave| matches!(gave, Gave::Unknown(_))) {
            found.error = Some((
                format!(
                    "{}; a name server that fails proves neither that the name exists nor that it does not",
                    found.says
                ),
                Some("See why the name server fails, or name another with `resolver:`.".to_owned()),
            ));
        }
    }

    /// What a reader should know beside the verdict.
    fn notes(&self, name: &str, lookups: &Lookups<'_>, settings: &ResolverSettings) -> Vec<String> {
        let mut notes = Vec::new();
        match (lookups.absolute, lookups.search) {
            (Gave::Found(absolute), Gave::Found(search)) => {
                let (mut a, mut b) = (absolute.values(), search.values());
                a.sort();
                b.sort();
                if a != b {
                    notes.push(format!(
                        "`{name}` resolves in both ways, to different records: as typed {}, as `{}` {}; a final dot makes it plain which is meant",
                        words::few(&a, 6),
                        search.name,
                        words::few(&b, 6)
                    ));
                }
            }
            (absolute, Gave::Found(search)) => notes.push(format!(
                "`{name}` resolves only through the search list: as typed it is {}, and that is all that tools see which leave the list out (dig, some nslookup); `{}` works everywhere",
                absolute.short(),
                search.name
            )),
            (Gave::NxDomain(_), _) => notes.extend(self.why_absent(name, settings)),
            _ => {}
        }
        notes
    }

    /// What an absent name may come from.
    fn why_absent(&self, name: &str, settings: &ResolverSettings) -> Option<String> {
        if self.record == RecordType::Srv
            && let Some((service, _)) = name.strip_prefix('_').and_then(|rest| rest.split_once('.'))
        {
            return Some(format!(
                "Kubernetes has SRV names for named ports alone: see whether the service has a port that is called `{service}`"
            ));
        }
        let in_cluster = settings
            .search
            .iter()
            .any(|suffix| suffix.starts_with("svc."));
        let list = if settings.search.is_empty() {
            "no search list".to_owned()
        } else {
            format!("the search list {}", settings.search.join(" "))
        };
        (name.ends_with(".svc") && !in_cluster).then(|| {
            format!(
                "`{name}` is a name for pods, which have suffixes such as `svc.cluster.local`; it was tried with {list} (from {}): give the pod's list with `search:`, or write the full name",
                settings.from
            )
        })
    }
}

impl Lookup {
    fn words(self) -> &'static str {
        match self {
            Self::Absolute => "as typed",
            Self::Search => "through the search list",
            Self::Any => "as typed or through the search list",
        }
    }
}

impl Gave<'_> {
    fn short(&self) -> String {
        match self {
            Self::NoData(_) => "without records (NODATA)".to_owned(),
            Self::NxDomain(_) => "NXDOMAIN".to_owned(),
            Self::Unknown(attempt) => format!("unknown ({})", attempt.says()),
            Self::Found(_) | Self::NotAsked => self.says(),
        }
    }
}

/// All attempts for all names, with the settings in the title.
fn attempts(answers: &[Answer<DnsAnswer>]) -> Option<Table> {
    let told: Vec<&DnsAnswer> = answers
        .iter()
        .filter_map(|answer| answer.as_ref().ok())
        .map(|told| &*told.value)
        .collect();
    let settings = &told.first()?.settings;
    let search = if settings.search.is_empty() {
        "no search list".to_owned()
    } else {
        format!("search {}", settings.search.join(" "))
    };
    let rows = told
        .iter()
        .flat_map(|answer| &answer.attempts)
        .map(|attempt| {
            vec![
                attempt.name.clone(),
                attempt.form.to_string(),
                attempt.server.clone(),
                attempt.outcome.to_string(),
                words::few(&attempt.values(), 10),
                words::age(i64::try_from(attempt.took_ms).unwrap_or(i64::MAX)),
            ]
        })
        .collect();
    Some(Table {
        title: format!(
            "DNS lookups, {FROM_RUNNER} ({search}, ndots {}, from {})",
            settings.ndots, settings.from
        ),
        columns: ["name", "form", "server", "answer", "records", "time"]
            .map(str::to_owned)
            .to_vec(),
        rows,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::ask::{Door, Question, Reply};
    use crate::backend::answer::{DnsAttempt, DnsForm, DnsOutcome, DnsRecord};
    use crate::backend::{Failure, FailureClass, Trace, World};
    use crate::check::kind::CheckKind;
    use crate::leaves::Timestamp;

    fn record(record: RecordType, value: &str, port: Option<u16>) -> DnsRecord {
        DnsRecord {
            record,
            value: value.to_owned(),
            port,
            ttl: 0,
        }
    }

    fn attempt(name: &str, suffix: &str, outcome: DnsOutcome, records: &[DnsRecord]) -> DnsAttempt {
        DnsAttempt {
            name: name.to_owned(),
            form: match suffix {
                "" => DnsForm::Absolute,
                suffix => DnsForm::Search(suffix.to_owned()),
            },
            server: "10.96.0.10:53".to_owned(),
            outcome,
            records: records.to_vec(),
            took_ms: 2,
        }
    }

    fn a(values: &[&str]) -> Vec<DnsRecord> {
        values
            .iter()
            .map(|value| record(RecordType::A, value, None))
            .collect()
    }

    fn found(name: &str, suffix: &str, values: &[&str]) -> DnsAttempt {
        attempt(name, suffix, DnsOutcome::Found, &a(values))
    }

    fn nx(name: &str, suffix: &str) -> DnsAttempt {
        attempt(name, suffix, DnsOutcome::NxDomain, &[])
    }

    fn answer(attempts: Vec<DnsAttempt>) -> Result<DnsAnswer, Failure> {
        let mut search: Vec<String> = Vec::new();
        for attempt in &attempts {
            if let DnsForm::Search(suffix) = &attempt.form {
                search.push(suffix.clone());
            }
        }
        Ok(DnsAnswer {
            settings: ResolverSettings {
                servers: vec!["10.96.0.10:53".to_owned()],
                search,
                ndots: 5,
                from: "/etc/resolv.conf".to_owned(),
            },
            attempts,
        })
    }

    async fn judge_each(
        form: &str,
        script: impl Fn(&str) -> Result<DnsAnswer, Failure> + Send + Sync + 'static,
    ) -> Judged {
        let check: Dns = serde_json::from_str(form).unwrap();
        let script = move |question: &Question| {
            let Question::Dns(probe) = question else {
                panic!("only names are asked for")
            };
            let reply = script(&probe.name).map(|answer| Reply::Dns(Arc::new(answer)));
            (Trace::default(), reply)
        };
        let ask = Door::scripted(Timestamp(0), Box::new(script)).ask(
            "a",
            &Arc::new(World::default()),
            Duration::from_secs(1),
        );
        check.judge(&ask).await
    }

    async fn judge(form: &str, attempts: Vec<DnsAttempt>) -> Judged {
        judge_each(form, move |_| answer(attempts.clone())).await
    }

    /// The incident's name: two dots are fewer than five, so that the search list comes first.
    fn short_name() -> Vec<DnsAttempt> {
        vec![
            nx("r.m.svc.m.svc.cluster.local.", "m.svc.cluster.local"),
            nx("r.m.svc.svc.cluster.local.", "svc.cluster.local"),
            found("r.m.svc.cluster.local.", "cluster.local", &["10.96.0.7"]),
            nx("r.m.svc.", ""),
        ]
    }

    #[tokio::test]
    async fn s4_a_short_name_passes_through_the_search_list_with_a_note_on_the_full_name() {
        let judged = judge(r#"{"dns": "r.m.svc"}"#, short_name()).await;
        assert_eq!(judged.verdict, Verdict::Pass);
        assert_eq!(
            judged.says,
            "`r.m.svc` as typed NXDOMAIN, through the search list 10.96.0.7 as `r.m.svc.cluster.local.`; asked from the runner"
        );
        assert_eq!(judged.notes.len(), 1);
        assert!(
            judged.notes[0]
                .contains("resolves only through the search list: as typed it is NXDOMAIN")
        );
        assert!(judged.notes[0].ends_with("`r.m.svc.cluster.local.` works everywhere"));
        let table = &judged.tables[0];
        assert_eq!(
            table.title,
            "DNS lookups, asked from the runner (search m.svc.cluster.local svc.cluster.local cluster.local, ndots 5, from /etc/resolv.conf)"
        );
        assert_eq!(table.rows.len(), 4);
        assert_eq!(
            table.rows[2],
            [
                "r.m.svc.cluster.local.",
                "search: cluster.local",
                "10.96.0.10:53",
                "found",
                "10.96.0.7",
                "2ms"
            ]
        );
        assert_eq!(
            judge(r#"{"dns": "r.m.svc", "lookup": "search"}"#, short_name())
                .await
                .verdict,
            Verdict::Pass
        );
    }

    #[tokio::test]
    async fn s4_the_same_name_fails_where_it_must_resolve_as_typed() {
        let judged = judge(r#"{"dns": "r.m.svc", "lookup": "absolute"}"#, short_name()).await;
        assert_eq!(
            judged.verdict,
            Verdict::fail(
                "`r.m.svc` has A records as typed",
                "as typed NXDOMAIN, through the search list 10.96.0.7 as `r.m.svc.cluster.local.`"
            )
        );
        assert!(judged.notes[0].contains("works everywhere"));
    }

    #[tokio::test]
    async fn d01_d02_every_reason_not_to_resolve_is_a_failure_in_its_own_words() {
        let form = r#"{"dns": "x.example"}"#;
        for (outcome, records, said) in [
            (DnsOutcome::NxDomain, vec![], "NXDOMAIN"),
            (
                DnsOutcome::NoData,
                vec![],
                "NODATA (`x.example.` exists, without such records)",
            ),
            (
                DnsOutcome::NoData,
                vec![record(RecordType::Cname, "y.example.", None)],
                "NODATA (`x.example.` is CNAME y.example.)",
            ),
            (
                DnsOutcome::Code("SERVFAIL".to_owned()),
                vec![],
                "SERVFAIL from 10.96.0.10:53 for `x.example.`",
            ),
            (
                DnsOutcome::Code("REFUSED".to_owned()),
                vec![],
                "REFUSED from 10.96.0.10:53 for `x.example.`",
            ),
            (
                DnsOutcome::Timeout,
                vec![],
                "no reply in time from 10.96.0.10:53 for `x.example.`",
            ),
        ] {
            let judged = judge(form, vec![attempt("x.example.", "", outcome, &records)]).await;
            assert_eq!(
                judged.verdict,
                Verdict::fail(
                    "`x.example` has A records as typed or through the search list",
                    format!("as typed {said}")
                )
            );
        }
    }

    #[tokio::test]
    async fn a_second_server_that_knows_settles_it() {
        let mut first = attempt("x.example.", "", DnsOutcome::Timeout, &[]);
        first.server = "10.0.0.1:53".to_owned();
        let judged = judge(
            r#"{"dns": "x.example"}"#,
            vec![first, found("x.example.", "", &["10.0.0.9"])],
        )
        .await;
        assert_eq!(judged.verdict, Verdict::Pass);
        assert_eq!(judged.tables[0].rows.len(), 2);
    }

    #[tokio::test]
    async fn nxdomain_is_proven_only_by_a_server_that_knows() {
        let servfail = || attempt("x.", "", DnsOutcome::Code("SERVFAIL".to_owned()), &[]);
        let timeout = || attempt("x.a.", "a", DnsOutcome::Timeout, &[]);
        let nodata = || attempt("x.", "", DnsOutcome::NoData, &[]);
        for (lookup, attempts, state) in [
            ("any", vec![nx("x.", ""), nx("x.a.", "a")], "pass"),
            (
                "any",
                vec![nx("x.", ""), found("x.a.", "a", &["10.0.0.1"])],
                "fail",
            ),
            (
                "absolute",
                vec![nx("x.", ""), found("x.a.", "a", &["10.0.0.1"])],
                "pass",
            ),
            ("absolute", vec![nodata()], "fail"),
            ("search", vec![nodata(), nx("x.a.", "a")], "pass"),
            ("any", vec![servfail(), nx("x.a.", "a")], "error"),
            ("any", vec![nx("x.", ""), timeout()], "error"),
            (
                "any",
                vec![found("x.", "", &["10.0.0.1"]), timeout()],
                "fail",
            ),
            ("search", vec![nx("x.", "")], "error"),
        ] {
            let form = format!(r#"{{"dns": "x", "nxdomain": true, "lookup": "{lookup}"}}"#);
            let judged = judge(&form, attempts).await;
            assert_eq!(judged.verdict.state(), state, "{lookup}: {}", judged.says);
        }
    }

    #[tokio::test]
    async fn d06_addresses_are_compared_as_sets() {
        let form = r#"{"dns": "x", "addresses": ["10.0.0.1", "10.0.0.2", "10.1.0.0/16"]}"#;
        let pass = vec![found("x.", "", &["10.1.2.3", "10.0.0.2", "10.0.0.1"])];
        assert_eq!(judge(form, pass).await.verdict, Verdict::Pass);
        let wrong = vec![found("x.", "", &["10.0.0.1", "10.9.9.9"])];
        assert_eq!(
            judge(form, wrong).await.verdict,
            Verdict::fail(
                "`x` has addresses of 10.0.0.1, 10.0.0.2 and 10.1.0.0/16",
                "10.0.0.1 and 10.9.9.9 (not expected: 10.9.9.9; missing: 10.0.0.2)"
            )
        );
    }

    #[tokio::test]
    async fn services_have_targets_and_ports() {
        let form = r#"{"dns": "_grpc._tcp.r", "type": "SRV", "port": 10901, "targets": ">= 2", "count": 2, "equals": ["R-0.example", "r-1.example."]}"#;
        let srv = |target: &str, port| record(RecordType::Srv, target, Some(port));
        let of =
            |records: &[DnsRecord]| vec![attempt("_grpc._tcp.r.", "", DnsOutcome::Found, records)];
        let good = of(&[srv("r-0.example.", 10901), srv("R-1.example.", 10901)]);
        assert_eq!(judge(form, good).await.verdict, Verdict::Pass);
        let bad = of(&[srv("r-0.example.", 10901), srv("r-0.example.", 10902)]);
        assert_eq!(
            judge(form, bad).await.verdict,
            Verdict::fail(
                "`_grpc._tcp.r` is R-0.example and r-1.example.; `_grpc._tcp.r` has >= 2 targets; every target of `_grpc._tcp.r` has port 10901",
                "r-0.example (missing: r-1.example); 1 (r-0.example.); r-0.example.:10902"
            )
        );
        let gone = judge(form, vec![nx("_grpc._tcp.r.", "")]).await;
        assert_eq!(gone.verdict.state(), "fail");
        assert!(
            gone.notes[0].contains("a port that is called `grpc`"),
            "{:?}",
            gone.notes
        );
    }

    #[tokio::test]
    async fn texts_are_compared_to_the_letter_and_aliases_are_not_counted() {
        let form = r#"{"dns": "x", "type": "TXT", "equals": "V=1"}"#;
        let text = |value: &str| {
            vec![attempt(
                "x.",
                "",
                DnsOutcome::Found,
                &[record(RecordType::Txt, value, None)],
            )]
        };
        assert_eq!(judge(form, text("V=1")).await.verdict, Verdict::Pass);
        assert_eq!(judge(form, text("v=1")).await.verdict.state(), "fail");
        let mut records = vec![record(RecordType::Cname, "y.", None)];
        records.extend(a(&["10.0.0.1"]));
        let alias = vec![attempt("x.", "", DnsOutcome::Found, &records)];
        assert_eq!(
            judge(
                r#"{"dns": "x", "count": 1, "addresses": "10.0.0.1"}"#,
                alias
            )
            .await
            .verdict,
            Verdict::Pass
        );
    }

    #[tokio::test]
    async fn a_name_that_means_two_things_is_noted() {
        let both = vec![
            found("x.a.", "a", &["10.0.0.1"]),
            found("x.", "", &["10.0.0.2"]),
        ];
        // The one that the system would take is judged.
        let judged = judge(r#"{"dns": "x", "addresses": "10.0.0.1"}"#, both.clone()).await;
        assert_eq!(judged.verdict, Verdict::Pass);
        assert!(judged.notes[0].contains("resolves in both ways, to different records"));
        let judged = judge(
            r#"{"dns": "x", "addresses": "10.0.0.1", "lookup": "absolute"}"#,
            both,
        )
        .await;
        assert_eq!(judged.verdict.state(), "fail");
    }

    #[tokio::test]
    async fn a_pods_name_asked_from_outside_the_cluster_is_explained() {
        let judged = judge(
            r#"{"dns": "r.m.svc"}"#,
            vec![
                nx("r.m.svc.corp.example.", "corp.example"),
                nx("r.m.svc.", ""),
            ],
        )
        .await;
        assert_eq!(judged.verdict.state(), "fail");
        assert!(
            judged.notes[0]
                .contains("it was tried with the search list corp.example (from /etc/resolv.conf)"),
            "{:?}",
            judged.notes
        );
    }

    #[tokio::test]
    async fn of_several_names_every_failing_one_is_told_and_outweighs_an_error() {
        let form = r#"{"dns": ["good", "bad", "none"]}"#;
        let judged = judge_each(form, |name| match name {
            "good" => answer(vec![found("good.", "", &["10.0.0.1"])]),
            "bad" => answer(vec![nx("bad.", "")]),
            _ => Err(Failure::new(FailureClass::Local, "no name server is known")),
        })
        .await;
        assert_eq!(
            judged.verdict,
            Verdict::fail(
                "`bad` has A records as typed or through the search list",
                "`bad` as typed NXDOMAIN"
            )
        );
        assert_eq!(
            judged.notes,
            ["could not be asked: `none`: no name server is known"]
        );
        assert_eq!(judged.tables[0].rows.len(), 2);
        let judged = judge_each(r#"{"dns": "none"}"#, |_| {
            Err(Failure::new(FailureClass::Local, "no name server is known").help("Name one."))
        })
        .await;
        assert_eq!(
            judged.verdict,
            Verdict::error("`none`: no name server is known", "Name one.")
        );
    }
}
