//! Floor 9: argv, terminal, colour, progress, files to write, exit codes. Does not know how anything is asked.

mod arguments;
mod atomic_file;
mod completions;
mod demo;
mod ending;
mod entry;
mod output;
mod panic_hook;
mod progress;
mod signals;
mod surroundings;
mod terminal;

pub use arguments::command;
pub use entry::main;
