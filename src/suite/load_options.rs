//! What loading needs of the outside.

use std::path::PathBuf;

use crate::leaves::Timestamp;
use crate::suite::secret_table::Secrets;

/// The environment, as a function from names to values.
pub type Surrounding = Box<dyn Fn(&str) -> Option<String>>;

/// What loading needs of the outside. Variables: `vars` win over `var_files`, these over `GAPCHECK_VAR_x` in the environment, and
/// this over what the suite says.
pub struct LoadOptions {
    /// Variables from the command line; a later one wins. One that no suite declares is a mistake.
    pub vars: Vec<(String, String)>,
    /// YAML files of variables; a later one wins.
    pub var_files: Vec<PathBuf>,
    /// The environment, for secrets and for `GAPCHECK_VAR_x`.
    pub env: Surrounding,
    /// The time, for waivers.
    pub now: Timestamp,
    /// Whether secrets are taken from where they are.
    pub secrets: Secrets,
    /// Hosts that secrets are bound to (`NAME`, `HOST`), in place of what the suite says.
    pub secret_hosts: Vec<(String, String)>,
    /// Whether to keep what is written for each check, and where.
    pub settings: bool,
}

impl std::fmt::Debug for LoadOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadOptions")
            .field("vars", &self.vars)
            .field("var_files", &self.var_files)
            .field("now", &self.now)
            .field("secrets", &self.secrets)
            .field("secret_hosts", &self.secret_hosts)
            .finish_non_exhaustive()
    }
}

impl Default for LoadOptions {
    /// No variables, an empty environment, the start of the epoch.
    fn default() -> Self {
        Self {
            vars: Vec::new(),
            var_files: Vec::new(),
            env: Box::new(|_| None),
            now: Timestamp::default(),
            secrets: Secrets::Resolve,
            secret_hosts: Vec::new(),
            settings: false,
        }
    }
}
