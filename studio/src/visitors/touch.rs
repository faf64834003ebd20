//! A film on a day, as one visitor met it. Two of the same are joined: that is commutative, associative and idempotent, so that a set of rows has one outcome.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ledger::portion::Facts;

/// When a visitor first met a film on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// The film's id.
    pub video: String,
    /// Days since 1970, UTC.
    pub day: u32,
    /// When a placement with it that was shown began, in milliseconds since 1970.
    pub shown_ms: Option<u64>,
    /// When it started.
    pub watched_ms: Option<u64>,
    /// What the catalogue said of it at the earlier of these.
    pub facts: Facts,
}

impl Touch {
    /// The earlier of its times.
    #[must_use]
    pub fn first_ms(&self) -> u64 {
        earlier(self.shown_ms, self.watched_ms).unwrap_or(u64::MAX)
    }

    fn is_of(&self, other: &Self) -> bool {
        (self.day, &self.video) == (other.day, &other.video)
    }

    fn join(&mut self, other: &Self) {
        if (other.first_ms(), &other.facts) < (self.first_ms(), &self.facts) {
            self.facts = other.facts.clone();
        }
        self.shown_ms = earlier(self.shown_ms, other.shown_ms);
        self.watched_ms = earlier(self.watched_ms, other.watched_ms);
    }
}

fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}

/// Joins others in, by film and day; returns whether that changed anything.
pub fn join(known: &mut Vec<Touch>, more: &[Touch]) -> bool {
    let before = known.clone();
    for touch in more {
        match known.iter_mut().find(|one| one.is_of(touch)) {
            Some(one) => one.join(touch),
            None => known.push(touch.clone()),
        }
    }
    known.sort_by(|one, other| (one.day, &one.video).cmp(&(other.day, &other.video)));
    *known != before
}

/// What visitors had met of an order's films, by visitor.
pub type Touches = BTreeMap<String, Vec<Touch>>;

/// What one visitor had met of the films of one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// The order's name in the ledger.
    pub order: String,
    /// The visitor.
    pub visitor: String,
    /// The films.
    pub touches: Vec<Touch>,
}
