//! A page view: one life of a page, with its placements and sessions. Its id lives in memory only.

use crate::beacon::{Beacons, EVENTS, PLACEMENTS, SESSIONS};
use crate::event::{EventKind, Log};
use crate::flush::{Facts, NEVER, due_ms};
use crate::id::Id;
use crate::json::Json;
use crate::placement::Placement;
use crate::session::{Media, Sample, Session, State};
use alloc::vec::Vec;
use core::mem::take;

/// One life of a page.
#[derive(Debug)]
pub struct PageView {
    /// The first fields of every beacon that do not change, as JSON.
    about: Json,
    /// Beacons so far.
    n: u32,
    /// Flushes so far.
    flushes: u32,
    placements: Vec<Placement>,
    sessions: Vec<Session>,
    log: Log,
    shown_ms: u32,
    sent_ms: u32,
}

impl PageView {
    /// A page view that begins at `now_ms`. `language` is what the look-up wished for, in UTF-8; `widget` and `engine` are the version and kind of the widget.
    #[must_use]
    pub fn new(id: &Id, language: &[u8], widget: &str, engine: &str, now_ms: u32) -> Self {
        let mut about = Json::default();
        about.raw("{\"v\":1");
        about.text("page_view", id);
        about.text("widget", widget.as_bytes());
        about.text("engine", engine.as_bytes());
        about.text("language", language);
        Self {
            about,
            n: 0,
            flushes: 0,
            placements: Vec::new(),
            sessions: Vec::new(),
            log: Log {
                json: Json::default(),
                began_ms: now_ms,
                changed_ms: NEVER,
                urgent: false,
                happened: 0,
                percent: 0,
            },
            shown_ms: NEVER,
            sent_ms: NEVER,
        }
    }

    /// Adds a placement; returns its number.
    pub fn place(&mut self, placement: Placement) -> usize {
        self.placements.push(placement);
        self.placements.len() - 1
    }

    /// Something happened to a placement: it was shown, became viewable, was opened, closed, or its product went into the cart.
    pub fn happen(&mut self, placement: usize, kind: EventKind, now_ms: u32) {
        let Some(place) = self.placements.get_mut(placement) else {
            return;
        };
        match kind {
            EventKind::Impression => {
                place.shown += 1;
                self.shown_ms = self.shown_ms.min(now_ms);
            }
            EventKind::Viewable => place.viewable = 1,
            EventKind::Open => place.opened += 1,
            EventKind::Cart => place.cart += 1,
            _ => {}
        }
        place.changed = true;
        self.log.add(kind, now_ms, "placement", &place.id, NEVER, 0);
    }

    /// Begins a session of a placement, by its number, which is the one that [`PageView::media`] speaks of from now on.
    pub fn begin(&mut self, placement: usize, session: Session) {
        if let Some(place) = self.placements.get(placement) {
            self.sessions.push(session.of(&place.id));
        }
    }

    /// The position of the session that was begun last, by which the caller finds [`Sample::played_end_ms`].
    #[must_use]
    pub fn position_ms(&self) -> u32 {
        self.sessions.last().map_or(0, Session::position_ms)
    }

    /// The media element of the last session told something. A session that is spent ends, and one that goes on begins, by the name of `spare`.
    pub fn media(&mut self, media: Media, at: &Sample, spare: &Id) {
        if let Some(session) = self.sessions.last_mut() {
            session.on(media, at, &mut self.log);
            if session.is_spent(at.now_ms) {
                let next = session.renew(spare, at, &mut self.log);
                self.sessions.push(next);
            }
        }
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
            all_viewable: self
                .placements
                .iter()
                .all(|place| place.viewable >= place.shown.min(1)),
            sent_ms: self.sent_ms,
            changed_ms: self.log.changed_ms,
            urgent: self.log.urgent,
            // Of several sessions only the last can play.
            playing: self
                .sessions
                .last()
                .is_some_and(|session| session.state() == State::Playing),
        })
    }

    /// Writes everything that changed since the last time, as one beacon or, when there is too much for one, several; `send` takes their bodies. Nothing
    /// is written when nothing has changed, or nothing was ever shown. Returns the flush's number, which [`PageView::lost`] wants to know.
    pub fn flush(
        &mut self,
        now_ms: u32,
        new_id: &dyn Fn() -> Id,
        send: &mut dyn FnMut(Json),
    ) -> u32 {
        if self.shown_ms == NEVER {
            return 0;
        }
        self.flushes += 1;
        self.sent_ms = now_ms;
        let mut beacons = Beacons {
            about: &self.about,
            new_id,
            elapsed_ms: now_ms.saturating_sub(self.log.began_ms),
            n: self.n,
            send,
            json: Json::default(),
            lists: 0,
        };
        if self.log.changed_ms != NEVER {
            beacons.add(EVENTS, &self.log.json);
        }
        for place in &mut self.placements {
            if place.changed {
                beacons.add(PLACEMENTS, &place.snapshot(now_ms, self.flushes));
            }
        }
        for session in &mut self.sessions {
            if session.changed {
                beacons.add(SESSIONS, &session.snapshot(now_ms, self.flushes));
            }
        }
        beacons.finish();
        self.n = beacons.n;
        self.log.json.text.clear();
        (self.log.changed_ms, self.log.urgent) = (NEVER, false);
        self.flushes
    }

    /// The beacons of a flush did not arrive: what they carried is told again with the next one. Nothing is sent because of it, so a blocker is not hammered.
    pub fn lost(&mut self, flush: u32) {
        for place in &mut self.placements {
            place.changed |= place.sent_in == flush;
        }
        for session in &mut self.sessions {
            session.changed |= session.sent_in == flush;
        }
    }
}
