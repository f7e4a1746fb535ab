//! Counts that gather while no slot is free for their backend.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::ask::batch::{self, Shape};
use crate::ask::flight::Landing;
use crate::leaves::Selector;

/// A count that waits.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) selector: Selector,
    pub(crate) timeout: Duration,
    pub(crate) landing: Landing,
}

/// The counts that wait for one backend.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// Shapes that have members, in the order in which they came.
    shapes: VecDeque<Shape>,
    members: HashMap<Shape, VecDeque<Member>>,
    /// Whether somebody is taking members from it.
    leaving: bool,
}

impl Queue {
    /// Adds a member; true when nobody is taking members yet, and the caller must.
    pub(crate) fn push(&mut self, shape: Shape, member: Member) -> bool {
        let members = self.members.entry(shape.clone()).or_default();
        if members.is_empty() {
            self.shapes.push_back(shape);
        }
        members.push_back(member);
        !std::mem::replace(&mut self.leaving, true)
    }

    /// The next members that fit into one query: of one shape, in their order. None when all have left, and nobody takes any more.
    pub(crate) fn next_batch(&mut self) -> Option<(Shape, Vec<Member>)> {
        let Some(shape) = self.shapes.pop_front() else {
            self.leaving = false;
            return None;
        };
        let mut members = self.members.remove(&shape).unwrap_or_default();
        let fit = batch::fitting(members.iter().map(|member| &member.selector));
        let batch = members.drain(..fit).collect();
        if !members.is_empty() {
            self.shapes.push_front(shape.clone());
            self.members.insert(shape.clone(), members);
        }
        Some((shape, batch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &mut Queue, text: &str) -> bool {
        let selector: Selector = text.parse().unwrap();
        let member = Member {
            selector,
            timeout: Duration::from_secs(1),
            landing: tokio::sync::watch::channel(None).0,
        };
        queue.push(batch::shape(&member.selector).unwrap(), member)
    }

    #[test]
    fn members_of_one_shape_leave_together_and_nobody_is_lost() {
        let mut queue = Queue::default();
        assert!(
            push(&mut queue, "a0"),
            "the first one must see to their leaving"
        );
        for at in 1..300 {
            assert!(!push(&mut queue, &format!("a{at}")));
        }
        push(&mut queue, "b{x=\"1\"}");
        let mut sizes = Vec::new();
        while let Some((_, members)) = queue.next_batch() {
            sizes.push(members.len());
        }
        assert_eq!(sizes, [255, 45, 1]);
        assert!(
            push(&mut queue, "a"),
            "after the last one left, the next must see to its leaving"
        );
    }
}
