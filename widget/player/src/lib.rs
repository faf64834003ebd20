//! The shopper's side after the tap: a player in a dialog, and what was watched in it, told in few words.
//!
//! Loaded when a shopper comes near a button, and there until the page goes. How it is told what happens, and what it may hold of the page: see `shelfreel-browser`.
#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod dialog;
mod message;
mod player;
mod rendition;
mod stream;
mod style;

pub use message::tell;
