//! When beacons are due, what they carry, and how they are split.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use serde_json::Value;
use shelfreel_playback::{
    EventKind, Facts, Json, MAX_BEACON_BYTES, Media, NEVER, PageView, Placement, Reason, Sample,
    Session, due_ms, encode_id,
};
use std::cell::Cell;

const QUIET: Facts = Facts {
    shown_ms: 500,
    all_viewable: true,
    sent_ms: 2000,
    changed_ms: NEVER,
    urgent: false,
    playing: false,
};

fn view() -> PageView {
    PageView::new(
        &encode_id(&[1; 16]),
        "nl, \"x\"\n\\".as_bytes(),
        "0.1.0",
        "wasm",
        0,
    )
}

fn placement(number: u8) -> Placement {
    let mut placement = Placement::new(encode_id(&[number; 16]), &[b'g'; 300], "button", 0);
    for _ in 0..12 {
        placement.video(&[b'v'; 64]);
    }
    placement
}

fn flush(view: &mut PageView, now_ms: u32) -> Vec<Value> {
    let ids = Cell::new(100);
    let new_id = || {
        ids.set(ids.get() + 1);
        encode_id(&[ids.get(); 16])
    };
    let mut bodies: Vec<Json> = Vec::new();
    view.flush(now_ms, &new_id, &mut |body| bodies.push(body));
    for body in &bodies {
        assert!(
            body.text.len() <= MAX_BEACON_BYTES,
            "{} bytes",
            body.text.len()
        );
    }
    bodies
        .iter()
        .map(|body| serde_json::from_slice(&body.text).expect("JSON"))
        .collect()
}

fn len(beacon: &Value, list: &str) -> usize {
    beacon[list]
        .as_array()
        .expect("every beacon has every list")
        .len()
}

#[test]
fn nothing_is_due_while_nothing_changes() {
    assert_eq!(due_ms(QUIET), NEVER);
}

#[test]
fn a_change_is_due_soon_but_not_within_a_second_of_the_last_beacon() {
    assert_eq!(
        due_ms(Facts {
            changed_ms: 2300,
            ..QUIET
        }),
        3000
    );
    assert_eq!(
        due_ms(Facts {
            changed_ms: 9000,
            ..QUIET
        }),
        9100
    );
}

#[test]
fn a_playing_session_gives_a_sign_of_life_every_ten_seconds() {
    assert_eq!(
        due_ms(Facts {
            playing: true,
            ..QUIET
        }),
        12_000
    );
    assert_eq!(
        due_ms(Facts {
            playing: true,
            changed_ms: 2300,
            ..QUIET
        }),
        3000
    );
    assert_eq!(
        due_ms(Facts {
            playing: true,
            sent_ms: NEVER,
            ..QUIET
        }),
        NEVER
    );
}

#[test]
fn nothing_is_told_before_something_was_shown() {
    let mut view = view();
    let number = view.place(placement(2));
    view.happen(number, EventKind::Open, 50);
    assert_eq!(view.due_ms(), NEVER);
    assert_eq!(flush(&mut view, 60), [] as [Value; 0]);
    view.happen(number, EventKind::Impression, 70);
    assert_eq!(view.due_ms(), 1570);
    assert_eq!(flush(&mut view, 1570).len(), 1);
    assert_eq!(view.due_ms(), NEVER);
    assert_eq!(flush(&mut view, 1600), [] as [Value; 0], "nothing new");
}

#[test]
fn snapshots_are_numbered_and_only_those_that_changed_are_told() {
    let mut view = view();
    let (one, other) = (view.place(placement(2)), view.place(placement(3)));
    view.happen(one, EventKind::Impression, 10);
    view.happen(other, EventKind::Impression, 10);
    let first = flush(&mut view, 1510);
    view.happen(other, EventKind::Viewable, 2000);
    let second = flush(&mut view, 2510);
    assert_eq!(
        (len(&first[0], "placements"), len(&second[0], "placements")),
        (2, 1)
    );
    let snapshot = &second[0]["placements"][0];
    assert_eq!(
        (snapshot["seq"].as_u64(), snapshot["elapsed_ms"].as_u64()),
        (Some(2), Some(2510))
    );
    assert_eq!(
        (first[0]["n"].as_u64(), second[0]["n"].as_u64()),
        (Some(1), Some(2))
    );
    assert_eq!(
        first[0]["language"], "nl, \"x\" \\",
        "escaped, and no control characters"
    );
}

#[test]
fn what_a_lost_beacon_carried_is_told_again_with_the_next_and_not_sooner() {
    let mut view = view();
    let number = view.place(placement(2));
    view.happen(number, EventKind::Impression, 10);
    let ids = || encode_id(&[7; 16]);
    let lost = view.flush(1510, &ids, &mut |_| {});
    view.lost(lost);
    assert_eq!(view.due_ms(), NEVER, "a blocker is not hammered");
    let next = flush(&mut view, 5000);
    assert_eq!(next[0]["placements"][0]["seq"], 2);
    assert_eq!(next[0]["placements"][0]["shown"], 1);
}

#[test]
fn a_content_start_an_end_and_an_error_are_due_at_once() {
    let mut view = view();
    let number = view.place(placement(2));
    view.happen(number, EventKind::Impression, 10);
    let session = Session::new(encode_id(&[4; 16]), b"v", b"nl", Reason::Tap, 8000, 20);
    view.begin(number, session);
    let sample = |now_ms, position_ms| Sample {
        now_ms,
        position_ms,
        rate_milli: 1000,
        ready: true,
        played_end_ms: u32::MAX,
        ..Sample::default()
    };
    let spare = encode_id(&[5; 16]);
    view.media(Media::Playing, &sample(100, 0), &spare);
    assert_ne!(view.due_ms(), 0, "the playhead has not moved");
    view.media(Media::TimeUpdate, &sample(200, 100), &spare);
    assert_eq!(view.due_ms(), 0);
    let session = &flush(&mut view, 200)[0]["sessions"][0];
    assert_eq!(
        (session["startup_ms"].as_u64(), session["started"].as_u64()),
        (Some(80), Some(1))
    );
    view.media(
        Media::Ended,
        &Sample {
            ended: true,
            ..sample(8100, 8000)
        },
        &spare,
    );
    assert_eq!(view.due_ms(), 0);
    flush(&mut view, 8100);
    view.media(Media::Error, &sample(8200, 8000), &spare);
    assert_eq!(view.due_ms(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn however_much_there_is_no_beacon_is_too_large_and_nothing_is_left_out(
        placements in 1..24_u8, sessions in 0..12_u8, parts in 0..190_u32, events in 0..80_u32,
    ) {
        let mut view = view();
        for number in 0..placements {
            let number = view.place(placement(number));
            view.happen(number, EventKind::Impression, 10);
        }
        for number in 0..sessions {
            view.begin(0, Session::new(encode_id(&[number; 16]), &[b'v'; 64], b"nl", Reason::Tap, 0, 20));
            let mut now_ms = 20;
            for part in 0..parts {
                let position_ms = 4_000_000_000 + part * 500;
                for (media, way_ms) in [(Media::Seeking, 0), (Media::Seeked, 0), (Media::Playing, 0), (Media::TimeUpdate, 99)] {
                    now_ms += way_ms;
                    let sample = Sample { now_ms, position_ms: position_ms + way_ms, rate_milli: 1000, ready: true, played_end_ms: 0, ..Sample::default() };
                    view.media(media, &sample, &encode_id(&[200; 16]));
                }
            }
        }
        for event in 0..events {
            view.happen(0, EventKind::Cart, 1000 + event);
        }
        let beacons = flush(&mut view, 100_000);
        let told = |list: &str| beacons.iter().map(|beacon| len(beacon, list)).sum::<usize>();
        prop_assert_eq!(told("placements"), usize::from(placements));
        prop_assert_eq!(told("sessions"), usize::from(sessions));
        for (n, beacon) in (1..).zip(&beacons) {
            prop_assert_eq!(beacon["n"].as_u64(), Some(n));
        }
        let mut ids: Vec<String> = beacons.iter().map(|beacon| beacon["id"].to_string()).collect();
        ids.dedup();
        prop_assert_eq!(ids.len(), beacons.len(), "each has an id of its own");
    }
}
