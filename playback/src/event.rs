//! What happened, one by one, after Snowplow's media schemas. Figures come from the snapshots, which are cumulative; events say when and in what order.

use crate::json::Json;

/// Between two beacons so many bytes of events are kept, about 30 of them. Figures do not come from events, so only the order of a very busy second suffers.
const MAX_EVENTS_BYTES: usize = 4000;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "named in docs/wire.md and by Snowplow's media schemas"
)]
pub enum EventKind {
    Impression,
    Viewable,
    Open,
    Play,
    Pause,
    SeekStart,
    SeekEnd,
    BufferStart,
    BufferEnd,
    PlaybackRateChange,
    VolumeChange,
    FullscreenChange,
    PictureInPictureChange,
    QualityChange,
    PercentProgress,
    End,
    Error,
    Close,
    Cart,
}

/// The names of events on the wire, in the order of [`EventKind`].
pub const EVENT_NAMES: [&str; 19] = [
    "impression",
    "viewable",
    "open",
    "play",
    "pause",
    "seek_start",
    "seek_end",
    "buffer_start",
    "buffer_end",
    "playback_rate_change",
    "volume_change",
    "fullscreen_change",
    "picture_in_picture_change",
    "quality_change",
    "percent_progress",
    "end",
    "error",
    "close",
    "cart",
];

/// What an `error` says, by the code of the browser's `MediaError` (1 to 4). Its own words would differ by browser and may hold addresses.
const ERRORS: [&str; 5] = ["unknown", "aborted", "network", "decode", "source"];

/// The events that no beacon has carried yet.
#[derive(Debug)]
pub(crate) struct Log {
    /// As JSON, joined by commas.
    pub(crate) json: Json,
    pub(crate) began_ms: u32,
    /// When the first of them happened, or a session began; [`NEVER`] when there is none.
    pub(crate) changed_ms: u32,
    /// One of them is to be told at once.
    pub(crate) urgent: bool,
    /// What has happened since the page asked, as bits by [`EventKind`].
    pub(crate) happened: u32,
    /// What the last `percent_progress` said.
    pub(crate) percent: u32,
}

impl Log {
    /// Something happened at `now_ms` to a `placement` or `session` (`of`): its kind, its name on the wire, and what writes more of it.
    pub(crate) fn add(
        &mut self,
        (kind, name): (EventKind, &[u8]),
        now_ms: u32,
        (of, id): (&str, &[u8]),
        more: impl FnOnce(&mut Json),
    ) {
        self.changed_ms = self.changed_ms.min(now_ms);
        self.happened |= 1 << kind as u32;
        self.urgent |= matches!(kind, EventKind::End | EventKind::Error | EventKind::Close);
        if self.json.text.len() > MAX_EVENTS_BYTES {
            return;
        }
        let json = &mut self.json;
        json.comma();
        json.raw("{");
        json.count("at_ms", now_ms.saturating_sub(self.began_ms));
        json.text("type", name);
        json.text(of, id);
        more(json);
        json.raw("}");
    }

    /// Something happened to a session at a position of its video. `value` is the percent, the rate in thousandths, whether the sound is off, or the error's code.
    pub(crate) fn add_of_session(
        &mut self,
        kind: EventKind,
        now_ms: u32,
        id: &[u8],
        position_ms: u32,
        value: u32,
    ) {
        if kind == EventKind::PercentProgress {
            self.percent = value;
        }
        let named = (kind, name(&EVENT_NAMES, kind as usize));
        self.add(named, now_ms, ("session", id), |json| {
            json.count("position_ms", position_ms);
            match kind {
                EventKind::PercentProgress => json.count("percent", value),
                EventKind::PlaybackRateChange => {
                    json.key("rate");
                    json.milli(value);
                }
                EventKind::VolumeChange => {
                    json.key("muted");
                    json.raw(if value > 0 { "true" } else { "false" });
                }
                EventKind::Error => json.text("message", name(&ERRORS, value as usize)),
                _ => {}
            }
        });
    }
}

/// An event of a placement, which is one of those few, and its name: the button does not carry the names of all others.
pub(crate) const fn of_placement(kind: EventKind) -> (EventKind, &'static [u8]) {
    let name = match kind {
        EventKind::Impression => "impression",
        EventKind::Viewable => "viewable",
        EventKind::Open => "open",
        EventKind::Close => "close",
        _ => "cart",
    };
    (kind, name.as_bytes())
}

/// A name from a table; the first when the number is beyond it.
pub(crate) fn name(names: &[&'static str], number: usize) -> &'static [u8] {
    names
        .get(number)
        .or(names.first())
        .map_or(&[], |name| name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_a_placement_has_its_name_from_the_table() {
        use EventKind::{Cart, Close, Impression, Open, Viewable};
        for kind in [Impression, Viewable, Open, Close, Cart] {
            assert_eq!(of_placement(kind).1, EVENT_NAMES[kind as usize].as_bytes());
        }
    }
}
