//! The player: at most one open dialog, and the sessions of the page view in it.

use crate::dialog::{Dialog, MEDIA_EVENTS};
use crate::message::*;
use crate::style::CSS;
use shelfreel_browser::{
    BROKEN, CSSStyleSheet, CustomEvent, Js, LOST, Resident, new_id, parse,
    player::{AGAIN, HIDDEN, LEAVE, PLAY, UNMOUNT},
    text, written,
};
use shelfreel_playback::{EventKind, Media, NEVER, Reason, Report, Session};

/// What of a session the page is told.
const SAID: [(EventKind, &str); 4] = [
    (EventKind::Play, "shelfreel:play"),
    (EventKind::PercentProgress, "shelfreel:progress"),
    (EventKind::End, "shelfreel:ended"),
    (EventKind::Error, "shelfreel:error"),
];

/// From a frame's layout until it is on the screen, also of a slow phone.
const LAYOUT_TO_SCREEN_MS: u32 = 100;

pub(crate) struct Player {
    /// From the loader: `{window, hook, view, send, player}`, of which the last is the button's.
    context: Js,
    window: Js,
    sheet: CSSStyleSheet,
    /// What the loader calls the page view that the dialog was opened in.
    view: Js,
    report: Report<Session>,
    /// The placement of the element that the dialog belongs to.
    placement: Js,
    dialog: Option<Dialog>,
    /// The answer whose film was closed before its end, which of its films that was, and where: there it goes on.
    left: Option<(Js, u32, u32)>,
}

impl Resident for Player {
    fn new(context: Js) -> Self {
        let window = context.get("window");
        let sheet = CSSStyleSheet::new();
        sheet.replace(CSS);
        Self {
            // Until something is played there is nothing to report.
            report: Report::new(0),
            view: context.clone(),
            placement: context.clone(),
            window,
            context,
            sheet,
            dialog: None,
            left: None,
        }
    }

    /// Handles one message, and then does what has become due.
    fn handle(&mut self, kind: u32, subject: &Js, detail: &Js) {
        let now_ms = self.window.get("performance").now() as u32;
        if let Some(dialog) = &mut self.dialog {
            // A film that plays may be one that no frame shows, or a page's that lets nobody observe sizes.
            let plays = kind == TIME_UPDATE;
            if plays || now_ms >= dialog.complete_from_ms {
                dialog.complete(plays);
            }
            if kind == LAID_OUT {
                dialog.complete_from_ms = dialog.complete_from_ms.min(now_ms + LAYOUT_TO_SCREEN_MS);
            }
        }
        match kind {
            BROKEN => drop(self.dialog.take()),
            PLAY => self.play(subject, detail, now_ms),
            UNMOUNT => self.unmount(subject, now_ms),
            HIDDEN => self.flush(true, now_ms),
            LEAVE => self.leave(now_ms),
            TAP => self.tap(subject, now_ms),
            // Held down on the button, it would go on to press what has the focus here.
            KEY if subject.flag("repeat") && subject.get("key") == text("Enter") => {
                subject.prevent_default();
            }
            CLOSE => {
                // As in `tap`, which the dialog that is gone does not hear of.
                subject.prevent_default();
                self.close(now_ms);
            }
            NEXT => self.turn(1, Reason::Next, now_ms),
            PREVIOUS => self.turn(u32::MAX, Reason::Previous, now_ms),
            RETRY if self.dialog.as_ref().is_some_and(|dialog| dialog.stuck) => self.retry(now_ms),
            AGAIN => self.again(subject, now_ms),
            REFUSED => self.media(Media::Refused, now_ms),
            LOST.. => self.report.lost(kind - LOST),
            _ => {
                if let Some((_, media)) = MEDIA_EVENTS.get(kind.wrapping_sub(MEDIA) as usize) {
                    self.media(*media, now_ms);
                }
            }
        }
        // A page that takes the dialog out, or hides it, says nothing.
        if self
            .dialog
            .as_ref()
            .is_some_and(|dialog| !dialog.stands(kind == LAID_OUT))
        {
            self.close(now_ms);
        }
        self.settle(now_ms);
    }
}

impl Player {
    /// Opens the dialog and plays the first video. The tap was a moment ago; browsers let it play with sound for some seconds after it.
    fn play(&mut self, host: &Js, answer: &Js, now_ms: u32) {
        self.close(now_ms);
        self.enter(answer, now_ms);
        let (mut index, mut position_ms) = (0, 0);
        if let Some((left, of, at_ms)) = self.left.take()
            && left == *answer
        {
            (index, position_ms) = (of, at_ms);
        }
        let dialog = Dialog::new(host, answer, &self.sheet, &self.window, &self.context);
        self.dialog = Some(dialog);
        // The shopper has waited since the tap, also for the player itself; or since the page view began, where that was later.
        let tapped_ms = answer.count("tapped_ms").max(self.view.count("began_ms"));
        self.show(index, position_ms, Reason::Tap, tapped_ms);
        if let Some(dialog) = &self.dialog {
            dialog.focus();
        }
        self.say("shelfreel:open");
    }

    /// What follows belongs to the page view, and the placement, that an answer tells of.
    fn enter(&mut self, answer: &Js, now_ms: u32) {
        let view = answer.get("view");
        if view != self.view {
            self.flush(false, now_ms);
            self.report = Report::new(view.count("began_ms"));
            self.view = view;
        }
        self.placement = answer.get("placement");
    }

    /// A session ends with its page view, by its true age, and another goes on in the one that has begun.
    fn again(&mut self, how: &Js, now_ms: u32) {
        let mut next = None;
        if let Some(dialog) = &self.dialog
            && let Some(sample) = dialog.sample(now_ms, self.report.position_ms())
        {
            let placement = dialog.answer.get("placement");
            let session = self.session(&dialog.film(), &placement, Reason::Renewed, now_ms);
            next = self
                .report
                .hand_over(session, &sample)
                .zip(Some(dialog.answer.clone()));
        }
        self.flush(false, now_ms.saturating_add(how.count("slept_ms")));
        if let Some((next, answer)) = next {
            self.enter(&answer, now_ms);
            self.report.begin(next);
        }
    }

    fn unmount(&mut self, host: &Js, now_ms: u32) {
        if self.dialog.as_ref().map(|dialog| &dialog.host) == Some(host) {
            self.close(now_ms);
        }
    }

    fn leave(&mut self, now_ms: u32) {
        self.close(now_ms);
        self.flush(true, now_ms);
    }

    /// Puts the video of that number on, from a position, and begins its session.
    fn show(&mut self, index: u32, position_ms: u32, reason: Reason, now_ms: u32) {
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        let film = dialog.show(index, position_ms, &self.window, &self.context);
        let session = self.session(&film, &self.placement, reason, now_ms);
        self.report.begin(session.from(position_ms));
    }

    /// A session of a film that begins now.
    fn session(&self, film: &Js, placement: &Js, reason: Reason, now_ms: u32) -> Session {
        Session::new(
            new_id(&self.window),
            [
                &placement.utf8(),
                &film.get("why").get("code").utf8(),
                &film.get("id").utf8(),
                &film.get("language").utf8(),
            ],
            reason,
            film.count("duration_ms"),
            now_ms,
        )
    }

    /// Goes on to a neighbour, if there is one on that side.
    fn turn(&mut self, by: u32, reason: Reason, now_ms: u32) {
        let Some(dialog) = &self.dialog else { return };
        let index = dialog.index.wrapping_add(by);
        if dialog.has(index) {
            self.media(Media::Quit, now_ms);
            self.show(index, 0, reason, now_ms);
        }
    }

    fn media(&mut self, media: Media, now_ms: u32) {
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        let position_ms = self.report.position_ms();
        let Some(sample) = dialog.sample(now_ms, position_ms) else {
            return;
        };
        let spare = new_id(&self.window);
        let tell = |report: &mut Report<Session>, media| report.media(media, &sample, &spare);
        if media == Media::Error && position_ms > 0 && !self.window.get("navigator").flag("onLine")
        {
            // The film can be played, but not now: it goes on when the network is back.
            dialog.stuck = true;
            tell(&mut self.report, Media::Waiting);
        } else {
            tell(&mut self.report, media);
            // From where it came to, which the error itself has told.
            if media == Media::Error
                && dialog.recover(self.report.position_ms(), &self.window, &self.context)
            {
                tell(&mut self.report, Media::Recover);
            }
        }
        let happened = self.report.take_happened();
        for (kind, name) in SAID {
            if happened >> kind as u32 & 1 == 1 {
                self.say(name);
            }
        }
    }

    /// Tries again what could not be played: when asked to, or when the network is back.
    fn retry(&mut self, now_ms: u32) {
        self.media(Media::Recover, now_ms);
        if let Some(dialog) = &mut self.dialog {
            dialog.retry(self.report.position_ms(), &self.window, &self.context);
        }
    }

    fn tap(&mut self, event: &Js, now_ms: u32) {
        let (target, dialog) = (event.get("target"), event.get("currentTarget"));
        // No link follows it that the element may stand in. (The browser's own controls do nothing more when they are told so.)
        if target.get("controls").is_absent() {
            event.prevent_default();
        }
        // On the dialog itself and not on something in it: that is beside it. (Not by `closedby`, which would take the second half of a double click on the button for one.)
        if target == dialog && dialog.matches(":modal") && event.count("detail") < 2 {
            self.close(now_ms);
        }
    }

    fn close(&mut self, now_ms: u32) {
        self.media(Media::Quit, now_ms);
        if self.dialog.is_some() {
            self.report.close(&self.placement.utf8(), now_ms);
            self.say("shelfreel:close");
        }
        if let Some(dialog) = self.dialog.take() {
            self.left = dialog.left(self.report.position_ms());
        }
    }

    /// Tells the page, by an event on the element.
    fn say(&self, name: &str) {
        let Some(dialog) = &self.dialog else { return };
        let options = parse("{\"bubbles\":true,\"composed\":true,\"detail\":{}}");
        let detail = options.get("detail");
        detail.set("video", &dialog.film().get("id"));
        detail.set("position_ms", &self.report.position_ms().into());
        detail.set("percent", &self.report.percent().into());
        dialog.host.dispatch(&CustomEvent::new(name, &options));
    }

    // Beacons

    /// Does what is due, and sets the timer for what will be.
    fn settle(&mut self, now_ms: u32) {
        if self.report.due_ms() <= now_ms {
            self.flush(false, now_ms);
        }
        let next_ms = match &self.dialog {
            Some(dialog) => self.report.due_ms().min(dialog.complete_ms().max(now_ms)),
            None => NEVER,
        };
        // As a number with a sign, never is before now.
        self.context.wake(next_ms.wrapping_sub(now_ms) as i32);
    }

    /// Writes what has changed; `leaving` when the page may be gone before an answer comes.
    fn flush(&mut self, leaving: bool, now_ms: u32) {
        self.media(Media::TimeUpdate, now_ms);
        self.report
            .flush(now_ms, &|| new_id(&self.window), &mut |beacon, flush| {
                self.context
                    .send(&self.view, written(&beacon.text), leaving, flush);
            });
    }
}
