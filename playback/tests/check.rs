//! A snapshot that breaks a rule is refused for that rule, at its edge and not before it.

#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use shelfreel_playback::{
    MAX_SEQ, PlacementSnapshot, SessionSnapshot, Violation, check_placement, check_session,
};

const ID: &str = "AAAAAAAAAAAAAAAAAAAAAQ";
const OTHER: &str = "AAAAAAAAAAAAAAAAAAAAAg";

/// A session in which much has happened and nothing is wrong.
const GOOD: SessionSnapshot<'static> = SessionSnapshot {
    id: ID,
    seq: 4,
    elapsed_ms: 8000,
    placement: OTHER,
    video: "kenwick-br7-nl",
    code: "",
    language: "nl",
    state: "playing",
    reason: "tap",
    position_ms: 4000,
    duration_ms: 8000,
    startup_ms: Some(220),
    started_ms: None,
    started: 1,
    ended: 1,
    playing_ms: 6000,
    played_ms: 6200,
    rebuffering_ms: 1000,
    rebuffers: 1,
    seeks: 1,
    pauses: 0,
    rate_changes: 0,
    errors: 1,
    played: &[[0, 2000, 1], [2000, 4100, 2]],
};

const FRESH: SessionSnapshot<'static> = SessionSnapshot {
    state: "starting",
    position_ms: 0,
    startup_ms: None,
    started: 0,
    ended: 0,
    playing_ms: 0,
    played_ms: 0,
    rebuffering_ms: 0,
    rebuffers: 0,
    seeks: 0,
    errors: 0,
    played: &[],
    ..GOOD
};

const PLACED: PlacementSnapshot<'static> = PlacementSnapshot {
    id: ID,
    seq: 2,
    elapsed_ms: 9000,
    code: "gtin:08710103937746",
    videos: &["kenwick-br7-nl"],
    layout: "button",
    shown: 1,
    viewable: 1,
    opened: 1,
    cart: 0,
    carts_ms: &[],
};

fn say(violations: &[Violation]) -> Vec<String> {
    violations
        .iter()
        .map(|wrong| format!("{}: {}, {}", wrong.field, wrong.value, wrong.expected))
        .collect()
}

/// Exactly these things are wrong.
#[track_caller]
fn wrong(session: SessionSnapshot<'_>, expected: &[&str]) {
    assert_eq!(say(&check_session(&session)), expected);
}

#[track_caller]
fn wrong_placed(placement: PlacementSnapshot<'_>, expected: &[&str]) {
    assert_eq!(say(&check_placement(&placement)), expected);
}

#[test]
fn nothing_is_wrong_with_what_keeps_to_every_rule() {
    wrong(GOOD, &[]);
    wrong(FRESH, &[]);
    wrong_placed(PLACED, &[]);
}

#[test]
fn names_and_ids_have_their_forms() {
    let id = "16 bytes as base64url: 22 characters";
    wrong(
        SessionSnapshot { id: "x", ..GOOD },
        &[&format!("id: x, {id}")],
    );
    wrong(
        SessionSnapshot {
            placement: "",
            ..GOOD
        },
        &[&format!("placement: , {id}")],
    );
    let video = "1 to 64 of A-Z a-z 0-9 _ -";
    let long = "v".repeat(65);
    wrong(
        SessionSnapshot {
            video: &long[..64],
            ..GOOD
        },
        &[],
    );
    wrong(
        SessionSnapshot {
            video: "a_B-9",
            ..GOOD
        },
        &[],
    );
    for bad in ["", "a b", "é", "a/b", long.as_str()] {
        wrong(
            SessionSnapshot { video: bad, ..GOOD },
            &[&format!("video: {bad}, {video}")],
        );
    }
    let tag = "x".repeat(65);
    wrong(
        SessionSnapshot {
            language: &tag[..64],
            ..GOOD
        },
        &[],
    );
    wrong(
        SessionSnapshot {
            language: &tag,
            ..GOOD
        },
        &[&format!("language: {tag}, a language tag")],
    );
    let states = "starting | playing | seeking | rebuffering | paused | ended | error | quit";
    for state in states.split(" | ") {
        wrong(SessionSnapshot { state, ..GOOD }, &[]);
    }
    wrong(
        SessionSnapshot {
            state: "Playing",
            ..GOOD
        },
        &[&format!("state: Playing, {states}")],
    );
    let reasons = "tap | next | previous | auto | renewed";
    for reason in reasons.split(" | ") {
        wrong(SessionSnapshot { reason, ..GOOD }, &[]);
    }
    wrong(
        SessionSnapshot {
            reason: "replay",
            ..GOOD
        },
        &[&format!("reason: replay, {reasons}")],
    );
}

#[test]
fn seqs_count_from_one() {
    wrong(SessionSnapshot { seq: 1, ..GOOD }, &[]);
    wrong(
        SessionSnapshot {
            seq: MAX_SEQ,
            ..GOOD
        },
        &[],
    );
    wrong(SessionSnapshot { seq: 0, ..GOOD }, &["seq: 0, 1 to 100000"]);
    wrong(
        SessionSnapshot {
            seq: MAX_SEQ + 1,
            ..GOOD
        },
        &["seq: 100001, 1 to 100000"],
    );
    wrong_placed(
        PlacementSnapshot { seq: 0, ..PLACED },
        &["seq: 0, 1 to 100000"],
    );
}

#[test]
fn the_age_of_a_session_holds_what_happened_in_it() {
    wrong(
        SessionSnapshot {
            playing_ms: 7000,
            ..GOOD
        },
        &[],
    );
    wrong(
        SessionSnapshot {
            playing_ms: 8001,
            rebuffering_ms: 0,
            ..GOOD
        },
        &["playing_ms: 8001, at most elapsed_ms, 8000"],
    );
    wrong(
        SessionSnapshot {
            rebuffering_ms: 2001,
            ..GOOD
        },
        &["rebuffering_ms: 2001, at most what playing_ms leaves of elapsed_ms, 2000"],
    );
    wrong(
        SessionSnapshot {
            startup_ms: Some(8000),
            ..GOOD
        },
        &[],
    );
    wrong(
        SessionSnapshot {
            startup_ms: Some(8001),
            ..GOOD
        },
        &["startup_ms: 8001, at most elapsed_ms, 8000"],
    );
    let late = SessionSnapshot {
        elapsed_ms: u32::MAX,
        ..GOOD
    };
    wrong(late, &[]);
}

#[test]
fn nothing_is_played_faster_than_sixteen_times() {
    let within = SessionSnapshot {
        elapsed_ms: 250,
        startup_ms: Some(0),
        playing_ms: 0,
        rebuffering_ms: 0,
        played_ms: 8000,
        played: &[[0, 8000, 1]],
        ..GOOD
    };
    wrong(within, &[]);
    wrong(
        SessionSnapshot {
            played_ms: 8001,
            played: &[[0, 8001, 1]],
            ..within
        },
        &["played_ms: 8001, at most 16 times elapsed_ms"],
    );
}

#[test]
fn positions_lie_within_the_video_and_a_second() {
    wrong(
        SessionSnapshot {
            position_ms: 9000,
            ..GOOD
        },
        &[],
    );
    wrong(
        SessionSnapshot {
            position_ms: 9001,
            ..GOOD
        },
        &["position_ms: 9001, at most duration_ms and a second, 9000"],
    );
    let parts = SessionSnapshot {
        played_ms: 3000,
        played: &[[6000, 9000, 1]],
        ..GOOD
    };
    wrong(parts, &[]);
    wrong(
        SessionSnapshot {
            played_ms: 3001,
            played: &[[6000, 9001, 1]],
            ..GOOD
        },
        &["played[0]: [6000,9001,1], to at most duration_ms and a second"],
    );
    let unknown = SessionSnapshot {
        duration_ms: 0,
        position_ms: u32::MAX,
        ..parts
    };
    wrong(unknown, &[]);
}

#[test]
fn a_start_is_counted_once_and_nothing_is_counted_before_it() {
    wrong(
        SessionSnapshot { started: 2, ..GOOD },
        &["started: 2, at most once, 1"],
    );
    wrong(
        SessionSnapshot {
            startup_ms: None,
            ..GOOD
        },
        &["startup_ms: absent, said after the start"],
    );
    wrong(
        SessionSnapshot {
            startup_ms: Some(0),
            ..FRESH
        },
        &["startup_ms: 0, absent before the start"],
    );
    wrong(
        SessionSnapshot {
            rebuffering_ms: 1,
            ..FRESH
        },
        &["rebuffering_ms: 1, 0 before the start"],
    );
    wrong(
        SessionSnapshot {
            played_ms: 1,
            played: &[[0, 1, 1]],
            ..FRESH
        },
        &["played: 1, nothing before the start"],
    );
    // Whoever drags the playhead to the end before it moves has ended without a start, and errors come before it too.
    wrong(
        SessionSnapshot {
            state: "ended",
            ended: 1,
            seeks: 1,
            ..FRESH
        },
        &[],
    );
    wrong(
        SessionSnapshot {
            state: "error",
            errors: 1,
            ..FRESH
        },
        &[],
    );
}

#[test]
fn a_film_starts_no_earlier_than_it_took_to_start_and_no_later_than_now() {
    let started = |startup_ms, started_ms| SessionSnapshot {
        startup_ms,
        started_ms: Some(started_ms),
        ..GOOD
    };
    wrong(started(Some(220), 220), &[]);
    wrong(started(Some(220), 8000), &[]);
    wrong(
        started(Some(220), 219),
        &["started_ms: 219, at least startup_ms"],
    );
    wrong(
        started(Some(220), 8001),
        &["started_ms: 8001, at most elapsed_ms, 8000"],
    );
    let renewed = SessionSnapshot {
        reason: "renewed",
        ..started(None, 0)
    };
    wrong(renewed, &[]);
    wrong(
        SessionSnapshot {
            started_ms: Some(0),
            ..FRESH
        },
        &["started_ms: 0, absent before the start"],
    );
}

#[test]
fn an_end_and_an_error_were_counted_unless_in_the_session_before() {
    let ended = SessionSnapshot {
        state: "ended",
        ended: 0,
        ..GOOD
    };
    wrong(ended, &["ended: 0, at least 1 in state ended"]);
    let error = SessionSnapshot {
        state: "error",
        errors: 0,
        ..GOOD
    };
    wrong(error, &["errors: 0, at least 1 in state error"]);
    for session in [ended, error] {
        wrong(
            SessionSnapshot {
                reason: "renewed",
                startup_ms: None,
                ..session
            },
            &[],
        );
    }
}

#[test]
fn parts_ascend_and_do_not_overlap_and_have_one_spelling() {
    for (played, played_ms, expected) in [
        (
            &[[0, 2000, 0]][..],
            0,
            &["played[0]: [0,2000,0], played at least once"][..],
        ),
        (
            &[[2000, 2000, 1]],
            0,
            &["played[0]: [2000,2000,1], to after from"],
        ),
        (
            &[[2000, 1000, 1]],
            0,
            &["played[0]: [2000,1000,1], to after from"],
        ),
        (
            &[[0, 2000, 1], [1999, 3000, 2]],
            4002,
            &["played[1]: [1999,3000,2], ascending, not overlapping the part before"],
        ),
        (
            &[[0, 2000, 1], [2000, 3000, 1]],
            3000,
            &["played[1]: [2000,3000,1], neighbours that touch differ in times"],
        ),
        (&[[0, 2000, 1], [2001, 3000, 1]], 2999, &[]),
        (&[[0, 2000, 1], [2000, 3000, 3]], 5000, &[]),
    ] {
        let session = SessionSnapshot {
            played,
            played_ms,
            ..GOOD
        };
        assert_eq!(
            say(&check_session(&session))
                .iter()
                .filter(|say| say.starts_with("played["))
                .collect::<Vec<_>>(),
            expected,
            "{played:?}"
        );
    }
}

#[test]
fn a_part_that_is_played_zero_times_from_the_start_is_wrong_once() {
    let session = SessionSnapshot {
        played: &[[1, 2, 1], [2, 3, 0]],
        played_ms: 1,
        ..GOOD
    };
    wrong(session, &["played[1]: [2,3,0], played at least once"]);
}

#[test]
fn played_ms_is_the_sum_of_the_parts_and_does_not_overflow() {
    wrong(
        SessionSnapshot {
            played_ms: 6201,
            ..GOOD
        },
        &["played_ms: 6201, the sum of the parts of `played`, 6200"],
    );
    let parts: Vec<[u32; 3]> = (0..200)
        .map(|place| [place * 2, place * 2 + 1, u32::MAX])
        .collect();
    let huge = SessionSnapshot {
        duration_ms: 0,
        elapsed_ms: u32::MAX,
        played_ms: u32::MAX,
        played: &parts,
        ..GOOD
    };
    let sum_ms = 200 * u64::from(u32::MAX);
    wrong(
        huge,
        &[
            &format!(
                "played_ms: {}, the sum of the parts of `played`, {sum_ms}",
                u32::MAX
            ),
            "played_ms: 4294967295, at most 16 times elapsed_ms",
        ],
    );
    let widest = [[0, u32::MAX, u32::MAX]; 200];
    assert!(
        !check_session(&SessionSnapshot {
            played: &widest,
            ..huge
        })
        .is_empty()
    );
}

#[test]
fn there_are_at_most_two_hundred_parts() {
    let parts: Vec<[u32; 3]> = (0..201)
        .map(|place| [place * 2, place * 2 + 1, 1])
        .collect();
    wrong(
        SessionSnapshot {
            played: &parts[..200],
            played_ms: 200,
            ..GOOD
        },
        &[],
    );
    wrong(
        SessionSnapshot {
            played: &parts,
            played_ms: 201,
            ..GOOD
        },
        &["played: 201, at most 200 parts"],
    );
}

#[test]
fn a_placement_says_what_matched_and_how_often_it_was_seen() {
    wrong_placed(
        PlacementSnapshot { id: "x", ..PLACED },
        &["id: x, 16 bytes as base64url: 22 characters"],
    );
    let code = "gtin:…, mpn:… or sku:…, at most 512 bytes";
    let longest = format!("mpn:kenwick:{}", "é".repeat(250));
    assert_eq!(longest.len(), 512);
    for good in ["gtin:08710103937746", "sku:shop_demo:1", &longest] {
        wrong_placed(
            PlacementSnapshot {
                code: good,
                ..PLACED
            },
            &[],
        );
    }
    for bad in ["", "ean:1", "08710103937746", &format!("{longest}1")] {
        wrong_placed(
            PlacementSnapshot {
                code: bad,
                ..PLACED
            },
            &[&format!("code: {bad}, {code}")],
        );
    }
    wrong_placed(
        PlacementSnapshot {
            videos: &["a"; 12],
            ..PLACED
        },
        &[],
    );
    wrong_placed(
        PlacementSnapshot {
            videos: &[],
            ..PLACED
        },
        &["videos: 0, 1 to 12"],
    );
    wrong_placed(
        PlacementSnapshot {
            videos: &["a"; 13],
            ..PLACED
        },
        &["videos: 13, 1 to 12"],
    );
    wrong_placed(
        PlacementSnapshot {
            videos: &["a", "?"],
            ..PLACED
        },
        &["videos: ?, 1 to 64 of A-Z a-z 0-9 _ -"],
    );
    for layout in ["button", "thumbnail", "inline"] {
        wrong_placed(PlacementSnapshot { layout, ..PLACED }, &[]);
    }
    wrong_placed(
        PlacementSnapshot {
            layout: "popup",
            ..PLACED
        },
        &["layout: popup, button | thumbnail | inline"],
    );
    wrong_placed(
        PlacementSnapshot {
            viewable: 0,
            ..PLACED
        },
        &[],
    );
    let seen = "at most once, and only when shown";
    wrong_placed(
        PlacementSnapshot {
            shown: 3,
            viewable: 2,
            ..PLACED
        },
        &[&format!("viewable: 2, {seen}, 1")],
    );
    wrong_placed(
        PlacementSnapshot { shown: 0, ..PLACED },
        &[&format!("viewable: 1, {seen}, 0")],
    );
}

#[test]
fn carts_are_told_in_order_each_when_the_placement_was_there_and_no_more_than_there_were() {
    let good = PlacementSnapshot {
        cart: 3,
        carts_ms: &[100, 100, 9000],
        ..PLACED
    };
    wrong_placed(good, &[]);
    let many: Vec<u32> = (0..21).collect();
    for (carts_ms, cart, expected) in [
        (
            &[1, 2][..],
            1,
            "carts_ms: 2, at most one for each cart, and 20",
        ),
        (&many, 50, "carts_ms: 21, at most one for each cart, and 20"),
        (
            &[2, 1],
            2,
            "carts_ms[1]: 1, not before the one before, and at most elapsed_ms",
        ),
        (
            &[9001],
            1,
            "carts_ms[0]: 9001, not before the one before, and at most elapsed_ms",
        ),
    ] {
        let bad = PlacementSnapshot {
            cart,
            carts_ms,
            ..PLACED
        };
        wrong_placed(bad, &[expected]);
    }
}

#[test]
fn a_session_may_say_the_code_that_matched() {
    let with = |code| SessionSnapshot { code, ..GOOD };
    wrong(with("gtin:08710103937746"), &[]);
    wrong(
        with("08710103937746"),
        &["code: 08710103937746, gtin:…, mpn:… or sku:…, at most 512 bytes"],
    );
}
