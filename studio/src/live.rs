//! What is watched right now, of one brand, or of one of its shards: made in memory of what the edge tells, and never the source of a figure of the ledgers.
//!
//! **Counting.** Snapshots are cumulative, so what is held of each placement and session is the most that was ever said of it, and what is counted is by how much
//! that grows: a duplicate, or an older snapshot that comes later, adds nothing, and any order gives the same totals. It is counted in the second and
//! minute in which the edge received it. (The ledgers count by the start's hour, which is another question.)
//!
//! **Forgetting.** A placement or session of which nothing was heard for an hour is forgotten, and earlier, the one that was silent the longest, when there is no more
//! [room](ROOM_BYTES). One that is not known is new when it began after all that was forgotten had last been heard, or when this is its first snapshot; else it may
//! have been counted before it was forgotten, so what it says is held and not counted. So nothing is counted twice.
//!
//! **Remembering.** What was counted is also [told to the caller](Heard), who keeps it for an hour; after a restart [`Live::recall`] takes it in again.

pub mod counts;
pub mod pace;
pub mod ring;
pub mod state;
pub mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use counts::Counts;
use ring::Ring;
use state::{List, Playing, Seconds, State};
use told::Told;

/// A session plays now when the last that was heard of it said so, and came less than this ago (docs/figures.md).
pub const PLAYING_MS: u64 = 15_000;

/// What was counted is remembered for so long: the longest window.
pub const REMEMBERED_MS: u64 = 60 * 60 * 1_000;

/// What placements and sessions may take together, of the object's 128 MB: some 60,000 of them, so that with 16 new ones a second in one shard each is known for an
/// hour.
pub const ROOM_BYTES: usize = 32 * 1024 * 1024;

/// What one takes beside its name: the entries of three maps, and the texts that a session is counted under; rounded up.
const OVERHEAD_BYTES: usize = 500;

/// So often those are looked for that have fallen silent; what is shown does not wait for it.
const SWEEP_MS: u64 = 1_000;

/// The name of a placement, of a session, or of a product's carts, in its page view.
type Name = Rc<str>;

/// What is known of one of them.
#[derive(Debug, Default)]
struct Thing {
    /// The most that was ever said.
    counts: Counts,
    /// When it was heard last.
    heard_ms: u64,
    /// Of a session: its best snapshot. (Of others: none.)
    said: Option<Said>,
}

/// What the snapshot with the highest `seq` said.
#[derive(Debug)]
struct Said {
    seq: u32,
    /// When: of several copies the first.
    received_at_ms: u64,
    playing: bool,
    of: Of,
}

/// What a session is counted under while it plays.
#[derive(Debug)]
struct Of {
    video: String,
    product: String,
    category: String,
    series: String,
    language: String,
    shop: String,
}

/// What came of a beacon.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Whether anything that is shown has changed.
    pub changed: bool,
    /// What was counted, to be kept.
    pub counted: Counted,
}

/// What was counted of which placement or session, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// When, by the edge's clock.
    pub at_ms: u64,
    /// By name.
    pub more: Vec<(String, Counts)>,
}

/// One shard's memory.
#[derive(Debug)]
pub struct Live {
    things: BTreeMap<Name, Thing>,
    /// The same by when they were last heard.
    by_heard: BTreeSet<(u64, Name)>,
    /// Those whose last word was that they play.
    playing: BTreeSet<Name>,
    room_bytes: usize,
    bytes: usize,
    /// Until when anything that was forgotten may have been heard.
    forgotten_ms: u64,
    swept_ms: u64,
    seconds: Ring,
    minutes: Ring,
}

impl Default for Live {
    fn default() -> Self {
        Self::with_room(ROOM_BYTES)
    }
}

impl Live {
    /// With room for so many bytes of placements and sessions.
    #[must_use]
    pub fn with_room(room_bytes: usize) -> Self {
        Self {
            things: BTreeMap::new(),
            by_heard: BTreeSet::new(),
            playing: BTreeSet::new(),
            room_bytes,
            bytes: 0,
            forgotten_ms: 0,
            swept_ms: 0,
            seconds: Ring::new(1_000),
            minutes: Ring::new(60_000),
        }
    }

    /// Takes in what the edge tells.
    pub fn hear(&mut self, told: &Told, now_ms: u64) -> Heard {
        // An edge whose clock is ahead of ours tells of no future.
        let at_ms = told.received_at_ms.min(now_ms);
        self.forget(now_ms);
        let mut counted = Counted {
            at_ms,
            more: Vec::new(),
        };
        for one in &told.placements {
            let of = |counts, kind, id: &str| Snapshot {
                name: format!("{}/{kind}/{id}", told.page_view).into(),
                seq: one.seq,
                elapsed_ms: one.elapsed_ms,
                counts,
            };
            // One call of the shop's is heard by every placement of the same code: the carts are the code's.
            let Counts { carts, .. } = one.counts;
            let shown = Counts {
                carts: 0,
                ..one.counts
            };
            self.count(&of(shown, "placement", &one.id), at_ms, &mut counted);
            if carts > 0 {
                let carts = Counts {
                    carts,
                    ..Counts::default()
                };
                self.count(&of(carts, "cart", &one.code), at_ms, &mut counted);
            }
        }
        let mut changed = false;
        for one in &told.sessions {
            let name: Name = format!("{}/session/{}", told.page_view, one.id).into();
            let snapshot = Snapshot {
                name: Rc::clone(&name),
                seq: one.seq,
                elapsed_ms: one.elapsed_ms,
                counts: one.counts,
            };
            self.count(&snapshot, at_ms, &mut counted);
            changed |= self.say(&name, one, &told.shop, at_ms, now_ms);
        }
        self.keep_to_room();
        Heard {
            changed: changed || !counted.more.is_empty(),
            counted,
        }
    }

    /// Takes in again what was counted before a restart, the oldest first.
    pub fn recall(&mut self, counted: Counted, now_ms: u64) {
        let at_ms = counted.at_ms.min(now_ms);
        self.forget(now_ms);
        for (name, more) in counted.more {
            let name: Name = name.into();
            let held = self.thing(&name, at_ms);
            held.counts = held.counts.plus(more);
            self.seconds.add(at_ms, more);
            self.minutes.add(at_ms, more);
        }
        self.keep_to_room();
    }

    /// What is shown now.
    #[must_use]
    pub fn state(&self, now_ms: u64) -> State {
        let playing: Vec<&Of> = self
            .playing
            .iter()
            .filter_map(|name| self.things.get(name)?.said.as_ref())
            .filter(|said| said.plays(now_ms))
            .map(|said| &said.of)
            .collect();
        let by = |name: fn(&Of) -> &str| {
            let mut counted: BTreeMap<&str, u32> = BTreeMap::new();
            for of in &playing {
                *counted.entry(name(of)).or_default() += 1;
            }
            List::of(counted)
        };
        State {
            v: 1,
            at_ms: now_ms,
            playing: Playing {
                sessions: u32::try_from(playing.len()).unwrap_or(u32::MAX),
                video: by(|of| &of.video),
                product: by(|of| &of.product),
                category: by(|of| &of.category),
                series: by(|of| &of.series),
                language: by(|of| &of.language),
                shop: by(|of| &of.shop),
            },
            minute: self.seconds.sum(now_ms),
            hour: self.minutes.sum(now_ms),
            seconds: Seconds::of(self.seconds.last(now_ms)),
        }
    }

    /// When what is shown changes next though nothing is heard: somebody is silent for too long, or a window moves on past what it held. `None` when all is still.
    #[must_use]
    pub fn next_change_ms(&self, now_ms: u64) -> Option<u64> {
        let silent = self
            .playing
            .iter()
            .filter_map(|name| self.things.get(name)?.said.as_ref())
            .filter(|said| said.plays(now_ms))
            .map(Said::until_ms)
            .min();
        // The seconds are drawn one by one: while there is anything in them, they move every second.
        let second = self
            .seconds
            .next_change_ms(now_ms)
            .map(|_| (now_ms / 1_000 + 1) * 1_000);
        let minute = self.minutes.next_change_ms(now_ms);
        [silent, second, minute].into_iter().flatten().min()
    }

    /// Takes a snapshot's counts in; what they add goes into the rings and to `counted`.
    fn count(&mut self, snapshot: &Snapshot, at_ms: u64, counted: &mut Counted) {
        let began_ms = at_ms.saturating_sub(snapshot.elapsed_ms.into());
        let known = self.things.contains_key(&snapshot.name);
        let counts_anew = known || snapshot.seq == 1 || began_ms > self.forgotten_ms;
        let held = self.thing(&snapshot.name, at_ms);
        let more = snapshot.counts.beyond(held.counts);
        held.counts = held.counts.or_more(snapshot.counts);
        if counts_anew && !more.is_zero() {
            self.seconds.add(at_ms, more);
            self.minutes.add(at_ms, more);
            counted.more.push((snapshot.name.to_string(), more));
        }
    }

    /// Takes in whether a session plays; whether that changes what is shown.
    fn say(
        &mut self,
        name: &Name,
        one: &told::Session,
        shop: &str,
        at_ms: u64,
        now_ms: u64,
    ) -> bool {
        let held = self.thing(name, at_ms);
        let before = held.said.as_ref().is_some_and(|said| said.plays(now_ms));
        match &mut held.said {
            Some(said) if said.seq > one.seq => {}
            Some(said) if said.seq == one.seq => {
                said.received_at_ms = said.received_at_ms.min(at_ms);
            }
            said => {
                *said = Some(Said {
                    seq: one.seq,
                    received_at_ms: at_ms,
                    playing: one.playing,
                    of: Of {
                        video: one.video.clone(),
                        product: one.product.clone(),
                        category: one.category.clone(),
                        series: one.series.clone(),
                        language: one.language.clone(),
                        shop: shop.to_owned(),
                    },
                });
            }
        }
        let says = held.said.as_ref().is_some_and(|said| said.playing);
        let after = held.said.as_ref().is_some_and(|said| said.plays(now_ms));
        if says {
            self.playing.insert(Rc::clone(name));
        } else {
            self.playing.remove(name);
        }
        before != after
    }

    /// What is known of one, heard now.
    fn thing(&mut self, name: &Name, at_ms: u64) -> &mut Thing {
        if !self.things.contains_key(name) {
            self.bytes += weight(name);
            self.by_heard.insert((at_ms, Rc::clone(name)));
        }
        let held = self.things.entry(Rc::clone(name)).or_insert_with(|| Thing {
            heard_ms: at_ms,
            ..Thing::default()
        });
        if held.heard_ms < at_ms {
            self.by_heard.remove(&(held.heard_ms, Rc::clone(name)));
            self.by_heard.insert((at_ms, Rc::clone(name)));
            held.heard_ms = at_ms;
        }
        held
    }

    fn forget(&mut self, now_ms: u64) {
        let until_ms = now_ms.saturating_sub(REMEMBERED_MS);
        // After a restart nobody knows what was known before: whatever it was, what was counted within the hour is recalled.
        self.forgotten_ms = self.forgotten_ms.max(until_ms);
        while self
            .by_heard
            .first()
            .is_some_and(|(heard_ms, _)| *heard_ms <= until_ms)
        {
            self.forget_first();
        }
        if now_ms.saturating_sub(self.swept_ms) >= SWEEP_MS {
            self.swept_ms = now_ms;
            let things = &self.things;
            self.playing.retain(|name| {
                let said = things.get(name).and_then(|held| held.said.as_ref());
                said.is_some_and(|said| said.plays(now_ms))
            });
        }
    }

    fn keep_to_room(&mut self) {
        while self.bytes > self.room_bytes && self.forget_first() {}
    }

    fn forget_first(&mut self) -> bool {
        let Some((heard_ms, name)) = self.by_heard.pop_first() else {
            return false;
        };
        self.forgotten_ms = self.forgotten_ms.max(heard_ms);
        self.bytes = self.bytes.saturating_sub(weight(&name));
        self.things.remove(&name);
        self.playing.remove(&name);
        true
    }
}

/// What a snapshot says that counts.
struct Snapshot {
    name: Name,
    seq: u32,
    elapsed_ms: u32,
    counts: Counts,
}

impl Said {
    fn plays(&self, now_ms: u64) -> bool {
        self.playing && now_ms < self.until_ms()
    }

    fn until_ms(&self) -> u64 {
        self.received_at_ms.saturating_add(PLAYING_MS)
    }
}

/// The texts that a session is counted under are among the overhead.
fn weight(name: &str) -> usize {
    name.len().saturating_add(OVERHEAD_BYTES)
}

#[cfg(test)]
mod tests;
