//! Answers that this isolate has given and may give again, word for word.
//!
//! A shop's product page asks the same each time, and so does a list of products, so most look-ups that memory can answer have been answered
//! before. There is no second
//! rule of freshness: an answer is kept for as long as it would be written the same, which is as long as everything that it is made of is
//! fresh in [`crate::memory`] and nothing in it begins or ends. Who writes it says how long that is.

use std::hash::Hash;
use std::ops::RangeInclusive;

use crate::bounded::{Bounded, bounded};

/// Of an isolate's 128 MB (Workers' limit), beside [`crate::memory::CAPACITY_BYTES`]: some 7,000 product pages, or 350 lists of 24 products.
pub const CAPACITY_BYTES: u64 = 12 * 1024 * 1024;

/// The longest answer that is kept: 24 products have about 35 KB. A longer one would push out too many others.
pub const LONGEST_BYTES: usize = 64 * 1024;

/// What an answer costs beside its question and its bytes: the map's own bookkeeping and the body's, rounded up.
const OVERHEAD_BYTES: u64 = 256;

/// Everything of a request that decides its answer, but the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question<'a> {
    /// As the path has it.
    pub shop: &'a str,
    /// As the address has it, undecoded.
    pub query: &'a str,
    /// The page's origin, if the browser says it.
    pub origin: Option<&'a str>,
}

/// A question that is kept: its hash is that of the [`Question`] it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kept {
    shop: Box<str>,
    query: Box<str>,
    origin: Option<Box<str>>,
}

impl From<&Question<'_>> for Kept {
    fn from(question: &Question<'_>) -> Self {
        Self {
            shop: question.shop.into(),
            query: question.query.into(),
            origin: question.origin.map(Into::into),
        }
    }
}

impl quick_cache::Equivalent<Kept> for Question<'_> {
    fn equivalent(&self, kept: &Kept) -> bool {
        *self.query == *kept.query
            && *self.shop == *kept.shop
            && self.origin == kept.origin.as_deref()
    }
}

#[derive(Debug, Clone)]
struct Answer<B> {
    body: B,
    bytes: u64,
    holds_ms: RangeInclusive<u64>,
}

#[derive(Clone)]
struct Bytes;

impl<B> quick_cache::Weighter<Kept, Answer<B>> for Bytes {
    fn weight(&self, kept: &Kept, answer: &Answer<B>) -> u64 {
        let question =
            kept.shop.len() + kept.query.len() + kept.origin.as_ref().map_or(0, |o| o.len());
        answer
            .bytes
            .saturating_add(question as u64)
            .saturating_add(OVERHEAD_BYTES)
    }
}

/// The answers kept, with bodies as the runtime takes them.
pub struct Answers<B> {
    cache: Bounded<Kept, Answer<B>, Bytes>,
}

impl<B> Default for Answers<B> {
    fn default() -> Self {
        Self::with_capacity(CAPACITY_BYTES)
    }
}

impl<B> Answers<B> {
    /// Room for this many bytes.
    #[must_use]
    pub fn with_capacity(bytes: u64) -> Self {
        // An average answer for one product is about 1.5 KB.
        Self {
            cache: bounded(bytes, 1_536, Bytes),
        }
    }

    /// The answer to this very question, if it would be written the same now.
    #[must_use]
    pub fn get(&self, question: &Question<'_>, now_ms: u64) -> Option<&B> {
        let answer = self.cache.get(question)?;
        answer.holds_ms.contains(&now_ms).then_some(&answer.body)
    }

    /// Keeps an answer of `bytes` bytes that holds from the first to the last of these times, in milliseconds since 1970.
    pub fn keep(
        &mut self,
        question: &Question<'_>,
        body: B,
        bytes: usize,
        holds_ms: RangeInclusive<u64>,
    ) {
        if bytes > LONGEST_BYTES {
            return;
        }
        let answer = Answer {
            body,
            bytes: bytes as u64,
            holds_ms,
        };
        self.cache.insert(question.into(), answer);
    }

    /// The bytes held now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.cache.weight()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quick_cache::Equivalent as _;

    fn question(query: &str) -> Question<'_> {
        Question {
            shop: "shop_demo",
            query,
            origin: None,
        }
    }

    #[test]
    fn an_answer_holds_from_the_first_to_the_last_of_its_times() {
        let mut answers = Answers::default();
        answers.keep(&question("p=1"), "one", 3, 10..=20);
        let at = |now_ms| answers.get(&question("p=1"), now_ms).copied();
        assert_eq!(
            [at(9), at(10), at(20), at(21)],
            [None, Some("one"), Some("one"), None]
        );
    }

    #[test]
    fn only_the_very_same_question_is_the_same_whatever_its_hash() {
        let ask = |(shop, query, origin)| Question {
            shop,
            query,
            origin,
        };
        let questions = [
            ("ab", "c", None),
            ("a", "bc", None),
            ("ab", "d", None),
            ("ac", "c", None),
            ("abc", "", None),
            ("ab", "", Some("c")),
            ("ab", "c", Some("")),
            ("ab", "c", Some("d")),
        ];
        for (kept, at) in questions.map(ask).iter().zip(0..) {
            let mut answers = Answers::default();
            answers.keep(kept, "kept", 4, 0..=1);
            for (asked, place) in questions.map(ask).iter().zip(0..) {
                assert_eq!(asked.equivalent(&Kept::from(kept)), at == place);
                assert_eq!(answers.get(asked, 0).is_some(), at == place);
            }
        }
    }

    #[test]
    fn a_crawl_takes_no_more_than_the_bound() {
        let mut answers = Answers::with_capacity(64 * 1024);
        for n in 0..10_000_u32 {
            answers.keep(&question(&format!("p={n}")), n, 1_500, 0..=1);
            assert!(
                answers.bytes() <= 64 * 1024,
                "after {n}: {}",
                answers.bytes()
            );
        }
    }

    #[test]
    fn an_answer_beyond_measure_is_not_kept() {
        let mut answers = Answers::default();
        answers.keep(&question("p=1"), (), LONGEST_BYTES, 0..=1);
        answers.keep(&question("p=2"), (), LONGEST_BYTES + 1, 0..=1);
        assert!(answers.get(&question("p=1"), 0).is_some());
        assert!(answers.get(&question("p=2"), 0).is_none());
    }
}
