//! Golden beacons beside those of an ordinary viewing (`golden.rs`): a code that has to be escaped, every control, an error and a wait before the end, a session that is renewed.

mod fixture;
mod ids;

use ids::Ids;
use shelfreel_playback::{
    EventKind, MAX_SESSION_MS, Media, PageView, Placement, Reason, Sample, Session,
};

const CODE: &[u8] = b"gtin:08710103937746";
const VIDEO: &[u8] = b"kenwick-br7-nl";

/// A page with one placement, whose player is open; its clock stands still between what is told.
struct Page {
    view: PageView,
    placement: usize,
    ids: Ids,
    at: Sample,
}

impl Page {
    fn opened(code: &[u8], duration_ms: u32) -> Self {
        let ids = Ids::default();
        let mut view = PageView::new(&ids.next(), b"nl-BE,en", "0.1.0", "wasm", 500);
        let mut placement = Placement::new(ids.next(), code, "button", 600);
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
        let id = page.ids.next();
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
        self.view.media(media, &self.at, &self.ids.next());
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
        fixture::assert_sends(&mut self.view, self.at.now_ms, &self.ids, name);
    }
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
