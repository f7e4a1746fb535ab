//! The settings of a check as a run would take them, and where each comes from.

use std::time::Duration;

use serde::Serialize;

use crate::leaves::{OriginRecord, PromDuration};
use crate::plan::Step;
use crate::suite::Setting;

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SettingDocs {
    /// Its key.
    pub(crate) key: String,
    /// Its value.
    pub(crate) value: String,
    /// Who says so.
    pub(crate) from: From,
    /// Where that is written.
    pub(crate) origin: Option<OriginRecord>,
}

/// Who says what a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum From {
    /// The check itself.
    Check,
    /// The suite, for all its checks.
    Suite,
    /// The command line, or its variable in the environment.
    CommandLine,
    /// Nobody: it is so where nothing is said.
    BuiltIn,
}

/// All settings of a step: those of the check in the order of writing, then what others say. `timeout` is that of the command line,
/// which wins.
pub(crate) fn merged(step: &Step, timeout: Option<Duration>) -> Vec<SettingDocs> {
    let settings = step.settings.clone().unwrap_or_default();
    let is_own = |key: &str| settings.own.iter().any(|own| own.key == key);
    let mut merged: Vec<SettingDocs> = settings
        .own
        .iter()
        .filter(|own| !(own.key == "timeout" && timeout.is_some()))
        .map(|own| written(own, From::Check))
        .collect();
    let inherited = settings.inherited.iter().filter(|inherited| {
        match inherited.key.as_str() {
            // Those of the suite are added to the check's own.
            "tags" => true,
            "timeout" => !is_own("timeout") && timeout.is_none(),
            key => !is_own(key),
        }
    });
    merged.extend(inherited.map(|inherited| written(inherited, From::Suite)));
    if let Some(timeout) = timeout {
        merged.push(told(
            "timeout",
            PromDuration(timeout).to_string(),
            From::CommandLine,
        ));
    }
    let built_in = [
        ("id", step.check_id.to_string()),
        ("severity", step.severity.word().to_owned()),
        ("timeout", PromDuration(step.timeout).to_string()),
        ("within", "judged once".to_owned()),
    ];
    for (key, value) in built_in {
        if merged.iter().all(|setting| setting.key != key) {
            merged.push(told(key, value, From::BuiltIn));
        }
    }
    merged
}

fn written(setting: &Setting, from: From) -> SettingDocs {
    SettingDocs {
        key: setting.key.clone(),
        value: setting.value.clone(),
        from,
        origin: Some((&setting.origin).into()),
    }
}

fn told(key: &str, value: String, from: From) -> SettingDocs {
    SettingDocs {
        key: key.to_owned(),
        value,
        from,
        origin: None,
    }
}

impl SettingDocs {
    /// Where it comes from, in words.
    pub(crate) fn place(&self) -> String {
        match (&self.origin, self.from) {
            (Some(origin), From::Suite) => format!("suite, {}:{}", origin.file, origin.line),
            (Some(origin), _) => format!("{}:{}", origin.file, origin.line),
            (None, From::CommandLine) => {
                format!("`--{0}` or GAPCHECK_{1}", self.key, self.key.to_uppercase())
            }
            (None, _) => "built in".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::leaves::Origin;
    use crate::run::sample::step;
    use crate::suite::Settings;

    fn settings(of: &[(&str, &str)]) -> std::sync::Arc<[Setting]> {
        let one = |(key, value): &(&str, &str)| Setting {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
            origin: Origin::whole(Path::new("s.yaml")),
        };
        of.iter().map(one).collect()
    }

    fn places(merged: &[SettingDocs]) -> Vec<String> {
        let one = |docs: &SettingDocs| format!("{}={} {}", docs.key, docs.value, docs.place());
        merged.iter().map(one).collect()
    }

    #[test]
    fn the_check_wins_over_the_suite_and_the_command_line_over_both() {
        let step = Step {
            settings: Some(Settings {
                own: settings(&[("metric", "up"), ("timeout", "3s"), ("tags", "[a]")]),
                inherited: settings(&[("timeout", "5s"), ("owner", "me"), ("tags", "[b]")]),
            }),
            ..step("s/up")
        };
        assert_eq!(
            places(&merged(&step, None)),
            [
                "metric=up s.yaml:1",
                "timeout=3s s.yaml:1",
                "tags=[a] s.yaml:1",
                "owner=me suite, s.yaml:1",
                "tags=[b] suite, s.yaml:1",
                "id=s/up built in",
                "severity=critical built in",
                "within=judged once built in",
            ]
        );
        let told = places(&merged(&step, Some(Duration::from_secs(1))));
        assert!(
            told.contains(&"timeout=1s `--timeout` or GAPCHECK_TIMEOUT".to_owned()),
            "{told:?}"
        );
        assert!(
            !told.iter().any(|told| told.starts_with("timeout=3s")),
            "{told:?}"
        );
    }
}
