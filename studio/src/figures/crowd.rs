//! People are not told apart: of countries and classes of devices, cells with fewer than ten sessions go together into `other`, which itself has at least ten.
//!
//! Shops and films are a brand's business and are always shown; a country or a device in which two people watched is not. Where the small cells together have fewer than ten sessions, the next larger go
//! with them, until they have, or until nothing is left to tell apart. What the difference of two answers may still show is said in docs/api.md.

/// What `other` stands for, in place of a country or a device.
pub const OTHER: &str = "other";

/// A cell must have so many sessions to stand alone.
pub const CROWD: i64 = 10;

/// Which of some cells stand alone, by their sessions: the others go together.
#[must_use]
pub fn stand_alone(sessions: &[i64]) -> Vec<bool> {
    let mut alone: Vec<bool> = sessions.iter().map(|count| *count >= CROWD).collect();
    if alone.iter().all(|alone| *alone) {
        return alone;
    }
    let together = |alone: &[bool]| -> i64 {
        let small = sessions.iter().zip(alone).filter(|(_, alone)| !**alone);
        small.map(|(count, _)| *count).sum()
    };
    while together(&alone) < CROWD {
        // The smallest that stands alone; of equals the first, so that the same question has the same answer.
        let next = (0..sessions.len())
            .filter(|place| alone.get(*place) == Some(&true))
            .min_by_key(|place| sessions.get(*place));
        match next.and_then(|place| alone.get_mut(place)) {
            Some(alone) => *alone = false,
            None => break,
        }
    }
    alone
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_cells_go_together_and_take_the_next_with_them_when_they_are_few() {
        assert_eq!(stand_alone(&[10, 50]), [true, true]);
        assert_eq!(stand_alone(&[4, 6, 50]), [false, false, true]);
        assert_eq!(stand_alone(&[4, 12, 50]), [false, false, true]);
        assert_eq!(stand_alone(&[4, 5]), [false, false]);
        assert_eq!(
            stand_alone(&[0, 50]),
            [false, false],
            "nobody is not a crowd either"
        );
        assert_eq!(stand_alone(&[]), [] as [bool; 0]);
    }

    proptest! {
        #[test]
        fn whatever_is_shown_has_ten_sessions_or_is_everything(sessions in proptest::collection::vec(0..30_i64, 0..8)) {
            let alone = stand_alone(&sessions);
            let (shown, other): (Vec<_>, Vec<_>) = sessions.iter().zip(&alone).partition(|(_, alone)| **alone);
            prop_assert!(shown.iter().all(|(count, _)| **count >= CROWD));
            let rest: i64 = other.iter().map(|(count, _)| **count).sum();
            prop_assert!(other.is_empty() || rest >= CROWD || shown.is_empty());
        }
    }
}
