//! Look-ups that found something, added up by brand, shop and hour into the index of the ledgers, so that coverage (docs/figures.md) is one question and not the reading of thousands of objects.
//!
//! Names below `lake/demand/` begin with the moment at which they were told, so one name says how far this has come. What was added and how far it goes is written together: a run that fails
//! between any two steps is made again, and of two that meet one adds nothing.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use worker::{Bucket, Date, Env, Result};

use crate::ledgers::{self, AT_ONCE, Ledgers};
use crate::{demand, lake};

const DEMAND: &str = "lake/demand/";

/// An object may come into the bucket later than its name says, by the time that putting it takes.
const SETTLED_MS: u64 = 120_000;

/// What a run adds, as the index takes it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The last name that had been added before.
    pub after: String,
    /// The last that is in this.
    pub last: String,
    /// What was told before that moment is in it all.
    pub until_ms: u64,
    /// Look-ups that found something, by brand, hour since 1970, and shop.
    pub look_ups: Vec<(String, u32, String, u64)>,
}

/// Adds up what was told since the last run, at most so many objects. What goes wrong is in the log: the next run comes in a minute.
pub async fn add_up(env: &Env, most: u32) {
    if let Err(error) = added_up(env, most).await {
        worker::console_error!(
            "{}",
            serde_json::json!({ "level": "error", "event": "demand_not_added_up", "detail": error.to_string() })
        );
    }
}

async fn added_up(env: &Env, most: u32) -> Result<()> {
    let index = Ledgers::of(env)?.index_stub()?;
    let after: String = ledgers::call::<(), _>(&index, "/look-ups", None).await?;
    let bucket = env.bucket(lake::BINDING)?;
    let settled_ms = Date::now().as_millis().saturating_sub(SETTLED_MS);
    let mut list = bucket.list().prefix(DEMAND).limit(most);
    if !after.is_empty() {
        list = list.start_after(&after);
    }
    let listed = list.execute().await?;
    let names: Vec<String> = listed.objects().iter().map(worker::Object::key).collect();
    let (names, until_ms) = settled(names, settled_ms, listed.truncated());
    let look_ups = stream::iter(&names)
        .map(|name| read(&bucket, name))
        .buffer_unordered(AT_ONCE)
        .try_fold(BTreeMap::new(), async |mut sums, lines| {
            demand::look_ups(&lines, &mut sums);
            Ok(sums)
        })
        .await?;
    let added = Added {
        last: names.last().unwrap_or(&after).clone(),
        after,
        until_ms,
        look_ups: look_ups
            .into_iter()
            .map(|((brand, hour, shop), count)| (brand, hour, shop, count))
            .collect(),
    };
    ledgers::call::<_, ()>(&index, "/look-ups", Some(&added)).await
}

/// Of names in order, those that nothing comes before any more; and until when all that was told is in them.
fn settled(mut names: Vec<String>, settled_ms: u64, more: bool) -> (Vec<String>, u64) {
    let count = names.len();
    names.retain(|name| told_ms(name) < settled_ms);
    let until_ms = match names.last() {
        Some(last) if more && names.len() == count => told_ms(last),
        _ => settled_ms,
    };
    (names, until_ms)
}

/// `lake/demand/2026-11-22T05/1795324860000-….ndjson`; what is named otherwise was told long ago.
fn told_ms(name: &str) -> u64 {
    let ms = name
        .rsplit('/')
        .next()
        .and_then(|name| name.split('-').next());
    ms.and_then(|ms| ms.parse().ok()).unwrap_or_default()
}

async fn read(bucket: &Bucket, name: &str) -> Result<String> {
    let object = bucket.get(name).execute().await?;
    match object.as_ref().and_then(worker::Object::body) {
        Some(body) => body.text().await,
        None => Ok(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_still_come_before_a_name_is_waited_for() {
        let names = |all: &[u64]| -> Vec<String> {
            let name = |ms| format!("lake/demand/2026-11-22T05/{ms}-00ff.ndjson");
            all.iter().map(name).collect()
        };
        let all = [1_000, 2_000, 3_000];
        assert_eq!(
            settled(names(&all), 2_500, false),
            (names(&all[..2]), 2_500)
        );
        assert_eq!(settled(names(&all), 2_500, true), (names(&all[..2]), 2_500));
        assert_eq!(settled(names(&all), 9_000, false), (names(&all), 9_000));
        assert_eq!(
            settled(names(&all), 9_000, true),
            (names(&all), 3_000),
            "there are more"
        );
        assert_eq!(settled(Vec::new(), 9_000, false), (Vec::new(), 9_000));
    }
}
