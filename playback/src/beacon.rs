//! Writing beacons: as many as it takes for none to exceed [`MAX_BEACON_BYTES`].

use crate::id::Id;
use crate::json::Json;
use core::mem::take;

/// A beacon's size at most. Browsers let a page have 64 KiB of `keepalive` requests under way; 8 KB leaves room for the page's own.
pub const MAX_BEACON_BYTES: usize = 8192;

/// What the page puts before that at most: of which page view this is, and by what it was measured.
pub const MAX_ABOUT_BYTES: usize = 1024;

/// The lists of a beacon, in order, by what stands before each; and what stands at the end.
const LISTS: [&str; 4] = [
    ",\"events\":[",
    "],\"placements\":[",
    "],\"sessions\":[",
    "]}",
];
pub(crate) const EVENTS: usize = 1;
pub(crate) const PLACEMENTS: usize = 2;
pub(crate) const SESSIONS: usize = 3;
const END: usize = 4;

/// What [`LISTS`] and a comma add to a beacon.
const FRAME_BYTES: usize = 50;

/// Beacons under construction.
pub(crate) struct Beacons<'a> {
    /// Gives each its id.
    pub(crate) name: &'a dyn Fn() -> Id,
    /// Age of the page view.
    pub(crate) elapsed_ms: u32,
    /// Takes a beacon that is whole but for its first fields.
    pub(crate) send: &'a mut dyn FnMut(Json),
    /// The beacon that is being written; empty when there is none.
    pub(crate) json: Json,
    /// How many of [`LISTS`] stand in it.
    pub(crate) lists: usize,
}

impl Beacons<'_> {
    /// Adds something to a list. Lists are filled in their order; where there is no room left another beacon is begun.
    pub(crate) fn add(&mut self, list: usize, entry: &Json) {
        if self.json.text.len() + entry.text.len() + FRAME_BYTES
            > MAX_BEACON_BYTES - MAX_ABOUT_BYTES
        {
            self.finish();
        }
        if self.json.text.is_empty() {
            self.lists = 0;
            self.json.text("id", &(self.name)());
            self.json.count("elapsed_ms", self.elapsed_ms);
        }
        self.open(list);
        self.json.comma();
        self.json.text.extend_from_slice(&entry.text);
    }

    /// Ends the beacon, if there is one.
    pub(crate) fn finish(&mut self) {
        if !self.json.text.is_empty() {
            self.open(END);
            (self.send)(take(&mut self.json));
        }
    }

    /// Writes what stands before a list, and before those that stay empty.
    fn open(&mut self, list: usize) {
        while self.lists < list {
            self.json
                .raw(LISTS.get(self.lists).copied().unwrap_or_default());
            self.lists += 1;
        }
    }
}
