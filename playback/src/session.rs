//! A session: one viewing of one video in one placement, from open to close, driven by the media element's events.
//!
//! # How the truth is found
//!
//! A media element tells its position when asked, but asks to be asked only four times a second (`timeupdate`), and at `seeking` the position is the target already: where
//! the playhead *left* is gone. So the last sample is carried forward by the clock, `elapsed · rate`, and held between what is certain:
//! no earlier than the last sample, no later than the end of the range of `video.played` that contains it, nor than the video. That range ends
//! exactly at the place of departure, unless what follows had been played before; then the clock decides, which errs by the delay of one event.
//!
//! A page whose thread was busy may be told the position of before (Firefox does so), and then it catches up faster than the clock allows: what `played` holds and
//! was not counted was played nevertheless, and where all of it had been counted a playhead may make up for what it was told to be late.
//!
//! Where the playhead rests (paused, after a seek, before the start) its position is exact, and playing goes on from there, though `playing` is heard a little later.
//!
//! A loop and a replay after the end are told by the browser as seeks to 0; they are not the viewer's, so they are not counted as seeks.

use crate::event::{EventKind, Log, name};
use crate::flush::NEVER;
use crate::id::Id;
use crate::json::Json;
use crate::played::Played;

/// A session that is 12 hours old ends and a new one begins, so that no snapshot comes too late for the ledger (36 h).
pub const MAX_SESSION_MS: u32 = 12 * 60 * 60 * 1000;

/// A seek from so near the end to so near the start, while the video plays on, is a loop or a replay.
const NEAR_MS: u32 = 250;

/// The end of a seek is heard within this time, or will not be.
const UNHEARD_MS: u32 = 1000;

/// A sample this far beyond what the clock allows is not playing on but a jump that was not announced, or not yet.
const JUMP_MS: u32 = 100;

/// A playhead makes up for no more than this.
const MOST_BEHIND_MS: u32 = 2000;

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

/// The names of states on the wire, in the order of [`State`].
pub const STATE_NAMES: [&str; 8] = [
    "starting",
    "playing",
    "seeking",
    "rebuffering",
    "paused",
    "ended",
    "error",
    "quit",
];

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

/// The names of reasons on the wire, in the order of [`Reason`].
pub const REASON_NAMES: [&str; 5] = ["tap", "next", "previous", "auto", "renewed"];

/// What the media element told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `play`: somebody wants it to play.
    Play,
    /// `play()` was rejected. Where the element is paused then, the browser will not play by itself: it waits for the viewer.
    Refused,
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
    /// `resize`: the picture has another size, for another rendition is played.
    QualityChange,
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
    /// `muted`.
    pub muted: bool,
    /// `error.code`, 0 without an error.
    pub error: u32,
}

/// What a session counts, by its place in [`Session::counts`].
#[derive(Clone, Copy)]
enum Count {
    Started,
    Ended,
    Rebuffers,
    Seeks,
    Pauses,
    RateChanges,
    Errors,
}

/// Their names on the wire.
const COUNTS: [&str; 7] = [
    "started",
    "ended",
    "rebuffers",
    "seeks",
    "pauses",
    "rate_changes",
    "errors",
];

/// The names of what never changes.
const ABOUT: [&str; 4] = ["placement", "code", "video", "language"];

/// One viewing of one video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    id: Id,
    /// What never changes, as JSON.
    about: Json,
    reason: Reason,
    pub(crate) state: State,
    position_ms: u32,
    duration_ms: u32,
    startup_ms: u32,
    /// Its age when the film started; [`NEVER`] until then.
    started_ms: u32,
    counts: [u32; COUNTS.len()],
    playing_ms: u32,
    rebuffering_ms: u32,
    played: Played,
    /// The last sample's clock and rate, from which the playhead is carried forward.
    sampled_ms: u32,
    rate_milli: u32,
    /// How far the playhead was behind the clock by then, since the state began.
    behind_ms: u32,
    /// When the state began.
    since_ms: u32,
    /// A seek is under way whose end has not been heard,
    seek_open: bool,
    /// and it is the viewer's.
    seek_counts: bool,
    /// The highest of [`PERCENTS`] that was passed.
    passed: u32,
    /// A stretch for which there was no part left: the next session's. Empty when there is none.
    overflow: (u32, u32),
    began_ms: u32,
    /// Since when the start is waited for: not while it was the viewer who kept it waiting.
    asked_ms: u32,
    seq: u32,
    pub(crate) changed: bool,
    /// The flush that carried it last, 0 for none.
    pub(crate) sent_in: u32,
}

impl Session {
    /// A session that begins at `now_ms` with a tap (or what `reason` says): its id, and in UTF-8 its placement's, the code that matched there, its video and the
    /// video's language. `duration_ms` is what the catalogue says, until the media element knows better.
    #[must_use]
    pub fn new(id: Id, about: [&[u8]; 4], reason: Reason, duration_ms: u32, now_ms: u32) -> Self {
        let mut json = Json::default();
        for (name, value) in ABOUT.into_iter().zip(about) {
            json.text(name, value);
        }
        Self {
            id,
            about: json,
            reason,
            state: State::Starting,
            position_ms: 0,
            duration_ms,
            startup_ms: NEVER,
            started_ms: NEVER,
            counts: [0; COUNTS.len()],
            playing_ms: 0,
            rebuffering_ms: 0,
            played: Played::new(),
            sampled_ms: now_ms,
            rate_milli: 1000,
            behind_ms: 0,
            since_ms: now_ms,
            seek_open: false,
            seek_counts: false,
            passed: 0,
            overflow: (0, 0),
            began_ms: now_ms,
            asked_ms: now_ms,
            seq: 0,
            changed: true,
            sent_in: 0,
        }
    }

    /// The same, beginning elsewhere than at the film's start. Going there is not the viewer's seek.
    #[must_use]
    pub fn from(self, position_ms: u32) -> Self {
        Self {
            position_ms,
            ..self
        }
    }

    /// Another viewing of the same video in the same placement.
    pub(crate) fn again(&self, id: &Id, now_ms: u32) -> Self {
        Self {
            about: self.about.clone(),
            ..Self::new(*id, [&[]; 4], Reason::Renewed, self.duration_ms, now_ms)
        }
    }

    /// Ends the session, and has the `next` one go on where it was.
    pub(crate) fn renew(&mut self, mut next: Self, at: &Sample, log: &mut Log) -> Self {
        (next.state, next.position_ms, next.rate_milli) =
            (self.state, self.position_ms, self.rate_milli);
        (next.seek_open, next.seek_counts) = (self.seek_open, self.seek_counts);
        next.passed = self.passed;
        if self.has_started() {
            next.count(Count::Started);
            next.started_ms = 0;
        }
        next.played.add(self.overflow.0, self.overflow.1);
        self.overflow = (0, 0);
        self.enter(State::Quit, at, log);
        next
    }

    fn count(&mut self, what: Count) {
        if let Some(count) = self.counts.get_mut(what as usize) {
            *count += 1;
        }
    }

    fn counted(&self, what: Count) -> u32 {
        self.counts.get(what as usize).map_or(0, |count| *count)
    }

    /// Whether the session must end and a new one begin: it is 12 h old, or its parts are used up.
    #[must_use]
    pub fn is_spent(&self, now_ms: u32) -> bool {
        self.state != State::Quit
            && (self.overflow.1 > 0 || now_ms.saturating_sub(self.began_ms) >= MAX_SESSION_MS)
    }

    /// The last known position, by which the caller finds [`Sample::played_end_ms`].
    #[must_use]
    pub fn position_ms(&self) -> u32 {
        self.position_ms
    }

    pub(crate) fn began_ms(&self) -> u32 {
        self.began_ms
    }

    pub(crate) fn has_started(&self) -> bool {
        self.counted(Count::Started) > 0
    }

    /// What the session is doing.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes in what the media element told.
    pub(crate) fn on(&mut self, media: Media, at: &Sample, log: &mut Log) {
        if self.state == State::Quit {
            return;
        }
        if at.duration_ms > 0 {
            self.duration_ms = at.duration_ms;
        }
        let jumped = self.state == State::Playing && !self.goes_on(at);
        if media == Media::Seeking || jumped || (at.seeking && self.state != State::Seeking) {
            self.begin_seek(at, log);
        }
        if media == Media::Seeked {
            self.seek_open = at.seeking;
        }
        // Asked for before the playhead leaves: in WebKit it is a little way already when this is heard.
        if media == Media::Play && self.state == State::Paused && !self.has_started() {
            self.asked_ms = at.now_ms;
            self.enter(State::Starting, at, log);
        }
        // Where the playhead may have come from is not known anew while a seek's end is waited for.
        if self.advance(at, log) {
            self.sampled_ms = at.now_ms;
        }
        // By whatever is heard first: `ratechange` comes a moment after the rate has changed.
        if self.rate_milli != at.rate_milli {
            self.rate_milli = at.rate_milli;
            self.count(Count::RateChanges);
            self.happen(EventKind::PlaybackRateChange, at, log, at.rate_milli);
        }
        match media {
            Media::Refused if at.paused && self.state == State::Starting => {
                self.enter(State::Paused, at, log);
            }
            Media::QualityChange if self.has_started() => {
                self.happen(EventKind::QualityChange, at, log, 0);
            }
            Media::Playing => self.resume(at, log),
            Media::Pause => self.pause(at, log),
            Media::Seeked => self.end_seek(at, log),
            Media::Waiting => self.starve(at, log),
            Media::Ended => self.end(at, log),
            Media::Error => {
                self.count(Count::Errors);
                self.enter(State::Error, at, log);
                self.happen(EventKind::Error, at, log, at.error);
            }
            Media::Recover => {
                let waits = if self.has_started() {
                    State::Rebuffering
                } else {
                    State::Starting
                };
                self.enter(waits, at, log);
            }
            Media::VolumeChange => self.happen(EventKind::VolumeChange, at, log, at.muted.into()),
            Media::FullscreenChange => self.happen(EventKind::FullscreenChange, at, log, 0),
            Media::PictureInPictureChange => {
                self.happen(EventKind::PictureInPictureChange, at, log, 0);
            }
            Media::Quit => self.enter(State::Quit, at, log),
            Media::TimeUpdate
            | Media::Seeking
            | Media::RateChange
            | Media::Play
            | Media::Refused
            | Media::QualityChange => {}
        }
    }

    /// Moves on to the sample's position, and counts the way as played if it was. False when it has to wait: the position stays.
    fn advance(&mut self, at: &Sample, log: &mut Log) -> bool {
        let rests = at.paused || at.seeking || !at.ready || at.position_ms <= self.position_ms;
        match self.state {
            State::Playing => {
                let way_ms = at.position_ms.saturating_sub(self.position_ms);
                self.behind_ms = (self.behind_ms + self.reach_ms(at))
                    .saturating_sub(way_ms)
                    .min(MOST_BEHIND_MS);
                self.count_played(at.position_ms, at, log);
            }
            // A source that is not there yet says that it is at 0; it will go where it is wanted.
            State::Starting | State::Rebuffering | State::Error if !at.ready => return true,
            // Its end will be heard in a moment, and then the way from its target counts.
            State::Seeking
                if self.seek_open
                    && at.now_ms < self.since_ms.saturating_add(UNHEARD_MS)
                    && !at.seeking =>
            {
                return false;
            }
            // `playing` was not heard, or not yet, but the playhead has left its place of rest.
            State::Starting | State::Rebuffering | State::Paused | State::Seeking
                if !rests && self.goes_on(at) =>
            {
                self.count_played(at.position_ms, at, log);
                self.enter(State::Playing, at, log);
            }
            _ => {}
        }
        self.position_ms = at.position_ms;
        true
    }

    /// Whether the playhead may have come from the last position to the sample's by playing; if not it has jumped, announced or not.
    fn goes_on(&self, at: &Sample) -> bool {
        let by_clock_ms = self.position_ms.saturating_add(self.reach_ms(at));
        let caught_up_ms = by_clock_ms
            .saturating_add(self.behind_ms)
            .min(at.played_end_ms);
        let furthest_ms = if at.played_end_ms == u32::MAX {
            by_clock_ms
        } else {
            by_clock_ms.max(caught_up_ms).max(self.surely_ms(at))
        };
        at.position_ms >= self.position_ms && at.position_ms <= furthest_ms.saturating_add(JUMP_MS)
    }

    /// How far the playhead came for certain: what the browser says was played from the last position on, and was not counted yet, was played just now.
    fn surely_ms(&self, at: &Sample) -> u32 {
        let uncounted_ms = self.played.next_ms(self.position_ms);
        let known_ms = if at.played_end_ms == u32::MAX {
            0
        } else {
            at.played_end_ms
        };
        uncounted_ms.min(known_ms).max(self.position_ms)
    }

    /// How far the playhead came since the last sample, by the clock.
    fn reach_ms(&self, at: &Sample) -> u32 {
        scale(at.now_ms.saturating_sub(self.sampled_ms), self.rate_milli)
    }

    /// Where the playhead left for elsewhere.
    fn departure_ms(&self, at: &Sample) -> u32 {
        let mut bound_ms = at.played_end_ms;
        if self.duration_ms > 0 {
            bound_ms = bound_ms.min(self.duration_ms);
        }
        self.position_ms
            .saturating_add(self.reach_ms(at))
            .max(self.surely_ms(at))
            .min(bound_ms)
            .max(self.position_ms)
    }

    /// Counts the way from the last position to `to_ms`, and says what that means: content start, percents.
    fn count_played(&mut self, to_ms: u32, at: &Sample, log: &mut Log) {
        let from_ms = self.position_ms;
        let way_ms = to_ms.saturating_sub(from_ms);
        if way_ms == 0 {
            return;
        }
        self.changed = true;
        self.position_ms = to_ms;
        if !self.played.add(from_ms, to_ms) {
            self.overflow = (from_ms, to_ms);
        }
        if !self.has_started() {
            self.count(Count::Started);
            // Back from here to where the playhead began to move, which was not before `playing`.
            let moving_since_ms = at
                .now_ms
                .saturating_sub(way_ms.saturating_mul(1000) / at.rate_milli.max(1))
                .max(self.since_ms);
            self.startup_ms = moving_since_ms.saturating_sub(self.asked_ms);
            self.started_ms = moving_since_ms.saturating_sub(self.began_ms);
            log.urgent = true;
            self.happen(EventKind::Play, at, log, 0);
        }
        for percent in PERCENTS {
            let mark_ms = scale(self.duration_ms, percent * 10);
            if percent > self.passed && from_ms < mark_ms && mark_ms <= to_ms {
                self.passed = percent;
                self.happen(EventKind::PercentProgress, at, log, percent);
            }
        }
    }

    fn resume(&mut self, at: &Sample, log: &mut Log) {
        if at.seeking || at.paused || self.seek_open || self.state == State::Playing {
            return;
        }
        self.enter(State::Playing, at, log);
        if self.has_started() {
            self.happen(EventKind::Play, at, log, 0);
        }
    }

    fn pause(&mut self, at: &Sample, log: &mut Log) {
        // A video pauses at its end, which is not the viewer's doing.
        if !at.ended {
            self.count(Count::Pauses);
            self.happen(EventKind::Pause, at, log, 0);
            if at.paused && self.state != State::Seeking {
                self.enter(State::Paused, at, log);
            }
        }
    }

    fn begin_seek(&mut self, at: &Sample, log: &mut Log) {
        if self.state == State::Playing {
            self.count_played(self.departure_ms(at), at, log);
        }
        // What told of the end of a stall may have told of the place after the loop already.
        let at_an_end =
            self.position_ms < NEAR_MS || self.position_ms + NEAR_MS >= self.duration_ms;
        let loops = at.looping && at_an_end;
        let replays = self.state == State::Ended && !at.paused;
        let goes_round = (loops || replays) && at.position_ms < NEAR_MS;
        // A source is told where to begin, after an error or where the viewer was before, also where the browser does not play by itself; and an engine may step over a gap.
        let waits = matches!(self.state, State::Rebuffering | State::Starting)
            || (self.state == State::Paused && !self.has_started());
        let finds_its_place = waits && at.position_ms.abs_diff(self.position_ms) < NEAR_MS;
        if self.state != State::Seeking && !finds_its_place && !goes_round {
            self.count(Count::Seeks);
            self.happen(EventKind::SeekStart, at, log, 0);
            self.seek_counts = true;
        }
        self.seek_open = true;
        self.position_ms = at.position_ms;
        self.enter(State::Seeking, at, log);
    }

    fn end_seek(&mut self, at: &Sample, log: &mut Log) {
        if at.seeking {
            return;
        }
        if self.seek_counts {
            self.seek_counts = false;
            self.happen(EventKind::SeekEnd, at, log, 0);
        }
        if self.state == State::Seeking {
            if at.paused {
                self.enter(State::Paused, at, log);
            } else if at.ready {
                self.enter(State::Playing, at, log);
            }
        }
    }

    fn starve(&mut self, at: &Sample, log: &mut Log) {
        if self.state == State::Playing && self.has_started() && !at.ready && !at.ended {
            self.count(Count::Rebuffers);
            self.enter(State::Rebuffering, at, log);
            self.happen(EventKind::BufferStart, at, log, 0);
        }
    }

    fn end(&mut self, at: &Sample, log: &mut Log) {
        if self.state != State::Ended {
            self.count(Count::Ended);
            self.enter(State::Ended, at, log);
            self.happen(EventKind::End, at, log, 0);
        }
    }

    fn happen(&mut self, kind: EventKind, at: &Sample, log: &mut Log, value: u32) {
        self.changed = true;
        log.add_of_session(kind, at.now_ms, &self.id, self.position_ms, value);
    }

    /// Changes the state and adds up how long the last one took.
    fn enter(&mut self, state: State, at: &Sample, log: &mut Log) {
        if self.state == State::Rebuffering
            && self.counted(Count::Rebuffers) > 0
            && state != State::Rebuffering
        {
            self.happen(EventKind::BufferEnd, at, log, 0);
        }
        (self.playing_ms, self.rebuffering_ms) = self.spent_ms(at.now_ms);
        self.since_ms = at.now_ms;
        self.behind_ms = 0;
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

    /// The next snapshot, as the beacons of a flush carry it.
    pub(crate) fn snapshot(&mut self, now_ms: u32, flush: u32) -> Json {
        self.seq += 1;
        self.sent_in = flush;
        let (playing_ms, rebuffering_ms) = self.spent_ms(now_ms);
        let mut json = Json::default();
        json.raw("{");
        json.text("id", &self.id);
        json.count("seq", self.seq);
        json.count("elapsed_ms", now_ms.saturating_sub(self.began_ms));
        json.comma();
        json.text.extend_from_slice(&self.about.text);
        json.text("state", name(&STATE_NAMES, self.state as usize));
        json.text("reason", name(&REASON_NAMES, self.reason as usize));
        json.count("position_ms", self.position_ms);
        json.count("duration_ms", self.duration_ms);
        if self.startup_ms != NEVER {
            json.count("startup_ms", self.startup_ms);
        }
        if self.started_ms != NEVER {
            json.count("started_ms", self.started_ms);
        }
        let mut counts = self.counts.iter();
        for name in COUNTS {
            json.count(name, counts.next().copied().unwrap_or_default());
        }
        json.count("playing_ms", playing_ms);
        json.count("played_ms", self.played.sum_ms());
        json.count("rebuffering_ms", rebuffering_ms);
        json.key("played");
        json.raw("[");
        for part in self.played.parts() {
            json.comma();
            json.raw("[");
            json.number(part.from_ms);
            json.number(part.to_ms);
            json.number(part.times);
            json.raw("]");
        }
        json.raw("]}");
        json
    }
}

/// `value` times a factor given in thousandths.
fn scale(value: u32, milli: u32) -> u32 {
    (u64::from(value) * u64::from(milli) / 1000) as u32
}
