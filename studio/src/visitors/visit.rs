//! What one row tells of a visitor.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shelfreel_playback::{decode_id, encode_id, is_late, start_ms};

use super::touch::{Touch, join};
use crate::ledger::portion::{Facts, Portion};
use crate::ledger::{Order, Part};

const DAY_MS: u64 = 86_400_000;

/// Days since 1970, UTC.
#[must_use]
pub fn day(ms: u64) -> u32 {
    u32::try_from(ms / DAY_MS).unwrap_or(u32::MAX)
}

/// By which of his two names a visitor is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// By the edge's hash of the day: another one on another day, and at another shop.
    Day,
    /// By the id that the shop gave: the same on all of the shop's days.
    Shop,
}

impl Identity {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Day, Self::Shop];

    /// As the address and the tables have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Shop => "shop",
        }
    }
}

/// A visitor, as one row names him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    /// By what.
    pub identity: Identity,
    /// His name in a brand's books: a digest, so that neither the hash nor the shop's id stands there.
    pub name: String,
}

impl Visitor {
    /// By the hash or the id that he has at a shop.
    #[must_use]
    pub fn new(identity: Identity, shop: &str, id: &str) -> Self {
        let digest = Sha256::digest(format!("{}\n{shop}\n{id}", identity.name()));
        let mut first = [0; 16];
        for (byte, of_digest) in first.iter_mut().zip(digest) {
            *byte = of_digest;
        }
        Self {
            identity,
            name: encode_id(&first).iter().copied().map(char::from).collect(),
        }
    }
}

/// An order that wants to know what its visitor had met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The order's name in the ledger.
    pub order: String,
    /// The films that there are for what was bought.
    pub films: BTreeSet<String>,
}

/// What a visitor met of a brand's films.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// By which name he is known.
    pub identity: Identity,
    /// Where.
    pub shop: String,
    /// The films.
    pub touches: Vec<Touch>,
}

/// What a visitor did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// He met films.
    Met(Met),
    /// He bought.
    Bought(Wanted),
}

/// What one row tells a brand of one visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The visitor's name.
    pub visitor: String,
    /// The day in which the row was received.
    pub day: u32,
    /// What it tells.
    pub what: What,
}

impl Visit {
    /// Which shard it goes to.
    #[must_use]
    pub fn shard(&self) -> u8 {
        decode_id(&self.visitor).map_or(0, |id| crate::ledger::shard(&id))
    }
}

/// What a part of a row tells of its visitors. Nothing where nobody agreed to be measured, and nothing of machines.
#[must_use]
pub fn visits(part: &Part) -> Vec<Visit> {
    match part {
        // Of most rows nothing is reckoned: they have no visitors.
        Part::Portion(portion) if portion.bot.is_empty() && !portion.visitors.is_empty() => {
            let touches = touches(portion);
            if touches.is_empty() {
                return Vec::new();
            }
            let visit = |visitor: &Visitor| Visit {
                visitor: visitor.name.clone(),
                day: day(portion.received_at_ms),
                what: What::Met(Met {
                    identity: visitor.identity,
                    shop: portion.shop.clone(),
                    touches: touches.clone(),
                }),
            };
            portion.visitors.iter().map(visit).collect()
        }
        Part::Order(order) if order.bot.is_empty() => {
            let visit = |visitor: &String| Visit {
                visitor: visitor.clone(),
                day: day(order.received_at_ms),
                what: What::Bought(wanted(order)),
            };
            order.visitors.iter().map(visit).collect()
        }
        Part::Portion(_) | Part::Order(_) | Part::Touched(_) => Vec::new(),
    }
}

fn wanted(order: &Order) -> Wanted {
    Wanted {
        order: order.name(),
        films: order
            .lines
            .iter()
            .flat_map(|line| line.films.iter().cloned())
            .collect(),
    }
}

/// The films of a portion that were shown, and those that started.
fn touches(portion: &Portion) -> Vec<Touch> {
    let touch =
        |video: &str, facts: &Facts, shown_ms: Option<u64>, watched_ms: Option<u64>| Touch {
            video: video.to_owned(),
            day: day(shown_ms.or(watched_ms).unwrap_or_default()),
            shown_ms,
            watched_ms,
            facts: facts.clone(),
        };
    let shown = portion
        .placements
        .iter()
        .filter(|one| one.is_shown() && !is_late(one.elapsed_ms))
        .flat_map(|one| {
            let at_ms = start_ms(portion.received_at_ms, one.elapsed_ms);
            one.films
                .iter()
                .map(move |(video, facts)| touch(video, facts, Some(at_ms), None))
        });
    let view_ms = start_ms(portion.received_at_ms, portion.elapsed_ms);
    let watched = portion
        .sessions
        .iter()
        .filter(|one| !is_late(one.elapsed_ms))
        .filter_map(|one| {
            let at_ms = view_ms.saturating_add(one.started_ms?.into());
            Some(touch(&one.video, &one.facts, None, Some(at_ms)))
        });
    let mut touches = Vec::new();
    join(&mut touches, &shown.chain(watched).collect::<Vec<_>>());
    touches
}
