//! What each thing that a media element tells does to a session, one rule at a time. The properties of `viewing.rs` say that the whole is right; these say which rule it was.

#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use shelfreel_playback::{EventKind, Media, Reason, Sample};
use support::{Page, list, number, played, text};

/// A page whose player is open on a video of eight seconds; its element stands ready at the start.
struct Viewing {
    page: Page,
    at: Sample,
}

impl Viewing {
    fn of(duration_ms: u32) -> Self {
        let mut page = Page::new(b"nl", 0);
        let placement = page.place(b"gtin:08710103937746", &[b"film"], 0);
        page.happen(placement, EventKind::Impression, 0);
        page.begin(placement, b"film", Reason::Tap, duration_ms, 0);
        page.flush(0);
        let at = Sample {
            duration_ms,
            rate_milli: 1000,
            ready: true,
            played_end_ms: u32::MAX,
            ..Sample::default()
        };
        Self { page, at }
    }

    fn opened() -> Self {
        Self::of(8000)
    }

    /// Played from the start to there.
    fn played_to(position_ms: u32) -> Self {
        let mut viewing = Self::opened();
        viewing.tell(0, Media::Playing, |_| {});
        viewing.play_on(position_ms);
        viewing
    }

    fn tell(&mut self, after_ms: u32, media: Media, change: impl FnOnce(&mut Sample)) {
        self.at.now_ms += after_ms;
        change(&mut self.at);
        self.page.media(media, &self.at);
    }

    fn play_on(&mut self, way_ms: u32) {
        self.tell(way_ms, Media::TimeUpdate, |at| at.position_ms += way_ms);
    }

    /// The viewer drags the playhead; the element is there at once.
    fn seek(&mut self, to_ms: u32) {
        self.tell(0, Media::Seeking, |at| {
            (at.seeking, at.position_ms) = (true, to_ms);
        });
        self.tell(40, Media::Seeked, |at| at.seeking = false);
    }

    fn pause(&mut self) {
        self.tell(0, Media::Pause, |at| at.paused = true);
    }

    /// The session as the next beacon has it.
    fn session(&mut self) -> Value {
        // Something always changes, so that there is a snapshot.
        self.tell(0, Media::VolumeChange, |_| {});
        let beacons = self.page.flush(self.at.now_ms);
        let mut sessions = beacons.iter().flat_map(|beacon| list(beacon, "sessions"));
        sessions.next_back().cloned().unwrap_or_default()
    }

    fn count(&mut self, what: &str) -> u32 {
        number(&self.session(), what)
    }

    fn state(&mut self) -> String {
        text(&self.session(), "state").to_owned()
    }
}

#[test]
fn a_rate_that_is_told_again_is_no_change() {
    let mut viewing = Viewing::played_to(1000);
    viewing.tell(0, Media::RateChange, |_| {});
    assert_eq!(viewing.count("rate_changes"), 0);
    viewing.tell(0, Media::RateChange, |at| at.rate_milli = 2000);
    assert_eq!(viewing.count("rate_changes"), 1);
}

#[test]
fn a_rate_that_is_seen_before_it_is_told_is_one_change() {
    let mut viewing = Viewing::played_to(1000);
    viewing.tell(250, Media::TimeUpdate, |at| at.rate_milli = 2000);
    viewing.tell(0, Media::RateChange, |_| {});
    assert_eq!(viewing.count("rate_changes"), 1);
}

#[test]
fn a_mark_is_passed_by_playing_over_it_and_not_by_starting_on_it() {
    let mut viewing = Viewing::played_to(100);
    viewing.seek(2000);
    viewing.play_on(1000);
    assert_eq!(viewing.page.player.percent(), 0, "25 % is at 2000 ms");
    viewing.seek(1999);
    viewing.play_on(1);
    assert_eq!(viewing.page.player.percent(), 25);
}

#[test]
fn playing_that_is_heard_after_a_pause_does_not_play() {
    let mut viewing = Viewing::played_to(1000);
    viewing.pause();
    viewing.tell(10, Media::Playing, |_| {});
    assert_eq!(viewing.state(), "paused");
}

#[test]
fn nothing_is_played_before_the_start_while_the_element_is_paused_or_not_ready() {
    for change in [
        (|at: &mut Sample| at.paused = true) as fn(&mut Sample),
        |at| at.ready = false,
    ] {
        let mut viewing = Viewing::opened();
        viewing.tell(1000, Media::TimeUpdate, |at| {
            change(at);
            at.position_ms = 500;
        });
        assert_eq!(played(&viewing.session()), [[0; 3]; 0]);
    }
}

#[test]
fn the_playhead_that_moves_was_started_though_nobody_said_so() {
    let mut viewing = Viewing::opened();
    viewing.tell(1000, Media::TimeUpdate, |at| at.position_ms = 500);
    let session = viewing.session();
    assert_eq!(
        (played(&session), text(&session, "state")),
        (vec![[0, 500, 1]], "playing")
    );
}

#[test]
fn a_seek_lasts_until_its_end_is_heard_or_for_a_second() {
    let mut viewing = Viewing::played_to(1000);
    viewing.tell(0, Media::Seeking, |at| {
        (at.seeking, at.position_ms) = (true, 5000);
    });
    viewing.tell(300, Media::TimeUpdate, |at| {
        (at.seeking, at.position_ms) = (false, 5200);
    });
    assert_eq!(viewing.state(), "seeking", "its end will be heard");
    viewing.tell(800, Media::TimeUpdate, |at| at.position_ms = 6000);
    assert_eq!(viewing.state(), "playing", "it will not");
    assert_eq!(played(&viewing.session()), [[0, 1000, 1], [5000, 6000, 1]]);
}

#[test]
fn a_seek_that_the_element_is_in_has_begun_before_it_is_told() {
    for to_ms in [5000, 1010] {
        let mut viewing = Viewing::played_to(1000);
        viewing.tell(10, Media::TimeUpdate, |at| {
            (at.seeking, at.position_ms) = (true, to_ms);
        });
        let session = viewing.session();
        assert_eq!(
            (number(&session, "seeks"), text(&session, "state")),
            (1, "seeking"),
            "to {to_ms}"
        );
    }
}

#[test]
fn where_the_duration_is_not_known_the_clock_says_how_far_the_playhead_came() {
    let mut viewing = Viewing::of(0);
    viewing.tell(0, Media::Playing, |_| {});
    viewing.play_on(1000);
    viewing.tell(200, Media::Seeking, |at| {
        (at.seeking, at.position_ms) = (true, 5000);
    });
    assert_eq!(played(&viewing.session()), [[0, 1200, 1]]);
}

#[test]
fn a_drag_to_the_start_is_a_seek_wherever_it_begins() {
    for (what, from_ms, looping, paused) in [
        ("in the middle, playing", 4000, false, false),
        ("in the middle of a loop", 4000, true, false),
        ("near the end", 7900, false, false),
        ("near the end, paused", 7900, false, true),
    ] {
        let mut viewing = Viewing::played_to(from_ms);
        viewing.at.looping = looping;
        if paused {
            viewing.pause();
        }
        viewing.seek(0);
        assert_eq!(viewing.count("seeks"), 1, "{what}");
    }
}

#[test]
fn a_loop_and_a_replay_are_none() {
    let mut looping = Viewing::played_to(7950);
    looping.at.looping = true;
    looping.seek(0);
    assert_eq!(looping.count("seeks"), 0, "the browser goes round");

    let mut replayed = Viewing::played_to(8000);
    replayed.tell(0, Media::Ended, |at| at.ended = true);
    replayed.at.ended = false;
    replayed.seek(0);
    assert_eq!(replayed.count("seeks"), 0, "the browser goes back to play");

    let mut dragged = Viewing::played_to(8000);
    dragged.tell(0, Media::Ended, |at| (at.ended, at.paused) = (true, true));
    dragged.at.ended = false;
    dragged.seek(0);
    assert_eq!(dragged.count("seeks"), 1, "the viewer goes back, paused");
}

#[test]
fn a_seek_before_the_start_counts_and_the_one_that_finds_the_place_again_does_not() {
    let mut early = Viewing::opened();
    early.seek(3000);
    assert_eq!(early.count("seeks"), 1);

    let mut recovered = Viewing::played_to(1000);
    recovered.tell(0, Media::Error, |at| at.error = 2);
    recovered.tell(0, Media::Recover, |at| at.error = 0);
    recovered.seek(1000);
    assert_eq!(recovered.count("seeks"), 0, "another file, the same place");
    recovered.tell(0, Media::Playing, |_| {});
    recovered.play_on(1000);
    recovered.seek(5000);
    assert_eq!(recovered.count("seeks"), 1, "the viewer’s own");

    // A source that is not there yet is at 0, whatever is wanted of it.
    let mut lost = Viewing::played_to(1000);
    lost.tell(0, Media::Error, |at| at.error = 2);
    lost.tell(10, Media::Recover, |at| {
        (at.error, at.ready, at.position_ms) = (0, false, 0);
    });
    lost.tell(10, Media::TimeUpdate, |_| {});
    lost.seek(1000);
    assert_eq!(lost.count("seeks"), 0);

    // Where the browser does not play by itself, the film finds the place at which it was left before.
    let mut refused = Viewing::opened();
    refused.tell(0, Media::TimeUpdate, |at| at.position_ms = 4000);
    refused.tell(50, Media::Refused, |at| at.paused = true);
    refused.seek(4000);
    assert_eq!(refused.count("seeks"), 0);
    refused.seek(6000);
    assert_eq!(refused.count("seeks"), 1, "the viewer’s own");

    // An engine steps over a gap while it waits.
    let mut gap = Viewing::played_to(1000);
    gap.tell(0, Media::Waiting, |at| at.ready = false);
    gap.seek(1100);
    assert_eq!((gap.count("seeks"), gap.count("rebuffers")), (0, 1));
}

#[test]
fn what_the_viewer_or_the_browser_keeps_waiting_is_no_time_to_start() {
    let mut refused = Viewing::opened();
    refused.tell(50, Media::Refused, |at| at.paused = true);
    let session = refused.session();
    assert_eq!(
        (text(&session, "state"), number(&session, "pauses")),
        ("paused", 0)
    );
    refused.tell(5000, Media::Play, |at| at.paused = false);
    assert_eq!(text(&refused.session(), "state"), "starting");
    refused.tell(200, Media::Playing, |_| {});
    refused.play_on(1000);
    assert_eq!(refused.count("startup_ms"), 200);
    assert_eq!(refused.count("started_ms"), 50 + 5000 + 200);

    // WebKit tells of it when the playhead has left already.
    let mut left = Viewing::opened();
    left.tell(50, Media::Refused, |at| at.paused = true);
    left.tell(5000, Media::Play, |at| {
        (at.paused, at.ready, at.position_ms) = (false, true, 3);
    });
    left.play_on(1000);
    assert_eq!(left.count("startup_ms"), 0);

    let mut taken_away = Viewing::opened();
    taken_away.tell(50, Media::Refused, |_| {});
    let session = taken_away.session();
    assert_eq!(
        text(&session, "state"),
        "starting",
        "another source is asked"
    );
}

#[test]
fn another_size_of_the_picture_is_another_quality_once_it_has_started() {
    for (mut viewing, told) in [(Viewing::opened(), 0), (Viewing::played_to(1000), 1)] {
        viewing.tell(0, Media::QualityChange, |_| {});
        let beacons = viewing.page.flush(viewing.at.now_ms);
        let events = beacons.iter().flat_map(|beacon| list(beacon, "events"));
        let changes = events.filter(|event| text(event, "type") == "quality_change");
        assert_eq!(changes.count(), told);
    }
}

#[test]
fn a_wait_before_the_playhead_has_moved_is_no_rebuffering() {
    let mut viewing = Viewing::opened();
    viewing.tell(0, Media::Playing, |_| {});
    viewing.tell(100, Media::Waiting, |at| at.ready = false);
    assert_eq!(viewing.count("rebuffers"), 0);
    let mut viewing = Viewing::played_to(1000);
    viewing.tell(0, Media::Waiting, |at| at.ready = false);
    assert_eq!(viewing.count("rebuffers"), 1);
}

#[test]
fn sound_that_goes_off_and_on_again_is_told_as_it_is() {
    let mut viewing = Viewing::played_to(1000);
    viewing.page.flush(1000);
    viewing.tell(0, Media::VolumeChange, |at| at.muted = true);
    viewing.tell(10, Media::VolumeChange, |at| at.muted = false);
    let beacons = viewing.page.flush(1010);
    let events = list(&beacons[0], "events").iter();
    let muted: Vec<_> = events
        .filter_map(|event| event["muted"].as_bool())
        .collect();
    assert_eq!(muted, [true, false]);
}

#[test]
fn only_what_the_lost_beacon_carried_is_told_again() {
    let mut page = Page::new(b"nl", 0);
    let (one, other) = (
        page.place(b"sku:shop:1", &[b"film"], 0),
        page.place(b"sku:shop:2", &[b"film"], 0),
    );
    page.happen(one, EventKind::Impression, 10);
    page.begin(one, b"film", Reason::Tap, 8000, 10);
    let lost = (page.flush_button(20).1, page.flush_player(20).1);
    page.happen(other, EventKind::Impression, 30);
    page.begin(other, b"film", Reason::Tap, 8000, 30);
    let kept = (page.flush_button(40).1, page.flush_player(40).1);
    assert!(lost.0 < kept.0 && lost.1 < kept.1, "flushes are numbered");
    page.button.lost(lost.0);
    page.player.lost(lost.1);
    let again = page.flush(50);
    let told: Vec<_> = again
        .iter()
        .flat_map(|beacon| [list(beacon, "placements"), list(beacon, "sessions")].concat())
        .map(|told| (number(&told, "seq"), number(&told, "elapsed_ms")))
        .collect();
    assert_eq!(
        told,
        [(2, 50), (2, 40)],
        "the first placement and its session"
    );
}
