//! The `gapcheck` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    gapcheck::cli::main()
}
