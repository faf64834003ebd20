//! A page as the widget's two modules see it, and beacons as the edge reads them.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "each test uses a part of it; a test fails by panicking"
)]

use serde_json::{Value, json};
use shelfreel_playback::{
    EventKind, Id, MAX_ABOUT_BYTES, MAX_BEACON_BYTES, Media, Placement, PlacementSnapshot, Reason,
    Report, Sample, Session, SessionSnapshot, check_placement, check_session, encode_id,
};
use std::cell::Cell;

/// One page view, with the button's report and the player's, whose ids are 1, 2, 3 in the order in which they are asked for.
pub(crate) struct Page {
    pub(crate) button: Report<Placement>,
    pub(crate) player: Report<Session>,
    names: Names,
    /// Of each placement.
    codes: Vec<Vec<u8>>,
    placements: Vec<Id>,
    /// What the page puts before each beacon, and how many there were.
    view: Value,
    beacons: u32,
}

/// What ids and beacons are counted by.
#[derive(Default)]
struct Names {
    ids: Cell<u8>,
}

impl Names {
    fn id(&self) -> Id {
        self.ids.set(self.ids.get().wrapping_add(1));
        encode_id(&[self.ids.get(); 16])
    }
}

impl Page {
    pub(crate) fn new(language: &[u8], began_ms: u32) -> Self {
        let names = Names::default();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        Self {
            button: Report::new(began_ms),
            player: Report::new(began_ms),
            view: json!({
                "v": 1, "page_view": text(&names.id()), "n": 0, "widget": "0.1.0", "engine": "wasm", "language": text(language),
            }),
            names,
            codes: Vec::new(),
            placements: Vec::new(),
            beacons: 0,
        }
    }

    pub(crate) fn id(&self) -> Id {
        self.names.id()
    }

    /// Adds a placement for a code with some videos; returns its number.
    pub(crate) fn place(&mut self, code: &[u8], videos: &[&[u8]], now_ms: u32) -> usize {
        let id = self.id();
        self.placements.push(id);
        let mut placement = Placement::new(id, code, "button", now_ms);
        for video in videos {
            placement.video(video);
        }
        self.codes.push(code.to_vec());
        self.button.place(placement)
    }

    /// Something happens to a placement.
    pub(crate) fn happen(&mut self, placement: usize, kind: EventKind, now_ms: u32) {
        if kind == EventKind::Close {
            let id = self.placements[placement];
            self.player.close(&id, now_ms);
        } else {
            self.button.happen(placement, kind, now_ms);
        }
    }

    /// Begins a session of a placement.
    pub(crate) fn begin(
        &mut self,
        placement: usize,
        video: &[u8],
        reason: Reason,
        duration_ms: u32,
        now_ms: u32,
    ) {
        let session = self.session(placement, video, reason, duration_ms, now_ms);
        self.player.begin(session);
    }

    /// A session of a placement, not begun yet.
    pub(crate) fn session(
        &self,
        placement: usize,
        video: &[u8],
        reason: Reason,
        duration_ms: u32,
        now_ms: u32,
    ) -> Session {
        let (code, placement) = (&self.codes[placement], &self.placements[placement]);
        let about: [&[u8]; 4] = [placement, code, video, b"nl"];
        Session::new(self.id(), about, reason, duration_ms, now_ms)
    }

    pub(crate) fn media(&mut self, media: Media, at: &Sample) {
        let spare = self.id();
        self.player.media(media, at, &spare);
    }

    /// What the button sends, and the flush's number.
    pub(crate) fn flush_button(&mut self, now_ms: u32) -> (Vec<String>, u32) {
        let (mut bodies, mut flush) = (Vec::new(), 0);
        self.button
            .flush(now_ms, &|| self.names.id(), &mut |body, number| {
                bodies.push(body.text);
                flush = number;
            });
        (self.whole(bodies), flush)
    }

    /// What the player sends, and the flush's number.
    pub(crate) fn flush_player(&mut self, now_ms: u32) -> (Vec<String>, u32) {
        let (mut bodies, mut flush) = (Vec::new(), 0);
        self.player
            .flush(now_ms, &|| self.names.id(), &mut |body, number| {
                bodies.push(body.text);
                flush = number;
            });
        (self.whole(bodies), flush)
    }

    /// What both send, in order.
    pub(crate) fn flush(&mut self, now_ms: u32) -> Vec<Value> {
        let (mut bodies, _) = self.flush_button(now_ms);
        bodies.append(&mut self.flush_player(now_ms).0);
        bodies.iter().map(|body| parse(body)).collect()
    }

    /// Beacons as the page sends them: with what they lack before them (`widget/start.js`).
    fn whole(&mut self, bodies: Vec<Vec<u8>>) -> Vec<String> {
        let whole = |body: Vec<u8>| {
            self.beacons += 1;
            self.view["n"] = self.beacons.into();
            let mut about = self.view.to_string();
            about.pop();
            about.push(',');
            assert!(
                about.len() <= MAX_ABOUT_BYTES && body.len() <= MAX_BEACON_BYTES - MAX_ABOUT_BYTES,
                "{} and {} bytes",
                about.len(),
                body.len()
            );
            about + &String::from_utf8(body).expect("UTF-8")
        };
        bodies.into_iter().map(whole).collect()
    }
}

pub(crate) fn parse(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Compares what is sent with a golden file in `tests/fixtures`, or writes it with `SHELFREEL_REGENERATE=1`.
pub(crate) fn golden(name: &str, bodies: &[String]) {
    let [body] = bodies else {
        panic!("{name}: {} beacons", bodies.len());
    };
    let path = format!(
        "{}/../tests/fixtures/playback-{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let sent = format!("{body}\n");
    parse(body);
    if std::env::var_os("SHELFREEL_REGENERATE").is_some() {
        std::fs::write(&path, &sent).expect("the fixture can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(sent, kept, "{path} differs");
}

pub(crate) fn number(thing: &Value, field: &str) -> u32 {
    let number = thing.get(field).and_then(Value::as_u64);
    u32::try_from(number.unwrap_or_else(|| panic!("{field} of {thing}"))).expect("32 bits")
}

pub(crate) fn text<'a>(thing: &'a Value, field: &str) -> &'a str {
    let text = thing.get(field).and_then(Value::as_str);
    text.unwrap_or_else(|| panic!("{field} of {thing}"))
}

pub(crate) fn list<'a>(thing: &'a Value, field: &str) -> &'a [Value] {
    let list = thing.get(field).and_then(Value::as_array);
    list.unwrap_or_else(|| panic!("{field} of {thing}"))
}

/// A list of numbers; empty when it is not there.
pub(crate) fn numbers(of: &Value, name: &str) -> Vec<u32> {
    let list = of
        .get(name)
        .cloned()
        .unwrap_or_else(|| Value::Array(Vec::new()));
    serde_json::from_value(list).expect("numbers")
}

/// The parts of a session, as the wire has them.
pub(crate) fn played(session: &Value) -> Vec<[u32; 3]> {
    let parts = session.get("played").cloned().unwrap_or_default();
    serde_json::from_value(parts).expect("parts")
}

/// A session's snapshot keeps to what the edge checks.
pub(crate) fn check_session_as_the_edge_does(session: &Value) {
    let violations = check_session(&SessionSnapshot {
        id: text(session, "id"),
        seq: number(session, "seq"),
        elapsed_ms: number(session, "elapsed_ms"),
        placement: text(session, "placement"),
        video: text(session, "video"),
        code: session.get("code").map_or("", |_| text(session, "code")),
        language: text(session, "language"),
        state: text(session, "state"),
        reason: text(session, "reason"),
        position_ms: number(session, "position_ms"),
        duration_ms: number(session, "duration_ms"),
        startup_ms: session
            .get("startup_ms")
            .map(|_| number(session, "startup_ms")),
        started_ms: session
            .get("started_ms")
            .map(|_| number(session, "started_ms")),
        started: number(session, "started"),
        ended: number(session, "ended"),
        playing_ms: number(session, "playing_ms"),
        played_ms: number(session, "played_ms"),
        rebuffering_ms: number(session, "rebuffering_ms"),
        rebuffers: number(session, "rebuffers"),
        seeks: number(session, "seeks"),
        pauses: number(session, "pauses"),
        rate_changes: number(session, "rate_changes"),
        errors: number(session, "errors"),
        played: &played(session),
    });
    assert_eq!(violations, [], "{session}");
}

/// A placement's snapshot keeps to what the edge checks.
pub(crate) fn check_placement_as_the_edge_does(placement: &Value) {
    let videos = list(placement, "videos");
    let videos: Vec<&str> = videos.iter().filter_map(Value::as_str).collect();
    let violations = check_placement(&PlacementSnapshot {
        id: text(placement, "id"),
        seq: number(placement, "seq"),
        elapsed_ms: number(placement, "elapsed_ms"),
        code: text(placement, "code"),
        videos: &videos,
        layout: text(placement, "layout"),
        shown: number(placement, "shown"),
        viewable: number(placement, "viewable"),
        opened: number(placement, "opened"),
        cart: number(placement, "cart"),
        carts_ms: &numbers(placement, "carts_ms"),
    });
    assert_eq!(violations, [], "{placement}");
}
