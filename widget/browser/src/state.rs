//! What a module knows, and the one way in to it.

use crate::dom::Js;
use core::cell::{Cell, UnsafeCell};
use wasm_bindgen::JsValue;

/// The first message, from the loader: here is the page, `{window, hook, view, send, player}`.
pub const START: u32 = 0;
/// The loader: the message before ended in an exception, for what the page has put in the place of something of the browser's threw.
pub const BROKEN: u32 = 1;
/// The loader: it is time, see `Js::wake`.
pub const TICK: u32 = 6;
/// From here, from the loader: the beacons of that flush were lost.
pub const LOST: u32 = 32;

/// What the button tells the player.
pub mod player {
    /// Play the videos of this element, by its answer: `{product, texts, base}`, and what the button has added, `{view, placement, layout}`.
    pub const PLAY: u32 = 2;
    /// This element is gone, or shows something else.
    pub const UNMOUNT: u32 = 3;
    /// The page is hidden.
    pub const HIDDEN: u32 = 4;
    /// The page is being left.
    pub const LEAVE: u32 = 5;
    /// A page view has ended, and another has begun, of which answers now tell. `{slept_ms}`: for so long the clock had stood still, if it had.
    pub const AGAIN: u32 = 14;
}

/// What a module knows.
pub trait Resident {
    /// The module starts, with what the loader tells it.
    fn new(context: Js) -> Self;

    /// Handles one message: what kind of thing happened, to what, and its particulars.
    fn handle(&mut self, kind: u32, subject: &Js, detail: &Js);
}

/// A module's one resident, from the start on.
pub struct State<T> {
    resident: UnsafeCell<Option<T>>,
    busy: Cell<bool>,
}

#[expect(
    unsafe_code,
    reason = "a page's script, and so each module, runs on one thread"
)]
unsafe impl<T> Sync for State<T> {}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self::nothing()
    }
}

impl<T> State<T> {
    /// The state before the start.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            resident: UnsafeCell::new(None),
            busy: Cell::new(false),
        }
    }
}

impl<T: Resident> State<T> {
    /// Tells the module that something happened.
    ///
    /// What is told from within the handling of another message is not heard: only a shop's listener that taps our buttons or makes our events by itself could.
    /// So nothing in a module is ever entered twice.
    pub fn tell(&self, kind: u32, subject: JsValue, detail: JsValue) {
        // An exception leaves the module busy; the message that says so is the only one that is then heard, and is not heard otherwise.
        if self.busy.get() != (kind == BROKEN) {
            return;
        }
        self.busy.set(true);
        let (subject, detail): (Js, Js) = (subject.into(), detail.into());
        #[expect(
            unsafe_code,
            reason = "`busy` lets one message in at a time, and where an exception took one away its borrow went with it"
        )]
        let resident = unsafe { &mut *self.resident.get() };
        let resident = resident.get_or_insert_with(|| T::new(subject.clone()));
        resident.handle(kind, &subject, &detail);
        self.busy.set(false);
    }
}
