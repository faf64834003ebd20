//! What the widget asks of the browser: hand-picked imports instead of whole `web-sys` types, since each costs the shopper bytes.
//!
//! Everything the browser hands out is a [`Js`]; its fields are read and written by name, each in the type that is wanted of it.

use core::ops::Deref;
use wasm_bindgen::prelude::*;

/// Texts that come from outside are cut to so many bytes, so that a snapshot with all its parts still fits a beacon.
const MAX_TEXT_BYTES: usize = 300;

#[wasm_bindgen]
extern "C" {
    /// Anything of the browser's: an element, the window, a parsed answer.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) type Js;

    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn get(this: &Js, key: &str) -> Js;
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn item(this: &Js, index: u32) -> Js;
    /// A field as a number; NaN when it is none.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn number(this: &Js, key: &str) -> f64;
    /// A field as a boolean; false when it is none.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn flag(this: &Js, key: &str) -> bool;
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub(crate) fn set(this: &Js, key: &str, value: &Js);
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub(crate) fn set_text(this: &Js, key: &str, value: &str);
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub(crate) fn set_flag(this: &Js, key: &str, value: bool);

    #[wasm_bindgen(method, js_name = createElement)]
    pub(crate) fn create_element(this: &Js, name: &str) -> Js;
    #[wasm_bindgen(method, js_name = createElementNS)]
    pub(crate) fn create_element_ns(this: &Js, namespace: &str, name: &str) -> Js;
    #[wasm_bindgen(method, js_name = attachShadow)]
    pub(crate) fn attach_shadow(this: &Js, options: &Js) -> Js;
    #[wasm_bindgen(method, js_name = setAttribute)]
    pub(crate) fn set_attribute(this: &Js, name: &str, value: &str);
    #[wasm_bindgen(method, js_name = removeAttribute)]
    pub(crate) fn remove_attribute(this: &Js, name: &str);
    #[wasm_bindgen(method, js_name = getAttribute)]
    pub(crate) fn attribute(this: &Js, name: &str) -> Js;
    #[wasm_bindgen(method)]
    pub(crate) fn append(this: &Js, child: &Js);
    #[wasm_bindgen(method)]
    pub(crate) fn remove(this: &Js);
    /// Of a list.
    #[wasm_bindgen(method)]
    pub(crate) fn push(this: &Js, item: &Js);
    #[wasm_bindgen(method, js_name = setProperty)]
    pub(crate) fn set_property(this: &Js, name: &str, value: &Js);
    #[wasm_bindgen(method, js_name = addEventListener)]
    pub(crate) fn listen(this: &Js, event: &str, hook: &Js, options: &Js);
    #[wasm_bindgen(method, js_name = dispatchEvent)]
    pub(crate) fn dispatch(this: &Js, event: &CustomEvent);

    #[wasm_bindgen(method, js_name = showModal)]
    pub(crate) fn show_modal(this: &Js);
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &Js);
    #[wasm_bindgen(method)]
    pub(crate) fn play(this: &Js) -> Js;
    #[wasm_bindgen(method)]
    pub(crate) fn pause(this: &Js);
    #[wasm_bindgen(method)]
    pub(crate) fn load(this: &Js);
    /// Of `TimeRanges`, in seconds. Throws beyond the last one.
    #[wasm_bindgen(method)]
    pub(crate) fn start(this: &Js, range: u32) -> f64;
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Js, range: u32) -> f64;

    #[wasm_bindgen(method)]
    pub(crate) fn now(this: &Js) -> f64;
    #[wasm_bindgen(method, js_name = setTimeout)]
    pub(crate) fn set_timeout(this: &Js, hook: &Js, after_ms: f64) -> f64;
    #[wasm_bindgen(method, js_name = clearTimeout)]
    pub(crate) fn clear_timeout(this: &Js, timer: f64);
    #[wasm_bindgen(method)]
    pub(crate) fn fetch(this: &Js, url: &Js, init: &Js) -> Js;
    #[wasm_bindgen(method, js_name = sendBeacon)]
    pub(crate) fn send_beacon(this: &Js, url: &Js, body: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn then(this: &Js, kept: &Js, broken: &Js);
    #[wasm_bindgen(method, js_name = getRandomValues)]
    pub(crate) fn random(this: &Js, bytes: &mut [u8]);

    #[wasm_bindgen(method)]
    pub(crate) fn split(this: &Js, by: &str) -> Js;
    #[wasm_bindgen(method)]
    pub(crate) fn join(this: &Js, by: &Js) -> Js;
    /// Of a `TextEncoder`: writes a text, as far as there is room for it, and says how much it `written`.
    #[wasm_bindgen(method, js_name = encodeInto)]
    pub(crate) fn encode(this: &Js, text: &Js, into: &mut [u8]) -> Js;
    #[wasm_bindgen(js_namespace = JSON)]
    pub(crate) fn parse(json: &str) -> Js;

    /// A function of the loader's that tells the message `kind`, with its first argument.
    #[wasm_bindgen(method)]
    pub(crate) fn hook(this: &Js, kind: u32) -> Js;

    #[wasm_bindgen(extends = Js)]
    pub(crate) type CustomEvent;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(name: &str, options: &Js) -> CustomEvent;

    #[wasm_bindgen(extends = Js)]
    pub(crate) type AbortController;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> AbortController;
    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &AbortController);

    #[wasm_bindgen(extends = Js)]
    pub(crate) type IntersectionObserver;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(hook: &Js, options: &Js) -> IntersectionObserver;
    #[wasm_bindgen(method)]
    pub(crate) fn observe(this: &IntersectionObserver, target: &Js);
    #[wasm_bindgen(method)]
    pub(crate) fn unobserve(this: &IntersectionObserver, target: &Js);
    #[wasm_bindgen(method)]
    pub(crate) fn disconnect(this: &IntersectionObserver);

    #[wasm_bindgen(extends = Js)]
    pub(crate) type CSSStyleSheet;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> CSSStyleSheet;
    #[wasm_bindgen(method, js_name = replaceSync)]
    pub(crate) fn replace(this: &CSSStyleSheet, css: &str);

    #[wasm_bindgen(extends = Js, js_name = URL)]
    pub(crate) type Url;
    #[wasm_bindgen(constructor, js_class = "URL")]
    pub(crate) fn new(url: &Js, base: &Js) -> Url;
}

impl From<u32> for Js {
    fn from(number: u32) -> Self {
        JsValue::from_f64(number.into()).into()
    }
}

impl Js {
    /// A whole number field; 0 when there is none.
    pub(crate) fn count(&self, key: &str) -> u32 {
        self.number(key) as u32
    }

    /// The items of a list; none when it is no list.
    pub(crate) fn items(&self) -> impl Iterator<Item = Js> {
        (0..self.count("length")).map(|index| self.item(index))
    }

    /// An element inside this one, with the name that shops style it by.
    pub(crate) fn child(&self, name: &str, part: &str) -> Js {
        let child = self.get("ownerDocument").create_element(name);
        child.set_attribute("part", part);
        self.append(&child);
        child
    }

    /// A button with a drawing, which says what it does either in `label`'s text or, without words beside it, by its name.
    pub(crate) fn icon(&self, path: &str) {
        const SVG: &str = "http://www.w3.org/2000/svg";
        let document = self.get("ownerDocument");
        let svg = document.create_element_ns(SVG, "svg");
        svg.set_attribute("viewBox", "0 0 24 24");
        svg.set_attribute("aria-hidden", "true");
        svg.set_attribute("part", "icon");
        let line = document.create_element_ns(SVG, "path");
        line.set_attribute("d", path);
        svg.append(&line);
        self.append(&svg);
    }

    /// This text with a `{name}` in it replaced. Not by `String.replace`, to which a `$` in a title means something.
    pub(crate) fn fill(&self, name: &str, value: &Js) -> Js {
        self.split(name).join(value)
    }

    /// A text in UTF-8, cut to what a beacon has room for.
    pub(crate) fn utf8(&self, encoder: &Js) -> Utf8 {
        let mut utf8 = Utf8 {
            bytes: [0; MAX_TEXT_BYTES],
            len: 0,
        };
        utf8.len = encoder.encode(self, &mut utf8.bytes).count("written");
        utf8
    }
}

/// A text of the browser's.
pub(crate) struct Utf8 {
    bytes: [u8; MAX_TEXT_BYTES],
    len: u32,
}

impl Deref for Utf8 {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len as usize).unwrap_or_default()
    }
}
