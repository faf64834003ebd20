//! How often those who watch are told: the first change at once, then at most ten times a second, and the last change always.

/// Ten a second.
pub const EVERY_MS: u64 = 100;

/// When to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// After so many milliseconds.
    After(u64),
    /// Somebody waits already, and will say this too.
    Waiting,
}

/// Keeps the pace.
#[derive(Debug, Default)]
pub struct Pace {
    spoke_ms: Option<u64>,
    waits: bool,
}

impl Pace {
    /// Something has changed. After [`When::After`] the caller waits that long and asks [`Pace::waited`].
    pub fn changed(&mut self, now_ms: u64) -> When {
        if self.waits {
            return When::Waiting;
        }
        self.speak_or_wait(now_ms)
    }

    /// The time that was given is over; timers are coarse, so it may have to be waited again.
    pub fn waited(&mut self, now_ms: u64) -> When {
        self.waits = false;
        self.speak_or_wait(now_ms)
    }

    fn speak_or_wait(&mut self, now_ms: u64) -> When {
        // A clock that was set back must not silence anybody.
        let since_ms = self
            .spoke_ms
            .and_then(|spoke_ms| now_ms.checked_sub(spoke_ms));
        match since_ms {
            Some(since_ms) if since_ms < EVERY_MS => {
                self.waits = true;
                When::After(EVERY_MS - since_ms)
            }
            _ => {
                self.spoke_ms = Some(now_ms);
                When::Now
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_change_is_told_at_once_and_the_rest_together() {
        let mut pace = Pace::default();
        assert_eq!(pace.changed(1_000), When::Now);
        assert_eq!(pace.changed(1_030), When::After(70));
        assert_eq!(pace.changed(1_031), When::Waiting);
        assert_eq!(pace.waited(1_099), When::After(1));
        assert_eq!(pace.waited(1_100), When::Now);
        assert_eq!(pace.changed(1_200), When::Now);
    }

    #[test]
    fn whatever_changes_nobody_hears_more_than_ten_a_second() {
        let mut pace = Pace::default();
        let (mut told, mut due) = (Vec::new(), None);
        for now_ms in 0..3_000 {
            let when = match due {
                Some(due_ms) if due_ms == now_ms => pace.waited(now_ms),
                _ => pace.changed(now_ms),
            };
            match when {
                When::Now => told.push(now_ms),
                When::After(wait_ms) => due = Some(now_ms + wait_ms),
                When::Waiting => {}
            }
        }
        assert_eq!(told.len(), 30);
        assert!(told.windows(2).all(|pair| pair[1] - pair[0] >= EVERY_MS));
    }

    #[test]
    fn a_clock_that_was_set_back_silences_nobody() {
        let mut pace = Pace::default();
        assert_eq!(pace.changed(5_000), When::Now);
        assert_eq!(pace.changed(1_000), When::Now);
    }
}
