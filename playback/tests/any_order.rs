//! Whatever a media element tells, in whatever order and however senselessly, the snapshots keep to what snapshots must keep to: the edge never refuses what the widget sends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use serde_json::Value;
use shelfreel_playback::{
    EVENT_NAMES, EventKind, Id, Json, MAX_BEACON_BYTES, MAX_SESSION_MS, Media, PageView, Placement,
    PlacementSnapshot, Reason, Sample, Session, SessionSnapshot, check_placement, check_session,
    encode_id,
};
use std::cell::Cell;

#[derive(Clone, Debug)]
enum Told {
    Media(Media, Sample),
    Placement(EventKind),
    Turn(Reason),
    Flush,
    Lost,
}

fn media() -> impl Strategy<Value = Media> {
    prop_oneof![
        4 => Just(Media::Playing),
        8 => Just(Media::TimeUpdate),
        2 => Just(Media::Pause),
        2 => Just(Media::Seeking),
        2 => Just(Media::Seeked),
        2 => Just(Media::Waiting),
        1 => Just(Media::RateChange),
        2 => Just(Media::Ended),
        1 => Just(Media::Error),
        1 => Just(Media::Recover),
        1 => Just(Media::VolumeChange),
        1 => Just(Media::FullscreenChange),
        1 => Just(Media::PictureInPictureChange),
        1 => Just(Media::Quit),
    ]
}

/// `now_ms` is how much later than the one before, `position_ms` where the viewer would have the playhead. It stays within the video.
fn sample(duration_ms: u32) -> impl Strategy<Value = Sample> {
    let later_ms = prop_oneof![20 => 0..2000_u32, 1 => Just(MAX_SESSION_MS)];
    let rate_milli = prop_oneof![4 => Just(1000), 1 => 1..16_000_u32];
    let duration_ms = prop_oneof![4 => Just(duration_ms), 1 => Just(0)];
    let end_ms = prop_oneof![3 => Just(u32::MAX), 1 => 0..8000_u32];
    let flags = any::<[bool; 6]>();
    (
        later_ms,
        0..=8000_u32,
        duration_ms,
        end_ms,
        rate_milli,
        flags,
        0..5_u32,
    )
        .prop_map(
            |(now_ms, position_ms, duration_ms, played_end_ms, rate_milli, flags, error)| Sample {
                now_ms,
                position_ms,
                duration_ms,
                played_end_ms,
                rate_milli,
                paused: flags[0],
                seeking: flags[1],
                ended: flags[2],
                ready: flags[3],
                looping: flags[4],
                muted: flags[5],
                error,
            },
        )
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![
        20 => (media(), sample(8000)).prop_map(|(media, at)| Told::Media(media, at)),
        2 => prop_oneof![
            Just(EventKind::Impression),
            Just(EventKind::Viewable),
            Just(EventKind::Open),
            Just(EventKind::Close),
            Just(EventKind::Cart),
        ].prop_map(Told::Placement),
        1 => prop_oneof![Just(Reason::Next), Just(Reason::Previous), Just(Reason::Auto)].prop_map(Told::Turn),
        4 => Just(Told::Flush),
        1 => Just(Told::Lost),
    ]
}

fn id(ids: &Cell<u8>) -> Id {
    ids.set(ids.get().wrapping_add(1));
    encode_id(&[ids.get(); 16])
}

/// The beacons that are sent when all that is told, the last at the end.
fn beacons(all: &[Told]) -> Vec<Value> {
    let ids = Cell::new(0);
    let mut now_ms = 1000;
    let mut view = PageView::new(&id(&ids), b"nl", "0.1.0", "wasm", now_ms);
    let mut placement = Placement::new(id(&ids), b"gtin:08710103937746", "button", now_ms);
    placement.video(b"film");
    let placement = view.place(placement);
    view.happen(placement, EventKind::Impression, now_ms);
    let begin = |view: &mut PageView, reason, now_ms| {
        let session = Session::new(id(&ids), b"film", b"nl", reason, 8000, now_ms);
        view.begin(placement, session);
    };
    begin(&mut view, Reason::Tap, now_ms);
    let mut bodies = Vec::new();
    let mut flushed = 0;
    for one in all.iter().chain([&Told::Flush]) {
        match one {
            Told::Media(media, at) => {
                now_ms += at.now_ms;
                let mut position_ms = at.position_ms;
                if !at.seeking && *media != Media::Seeking {
                    // Ahead without a seek goes only as fast as the element plays. Back may be the loop that nobody announced.
                    let way_ms = u64::from(at.now_ms) * u64::from(at.rate_milli) / 1000;
                    let furthest_ms = u64::from(view.position_ms()) + way_ms;
                    position_ms = position_ms.min(u32::try_from(furthest_ms).unwrap());
                }
                let at = Sample {
                    now_ms,
                    position_ms,
                    ..*at
                };
                view.media(*media, &at, &id(&ids));
            }
            Told::Placement(kind) => view.happen(placement, *kind, now_ms),
            Told::Turn(reason) => begin(&mut view, *reason, now_ms),
            Told::Flush => {
                let mut send = |body: Json| bodies.push(body.text);
                flushed = view.flush(now_ms, &|| id(&ids), &mut send);
            }
            Told::Lost => view.lost(flushed),
        }
    }
    assert!(bodies.iter().all(|body| body.len() <= MAX_BEACON_BYTES));
    bodies
        .iter()
        .map(|body| serde_json::from_slice(body).unwrap())
        .collect()
}

fn number(thing: &Value, field: &str) -> u32 {
    u32::try_from(
        thing[field]
            .as_u64()
            .unwrap_or_else(|| panic!("{field} of {thing}")),
    )
    .unwrap()
}

fn text<'a>(thing: &'a Value, field: &str) -> &'a str {
    thing[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {thing}"))
}

fn list<'a>(thing: &'a Value, field: &str) -> &'a [Value] {
    thing[field]
        .as_array()
        .unwrap_or_else(|| panic!("{field} of {thing}"))
}

fn check_as_the_edge_does(session: &Value) {
    let played: Vec<[u32; 3]> = serde_json::from_value(session["played"].clone()).unwrap();
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
        played: &played,
    });
    assert_eq!(violations, [], "{session}");
}

fn check_placement_as_the_edge_does(placement: &Value) {
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_told_the_snapshots_pass_the_check(all in proptest::collection::vec(told(), 0..40)) {
        for (beacon, n) in beacons(&all).iter().zip(1..) {
            prop_assert_eq!(number(beacon, "n"), n);
            for event in list(beacon, "events") {
                prop_assert!(EVENT_NAMES.contains(&text(event, "type")));
                prop_assert!(number(event, "at_ms") <= number(beacon, "elapsed_ms"));
            }
            list(beacon, "placements").iter().for_each(check_placement_as_the_edge_does);
            list(beacon, "sessions").iter().for_each(check_as_the_edge_does);
        }
    }
}
