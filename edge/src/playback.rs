//! Playback in: a beacon is stamped, checked, given what the catalogue knows of its videos, and kept.
//!
//! The answer is 204 once the row is kept, whatever was in it, for the shopper's console is not our log: what fails the check is kept as
//! a bad row with the reason. The queue is tried first, the bucket's `spill/` when the queue refuses (above 5,000 messages a second it
//! throws); only when neither takes the row is the answer 503, so that the widget's next snapshot, which is cumulative, brings it again.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use serde::Serialize;
use serde_json::value::RawValue;
use shelfreel_matching::record::VideoFacts;
use shelfreel_playback::hour;
use worker::{Env, Request};

use crate::memory::{Age, Held};
use crate::problem::{problem, unavailable};
use crate::reply::Reply;
use crate::stores::{Bucket, CloudflareQueue, Kv, PlaybackQueue, Spill, StoreError};
use crate::{beacon, device, log, state};

/// Twice what the widget sends at most (docs/wire.md), and an eighth of a queue message.
pub const BODY_BYTES: usize = 16_384;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    videos: Option<BTreeMap<&'a str, VideoFacts>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beacon: Option<&'a RawValue>,
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
    /// Its name under `spill/`.
    pub spill_key: String,
}

/// Takes one beacon in.
pub async fn take(mut request: Request, env: &Env, shop: &str) -> Reply {
    let body = match body(&mut request).await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .ok()
            .flatten()
            .unwrap_or_default()
    };
    let stamp = Stamp {
        shop: shop.to_owned(),
        received_at_ms: worker::Date::now().as_millis(),
        origin: header("origin"),
        country: request
            .cf()
            .and_then(worker::Cf::country)
            .unwrap_or_default(),
        device: device::class(&header("user-agent")),
    };
    let parsed = beacon::parse(&body);
    let mut keys = vec![shop_key(shop)];
    keys.extend(
        parsed
            .iter()
            .flat_map(beacon::Beacon::videos)
            .map(video_key),
    );
    match Kv::of(env) {
        Ok(catalogue) => {
            if let Err(error) = state::hold(keys, &catalogue, stamp.received_at_ms).await {
                // Stale facts, or none, do not stop a beacon: it is kept, and facts can be had later by the video's id.
                log::warn("catalogue_unavailable", &error.to_string());
            }
        }
        Err(error) => log::error("missing_binding", &error.to_string()),
    }
    let row = state::memory(|memory| {
        row(&stamp, &body, &parsed, |key| {
            memory.get(key, Age::Any, stamp.received_at_ms)
        })
    });
    match keep(&row, CloudflareQueue::of(env), Bucket::lake(env)).await {
        Ok(()) => Reply::empty(204).with("cache-control", "no-store"),
        Err(error) => {
            log::error("playback_not_kept", &error.to_string());
            unavailable("no store took the beacon; the next one brings its totals again")
        }
    }
}

/// Reads at most [`BODY_BYTES`], whatever `content-length` says.
async fn body(request: &mut Request) -> Result<String, Reply> {
    let mut bytes = Vec::new();
    if let Ok(mut stream) = request.stream() {
        while let Some(chunk) = stream.next().await {
            let Ok(chunk) = chunk else {
                return Err(problem(
                    400,
                    "broken body",
                    "the body ended before it was whole",
                ));
            };
            if bytes.len().saturating_add(chunk.len()) > BODY_BYTES {
                return Err(problem(
                    413,
                    "too large",
                    &format!(
                        "a beacon is at most {BODY_BYTES} bytes: send the snapshots in several"
                    ),
                ));
            }
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// The line that is kept: the beacon as it came, or the reason why it does not count.
pub fn row<'h>(
    stamp: &Stamp,
    body: &str,
    parsed: &Result<beacon::Beacon<'_>, beacon::Unusable>,
    held: impl Fn(&str) -> Option<&'h Held>,
) -> Kept {
    let usable = parsed
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|beacon| permitted(stamp, &held).map(|()| beacon));
    let one_line = body.replace(['\n', '\r'], " ");
    let raw: Result<&RawValue, _> = serde_json::from_str(&one_line);
    let beacon_id = parsed.as_ref().ok().map(|beacon| beacon.id.as_ref());
    let mut row = Row {
        v: 1,
        beacon_id,
        shop: &stamp.shop,
        received_at_ms: stamp.received_at_ms,
        origin: &stamp.origin,
        country: &stamp.country,
        device: stamp.device,
        videos: None,
        beacon: None,
        bad: None,
    };
    match (usable, raw) {
        (Ok(beacon), Ok(raw)) => {
            row.videos = Some(facts(beacon, &held));
            row.beacon = Some(raw);
        }
        (Err(reason), _) => row.bad = Some(Bad { reason, raw: body }),
        (_, Err(error)) => {
            row.bad = Some(Bad {
                reason: error.to_string(),
                raw: body,
            });
        }
    }
    let name = beacon_id.map_or_else(
        || format!("bad-{}-{}", stamp.received_at_ms, body.len()),
        str::to_owned,
    );
    Kept {
        line: serde_json::to_string(&row).unwrap_or_default(),
        spill_key: format!("spill/{}/{name}.json", hour(stamp.received_at_ms)),
    }
}

/// Whether this shop and this page may send playback at all. A shop that is not held, since the store was out of reach, may.
fn permitted<'h>(stamp: &Stamp, held: impl Fn(&str) -> Option<&'h Held>) -> Result<(), String> {
    match held(&shop_key(&stamp.shop)) {
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
    spill?.put(&row.spill_key, &row.line).await
}

fn shop_key(shop: &str) -> String {
    format!("shop:{shop}")
}

fn video_key(video: &str) -> String {
    format!("video:{video}")
}
