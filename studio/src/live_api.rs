//! `GET /api/v1/brands/{brand}/live`: what is watched right now (docs/api.md). With `Upgrade: websocket` and `?shard=N` one shard's messages, else all shards
//! together as JSON.

use shelfreel_playback::LIVE_SHARDS as SHARDS;
use worker::{Env, Method, Request, RequestInit, Response, Stub};

use crate::live::state::State;
use crate::live_do;
use crate::problem::Problem;
use crate::tenant::Brand;

/// Answers.
///
/// # Errors
/// A problem: a shard that there is not, or an object that does not answer.
pub async fn answer(request: &Request, env: &Env, brand: &Brand) -> Result<Response, Problem> {
    let header = request.headers().get("upgrade")?;
    if header.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
        return watch(request, env, brand).await;
    }
    let mut states = Vec::new();
    // All are asked before any is waited for.
    let asked = (0..SHARDS).map(|shard| state(env, brand, shard));
    for state in futures_util::future::join_all(asked).await {
        states.push(state?);
    }
    let together = states.into_iter().reduce(State::and).unwrap_or_default();
    let mut body = serde_json::to_value(&together).map_err(worker::Error::from)?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("shards".into(), SHARDS.into());
    }
    let response = Response::from_json(&body)?;
    response.headers().set("cache-control", "no-store")?;
    Ok(response)
}

async fn watch(request: &Request, env: &Env, brand: &Brand) -> Result<Response, Problem> {
    let url = request.url()?;
    let said = url
        .query_pairs()
        .find_map(|(name, value)| (name == "shard").then(|| value.into_owned()));
    let shard = said
        .as_deref()
        .and_then(|shard| shard.parse().ok())
        .filter(|shard| *shard < SHARDS)
        .ok_or_else(|| {
            let said = said.as_deref().unwrap_or_default();
            Problem::wrong(format!(
                "shard={said:?}: say which of the brand's shards, 0 to {}; each has a socket of its own",
                SHARDS - 1
            ))
        })?;
    let headers = request.headers().clone();
    // The credential has done its service, and is nobody's business further in.
    headers.delete("authorization")?;
    let offered = headers.get("sec-websocket-protocol")?.unwrap_or_default();
    if offered
        .split(',')
        .any(|one| one.trim() == live_do::SUBPROTOCOL)
    {
        headers.set("sec-websocket-protocol", live_do::SUBPROTOCOL)?;
    } else {
        headers.delete("sec-websocket-protocol")?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers);
    let inner = Request::new_with_init("https://live/watch", &init)?;
    Ok(stub(env, brand, shard)?.fetch_with_request(inner).await?)
}

async fn state(env: &Env, brand: &Brand, shard: u32) -> Result<State, Problem> {
    let mut response = stub(env, brand, shard)?
        .fetch_with_str("https://live/state")
        .await?;
    Ok(response.json().await?)
}

fn stub(env: &Env, brand: &Brand, shard: u32) -> worker::Result<Stub> {
    env.durable_object(live_do::BINDING)?
        .get_by_name(&format!("{}/{shard}", brand.slug()))
}
