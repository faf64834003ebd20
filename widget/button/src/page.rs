//! The page: its mounts, and the page view that counts what happens to them.

use crate::message::*;
use crate::mount::{Mount, Observer};
use crate::style::CSS;
use alloc::vec::Vec;
use core::mem::take;
use shelfreel_browser::{
    CSSStyleSheet, Js, Listeners, Mail, Resident, Timer, View, new_id, parse, player, text,
};
use shelfreel_playback::{EventKind, Json, NEVER, Placement, Report};
use wasm_bindgen::JsValue;

/// What the page's life is watched with while there is a button.
struct Watch {
    observer: Observer,
    _listeners: Listeners,
}

/// The player's module.
#[derive(PartialEq)]
enum Player {
    Absent,
    Loading,
    /// The function that tells it something.
    Ready(Js),
}

pub(crate) struct Page {
    /// From the loader: `{window, hook, url, engine, player}`.
    context: Js,
    window: Js,
    document: Js,
    sheet: CSSStyleSheet,
    view: View,
    report: Report<Placement>,
    /// The path and query of the address that the page view began at.
    address: [Js; 2],
    mounts: Vec<Mount>,
    player: Player,
    watch: Option<Watch>,
    timer: Option<Timer>,
    /// Beacons to be sent when the message is handled: by `sendBeacon` when the page is being left.
    bodies: Vec<Json>,
    leaving: bool,
    flush: u32,
}

impl Resident for Page {
    fn new(context: Js) -> Self {
        let window = context.get("window");
        let sheet = CSSStyleSheet::new();
        sheet.replace(CSS);
        // Until the first mount there is nothing to report.
        let view = View::new(&context, &text(""), 0);
        Self {
            document: window.get("document"),
            report: view.report(),
            view,
            // No address yet: neither is a path.
            address: [context.clone(), context.clone()],
            window,
            context,
            sheet,
            mounts: Vec::new(),
            player: Player::Absent,
            watch: None,
            timer: None,
            bodies: Vec::new(),
            leaving: false,
            flush: 0,
        }
    }

    /// Handles one message, and then does what has become due.
    fn handle(&mut self, kind: u32, subject: &Js, detail: &Js) {
        let now_ms = self.window.get("performance").now() as u32;
        match kind {
            MOUNT => self.mount(subject, detail, now_ms),
            UNMOUNT => self.unmount(subject, now_ms),
            CART => self.cart(subject, now_ms),
            TICK => drop(self.timer.take()),
            SEEN => self.seen(subject, now_ms),
            VISIBILITY => self.visibility(subject, now_ms),
            LEAVE => self.leave(subject, now_ms),
            BACK => self.back(subject, now_ms),
            NEAR => self.near(),
            OPEN => self.open(&subject.get("currentTarget"), now_ms),
            READY => self.ready(subject, now_ms),
            FAILED => self.failed(),
            SENT.. => self.sent(kind - SENT, subject),
            _ => {}
        }
        self.settle(now_ms);
    }

    fn mail(&mut self) -> Mail {
        Mail {
            window: self.window.clone(),
            url: self.context.get("url"),
            bodies: take(&mut self.bodies),
            leaving: self.leaving,
            hook: self.context.hook(SENT + self.flush),
        }
    }
}

impl Page {
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
        self.mounts
            .push(Mount::new(host, answer, &self.sheet, &self.context));
        // A single-page shop's navigation begins a new page view.
        let location = self.window.get("location");
        let address = [location.get("pathname"), location.get("search")];
        if address == self.address {
            self.place(self.mounts.len() - 1, now_ms);
        } else {
            self.address = address;
            self.begin_view(now_ms);
        }
    }

    /// Begins a page view, in which every mount has a placement.
    fn begin_view(&mut self, now_ms: u32) {
        self.flush(false, now_ms);
        if let Some(mount) = self.mounts.last() {
            self.view = View::new(&self.context, &mount.answer.get("language"), now_ms);
            self.report = self.view.report();
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
        let code = videos.item(0).get("why").get("code").utf8();
        let mut placement = Placement::new(new_id(&self.window), &code, "button", now_ms);
        for video in videos.items() {
            placement.video(&video.get("id").utf8());
        }
        let Some(mount) = self.mounts.get_mut(number) else {
            return;
        };
        mount.placement = self.report.place(placement);
        (mount.shown, mount.viewable, mount.in_view_ms) = (false, false, NEVER);
        if let Some(watch) = &self.watch {
            // Anew, so that it tells at once what it sees.
            watch.observer.0.unobserve(&mount.button);
            watch.observer.0.observe(&mount.button);
        }
    }

    fn unmount(&mut self, host: &Js, now_ms: u32) {
        self.tell_player(player::UNMOUNT, host);
        if let Some(place) = self.mounts.iter().position(|mount| mount.host == *host) {
            drop(self.mounts.swap_remove(place));
        }
        if self.mounts.is_empty() {
            self.flush(false, now_ms);
            drop(self.watch.take());
        }
    }

    // What is seen of them

    fn seen(&mut self, entries: &Js, now_ms: u32) {
        for entry in entries.items() {
            let target = entry.get("target");
            for mount in &mut self.mounts {
                if mount.button == target {
                    mount.half_in_view = entry.number("intersectionRatio") >= 0.5;
                    mount.has_room = entry.get("boundingClientRect").number("width") > 0.0;
                }
            }
        }
        self.look(now_ms);
    }

    fn visibility(&mut self, event: &Js, now_ms: u32) {
        self.look(now_ms);
        if !self.is_visible() {
            self.tell_player(player::HIDDEN, event);
            self.flush(true, now_ms);
        }
    }

    fn leave(&mut self, event: &Js, now_ms: u32) {
        // Whoever comes back does not find that a player opens by itself.
        for mount in &mut self.mounts {
            mount.wait(false);
        }
        self.tell_player(player::LEAVE, event);
        self.flush(true, now_ms);
    }

    /// Looks again which buttons are shown, and which are in view.
    fn look(&mut self, now_ms: u32) {
        let visible = self.is_visible();
        for mount in &mut self.mounts {
            mount.look(visible, now_ms);
            if visible && mount.has_room && !mount.shown {
                mount.shown = true;
                self.report
                    .happen(mount.placement, EventKind::Impression, now_ms);
            }
        }
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
        let none: Js = JsValue::NULL.into();
        let is_said = |name| {
            let said = item.get(name);
            !said.is_undefined() && said != none
        };
        let any = !NAMES.into_iter().any(is_said);
        for mount in &self.mounts {
            let is_it = |name| is_said(name) && item.get(name) == mount.host.attribute(name);
            if any || NAMES.into_iter().any(is_it) {
                self.report.happen(mount.placement, EventKind::Cart, now_ms);
            }
        }
    }

    // The player

    /// Has the player loaded, so that it is there when the tap comes.
    fn near(&mut self) {
        if self.player == Player::Absent {
            self.player = Player::Loading;
            self.context
                .player()
                .then(&self.context.hook(READY), &self.context.hook(FAILED));
        }
    }

    /// Of several taps while the player is being loaded the last one counts.
    fn open(&mut self, button: &Js, now_ms: u32) {
        for mount in &mut self.mounts {
            mount.wait(mount.button == *button);
        }
        self.near();
        self.play(now_ms);
    }

    fn ready(&mut self, player: &Js, now_ms: u32) {
        self.player = Player::Ready(player.clone());
        self.play(now_ms);
    }

    /// The next tap tries again, and the button says so: also to who does not see it.
    fn failed(&mut self) {
        self.player = Player::Absent;
        for mount in &mut self.mounts {
            if mount.waits {
                mount.wait(false);
                mount.button.set_attribute("aria-live", "polite");
                mount.say("retry");
            }
        }
    }

    /// Plays what was tapped, once the player is there, and only then counts it as opened.
    fn play(&mut self, now_ms: u32) {
        let tapped = self.mounts.iter_mut().find(|mount| mount.waits);
        let (Some(mount), Player::Ready(player)) = (tapped, &self.player) else {
            return;
        };
        mount.wait(false);
        let detail = parse("{}");
        detail.set("answer", &mount.answer);
        detail.set("view", &self.view.0);
        if let Some(id) = self.report.id(mount.placement) {
            detail.set_id("placement", id);
        }
        player.call(&self.window, player::PLAY, &mount.host, &detail);
        self.report.happen(mount.placement, EventKind::Open, now_ms);
    }

    fn tell_player(&self, kind: u32, subject: &Js) {
        if let Player::Ready(player) = &self.player {
            player.call(&self.window, kind, subject, subject);
        }
    }

    // Beacons

    /// Does what is due, and sets the timer for what will be.
    fn settle(&mut self, now_ms: u32) {
        let mut next_ms = NEVER;
        for mount in &mut self.mounts {
            let due_ms = mount.viewable_due_ms();
            if due_ms <= now_ms {
                mount.viewable = true;
                self.report
                    .happen(mount.placement, EventKind::Viewable, now_ms);
            } else {
                next_ms = next_ms.min(due_ms);
            }
        }
        if self.report.due_ms() <= now_ms {
            self.flush(false, now_ms);
        }
        next_ms = next_ms.min(self.report.due_ms());
        if self.mounts.is_empty() {
            next_ms = NEVER;
        }
        Timer::set(
            &mut self.timer,
            &self.window,
            &self.context.hook(TICK),
            next_ms,
            now_ms,
        );
    }

    /// Writes what has changed; `leaving` when the page may be gone before an answer comes.
    fn flush(&mut self, leaving: bool, now_ms: u32) {
        self.leaving = leaving;
        self.flush = self
            .report
            .flush(now_ms, &|| self.view.name(&self.window), &mut |body| {
                self.bodies.push(body);
            });
    }

    /// What became of a flush's beacon: an answer, or an error, which is not `ok` either.
    fn sent(&mut self, flush: u32, answer: &Js) {
        if !answer.flag("ok") {
            self.report.lost(flush);
        }
    }
}
