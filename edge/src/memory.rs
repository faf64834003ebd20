//! What this isolate still holds of the catalogue: parsed, bounded in bytes, scan-resistant.
//!
//! An entry is *fresh* for 30 s (with KV's own minute that keeps a publish visible everywhere within two minutes) and stays after that
//! until others push it out, so that the edge can go on serving when KV does not answer (it was out for two and a half hours on
//! 2025-06-12). That there is nothing under a key is held as well: most look-ups find nothing. The cache is S3-FIFO-like (`quick_cache`):
//! a crawler's million made-up codes pass through without pushing out what shoppers ask for.

use shelfreel_matching::record::{Record, Shop, VideoFacts};

use crate::bounded::{Bounded, bounded};
use crate::visitor::{SALT, is_salt};

/// How long an entry is served without asking KV again.
pub const FRESH_MS: u64 = 30_000;

/// Of an isolate's 128 MB (Workers' limit), which also holds the code and what requests in flight need.
pub const CAPACITY_BYTES: u64 = 32 * 1024 * 1024;

/// What an entry costs beside its key and value: the maps' own bookkeeping, rounded up.
const OVERHEAD_BYTES: u64 = 128;

/// What a key held when it was read.
#[derive(Debug, Clone)]
pub enum Held {
    /// A shop's own settings.
    Shop(Shop),
    /// Everything published for one canonical code.
    Record(Record),
    /// What the edge adds to playback of one video.
    Video(VideoFacts),
    /// A day's salt ([`crate::visitor`]).
    Salt(Box<str>),
    /// Nothing is there.
    Absent,
    /// Something is there that this build cannot read: served as if nothing were, and logged once when it was read.
    Unreadable,
}

/// What is kept of one key.
#[derive(Debug, Clone)]
pub struct Entry {
    read_at_ms: u64,
    bytes: u64,
    held: Held,
}

impl Entry {
    /// What the key held when it was read.
    #[must_use]
    pub const fn held(&self) -> &Held {
        &self.held
    }

    /// Up to and including when it is fresh, in milliseconds since 1970. A salt never changes.
    #[must_use]
    pub const fn fresh_until_ms(&self) -> u64 {
        match self.held {
            Held::Salt(_) => u64::MAX,
            _ => self.read_at_ms.saturating_add(FRESH_MS),
        }
    }
}

#[derive(Clone)]
struct Bytes;

impl quick_cache::Weighter<Box<str>, Entry> for Bytes {
    fn weight(&self, key: &Box<str>, entry: &Entry) -> u64 {
        entry
            .bytes
            .saturating_add(key.len() as u64)
            .saturating_add(OVERHEAD_BYTES)
    }
}

/// How old an entry may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// At most 30 s: what every look-up is served.
    Fresh,
    /// Whatever there still is: only when the store does not answer.
    Any,
}

/// The isolate's memory of the catalogue.
pub struct Memory {
    cache: Bounded<Box<str>, Entry, Bytes>,
    /// The salt that was asked for last, or that there is none: nothing else pushes it out, and that of the day before goes when the next day's comes.
    salt: Option<(Box<str>, Entry)>,
}

impl Default for Memory {
    fn default() -> Self {
        Self::with_capacity(CAPACITY_BYTES)
    }
}

impl Memory {
    /// Memory for this many bytes.
    #[must_use]
    pub fn with_capacity(bytes: u64) -> Self {
        // An average record is about a kilobyte.
        Self {
            cache: bounded(bytes, 1024, Bytes),
            salt: None,
        }
    }

    /// What is held under a key, if it is young enough.
    #[must_use]
    pub fn get(&self, key: &str, age: Age, now_ms: u64) -> Option<&Held> {
        self.entry(key, age, now_ms).map(Entry::held)
    }

    /// What is held under a key, with its age, if it is young enough.
    #[must_use]
    pub fn entry(&self, key: &str, age: Age, now_ms: u64) -> Option<&Entry> {
        let entry = if key.starts_with(SALT) {
            let (of, entry) = self.salt.as_ref()?;
            Some(entry).filter(|_| **of == *key)
        } else {
            self.cache.get(key)
        }?;
        (age == Age::Any || now_ms <= entry.fresh_until_ms()).then_some(entry)
    }

    /// Keeps what was read from the store; `false` when this build cannot read it.
    #[must_use = "an unreadable record is for the operator's eyes"]
    pub fn keep(&mut self, key: &str, value: Option<&str>, now_ms: u64) -> bool {
        let held = parse(key, value);
        let readable = !matches!(held, Held::Unreadable);
        let bytes = match &held {
            Held::Shop(shop) => shop.size_bytes(),
            Held::Record(record) => record.size_bytes(),
            Held::Video(facts) => facts.size_bytes(),
            Held::Salt(_) | Held::Absent | Held::Unreadable => 0,
        };
        let entry = Entry {
            read_at_ms: now_ms,
            bytes: bytes as u64,
            held,
        };
        if key.starts_with(SALT) {
            self.salt = Some((key.into(), entry));
        } else {
            self.cache.insert(key.into(), entry);
        }
        readable
    }

    /// The bytes held now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.cache.weight()
    }
}

fn parse(key: &str, value: Option<&str>) -> Held {
    let Some(text) = value else {
        return Held::Absent;
    };
    let parsed = match key.split_once(':').map_or("", |(kind, _)| kind) {
        "shop" => Shop::parse(text).map(Held::Shop),
        "video" => VideoFacts::parse(text).map(Held::Video),
        "salt" if is_salt(text) => return Held::Salt(text.into()),
        "salt" => return Held::Unreadable,
        _ => Record::parse(text).map(Held::Record),
    };
    parsed.unwrap_or(Held::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_fresh_for_thirty_seconds_and_held_after_that() {
        let mut memory = Memory::default();
        assert!(memory.keep("gtin:08710103937746", None, 1_000));
        assert!(
            memory
                .get("gtin:08710103937746", Age::Fresh, 31_000)
                .is_some()
        );
        assert!(
            memory
                .get("gtin:08710103937746", Age::Fresh, 31_001)
                .is_none()
        );
        assert!(
            memory
                .get("gtin:08710103937746", Age::Any, 9_000_000)
                .is_some()
        );
    }

    #[test]
    fn a_million_made_up_codes_take_no_more_than_the_bound() {
        let mut memory = Memory::with_capacity(1024 * 1024);
        for n in 0..1_000_000_u64 {
            assert!(memory.keep(&format!("gtin:{n:014}"), None, 0));
            assert!(
                memory.bytes() <= 1024 * 1024,
                "after {n}: {}",
                memory.bytes()
            );
        }
    }

    #[test]
    fn what_shoppers_ask_for_outlives_a_crawl() {
        let mut memory = Memory::with_capacity(1024 * 1024);
        assert!(memory.keep("gtin:wanted", None, 0));
        for n in 0..100_000_u64 {
            assert!(
                memory.get("gtin:wanted", Age::Any, 0).is_some(),
                "pushed out after {n} made-up codes"
            );
            assert!(memory.keep(&format!("gtin:{n:014}"), None, 0));
        }
    }

    #[test]
    fn a_salt_is_good_for_its_day_a_missing_one_is_asked_again_and_yesterdays_is_gone() {
        let mut memory = Memory::with_capacity(0);
        let (today, tomorrow) = ("salt:2026-11-22", "salt:2026-11-23");
        assert!(memory.keep(today, None, 0));
        assert!(memory.get(today, Age::Fresh, FRESH_MS).is_some());
        assert!(memory.get(today, Age::Fresh, FRESH_MS + 1).is_none());
        let salt = "s".repeat(43);
        assert!(memory.keep(today, Some(&salt), 0));
        assert!(
            matches!(memory.get(today, Age::Fresh, 86_399_999), Some(Held::Salt(held)) if **held == *salt)
        );
        assert!(memory.get(tomorrow, Age::Any, 0).is_none());
        assert!(memory.keep(tomorrow, None, 86_400_000));
        assert!(memory.get(today, Age::Any, 86_400_000).is_none());
        assert!(!memory.keep(tomorrow, Some("short"), 86_400_000));
    }

    #[test]
    fn what_cannot_be_read_counts_as_nothing_and_is_told() {
        let mut memory = Memory::default();
        assert!(!memory.keep("gtin:00000000000017", Some("{\"v\":99}"), 0));
        assert!(matches!(
            memory.get("gtin:00000000000017", Age::Fresh, 0),
            Some(Held::Unreadable)
        ));
    }
}
