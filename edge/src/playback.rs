//! Playback in: a beacon is stamped, checked, given what the catalogue knows of its videos, and kept.
//!
//! The answer is 204 once the row is kept, whatever was in it, for the shopper's console is not our log: what fails the check is kept as
//! a bad row with the reason. The queue is tried first, the bucket's `spill/` when the queue refuses (above 5,000 messages a second it
//! throws); only when neither takes the row is the answer 503, so that the widget's next snapshot, which is cumulative, brings it again.
//! Beside that goes the live lane, for which nobody waits ([`crate::live`]).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures_util::StreamExt;
use serde::Serialize;
use shelfreel_matching::look_up::is_shop_id;
use shelfreel_matching::record::VideoFacts;
use shelfreel_playback::hour;
use worker::{Context, Env, Request};

use crate::look_up::now_ms;
use crate::memory::{Age, Held};
use crate::plain::plain;
use crate::problem::{problem, unavailable};
use crate::purchase::{self, Matched};
use crate::reply::{Reply, header};
use crate::stores::{Bucket, CloudflareQueue, Kv, PlaybackQueue, Spill, StoreError};
use crate::visitor::{self, Sender};
use crate::{beacon, bots, live, log, state};

/// Twice what the widget sends at most (docs/wire.md), and an eighth of a queue message.
pub const BODY_BYTES: usize = 16_384;

/// Facts are read for at most so many videos of a beacon, those that are watched first: with the shop's key that is one bulk read of KV. What
/// is left out (on a listing of more than eight products with a dozen videos each) can be had later by the video's id.
const FACTS: usize = 99;

/// What the edge knows of a beacon beside its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The shop in the address.
    pub shop: String,
    /// When the edge received it, milliseconds since 1970.
    pub received_at_ms: u64,
    /// The page's origin as the browser says it; empty when it says none.
    pub origin: String,
    /// ISO 3166-1 alpha-2 as the network sees it; empty when unknown.
    pub country: String,
    /// The class of the device.
    pub device: &'static str,
    /// Why the request is taken for a machine's; empty for people.
    pub bot: &'static str,
    /// The browser sends Global Privacy Control (<https://w3c.github.io/gpc/>, `Sec-GPC: 1`).
    pub gpc: bool,
    /// Who it may be, of those who agreed to be measured, for a day ([`crate::visitor`]); empty for all others.
    pub visitor: String,
}

/// One line of the lake (docs/wire.md, "Queue and lake").
#[derive(Serialize)]
struct Row<'a> {
    v: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    beacon_id: Option<&'a str>,
    shop: &'a str,
    received_at_ms: u64,
    origin: &'a str,
    country: &'a str,
    device: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    bot: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gpc: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    visitor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    videos: Option<BTreeMap<&'a str, VideoFacts>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    incomplete: bool,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    unlisted: BTreeSet<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matched: Option<BTreeMap<&'a str, Matched>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bad: Option<Bad<'a>>,
}

#[derive(Serialize)]
struct Bad<'a> {
    reason: String,
    raw: &'a str,
}

/// A row ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// One line of JSON.
    pub line: String,
    /// How its name begins, should it go under `spill/`.
    spill: String,
    /// Whether the beacon counts; else it is a bad row.
    pub counts: bool,
}

/// Takes one beacon in.
pub async fn take(mut request: Request, env: &Env, context: &Context, shop: &str) -> Reply {
    let body = match body(&mut request).await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let header = |name| header(&request, name);
    let user_agent = header("user-agent");
    let agent = bots::agent(&user_agent);
    let mut stamp = Stamp {
        shop: shop.to_owned(),
        received_at_ms: now_ms(),
        origin: header("origin"),
        country: request
            .cf()
            .and_then(worker::Cf::country)
            .unwrap_or_default(),
        device: agent.device,
        bot: bots::by_request(&request, agent).unwrap_or_default(),
        gpc: header("sec-gpc") == "1",
        visitor: String::new(),
    };
    let parsed = beacon::parse(&body);
    let recognised = recognised(&stamp, &parsed);
    let bought = parsed.iter().flat_map(|beacon| &beacon.purchases);
    let bought = purchase::codes(bought, shop);
    if is_shop_id(shop) {
        let videos = parsed.iter().flat_map(beacon::Beacon::videos);
        let codes: BTreeSet<String> = parsed
            .iter()
            .flat_map(beacon::Beacon::codes)
            .map(|(code, _)| code.to_owned())
            .take(FACTS)
            .collect();
        let keys = std::iter::once(shop_key(shop))
            .chain(named_first(videos).map(video_key))
            .chain(purchase::keys(&bought))
            .chain(codes)
            .chain(recognised.then(|| visitor::salt_key(stamp.received_at_ms)));
        hold(state::missing(keys, stamp.received_at_ms), env, &stamp).await;
    }
    let (row, messages) = state::memory(|memory| {
        let now_ms = stamp.received_at_ms;
        let held = |key: &str| memory.get(key, Age::Any, now_ms);
        if recognised {
            let address = header("cf-connecting-ip");
            let sender = Sender {
                address: &address,
                user_agent: &user_agent,
            };
            stamp.visitor = visitor::hash(&stamp, sender, held);
        }
        let row = row(&stamp, &body, &parsed, &bought, held);
        let counts = parsed.as_ref().ok().filter(|_| row.counts);
        let messages =
            counts.map(|beacon| (live::kind(beacon), live::messages(&stamp, beacon, held)));
        (row, messages)
    });
    if let Some((kind, messages)) = messages {
        live::tell(env, context, kind, messages);
    }
    match keep(&row, CloudflareQueue::of(env), Bucket::lake(env)).await {
        Ok(()) => Reply::empty(204).with("cache-control", "no-store"),
        Err(error) => {
            log::error("playback_not_kept", &error.to_string());
            unavailable("no store took the beacon; the next one brings its totals again")
        }
    }
}

/// Reads what is missing. Stale facts, or none, do not stop a beacon: it is kept, and facts can be had later by the video's id.
async fn hold(missing: Vec<String>, env: &Env, stamp: &Stamp) {
    if missing.is_empty() {
        return;
    }
    match Kv::of(env) {
        Ok(catalogue) => {
            if let Err(error) = state::hold(missing, &catalogue, stamp.received_at_ms).await {
                log::warn("catalogue_unavailable", &error.to_string());
            }
        }
        Err(error) => log::error("missing_binding", &error.to_string()),
    }
}

/// Whether the shopper has agreed to be recognised for a day, and the browser does not refuse it.
fn recognised(stamp: &Stamp, parsed: &Result<beacon::Beacon<'_>, beacon::Unusable>) -> bool {
    !stamp.gpc && parsed.as_ref().is_ok_and(beacon::Beacon::consents)
}

/// The first [`FACTS`] different videos.
fn named_first<'a>(videos: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let mut seen = HashSet::new();
    videos.filter(move |video| seen.insert(*video)).take(FACTS)
}

/// Reads at most [`BODY_BYTES`]: at once where the request says beforehand that it has no more, else piece by piece.
async fn body(request: &mut Request) -> Result<String, Reply> {
    let length = header(request, "content-length").parse::<usize>();
    let bytes = if length.is_ok_and(|length| length <= BODY_BYTES) {
        // The runtime holds a request to the length that it says.
        request.bytes().await.map_err(|_| broken())?
    } else {
        pieces(request).await?
    };
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

async fn pieces(request: &mut Request) -> Result<Vec<u8>, Reply> {
    let mut bytes = Vec::new();
    if request.inner().body().is_some() {
        let mut stream = request.stream().map_err(|_| broken())?;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| broken())?;
            if bytes.len().saturating_add(chunk.len()) > BODY_BYTES {
                let detail = format!(
                    "a beacon is at most {BODY_BYTES} bytes: send the snapshots in several"
                );
                return Err(problem(413, "too large", &detail));
            }
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(bytes)
}

fn broken() -> Reply {
    problem(400, "broken body", "the body ended before it was whole")
}

/// The line that is kept: the beacon as it came, or the reason why it does not count.
pub fn row<'h>(
    stamp: &Stamp,
    body: &str,
    parsed: &Result<beacon::Beacon<'_>, beacon::Unusable>,
    bought: &purchase::Codes<'_>,
    held: impl Fn(&str) -> Option<&'h Held>,
) -> Kept {
    let usable = parsed
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|beacon| permitted(stamp, &held).map(|()| beacon))
        .and_then(|beacon| {
            // What the browser refuses for its user no script on the page can grant.
            plain(body, stamp.gpc.then_some("consent")).map(|json| (beacon, json))
        });
    let beacon_id = parsed.as_ref().ok().map(|beacon| beacon.id.as_ref());
    let mut row = Row {
        v: 1,
        beacon_id,
        shop: &stamp.shop,
        received_at_ms: stamp.received_at_ms,
        origin: &stamp.origin,
        country: &stamp.country,
        device: stamp.device,
        bot: stamp.bot,
        gpc: stamp.gpc,
        visitor: "",
        videos: None,
        incomplete: false,
        unlisted: BTreeSet::new(),
        matched: None,
        bad: None,
    };
    let json = match usable {
        Ok((beacon, json)) => {
            if row.bot.is_empty() && bots::impossible(beacon) {
                row.bot = "behaviour";
            }
            if recognised(stamp, parsed) {
                row.visitor = &stamp.visitor;
            }
            row.videos = Some(facts(beacon, &held));
            row.incomplete = beacon
                .videos()
                .any(|video| held(&video_key(video)).is_none());
            row.unlisted = unlisted(beacon, &held);
            row.matched = purchase::matched(bought, &stamp.shop, &held);
            Some(json)
        }
        Err(reason) => {
            row.bad = Some(Bad { reason, raw: body });
            None
        }
    };
    let counts = json.is_some();
    let mut line = serde_json::to_string(&row).unwrap_or_default();
    if let Some(json) = json {
        // As the last field, as it is: it was read and written once already.
        line.pop();
        line.push_str(",\"beacon\":");
        line.push_str(&json);
        line.push('}');
    }
    Kept {
        line,
        spill: format!(
            "spill/{}/{}",
            hour(stamp.received_at_ms),
            beacon_id.unwrap_or("bad")
        ),
        counts,
    }
}

impl Kept {
    /// Its name under `spill/`, by its id and by what is in it: two that differ never overwrite each other, also where a page gave two beacons one id.
    #[must_use]
    pub fn spill_key(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.line.hash(&mut hasher);
        format!("{}-{:016x}.json", self.spill, hasher.finish())
    }
}

/// Whether this shop and this page may send playback at all. A shop that is not held, since the store was out of reach, may.
fn permitted<'h>(stamp: &Stamp, held: impl Fn(&str) -> Option<&'h Held>) -> Result<(), String> {
    match held(&shop_key(&stamp.shop)) {
        _ if !is_shop_id(&stamp.shop) => Err(format!(
            "unknown_shop: {:?} is no shop's id",
            shown(&stamp.shop)
        )),
        Some(Held::Absent) => Err(format!("unknown_shop: there is no shop {}", stamp.shop)),
        Some(Held::Shop(shop)) if !stamp.origin.is_empty() && !shop.allows(Some(&stamp.origin)) => {
            Err(format!(
                "origin_not_registered: {} is not among the shop's origins",
                stamp.origin
            ))
        }
        _ => Ok(()),
    }
}

/// As much of a text as a reason shows.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

fn facts<'a, 'h>(
    beacon: &'a beacon::Beacon<'_>,
    held: impl Fn(&str) -> Option<&'h Held>,
) -> BTreeMap<&'a str, VideoFacts> {
    beacon
        .videos()
        .filter_map(|video| match held(&video_key(video)) {
            Some(Held::Video(facts)) => Some((video, facts.clone())),
            _ => None,
        })
        .collect()
}

/// The codes under which the catalogue has none of the videos that the beacon says matched. What is not held, since the store was out of reach, is believed.
fn unlisted<'a, 'h>(
    beacon: &'a beacon::Beacon<'_>,
    held: impl Fn(&str) -> Option<&'h Held>,
) -> BTreeSet<&'a str> {
    let is_listed = |code: &str, videos: &[&str]| match held(code) {
        Some(Held::Record(record)) => {
            let mut published = record.videos.iter();
            published.any(|video| videos.contains(&&*video.id))
        }
        Some(Held::Absent) => false,
        _ => true,
    };
    beacon
        .codes()
        .filter(|(code, videos)| !is_listed(code, videos))
        .map(|(code, _)| code)
        .collect()
}

/// Queue first, spill second.
///
/// # Errors
/// When neither took the row: what the bucket said.
async fn keep(
    row: &Kept,
    queue: Result<impl PlaybackQueue, StoreError>,
    spill: Result<impl Spill, StoreError>,
) -> Result<(), StoreError> {
    let refused = match queue {
        Ok(queue) => match queue.send(&row.line).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        },
        Err(error) => error,
    };
    log::warn("queue_refused", &refused.to_string());
    spill?.put(&row.spill_key(), &row.line).await
}

fn shop_key(shop: &str) -> String {
    format!("shop:{shop}")
}

pub(crate) fn video_key(video: &str) -> String {
    format!("video:{video}")
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_executor::block_on;

    use super::*;
    use crate::memory::Memory;

    const BEACON: &str = r#"{"v":1,"id":"AAAAAAAAAAAAAAAAAAAAAA","page_view":"AAAAAAAAAAAAAAAAAAAAAQ","n":1,"elapsed_ms":5,"widget":"0.1.0","engine":"wasm","language":"nl"}"#;

    fn stamp() -> Stamp {
        Stamp {
            shop: "shop_demo".into(),
            received_at_ms: 1_795_324_800_000,
            origin: "https://shop.example".into(),
            country: "NL".into(),
            device: "phone",
            bot: "",
            gpc: false,
            visitor: "AAAAAAAAAAAAAAAAAAAAAw".into(),
        }
    }

    fn kept(body: &str, shop: Option<&str>) -> Kept {
        let mut memory = Memory::default();
        assert!(memory.keep("shop:shop_demo", shop, 0));
        let parsed = beacon::parse(body);
        row(&stamp(), body, &parsed, &BTreeMap::new(), |key| {
            memory.get(key, Age::Any, 0)
        })
    }

    fn row_of(stamp: &Stamp, body: &str, shop: Option<&str>) -> serde_json::Value {
        let mut memory = Memory::default();
        assert!(memory.keep("shop:shop_demo", shop, 0));
        let held = |key: &str| memory.get(key, Age::Any, 0);
        let kept = row(stamp, body, &beacon::parse(body), &BTreeMap::new(), held);
        serde_json::from_str(&kept.line).unwrap()
    }

    fn granted() -> String {
        BEACON.replace(
            "\"v\":1",
            r#""v":1,"consent":{"measurement":true,"visitor":"someone"}"#,
        )
    }

    const OPEN: Option<&str> = Some(r#"{"v":1,"origins":["*"]}"#);

    #[test]
    fn a_row_is_one_line_whatever_white_space_the_beacon_had() {
        let pretty = BEACON.replace(',', ",\r\n  ");
        let kept = kept(&pretty, OPEN);
        assert!(!kept.line.contains(['\n', '\r']), "{}", kept.line);
        let row: serde_json::Value = serde_json::from_str(&kept.line).unwrap();
        assert_eq!(
            row["beacon"],
            serde_json::from_str::<serde_json::Value>(BEACON).unwrap()
        );
        assert_eq!(row["beacon_id"], "AAAAAAAAAAAAAAAAAAAAAA");
        let key = kept.spill_key();
        assert!(
            key.starts_with("spill/2026-11-22T05/AAAAAAAAAAAAAAAAAAAAAA-"),
            "{key}"
        );
    }

    #[test]
    fn consent_that_the_browser_refuses_for_its_user_is_not_kept() {
        let granted = granted();
        let kept = |gpc| {
            let row = row_of(&Stamp { gpc, ..stamp() }, &granted, OPEN);
            (
                row["gpc"].clone(),
                row["beacon"]["consent"]["visitor"].clone(),
            )
        };
        assert_eq!(kept(false), (serde_json::Value::Null, "someone".into()));
        assert_eq!(kept(true), (true.into(), serde_json::Value::Null));
    }

    #[test]
    fn only_of_those_who_agreed_to_be_measured_a_row_says_who_it_may_be() {
        let visitor = |gpc, body: &str, shop| {
            let row = row_of(&Stamp { gpc, ..stamp() }, body, shop);
            row["visitor"].as_str().map(str::to_owned)
        };
        assert_eq!(
            visitor(false, &granted(), OPEN).as_deref(),
            Some("AAAAAAAAAAAAAAAAAAAAAw")
        );
        assert_eq!(visitor(false, BEACON, OPEN), None, "nobody has decided");
        assert_eq!(visitor(true, &granted(), OPEN), None, "the browser refuses");
        assert_eq!(visitor(false, &granted(), None), None, "a bad row");
        let refused = granted().replace("\"measurement\":true", "\"measurement\":false");
        assert_eq!(visitor(false, &refused, OPEN), None, "a refusal was sent");
        let unknown = Stamp {
            visitor: String::new(),
            ..stamp()
        };
        assert_eq!(
            row_of(&unknown, &granted(), OPEN).get("visitor"),
            None,
            "nothing is said where there was no salt"
        );
    }

    #[test]
    fn a_beacon_that_no_person_can_have_sent_is_kept_and_flagged() {
        let with = |n: u32, elapsed_ms: u32, placement: &str| {
            let body = BEACON.replace("\"n\":1", &format!("\"n\":{n}")).replace(
                "\"elapsed_ms\":5",
                &format!("\"elapsed_ms\":{elapsed_ms},\"placements\":[{placement}]"),
            );
            let row: serde_json::Value = serde_json::from_str(&kept(&body, OPEN).line).unwrap();
            assert!(row.get("bad").is_none(), "{row}");
            row["bot"].as_str().unwrap_or_default().to_owned()
        };
        let placement = |elapsed_ms: u32, viewable: u32, opened: u32| {
            format!(
                r#"{{"id":"AAAAAAAAAAAAAAAAAAAAAQ","seq":1,"elapsed_ms":{elapsed_ms},"code":"gtin:08710103937746","videos":["film"],"layout":"button","shown":1,"viewable":{viewable},"opened":{opened},"cart":0}}"#
            )
        };
        assert_eq!(with(1, 5000, &placement(900, 1, 1)), "");
        assert_eq!(with(1, 5000, &placement(899, 1, 0)), "behaviour");
        assert_eq!(with(1, 5000, &placement(1000, 1, 40)), "");
        assert_eq!(with(1, 5000, &placement(1000, 1, 41)), "behaviour");
        assert_eq!(with(121, 5000, ""), "behaviour");
        assert_eq!(with(120, 5000, ""), "");
    }

    #[test]
    fn a_code_under_which_the_catalogue_has_none_of_the_videos_is_named() {
        let mut memory = Memory::default();
        let listed = r#"{"v":1,"videos":[{"id":"film","brand":"acme","kind":"guide","language":"nl","show":{"title":"T"}}]}"#;
        for (key, value) in [
            ("shop:shop_demo", OPEN),
            ("gtin:08710103937746", Some(listed)),
            ("gtin:09524710000125", Some(listed)),
            ("sku:shop_demo:none", None),
        ] {
            assert!(memory.keep(key, value, 0));
        }
        let placement = |id: &str, code: &str, video: &str| {
            format!(
                r#"{{"id":"AAAAAAAAAAAAAAAAAAAA{id}","seq":1,"elapsed_ms":5,"code":"{code}","videos":["{video}"],"layout":"button","shown":1,"viewable":0,"opened":0,"cart":0}}"#
            )
        };
        let placements = [
            placement("Ag", "gtin:08710103937746", "film"),
            placement("Aw", "gtin:09524710000125", "another"),
            placement("BA", "sku:shop_demo:none", "film"),
            placement("BQ", "mpn:acme:not-held", "film"),
        ]
        .join(",");
        let body = BEACON.replace("\"n\":1", &format!("\"n\":1,\"placements\":[{placements}]"));
        let parsed = beacon::parse(&body);
        let kept = row(&stamp(), &body, &parsed, &BTreeMap::new(), |key| {
            memory.get(key, Age::Any, 0)
        });
        let row: serde_json::Value = serde_json::from_str(&kept.line).unwrap();
        assert_eq!(
            row["unlisted"],
            serde_json::json!(["gtin:09524710000125", "sku:shop_demo:none"]),
            "{row}"
        );
    }

    #[test]
    fn what_does_not_count_is_kept_to_the_byte_with_its_reason() {
        for body in [
            "",
            "\n\u{0}garbage",
            "[1,2",
            "{\"v\":1}",
            &BEACON.replace("AAAAAAAAAAAAAAAAAAAAAQ", "short"),
        ] {
            let row: serde_json::Value = serde_json::from_str(&kept(body, OPEN).line).unwrap();
            assert_eq!(row["bad"]["raw"], body);
            assert!(
                row["bad"]["reason"]
                    .as_str()
                    .is_some_and(|reason| !reason.is_empty())
            );
            assert!(row.get("beacon").is_none());
        }
    }

    #[test]
    fn a_shop_that_is_not_there_and_a_page_that_is_not_its_own_are_reasons() {
        let reason = |shop| {
            let row: serde_json::Value = serde_json::from_str(&kept(BEACON, shop).line).unwrap();
            row["bad"]["reason"].as_str().map(str::to_owned)
        };
        assert_eq!(reason(OPEN), None);
        assert_eq!(
            reason(None).as_deref(),
            Some("unknown_shop: there is no shop shop_demo")
        );
        let strict = Some(r#"{"v":1,"origins":["https://other.example"]}"#);
        assert_eq!(
            reason(strict).as_deref(),
            Some("origin_not_registered: https://shop.example is not among the shop's origins")
        );
    }

    #[test]
    fn a_field_that_an_engine_could_not_read_makes_a_bad_row() {
        let with = |field: &str| BEACON.replace("\"v\":1", &format!("\"v\":1,\"x\":{field}"));
        for field in [
            r#""\ud800""#.to_owned(),
            format!("{}{}", "[".repeat(100), "]".repeat(100)),
            "9".repeat(5_000),
        ] {
            let row: serde_json::Value =
                serde_json::from_str(&kept(&with(&field), OPEN).line).unwrap();
            assert!(
                row["bad"]["reason"]
                    .as_str()
                    .is_some_and(|reason| reason.starts_with("json: ")),
                "{}",
                row["bad"]["reason"]
            );
        }
        let line = kept(&with("1,\"x\":2"), OPEN).line;
        assert_eq!(line.matches("\"x\":").count(), 1, "{line}");
    }

    #[test]
    fn what_is_no_shops_id_is_told_without_asking_the_store() {
        let stamp = Stamp {
            shop: "x".repeat(600),
            ..stamp()
        };
        let kept = row(
            &stamp,
            BEACON,
            &beacon::parse(BEACON),
            &BTreeMap::new(),
            |_| None,
        );
        let row: serde_json::Value = serde_json::from_str(&kept.line).unwrap();
        assert!(
            row["bad"]["reason"]
                .as_str()
                .is_some_and(|reason| reason.starts_with("unknown_shop: \"xxx"))
        );
    }

    #[test]
    fn two_rows_of_one_moment_and_one_length_do_not_overwrite_each_other() {
        let keys = ["garbage 1", "garbage 2"].map(|body| kept(body, OPEN).spill_key());
        assert_ne!(keys[0], keys[1]);
        // One id, twice.
        let other = BEACON.replace(r#""elapsed_ms":"#, r#""elapsed_ms":1"#);
        let keys_of_one = [BEACON, &other].map(|body| kept(body, OPEN).spill_key());
        assert_ne!(other, BEACON);
        assert_ne!(keys_of_one[0], keys_of_one[1]);
        assert_eq!(
            keys[0],
            kept("garbage 1", OPEN).spill_key(),
            "the same row twice is one object"
        );
    }

    #[test]
    fn facts_are_asked_for_each_video_once_and_in_order() {
        let many: Vec<String> = (0..200).map(|n| format!("v{}", n / 2)).collect();
        let asked: Vec<&str> = named_first(many.iter().map(String::as_str)).collect();
        assert_eq!(
            (asked.len(), asked.first(), asked.last()),
            (FACTS, Some(&"v0"), Some(&"v98"))
        );
    }

    /// A store that takes or refuses, and remembers what it took.
    struct Twin(bool, RefCell<Vec<String>>);

    impl Twin {
        fn taken(&self, row: &str) -> Result<(), StoreError> {
            if !self.0 {
                return Err(StoreError {
                    store: "TWIN",
                    detail: "overloaded".into(),
                });
            }
            self.1.borrow_mut().push(row.to_owned());
            Ok(())
        }
    }

    impl PlaybackQueue for &Twin {
        async fn send(&self, row: &str) -> Result<(), StoreError> {
            self.taken(row)
        }
    }

    impl Spill for &Twin {
        async fn put(&self, _key: &str, row: &str) -> Result<(), StoreError> {
            self.taken(row)
        }
    }

    #[test]
    fn a_row_is_in_exactly_one_store_when_it_is_accepted_and_in_none_when_it_is_not() {
        for (queue_takes, spill_takes) in
            [(true, true), (true, false), (false, true), (false, false)]
        {
            let (queue, spill) = (
                Twin(queue_takes, RefCell::default()),
                Twin(spill_takes, RefCell::default()),
            );
            let kept = kept(BEACON, OPEN);
            let accepted = block_on(keep(&kept, Ok(&queue), Ok(&spill))).is_ok();
            let copies = queue.1.borrow().len() + spill.1.borrow().len();
            assert_eq!(
                (accepted, copies),
                (queue_takes || spill_takes, usize::from(accepted))
            );
        }
    }

    #[test]
    fn a_missing_queue_spills_like_one_that_refuses() {
        let spill = Twin(true, RefCell::default());
        let missing: Result<&Twin, _> = Err(StoreError {
            store: "PLAYBACK",
            detail: "no such binding".into(),
        });
        assert!(block_on(keep(&kept(BEACON, OPEN), missing, Ok(&spill))).is_ok());
        assert_eq!(spill.1.borrow().len(), 1);
    }
}
