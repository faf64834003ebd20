//! `GET /api/v1/brands/{brand}/rows`: a brand's own part of the lake, row by row.
//!
//! What is another brand's is cut out of each row; what tells people apart is coarse: no consent, no visitor, no list of a browser's languages, and of country and device no more than the figures of the same hour
//! would show. Rows are at least once, as they are in the lake: readers take each `beacon_id` once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use worker::{Bucket, Env, Response};

use crate::figures::crowd::{OTHER, stand_alone};
use crate::lake;
use crate::ledger::cell::at;
use crate::ledger::question::Question;
use crate::ledgers::Ledgers;
use crate::problem::Problem;
use crate::replays::hour;
use crate::tenant::Brand;

/// A page reads so many objects of the lake, each of at most a hundred rows: well below the thousand calls that a request may make.
const OBJECTS: u32 = 100;

/// An hour's rows, a page of them: NDJSON, with the address of the next page in `Link`.
///
/// # Errors
/// 400 for an hour that is none, 503 when a store does not answer.
pub async fn rows(
    env: &Env,
    brand: &Brand,
    pairs: &[(String, String)],
) -> Result<Response, Problem> {
    let one = |name: &str| {
        pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let named = one("hour").ok_or_else(|| {
        Problem::wrong(
            "hour is missing: the hour in which rows were received, UTC, as 2026-11-22T05",
        )
    })?;
    let of_hour = hour("hour", named)?;
    let crowds = crowds(env, brand, of_hour).await?;
    let bucket = env.bucket(lake::BINDING)?;
    let mut list = bucket
        .list()
        .prefix(format!("lake/raw/{named}/"))
        .limit(OBJECTS);
    if let Some(cursor) = one("cursor") {
        list = list.cursor(cursor);
    }
    let page = list.execute().await?;
    let mut body = String::new();
    for object in page.objects() {
        for line in text(&bucket, &object.key()).await?.lines() {
            if let Some(row) = own(line, brand.slug(), &crowds) {
                body.push_str(&row.to_string());
                body.push('\n');
            }
        }
    }
    let response = Response::ok(body)?;
    let headers = response.headers();
    headers.set("content-type", "application/x-ndjson")?;
    headers.set("cache-control", "no-store")?;
    if let Some(cursor) = page.cursor().filter(|_| page.truncated()) {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("hour", named), ("cursor", &cursor)])
            .finish();
        headers.set(
            "link",
            &format!(
                "</api/v1/brands/{}/rows?{query}>; rel=\"next\"",
                brand.slug()
            ),
        )?;
    }
    Ok(response)
}

async fn text(bucket: &Bucket, key: &str) -> Result<String, Problem> {
    let Some(object) = bucket.get(key).execute().await? else {
        // Compacted and taken away between the list and now.
        return Ok(String::new());
    };
    let bytes = match object.body() {
        Some(body) => body.bytes().await?,
        None => Vec::new(),
    };
    let mut text = String::new();
    GzDecoder::new(&bytes[..])
        .read_to_string(&mut text)
        .map_err(|error| worker::Error::RustError(format!("{key} cannot be read: {error}")))?;
    Ok(text)
}

/// Of which countries and devices so many people watched in that hour that they may be told.
async fn crowds(
    env: &Env,
    brand: &Brand,
    hour: u32,
) -> Result<BTreeSet<(String, String)>, Problem> {
    let question = Question {
        from_hour: hour,
        to_hour: hour + 1,
        by: vec!["country".to_owned(), "device".to_owned()],
        only: vec![("bot".to_owned(), vec![String::new()])],
        ..Question::default()
    };
    let (answers, _) = Ledgers::of(env)?.ask(brand, vec![question]).await?;
    let lines: Vec<_> = answers.into_iter().flatten().collect();
    let sessions: Vec<i64> = lines
        .iter()
        .map(|line| line.sums.get(at::SESSIONS))
        .collect();
    Ok(lines
        .iter()
        .zip(stand_alone(&sessions))
        .filter(|(_, alone)| *alone)
        .filter_map(|(line, _)| match line.values.as_slice() {
            [country, device] => Some((country.clone(), device.clone())),
            _ => None,
        })
        .collect())
}

/// What of a row is a brand's; nothing when none of it is.
fn own(line: &str, brand: &str, crowds: &BTreeSet<(String, String)>) -> Option<Value> {
    let row: Value = serde_json::from_str(line).ok()?;
    let field = |name: &str| row.get(name).cloned().unwrap_or_default();
    let videos: Map<String, Value> = row
        .get("videos")?
        .as_object()?
        .iter()
        .filter(|(_, facts)| facts.get("brand").and_then(Value::as_str) == Some(brand))
        .map(|(video, facts)| (video.clone(), facts.clone()))
        .collect();
    let beacon = row.get("beacon")?;
    let list = |name: &str| {
        beacon
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let is_own = |video: &Value| {
        video
            .as_str()
            .is_some_and(|video| videos.contains_key(video))
    };
    let sessions: Vec<Value> = list("sessions")
        .into_iter()
        .filter(|session| session.get("video").is_some_and(is_own))
        .collect();
    let placements: Vec<Value> = list("placements")
        .into_iter()
        .filter_map(|mut placement| {
            let films = placement.get_mut("videos")?.as_array_mut()?;
            films.retain(is_own);
            (!films.is_empty()).then_some(placement)
        })
        .collect();
    let purchases = purchases(&row, &list("purchases"), brand);
    if sessions.is_empty() && placements.is_empty() && purchases.is_empty() {
        return None;
    }
    let ids: BTreeSet<&str> = sessions
        .iter()
        .chain(&placements)
        .filter_map(|one| one.get("id")?.as_str())
        .collect();
    let of_own = |event: &Value| {
        let named = |name: &str| event.get(name).and_then(Value::as_str);
        match (named("session"), named("placement")) {
            (Some(session), _) => ids.contains(session),
            (None, Some(placement)) => ids.contains(placement),
            (None, None) => false,
        }
    };
    let events: Vec<Value> = list("events").into_iter().filter(of_own).collect();
    let told = |name: &str| {
        row.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let crowd = crowds.contains(&(told("country"), told("device")));
    let coarse = |name: &str| if crowd { field(name) } else { json!(OTHER) };
    let of_beacon = |name: &str| beacon.get(name).cloned().unwrap_or_default();
    Some(json!({
        "v": 1, "beacon_id": field("beacon_id"), "received_at_ms": field("received_at_ms"), "shop": field("shop"), "origin": field("origin"),
        "country": coarse("country"), "device": coarse("device"), "bot": told("bot"), "videos": videos,
        "beacon": {
            "v": 1, "id": of_beacon("id"), "page_view": of_beacon("page_view"), "n": of_beacon("n"), "elapsed_ms": of_beacon("elapsed_ms"), "widget": of_beacon("widget"), "engine": of_beacon("engine"),
            "events": events, "placements": placements, "sessions": sessions, "purchases": purchases,
        },
    }))
}

/// The brand's lines of the orders that have any.
fn purchases(row: &Value, purchases: &[Value], brand: &str) -> Vec<Value> {
    let matched: BTreeMap<&str, &Value> = row
        .get("matched")
        .and_then(Value::as_object)
        .map(|matched| {
            matched
                .iter()
                .map(|(code, found)| (code.as_str(), found))
                .collect()
        })
        .unwrap_or_default();
    let is_own = |line: &Value| {
        let brands = line
            .get("code")
            .and_then(Value::as_str)
            .and_then(|code| matched.get(code)?.get("brands")?.as_array());
        brands.is_some_and(|brands| brands.iter().any(|one| one.as_str() == Some(brand)))
    };
    purchases
        .iter()
        .filter_map(|purchase| {
            let mut purchase = purchase.clone();
            let name = purchase.get("order")?.as_str()?.to_owned();
            // A shop's numbers say how much it sells: the brand sees which orders are the same, and no number.
            *purchase.get_mut("order")? = digest(row, &name).into();
            let lines = purchase.get_mut("lines")?.as_array_mut()?;
            lines.retain(is_own);
            (!lines.is_empty()).then_some(purchase)
        })
        .collect()
}

fn digest(row: &Value, order: &str) -> String {
    let shop = row.get("shop").and_then(Value::as_str).unwrap_or_default();
    let digest = Sha256::digest(format!("{shop}\n{order}").as_bytes());
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Value {
        json!({
            "v": 1, "beacon_id": "b", "shop": "shop_demo", "received_at_ms": 5, "origin": "https://shop.example", "country": "LU", "device": "tablet", "visitor": "hash",
            "videos": { "film": { "brand": "kenwick" }, "rival": { "brand": "solvane" } },
            "matched": { "1": { "code": "gtin:1", "brands": ["kenwick", "solvane"] }, "2": { "code": "gtin:2", "brands": ["solvane"] } },
            "beacon": {
                "v": 1, "id": "b", "page_view": "p", "n": 1, "elapsed_ms": 9, "language": "lb-LU,fr", "consent": { "measurement": true, "visitor": "someone" },
                "events": [{ "type": "open", "placement": "P" }, { "type": "play", "session": "S", "placement": "P" }, { "type": "play", "session": "R", "placement": "P" }, { "type": "impression", "placement": "Q" }],
                "placements": [{ "id": "P", "videos": ["film", "rival"] }, { "id": "Q", "videos": ["rival"] }],
                "sessions": [{ "id": "S", "video": "film" }, { "id": "R", "video": "rival" }],
                "purchases": [{ "order": "A", "lines": [{ "code": "1", "quantity": 1 }, { "code": "2", "quantity": 2 }] }, { "order": "B", "lines": [{ "code": "2", "quantity": 1 }] }],
            },
        })
    }

    #[test]
    fn a_row_has_what_is_the_brands_and_nothing_of_another() {
        let own = own(&row().to_string(), "kenwick", &BTreeSet::new()).unwrap();
        let text = own.to_string();
        for foreign in [
            "rival", "solvane", "\"R\"", "\"Q\"", "\"B\"", "someone", "hash", "lb-LU", "LU",
            "tablet",
        ] {
            assert!(!text.contains(foreign), "{foreign} in {text}");
        }
        assert_eq!(own["beacon"]["events"].as_array().unwrap().len(), 2);
        let purchase = &own["beacon"]["purchases"][0];
        assert_eq!(
            (
                own["beacon"]["purchases"].as_array().unwrap().len(),
                &purchase["lines"]
            ),
            (1, &json!([{ "code": "1", "quantity": 1 }]))
        );
        assert_eq!(
            purchase["order"].as_str().unwrap().len(),
            32,
            "the shop's own number is not told"
        );
        assert_eq!(
            (own["country"].as_str(), own["device"].as_str()),
            (Some(OTHER), Some(OTHER))
        );
    }

    #[test]
    fn country_and_device_are_told_where_there_is_a_crowd() {
        let crowds = BTreeSet::from([("LU".to_owned(), "tablet".to_owned())]);
        let own = own(&row().to_string(), "solvane", &crowds).unwrap();
        assert_eq!(
            (own["country"].as_str(), own["device"].as_str()),
            (Some("LU"), Some("tablet"))
        );
    }

    #[test]
    fn a_row_of_others_is_no_row() {
        assert_eq!(own(&row().to_string(), "nobody", &BTreeSet::new()), None);
        assert_eq!(own("garbage", "kenwick", &BTreeSet::new()), None);
    }
}
