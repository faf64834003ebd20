//! The page: its mounts, at most one open player, and the page view that counts what happens to them.

use crate::dom::{CSSStyleSheet, CustomEvent, Js, Utf8, parse};
use crate::held::{Listeners, Observer, Timer};
use crate::mail::Mail;
use crate::message::*;
use crate::mount::Mount;
use crate::player::{MEDIA as MEDIA_EVENTS, Player};
use crate::style::CSS;
use alloc::vec::Vec;
use core::mem::take;
use shelfreel_playback::{
    EventKind, Id, Json, Media, NEVER, PageView, Placement, Reason, Session, encode_id,
};

/// What of a session the page is told.
const SAID: [(EventKind, &str); 4] = [
    (EventKind::Play, "shelfreel:play"),
    (EventKind::PercentProgress, "shelfreel:progress"),
    (EventKind::End, "shelfreel:ended"),
    (EventKind::Error, "shelfreel:error"),
];

/// What the page's life is watched with while there is a button.
struct Watch {
    observer: Observer,
    _listeners: Listeners,
}

pub(crate) struct Page {
    /// From the loader: `{window, hook, url}`.
    context: Js,
    window: Js,
    document: Js,
    sheet: CSSStyleSheet,
    view: PageView,
    /// The path and query of the address that the page view began at.
    address: [Js; 2],
    mounts: Vec<Mount>,
    player: Option<Player>,
    watch: Option<Watch>,
    timer: Option<Timer>,
    /// Beacons to be sent when all messages are handled: by `sendBeacon` when the page is being left.
    bodies: Vec<Json>,
    leaving: bool,
    flush: u32,
}

impl Page {
    pub(crate) fn new(context: Js) -> Self {
        let window = context.get("window");
        let sheet = CSSStyleSheet::new();
        sheet.replace(CSS);
        Self {
            document: window.get("document"),
            view: new_view(&window, &[], 0),
            // No address yet: neither is a path.
            address: [context.clone(), context.clone()],
            window,
            context,
            sheet,
            mounts: Vec::new(),
            player: None,
            watch: None,
            timer: None,
            bodies: Vec::new(),
            leaving: false,
            flush: 0,
        }
    }

    /// Handles one message, and then does what has become due.
    pub(crate) fn handle(&mut self, kind: u32, subject: &Js, detail: &Js) {
        let now_ms = self.window.get("performance").now() as u32;
        match kind {
            MOUNT => self.mount(subject, detail, now_ms),
            UNMOUNT => self.unmount(subject, now_ms),
            CART => self.cart(subject, now_ms),
            TICK => self.timer = None,
            SEEN => self.seen(subject, now_ms),
            VISIBILITY => self.visibility(now_ms),
            LEAVE => self.leave(now_ms),
            BACK => self.back(subject, now_ms),
            OPEN => self.open(subject, now_ms),
            TAP => self.tap(subject, now_ms),
            CLOSE => self.close(now_ms),
            NEXT => self.turn(1, Reason::Next, now_ms),
            PREVIOUS => self.turn(u32::MAX, Reason::Previous, now_ms),
            RETRY => self.retry(now_ms),
            SENT.. => self.sent(kind - SENT, subject),
            _ => {
                if let Some((_, media)) = MEDIA_EVENTS.get(kind.wrapping_sub(MEDIA) as usize) {
                    self.media(*media, now_ms);
                }
            }
        }
        self.settle(now_ms);
    }

    fn is_visible(&self) -> bool {
        !self.document.flag("hidden")
    }

    // Elements

    fn mount(&mut self, host: &Js, answer: &Js, now_ms: u32) {
        if self.watch.is_none() {
            let listeners = Listeners::new();
            listeners.add(
                &self.document,
                "visibilitychange",
                &self.context.hook(VISIBILITY),
            );
            listeners.add(&self.window, "pagehide", &self.context.hook(LEAVE));
            listeners.add(&self.window, "pageshow", &self.context.hook(BACK));
            let observer = Observer::new(&self.context.hook(SEEN));
            self.watch = Some(Watch {
                observer,
                _listeners: listeners,
            });
        }
        self.mounts.push(Mount::new(
            host,
            answer,
            &self.sheet,
            &self.context.hook(OPEN),
        ));
        // A single-page shop's navigation begins a new page view.
        let location = self.window.get("location");
        let address = [location.get("pathname"), location.get("search")];
        if address != self.address && self.player.is_none() {
            self.address = address;
            self.begin_view(now_ms);
        } else {
            self.place(self.mounts.len() - 1, now_ms);
        }
    }

    /// Begins a page view, in which every mount has a placement.
    fn begin_view(&mut self, now_ms: u32) {
        self.flush(false, now_ms);
        if let Some(mount) = self.mounts.last() {
            self.view = new_view(&self.window, &self.utf8(&mount.answer, "language"), now_ms);
        }
        for number in 0..self.mounts.len() {
            self.place(number, now_ms);
        }
    }

    /// Begins a mount's placement.
    fn place(&mut self, number: usize, now_ms: u32) {
        let Some(mount) = self.mounts.get(number) else {
            return;
        };
        let videos = mount.videos();
        let code = self.utf8(&videos.item(0).get("why"), "code");
        let mut placement = Placement::new(new_id(&self.window), &code, "button", now_ms);
        for video in videos.items() {
            placement.video(&self.utf8(&video, "id"));
        }
        let Some(mount) = self.mounts.get_mut(number) else {
            return;
        };
        mount.placement = self.view.place(placement);
        (mount.shown, mount.viewable, mount.in_view_ms) = (false, false, NEVER);
        if let Some(watch) = &self.watch {
            // Anew, so that it tells at once what it sees.
            watch.observer.0.unobserve(&mount.button);
            watch.observer.0.observe(&mount.button);
        }
    }

    /// A text field, in UTF-8.
    fn utf8(&self, thing: &Js, key: &str) -> Utf8 {
        thing.get(key).utf8(&self.context.get("encoder"))
    }

    fn unmount(&mut self, host: &Js, now_ms: u32) {
        if self
            .player
            .as_ref()
            .is_some_and(|player| player.host == *host)
        {
            self.close(now_ms);
        }
        if let Some(place) = self.mounts.iter().position(|mount| mount.host == *host)
            && let Some(last) = self.mounts.pop()
            && let Some(gone) = self.mounts.get_mut(place)
        {
            *gone = last;
        }
        if self.mounts.is_empty() {
            self.flush(false, now_ms);
            self.watch = None;
        }
    }

    // What is seen of them

    fn seen(&mut self, entries: &Js, now_ms: u32) {
        let visible = self.is_visible();
        for entry in entries.items() {
            let target = entry.get("target");
            for mount in self
                .mounts
                .iter_mut()
                .filter(|mount| mount.button == target)
            {
                mount.half_in_view = entry.number("intersectionRatio") >= 0.5;
                mount.look(visible, now_ms);
                if visible && !mount.shown && entry.get("boundingClientRect").number("width") > 0.0
                {
                    mount.shown = true;
                    self.view
                        .happen(mount.placement, EventKind::Impression, now_ms);
                }
            }
        }
    }

    fn visibility(&mut self, now_ms: u32) {
        let visible = self.is_visible();
        for mount in &mut self.mounts {
            mount.look(visible, now_ms);
        }
        if !visible {
            self.flush(true, now_ms);
        }
    }

    fn leave(&mut self, now_ms: u32) {
        self.close(now_ms);
        self.flush(true, now_ms);
    }

    fn back(&mut self, event: &Js, now_ms: u32) {
        // From the back/forward cache: a new life of the page.
        if event.flag("persisted") {
            self.begin_view(now_ms);
        }
    }

    /// Counts for every mount that has the product's code as an attribute; where the shop says nothing of the product, for all.
    fn cart(&mut self, item: &Js, now_ms: u32) {
        const NAMES: [&str; 3] = ["gtin", "sku", "mpn"];
        let any = NAMES.into_iter().all(|name| item.get(name).is_undefined());
        for mount in &self.mounts {
            if any
                || NAMES
                    .into_iter()
                    .any(|name| item.get(name) == mount.host.attribute(name))
            {
                self.view.happen(mount.placement, EventKind::Cart, now_ms);
            }
        }
    }

    // The player

    fn open(&mut self, event: &Js, now_ms: u32) {
        self.close(now_ms);
        let button = event.get("currentTarget");
        if let Some(mount) = self.mounts.iter().find(|mount| mount.button == button) {
            self.view.happen(mount.placement, EventKind::Open, now_ms);
            self.player = Some(Player::new(mount, &self.window, &self.context));
            self.show(0, Reason::Tap, now_ms);
            self.say("shelfreel:open");
        }
    }

    /// Puts the video of that number on and begins its session.
    fn show(&mut self, index: u32, reason: Reason, now_ms: u32) {
        let Some(player) = &mut self.player else {
            return;
        };
        let film = player.show(index, &self.window, &self.context);
        let placement = player.placement;
        let (video, language) = (self.utf8(&film, "id"), self.utf8(&film, "language"));
        let session = Session::new(
            new_id(&self.window),
            &video,
            &language,
            reason,
            film.count("duration_ms"),
            now_ms,
        );
        self.view.begin(placement, session);
    }

    fn turn(&mut self, by: u32, reason: Reason, now_ms: u32) {
        self.media(Media::Quit, now_ms);
        if let Some(player) = &self.player {
            self.show(player.index.wrapping_add(by), reason, now_ms);
        }
    }

    fn media(&mut self, media: Media, now_ms: u32) {
        let Some(player) = &mut self.player else {
            return;
        };
        let position_ms = self.view.position_ms();
        let Some(sample) = player.sample(now_ms, position_ms) else {
            return;
        };
        let spare = new_id(&self.window);
        self.view.media(media, &sample, &spare);
        if media == Media::Error && player.recover(position_ms, &self.window, &self.context) {
            self.view.media(Media::Recover, &sample, &spare);
        }
        let happened = self.view.take_happened();
        for (kind, name) in SAID {
            if happened >> kind as u32 & 1 == 1 {
                self.say(name);
            }
        }
    }

    fn retry(&mut self, now_ms: u32) {
        self.media(Media::Recover, now_ms);
        if let Some(player) = &mut self.player {
            player.retry(self.view.position_ms(), &self.window, &self.context);
        }
    }

    fn tap(&mut self, event: &Js, now_ms: u32) {
        // On the dialog itself and not on something in it: that is beside it, for where `closedby` is not known.
        if event.get("target") == event.get("currentTarget") {
            self.close(now_ms);
        }
    }

    fn close(&mut self, now_ms: u32) {
        self.media(Media::Quit, now_ms);
        if let Some(player) = &self.player {
            self.view.happen(player.placement, EventKind::Close, now_ms);
            self.say("shelfreel:close");
            self.player = None;
        }
    }

    /// Tells the page, by an event on the element.
    fn say(&self, name: &str) {
        let Some(player) = &self.player else { return };
        let options = parse("{\"bubbles\":true,\"composed\":true,\"detail\":{}}");
        let detail = options.get("detail");
        detail.set("video", &player.film().get("id"));
        detail.set("position_ms", &self.view.position_ms().into());
        detail.set("percent", &self.view.percent().into());
        player.host.dispatch(&CustomEvent::new(name, &options));
    }

    // Beacons

    /// Does what is due, and sets the timer for what will be.
    fn settle(&mut self, now_ms: u32) {
        let mut next_ms = NEVER;
        for mount in &mut self.mounts {
            let due_ms = mount.viewable_due_ms();
            if due_ms <= now_ms {
                mount.viewable = true;
                self.view
                    .happen(mount.placement, EventKind::Viewable, now_ms);
            } else {
                next_ms = next_ms.min(due_ms);
            }
        }
        if self.view.due_ms() <= now_ms {
            self.flush(false, now_ms);
        }
        next_ms = next_ms.min(self.view.due_ms());
        if self.mounts.is_empty() || next_ms == NEVER {
            self.timer = None;
        } else if self
            .timer
            .as_ref()
            .is_none_or(|timer| timer.due_ms != next_ms)
        {
            self.timer = Some(Timer::new(
                &self.window,
                &self.context.hook(TICK),
                next_ms,
                now_ms,
            ));
        }
    }

    /// Writes what has changed; `leaving` when the page may be gone before an answer comes.
    fn flush(&mut self, leaving: bool, now_ms: u32) {
        self.media(Media::TimeUpdate, now_ms);
        self.leaving = leaving;
        self.flush = self
            .view
            .flush(now_ms, &|| new_id(&self.window), &mut |body| {
                self.bodies.push(body);
            });
    }

    /// The beacons that have been written.
    pub(crate) fn mail(&mut self) -> Mail {
        Mail {
            window: self.window.clone(),
            url: self.context.get("url"),
            bodies: take(&mut self.bodies),
            leaving: self.leaving,
            hook: self.context.hook(SENT + self.flush),
        }
    }

    /// What became of a flush's beacon: an answer, or an error, which is not `ok` either.
    fn sent(&mut self, flush: u32, answer: &Js) {
        if !answer.flag("ok") {
            self.view.lost(flush);
        }
    }
}

fn new_view(window: &Js, language: &[u8], now_ms: u32) -> PageView {
    PageView::new(
        &new_id(window),
        language,
        env!("CARGO_PKG_VERSION"),
        "wasm",
        now_ms,
    )
}

fn new_id(window: &Js) -> Id {
    let mut bytes = [0; 16];
    window.get("crypto").random(&mut bytes);
    encode_id(&bytes)
}
