//! What those who watch are shown: one small state, whole in every message. So the last message alone is the truth, whoever missed others: a client
//! that reconnects needs no history, and there is no version to compare. It is at most some ten kilobytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::Counts;
use super::ring::SLOTS;

/// Of each list so many are named; the rest stands together under `others`.
pub const NAMED: usize = 50;

/// What one shard, or a whole brand, shows now. Definitions: docs/api.md.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The version of this form.
    pub v: u32,
    /// When it was so.
    pub at_ms: u64,
    /// What plays.
    pub playing: Playing,
    /// The last minute.
    pub minute: Counts,
    /// The last hour.
    pub hour: Counts,
    /// The last sixty seconds, that of `at_ms` last.
    pub seconds: Seconds,
}

/// What plays now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playing {
    /// Sessions.
    pub sessions: u32,
    /// By film.
    pub video: List,
    /// By product.
    pub product: List,
    /// By category.
    pub category: List,
    /// By series.
    pub series: List,
    /// By spoken language.
    pub language: List,
    /// By shop.
    pub shop: List,
}

/// How many of each name, the most first; then by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// At most [`NAMED`].
    pub named: Vec<(String, u32)>,
    /// All others together.
    pub others: u32,
}

/// One row a figure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seconds {
    /// See [`Counts`].
    pub impressions: Vec<u32>,
    /// See [`Counts`].
    pub sessions: Vec<u32>,
    /// See [`Counts`].
    pub starts: Vec<u32>,
    /// See [`Counts`].
    pub completions: Vec<u32>,
    /// See [`Counts`].
    pub carts: Vec<u32>,
}

impl Seconds {
    /// From one second after the other.
    pub fn of(counts: impl Iterator<Item = Counts>) -> Self {
        let mut seconds = Self::default();
        for one in counts {
            seconds.impressions.push(one.impressions);
            seconds.sessions.push(one.sessions);
            seconds.starts.push(one.starts);
            seconds.completions.push(one.completions);
            seconds.carts.push(one.carts);
        }
        seconds
    }

    fn rows(&mut self) -> [&mut Vec<u32>; 5] {
        [
            &mut self.impressions,
            &mut self.sessions,
            &mut self.starts,
            &mut self.completions,
            &mut self.carts,
        ]
    }
}

impl List {
    /// Of how many there are of each name.
    #[must_use]
    pub fn of(counted: BTreeMap<&str, u32>) -> Self {
        let named = counted
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count))
            .collect();
        Self { named, others: 0 }.in_order()
    }

    fn in_order(mut self) -> Self {
        self.named
            .sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
        let rest = self.named.split_off(self.named.len().min(NAMED));
        self.others += rest.iter().map(|(_, count)| count).sum::<u32>();
        self
    }

    fn and(self, other: &Self) -> Self {
        let mut counted: BTreeMap<String, u32> = self.named.into_iter().collect();
        for (name, count) in &other.named {
            *counted.entry(name.clone()).or_default() += count;
        }
        Self {
            named: counted.into_iter().collect(),
            others: self.others + other.others,
        }
        .in_order()
    }
}

impl State {
    /// Both shards together, as of the later one.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        let at_ms = self.at_ms.max(other.at_ms);
        self.advance(at_ms);
        other.advance(at_ms);
        for (row, more) in self.seconds.rows().into_iter().zip(other.seconds.rows()) {
            row.resize(SLOTS, 0);
            for (count, more) in row.iter_mut().zip(more.iter()) {
                *count += more;
            }
        }
        Self {
            playing: Playing {
                sessions: self.playing.sessions + other.playing.sessions,
                video: self.playing.video.and(&other.playing.video),
                product: self.playing.product.and(&other.playing.product),
                category: self.playing.category.and(&other.playing.category),
                series: self.playing.series.and(&other.playing.series),
                language: self.playing.language.and(&other.playing.language),
                shop: self.playing.shop.and(&other.playing.shop),
            },
            minute: self.minute.plus(other.minute),
            hour: self.hour.plus(other.hour),
            ..self
        }
    }

    /// Moves the seconds on to where the other shard is, which looked at its clock a moment later.
    fn advance(&mut self, at_ms: u64) {
        let seconds = (at_ms / 1_000).saturating_sub(self.at_ms / 1_000);
        let gone = usize::try_from(seconds).unwrap_or(SLOTS).min(SLOTS);
        for row in self.seconds.rows() {
            row.resize(SLOTS, 0);
            row.drain(..gone);
            row.resize(SLOTS, 0);
        }
        self.at_ms = at_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(at_ms: u64, video: &str, count: u32) -> State {
        let mut starts = vec![0; SLOTS];
        starts[SLOTS - 1] = count;
        State {
            v: 1,
            at_ms,
            playing: Playing {
                sessions: count,
                video: List::of(BTreeMap::from([(video, count)])),
                ..Playing::default()
            },
            minute: Counts {
                starts: count,
                ..Counts::default()
            },
            seconds: Seconds {
                starts,
                ..Seconds::default()
            },
            ..State::default()
        }
    }

    #[test]
    fn shards_add_up_second_by_second() {
        let brand = shard(10_900, "a", 1)
            .and(shard(11_000, "b", 2))
            .and(shard(11_050, "a", 4));
        assert_eq!((brand.at_ms, brand.playing.sessions), (11_050, 7));
        assert_eq!(
            brand.playing.video.named,
            [("a".to_owned(), 5), ("b".to_owned(), 2)]
        );
        assert_eq!(brand.minute.starts, 7);
        assert_eq!(brand.seconds.starts[SLOTS - 2..], [1, 6]);
    }

    #[test]
    fn a_long_list_names_the_first_and_counts_the_others() {
        let names: Vec<String> = (0..NAMED + 10).map(|n| format!("{n:03}")).collect();
        let counted = names.iter().map(|name| (name.as_str(), 1)).collect();
        let list = List::of(counted);
        assert_eq!((list.named.len(), list.others), (NAMED, 10));
    }
}
