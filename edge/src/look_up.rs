//! `GET /v1/match/{shop}`: is there a video for these products, in these languages, here, now?
//!
//! The question costs a few microseconds when this isolate remembers the records, so it is tried synchronously first
//! ([`from_memory`]): no future, one response, and for a question that was asked before the very bytes of the last answer
//! ([`crate::answers`]). What is not remembered is read in one round of the store ([`from_store`]). When the store
//! does not answer, whatever is still held is served; only what was never read is `unavailable`, and that answer no cache may keep.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use shelfreel_matching::LookUp;
use shelfreel_matching::answer::{self, ShopState, Written};
use shelfreel_matching::record::Shop;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;

use crate::answers::{Answers, Question};
use crate::demand::{self, Asked};
use crate::memory::{Age, Entry, Held, Memory};
use crate::problem::problem;
use crate::reply::{EVERY, Reply};
use crate::stores::{Catalogue, Kv, StoreError};
use crate::{log, state};

/// Browsers may keep an answer as long as this isolate may: with KV's own minute, a publish is visible everywhere within two minutes.
const CACHEABLE: &str = "public, max-age=30";

/// For an answer that changes within those seconds, or that says that the stores are out of reach.
const NOT_CACHEABLE: &str = "no-store";

/// How long [`CACHEABLE`] lets an answer live.
const CACHEABLE_MS: u64 = 30_000;

/// Who asks.
pub trait Asking {
    /// The page's origin, if the browser says it.
    fn origin(&self) -> Option<&str>;
    /// The shopper's country as the network sees it: ISO 3166-1 alpha-2. Read only when the answer depends on it.
    fn country(&self) -> Option<String>;
    /// Whether the page is rendered before anybody goes there, who may never come: its look-up is no demand. Browsers say so of all that such a page asks for, by `Sec-Purpose`
    /// (<https://wicg.github.io/nav-speculation/prerendering.html>).
    fn is_speculative(&self) -> bool;
}

/// The page that a request comes from.
struct Page<'r> {
    request: &'r web_sys::Request,
    headers: NamedHeaders,
    origin: Option<String>,
}

#[wasm_bindgen]
extern "C" {
    /// A request whose method stays JavaScript's.
    type NamedRequest;

    #[wasm_bindgen(method, getter)]
    fn method(this: &NamedRequest) -> JsValue;

    /// A request's headers, asked for by names that are JavaScript's strings already.
    type NamedHeaders;

    /// Does not throw: the names are constants.
    #[wasm_bindgen(method)]
    fn get(this: &NamedHeaders, name: &JsValue) -> Option<String>;
}

thread_local! {
    // Made once: a name of Rust's would be decoded again, or one of JavaScript's copied, for every look-up.
    static GET: JsValue = "GET".into();
    static ORIGIN: JsValue = "origin".into();
    static SEC_PURPOSE: JsValue = "sec-purpose".into();
}

fn is_get(request: &web_sys::Request) -> bool {
    let request: &NamedRequest = request.unchecked_ref();
    GET.with(|get| request.method() == *get)
}

impl<'r> Page<'r> {
    fn of(request: &'r web_sys::Request) -> Self {
        let headers: NamedHeaders = request.headers().unchecked_into();
        let origin = ORIGIN.with(|origin| headers.get(origin));
        Self {
            request,
            headers,
            origin,
        }
    }
}

impl Asking for Page<'_> {
    fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    fn country(&self) -> Option<String> {
        let cf = js_sys::Reflect::get(self.request, &"cf".into()).ok()?;
        js_sys::Reflect::get(&cf, &"country".into())
            .ok()?
            .as_string()
    }

    fn is_speculative(&self) -> bool {
        SEC_PURPOSE
            .with(|purpose| self.headers.get(purpose))
            .is_some()
    }
}

/// An answer in JSON, and whether a cache may keep it.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// docs/wire.md, "Look-up".
    pub json: String,
    /// Whether it stays right for [`CACHEABLE_MS`].
    pub cacheable: bool,
    /// Up to and including when the same question is answered the same, in milliseconds since 1970: everything that the answer is made of
    /// is fresh, nothing begins or ends, and a cache may keep it. `None` when it depends on the shopper's country too, or when no cache may
    /// keep it.
    pub holds_until_ms: Option<u64>,
    /// What was asked for, to be counted as demand.
    pub asked: Option<Rc<Asked>>,
}

/// An answer that is kept, with what it is counted by.
#[derive(Clone)]
struct Given<B> {
    body: B,
    asked: Option<Rc<Asked>>,
}

/// Answers from this isolate's memory, if everything the answer needs is there and fresh.
#[must_use]
pub fn from_memory(request: &web_sys::Request) -> Option<web_sys::Response> {
    let url = request.url();
    let (shop, query) = address(&url)?;
    if !is_get(request) {
        return None;
    }
    let page = Page::of(request);
    // A copy, not a view: the runtime sends the body after this memory has been given to others.
    let bytes = |json: &str| js_sys::Uint8Array::from(json.as_bytes());
    let (body, cacheable) =
        ANSWERS.with(|answers| remembered(shop, query, &page, answers, bytes, now_ms()))?;
    respond(&body, cacheable)
}

/// The answer as a body made by `body_of`, and whether a cache may keep it: one that was given before and would be written the same now, else
/// a new one. `None` when memory alone cannot say.
fn remembered<B: Clone>(
    shop: &str,
    query: &str,
    asking: &impl Asking,
    answers: &RefCell<Answers<Given<B>>>,
    body_of: impl FnOnce(&str) -> B,
    now_ms: u64,
) -> Option<(B, bool)> {
    let question = Question {
        shop,
        query,
        origin: asking.origin(),
    };
    if let Some(given) = answers.borrow().get(&question, now_ms) {
        count(given.asked.as_ref(), asking, now_ms);
        return Some((given.body.clone(), true));
    }
    let look_up = LookUp::parse(shop, query).ok()?;
    let answer = state::memory(|memory| write(&look_up, memory, Age::Fresh, asking, now_ms))?;
    count(answer.asked.as_ref(), asking, now_ms);
    let body = body_of(&answer.json);
    if let Some(until_ms) = answer.holds_until_ms {
        let asked_bytes = answer.asked.as_ref().map_or(0, |asked| asked.bytes());
        let given = Given {
            body: body.clone(),
            asked: answer.asked,
        };
        let bytes = answer.json.len().saturating_add(asked_bytes);
        answers
            .borrow_mut()
            .keep(&question, given, bytes, now_ms..=until_ms);
    }
    Some((body, answer.cacheable))
}

fn count(asked: Option<&Rc<Asked>>, asking: &impl Asking, now_ms: u64) {
    if let Some(asked) = asked
        && !asking.is_speculative()
    {
        demand::count(asked, now_ms);
    }
}

/// Answers with at most one round of the store.
pub async fn from_store(request: &worker::Request, env: &Env) -> Reply {
    let url = request.inner().url();
    let Some((shop, query)) = address(&url) else {
        return problem(
            404,
            "no such address",
            "a look-up is GET /v1/match/{shop}?p=gtin:…",
        );
    };
    let page = Page::of(request.inner());
    match Kv::of(env) {
        Ok(catalogue) => reply(shop, query, &catalogue, &page, now_ms()).await,
        Err(error) => reply(shop, query, &NoCatalogue(error), &page, now_ms()).await,
    }
}

/// The whole of a look-up over any store.
pub async fn reply(
    shop: &str,
    query: &str,
    catalogue: &impl Catalogue,
    asking: &impl Asking,
    now_ms: u64,
) -> Reply {
    let look_up = match LookUp::parse(shop, query) {
        Ok(look_up) => look_up,
        Err(error) => return problem(400, "no look-up", &error.to_string()),
    };
    // A shop id of a form that no shop has needs no store: the answer is `unknown_shop`.
    if let Some(shop_key) = look_up.shop_key() {
        let keys = std::iter::once(shop_key)
            .chain(look_up.keys().map(str::to_owned))
            .collect();
        if let Err(error) = state::hold(keys, catalogue, now_ms).await {
            log::warn("catalogue_unavailable", &error.to_string());
        }
    }
    let answer = state::memory(|memory| write(&look_up, memory, Age::Any, asking, now_ms));
    match answer {
        Some(answer) => {
            count(answer.asked.as_ref(), asking, now_ms);
            let caching = if answer.cacheable {
                CACHEABLE
            } else {
                NOT_CACHEABLE
            };
            Reply::text(200, "application/json", answer.json)
                .with("cache-control", caching)
                .with("vary", "origin")
        }
        None => problem(503, "unavailable", "the stores are out of reach"),
    }
}

/// The shop and the query of a look-up's address, or `None` for another address.
fn address(url: &str) -> Option<(&str, &str)> {
    let (_, after_scheme) = url.split_once("://")?;
    let (_, path) = after_scheme.split_once('/')?;
    let rest = path.strip_prefix("v1/match/")?;
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    let (shop, query) = rest.split_once('?').unwrap_or((rest, ""));
    (!shop.contains('/')).then_some((shop, query))
}

/// Writes the answer from what is held; `None` when `age` is [`Age::Fresh`] and something is not held fresh.
pub fn write(
    look_up: &LookUp,
    memory: &Memory,
    age: Age,
    asking: &impl Asking,
    now_ms: u64,
) -> Option<Answer> {
    let missing = Cell::new(false);
    let fresh_until_ms = Cell::new(u64::MAX);
    let held = |key: &str| {
        let entry = memory.entry(key, age, now_ms);
        match entry {
            Some(entry) => fresh_until_ms.set(fresh_until_ms.get().min(entry.fresh_until_ms())),
            None => missing.set(true),
        }
        entry.map(Entry::held)
    };
    let shop = match look_up.shop_key().map(|key| held(&key)) {
        None | Some(Some(Held::Absent | Held::Unreadable)) => ShopState::Unknown,
        Some(Some(Held::Shop(shop))) if is_open(shop) => ShopState::Known(shop),
        Some(Some(Held::Shop(shop))) if shop.allows(asking.origin()) => ShopState::Known(shop),
        Some(Some(Held::Shop(_))) => ShopState::OriginNotRegistered,
        Some(_) => ShopState::Unavailable,
    };
    if missing.get() && age == Age::Fresh {
        return None;
    }
    let by_country =
        matches!(shop, ShopState::Known(shop) if shop.market.is_none() && look_up.market.is_none());
    let country = by_country.then(|| asking.country()).flatten();
    let mut json = String::with_capacity(2_048);
    let records = |key: &str| match held(key) {
        Some(Held::Record(record)) => answer::Held::Record(record),
        Some(_) => answer::Held::Nothing,
        None => answer::Held::Unavailable,
    };
    let Written {
        until_ms,
        unavailable,
        demand,
    } = answer::write(
        look_up,
        shop,
        records,
        country.as_deref(),
        now_ms,
        &mut json,
    );
    if missing.get() && age == Age::Fresh {
        return None;
    }
    let cacheable = !unavailable && until_ms.saturating_sub(now_ms) > CACHEABLE_MS;
    // The last moment at which a cache may still keep it.
    let cacheable_until_ms = until_ms.saturating_sub(CACHEABLE_MS).saturating_sub(1);
    let holds = cacheable && !by_country;
    // Of what was out of reach nobody knows whether it is there.
    let asked = match unavailable {
        true => None,
        false => Asked::of(look_up, &demand, records).map(Rc::new),
    };
    Some(Answer {
        json,
        asked,
        cacheable,
        holds_until_ms: holds.then(|| cacheable_until_ms.min(fresh_until_ms.get())),
    })
}

/// Whether every page may ask: then the page's origin need not be read.
fn is_open(shop: &Shop) -> bool {
    shop.origins.iter().any(|origin| &**origin == "*")
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

thread_local! {
    static ANSWERS: RefCell<Answers<Given<js_sys::Uint8Array>>> = RefCell::new(Answers::default());

    /// Built once: what varies between look-ups is the body. Responses, since the runtime copies their headers without reading
    /// properties one by one, as it would of a plain `ResponseInit`.
    static INITS: OnceCell<[web_sys::ResponseInit; 2]> = const { OnceCell::new() };
}

/// The answer as bytes: as a string it would be decoded here only for the runtime to encode it again.
fn respond(body: &js_sys::Uint8Array, cache: bool) -> Option<web_sys::Response> {
    INITS.with(|inits| {
        let [cacheable, not_cacheable] = match inits.get() {
            Some(inits) => inits,
            None => {
                let made = [init(CACHEABLE)?, init(NOT_CACHEABLE)?];
                inits.get_or_init(|| made)
            }
        };
        let init = if cache { cacheable } else { not_cacheable };
        web_sys::Response::new_with_opt_js_u8_array_and_init(Some(body), init).ok()
    })
}

fn init(caching: &str) -> Option<web_sys::ResponseInit> {
    let headers = js_sys::Object::new();
    let own = [
        ("content-type", "application/json"),
        ("cache-control", caching),
        ("vary", "origin"),
    ];
    for (name, value) in EVERY.into_iter().chain(own) {
        js_sys::Reflect::set(&headers, &name.into(), &value.into()).ok()?;
    }
    let init = web_sys::ResponseInit::new();
    init.set_headers(&headers);
    let response = web_sys::Response::new_with_opt_str_and_init(None, &init).ok()?;
    Some(response.unchecked_into())
}

/// Stands in for a binding that is missing: nothing can be read, what is held is served.
struct NoCatalogue(StoreError);

impl Catalogue for NoCatalogue {
    async fn get(&self, _keys: &[String]) -> Result<Vec<Option<String>>, StoreError> {
        Err(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_executor::block_on;
    use std::cell::RefCell;
    use std::collections::HashMap;

    /// KV's twin: counts what it is asked, and is out of reach when told so.
    #[derive(Default)]
    struct Twin {
        values: HashMap<String, String>,
        rounds: RefCell<Vec<usize>>,
        down: Cell<bool>,
    }

    impl Catalogue for Twin {
        async fn get(&self, keys: &[String]) -> Result<Vec<Option<String>>, StoreError> {
            self.rounds.borrow_mut().push(keys.len());
            if self.down.get() {
                return Err(StoreError {
                    store: "CATALOG",
                    detail: "out of reach".into(),
                });
            }
            Ok(keys
                .iter()
                .map(|key| self.values.get(key).cloned())
                .collect())
        }
    }

    struct Page(Option<&'static str>);

    impl Asking for Page {
        fn origin(&self) -> Option<&str> {
            self.0
        }
        fn country(&self) -> Option<String> {
            None
        }
        fn is_speculative(&self) -> bool {
            false
        }
    }

    const RECORD: &str = r#"{"v":1,"videos":[{"id":"film","brand":"kenwick","kind":"guide","language":"nl","show":{"title":"Film"}}]}"#;

    /// The memory is one a thread, and tests run on threads of their own: each test names its own shop and codes all the same.
    fn twin(shop: &str, origins: &str) -> Twin {
        let values = [
            (
                format!("shop:{shop}"),
                format!(r#"{{"v":1,"origins":{origins},"market":"NL","languages":["nl"]}}"#),
            ),
            ("gtin:08710103937746".to_owned(), RECORD.to_owned()),
        ];
        Twin {
            values: values.into(),
            ..Twin::default()
        }
    }

    fn text(reply: &Reply) -> &str {
        match &reply.body {
            crate::reply::Body::Text(text) => text,
            _ => "",
        }
    }

    fn ask(twin: &Twin, shop: &str, query: &str, now_ms: u64) -> Reply {
        block_on(reply(shop, query, twin, &Page(None), now_ms))
    }

    const FILM: &str = "lang=nl&p=gtin:8710103937746";

    type Texts = RefCell<Answers<Given<String>>>;

    /// What the synchronous road answers, and whether it was written anew.
    fn from_memory(
        answers: &Texts,
        shop: &str,
        query: &str,
        page: &impl Asking,
        now_ms: u64,
    ) -> Option<(String, bool, bool)> {
        let written = Cell::new(false);
        let body_of = |json: &str| {
            written.set(true);
            json.to_owned()
        };
        let (body, cacheable) = remembered(shop, query, page, answers, body_of, now_ms)?;
        Some((body, cacheable, written.get()))
    }

    /// What it would answer if nothing had been answered before.
    fn anew(shop: &str, query: &str, page: &impl Asking, now_ms: u64) -> Option<(String, bool)> {
        from_memory(&Texts::default(), shop, query, page, now_ms)
            .map(|(body, cacheable, _)| (body, cacheable))
    }

    #[test]
    fn one_round_of_the_store_answers_and_the_next_half_minute_needs_none() {
        let twin = twin("shop_memory", "[\"*\"]");
        for now_ms in [0, 10_000, 30_000] {
            let reply = ask(&twin, "shop_memory", FILM, now_ms);
            assert_eq!(
                (reply.status, reply.header("cache-control")),
                (200, Some(CACHEABLE))
            );
            assert!(text(&reply).contains("\"id\":\"film\""), "{}", text(&reply));
        }
        assert_eq!(*twin.rounds.borrow(), [2]);
        ask(&twin, "shop_memory", FILM, 30_001);
        assert_eq!(*twin.rounds.borrow(), [2, 2]);
    }

    #[test]
    fn a_code_asked_for_twice_is_read_once_and_answered_twice() {
        let twin = twin("shop_twice", "[\"*\"]");
        let reply = ask(
            &twin,
            "shop_twice",
            "p=gtin:8710103937746&p=gtin:08710103937746",
            0,
        );
        assert_eq!(
            text(&reply).matches("\"id\":\"film\"").count(),
            2,
            "{}",
            text(&reply)
        );
        assert_eq!(*twin.rounds.borrow(), [2]);
    }

    #[test]
    fn a_dead_store_is_served_from_what_is_held_however_old() {
        let twin = twin("shop_stale", "[\"*\"]");
        ask(&twin, "shop_stale", FILM, 0);
        twin.down.set(true);
        let reply = ask(&twin, "shop_stale", FILM, 9_000_000);
        assert!(text(&reply).contains("\"id\":\"film\""), "{}", text(&reply));
    }

    #[test]
    fn a_dead_store_with_nothing_held_says_so_and_no_cache_keeps_it() {
        let twin = twin("shop_dead", "[\"*\"]");
        twin.down.set(true);
        let reply = ask(&twin, "shop_dead", FILM, 0);
        assert_eq!(
            (reply.status, reply.header("cache-control")),
            (200, Some(NOT_CACHEABLE))
        );
        assert!(
            text(&reply).contains("\"why\":\"unavailable\""),
            "{}",
            text(&reply)
        );
        let written = LookUp::parse("shop_dead", FILM).ok().and_then(|look_up| {
            state::memory(|memory| write(&look_up, memory, Age::Any, &Page(None), 0))
        });
        assert_eq!(written.and_then(|answer| answer.holds_until_ms), None);
        twin.down.set(false);
        assert!(
            text(&ask(&twin, "shop_dead", FILM, 1)).contains("\"id\":\"film\""),
            "it was not held that there is nothing"
        );
    }

    #[test]
    fn a_page_of_another_origin_is_told_so_and_the_shops_own_is_served() {
        let twin = twin("shop_strict", "[\"https://shop.example\"]");
        let from = |origin| {
            text(&block_on(reply(
                "shop_strict",
                FILM,
                &twin,
                &Page(Some(origin)),
                0,
            )))
            .to_owned()
        };
        assert!(from("https://shop.example").contains("\"id\":\"film\""));
        assert!(from("https://elsewhere.example").contains("\"why\":\"origin_not_registered\""));
    }

    #[test]
    fn an_unknown_shop_is_told_so_whether_its_id_could_be_one_or_not() {
        let twin = Twin::default();
        for shop in ["shop_nowhere", "garbage", "%00", ""] {
            let reply = ask(&twin, shop, FILM, 0);
            assert!(
                text(&reply).contains("\"why\":\"unknown_shop\""),
                "{shop}: {}",
                text(&reply)
            );
        }
    }

    #[test]
    fn what_is_no_look_up_is_refused_with_what_would_be_right() {
        let twin = Twin::default();
        let many = vec!["p=1"; 25].join("&");
        for (query, detail) in [
            ("lang=nl", "add p=gtin"),
            (many.as_str(), "25 products"),
            ("p=%zz", "percent-encoded"),
        ] {
            let reply = ask(&twin, "shop_any", query, 0);
            assert_eq!(reply.status, 400, "{query}");
            assert!(text(&reply).contains(detail), "{query}: {}", text(&reply));
        }
        assert!(
            twin.rounds.borrow().is_empty(),
            "no store is asked for what is no look-up"
        );
    }

    #[test]
    fn an_answer_that_changes_soon_is_kept_by_no_cache() {
        let mut twin = twin("shop_soon", "[\"*\"]");
        twin.values.insert(
            "gtin:08710103937746".into(),
            RECORD.replace("\"show\"", "\"until_ms\":20000,\"show\""),
        );
        assert_eq!(
            ask(&twin, "shop_soon", FILM, 0).header("cache-control"),
            Some(NOT_CACHEABLE)
        );
        assert!(
            text(&ask(&twin, "shop_soon", FILM, 20_000)).contains("\"why\":\"no_longer\""),
            "until is exclusive"
        );
    }

    #[test]
    fn the_same_question_is_answered_word_for_word_without_writing_it_again() {
        let twin = twin("shop_again", "[\"*\"]");
        let asked = ask(&twin, "shop_again", FILM, 0);
        let answers = Texts::default();
        for (now_ms, writes) in [(1, true), (2, false), (30_000, false)] {
            let (body, cacheable, written) =
                from_memory(&answers, "shop_again", FILM, &Page(None), now_ms).unwrap();
            assert_eq!(
                (body.as_str(), cacheable, written),
                (text(&asked), true, writes)
            );
        }
    }

    #[test]
    fn an_answer_is_as_old_as_the_oldest_thing_it_is_made_of() {
        let twin = twin("shop_oldest", "[\"*\"]");
        ask(&twin, "shop_oldest", "p=1", 0);
        ask(&twin, "shop_oldest", FILM, 10_000);
        let answers = Texts::default();
        let age = |now_ms| from_memory(&answers, "shop_oldest", FILM, &Page(None), now_ms);
        assert!(age(10_000).is_some() && age(30_000).is_some());
        assert_eq!(age(30_001), None, "the shop was read at 0");
    }

    #[test]
    fn another_question_never_gets_this_ones_answer() {
        let one = twin("shop_one0", "[\"https://one.example\"]");
        let two = Twin {
            values: [(
                "shop:shop_two0".to_owned(),
                r#"{"v":1,"origins":["*"],"market":"NL","languages":["fr"]}"#.to_owned(),
            )]
            .into(),
            ..Twin::default()
        };
        ask(&one, "shop_one0", FILM, 0);
        ask(&two, "shop_two0", "p=1", 0);
        let answers = Texts::default();
        let pages = [
            Page(None),
            Page(Some("https://one.example")),
            Page(Some("https://two.example")),
        ];
        let queries = [
            FILM,
            "lang=fr&p=gtin:8710103937746",
            "lang=nl&kind=review&p=gtin:8710103937746",
            "lang=nl&market=BE&p=gtin:8710103937746",
            "lang=nl&p=gtin:8710103937747",
        ];
        // Twice: the second time, each question finds all the others' answers.
        for _ in 0..2 {
            for shop in ["shop_one0", "shop_two0", "garbage"] {
                for query in queries {
                    for page in &pages {
                        let given = from_memory(&answers, shop, query, page, 0);
                        assert_eq!(
                            given.map(|(body, cacheable, _)| (body, cacheable)),
                            anew(shop, query, page, 0),
                            "{shop} {query} {:?}",
                            page.0
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn an_embargo_and_an_expiry_are_kept_to_the_millisecond() {
        let mut twin = twin("shop_embargo", "[\"*\"]");
        let dated = RECORD.replace("\"show\"", "\"from_ms\":50000,\"until_ms\":100000,\"show\"");
        twin.values.insert("gtin:08710103937746".into(), dated);
        let answers = Texts::default();
        for now_ms in [
            0, 1, 19_998, 19_999, 20_000, 49_999, 50_000, 60_000, 69_998, 69_999, 70_000, 99_999,
            100_000, 100_001,
        ] {
            ask(&twin, "shop_embargo", FILM, now_ms);
            for _ in 0..2 {
                let given = from_memory(&answers, "shop_embargo", FILM, &Page(None), now_ms);
                assert_eq!(
                    given.map(|(body, cacheable, _)| (body, cacheable)),
                    anew("shop_embargo", FILM, &Page(None), now_ms),
                    "at {now_ms}"
                );
            }
        }
    }

    #[test]
    fn a_clock_that_is_put_back_brings_nothing_forward() {
        let mut twin = twin("shop_clock", "[\"*\"]");
        let dated = RECORD.replace("\"show\"", "\"from_ms\":50000,\"show\"");
        twin.values.insert("gtin:08710103937746".into(), dated);
        ask(&twin, "shop_clock", FILM, 50_000);
        let answers = Texts::default();
        let why = |now_ms| {
            from_memory(&answers, "shop_clock", FILM, &Page(None), now_ms)
                .map(|(body, ..)| body.contains("\"not_yet\""))
        };
        assert_eq!((why(50_000), why(49_999)), (Some(false), Some(true)));
    }

    #[test]
    fn what_depends_on_the_shoppers_country_is_asked_of_each() {
        struct In(&'static str);
        impl Asking for In {
            fn origin(&self) -> Option<&str> {
                None
            }
            fn country(&self) -> Option<String> {
                Some(self.0.to_owned())
            }
            fn is_speculative(&self) -> bool {
                false
            }
        }
        let mut twin = twin("shop_country", "[\"*\"]");
        let of_no_market = r#"{"v":1,"origins":["*"],"languages":["nl"]}"#.to_owned();
        twin.values.insert("shop:shop_country".into(), of_no_market);
        let dutch = RECORD.replace("\"show\"", "\"markets\":[\"NL\"],\"show\"");
        twin.values.insert("gtin:08710103937746".into(), dutch);
        ask(&twin, "shop_country", FILM, 0);
        let answers = Texts::default();
        let shown = |country| {
            from_memory(&answers, "shop_country", FILM, &In(country), 0)
                .map(|(body, ..)| body.contains("\"id\":\"film\""))
        };
        assert_eq!(
            [shown("NL"), shown("DE"), shown("NL")],
            [Some(true), Some(false), Some(true)]
        );
    }

    #[test]
    fn a_publish_replaces_the_answer_once_what_was_held_has_aged() {
        let mut twin = twin("shop_publish", "[\"*\"]");
        let answers = Texts::default();
        let given = |now_ms| {
            from_memory(&answers, "shop_publish", FILM, &Page(None), now_ms)
                .map(|(body, ..)| body.contains("\"title\":\"Film\""))
        };
        ask(&twin, "shop_publish", FILM, 0);
        assert_eq!(given(0), Some(true));
        twin.values.insert(
            "gtin:08710103937746".into(),
            RECORD.replace("Film", "Other"),
        );
        assert_eq!((given(30_000), given(30_001)), (Some(true), None));
        ask(&twin, "shop_publish", FILM, 30_001);
        assert_eq!(
            (given(30_001), given(60_001), given(60_002)),
            (Some(false), Some(false), None)
        );
    }

    #[test]
    fn only_a_look_ups_address_is_one() {
        assert_eq!(
            address("https://edge.example/v1/match/shop_1?p=1#x"),
            Some(("shop_1", "p=1"))
        );
        assert_eq!(
            address("https://edge.example/v1/match/shop_1"),
            Some(("shop_1", ""))
        );
        assert_eq!(address("https://edge.example/x/v1/match/shop_1?p=1"), None);
        assert_eq!(address("https://edge.example/v1/match/a/b?p=1"), None);
    }
}
