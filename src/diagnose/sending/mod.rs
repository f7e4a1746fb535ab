//! Out of Prometheus: the block, the queue, the network to the receiver.

mod causes;

pub(crate) use causes::CAUSES;
