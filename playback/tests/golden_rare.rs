//! Golden beacons beside those of an ordinary viewing (`golden.rs`): a code that has to be escaped, every control, an error and a wait before the end, a session that is renewed.
//!
//! `SHELFREEL_REGENERATE=1 cargo test -p shelfreel-playback --test golden_rare` writes them anew; otherwise they are compared.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use shelfreel_playback::{
    EventKind, Id, Json, MAX_SESSION_MS, Media, PageView, Placement, Reason, Sample, Session,
    encode_id,
};
use std::cell::Cell;

const CODE: &[u8] = b"gtin:08710103937746";
const VIDEO: &[u8] = b"kenwick-br7-nl";

/// A page with one placement, whose player is open; its clock stands still between what is told.
struct Page {
    view: PageView,
    placement: usize,
    ids: Cell<u8>,
    at: Sample,
}

impl Page {
    fn opened(code: &[u8], duration_ms: u32) -> Self {
        let ids = Cell::new(0);
        let mut view = PageView::new(&next(&ids), b"nl-BE,en", "0.1.0", "wasm", 500);
        let mut placement = Placement::new(next(&ids), code, "button", 600);
        placement.video(VIDEO);
        placement.video(b"kenwick-br7-mood");
        let placement = view.place(placement);
        let at = Sample {
            now_ms: 600,
            duration_ms,
            played_end_ms: u32::MAX,
            rate_milli: 1000,
            paused: true,
            ..Sample::default()
        };
        let mut page = Self {
            view,
            placement,
            ids,
            at,
        };
        page.happen(0, EventKind::Impression);
        page.happen(900, EventKind::Viewable);
        page.happen(1100, EventKind::Open);
        let id = next(&page.ids);
        let session = Session::new(id, VIDEO, b"nl", Reason::Tap, duration_ms, page.at.now_ms);
        page.view.begin(placement, session);
        page
    }

    fn happen(&mut self, after_ms: u32, kind: EventKind) {
        self.at.now_ms += after_ms;
        self.view.happen(self.placement, kind, self.at.now_ms);
    }

    /// Tells `media` after `after_ms`, with what `change` makes of the element.
    fn tell(&mut self, after_ms: u32, media: Media, change: impl FnOnce(&mut Sample)) {
        self.at.now_ms += after_ms;
        change(&mut self.at);
        self.view.media(media, &self.at, &next(&self.ids));
    }

    /// Starts, and plays one second.
    fn start(&mut self) {
        self.tell(220, Media::Playing, |at| {
            (at.paused, at.ready) = (false, true);
        });
        self.play_on(1000);
    }

    fn play_on(&mut self, way_ms: u32) {
        self.tell(way_ms, Media::TimeUpdate, |at| at.position_ms += way_ms);
    }

    /// What is sent now is what the file says.
    fn golden(&mut self, name: &str) {
        let path = format!(
            "{}/../tests/fixtures/playback-{name}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let ids = &self.ids;
        let mut sent = Vec::new();
        let mut send = |body: Json| {
            sent.extend_from_slice(&body.text);
            sent.push(b'\n');
        };
        self.view.flush(self.at.now_ms, &|| next(ids), &mut send);
        let sent = String::from_utf8(sent).expect("UTF-8");
        serde_json::from_str::<serde_json::Value>(&sent).expect("one beacon");
        if std::env::var_os("SHELFREEL_REGENERATE").is_some() {
            std::fs::write(&path, &sent).expect("the fixture can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(sent, kept, "{path} differs");
    }
}

fn next(ids: &Cell<u8>) -> Id {
    ids.set(ids.get() + 1);
    encode_id(&[ids.get(); 16])
}

#[test]
fn a_tap_before_anything_moves_on_a_code_that_has_to_be_escaped() {
    let mut page = Page::opened(br#"sku:shop_demo:12" "\4""#, 8000);
    page.at.now_ms += 100;
    page.golden("opened");
}

#[test]
fn watching_with_every_control() {
    let mut page = Page::opened(CODE, 8000);
    page.start();
    page.tell(0, Media::VolumeChange, |at| at.muted = true);
    page.tell(0, Media::RateChange, |at| at.rate_milli = 1250);
    page.tell(400, Media::TimeUpdate, |at| at.position_ms += 500);
    page.tell(0, Media::FullscreenChange, |_| {});
    page.tell(200, Media::Seeking, |at| {
        (at.seeking, at.position_ms) = (true, 500);
    });
    page.tell(80, Media::Seeked, |at| at.seeking = false);
    page.tell(400, Media::Pause, |at| {
        (at.paused, at.position_ms) = (true, 1000);
    });
    page.happen(700, EventKind::Cart);
    page.golden("watched");
}

#[test]
fn an_error_and_a_wait_before_the_end() {
    let mut page = Page::opened(CODE, 4000);
    page.start();
    page.tell(0, Media::Error, |at| (at.error, at.ready) = (2, false));
    page.tell(10, Media::Recover, |at| at.error = 0);
    page.tell(500, Media::Playing, |at| at.ready = true);
    page.play_on(1000);
    page.tell(0, Media::Waiting, |at| at.ready = false);
    page.tell(700, Media::Playing, |at| at.ready = true);
    page.play_on(2000);
    page.tell(0, Media::Pause, |at| {
        (at.paused, at.ended) = (true, true);
    });
    page.tell(1, Media::Ended, |_| {});
    page.tell(2000, Media::Quit, |_| {});
    page.happen(0, EventKind::Close);
    page.golden("ended");
}

#[test]
fn a_player_that_stays_open_for_twelve_hours() {
    let mut page = Page::opened(CODE, 8000);
    page.start();
    page.tell(0, Media::Pause, |at| at.paused = true);
    page.tell(MAX_SESSION_MS, Media::Playing, |at| at.paused = false);
    page.play_on(1000);
    page.golden("renewed");
}
