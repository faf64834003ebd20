//! Reads along: stands in front of the stage's `fetch` and `sendBeacon`, passes everything on unchanged, and tells what
//! it saw. The stage's objects belong to another window, so that none is an instance of this window's classes: they
//! are taken by their shape (`unchecked`), never by `instanceof`.

use std::rc::Rc;

use js_sys::{Function, JSON, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, Response, Window};

use crate::dom::Drawn;

/// What was seen.
pub(crate) enum Seen {
    /// A look-up was answered.
    LookUp {
        /// The whole address that was asked.
        url: String,
        /// The answer.
        answer: JsValue,
        /// The length of the answer, before any compression.
        bytes: usize,
        /// From asking to the whole answer.
        took_ms: f64,
    },
    /// A look-up had no answer that can be read, or the tag could not be loaded.
    Failed {
        /// What went wrong, for the person who looks.
        say: String,
    },
    /// The widget sent a beacon.
    Beacon(JsValue),
}

/// Who is told.
pub(crate) type Tell = Rc<dyn Fn(Seen)>;

type Stand = Closure<dyn FnMut(JsValue, JsValue) -> JsValue>;

/// Keeps the stands; must outlive the stage's page.
pub(crate) struct Spy {
    _fetch: Stand,
    _send_beacon: Stand,
}

impl Spy {
    /// Stands in front of a window, which must not have loaded the tag yet.
    pub(crate) fn on(window: &Window, tell: &Tell) -> Drawn<Self> {
        let navigator: JsValue = window.navigator().into();
        Ok(Self {
            _fetch: stand_before(window, "fetch", {
                let tell = tell.clone();
                move |url, body, result| see_fetch(&tell, url, body, result)
            })?,
            _send_beacon: stand_before(&navigator, "sendBeacon", {
                let tell = tell.clone();
                move |url, body, _| see_beacon(&tell, &url, body)
            })?,
        })
    }
}

/// Replaces `owner.name` by a function that does the same and then tells `see` the address, the body and the result.
fn stand_before(
    owner: &JsValue,
    name: &str,
    see: impl Fn(String, JsValue, &JsValue) + 'static,
) -> Drawn<Stand> {
    let original: Function = Reflect::get(owner, &name.into())?.unchecked_into();
    let this = owner.clone();
    let is_fetch = name == "fetch";
    let stand = Stand::new(move |target: JsValue, second: JsValue| {
        let called = if second.is_undefined() {
            original.call1(&this, &target)
        } else {
            original.call2(&this, &target, &second)
        };
        let result = match called {
            Ok(result) => result,
            // Where the original throws, so must we.
            Err(error) => wasm_bindgen::throw_val(error),
        };
        let body = if is_fetch {
            field(&second, "body")
        } else {
            second
        };
        see(address(&target), body, &result);
        result
    });
    Reflect::set(owner, &name.into(), stand.as_ref())?;
    Ok(stand)
}

/// A field of what may be no object at all.
fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}

/// The address that `fetch` was given: a text, a `URL` or a `Request`.
fn address(target: &JsValue) -> String {
    let own = |name| field(target, name).as_string();
    target
        .as_string()
        .or_else(|| own("href"))
        .or_else(|| own("url"))
        .unwrap_or_default()
}

fn see_fetch(tell: &Tell, url: String, body: JsValue, result: &JsValue) {
    if !url.contains("/v1/match/") {
        return see_beacon(tell, &url, body);
    }
    if let Ok(copy) = copy_first(result) {
        spawn_local(see_look_up(tell.clone(), url, copy));
    }
}

/// A promise of a copy of the response. The copy must be made before the loader reads its own, hence in the first
/// reaction to the promise: an `await` of ours would come too late.
fn copy_first(response: &JsValue) -> Drawn<Promise> {
    let then: Function = field(response, "then").unchecked_into();
    let copy = Closure::once_into_js(|response: JsValue| {
        let copy = response.unchecked_ref::<Response>().clone();
        copy.map_or(JsValue::UNDEFINED, JsValue::from)
    });
    Ok(then.call1(response, &copy)?.unchecked_into())
}

async fn see_look_up(tell: Tell, url: String, copy: Promise) {
    let began = now_ms();
    match read(copy).await {
        Ok((answer, bytes)) => tell(Seen::LookUp {
            url,
            answer,
            bytes,
            took_ms: now_ms() - began,
        }),
        Err(say) => tell(Seen::Failed { say }),
    }
}

/// Reads a response to its end.
async fn read(response: Promise) -> Result<(JsValue, usize), String> {
    let unreachable = |_| "The edge could not be reached. The page stays as it is.".to_owned();
    let response: Response = JsFuture::from(response)
        .await
        .map_err(unreachable)?
        .unchecked_into();
    let status = response.status();
    let text = JsFuture::from(response.text().map_err(unreachable)?)
        .await
        .map_err(unreachable)?
        .as_string()
        .unwrap_or_default();
    let answer = JSON::parse(&text).map_err(|_| {
        format!("The edge answered with status {status} and something that is no JSON.")
    })?;
    match field(&answer, "detail").as_string() {
        Some(detail) if status != 200 => {
            Err(format!("The edge answered with status {status}: {detail}"))
        }
        _ => Ok((answer, text.len())),
    }
}

fn see_beacon(tell: &Tell, url: &str, body: JsValue) {
    if !url.contains("/v1/playback/") {
        return;
    }
    let tell = tell.clone();
    spawn_local(async move {
        let text = match body.as_string() {
            Some(text) => Some(text),
            None => JsFuture::from(body.unchecked_into::<Blob>().text())
                .await
                .ok()
                .and_then(|text| text.as_string()),
        };
        if let Some(beacon) = text.and_then(|text| JSON::parse(&text).ok()) {
            tell(Seen::Beacon(beacon));
        }
    });
}

fn now_ms() -> f64 {
    gloo::utils::window()
        .performance()
        .map_or(0.0, |clock| clock.now())
}
