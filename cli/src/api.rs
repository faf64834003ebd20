//! Calls of an HTTP API: made again when they fail for a reason that may pass, and judged by what they are answered.
//!
//! Cloudflare's REST API v4 says in a body of its own whether a call succeeded; `npm start` answers the same calls from its local stores.

use std::time::Duration;

use serde::Deserialize;
use ureq::http::{Response, StatusCode};
use ureq::typestate::{WithBody, WithoutBody};
use ureq::{Agent, Body, RequestBuilder};

use crate::args::Account;

/// How often a call is made that fails for a reason that may pass: with the waits in between, about half a minute.
const MOST_TRIES: usize = 6;
/// How often a call is made that is not answered at all: each takes [`PATIENCE`].
const MOST_UNANSWERED: usize = 2;
/// How long an answer, or the next piece of one, may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest answer: a page of 1,000 keys with their metadata has at most 1.5 MB, a value 25 MiB.
const MOST_ANSWER_BYTES: u64 = 64 << 20;

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

/// What every call but that of a value is answered with. An answer may be a failure whatever its status is.
#[derive(Deserialize)]
pub(crate) struct Answer<T> {
    success: bool,
    #[serde(default)]
    errors: Option<Vec<ApiError>>,
    pub(crate) result: Option<T>,
    #[serde(default)]
    pub(crate) result_info: Option<ResultInfo>,
}

#[derive(Deserialize, Default)]
pub(crate) struct ResultInfo {
    #[serde(default)]
    pub(crate) cursor: Option<String>,
    /// Of a list with a delimiter: the prefixes up to it.
    #[serde(default)]
    pub(crate) delimited: Vec<String>,
    /// Whether there are more pages; where it is not said, the cursor says it.
    #[serde(default)]
    pub(crate) is_truncated: Option<bool>,
}

#[derive(Deserialize)]
struct ApiError {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
}

/// An answer, read whole.
struct Reply {
    status: StatusCode,
    /// How long the server asks to wait.
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

/// An API: where it is, and who asks.
pub(crate) struct Api {
    agent: Agent,
    /// What every address begins with.
    pub(crate) base: String,
    token: Option<String>,
    /// The name by which it is asked for, where that is not in the address.
    host: Option<String>,
    local: bool,
    /// Whether it is Cloudflare's: what an operator can mend about a refusal differs.
    cloudflare: bool,
    /// The first wait before a call is made again; doubles every time.
    first_wait: Duration,
}

impl Api {
    /// One account of Cloudflare's API, or the stores of `npm start`.
    pub(crate) fn of(account: &Account) -> Result<Self, StoreError> {
        if let Some(port) = account.local {
            return Ok(Self::local(&format!("http://localhost:{port}/client/v4")));
        }
        let id = account.account.as_deref().ok_or(StoreError::Missing {
            missing: "account",
            found: "its id is in the right column of the dashboard, and `npx wrangler whoami` prints it",
        })?;
        let token = token_of(&account.token_env);
        if token.is_none() && account.api.starts_with("https://") {
            return Err(StoreError::NoToken {
                name: account.token_env.clone(),
            });
        }
        Ok(Self::new(
            &format!("{}/accounts/{id}", account.api.trim_end_matches('/')),
            token,
        ))
    }

    /// The stores of `npm start`.
    pub(crate) fn local(api: &str) -> Self {
        Self {
            local: true,
            ..Self::new(&format!("{api}/accounts/local"), None)
        }
    }

    pub(crate) fn new(base: &str, token: Option<String>) -> Self {
        Self {
            agent: agent(PATIENCE),
            base: base.to_owned(),
            token,
            host: None,
            local: false,
            cloudflare: true,
            first_wait: Duration::from_millis(500),
        }
    }

    /// The studio's interface; `at` is its origin. Names below `localhost` are this machine, whether its resolver knows them or not.
    pub(crate) fn studio(at: &str, token: &str) -> Self {
        let at = at.trim_end_matches('/');
        let (scheme, host) = at.split_once("://").unwrap_or(("https", at));
        let (name, port) = host.split_once(':').unwrap_or((host, "80"));
        let here = name.ends_with(".localhost");
        let origin = if here {
            format!("{scheme}://127.0.0.1:{port}")
        } else {
            format!("{scheme}://{host}")
        };
        Self {
            host: here.then(|| host.to_owned()),
            local: here,
            cloudflare: false,
            ..Self::new(&format!("{origin}/api/v1"), Some(token.to_owned()))
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

    /// Whether this is `npm start`.
    pub(crate) fn is_local(&self) -> bool {
        self.local
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder<WithoutBody> {
        self.authorised(self.agent.get(self.url(path)))
    }

    pub(crate) fn head(&self, path: &str) -> RequestBuilder<WithoutBody> {
        self.authorised(self.agent.head(self.url(path)))
    }

    pub(crate) fn put(&self, path: &str) -> RequestBuilder<WithBody> {
        self.authorised(self.agent.put(self.url(path)))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder<WithBody> {
        self.authorised(self.agent.post(self.url(path)))
    }

    pub(crate) fn delete(&self, path: &str) -> RequestBuilder<WithoutBody> {
        self.authorised(self.agent.delete(self.url(path)))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    fn authorised<B>(&self, mut request: RequestBuilder<B>) -> RequestBuilder<B> {
        if let Some(host) = &self.host {
            request = request.header("host", host);
        }
        match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    /// The waits between the tries of a call.
    pub(crate) fn waits(&self) -> impl Iterator<Item = Duration> + use<> {
        let double = |wait: &Duration| Some(wait.saturating_mul(2));
        std::iter::successors(Some(self.first_wait), double).take(MOST_TRIES - 1)
    }

    /// Makes a call, and again when it fails for a reason that may pass; the body of the answer.
    pub(crate) fn call(
        &self,
        what: &str,
        attempt: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Vec<u8>, StoreError> {
        let mut waits = self.waits();
        let mut unanswered = 0;
        loop {
            let outcome = attempt().and_then(whole);
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
            url: self.base.clone(),
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
        if !self.cloudflare {
            return Err(StoreError::Refused {
                what: what.to_owned(),
                status: reply.status.as_u16(),
                message: problem(&reply.body),
                hint: "",
            });
        }
        let answer: Option<Answer<serde_json::Value>> = serde_json::from_slice(&reply.body).ok();
        let errors = answer.and_then(|answer| answer.errors);
        Err(refused(what, reply.status, errors))
    }
}

/// The API token that an environment variable holds.
pub(crate) fn token_of(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|token| !token.is_empty())
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

/// What a problem document (RFC 9457) says.
fn problem(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Problem {
        detail: String,
    }
    serde_json::from_slice::<Problem>(body).map_or_else(
        |_| "the answer does not say why".to_owned(),
        |problem| problem.detail,
    )
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
pub(crate) fn read<T: for<'de> Deserialize<'de>>(
    what: &str,
    body: &[u8],
) -> Result<Answer<T>, StoreError> {
    let answer: Answer<T> = serde_json::from_slice(body).map_err(|error| garbled(what, &error))?;
    if answer.success {
        return Ok(answer);
    }
    Err(refused(what, StatusCode::OK, answer.errors))
}

pub(crate) fn garbled(what: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Garbled {
        what: what.to_owned(),
        reason: reason.to_string(),
    }
}
