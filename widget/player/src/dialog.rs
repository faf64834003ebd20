//! The dialog: made on the tap, with the browser's own video controls, and gone without a trace when it closes.

use crate::message::{CLOSE, MEDIA, NEXT, NOTHING, PREVIOUS, RETRY, TAP};
use crate::rendition::{Size, best};
use shelfreel_browser::{
    CSSStyleSheet, Js, Listeners, ResizeObserver, ScrollLock, Url, speak, text,
};
use shelfreel_playback::{Media, NEVER, Sample};
use wasm_bindgen::JsValue;

const CROSS: &str =
    "M6.4 5 5 6.4l5.6 5.6L5 17.6 6.4 19l5.6-5.6 5.6 5.6 1.4-1.4-5.6-5.6L19 6.4 17.6 5 12 10.6z";
const BACKWARD: &str = "M15.4 7.4 14 6l-6 6 6 6 1.4-1.4-4.6-4.6z";
const FORWARD: &str = "m8.6 16.6 1.4 1.4 6-6-6-6-1.4 1.4 4.6 4.6z";

/// What is listened to, and what it means.
pub(crate) const MEDIA_EVENTS: [(&str, Media); 13] = [
    ("playing", Media::Playing),
    ("timeupdate", Media::TimeUpdate),
    ("pause", Media::Pause),
    ("seeking", Media::Seeking),
    ("seeked", Media::Seeked),
    ("waiting", Media::Waiting),
    ("ratechange", Media::RateChange),
    ("ended", Media::Ended),
    ("error", Media::Error),
    ("volumechange", Media::VolumeChange),
    ("fullscreenchange", Media::FullscreenChange),
    ("enterpictureinpicture", Media::PictureInPictureChange),
    ("leavepictureinpicture", Media::PictureInPictureChange),
];

/// The dialog of one element.
pub(crate) struct Dialog {
    /// The element whose player it is.
    pub(crate) host: Js,
    answer: Js,
    // The first fields that are dropped, so that whatever fails later, the page scrolls again and can be used.
    _lock: ScrollLock,
    dialog: Modal,
    title: Js,
    place: Js,
    trouble: Js,
    position: Js,
    previous: Js,
    next: Js,
    /// The number of the video that is on.
    pub(crate) index: u32,
    screen: Option<Screen>,
    _listeners: Listeners,
}

/// The dialog's element, which is open.
struct Modal(Js);

impl Drop for Modal {
    fn drop(&mut self) {
        self.0.close();
        self.0.remove();
    }
}

/// One video in the dialog.
struct Screen {
    video: Js,
    film: Js,
    /// Which of its files have been tried, as bits.
    tried: u32,
    _listeners: Listeners,
}

impl Dialog {
    /// Opens the dialog of an element, for an answer, with nothing on yet.
    pub(crate) fn new(
        host: &Js,
        answer: &Js,
        sheet: &CSSStyleSheet,
        window: &Js,
        context: &Js,
    ) -> Self {
        let texts = answer.get("texts");
        let document = window.get("document");
        let page = document.get("documentElement");
        // Measured before anything changes, or it costs a layout.
        let has_bar = window.count("innerWidth") > page.count("clientWidth");
        let root = host.get("shadowRoot");
        let sheets = root.get("adoptedStyleSheets");
        if !sheets.includes(sheet) {
            sheets.push(sheet);
        }
        let listeners = Listeners::new();
        let button = |parent: &Js, kind: u32, name: &str, icon: &str| {
            let button = parent.child("button", name);
            if icon.is_empty() {
                button.set("textContent", &texts.get(name));
            } else {
                button.icon(icon);
                button.set_attribute_to("aria-label", &texts.get(name));
            }
            listeners.add(&button, "click", &context.hook(kind));
            button
        };
        let dialog = root.child("dialog", "dialog");
        dialog.set_attribute("closedby", "any");
        speak(&dialog, &texts);
        listeners.add(&dialog, "close", &context.hook(CLOSE));
        listeners.add(&dialog, "click", &context.hook(TAP));
        let header = dialog.child("div", "header");
        let title = header.child("h2", "title");
        // It is written in whatever language the brand wrote it in.
        title.set_attribute("dir", "auto");
        button(&header, CLOSE, "close", CROSS);
        let place = dialog.child("div", "screen");
        let trouble = dialog.child("p", "error");
        trouble.set_attribute("role", "alert");
        trouble
            .child("span", "message")
            .set("textContent", &texts.get("failed"));
        button(&trouble, RETRY, "retry", "");
        let nav = dialog.child("div", "navigation");
        let videos = answer.get("product").get("videos");
        nav.set_flag("hidden", videos.count("length") < 2);
        let previous = button(&nav, PREVIOUS, "previous", BACKWARD);
        let position = nav.child("span", "position");
        position.set_attribute("role", "status");
        let next = button(&nav, NEXT, "next", FORWARD);
        dialog.show_modal();
        // Tells when the page hides it.
        ResizeObserver::new(&context.hook(NOTHING)).observe(&dialog);
        Self {
            host: host.clone(),
            answer: answer.clone(),
            screen: None,
            dialog: Modal(dialog),
            title,
            place,
            trouble,
            position,
            previous,
            next,
            index: 0,
            _listeners: listeners,
            _lock: ScrollLock::new(&page, has_bar),
        }
    }

    /// Puts a video on, in place of the one before, and returns what the answer says of it. Must run inside the tap, or the browser will not play sound.
    pub(crate) fn show(&mut self, index: u32, window: &Js, context: &Js) -> Js {
        drop(self.screen.take());
        self.index = index;
        let (texts, videos) = (
            self.answer.get("texts"),
            self.answer.get("product").get("videos"),
        );
        let film = videos.item(index);
        let title = film.get("title");
        self.title.set("textContent", &title);
        self.title.set("lang", &film.get("language"));
        self.dialog
            .0
            .set_attribute_to("aria-label", &texts.get("dialog").fill("{title}", &title));
        // Not `disabled`, which would take the focus from whoever has come to the last one by it.
        let disable = |button: &Js, is: bool| {
            button.set_attribute("aria-disabled", if is { "true" } else { "false" });
        };
        disable(&self.previous, index == 0);
        disable(&self.next, !self.has(index + 1));
        let place = texts
            .get("of")
            .fill("{i}", &(index + 1).into())
            .fill("{n}", &videos.get("length"));
        self.position.set("textContent", &place);
        self.screen = Some(Screen::new(
            &self.place,
            &film,
            &self.answer.get("base"),
            context,
        ));
        self.recover(0, window, context);
        film
    }

    /// Whether there is a video of that number.
    pub(crate) fn has(&self, index: u32) -> bool {
        self.answer.get("product").get("videos").count("length") > index
    }

    /// Plays the best of the video's files that have not been tried. When there is none, says that it failed and offers to try again.
    pub(crate) fn recover(&mut self, position_ms: u32, window: &Js, context: &Js) -> bool {
        let base = self.answer.get("base");
        let plays = self
            .screen
            .as_mut()
            .is_some_and(|screen| screen.begin(position_ms, &base, window, context));
        self.trouble.set_flag("hidden", plays);
        plays
    }

    /// Tries all files again.
    pub(crate) fn retry(&mut self, position_ms: u32, window: &Js, context: &Js) {
        if let Some(screen) = &mut self.screen {
            screen.tried = 0;
        }
        self.recover(position_ms, window, context);
    }

    /// Whether a shopper sees it, above the page: not when the page has taken it out, moved it or hidden it. To measure costs a layout, so only where there has just been one.
    pub(crate) fn stands(&self, measured: bool) -> bool {
        self.dialog.0.matches(":modal") && !(measured && self.dialog.0.count("offsetWidth") == 0)
    }

    /// What the answer says of the video that is on.
    pub(crate) fn film(&self) -> Js {
        self.answer.get("product").get("videos").item(self.index)
    }

    /// What video and clock say now; `last_ms` is the position of the sample before.
    pub(crate) fn sample(&self, now_ms: u32, last_ms: u32) -> Option<Sample> {
        let video = &self.screen.as_ref()?.video;
        let duration_ms = ms(video.number("duration"));
        let error = video.get("error");
        let played = video.get("played");
        let mut played_end_ms = NEVER;
        for range in 0..played.count("length") {
            let end_ms = ms(played.end(range));
            if ms(played.start(range)) <= last_ms && last_ms <= end_ms {
                played_end_ms = end_ms;
            }
        }
        Some(Sample {
            now_ms,
            position_ms: ms(video.number("currentTime")),
            // A stream without an end says "infinity": not known, as before the metadata is there.
            duration_ms: if duration_ms == NEVER { 0 } else { duration_ms },
            played_end_ms,
            rate_milli: ms(video.number("playbackRate")),
            paused: video.flag("paused"),
            seeking: video.flag("seeking"),
            ended: video.flag("ended"),
            ready: video.count("readyState") > 2,
            looping: video.flag("loop"),
            muted: video.flag("muted"),
            error: if error.is_truthy() {
                error.count("code")
            } else {
                0
            },
        })
    }
}

impl Screen {
    /// The video's element: shape, poster, captions. Captions are on when the video was chosen for them: its speech is not what the shopper wished for.
    fn new(place: &Js, film: &Js, base: &Js, context: &Js) -> Self {
        let video = place.child("video", "video");
        video.set_flag("controls", true);
        video.set_flag("playsInline", true);
        // Captions from another origin load only so.
        video.set_text("crossOrigin", "anonymous");
        let style = video.get("style");
        style.set_property("--width", &film.get("width"));
        style.set_property("--height", &film.get("height"));
        let poster = film.get("poster");
        if !poster.is_absent() {
            video.set("poster", &absolute(&poster, base));
        }
        let why = film.get("why");
        let mut wanted = why.get("language") == text("captions");
        for caption in film.get("captions").items() {
            let track = video.child("track", "captions");
            let language = caption.get("language");
            track.set("kind", &text("captions"));
            track.set("src", &absolute(&caption.get("url"), base));
            track.set("srclang", &language);
            track.set("label", &language);
            if wanted && primary(&language) == primary(&why.get("wish")) {
                wanted = false;
                track.set_flag("default", true);
            }
        }
        let listeners = Listeners::new();
        for (kind, (name, _)) in (MEDIA..).zip(&MEDIA_EVENTS) {
            listeners.add(&video, name, &context.hook(kind));
        }
        Self {
            video,
            film: film.clone(),
            tried: 0,
            _listeners: listeners,
        }
    }

    /// Loads the best file that has not been tried, and plays from a position. False when all have been tried.
    fn begin(&mut self, position_ms: u32, base: &Js, window: &Js, context: &Js) -> bool {
        let sources = self.film.get("sources");
        let (screen, density) = (window.get("screen"), window.number("devicePixelRatio"));
        let pixels = |side: &str| (screen.number(side) * density) as u32;
        let size = Size {
            width: pixels("width"),
            height: pixels("height"),
        };
        let connection = window.get("navigator").get("connection");
        let saves_data = connection.is_truthy() && connection.flag("saveData");
        let sizes = sources.items().map(|source| Size {
            width: source.count("width"),
            height: source.count("height"),
        });
        let Some(place) = best(sizes, self.tried, size, saves_data) else {
            return false;
        };
        self.tried |= 1 << place;
        self.video
            .set("src", &absolute(&sources.item(place).get("url"), base));
        if position_ms > 0 {
            self.video.set(
                "currentTime",
                &JsValue::from_f64(f64::from(position_ms) / 1000.0).into(),
            );
        }
        let nothing = context.hook(NOTHING);
        self.video.play().then(&nothing, &nothing);
        true
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.video.pause();
        // Only this makes every browser let go of the connection.
        self.video.remove_attribute("src");
        self.video.load();
        // Chromium keeps a video that goes while captions show, or are about to, with all that it is made of.
        for captions in self.video.get("children").items() {
            captions.set_flag("default", false);
            captions.get("track").set_text("mode", "disabled");
        }
        self.video.remove();
    }
}

/// A reference of the answer's, which is relative to the look-up, as a whole address.
fn absolute(reference: &Js, base: &Js) -> Js {
    Url::new(reference, base).get("href")
}

/// The language of a tag, without script and region.
fn primary(tag: &Js) -> Js {
    tag.split("-").item(0)
}

/// Seconds of the media element as whole milliseconds.
fn ms(seconds: f64) -> u32 {
    (seconds * 1000.0 + 0.5) as u32
}
