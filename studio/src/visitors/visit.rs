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

/// A visitor's name in a brand's books: of the edge's hash (`kind` "day") or of the id that the shop gave ("shop"), so that neither stands there.
#[must_use]
pub fn visitor(kind: &str, shop: &str, id: &str) -> String {
    let digest = Sha256::digest(format!("{kind}\n{shop}\n{id}"));
    let mut first = [0; 16];
    for (byte, of_digest) in first.iter_mut().zip(digest) {
        *byte = of_digest;
    }
    encode_id(&first).iter().copied().map(char::from).collect()
}

/// An order that wants to know what its visitor had met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The order's name in the ledger.
    pub order: String,
    /// The films that there are for what was bought.
    pub films: BTreeSet<String>,
}

/// What one row tells a brand of one visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The visitor.
    pub visitor: String,
    /// The day in which the row was received.
    pub day: u32,
    /// What was met.
    pub touches: Vec<Touch>,
    /// What was bought.
    pub wanted: Option<Wanted>,
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
    let (visitors, bot) = match part {
        Part::Portion(portion) => (&portion.visitors, &portion.bot),
        Part::Order(order) => (&order.visitors, &order.bot),
        Part::Touched(_) => return Vec::new(),
    };
    // Most rows: nothing is reckoned for them.
    if visitors.is_empty() || !bot.is_empty() {
        return Vec::new();
    }
    let (received_at_ms, touches, wanted) = match part {
        Part::Portion(portion) => (portion.received_at_ms, touches(portion), None),
        Part::Order(order) => (order.received_at_ms, Vec::new(), Some(wanted(order))),
        Part::Touched(_) => return Vec::new(),
    };
    if touches.is_empty() && wanted.is_none() {
        return Vec::new();
    }
    let visit = |visitor: &String| Visit {
        visitor: visitor.clone(),
        day: day(received_at_ms),
        touches: touches.clone(),
        wanted: wanted.clone(),
    };
    visitors.iter().map(visit).collect()
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
