//! Writing beacons: as many as it takes for none to exceed [`MAX_BEACON_BYTES`].

use crate::json::Json;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem::take;

/// A beacon's size at most. Browsers let a page have 64 KiB of `keepalive` requests under way; 8 KB leaves room for the page's own.
pub const MAX_BEACON_BYTES: usize = 8192;

/// What stands at the head of each beacon.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// The page view's id.
    pub page_view: &'a str,
    /// Age of the page view in milliseconds.
    pub elapsed_ms: u32,
    /// Version of the widget.
    pub widget: &'a str,
    /// `wasm` or `js`.
    pub engine: &'a str,
    /// The wishes of the look-up, joined by commas.
    pub language: &'a str,
}

/// The three lists of a beacon.
const LISTS: [&str; 3] = ["events", "placements", "sessions"];

/// Writes entries (the number of their list in [`LISTS`], and their JSON) into beacons, the first of which has the number `n`.
///
/// Entries stay in order. One that would not fit an empty beacon is left out: nothing that is cut to the limits of the wire is so large.
pub fn beacons(
    header: &Header<'_>,
    mut n: u32,
    entries: &[(usize, String)],
    next_id: &mut dyn FnMut() -> String,
) -> Vec<String> {
    let mut written = Vec::new();
    let mut from = 0;
    while from < entries.len() {
        let head = head(header, n, &next_id());
        let mut room = MAX_BEACON_BYTES.saturating_sub(
            head.text.len() + LISTS.iter().map(|name| name.len() + 6).sum::<usize>(),
        );
        let fitting = entries.iter().skip(from).take_while(|(_, entry)| {
            let fits = entry.len() < room;
            room = room.saturating_sub(entry.len() + 1);
            fits
        });
        let count = fitting.count();
        if count > 0 {
            written.push(body(
                head,
                entries.get(from..from + count).unwrap_or_default(),
            ));
            n += 1;
        }
        from += count.max(1);
    }
    written
}

fn head(header: &Header<'_>, n: u32, id: &str) -> Json {
    let mut json = Json::default();
    json.open('{');
    json.count("v", 1);
    json.text("id", id);
    json.text("page_view", header.page_view);
    json.count("n", n);
    json.count("elapsed_ms", header.elapsed_ms);
    json.text("widget", header.widget);
    json.text("engine", header.engine);
    json.text("language", header.language);
    json
}

fn body(mut json: Json, entries: &[(usize, String)]) -> String {
    for (list, name) in LISTS.iter().enumerate() {
        json.key(name);
        json.open('[');
        for (_, entry) in entries.iter().filter(|(of, _)| *of == list) {
            json.raw(entry);
        }
        json.close(']');
    }
    json.close('}');
    take(&mut json.text)
}
