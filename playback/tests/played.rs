//! `Played` against the plainest thing that could be right: a counter per millisecond.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use shelfreel_playback::{MAX_PARTS, Part, Played};

const LENGTH_MS: u32 = 300;

fn naive(stretches: &[(u32, u32)]) -> Vec<u32> {
    let mut times = vec![0; LENGTH_MS as usize];
    for &(from_ms, to_ms) in stretches {
        for ms in from_ms..to_ms {
            times[ms as usize] += 1;
        }
    }
    times
}

proptest! {
    #[test]
    fn parts_say_of_every_millisecond_how_often_it_was_played(
        stretches in proptest::collection::vec((0..LENGTH_MS, 0..LENGTH_MS), 0..60),
    ) {
        let mut played = Played::new();
        for &(from_ms, to_ms) in &stretches {
            prop_assert!(played.add(from_ms, to_ms));
        }
        let truth = naive(&stretches);
        let mut told = vec![0; LENGTH_MS as usize];
        for part in played.parts() {
            told[part.from_ms as usize..part.to_ms as usize].fill(part.times);
        }
        prop_assert_eq!(&told, &truth);
        prop_assert_eq!(played.sum_ms(), truth.iter().sum::<u32>());
        prop_assert_eq!(played.union_ms() as usize, truth.iter().filter(|times| **times > 0).count());
    }

    #[test]
    fn there_is_one_spelling_whatever_the_order(
        stretches in proptest::collection::vec((0..LENGTH_MS, 0..LENGTH_MS), 0..20),
    ) {
        let add = |stretches: &mut dyn Iterator<Item = &(u32, u32)>| {
            let mut played = Played::new();
            for &(from_ms, to_ms) in stretches {
                played.add(from_ms, to_ms);
            }
            played
        };
        let forward = add(&mut stretches.iter());
        prop_assert_eq!(&forward, &add(&mut stretches.iter().rev()));
        for (one, next) in forward.parts().iter().zip(forward.parts().iter().skip(1)) {
            prop_assert!(one.from_ms < one.to_ms && one.to_ms <= next.from_ms);
            prop_assert!(one.to_ms < next.from_ms || one.times != next.times);
        }
    }
}

#[test]
fn a_stretch_for_which_there_is_no_part_left_changes_nothing() {
    let mut played = Played::new();
    for place in 0..MAX_PARTS as u32 {
        assert!(played.add(place * 10, place * 10 + 5));
    }
    let full = played.clone();
    assert!(!played.add(3, 4), "would need two more parts");
    assert_eq!(played, full);
    assert!(played.add(0, 5), "needs none");
    assert_eq!(
        played.parts()[0],
        Part {
            from_ms: 0,
            to_ms: 5,
            times: 2
        }
    );
}
