//! The edge's answer to a look-up, as `docs/wire.md` has it; only what the inspector shows.

use serde::Deserialize;

/// The whole answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    pub(crate) products: Vec<Product>,
    /// Why the whole look-up has no answer.
    pub(crate) why: Option<String>,
    pub(crate) ignored_languages: Vec<IgnoredLanguage>,
}

/// A wish that is no language.
#[derive(Debug, Deserialize)]
pub(crate) struct IgnoredLanguage {
    pub(crate) say: String,
}

/// The answer for one product.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Product {
    pub(crate) videos: Vec<Video>,
    /// Why there is no video.
    pub(crate) why: Option<String>,
    pub(crate) codes: Vec<Code>,
    /// What languages there would have been.
    pub(crate) languages: Vec<String>,
}

/// What became of one code.
#[derive(Debug, Deserialize)]
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) why: String,
    #[serde(default)]
    pub(crate) say: Option<String>,
}

/// One video.
#[derive(Debug, Deserialize)]
pub(crate) struct Video {
    pub(crate) id: String,
    pub(crate) brand: String,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) language: String,
    pub(crate) duration_ms: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    #[serde(default)]
    pub(crate) poster: Option<String>,
    #[serde(default)]
    pub(crate) sources: Vec<Source>,
    #[serde(default)]
    pub(crate) captions: Vec<Caption>,
    pub(crate) why: Why,
}

/// One rendition.
#[derive(Debug, Deserialize)]
pub(crate) struct Source {
    #[serde(default)]
    pub(crate) height: f64,
}

/// One file of captions.
#[derive(Debug, Deserialize)]
pub(crate) struct Caption {
    pub(crate) language: String,
}

/// Why a video is in the answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Why {
    pub(crate) code: String,
    pub(crate) language: String,
    #[serde(default)]
    pub(crate) wish: Option<String>,
}
