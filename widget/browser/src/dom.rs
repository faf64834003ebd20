//! What the widget asks of the browser: hand-picked imports instead of whole `web-sys` types, since each costs the shopper bytes.
//!
//! Everything the browser hands out is a [`Js`]; its fields are read and written by name, each in the type that is wanted of it.

#![expect(
    missing_docs,
    reason = "what has no comment is the browser's method, constructor or interface of that name"
)]

use core::ops::Deref;
use shelfreel_playback::{Id, random_id};
use wasm_bindgen::prelude::*;

/// Texts that come from outside are cut to so many bytes, so that a snapshot with all its parts still fits a beacon.
const MAX_TEXT_BYTES: usize = 300;

#[wasm_bindgen]
extern "C" {
    /// Anything of the browser's: an element, the window, a parsed answer.
    #[derive(Clone, Debug, PartialEq)]
    pub type Js;

    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn get(this: &Js, key: &str) -> Js;
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn item(this: &Js, index: u32) -> Js;
    /// A field as a number; NaN when it is none.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn number(this: &Js, key: &str) -> f64;
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub fn set(this: &Js, key: &str, value: &Js);
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub fn set_text(this: &Js, key: &str, value: &str);

    #[wasm_bindgen(method, js_name = createElement)]
    pub fn create_element(this: &Js, name: &str) -> Js;
    #[wasm_bindgen(method, js_name = attachShadow)]
    pub fn attach_shadow(this: &Js, options: &Js) -> Js;
    #[wasm_bindgen(method, js_name = setAttribute)]
    pub fn set_attribute(this: &Js, name: &str, value: &str);
    #[wasm_bindgen(method, js_name = setAttribute)]
    pub fn set_attribute_to(this: &Js, name: &str, value: &Js);
    #[wasm_bindgen(method, js_name = removeAttribute)]
    pub fn remove_attribute(this: &Js, name: &str);
    #[wasm_bindgen(method, js_name = getAttribute)]
    pub fn attribute(this: &Js, name: &str) -> Js;
    #[wasm_bindgen(method)]
    pub fn append(this: &Js, child: &Js);
    #[wasm_bindgen(method)]
    pub fn remove(this: &Js);
    /// Of a list.
    #[wasm_bindgen(method)]
    pub fn push(this: &Js, item: &Js);
    /// Of a list.
    #[wasm_bindgen(method)]
    pub fn includes(this: &Js, item: &Js) -> bool;
    #[wasm_bindgen(method, js_name = setProperty)]
    pub fn set_property(this: &Js, name: &str, value: &Js);
    #[wasm_bindgen(method, js_name = addEventListener)]
    pub fn listen(this: &Js, event: &str, hook: &Js, options: &Js);
    /// Of an event.
    #[wasm_bindgen(method, js_name = preventDefault)]
    pub fn prevent_default(this: &Js);
    #[wasm_bindgen(method, js_name = dispatchEvent)]
    pub fn dispatch(this: &Js, event: &CustomEvent);

    /// A selector.
    #[wasm_bindgen(method)]
    pub fn matches(this: &Js, selector: &str) -> bool;
    #[wasm_bindgen(method)]
    pub fn close(this: &Js);
    #[wasm_bindgen(method)]
    pub fn focus(this: &Js, options: &Js);
    #[wasm_bindgen(method)]
    pub fn play(this: &Js) -> Js;
    #[wasm_bindgen(method)]
    pub fn pause(this: &Js);
    #[wasm_bindgen(method)]
    pub fn load(this: &Js);
    /// Whether a medium of that type can be played: "probably", "maybe", or nothing.
    #[wasm_bindgen(method, js_name = canPlayType)]
    pub fn can_play(this: &Js, kind: &str) -> Js;
    /// Of `TimeRanges`, in seconds. Throws beyond the last one.
    #[wasm_bindgen(method)]
    pub fn start(this: &Js, range: u32) -> f64;
    #[wasm_bindgen(method)]
    pub fn end(this: &Js, range: u32) -> f64;

    #[wasm_bindgen(method)]
    pub fn now(this: &Js) -> f64;
    #[wasm_bindgen(method)]
    pub fn then(this: &Js, kept: &Js, broken: &Js);
    #[wasm_bindgen(method, js_name = getRandomValues)]
    pub fn random(this: &Js, bytes: &mut [u8]);

    #[wasm_bindgen(method)]
    pub fn split(this: &Js, by: &str) -> Js;
    #[wasm_bindgen(method)]
    pub fn join(this: &Js, by: &Js) -> Js;
    #[wasm_bindgen(extends = Js)]
    pub type TextEncoder;
    #[wasm_bindgen(constructor)]
    pub fn new() -> TextEncoder;
    /// Writes a text, as far as there is room for it, and says how much it has `written`.
    #[wasm_bindgen(method, js_name = encodeInto)]
    pub fn encode(this: &TextEncoder, text: &Js, into: &mut [u8]) -> Js;

    #[wasm_bindgen(js_namespace = JSON)]
    pub fn parse(json: &str) -> Js;

    /// A function of the loader's that tells the message `kind`, with its first argument.
    #[wasm_bindgen(method)]
    pub fn hook(this: &Js, kind: u32) -> Js;
    /// The loader tells `TICK` after so many milliseconds, and not when it was to do so before; never when they are negative.
    #[wasm_bindgen(method)]
    pub fn wake(this: &Js, after_ms: i32);
    /// The loader tells how much of an element is in view: now, and whenever none of it becomes some, or some of it half.
    #[wasm_bindgen(method)]
    pub fn watch(this: &Js, element: &Js);
    #[wasm_bindgen(method)]
    pub fn unwatch(this: &Js, element: &Js);
    /// The element that a host names by its id, in the same document or shadow root; nothing when it names none, or there is none.
    #[wasm_bindgen(method)]
    pub fn trigger(this: &Js, host: &Js) -> Js;
    /// The loader puts the poster of an answer's first video into an element, if it has one, and tells its style sheet the shape.
    #[wasm_bindgen(method)]
    pub fn poster(this: &Js, into: &Js, answer: &Js);
    /// The loader shows a dialog above the page, and closes it again where the page shows none.
    #[wasm_bindgen(method)]
    pub fn rise(this: &Js, dialog: &Js);
    /// The loader opens the dialog in which whoever has tapped waits for the player; it tells `REST` when it is left.
    #[wasm_bindgen(method)]
    pub fn lobby(this: &Js, host: &Js, answer: &Js) -> Js;
    /// The loader draws an icon inside an element. It says nothing: the words, or the name, of the element do.
    #[wasm_bindgen(method)]
    pub fn icon(this: &Js, into: &Js, path: &str);
    /// Whether what a shop says of a product is true of a host's: one of its codes is the host's, or it says none.
    #[wasm_bindgen(method)]
    pub fn fits(this: &Js, host: &Js, item: &Js) -> bool;
    /// The loader tells the page that the player of a host's films could not be loaded.
    #[wasm_bindgen(method)]
    pub fn unable(this: &Js, host: &Js, answer: &Js);
    /// The loader begins a page view, in which a look-up wished for `language`.
    #[wasm_bindgen(method)]
    pub fn view(this: &Js, id: &str, language: &Js, began_ms: u32) -> Js;
    /// The loader sends a beacon of a page view; `leaving` when the page may be gone before an answer comes. When it is lost, it tells `LOST` + `flush`.
    #[wasm_bindgen(method)]
    pub fn send(this: &Js, view: &Js, beacon: &str, leaving: bool, flush: u32);
    /// The loader loads the player, and tells `READY` or `FAILED`.
    #[wasm_bindgen(method)]
    pub fn player(this: &Js);
    /// The loader tells the player something, if it is there.
    #[wasm_bindgen(method)]
    pub fn call(this: &Js, kind: u32, subject: &Js, detail: &Js);

    #[wasm_bindgen(extends = Js)]
    pub type CustomEvent;
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str, options: &Js) -> CustomEvent;

    #[wasm_bindgen(extends = Js)]
    pub type AbortController;
    #[wasm_bindgen(constructor)]
    pub fn new() -> AbortController;
    #[wasm_bindgen(method)]
    pub fn abort(this: &AbortController);

    #[wasm_bindgen(extends = Js)]
    pub type ResizeObserver;
    #[wasm_bindgen(constructor)]
    pub fn new(hook: &Js) -> ResizeObserver;
    #[wasm_bindgen(method)]
    pub fn observe(this: &ResizeObserver, target: &Js);

    #[wasm_bindgen(extends = Js)]
    pub type CSSStyleSheet;
    #[wasm_bindgen(constructor)]
    pub fn new() -> CSSStyleSheet;
    #[wasm_bindgen(method, js_name = replaceSync)]
    pub fn replace(this: &CSSStyleSheet, css: &str);

    #[wasm_bindgen(extends = Js, js_name = URL)]
    pub type Url;
    #[wasm_bindgen(constructor, js_class = "URL")]
    pub fn new(url: &Js, base: &Js) -> Url;
}

impl From<u32> for Js {
    fn from(number: u32) -> Self {
        JsValue::from_f64(number.into()).into()
    }
}

impl Js {
    /// Sets a field to an identifier.
    pub fn set_id(&self, key: &str, id: &Id) {
        self.set_text(key, written(id));
    }

    /// A field as a boolean; false when it is none.
    pub fn flag(&self, key: &str) -> bool {
        self.number(key) > 0.0
    }

    /// Sets a field to a boolean.
    pub fn set_flag(&self, key: &str, value: bool) {
        self.set(key, &JsValue::from_bool(value).into());
    }

    /// Whether there is nothing.
    pub fn is_absent(&self) -> bool {
        **self == JsValue::UNDEFINED
    }

    /// A whole number field; 0 when there is none.
    pub fn count(&self, key: &str) -> u32 {
        self.number(key) as u32
    }

    /// The items of a list; none of an object that is no list.
    pub fn items(&self) -> impl Iterator<Item = Js> {
        (0..self.count("length")).map(|index| self.item(index))
    }

    /// An element inside this one, with the name that shops style it by.
    pub fn child(&self, name: &str, part: &str) -> Js {
        let child = self.get("ownerDocument").create_element(name);
        child.set_attribute("part", part);
        self.append(&child);
        child
    }

    /// This text with a `{name}` in it replaced. Not by `String.replace`, to which a `$` in a title means something.
    pub fn fill(&self, name: &str, value: &Js) -> Js {
        self.split(name).join(value)
    }

    /// A text in UTF-8, cut to what a beacon has room for.
    #[must_use]
    pub fn utf8(&self) -> Utf8 {
        let mut utf8 = Utf8 {
            bytes: [0; MAX_TEXT_BYTES],
            len: 0,
        };
        utf8.len = TextEncoder::new()
            .encode(self, &mut utf8.bytes)
            .count("written");
        utf8
    }
}

/// A text of the browser's.
pub struct Utf8 {
    bytes: [u8; MAX_TEXT_BYTES],
    len: u32,
}

impl Deref for Utf8 {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len as usize).unwrap_or_default()
    }
}

/// Says in which language and direction an element's words are.
pub fn speak(element: &Js, texts: &Js) {
    element.set("lang", &texts.get("language"));
    element.set("dir", &texts.get("direction"));
}

/// A text as the browser's.
#[must_use]
pub fn text(value: &str) -> Js {
    JsValue::from_str(value).into()
}

/// A new identifier.
#[must_use]
pub fn new_id(window: &Js) -> Id {
    let mut bytes = [0; 22];
    window.get("crypto").random(&mut bytes);
    random_id(bytes)
}

/// What was written by this crate or `playback`, as text.
#[expect(
    unsafe_code,
    reason = "checking costs bytes: it is ASCII of ours and UTF-8 of the browser's encoder, which are never cut apart"
)]
pub fn written(bytes: &[u8]) -> &str {
    unsafe { core::str::from_utf8_unchecked(bytes) }
}
