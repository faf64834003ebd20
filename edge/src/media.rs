//! Films, posters and captions from R2, under names made of their content: `/v1/media/{name}`.
//!
//! A name never changes its bytes, so every copy may be kept for ever. Whole files go into the CDN's cache, which cuts ranges from
//! them itself; what it does not hold yet is read from the bucket, the range only.

use worker::{
    Bucket, Cache, Context, Env, Method, Object, Request, Response, ResponseBuilder, Url,
};

use crate::problem::{problem, unavailable};
use crate::range::{Asked, asked, none_match};
use crate::reply::{Reply, cross_origin, header};
use crate::widget_files::IMMUTABLE;

/// Larger files are always read from the bucket, the range only: a film of more than a minute is better cut into segments.
const CACHEABLE_BYTES: u64 = 32 * 1024 * 1024;

/// A shorter range than this is a player's probe (Safari asks for two bytes), not the beginning of a viewing.
const PROBE_BYTES: u64 = 64 * 1024;

/// The media types that are served, by ending. What else is in the bucket is not for pages.
const TYPES: [(&str, &str); 6] = [
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("jpg", "image/jpeg"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("vtt", "text/vtt; charset=utf-8"),
];

/// The media type of a content-named file, or `None` for a name of another form.
#[must_use]
pub fn content_type(name: &str) -> Option<&'static str> {
    let (stem, ending) = name.split_once('.')?;
    let (_, media_type) = TYPES.iter().find(|(known, _)| *known == ending)?;
    let named = stem.len() == 32 && stem.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    named.then_some(media_type)
}

/// Answers for one file of the bucket. `key` is its name there, `content_type` what it is.
///
/// # Errors
/// When the runtime refuses a header; a bucket that does not answer is a 503.
pub async fn serve(
    request: &Request,
    env: &Env,
    context: &Context,
    key: String,
    content_type: &'static str,
) -> worker::Result<Response> {
    let head = request.method() == Method::Head;
    let header = |name| header(request, name);
    let (range, if_none_match, if_range) =
        (header("range"), header("if-none-match"), header("if-range"));

    let cache = Cache::default();
    let cache_key = request.url().map(|mut url| {
        url.set_query(None);
        url
    })?;
    if !head
        && if_none_match.is_empty()
        && if_range.is_empty()
        && let Some(cached) = from_cache(&cache, cache_key.as_str(), &range).await
    {
        return Ok(cached);
    }

    let Ok(bucket) = env.bucket("MEDIA") else {
        return unavailable("the edge has no binding MEDIA (an R2 bucket): see docs/deploy.md")
            .into_response(head);
    };
    let Some(object) = bucket.head(&key).await? else {
        return problem(
            404,
            "no such file",
            &format!("{key} is not in the media bucket"),
        )
        .into_response(head);
    };
    let (size, etag) = (object.size(), object.etag());
    let facts = |reply: Reply| {
        reply
            .with("content-type", content_type)
            .with("accept-ranges", "bytes")
            .with("etag", format!("\"{etag}\""))
            .with("cache-control", IMMUTABLE)
    };
    if !if_none_match.is_empty() && none_match(&if_none_match, &etag) {
        return facts(Reply::empty(304)).into_response(head);
    }
    // A range counts only while the file is the one the caller already has a part of.
    let asked = if if_range.is_empty() || none_match(&if_range, &etag) {
        asked(&range, size)
    } else {
        Asked::Whole
    };
    match asked {
        Asked::Beyond => {
            let reply = problem(
                416,
                "range beyond the file",
                &format!(
                    "{key} has {size} bytes: ask for bytes=0-{}",
                    size.saturating_sub(1)
                ),
            );
            reply
                .with("content-range", format!("bytes */{size}"))
                .into_response(head)
        }
        Asked::Whole => {
            let reply = facts(Reply::empty(200));
            if head {
                return Ok(sized(&reply, size)?.empty());
            }
            keep_whole(
                context,
                &bucket,
                &key,
                cache_key,
                sized(&reply, size)?,
                size,
            )
            .await?;
            stream(&bucket, &key, None, sized(&reply, size)?).await
        }
        Asked::Part { first, last } => {
            let length = last.saturating_sub(first).saturating_add(1);
            let reply = facts(Reply::empty(206))
                .with("content-range", format!("bytes {first}-{last}/{size}"));
            if head {
                return Ok(sized(&reply, length)?.empty());
            }
            if first == 0 && length >= PROBE_BYTES.min(size) {
                // The beginning is being watched: have the whole file at hand for what follows.
                let whole = sized(&facts(Reply::empty(200)), size)?;
                keep_whole(context, &bucket, &key, cache_key, whole, size).await?;
            }
            let range = worker::Range::OffsetWithLength {
                offset: first,
                length,
            };
            stream(&bucket, &key, Some(range), sized(&reply, length)?).await
        }
    }
}

/// Puts a whole file into the CDN's cache, after the answer is on its way: by a read of its own, since a shopper's slow line would otherwise
/// hold the copy in memory. A cache that refuses costs nothing but the next read.
async fn keep_whole(
    context: &Context,
    bucket: &Bucket,
    key: &str,
    cache_key: Url,
    reply: ResponseBuilder,
    size: u64,
) -> worker::Result<()> {
    if size > CACHEABLE_BYTES {
        return Ok(());
    }
    let whole = stream(bucket, key, None, reply).await?;
    context.wait_until(async move {
        let _ = Cache::default().put(cache_key.as_str(), whole).await;
    });
    Ok(())
}

/// What the cache holds of a file: the whole, or the range that it cuts itself. What it cannot answer so is read from the bucket.
async fn from_cache(cache: &Cache, key: &str, range: &str) -> Option<Response> {
    let mut request = Request::new(key, Method::Get).ok()?;
    // Only what we too take for one range: the cache has a mind of its own about the others.
    if asked(range, u64::MAX) != Asked::Whole {
        request.headers_mut().ok()?.set("range", range).ok()?;
    }
    let cached = cache.get(&request, false).await.ok().flatten()?;
    matches!(cached.status_code(), 200 | 206).then_some(cached)
}

/// The head of an answer whose length is known.
fn sized(reply: &Reply, length: u64) -> worker::Result<ResponseBuilder> {
    let headers = cross_origin()?;
    for (name, value) in &reply.headers {
        headers.set(name, value)?;
    }
    headers.set("content-length", &length.to_string())?;
    Ok(ResponseBuilder::new()
        .with_status(reply.status)
        .with_headers(headers))
}

async fn stream(
    bucket: &Bucket,
    key: &str,
    range: Option<worker::Range>,
    reply: ResponseBuilder,
) -> worker::Result<Response> {
    let get = bucket.get(key);
    let get = match range {
        Some(range) => get.range(range),
        None => get,
    };
    let found: Option<Object> = get.execute().await?;
    let Some(body) = found.as_ref().and_then(Object::body) else {
        return problem(
            404,
            "no such file",
            &format!("{key} is no longer in the media bucket"),
        )
        .into_response(false);
    };
    Ok(reply.body(body.response_body()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_content_named_files_of_known_types_are_served() {
        assert_eq!(
            content_type("0123456789abcdef0123456789abcdef.mp4"),
            Some("video/mp4")
        );
        for name in [
            "film.mp4",
            "0123456789abcdef0123456789abcdef.x.mp4",
            "0123456789abcdef0123456789abcdef.exe",
            "0123456789ABCDEF0123456789ABCDEF.mp4",
            "../0123456789abcdef0123456789abcdef.mp4",
            "",
        ] {
            assert_eq!(content_type(name), None, "{name}");
        }
    }
}
