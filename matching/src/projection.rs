//! From a catalogue to the keys and values of the stores: the same videos give the same bytes, whatever the order in
//! which they come.
//!
//! Every video goes in pieces: one into the record of each of its codes ([`pieces`]), and its facts under `video:{id}`.
//! The pieces of a key, in their order, make its record ([`record`]).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalogue::Video;
use crate::record::{ShopValue, VERSION};

/// A part of the value of one key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Piece {
    /// The key.
    pub key: String,
    /// The place among the pieces of its key: the brand's order, then the line of the feed.
    pub place: (i64, u64),
    /// The video in the record, or the whole value of a `video:` key, as JSON.
    pub value: String,
}

/// The pieces of a video.
///
/// # Errors
/// When a text cannot be written as JSON, which no checked video has.
pub fn pieces(video: &Video) -> Result<Vec<Piece>, serde_json::Error> {
    let value = serde_json::to_string(&video.value)?;
    let mut pieces: Vec<Piece> = video
        .keys
        .iter()
        .map(|key| Piece {
            key: key.clone(),
            place: video.place,
            value: value.clone(),
        })
        .collect();
    pieces.push(Piece {
        key: ["video:", &video.value.id].concat(),
        place: video.place,
        value: serde_json::to_string(&video.facts)?,
    });
    Ok(pieces)
}

/// The piece of a shop: its value is whole.
///
/// # Errors
/// When a text cannot be written as JSON.
pub fn shop(id: &str, shop: &ShopValue) -> Result<Piece, serde_json::Error> {
    Ok(Piece {
        key: ["shop:", id].concat(),
        place: (0, 0),
        value: serde_json::to_string(shop)?,
    })
}

/// The value of a key from its pieces, in their order.
#[must_use]
pub fn value(key: &str, pieces: &[Piece]) -> String {
    match pieces {
        [piece] if key.starts_with("video:") || key.starts_with("shop:") => piece.value.clone(),
        _ => record(pieces.iter().map(|piece| piece.value.as_str())),
    }
}

/// The record of these videos, each as JSON.
#[must_use]
pub fn record<'a>(videos: impl Iterator<Item = &'a str>) -> String {
    let mut out = format!("{{\"v\":{VERSION},\"videos\":[");
    for (at, video) in videos.enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(video);
    }
    out.push_str("]}");
    out
}

/// What stands beside every key in KV: who put it there, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The feed that put it there.
    #[serde(default)]
    pub feed: String,
    /// The first 16 hexadecimal digits of the SHA-256 of the value.
    #[serde(default)]
    pub hash: String,
}

impl Metadata {
    /// The metadata of a value.
    ///
    /// ```
    /// use shelfreel_matching::projection::Metadata;
    /// assert_eq!(Metadata::of("demo", "").hash, "e3b0c44298fc1c14");
    /// ```
    #[must_use]
    pub fn of(feed: &str, value: &str) -> Self {
        Self {
            feed: feed.to_owned(),
            hash: hex(&Sha256::digest(value.as_bytes()), 16),
        }
    }
}

/// The first `digits` hexadecimal digits of some bytes.
#[must_use]
pub fn hex(bytes: &[u8], digits: usize) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|nibble| char::from_digit(u32::from(nibble), 16))
        .take(digits)
        .collect()
}
