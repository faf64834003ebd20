//! The page: its mounts, and the page view that counts what happens to them.

use crate::message::*;
use crate::mount::Mount;
use crate::style::CSS;
use alloc::vec::Vec;
use core::mem::swap;
use shelfreel_browser::{CSSStyleSheet, Js, LOST, Listeners, Resident, new_id, player, written};
use shelfreel_playback::{EventKind, NEVER, Placement, Report};

/// The player's module, by how much less a tap or a pointer has to do for it.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Player {
    Absent,
    Ready,
    /// It is on its way, or will say in a moment that it is there.
    Loading,
}

pub(crate) struct Page {
    /// From the loader: `{window, hook, view, send, player}`.
    context: Js,
    window: Js,
    document: Js,
    sheet: CSSStyleSheet,
    /// What the loader calls the page view.
    view: Js,
    report: Report<Placement>,
    /// The address that the page view began at, without its fragment.
    address: Js,
    mounts: Vec<Mount>,
    player: Player,
    /// The page's life is listened to while there is a button.
    life: Option<Listeners>,
}

impl Resident for Page {
    fn new(context: Js) -> Self {
        let window = context.get("window");
        let sheet = CSSStyleSheet::new();
        sheet.replace(CSS);
        Self {
            document: window.get("document"),
            // The first mount begins a page view; until then there is nothing to report.
            view: context.clone(),
            report: Report::new(0),
            // No address yet.
            address: context.clone(),
            window,
            context,
            sheet,
            mounts: Vec::new(),
            player: Player::Absent,
            life: None,
        }
    }

    /// Handles one message, and then does what has become due.
    fn handle(&mut self, kind: u32, subject: &Js, detail: &Js) {
        let now_ms = self.window.get("performance").now() as u32;
        match kind {
            MOUNT => self.mount(subject, detail, now_ms),
            UNMOUNT => self.unmount(subject, now_ms),
            CART => self.cart(subject, now_ms),
            SEEN => self.seen(subject, now_ms),
            VISIBILITY => self.visibility(subject, now_ms),
            LEAVE => self.hide(player::LEAVE, subject, now_ms),
            BACK => self.back(subject, now_ms),
            NEAR => self.load(Player::Absent),
            OPEN => self.open(subject, now_ms),
            READY => self.ready(now_ms),
            FAILED => self.failed(),
            REST => self.rest(),
            LOST.. => self.report.lost(kind - LOST),
            _ => {}
        }
        self.settle(now_ms);
    }
}

impl Page {
    fn is_visible(&self) -> bool {
        !self.document.flag("hidden")
    }

    // Elements

    fn mount(&mut self, host: &Js, answer: &Js, now_ms: u32) {
        if self.life.is_none() {
            let listeners = Listeners::new();
            listeners.add(
                &self.document,
                "visibilitychange",
                &self.context.hook(VISIBILITY),
            );
            listeners.add(&self.window, "pagehide", &self.context.hook(LEAVE));
            listeners.add(&self.window, "pageshow", &self.context.hook(BACK));
            self.life = Some(listeners);
        }
        self.mounts
            .push(Mount::new(host, answer, &self.sheet, &self.context));
        // A single-page shop's navigation begins a new page view.
        let address = self.now_at();
        if address == self.address {
            self.place(self.mounts.len() - 1, now_ms);
        } else {
            self.address = address;
            self.begin_view(now_ms, 0);
        }
    }

    /// The address that the page is at.
    fn now_at(&self) -> Js {
        let href = self.window.get("location").get("href");
        href.split("#").item(0)
    }

    /// Begins a page view, in which every mount has a placement. What is left to tell of the one before is told by its true age, of which the clock may have `slept_ms`.
    fn begin_view(&mut self, now_ms: u32, slept_ms: u32) {
        self.flush(false, now_ms.saturating_add(slept_ms));
        if let Some(mount) = self.mounts.last() {
            let language = mount.answer.get("language");
            let id = new_id(&self.window);
            self.view = self.context.view(written(&id), &language, now_ms);
            self.report = Report::new(now_ms);
        } else {
            // The next mount begins one, also at the same address.
            self.address = self.context.clone();
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
        let id = new_id(&self.window);
        let mut placement = Placement::new(id, &code, mount.layout, now_ms);
        for video in videos.items() {
            placement.video(&video.get("id").utf8());
        }
        let Some(mount) = self.mounts.get_mut(number) else {
            return;
        };
        mount.placement = self.report.place(placement);
        mount.answer.set("view", &self.view);
        mount.answer.set_id("placement", &id);
        (mount.shown, mount.viewable, mount.in_view_ms) = (false, false, NEVER);
        self.context.watch(&mount.trigger.element);
    }

    fn unmount(&mut self, host: &Js, now_ms: u32) {
        self.tell_player(player::UNMOUNT, host);
        if let Some(place) = self.mounts.iter().position(|mount| mount.host == *host)
            && let Some(mut mount) = self.mounts.pop()
        {
            // The last one takes its place. (Not by `swap_remove`, which brings along what it would say where there is none.)
            if let Some(gone) = self.mounts.get_mut(place) {
                swap(gone, &mut mount);
            }
            self.context.unwatch(&mount.trigger.element);
        }
        // Who comes back to it has been elsewhere meanwhile.
        if self.now_at() != self.address {
            self.address = self.context.clone();
        }
        if self.mounts.is_empty() {
            self.flush(false, now_ms);
            drop(self.life.take());
        }
    }

    // What is seen of them

    fn seen(&mut self, entries: &Js, now_ms: u32) {
        for entry in entries.items() {
            let target = entry.get("target");
            for mount in &mut self.mounts {
                if mount.trigger.element == target {
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
            self.hide(player::HIDDEN, event, now_ms);
        }
    }

    /// The page is hidden, or left. Nothing begins to play where nobody looks, nor for whoever comes back from elsewhere.
    fn hide(&mut self, kind: u32, event: &Js, now_ms: u32) {
        self.rest();
        self.tell_player(kind, event);
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
        // From the back/forward cache, or from sleep: a new life of the page.
        if event.flag("persisted") {
            self.begin_view(now_ms, event.count("slept_ms"));
            self.tell_player(player::AGAIN, event);
        }
    }

    /// Counts for every mount that has the product's code as an attribute; where the shop says nothing of the product, for all.
    fn cart(&mut self, item: &Js, now_ms: u32) {
        for mount in &self.mounts {
            if self.context.fits(&mount.host, item) {
                self.report.happen(mount.placement, EventKind::Cart, now_ms);
            }
        }
    }

    // The player

    /// Has the player loaded, so that it is there when the tap comes; up to `Ready` also where it is there, which is then told in a moment.
    fn load(&mut self, up_to: Player) {
        if self.player <= up_to {
            self.player = Player::Loading;
            self.context.player();
        }
    }

    /// Of several taps while the player is being loaded the last one counts. Also where it has been loaded it plays later, once what answers the tap has been painted.
    fn open(&mut self, event: &Js, now_ms: u32) {
        // The shop's own element may be a link, or stand in a form.
        event.prevent_default();
        // One at most: an element of the shop's may open several.
        let mut waits = false;
        for mount in &mut self.mounts {
            let tapped = !waits && mount.trigger.element == event.get("currentTarget");
            mount.wait(tapped);
            waits |= tapped;
        }
        self.load(Player::Ready);
        for mount in &mut self.mounts {
            if mount.waits {
                mount.answer.set("tapped_ms", &now_ms.into());
                mount.show_lobby(&self.context);
            }
        }
    }

    /// The next tap tries again, and the button says so: also to who does not see it.
    fn failed(&mut self) {
        self.player = Player::Absent;
        for mount in &mut self.mounts {
            if mount.waits {
                mount.wait(false);
                mount.trigger.element.set_attribute("aria-live", "polite");
                mount.say(&mount.answer.get("texts").get("retry"));
                // The shop's own element says nothing by itself.
                self.context.unable(&mount.host, &mount.answer);
            }
        }
    }

    /// The player is there: plays what was tapped, and only then counts it as opened.
    fn ready(&mut self, now_ms: u32) {
        self.player = Player::Ready;
        if let Some(mount) = self.mounts.iter_mut().find(|mount| mount.waits) {
            mount.wait(false);
            self.context.call(player::PLAY, &mount.host, &mount.answer);
            self.report.happen(mount.placement, EventKind::Open, now_ms);
        }
    }

    /// Nobody waits any more.
    fn rest(&mut self) {
        for mount in &mut self.mounts {
            mount.wait(false);
        }
    }

    fn tell_player(&self, kind: u32, subject: &Js) {
        self.context.call(kind, subject, subject);
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
        // As a number with a sign, never is before now.
        self.context.wake(next_ms.wrapping_sub(now_ms) as i32);
    }

    /// Writes what has changed; `leaving` when the page may be gone before an answer comes.
    fn flush(&mut self, leaving: bool, now_ms: u32) {
        self.report
            .flush(now_ms, &|| new_id(&self.window), &mut |beacon, flush| {
                self.context
                    .send(&self.view, written(&beacon.text), leaving, flush);
            });
    }
}
