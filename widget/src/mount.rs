//! A mount: one `<shelf-reel>` element with videos, its button, and what is known of its being seen.

use crate::dom::{CSSStyleSheet, Js, parse};
use crate::held::Listeners;
use alloc::string::String;
use alloc::vec::Vec;

/// A triangle that says "play".
const PLAY: &str = "M8 5v14l11-7z";

/// Half of a button must be in view for this long to count as viewable (MRC).
const VIEWABLE_MS: u32 = 1000;

pub(crate) struct Mount {
    pub(crate) host: Js,
    /// What the loader told: `{product, texts, base, language}`.
    pub(crate) answer: Js,
    pub(crate) button: Js,
    /// The placement's number in the page view.
    pub(crate) placement: usize,
    pub(crate) shown: bool,
    pub(crate) viewable: bool,
    /// Since when half of the button has been in view of a visible page.
    pub(crate) in_view_ms: Option<u32>,
    pub(crate) half_in_view: bool,
    _listeners: Listeners,
}

impl Mount {
    /// Draws the button.
    pub(crate) fn new(host: &Js, answer: &Js, sheet: &CSSStyleSheet, hook: &Js) -> Self {
        let root = shadow(host, sheet);
        let texts = answer.get("texts");
        let button = root_child(&root, host);
        button.set_attribute("aria-haspopup", "dialog");
        speak(&button, &texts);
        button.icon(PLAY);
        let label = button.child("span", "label");
        let videos = answer.get("product").get("videos");
        let words = if videos.count("length") > 1 {
            texts.get("watch_many").fill("{n}", &videos.get("length"))
        } else {
            texts.get("watch")
        };
        label.set("textContent", &words);
        let listeners = Listeners::new();
        listeners.add(&button, "click", hook);
        Self {
            host: host.clone(),
            answer: answer.clone(),
            button,
            placement: 0,
            shown: false,
            viewable: false,
            in_view_ms: None,
            half_in_view: false,
            _listeners: listeners,
        }
    }

    /// The videos, in order.
    pub(crate) fn videos(&self) -> Js {
        self.answer.get("product").get("videos")
    }

    /// Their ids.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.videos()
            .items()
            .map(|video| video.word("id"))
            .collect()
    }

    /// When it will have been in view for long enough.
    pub(crate) fn viewable_due_ms(&self) -> Option<u32> {
        self.in_view_ms
            .filter(|_| !self.viewable)
            .map(|since_ms| since_ms + VIEWABLE_MS)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        self.button.remove();
    }
}

/// The element's shadow root, which outlives a mount.
fn shadow(host: &Js, sheet: &CSSStyleSheet) -> Js {
    let old = host.get("shadowRoot");
    if old.is_object() {
        return old;
    }
    let root = host.attach_shadow(&parse("{\"mode\":\"open\"}"));
    root.get("adoptedStyleSheets").push(sheet);
    root
}

fn root_child(root: &Js, host: &Js) -> Js {
    let button = host.get("ownerDocument").create_element("button");
    button.set_attribute("part", "button");
    button.set_attribute("type", "button");
    root.append(&button);
    button
}

/// Says in which language and direction an element's words are.
pub(crate) fn speak(element: &Js, texts: &Js) {
    element.set("lang", &texts.get("language"));
    element.set("dir", &texts.get("direction"));
}
