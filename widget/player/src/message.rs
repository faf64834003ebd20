//! Messages: the one way in. The button tells what is to be played; the browser tells, by hooks, what happened.

use crate::player::Player;
use shelfreel_browser::State;
use wasm_bindgen::prelude::*;

// Those before are in `shelfreel-browser`: `START`, `BROKEN`, and what the button tells (`player`).

/// A tap in the dialog.
pub(crate) const TAP: u32 = 7;
/// The dialog has closed, or is to.
pub(crate) const CLOSE: u32 = 8;
/// A tap on "next".
pub(crate) const NEXT: u32 = 9;
/// A tap on "previous".
pub(crate) const PREVIOUS: u32 = 10;
/// A tap on "try again", or the network is back.
pub(crate) const RETRY: u32 = 11;
/// Nothing but that the dialog may have gone: a promise about which nobody worries.
pub(crate) const NOTHING: u32 = 12;
/// The browser does not play: it will not by itself, or the source was taken away.
pub(crate) const REFUSED: u32 = 13;
/// The dialog has been laid out, in a frame that is about to be painted; its size may have changed.
pub(crate) const LAID_OUT: u32 = 15;
/// From here: what the media element told, by its place in `dialog::MEDIA_EVENTS`.
pub(crate) const MEDIA: u32 = 16;
/// What of that an error is: also that the engine of a stream cannot go on.
pub(crate) const ERROR: u32 = MEDIA;
/// And that the playhead has moved.
pub(crate) const TIME_UPDATE: u32 = MEDIA + 3;
/// A key goes down in the dialog: after all that the media element tells, and before `LOST`.
pub(crate) const KEY: u32 = 31;

static STATE: State<Player> = State::nothing();

/// Tells the player's module that something happened: what kind of thing, to what, and its particulars.
#[wasm_bindgen]
pub fn tell(kind: u32, subject: JsValue, detail: JsValue) {
    STATE.tell(kind, subject, detail);
}
