//! The hot path: answers look-ups, serves script and media, takes playback in. Small, boring, always up.
//!
//! A look-up that this isolate can answer from memory needs no future, and most can: the answer is tried synchronously first, and only
//! what needs a store goes through the asynchronous handler (docs/decisions/0001-synchronous-look-up.md has the figures).

pub mod agents;
pub mod answers;
pub mod beacon;
pub mod bots;
pub mod bounded;
pub mod demand;
pub mod device;
pub mod hasher;
pub mod live;
pub mod log;
pub mod look_up;
pub mod media;
pub mod memory;
pub mod plain;
pub mod playback;
pub mod problem;
pub mod purchase;
pub mod range;
pub mod reply;
mod router;
pub mod shed;
pub mod state;
pub mod stores;
pub mod visitor;
pub mod widget_files;

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::Context as JsContext;
use worker::{Context, Env, Request};

/// The worker's `fetch`: a response, or a promise of one.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: Env, context: JsContext) -> JsValue {
    if let Some(response) = look_up::from_memory(&request) {
        if let Some(demand) = demand::due(&env) {
            Context::new(context).wait_until(demand);
        }
        return response.into();
    }
    let answer = async move {
        Ok(
            router::respond(Request::from(request), env, Context::new(context))
                .await
                .into(),
        )
    };
    wasm_bindgen_futures::future_to_promise(answer).unchecked_into()
}
