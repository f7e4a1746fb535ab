//! The verdict on rules: evaluated lately, and without an error.

use std::time::Duration;

use std::sync::Arc;

use crate::ask::{Ask, Told};
use crate::backend::answer::{Rule, RuleGroup, RuleGroups};
use crate::backend::{Backend, BackendKind, Capability, World};
use crate::check::completeness::{Asked, Completeness, completeness, missing_by_warning};
use crate::check::findings::Findings;
use crate::check::hop_name::{cannot, known};
use crate::check::kind::CheckKind;
use crate::check::rules::form::Rules;
use crate::leaves::{AgeLimit, Complaint, Judged, PromDuration, Table, Timestamp, Verdict, words};

/// Rows of the table of rules, at most.
const ROWS: usize = 50;

impl CheckKind for Rules {
    fn subject(&self) -> String {
        self.rules.clone()
    }

    fn review(&self, world: &World) -> Vec<Complaint> {
        let hop = match &self.at {
            Some(at) => known(world, "at", at).map(|hop| (hop, "at")),
            None => match world.first(BackendKind::Prometheus) {
                Some(hop) => Ok((hop, "rules")),
                None => Err(
                    Complaint::about("rules", "the pipeline has no prometheus hop to ask").help(
                        "Name the Prometheus that evaluates them, or a Thanos Query, with `at:`.",
                    ),
                ),
            },
        };
        match hop {
            Ok((hop, key)) => cannot(hop, key, "`rules`", Capability::Rules)
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

async fn judge(check: &Rules, ask: &Ask) -> Judged {
    let Some(hop) = check.asked(ask.world()).cloned() else {
        return Judged::of(
            Verdict::error(
                "there is no server here to ask for its rules",
                "Name one with `at:`.",
            ),
            "",
        );
    };
    let name = hop.name();
    let told = match ask.rules(&hop).await {
        Ok(told) => told,
        Err(failure) => {
            let help = failure.help.clone().unwrap_or_else(|| {
                format!("Make `/api/v1/rules` of hop `{name}` reachable from where gapcheck runs.")
            });
            return Judged::of(
                Verdict::error(format!("{name}: {}", failure.what), help),
                format!("not answered by {name}"),
            );
        }
    };
    let meant: Vec<(&RuleGroup, Vec<&Rule>)> = told
        .value
        .groups
        .iter()
        .filter_map(|group| Some((group, check.meant(group)?)))
        .collect();
    if meant.is_empty() {
        return none(check, ask, &hop, &told).await;
    }
    let mut findings = Findings::default();
    let is_whole = missing_by_warning(&told.value.warnings).is_none();
    for (group, rules) in &meant {
        // What a half answer does not show may be in the other half.
        if rules.is_empty() && !is_whole {
            continue;
        }
        judge_group(check, group, rules, told.server_now, name, &mut findings);
    }
    if let Some(warning) = missing_by_warning(&told.value.warnings) {
        findings.unsure(
            format!("the rules at {name} are incomplete: {warning}"),
            format!("Look at what hop `{name}` warns of, then ask again."),
        );
    }
    let all: usize = meant.iter().map(|(_, rules)| rules.len()).sum();
    let well: usize = meant
        .iter()
        .flat_map(|(_, rules)| rules)
        .filter(|rule| is_well(rule))
        .count();
    Judged {
        tables: vec![table(check, &meant, told.server_now)],
        ..Judged::of(
            findings.verdict(),
            format!("{well} of {} healthy at {name}", words::count(all, "rule")),
        )
    }
}

fn is_well(rule: &Rule) -> bool {
    rule.health == "ok" && rule.last_error.is_empty()
}

/// A rule that was never evaluated is `unknown`, in Prometheus and in Thanos.
fn is_open(rule: &Rule) -> bool {
    rule.health == "unknown" && rule.last_error.is_empty()
}

fn judge_group(
    check: &Rules,
    group: &RuleGroup,
    rules: &[&Rule],
    now: Timestamp,
    hop: &str,
    findings: &mut Findings,
) {
    if rules.is_empty() {
        findings.fail(
            format!("a rule in group `{}` at {hop}", group.name),
            "the group has no rule".to_owned(),
        );
        return;
    }
    let broken: Vec<&&Rule> = rules
        .iter()
        .filter(|rule| !is_well(rule) && !is_open(rule))
        .collect();
    if let Some(first) = broken.first() {
        let error = match first.last_error.as_str() {
            "" => format!("its health is `{}`", words::cut(&first.health, 40)),
            error => words::cut(error, 500),
        };
        findings.fail(
            format!(
                "every evaluation of `{}` without an error at {hop}",
                check.rules
            ),
            format!(
                "{} of {} failed: `{}` of group `{}`: {error}",
                broken.len(),
                words::count(rules.len(), "rule"),
                first.name,
                group.name
            ),
        );
    }
    if let Some(rule) = rules.iter().find(|rule| is_open(rule)) {
        findings.unsure(
            format!(
                "`{}` of group `{}` was not evaluated yet by {hop}",
                rule.name, group.name
            ),
            format!(
                "Wait one interval of the group ({}), or let the check poll with `within:`.",
                words::age(interval(group))
            ),
        );
    }
    age(check, group, rules, now, hop, findings);
}

fn interval(group: &RuleGroup) -> i64 {
    i64::try_from(group.interval_ms).unwrap_or(i64::MAX)
}

/// The limit that is written, else twice the interval: a group is evaluated once an interval, and one evaluation may take nearly one.
fn limit(check: &Rules, group: &RuleGroup) -> Option<AgeLimit> {
    let twice = Duration::from_millis(group.interval_ms.saturating_mul(2));
    check.fresh.or_else(|| {
        (!twice.is_zero()).then_some(AgeLimit {
            op: "<=",
            limit: PromDuration(twice),
        })
    })
}

fn age(
    check: &Rules,
    group: &RuleGroup,
    rules: &[&Rule],
    now: Timestamp,
    hop: &str,
    findings: &mut Findings,
) {
    let Some(limit) = limit(check, group) else {
        findings.unsure(
            format!(
                "{hop} does not say at which interval group `{}` is evaluated",
                group.name
            ),
            "Say with `fresh:` how old the last evaluation may be.",
        );
        return;
    };
    let seen = |rule: &Rule| rule.last_evaluation.or(group.last_evaluation);
    let old = rules
        .iter()
        .filter_map(|rule| Some((rule, seen(rule)?)))
        .find(|(_, at)| !limit.holds(at.age_ms(now)));
    if let Some((rule, at)) = old {
        findings.fail(
            format!(
                "the last evaluation of `{}` {limit} old at {hop}",
                check.rules
            ),
            format!(
                "`{}` of group `{}` was last evaluated {} ago ({at})",
                rule.name,
                group.name,
                words::age(at.age_ms(now))
            ),
        );
    } else if let Some(rule) = rules
        .iter()
        .find(|rule| seen(rule).is_none() && !is_open(rule))
    {
        findings.unsure(
            format!(
                "{hop} does not say when `{}` of group `{}` was last evaluated",
                rule.name, group.name
            ),
            "Wait one interval of the group, or let the check poll with `within:`.",
        );
    }
}

/// No rule and no group has the name: not so where the answer is whole, else nothing can be said.
async fn none(check: &Rules, ask: &Ask, hop: &Backend, told: &Told<RuleGroups>) -> Judged {
    let name = hop.name();
    let says = format!("no rule and no group `{}` at {name}", check.rules);
    let half = |what: String, help: String| {
        Judged::of(
            Verdict::error(format!("{says}, and {what}"), help),
            says.clone(),
        )
    };
    if let Some(warning) = missing_by_warning(&told.value.warnings) {
        return half(
            format!("its answer is incomplete: {warning}"),
            format!("Look at what hop `{name}` warns of, then ask again."),
        );
    }
    if let Some((what, help)) = another_server(ask, hop, &told.value).await {
        return half(what, help);
    }
    let asked = Asked {
        selector: None,
        back: Duration::MAX,
        server_now: told.server_now,
    };
    match completeness(ask, hop, asked).await {
        Completeness::Half { why, help } => half(format!("its answer is not whole: {why}"), help),
        Completeness::Whole(notes) => {
            let actual = format!("{says}; {}", instead(check, &told.value));
            let expected = format!("a rule or a group `{}` at {name}", check.rules);
            Judged {
                notes,
                ..Judged::of(Verdict::fail(expected, actual), says)
            }
        }
    }
}

/// A VictoriaMetrics answers with no groups where it knows nothing of rules: only the flags tell that this is a Prometheus.
async fn another_server(ask: &Ask, hop: &Backend, told: &RuleGroups) -> Option<(String, String)> {
    if hop.kind() != BackendKind::Prometheus || !told.groups.is_empty() {
        return None;
    }
    let name = hop.name();
    match ask.flags(hop).await {
        Ok(flags) if flags.value.0.contains_key("config.file") => None,
        Ok(_) => Some((
            "its flags are not those of a Prometheus".to_owned(),
            format!("Give hop `{name}` the address of the Prometheus that evaluates the rules."),
        )),
        Err(failure) => Some((
            format!("that it is a Prometheus could not be told: {}", failure.what),
            failure.help.unwrap_or_else(|| {
                format!("Open `/api/v1/status/flags` of hop `{name}`, or give it the address of a Prometheus.")
            }),
        )),
    }
}

fn instead(check: &Rules, told: &RuleGroups) -> String {
    let groups = told.groups.iter().map(|group| group.name.as_str());
    let rules = told
        .groups
        .iter()
        .flat_map(|group| group.rules.iter().map(|rule| rule.name.as_str()));
    if let Some(near) = words::nearest(&check.rules, groups.clone().chain(rules)) {
        return format!("the nearest name is `{near}`");
    }
    let groups: Vec<&str> = groups.collect();
    match groups.as_slice() {
        [] => "it has no rules at all".to_owned(),
        groups => format!("its groups are {}", words::few(groups, 5)),
    }
}

fn table(check: &Rules, meant: &[(&RuleGroup, Vec<&Rule>)], now: Timestamp) -> Table {
    let mut rows: Vec<(bool, Vec<String>)> = meant
        .iter()
        .flat_map(|(group, rules)| rules.iter().map(move |rule| (group, rule)))
        .map(|(group, rule)| {
            let last = rule.last_evaluation.or(group.last_evaluation);
            let last = last.map_or("never".to_owned(), |at| {
                format!("{at} ({})", words::ago(at.age_ms(now)))
            });
            let row = vec![
                group.name.clone(),
                rule.name.clone(),
                rule.health.clone(),
                last,
                words::cut(&rule.last_error, 300),
            ];
            (is_well(rule), row)
        })
        .collect();
    // What is not well comes first, so that it is not what is cut.
    rows.sort_by_key(|(well, _)| *well);
    let mut title = format!("rules of {}", check.rules);
    if rows.len() > ROWS {
        title.push_str(&format!(", the first {ROWS} of {}", rows.len()));
    }
    Table {
        title,
        columns: ["group", "rule", "health", "last evaluation", "last error"]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.into_iter().take(ROWS).map(|(_, row)| row).collect(),
    }
}
