//! Wrong input gets a clear answer (RFC 9457): what was wrong, where, and what would be right.

use serde::Serialize;

use crate::reply::Reply;

/// As the caller reads it; [`serde_json::json!`] would bring a tree of values for it.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    status: u16,
    title: &'a str,
    detail: &'a str,
}

/// `application/problem+json`, readable by every page, kept by no cache.
#[must_use]
pub fn problem(status: u16, title: &str, detail: &str) -> Reply {
    let problem = Problem {
        r#type: "about:blank",
        status,
        title,
        detail,
    };
    Reply::json(status, "application/problem+json", &problem).with("cache-control", "no-store")
}

/// 404 for an address that means nothing here.
#[must_use]
pub fn no_such_address(path: &str) -> Reply {
    let shown: String = path.chars().take(200).collect();
    problem(
        404,
        "no such address",
        &format!(
            "{shown} is no address of the edge: there are /v1/shelfreel.js, /v1/match/{{shop}}, /v1/playback/{{shop}}, /v1/media/{{name}} and /v1/health"
        ),
    )
}

/// 405, naming what is allowed.
#[must_use]
pub fn wrong_method(allow: &'static str) -> Reply {
    problem(405, "wrong method", &format!("this address takes {allow}")).with("allow", allow)
}

/// 503 for a store that is out of reach: worth asking again.
#[must_use]
pub fn unavailable(detail: &str) -> Reply {
    problem(503, "unavailable", detail).with("retry-after", "10")
}
