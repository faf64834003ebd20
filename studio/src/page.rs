//! The studio's page: three small files that are part of the worker. It asks nobody but the studio, and runs no script that is not one of these files.

use worker::{Response, Result};

/// Nothing from elsewhere, nothing within the page's own text, and in nobody's frame. `connect-src 'self'` covers WebSockets to this host.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// One of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    content_type: &'static str,
    text: &'static str,
}

/// The file at an address.
#[must_use]
pub fn file(path: &str) -> Option<File> {
    let (content_type, text) = match path {
        "/" => ("text/html; charset=utf-8", include_str!("page/index.html")),
        "/studio.css" => ("text/css; charset=utf-8", include_str!("page/studio.css")),
        "/studio.js" => (
            "text/javascript; charset=utf-8",
            include_str!("page/studio.js"),
        ),
        _ => return None,
    };
    Some(File { content_type, text })
}

impl File {
    /// As an answer. It is small and changes with a deploy: no cache keeps it unasked.
    ///
    /// # Errors
    /// When the runtime makes no answer.
    pub fn response(self) -> Result<Response> {
        let response = Response::ok(self.text)?;
        let headers = response.headers();
        for (name, value) in [
            ("content-type", self.content_type),
            ("cache-control", "no-cache"),
            ("content-security-policy", POLICY),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ] {
            headers.set(name, value)?;
        }
        Ok(response)
    }
}
