//! How long to wait between two judgings of one check.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(15);

/// Waits that grow by half each time: 0.5 s, 0.75 s, 1.1 s .. 15 s.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Backoff {
    /// The next wait, never longer than what is left: the last judging falls on the deadline itself.
    pub(crate) fn wait(&mut self, left: Duration) -> Duration {
        let wait = self.next.min(left);
        self.next = (self.next + self.next / 2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_by_half_up_to_fifteen_seconds_and_end_on_the_deadline() {
        let mut backoff = Backoff::default();
        let long = Duration::from_secs(3600);
        let waits: Vec<u128> = (0..12).map(|_| backoff.wait(long).as_millis()).collect();
        assert_eq!(waits[..3], [500, 750, 1125]);
        assert_eq!(waits[11], 15_000);
        assert_eq!(backoff.wait(Duration::from_millis(7)).as_millis(), 7);
    }
}
