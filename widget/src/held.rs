//! What the widget holds of the page. Each gives it back when dropped.

use crate::dom::{AbortController, IntersectionObserver, Js, parse};

/// Event listeners that go together.
#[must_use = "the listeners are removed when this is dropped"]
pub(crate) struct Listeners(AbortController);

impl Listeners {
    pub(crate) fn new() -> Self {
        Self(AbortController::new())
    }

    pub(crate) fn add(&self, target: &Js, event: &str, hook: &Js) {
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
pub(crate) struct Timer {
    window: Js,
    id: f64,
    pub(crate) due_ms: u32,
}

impl Timer {
    pub(crate) fn new(window: &Js, hook: &Js, due_ms: u32, now_ms: u32) -> Self {
        let id = window.set_timeout(hook, f64::from(due_ms.saturating_sub(now_ms)));
        Self {
            window: window.clone(),
            id,
            due_ms,
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.window.clear_timeout(self.id);
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

/// The page does not scroll under an open player.
#[must_use = "the page scrolls again when this is dropped"]
pub(crate) struct ScrollLock {
    style: Js,
    overflow: Js,
    gutter: Js,
}

impl ScrollLock {
    pub(crate) fn new(window: &Js, root: &Js) -> Self {
        let style = root.get("style");
        let lock = Self {
            overflow: style.get("overflow"),
            gutter: style.get("scrollbarGutter"),
            style,
        };
        // Where a scroll bar takes up room it goes on doing so, that nothing moves.
        if window.count("innerWidth") > root.count("clientWidth") {
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
