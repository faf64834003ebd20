//! The stores, by Cloudflare's REST API v4: KV (<https://developers.cloudflare.com/api/resources/kv/>) and R2.
//! `npm start` answers the same calls from its local stores.

use std::collections::VecDeque;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shelfreel_matching::projection::{self, Metadata};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use crate::args::Import;

/// KV takes 10,000 pairs a call.
pub(crate) const MOST_PAIRS: usize = 10_000;
/// KV takes 100 MB a call; a quarter of it keeps memory small and calls short.
pub(crate) const MOST_BATCH_BYTES: usize = 25 << 20;
/// KV lists 1,000 keys a call.
const PAGE: usize = 1_000;
/// R2 takes objects of 300 MiB by this API.
pub(crate) const MOST_OBJECT_BYTES: u64 = 300 << 20;
/// How often a call is made that fails for a reason that may pass: with the waits in between, about half a minute.
const MOST_TRIES: u32 = 6;

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
    #[error("{url} cannot be reached ({reason}){hint}")]
    Unreachable {
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
    #[error("{count} keys could not be written, {first} among them: run the import again")]
    Unwritten { count: usize, first: String },
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

#[derive(Deserialize)]
struct Answer<T> {
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
struct Failure {
    #[serde(default)]
    errors: Vec<ApiError>,
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
    unsuccessful_keys: Vec<String>,
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
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_secs(120)))
            .user_agent(concat!("shelfreel/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            account_url: format!("{}/accounts/{account}", api.trim_end_matches('/')),
            namespace: namespace.to_owned(),
            bucket: bucket.to_owned(),
            token,
            local: false,
            first_wait: Duration::from_millis(500),
        }
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
        let response = self.call(&what, |store| {
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
        let answer: Answer<Vec<ListedKey>> = read(&what, response)?;
        let cursor = answer
            .result_info
            .and_then(|info| info.cursor)
            .filter(|cursor| !cursor.is_empty());
        Ok((answer.result.unwrap_or_default(), cursor))
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
            Ok(response) => text(&what, response).map(Some),
            Err(StoreError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes pairs, each whole or not at all.
    pub(crate) fn put(&self, pairs: &[Pair]) -> Result<(), StoreError> {
        let body = serde_json::to_vec(pairs).map_err(|error| StoreError::Garbled {
            what: "writing keys".to_owned(),
            reason: error.to_string(),
        })?;
        self.bulk("writing keys", &body, |store| {
            store.agent.put(store.kv("bulk"))
        })
    }

    /// Takes keys out.
    pub(crate) fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        let body = serde_json::to_vec(keys).map_err(|error| StoreError::Garbled {
            what: "taking out keys".to_owned(),
            reason: error.to_string(),
        })?;
        self.bulk("taking out keys", &body, |store| {
            store.agent.post(store.kv("bulk/delete"))
        })
    }

    fn bulk(
        &self,
        what: &str,
        body: &[u8],
        request: impl Fn(&Self) -> ureq::RequestBuilder<ureq::typestate::WithBody>,
    ) -> Result<(), StoreError> {
        let response = self.call(what, |store| {
            let mut request = request(store).header("content-type", "application/json");
            if let Some(token) = store.authorization() {
                request = request.header("authorization", token);
            }
            request.send(body)
        })?;
        let answer: Answer<BulkResult> = read(what, response)?;
        let unwritten = answer.result.unwrap_or_default().unsuccessful_keys;
        match unwritten.first() {
            None => Ok(()),
            Some(first) => Err(StoreError::Unwritten {
                count: unwritten.len(),
                first: first.clone(),
            }),
        }
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
    pub(crate) fn put_object(
        &self,
        name: &str,
        path: &Path,
        media_type: &str,
    ) -> Result<(), StoreError> {
        let what = format!("uploading {} as media/{name}", path.display());
        let open = || {
            File::open(path).map_err(|source| StoreError::File {
                path: path.display().to_string(),
                source,
            })
        };
        drop(open()?);
        self.call(&what, |store| {
            let mut request = store
                .agent
                .put(store.object(name))
                .header("content-type", media_type)
                .header("cache-control", "public, max-age=31536000, immutable");
            if let Some(token) = store.authorization() {
                request = request.header("authorization", token);
            }
            request.send(File::open(path)?)
        })
        .map(drop)
    }

    /// Makes a call, and again when it fails for a reason that may pass.
    fn call(
        &self,
        what: &str,
        attempt: impl Fn(&Self) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, StoreError> {
        let mut wait = self.first_wait;
        let mut tries = 1;
        loop {
            let outcome = attempt(self);
            let passing = match &outcome {
                Ok(response) => {
                    let status = response.status();
                    status == StatusCode::TOO_MANY_REQUESTS
                        || status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
                }
                Err(error) => !self.local && may_pass(error),
            };
            if !passing || tries >= MOST_TRIES {
                return self.judge(what, outcome);
            }
            let asked = outcome.as_ref().ok().and_then(retry_after);
            std::thread::sleep(asked.unwrap_or(wait));
            wait = wait.saturating_mul(2);
            tries += 1;
        }
    }

    fn judge(
        &self,
        what: &str,
        outcome: Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, StoreError> {
        let mut response = outcome.map_err(|error| StoreError::Unreachable {
            url: self.account_url.clone(),
            reason: error.to_string(),
            hint: if self.local {
                ": is `npm start` running, and is this its port?"
            } else {
                ""
            },
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let text = response
            .body_mut()
            .with_config()
            .limit(1 << 16)
            .read_to_string()
            .unwrap_or_default();
        let failure: Failure =
            serde_json::from_str(&text).unwrap_or(Failure { errors: Vec::new() });
        let messages: Vec<String> = failure
            .errors
            .iter()
            .map(|error| format!("{} ({})", error.message, error.code))
            .collect();
        Err(StoreError::Refused {
            what: what.to_owned(),
            status,
            message: if messages.is_empty() {
                "the answer is not the API's".to_owned()
            } else {
                messages.join("; ")
            },
            hint: match status {
                401 | 403 => {
                    ": the API token must be allowed to edit Workers KV and R2 of this account"
                }
                404 => ": are account, namespace and bucket right?",
                _ => "",
            },
        })
    }
}

fn may_pass(error: &ureq::Error) -> bool {
    matches!(
        error,
        ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed
    )
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

fn read<T: for<'de> Deserialize<'de>>(
    what: &str,
    response: Response<Body>,
) -> Result<T, StoreError> {
    serde_json::from_str(&text(what, response)?).map_err(|error| garbled(what, &error))
}

fn text(what: &str, mut response: Response<Body>) -> Result<String, StoreError> {
    response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string()
        .map_err(|error| garbled(what, &error))
}

fn garbled(what: &str, reason: &dyn std::error::Error) -> StoreError {
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
    last: String,
}

impl Listing<'_> {
    fn fill(&mut self) -> Result<(), StoreError> {
        while self.page.is_empty()
            && let Some(cursor) = self.cursor.take()
        {
            let (keys, next) = self.store.page(self.prefix, &cursor)?;
            self.cursor = next;
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
