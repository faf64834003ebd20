//! The player: a dialog made on the tap, with the browser's own video controls, and gone without a trace when it closes.

use crate::dom::{Js, Url};
use crate::held::{Listeners, ScrollLock};
use crate::message::{BESIDE, CLOSE, MEDIA as FIRST_MEDIA, NEXT, NOTHING, PREVIOUS, RETRY};
use crate::mount::{Mount, speak};
use crate::rendition::{Size, order};
use alloc::string::String;
use alloc::vec::Vec;
use shelfreel_playback::{Json, Media, Sample};
use wasm_bindgen::JsValue;

const CROSS: &str =
    "M6.4 5 5 6.4l5.6 5.6L5 17.6 6.4 19l5.6-5.6 5.6 5.6 1.4-1.4-5.6-5.6L19 6.4 17.6 5 12 10.6z";
const BACKWARD: &str = "M15.4 7.4 14 6l-6 6 6 6 1.4-1.4-4.6-4.6z";
const FORWARD: &str = "m8.6 16.6 1.4 1.4 6-6-6-6-1.4 1.4 4.6 4.6z";

/// What is listened to, and what it means.
pub(crate) const MEDIA: [(&str, Media); 13] = [
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

/// The dialog of one mount.
pub(crate) struct Player {
    /// The element whose player it is.
    pub(crate) host: Js,
    pub(crate) dialog: Js,
    title: Js,
    place: Js,
    trouble: Js,
    position: Js,
    previous: Js,
    next: Js,
    pub(crate) index: u32,
    pub(crate) screen: Option<Screen>,
    _listeners: Listeners,
    _lock: ScrollLock,
}

/// One video in the dialog.
pub(crate) struct Screen {
    pub(crate) video: Js,
    /// The session's number in the page view.
    pub(crate) session: usize,
    /// Where its files are, the best first.
    urls: Vec<Js>,
    tried: usize,
    _listeners: Listeners,
}

impl Player {
    pub(crate) fn new(mount: &Mount, window: &Js, context: &Js) -> Self {
        let texts = mount.answer.get("texts");
        let document = mount.host.get("ownerDocument");
        let listeners = Listeners::new();
        let button = |parent: &Js, part: &str, kind: u32, text: &str, icon: &str| {
            let button = parent.child("button", part);
            button.set_attribute("type", "button");
            if icon.is_empty() {
                button.set("textContent", &texts.get(text));
            } else {
                button.icon(icon);
                button.set_attribute("aria-label", &texts.word(text));
            }
            listeners.add(&button, "click", &context.hook(kind));
            button
        };
        let dialog = document.create_element("dialog");
        dialog.set_attribute("part", "dialog");
        dialog.set_attribute("closedby", "any");
        speak(&dialog, &texts);
        listeners.add(&dialog, "close", &context.hook(CLOSE));
        listeners.add(&dialog, "click", &context.hook(BESIDE));
        let header = dialog.child("header", "header");
        let title = header.child("h2", "title");
        button(&header, "close", CLOSE, "close", CROSS);
        let place = dialog.child("div", "screen");
        let trouble = dialog.child("p", "error");
        trouble.set_attribute("role", "alert");
        let words = trouble.child("span", "message");
        words.set("textContent", &texts.get("failed"));
        button(&trouble, "retry", RETRY, "retry", "");
        let nav = dialog.child("nav", "navigation");
        nav.set_flag("hidden", mount.videos().count("length") < 2);
        let previous = button(&nav, "previous", PREVIOUS, "previous", BACKWARD);
        let position = nav.child("span", "position");
        let next = button(&nav, "next", NEXT, "next", FORWARD);
        mount.host.get("shadowRoot").append(&dialog);
        dialog.show_modal();
        Self {
            host: mount.host.clone(),
            _lock: ScrollLock::new(window, &document.get("documentElement")),
            _listeners: listeners,
            dialog,
            title,
            place,
            trouble,
            position,
            previous,
            next,
            index: 0,
            screen: None,
        }
    }

    /// Puts a video on, in place of the one before. Must run inside the tap, or the browser will not play sound.
    pub(crate) fn show(
        &mut self,
        mount: &Mount,
        index: u32,
        session: usize,
        window: &Js,
        context: &Js,
    ) {
        self.screen = None;
        self.index = index;
        let (texts, videos) = (mount.answer.get("texts"), mount.videos());
        let film = videos.item(index);
        let title = film.get("title");
        self.title.set("textContent", &title);
        self.title.set("lang", &film.get("language"));
        self.dialog
            .set("ariaLabel", &texts.get("dialog").fill("{title}", &title));
        let last = videos.count("length").saturating_sub(1);
        self.previous.set_flag("disabled", index == 0);
        self.next.set_flag("disabled", index >= last);
        let place = texts
            .get("of")
            .fill("{i}", &number(index + 1))
            .fill("{n}", &number(last + 1));
        self.position.set("textContent", &place);
        self.trouble.set_flag("hidden", true);
        let screen = Screen::new(&self.place, &film, &mount.answer, session, window, context);
        screen.begin(context);
        self.screen = Some(screen);
    }

    /// Every file failed: says so, and offers to try again.
    pub(crate) fn fail(&self) {
        self.trouble.set_flag("hidden", false);
    }

    /// Takes what [`Player::fail`] said away again.
    pub(crate) fn retry(&mut self, context: &Js) {
        self.trouble.set_flag("hidden", true);
        if let Some(screen) = &mut self.screen {
            screen.tried = 0;
            screen.begin(context);
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.screen = None;
        self.dialog.close();
        self.dialog.remove();
    }
}

impl Screen {
    fn new(place: &Js, film: &Js, answer: &Js, session: usize, window: &Js, context: &Js) -> Self {
        let base = answer.word("base");
        let absolute = |url: &str| Url::new(url, &base).word("href");
        let video = place.child("video", "video");
        for name in ["controls", "playsinline"] {
            video.set_attribute(name, "");
        }
        // Captions from another origin load only so.
        video.set_attribute("crossorigin", "anonymous");
        if film.text("poster").is_some() {
            video.set_text("poster", &absolute(&film.word("poster")));
        }
        let mut ratio = Json::default();
        ratio.milli(film.count("width").saturating_mul(1000) / film.count("height").max(1));
        video.get("style").set_property("--ratio", &ratio.text);
        add_captions(&video, film, &absolute);
        let listeners = Listeners::new();
        for (place, (name, _)) in (FIRST_MEDIA..).zip(&MEDIA) {
            listeners.add(&video, name, &context.hook(place));
        }
        let urls = urls(film, &video, window)
            .iter()
            .map(|url| Url::new(url, &base).get("href"))
            .collect();
        Self {
            video,
            session,
            urls,
            tried: 0,
            _listeners: listeners,
        }
    }

    /// Loads the file whose turn it is, and plays.
    fn begin(&self, context: &Js) {
        if let Some(url) = self.urls.get(self.tried) {
            self.video.set("src", url);
            let nothing = context.hook(NOTHING);
            self.video.play().then(&nothing, &nothing);
        }
    }

    /// Tries the next file, from where the last one failed. False when there is none.
    pub(crate) fn try_next(&mut self, position_ms: u32, context: &Js) -> bool {
        self.tried += 1;
        let another = self.tried < self.urls.len();
        if another {
            self.begin(context);
            self.video
                .set_number("currentTime", f64::from(position_ms) / 1000.0);
        }
        another
    }

    /// What video and clock say now; `last_ms` is the position of the sample before.
    pub(crate) fn sample(&self, now_ms: u32, last_ms: u32) -> Sample {
        let video = &self.video;
        let duration_ms = ms(video.number("duration"));
        let played = video.get("played");
        let played_end_ms = (0..played.count("length"))
            .map(|range| (ms(played.start(range)), ms(played.end(range))))
            .find(|(start_ms, end_ms)| (*start_ms..=*end_ms).contains(&last_ms))
            .map_or(u32::MAX, |(_, end_ms)| end_ms);
        Sample {
            now_ms,
            position_ms: ms(video.number("currentTime")),
            // A stream without an end says "infinity": not known, as before the metadata is there.
            duration_ms: if duration_ms == u32::MAX {
                0
            } else {
                duration_ms
            },
            played_end_ms,
            rate_milli: ms(video.number("playbackRate")),
            paused: video.flag("paused"),
            seeking: video.flag("seeking"),
            ended: video.flag("ended"),
            ready: video.count("readyState") > 2,
            looping: video.flag("loop"),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.video.pause();
        // Only this makes every browser let go of the connection.
        self.video.remove_attribute("src");
        self.video.load();
        self.video.remove();
    }
}

/// Side-car captions. They are on when the video was chosen for them: its speech is not what the shopper wished for.
fn add_captions(video: &Js, film: &Js, absolute: &dyn Fn(&str) -> String) {
    let why = film.get("why");
    let wanted = why.word("language") == "captions";
    let wish = why.word("wish");
    let mut on = false;
    for caption in film.get("captions").items() {
        let language = caption.word("language");
        let track = video.child("track", "captions");
        track.set_attribute("kind", "captions");
        track.set_attribute("src", &absolute(&caption.word("url")));
        track.set_attribute("srclang", &language);
        track.set_attribute("label", &language);
        if wanted && !on && primary(&language) == primary(&wish) {
            on = true;
            track.set_flag("default", true);
        }
    }
}

/// The language of a tag, without script and region.
fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// The files that this browser can play, the best first.
fn urls(film: &Js, video: &Js, window: &Js) -> Vec<String> {
    let (mut sizes, mut urls) = (Vec::new(), Vec::new());
    for source in film.get("sources").items() {
        if !video.can_play_type(&source.word("type")).is_empty() {
            sizes.push(Size {
                width: source.count("width"),
                height: source.count("height"),
            });
            urls.push(source.word("url"));
        }
    }
    let (screen, density) = (window.get("screen"), window.number("devicePixelRatio"));
    let pixels = |side: &str| (screen.number(side) * density) as u32;
    let size = Size {
        width: pixels("width"),
        height: pixels("height"),
    };
    let connection = window.get("navigator").get("connection");
    let save_data = connection.is_object() && connection.flag("saveData");
    order(&sizes, size, save_data)
        .into_iter()
        .filter_map(|place| urls.get(place).cloned())
        .collect()
}

/// Seconds of the media element as whole milliseconds.
fn ms(seconds: f64) -> u32 {
    (seconds * 1000.0 + 0.5) as u32
}

fn number(value: u32) -> Js {
    JsValue::from_f64(f64::from(value)).into()
}
