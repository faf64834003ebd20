//! The preview: a brand types a product's code, a language and a theme, and sees what a shopper would see, beside an
//! inspector of what the edge answered (and why) and of what the widget sent.
//!
//! The stage is a page of its own in a frame, with the real tag and a real element in it; nothing is imitated. The
//! inspector reads along by standing in front of that frame's `fetch` and `sendBeacon` ([`spy`]), which only a page of
//! the same origin can do: no shop's page is ever read.
//!
//! What is shown is in the address (see [`wish`]), so that it can be sent to a colleague.

mod answer;
mod app;
mod beacon;
mod colour;
mod dom;
mod inspector;
mod json;
mod spy;
mod stage;
pub mod wish;
mod words;

use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the preview on the page that loaded the module.
#[wasm_bindgen(start)]
pub fn start() {
    if let Err(error) = app::start() {
        gloo::console::error!("the preview could not start:", error);
    }
}
