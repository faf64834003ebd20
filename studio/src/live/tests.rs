use proptest::prelude::*;

use super::told::{Placement, Session};
use super::*;

const NOW_MS: u64 = 1_795_324_830_000;

fn counts(impressions: u32, sessions: u32, starts: u32, completions: u32, carts: u32) -> Counts {
    Counts {
        impressions,
        sessions,
        starts,
        completions,
        carts,
    }
}

fn session(seq: u32, playing: bool, counts: Counts) -> Session {
    Session {
        id: "session".into(),
        seq,
        elapsed_ms: seq * 1_000,
        video: "film".into(),
        product: "Breeze".into(),
        series: "Kitchen".into(),
        category: "Blenders".into(),
        language: "nl".into(),
        playing,
        counts,
    }
}

fn placement(id: &str, seq: u32, impressions: u32, carts: u32) -> Placement {
    Placement {
        id: id.into(),
        seq,
        elapsed_ms: seq * 1_000,
        code: "gtin:08710103937746".into(),
        counts: counts(impressions, 0, 0, 0, carts),
    }
}

fn told(received_at_ms: u64, placements: Vec<Placement>, sessions: Vec<Session>) -> Told {
    Told {
        v: 1,
        received_at_ms,
        shop: "shop_demo".into(),
        page_view: "view".into(),
        placements,
        sessions,
    }
}

/// A viewing: opened, started, played on, watched to the end.
fn viewing() -> [Session; 4] {
    [
        session(1, false, counts(0, 1, 0, 0, 0)),
        session(2, true, counts(0, 1, 1, 0, 0)),
        session(3, true, counts(0, 1, 1, 0, 0)),
        session(4, false, counts(0, 1, 1, 1, 0)),
    ]
}

#[test]
fn a_viewing_is_counted_as_it_goes_on() {
    let mut live = Live::default();
    let mut shown = Vec::new();
    for (place, one) in (0..).zip(viewing()) {
        let now_ms = NOW_MS + place * 1_000;
        let heard = live.hear(&told(now_ms, vec![], vec![one]), now_ms);
        let state = live.state(now_ms);
        shown.push((heard.changed, state.playing.sessions, state.minute));
    }
    assert_eq!(
        shown,
        [
            (true, 0, counts(0, 1, 0, 0, 0)),
            (true, 1, counts(0, 1, 1, 0, 0)),
            (false, 1, counts(0, 1, 1, 0, 0)),
            (true, 0, counts(0, 1, 1, 1, 0)),
        ]
    );
    let later_ms = NOW_MS + 70_000;
    assert_eq!(live.state(later_ms).minute, Counts::default());
    assert_eq!(live.state(later_ms).hour, counts(0, 1, 1, 1, 0));
    assert_eq!(
        live.state(NOW_MS + REMEMBERED_MS + 60_000).hour,
        Counts::default()
    );
}

#[test]
fn what_plays_is_named_by_everything_it_is_asked_by() {
    let mut live = Live::default();
    live.hear(
        &told(
            NOW_MS,
            vec![],
            vec![session(2, true, counts(0, 1, 1, 0, 0))],
        ),
        NOW_MS,
    );
    let playing = live.state(NOW_MS).playing;
    let lists = [
        (playing.video, "film"),
        (playing.product, "Breeze"),
        (playing.category, "Blenders"),
        (playing.series, "Kitchen"),
        (playing.language, "nl"),
        (playing.shop, "shop_demo"),
    ];
    for (list, name) in lists {
        assert_eq!(list.named, [(name.to_owned(), 1)]);
    }
}

#[test]
fn who_is_silent_for_fifteen_seconds_plays_no_more() {
    let mut live = Live::default();
    let playing = || session(2, true, counts(0, 1, 1, 0, 0));
    live.hear(&told(NOW_MS, vec![], vec![playing()]), NOW_MS);
    assert_eq!(live.state(NOW_MS + 14_999).playing.sessions, 1);
    assert_eq!(live.state(NOW_MS + 15_000).playing.sessions, 0);
    // A copy of the same snapshot that comes later says nothing new.
    live.hear(
        &told(NOW_MS + 14_000, vec![], vec![playing()]),
        NOW_MS + 14_000,
    );
    assert_eq!(live.state(NOW_MS + 15_000).playing.sessions, 0);
}

#[test]
fn the_next_change_is_known_and_there_is_none_when_all_is_still() {
    let mut live = Live::default();
    assert_eq!(live.next_change_ms(NOW_MS), None);
    live.hear(
        &told(
            NOW_MS,
            vec![],
            vec![session(2, true, counts(0, 1, 1, 0, 0))],
        ),
        NOW_MS,
    );
    let mut now_ms = NOW_MS;
    let mut turns = 0;
    while let Some(next_ms) = live.next_change_ms(now_ms) {
        assert!(next_ms > now_ms, "it is in the future");
        now_ms = next_ms;
        turns += 1;
    }
    // A minute of seconds with the end of the playing among them, then the hour.
    assert_eq!(turns, 61);
    assert_eq!(
        (live.state(now_ms).hour, live.state(now_ms).playing.sessions),
        (Counts::default(), 0)
    );
}

#[test]
fn a_cart_that_several_placements_of_one_code_heard_is_one() {
    let mut live = Live::default();
    let both = vec![placement("one", 2, 1, 1), placement("other", 2, 1, 1)];
    live.hear(&told(NOW_MS, both, vec![]), NOW_MS);
    assert_eq!(live.state(NOW_MS).minute, counts(2, 0, 0, 0, 1));
}

#[test]
fn what_may_have_been_counted_before_it_was_forgotten_is_not_counted_again() {
    let named = weight("view/placement/0000");
    let mut live = Live::with_room(named * 2);
    for n in 0..3 {
        let now_ms = NOW_MS + n * 10_000;
        live.hear(
            &told(now_ms, vec![placement(&format!("{n:04}"), 2, 1, 0)], vec![]),
            now_ms,
        );
    }
    let now_ms = NOW_MS + 25_000;
    assert_eq!(live.state(now_ms).hour.impressions, 3);
    // The first was forgotten for want of room: it is heard again, its cart is not news of the same kind and is lost with it, and nothing is counted twice.
    let mut again = placement("0000", 3, 1, 0);
    again.elapsed_ms = 27_000;
    live.hear(&told(now_ms, vec![again], vec![]), now_ms);
    assert_eq!(live.state(now_ms).hour.impressions, 3);
    // One that began after the first was last heard is new, whatever its number.
    let mut late = placement("late", 5, 1, 0);
    late.elapsed_ms = 1_000;
    live.hear(&told(now_ms, vec![late], vec![]), now_ms);
    assert_eq!(live.state(now_ms).hour.impressions, 4);
}

#[test]
fn a_crowd_of_page_views_takes_no_more_than_the_room() {
    let room_bytes = 100_000;
    let mut live = Live::with_room(room_bytes);
    for n in 0..200_000_u64 {
        let mut one = told(NOW_MS + n / 100, vec![placement("p", 1, 1, 0)], vec![]);
        one.page_view = n.to_string();
        live.hear(&one, NOW_MS + n / 100);
        assert!(live.bytes <= room_bytes);
        assert_eq!(live.things.len(), live.by_heard.len());
    }
    assert_eq!(live.state(NOW_MS + 10_000).minute.impressions, 200_000);
}

#[test]
fn a_restart_forgets_nothing_that_was_counted() {
    let mut live = Live::default();
    let mut kept = Vec::new();
    let viewing = viewing();
    for (place, one) in (0..).zip(&viewing[..3]) {
        let now_ms = NOW_MS + place * 40_000;
        kept.push(
            live.hear(&told(now_ms, vec![], vec![one.clone()]), now_ms)
                .counted,
        );
    }
    let now_ms = NOW_MS + 80_000;
    let mut again = Live::default();
    for counted in kept {
        again.recall(counted, now_ms);
    }
    assert_eq!(again.state(now_ms).minute, live.state(now_ms).minute);
    assert_eq!(again.state(now_ms).hour, live.state(now_ms).hour);
    // What comes again is known, what is new is new.
    again.hear(&told(now_ms, vec![], viewing.to_vec()), now_ms);
    assert_eq!(again.state(now_ms).hour, counts(0, 1, 1, 1, 0));
}

#[test]
fn an_edge_whose_clock_is_ahead_tells_of_no_future() {
    let mut live = Live::default();
    let ahead = told(
        NOW_MS + 5_000,
        vec![],
        vec![session(2, true, counts(0, 1, 1, 0, 0))],
    );
    live.hear(&ahead, NOW_MS);
    assert_eq!(live.state(NOW_MS).minute.starts, 1);
    assert_eq!(live.state(NOW_MS + 15_000).playing.sessions, 0);
}

/// Beacons of four sessions and four placements whose totals only grow, as the widget writes them.
fn beacons() -> impl Strategy<Value = Vec<Told>> {
    let growing = prop::collection::vec(
        (0..2_u32, 0..2_u32, 0..2_u32, any::<bool>(), 0..2_u32),
        1..6,
    );
    prop::collection::vec(growing, 1..5).prop_map(|things| {
        let mut beacons = Vec::new();
        for (thing, steps) in things.into_iter().enumerate() {
            let (mut started, mut completed, mut shown, mut carts) = (0, 0, 0, 0);
            for (seq, (start, complete, show, playing, cart)) in (1..).zip(steps) {
                started = started.max(start);
                completed = completed.max(complete * started);
                shown = shown.max(show);
                carts += cart;
                let mut one = session(seq, playing, counts(0, 1, started, completed, 0));
                one.id = thing.to_string();
                let place = placement(&thing.to_string(), seq, shown, carts);
                let received_at_ms = NOW_MS - 20_000 + u64::from(seq) * 1_700 + thing as u64 * 300;
                beacons.push(told(received_at_ms, vec![place], vec![one]));
            }
        }
        beacons
    })
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_gives_the_same_figures(
        (beacons, delivered) in beacons().prop_flat_map(|beacons| {
            let again = prop::collection::vec(prop::sample::select(beacons.clone()), 0..20);
            let all = again.prop_flat_map({
                let beacons = beacons.clone();
                move |again| Just([beacons.clone(), again].concat()).prop_shuffle()
            });
            (Just(beacons), all)
        })
    ) {
        let shown = |beacons: &[Told]| {
            let mut live = Live::default();
            for one in beacons {
                live.hear(one, NOW_MS);
            }
            let state = live.state(NOW_MS);
            (state.minute, state.hour, state.playing)
        };
        prop_assert_eq!(shown(&beacons), shown(&delivered));
    }
}
