//! The page: its mounts, at most one open player, and the page view that counts what happens to them.

use crate::dom::{CSSStyleSheet, CustomEvent, Js, parse};
use crate::held::{Listeners, Observer, Timer};
use crate::message::*;
use crate::mount::Mount;
use crate::player::{MEDIA as MEDIA_EVENTS, Player};
use crate::style::CSS;
use alloc::string::String;
use alloc::vec::Vec;
use shelfreel_playback::{EventKind, Json, Media, PageView, Placement, Reason, Session, encode_id};

/// What the page's life is watched for while there is a button.
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
    view: Option<PageView>,
    /// The address that the page view began at.
    address: String,
    mounts: Vec<Mount>,
    player: Option<Player>,
    watch: Option<Watch>,
    timer: Option<Timer>,
}

impl Page {
    pub(crate) fn new(context: Js) -> Self {
        let window = context.get("window");
        let sheet = CSSStyleSheet::new();
        sheet.replace(CSS);
        Self {
            document: window.get("document"),
            window,
            context,
            sheet,
            view: None,
            address: String::new(),
            mounts: Vec::new(),
            player: None,
            watch: None,
            timer: None,
        }
    }

    /// Handles one message, and then does what has become due.
    pub(crate) fn handle(&mut self, kind: u32, subject: &Js, detail: &Js) {
        let now_ms = self.now_ms();
        match kind {
            MOUNT => self.mount(subject, detail, now_ms),
            UNMOUNT => self.unmount(subject, now_ms),
            CART => self.cart(subject, now_ms),
            TICK => self.timer = None,
            SEEN => self.seen(subject, now_ms),
            VISIBILITY => self.visibility(now_ms),
            LEAVE => self.leave(now_ms),
            BACK => self.back(subject, now_ms),
            OPEN => self.open(&subject.get("currentTarget"), now_ms),
            BESIDE => self.beside(subject, now_ms),
            CLOSE => self.close(now_ms),
            NEXT => self.turn(1, Reason::Next, now_ms),
            PREVIOUS => self.turn(u32::MAX, Reason::Previous, now_ms),
            RETRY => self.retry(now_ms),
            SENT.. => self.sent(kind - SENT, subject),
            _ => {
                if let Some((_, media)) = kind
                    .checked_sub(MEDIA)
                    .and_then(|place| MEDIA_EVENTS.get(place as usize))
                {
                    self.media(*media, now_ms);
                }
            }
        }
        self.settle(now_ms);
    }

    fn now_ms(&self) -> u32 {
        self.window.get("performance").now() as u32
    }

    fn is_visible(&self) -> bool {
        !self.document.flag("hidden")
    }

    fn new_id(&self) -> String {
        new_id(&self.window)
    }

    // Elements

    fn mount(&mut self, host: &Js, answer: &Js, now_ms: u32) {
        self.unmount(host, now_ms);
        self.navigate(answer, now_ms);
        self.watch();
        let mut mount = Mount::new(host, answer, &self.sheet, &self.context.hook(OPEN));
        self.place(&mut mount, now_ms);
        self.mounts.push(mount);
    }

    /// Begins a page view, unless there is one of this address: a single-page shop's navigation begins a new one.
    fn navigate(&mut self, answer: &Js, now_ms: u32) {
        let location = self.window.get("location");
        let address = location.word("pathname") + &location.word("search");
        if self.player.is_some() || self.view.is_some() && address == self.address {
            return;
        }
        self.address = address;
        self.begin_view(answer.word("language"), now_ms);
    }

    fn begin_view(&mut self, language: String, now_ms: u32) {
        self.flush(false, now_ms);
        self.view = Some(PageView::new(self.new_id(), language, now_ms));
        let mut mounts = core::mem::take(&mut self.mounts);
        for mount in &mut mounts {
            self.place(mount, now_ms);
        }
        self.mounts = mounts;
    }

    /// Begins the mount's placement.
    fn place(&mut self, mount: &mut Mount, now_ms: u32) {
        let code = mount.videos().item(0).get("why").word("code");
        let placement = Placement::new(
            self.new_id(),
            code,
            mount.ids(),
            String::from("button"),
            now_ms,
        );
        if let Some(view) = &mut self.view {
            mount.placement = view.place(placement);
        }
        (mount.shown, mount.viewable, mount.in_view_ms) = (false, false, None);
        if let Some(watch) = &self.watch {
            // Anew, so that it tells at once what it sees.
            watch.observer.0.unobserve(&mount.button);
            watch.observer.0.observe(&mount.button);
        }
    }

    fn watch(&mut self) {
        if self.watch.is_some() {
            return;
        }
        let listeners = Listeners::new();
        listeners.add(
            &self.document,
            "visibilitychange",
            &self.context.hook(VISIBILITY),
        );
        listeners.add(&self.window, "pagehide", &self.context.hook(LEAVE));
        listeners.add(&self.window, "pageshow", &self.context.hook(BACK));
        self.watch = Some(Watch {
            observer: Observer::new(&self.context.hook(SEEN)),
            _listeners: listeners,
        });
    }

    fn unmount(&mut self, host: &Js, now_ms: u32) {
        let Some(place) = self.mounts.iter().position(|mount| mount.host == *host) else {
            return;
        };
        if self
            .player
            .as_ref()
            .is_some_and(|player| player.host == *host)
        {
            self.close(now_ms);
        }
        let mount = self.mounts.swap_remove(place);
        if let Some(watch) = &self.watch {
            watch.observer.0.unobserve(&mount.button);
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
            let Some(mount) = self.mounts.iter_mut().find(|mount| mount.button == target) else {
                continue;
            };
            mount.half_in_view = entry.number("intersectionRatio") >= 0.5;
            mount.in_view_ms = Some(now_ms).filter(|_| mount.half_in_view && visible);
            if visible && !mount.shown && entry.get("boundingClientRect").number("width") > 0.0 {
                mount.shown = true;
                if let Some(view) = &mut self.view {
                    view.happen(mount.placement, EventKind::Impression, now_ms);
                }
            }
        }
    }

    fn visibility(&mut self, now_ms: u32) {
        let visible = self.is_visible();
        for mount in &mut self.mounts {
            mount.in_view_ms = Some(now_ms).filter(|_| mount.half_in_view && visible);
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
            let language = self
                .mounts
                .first()
                .map(|mount| mount.answer.word("language"));
            self.begin_view(language.unwrap_or_default(), now_ms);
        }
    }

    fn cart(&mut self, item: &Js, now_ms: u32) {
        let Some(view) = &mut self.view else { return };
        let only = self.mounts.len() == 1;
        for mount in &self.mounts {
            let names = || {
                ["gtin", "sku", "mpn"]
                    .into_iter()
                    .filter_map(|name| Some((name, item.text(name)?)))
            };
            let same = |(name, code): (&str, String)| {
                mount
                    .host
                    .attribute(name)
                    .is_some_and(|codes| is_among(&code, &codes))
            };
            if names().any(same) || (only && names().next().is_none()) {
                view.happen(mount.placement, EventKind::Cart, now_ms);
            }
        }
    }

    // The player

    fn open(&mut self, button: &Js, now_ms: u32) {
        self.close(now_ms);
        let Some(mount) = self.mounts.iter().find(|mount| mount.button == *button) else {
            return;
        };
        self.player = Some(Player::new(mount, &self.window, &self.context));
        if let Some(view) = &mut self.view {
            view.happen(mount.placement, EventKind::Open, now_ms);
        }
        self.show(0, Reason::Tap, now_ms);
        self.say("open", EventKind::Open);
    }

    /// Puts the video of that number on and begins its session.
    fn show(&mut self, index: u32, reason: Reason, now_ms: u32) {
        let id = self.new_id();
        let (Some(view), Some(player)) = (&mut self.view, &mut self.player) else {
            return;
        };
        let Some(mount) = self.mounts.iter().find(|mount| mount.host == player.host) else {
            return;
        };
        let Some(placement) = view.placement(mount.placement) else {
            return;
        };
        let film = mount.videos().item(index);
        let session = Session::new(
            id,
            placement.id.clone(),
            film.word("id"),
            film.word("language"),
            reason,
            film.count("duration_ms"),
            now_ms,
        );
        let session = view.begin(session);
        player.show(mount, index, session, &self.window, &self.context);
    }

    fn turn(&mut self, by: u32, reason: Reason, now_ms: u32) {
        let Some(index) = self
            .player
            .as_ref()
            .map(|player| player.index.wrapping_add(by))
        else {
            return;
        };
        self.media(Media::Quit, now_ms);
        self.show(index, reason, now_ms);
    }

    fn media(&mut self, media: Media, now_ms: u32) {
        let window = &self.window;
        let (Some(view), Some(player)) = (&mut self.view, &mut self.player) else {
            return;
        };
        let Some(screen) = &mut player.screen else {
            return;
        };
        let last_ms = view.session(screen.session).map_or(0, Session::position_ms);
        let sample = screen.sample(now_ms, last_ms);
        let message = if media == Media::Error {
            screen.video.get("error").word("message")
        } else {
            String::new()
        };
        let muted = screen.video.flag("muted");
        let happened = view.media(
            &mut screen.session,
            media,
            &sample,
            muted,
            &message,
            &mut || new_id(window),
        );
        if media == Media::Error {
            let resumes = screen.try_next(last_ms, &self.context);
            if resumes {
                view.media(
                    &mut screen.session,
                    Media::Recover,
                    &sample,
                    muted,
                    "",
                    &mut || new_id(window),
                );
            } else {
                player.fail();
            }
        }
        for kind in happened {
            match kind {
                EventKind::Play => self.say("play", kind),
                EventKind::PercentProgress(_) => self.say("progress", kind),
                EventKind::End => self.say("ended", kind),
                EventKind::Error => self.say("error", kind),
                _ => {}
            }
        }
    }

    fn retry(&mut self, now_ms: u32) {
        self.media(Media::Recover, now_ms);
        let context = &self.context;
        if let Some(player) = &mut self.player {
            player.retry(context);
        }
    }

    fn beside(&mut self, event: &Js, now_ms: u32) {
        if event.get("target") == event.get("currentTarget") {
            self.close(now_ms);
        }
    }

    fn close(&mut self, now_ms: u32) {
        self.media(Media::Quit, now_ms);
        let Some(host) = self.player.as_ref().map(|player| player.host.clone()) else {
            return;
        };
        let placement = self
            .mounts
            .iter()
            .find(|mount| mount.host == host)
            .map(|mount| mount.placement);
        if let (Some(view), Some(placement)) = (&mut self.view, placement) {
            view.happen(placement, EventKind::Close, now_ms);
        }
        self.say("close", EventKind::Close);
        self.player = None;
    }

    /// Tells the page, by an event on the element.
    fn say(&self, name: &str, kind: EventKind) {
        let Some(player) = &self.player else { return };
        let session = player
            .screen
            .as_ref()
            .zip(self.view.as_ref())
            .and_then(|(screen, view)| view.session(screen.session));
        let mut json = Json::default();
        json.open('{');
        json.flag("bubbles", true);
        json.flag("composed", true);
        json.key("detail");
        json.open('{');
        if let Some(session) = session {
            json.text("video", session.video());
            json.count("position_ms", session.position_ms());
        }
        if let EventKind::PercentProgress(percent) = kind {
            json.count("percent", percent);
        }
        json.close('}');
        json.close('}');
        let name = String::from("shelfreel:") + name;
        player
            .host
            .dispatch(&CustomEvent::new(&name, &parse(&json.text)));
    }

    // Beacons

    /// Does what is due, and sets the timer for what will be.
    fn settle(&mut self, now_ms: u32) {
        let Some(view) = &mut self.view else { return };
        for mount in &mut self.mounts {
            if mount
                .viewable_due_ms()
                .is_some_and(|due_ms| due_ms <= now_ms)
            {
                mount.viewable = true;
                view.happen(mount.placement, EventKind::Viewable, now_ms);
            }
        }
        if view.due_ms().is_some_and(|due_ms| due_ms <= now_ms) {
            self.flush(false, now_ms);
        }
        let viewable = self.mounts.iter().filter_map(Mount::viewable_due_ms);
        let next = viewable
            .chain(self.view.as_ref().and_then(PageView::due_ms))
            .min();
        if self.mounts.is_empty() {
            self.timer = None;
        } else if next != self.timer.as_ref().map(|timer| timer.due_ms) {
            let hook = self.context.hook(TICK);
            self.timer = next.map(|due_ms| Timer::new(&self.window, &hook, due_ms, now_ms));
        }
    }

    /// Sends what has changed; `leaving` when the page may be gone before an answer comes.
    fn flush(&mut self, leaving: bool, now_ms: u32) {
        self.media(Media::TimeUpdate, now_ms);
        let window = &self.window;
        let Some(view) = &mut self.view else { return };
        if !view.has_news() {
            return;
        }
        let url = self.context.word("url");
        for beacon in view.flush(now_ms, env!("CARGO_PKG_VERSION"), "wasm", &mut || {
            new_id(window)
        }) {
            if leaving {
                // It says yes even when a blocker drops the beacon: there is nobody left to tell.
                let _ = window.get("navigator").send_beacon(&url, &beacon.body);
                continue;
            }
            let init = parse(
                "{\"method\":\"POST\",\"keepalive\":true,\"credentials\":\"omit\",\"priority\":\"low\"}",
            );
            init.set_text("body", &beacon.body);
            let hook = self.context.hook(SENT + beacon.n);
            match window.fetch(&url, &init) {
                Ok(promise) => promise.then(&hook, &hook),
                Err(_) => view.lost(beacon.n),
            }
        }
    }

    /// What became of a beacon: an answer, or an error, which is not `ok` either.
    fn sent(&mut self, n: u32, answer: &Js) {
        if let (Some(view), false) = (&mut self.view, answer.flag("ok")) {
            view.lost(n);
        }
    }
}

fn new_id(window: &Js) -> String {
    let mut bytes = [0; 16];
    window.get("crypto").random(&mut bytes);
    encode_id(&bytes)
}

/// Whether a code is one of those in an attribute, joined by `|`; zeros in front and spaces around do not count.
fn is_among(one: &str, list: &str) -> bool {
    let bare = |code: &str| String::from(code.trim().trim_start_matches('0'));
    list.split('|').any(|other| bare(other) == bare(one))
}
