//! When a beacon is due: early and seldom. Early, because what a page sends while it lives arrives, and what it sends when it dies often does not;
//! seldom, because each beacon costs the shopper a request. Each carries all totals so far, so a lost one costs only its tail.

/// A first beacon waits this long for its placement to become viewable, which takes a second.
const FIRST_MS: u32 = 1500;
/// Changes that come together leave together.
const TOGETHER_MS: u32 = 100;
/// No more than one beacon a second, unless it is urgent.
const PACE_MS: u32 = 1000;
/// While playing, a sign of life this often.
const PULSE_MS: u32 = 10_000;

/// What decides when a beacon is due. Times are of the page's monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// When the first placement was shown. Before that nothing is ever sent.
    pub shown_ms: Option<u32>,
    /// Every placement that was shown has become viewable: there is nothing to wait for.
    pub all_viewable: bool,
    /// When the last beacon was sent.
    pub sent_ms: Option<u32>,
    /// When the first change happened that no beacon has carried.
    pub changed_ms: Option<u32>,
    /// There was a content start, an end, an error or a close; or the page is being hidden.
    pub urgent: bool,
    /// A session is playing.
    pub playing: bool,
}

/// When the next beacon is due: 0 for at once, `None` while there is no reason for one.
///
/// ```
/// # use shelfreel_playback::{Facts, due_ms};
/// let shown = Facts { shown_ms: Some(400), changed_ms: Some(400), ..Facts::default() };
/// assert_eq!(due_ms(&shown), Some(1900), "waits for the viewable impression");
/// assert_eq!(due_ms(&Facts { urgent: true, ..shown }), Some(0));
/// assert_eq!(due_ms(&Facts { shown_ms: None, urgent: true, ..shown }), None, "not before something was shown");
/// ```
#[must_use]
pub fn due_ms(facts: &Facts) -> Option<u32> {
    let shown_ms = facts.shown_ms?;
    if facts.urgent {
        return Some(0);
    }
    let change_ms = facts.changed_ms.map(|changed_ms| match facts.sent_ms {
        Some(sent_ms) => (changed_ms + TOGETHER_MS).max(sent_ms + PACE_MS),
        None if facts.all_viewable => changed_ms + TOGETHER_MS,
        None => shown_ms + FIRST_MS,
    });
    let pulse_ms = facts
        .sent_ms
        .filter(|_| facts.playing)
        .map(|sent_ms| sent_ms + PULSE_MS);
    match (change_ms, pulse_ms) {
        (Some(change_ms), Some(pulse_ms)) => Some(change_ms.min(pulse_ms)),
        (one, other) => one.or(other),
    }
}
