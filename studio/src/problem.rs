//! Errors of the back office, after RFC 9457: what was wrong, where, and what would be right.

use worker::{Response, Result};

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The kind of problem, in a few words that do not change.
    pub title: &'static str,
    /// What was wrong here, and what would be right.
    pub detail: String,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(status: u16, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
        }
    }

    /// A request that says what it cannot mean.
    pub fn wrong(detail: impl Into<String>) -> Self {
        Self::new(400, "wrong request", detail)
    }

    /// An address that is none.
    pub fn nowhere(detail: impl Into<String>) -> Self {
        Self::new(404, "no such address", detail)
    }

    /// As `application/problem+json`.
    ///
    /// # Errors
    /// When the runtime makes no answer.
    pub fn response(&self) -> Result<Response> {
        let body = serde_json::json!({
            "type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail,
        });
        let response = Response::ok(body.to_string())?.with_status(self.status);
        let headers = response.headers();
        headers.set("content-type", "application/problem+json")?;
        headers.set("cache-control", "no-store")?;
        if self.status == 401 {
            headers.set("www-authenticate", "Bearer")?;
        }
        Ok(response)
    }
}

/// A store that does not answer: what was asked may be asked again.
impl From<worker::Error> for Problem {
    fn from(error: worker::Error) -> Self {
        worker::console_error!(
            "{}",
            serde_json::json!({ "level": "error", "event": "store_failed", "detail": error.to_string() })
        );
        Self::new(
            503,
            "unavailable",
            "a store did not answer; nothing was changed that asking again would not put right",
        )
    }
}
