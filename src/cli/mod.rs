//! Floor 9: argv, terminal, colour, progress, files to write, exit codes. Does not know how anything is asked.

mod arguments;
mod atomic_file;
mod choices;
mod completions;
mod demo;
mod doctor;
mod doctor_text;
mod ending;
mod entry;
mod explain;
mod flag_groups;
mod list;
mod loading;
mod output;
mod panic_hook;
mod progress;
mod run;
mod signals;
mod surroundings;
mod terminal;
mod trace;
mod validate;

pub use arguments::command;
pub use entry::main;
