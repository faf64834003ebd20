//! Sending beacons.

use crate::dom::{Js, parse, written};
use alloc::vec::Vec;
use shelfreel_playback::Json;

/// Beacons that are to be sent.
pub struct Mail {
    /// The page's.
    pub window: Js,
    /// Where to.
    pub url: Js,
    /// What they say.
    pub bodies: Vec<Json>,
    /// The page may be gone before an answer comes.
    pub leaving: bool,
    /// Is told the answer, or the failure.
    pub hook: Js,
}

impl Mail {
    /// Sends them. Neither way blocks anything, and a text needs no leave to cross origins. (`sendBeacon` would send cookies, of which the edge sets none.)
    pub fn send(&self) {
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
