//! The stores, by Cloudflare's REST API v4: KV (<https://developers.cloudflare.com/api/resources/kv/>) and R2.
//! `npm start` answers the same calls from its local stores.

use std::collections::{HashSet, VecDeque};
use std::fs::File;

use serde::{Deserialize, Serialize};
use shelfreel_matching::projection::{self, Metadata};

use crate::api::{Answer, Api, StoreError, garbled, read};
use crate::args::{Account, Catalogue};
use crate::files::{Measured, Stamp};

/// KV takes 10,000 pairs a call.
pub(crate) const MOST_PAIRS: usize = 10_000;
/// KV takes 100 MB a call; a quarter of it keeps memory small and calls short.
pub(crate) const MOST_BATCH_BYTES: usize = 25 << 20;
/// KV lists 1,000 keys a call.
const PAGE: usize = 1_000;
/// R2 takes objects of 300 MiB by this API.
pub(crate) const MOST_OBJECT_BYTES: u64 = 300 << 20;
/// So many pages without a key may follow each other: KV passes over keys that were taken out.
const MOST_EMPTY_PAGES: usize = 10_000;

/// A namespace and a bucket.
pub(crate) struct Store {
    api: Api,
    namespace: String,
    bucket: String,
}

/// A key with its value, as KV's bulk call takes it.
#[derive(Debug, Serialize)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) metadata: Metadata,
}

#[derive(Deserialize)]
struct ListedKey {
    name: String,
    #[serde(default)]
    metadata: serde_json::Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct BulkResult {
    unsuccessful_keys: HashSet<String>,
}

impl Store {
    pub(crate) fn of(catalogue: &Catalogue, bucket: &str) -> Result<Self, StoreError> {
        Self::at(&catalogue.account, catalogue.namespace.as_deref(), bucket)
    }

    /// The bucket is that of media: who reads and writes keys alone may name any.
    pub(crate) fn at(
        account: &Account,
        namespace: Option<&str>,
        bucket: &str,
    ) -> Result<Self, StoreError> {
        let api = Api::of(account)?;
        if api.is_local() {
            return Ok(Self::with(api, "CATALOG", "MEDIA"));
        }
        let namespace = namespace.ok_or(StoreError::Missing {
            missing: "namespace",
            found: "`npx wrangler kv namespace list` prints its id",
        })?;
        Ok(Self::with(api, namespace, bucket))
    }

    #[cfg(test)]
    pub(crate) fn local(api: &str) -> Self {
        Self::with(Api::local(api), "CATALOG", "MEDIA")
    }

    fn with(api: Api, namespace: &str, bucket: &str) -> Self {
        Self {
            api,
            namespace: namespace.to_owned(),
            bucket: bucket.to_owned(),
        }
    }

    #[cfg(test)]
    pub(crate) fn with_patience(mut self, patience: std::time::Duration) -> Self {
        self.api = self.api.with_patience(patience);
        self
    }

    #[cfg(test)]
    pub(crate) fn impatient(mut self) -> Self {
        self.api = self.api.impatient();
        self
    }

    fn kv(&self, call: &str) -> String {
        format!("storage/kv/namespaces/{}/{call}", self.namespace)
    }

    fn object(&self, name: &str) -> String {
        format!("r2/buckets/{}/objects/media/{name}", self.bucket)
    }

    /// The keys with this prefix, in order.
    pub(crate) fn keys<'a>(&'a self, prefix: &'a str) -> Listing<'a> {
        Listing {
            store: self,
            prefix,
            page: VecDeque::new(),
            cursor: Some(String::new()),
            cursors: HashSet::new(),
            last: String::new(),
        }
    }

    fn page(
        &self,
        prefix: &str,
        cursor: &str,
    ) -> Result<(Vec<ListedKey>, Option<String>), StoreError> {
        let what = format!("listing the keys {prefix}…");
        let limit = PAGE.to_string();
        let body = self.api.call(&what, || {
            let mut request = self
                .api
                .get(&self.kv("keys"))
                .query("prefix", prefix)
                .query("limit", &limit);
            if !cursor.is_empty() {
                request = request.query("cursor", cursor);
            }
            request.call()
        })?;
        let answer: Answer<Vec<ListedKey>> = read(&what, &body)?;
        let cursor = answer
            .result_info
            .and_then(|info| info.cursor)
            .filter(|cursor| !cursor.is_empty());
        // No list is not an empty one: keys of others would be overwritten.
        let keys = answer
            .result
            .ok_or_else(|| garbled(&what, &"there is no list in it"))?;
        Ok((keys, cursor))
    }

    /// The value of a key; none when there is no such key.
    pub(crate) fn value(&self, key: &str) -> Result<Option<String>, StoreError> {
        let what = format!("reading {key}");
        let url = self.kv(&format!("values/{}", segment(key)));
        let found = self.api.call(&what, || self.api.get(&url).call());
        match found {
            Ok(body) => String::from_utf8(body)
                .map(Some)
                .map_err(|error| garbled(&what, &error)),
            Err(StoreError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes pairs, each whole or not at all.
    pub(crate) fn put(&self, pairs: &[Pair]) -> Result<(), StoreError> {
        self.bulk(
            "writing keys",
            pairs,
            |pair| &pair.key,
            |store| store.api.put(&store.kv("bulk")),
        )
    }

    /// Takes keys out.
    pub(crate) fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        self.bulk(
            "taking out keys",
            keys,
            |key| key,
            |store| store.api.post(&store.kv("bulk/delete")),
        )
    }

    /// Makes a bulk call, and again for the keys that the API says it did not take.
    fn bulk<T: Serialize>(
        &self,
        what: &str,
        items: &[T],
        key: impl Fn(&T) -> &str,
        request: impl Fn(&Self) -> ureq::RequestBuilder<ureq::typestate::WithBody>,
    ) -> Result<(), StoreError> {
        let mut left: Vec<&T> = items.iter().collect();
        let mut waits = self.api.waits();
        loop {
            let unsuccessful = self.bulk_once(what, &left, &request)?;
            if unsuccessful.is_empty() {
                return Ok(());
            }
            left.retain(|item| unsuccessful.contains(key(item)));
            let Some(first) = left.first() else {
                return Err(garbled(what, &"it names keys that were not sent"));
            };
            let Some(wait) = waits.next() else {
                return Err(StoreError::Unsuccessful {
                    what: what.to_owned(),
                    count: left.len(),
                    first: key(first).to_owned(),
                });
            };
            std::thread::sleep(wait);
        }
    }

    /// The keys that the API did not take.
    fn bulk_once<T: Serialize>(
        &self,
        what: &str,
        items: &[&T],
        request: impl Fn(&Self) -> ureq::RequestBuilder<ureq::typestate::WithBody>,
    ) -> Result<HashSet<String>, StoreError> {
        let sent = serde_json::to_vec(items).map_err(|error| garbled(what, &error))?;
        let body = self.api.call(what, || {
            request(self)
                .header("content-type", "application/json")
                .send(&sent)
        })?;
        let answer: Answer<BulkResult> = read(what, &body)?;
        Ok(answer.result.unwrap_or_default().unsuccessful_keys)
    }

    /// Whether the bucket has an object of this name. Names are made from content, so that one that is there is right.
    pub(crate) fn has_object(&self, name: &str) -> Result<bool, StoreError> {
        let what = format!("looking for media/{name}");
        let found = self
            .api
            .call(&what, || self.api.head(&self.object(name)).call());
        match found {
            Ok(_) => Ok(true),
            // An API without HEAD: the object is put again, which changes nothing.
            Err(StoreError::Refused {
                status: 404 | 405 | 501,
                ..
            }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Uploads a file.
    pub(crate) fn put_object(&self, file: &Measured) -> Result<(), StoreError> {
        let (name, path) = (&file.name, &file.path);
        let what = format!("uploading {} as media/{name}", path.display());
        let metadata = std::fs::metadata(path).map_err(|source| StoreError::File {
            path: path.display().to_string(),
            source,
        })?;
        // Its name is made from its content, and is kept for a year.
        if file.stamp != Stamp::of(&metadata) {
            return Err(StoreError::Changed {
                path: path.display().to_string(),
            });
        }
        let body = self.api.call(&what, || {
            self.api
                .put(&self.object(name))
                .header("content-type", file.media_type)
                .header("cache-control", "public, max-age=31536000, immutable")
                .send(File::open(path)?)
        })?;
        read::<serde_json::Value>(&what, &body).map(drop)
    }
}

/// A key as one segment of a path: all but letters and digits percent-encoded.
pub(crate) fn segment(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 8);
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&projection::hex(&[byte], 2));
        }
    }
    out
}

/// Keys in order, page by page; nothing is asked for before the first is.
pub(crate) struct Listing<'a> {
    store: &'a Store,
    prefix: &'a str,
    page: VecDeque<(String, Metadata)>,
    /// Where the next page begins; none behind the last.
    cursor: Option<String>,
    /// The cursors since the last page with a key in it: none comes twice.
    cursors: HashSet<String>,
    last: String,
}

impl Listing<'_> {
    fn fill(&mut self) -> Result<(), StoreError> {
        while self.page.is_empty()
            && let Some(cursor) = self.cursor.take()
        {
            let (keys, next) = self.store.page(self.prefix, &cursor)?;
            self.cursor = next;
            if keys.is_empty() {
                if !self.cursors.insert(cursor) || self.cursors.len() > MOST_EMPTY_PAGES {
                    return Err(StoreError::Circle);
                }
            } else {
                self.cursors.clear();
            }
            for key in keys {
                if key.name <= self.last {
                    return Err(StoreError::Disorder {
                        before: self.last.clone(),
                        after: key.name,
                    });
                }
                self.last.clone_from(&key.name);
                let metadata = serde_json::from_value(key.metadata).unwrap_or(Metadata {
                    feed: String::new(),
                    hash: String::new(),
                });
                self.page.push_back((key.name, metadata));
            }
        }
        Ok(())
    }

    pub(crate) fn next(&mut self) -> Result<Option<(String, Metadata)>, StoreError> {
        self.fill()?;
        Ok(self.page.pop_front())
    }

    /// What is there under `key`, passing over all keys before it: keys must be asked for in order.
    pub(crate) fn seek(&mut self, key: &str) -> Result<Option<Metadata>, StoreError> {
        loop {
            self.fill()?;
            match self.page.front() {
                Some((there, _)) if there.as_str() < key => {
                    self.page.pop_front();
                }
                Some((there, metadata)) if there == key => return Ok(Some(metadata.clone())),
                _ => return Ok(None),
            }
        }
    }
}
