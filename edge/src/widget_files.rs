//! The script and the widget's modules, held by the worker itself, in gzip and in brotli.
//!
//! The stable script is short-lived in caches and names its modules by hash; those are immutable. A module of an earlier deploy, which a
//! cached script may still name, comes from the bucket (`widget/{name}`), where each deploy leaves its own, as built and in brotli
//! (`widget/{name}.br`). So does the file that shops pin, of this build too: most pages that name one name an older one.

use worker::{Cache, Context, Env, Method, Request, Response};

use crate::media;
use crate::range::none_match;
use crate::reply::{Body, Reply, header};

/// One built file.
#[derive(Debug)]
pub struct WidgetFile {
    /// Its name under `/v1/widget/`.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Whether the name contains the hash of the bytes.
    pub immutable: bool,
    /// 16 hex digits of the SHA-256 of the bytes.
    pub etag: &'static str,
    /// gzip, level 9.
    pub gzip: &'static [u8],
    /// brotli, level 11.
    pub brotli: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/widget_files.rs"));

/// The stable tag's script, by this name in the build.
pub const LOADER: &str = "shelfreel.js";

/// A year: what is named by its content never changes.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Five minutes fresh, a day usable while it is fetched anew or while the edge is down: a deploy reaches pages in minutes.
const SHORT_LIVED: &str = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=86400";

/// The media type of a hash-named module, or `None` for a name of another form.
#[must_use]
pub fn content_type(name: &str) -> Option<&'static str> {
    let (stem, ending) = name.split_once('.')?;
    let named = !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match ending {
        "js" if named => Some("text/javascript; charset=utf-8"),
        "wasm" if named => Some("application/wasm"),
        _ => None,
    }
}

/// The file of this name, if this build has it.
#[must_use]
pub fn find(name: &str) -> Option<&'static WidgetFile> {
    FILES.iter().find(|file| file.name == name)
}

/// The file in the best encoding that the caller accepts.
#[must_use]
pub fn reply(file: &'static WidgetFile, accept_encoding: &str, if_none_match: &str) -> Reply {
    let caching = |reply: Reply| {
        reply
            .with(
                "cache-control",
                if file.immutable {
                    IMMUTABLE
                } else {
                    SHORT_LIVED
                },
            )
            .with("etag", format!("\"{}\"", file.etag))
            .with("vary", "accept-encoding")
    };
    if none_match(if_none_match, file.etag) {
        return caching(Reply::empty(304));
    }
    let (encoding, body) = match () {
        () if accepts(accept_encoding, "br") => (Some("br"), Body::Encoded(file.brotli.into())),
        () if accepts(accept_encoding, "gzip") => (Some("gzip"), Body::Encoded(file.gzip.into())),
        () => (None, Body::Gzipped(file.gzip)),
    };
    let reply = Reply {
        status: 200,
        headers: vec![("content-type", file.content_type.into())],
        body,
    };
    let reply = caching(reply);
    match encoding {
        Some(encoding) => reply.with("content-encoding", encoding),
        None => reply,
    }
}

/// A file that this build does not hold, from the bucket.
///
/// # Errors
/// When the bucket does not answer, or the runtime refuses a header.
pub async fn from_bucket(
    request: &Request,
    env: &Env,
    context: &Context,
    name: &str,
    content_type: &'static str,
) -> worker::Result<Response> {
    let key = format!("widget/{name}");
    if accepts(&header(request, "accept-encoding"), "br")
        // A copy that fails leaves the file itself.
        && let Ok(Some(brotli)) = brotli(request, env, context, &key).await
    {
        let etag = format!("{name}.br");
        let reply = if none_match(&header(request, "if-none-match"), &etag) {
            Reply::empty(304)
        } else {
            Reply {
                status: 200,
                headers: vec![
                    ("content-type", content_type.into()),
                    ("content-encoding", "br".into()),
                ],
                body: Body::Encoded(brotli.into()),
            }
        };
        return reply
            .with("cache-control", IMMUTABLE)
            .with("etag", format!("\"{etag}\""))
            .with("vary", "accept-encoding")
            .into_response(request.method() == Method::Head);
    }
    media::serve(request, env, context, key, content_type).await
}

/// The bytes of `{key}.br`, if it is there. The CDN's cache keeps them as bytes of no encoding, so that neither it nor the runtime unpacks
/// them on the way.
async fn brotli(
    request: &Request,
    env: &Env,
    context: &Context,
    key: &str,
) -> worker::Result<Option<Vec<u8>>> {
    let cache_key = request.url().map(|mut url| {
        url.set_query(None);
        url.set_path(&format!("{}.br", url.path()));
        url.to_string()
    })?;
    if let Ok(Some(mut cached)) = Cache::default().get(&cache_key, false).await {
        return cached.bytes().await.map(Some);
    }
    let found = env
        .bucket("MEDIA")?
        .get(format!("{key}.br"))
        .execute()
        .await?;
    let Some(body) = found.as_ref().and_then(worker::Object::body) else {
        return Ok(None);
    };
    let bytes = body.bytes().await?;
    let kept = Response::from_bytes(bytes.clone())?;
    kept.headers().set("cache-control", IMMUTABLE)?;
    context.wait_until(async move {
        let _ = Cache::default().put(cache_key, kept).await;
    });
    Ok(Some(bytes))
}

/// Whether an `Accept-Encoding` header accepts this coding: named, and not with `q=0` (RFC 9110, section 12.5.3).
fn accepts(header: &str, coding: &str) -> bool {
    header.split(',').any(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0));
        name.trim().eq_ignore_ascii_case(coding) && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    static FILE: WidgetFile = WidgetFile {
        name: "w-1.js",
        content_type: "text/javascript",
        immutable: true,
        etag: "e1",
        gzip: b"gzip",
        brotli: b"brotli",
    };

    #[test]
    fn the_smallest_accepted_encoding_is_sent() {
        let sent = |accept_encoding| {
            let reply = reply(&FILE, accept_encoding, "");
            let coding = reply.header("content-encoding").map(str::to_owned);
            (reply.body, coding)
        };
        assert_eq!(
            sent("gzip, deflate, br, zstd"),
            (Body::Encoded(b"brotli".into()), Some("br".to_owned()))
        );
        assert_eq!(
            sent("gzip, br;q=0"),
            (Body::Encoded(b"gzip".into()), Some("gzip".to_owned()))
        );
        assert_eq!(sent("identity"), (Body::Gzipped(b"gzip"), None));
    }

    #[test]
    fn a_hash_named_module_is_immutable_and_the_script_is_not() {
        assert_eq!(
            reply(&FILE, "", "").header("cache-control"),
            Some(IMMUTABLE)
        );
        static SCRIPT: WidgetFile = WidgetFile {
            name: LOADER,
            immutable: false,
            ..FILE_COPY
        };
        assert!(
            reply(&SCRIPT, "", "")
                .header("cache-control")
                .is_some_and(|c| c.contains("max-age=300,"))
        );
    }

    const FILE_COPY: WidgetFile = WidgetFile {
        name: "",
        content_type: "text/javascript",
        immutable: true,
        etag: "e1",
        gzip: b"",
        brotli: b"",
    };

    #[test]
    fn an_unchanged_file_is_not_sent_again() {
        let reply = reply(&FILE, "br", "\"e1\"");
        assert_eq!((reply.status, &reply.body), (304, &Body::Empty));
    }
}
