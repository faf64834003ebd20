//! A page view: one life of a page, with its placements and sessions. Its id lives in memory only.

use crate::beacon::{Header, beacons};
use crate::event::{Event, EventKind};
use crate::flush::{Facts, due_ms};
use crate::json::Json;
use crate::placement::Placement;
use crate::session::{Media, Sample, Session, State};
use alloc::string::String;
use alloc::vec::Vec;
use core::mem::take;

/// Between two beacons no more events than this are kept. Figures do not come from events, so only the order of a very busy second suffers.
const MAX_EVENTS: usize = 100;

/// One beacon to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beacon {
    /// Its number in the page view: what [`PageView::lost`] wants to know.
    pub n: u32,
    /// Its body.
    pub body: String,
}

/// One life of a page.
#[derive(Debug)]
pub struct PageView {
    id: String,
    language: String,
    began_ms: u32,
    n: u32,
    placements: Vec<Placement>,
    sessions: Vec<Session>,
    events: Vec<Event>,
    shown_ms: Option<u32>,
    sent_ms: Option<u32>,
    changed_ms: Option<u32>,
    urgent: bool,
}

impl PageView {
    /// A page view that begins at `now_ms`. `language` is what the look-up wished for.
    #[must_use]
    pub fn new(id: String, language: String, now_ms: u32) -> Self {
        Self {
            id,
            language,
            began_ms: now_ms,
            n: 0,
            placements: Vec::new(),
            sessions: Vec::new(),
            events: Vec::new(),
            shown_ms: None,
            sent_ms: None,
            changed_ms: None,
            urgent: false,
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
            EventKind::Impression => place.shown += 1,
            EventKind::Viewable => place.viewable = 1,
            EventKind::Open => place.opened += 1,
            EventKind::Cart => place.cart += 1,
            _ => {}
        }
        place.changed = true;
        let event = Event {
            at_ms: now_ms.saturating_sub(self.began_ms),
            kind,
            placement: place.id.clone(),
            session: String::new(),
            position_ms: 0,
            rate_milli: 0,
            muted: false,
            message: String::new(),
        };
        if kind == EventKind::Impression {
            self.shown_ms.get_or_insert(now_ms);
        }
        self.note(event, false, now_ms);
    }

    /// Adds a session; returns its number.
    pub fn begin(&mut self, session: Session) -> usize {
        self.changed_ms.get_or_insert(session.began_ms);
        self.sessions.push(session);
        self.sessions.len() - 1
    }

    /// The media element of a session told something. Returns what happened thereby. When the session is spent it ends, and its number is
    /// that of the one that goes on (`renewal_id` names it).
    pub fn media(
        &mut self,
        number: &mut usize,
        media: Media,
        at: &Sample,
        muted: bool,
        message: &str,
        renewal_id: &mut dyn FnMut() -> String,
    ) -> Vec<EventKind> {
        let mut happened = Vec::new();
        let Some(session) = self.sessions.get_mut(*number) else {
            return happened;
        };
        let began = session.has_started();
        session.on(media, at, &mut happened);
        let started_now = !began && session.has_started();
        let (placement, id, position_ms) = (
            session.placement.clone(),
            session.id.clone(),
            session.position_ms,
        );
        if session.is_spent(at.now_ms) && session.state != State::Quit {
            let next = session.renewed(renewal_id(), at.now_ms);
            session.on(Media::Quit, at, &mut Vec::new());
            *number = self.begin(next);
        }
        for &kind in &happened {
            let event = Event {
                at_ms: at.now_ms.saturating_sub(self.began_ms),
                kind,
                placement: placement.clone(),
                session: id.clone(),
                position_ms,
                rate_milli: at.rate_milli,
                muted,
                message: String::from(message),
            };
            self.note(event, started_now, at.now_ms);
        }
        happened
    }

    fn note(&mut self, event: Event, started_now: bool, now_ms: u32) {
        self.urgent |= event.kind.is_urgent(started_now);
        self.changed_ms.get_or_insert(now_ms);
        if self.events.len() < MAX_EVENTS {
            self.events.push(event);
        }
    }

    /// A session, for its state and position.
    #[must_use]
    pub fn session(&self, number: usize) -> Option<&Session> {
        self.sessions.get(number)
    }

    /// A placement.
    #[must_use]
    pub fn placement(&self, number: usize) -> Option<&Placement> {
        self.placements.get(number)
    }

    /// When the next beacon is due: see [`due_ms`].
    #[must_use]
    pub fn due_ms(&self) -> Option<u32> {
        due_ms(&Facts {
            shown_ms: self.shown_ms,
            all_viewable: self
                .placements
                .iter()
                .all(|place| place.viewable >= place.shown.min(1)),
            sent_ms: self.sent_ms,
            changed_ms: self.changed_ms,
            urgent: self.urgent,
            playing: self
                .sessions
                .iter()
                .any(|session| session.state == State::Playing),
        })
    }

    /// Whether anything has changed that no beacon has carried, and may be sent.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.shown_ms.is_some()
            && (self.changed_ms.is_some()
                || self.placements.iter().any(|place| place.changed)
                || self.sessions.iter().any(|session| session.changed))
    }

    /// Writes everything that changed since the last time, as one beacon or, when there is too much for one, several.
    pub fn flush(
        &mut self,
        now_ms: u32,
        widget: &str,
        engine: &str,
        next_id: &mut dyn FnMut() -> String,
    ) -> Vec<Beacon> {
        if self.shown_ms.is_none() {
            return Vec::new();
        }
        let n = self.n + 1;
        let mut entries = Vec::new();
        let mut entry = |list: usize, write: &dyn Fn(&mut Json)| {
            let mut json = Json::default();
            write(&mut json);
            entries.push((list, json.text));
        };
        for place in self.placements.iter_mut().filter(|place| place.changed) {
            (place.seq, place.changed, place.sent_in) = (place.seq + 1, false, n);
            entry(1, &|json| place.snapshot(now_ms).write(json));
        }
        for session in self
            .sessions
            .iter_mut()
            .filter(|session| session.changed || session.state == State::Playing)
        {
            (session.seq, session.changed, session.sent_in) = (session.seq + 1, false, n);
            entry(2, &|json| session.snapshot(now_ms).write(json));
        }
        for event in take(&mut self.events) {
            entry(0, &|json| event.write(json));
        }
        (self.sent_ms, self.changed_ms, self.urgent) = (Some(now_ms), None, false);
        let header = Header {
            page_view: &self.id,
            elapsed_ms: now_ms.saturating_sub(self.began_ms),
            widget,
            engine,
            language: &self.language,
        };
        let bodies = beacons(&header, n, &entries, next_id);
        self.n += bodies.len() as u32;
        bodies.into_iter().map(|body| Beacon { n, body }).collect()
    }

    /// A beacon did not arrive: what it carried is told again with the next one. Nothing is sent because of it, so a blocker is not hammered.
    pub fn lost(&mut self, n: u32) {
        for place in self
            .placements
            .iter_mut()
            .filter(|place| place.sent_in == n)
        {
            place.changed = true;
        }
        for session in self
            .sessions
            .iter_mut()
            .filter(|session| session.sent_in == n)
        {
            session.changed = true;
        }
    }
}
