//! Messages: the one way in. The loader tells what an element needs; the browser tells, by hooks, what happened.

use crate::dom::Js;
use crate::page::Page;
use core::cell::RefCell;
use wasm_bindgen::prelude::*;

// The first message, of kind 0, is the loader's: here is the page, `{window, hook, url, encoder}`.

/// The loader: this element has videos, `{product, texts, base, language}`.
pub(crate) const MOUNT: u32 = 1;
/// The loader: this element is gone, or shows something else.
pub(crate) const UNMOUNT: u32 = 2;
/// The shop: this was put into the cart.
pub(crate) const CART: u32 = 3;
/// The timer has gone off.
pub(crate) const TICK: u32 = 4;
/// The observer has seen buttons come or go.
pub(crate) const SEEN: u32 = 5;
/// The page was hidden or shown.
pub(crate) const VISIBILITY: u32 = 6;
/// The page is being left.
pub(crate) const LEAVE: u32 = 7;
/// The page is back.
pub(crate) const BACK: u32 = 8;
/// A tap on a button of ours.
pub(crate) const OPEN: u32 = 9;
/// A tap in the dialog.
pub(crate) const TAP: u32 = 10;
/// The dialog has closed, or is to.
pub(crate) const CLOSE: u32 = 11;
/// A tap on "next".
pub(crate) const NEXT: u32 = 12;
/// A tap on "previous".
pub(crate) const PREVIOUS: u32 = 13;
/// A tap on "try again".
pub(crate) const RETRY: u32 = 14;
/// A promise about which nobody worries.
pub(crate) const NOTHING: u32 = 15;
/// From here: what the media element told, by its place in `player::MEDIA`.
pub(crate) const MEDIA: u32 = 16;
/// From here: the answer to the beacons of that flush, or what kept them from being sent.
pub(crate) const SENT: u32 = 32;

/// What the module knows: nothing before the start.
struct State(RefCell<Option<Page>>);

#[expect(
    unsafe_code,
    reason = "a page's script, and so this module, runs on one thread"
)]
unsafe impl Sync for State {}

static STATE: State = State(RefCell::new(None));

/// Tells the widget that something happened: what kind of thing, to what, and its particulars.
///
/// What is told from within the handling of another message is not heard: only a shop's listener that taps our buttons or makes our events by itself could.
#[wasm_bindgen]
pub fn tell(kind: u32, subject: JsValue, detail: JsValue) {
    let (subject, detail): (Js, Js) = (subject.into(), detail.into());
    let Ok(mut state) = STATE.0.try_borrow_mut() else {
        return;
    };
    let page = state.get_or_insert_with(|| Page::new(subject.clone()));
    page.handle(kind, &subject, &detail);
    let mail = page.mail();
    drop(state);
    // Last of all, with nothing borrowed: what a shop or a blocker has put in the place of `fetch` may throw.
    mail.send();
}
