//! The salts of the day-lived visitor hash (docs/privacy.md): every minute today's and tomorrow's are made where they are missing, 32 random bytes under `salt:{UTC day}`, which the store forgets ten
//! minutes after their day. The edge alone reads them (`edge/src/visitor.rs`).
//!
//! A salt that is there is never made anew, or one browser would be two. Two runs that meet may both find none and the later one's holds: tomorrow's is made a day before it is used, so that this has long been
//! settled, and only the first minutes of a new installation know both.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shelfreel_playback::hour;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Env, Result};

use crate::tenant::CATALOG;

/// A day of UTC, in milliseconds.
const DAY_MS: u64 = 86_400_000;

/// So long after its day a salt is still there, in seconds: a beacon is stamped before the edge reads the salt, and KV takes no shorter life than a minute.
const AFTER_S: u64 = 600;

/// How many random bytes a salt has: as many as the hash that it keys.
const BYTES: usize = 32;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_with_chance(bytes: &mut [u8]);
}

/// A day's salt in the store: where, and until when.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    key: String,
    /// Seconds since 1970.
    expiration_s: u64,
}

/// Sees to it that today and tomorrow have a salt. What goes wrong is in the log, and without a salt there is no hash: the next run comes in a minute.
pub async fn renew(env: &Env, now_ms: u64) {
    for place in places(now_ms) {
        if let Err(error) = see_to(env, &place).await {
            let line = serde_json::json!({ "level": "error", "event": "salt_not_made", "detail": error.to_string() });
            worker::console_error!("{line}");
        }
    }
}

/// Where the salts of today and tomorrow are.
fn places(now_ms: u64) -> [Place; 2] {
    let today = now_ms / DAY_MS;
    [today, today + 1].map(|day| {
        let hour = hour(day * DAY_MS);
        let name = hour.split_once('T').map_or("", |(day, _)| day);
        Place {
            key: format!("salt:{name}"),
            expiration_s: (day + 1) * (DAY_MS / 1000) + AFTER_S,
        }
    })
}

async fn see_to(env: &Env, place: &Place) -> Result<()> {
    let store = env.kv(CATALOG)?;
    if store.get(&place.key).text().await?.is_some() {
        return Ok(());
    }
    let mut bytes = [0; BYTES];
    fill_with_chance(&mut bytes);
    store
        .put(&place.key, URL_SAFE_NO_PAD.encode(bytes))?
        .expiration(place.expiration_s)
        .execute()
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_and_tomorrow_have_a_salt_that_outlives_its_day_by_ten_minutes() {
        let midnight = 1_795_305_600_000;
        let expected = |today: &str, tomorrow: &str, expiration_s| {
            [
                Place {
                    key: format!("salt:{today}"),
                    expiration_s,
                },
                Place {
                    key: format!("salt:{tomorrow}"),
                    expiration_s: expiration_s + 86_400,
                },
            ]
        };
        // 2026-11-23T00:10:00Z
        let end = 1_795_392_000 + 600;
        let day = expected("2026-11-22", "2026-11-23", end);
        assert_eq!(places(midnight), day);
        assert_eq!(places(midnight + 86_399_999), day);
        assert_eq!(
            places(midnight + 86_400_000),
            expected("2026-11-23", "2026-11-24", end + 86_400)
        );
    }
}
