//! A beacon as the edge reads it: the other side of the widget's writer, held to the same golden files (`tests/fixtures/playback-*.json`).
//!
//! Only what decides whether the beacon counts is read here; the row keeps the beacon as it came, to the byte but for line breaks.

use std::borrow::Cow;

use serde::Deserialize;
use shelfreel_playback::is_id;

/// The version of the wire that this edge reads.
pub const VERSION: u32 = 1;

/// What a beacon may carry at most of each list: far more than 16 KB hold, so that no other bound is needed.
const ITEMS: usize = 1_000;

/// One request from widget to edge.
#[derive(Debug, Deserialize)]
pub struct Beacon<'a> {
    v: u32,
    /// The beacon's own id.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    page_view: Cow<'a, str>,
    n: u32,
    elapsed_ms: u32,
    #[serde(borrow, default)]
    events: Vec<Event<'a>>,
    #[serde(borrow, default)]
    placements: Vec<Placement<'a>>,
    #[serde(borrow, default)]
    sessions: Vec<Session<'a>>,
}

#[derive(Debug, Deserialize)]
struct Event<'a> {
    at_ms: u32,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
struct Placement<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    seq: u32,
    elapsed_ms: u32,
    #[serde(borrow)]
    code: Cow<'a, str>,
    #[serde(borrow)]
    videos: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    layout: Cow<'a, str>,
    shown: u32,
    viewable: u32,
    opened: u32,
    cart: u32,
}

#[derive(Debug, Deserialize)]
struct Session<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    seq: u32,
    elapsed_ms: u32,
    #[serde(borrow)]
    placement: Cow<'a, str>,
    #[serde(borrow)]
    video: Cow<'a, str>,
    #[serde(borrow)]
    language: Cow<'a, str>,
    #[serde(borrow)]
    state: Cow<'a, str>,
    #[serde(borrow)]
    reason: Cow<'a, str>,
    position_ms: u32,
    duration_ms: u32,
    startup_ms: Option<u32>,
    started: u32,
    ended: u32,
    playing_ms: u32,
    played_ms: u32,
    rebuffering_ms: u32,
    rebuffers: u32,
    seeks: u32,
    pauses: u32,
    rate_changes: u32,
    errors: u32,
    played: Vec<[u32; 3]>,
}

/// Why a beacon does not count. It is kept all the same, with this as its reason.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// No JSON, or not of the wire's shape.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// Another version of the wire.
    #[error("v: this is version {0} of the wire, the edge reads version {VERSION}")]
    Version(u32),
    /// An identifier of another form.
    #[error(
        "{field}: {value:?} is no identifier: 16 random bytes as base64url without padding, 22 characters"
    )]
    Id {
        /// Where.
        field: &'static str,
        /// What stands there.
        value: String,
    },
    /// A list too long to be a widget's.
    #[error("{field}: {count} items, at most {ITEMS}")]
    TooMany {
        /// Which list.
        field: &'static str,
        /// How long it is.
        count: usize,
    },
    /// A count or time that cannot be.
    #[error("{field}: {value}, but {expected}")]
    Value {
        /// Where.
        field: String,
        /// What stands there.
        value: String,
        /// What would be right.
        expected: String,
    },
}

/// Reads and checks a beacon.
///
/// # Errors
/// With what is wrong, where, and what would be right.
pub fn parse(body: &str) -> Result<Beacon<'_>, Unusable> {
    let beacon: Beacon<'_> = serde_json::from_str(body)?;
    beacon.check()?;
    Ok(beacon)
}

impl<'a> Beacon<'a> {
    /// The ids of every video that the beacon names, some perhaps more than once.
    pub fn videos(&self) -> impl Iterator<Item = &str> {
        let placed = self
            .placements
            .iter()
            .flat_map(|placement| &placement.videos);
        placed
            .chain(self.sessions.iter().map(|session| &session.video))
            .map(AsRef::as_ref)
    }

    fn check(&self) -> Result<(), Unusable> {
        if self.v != VERSION {
            return Err(Unusable::Version(self.v));
        }
        id("id", &self.id)?;
        id("page_view", &self.page_view)?;
        self.placements
            .iter()
            .try_for_each(|placement| id("placements.id", &placement.id))?;
        self.sessions
            .iter()
            .try_for_each(|session| id("sessions.id", &session.id))?;
        Ok(())
    }
}

fn id(field: &'static str, value: &str) -> Result<(), Unusable> {
    if is_id(value) {
        return Ok(());
    }
    Err(Unusable::Id {
        field,
        value: value.chars().take(40).collect(),
    })
}
