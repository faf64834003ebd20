//! What the field knows of viewing: placements and sessions, what was played of a video, and what of that counts.
//!
//! The shopper's widget and the brand's ledger run this same code, so that a second counted in the page is a second counted in the
//! figures. It has no clock, no randomness and no I/O: times (milliseconds of a monotonic clock, as `u32`: 49 days) and random bytes are passed in,
//! and what comes out is plain data. Every number is an integer: milliseconds, counts, thousandths of a playback rate.
//!
//! | in the page | |
//! |---|---|
//! | [`Report`] | what is told of a page view's placements, or of its sessions: says when a beacon is due, writes it |
//! | [`Placement`] | one element's life for one product: shown, viewable, opened, cart |
//! | [`Session`] | one viewing of one video, driven by the media element's events |
//! | [`Played`] | how often each part of a video was played |
//!
//! | at the edge and in the ledger | |
//! |---|---|
//! | [`check_session`], [`check_placement`] | what a snapshot must keep to |
//! | [`best`] | which of two snapshots of the same thing counts |
//! | [`SeqSet`] | which snapshots arrived, and so how many were lost |
//! | [`session_contribution`], [`placement_contribution`] | what the best snapshot adds to its cells |
//! | [`live_shard`] | which of a brand's live objects hears of a page view |
//! | [`hour()`] | the UTC hour by which the lake keeps rows and the ledger keeps cells |
#![no_std]

extern crate alloc;

mod beacon;
mod check;
mod contribution;
mod event;
mod flush;
mod hour;
mod id;
mod json;
mod live;
mod placement;
mod played;
mod report;
mod seq;
mod session;

pub use beacon::{MAX_ABOUT_BYTES, MAX_BEACON_BYTES};
pub use check::{
    DURATION_SLACK_MS, MAX_CARTS, PlacementSnapshot, SessionSnapshot, Violation, check_placement,
    check_session,
};
pub use contribution::{
    ATTENTION_PARTS, LATE_AFTER_MS, PlacementContribution, Rank, STARTUP_STEPS_MS,
    SessionContribution, best, is_late, placement_contribution, session_contribution, start_hour,
    start_ms,
};
pub use event::{EVENT_NAMES, EventKind};
pub use flush::{Facts, NEVER, due_ms};
pub use hour::hour;
pub use id::{Id, decode_id, encode_id, is_id, random_id};
pub use json::Json;
pub use live::{LIVE_SHARDS, live_shard};
pub use placement::{LAYOUTS, Placement};
pub use played::{MAX_PARTS, Part, Played};
pub use report::Report;
pub use seq::{MAX_SEQ, SeqSet};
pub use session::{
    MAX_SESSION_MS, Media, REASON_NAMES, Reason, STATE_NAMES, Sample, Session, State,
};
