//! Whatever a media element tells, in whatever order and however senselessly, the snapshots keep to what snapshots must keep to: the edge never refuses what the widget sends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use proptest::prelude::*;
use serde_json::Value;
use shelfreel_playback::{EVENT_NAMES, EventKind, MAX_SESSION_MS, Media, Reason, Sample};
use support::{
    Page, check_placement_as_the_edge_does, check_session_as_the_edge_does, list, number, parse,
    text,
};

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
        1 => Just(Media::Play),
        1 => Just(Media::Refused),
        1 => Just(Media::QualityChange),
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

/// The beacons that are sent when all that is told, the last at the end.
fn beacons(all: &[Told]) -> Vec<Value> {
    let mut now_ms = 1000;
    let mut page = Page::new(b"nl", now_ms);
    let placement = page.place(b"gtin:08710103937746", &[b"film"], now_ms);
    page.happen(placement, EventKind::Impression, now_ms);
    page.begin(placement, b"film", Reason::Tap, 8000, now_ms);
    let mut sent = Vec::new();
    let mut flushed = (0, 0);
    for one in all.iter().chain([&Told::Flush]) {
        match one {
            Told::Media(media, at) => {
                now_ms += at.now_ms;
                let mut position_ms = at.position_ms;
                if !at.seeking && *media != Media::Seeking {
                    // Ahead without a seek goes only as fast as the element plays. Back may be the loop that nobody announced.
                    let way_ms = u64::from(at.now_ms) * u64::from(at.rate_milli) / 1000;
                    let furthest_ms = u64::from(page.player.position_ms()) + way_ms;
                    position_ms = position_ms.min(u32::try_from(furthest_ms).unwrap());
                }
                let at = Sample {
                    now_ms,
                    position_ms,
                    ..*at
                };
                page.media(*media, &at);
            }
            Told::Placement(kind) => page.happen(placement, *kind, now_ms),
            Told::Turn(reason) => page.begin(placement, b"film", *reason, 8000, now_ms),
            Told::Flush => {
                let (button, player) = (page.flush_button(now_ms), page.flush_player(now_ms));
                flushed = (button.1, player.1);
                sent.extend(button.0.iter().chain(&player.0).map(|body| parse(body)));
            }
            Told::Lost => {
                page.button.lost(flushed.0);
                page.player.lost(flushed.1);
            }
        }
    }
    sent
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
            list(beacon, "sessions").iter().for_each(check_session_as_the_edge_does);
        }
    }
}
