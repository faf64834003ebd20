//! Messages: the one way in. The loader tells what an element needs; the browser tells, by hooks, what happened.

use crate::dom::Js;
use crate::page::Page;
use alloc::collections::VecDeque;
use core::cell::RefCell;
use wasm_bindgen::prelude::*;

/// The loader: here is the page, `{window, hook, url}`.
pub(crate) const START: u32 = 0;
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
/// A tap beside the player, on the dialog itself.
pub(crate) const BESIDE: u32 = 10;
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
pub(crate) const MEDIA: u32 = 32;
/// From here: the answer to the beacon of that number, or what kept it from being sent.
pub(crate) const SENT: u32 = 64;

struct Message {
    kind: u32,
    subject: Js,
    detail: Js,
}

/// What the module knows. It is never shared: a page's script runs on one thread.
struct Alone<T>(RefCell<T>);

#[expect(unsafe_code, reason = "a page's script runs on one thread")]
unsafe impl<T> Sync for Alone<T> {}

static INBOX: Alone<VecDeque<Message>> = Alone(RefCell::new(VecDeque::new()));
static PAGE: Alone<Option<Page>> = Alone(RefCell::new(None));

/// Tells the widget that something happened: what kind of thing, to what, and its particulars.
#[wasm_bindgen]
pub fn tell(kind: u32, subject: JsValue, detail: JsValue) {
    let (subject, detail) = (subject.into(), detail.into());
    if let Ok(mut inbox) = INBOX.0.try_borrow_mut() {
        inbox.push_back(Message {
            kind,
            subject,
            detail,
        });
    }
    // Told from within the handling of another message: that one's loop will come to it.
    let Ok(mut page) = PAGE.0.try_borrow_mut() else {
        return;
    };
    loop {
        let next = INBOX
            .0
            .try_borrow_mut()
            .ok()
            .and_then(|mut inbox| inbox.pop_front());
        let Some(Message {
            kind,
            subject,
            detail,
        }) = next
        else {
            break;
        };
        match page.as_mut() {
            Some(page) => page.handle(kind, &subject, &detail),
            None if kind == START => *page = Some(Page::new(subject)),
            None => {}
        }
    }
}
