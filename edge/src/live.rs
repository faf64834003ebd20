//! The live lane: tells the `Live` objects of the brands concerned what a beacon says, in parallel to the durable lane and best effort. It never delays an answer, nothing
//! fails because of it, and when there is too much of it, it is let go ([`crate::shed`]).
//!
//! One call per beacon and brand (docs/wire.md, "Live lane"). What a snapshot adds is decided here, by the code that the ledgers run, so that "a start" is the same
//! everywhere; what of it is news is for the object to say, which knows what came before.

use std::time::Duration;

use futures_util::future::{Either, select};
use shelfreel_matching::record::VideoFacts;
use shelfreel_playback::{Json, SessionSnapshot, is_late, live_shard, session_contribution};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use worker::{Context, Delay, Env};

use crate::beacon::{self, Beacon};
use crate::bots;
use crate::log;
use crate::memory::Held;
use crate::playback::{Stamp, video_key};
use crate::shed::{Gauge, Kind, Ticket};

/// The objects' binding.
const BINDING: &str = "LIVE";

/// What an operator sees of a call that came to nothing.
const NOT_TOLD: &str = "live_not_told";

/// A session's state while its playhead moves.
const PLAYING: &str = "playing";

/// Of one beacon at most so many brands are told: as many as a look-up has products. A page of more of them is none of a shop's.
const BRANDS: usize = 24;

/// A call takes some tens of milliseconds; one that takes longer is given up, so that an object that hangs does not hold the lane.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one beacon says of one brand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which object hears of it: `{brand}/{shard}`.
    pub object: String,
    /// The call's body.
    pub json: String,
}

/// What a brand is told, while it is written.
struct Told<'a> {
    brand: &'a str,
    placements: Json,
    sessions: Json,
}

/// What is told of a beacon: a message for each brand whose films it names. Bots are left out, as they are of figures; so is what comes too late for them.
pub fn messages<'a>(
    stamp: &'a Stamp,
    beacon: &'a Beacon<'_>,
    held: impl Fn(&str) -> Option<&'a Held>,
) -> Vec<Message> {
    let machine = !stamp.bot.is_empty() || bots::impossible(beacon);
    let Some(shard) = live_shard(&beacon.page_view).filter(|_| !machine) else {
        return Vec::new();
    };
    let facts = |video: &str| match held(&video_key(video)) {
        Some(Held::Video(facts)) => Some(facts),
        _ => None,
    };
    let mut brands: Vec<Told<'_>> = Vec::new();
    for one in beacon.sessions.iter().map(beacon::Session::snapshot) {
        if let Some(facts) = facts(one.video).filter(|_| !is_late(one.elapsed_ms))
            && let Some(told) = of(&mut brands, &facts.brand)
        {
            session(&mut told.sessions, &one, facts);
        }
    }
    let placements = beacon.placements.iter();
    for one in placements.filter(|one| !is_late(one.elapsed_ms)) {
        let films = one.videos.iter().filter_map(|video| facts(video));
        let mut named: Vec<&str> = films.map(|facts| facts.brand.as_str()).collect();
        named.sort_unstable();
        named.dedup();
        for brand in named {
            if let Some(told) = of(&mut brands, brand) {
                placement(&mut told.placements, one);
            }
        }
    }
    let whole = |told: Told<'_>| Message {
        object: format!("{}/{shard}", told.brand),
        json: whole(stamp, beacon, &told),
    };
    brands.into_iter().map(whole).collect()
}

/// What this brand is told; `None` when too many others are.
fn of<'m, 'a>(brands: &'m mut Vec<Told<'a>>, brand: &'a str) -> Option<&'m mut Told<'a>> {
    let place = brands.iter().position(|told| told.brand == brand);
    if place.is_none() && brands.len() < BRANDS {
        brands.push(Told {
            brand,
            placements: Json::default(),
            sessions: Json::default(),
        });
    } else if place.is_none() {
        return None;
    }
    match place {
        Some(place) => brands.get_mut(place),
        None => brands.last_mut(),
    }
}

fn whole(stamp: &Stamp, beacon: &Beacon<'_>, told: &Told<'_>) -> String {
    let mut json = Json::default();
    json.raw("{");
    json.count("v", 1);
    json.key("received_at_ms");
    json.raw(&stamp.received_at_ms.to_string());
    json.text("shop", stamp.shop.as_bytes());
    json.text("page_view", beacon.page_view.as_bytes());
    for (name, list) in [
        ("placements", &told.placements),
        ("sessions", &told.sessions),
    ] {
        json.key(name);
        json.raw("[");
        json.text.extend_from_slice(&list.text);
        json.raw("]");
    }
    json.raw("}");
    String::from_utf8(json.text).unwrap_or_default()
}

fn placement(json: &mut Json, one: &beacon::Placement<'_>) {
    json.comma();
    json.raw("{");
    json.text("id", one.id.as_bytes());
    json.count("seq", one.seq);
    json.count("elapsed_ms", one.elapsed_ms);
    json.text("code", one.code.as_bytes());
    json.count("impressions", one.shown.min(1));
    json.count("carts", one.cart);
    json.raw("}");
}

fn session(json: &mut Json, one: &SessionSnapshot<'_>, facts: &VideoFacts) {
    let adds = session_contribution(one, facts.duration_ms);
    // As the ledgers have it: what a page says could be anything.
    let language = if facts.language.is_empty() {
        one.language
    } else {
        &facts.language
    };
    json.comma();
    json.raw("{");
    json.text("id", one.id.as_bytes());
    json.count("seq", one.seq);
    json.count("elapsed_ms", one.elapsed_ms);
    for (name, text) in [
        ("video", one.video),
        ("product", &facts.product),
        ("series", &facts.series),
        ("category", &facts.category),
        ("language", language),
    ] {
        json.text(name, text.as_bytes());
    }
    json.key("playing");
    json.raw(if one.state == PLAYING {
        "true"
    } else {
        "false"
    });
    json.count("sessions", adds.sessions);
    json.count("starts", adds.starts);
    json.count("completions", adds.completions);
    json.raw("}");
}

/// A beacon that carries no event, and snapshots only of what plays on, says nothing new.
#[must_use]
pub fn kind(beacon: &Beacon<'_>) -> Kind {
    let plays_on = beacon.events.is_empty()
        && beacon.placements.is_empty()
        && beacon
            .sessions
            .iter()
            .all(|one| one.snapshot().state == PLAYING);
    if plays_on { Kind::Ping } else { Kind::Change }
}

thread_local! {
    static GAUGE: Gauge = Gauge::default();
}

#[wasm_bindgen]
extern "C" {
    /// An object that is called by an address and plain options: `worker`'s own requests, and serde's writers, made the edge 30 KB larger.
    type LiveObject;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &LiveObject, url: &str, init: &JsValue) -> Result<js_sys::Promise, JsValue>;
}

/// Begins the calls that there is room for. Nobody who answers waits for them.
pub fn tell(env: &Env, context: &Context, kind: Kind, messages: Vec<Message>) {
    // An edge whose operator has bound no live objects goes on without them.
    let Ok(objects) = env.durable_object(BINDING) else {
        return;
    };
    for message in messages {
        let Some(ticket) = GAUGE.with(|gauge| gauge.admit(kind)) else {
            return;
        };
        match objects
            .get_by_name(&message.object)
            .and_then(|object| Ok(call(&object.into_rpc(), &message.json)?))
        {
            Ok(answer) => context.wait_until(answered(answer, ticket)),
            Err(error) => log::warn(NOT_TOLD, &error.to_string()),
        }
    }
}

fn call(object: &LiveObject, json: &str) -> Result<js_sys::Promise, JsValue> {
    let init = js_sys::Object::new();
    for (name, value) in [("method", "POST"), ("body", json)] {
        js_sys::Reflect::set(&init, &name.into(), &value.into())?;
    }
    object.fetch("https://live/told", &init)
}

/// Holds the ticket until the object has answered.
async fn answered(answer: js_sys::Promise, ticket: Ticket) {
    match select(JsFuture::from(answer), Delay::from(PATIENCE)).await {
        Either::Left((Ok(_), _)) => {}
        Either::Left((Err(error), _)) => {
            log::warn(NOT_TOLD, &worker::Error::from(error).to_string());
        }
        Either::Right(_) => log::warn(NOT_TOLD, "no answer in time"),
    }
    drop(ticket);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Age, Memory};

    const VIEW: &str = "BgAAAAAAAAAAAAAAAAAAAA";

    fn stamp() -> Stamp {
        Stamp {
            shop: "shop_demo".into(),
            received_at_ms: 1_795_324_800_000,
            device: "phone",
            ..Stamp::default()
        }
    }

    fn catalogue() -> Memory {
        let mut memory = Memory::default();
        for (video, brand) in [
            ("kenwick-br7-nl", "kenwick"),
            ("kenwick-br7-en", "kenwick"),
            ("solvane-ridge-en", "solvane"),
        ] {
            let facts = format!(
                r#"{{"v":1,"brand":"{brand}","product":"Breeze BR7","series":"Breeze","category":"Blenders","duration_ms":8000}}"#
            );
            assert!(memory.keep(&format!("video:{video}"), Some(&facts), 0));
        }
        memory
    }

    fn told(stamp: &Stamp, beacon: &str) -> Vec<Message> {
        let memory = catalogue();
        let beacon = beacon::parse(beacon).unwrap();
        messages(stamp, &beacon, |key| memory.get(key, Age::Any, 0))
    }

    fn id(letter: char) -> String {
        format!("{}A", letter.to_string().repeat(21))
    }

    fn session(letter: char, video: &str, state: &str, more: &str) -> String {
        let (id, placement) = (id(letter), id('P'));
        format!(
            r#"{{"id":"{id}","seq":2,"elapsed_ms":9000,"placement":"{placement}","video":"{video}","language":"nl","state":"{state}","reason":"tap","position_ms":7900,"duration_ms":8000,"startup_ms":200,"started":1,"ended":0,"playing_ms":7900,"played_ms":7900,"rebuffering_ms":0,"rebuffers":0,"seeks":0,"pauses":0,"rate_changes":0,"errors":0,"played":[[0,7900,1]]{more}}}"#
        )
    }

    fn placement(videos: &str) -> String {
        let id = id('P');
        format!(
            r#"{{"id":"{id}","seq":3,"elapsed_ms":9500,"code":"gtin:08710103937746","videos":[{videos}],"layout":"button","shown":1,"viewable":1,"opened":1,"cart":2}}"#
        )
    }

    fn beacon(events: &str, placements: &str, sessions: &str) -> String {
        let id = id('B');
        format!(
            r#"{{"v":1,"id":"{id}","page_view":"{VIEW}","n":1,"elapsed_ms":10000,"widget":"0.1.0","engine":"wasm","language":"nl","events":[{events}],"placements":[{placements}],"sessions":[{sessions}]}}"#
        )
    }

    #[test]
    fn the_object_understands_what_is_written() {
        let body = beacon(
            "",
            &placement(r#""kenwick-br7-nl","kenwick-br7-en""#),
            &session('S', "kenwick-br7-nl", "playing", ""),
        );
        let [message] = told(&stamp(), &body).try_into().unwrap();
        assert_eq!(message.object, "kenwick/2");
        // The other side of the wire reads the same file (studio/src/live/told.rs).
        let golden = include_str!("../../tests/fixtures/live-told.json");
        assert_eq!(message.json, golden.trim_end());
    }

    #[test]
    fn each_brand_is_told_of_its_own_films_alone() {
        let sessions = [
            session('S', "kenwick-br7-nl", "playing", ""),
            session('T', "solvane-ridge-en", "paused", ""),
        ];
        let body = beacon(
            "",
            &placement(r#""solvane-ridge-en","somebody-elses""#),
            &sessions.join(","),
        );
        let [kenwick, solvane] = told(&stamp(), &body).try_into().unwrap();
        assert!(!kenwick.json.contains("solvane") && kenwick.json.contains(r#""placements":[]"#));
        assert!(!solvane.json.contains("kenwick") && solvane.json.contains("\"playing\":false"));
        assert!(solvane.json.contains("\"impressions\":1"));
    }

    #[test]
    fn bots_and_what_nobody_published_are_not_told_of() {
        let body = beacon("", "", &session('S', "kenwick-br7-nl", "playing", ""));
        let bot = Stamp {
            bot: "user_agent",
            ..stamp()
        };
        assert_eq!(told(&bot, &body), []);
        let unknown = beacon("", "", &session('S', "somebody-elses", "playing", ""));
        assert_eq!(told(&stamp(), &unknown), []);
    }

    #[test]
    fn only_what_says_that_films_play_on_is_a_ping() {
        let kind_of = |body: &str| kind(&beacon::parse(body).unwrap());
        let playing = session('S', "kenwick-br7-nl", "playing", "");
        let paused = session('S', "kenwick-br7-nl", "paused", "");
        let event = r#"{"at_ms":5,"type":"seek_end"}"#;
        assert_eq!(kind_of(&beacon("", "", &playing)), Kind::Ping);
        assert_eq!(kind_of(&beacon("", "", &paused)), Kind::Change);
        assert_eq!(kind_of(&beacon(event, "", &playing)), Kind::Change);
        let shown = placement(r#""kenwick-br7-nl""#);
        assert_eq!(kind_of(&beacon("", &shown, &playing)), Kind::Change);
    }
}
