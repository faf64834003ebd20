//! The spill's sweeper: what the queue refused lies under `spill/`, one row an object; every minute it goes the consumer's road (`rows.rs`: the lake, then the ledgers) and leaves the spill
//! once it is kept.
//!
//! A crash between any two steps only makes the same steps again: an object is taken out last, and either step before may be made twice. So may two runs meet in the same object. What is no
//! row goes to `dead/` under its own name; what something did not take stays for another run. Where that left a run with nothing but such, the next goes on behind it ([`AFTER`]), and at the end the first again: what
//! one ledger does not take stands in no other's way.

use futures_util::future::try_join_all;
use worker::{Bucket, Env, Result};

use crate::lake;
use crate::rows::{self, Outcome};

/// Where the edge puts what the queue refuses.
const SPILL: &str = "spill/";

/// The name after which the next run goes on, where there is one.
const AFTER: &str = "sweep/after";

/// So many rows at once, as many as the queue gives its consumer.
const BATCH: usize = 100;

/// So many rows a run. An invocation may make 1,000 calls: a hundred rows are a hundred reads, and at most about as many calls of ledgers.
const MOST: u32 = 400;

/// Sweeps once; returns how many rows it found. What goes wrong is in the log: the next run comes in a minute.
pub async fn sweep(env: &Env) -> usize {
    match swept(env).await {
        Ok(Swept { found: 0, .. }) => 0,
        Ok(Swept { found, kept, dead }) => {
            worker::console_log!(
                "{}",
                serde_json::json!({ "level": "info", "event": "spill_swept", "found": found, "kept": kept, "dead": dead })
            );
            found
        }
        Err(error) => {
            log("spill_not_swept", &error.to_string());
            MOST as usize
        }
    }
}

/// What a run did.
#[derive(Debug, Default)]
struct Swept {
    found: usize,
    kept: usize,
    dead: usize,
}

async fn swept(env: &Env) -> Result<Swept> {
    let bucket = env.bucket(lake::BINDING)?;
    let after = read(&bucket, AFTER).await?;
    let after = after.and_then(|after| String::from_utf8(after).ok());
    let mut list = bucket.list().prefix(SPILL).limit(MOST);
    if let Some(after) = &after {
        list = list.start_after(after);
    }
    let listed = list.execute().await?;
    let keys: Vec<String> = listed.objects().iter().map(worker::Object::key).collect();
    let mut swept = Swept {
        found: keys.len(),
        ..Swept::default()
    };
    for keys in keys.chunks(BATCH) {
        // One that is gone was swept by a run that met this one.
        let read = try_join_all(keys.iter().map(|key| read(&bucket, key))).await?;
        let spilt: Vec<(&String, Vec<u8>)> = keys
            .iter()
            .zip(read)
            .filter_map(|(key, bytes)| Some((key, bytes?)))
            .collect();
        // What is no text is no row.
        let lines: Vec<&str> = spilt
            .iter()
            .map(|(_, bytes)| std::str::from_utf8(bytes).map_or("", str::trim_end))
            .collect();
        let outcomes = rows::keep(env, &lines).await;
        let mut done: Vec<&str> = Vec::new();
        for ((key, bytes), outcome) in spilt.iter().zip(outcomes) {
            match outcome {
                Outcome::Kept => swept.kept += 1,
                Outcome::NoRow(why) => {
                    log("dead_letter", &why);
                    bury(&bucket, key, bytes).await?;
                    swept.dead += 1;
                }
                Outcome::Failed(why) => {
                    log("spill_not_kept", &why);
                    continue;
                }
            }
            done.push(key.as_str());
        }
        if !done.is_empty() {
            bucket.delete_multiple(done).await?;
        }
    }
    let stays = after.is_some() || swept.kept + swept.dead < swept.found;
    match keys.last().filter(|_| stays && listed.truncated()) {
        Some(last) => bucket
            .put(AFTER, last.clone().into_bytes())
            .execute()
            .await
            .map(drop)?,
        None if after.is_some() => bucket.delete(AFTER).await?,
        None => {}
    }
    Ok(swept)
}

async fn read(bucket: &Bucket, key: &str) -> Result<Option<Vec<u8>>> {
    let object = bucket.get(key).execute().await?;
    match object.as_ref().and_then(worker::Object::body) {
        Some(body) => Ok(Some(body.bytes().await?)),
        None => Ok(None),
    }
}

/// Keeps what is no row as it is, under the hour and the name that it had.
async fn bury(bucket: &Bucket, key: &str, bytes: &[u8]) -> Result<()> {
    let name = key.strip_prefix(SPILL).unwrap_or(key);
    bucket
        .put(format!("dead/{name}"), bytes.to_vec())
        .execute()
        .await
        .map(drop)
}

/// The log says what happened, never what was in a row.
fn log(event: &str, detail: &str) {
    worker::console_error!(
        "{}",
        serde_json::json!({ "level": "error", "event": event, "detail": detail })
    );
}
