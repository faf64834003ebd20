//! What the stores hold, as the edge reads it: the formats of `docs/wire.md`, version 1.
//!
//! Reading does once what every look-up would do again: tags are canonicalised, and each video's part of the answer is
//! put together, so that answering is comparing and copying.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Kind, Language, Market, json};

/// The version of the formats that this code reads and writes.
pub const VERSION: u32 = 1;

/// Why a value from the stores cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// Not the JSON of a record.
    #[error("the value is no record: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by a newer program.
    #[error("the value has version {0}, this program reads {VERSION}")]
    Version(u32),
}

fn sound(version: u32) -> Result<(), BadRecord> {
    if version == VERSION {
        return Ok(());
    }
    Err(BadRecord::Version(version))
}

/// A record as it is written in KV: everything published for one canonical code, in the brand's order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordValue<'a> {
    /// Its version.
    pub v: u32,
    /// The videos, in order.
    #[serde(borrow)]
    pub videos: Vec<VideoValue<'a>>,
}

/// A video as it is written in a record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VideoValue<'a> {
    /// Its id.
    pub id: String,
    /// The brand's slug.
    pub brand: String,
    /// Its kind.
    pub kind: String,
    /// The language spoken in it.
    pub language: String,
    /// The languages of its captions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<String>,
    /// The markets it is published for; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markets: Vec<String>,
    /// From when, in milliseconds since 1970; 0: always.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub from_ms: u64,
    /// Until when (exclusive), in milliseconds since 1970; 0: for ever.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub until_ms: u64,
    /// The shops that may show it; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shops: Vec<String>,
    /// The shops that may not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_shops: Vec<String>,
    /// The youngest it is meant for, in years.
    #[serde(default, skip_serializing_if = "is_young")]
    pub age: u8,
    /// What goes into the answer as it stands: a JSON object.
    #[serde(borrow)]
    pub show: std::borrow::Cow<'a, RawValue>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

fn is_young(value: &u8) -> bool {
    *value == 0
}

/// Everything published for one canonical code, ready to be matched.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The videos, in the brand's order.
    pub videos: Vec<Video>,
}

impl Record {
    /// Reads a value of the key `gtin:…`, `mpn:…` or `sku:…`.
    ///
    /// A video in it whose language cannot be read is left out: it could be served to nobody.
    ///
    /// # Errors
    /// [`BadRecord`] when it is not JSON of this version.
    pub fn parse(value: &str) -> Result<Self, BadRecord> {
        let record: RecordValue<'_> = serde_json::from_str(value)?;
        sound(record.v)?;
        Ok(Self {
            videos: record.videos.iter().filter_map(Video::read).collect(),
        })
    }

    /// About how many bytes it takes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let videos: usize = self.videos.iter().map(Video::size_bytes).sum();
        videos.saturating_add(size_of::<Self>())
    }
}

/// A published video, ready to be matched.
#[derive(Debug, Clone, PartialEq)]
pub struct Video {
    /// Its id.
    pub id: Box<str>,
    /// The brand's slug.
    pub brand: Box<str>,
    /// Its kind; kinds that a later version adds count as other.
    pub kind: Kind,
    /// The language spoken in it.
    pub language: Language,
    /// The languages of its captions.
    pub captions: Box<[Language]>,
    /// The markets it is published for; empty: all.
    pub markets: Box<[Market]>,
    /// From when, in milliseconds since 1970.
    pub from_ms: u64,
    /// Until when, in milliseconds since 1970; [`u64::MAX`]: for ever.
    pub until_ms: u64,
    /// The shops that may show it; empty: all.
    pub shops: Box<[Box<str>]>,
    /// The shops that may not.
    pub not_shops: Box<[Box<str>]>,
    /// The youngest it is meant for, in years.
    pub age: u8,
    /// Its part of the answer: a JSON object without the closing brace.
    pub(crate) opening: Box<str>,
}

impl Video {
    fn read(value: &VideoValue<'_>) -> Option<Self> {
        let language = Language::parse(&value.language).ok()?;
        let boxed = |list: &[String]| list.iter().map(|text| text.as_str().into()).collect();
        Some(Self {
            opening: opening(value, &language).into(),
            id: value.id.as_str().into(),
            brand: value.brand.as_str().into(),
            kind: Kind::from_name(&value.kind).unwrap_or(Kind::Other),
            language,
            captions: value
                .captions
                .iter()
                .filter_map(|tag| Language::parse(tag).ok())
                .collect(),
            markets: markets(&value.markets),
            from_ms: value.from_ms,
            until_ms: if value.until_ms == 0 {
                u64::MAX
            } else {
                value.until_ms
            },
            shops: boxed(&value.shops),
            not_shops: boxed(&value.not_shops),
            age: value.age,
        })
    }

    fn size_bytes(&self) -> usize {
        /// A boxed text, with what the allocator keeps beside it.
        const BOX: usize = 32;
        let texts = self
            .shops
            .iter()
            .chain(&self.not_shops)
            .map(|shop| shop.len() + BOX);
        let captions = self
            .captions
            .iter()
            .map(|tag| size_of::<Language>() + tag.as_str().len() + BOX);
        size_of::<Self>()
            .saturating_add(self.opening.len())
            .saturating_add(
                self.id.len() + self.brand.len() + self.language.as_str().len() + 7 * BOX,
            )
            .saturating_add(self.markets.len() * size_of::<Market>())
            .saturating_add(texts.chain(captions).sum())
    }
}

/// The markets of a record. One that cannot be read would, left out alone, open the video to all: it is kept as a market
/// that nobody is in.
fn markets(codes: &[String]) -> Box<[Market]> {
    codes
        .iter()
        .map(|code| Market::parse(code).unwrap_or(Market::NOWHERE))
        .collect()
}

/// What every answer with this video begins with: `{"id":…,"brand":…,"kind":…,"language":…` and the fields of `show`.
fn opening(value: &VideoValue<'_>, language: &Language) -> String {
    let mut out = String::with_capacity(value.show.get().len() + 128);
    out.push('{');
    json::field(&mut out, "id", &value.id);
    out.push(',');
    json::field(&mut out, "brand", &value.brand);
    out.push(',');
    json::field(&mut out, "kind", &value.kind);
    out.push(',');
    json::field(&mut out, "language", language.as_str());
    let show = value.show.get().trim();
    let fields = show
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    if let Some(fields) = fields.map(str::trim).filter(|fields| !fields.is_empty()) {
        out.push(',');
        out.push_str(fields);
    }
    out
}

/// A shop as it is written in KV.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShopValue {
    /// Its version.
    pub v: u32,
    /// Its name, for people.
    #[serde(default)]
    pub name: String,
    /// The origins of its pages; `*`: every page may ask.
    #[serde(default)]
    pub origins: Vec<String>,
    /// The market it sells in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// The languages it offers, in order.
    #[serde(default)]
    pub languages: Vec<String>,
    /// The oldest rating it shows, in years.
    #[serde(default)]
    pub age: u8,
}

/// A shop, ready to be matched.
#[derive(Debug, Clone, PartialEq)]
pub struct Shop {
    /// The origins of its pages; `*`: every page may ask.
    pub origins: Box<[Box<str>]>,
    /// The market it sells in.
    pub market: Option<Market>,
    /// The languages it offers, in order.
    pub languages: Box<[Language]>,
    /// The oldest rating it shows, in years.
    pub age: u8,
}

impl Shop {
    /// Reads a value of the key `shop:…`.
    ///
    /// # Errors
    /// [`BadRecord`] when it is not JSON of this version.
    pub fn parse(value: &str) -> Result<Self, BadRecord> {
        let shop: ShopValue = serde_json::from_str(value)?;
        sound(shop.v)?;
        Ok(Self {
            origins: shop
                .origins
                .iter()
                .map(|origin| origin.as_str().into())
                .collect(),
            market: shop.market.as_deref().and_then(Market::parse),
            languages: shop
                .languages
                .iter()
                .filter_map(|tag| Language::parse(tag).ok())
                .collect(),
            age: shop.age,
        })
    }

    /// Whether a page of this origin may ask. A request without an origin comes from no other site's page: a browser always
    /// sends it there.
    #[must_use]
    pub fn allows(&self, origin: Option<&str>) -> bool {
        origin.is_none_or(|origin| {
            self.origins
                .iter()
                .any(|allowed| &**allowed == "*" || allowed.eq_ignore_ascii_case(origin))
        })
    }

    /// About how many bytes it takes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let origins: usize = self.origins.iter().map(|origin| origin.len() + 32).sum();
        let languages = self.languages.len() * (size_of::<Language>() + 32);
        size_of::<Self>()
            .saturating_add(origins)
            .saturating_add(languages)
    }
}

/// What the edge adds to playback for a video, as KV holds it under `video:{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoFacts {
    /// Its version.
    pub v: u32,
    /// The brand's slug.
    pub brand: String,
    /// The product, in the brand's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub product: String,
    /// The series, in the brand's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub series: String,
    /// The category, in the brand's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// The language spoken in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// How long it is.
    pub duration_ms: u64,
}

impl VideoFacts {
    /// Reads a value of the key `video:…`.
    ///
    /// # Errors
    /// [`BadRecord`] when it is not JSON of this version.
    pub fn parse(value: &str) -> Result<Self, BadRecord> {
        let facts: Self = serde_json::from_str(value)?;
        sound(facts.v)?;
        Ok(facts)
    }

    /// About how many bytes it takes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let texts = [
            &self.brand,
            &self.product,
            &self.series,
            &self.category,
            &self.language,
        ];
        texts.map(String::len).iter().sum::<usize>() + size_of::<Self>()
    }
}
