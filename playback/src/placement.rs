//! A placement: one element's life for one product in one page view.

use crate::json::Json;
use alloc::string::String;
use alloc::vec::Vec;

/// One element's life for one product in one page view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// 22 characters, see [`crate::encode_id`].
    pub id: String,
    /// The code that matched, as the answer to the look-up names it.
    pub code: String,
    /// The ids of the videos that matched, in order.
    pub videos: Vec<String>,
    /// `button`, `thumbnail` or `inline`.
    pub layout: String,
    /// Times it came to stand in a visible document.
    pub shown: u32,
    /// 1 once half of its pixels were in view for one continuous second (MRC's viewable impression).
    pub viewable: u32,
    /// Times its player was opened.
    pub opened: u32,
    /// Times its product was put into the cart.
    pub cart: u32,
    pub(crate) seq: u32,
    pub(crate) began_ms: u32,
    pub(crate) changed: bool,
    /// The number of the beacon that carried it last, 0 for none.
    pub(crate) sent_in: u32,
}

impl Placement {
    /// A placement that begins at `now_ms`.
    #[must_use]
    pub fn new(id: String, code: String, videos: Vec<String>, layout: String, now_ms: u32) -> Self {
        Self {
            id,
            code,
            videos,
            layout,
            shown: 0,
            viewable: 0,
            opened: 0,
            cart: 0,
            seq: 0,
            began_ms: now_ms,
            changed: false,
            sent_in: 0,
        }
    }

    /// The placement as a beacon sent at `now_ms` carries it.
    #[must_use]
    pub fn snapshot(&self, now_ms: u32) -> PlacementSnapshot<'_> {
        PlacementSnapshot {
            id: &self.id,
            seq: self.seq,
            elapsed_ms: now_ms.saturating_sub(self.began_ms),
            code: &self.code,
            videos: self.videos.iter().map(String::as_str).collect(),
            layout: &self.layout,
            shown: self.shown,
            viewable: self.viewable,
            opened: self.opened,
            cart: self.cart,
        }
    }
}

/// What a beacon says of a placement: everything so far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields of docs/wire.md under their own names; see Placement"
)]
pub struct PlacementSnapshot<'a> {
    pub id: &'a str,
    pub seq: u32,
    pub elapsed_ms: u32,
    pub code: &'a str,
    pub videos: Vec<&'a str>,
    pub layout: &'a str,
    pub shown: u32,
    pub viewable: u32,
    pub opened: u32,
    pub cart: u32,
}

impl PlacementSnapshot<'_> {
    pub(crate) fn write(&self, json: &mut Json) {
        json.open('{');
        json.text("id", self.id);
        json.count("seq", self.seq);
        json.count("elapsed_ms", self.elapsed_ms);
        json.text("code", self.code);
        json.key("videos");
        json.open('[');
        for video in &self.videos {
            json.string(video);
        }
        json.close(']');
        json.text("layout", self.layout);
        json.count("shown", self.shown);
        json.count("viewable", self.viewable);
        json.count("opened", self.opened);
        json.count("cart", self.cart);
        json.close('}');
    }
}
