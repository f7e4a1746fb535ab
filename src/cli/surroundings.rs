//! What the process finds around it: environment, terminals, host name. Read once, here and nowhere else.

use std::collections::BTreeMap;
use std::io::IsTerminal;

/// The surroundings of the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// Environment variables whose names and values are UTF-8.
    pub(crate) env: BTreeMap<String, String>,
    /// Names of variables whose values are not.
    pub(crate) unreadable: Vec<String>,
    /// Whether standard output is a terminal.
    pub(crate) stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub(crate) stderr_is_terminal: bool,
    /// The machine's name.
    pub(crate) host: String,
}

impl Surroundings {
    /// The surroundings of this process.
    pub(crate) fn look() -> Self {
        let (mut env, mut unreadable) = (BTreeMap::new(), Vec::new());
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => {
                    env.insert(name, value);
                }
                (Ok(name), Err(_)) => unreadable.push(name),
                (Err(_), _) => {}
            }
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
            .ok()
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .or_else(|| env.get("HOSTNAME").cloned())
            .unwrap_or_else(|| "of unknown name".to_owned());
        Self {
            env,
            unreadable,
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            host,
        }
    }

    /// Whether a variable is set to something.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.env.get(name).is_some_and(|value| !value.is_empty())
    }

    /// From where the run looks, as reports say it.
    pub(crate) fn vantage(&self) -> String {
        format!("runner {}", self.host)
    }

    /// What is wrong with the environment variables that are meant for gapcheck.
    pub(crate) fn unreadable(&self) -> Vec<String> {
        let unreadable = self
            .unreadable
            .iter()
            .filter(|name| name.starts_with("GAPCHECK_"));
        let mut wrong: Vec<String> = unreadable
            .map(|name| format!("the environment variable `{name}` is not UTF-8"))
            .collect();
        if self.env.contains_key("GAPCHECK_VAR_") {
            wrong.push(
                "the environment variable `GAPCHECK_VAR_` names no variable after its prefix"
                    .to_owned(),
            );
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(env: &[(&str, &str)]) -> Surroundings {
        Surroundings {
            env: env
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Surroundings::default()
        }
    }

    #[test]
    fn c07_a_variable_that_cannot_be_read_is_named() {
        let mut around = with(&[("GAPCHECK_VAR_", "x"), ("GAPCHECK_VAR_cost", "y")]);
        around.unreadable = vec!["GAPCHECK_VAR_odd".to_owned(), "OTHER".to_owned()];
        let wrong = around.unreadable();
        assert_eq!(wrong.len(), 2);
        assert!(wrong[0].contains("`GAPCHECK_VAR_odd`"));
        assert!(wrong[1].contains("`GAPCHECK_VAR_`"));
    }
}
