//! The golden beacons of an ordinary viewing.

mod fixture;
mod ids;

use ids::Ids;
use shelfreel_playback::{
    EventKind, Media, PageView, Placement, Reason, Sample, Session, encode_id,
};

/// A viewing from the button to the close, with a part sought back to, a wait, a pause and a failed file.
struct Viewing {
    view: PageView,
    ids: Ids,
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
        fixture::assert_sends(&mut self.view, now_ms, &self.ids, name);
    }
}

#[test]
fn a_viewing_is_told_in_the_golden_beacons() {
    let ids = Ids::default();
    let view = PageView::new(&ids.next(), b"nl-BE,en", "0.1.0", "wasm", 100);
    let mut viewing = Viewing { view, ids };
    let mut placement = Placement::new(viewing.ids.next(), b"gtin:08710103937746", "button", 120);
    placement.video(b"kenwick-br7-nl");
    placement.video(b"kenwick-br7-guide");
    let placement = viewing.view.place(placement);
    viewing.view.happen(placement, EventKind::Impression, 130);
    viewing.view.happen(placement, EventKind::Viewable, 1130);
    viewing.tell("shown", 1230);

    viewing.view.happen(placement, EventKind::Open, 3000);
    let id = viewing.ids.next();
    let session = Session::new(id, b"kenwick-br7-nl", b"nl", Reason::Tap, 8000, 3000);
    viewing.view.begin(placement, session);
    viewing.media(Media::Playing, 3220, 0);
    viewing.media(Media::TimeUpdate, 3470, 250);
    viewing.tell("started", 3470);

    viewing.media(Media::TimeUpdate, 7220, 4000);
    viewing.media(Media::Seeking, 7320, 2000);
    viewing.media(Media::Seeked, 7360, 2000);
    viewing.media(Media::Waiting, 8360, 3000);
    viewing.media(Media::Playing, 8560, 3000);
    viewing.media(Media::VolumeChange, 8660, 3100);
    viewing.media(Media::RateChange, 9000, 3440);
    viewing.media(Media::Pause, 9400, 4040);
    viewing.tell("paused", 9500);

    viewing.media(Media::Playing, 10_000, 4040);
    viewing.media(Media::TimeUpdate, 10_400, 4640);
    viewing.media(Media::Error, 10_500, 4790);
    viewing.view.happen(placement, EventKind::Cart, 11_000);
    viewing.media(Media::Quit, 12_000, 4790);
    viewing.view.happen(placement, EventKind::Close, 12_000);
    viewing.tell("closed", 12_000);
}
