//! Floor 2: the door. Every fact the program learns about the world is an answer to a question put here.

mod asking;
mod batch;
mod dispatch;
mod door;
mod flight;
mod gate;
mod live;
mod of_backends;
mod of_network;
mod options;
mod question;
mod queue;
mod request;
mod retry;
mod tape;
mod witness;

pub use asking::{Answer, Ask, Told};
pub use door::{Door, Script};
pub use flight::Settled;
pub use options::DoorOptions;
pub use question::{Question, Reply};
pub use tape::TapeError;
pub use witness::Witness;
