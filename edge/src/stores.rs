//! The stores behind small traits, so that a test can play a slow, stale or dead one, which the local simulator cannot.

use std::time::Duration;

use futures_util::future::{Either, select};
use worker::Delay;
use worker::send::SendWrapper;

/// Why a store did not do what it was asked: for the log, never for the caller.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{store}: {detail}")]
pub struct StoreError {
    /// The binding's name.
    pub store: &'static str,
    /// What the platform said.
    pub detail: String,
}

impl StoreError {
    fn new(store: &'static str, detail: &impl ToString) -> Self {
        Self {
            store,
            detail: detail.to_string(),
        }
    }
}

/// The published catalogue: KV, binding `CATALOG`.
#[allow(async_fn_in_trait)]
pub trait Catalogue {
    /// The values of these keys, each named once, in order; `None` for a key that is not there.
    ///
    /// # Errors
    /// When the store did not answer.
    async fn get(&self, keys: &[String]) -> Result<Vec<Option<String>>, StoreError>;
}

/// The durable lane: a queue, binding `PLAYBACK`.
#[allow(async_fn_in_trait)]
pub trait PlaybackQueue {
    /// Resolves once the row is kept.
    ///
    /// # Errors
    /// When the queue refused: above 5,000 messages a second it does.
    async fn send(&self, row: &str) -> Result<(), StoreError>;
}

/// Where a row goes that the queue refused: R2, binding `LAKE`.
#[allow(async_fn_in_trait)]
pub trait Spill {
    /// Writes the row under a name of its own.
    ///
    /// # Errors
    /// When the bucket did not take it.
    async fn put(&self, key: &str, row: &str) -> Result<(), StoreError>;
}

/// Workers KV.
pub struct Kv(SendWrapper<worker::KvStore>);

/// Workers KV reads at most 100 keys in one bulk request.
const KEYS_PER_BULK_GET: usize = 100;

/// A read of KV takes some tens of milliseconds; one that takes longer than this counts as not answered, and what is held is served.
const PATIENCE: Duration = Duration::from_millis(1_500);

impl Kv {
    /// The catalogue's namespace.
    ///
    /// # Errors
    /// When the binding is missing.
    pub fn of(env: &worker::Env) -> Result<Self, StoreError> {
        env.kv("CATALOG")
            .map(|kv| Self(SendWrapper::new(kv)))
            .map_err(|e| StoreError::new("CATALOG", &e))
    }
}

impl Catalogue for Kv {
    async fn get(&self, keys: &[String]) -> Result<Vec<Option<String>>, StoreError> {
        let mut values = Vec::with_capacity(keys.len());
        for keys in keys.chunks(KEYS_PER_BULK_GET) {
            let read = self.0.get_bulk(keys).text();
            let mut found = match select(Box::pin(read), Delay::from(PATIENCE)).await {
                Either::Left((found, _)) => found.map_err(|e| StoreError::new("CATALOG", &e))?,
                Either::Right(_) => return Err(StoreError::new("CATALOG", &"no answer in time")),
            };
            values.extend(keys.iter().map(|key| found.remove(key).flatten()));
        }
        Ok(values)
    }
}

/// Cloudflare Queues.
pub struct CloudflareQueue(worker::Queue);

impl CloudflareQueue {
    /// The playback queue.
    ///
    /// # Errors
    /// When the binding is missing.
    pub fn of(env: &worker::Env) -> Result<Self, StoreError> {
        env.queue("PLAYBACK")
            .map(Self)
            .map_err(|e| StoreError::new("PLAYBACK", &e))
    }
}

impl PlaybackQueue for CloudflareQueue {
    async fn send(&self, row: &str) -> Result<(), StoreError> {
        // As text: the consumer writes the very same line, and a body that is text never fails to deserialise.
        let message = worker::RawMessageBuilder::new(row.into())
            .build_with_content_type(worker::QueueContentType::Text);
        self.0
            .send_raw(message)
            .await
            .map_err(|e| StoreError::new("PLAYBACK", &e))
    }
}

/// The lake's bucket.
pub struct Bucket(worker::Bucket);

impl Bucket {
    /// The lake's bucket.
    ///
    /// # Errors
    /// When the binding is missing.
    pub fn lake(env: &worker::Env) -> Result<Self, StoreError> {
        env.bucket("LAKE")
            .map(Self)
            .map_err(|e| StoreError::new("LAKE", &e))
    }
}

impl Spill for Bucket {
    async fn put(&self, key: &str, row: &str) -> Result<(), StoreError> {
        self.0
            .put(key, row.as_bytes().to_vec())
            .execute()
            .await
            .map(|_| ())
            .map_err(|e| StoreError::new("LAKE", &e))
    }
}
