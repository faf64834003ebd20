//! A beacon as the edge reads it: the other side of the widget's writer, held to the same golden files (`tests/fixtures/playback-*.json`).
//!
//! Here is decided only whether the beacon counts; the row keeps it as it came, to the byte but for line breaks. What one snapshot must keep to is
//! said where snapshots are made ([`check_session`], [`check_placement`]); what is added here is what a beacon must keep to as a whole.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Deserialize;
use shelfreel_playback::{
    EVENT_NAMES, PlacementSnapshot, SessionSnapshot, Violation, check_placement, check_session,
    is_id,
};

use crate::purchase::{self, Purchase};

/// The version of the wire that this edge reads.
pub const VERSION: u32 = 1;

/// A beacon names at most so many videos, each of which costs a look into the catalogue. The 8,192 bytes that the widget keeps to hold some 40
/// placements of 12 videos with the shortest ids there are: 480.
pub const VIDEOS: usize = 512;

/// A shop's id of a visitor has at most so many characters.
const VISITOR: usize = 64;

/// Of a value that is wrong, so many characters are said again.
const SAID: usize = 80;

/// One request from widget to edge.
#[derive(Debug, Deserialize)]
pub struct Beacon<'a> {
    v: u32,
    /// The beacon's own id.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// The page view.
    #[serde(borrow)]
    pub page_view: Cow<'a, str>,
    n: u32,
    elapsed_ms: u32,
    #[serde(borrow)]
    consent: Option<Consent<'a>>,
    #[serde(borrow, default)]
    pub(crate) events: Vec<Event<'a>>,
    #[serde(borrow, default)]
    pub(crate) placements: Vec<Placement<'a>>,
    #[serde(borrow, default)]
    pub(crate) sessions: Vec<Session<'a>>,
    /// What was bought, by the shop's own word.
    #[serde(borrow, default)]
    pub purchases: Vec<Purchase<'a>>,
}

/// What the shopper has agreed to. Nothing is said where there is no consent.
#[derive(Debug, Deserialize)]
struct Consent<'a> {
    measurement: bool,
    #[serde(borrow)]
    visitor: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Event<'a> {
    at_ms: u32,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    placement: Option<Cow<'a, str>>,
    #[serde(borrow)]
    session: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Placement<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    pub(crate) seq: u32,
    pub(crate) elapsed_ms: u32,
    #[serde(borrow)]
    pub(crate) code: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) videos: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    layout: Cow<'a, str>,
    pub(crate) shown: u32,
    viewable: u32,
    opened: u32,
    pub(crate) cart: u32,
    #[serde(default)]
    carts_ms: Vec<u32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Session<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    seq: u32,
    elapsed_ms: u32,
    #[serde(borrow)]
    placement: Cow<'a, str>,
    #[serde(borrow)]
    video: Cow<'a, str>,
    #[serde(borrow, default)]
    code: Cow<'a, str>,
    #[serde(borrow)]
    language: Cow<'a, str>,
    #[serde(borrow)]
    state: Cow<'a, str>,
    #[serde(borrow)]
    reason: Cow<'a, str>,
    position_ms: u32,
    duration_ms: u32,
    startup_ms: Option<u32>,
    started_ms: Option<u32>,
    started: u32,
    ended: u32,
    playing_ms: u32,
    played_ms: u32,
    rebuffering_ms: u32,
    rebuffers: u32,
    seeks: u32,
    pauses: u32,
    rate_changes: u32,
    errors: u32,
    played: Vec<[u32; 3]>,
}

/// Why a beacon does not count. It is kept all the same, with this as its reason.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// No JSON, or not of the wire's shape.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// Another version of the wire.
    #[error("v: this is version {0} of the wire, the edge reads version {VERSION}")]
    Version(u32),
    /// An identifier of another form.
    #[error(
        "{field}: {value:?} is no identifier: 16 random bytes as base64url without padding, 22 characters"
    )]
    Id {
        /// Where, as `events[0].session`.
        field: String,
        /// What stands there, as far as it is needed to find it again.
        value: String,
    },
    /// Something that cannot be.
    #[error("{field}: {value:?}, should be {expected}")]
    Value {
        /// Where, as `sessions[0].played[3]`.
        field: String,
        /// What stands there, as far as it is needed to find it again.
        value: String,
        /// What would be right.
        expected: String,
    },
}

/// Reads and checks a beacon.
///
/// # Errors
/// With the first thing that is wrong: where, what stands there, and what would be right.
pub fn parse(body: &str) -> Result<Beacon<'_>, Unusable> {
    let beacon: Beacon<'_> = serde_json::from_str(body)?;
    beacon.check()?;
    Ok(beacon)
}

impl Beacon<'_> {
    /// The ids of every video that the beacon names, those that are watched first, some perhaps more than once: at most [`VIDEOS`].
    pub fn videos(&self) -> impl Iterator<Item = &str> {
        let placed = self
            .placements
            .iter()
            .flat_map(|placement| &placement.videos);
        let watched = self.sessions.iter().map(|session| &session.video);
        watched.chain(placed).map(AsRef::as_ref)
    }

    /// Every code that the beacon names, with the videos that it says matched.
    pub fn codes(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let watched = self
            .sessions
            .iter()
            .map(|session| (session.code.as_ref(), vec![session.video.as_ref()]));
        let placed = self.placements.iter().map(|placement| {
            let videos = placement.videos.iter().map(AsRef::as_ref);
            (placement.code.as_ref(), videos.collect())
        });
        watched.chain(placed).filter(|(code, _)| !code.is_empty())
    }

    /// Whether the shopper has agreed to be measured.
    #[must_use]
    pub fn consents(&self) -> bool {
        self.consent
            .as_ref()
            .is_some_and(|consent| consent.measurement)
    }

    /// Which of the page view's beacons it is, and the page view's age.
    pub(crate) fn pace(&self) -> (u32, u32) {
        (self.n, self.elapsed_ms)
    }

    /// Of each placement its age, and whether it was in view.
    pub(crate) fn looks(&self) -> impl Iterator<Item = (u32, u32)> {
        self.placements
            .iter()
            .map(|placement| (placement.elapsed_ms, placement.viewable))
    }

    /// Of each placement and session its age, and how often the most frequent of what it counts happened.
    pub(crate) fn hands(&self) -> impl Iterator<Item = (u32, u32)> {
        let placed = self.placements.iter().map(|one| {
            let most = one.shown.max(one.opened).max(one.cart);
            (one.elapsed_ms, most)
        });
        let watched = self.sessions.iter().map(|one| {
            let counts = [
                one.ended,
                one.rebuffers,
                one.seeks,
                one.pauses,
                one.rate_changes,
                one.errors,
            ];
            (one.elapsed_ms, counts.into_iter().max().unwrap_or_default())
        });
        placed.chain(watched)
    }

    fn check(&self) -> Result<(), Unusable> {
        if self.v != VERSION {
            return Err(Unusable::Version(self.v));
        }
        id(|| "id".into(), &self.id)?;
        id(|| "page_view".into(), &self.page_view)?;
        that(self.n > 0, || "n".into(), self.n, || "at least 1".into())?;
        self.consent.as_ref().map_or(Ok(()), Consent::check)?;
        let videos = self.videos().count();
        that(
            videos <= VIDEOS,
            || "videos".into(),
            videos,
            || format!("at most {VIDEOS} in one beacon"),
        )?;
        for (place, event) in self.events.iter().enumerate() {
            event.check(place, self.elapsed_ms)?;
        }
        for (place, placement) in self.placements.iter().enumerate() {
            let of = || format!("placements[{place}]");
            none(of, placement.check())?;
        }
        for (place, session) in self.sessions.iter().enumerate() {
            let of = || format!("sessions[{place}]");
            none(of, check_session(&session.snapshot()))?;
        }
        purchase::check(&self.purchases)
    }
}

impl Consent<'_> {
    fn check(&self) -> Result<(), Unusable> {
        that(
            self.measurement,
            || "consent.measurement".into(),
            self.measurement,
            || "true: without consent there is no `consent`".into(),
        )?;
        // An id, not a person: no e-mail address fits, and no name with a space.
        let is_mark = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/=".contains(&byte);
        self.visitor.as_deref().map_or(Ok(()), |visitor| {
            that(
                (1..=VISITOR).contains(&visitor.len()) && visitor.bytes().all(is_mark),
                || "consent.visitor".into(),
                visitor,
                || format!("1 to {VISITOR} of A-Z a-z 0-9 _ - . : / ="),
            )
        })
    }
}

impl Event<'_> {
    fn check(&self, place: usize, elapsed_ms: u32) -> Result<(), Unusable> {
        let field = |name: &str| format!("events[{place}].{name}");
        that(
            EVENT_NAMES.contains(&self.kind.as_ref()),
            || field("type"),
            &self.kind,
            || EVENT_NAMES.join(" | "),
        )?;
        that(
            self.at_ms <= elapsed_ms,
            || field("at_ms"),
            self.at_ms,
            || format!("at most the beacon's elapsed_ms, {elapsed_ms}"),
        )?;
        for (name, value) in [("placement", &self.placement), ("session", &self.session)] {
            if let Some(value) = value {
                id(|| field(name), value)?;
            }
        }
        Ok(())
    }
}

impl Placement<'_> {
    fn check(&self) -> Vec<Violation> {
        let videos: Vec<&str> = self.videos.iter().map(AsRef::as_ref).collect();
        check_placement(&PlacementSnapshot {
            id: &self.id,
            seq: self.seq,
            elapsed_ms: self.elapsed_ms,
            code: &self.code,
            videos: &videos,
            layout: &self.layout,
            shown: self.shown,
            viewable: self.viewable,
            opened: self.opened,
            cart: self.cart,
            carts_ms: &self.carts_ms,
        })
    }
}

impl Session<'_> {
    pub(crate) fn snapshot(&self) -> SessionSnapshot<'_> {
        SessionSnapshot {
            id: &self.id,
            seq: self.seq,
            elapsed_ms: self.elapsed_ms,
            placement: &self.placement,
            video: &self.video,
            code: &self.code,
            language: &self.language,
            state: &self.state,
            reason: &self.reason,
            position_ms: self.position_ms,
            duration_ms: self.duration_ms,
            startup_ms: self.startup_ms,
            started_ms: self.started_ms,
            started: self.started,
            ended: self.ended,
            playing_ms: self.playing_ms,
            played_ms: self.played_ms,
            rebuffering_ms: self.rebuffering_ms,
            rebuffers: self.rebuffers,
            seeks: self.seeks,
            pauses: self.pauses,
            rate_changes: self.rate_changes,
            errors: self.errors,
            played: &self.played,
        }
    }
}

fn id(field: impl FnOnce() -> String, value: &str) -> Result<(), Unusable> {
    if is_id(value) {
        return Ok(());
    }
    Err(Unusable::Id {
        field: field(),
        value: said(value),
    })
}

pub(crate) fn that(
    holds: bool,
    field: impl FnOnce() -> String,
    value: impl Display,
    expected: impl FnOnce() -> String,
) -> Result<(), Unusable> {
    if holds {
        return Ok(());
    }
    Err(Unusable::Value {
        field: field(),
        value: said(&value.to_string()),
        expected: expected(),
    })
}

/// Nothing was found wrong with the placement or session that `of` names.
fn none(of: impl FnOnce() -> String, violations: Vec<Violation>) -> Result<(), Unusable> {
    match violations.into_iter().next() {
        None => Ok(()),
        Some(first) => Err(Unusable::Value {
            field: format!("{}.{}", of(), first.field),
            value: said(&first.value),
            expected: first.expected,
        }),
    }
}

fn said(value: &str) -> String {
    value.chars().take(SAID).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use shelfreel_playback::{EventKind, Report, encode_id};

    /// What the widget's own test wrote, by name.
    fn golden() -> Vec<(String, String)> {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");
        let mut files: Vec<_> = std::fs::read_dir(fixtures)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let name = path.file_name().unwrap().to_string_lossy();
                name.starts_with("playback-") && name.ends_with(".json")
            })
            .map(|path| {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    fn golden_of(wanted: &str) -> Value {
        let (_, text) = golden()
            .into_iter()
            .find(|(name, _)| name == wanted)
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// What the player sent, with what the button sent: they may come in one beacon, and in two.
    fn watched() -> Value {
        let mut beacon = golden_of("playback-watched");
        beacon["placements"] = golden_of("playback-cart")["placements"].take();
        let mut events = golden_of("playback-escaped")["events"].take();
        let more = beacon["events"].as_array_mut().unwrap();
        events.as_array_mut().unwrap().append(more);
        beacon["events"] = events;
        beacon
    }

    /// The reason for which a beacon does not count.
    fn reason(beacon: &Value) -> String {
        match parse(&beacon.to_string()) {
            Ok(_) => "nothing is wrong".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn nothing_is_wrong_with_what_the_widget_sends() {
        let golden = golden();
        assert!(golden.len() >= 5, "{} golden files", golden.len());
        for (name, text) in golden {
            let beacon = parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(
                beacon.videos().any(|video| video == "kenwick-br7-nl"),
                "{name}"
            );
        }
    }

    #[test]
    fn every_video_of_sessions_and_placements_is_looked_up_what_is_watched_first() {
        let text = watched().to_string();
        let beacon = parse(&text).unwrap();
        let videos: Vec<&str> = beacon.videos().collect();
        assert_eq!(
            videos,
            ["kenwick-br7-nl", "kenwick-br7-nl", "kenwick-br7-mood"]
        );
    }

    #[test]
    fn the_widget_cannot_name_more_videos_than_are_looked_up() {
        let mut report = Report::new(0);
        for number in 0..100 {
            let id = encode_id(&[number; 16]);
            let mut placement =
                shelfreel_playback::Placement::new(id, b"sku:shop_demo:1", "button", 0);
            (0..12).for_each(|_| placement.video(b"v"));
            let placement = report.place(placement);
            report.happen(placement, EventKind::Impression, 0);
        }
        let mut most = 0;
        report.flush(0, &|| encode_id(&[0; 16]), &mut |body, _| {
            let text = String::from_utf8(body.text).unwrap();
            let text = format!(r#"{{"v":1,"page_view":"AAAAAAAAAAAAAAAAAAAAAA","n":1,{text}"#);
            most = most.max(parse(&text).unwrap().videos().count());
        });
        assert!((VIDEOS / 2..=VIDEOS).contains(&most), "{most} videos");
    }

    #[test]
    fn a_beacon_that_carries_nothing_or_something_new_counts() {
        let mut beacon = watched();
        for list in ["events", "placements", "sessions"] {
            beacon.as_object_mut().unwrap().remove(list);
        }
        beacon["later"] = json!({ "added": 1 });
        assert_eq!(reason(&beacon), "nothing is wrong");
    }

    #[test]
    fn a_beacon_may_say_what_the_shopper_agreed_to() {
        for consent in [
            json!({ "measurement": true }),
            json!({ "measurement": true, "visitor": "a0/B9_-.:=" }),
            json!({ "measurement": true, "visitor": "v".repeat(VISITOR), "later": 1 }),
        ] {
            let mut beacon = watched();
            beacon["consent"] = consent;
            assert_eq!(reason(&beacon), "nothing is wrong", "{beacon}");
        }
    }

    #[test]
    fn consent_of_another_shape_makes_no_beacon_that_counts() {
        let long = "v".repeat(VISITOR + 1);
        for (consent, expected) in [
            (json!(true), "json: invalid type: boolean `true`, expected struct Consent".to_owned()),
            (json!({}), "json: missing field `measurement`".to_owned()),
            (json!({ "measurement": "true" }), "json: invalid type: string \"true\", expected a boolean".to_owned()),
            (json!({ "measurement": true, "visitor": 7 }), "json: invalid type: integer `7`, expected a string".to_owned()),
            (
                json!({ "measurement": false }),
                "consent.measurement: \"false\", should be true: without consent there is no `consent`".to_owned(),
            ),
            (
                json!({ "measurement": true, "visitor": "" }),
                "consent.visitor: \"\", should be 1 to 64 of A-Z a-z 0-9 _ - . : / =".to_owned(),
            ),
            (
                json!({ "measurement": true, "visitor": long }),
                format!("consent.visitor: \"{long}\", should be 1 to 64 of"),
            ),
            (
                json!({ "measurement": true, "visitor": "someone@example.com" }),
                "consent.visitor: \"someone@example.com\", should be 1 to 64 of".to_owned(),
            ),
        ] {
            let mut beacon = watched();
            beacon["consent"] = consent;
            let found = reason(&beacon);
            assert!(found.starts_with(&expected), "   found {found}\nexpected {expected}");
        }
    }

    #[test]
    fn each_broken_beacon_has_its_reason() {
        let id = "no identifier: 16 random bytes as base64url without padding, 22 characters";
        let names = EVENT_NAMES.join(" | ");
        for (field, value, expected) in [
            (
                "/v",
                json!(2),
                "v: this is version 2 of the wire, the edge reads version 1".to_owned(),
            ),
            (
                "/id",
                json!("too-short"),
                format!("id: \"too-short\" is {id}"),
            ),
            (
                "/page_view",
                json!("AAAAAAAAAAAAAAAAAAAAAB"),
                format!("page_view: \"AAAAAAAAAAAAAAAAAAAAAB\" is {id}"),
            ),
            ("/n", json!(0), "n: \"0\", should be at least 1".to_owned()),
            (
                "/n",
                json!(-1),
                "json: invalid value: integer `-1`, expected u32 at line 1 column".to_owned(),
            ),
            (
                "/elapsed_ms",
                json!(4399),
                "events[10].at_ms: \"4400\", should be at most the beacon's elapsed_ms, 4399"
                    .to_owned(),
            ),
            (
                "/events/0/type",
                json!("progress"),
                format!("events[0].type: \"progress\", should be {names}"),
            ),
            (
                "/events/1/placement",
                json!("?"),
                format!("events[1].placement: \"?\" is {id}"),
            ),
            (
                "/events/3/session",
                json!(""),
                format!("events[3].session: \"\" is {id}"),
            ),
            (
                "/placements/0/id",
                json!(null),
                "json: invalid type: null, expected a string".to_owned(),
            ),
            (
                "/placements/0/id",
                json!("x"),
                "placements[0].id: \"x\", should be ".to_owned(),
            ),
            (
                "/placements/0/seq",
                json!(0),
                "placements[0].seq: \"0\", should be 1 to ".to_owned(),
            ),
            (
                "/placements/0/code",
                json!("ean:08710103937746"),
                "placements[0].code: \"ean:08710103937746\", should be ".to_owned(),
            ),
            (
                "/placements/0/code",
                json!(format!("sku:shop_demo:{}", "é".repeat(250))),
                format!(
                    "placements[0].code: \"sku:shop_demo:{}\", should be ",
                    "é".repeat(66)
                ),
            ),
            (
                "/placements/0/videos",
                json!([]),
                "placements[0].videos: \"0\", should be 1 to 12".to_owned(),
            ),
            (
                "/placements/0/videos/1",
                json!("../secret"),
                "placements[0].videos: \"../secret\", should be ".to_owned(),
            ),
            (
                "/placements/0/videos",
                json!(vec!["a"; 512]),
                "videos: \"513\", should be at most 512 in one beacon".to_owned(),
            ),
            (
                "/placements/0/layout",
                json!("popup"),
                "placements[0].layout: \"popup\", should be ".to_owned(),
            ),
            (
                "/placements/0/viewable",
                json!(2),
                "placements[0].viewable: \"2\", should be ".to_owned(),
            ),
            (
                "/placements/0/shown",
                json!(0),
                "placements[0].viewable: \"1\", should be ".to_owned(),
            ),
            (
                "/sessions/0/id",
                json!("x"),
                "sessions[0].id: \"x\", should be ".to_owned(),
            ),
            (
                "/sessions/0/seq",
                json!(0),
                "sessions[0].seq: \"0\", should be 1 to ".to_owned(),
            ),
            (
                "/sessions/0/placement",
                json!("x"),
                "sessions[0].placement: \"x\", should be ".to_owned(),
            ),
            (
                "/sessions/0/code",
                json!("8710103937746"),
                "sessions[0].code: \"8710103937746\", should be gtin:…".to_owned(),
            ),
            (
                "/placements/0/carts_ms",
                json!([1, 2]),
                "placements[0].carts_ms: \"2\", should be at most one for each cart".to_owned(),
            ),
            (
                "/sessions/0/video",
                json!("a/b"),
                "sessions[0].video: \"a/b\", should be ".to_owned(),
            ),
            (
                "/sessions/0/language",
                json!("x".repeat(300)),
                format!("sessions[0].language: \"{}\", should be ", "x".repeat(80)),
            ),
            (
                "/sessions/0/state",
                json!("resting"),
                "sessions[0].state: \"resting\", should be starting | playing".to_owned(),
            ),
            (
                "/sessions/0/reason",
                json!("replay"),
                "sessions[0].reason: \"replay\", should be tap | next".to_owned(),
            ),
            (
                "/sessions/0/position_ms",
                json!(9001),
                "sessions[0].position_ms: \"9001\", should be ".to_owned(),
            ),
            (
                "/sessions/0/startup_ms",
                json!(3001),
                "sessions[0].startup_ms: \"3001\", should be ".to_owned(),
            ),
            (
                "/sessions/0/started",
                json!(2),
                "sessions[0].started: \"2\", should be ".to_owned(),
            ),
            (
                "/sessions/0/playing_ms",
                json!(3001),
                "sessions[0].playing_ms: \"3001\", should be ".to_owned(),
            ),
            (
                "/sessions/0/rebuffering_ms",
                json!(1001),
                "sessions[0].rebuffering_ms: \"1001\", should be ".to_owned(),
            ),
            (
                "/sessions/0/played_ms",
                json!(2251),
                "sessions[0].played_ms: \"2251\", should be ".to_owned(),
            ),
            (
                "/sessions/0/played/1",
                json!([499, 1000, 2]),
                "sessions[0].played[1]: \"[499,1000,2]\", should be ".to_owned(),
            ),
            (
                "/sessions/0/played/2",
                json!([1000, 1750]),
                "json: invalid length 2, expected an array of length 3".to_owned(),
            ),
            (
                "/sessions/0/played",
                json!(vec![[0, 1, 1]; 201]),
                "sessions[0].played: \"201\", should be at most 200 parts".to_owned(),
            ),
        ] {
            let mut beacon = watched();
            *beacon.pointer_mut(field).unwrap() = value;
            let found = reason(&beacon);
            assert!(
                found.starts_with(&expected),
                "{field}\n   found {found}\nexpected {expected}"
            );
        }
        assert!(reason(&json!([])).starts_with("json: "));
    }
}
