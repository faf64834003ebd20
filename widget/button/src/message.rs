//! Messages: the one way in. The loader tells what an element needs; the browser tells, by hooks, what happened.

use crate::page::Page;
use shelfreel_browser::State;
use wasm_bindgen::prelude::*;

// 0, 1, 6, and those from 32 on, are `START`, `BROKEN`, `TICK` and `LOST` of `shelfreel-browser`.

/// The loader: this element has videos, `{product, texts, base, language}`.
pub(crate) const MOUNT: u32 = 2;
/// The loader: this element is gone, or shows something else.
pub(crate) const UNMOUNT: u32 = 3;
/// The shop: this was put into the cart.
pub(crate) const CART: u32 = 4;
/// The observer has seen buttons come or go.
pub(crate) const SEEN: u32 = 5;
/// The page was hidden or shown.
pub(crate) const VISIBILITY: u32 = 7;
/// The page is being left.
pub(crate) const LEAVE: u32 = 8;
/// The page is back, or another page view begins for another reason: `{persisted, slept_ms}`.
pub(crate) const BACK: u32 = 9;
/// A pointer or the focus has come to a button of ours.
pub(crate) const NEAR: u32 = 10;
/// A tap on a button of ours.
pub(crate) const OPEN: u32 = 11;
/// The player is there.
pub(crate) const READY: u32 = 12;
/// The player could not be loaded.
pub(crate) const FAILED: u32 = 13;
/// Whoever waits for the player in its lobby goes again, by a key, a gesture, or a tap.
pub(crate) const REST: u32 = 14;

static STATE: State<Page> = State::nothing();

/// Tells the button's module that something happened: what kind of thing, to what, and its particulars.
#[wasm_bindgen]
pub fn tell(kind: u32, subject: JsValue, detail: JsValue) {
    STATE.tell(kind, subject, detail);
}
