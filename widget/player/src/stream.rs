//! A stream (HLS) where the browser has no player of its own for it that is good: by an engine, in a file of its own that is loaded only then (docs/decisions/0005).

use shelfreel_browser::Js;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./stream.js")]
extern "C" {
    /// Plays the stream at `url` in `video`, from a second on; `failed` is told when that cannot go on. Returns what ends it.
    fn stream(video: &Js, url: &Js, from_s: f64, failed: &Js) -> Js;
}

/// A stream that is being played.
#[must_use = "nothing of it is left when this is dropped"]
pub(crate) struct Stream(Js);

impl Stream {
    pub(crate) fn new(video: &Js, url: &Js, from_s: f64, failed: &Js) -> Self {
        Self(stream(video, url, from_s, failed))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.call(0, &self.0, &self.0);
    }
}
