//! The back office's addresses, all below `/api/v1`, all behind a token.

use worker::{Env, Method, Request, Response, Result};

use crate::demand::Whose;
use crate::problem::Problem;
use crate::{demand, export, figures, live_api, replays, tenant};

/// Answers one request below `/api/v1`.
///
/// # Errors
/// When the runtime makes no answer: whatever else goes wrong is answered with a problem document.
pub async fn answer(request: Request, env: &Env) -> Result<Response> {
    match route(request, env).await {
        Ok(response) => Ok(response),
        Err(problem) => problem.response(),
    }
}

async fn route(request: Request, env: &Env) -> std::result::Result<Response, Problem> {
    let path = request.path();
    let parts: Vec<&str> = path.split('/').skip(3).collect();
    let caller = tenant::caller(&request, env).await?;
    match (request.method(), parts.as_slice()) {
        (Method::Get, ["me"]) => Ok(Response::from_json(&serde_json::json!({
            "brand": match &caller { tenant::Caller::Brand(brand) => Some(brand.slug()), tenant::Caller::Operator => None },
            "operator": caller == tenant::Caller::Operator,
        }))?),
        (Method::Get, ["brands", brand, "figures"]) => {
            let brand = caller.brand(brand)?;
            json(&figures::figures(env, &brand, &pairs(&request)?).await?)
        }
        (Method::Get, ["brands", brand, "attention", video]) => {
            let brand = caller.brand(brand)?;
            json(&figures::attention(env, &brand, video, &pairs(&request)?).await?)
        }
        (Method::Get, ["brands", brand, "visitors"]) => {
            let brand = caller.brand(brand)?;
            json(&figures::visitors::answer(env, &brand, &pairs(&request)?).await?)
        }
        (Method::Get, ["brands", brand, "rows"]) => {
            let brand = caller.brand(brand)?;
            export::rows(env, &brand, &pairs(&request)?).await
        }
        (Method::Post, ["replays"]) => {
            caller.operator()?;
            replays::begin(request, env).await
        }
        (Method::Post, ["replays", id, "rows"]) => {
            caller.operator()?;
            replays::rows(request, env, id).await
        }
        (Method::Post, ["replays", id, "finish"]) => {
            caller.operator()?;
            replays::finish(env, id).await
        }
        (Method::Delete, ["replays", id]) => {
            caller.operator()?;
            replays::give_up(env, id).await
        }
        (Method::Get, ["brands", brand, "demand"]) => {
            let brand = caller.brand(brand)?;
            json(&demand::answer(env, Whose::Brand(&brand), &pairs(&request)?).await?)
        }
        (Method::Get, ["demand"]) => {
            caller.operator()?;
            json(&demand::answer(env, Whose::Nobody, &pairs(&request)?).await?)
        }
        (Method::Get, ["brands", brand, "live"]) => {
            live_api::answer(&request, env, &caller.brand(brand)?).await
        }
        _ => Err(Problem::nowhere(format!("{path} is no address here"))),
    }
}

/// An answer that nobody keeps: the next may be another's.
fn json(value: &serde_json::Value) -> std::result::Result<Response, Problem> {
    let response = Response::from_json(value)?;
    response.headers().set("cache-control", "no-store")?;
    Ok(response)
}

/// The parameters of an address, decoded, in their order.
fn pairs(request: &Request) -> std::result::Result<Vec<(String, String)>, Problem> {
    let url = request.url()?;
    let pairs = url.query_pairs();
    Ok(pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect())
}
