//! The golden beacons in `tests/fixtures/playback-*.json`, byte for byte as the widget sends them. The edge's tests read them.
//!
//! `SHELFREEL_REGENERATE=1 cargo test -p shelfreel-playback --test golden` writes them anew; otherwise they are compared.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use shelfreel_playback::{
    EventKind, Id, Json, Media, PageView, Placement, Reason, Sample, Session, encode_id,
};
use std::cell::Cell;
use std::env;
use std::fs;
use std::path::Path;

fn golden(name: &str, body: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures")
        .join(name);
    let written = [body, b"\n"].concat();
    if env::var_os("SHELFREEL_REGENERATE").is_some() {
        fs::write(&path, written).expect("the fixture can be written");
        return;
    }
    let kept = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(text(&kept), text(&written), "{} differs", path.display());
}

/// A viewing from the button to the close, with a part sought back to, a wait, a pause and a failed file.
struct Viewing {
    view: PageView,
    ids: Cell<u8>,
}

fn next(ids: &Cell<u8>) -> Id {
    ids.set(ids.get() + 1);
    encode_id(&[ids.get(); 16])
}

impl Viewing {
    fn media(&mut self, media: Media, now_ms: u32, position_ms: u32) {
        let sample = Sample {
            now_ms,
            position_ms,
            duration_ms: 8000,
            played_end_ms: u32::MAX,
            rate_milli: if now_ms < 9000 { 1000 } else { 1500 },
            paused: media == Media::Pause,
            ready: media != Media::Waiting,
            error: if media == Media::Error { 2 } else { 0 },
            ..Sample::default()
        };
        self.view.media(media, &sample, &encode_id(&[99; 16]));
    }

    fn tell(&mut self, name: &str, now_ms: u32) {
        let mut bodies = Vec::new();
        let ids = &self.ids;
        let mut keep = |body: Json| bodies.push(body.text);
        self.view.flush(now_ms, &|| next(ids), &mut keep);
        assert_eq!(bodies.len(), 1);
        golden(name, &bodies[0]);
    }
}

#[test]
fn a_viewing_is_told_in_the_golden_beacons() {
    let ids = Cell::new(0);
    let view = PageView::new(&next(&ids), b"nl-BE,en", "0.1.0", "wasm", 100);
    let mut viewing = Viewing { view, ids };
    let mut placement = Placement::new(next(&viewing.ids), b"gtin:08710103937746", "button", 120);
    placement.video(b"kenwick-br7-nl");
    placement.video(b"kenwick-br7-guide");
    let placement = viewing.view.place(placement);
    viewing.view.happen(placement, EventKind::Impression, 130);
    viewing.view.happen(placement, EventKind::Viewable, 1130);
    viewing.tell("playback-shown.json", 1230);

    viewing.view.happen(placement, EventKind::Open, 3000);
    let id = next(&viewing.ids);
    let session = Session::new(id, b"kenwick-br7-nl", b"nl", Reason::Tap, 8000, 3000);
    viewing.view.begin(placement, session);
    viewing.media(Media::Playing, 3220, 0);
    viewing.media(Media::TimeUpdate, 3470, 250);
    viewing.tell("playback-started.json", 3470);

    viewing.media(Media::TimeUpdate, 7220, 4000);
    viewing.media(Media::Seeking, 7320, 2000);
    viewing.media(Media::Seeked, 7360, 2000);
    viewing.media(Media::Waiting, 8360, 3000);
    viewing.media(Media::Playing, 8560, 3000);
    viewing.media(Media::VolumeChange, 8660, 3100);
    viewing.media(Media::RateChange, 9000, 3440);
    viewing.media(Media::Pause, 9400, 4040);
    viewing.tell("playback-paused.json", 9500);

    viewing.media(Media::Playing, 10_000, 4040);
    viewing.media(Media::TimeUpdate, 10_400, 4640);
    viewing.media(Media::Error, 10_500, 4790);
    viewing.view.happen(placement, EventKind::Cart, 11_000);
    viewing.media(Media::Quit, 12_000, 4790);
    viewing.view.happen(placement, EventKind::Close, 12_000);
    viewing.tell("playback-closed.json", 12_000);
}
