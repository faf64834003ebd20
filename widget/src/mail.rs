//! Sending beacons.

use crate::dom::{Js, parse};
use alloc::vec::Vec;
use shelfreel_playback::Json;

/// Beacons that are to be sent.
pub(crate) struct Mail {
    pub(crate) window: Js,
    pub(crate) url: Js,
    pub(crate) bodies: Vec<Json>,
    /// The page may be gone before an answer comes.
    pub(crate) leaving: bool,
    /// Is told the answer, or the failure.
    pub(crate) hook: Js,
}

impl Mail {
    /// Sends them. Neither way blocks anything, neither sends cookies, and a text needs no leave to cross origins.
    pub(crate) fn send(&self) {
        for Json { text } in &self.bodies {
            if self.leaving {
                // Says yes even when a blocker drops the beacon; there is nobody left to tell.
                self.window
                    .get("navigator")
                    .send_beacon(&self.url, written(text));
            } else {
                let init = parse(
                    "{\"method\":\"POST\",\"keepalive\":true,\"credentials\":\"omit\",\"priority\":\"low\"}",
                );
                init.set_text("body", written(text));
                self.window
                    .fetch(&self.url, &init)
                    .then(&self.hook, &self.hook);
            }
        }
    }
}

/// What was written as JSON, as text.
#[expect(
    unsafe_code,
    reason = "checking costs bytes: it is ASCII of ours and UTF-8 of the browser's encoder, which are never cut apart"
)]
fn written(json: &[u8]) -> &str {
    unsafe { core::str::from_utf8_unchecked(json) }
}
