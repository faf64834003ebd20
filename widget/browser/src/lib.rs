//! What the widget's two modules ask of the browser, and how they are told what happens.
//!
//! The widget lives on strangers' pages, so it is small and keeps to itself. It comes in two modules: the *button*, loaded with the first product that has a video, and the *player*,
//! loaded when a shopper comes near a button. Everything that happens (an element was found to have videos, a tap, an event of the video, a timer) comes to a module as a
//! *message*, through one function ([`State::tell`]). What holds something of the page (listeners, a timer, the locked scrolling) is a struct that gives it back when dropped.
#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod dom;
#[cfg(any(target_family = "wasm", test))]
mod heap;
mod held;
mod state;

pub use dom::{
    CSSStyleSheet, CustomEvent, Js, ResizeObserver, Url, Utf8, new_id, parse, speak, text, written,
};
pub use held::{Listeners, ScrollLock};
pub use state::{BROKEN, LOST, Resident, START, State, TICK, player};

#[cfg(target_family = "wasm")]
mod runtime;
