//! Floor 2: the door. Every fact the program learns about the world is an answer to a question put here.

mod asking;
mod door;
mod question;
mod witness;

pub use asking::{Answer, Ask, Told};
pub use door::{Door, Script, Settled};
pub use question::{Question, Reply};
pub use witness::Witness;
