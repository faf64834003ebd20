//! A page view as both modules know it: an object of the page's, `{id, language, engine, began_ms, n}`, so that their beacons are numbered together.

use crate::dom::{Js, Utf8, new_id, parse};
use shelfreel_playback::{Id, Report};

/// A page view.
pub struct View(pub Js);

impl View {
    /// A page view that begins now in the page of `context`, in which the look-up wished for `language`.
    #[must_use]
    pub fn new(context: &Js, language: &Js, now_ms: u32) -> Self {
        let view = parse("{\"n\":0}");
        view.set_id("id", &new_id(&context.get("window")));
        view.set("engine", &context.get("engine"));
        view.set("language", language);
        view.set("began_ms", &now_ms.into());
        Self(view)
    }

    /// A report of it.
    #[must_use]
    pub fn report<T>(&self) -> Report<T> {
        let text = |key: &str| -> Utf8 { self.0.get(key).utf8() };
        Report::new(
            &text("id"),
            &text("language"),
            env!("CARGO_PKG_VERSION"),
            &text("engine"),
            self.0.count("began_ms"),
        )
    }

    /// The id and the number of its next beacon.
    #[must_use]
    pub fn name(&self, window: &Js) -> (Id, u32) {
        let n = self.0.count("n") + 1;
        self.0.set("n", &n.into());
        (new_id(window), n)
    }
}
