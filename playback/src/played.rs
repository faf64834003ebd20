//! How often each part of a video was played: a step function of the position, exact to the millisecond.
//!
//! After xAPI's `played-segments` (a list of closed stretches) and `HTMLMediaElement.played` (their union), with what both leave out: *how often*. A stretch is
//! half open, `[from_ms, to_ms)`. Parts are ascending, never overlap, and neighbours that touch differ in `times`, so that each function has one spelling only:
//! two recordings are equal if, and only if, their parts are.
//!
//! ```
//! # use shelfreel_playback::Played;
//! let mut played = Played::new();
//! played.add(0, 4100); // watched up to 4.1 s,
//! played.add(2000, 3000); // went back to 2 s and watched one second again
//! assert_eq!(played.wire(), [[0, 2000, 1], [2000, 3000, 2], [3000, 4100, 1]]);
//! assert_eq!(played.sum_ms(), 5100);
//! assert_eq!(played.union_ms(), 4100);
//! ```

use alloc::vec::Vec;

/// A recording has at most this many parts: 200 of the longest (`[4294967295,4294967295,9999],` is 29 bytes) fit a beacon of 8,192 bytes beside
/// everything else a session says.
pub const MAX_PARTS: usize = 200;

/// A stretch of a video, `[from_ms, to_ms)`, and how often it was played (at least once).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where the stretch begins, in milliseconds from the start of the video.
    pub from_ms: u32,
    /// Where it ends: the first millisecond that is no longer in it.
    pub to_ms: u32,
    /// How often it was played.
    pub times: u32,
}

/// How often each part of a video was played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    parts: Vec<Part>,
}

impl Played {
    /// Nothing played yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { parts: Vec::new() }
    }

    /// Counts `[from_ms, to_ms)` once more. Returns false, and changes nothing, when that would need more than [`MAX_PARTS`] parts; a stretch
    /// that is empty or backwards adds nothing.
    pub fn add(&mut self, from_ms: u32, to_ms: u32) -> bool {
        let mut next = Played {
            parts: Vec::with_capacity(self.parts.len() + 3),
        };
        // What of the new stretch has not been counted yet starts here.
        let mut at = from_ms;
        for part in &self.parts {
            next.push(at, to_ms.min(part.from_ms), 1);
            let (overlap_from, overlap_to) = (part.from_ms.max(from_ms), part.to_ms.min(to_ms));
            if overlap_from < overlap_to {
                next.push(part.from_ms, overlap_from, part.times);
                next.push(overlap_from, overlap_to, part.times.saturating_add(1));
                next.push(overlap_to, part.to_ms, part.times);
            } else {
                next.push(part.from_ms, part.to_ms, part.times);
            }
            at = at.max(part.to_ms);
        }
        next.push(at, to_ms, 1);
        let fits = next.parts.len() <= MAX_PARTS;
        if fits {
            *self = next;
        }
        fits
    }

    /// Appends a stretch, joined to the last one where they touch and were played equally often.
    fn push(&mut self, from_ms: u32, to_ms: u32, times: u32) {
        if from_ms >= to_ms {
            return;
        }
        match self.parts.last_mut() {
            Some(last) if last.to_ms == from_ms && last.times == times => last.to_ms = to_ms,
            _ => self.parts.push(Part {
                from_ms,
                to_ms,
                times,
            }),
        }
    }

    /// Where what was played begins, from a position on: at or before the position when that is in it, `u32::MAX` when nothing follows.
    #[must_use]
    pub fn next_ms(&self, from_ms: u32) -> u32 {
        self.parts
            .iter()
            .find(|part| part.to_ms > from_ms)
            .map_or(u32::MAX, |part| part.from_ms)
    }

    /// The parts, ascending.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The parts as the wire has them: `[from_ms, to_ms, times]`.
    #[must_use]
    pub fn wire(&self) -> Vec<[u32; 3]> {
        self.parts
            .iter()
            .map(|part| [part.from_ms, part.to_ms, part.times])
            .collect()
    }

    /// Milliseconds of the video that were played, those played twice counted twice.
    #[must_use]
    pub fn sum_ms(&self) -> u32 {
        self.parts.iter().fold(0, |sum: u32, part| {
            sum.saturating_add((part.to_ms - part.from_ms).saturating_mul(part.times))
        })
    }

    /// Milliseconds of the video that were reached, each counted once.
    #[must_use]
    pub fn union_ms(&self) -> u32 {
        self.parts
            .iter()
            .fold(0, |sum, part| sum + (part.to_ms - part.from_ms))
    }
}
