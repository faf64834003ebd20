//! Rows of the lake as compaction and replay read them (docs/wire.md): lines that the edge has checked, so that here is read and not judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use shelfreel_matching::record::VideoFacts;

/// What decides where a line goes.
#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    pub(crate) beacon_id: Option<String>,
    pub(crate) received_at_ms: u64,
    #[serde(default)]
    pub(crate) bad: Option<Bad>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Bad {
    pub(crate) reason: String,
}

/// A row whose beacon counts.
#[derive(Debug, Deserialize)]
pub(crate) struct Row<'a> {
    pub(crate) beacon_id: String,
    pub(crate) shop: String,
    pub(crate) received_at_ms: u64,
    #[serde(default)]
    pub(crate) origin: String,
    #[serde(default)]
    pub(crate) country: String,
    #[serde(default)]
    pub(crate) device: String,
    #[serde(default)]
    pub(crate) bot: Option<String>,
    #[serde(default)]
    pub(crate) visitor: Option<String>,
    #[serde(default)]
    pub(crate) gpc: bool,
    #[serde(default)]
    pub(crate) videos: BTreeMap<String, VideoFacts>,
    #[serde(borrow)]
    pub(crate) beacon: &'a RawValue,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Beacon {
    pub(crate) page_view: String,
    pub(crate) n: u64,
    pub(crate) elapsed_ms: u64,
    #[serde(default, deserialize_with = "text")]
    pub(crate) widget: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) engine: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) language: Option<String>,
    #[serde(default)]
    pub(crate) consent: Option<Consent>,
    #[serde(default)]
    pub(crate) placements: Vec<Placement>,
    #[serde(default)]
    pub(crate) sessions: Vec<Session>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Consent {
    #[serde(default)]
    pub(crate) visitor: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Placement {
    pub(crate) id: String,
    pub(crate) seq: u64,
    pub(crate) elapsed_ms: u64,
    pub(crate) code: String,
    pub(crate) videos: Vec<String>,
    pub(crate) layout: String,
    pub(crate) shown: u64,
    pub(crate) viewable: u64,
    pub(crate) opened: u64,
    pub(crate) cart: u64,
    #[serde(default)]
    pub(crate) carts_ms: Option<Vec<u64>>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) seq: u64,
    pub(crate) elapsed_ms: u64,
    pub(crate) placement: String,
    pub(crate) video: String,
    #[serde(default)]
    pub(crate) code: Option<String>,
    pub(crate) language: String,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) position_ms: u64,
    pub(crate) duration_ms: u64,
    #[serde(default)]
    pub(crate) startup_ms: Option<u64>,
    pub(crate) started: u64,
    pub(crate) ended: u64,
    pub(crate) playing_ms: u64,
    pub(crate) played_ms: u64,
    pub(crate) rebuffering_ms: u64,
    pub(crate) rebuffers: u64,
    pub(crate) seeks: u64,
    pub(crate) pauses: u64,
    pub(crate) rate_changes: u64,
    pub(crate) errors: u64,
    pub(crate) played: Vec<[u32; 3]>,
}

/// What the edge does not look at may be anything: only a text is one.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}
