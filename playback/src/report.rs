//! Reports of a page view, which is one life of a page and whose id lives in memory only: the button reports its placements, the player its sessions.

use crate::beacon::{Beacons, EVENTS, PLACEMENTS, SESSIONS};
use crate::event::{EventKind, Log, of_placement};
use crate::flush::{Facts, NEVER, due_ms};
use crate::id::Id;
use crate::json::Json;
use crate::placement::Placement;
use crate::session::{Media, Sample, Session, State};
use alloc::vec::Vec;
use core::mem::take;

/// What beacons carry snapshots of.
pub(crate) trait Snapshots {
    /// The beacon's list that they stand in.
    const LIST: usize;

    /// What has changed since the last snapshot.
    fn changed(&mut self) -> &mut bool;

    /// The flush that carried the last snapshot, 0 for none.
    fn sent_in(&self) -> u32;

    /// The next snapshot, as the beacons of a flush carry it.
    fn snapshot(&mut self, now_ms: u32, flush: u32) -> Json;
}

impl Snapshots for Placement {
    const LIST: usize = PLACEMENTS;

    fn changed(&mut self) -> &mut bool {
        &mut self.changed
    }

    fn sent_in(&self) -> u32 {
        self.sent_in
    }

    fn snapshot(&mut self, now_ms: u32, flush: u32) -> Json {
        self.snapshot(now_ms, flush)
    }
}

impl Snapshots for Session {
    const LIST: usize = SESSIONS;

    fn changed(&mut self) -> &mut bool {
        &mut self.changed
    }

    fn sent_in(&self) -> u32 {
        self.sent_in
    }

    fn snapshot(&mut self, now_ms: u32, flush: u32) -> Json {
        self.snapshot(now_ms, flush)
    }
}

/// What is told of one page view: of its placements (`Report<Placement>`), or of its sessions (`Report<Session>`).
#[derive(Debug)]
pub struct Report<T> {
    /// Flushes so far.
    flushes: u32,
    told: Vec<T>,
    log: Log,
    shown_ms: u32,
    sent_ms: u32,
}

impl<T> Report<T> {
    /// A report of the page view that began at `began_ms`.
    #[must_use]
    pub fn new(began_ms: u32) -> Self {
        Self {
            flushes: 0,
            told: Vec::new(),
            log: Log {
                json: Json::default(),
                began_ms,
                changed_ms: NEVER,
                urgent: false,
                happened: 0,
                percent: 0,
            },
            shown_ms: NEVER,
            sent_ms: NEVER,
        }
    }
}

#[expect(
    private_bounds,
    reason = "reports are of placements or of sessions, and of nothing else"
)]
impl<T: Snapshots> Report<T> {
    /// Writes everything that changed since the last time, as one beacon or, when there is too much for one, several. Nothing
    /// is written when nothing has changed, or nothing was ever shown. `name` gives each beacon its id; `send` takes them, with the flush's number, which
    /// [`Report::lost`] wants to know. What they lack, [`MAX_ABOUT_BYTES`](crate::MAX_ABOUT_BYTES) at most, is an object's beginning:
    /// the version, the page view, the beacon's number in it, what the look-up wished for, and by what it was measured.
    pub fn flush(&mut self, now_ms: u32, name: &dyn Fn() -> Id, send: &mut dyn FnMut(Json, u32)) {
        if self.shown_ms == NEVER {
            return;
        }
        self.flushes += 1;
        self.sent_ms = now_ms;
        let flush = self.flushes;
        let mut beacons = Beacons {
            name,
            elapsed_ms: now_ms.saturating_sub(self.log.began_ms),
            send: &mut |json| send(json, flush),
            json: Json::default(),
            lists: 0,
        };
        if self.log.changed_ms != NEVER {
            beacons.add(EVENTS, &self.log.json);
        }
        for one in &mut self.told {
            if take(one.changed()) {
                beacons.add(T::LIST, &one.snapshot(now_ms, flush));
            }
        }
        beacons.finish();
        self.log.json.text.clear();
        (self.log.changed_ms, self.log.urgent) = (NEVER, false);
    }

    /// The beacons of a flush did not arrive: what they carried is told again with the next one. Nothing is sent because of it, so a blocker is not hammered.
    pub fn lost(&mut self, flush: u32) {
        for one in &mut self.told {
            if one.sent_in() == flush {
                *one.changed() = true;
            }
        }
    }
}

impl Report<Placement> {
    /// Adds a placement; returns its number.
    pub fn place(&mut self, placement: Placement) -> usize {
        self.told.push(placement);
        self.told.len() - 1
    }

    /// Something happened to a placement: it was shown, became viewable, was opened, or its product went into the cart.
    pub fn happen(&mut self, placement: usize, kind: EventKind, now_ms: u32) {
        let Some(place) = self.told.get_mut(placement) else {
            return;
        };
        match kind {
            EventKind::Impression => {
                place.shown += 1;
                self.shown_ms = self.shown_ms.min(now_ms);
            }
            EventKind::Viewable => place.viewable = 1,
            EventKind::Open => place.opened += 1,
            EventKind::Cart => place.cart(now_ms),
            _ => {}
        }
        place.changed = true;
        let of = ("placement", &place.id[..]);
        self.log.add(of_placement(kind), now_ms, of, |_| {});
    }

    /// When the next beacon is due: see [`due_ms`].
    #[must_use]
    pub fn due_ms(&self) -> u32 {
        due_ms(Facts {
            shown_ms: self.shown_ms,
            all_viewable: self
                .told
                .iter()
                .all(|place| place.viewable >= place.shown.min(1)),
            sent_ms: self.sent_ms,
            changed_ms: self.log.changed_ms,
            urgent: self.log.urgent,
            playing: false,
        })
    }
}

impl Report<Session> {
    /// Begins a session, which is the one that [`Report::media`] speaks of from now on.
    pub fn begin(&mut self, session: Session) {
        let began_ms = session.began_ms();
        self.shown_ms = self.shown_ms.min(began_ms);
        self.log.changed_ms = self.log.changed_ms.min(began_ms);
        self.log.percent = 0;
        self.told.push(session);
    }

    /// The player of a placement, by its id, was closed.
    pub fn close(&mut self, placement: &[u8], now_ms: u32) {
        let of = ("placement", placement);
        self.log
            .add(of_placement(EventKind::Close), now_ms, of, |_| {});
    }

    /// The position of the session that was begun last, by which the caller finds [`Sample::played_end_ms`].
    #[must_use]
    pub fn position_ms(&self) -> u32 {
        self.told.last().map_or(0, Session::position_ms)
    }

    /// The media element of the last session told something. A session that is spent ends, and one that goes on begins, by the name of `spare`.
    pub fn media(&mut self, media: Media, at: &Sample, spare: &Id) {
        if let Some(session) = self.told.last_mut() {
            session.on(media, at, &mut self.log);
            if session.is_spent(at.now_ms) {
                let next = session.again(spare, at.now_ms);
                let next = session.renew(next, at, &mut self.log);
                self.told.push(next);
            }
        }
    }

    /// The page view ends while something is on: so does the last session. Returns `next`, which goes on where that was, for the report of the page view that begins.
    #[must_use]
    pub fn hand_over(&mut self, next: Session, at: &Sample) -> Option<Session> {
        let session = self.told.last_mut()?;
        Some(session.renew(next, at, &mut self.log))
    }

    /// What has happened since this was last asked, as bits by [`EventKind`].
    pub fn take_happened(&mut self) -> u32 {
        take(&mut self.log.happened)
    }

    /// Which percent of its video the session has passed last, of those that events tell: 10, 25, 50, 75 or 95.
    #[must_use]
    pub fn percent(&self) -> u32 {
        self.log.percent
    }

    /// When the next beacon is due: see [`due_ms`].
    #[must_use]
    pub fn due_ms(&self) -> u32 {
        due_ms(Facts {
            shown_ms: self.shown_ms,
            // The first beacon waits for the content start, which is told at once.
            all_viewable: false,
            sent_ms: self.sent_ms,
            changed_ms: self.log.changed_ms,
            urgent: self.log.urgent,
            // Of several sessions only the last can play.
            playing: self
                .told
                .last()
                .is_some_and(|session| session.state() == State::Playing),
        })
    }
}
