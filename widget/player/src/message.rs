//! Messages: the one way in. The button tells what is to be played; the browser tells, by hooks, what happened.

use crate::player::Player;
use shelfreel_browser::State;
use wasm_bindgen::prelude::*;

// 0 and 1 are `START` and `BROKEN` of `shelfreel-browser`.

/// The button: play the videos of this element, `{answer, placement, view}`.
pub(crate) const PLAY: u32 = 2;
/// The button: this element is gone, or shows something else.
pub(crate) const UNMOUNT: u32 = 3;
/// The timer has gone off.
pub(crate) const TICK: u32 = 4;
/// The page was hidden or shown.
pub(crate) const VISIBILITY: u32 = 5;
/// The page is being left.
pub(crate) const LEAVE: u32 = 6;
/// A tap in the dialog.
pub(crate) const TAP: u32 = 7;
/// The dialog has closed, or is to.
pub(crate) const CLOSE: u32 = 8;
/// A tap on "next".
pub(crate) const NEXT: u32 = 9;
/// A tap on "previous".
pub(crate) const PREVIOUS: u32 = 10;
/// A tap on "try again".
pub(crate) const RETRY: u32 = 11;
/// A promise about which nobody worries.
pub(crate) const NOTHING: u32 = 12;
/// From here: what the media element told, by its place in `dialog::MEDIA_EVENTS`.
pub(crate) const MEDIA: u32 = 16;
/// From here: the answer to the beacons of that flush, or what kept them from being sent.
pub(crate) const SENT: u32 = 32;

static STATE: State<Player> = State::nothing();

/// Tells the player's module that something happened: what kind of thing, to what, and its particulars.
#[wasm_bindgen]
pub fn tell(kind: u32, subject: JsValue, detail: JsValue) {
    STATE.tell(kind, subject, detail);
}
