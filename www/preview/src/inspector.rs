//! The inspector: the edge's answer in words and as it came, and the beacons as they are sent.

use std::cell::Cell;

use js_sys::JSON;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{Element, HtmlElement, Url};

use crate::answer::{Answer, Product, Video};
use crate::beacon::{Beacon, Session};
use crate::dom::{Drawn, add, by_id, node, replace, text};
use crate::json;
use crate::spy::Seen;
use crate::words;

/// So many beacons are kept on the page; older ones leave.
const MOST_BEACONS: u32 = 60;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type DisplayNames;

    #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
    fn new(locale: &str, options: &JsValue) -> Result<DisplayNames, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn of(this: &DisplayNames, code: &str) -> Result<JsValue, JsValue>;
}

/// The two panels.
pub(crate) struct Inspector {
    answer: Element,
    beacons: Element,
    answer_count: Element,
    beacon_count: Element,
    sent: Cell<u32>,
    languages: DisplayNames,
}

impl Inspector {
    /// Takes its place on the page.
    pub(crate) fn new() -> Drawn<Self> {
        let options = js_sys::Object::new();
        js_sys::Reflect::set(&options, &"type".into(), &"language".into())?;
        Ok(Self {
            answer: by_id("answer")?,
            beacons: by_id("beacons")?,
            answer_count: by_id("answer-count")?,
            beacon_count: by_id("beacon-count")?,
            sent: Cell::new(0),
            languages: DisplayNames::new("en", &options)?,
        })
    }

    /// A new page view begins: nothing is known yet.
    pub(crate) fn begin(&self, say: &str) -> Drawn<()> {
        self.sent.set(0);
        self.count(&self.answer_count, None);
        self.count(&self.beacon_count, Some(0));
        replace(&self.answer, &[&text("p", "quiet", say)?])?;
        let none = "Nothing sent yet. The widget sends when its button has been seen, when a film is opened and played, and when the page is left.";
        replace(&self.beacons, &[&text("p", "quiet", none)?])
    }

    /// Shows what was seen.
    pub(crate) fn seen(&self, seen: &Seen) -> Drawn<()> {
        match seen {
            Seen::LookUp {
                url,
                answer,
                bytes,
                took_ms,
            } => self.look_up(url, answer, *bytes, *took_ms),
            Seen::Failed { say } => {
                self.count(&self.answer_count, Some(0));
                replace(&self.answer, &[&verdict("none", "No answer", say)?])
            }
            Seen::Beacon(beacon) => self.beacon(beacon),
        }
    }

    fn count(&self, place: &Element, count: Option<usize>) {
        let count = count.map(|count| count.to_string());
        place.set_text_content(count.as_deref());
    }

    // The answer

    fn look_up(&self, url: &str, raw: &JsValue, bytes: usize, took_ms: f64) -> Drawn<()> {
        let mut drawn = Vec::new();
        match read::<Answer>(raw) {
            Ok(answer) => {
                let product = answer.products.first();
                let videos = product.map_or(0, |product| product.videos.len());
                self.count(&self.answer_count, Some(videos));
                drawn = match product {
                    Some(product) if videos > 0 => self.found(product, url)?,
                    _ => self.nothing(product, answer.why.as_deref())?,
                };
                for ignored in &answer.ignored_languages {
                    drawn.push(text("p", "note", &format!("Left out: {}.", ignored.say))?);
                }
            }
            Err(error) => {
                let say = format!("The answer has not the shape it should have: {error}");
                drawn.push(verdict("none", "Not understood", &say)?);
            }
        }
        let summary = format!("As JSON: {bytes} bytes, {} ms", took_ms.round());
        drawn.push(raw_json(&summary, Some(url), raw)?);
        replace(&self.answer, &drawn.iter().collect::<Vec<_>>())
    }

    fn found(&self, product: &Product, url: &str) -> Drawn<Vec<Element>> {
        let count = words::count(product.videos.len(), "video", "videos");
        let say = match product.videos.len() {
            1 => "The shopper sees the button, and it plays this one.",
            _ => "The shopper sees the button, and they play in this order.",
        };
        let list = node("ol", "videos", &[])?;
        for video in &product.videos {
            add(&list, &self.video(video, url)?)?;
        }
        Ok(vec![verdict("good", &count, say)?, list])
    }

    fn video(&self, video: &Video, url: &str) -> Drawn {
        let picture = node("img", "", &[])?;
        picture.set_attribute("alt", "")?;
        picture.set_attribute("loading", "lazy")?;
        if let Some(poster) = &video.poster {
            picture.set_attribute("src", &Url::new_with_base(poster, url)?.href())?;
        }
        let why = &video.why;
        let name = |tag: &str| self.language(tag);
        let because = format!(
            "Found by {}; {}.",
            words::code(&why.code),
            words::language_rule(fit(video, url), &name)
        );
        let about = node(
            "div",
            "",
            &[
                &text("h3", "", &video.title)?,
                &text("p", "meta", &self.facts(video))?,
                &text("p", "because", &because)?,
            ],
        )?;
        node("li", "", &[&picture, &about])
    }

    fn facts(&self, video: &Video) -> String {
        let mut facts = vec![
            video.brand.clone(),
            video.kind.clone(),
            words::duration(video.duration_ms),
            format!("{} × {}", video.width, video.height),
        ];
        if video.sources.len() > 1 {
            let heights: Vec<String> = video
                .sources
                .iter()
                .map(|source| format!("{}p", source.height))
                .collect();
            facts.push(heights.join(" and "));
        }
        if !video.captions.is_empty() {
            let languages: Vec<&str> = video
                .captions
                .iter()
                .map(|caption| caption.language.as_str())
                .collect();
            facts.push(format!("captions {}", languages.join(", ")));
        }
        facts.push(video.id.clone());
        facts.join(" · ")
    }

    fn nothing(&self, product: Option<&Product>, whole: Option<&str>) -> Drawn<Vec<Element>> {
        let why = whole.or_else(|| product.and_then(|product| product.why.as_deref()));
        let explained = words::reason(why.unwrap_or_default());
        let mut drawn = vec![verdict("none", explained.title, explained.mend)?];
        let Some(product) = product else {
            return Ok(drawn);
        };
        let list = node("ul", "codes", &[])?;
        for code in &product.codes {
            let say = match &code.say {
                Some(say) => say.clone(),
                None => words::reason(&code.why).title.to_owned(),
            };
            let line = [
                &text("code", "", &code.code)?,
                &text("p", "", &words::sentence(&code.code, &say))?,
            ];
            add(&list, &node("li", "", &line)?)?;
        }
        if list.child_element_count() > 0 {
            drawn.push(list);
        }
        if !product.languages.is_empty() {
            let names: Vec<String> = product
                .languages
                .iter()
                .map(|tag| self.language(tag))
                .collect();
            drawn.push(text(
                "p",
                "note",
                &format!("There would be: {}.", names.join(", ")),
            )?);
        }
        Ok(drawn)
    }

    /// A language's name in English with its tag; the tag alone where the browser does not know it.
    fn language(&self, tag: &str) -> String {
        match self
            .languages
            .of(tag)
            .ok()
            .and_then(|name| name.as_string())
        {
            Some(name) if name != tag => format!("{name} ({tag})"),
            _ => tag.to_owned(),
        }
    }

    // The beacons

    fn beacon(&self, raw: &JsValue) -> Drawn<()> {
        if self.sent.get() == 0 {
            replace(&self.beacons, &[&node("ol", "sent", &[])?])?;
        }
        let sent = self.sent.get().saturating_add(1);
        self.sent.set(sent);
        self.beacon_count.set_text_content(Some(&sent.to_string()));
        let Some(list) = self.beacons.first_element_child() else {
            return Ok(());
        };
        let line: Element = beacon_line(raw)?;
        list.prepend_with_node_1(&line)?;
        if list.child_element_count() > MOST_BEACONS
            && let Some(oldest) = list.last_element_child()
        {
            oldest.remove();
        }
        Ok(())
    }
}

/// How the video's language fits what the look-up at `url` asked for.
fn fit<'a>(video: &'a Video, url: &str) -> words::Fit<'a> {
    let wish = video.why.wish.as_deref();
    let is_wish = |tag: &str| wish.is_some_and(|wish| wish.eq_ignore_ascii_case(tag.trim()));
    let asked = Url::new(url)
        .ok()
        .and_then(|url| url.search_params().get("lang"))
        .unwrap_or_default();
    words::Fit {
        rule: &video.why.language,
        spoken: &video.language,
        wish,
        asked: asked.split(',').any(is_wish),
        captioned: video
            .captions
            .iter()
            .any(|caption| is_wish(&caption.language)),
    }
}

fn read<T: DeserializeOwned>(raw: &JsValue) -> Result<T, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::from_value(raw.clone())
}

fn verdict(class: &str, title: &str, say: &str) -> Drawn {
    let class = format!("verdict {class}");
    node(
        "div",
        &class,
        &[&text("h2", "", title)?, &text("p", "", say)?],
    )
}

/// A fold with the JSON as it came, laid out and coloured.
fn raw_json(summary: &str, url: Option<&str>, raw: &JsValue) -> Drawn {
    let laid_out = JSON::stringify_with_replacer_and_space(raw, &JsValue::NULL, &2.into())?;
    let laid_out = laid_out.as_string().unwrap_or_default();
    let pre = node("pre", "", &[])?;
    // A long text can be scrolled by keyboard only if it can be focused.
    pre.set_attribute("tabindex", "0")?;
    for (part, piece) in json::parts(&laid_out) {
        add(&pre, &text("span", part.class(), piece)?)?;
    }
    let fold = node("details", "raw", &[&text("summary", "", summary)?])?;
    if let Some(url) = url {
        add(&fold, &text("p", "url", &format!("GET {url}"))?)?;
    }
    add(&fold, &pre)?;
    Ok(fold)
}

fn beacon_line(raw: &JsValue) -> Drawn {
    let beacon: Beacon = match read(raw) {
        Ok(beacon) => beacon,
        Err(error) => return text("li", "", &format!("A beacon of another shape: {error}")),
    };
    let when = format!("{:.1} s", beacon.elapsed_ms / 1000.0);
    let head = node(
        "p",
        "when",
        &[
            &text("strong", "", &format!("Beacon {}", beacon.n))?,
            &text("span", "", &when)?,
        ],
    )?;
    let events = node("p", "events", &[])?;
    for event in &beacon.events {
        add(&events, &text("span", "", &event.name())?)?;
    }
    let line = node("li", "", &[&head, &events])?;
    for session in &beacon.sessions {
        add(&line, &session_line(session)?)?;
    }
    add(&line, &raw_json("As JSON", None, raw)?)?;
    Ok(line)
}

/// A session: what was played of the film, as a bar, darker where it was played again.
fn session_line(session: &Session) -> Drawn {
    let bar = node("div", "track", &[])?;
    for (from, long, times) in session.parts() {
        let part = node("i", if times > 1.0 { "again" } else { "" }, &[])?;
        let style = part.unchecked_ref::<HtmlElement>().style();
        style.set_property("left", &format!("{}%", from * 100.0))?;
        style.set_property("width", &format!("{}%", long * 100.0))?;
        add(&bar, &part)?;
    }
    let say = format!(
        "{}: {}, {:.1} s played, {:.0} % reached",
        session.video,
        session.state,
        session.played_ms / 1000.0,
        session.reached() * 100.0
    );
    node("div", "session", &[&bar, &text("p", "", &say)?])
}
