//! Rows on the road of playback: first into the lake, then into the ledgers, whoever brings them (the queue's consumer, the spill's sweeper).
//!
//! Either step may be made again: an object of the lake is named by its content and readers take each `beacon_id` once, and a ledger takes what it has already without a change.
//!
//! The edge writes what it knows of a beacon's videos into the row. Where it did not know one (its store was out of reach, or a beacon named more than a hundred), the catalogue is asked
//! here; what that does not know either is nobody's.

use std::collections::BTreeMap;

use worker::Env;

use crate::lake::{self, Sorted};
use crate::ledger::Part;
use crate::ledger::portion::{self, Facts};
use crate::ledgers::Ledgers;
use crate::tenant::CATALOG;

/// KV reads so many keys at once.
const KEYS: usize = 100;

/// Why a row was not cut up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotCut {
    /// It is no row, and will never be.
    NoRow(String),
    /// The catalogue did not answer: later it will.
    Unknown(String),
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the lake, and every ledger that it concerns has its part.
    Kept,
    /// It is no row, and was put nowhere.
    NoRow(String),
    /// Something did not answer: it is to come again.
    Failed(String),
}

/// Keeps rows; says of each, in order, what became of it.
pub async fn keep(env: &Env, lines: &[&str]) -> Vec<Outcome> {
    let mut outcomes = write_lake(env, lines).await;
    let kept: Vec<usize> = (0..lines.len())
        .filter(|place| outcomes.get(*place) == Some(&Outcome::Kept))
        .collect();
    let rows: Vec<&str> = kept
        .iter()
        .filter_map(|place| lines.get(*place).copied())
        .collect();
    for (place, outcome) in kept.into_iter().zip(count(env, &rows).await) {
        if let Some(known) = outcomes.get_mut(place) {
            *known = outcome;
        }
    }
    outcomes
}

async fn write_lake(env: &Env, lines: &[&str]) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Failed("it was not written".to_owned()); lines.len()];
    let mut say = |place: usize, outcome: Outcome| {
        if let Some(known) = outcomes.get_mut(place) {
            *known = outcome;
        }
    };
    let mut sorted = Sorted::default();
    for (place, line) in lines.iter().enumerate() {
        if let Err(why) = sorted.add(place, line) {
            say(place, Outcome::NoRow(why.to_string()));
        }
    }
    // Compressing fails for want of memory alone: then all of it comes again.
    for object in sorted.into_objects().unwrap_or_default() {
        let written = match env.bucket(lake::BINDING) {
            Ok(bucket) => bucket
                .put(object.key, object.bytes)
                .execute()
                .await
                .map(|_| ()),
            Err(error) => Err(error),
        };
        let outcome =
            written.map_or_else(|why| Outcome::Failed(why.to_string()), |()| Outcome::Kept);
        for place in object.messages {
            say(place, outcome.clone());
        }
    }
    outcomes
}

/// Gives rows that are in the lake to the objects of visitors, and then, with what those say, to the ledgers.
async fn count(env: &Env, lines: &[&str]) -> Vec<Outcome> {
    let mut parts = Vec::new();
    let mut outcomes = Vec::new();
    for (place, row) in cut(env, lines).await.into_iter().enumerate() {
        let (outcome, of_row) = match row {
            Ok(of_row) => (Outcome::Kept, of_row),
            // It has the shape of a row for the lake, and is kept there; no ledger can take it.
            Err(NotCut::NoRow(_)) => (Outcome::Kept, Vec::new()),
            Err(NotCut::Unknown(why)) => (Outcome::Failed(why), Vec::new()),
        };
        let of_row = of_row.into_iter();
        parts.extend(of_row.map(|(brand, part)| (place, brand, part)));
        outcomes.push(outcome);
    }
    if parts.is_empty() {
        return outcomes;
    }
    let failed = match Ledgers::of(env) {
        Ok(ledgers) => {
            let told = ledgers.tell(&parts, false).await;
            parts.extend(told.parts);
            let mut failed = told.failed;
            failed.extend(ledgers.take(parts).await);
            failed
        }
        Err(error) => {
            let messages = parts.into_iter().map(|(place, ..)| place);
            messages.map(|place| (place, error.to_string())).collect()
        }
    };
    for (place, why) in failed {
        if let Some(outcome) = outcomes.get_mut(place) {
            *outcome = Outcome::Failed(why);
        }
    }
    outcomes
}

/// What each brand takes of each row.
pub async fn cut(env: &Env, lines: &[&str]) -> Vec<Result<Vec<(String, Part)>, NotCut>> {
    let mut missing: Vec<String> = lines
        .iter()
        .filter_map(|line| portion::unknown(line).ok())
        .flatten()
        .collect();
    missing.sort_unstable();
    missing.dedup();
    let catalogue = facts(env, &missing).await;
    lines
        .iter()
        .map(|line| {
            let row = |more: &BTreeMap<String, Facts>| {
                portion::cut(line, more).map_err(|why| NotCut::NoRow(why.to_string()))
            };
            match &catalogue {
                Ok(more) => row(more),
                Err(why) => match portion::unknown(line) {
                    Ok(unknown) if !unknown.is_empty() => Err(NotCut::Unknown(why.clone())),
                    _ => row(&BTreeMap::new()),
                },
            }
        })
        .collect()
}

async fn facts(env: &Env, videos: &[String]) -> Result<BTreeMap<String, Facts>, String> {
    let mut facts = BTreeMap::new();
    if videos.is_empty() {
        return Ok(facts);
    }
    let catalogue = env.kv(CATALOG).map_err(|error| error.to_string())?;
    for some in videos.chunks(KEYS) {
        let keys: Vec<String> = some.iter().map(|video| format!("video:{video}")).collect();
        let found = catalogue
            .get_bulk(&keys)
            .text()
            .await
            .map_err(|error| error.to_string())?;
        for (key, value) in found {
            let known = value.and_then(|value| serde_json::from_str(&value).ok());
            if let (Some(video), Some(known)) = (key.strip_prefix("video:"), known) {
                facts.insert(video.to_owned(), known);
            }
        }
    }
    Ok(facts)
}
