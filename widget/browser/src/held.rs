//! What the widget holds of the page. Each gives it back when dropped.

use crate::dom::{AbortController, Js};
use shelfreel_playback::NEVER;

/// Event listeners that go together.
#[must_use = "the listeners are removed when this is dropped"]
pub struct Listeners(AbortController);

impl Default for Listeners {
    fn default() -> Self {
        Self::new()
    }
}

impl Listeners {
    /// None yet.
    pub fn new() -> Self {
        Self(AbortController::new())
    }

    /// Listens to an event of a target.
    pub fn add(&self, target: &Js, event: &str, hook: &Js) {
        // The options of a listener are read by name, and the controller has a `signal` as they would.
        target.listen(event, hook, &self.0);
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A timer that has not yet gone off.
#[must_use = "the timer is cleared when this is dropped"]
pub struct Timer {
    window: Js,
    id: f64,
    due_ms: u32,
}

impl Timer {
    /// Sets a timer for `due_ms`, in place of the one that there may be, unless that goes off then too. None when it is [`NEVER`].
    pub fn set(timer: &mut Option<Self>, window: &Js, hook: &Js, due_ms: u32, now_ms: u32) {
        if timer.as_ref().map_or(NEVER, |timer| timer.due_ms) == due_ms {
            return;
        }
        drop(timer.take());
        if due_ms != NEVER {
            *timer = Some(Self {
                id: window.set_timeout(hook, f64::from(due_ms.saturating_sub(now_ms))),
                window: window.clone(),
                due_ms,
            });
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.window.clear_timeout(self.id);
    }
}

/// The page does not scroll under an open player.
#[must_use = "the page scrolls again when this is dropped"]
pub struct ScrollLock {
    style: Js,
    overflow: Js,
    gutter: Js,
}

impl ScrollLock {
    /// Locks the scrolling of the page, by its root element. Where a scroll bar takes up room it goes on doing so, that nothing moves.
    pub fn new(root: &Js, has_bar: bool) -> Self {
        let style = root.get("style");
        let lock = Self {
            overflow: style.get("overflow"),
            gutter: style.get("scrollbarGutter"),
            style,
        };
        if has_bar {
            lock.style.set_text("scrollbarGutter", "stable");
        }
        lock.style.set_text("overflow", "hidden");
        lock
    }
}

impl Drop for ScrollLock {
    fn drop(&mut self) {
        self.style.set("overflow", &self.overflow);
        self.style.set("scrollbarGutter", &self.gutter);
    }
}
