//! The shopper's side before the tap: a button where there is a video, what was seen of it, and the player called when a shopper comes near.
//!
//! How it is told what happens, and what it may hold of the page: see `shelfreel-browser`.
#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod message;
mod mount;
mod page;
mod style;

pub use message::tell;
