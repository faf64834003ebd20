//! What a snapshot must keep to. The edge checks what strangers' pages send; whatever fails is kept as a bad row, with the reasons found here.

use crate::id::is_id;
use crate::placement::LAYOUTS;
use crate::played::MAX_PARTS;
use crate::seq::MAX_SEQ;
use crate::session::{REASON_NAMES, STATE_NAMES};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Display;

/// A media element may learn a video's length better while it plays: positions may exceed the last known one by so much.
pub const DURATION_SLACK_MS: u32 = 1000;

/// No browser plays faster than this.
const MAX_RATE: u64 = 16;

/// The page's clock and the media element's are read one after the other, and either may be coarse.
const CLOCK_SLACK_MS: u64 = 250 * MAX_RATE;

/// A code is a key in KV, which takes no longer ones.
const MAX_CODE_BYTES: usize = 512;

/// Of so many carts a placement says when they were.
pub const MAX_CARTS: usize = 20;

/// At most so many videos match a product.
const MAX_VIDEOS: usize = 12;

/// What a beacon says of a session: the fields of `docs/wire.md` under their own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields of docs/wire.md under their own names"
)]
pub struct SessionSnapshot<'a> {
    pub id: &'a str,
    pub seq: u32,
    pub elapsed_ms: u32,
    pub placement: &'a str,
    pub video: &'a str,
    /// The code that matched its placement; empty where an older widget does not say.
    pub code: &'a str,
    pub language: &'a str,
    pub state: &'a str,
    pub reason: &'a str,
    pub position_ms: u32,
    pub duration_ms: u32,
    pub startup_ms: Option<u32>,
    /// Its age when the film started: later than by `startup_ms` where the viewer kept it waiting. Absent before, and of old widgets.
    pub started_ms: Option<u32>,
    pub started: u32,
    pub ended: u32,
    pub playing_ms: u32,
    pub played_ms: u32,
    pub rebuffering_ms: u32,
    pub rebuffers: u32,
    pub seeks: u32,
    pub pauses: u32,
    pub rate_changes: u32,
    pub errors: u32,
    pub played: &'a [[u32; 3]],
}

/// What a beacon says of a placement: the fields of `docs/wire.md` under their own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields of docs/wire.md under their own names"
)]
pub struct PlacementSnapshot<'a> {
    pub id: &'a str,
    pub seq: u32,
    pub elapsed_ms: u32,
    pub code: &'a str,
    pub videos: &'a [&'a str],
    pub layout: &'a str,
    pub shown: u32,
    pub viewable: u32,
    pub opened: u32,
    pub cart: u32,
    /// When the first [`MAX_CARTS`] of them were heard, as ages of the placement.
    pub carts_ms: &'a [u32],
}

/// Something a snapshot does not keep to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field, as the wire names it; of `played` with the place, as `played[3]`.
    pub field: String,
    /// What it says.
    pub value: String,
    /// What it should say.
    pub expected: String,
}

#[derive(Default)]
struct Checks(Vec<Violation>);

impl Checks {
    fn that(&mut self, holds: bool, field: &str, value: impl Display, expected: &str) {
        if !holds {
            let (field, value) = (field.to_owned(), format!("{value}"));
            self.0.push(Violation {
                field,
                value,
                expected: expected.to_owned(),
            });
        }
    }

    fn id(&mut self, field: &str, value: &str) {
        self.that(
            is_id(value),
            field,
            value,
            "16 bytes as base64url: 22 characters",
        );
    }

    fn video(&mut self, field: &str, value: &str) {
        let fits = (1..=64).contains(&value.len())
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        self.that(fits, field, value, "1 to 64 of A-Z a-z 0-9 _ -");
    }

    fn code(&mut self, code: &str) {
        let kind = ["gtin:", "mpn:", "sku:"]
            .into_iter()
            .any(|kind| code.starts_with(kind));
        self.that(
            kind && code.len() <= MAX_CODE_BYTES,
            "code",
            code,
            &format!("gtin:…, mpn:… or sku:…, at most {MAX_CODE_BYTES} bytes"),
        );
    }

    fn name(&mut self, field: &str, value: &str, names: &[&str]) {
        self.that(names.contains(&value), field, value, &names.join(" | "));
    }

    fn at_most(&mut self, field: &str, value: u32, most: u32, what: &str) {
        self.that(
            value <= most,
            field,
            value,
            &format!("at most {what}, {most}"),
        );
    }

    fn seq(&mut self, seq: u32) {
        self.that(
            (1..=MAX_SEQ).contains(&seq),
            "seq",
            seq,
            &format!("1 to {MAX_SEQ}"),
        );
    }
}

/// Everything that is wrong with a session's snapshot; nothing when it may be counted.
///
/// ```
/// # use shelfreel_playback::{SessionSnapshot, check_session};
/// let good = SessionSnapshot {
///     id: "AAAAAAAAAAAAAAAAAAAAAQ", seq: 1, elapsed_ms: 5000, placement: "AAAAAAAAAAAAAAAAAAAAAg", video: "kenwick-br7-nl", code: "gtin:08710103937746", language: "nl",
///     state: "playing", reason: "tap", position_ms: 4100, duration_ms: 8000, startup_ms: Some(220), started_ms: Some(220), started: 1, ended: 0, playing_ms: 4100,
///     played_ms: 4100, rebuffering_ms: 0, rebuffers: 0, seeks: 0, pauses: 0, rate_changes: 0, errors: 0, played: &[[0, 4100, 1]],
/// };
/// assert!(check_session(&good).is_empty());
/// let violations = check_session(&SessionSnapshot { played_ms: 4000, ..good });
/// assert_eq!((violations[0].field.as_str(), violations[0].value.as_str()), ("played_ms", "4000"));
/// assert_eq!(violations[0].expected, "the sum of the parts of `played`, 4100");
/// ```
#[must_use]
pub fn check_session(session: &SessionSnapshot<'_>) -> Vec<Violation> {
    let mut checks = Checks::default();
    checks.id("id", session.id);
    checks.id("placement", session.placement);
    checks.video("video", session.video);
    if !session.code.is_empty() {
        checks.code(session.code);
    }
    checks.that(
        session.language.len() <= 64,
        "language",
        session.language,
        "a language tag",
    );
    checks.name("state", session.state, &STATE_NAMES);
    checks.name("reason", session.reason, &REASON_NAMES);
    checks.seq(session.seq);
    check_times(session, &mut checks);
    check_played(session, &mut checks);
    checks.0
}

fn check_times(session: &SessionSnapshot<'_>, checks: &mut Checks) {
    let &SessionSnapshot {
        elapsed_ms,
        duration_ms,
        started,
        startup_ms,
        started_ms,
        playing_ms,
        rebuffering_ms,
        ..
    } = session;
    // A session that goes on where another ended has its state and its start, which that one counted.
    let renewed = session.reason == "renewed";
    checks.at_most("playing_ms", playing_ms, elapsed_ms, "elapsed_ms");
    let rest_ms = elapsed_ms.saturating_sub(playing_ms);
    checks.at_most(
        "rebuffering_ms",
        rebuffering_ms,
        rest_ms,
        "what playing_ms leaves of elapsed_ms",
    );
    if duration_ms > 0 {
        let most = duration_ms.saturating_add(DURATION_SLACK_MS);
        checks.at_most(
            "position_ms",
            session.position_ms,
            most,
            "duration_ms and a second",
        );
    }
    checks.at_most("started", started, 1, "once");
    match startup_ms {
        Some(startup_ms) => {
            checks.at_most("startup_ms", startup_ms, elapsed_ms, "elapsed_ms");
            checks.that(
                started > 0,
                "startup_ms",
                startup_ms,
                "absent before the start",
            );
        }
        None => checks.that(
            started == 0 || renewed,
            "startup_ms",
            "absent",
            "said after the start",
        ),
    }
    if let Some(started_ms) = started_ms {
        checks.at_most("started_ms", started_ms, elapsed_ms, "elapsed_ms");
        checks.that(
            started > 0,
            "started_ms",
            started_ms,
            "absent before the start",
        );
        checks.that(
            startup_ms.is_none_or(|startup_ms| startup_ms <= started_ms),
            "started_ms",
            started_ms,
            "at least startup_ms",
        );
    }
    checks.that(
        session.state != "ended" || session.ended > 0 || renewed,
        "ended",
        session.ended,
        "at least 1 in state ended",
    );
    checks.that(
        session.state != "error" || session.errors > 0 || renewed,
        "errors",
        session.errors,
        "at least 1 in state error",
    );
    checks.that(
        rebuffering_ms == 0 || started > 0,
        "rebuffering_ms",
        rebuffering_ms,
        "0 before the start",
    );
}

fn check_played(session: &SessionSnapshot<'_>, checks: &mut Checks) {
    let &SessionSnapshot {
        duration_ms,
        played,
        played_ms,
        elapsed_ms,
        ..
    } = session;
    checks.that(
        played.len() <= MAX_PARTS,
        "played",
        played.len(),
        &format!("at most {MAX_PARTS} parts"),
    );
    let (mut sum_ms, mut end_ms, mut last_times) = (0_u64, 0, 0);
    for (place, &[from_ms, to_ms, times]) in played.iter().enumerate() {
        let field = format!("played[{place}]");
        let value = format!("[{from_ms},{to_ms},{times}]");
        checks.that(from_ms < to_ms, &field, &value, "to after from");
        checks.that(times > 0, &field, &value, "played at least once");
        checks.that(
            from_ms >= end_ms,
            &field,
            &value,
            "ascending, not overlapping the part before",
        );
        let joined = from_ms == end_ms && times == last_times && times > 0;
        checks.that(
            !joined,
            &field,
            &value,
            "neighbours that touch differ in times",
        );
        if duration_ms > 0 {
            let most = duration_ms.saturating_add(DURATION_SLACK_MS);
            checks.that(
                to_ms <= most,
                &field,
                &value,
                "to at most duration_ms and a second",
            );
        }
        sum_ms = sum_ms.saturating_add(u64::from(to_ms.saturating_sub(from_ms)) * u64::from(times));
        (end_ms, last_times) = (to_ms, times);
    }
    let expected = format!("the sum of the parts of `played`, {sum_ms}");
    checks.that(
        u64::from(played_ms) == sum_ms,
        "played_ms",
        played_ms,
        &expected,
    );
    checks.that(
        session.started > 0 || sum_ms == 0,
        "played",
        sum_ms,
        "nothing before the start",
    );
    let most = u64::from(elapsed_ms) * MAX_RATE + CLOCK_SLACK_MS;
    checks.that(
        sum_ms <= most,
        "played_ms",
        played_ms,
        &format!("at most {MAX_RATE} times elapsed_ms"),
    );
}

/// Everything that is wrong with a placement's snapshot; nothing when it may be counted.
#[must_use]
pub fn check_placement(placement: &PlacementSnapshot<'_>) -> Vec<Violation> {
    let mut checks = Checks::default();
    checks.id("id", placement.id);
    checks.seq(placement.seq);
    checks.code(placement.code);
    let count = placement.videos.len();
    checks.that(
        (1..=MAX_VIDEOS).contains(&count),
        "videos",
        count,
        "1 to 12",
    );
    for video in placement.videos {
        checks.video("videos", video);
    }
    checks.name("layout", placement.layout, &LAYOUTS);
    checks.at_most(
        "viewable",
        placement.viewable,
        placement.shown.min(1),
        "once, and only when shown",
    );
    check_carts(placement, &mut checks);
    checks.0
}

fn check_carts(placement: &PlacementSnapshot<'_>, checks: &mut Checks) {
    let carts_ms = placement.carts_ms;
    let most = MAX_CARTS.min(placement.cart as usize);
    checks.that(
        carts_ms.len() <= most,
        "carts_ms",
        carts_ms.len(),
        &format!("at most one for each cart, and {MAX_CARTS}"),
    );
    let mut before_ms = 0;
    for (place, &at_ms) in carts_ms.iter().enumerate() {
        checks.that(
            at_ms >= before_ms && at_ms <= placement.elapsed_ms,
            &format!("carts_ms[{place}]"),
            at_ms,
            "not before the one before, and at most elapsed_ms",
        );
        before_ms = at_ms;
    }
}
