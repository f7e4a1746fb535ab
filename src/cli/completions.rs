//! `gapcheck completions`: the completions of a shell.

use clap_complete::Shell;

use crate::cli::arguments::command;

/// The completions of this shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "gapcheck", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_has_completions_of_every_verb() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = String::from_utf8(completions(shell)).unwrap();
            for verb in ["run", "validate", "list", "doctor", "explain", "demo"] {
                assert!(script.contains(verb), "{shell} {verb}");
            }
        }
    }
}
