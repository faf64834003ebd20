//! When beacons are due, what they carry, and how they are split.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use proptest::prelude::*;
use serde_json::Value;
use shelfreel_playback::{EventKind, Facts, Media, NEVER, Reason, Sample, due_ms};
use support::{Page, list, number};

const QUIET: Facts = Facts {
    shown_ms: 500,
    all_viewable: true,
    sent_ms: 2000,
    changed_ms: NEVER,
    urgent: false,
    playing: false,
};

fn page() -> Page {
    Page::new("nl, \"x\"\n\\".as_bytes(), 0)
}

/// A placement as large as they get.
fn place(page: &mut Page) -> usize {
    page.place(&[b'g'; 300], &[[b'v'; 64].as_slice(); 12], 0)
}

fn len(beacon: &Value, name: &str) -> usize {
    list(beacon, name).len()
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
    let mut page = page();
    let number = place(&mut page);
    page.happen(number, EventKind::Open, 50);
    assert_eq!(page.button.due_ms(), NEVER);
    assert_eq!(page.flush(60), [] as [Value; 0]);
    page.happen(number, EventKind::Impression, 70);
    assert_eq!(page.button.due_ms(), 1570);
    assert_eq!(page.flush(1570).len(), 1);
    assert_eq!(page.button.due_ms(), NEVER);
    assert_eq!(page.flush(1600), [] as [Value; 0], "nothing new");
}

#[test]
fn a_session_in_which_nothing_happens_is_told_though_not_before_it_may_have_started() {
    let mut page = page();
    let number = place(&mut page);
    page.begin(number, b"film", Reason::Tap, 8000, 3000);
    assert_eq!(page.player.due_ms(), 4500);
    let told = page.flush(4500);
    assert_eq!(
        (told.len(), &told[0]["sessions"][0]["state"]),
        (1, &Value::from("starting"))
    );
    assert_eq!(told[0]["events"], Value::Array(Vec::new()));
    assert_eq!(page.player.due_ms(), NEVER);
    page.begin(number, b"next", Reason::Next, 8000, 5000);
    assert_eq!(page.player.due_ms(), 5500);
}

#[test]
fn snapshots_are_numbered_and_only_those_that_changed_are_told() {
    let mut page = page();
    let (one, other) = (place(&mut page), place(&mut page));
    page.happen(one, EventKind::Impression, 10);
    page.happen(other, EventKind::Impression, 10);
    let first = page.flush(1510);
    page.happen(other, EventKind::Viewable, 2000);
    let second = page.flush(2510);
    assert_eq!(
        (len(&first[0], "placements"), len(&second[0], "placements")),
        (2, 1)
    );
    let snapshot = &second[0]["placements"][0];
    assert_eq!(
        (number(snapshot, "seq"), number(snapshot, "elapsed_ms")),
        (2, 2510)
    );
    assert_eq!((number(&first[0], "n"), number(&second[0], "n")), (1, 2));
}

#[test]
fn beacons_of_the_button_and_of_the_player_are_numbered_together() {
    let mut page = page();
    let number_of = place(&mut page);
    page.happen(number_of, EventKind::Impression, 10);
    page.happen(number_of, EventKind::Open, 20);
    page.begin(number_of, b"v", Reason::Tap, 8000, 20);
    let beacons = page.flush(30);
    let told: Vec<_> = beacons
        .iter()
        .map(|beacon| {
            (
                number(beacon, "n"),
                len(beacon, "placements"),
                len(beacon, "sessions"),
            )
        })
        .collect();
    assert_eq!(told, [(1, 1, 0), (2, 0, 1)]);
    assert_eq!(beacons[0]["page_view"], beacons[1]["page_view"]);
    assert_eq!(
        beacons[1]["sessions"][0]["placement"],
        beacons[0]["placements"][0]["id"]
    );
}

#[test]
fn what_a_lost_beacon_carried_is_told_again_with_the_next_and_not_sooner() {
    let mut page = page();
    let number = place(&mut page);
    page.happen(number, EventKind::Impression, 10);
    page.begin(number, b"v", Reason::Tap, 8000, 20);
    let (_, lost) = page.flush_button(1510);
    page.button.lost(lost);
    let (_, lost) = page.flush_player(1510);
    page.player.lost(lost);
    assert_eq!(
        (page.button.due_ms(), page.player.due_ms()),
        (NEVER, NEVER),
        "a blocker is not hammered"
    );
    let next = page.flush(5000);
    assert_eq!(next[0]["placements"][0]["seq"], 2);
    assert_eq!(next[0]["placements"][0]["shown"], 1);
    assert_eq!(next[1]["sessions"][0]["seq"], 2);
}

#[test]
fn a_content_start_an_end_an_error_and_a_close_are_due_at_once() {
    let mut page = page();
    let number = place(&mut page);
    page.begin(number, b"v", Reason::Tap, 8000, 20);
    let sample = |now_ms, position_ms| Sample {
        now_ms,
        position_ms,
        rate_milli: 1000,
        ready: true,
        played_end_ms: u32::MAX,
        ..Sample::default()
    };
    page.media(Media::Playing, &sample(100, 0));
    assert_ne!(page.player.due_ms(), 0, "the playhead has not moved");
    page.media(Media::TimeUpdate, &sample(200, 100));
    assert_eq!(page.player.due_ms(), 0);
    let session = &page.flush(200)[0]["sessions"][0];
    assert_eq!(
        (session["startup_ms"].as_u64(), session["started"].as_u64()),
        (Some(80), Some(1))
    );
    page.media(
        Media::Ended,
        &Sample {
            ended: true,
            ..sample(8100, 8000)
        },
    );
    assert_eq!(page.player.due_ms(), 0);
    page.flush(8100);
    page.media(Media::Error, &sample(8200, 8000));
    assert_eq!(page.player.due_ms(), 0);
    page.flush(8200);
    page.happen(number, EventKind::Close, 8300);
    assert_eq!(page.player.due_ms(), 0);
}

#[test]
fn what_happened_in_a_session_is_said_once_with_the_percent_that_was_passed() {
    let said = |page: &mut Page| {
        let happened = page.player.take_happened();
        let all = [
            EventKind::Play,
            EventKind::Pause,
            EventKind::PercentProgress,
            EventKind::End,
            EventKind::Error,
        ];
        all.into_iter()
            .filter(|kind| happened >> *kind as u32 & 1 == 1)
            .collect::<Vec<_>>()
    };
    let mut page = page();
    let number = place(&mut page);
    page.begin(number, b"v", Reason::Tap, 8000, 0);
    let mut at = Sample {
        rate_milli: 1000,
        ready: true,
        played_end_ms: u32::MAX,
        ..Sample::default()
    };
    page.media(Media::Playing, &at);
    assert_eq!(said(&mut page), [], "nothing has moved");
    (at.now_ms, at.position_ms) = (1000, 1000);
    page.media(Media::TimeUpdate, &at);
    assert_eq!(
        said(&mut page),
        [EventKind::Play, EventKind::PercentProgress]
    );
    assert_eq!(page.player.percent(), 10);
    assert_eq!(said(&mut page), [], "once");
    (at.now_ms, at.position_ms) = (2100, 2100);
    page.media(Media::TimeUpdate, &at);
    page.media(Media::Pause, &Sample { paused: true, ..at });
    assert_eq!(
        said(&mut page),
        [EventKind::Pause, EventKind::PercentProgress]
    );
    assert_eq!(page.player.percent(), 25, "a pause passes none");
    page.media(Media::Error, &at);
    assert_eq!(said(&mut page), [EventKind::Error]);
    page.begin(number, b"w", Reason::Next, 8000, 2200);
    assert_eq!(page.player.percent(), 0, "another film has passed none");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn however_much_there_is_no_beacon_is_too_large_and_nothing_is_left_out(
        placements in 1..24_u8, sessions in 0..12_u8, parts in 0..190_u32, events in 0..80_u32,
    ) {
        let mut page = page();
        for _ in 0..placements {
            let number = place(&mut page);
            page.happen(number, EventKind::Impression, 10);
        }
        for _ in 0..sessions {
            page.begin(0, &[b'v'; 64], Reason::Tap, 0, 20);
            let mut now_ms = 20;
            for part in 0..parts {
                let position_ms = 4_000_000_000 + part * 500;
                for (media, way_ms) in [(Media::Seeking, 0), (Media::Seeked, 0), (Media::Playing, 0), (Media::TimeUpdate, 99)] {
                    now_ms += way_ms;
                    let sample = Sample { now_ms, position_ms: position_ms + way_ms, rate_milli: 1000, ready: true, played_end_ms: 0, ..Sample::default() };
                    page.media(media, &sample);
                }
            }
        }
        for event in 0..events {
            page.happen(0, EventKind::Cart, 1000 + event);
        }
        let beacons = page.flush(100_000);
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
