//! A session: one viewing of one video in one placement, from open to close, driven by the media element's events.
//!
//! # How the truth is found
//!
//! A media element tells its position when asked, but asks to be asked only four times a second (`timeupdate`), and at `seeking` the position is the target already: where
//! the playhead *left* is gone. So the last sample is carried forward by the clock, `elapsed · rate`, and held between what is certain:
//! no earlier than the last sample, no later than the end of the range of `video.played` that contains it, nor than the video. That range ends
//! exactly at the place of departure, unless what follows had been played before; then the clock decides, which errs by the delay of one event.
//!
//! Where the playhead rests (paused, after a seek, before the start) its position is exact, and playing goes on from there, though `playing` is heard a little later.
//!
//! A loop and a replay after the end are told by the browser as seeks to 0; they are not the viewer's, so they are not counted as seeks.

use crate::event::EventKind;
use crate::json::Json;
use crate::played::Played;
use alloc::string::String;
use alloc::vec::Vec;

/// A session that is 12 hours old ends and a new one begins, so that no snapshot comes too late for the ledger (36 h).
pub const MAX_SESSION_MS: u32 = 12 * 60 * 60 * 1000;

/// A first sample this much after the place of rest, at rate 1, still played the way from there: `playing` and `timeupdate` may be as late.
const LATE_MS: u32 = 500;

/// A sample this far beyond what the clock allows is not playing on but a jump that nothing announced.
const JUMP_MS: u32 = 1000;

/// `percent_progress` is said when the playhead passes one of these.
const PERCENTS: [u32; 5] = [10, 25, 50, 75, 95];

/// What a session is doing: the wire's `state`, after CMCD v2's `sta`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named in docs/wire.md and by CMCD v2")]
pub enum State {
    Starting,
    Playing,
    Seeking,
    Rebuffering,
    Paused,
    Ended,
    Error,
    Quit,
}

impl State {
    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Playing => "playing",
            Self::Seeking => "seeking",
            Self::Rebuffering => "rebuffering",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Error => "error",
            Self::Quit => "quit",
        }
    }
}

/// Why a session began: the wire's `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The shopper opened the player.
    Tap,
    /// The shopper asked for the next video.
    Next,
    /// The shopper asked for the previous video.
    Previous,
    /// Nobody asked.
    Auto,
    /// The session before had grown too old or too long.
    Renewed,
}

impl Reason {
    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tap => "tap",
            Self::Next => "next",
            Self::Previous => "previous",
            Self::Auto => "auto",
            Self::Renewed => "renewed",
        }
    }
}

/// What the media element told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `playing`: the playhead moves, or is about to.
    Playing,
    /// `timeupdate`, or a look at the clock in between.
    TimeUpdate,
    /// `pause`.
    Pause,
    /// `seeking`: the position is the target already.
    Seeking,
    /// `seeked`.
    Seeked,
    /// `waiting`: nothing left to play.
    Waiting,
    /// `ratechange`.
    RateChange,
    /// `ended`.
    Ended,
    /// `error`.
    Error,
    /// Another source is being tried after an error, from the same position.
    Recover,
    /// `volumechange`.
    VolumeChange,
    /// `fullscreenchange`.
    FullscreenChange,
    /// `enterpictureinpicture` or `leavepictureinpicture`.
    PictureInPictureChange,
    /// The player closes, or goes on to another video. Said before the source is taken away.
    Quit,
}

/// What the media element and the clock say at the moment of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// The monotonic clock.
    pub now_ms: u32,
    /// `currentTime`.
    pub position_ms: u32,
    /// `duration`; 0 while unknown.
    pub duration_ms: u32,
    /// End of the range of `played` that contains the session's last position; `u32::MAX` when there is none.
    pub played_end_ms: u32,
    /// `playbackRate` in thousandths.
    pub rate_milli: u32,
    /// `paused`.
    pub paused: bool,
    /// `seeking`.
    pub seeking: bool,
    /// `ended`.
    pub ended: bool,
    /// `readyState` says that there is something to play (3 or 4).
    pub ready: bool,
    /// `loop`.
    pub looping: bool,
}

/// One viewing of one video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub(crate) id: String,
    pub(crate) placement: String,
    pub(crate) video: String,
    pub(crate) language: String,
    pub(crate) reason: Reason,
    pub(crate) state: State,
    pub(crate) position_ms: u32,
    pub(crate) duration_ms: u32,
    startup_ms: Option<u32>,
    started: u32,
    ended: u32,
    playing_ms: u32,
    rebuffering_ms: u32,
    rebuffers: u32,
    seeks: u32,
    pauses: u32,
    rate_changes: u32,
    errors: u32,
    played: Played,
    /// The last sample's clock and rate, from which the playhead is carried forward.
    sampled_ms: u32,
    rate_milli: u32,
    /// When the state began.
    since_ms: u32,
    /// The seek under way is the viewer's.
    seek_counts: bool,
    /// Which of [`PERCENTS`] were passed, as bits.
    passed: u32,
    /// A stretch for which there was no part left: the next session's.
    pub(crate) overflow: Option<(u32, u32)>,
    pub(crate) began_ms: u32,
    pub(crate) seq: u32,
    pub(crate) changed: bool,
    pub(crate) sent_in: u32,
}

impl Session {
    /// A session that begins at `now_ms` with a tap (or what `reason` says). `duration_ms` is what the catalogue says, until the media element knows better.
    #[must_use]
    pub fn new(
        id: String,
        placement: String,
        video: String,
        language: String,
        reason: Reason,
        duration_ms: u32,
        now_ms: u32,
    ) -> Self {
        Self {
            id,
            placement,
            video,
            language,
            reason,
            state: State::Starting,
            position_ms: 0,
            duration_ms,
            startup_ms: None,
            started: 0,
            ended: 0,
            playing_ms: 0,
            rebuffering_ms: 0,
            rebuffers: 0,
            seeks: 0,
            pauses: 0,
            rate_changes: 0,
            errors: 0,
            played: Played::new(),
            sampled_ms: now_ms,
            rate_milli: 1000,
            since_ms: now_ms,
            seek_counts: false,
            passed: 0,
            overflow: None,
            began_ms: now_ms,
            seq: 0,
            changed: true,
            sent_in: 0,
        }
    }

    /// The session that goes on where this one, too old or too long, has ended.
    pub(crate) fn renewed(&self, id: String, now_ms: u32) -> Self {
        let mut next = Self::new(
            id,
            self.placement.clone(),
            self.video.clone(),
            self.language.clone(),
            Reason::Renewed,
            self.duration_ms,
            now_ms,
        );
        next.state = self.state;
        next.position_ms = self.position_ms;
        next.sampled_ms = self.sampled_ms;
        next.rate_milli = self.rate_milli;
        next.seek_counts = self.seek_counts;
        next.passed = self.passed;
        next.started = self.started;
        if let Some((from_ms, to_ms)) = self.overflow {
            next.played.add(from_ms, to_ms);
        }
        next
    }

    /// Whether the session must end and a new one begin: it is 12 h old, or its parts are used up.
    #[must_use]
    pub fn is_spent(&self, now_ms: u32) -> bool {
        self.overflow.is_some() || now_ms.saturating_sub(self.began_ms) >= MAX_SESSION_MS
    }

    /// The last known position, by which the caller finds [`Sample::played_end_ms`].
    #[must_use]
    pub fn position_ms(&self) -> u32 {
        self.position_ms
    }

    pub(crate) fn has_started(&self) -> bool {
        self.started > 0
    }

    /// The id of its video.
    #[must_use]
    pub fn video(&self) -> &str {
        &self.video
    }

    /// What the session is doing.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes in what the media element told. What has happened thereby is appended to `happened`.
    pub fn on(&mut self, media: Media, at: &Sample, happened: &mut Vec<EventKind>) {
        if self.state == State::Quit {
            return;
        }
        if at.duration_ms > 0 {
            self.duration_ms = at.duration_ms;
        }
        if media == Media::Seeking || (at.seeking && self.state != State::Seeking) {
            self.begin_seek(at, happened);
        }
        self.advance(at, happened);
        match media {
            Media::Playing => self.resume(at, happened),
            Media::Pause => self.pause(at, happened),
            Media::Seeked => self.end_seek(at, happened),
            Media::Waiting => self.starve(at, happened),
            Media::RateChange if at.rate_milli != self.rate_milli => {
                self.rate_changes += 1;
                happened.push(EventKind::PlaybackRateChange);
            }
            Media::Ended => self.end(at, happened),
            Media::Error => {
                self.errors += 1;
                self.enter(State::Error, at, happened);
                happened.push(EventKind::Error);
            }
            Media::Recover => {
                let waits = if self.started > 0 {
                    State::Rebuffering
                } else {
                    State::Starting
                };
                self.enter(waits, at, happened);
            }
            Media::VolumeChange => happened.push(EventKind::VolumeChange),
            Media::FullscreenChange => happened.push(EventKind::FullscreenChange),
            Media::PictureInPictureChange => happened.push(EventKind::PictureInPictureChange),
            Media::Quit => self.enter(State::Quit, at, happened),
            Media::TimeUpdate | Media::Seeking | Media::RateChange => {}
        }
        self.rate_milli = at.rate_milli;
        self.sampled_ms = at.now_ms;
        self.changed |= !happened.is_empty();
    }

    /// Moves on to the sample's position, and counts the way as played if it was.
    fn advance(&mut self, at: &Sample, happened: &mut Vec<EventKind>) {
        let moves = !at.seeking && !at.paused;
        let ahead = at.position_ms.checked_sub(self.position_ms);
        match (self.state, ahead) {
            (State::Playing, Some(ahead)) if ahead <= self.reach_ms(at) + JUMP_MS => {
                self.count_played(at.position_ms, at, happened);
            }
            (State::Playing, _) => {
                let left_ms = self.departure_ms(at);
                self.count_played(left_ms, at, happened);
            }
            // `playing` was not heard, or not yet, but the playhead has left its place of rest.
            (State::Seeking, Some(_)) if at.seeking => {}
            (
                State::Starting | State::Rebuffering | State::Paused | State::Seeking,
                Some(ahead @ 1..),
            ) if moves && at.ready && ahead <= self.late_ms(at) => {
                self.enter(State::Playing, at, happened);
                self.count_played(at.position_ms, at, happened);
            }
            _ => {}
        }
        self.position_ms = at.position_ms;
    }

    /// How far the playhead came since the last sample, by the clock.
    fn reach_ms(&self, at: &Sample) -> u32 {
        scale(at.now_ms.saturating_sub(self.sampled_ms), self.rate_milli)
    }

    /// How far from its place of rest a first sample may be and still have played the way.
    fn late_ms(&self, at: &Sample) -> u32 {
        scale(LATE_MS, at.rate_milli)
    }

    /// Where the playhead left for elsewhere.
    fn departure_ms(&self, at: &Sample) -> u32 {
        let mut bound_ms = at.played_end_ms;
        if self.duration_ms > 0 {
            bound_ms = bound_ms.min(self.duration_ms);
        }
        self.position_ms
            .saturating_add(self.reach_ms(at))
            .min(bound_ms)
            .max(self.position_ms)
    }

    /// Counts the way from the last position to `to_ms`, and says what that means: content start, percents.
    fn count_played(&mut self, to_ms: u32, at: &Sample, happened: &mut Vec<EventKind>) {
        let from_ms = self.position_ms;
        let way_ms = to_ms.saturating_sub(from_ms);
        if way_ms == 0 {
            return;
        }
        self.changed = true;
        if !self.played.add(from_ms, to_ms) {
            self.overflow = Some((from_ms, to_ms));
        }
        if self.started == 0 {
            self.started = 1;
            // Back from here to where the playhead began to move, which was not before `playing`.
            let moving_since_ms = at
                .now_ms
                .saturating_sub(way_ms.saturating_mul(1000) / at.rate_milli.max(1))
                .max(self.since_ms);
            self.startup_ms = Some(moving_since_ms.saturating_sub(self.began_ms));
            happened.push(EventKind::Play);
        }
        for (bit, percent) in PERCENTS.into_iter().enumerate() {
            let mark_ms = scale(self.duration_ms, percent * 10);
            if self.passed & 1 << bit == 0 && from_ms < mark_ms && mark_ms <= to_ms {
                self.passed |= 1 << bit;
                happened.push(EventKind::PercentProgress(percent));
            }
        }
    }

    fn resume(&mut self, at: &Sample, happened: &mut Vec<EventKind>) {
        if at.seeking || at.paused || self.state == State::Playing {
            return;
        }
        self.enter(State::Playing, at, happened);
        if self.started > 0 {
            happened.push(EventKind::Play);
        }
    }

    fn pause(&mut self, at: &Sample, happened: &mut Vec<EventKind>) {
        // A video pauses at its end, which is not the viewer's doing.
        if at.ended
            || !at.paused
            || matches!(self.state, State::Paused | State::Ended | State::Error)
        {
            return;
        }
        self.pauses += 1;
        if !at.seeking {
            self.enter(State::Paused, at, happened);
        }
        happened.push(EventKind::Pause);
    }

    fn begin_seek(&mut self, at: &Sample, happened: &mut Vec<EventKind>) {
        let mut near_end = self.state == State::Ended;
        if self.state == State::Playing {
            let left_ms = self.departure_ms(at);
            self.count_played(left_ms, at, happened);
            near_end = at.looping && left_ms + LATE_MS >= self.duration_ms;
        }
        self.position_ms = at.position_ms;
        if self.state == State::Seeking {
            return;
        }
        let again = near_end && !at.paused && at.position_ms < LATE_MS;
        // After an error the same position is sought in another source.
        let recovers =
            self.errors > 0 && matches!(self.state, State::Rebuffering | State::Starting);
        self.seek_counts = !again && !recovers;
        self.enter(State::Seeking, at, happened);
        if self.seek_counts {
            self.seeks += 1;
            happened.push(EventKind::SeekStart);
        }
    }

    fn end_seek(&mut self, at: &Sample, happened: &mut Vec<EventKind>) {
        if self.state != State::Seeking || at.seeking {
            return;
        }
        if self.seek_counts {
            happened.push(EventKind::SeekEnd);
        }
        if at.paused {
            self.enter(State::Paused, at, happened);
        } else if at.ready {
            self.enter(State::Playing, at, happened);
        }
    }

    fn starve(&mut self, at: &Sample, happened: &mut Vec<EventKind>) {
        if self.state == State::Playing && self.started > 0 && !at.ready && !at.ended {
            self.rebuffers += 1;
            self.enter(State::Rebuffering, at, happened);
            happened.push(EventKind::BufferStart);
        }
    }

    fn end(&mut self, at: &Sample, happened: &mut Vec<EventKind>) {
        if self.state != State::Ended {
            self.ended += 1;
            self.enter(State::Ended, at, happened);
            happened.push(EventKind::End);
        }
    }

    /// Changes the state and adds up how long the last one took.
    fn enter(&mut self, state: State, at: &Sample, happened: &mut Vec<EventKind>) {
        if self.state == State::Rebuffering && self.rebuffers > 0 && state != State::Rebuffering {
            happened.push(EventKind::BufferEnd);
        }
        (self.playing_ms, self.rebuffering_ms) = self.spent_ms(at.now_ms);
        self.since_ms = at.now_ms;
        self.state = state;
        self.changed = true;
    }

    /// Wall-clock time in `playing` and in `rebuffering`, up to now.
    fn spent_ms(&self, now_ms: u32) -> (u32, u32) {
        let in_state_ms = now_ms.saturating_sub(self.since_ms);
        match self.state {
            State::Playing => (self.playing_ms + in_state_ms, self.rebuffering_ms),
            State::Rebuffering => (self.playing_ms, self.rebuffering_ms + in_state_ms),
            _ => (self.playing_ms, self.rebuffering_ms),
        }
    }

    /// The session as a beacon sent at `now_ms` carries it.
    #[must_use]
    pub fn snapshot(&self, now_ms: u32) -> SessionSnapshot<'_> {
        let (playing_ms, rebuffering_ms) = self.spent_ms(now_ms);
        SessionSnapshot {
            id: &self.id,
            seq: self.seq,
            elapsed_ms: now_ms.saturating_sub(self.began_ms),
            placement: &self.placement,
            video: &self.video,
            language: &self.language,
            state: self.state,
            reason: self.reason,
            position_ms: self.position_ms,
            duration_ms: self.duration_ms,
            startup_ms: self.startup_ms,
            started: self.started,
            ended: self.ended,
            playing_ms,
            played_ms: self.played.sum_ms(),
            rebuffering_ms,
            rebuffers: self.rebuffers,
            seeks: self.seeks,
            pauses: self.pauses,
            rate_changes: self.rate_changes,
            errors: self.errors,
            played: self.played.wire(),
        }
    }
}

/// `value` times a factor given in thousandths.
fn scale(value: u32, milli: u32) -> u32 {
    u32::try_from(u64::from(value) * u64::from(milli) / 1000).unwrap_or(u32::MAX)
}

/// What a beacon says of a session: everything so far.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    pub language: &'a str,
    pub state: State,
    pub reason: Reason,
    pub position_ms: u32,
    pub duration_ms: u32,
    pub startup_ms: Option<u32>,
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
    pub played: Vec<[u32; 3]>,
}

impl SessionSnapshot<'_> {
    pub(crate) fn write(&self, json: &mut Json) {
        json.open('{');
        json.text("id", self.id);
        json.count("seq", self.seq);
        json.count("elapsed_ms", self.elapsed_ms);
        json.text("placement", self.placement);
        json.text("video", self.video);
        json.text("language", self.language);
        json.text("state", self.state.name());
        json.text("reason", self.reason.name());
        json.count("position_ms", self.position_ms);
        json.count("duration_ms", self.duration_ms);
        if let Some(startup_ms) = self.startup_ms {
            json.count("startup_ms", startup_ms);
        }
        json.count("started", self.started);
        json.count("ended", self.ended);
        json.count("playing_ms", self.playing_ms);
        json.count("played_ms", self.played_ms);
        json.count("rebuffering_ms", self.rebuffering_ms);
        json.count("rebuffers", self.rebuffers);
        json.count("seeks", self.seeks);
        json.count("pauses", self.pauses);
        json.count("rate_changes", self.rate_changes);
        json.count("errors", self.errors);
        json.key("played");
        json.open('[');
        for part in &self.played {
            json.open('[');
            for &number in part {
                json.number(number);
            }
            json.close(']');
        }
        json.close(']');
        json.close('}');
    }
}
