//! What one placement or session adds to its cells: a function of its best snapshot alone, so that duplicates, disorder, redelivery and replay give the same figures.
//!
//! Definitions (the field's common ones): *content start* is the first frame with the playhead moving; a *valid play* watched at least
//! the smaller of 3 seconds and a quarter; *watched share* is the union of what was played over the duration; a *completion* watched at least 95 %.

use crate::check::{PlacementSnapshot, SessionSnapshot};
use crate::session::REASON_NAMES;

/// The attention curve has so many equal parts.
pub const ATTENTION_PARTS: usize = 100;

/// What is older than this when it arrives is late: it goes into the lake, not into the ledger.
pub const LATE_AFTER_MS: u64 = 36 * 60 * 60 * 1000;

/// Start-up times are counted by these, so that shares and quantiles can be told of sums.
pub const STARTUP_STEPS_MS: [u32; 5] = [250, 500, 1000, 2000, 4000];

const HOUR_MS: u64 = 60 * 60 * 1000;

/// What decides which of two snapshots of the same placement or session counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank<'a> {
    /// The snapshot's `seq`.
    pub seq: u32,
    /// When the edge received it, in milliseconds since 1970.
    pub received_at_ms: u64,
    /// The beacon that carried it.
    pub beacon_id: &'a str,
}

/// The one that counts: the highest `seq`; then the earliest received; then the smallest beacon id. The order of the two does not matter.
///
/// ```
/// # use shelfreel_playback::{Rank, best};
/// let first = Rank { seq: 3, received_at_ms: 1000, beacon_id: "b" };
/// let again = Rank { received_at_ms: 1001, beacon_id: "a", ..first };
/// assert_eq!(best(first, again), first);
/// assert_eq!(best(first, Rank { seq: 4, ..again }).seq, 4);
/// ```
#[must_use]
pub fn best<'a>(one: Rank<'a>, other: Rank<'a>) -> Rank<'a> {
    let key = |rank: &Rank<'a>| {
        (
            core::cmp::Reverse(rank.seq),
            rank.received_at_ms,
            rank.beacon_id,
        )
    };
    if key(&one) <= key(&other) { one } else { other }
}

/// When a placement or session began, in milliseconds since 1970, by a snapshot of it: when it was received less its age then. A snapshot that claims to be older than 1970 began then.
#[must_use]
pub fn start_ms(received_at_ms: u64, elapsed_ms: u32) -> u64 {
    received_at_ms.saturating_sub(elapsed_ms.into())
}

/// The start hour that cells are keyed by: hours since 1970.
#[must_use]
pub fn start_hour(received_at_ms: u64, elapsed_ms: u32) -> u64 {
    start_ms(received_at_ms, elapsed_ms) / HOUR_MS
}

/// Whether a snapshot comes too late for the ledger, which is decided from the beacon alone so that live and replay agree.
#[must_use]
pub fn is_late(elapsed_ms: u32) -> bool {
    u64::from(elapsed_ms) > LATE_AFTER_MS
}

/// What a session adds. Sums over sessions are the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionContribution {
    /// Viewings, a renewed session being the same one as before.
    pub sessions: u32,
    /// Content starts.
    pub starts: u32,
    /// Of these, by why the viewing began, in the order of [`REASON_NAMES`](crate::REASON_NAMES), of which the last, `renewed`, is none.
    pub starts_by_reason: [u32; 4],
    /// Of these, those that watched at least the smaller of 3 seconds and a quarter.
    pub valid_plays: u32,
    /// Of these, those that watched at least 95 %.
    pub completions: u32,
    /// Times the end was reached.
    pub ends: u32,
    /// Viewings that were closed before the start.
    pub exits_before_start: u32,
    /// Wall-clock time playing.
    pub playing_ms: u32,
    /// Time of the video played, repetitions included.
    pub played_ms: u32,
    /// Time of the video played, each part once.
    pub reached_ms: u32,
    /// How long the video is, of viewings that started: what `reached_ms` is a share of.
    pub duration_ms: u32,
    /// Wall-clock time waiting for data after the start.
    pub rebuffering_ms: u32,
    /// Times it had to wait.
    pub rebuffers: u32,
    /// Time from the tap to the start; 0 when it did not start.
    pub startup_ms: u32,
    /// Viewings of which that is known.
    pub startups: u32,
    /// Of these, how many took at most each of [`STARTUP_STEPS_MS`].
    pub startups_within: [u32; STARTUP_STEPS_MS.len()],
    /// The viewer's jumps.
    pub seeks: u32,
    /// The viewer's pauses.
    pub pauses: u32,
    /// Changes of speed.
    pub rate_changes: u32,
    /// Errors of the media element.
    pub errors: u32,
    /// Per hundredth of the video, how often its middle was played. A part is *reached* where this is not 0.
    pub attention: [u32; ATTENTION_PARTS],
}

/// What a session's best snapshot adds, of a film that is `catalogue_ms` long: 0 where the catalogue does not know, and then it is as long as the player found it to be. So all viewings of
/// a film are shares of the same length, whatever a page says of it. A file that is a frame longer than its film adds nothing by that.
#[must_use]
pub fn session_contribution(
    session: &SessionSnapshot<'_>,
    catalogue_ms: u64,
) -> SessionContribution {
    let duration_ms = match u32::try_from(catalogue_ms) {
        Ok(0) => session.duration_ms,
        // In 32 bits, 49 days.
        known => known.unwrap_or(u32::MAX),
    };
    let end_ms = if duration_ms > 0 {
        duration_ms
    } else {
        u32::MAX
    };
    let reached_ms = session
        .played
        .iter()
        .fold(0_u32, |sum, [from_ms, to_ms, _]| {
            sum.saturating_add(to_ms.min(&end_ms).saturating_sub(*from_ms))
        });
    let first = u32::from(session.reason != "renewed");
    let starts = session.started.min(1) * first;
    let startup_ms = session.startup_ms.filter(|_| first > 0);
    let by_reason = |name: &str| if session.reason == name { starts } else { 0 };
    let [tap, next, previous, auto, _] = REASON_NAMES;
    let watched = |enough: bool| if enough && duration_ms > 0 { starts } else { 0 };
    SessionContribution {
        sessions: first,
        starts,
        starts_by_reason: [tap, next, previous, auto].map(by_reason),
        valid_plays: watched(reached_ms >= 3000.min(duration_ms.div_ceil(4))),
        completions: watched(u64::from(reached_ms) * 100 >= u64::from(duration_ms) * 95),
        ends: session.ended,
        exits_before_start: if session.state == "quit" && session.started == 0 {
            first
        } else {
            0
        },
        playing_ms: session.playing_ms,
        played_ms: session.played_ms,
        reached_ms,
        duration_ms: duration_ms * starts,
        rebuffering_ms: session.rebuffering_ms,
        rebuffers: session.rebuffers,
        startup_ms: startup_ms.unwrap_or_default(),
        startups: startup_ms.is_some().into(),
        startups_within: STARTUP_STEPS_MS.map(|step_ms| {
            startup_ms
                .is_some_and(|startup_ms| startup_ms <= step_ms)
                .into()
        }),
        seeks: session.seeks,
        pauses: session.pauses,
        rate_changes: session.rate_changes,
        errors: session.errors,
        attention: attention(session.played, duration_ms),
    }
}

fn attention(played: &[[u32; 3]], duration_ms: u32) -> [u32; ATTENTION_PARTS] {
    let mut parts = [0; ATTENTION_PARTS];
    // Of what length nobody knows there are no hundredths.
    if duration_ms == 0 {
        return parts;
    }
    for (place, part) in (0_u64..).zip(&mut parts) {
        let middle_ms = u64::from(duration_ms) * (2 * place + 1) / (2 * ATTENTION_PARTS as u64);
        let holds = |[from_ms, to_ms, _]: &&[u32; 3]| {
            (u64::from(*from_ms)..u64::from(*to_ms)).contains(&middle_ms)
        };
        *part = played.iter().find(holds).map_or(0, |[_, _, times]| *times);
    }
    parts
}

/// What a placement adds. Sums over placements are the figures. (Carts are added by the page view, which one call reaches in several placements.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacementContribution {
    /// 1 when it came to stand in a visible document.
    pub impressions: u32,
    /// 1 when half of its pixels were in view for one continuous second.
    pub viewable_impressions: u32,
    /// Times its player was opened.
    pub opens: u32,
}

/// What a placement's best snapshot adds.
#[must_use]
pub fn placement_contribution(placement: &PlacementSnapshot<'_>) -> PlacementContribution {
    PlacementContribution {
        impressions: placement.shown.min(1),
        viewable_impressions: placement.viewable,
        opens: placement.opened,
    }
}
