//! The dialog: made on the tap, with the browser's own video controls, and gone without a trace when it closes.

use crate::message::{
    CLOSE, ERROR, KEY, LAID_OUT, MEDIA, NEXT, NOTHING, PREVIOUS, REFUSED, RETRY, TAP,
};
use crate::rendition::{LAST, LONG_MS, Source, Wish, order};
use crate::stream::Stream;
use shelfreel_browser::{
    CSSStyleSheet, Js, Listeners, ResizeObserver, ScrollLock, Url, parse, speak, text,
};
use shelfreel_playback::{Media, NEVER, Sample};
use wasm_bindgen::prelude::*;

/// The media type of HLS.
const STREAM: &str = "application/vnd.apple.mpegurl";

const CROSS: &str =
    "M6.4 5 5 6.4l5.6 5.6L5 17.6 6.4 19l5.6-5.6 5.6 5.6 1.4-1.4-5.6-5.6L19 6.4 17.6 5 12 10.6z";
const BACKWARD: &str = "M15.4 7.4 14 6l-6 6 6 6 1.4-1.4-4.6-4.6z";
const FORWARD: &str = "m8.6 16.6 1.4 1.4 6-6-6-6-1.4 1.4 4.6 4.6z";

#[wasm_bindgen(raw_module = "./tongue.js")]
extern "C" {
    /// What a language is called in another.
    fn tongue(language: &Js, wished: &Js) -> Js;
}

/// What is listened to, and what it means.
pub(crate) const MEDIA_EVENTS: [(&str, Media); 15] = [
    ("error", Media::Error),
    ("play", Media::Play),
    ("playing", Media::Playing),
    ("timeupdate", Media::TimeUpdate),
    ("pause", Media::Pause),
    ("seeking", Media::Seeking),
    ("seeked", Media::Seeked),
    ("waiting", Media::Waiting),
    ("ratechange", Media::RateChange),
    ("ended", Media::Ended),
    ("volumechange", Media::VolumeChange),
    ("fullscreenchange", Media::FullscreenChange),
    ("enterpictureinpicture", Media::PictureInPictureChange),
    ("leavepictureinpicture", Media::PictureInPictureChange),
    ("resize", Media::QualityChange),
];

/// The dialog of one element.
pub(crate) struct Dialog {
    /// The element whose player it is.
    pub(crate) host: Js,
    pub(crate) answer: Js,
    // The first fields that are dropped, so that whatever fails later, the page scrolls again and can be used.
    _lock: Option<ScrollLock>,
    dialog: Frame,
    title: Js,
    place: Js,
    trouble: Js,
    position: Js,
    previous: Js,
    next: Js,
    /// The number of the video that is on.
    pub(crate) index: u32,
    /// It cannot be played for now.
    pub(crate) stuck: bool,
    /// From when on its film has all that it has. What the first frame can do without comes after it, or the shopper would wait for that.
    pub(crate) complete_from_ms: u32,
    screen: Option<Screen>,
    _listeners: Listeners,
}

/// What the film is shown in: a dialog above the page, or a part of the page in the button's place.
struct Frame {
    element: Js,
    /// The button whose place it takes; none of a dialog.
    button: Option<Js>,
}

impl Drop for Frame {
    fn drop(&mut self) {
        if self.button.is_none() {
            self.element.close();
        }
        // Whoever has gone on to another button stays there.
        let is_here = self.element.matches(":focus-within");
        self.element.remove();
        if let Some(button) = &self.button {
            button.set_flag("hidden", false);
            if is_here {
                focus(button);
            }
        }
    }
}

/// One video in the dialog.
struct Screen {
    video: Js,
    film: Js,
    /// Its captions have names.
    named: bool,
    /// Which of its sources have been tried, as bits.
    tried: u32,
    stream: Option<Stream>,
    _listeners: Listeners,
}

impl Dialog {
    /// Opens the dialog of an element, for its answer, with nothing on yet.
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
        // Measured before anything more changes: it costs a layout, for the lobby has just gone.
        let has_bar = window.count("innerWidth") > page.count("clientWidth");
        let root = host.get("shadowRoot");
        let sheets = root.get("adoptedStyleSheets");
        if !sheets.includes(sheet) {
            sheets.push(sheet);
        }
        let listeners = Listeners::new();
        let add = |parent: &Js, kind: u32, name: &str, icon: &str| {
            let button = parent.child("button", name);
            if icon.is_empty() {
                button.set("textContent", &texts.get(name));
            } else {
                context.icon(&button, icon);
                button.set_attribute_to("aria-label", &texts.get(name));
            }
            listeners.add(&button, "click", &context.hook(kind));
            button
        };
        let videos = videos(answer);
        let inline = answer.get("layout") == text("inline");
        let dialog = root.child(if inline { "section" } else { "dialog" }, "dialog");
        speak(&dialog, &texts);
        listeners.add(&dialog, "keydown", &context.hook(KEY));
        if inline {
            shape(&dialog, &videos.item(0));
        } else {
            listeners.add(&dialog, "close", &context.hook(CLOSE));
        }
        listeners.add(&dialog, "click", &context.hook(TAP));
        listeners.add(window, "online", &context.hook(RETRY));
        let header = dialog.child("div", "header");
        let title = header.child("h2", "title");
        // It is written in whatever language the brand wrote it in.
        title.set_attribute("dir", "auto");
        add(&header, CLOSE, "close", CROSS);
        let place = dialog.child("div", "screen");
        let trouble = dialog.child("p", "error");
        trouble.set_attribute("role", "alert");
        trouble
            .child("span", "message")
            .set("textContent", &texts.get("failed"));
        add(&trouble, RETRY, "retry", "");
        let nav = dialog.child("div", "navigation");
        nav.set_flag("hidden", videos.count("length") < 2);
        let previous = add(&nav, PREVIOUS, "previous", BACKWARD);
        let position = nav.child("span", "position");
        position.set_attribute("role", "status");
        let next = add(&nav, NEXT, "next", FORWARD);
        // Tells when it has been laid out, and when the page hides it.
        ResizeObserver::new(&context.hook(LAID_OUT)).observe(&dialog);
        let button = inline.then(|| root.get("firstElementChild"));
        match &button {
            Some(button) => button.set_flag("hidden", true),
            None => context.rise(&dialog),
        }
        Self {
            host: host.clone(),
            answer: answer.clone(),
            screen: None,
            dialog: Frame {
                element: dialog,
                button,
            },
            title,
            place,
            trouble,
            position,
            previous,
            next,
            index: 0,
            stuck: false,
            // In the page the film takes the focus at once, for which it needs its controls.
            complete_from_ms: if inline { 0 } else { NEVER },
            _listeners: listeners,
            _lock: (!inline).then(|| ScrollLock::new(&page, has_bar)),
        }
    }

    /// Puts a video on from a position, in place of the one before, and returns what the answer says of it. Must run soon after the tap, or the browser will not play sound.
    pub(crate) fn show(&mut self, index: u32, position_ms: u32, window: &Js, context: &Js) -> Js {
        drop(self.screen.take());
        self.index = index;
        let (texts, videos) = (self.answer.get("texts"), videos(&self.answer));
        let film = videos.item(index);
        let title = film.get("title");
        self.title.set("textContent", &title);
        self.title.set("lang", &film.get("language"));
        self.dialog
            .element
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
        self.screen = Some(Screen::new(&self.place, &film, &self.answer, context));
        if self.complete_from_ms == 0 {
            self.complete(false);
        }
        self.recover(position_ms, window, context);
        film
    }

    /// Gives the film what the first frame did without; what can wait longer once it `plays`.
    pub(crate) fn complete(&mut self, plays: bool) {
        if let Some(screen) = &mut self.screen {
            screen.complete(&self.answer, plays);
        }
    }

    /// When its film is to have all that it has; never when it does.
    pub(crate) fn complete_ms(&self) -> u32 {
        match &self.screen {
            Some(screen) if !screen.is_complete() => self.complete_from_ms,
            _ => NEVER,
        }
    }

    /// Whether there is a video of that number.
    pub(crate) fn has(&self, index: u32) -> bool {
        videos(&self.answer).count("length") > index
    }

    /// Plays the best of the video's sources that have not been tried. When there is none, says that it failed and offers to try again.
    pub(crate) fn recover(&mut self, position_ms: u32, window: &Js, context: &Js) -> bool {
        let base = self.answer.get("base");
        let plays = self
            .screen
            .as_mut()
            .is_some_and(|screen| screen.begin(position_ms, &base, window, context));
        self.stuck = !plays;
        self.trouble.set_flag("hidden", plays);
        plays
    }

    /// The focus goes to the film, as a dialog's does by itself to what is first in it.
    pub(crate) fn focus(&self) {
        if let (Some(_), Some(screen)) = (&self.dialog.button, &self.screen) {
            focus(&screen.video);
        }
    }

    /// Tries all sources again.
    pub(crate) fn retry(&mut self, position_ms: u32, window: &Js, context: &Js) {
        if let Some(screen) = &mut self.screen {
            screen.tried = 0;
        }
        self.recover(position_ms, window, context);
    }

    /// Whether a shopper sees it, above the page or in it: not when the page has taken it out or hidden it, nor a dialog that was moved. To measure costs a layout, so only
    /// where there has just been one.
    pub(crate) fn stands(&self, measured: bool) -> bool {
        let Frame { element, button } = &self.dialog;
        (button.is_some() || element.matches(":modal"))
            && !(measured && element.count("offsetWidth") == 0)
    }

    /// Where the film is left, to go on there: nowhere when it is at its end.
    pub(crate) fn left(&self, position_ms: u32) -> Option<(Js, u32, u32)> {
        let video = &self.screen.as_ref()?.video;
        (!video.flag("ended")).then(|| (self.answer.clone(), self.index, position_ms))
    }

    /// What the answer says of the video that is on.
    pub(crate) fn film(&self) -> Js {
        videos(&self.answer).item(self.index)
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
        // A source of which nothing is there yet says 0, and will begin where it was told to.
        let ready_state = video.count("readyState");
        let position_ms = if ready_state == 0 {
            last_ms
        } else {
            ms(video.number("currentTime"))
        };
        Some(Sample {
            now_ms,
            position_ms,
            // A stream without an end says "infinity": not known, as before the metadata is there.
            duration_ms: if duration_ms == NEVER { 0 } else { duration_ms },
            played_end_ms,
            rate_milli: ms(video.number("playbackRate")),
            paused: video.flag("paused"),
            seeking: video.flag("seeking"),
            ended: video.flag("ended"),
            ready: ready_state > 2,
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
    /// The video's element: shape, poster, captions. Captions are on when the video was chosen for them: its speech is not what the shopper wished for. They are there from the first, that the
    /// film waits for them.
    fn new(place: &Js, film: &Js, answer: &Js, context: &Js) -> Self {
        let base = &answer.get("base");
        let video = place.child("video", "video");
        video.set_flag("playsInline", true);
        // Captions from another origin load only so.
        video.set_text("crossOrigin", "anonymous");
        shape(&video, film);
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
            named: false,
            tried: 0,
            stream: None,
            _listeners: listeners,
        }
    }

    /// Controls, of which the browser makes some forty elements; and once the film `plays`, what the captions are called in their menu, since the browser takes long to say what languages are called,
    /// and the captions themselves where they are wanted and not shown.
    fn complete(&mut self, answer: &Js, plays: bool) {
        if !self.is_complete() {
            self.video.set_flag("controls", true);
        }
        if plays && !self.named {
            self.named = true;
            let shoppers = answer.get("texts").get("language");
            let (mut wanted, mut shown) = (None, false);
            for captions in self.video.get("children").items() {
                captions.set("label", &tongue(&captions.get("srclang"), &shoppers));
                let track = captions.get("track");
                shown |= track.get("mode") == text("showing");
                if captions.flag("default") {
                    wanted = Some(track);
                }
            }
            // WebKitGTK does not go by `default`.
            if let Some(track) = wanted.filter(|_| !shown) {
                track.set_text("mode", "showing");
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.video.flag("controls")
    }

    /// Loads the best source that has not been tried, and plays from a position. False when all have been tried.
    fn begin(&mut self, position_ms: u32, base: &Js, window: &Js, context: &Js) -> bool {
        let sources = self.film.get("sources");
        let (screen, density) = (window.get("screen"), window.number("devicePixelRatio"));
        let pixels = |side: &str| (screen.number(side) * density) as u32;
        let connection = window.get("navigator").get("connection");
        let save_data = connection.is_truthy() && connection.flag("saveData");
        if save_data {
            // Where the browser does not play by itself, nothing is loaded before the shopper asks.
            self.video.set_text("preload", "none");
        }
        let wish = Wish {
            width: pixels("width"),
            height: pixels("height"),
            save_data,
            long: self.film.count("duration_ms") >= LONG_MS,
        };
        // Where the browser can manage its memory for streams itself (Safari), its own player is good; WebKitGTK can, and has none. Elsewhere that one is the last that is tried: after the
        // engine, which a page's policy may forbid, and after all files.
        let is_safari = !window.get("ManagedMediaSource").is_undefined()
            && self.video.can_play(STREAM).is_truthy();
        let has_engine = !is_safari && !window.get("MediaSource").is_undefined();
        let (mut best, mut least, mut by_engine) = (0, u32::MAX, false);
        for place in 0..sources.count("length") {
            let source = sources.item(place);
            let is_stream = source.get("type") == text(STREAM);
            let engine = is_stream && has_engine;
            let untried = |bit: u32| self.tried >> bit & 1 == 0;
            let (bit, order) = if untried(place) {
                let (width, height) = (source.count("width"), source.count("height"));
                let source = Source {
                    width,
                    height,
                    is_stream,
                };
                (place, order(source, wish))
            } else if engine && untried(place + 16) {
                (place + 16, LAST)
            } else {
                continue;
            };
            if order < least {
                (best, least, by_engine) = (bit, order, engine && bit == place);
            }
        }
        if least == u32::MAX {
            return false;
        }
        self.tried |= 1 << best;
        drop(self.stream.take());
        let source = sources.item(best & 15);
        let url = Url::new(&source.get("url"), base);
        let from_s = f64::from(position_ms) / 1000.0;
        if by_engine {
            let failed = context.hook(ERROR);
            self.stream = Some(Stream::new(&self.video, &url.get("href"), from_s, &failed));
        } else {
            if position_ms > 0 {
                // Told by its address where to begin (https://www.w3.org/TR/media-frags/#naming-time). By `currentTime`, which may be set as early, WebKitGTK finds the place and then stands still.
                let from: Js = JsValue::from_f64(from_s).into();
                url.set("hash", &text("t={}").fill("{}", &from));
            }
            self.video.set("src", &url.get("href"));
        }
        self.video
            .play()
            .then(&context.hook(NOTHING), &context.hook(REFUSED));
        true
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.video.pause();
        // A window of its own would outlive it.
        self.video.set_flag("disablePictureInPicture", true);
        drop(self.stream.take());
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

/// Tells the style sheet the shape of a film, as the button's poster does.
fn shape(element: &Js, film: &Js) {
    let ratio = film.number("width") / film.number("height");
    element
        .get("style")
        .set_property("--ratio", &JsValue::from_f64(ratio).into());
}

/// The videos of an answer.
#[inline(never)]
fn videos(answer: &Js) -> Js {
    answer.get("product").get("videos")
}

/// Gives an element the focus, and leaves the page where it is.
fn focus(element: &Js) {
    element.focus(&parse("{\"preventScroll\":true}"));
}

/// The language of a tag, without script and region.
fn primary(tag: &Js) -> Js {
    tag.split("-").item(0)
}

/// Seconds of the media element as whole milliseconds.
fn ms(seconds: f64) -> u32 {
    (seconds * 1000.0 + 0.5) as u32
}
