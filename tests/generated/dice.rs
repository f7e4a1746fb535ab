//! Chance that can be had again: all that is drawn follows from one number (splitmix64).

/// Draws from a seed.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice for one thing to be drawn, which fall as they do whatever is drawn for others.
    pub(crate) fn of(seed: u64, what: &str) -> Self {
        let start = 0xcbf2_9ce4_8422_2325;
        let of_what = what.bytes().fold(start, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut dice = Self(seed ^ of_what);
        Self(dice.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        drawn ^ (drawn >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("lengths fit");
        usize::try_from(self.next() % end).expect("it is below a length")
    }

    /// True so often in a hundred.
    pub(crate) fn percent(&mut self, often: usize) -> bool {
        self.below(100) < often
    }

    /// One of them.
    pub(crate) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

#[test]
fn equal_seeds_fall_alike_and_others_do_not() {
    let falls = |seed| {
        let mut dice = Dice::of(seed, "this");
        (0..20).map(|_| dice.below(1000)).collect::<Vec<_>>()
    };
    assert_eq!(falls(7), falls(7));
    assert_ne!(falls(7), falls(8));
}
