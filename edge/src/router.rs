//! Which address is answered by what.

use serde::Serialize;
use worker::{Context, Env, Method, Request, Response};

use crate::problem::{no_such_address, unavailable, wrong_method};
use crate::reply::{Reply, header};
use crate::{demand, log, look_up, media, playback, widget_files};

/// Bindings without which the edge is not whole.
const BINDINGS: [&str; 4] = ["CATALOG", "MEDIA", "LAKE", "PLAYBACK"];

/// Answers every request; what fails inside is logged and answered 503, for the caller can only try again.
pub(crate) async fn respond(request: Request, env: Env, context: Context) -> web_sys::Response {
    let head = request.method() == Method::Head;
    let answered = route(request, &env, &context)
        .await
        .unwrap_or_else(|error| {
            log::error("unanswered", &error.to_string());
            Err(unavailable(
                "the edge could not answer; trying again may help",
            ))
        });
    let response = answered.or_else(|reply| reply.into_response(head));
    response.map(Into::into).unwrap_or_else(|error| {
        log::error("unsendable", &error.to_string());
        web_sys::Response::error()
    })
}

type Answer = worker::Result<Result<Response, Reply>>;

async fn route(request: Request, env: &Env, context: &Context) -> Answer {
    let path = request.path();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    // By its name: workers-rs takes a method that it does not know for GET.
    let reading = matches!(request.inner().method().as_str(), "GET" | "HEAD");
    Ok(match segments.as_slice() {
        ["v1", ..] if request.method() == Method::Options => Err(preflight()),
        ["v1", "playback", shop] => match request.method() {
            Method::Post => {
                let shop = (*shop).to_owned();
                Err(playback::take(request, env, context, &shop).await)
            }
            _ => Err(wrong_method("POST, OPTIONS")),
        },
        ["v1", ..] if !reading => Err(wrong_method("GET, HEAD, OPTIONS")),
        ["v1", "match", _] => {
            let reply = look_up::from_store(&request, env).await;
            if let Some(demand) = demand::due(env) {
                context.wait_until(demand);
            }
            Err(reply)
        }
        ["v1", "shelfreel.js"] => widget_file(&request, env, context, widget_files::LOADER).await?,
        ["v1", "widget", name] => widget_file(&request, env, context, name).await?,
        ["v1", "media", name] => match media::content_type(name) {
            Some(content_type) => Ok(media::serve(
                &request,
                env,
                context,
                format!("media/{name}"),
                content_type,
            )
            .await?),
            None => Err(no_such_address(&path)),
        },
        ["v1", "health"] => Err(health(env)),
        _ => Err(no_such_address(&path)),
    })
}

/// Of this build from memory; of an earlier one from the bucket, for the scripts that caches still hold and the files that shops pin.
async fn widget_file(request: &Request, env: &Env, context: &Context, name: &str) -> Answer {
    let header = |name| header(request, name);
    Ok(match widget_files::find(name) {
        Some(file) => Err(widget_files::reply(
            file,
            &header("accept-encoding"),
            &header("if-none-match"),
        )),
        None => match widget_files::content_type(name) {
            Some(content_type) => {
                Ok(widget_files::from_bucket(request, env, context, name, content_type).await?)
            }
            None => Err(no_such_address(&request.path())),
        },
    })
}

/// Playback and look-ups are CORS-simple and ask for no preflight; a page that sends other headers, as those do whose requests are traced, gets a day's leave for all of them.
/// (No header says anything to the edge that a page should not say, and credentials are never among them.)
fn preflight() -> Reply {
    Reply::empty(204)
        .with("access-control-allow-methods", "GET, HEAD, POST, OPTIONS")
        .with("access-control-allow-headers", "*")
        .with("access-control-max-age", "86400")
}

#[derive(Serialize)]
struct Health {
    ok: bool,
    missing_bindings: Vec<&'static str>,
    widget: bool,
    version: &'static str,
}

/// Names every binding that is missing, so that an operator sees at once what to mend.
fn health(env: &Env) -> Reply {
    let missing: Vec<&'static str> = BINDINGS
        .into_iter()
        .filter(|name| match *name {
            "CATALOG" => env.kv(name).is_err(),
            "PLAYBACK" => env.queue(name).is_err(),
            _ => env.bucket(name).is_err(),
        })
        .collect();
    let widget = widget_files::find(widget_files::LOADER).is_some();
    let ok = missing.is_empty() && widget;
    let health = Health {
        ok,
        missing_bindings: missing,
        widget,
        version: env!("CARGO_PKG_VERSION"),
    };
    Reply::json(if ok { 200 } else { 503 }, "application/json", &health)
        .with("cache-control", "no-store")
}
