//! The golden beacons in `tests/fixtures/playback-*.json`, byte for byte as the widget sends them. The edge's tests read them.
//!
//! `SHELFREEL_REGENERATE=1 cargo test -p shelfreel-playback --test golden` writes them anew; otherwise they are compared.

mod support;

use shelfreel_playback::{EventKind, MAX_SESSION_MS, Media, Reason, Sample};
use support::{Page, golden};

const CODE: &[u8] = b"gtin:08710103937746";
const VIDEO: &[u8] = b"kenwick-br7-nl";

/// A page with one placement; its clock stands still between what is told.
struct Viewing {
    page: Page,
    placement: usize,
    at: Sample,
}

impl Viewing {
    fn shown(code: &[u8], duration_ms: u32) -> Self {
        let mut page = Page::new(b"nl-BE,en", 500);
        let placement = page.place(code, &[VIDEO, b"kenwick-br7-mood"], 600);
        let at = Sample {
            now_ms: 600,
            duration_ms,
            played_end_ms: u32::MAX,
            rate_milli: 1000,
            paused: true,
            ..Sample::default()
        };
        let mut viewing = Self {
            page,
            placement,
            at,
        };
        viewing.happen(0, EventKind::Impression);
        viewing.happen(1000, EventKind::Viewable);
        viewing
    }

    fn opened(code: &[u8], duration_ms: u32) -> Self {
        let mut viewing = Self::shown(code, duration_ms);
        viewing.open();
        viewing
    }

    fn open(&mut self) {
        self.happen(1000, EventKind::Open);
        let (duration_ms, now_ms) = (self.at.duration_ms, self.at.now_ms);
        self.page
            .begin(self.placement, VIDEO, Reason::Tap, duration_ms, now_ms);
    }

    fn happen(&mut self, after_ms: u32, kind: EventKind) {
        self.at.now_ms += after_ms;
        self.page.happen(self.placement, kind, self.at.now_ms);
    }

    /// Tells `media` after `after_ms`, with what `change` makes of the element.
    fn tell(&mut self, after_ms: u32, media: Media, change: impl FnOnce(&mut Sample)) {
        self.at.now_ms += after_ms;
        change(&mut self.at);
        self.page.media(media, &self.at);
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

    /// What the button sends now is what the file says.
    fn button(&mut self, name: &str) {
        golden(name, &self.page.flush_button(self.at.now_ms).0);
    }

    /// What the player sends now is what the file says.
    fn player(&mut self, name: &str) {
        golden(name, &self.page.flush_player(self.at.now_ms).0);
    }
}

#[test]
fn a_viewing_from_the_button_to_the_close() {
    let mut viewing = Viewing::shown(CODE, 8000);
    viewing.button("shown");
    viewing.open();
    viewing.button("opened");
    viewing.start();
    viewing.player("started");
    viewing.tell(200, Media::Seeking, |at| {
        (at.seeking, at.position_ms) = (true, 500);
    });
    viewing.tell(80, Media::Seeked, |at| at.seeking = false);
    viewing.tell(400, Media::Pause, |at| {
        (at.paused, at.position_ms) = (true, 900);
    });
    viewing.player("paused");
    viewing.happen(700, EventKind::Cart);
    viewing.button("cart");
    viewing.tell(2000, Media::Quit, |_| {});
    viewing.happen(0, EventKind::Close);
    viewing.player("closed");
}

#[test]
fn a_tap_before_anything_moves_on_a_code_that_has_to_be_escaped() {
    let mut viewing = Viewing::opened(br#"sku:shop_demo:12" "\4""#, 8000);
    viewing.at.now_ms += 100;
    viewing.button("escaped");
    viewing.player("starting");
}

#[test]
fn watching_with_every_control() {
    let mut viewing = Viewing::opened(CODE, 8000);
    viewing.start();
    viewing.tell(0, Media::VolumeChange, |at| at.muted = true);
    viewing.tell(0, Media::RateChange, |at| at.rate_milli = 1250);
    viewing.tell(400, Media::TimeUpdate, |at| at.position_ms += 500);
    viewing.tell(0, Media::FullscreenChange, |_| {});
    viewing.tell(200, Media::Seeking, |at| {
        (at.seeking, at.position_ms) = (true, 500);
    });
    viewing.tell(80, Media::Seeked, |at| at.seeking = false);
    viewing.tell(400, Media::Pause, |at| {
        (at.paused, at.position_ms) = (true, 1000);
    });
    viewing.player("watched");
}

#[test]
fn an_error_and_a_wait_before_the_end() {
    let mut viewing = Viewing::opened(CODE, 4000);
    viewing.start();
    viewing.tell(0, Media::Error, |at| (at.error, at.ready) = (2, false));
    viewing.tell(10, Media::Recover, |at| at.error = 0);
    viewing.tell(500, Media::Playing, |at| at.ready = true);
    viewing.play_on(1000);
    viewing.tell(0, Media::Waiting, |at| at.ready = false);
    viewing.tell(700, Media::Playing, |at| at.ready = true);
    viewing.play_on(2000);
    viewing.tell(0, Media::Pause, |at| {
        (at.paused, at.ended) = (true, true);
    });
    viewing.tell(1, Media::Ended, |_| {});
    viewing.tell(2000, Media::Quit, |_| {});
    viewing.happen(0, EventKind::Close);
    viewing.player("ended");
}

#[test]
fn a_player_that_stays_open_for_twelve_hours() {
    let mut viewing = Viewing::opened(CODE, 8000);
    viewing.start();
    viewing.tell(0, Media::Pause, |at| at.paused = true);
    viewing.tell(MAX_SESSION_MS, Media::Playing, |at| at.paused = false);
    viewing.play_on(1000);
    viewing.player("renewed");
}
