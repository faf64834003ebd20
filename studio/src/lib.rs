//! The back office: the consumer of playback, which writes the lake; the live objects; the interface below `/api/v1`; and a page that shows what is watched now.
//!
//! Nothing done here can take the edge down: while the studio is broken the queue keeps its messages.

pub mod api;
pub mod demand;
pub mod demand_cron;
pub mod export;
pub mod figures;
pub mod lake;
pub mod ledger;
pub mod ledger_do;
pub mod ledger_index_do;
pub mod ledgers;
pub mod live;
pub mod live_api;
pub mod live_do;
pub mod page;
pub mod playback_queue;
pub mod problem;
pub mod replays;
pub mod rows;
pub mod salt_cron;
pub mod spill_cron;
pub mod tenant;
pub mod transaction;
pub mod visitors;
pub mod visitors_do;

use worker::{
    Context, Env, MessageBatch, Request, Response, Result, ScheduleContext, ScheduledEvent, event,
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    match request.path().as_str() {
        "/health" => health(&env),
        path if path.starts_with("/api/v1/") => api::answer(request, &env).await,
        path => match page::file(path) {
            Some(file) => file.response(),
            None => Response::error(
                format!("{path} is no address of the studio: there are /, /health and /api/v1/…"),
                404,
            ),
        },
    }
}

/// Names every binding that is missing, so that an operator sees at once what to mend.
fn health(env: &Env) -> Result<Response> {
    let missing: Vec<&str> = [
        (lake::BINDING, env.bucket(lake::BINDING).is_ok()),
        (
            playback_queue::DEAD_LETTERS,
            env.queue(playback_queue::DEAD_LETTERS).is_ok(),
        ),
        (tenant::CATALOG, env.kv(tenant::CATALOG).is_ok()),
        (
            ledger_do::BINDING,
            env.durable_object(ledger_do::BINDING).is_ok(),
        ),
        (
            ledger_index_do::BINDING,
            env.durable_object(ledger_index_do::BINDING).is_ok(),
        ),
        (
            visitors_do::BINDING,
            env.durable_object(visitors_do::BINDING).is_ok(),
        ),
        (
            live_do::BINDING,
            env.durable_object(live_do::BINDING).is_ok(),
        ),
    ]
    .into_iter()
    .filter_map(|(name, there)| (!there).then_some(name))
    .collect();
    let status = if missing.is_empty() { 200 } else { 503 };
    let body = serde_json::json!({ "ok": missing.is_empty(), "missing_bindings": missing, "version": env!("CARGO_PKG_VERSION") });
    Ok(Response::from_json(&body)?.with_status(status))
}

/// Always `Ok`: an error here would be a panic, and every message of the batch would come again whether it was kept or not.
#[event(queue)]
async fn queue(batch: MessageBatch<serde_json::Value>, env: Env, _context: Context) -> Result<()> {
    playback_queue::consume(batch, &env).await;
    Ok(())
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    // First: it is over soon, and without it nobody is recognised.
    salt_cron::renew(&env, worker::Date::now().as_millis()).await;
    let swept = spill_cron::sweep(&env).await;
    // An invocation may make 1,000 calls.
    demand_cron::add_up(&env, if swept == 0 { 800 } else { 100 }).await;
}
