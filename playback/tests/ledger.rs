//! A ledger in small, as the brand's will be: rows that keep their best snapshot and what it added, cells by start hour. Whatever the order in which beacons come, however
//! often each, and whatever was lost on the way, what arrived adds up to the same.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use shelfreel_playback::{
    ATTENTION_PARTS, LATE_AFTER_MS, MAX_SEQ, PlacementContribution, PlacementSnapshot, Played,
    Rank, SeqSet, SessionContribution, SessionSnapshot, best, check_session, is_late,
    placement_contribution, session_contribution, start_hour, start_ms,
};
use std::collections::BTreeMap;

/// A snapshot as it arrived.
#[derive(Clone, Debug)]
struct Arrived {
    session: usize,
    seq: u32,
    elapsed_ms: u32,
    received_at_ms: u64,
    beacon_id: String,
    parts: Vec<[u32; 3]>,
}

impl Arrived {
    fn rank(&self) -> Rank<'_> {
        Rank {
            seq: self.seq,
            received_at_ms: self.received_at_ms,
            beacon_id: &self.beacon_id,
        }
    }

    fn contribution(&self) -> SessionContribution {
        let played_ms = self
            .parts
            .iter()
            .map(|[from, to, times]| (to - from) * times)
            .sum();
        adds(&SessionSnapshot {
            elapsed_ms: self.elapsed_ms,
            seq: self.seq,
            played_ms,
            played: &self.parts,
            ..GOOD
        })
    }
}

/// What it adds, of a film of which only the player knows how long it is.
fn adds(session: &SessionSnapshot<'_>) -> SessionContribution {
    session_contribution(session, 0)
}

const GOOD: SessionSnapshot<'static> = SessionSnapshot {
    id: "AAAAAAAAAAAAAAAAAAAAAQ",
    seq: 1,
    elapsed_ms: 60_000,
    placement: "AAAAAAAAAAAAAAAAAAAAAg",
    video: "film",
    code: "",
    language: "nl",
    state: "playing",
    reason: "tap",
    position_ms: 4000,
    duration_ms: 8000,
    startup_ms: Some(220),
    started_ms: None,
    started: 1,
    ended: 2,
    playing_ms: 4000,
    played_ms: 4000,
    rebuffering_ms: 30,
    rebuffers: 4,
    seeks: 5,
    pauses: 6,
    rate_changes: 7,
    errors: 8,
    played: &[[0, 4000, 1]],
};

/// The sums of a cell, each of which something can be put into and taken out of again.
type Cell = Vec<u64>;

fn numbers(of: &SessionContribution) -> Cell {
    let totals = [
        of.sessions,
        of.starts,
        of.valid_plays,
        of.completions,
        of.ends,
        of.playing_ms,
        of.played_ms,
        of.reached_ms,
        of.rebuffering_ms,
        of.rebuffers,
        of.startup_ms,
        of.seeks,
        of.pauses,
        of.rate_changes,
        of.errors,
    ];
    let reach = of.attention.map(|times| times.min(1));
    totals
        .into_iter()
        .chain(of.attention)
        .chain(reach)
        .map(u64::from)
        .collect()
}

#[derive(Debug, Default)]
struct Ledger<'a> {
    rows: BTreeMap<usize, (&'a Arrived, SeqSet)>,
    cells: BTreeMap<u64, Cell>,
}

impl<'a> Ledger<'a> {
    fn take(&mut self, one: &'a Arrived) {
        if is_late(one.elapsed_ms) {
            return;
        }
        let kept = self.rows.get(&one.session).map(|(kept, _)| *kept);
        let (_, seen) = self
            .rows
            .entry(one.session)
            .or_insert((one, SeqSet::default()));
        seen.insert(one.seq);
        if kept.is_some_and(|kept| best(kept.rank(), one.rank()) == kept.rank()) {
            return;
        }
        if let Some(kept) = kept {
            self.add(kept, |cell, number| cell - number);
        }
        self.add(one, |cell, number| cell + number);
        self.rows.get_mut(&one.session).unwrap().0 = one;
    }

    fn add(&mut self, one: &Arrived, how: fn(u64, u64) -> u64) {
        let hour = start_hour(one.received_at_ms, one.elapsed_ms);
        let numbers = numbers(&one.contribution());
        let cell = self
            .cells
            .entry(hour)
            .or_insert_with(|| vec![0; numbers.len()]);
        for (sum, number) in cell.iter_mut().zip(numbers) {
            *sum = how(*sum, number);
        }
    }

    /// Cells in which something is left.
    fn filled(&self) -> Vec<(u64, &Cell)> {
        let cells = self.cells.iter().map(|(hour, cell)| (*hour, cell));
        cells
            .filter(|(_, cell)| cell.iter().any(|sum| *sum > 0))
            .collect()
    }

    /// Of each session, how many snapshots arrived and how many are known to be lost.
    fn seen(&self) -> Vec<(u32, u32)> {
        self.rows
            .values()
            .map(|(_, seen)| (seen.count(), seen.missing()))
            .collect()
    }
}

fn ledger(arrived: &[Arrived]) -> Ledger<'_> {
    let mut ledger = Ledger::default();
    arrived.iter().for_each(|one| ledger.take(one));
    ledger
}

fn parts() -> impl Strategy<Value = Vec<[u32; 3]>> {
    let stretch = (0..8000_u32, 0..8000_u32);
    proptest::collection::vec(stretch, 0..6).prop_map(|stretches| {
        let mut played = Played::new();
        for (from_ms, to_ms) in stretches {
            played.add(from_ms, to_ms);
        }
        played.wire()
    })
}

fn arrived() -> impl Strategy<Value = Arrived> {
    let elapsed_ms = prop_oneof![9 => 0..10_000_000_u32, 1 => 129_590_000..129_610_000_u32];
    // Few values, so that ranks tie.
    let received_at_ms = (0..4_u64).prop_map(|more| 1_795_324_800_000 + more * 1_800_000);
    (0..4_usize, 1..6_u32, elapsed_ms, received_at_ms, parts()).prop_map(
        |(session, seq, elapsed_ms, received_at_ms, parts)| Arrived {
            session,
            seq,
            elapsed_ms,
            received_at_ms,
            beacon_id: String::new(),
            parts,
        },
    )
}

/// Each its own beacon, in an order of its own, some several times.
fn disorder() -> impl Strategy<Value = (Vec<Arrived>, Vec<Arrived>)> {
    proptest::collection::vec(arrived(), 1..24).prop_flat_map(|mut all| {
        for (number, one) in all.iter_mut().enumerate() {
            one.beacon_id = format!("beacon {number:02}");
        }
        let count = all.len();
        let again = proptest::collection::vec(0..count, 0..8);
        let order = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
        (Just(all), order, again).prop_map(|(all, order, again)| {
            let other = order
                .into_iter()
                .chain(again)
                .map(|place| all[place].clone())
                .collect();
            (all, other)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn disorder_and_duplicates_change_no_figure((all, other) in disorder()) {
        let (one, other) = (ledger(&all), ledger(&other));
        prop_assert_eq!(one.filled(), other.filled());
        prop_assert_eq!(one.seen(), other.seen());
    }

    #[test]
    fn what_is_left_is_what_the_best_snapshots_alone_add((all, _) in disorder()) {
        let mut best_of: BTreeMap<usize, &Arrived> = BTreeMap::new();
        for one in all.iter().filter(|one| u64::from(one.elapsed_ms) <= LATE_AFTER_MS) {
            let key = |one: &Arrived| (u32::MAX - one.seq, one.received_at_ms, one.beacon_id.clone());
            let kept = best_of.entry(one.session).or_insert(one);
            if key(one) < key(kept) {
                *kept = one;
            }
        }
        let alone: Vec<Arrived> = best_of.into_values().cloned().collect();
        let (all, alone) = (ledger(&all), ledger(&alone));
        prop_assert_eq!(all.filled(), alone.filled());
    }

    #[test]
    fn best_is_a_total_order(ranks in proptest::collection::vec((1..3_u32, 0..3_u64, "[ab]{1,2}"), 3)) {
        let [a, b, c] = [0, 1, 2].map(|place: usize| {
            let (seq, received_at_ms, beacon_id) = &ranks[place];
            Rank { seq: *seq, received_at_ms: *received_at_ms, beacon_id }
        });
        prop_assert_eq!(best(a, b), best(b, a));
        prop_assert_eq!(best(best(a, b), c), best(a, best(b, c)));
        prop_assert_eq!(best(a, a), a);
    }

    #[test]
    fn a_set_of_seqs_is_a_set(seqs in proptest::collection::vec(prop_oneof![0..70_u32, MAX_SEQ - 2..MAX_SEQ + 3], 0..60), split in 0..60_usize) {
        let truth: std::collections::BTreeSet<u32> = seqs.iter().copied().filter(|seq| (1..=MAX_SEQ).contains(seq)).collect();
        let (mut seen, mut new) = (SeqSet::default(), 0);
        for seq in &seqs {
            new += u32::from(seen.insert(*seq));
        }
        let (count, last) = (u32::try_from(truth.len()).unwrap(), truth.last().copied().unwrap_or(0));
        prop_assert_eq!((seen.count(), new, seen.last(), seen.missing()), (count, count, last, last - count));
        prop_assert_eq!(&SeqSet::from_bytes(seen.as_bytes()), &seen);
        prop_assert!(seen.as_bytes().len() <= MAX_SEQ as usize / 8);

        let (one, other) = seqs.split_at(split.min(seqs.len()));
        let set = |seqs: &[u32]| {
            let mut set = SeqSet::default();
            seqs.iter().for_each(|seq| {
                set.insert(*seq);
            });
            set
        };
        let mut merged = set(one);
        merged.merge(&set(other));
        prop_assert_eq!(&merged, &seen);
        let mut turned = set(other);
        turned.merge(&set(one));
        prop_assert_eq!(turned, seen);
    }

    #[test]
    fn attention_adds_up_to_what_was_played(parts in parts()) {
        let contribution = adds(&SessionSnapshot { played: &parts, ..GOOD });
        let part_ms = i64::from(8000 / u32::try_from(ATTENTION_PARTS).unwrap());
        let played_ms: i64 = parts.iter().map(|[from, to, times]| i64::from((to - from) * times)).sum();
        let told_ms: i64 = contribution.attention.iter().map(|times| i64::from(*times) * part_ms).sum();
        // Each edge of a part costs at most half a hundredth per change of times.
        let edges: i64 = parts.iter().map(|part| 2 * i64::from(part[2])).sum();
        prop_assert!((told_ms - played_ms).abs() <= edges * part_ms / 2 + 1, "{} {}", told_ms, played_ms);
    }
}

#[test]
fn bytes_that_no_set_wrote_are_read_as_the_set_they_mean() {
    let (mut three, empty) = (SeqSet::default(), SeqSet::default());
    three.insert(3);
    assert_eq!(SeqSet::from_bytes(&[4, 0, 0]), three);
    assert_eq!(SeqSet::from_bytes(&[0; 3]), empty);
    assert_eq!(SeqSet::from_bytes(&vec![255; 20_000]).last(), MAX_SEQ);
}

#[test]
fn a_cell_is_keyed_by_the_hour_in_which_the_session_began() {
    let hour_ms = 3_600_000;
    assert_eq!(start_ms(10 * hour_ms, 1), 10 * hour_ms - 1);
    assert_eq!(start_hour(10 * hour_ms, 0), 10);
    assert_eq!(start_hour(10 * hour_ms, 1), 9);
    assert_eq!(start_hour(5, u32::MAX), 0, "nothing began before 1970");
}

#[test]
fn what_is_older_than_36_hours_is_late() {
    assert!(!is_late(36 * 3_600_000));
    assert!(is_late(36 * 3_600_000 + 1));
}

fn watched(duration_ms: u32, parts: &[[u32; 3]]) -> (u32, u32, u32, u32) {
    let contribution = adds(&SessionSnapshot {
        duration_ms,
        played: parts,
        ..GOOD
    });
    (
        contribution.starts,
        contribution.valid_plays,
        contribution.completions,
        contribution.reached_ms,
    )
}

#[test]
fn a_valid_play_watched_three_seconds_or_a_quarter() {
    assert_eq!(
        watched(60_000, &[[0, 2999, 5]]),
        (1, 0, 0, 2999),
        "what is repeated is not watched more"
    );
    assert_eq!(
        watched(60_000, &[[0, 1000, 1], [5000, 7000, 1]]),
        (1, 1, 0, 3000)
    );
    assert_eq!(watched(8001, &[[0, 2000, 1]]), (1, 0, 0, 2000));
    assert_eq!(watched(8001, &[[0, 2001, 1]]), (1, 1, 0, 2001));
    assert_eq!(
        watched(0, &[[0, 9000, 1]]),
        (1, 0, 0, 9000),
        "no share without a duration"
    );
}

#[test]
fn a_completion_watched_nineteen_twentieths() {
    assert_eq!(watched(8000, &[[0, 7599, 9]]), (1, 1, 0, 7599));
    assert_eq!(
        watched(8000, &[[0, 3800, 2], [4200, 8000, 1]]),
        (1, 1, 1, 7600)
    );
    let longest = [[0, u32::MAX, 1]];
    assert_eq!(watched(u32::MAX, &longest), (1, 1, 1, u32::MAX));
}

#[test]
fn what_did_not_start_is_a_session_without_a_play() {
    let opened = adds(&SessionSnapshot {
        started: 0,
        startup_ms: None,
        played: &[],
        ..GOOD
    });
    assert_eq!(
        (
            opened.sessions,
            opened.starts,
            opened.valid_plays,
            opened.completions,
            opened.startup_ms
        ),
        (1, 0, 0, 0, 0)
    );
}

#[test]
fn a_renewed_session_adds_time_but_no_viewing() {
    let renewed = adds(&SessionSnapshot {
        reason: "renewed",
        played: &[[0, 8000, 1]],
        ..GOOD
    });
    assert_eq!(
        (
            renewed.sessions,
            renewed.starts,
            renewed.valid_plays,
            renewed.completions,
            renewed.startup_ms
        ),
        (0, 0, 0, 0, 0)
    );
    assert_eq!(
        (renewed.reached_ms, renewed.attention),
        (8000, [1; ATTENTION_PARTS])
    );
}

#[test]
fn every_number_of_a_snapshot_comes_through() {
    let contribution = adds(&GOOD);
    assert_eq!(
        numbers(&contribution)[..15],
        [1, 1, 1, 0, 2, 4000, 4000, 4000, 30, 4, 220, 5, 6, 7, 8]
    );
    assert_eq!(check_session(&GOOD), []);
    let placement = PlacementSnapshot {
        id: GOOD.id,
        seq: 1,
        elapsed_ms: 1,
        code: "gtin:08710103937746",
        videos: &["film"],
        layout: "button",
        shown: 4,
        viewable: 1,
        opened: 3,
        cart: 2,
        carts_ms: &[1],
    };
    assert_eq!(
        placement_contribution(&placement),
        PlacementContribution {
            impressions: 1,
            viewable_impressions: 1,
            opens: 3,
        }
    );
}

#[test]
fn attention_tells_how_often_the_middle_of_each_hundredth_was_played() {
    let parts = [[0, 1000, 1], [1000, 2040, 3], [7961, 8000, 2]];
    let attention = adds(&SessionSnapshot {
        played: &parts,
        ..GOOD
    })
    .attention;
    let mut expected = [0; ATTENTION_PARTS];
    // The middles are 40, 120, … and so 920, 1000; 1960, 2040; 7960. A part ends before the millisecond it says.
    expected[..12].fill(1);
    expected[12..25].fill(3);
    assert_eq!(attention, expected);
    let seen = adds(&SessionSnapshot {
        played: &[[7960, 8000, 2]],
        ..GOOD
    })
    .attention;
    assert_eq!((seen[98], seen[99]), (0, 2));
}

#[test]
fn a_film_is_as_long_as_the_catalogue_says_whatever_the_player_found() {
    let played = [[0, 3800, 1], [3990, 4010, 2]];
    for said_ms in [0, 1, 8000, u32::MAX] {
        let session = SessionSnapshot {
            duration_ms: said_ms,
            played: &played,
            ..GOOD
        };
        let it = session_contribution(&session, 4000);
        let known = SessionSnapshot {
            duration_ms: 4000,
            ..session
        };
        assert_eq!(it, adds(&known), "{said_ms}");
        assert_eq!(
            (it.completions, it.duration_ms, it.reached_ms),
            (1, 4000, 3810),
            "what a file has beyond the film's end is no part of it"
        );
    }
}

#[test]
fn a_film_whose_length_nobody_knows_has_no_curve() {
    let attention = adds(&SessionSnapshot {
        duration_ms: 0,
        played: &[[0, 5000, 2]],
        ..GOOD
    })
    .attention;
    assert_eq!(attention, [0; ATTENTION_PARTS]);
}

#[test]
fn a_start_is_counted_under_its_reason_and_a_renewed_one_under_none() {
    let by = |reason| adds(&SessionSnapshot { reason, ..GOOD }).starts_by_reason;
    assert_eq!(by("tap"), [1, 0, 0, 0]);
    assert_eq!(by("next"), [0, 1, 0, 0]);
    assert_eq!(by("previous"), [0, 0, 1, 0]);
    assert_eq!(by("auto"), [0, 0, 0, 1]);
    assert_eq!(by("renewed"), [0; 4]);
}

#[test]
fn an_exit_before_the_start_was_closed_and_never_started() {
    let exits = |state, started, reason| {
        let session = SessionSnapshot {
            state,
            started,
            startup_ms: None,
            reason,
            ..GOOD
        };
        adds(&session).exits_before_start
    };
    assert_eq!(exits("quit", 0, "tap"), 1);
    assert_eq!(exits("starting", 0, "tap"), 0, "it may still start");
    assert_eq!(exits("quit", 1, "tap"), 0);
    assert_eq!(exits("quit", 0, "renewed"), 0);
}

#[test]
fn start_up_times_are_counted_by_steps_and_only_where_they_are_known() {
    let of = |startup_ms, reason| {
        let it = adds(&SessionSnapshot {
            startup_ms,
            reason,
            ..GOOD
        });
        (it.startup_ms, it.startups, it.startups_within)
    };
    assert_eq!(of(Some(250), "tap"), (250, 1, [1, 1, 1, 1, 1]));
    assert_eq!(of(Some(251), "tap"), (251, 1, [0, 1, 1, 1, 1]));
    assert_eq!(of(Some(4001), "tap"), (4001, 1, [0; 5]));
    assert_eq!(of(None, "tap"), (0, 0, [0; 5]));
    assert_eq!(of(Some(250), "renewed"), (0, 0, [0; 5]));
}

#[test]
fn the_duration_is_that_of_films_that_started() {
    let of = |started, reason| {
        adds(&SessionSnapshot {
            started,
            reason,
            ..GOOD
        })
        .duration_ms
    };
    assert_eq!((of(1, "tap"), of(0, "tap"), of(1, "renewed")), (8000, 0, 0));
}
