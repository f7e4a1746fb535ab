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

    /// Variables of suites, given as `GAPCHECK_VAR_name`.
    ///
    /// # Errors
    /// The name of a variable whose value is not UTF-8.
    pub(crate) fn vars(&self) -> Result<Vec<(String, String)>, String> {
        const PREFIX: &str = "GAPCHECK_VAR_";
        if let Some(name) = self.unreadable.iter().find(|name| name.starts_with(PREFIX)) {
            return Err(format!("the environment variable `{name}` is not UTF-8"));
        }
        let mut vars = Vec::new();
        for (name, value) in &self.env {
            match name.strip_prefix(PREFIX) {
                Some("") => {
                    return Err(format!(
                        "the environment variable `{PREFIX}` names no variable after its prefix"
                    ));
                }
                Some(name) => vars.push((name.to_owned(), value.clone())),
                None => {}
            }
        }
        Ok(vars)
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
    fn variables_of_suites_come_from_the_environment() {
        let found = with(&[
            ("GAPCHECK_VAR_cost", "x"),
            ("GAPCHECK_JOBS", "2"),
            ("PATH", "/"),
        ])
        .vars();
        assert_eq!(found.unwrap(), [("cost".to_owned(), "x".to_owned())]);
    }

    #[test]
    fn c07_a_variable_that_cannot_be_read_is_named() {
        let mut around = with(&[("GAPCHECK_VAR_", "x")]);
        assert!(around.vars().unwrap_err().contains("`GAPCHECK_VAR_`"));
        around.env.clear();
        around.unreadable.push("GAPCHECK_VAR_cost".to_owned());
        assert!(around.vars().unwrap_err().contains("`GAPCHECK_VAR_cost`"));
    }
}
