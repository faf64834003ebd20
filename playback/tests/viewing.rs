//! Viewings played out on a simulated media element, which knows to the millisecond what it played, and told to the page view as late and as coarsely as a browser
//! tells it. What the beacons then say must be what happened.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod element;
mod support;

use element::{Act, Element};
use proptest::prelude::*;
use serde_json::Value;
use shelfreel_playback::{EventKind, Media, Reason, Sample};
use support::{Page, check_session_as_the_edge_does as check, list, number, played};

/// A page with one placement, shown and opened.
fn opened() -> Page {
    let mut page = Page::new(b"nl-BE,en", 0);
    let placement = page.place(b"gtin:08710103937746", &[b"kenwick-br7-nl"], 0);
    page.happen(placement, EventKind::Impression, 10);
    page.happen(placement, EventKind::Viewable, 1010);
    page.happen(placement, EventKind::Open, 2000);
    page.begin(placement, b"kenwick-br7-nl", Reason::Tap, 8000, 2000);
    page
}

/// Plays acts and returns the last snapshots of the sessions there were.
fn watch(acts: &[Act], lag_ms: &[u32], duration_ms: u32) -> (Element, Vec<Value>) {
    let mut page = opened();
    let mut element = Element::new(duration_ms, 2000, lag_ms);
    for act in acts {
        element.act(*act, &mut |media, element| {
            let sample = element.sample(page.player.position_ms());
            page.media(media, &sample);
        });
    }
    let sample = element.sample(page.player.position_ms());
    page.media(Media::Quit, &sample);
    let beacons = page.flush(element.now_ms);
    let sessions = beacons.iter().flat_map(|beacon| list(beacon, "sessions"));
    (element, sessions.cloned().collect())
}

/// How often each millisecond was played, by the parts of all sessions.
fn per_ms(sessions: &[Value], duration_ms: u32) -> Vec<u32> {
    let mut times = vec![0; duration_ms as usize + 1000];
    for [from_ms, to_ms, often] in sessions.iter().flat_map(played) {
        for ms in from_ms..to_ms {
            times[ms as usize] += often;
        }
    }
    times
}

/// What was told is what was played, but for edges that may lie within `tolerance_ms` of the true ones.
fn agree(element: &Element, sessions: &[Value], tolerance_ms: usize) -> Result<(), String> {
    let told = per_ms(sessions, element.duration_ms);
    let is_near_edge = |ms: usize| {
        element
            .edges
            .iter()
            .any(|edge| edge.abs_diff(ms) <= tolerance_ms)
    };
    for (ms, (told, truth)) in told.iter().zip(&element.played).enumerate() {
        if told != truth && !is_near_edge(ms) {
            return Err(format!(
                "at {ms} ms: told {told} times, played {truth} times; {sessions:?}"
            ));
        }
    }
    Ok(())
}

// Not to the very start or end: from the one to the other is what a loop looks like.
fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..3000_u32).prop_map(Act::Watch),
        2 => (500..7500_u32, 0..400_u32).prop_map(|(to_ms, takes_ms)| Act::Seek { to_ms, takes_ms }),
        1 => Just(Act::Pause),
        2 => Just(Act::Play),
        1 => prop_oneof![Just(500), Just(750), Just(1500), Just(2000)].prop_map(Act::Rate),
        1 => (50..1500_u32).prop_map(Act::Stall),
        1 => any::<bool>().prop_map(Act::Loop),
        2 => (0..1000_u32).prop_map(Act::Busy),
    ];
    proptest::collection::vec(act, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn what_is_told_is_what_was_played(acts in acts(), lag_ms in proptest::collection::vec(0..30_u32, 1..8)) {
        // The pause lets everything be heard before the player closes.
        let all: Vec<Act> = [Act::Play].into_iter().chain(acts).chain([Act::Pause, Act::Watch(60)]).collect();
        let (element, sessions) = watch(&all, &lag_ms, 8000);
        prop_assert_eq!(agree(&element, &sessions, 100), Ok(()));
        for session in &sessions {
            check(session);
        }
        prop_assert_eq!(number(&sessions[0], "seeks"), element.seeks);
        prop_assert_eq!(number(&sessions[0], "pauses"), element.pauses);
        prop_assert_eq!(number(&sessions[0], "ended"), element.ends);
    }
}

#[test]
fn a_seek_back_and_forward_is_told_to_within_the_delay_of_an_event() {
    let acts = [
        Act::Play,
        Act::Watch(3130),
        Act::Seek {
            to_ms: 6000,
            takes_ms: 80,
        },
        Act::Watch(1070),
        Act::Seek {
            to_ms: 1000,
            takes_ms: 120,
        },
        Act::Watch(900),
        Act::Pause,
        Act::Watch(700),
        Act::Play,
        Act::Watch(500),
    ];
    let (element, sessions) = watch(&acts, &[12], 8000);
    assert_eq!(agree(&element, &sessions, 15), Ok(()));
    let session = &sessions[0];
    assert_eq!(
        (number(session, "seeks"), number(session, "pauses")),
        (2, 1)
    );
    let times: Vec<u32> = played(session).iter().map(|part| part[2]).collect();
    assert_eq!(times, [1, 2, 1, 1], "{session}");
}

#[test]
fn a_loop_and_a_replay_are_no_seeks() {
    let acts = [
        Act::Play,
        Act::Loop(true),
        Act::Watch(9000),
        Act::Loop(false),
        Act::Watch(9000),
    ];
    let (element, sessions) = watch(&acts, &[5], 8000);
    assert_eq!(agree(&element, &sessions, 10), Ok(()));
    assert_eq!(
        (number(&sessions[0], "seeks"), number(&sessions[0], "ended")),
        (0, 1)
    );
    assert_eq!(
        number(&sessions[0], "pauses"),
        0,
        "a video pauses at its end by itself"
    );
    let replay = [Act::Play, Act::Watch(9000), Act::Play, Act::Watch(2000)];
    let (element, sessions) = watch(&replay, &[5], 8000);
    assert_eq!(agree(&element, &sessions, 10), Ok(()));
    assert_eq!(
        (number(&sessions[0], "seeks"), number(&sessions[0], "ended")),
        (0, 1)
    );
}

#[test]
fn waiting_for_data_is_neither_played_nor_playing() {
    let acts = [
        Act::Play,
        Act::Watch(2000),
        Act::Stall(1500),
        Act::Watch(1000),
    ];
    let (element, sessions) = watch(&acts, &[0], 8000);
    assert_eq!(agree(&element, &sessions, 2), Ok(()));
    let session = &sessions[0];
    assert_eq!(number(session, "rebuffers"), 1);
    assert!(
        number(session, "rebuffering_ms").abs_diff(1500) < 5,
        "{session}"
    );
    let truth_ms: u32 = element.played.iter().sum();
    assert!(
        number(session, "playing_ms").abs_diff(truth_ms) < 5,
        "{session}"
    );
    assert!(
        number(session, "played_ms").abs_diff(truth_ms) < 2,
        "{session}"
    );
}

#[test]
fn a_session_that_is_twelve_hours_old_is_renewed_and_goes_on() {
    let hours_ms = 12 * 60 * 60 * 1000;
    let acts = [
        Act::Play,
        Act::Watch(2000),
        Act::Pause,
        Act::Watch(hours_ms),
        Act::Play,
        Act::Watch(1000),
    ];
    let (element, sessions) = watch(&acts, &[0], 8000);
    assert_eq!(agree(&element, &sessions, 2), Ok(()));
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        (
            sessions[0]["state"].as_str(),
            sessions[1]["reason"].as_str()
        ),
        (Some("quit"), Some("renewed"))
    );
    assert!(
        sessions[1].get("startup_ms").is_none(),
        "nobody waited for it to start"
    );
    assert_eq!(sessions[1]["started_ms"], 0, "it goes on");
    sessions.iter().for_each(check);
}

#[test]
fn a_film_that_goes_on_in_another_page_view_is_counted_in_each_as_far_as_it_was_played_there() {
    let mut page = opened();
    let mut element = Element::new(8000, 2000, &[0]);
    let mut next_page = Page::new(b"nl", 5000);
    let of = next_page.place(b"gtin:08710103937746", &[b"kenwick-br7-nl"], 5000);
    for act in [Act::Play, Act::Watch(2000)] {
        element.act(act, &mut |media, element| {
            page.media(media, &element.sample(page.player.position_ms()));
        });
    }
    let sample = element.sample(page.player.position_ms());
    let next = next_page.session(of, b"kenwick-br7-nl", Reason::Renewed, 8000, sample.now_ms);
    let next = page.player.hand_over(next, &sample).expect("a session");
    next_page.player.begin(next);
    let mut sessions = Vec::new();
    // Three hours later by the world's clock: that is its age, and no time playing.
    let told = page.flush(element.now_ms + 10_800_000);
    sessions.extend(
        told.iter()
            .flat_map(|beacon| list(beacon, "sessions"))
            .cloned(),
    );
    element.act(Act::Watch(1000), &mut |media, element| {
        next_page.media(media, &element.sample(next_page.player.position_ms()));
    });
    let sample = element.sample(next_page.player.position_ms());
    next_page.media(Media::Quit, &sample);
    let told = next_page.flush(element.now_ms);
    sessions.extend(
        told.iter()
            .flat_map(|beacon| list(beacon, "sessions"))
            .cloned(),
    );
    assert_eq!(agree(&element, &sessions, 2), Ok(()));
    let [before, after] = &sessions[..] else {
        panic!("{sessions:?}");
    };
    assert_eq!(
        (before["state"].as_str(), after["reason"].as_str()),
        (Some("quit"), Some("renewed"))
    );
    assert!(
        number(before, "elapsed_ms") > 10_800_000 && number(before, "playing_ms") < 2100,
        "{before}"
    );
    assert_eq!(
        (&after["started"], &after["started_ms"]),
        (&1.into(), &0.into())
    );
    sessions.iter().for_each(check);
}

#[test]
fn a_session_with_two_hundred_parts_is_renewed_and_loses_nothing() {
    let mut acts = vec![Act::Play];
    for step in 0..230 {
        acts.extend([
            Act::Seek {
                to_ms: step * 400,
                takes_ms: 20,
            },
            Act::Watch(120),
        ]);
    }
    let (element, sessions) = watch(&acts, &[0], 100_000);
    assert_eq!(agree(&element, &sessions, 2), Ok(()));
    assert_eq!(sessions.len(), 2);
    assert_eq!(played(&sessions[0]).len(), 200);
    sessions.iter().for_each(check);
}

#[test]
fn a_jump_that_nobody_announces_is_not_played_and_what_follows_is() {
    let mut page = opened();
    let samples = [
        (2100, 0),
        (3100, 1000),
        (3350, 40_000),
        (4350, 41_000),
        (4600, 41_250),
    ];
    for (now_ms, position_ms) in samples {
        let sample = Sample {
            now_ms,
            position_ms,
            duration_ms: 60_000,
            played_end_ms: u32::MAX,
            rate_milli: 1000,
            ready: true,
            ..Sample::default()
        };
        page.media(Media::TimeUpdate, &sample);
    }
    let beacons = page.flush(4600);
    assert_eq!(
        played(&beacons[1]["sessions"][0]),
        [[0, 1250, 1], [40_000, 41_250, 1]]
    );
}

#[test]
fn a_page_that_is_busy_makes_no_seeks_of_what_it_was_told_late_whether_it_is_new_or_seen_again() {
    let busy = [Act::Busy(450), Act::Watch(70)].repeat(8);
    let again = Act::Seek {
        to_ms: 200,
        takes_ms: 30,
    };
    let acts = [
        &[Act::Play],
        &busy[..],
        &[again],
        &busy[..],
        &[Act::Pause, Act::Watch(60)],
    ]
    .concat();
    let (element, sessions) = watch(&acts, &[5], 8000);
    assert_eq!(number(&sessions[0], "seeks"), 1);
    assert_eq!(agree(&element, &sessions, 10), Ok(()));
}

/// Found by the property above: a stall just after the loop went round.
#[test]
fn a_stall_just_after_a_loop_is_no_seek() {
    let acts = [
        Act::Play,
        Act::Loop(true),
        Act::Seek {
            to_ms: 6296,
            takes_ms: 141,
        },
        Act::Watch(1794),
        Act::Stall(50),
        Act::Pause,
        Act::Watch(60),
    ];
    let (element, sessions) = watch(&acts, &[20], 8000);
    assert_eq!(number(&sessions[0], "seeks"), element.seeks);
}
