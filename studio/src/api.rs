//! The back office's addresses, all below `/api/v1`, all behind a token.

use worker::{Env, Method, Request, Response, Result};

use crate::problem::Problem;
use crate::tenant;

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
        _ => Err(Problem::nowhere(format!("{path} is no address here"))),
    }
}
