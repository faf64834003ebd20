//! Which snapshots of a placement or session arrived. A maximum shows no gaps; what is missing below it was lost on the way, and that is how loss is measured.

use alloc::vec::Vec;

/// A snapshot's `seq` goes up to this: one a second for more than a day, which no session lasts.
pub const MAX_SEQ: u32 = 100_000;

/// A set of `seq`s, as a bitmap: bit 0 of byte 0 is `seq` 1.
///
/// ```
/// # use shelfreel_playback::SeqSet;
/// let mut seen = SeqSet::default();
/// assert!(seen.insert(1) && seen.insert(4) && !seen.insert(4));
/// assert_eq!((seen.count(), seen.last(), seen.missing()), (2, 4, 2));
/// assert_eq!(SeqSet::from_bytes(seen.as_bytes()), seen);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeqSet {
    bits: Vec<u8>,
}

impl SeqSet {
    /// Reads what [`SeqSet::as_bytes`] wrote. Bytes beyond [`MAX_SEQ`] were not.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut bits = bytes.to_vec();
        bits.truncate(MAX_SEQ as usize / 8);
        // A set has one spelling only, so that equal sets are equal bytes.
        while bits.last() == Some(&0) {
            bits.pop();
        }
        Self { bits }
    }

    /// The bitmap, for keeping.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bits
    }

    /// Puts a `seq` in. False when it was in already, or is not from 1 to [`MAX_SEQ`].
    pub fn insert(&mut self, seq: u32) -> bool {
        let Some(place) = seq.checked_sub(1).filter(|place| *place < MAX_SEQ) else {
            return false;
        };
        let (byte, bit) = ((place / 8) as usize, 1 << (place % 8));
        if byte >= self.bits.len() {
            self.bits.resize(byte + 1, 0);
        }
        self.bits.get_mut(byte).is_some_and(|bits| {
            let new = *bits & bit == 0;
            *bits |= bit;
            new
        })
    }

    /// Puts in all of another set.
    ///
    /// ```
    /// # use shelfreel_playback::SeqSet;
    /// let (mut one, mut other) = (SeqSet::default(), SeqSet::default());
    /// one.insert(1);
    /// other.insert(20);
    /// one.merge(&other);
    /// assert_eq!((one.count(), one.missing()), (2, 18));
    /// ```
    pub fn merge(&mut self, other: &Self) {
        let bytes = self.bits.len().max(other.bits.len());
        self.bits.resize(bytes, 0);
        for (bits, more) in self.bits.iter_mut().zip(&other.bits) {
            *bits |= more;
        }
    }

    /// How many are in.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.bits.iter().map(|bits| bits.count_ones()).sum()
    }

    /// The highest; 0 when there is none.
    #[must_use]
    pub fn last(&self) -> u32 {
        // The last byte is never 0.
        self.bits
            .last()
            .map_or(0, |bits| self.bits.len() as u32 * 8 - bits.leading_zeros())
    }

    /// How many below the highest are not in: what was lost, so far as that is known.
    #[must_use]
    pub fn missing(&self) -> u32 {
        self.last().saturating_sub(self.count())
    }
}
