//! A mount: one `<shelf-reel>` element with videos, its button, and what is known of its being seen.

use crate::message::{NEAR, OPEN};
use shelfreel_browser::{CSSStyleSheet, IntersectionObserver, Js, Listeners, parse, speak};
use shelfreel_playback::NEVER;

/// A triangle that says "play".
const PLAY: &str = "M8 5v14l11-7z";

/// Half of a button must be in view for this long to count as viewable (MRC).
const VIEWABLE_MS: u32 = 1000;

pub(crate) struct Mount {
    pub(crate) host: Js,
    /// What the loader told: `{product, texts, base, language}`.
    pub(crate) answer: Js,
    pub(crate) button: Js,
    label: Js,
    /// The placement's number in the page view.
    pub(crate) placement: usize,
    /// It was tapped, and the player is not there yet.
    pub(crate) waits: bool,
    pub(crate) shown: bool,
    pub(crate) viewable: bool,
    /// It takes up room in the page.
    pub(crate) has_room: bool,
    pub(crate) half_in_view: bool,
    /// Since when half of the button has been in view of a visible page.
    pub(crate) in_view_ms: u32,
    _listeners: Listeners,
}

impl Mount {
    /// Draws the button.
    pub(crate) fn new(host: &Js, answer: &Js, sheet: &CSSStyleSheet, context: &Js) -> Self {
        let mut root = host.get("shadowRoot");
        if !root.is_object() {
            root = host.attach_shadow(&parse("{\"mode\":\"open\"}"));
            root.get("adoptedStyleSheets").push(sheet);
        }
        let texts = answer.get("texts");
        let button = root.child("button", "button");
        button.set_attribute("aria-haspopup", "dialog");
        speak(&button, &texts);
        button.icon(PLAY);
        let label = button.child("span", "label");
        let listeners = Listeners::new();
        listeners.add(&button, "click", &context.hook(OPEN));
        let near = context.hook(NEAR);
        listeners.add(&button, "pointerenter", &near);
        listeners.add(&button, "focus", &near);
        let mount = Self {
            host: host.clone(),
            answer: answer.clone(),
            button,
            label,
            placement: 0,
            waits: false,
            shown: false,
            viewable: false,
            has_room: false,
            half_in_view: false,
            in_view_ms: NEVER,
            _listeners: listeners,
        };
        mount.invite();
        mount
    }

    /// Says on the button what a tap does.
    pub(crate) fn invite(&self) {
        self.say(if self.videos().count("length") > 1 {
            "watch_many"
        } else {
            "watch"
        });
    }

    /// Waits for the player, which makes the button busy; or does no longer, and says again what a tap does.
    pub(crate) fn wait(&mut self, waits: bool) {
        if waits {
            self.button.set_attribute("aria-busy", "true");
        } else if self.waits {
            self.invite();
            self.button.remove_attribute("aria-busy");
        }
        self.waits = waits;
    }

    /// Says one of the answer's texts on the button.
    pub(crate) fn say(&self, name: &str) {
        let words = self.answer.get("texts").get(name);
        let words = words.fill("{n}", &self.videos().get("length"));
        self.label.set("textContent", &words);
    }

    /// The videos, in order.
    pub(crate) fn videos(&self) -> Js {
        self.answer.get("product").get("videos")
    }

    /// The page was hidden or shown, or half of the button came into view or left it.
    pub(crate) fn look(&mut self, visible: bool, now_ms: u32) {
        if !(visible && self.half_in_view) {
            self.in_view_ms = NEVER;
        } else if self.in_view_ms == NEVER {
            self.in_view_ms = now_ms;
        }
    }

    /// When it will have been in view for long enough.
    pub(crate) fn viewable_due_ms(&self) -> u32 {
        if self.viewable {
            NEVER
        } else {
            self.in_view_ms.saturating_add(VIEWABLE_MS)
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        self.button.remove();
    }
}

/// Watches which buttons are in view: at all, and half of them.
#[must_use = "nothing is watched any more when this is dropped"]
pub(crate) struct Observer(pub(crate) IntersectionObserver);

impl Observer {
    pub(crate) fn new(hook: &Js) -> Self {
        Self(IntersectionObserver::new(
            hook,
            &parse("{\"threshold\":[0,0.5]}"),
        ))
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}
