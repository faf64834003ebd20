//! The stores, by Cloudflare's REST API v4: KV (<https://developers.cloudflare.com/api/resources/kv/>) and R2.
//! `npm start` answers the same calls from its local stores.

use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shelfreel_matching::projection::{self, Metadata};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use crate::args::Import;
use crate::files::{Measured, Stamp};

/// KV takes 10,000 pairs a call.
pub(crate) const MOST_PAIRS: usize = 10_000;
/// KV takes 100 MB a call; a quarter of it keeps memory small and calls short.
pub(crate) const MOST_BATCH_BYTES: usize = 25 << 20;
/// KV lists 1,000 keys a call.
const PAGE: usize = 1_000;
/// R2 takes objects of 300 MiB by this API.
pub(crate) const MOST_OBJECT_BYTES: u64 = 300 << 20;
/// How often a call is made that fails for a reason that may pass: with the waits in between, about half a minute.
const MOST_TRIES: usize = 6;
/// How often a call is made that is not answered at all: each takes [`PATIENCE`].
const MOST_UNANSWERED: usize = 2;
/// How long an answer, or the next piece of one, may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest answer: a page of 1,000 keys with their metadata has at most 1.5 MB, a value 25 MiB.
const MOST_ANSWER_BYTES: u64 = 64 << 20;
/// So many pages without a key may follow each other: KV passes over keys that were taken out.
const MOST_EMPTY_PAGES: usize = 10_000;

#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("say where to: --local for the stores of `npm start`, or --{missing} ({found})")]
    Missing {
        missing: &'static str,
        /// Where to find it.
        found: &'static str,
    },
    #[error(
        "the environment variable {name} is not set: put an API token there that may edit Workers KV and R2"
    )]
    NoToken { name: String },
    #[error("{what} failed: {url} does not answer as it should ({reason}){hint}")]
    Unreachable {
        what: String,
        url: String,
        reason: String,
        hint: &'static str,
    },
    #[error("{what} failed with {status}: {message}{hint}")]
    Refused {
        what: String,
        status: u16,
        message: String,
        hint: &'static str,
    },
    #[error("{what} was answered with something that is not the API's: {reason}")]
    Garbled { what: String, reason: String },
    #[error(
        "{what} failed: the API did not take {count} keys, {first} among them, however often they were sent: run the import again"
    )]
    Unsuccessful {
        what: String,
        count: usize,
        first: String,
    },
    #[error(
        "the keys cannot be listed: the API goes round in circles, and the import cannot tell what is there"
    )]
    Circle,
    #[error("{path} has changed since the import looked at it: run it again")]
    Changed { path: String },
    #[error(
        "the keys are not listed in order ({before} before {after}): the import cannot tell what is there"
    )]
    Disorder { before: String, after: String },
    #[error("cannot read {path}")]
    File {
        path: String,
        source: std::io::Error,
    },
}

/// A namespace and a bucket.
pub(crate) struct Store {
    agent: Agent,
    account_url: String,
    namespace: String,
    bucket: String,
    token: Option<String>,
    local: bool,
    /// The first wait before a call is made again; doubles every time.
    first_wait: Duration,
}

/// A key with its value, as KV's bulk call takes it.
#[derive(Debug, Serialize)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) metadata: Metadata,
}

/// What every call but that of a value is answered with. An answer may be a failure whatever its status is.
#[derive(Deserialize)]
struct Answer<T> {
    success: bool,
    #[serde(default)]
    errors: Option<Vec<ApiError>>,
    result: Option<T>,
    #[serde(default)]
    result_info: Option<ResultInfo>,
}

#[derive(Deserialize)]
struct ResultInfo {
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct ApiError {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
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

/// An answer, read whole.
struct Reply {
    status: StatusCode,
    /// How long the server asks to wait.
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Store {
    pub(crate) fn of(options: &Import) -> Result<Self, StoreError> {
        if let Some(port) = options.local {
            return Ok(Self::local(&format!("http://localhost:{port}/client/v4")));
        }
        let account = options
            .account
            .as_deref()
            .ok_or(StoreError::Missing {
                missing: "account",
                found: "its id is in the right column of the dashboard, and `npx wrangler whoami` prints it",
            })?;
        let namespace = options.namespace.as_deref().ok_or(StoreError::Missing {
            missing: "namespace",
            found: "`npx wrangler kv namespace list` prints its id",
        })?;
        let token = std::env::var(&options.token_env)
            .ok()
            .filter(|token| !token.is_empty());
        if token.is_none() && options.api.starts_with("https://") {
            return Err(StoreError::NoToken {
                name: options.token_env.clone(),
            });
        }
        Ok(Self::new(
            &options.api,
            account,
            namespace,
            &options.bucket,
            token,
        ))
    }

    pub(crate) fn local(api: &str) -> Self {
        Self {
            local: true,
            ..Self::new(api, "local", "CATALOG", "MEDIA", None)
        }
    }

    fn new(api: &str, account: &str, namespace: &str, bucket: &str, token: Option<String>) -> Self {
        Self {
            agent: agent(PATIENCE),
            account_url: format!("{}/accounts/{account}", api.trim_end_matches('/')),
            namespace: namespace.to_owned(),
            bucket: bucket.to_owned(),
            token,
            local: false,
            first_wait: Duration::from_millis(500),
        }
    }

    #[cfg(test)]
    pub(crate) fn with_patience(mut self, patience: Duration) -> Self {
        self.agent = agent(patience);
        self
    }

    #[cfg(test)]
    pub(crate) fn impatient(mut self) -> Self {
        self.first_wait = Duration::from_millis(1);
        self
    }

    fn kv(&self, call: &str) -> String {
        format!(
            "{}/storage/kv/namespaces/{}/{call}",
            self.account_url, self.namespace
        )
    }

    fn object(&self, name: &str) -> String {
        format!(
            "{}/r2/buckets/{}/objects/media/{name}",
            self.account_url, self.bucket
        )
    }

    fn authorization(&self) -> Option<String> {
        self.token.as_ref().map(|token| format!("Bearer {token}"))
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
        let body = self.call(&what, |store| {
            let mut request = store
                .agent
                .get(store.kv("keys"))
                .query("prefix", prefix)
                .query("limit", &limit);
            if !cursor.is_empty() {
                request = request.query("cursor", cursor);
            }
            if let Some(token) = store.authorization() {
                request = request.header("authorization", token);
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
        let found = self.call(&what, |store| {
            let mut request = store.agent.get(&url);
            if let Some(token) = store.authorization() {
                request = request.header("authorization", token);
            }
            request.call()
        });
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
            |store| store.agent.put(store.kv("bulk")),
        )
    }

    /// Takes keys out.
    pub(crate) fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        self.bulk(
            "taking out keys",
            keys,
            |key| key,
            |store| store.agent.post(store.kv("bulk/delete")),
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
        let mut waits = self.waits();
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
        let body = self.call(what, |store| {
            let mut request = request(store).header("content-type", "application/json");
            if let Some(token) = store.authorization() {
                request = request.header("authorization", token);
            }
            request.send(&sent)
        })?;
        let answer: Answer<BulkResult> = read(what, &body)?;
        Ok(answer.result.unwrap_or_default().unsuccessful_keys)
    }

    /// Whether the bucket has an object of this name. Names are made from content, so that one that is there is right.
    pub(crate) fn has_object(&self, name: &str) -> Result<bool, StoreError> {
        let what = format!("looking for media/{name}");
        let found = self.call(&what, |store| {
            let mut request = store.agent.head(store.object(name));
            if let Some(token) = store.authorization() {
                request = request.header("authorization", token);
            }
            request.call()
        });
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
        let body = self.call(&what, |store| {
            let mut request = store
                .agent
                .put(store.object(name))
                .header("content-type", file.media_type)
                .header("cache-control", "public, max-age=31536000, immutable");
            if let Some(token) = store.authorization() {
                request = request.header("authorization", token);
            }
            request.send(File::open(path)?)
        })?;
        read::<serde_json::Value>(&what, &body).map(drop)
    }

    /// The waits between the tries of a call.
    fn waits(&self) -> impl Iterator<Item = Duration> + use<> {
        let double = |wait: &Duration| Some(wait.saturating_mul(2));
        std::iter::successors(Some(self.first_wait), double).take(MOST_TRIES - 1)
    }

    /// Makes a call, and again when it fails for a reason that may pass; the body of the answer.
    fn call(
        &self,
        what: &str,
        attempt: impl Fn(&Self) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Vec<u8>, StoreError> {
        let mut waits = self.waits();
        let mut unanswered = 0;
        loop {
            let outcome = attempt(self).and_then(whole);
            if matches!(outcome, Err(ureq::Error::Timeout(_))) {
                unanswered += 1;
            }
            let passing = match &outcome {
                Ok(reply) => may_pass(reply.status),
                Err(error) => unanswered < MOST_UNANSWERED && self.may_mend(error),
            };
            match waits.next() {
                Some(wait) if passing => {
                    let asked = outcome.ok().and_then(|reply| reply.retry_after);
                    std::thread::sleep(asked.unwrap_or(wait));
                }
                _ => return self.judge(what, outcome),
            }
        }
    }

    /// Whether a connection that failed may work the next time. Where nothing listens on this machine, nothing will.
    fn may_mend(&self, error: &ureq::Error) -> bool {
        match error {
            ureq::Error::Io(error) => {
                !(self.local && error.kind() == std::io::ErrorKind::ConnectionRefused)
            }
            ureq::Error::ConnectionFailed => !self.local,
            ureq::Error::Timeout(_) => true,
            _ => false,
        }
    }

    fn judge(
        &self,
        what: &str,
        outcome: Result<Reply, ureq::Error>,
    ) -> Result<Vec<u8>, StoreError> {
        let reply = outcome.map_err(|error| StoreError::Unreachable {
            what: what.to_owned(),
            url: self.account_url.clone(),
            reason: error.to_string(),
            hint: if self.local {
                ": is `npm start` running, and is this its port?"
            } else {
                ""
            },
        })?;
        if reply.status.is_success() {
            return Ok(reply.body);
        }
        let answer: Option<Answer<serde_json::Value>> = serde_json::from_slice(&reply.body).ok();
        let errors = answer.and_then(|answer| answer.errors);
        Err(refused(what, reply.status, errors))
    }
}

fn agent(patience: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(patience))
        .timeout_per_read(Some(patience))
        .timeout_per_write(Some(patience))
        .user_agent(concat!("shelfreel/", env!("CARGO_PKG_VERSION")))
        .build();
    config.into()
}

fn refused(what: &str, status: StatusCode, errors: Option<Vec<ApiError>>) -> StoreError {
    let messages: Vec<String> = errors
        .unwrap_or_default()
        .iter()
        .map(|error| format!("{} ({})", error.message, error.code))
        .collect();
    StoreError::Refused {
        what: what.to_owned(),
        status: status.as_u16(),
        message: if messages.is_empty() {
            "the answer does not say why".to_owned()
        } else {
            messages.join("; ")
        },
        hint: match status.as_u16() {
            401 | 403 => {
                ": the API token must be allowed to edit Workers KV and R2 of this account"
            }
            404 => ": are account, namespace and bucket right?",
            _ => "",
        },
    }
}

/// Whether a call that was answered so may be answered otherwise the next time.
fn may_pass(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
}

/// Reads an answer to its end: one that breaks off is none.
fn whole(mut response: Response<Body>) -> Result<Reply, ureq::Error> {
    Ok(Reply {
        status: response.status(),
        retry_after: retry_after(&response),
        body: response
            .body_mut()
            .with_config()
            .limit(MOST_ANSWER_BYTES)
            .read_to_vec()?,
    })
}

/// How long the server asks to wait, at most a minute.
fn retry_after(response: &Response<Body>) -> Option<Duration> {
    let seconds: u64 = response
        .headers()
        .get("retry-after")?
        .to_str()
        .ok()?
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds.min(60)))
}

/// The API's own answer; one that says it failed is an error, also under the status 200.
fn read<T: for<'de> Deserialize<'de>>(what: &str, body: &[u8]) -> Result<Answer<T>, StoreError> {
    let answer: Answer<T> = serde_json::from_slice(body).map_err(|error| garbled(what, &error))?;
    if answer.success {
        return Ok(answer);
    }
    Err(refused(what, StatusCode::OK, answer.errors))
}

fn garbled(what: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Garbled {
        what: what.to_owned(),
        reason: reason.to_string(),
    }
}

/// A key as one segment of a path: all but letters and digits percent-encoded.
fn segment(key: &str) -> String {
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
