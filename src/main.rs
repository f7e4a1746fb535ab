//! The `gapcheck` command.

fn main() {}
