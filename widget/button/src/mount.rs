//! A mount: one `<shelf-reel>` element with videos, what a tap on opens them, and what is known of its being seen.

use crate::message::{NEAR, OPEN};
use shelfreel_browser::{CSSStyleSheet, Js, Listeners, speak, text};
use shelfreel_playback::NEVER;

/// A triangle that says "play".
const PLAY: &str = "M8 5v14l11-7z";

/// Half of a button must be in view for this long to count as viewable (MRC).
const VIEWABLE_MS: u32 = 1000;

/// The layouts that show the first video's poster; every other is a button.
const POSTERS: [&str; 2] = ["thumbnail", "inline"];

pub(crate) struct Mount {
    pub(crate) host: Js,
    /// What the loader told: `{product, texts, base, language}`; with what the player has to know besides: `{view, placement, layout}`.
    pub(crate) answer: Js,
    pub(crate) layout: &'static str,
    pub(crate) trigger: Trigger,
    /// The placement's number in the page view.
    pub(crate) placement: usize,
    /// It was tapped, and the player does not play yet.
    pub(crate) waits: bool,
    lobby: Option<Lobby>,
    pub(crate) shown: bool,
    pub(crate) viewable: bool,
    /// It takes up room in the page.
    pub(crate) has_room: bool,
    pub(crate) half_in_view: bool,
    /// Since when half of the button has been in view of a visible page.
    pub(crate) in_view_ms: u32,
    _listeners: Listeners,
}

/// What a tap on opens the videos.
pub(crate) struct Trigger {
    /// The button, or the shop's own element.
    pub(crate) element: Js,
    /// Where the button says what a tap does; none on the shop's own element.
    label: Option<Js>,
    /// The shop's own element is not to be seen without a video.
    hidden: bool,
}

impl Trigger {
    /// The shop's own element.
    fn of_the_shop(host: &Js, context: &Js) -> Option<Self> {
        let element = context.trigger(host);
        element.is_truthy().then(|| {
            let hidden = element.flag("hidden");
            element.set_flag("hidden", false);
            Self {
                element,
                label: None,
                hidden,
            }
        })
    }

    /// A button of our own.
    fn new(host: &Js, answer: &Js, layout: &'static str, context: &Js) -> Self {
        let element = host.get("shadowRoot").child("button", "button");
        speak(&element, &answer.get("texts"));
        if layout != "button" {
            element.set_text("className", layout);
            context.poster(&element, answer);
        }
        context.icon(&element, PLAY);
        Self {
            label: Some(element.child("span", "label")),
            element,
            hidden: false,
        }
    }
}

impl Drop for Trigger {
    fn drop(&mut self) {
        match self.label {
            Some(_) => self.element.remove(),
            None => {
                self.element.set_flag("hidden", self.hidden);
                self.element.remove_attribute("aria-haspopup");
                self.element.remove_attribute("aria-busy");
                self.element.remove_attribute("aria-live");
            }
        }
    }
}

/// The dialog in which whoever has tapped waits for the player.
struct Lobby(Js);

impl Drop for Lobby {
    fn drop(&mut self) {
        // Gives the focus back, so that the player's dialog finds it where the tap was.
        self.0.close();
        self.0.remove();
    }
}

impl Mount {
    /// Draws the button, or takes the shop's own.
    pub(crate) fn new(host: &Js, answer: &Js, sheet: &CSSStyleSheet, context: &Js) -> Self {
        let mut root = host.get("shadowRoot");
        if !root.is_truthy() {
            // Options are read by name.
            answer.set_text("mode", "open");
            root = host.attach_shadow(answer);
            root.get("adoptedStyleSheets").push(sheet);
        }
        let own = Trigger::of_the_shop(host, context);
        let video = answer.get("product").get("videos").item(0);
        let asked = host.attribute("layout");
        let layout = POSTERS
            .into_iter()
            .find(|layout| own.is_none() && asked == text(layout))
            .filter(|_| !video.get("poster").is_absent())
            .unwrap_or("button");
        answer.set_text("layout", layout);
        let trigger = own.unwrap_or_else(|| Trigger::new(host, answer, layout, context));
        trigger.element.set_attribute("aria-haspopup", "dialog");
        let listeners = Listeners::new();
        listeners.add(&trigger.element, "click", &context.hook(OPEN));
        let near = context.hook(NEAR);
        listeners.add(&trigger.element, "pointerenter", &near);
        listeners.add(&trigger.element, "focus", &near);
        let mount = Self {
            host: host.clone(),
            answer: answer.clone(),
            layout,
            trigger,
            placement: 0,
            waits: false,
            lobby: None,
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

    /// Says on the button what a tap does: in the shop's own words, if it has any.
    fn invite(&self) {
        let own = self.host.attribute("label");
        if own.is_truthy() {
            return self.say(&own);
        }
        let count = self.videos().get("length");
        let texts = self.answer.get("texts");
        let words = texts.get(if count == 1.into() {
            "watch"
        } else {
            "watch_many"
        });
        self.say(&words.fill("{n}", &count));
    }

    /// Waits for the player, which makes the button busy; or does no longer, and says again what a tap does.
    pub(crate) fn wait(&mut self, waits: bool) {
        drop(self.lobby.take());
        if waits {
            self.trigger.element.set_attribute("aria-busy", "true");
        } else if self.waits {
            self.invite();
            self.trigger.element.remove_attribute("aria-busy");
        }
        self.waits = waits;
    }

    /// Answers the tap: the player will be a while, and a dialog is there at once. (Not where the film plays in the button's place, which shows that it is busy.)
    pub(crate) fn show_lobby(&mut self, context: &Js) {
        if self.layout != "inline" {
            self.lobby = Some(Lobby(context.lobby(&self.host, &self.answer)));
        }
    }

    /// Says something on the button, not on the shop's own element.
    pub(crate) fn say(&self, words: &Js) {
        if let Some(label) = &self.trigger.label {
            label.set("textContent", words);
        }
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
