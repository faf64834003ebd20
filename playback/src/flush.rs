//! When a beacon is due: early and seldom. Early, because what a page sends while it lives arrives, and what it sends when it dies often does not;
//! seldom, because each beacon costs the shopper a request. Each carries all totals so far, so a lost one costs only its tail.

/// A time that never comes. (The widget is weighed by the byte: this is lighter than an `Option`.)
pub const NEVER: u32 = u32::MAX;

/// A first beacon waits this long for its placement to become viewable, which takes a second, or for its session to start.
const FIRST_MS: u32 = 1500;
/// Changes that come together leave together.
const TOGETHER_MS: u32 = 100;
/// No more than one beacon a second, unless it is urgent.
const PACE_MS: u32 = 1000;
/// While playing, a sign of life this often.
const PULSE_MS: u32 = 10_000;

/// What decides when a beacon is due. Times are of the page's monotonic clock, or [`NEVER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// When the first placement was shown. Before that nothing is ever sent.
    pub shown_ms: u32,
    /// Every placement that was shown has become viewable: a first beacon has nothing to wait for.
    pub all_viewable: bool,
    /// When the last beacon was sent.
    pub sent_ms: u32,
    /// When the first change happened that no beacon has carried.
    pub changed_ms: u32,
    /// There was a content start, an end, an error or a close.
    pub urgent: bool,
    /// A session is playing.
    pub playing: bool,
}

/// When the next beacon is due: 0 for at once, [`NEVER`] while there is no reason for one.
///
/// ```
/// # use shelfreel_playback::{Facts, NEVER, due_ms};
/// let shown = Facts { shown_ms: 400, all_viewable: false, sent_ms: NEVER, changed_ms: 400, urgent: false, playing: false };
/// assert_eq!(due_ms(shown), 1900, "waits for the viewable impression");
/// assert_eq!(due_ms(Facts { all_viewable: true, changed_ms: 1400, ..shown }), 1500);
/// assert_eq!(due_ms(Facts { urgent: true, ..shown }), 0);
/// assert_eq!(due_ms(Facts { shown_ms: NEVER, urgent: true, ..shown }), NEVER, "not before something was shown");
/// ```
#[must_use]
pub fn due_ms(facts: Facts) -> u32 {
    let Facts {
        shown_ms,
        all_viewable,
        sent_ms,
        changed_ms,
        urgent,
        playing,
    } = facts;
    if shown_ms == NEVER {
        return NEVER;
    }
    if urgent {
        return 0;
    }
    let mut due_ms = NEVER;
    if changed_ms != NEVER {
        due_ms = changed_ms.saturating_add(TOGETHER_MS);
        if sent_ms != NEVER {
            due_ms = due_ms.max(sent_ms.saturating_add(PACE_MS));
        } else if !all_viewable {
            due_ms = shown_ms.saturating_add(FIRST_MS);
        }
    }
    if playing && sent_ms != NEVER {
        due_ms = due_ms.min(sent_ms.saturating_add(PULSE_MS));
    }
    due_ms
}
