//! What happened, one by one, after Snowplow's media schemas. Figures come from the snapshots, which are cumulative; events say when and in what order.

use crate::json::Json;
use alloc::string::String;

/// What happened: the wire's `type`.
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
    /// The playhead passed this share of the video while playing: 10, 25, 50, 75 or 95.
    PercentProgress(u32),
    End,
    Error,
    Close,
    Cart,
}

impl EventKind {
    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Impression => "impression",
            Self::Viewable => "viewable",
            Self::Open => "open",
            Self::Play => "play",
            Self::Pause => "pause",
            Self::SeekStart => "seek_start",
            Self::SeekEnd => "seek_end",
            Self::BufferStart => "buffer_start",
            Self::BufferEnd => "buffer_end",
            Self::PlaybackRateChange => "playback_rate_change",
            Self::VolumeChange => "volume_change",
            Self::FullscreenChange => "fullscreen_change",
            Self::PictureInPictureChange => "picture_in_picture_change",
            Self::QualityChange => "quality_change",
            Self::PercentProgress(_) => "percent_progress",
            Self::End => "end",
            Self::Error => "error",
            Self::Close => "close",
            Self::Cart => "cart",
        }
    }

    /// Whether the beacon that carries it leaves at once.
    pub(crate) fn is_urgent(self, started_now: bool) -> bool {
        match self {
            Self::End | Self::Error | Self::Close => true,
            Self::Play => started_now,
            _ => false,
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Age of the page view, in milliseconds.
    pub at_ms: u32,
    /// What happened.
    pub kind: EventKind,
    /// To which placement; empty when to none.
    pub placement: String,
    /// In which session; empty when in none.
    pub session: String,
    /// Where the playhead was; only with a session.
    pub position_ms: u32,
    /// The playback rate in thousandths, with `PlaybackRateChange`.
    pub rate_milli: u32,
    /// Whether the sound is off, with `VolumeChange`.
    pub muted: bool,
    /// What went wrong, with `Error`; empty when unknown.
    pub message: String,
}

impl Event {
    pub(crate) fn write(&self, json: &mut Json) {
        json.open('{');
        json.count("at_ms", self.at_ms);
        json.text("type", self.kind.name());
        if !self.placement.is_empty() {
            json.text("placement", &self.placement);
        }
        if !self.session.is_empty() {
            json.text("session", &self.session);
            json.count("position_ms", self.position_ms);
        }
        match self.kind {
            EventKind::PercentProgress(percent) => json.count("percent", percent),
            EventKind::PlaybackRateChange => {
                json.key("rate");
                json.milli(self.rate_milli);
            }
            EventKind::VolumeChange => json.flag("muted", self.muted),
            EventKind::Error => json.text("message", &self.message),
            _ => {}
        }
        json.close('}');
    }
}
