//! What the widget holds of the page. Each gives it back when dropped.

use crate::dom::{AbortController, Js};

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
