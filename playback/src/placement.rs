//! A placement: one element's life for one product in one page view.

use crate::check::MAX_CARTS;
use crate::id::Id;
use crate::json::Json;

/// How an element shows that there are videos.
pub const LAYOUTS: [&str; 3] = ["button", "thumbnail", "inline"];

/// One element's life for one product in one page view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    pub(crate) id: Id,
    /// What never changes, as JSON.
    about: Json,
    /// Times it came to stand in a visible document.
    pub(crate) shown: u32,
    /// 1 once half of its pixels were in view for one continuous second (MRC's viewable impression).
    pub(crate) viewable: u32,
    /// Times its player was opened.
    pub(crate) opened: u32,
    /// Times its product was put into the cart.
    cart: u32,
    /// When the first [`MAX_CARTS`] of them were heard, as ages, joined by commas.
    carts_ms: Json,
    began_ms: u32,
    seq: u32,
    pub(crate) changed: bool,
    /// The flush that carried it last, 0 for none.
    pub(crate) sent_in: u32,
}

impl Placement {
    /// A placement that begins at `now_ms`, with no videos yet: its id, the code that matched (as the answer to the look-up names it), and `button`, `thumbnail`
    /// or `inline`. Texts are UTF-8.
    #[must_use]
    pub fn new(id: Id, code: &[u8], layout: &str, now_ms: u32) -> Self {
        let mut about = Json::default();
        about.text("code", code);
        about.text("layout", layout.as_bytes());
        about.key("videos");
        about.raw("[");
        Self {
            id,
            about,
            shown: 0,
            viewable: 0,
            opened: 0,
            cart: 0,
            carts_ms: Json::default(),
            began_ms: now_ms,
            seq: 0,
            changed: false,
            sent_in: 0,
        }
    }

    /// Adds a video that matched, by its id. To be told in order, before anything happens to the placement.
    pub fn video(&mut self, id: &[u8]) {
        self.about.string(id);
    }

    /// Its product was put into the cart.
    pub(crate) fn cart(&mut self, now_ms: u32) {
        if self.cart < MAX_CARTS as u32 {
            self.carts_ms.number(now_ms.saturating_sub(self.began_ms));
        }
        self.cart += 1;
    }

    /// The next snapshot, as the beacons of a flush carry it.
    pub(crate) fn snapshot(&mut self, now_ms: u32, flush: u32) -> Json {
        self.seq += 1;
        self.sent_in = flush;
        let mut json = Json::default();
        json.raw("{");
        json.text("id", &self.id);
        json.count("seq", self.seq);
        json.count("elapsed_ms", now_ms.saturating_sub(self.began_ms));
        json.count("shown", self.shown);
        json.count("viewable", self.viewable);
        json.count("opened", self.opened);
        json.count("cart", self.cart);
        if self.cart > 0 {
            json.key("carts_ms");
            json.raw("[");
            json.text.extend_from_slice(&self.carts_ms.text);
            json.raw("]");
        }
        json.comma();
        json.text.extend_from_slice(&self.about.text);
        json.raw("]}");
        json
    }
}
