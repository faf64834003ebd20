//! The last sixty of a unit of time, seconds or minutes, the one that is going on included.

use super::counts::Counts;

/// So many are held.
pub const SLOTS: usize = 60;

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Which second, or minute, since 1970.
    number: u64,
    counts: Counts,
}

/// Sixty slots, each used again for what comes sixty units later.
#[derive(Debug, Clone)]
pub struct Ring {
    unit_ms: u64,
    slots: [Slot; SLOTS],
}

impl Ring {
    /// Of units that are so long.
    #[must_use]
    pub fn new(unit_ms: u64) -> Self {
        Self {
            unit_ms: unit_ms.max(1),
            slots: [Slot::default(); SLOTS],
        }
    }

    /// Counts what happened then. What is older than the ring is let go.
    pub fn add(&mut self, at_ms: u64, counts: Counts) {
        let number = self.number(at_ms);
        let Some(slot) = self.slots.get_mut(place(number)) else {
            return;
        };
        if slot.number < number {
            *slot = Slot {
                number,
                ..Slot::default()
            };
        }
        if slot.number == number {
            slot.counts = slot.counts.plus(counts);
        }
    }

    /// What each of the last sixty holds, the one that is going on last.
    pub fn last(&self, now_ms: u64) -> impl Iterator<Item = Counts> {
        let now = self.number(now_ms);
        (0..SLOTS as u64).rev().map(move |ago| {
            let held = now.checked_sub(ago).and_then(|number| {
                let slot = self.slots.get(place(number))?;
                (slot.number == number).then_some(slot.counts)
            });
            held.unwrap_or_default()
        })
    }

    /// All sixty together.
    #[must_use]
    pub fn sum(&self, now_ms: u64) -> Counts {
        self.last(now_ms).fold(Counts::default(), Counts::plus)
    }

    /// When the sum changes next though nothing is added: a slot that holds something leaves.
    #[must_use]
    pub fn next_change_ms(&self, now_ms: u64) -> Option<u64> {
        let oldest = self.last(now_ms).position(|counts| !counts.is_zero())?;
        let number = self.number(now_ms).saturating_add(oldest as u64);
        Some(number.saturating_add(1).saturating_mul(self.unit_ms))
    }

    fn number(&self, at_ms: u64) -> u64 {
        at_ms.checked_div(self.unit_ms).unwrap_or_default()
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the remainder of a division by 60"
)]
fn place(number: u64) -> usize {
    (number % SLOTS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Counts = Counts {
        impressions: 0,
        sessions: 0,
        starts: 1,
        completions: 0,
        carts: 0,
    };

    fn starts(ring: &Ring, now_ms: u64) -> u32 {
        ring.sum(now_ms).starts
    }

    #[test]
    fn what_happened_leaves_after_sixty_units() {
        let mut ring = Ring::new(1_000);
        ring.add(1_000_500, START);
        assert_eq!(starts(&ring, 1_000_500), 1);
        assert_eq!(starts(&ring, 1_059_999), 1);
        assert_eq!(starts(&ring, 1_060_000), 0);
        assert_eq!(ring.next_change_ms(1_000_500), Some(1_060_000));
        assert_eq!(ring.next_change_ms(1_059_999), Some(1_060_000));
        assert_eq!(ring.next_change_ms(1_060_000), None);
    }

    #[test]
    fn a_slot_is_used_again_and_what_is_older_than_it_is_let_go() {
        let mut ring = Ring::new(1_000);
        ring.add(1_000_000, START);
        ring.add(1_060_000, START);
        ring.add(1_000_000, START);
        assert_eq!(starts(&ring, 1_060_000), 1);
    }

    #[test]
    fn the_last_is_the_one_that_is_going_on() {
        let mut ring = Ring::new(1_000);
        ring.add(1_000_000, START);
        ring.add(1_001_000, START.plus(START));
        let last: Vec<u32> = ring.last(1_001_999).map(|counts| counts.starts).collect();
        assert_eq!(last.len(), SLOTS);
        assert_eq!(last[57..], [0, 1, 2]);
    }
}
