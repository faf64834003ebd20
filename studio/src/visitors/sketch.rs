//! How many different visitors there were: a HyperLogLog sketch of their names, which says how many they are and has no list of them (Flajolet et al. 2007; Apache DataSketches' form, of 2^12 registers, HLL_4).
//!
//! A sketch only grows: a visitor who is added twice is there once, and two sketches are merged register by register, the larger value of each. So what is in it is a function of the *set* of
//! visitors. What the library estimates of it by default is not: it keeps an account of how the registers were raised one after the other (HIP), which is a little more accurate, and another for
//! each order of arrival. Here a sketch forgets that account before it is asked, compared or written ([`Sketch::settled`]).
//!
//! Up to 384 visitors it holds their hashes, 26 bits for the place and 6 for the value, and is as good as exact; then it is 2.1 KB, whatever comes, and off by up to 1.6 % (one standard deviation).

use datasketches::common::NumStdDev;
use datasketches::hash::value::raw_bytes;
use datasketches::hll::{HllSketch, HllType, HllUnion};

/// 2^12 registers: docs/decisions/0011.
const LG_REGISTERS: u8 = 12;

/// Why something is no sketch.
#[derive(Debug, thiserror::Error)]
#[error("a sketch cannot be read: {0}")]
pub struct NoSketch(#[from] datasketches::error::Error);

/// How many visitors there were, as far as a sketch knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// The likeliest number.
    pub count: u64,
    /// With 95 % (two standard deviations) there were no fewer,
    pub low: u64,
    /// and no more.
    pub high: u64,
}

/// Some visitors.
#[derive(Clone, Debug)]
pub struct Sketch(HllUnion);

impl Sketch {
    /// Of nobody.
    ///
    /// # Errors
    /// Never: the library demands it.
    pub fn new() -> Result<Self, NoSketch> {
        Ok(Self(HllUnion::new(LG_REGISTERS)?))
    }

    /// Adds a visitor, by name.
    pub fn add(&mut self, visitor: &str) {
        // As the library's other languages hash it, on every machine alike.
        self.0.update_value(raw_bytes::from_str(visitor));
    }

    /// Adds those of another, as [`Sketch::bytes`] wrote it.
    ///
    /// # Errors
    /// When these bytes are no sketch.
    pub fn merge(&mut self, bytes: &[u8]) -> Result<(), NoSketch> {
        if !bytes.is_empty() {
            self.0.update(&HllSketch::deserialize(bytes)?);
        }
        Ok(())
    }

    /// As it is kept: nothing of nobody, 12 bytes of one visitor, at most some 2.1 KB.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        self.settled().to_sketch(HllType::Hll4).serialize()
    }

    /// How many there are: the same for the same visitors, however they came.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        let settled = self.settled();
        Estimate {
            count: whole(settled.estimate()),
            low: whole(settled.lower_bound(NumStdDev::Two)),
            high: whole(settled.upper_bound(NumStdDev::Two)),
        }
    }

    /// The same without the account of how it became so, which nothing but a union of registers makes the library forget: here, with itself.
    fn settled(&self) -> HllUnion {
        let mut settled = self.0.clone();
        settled.update(&self.registers());
        settled
    }

    fn registers(&self) -> HllSketch {
        self.0.to_sketch(HllType::Hll8)
    }
}

/// The same visitors, so far as sketches can tell.
impl PartialEq for Sketch {
    fn eq(&self, other: &Self) -> bool {
        let settled = |sketch: &Self| sketch.settled().to_sketch(HllType::Hll8);
        settled(self) == settled(other)
    }
}

/// The library's numbers are never negative, and far from 2^53.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` takes what is out of range to its end"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(visitors: impl IntoIterator<Item = u32>) -> Sketch {
        let mut sketch = Sketch::new().unwrap();
        for visitor in visitors {
            sketch.add(&format!("visitor {visitor}"));
        }
        sketch
    }

    fn merged(sketches: &[Sketch]) -> Sketch {
        let mut merged = Sketch::new().unwrap();
        for sketch in sketches {
            merged.merge(&sketch.bytes()).unwrap();
        }
        merged
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_same_visitors_are_the_same_sketch_in_whatever_order_how_often_and_by_how_many_shards_they_came(
            count in prop_oneof![0..20_u32, 300..500_u32, 500..6000_u32],
            turn in any::<u32>(),
            twice in 0..1000_u32,
            shards in 1..17_u32,
            kept_after in 1..2000_usize,
        ) {
            let once = of(0..count);
            let turned = (0..count).rev().map(|visitor| (visitor + turn % count.max(1)) % count);
            let mut other = Sketch::new().unwrap();
            for (place, visitor) in turned.chain(0..twice.min(count)).enumerate() {
                // What is kept and read again goes on.
                if place % kept_after == 0 {
                    other = merged(&[other]);
                }
                other.add(&format!("visitor {visitor}"));
            }
            prop_assert_eq!(&once, &other);
            prop_assert_eq!(once.estimate(), other.estimate());
            let of_shard = |shard| of((0..count).filter(|visitor| visitor % shards == shard).chain(0..twice.min(count)));
            let parts: Vec<Sketch> = (0..shards).map(of_shard).collect();
            let reversed: Vec<Sketch> = parts.iter().rev().cloned().collect();
            prop_assert_eq!(&merged(&parts), &once);
            prop_assert_eq!(merged(&reversed).estimate(), once.estimate());
        }
    }

    #[test]
    fn the_librarys_own_estimate_is_another_in_another_order() {
        let (one, other) = (of(0..5000), of((0..5000).rev()));
        assert_ne!(one.0.estimate().to_bits(), other.0.estimate().to_bits());
        assert_eq!(one.estimate(), other.estimate());
        assert_eq!(one.bytes(), other.bytes());
    }

    #[test]
    fn few_are_as_many_as_they_are() {
        for count in (0..40).chain(370..=384) {
            let exactly = u64::from(count);
            let estimate = Estimate {
                count: exactly,
                low: exactly,
                high: exactly,
            };
            assert_eq!(of(0..count).estimate(), estimate);
        }
    }

    #[test]
    fn many_are_estimated_and_the_bounds_hold_as_often_as_they_say() {
        let (trials, count) = (100, 10_000_u32);
        let (mut squares, mut held) = (0.0, 0);
        for trial in 0..trials {
            let Estimate {
                count: estimated,
                low,
                high,
            } = of(trial * count..(trial + 1) * count).estimate();
            squares += (estimated as f64 / f64::from(count) - 1.0).powi(2);
            held += u32::from((low..=high).contains(&u64::from(count)));
        }
        let error = (squares / f64::from(trials)).sqrt();
        assert!((0.012..0.02).contains(&error), "{error}");
        assert!(held >= 90, "{held} of {trials}");
    }

    #[test]
    fn a_sketch_has_few_bytes_and_reads_back_as_it_was() {
        assert_eq!(of(0..0).bytes().len(), 0);
        assert_eq!(of(0..1).bytes().len(), 12);
        assert_eq!(of(0..100).bytes().len(), 412);
        let many = of(0..100_000);
        assert!((2088..2150).contains(&many.bytes().len()));
        assert_eq!(merged(std::slice::from_ref(&many)), many);
    }

    #[test]
    fn what_is_no_sketch_is_told_and_not_taken_for_nobody() {
        let told = Sketch::new().unwrap().merge(b"no sketch").unwrap_err();
        assert!(told.to_string().starts_with("a sketch cannot be read: "));
        let whole = of(0..1000).bytes();
        for cut in [1, 8, 40, whole.len() - 1] {
            assert!(
                Sketch::new().unwrap().merge(&whole[..cut]).is_err(),
                "{cut}"
            );
        }
    }
}
