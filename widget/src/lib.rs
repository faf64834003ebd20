//! The shopper's side of Shelfreel: a button where there is a video, a player when it is tapped, and what was watched, told in few words.
//!
//! It lives on strangers' pages, so it is small and keeps to itself. Everything that happens (an element was found to have videos, a tap, an event of the
//! video, a timer) comes in as a *message* through one function, [`tell`]; a message that arrives while another is being handled waits. So nothing here is ever entered twice,
//! whatever the page does in its own listeners. What holds something of the page (listeners, a timer, an observer, the locked scrolling) is a struct that
//! gives it back when dropped.
#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod dom;
mod held;
mod mail;
mod message;
mod mount;
mod page;
mod player;

mod rendition;
mod style;

pub use message::tell;

#[cfg(target_family = "wasm")]
mod runtime;
