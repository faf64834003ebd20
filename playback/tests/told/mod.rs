//! What a beacon tells, read from its JSON and checked as the edge checks it.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use serde_json::Value;
use shelfreel_playback::{PlacementSnapshot, SessionSnapshot, check_placement, check_session};

pub(crate) fn number(thing: &Value, field: &str) -> u32 {
    thing[field]
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or_else(|| panic!("{field} of {thing}"))
}

pub(crate) fn text<'a>(thing: &'a Value, field: &str) -> &'a str {
    thing[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {thing}"))
}

pub(crate) fn list<'a>(thing: &'a Value, field: &str) -> &'a [Value] {
    thing[field]
        .as_array()
        .unwrap_or_else(|| panic!("{field} of {thing}"))
}

pub(crate) fn played(session: &Value) -> Vec<[u32; 3]> {
    serde_json::from_value(session["played"].clone()).unwrap()
}

/// No snapshot of the beacon breaks a rule.
pub(crate) fn assert_right(beacon: &Value) {
    list(beacon, "placements").iter().for_each(assert_placement);
    list(beacon, "sessions").iter().for_each(assert_session);
}

fn assert_session(session: &Value) {
    let violations = check_session(&SessionSnapshot {
        id: text(session, "id"),
        seq: number(session, "seq"),
        elapsed_ms: number(session, "elapsed_ms"),
        placement: text(session, "placement"),
        video: text(session, "video"),
        language: text(session, "language"),
        state: text(session, "state"),
        reason: text(session, "reason"),
        position_ms: number(session, "position_ms"),
        duration_ms: number(session, "duration_ms"),
        startup_ms: session
            .get("startup_ms")
            .map(|_| number(session, "startup_ms")),
        started: number(session, "started"),
        ended: number(session, "ended"),
        playing_ms: number(session, "playing_ms"),
        played_ms: number(session, "played_ms"),
        rebuffering_ms: number(session, "rebuffering_ms"),
        rebuffers: number(session, "rebuffers"),
        seeks: number(session, "seeks"),
        pauses: number(session, "pauses"),
        rate_changes: number(session, "rate_changes"),
        errors: number(session, "errors"),
        played: &played(session),
    });
    assert_eq!(violations, [], "{session}");
}

fn assert_placement(placement: &Value) {
    let videos: Vec<&str> = list(placement, "videos")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let violations = check_placement(&PlacementSnapshot {
        id: text(placement, "id"),
        seq: number(placement, "seq"),
        elapsed_ms: number(placement, "elapsed_ms"),
        code: text(placement, "code"),
        videos: &videos,
        layout: text(placement, "layout"),
        shown: number(placement, "shown"),
        viewable: number(placement, "viewable"),
        opened: number(placement, "opened"),
        cart: number(placement, "cart"),
    });
    assert_eq!(violations, [], "{placement}");
}
