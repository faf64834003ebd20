//! What a brand offers: the rows of a feed, checked.
//!
//! A row is one video and the products it belongs to (`docs/feed.md`). [`Row::check`] takes it apart without touching a
//! file or the network: everything that is wrong with it is said at once, each with its column. What is left open are the
//! files; once they are measured, [`Draft::publish`] makes the [`Video`] that [`crate::projection`] writes out.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::code::{self, BadCode};
use crate::gtin::{self, Mended};
use crate::look_up::is_shop_id;
use crate::quote::shorten;
use crate::record::{VERSION, VideoFacts, VideoValue};
use crate::{Kind, Language, Market};

/// The longest title, in characters.
pub const MOST_TITLE: usize = 200;
/// The oldest age rating, in years.
pub const MOST_AGE: u8 = 21;

/// The most part numbers of a row, times the names of its brand: they multiply, and a broken row may have very many.
pub const MOST_MPN_KEYS: usize = 10_000;
/// The most bytes of a row, times its codes: it is written under each of them.
pub const MOST_PUBLISHED_BYTES: usize = 64 << 20;
/// The most pixels of a side of a film or a poster.
pub const MOST_PIXELS: u32 = 16_384;
/// The longest film: a day.
pub const MOST_DURATION_MS: u64 = 24 * 3_600_000;

/// A column of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "docs/feed.md says what each holds")]
pub enum Column {
    Video,
    Brand,
    BrandNames,
    Kind,
    Language,
    Title,
    Gtin,
    Mpn,
    Sku,
    Media,
    Poster,
    Captions,
    Width,
    Height,
    DurationMs,
    Markets,
    From,
    Until,
    Shops,
    NotShops,
    Age,
    Order,
    Product,
    Series,
    Category,
}

impl Column {
    /// All columns, in the order of the documentation.
    pub const ALL: [Self; 25] = [
        Self::Video,
        Self::Brand,
        Self::BrandNames,
        Self::Kind,
        Self::Language,
        Self::Title,
        Self::Gtin,
        Self::Mpn,
        Self::Sku,
        Self::Media,
        Self::Poster,
        Self::Captions,
        Self::Width,
        Self::Height,
        Self::DurationMs,
        Self::Markets,
        Self::From,
        Self::Until,
        Self::Shops,
        Self::NotShops,
        Self::Age,
        Self::Order,
        Self::Product,
        Self::Series,
        Self::Category,
    ];

    /// The columns that every feed has.
    pub const REQUIRED: [Self; 6] = [
        Self::Video,
        Self::Brand,
        Self::Kind,
        Self::Language,
        Self::Title,
        Self::Media,
    ];

    /// Its name in a feed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Brand => "brand",
            Self::BrandNames => "brand_names",
            Self::Kind => "kind",
            Self::Language => "language",
            Self::Title => "title",
            Self::Gtin => "gtin",
            Self::Mpn => "mpn",
            Self::Sku => "sku",
            Self::Media => "media",
            Self::Poster => "poster",
            Self::Captions => "captions",
            Self::Width => "width",
            Self::Height => "height",
            Self::DurationMs => "duration_ms",
            Self::Markets => "markets",
            Self::From => "from",
            Self::Until => "until",
            Self::Shops => "shops",
            Self::NotShops => "not_shops",
            Self::Age => "age",
            Self::Order => "order",
            Self::Product => "product",
            Self::Series => "series",
            Self::Category => "category",
        }
    }

    /// Whether a cell of it holds a list.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(
            self,
            Self::BrandNames
                | Self::Gtin
                | Self::Mpn
                | Self::Sku
                | Self::Media
                | Self::Captions
                | Self::Width
                | Self::Height
                | Self::Markets
                | Self::Shops
                | Self::NotShops
        )
    }

    /// The column of that name, whatever its case and the spaces around it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.trim();
        Self::ALL
            .into_iter()
            .find(|column| column.name().eq_ignore_ascii_case(name))
    }
}

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One row of a feed, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    cells: [Vec<String>; Column::ALL.len()],
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The line of the file, from 1.
    pub line: u64,
    /// The column; none when it is the row as a whole.
    pub column: Option<Column>,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", {column}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Where a film, poster or captions file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A path beside the feed.
    File(String),
    /// A public URL.
    Url(String),
}

/// A row that is right, but whose files have not been looked at.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The line of the file, from 1.
    pub line: u64,
    /// The video's id.
    pub id: String,
    /// The films.
    pub media: Vec<Place>,
    /// The poster.
    pub poster: Option<Place>,
    /// The captions, with their languages.
    pub captions: Vec<(Language, Place)>,
    /// What the row says of the films that are URLs, one for each of them.
    pub sizes: Vec<Size>,
    /// How long the films are, when they are URLs.
    pub duration_ms: Option<u64>,
    /// The keys of the codes it is published on, each once.
    pub keys: Vec<String>,
    /// Codes that had to be put right: as written, canonical, and how.
    pub mended: Vec<MendedCode>,
    brand: String,
    kind: Kind,
    language: Language,
    title: String,
    markets: Vec<Market>,
    from_ms: u64,
    until_ms: u64,
    shops: Vec<String>,
    not_shops: Vec<String>,
    age: u8,
    order: Option<i64>,
    product: String,
    series: String,
    category: String,
}

/// A code that could be read once something was put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MendedCode {
    /// As the row has it.
    pub written: String,
    /// Its canonical form.
    pub code: String,
    /// What was put right.
    pub mended: Mended,
}

/// Width and height of a film, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// One encoded film of a video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Where it is, absolute or relative to the look-up.
    pub url: String,
    /// Its media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Its size, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// The captions of a video in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Captions {
    /// Where they are, absolute or relative to the look-up.
    pub url: String,
    /// Their language.
    pub language: String,
}

/// The files of a draft, measured and in their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The films, in the order of the row; at least one.
    pub sources: Vec<Source>,
    /// The poster's URL.
    pub poster: Option<String>,
    /// The captions, in the order of the row.
    pub captions: Vec<Captions>,
    /// How long the film is.
    pub duration_ms: u64,
}

/// A video as it is published.
#[derive(Debug, Clone)]
pub struct Video {
    /// What goes into the record of each of its codes.
    pub value: VideoValue<'static>,
    /// What the edge adds to its playback.
    pub facts: VideoFacts,
    /// The keys of the codes it is published on.
    pub keys: Vec<String>,
    /// Its place among the videos of a product: the brand's order, then the line of the feed.
    pub place: (i64, u64),
}

#[derive(Serialize)]
struct Show<'a> {
    title: &'a str,
    duration_ms: u64,
    width: u32,
    height: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    poster: Option<&'a str>,
    sources: &'a [Source],
    captions: &'a [Captions],
}

impl Draft {
    /// The video, now that its files are known. Its size is that of its largest film, the first of
    /// several.
    ///
    /// # Errors
    /// When a text cannot be written as JSON, which no checked text does.
    pub fn publish(self, files: &Files) -> Result<Video, serde_json::Error> {
        let largest = files
            .sources
            .iter()
            .rev()
            .max_by_key(|source| u64::from(source.width) * u64::from(source.height));
        let show = serde_json::value::to_raw_value(&Show {
            title: &self.title,
            duration_ms: files.duration_ms,
            width: largest.map_or(0, |source| source.width),
            height: largest.map_or(0, |source| source.height),
            poster: files.poster.as_deref(),
            sources: &files.sources,
            captions: &files.captions,
        })?;
        let facts = VideoFacts {
            v: VERSION,
            brand: self.brand.clone(),
            product: self.product,
            series: self.series,
            category: self.category,
            language: self.language.to_string(),
            duration_ms: files.duration_ms,
        };
        let place = i64::try_from(self.line).unwrap_or(i64::MAX);
        Ok(Video {
            value: VideoValue {
                id: self.id,
                brand: self.brand,
                kind: self.kind.name().to_owned(),
                language: self.language.to_string(),
                captions: files
                    .captions
                    .iter()
                    .map(|captions| captions.language.clone())
                    .collect(),
                markets: self.markets.iter().map(Market::to_string).collect(),
                from_ms: self.from_ms,
                until_ms: self.until_ms,
                shops: self.shops,
                not_shops: self.not_shops,
                age: self.age,
                show: std::borrow::Cow::Owned(show),
            },
            facts,
            keys: self.keys,
            place: (self.order.unwrap_or(place), self.line),
        })
    }
}

impl Row {
    /// An empty row that begins on this line.
    #[must_use]
    pub fn new(line: u64) -> Self {
        Self {
            line,
            ..Self::default()
        }
    }

    /// Puts a cell's text in its place; lists are joined by `|`.
    pub fn set(&mut self, column: Column, text: &str) {
        let values = if column.is_list() {
            text.split('|')
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .collect()
        } else {
            Some(text.trim())
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .into_iter()
                .collect()
        };
        self.set_list(column, values);
    }

    /// Puts a cell's values in their place.
    pub fn set_list(&mut self, column: Column, values: Vec<String>) {
        if let Some(cell) = self.cells.get_mut(column as usize) {
            *cell = values;
        }
    }

    /// The values of a cell; empty when there are none.
    #[must_use]
    pub fn get(&self, column: Column) -> &[String] {
        self.cells.get(column as usize).map_or(&[], Vec::as_slice)
    }

    fn first(&self, column: Column) -> &str {
        self.get(column).first().map_or("", String::as_str)
    }

    /// The keys of those of its codes that can be read, whatever else is wrong with the row.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        Check::new(self).codes().0
    }

    /// Checks everything that can be checked without its files.
    ///
    /// # Errors
    /// All that is wrong, in the order of the columns.
    pub fn check(&self) -> Result<Draft, Vec<Refusal>> {
        let mut check = Check::new(self);
        let draft = check.draft();
        match draft {
            Some(draft) if check.refusals.is_empty() => Ok(draft),
            _ => Err(check.refusals),
        }
    }
}

/// The check of one row, which goes on after the first fault.
struct Check<'a> {
    row: &'a Row,
    refusals: Vec<Refusal>,
}

impl<'a> Check<'a> {
    fn new(row: &'a Row) -> Self {
        Self {
            row,
            refusals: Vec::new(),
        }
    }

    fn refuse(&mut self, column: impl Into<Option<Column>>, reason: impl Into<String>) {
        self.refusals.push(Refusal {
            line: self.row.line,
            column: column.into(),
            reason: reason.into(),
        });
    }

    fn draft(&mut self) -> Option<Draft> {
        for column in Column::REQUIRED {
            if self.row.get(column).is_empty() {
                self.refuse(column, "is empty, and every row needs it");
            }
        }
        let id = self.text(Column::Video, is_video_id, "1 to 64 of A-Z a-z 0-9 _ -");
        let brand = self.text(Column::Brand, is_slug, "1 to 64 of a-z 0-9 -");
        let kind = self.kind();
        let language = self.language();
        let title = self.title();
        let (keys, mended) = self.codes();
        if keys.is_empty()
            && [Column::Gtin, Column::Mpn, Column::Sku]
                .iter()
                .all(|&column| self.row.get(column).is_empty())
        {
            self.refuse(
                Column::Gtin,
                "is empty, and so are mpn and sku: every row needs a product code",
            );
        }
        self.published_bytes(keys.len());
        let media = self.places(Column::Media);
        let poster = self.places(Column::Poster).into_iter().next();
        let captions = self.captions();
        let (sizes, duration_ms) = self.measures(&media);
        let markets = self.markets();
        let (from_ms, until_ms) = self.dates();
        let shops = self.shops(Column::Shops);
        let not_shops = self.shops(Column::NotShops);
        let age = self.age();
        let order = self.order();
        let [product, series, category] = [Column::Product, Column::Series, Column::Category]
            .map(|column| self.free_text(column));
        Some(Draft {
            line: self.row.line,
            id,
            media,
            poster,
            captions,
            sizes,
            duration_ms,
            keys,
            mended,
            brand,
            kind: kind?,
            language: language?,
            title,
            markets,
            from_ms,
            until_ms,
            shops,
            not_shops,
            age,
            order,
            product,
            series,
            category,
        })
    }

    fn text(&mut self, column: Column, right: fn(&str) -> bool, form: &str) -> String {
        let text = self.row.first(column);
        if !text.is_empty() && !right(text) {
            self.refuse(column, format!("{} is not {form}", shorten(text)));
        }
        text.to_owned()
    }

    fn kind(&mut self) -> Option<Kind> {
        let text = self.row.first(Column::Kind);
        let kind = Kind::from_name(text);
        if kind.is_none() && !text.is_empty() {
            self.refuse(
                Column::Kind,
                format!("{} is not one of {}", shorten(text), Kind::names()),
            );
        }
        kind
    }

    fn language(&mut self) -> Option<Language> {
        let text = self.row.first(Column::Language);
        if text.is_empty() {
            return None;
        }
        Language::parse(text)
            .map_err(|error| self.refuse(Column::Language, error.to_string()))
            .ok()
    }

    fn title(&mut self) -> String {
        let title = self.row.first(Column::Title);
        let length = title.chars().count();
        if length > MOST_TITLE {
            self.refuse(
                Column::Title,
                format!("has {length} characters: at most {MOST_TITLE}"),
            );
        }
        self.no_control(Column::Title, title);
        title.to_owned()
    }

    /// Refuses control characters: nothing that people read or write has them, and a line break is most often that of a
    /// quote that was not closed.
    fn no_control(&mut self, column: Column, text: &str) {
        if let Some(letter) = text.chars().find(|letter| letter.is_control()) {
            self.refuse(
                column,
                format!("has the control character {letter:?} in it"),
            );
        }
    }

    fn codes(&mut self) -> (Vec<String>, Vec<MendedCode>) {
        let row = self.row;
        let mut keys = BTreeSet::new();
        let mut mended = Vec::new();
        for gtin in row
            .get(Column::Gtin)
            .iter()
            .flat_map(|field| code::split_list(field))
        {
            match gtin::read(gtin) {
                Ok(read) => {
                    let key = code::gtin_key(read.gtin);
                    if let Some(how) = read.mended {
                        mended.push(MendedCode {
                            written: shorten(gtin),
                            code: key.clone(),
                            mended: how,
                        });
                    }
                    keys.insert(key);
                }
                Err(error) => self.refuse(Column::Gtin, error.to_string()),
            }
        }
        self.mpn_keys(&mut keys);
        for sku in row.get(Column::Sku) {
            self.no_control(Column::Sku, sku);
            match sku.split_once(':') {
                Some((shop, sku)) if is_shop_id(shop.trim()) => {
                    self.key(Column::Sku, code::sku_key(shop.trim(), sku), &mut keys);
                }
                _ => self.refuse(
                    Column::Sku,
                    format!(
                        "{} is not shop_id:sku, such as shop_fjord:12345",
                        shorten(sku)
                    ),
                ),
            }
        }
        (keys.into_iter().collect(), mended)
    }

    /// Refuses a row that would fill the stores: a long one with very many codes.
    fn published_bytes(&mut self, keys: usize) {
        let bytes: usize = self.row.cells.iter().flatten().map(String::len).sum();
        if bytes.saturating_mul(keys) > MOST_PUBLISHED_BYTES {
            self.refuse(
                None,
                format!("has {bytes} bytes and {keys} codes: together at most {MOST_PUBLISHED_BYTES}, so write several rows"),
            );
        }
    }

    /// The keys of its part numbers, each under the brand and all its names.
    fn mpn_keys(&mut self, keys: &mut BTreeSet<String>) {
        let row = self.row;
        let parts = row.get(Column::Mpn);
        let names = || {
            row.get(Column::Brand)
                .iter()
                .chain(row.get(Column::BrandNames))
        };
        let count = names().count();
        if parts.len().saturating_mul(count) > MOST_MPN_KEYS {
            let found = parts.len();
            self.refuse(
                Column::Mpn,
                format!("has {found} part numbers under {count} names of the brand: at most {MOST_MPN_KEYS} together, so write several rows"),
            );
            return;
        }
        for part in parts {
            for name in names() {
                self.key(Column::Mpn, code::mpn_key(name, part), keys);
            }
        }
    }

    fn key(&mut self, column: Column, key: Result<String, BadCode>, keys: &mut BTreeSet<String>) {
        match key {
            Ok(key) => {
                keys.insert(key);
            }
            Err(error) => self.refuse(column, error.to_string()),
        }
    }

    fn places(&mut self, column: Column) -> Vec<Place> {
        let row = self.row;
        row.get(column)
            .iter()
            .filter_map(|text| self.place(column, text))
            .collect()
    }

    fn place(&mut self, column: Column, text: &str) -> Option<Place> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Some(Place::File(text.to_owned()));
        };
        if !scheme.eq_ignore_ascii_case("https") {
            self.refuse(
                column,
                format!(
                    "{} is not an https:// URL: pages that are https load nothing else",
                    shorten(text)
                ),
            );
            return None;
        }
        let bad = |letter: char| {
            letter.is_whitespace()
                || letter.is_control()
                || matches!(letter, '"' | '<' | '>' | '\\')
        };
        if rest.is_empty() || rest.starts_with(['/', '?', '#']) || rest.contains(bad) {
            self.refuse(
                column,
                format!("{} is no URL: spaces are written %20", shorten(text)),
            );
            return None;
        }
        if rest.contains('#') {
            self.refuse(
                column,
                format!(
                    "{} has a part behind #, which no host is told: leave it out (where a film is to go on, the player says there)",
                    shorten(text)
                ),
            );
            return None;
        }
        Some(Place::Url(text.to_owned()))
    }

    fn captions(&mut self) -> Vec<(Language, Place)> {
        let row = self.row;
        let mut captions: Vec<(Language, Place)> = Vec::new();
        for text in row.get(Column::Captions) {
            let Some((tag, place)) = text.split_once('=') else {
                self.refuse(
                    Column::Captions,
                    format!(
                        "{} is not language=file, such as nl=film.nl.vtt",
                        shorten(text)
                    ),
                );
                continue;
            };
            match Language::parse(tag) {
                Err(error) => self.refuse(Column::Captions, error.to_string()),
                Ok(language) if language.is_no_speech() => {
                    self.refuse(
                        Column::Captions,
                        "captions are in a language: zxx is for films without speech",
                    );
                }
                Ok(language) if captions.iter().any(|(known, _)| *known == language) => {
                    self.refuse(
                        Column::Captions,
                        format!("there are two captions in {language}"),
                    );
                }
                Ok(language) => {
                    if let Some(place) = self.place(Column::Captions, place.trim()) {
                        captions.push((language, place));
                    }
                }
            }
        }
        captions
    }

    /// Width, height and length: needed for URLs, read from files.
    fn measures(&mut self, media: &[Place]) -> (Vec<Size>, Option<u64>) {
        let urls = media
            .iter()
            .filter(|place| matches!(place, Place::Url(_)))
            .count();
        if media.len() < self.row.get(Column::Media).len() {
            // One of them was refused: how many sizes there should be is not known.
            return (Vec::new(), None);
        }
        let columns = [Column::Width, Column::Height, Column::DurationMs];
        if urls == 0 {
            for column in columns {
                if !self.row.get(column).is_empty() {
                    self.refuse(column, "is for URLs: for a file it is read from the file");
                }
            }
            return (Vec::new(), None);
        }
        let widths = self.numbers(Column::Width, urls, MOST_PIXELS.into());
        let heights = self.numbers(Column::Height, urls, MOST_PIXELS.into());
        let duration = self
            .numbers(Column::DurationMs, 1, MOST_DURATION_MS)
            .into_iter()
            .next();
        let sizes = widths
            .into_iter()
            .zip(heights)
            .filter_map(|(width, height)| {
                Some(Size {
                    width: u32::try_from(width).ok()?,
                    height: u32::try_from(height).ok()?,
                })
            });
        (sizes.collect(), duration)
    }

    /// `count` numbers from 1 to `most`; a single one stands for all.
    fn numbers(&mut self, column: Column, count: usize, most: u64) -> Vec<u64> {
        let row = self.row;
        let texts = row.get(column);
        if texts.len() != 1 && texts.len() != count {
            let found = texts.len();
            let wanted = if count == 1 {
                "one number is".to_owned()
            } else {
                format!("one number, or {count}, are")
            };
            let why = if column == Column::DurationMs {
                "all URLs of a row are one film".to_owned()
            } else {
                format!("media has {count} URLs")
            };
            self.refuse(
                column,
                format!("has {found} numbers: {wanted} needed, since {why}"),
            );
            return Vec::new();
        }
        let numbers: Vec<u64> = texts
            .iter()
            .filter_map(|text| match text.parse() {
                Ok(number) if (1..=most).contains(&number) => Some(number),
                _ => {
                    self.refuse(
                        column,
                        format!("{} is not a whole number from 1 to {most}", shorten(text)),
                    );
                    None
                }
            })
            .collect();
        match numbers.as_slice() {
            [number] => vec![*number; count],
            _ => numbers,
        }
    }

    fn markets(&mut self) -> Vec<Market> {
        let row = self.row;
        let mut markets = Vec::new();
        for text in row.get(Column::Markets) {
            match Market::parse(text) {
                Some(market) if markets.contains(&market) => {}
                Some(market) => markets.push(market),
                None => self.refuse(
                    Column::Markets,
                    format!(
                        "{} is no country of ISO 3166-1: write two letters, such as NL",
                        shorten(text)
                    ),
                ),
            }
        }
        markets
    }

    fn dates(&mut self) -> (u64, u64) {
        let from = self.date(Column::From);
        let until = self.date(Column::Until);
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            self.refuse(
                Column::Until,
                "is not after from: it is the first moment at which the video is no longer shown",
            );
        }
        (from.unwrap_or(0), until.unwrap_or(0))
    }

    fn date(&mut self, column: Column) -> Option<u64> {
        let text = self.row.first(column);
        if text.is_empty() {
            return None;
        }
        let moment = milliseconds(text);
        if moment.is_none() {
            self.refuse(
                column,
                format!("{} is not a date such as 2027-01-31, or a time such as 2027-01-31T09:00:00+01:00", shorten(text)),
            );
        }
        moment
    }

    fn shops(&mut self, column: Column) -> Vec<String> {
        let row = self.row;
        for shop in row.get(column).iter().filter(|shop| !is_shop_id(shop)) {
            self.refuse(
                column,
                format!(
                    "{} is no shop's id: shop_ and 4 to 32 of a-z 0-9",
                    shorten(shop)
                ),
            );
        }
        row.get(column).to_vec()
    }

    fn age(&mut self) -> u8 {
        let text = self.row.first(Column::Age);
        match text.parse() {
            _ if text.is_empty() => 0,
            Ok(age) if age <= MOST_AGE => age,
            _ => {
                self.refuse(
                    Column::Age,
                    format!(
                        "{} is not a whole number from 0 to {MOST_AGE}",
                        shorten(text)
                    ),
                );
                0
            }
        }
    }

    fn order(&mut self) -> Option<i64> {
        let text = self.row.first(Column::Order);
        if text.is_empty() {
            return None;
        }
        let order = text.parse().ok();
        if order.is_none() {
            self.refuse(
                Column::Order,
                format!("{} is not a whole number", shorten(text)),
            );
        }
        order
    }

    fn free_text(&mut self, column: Column) -> String {
        let text = self.row.first(column);
        let length = text.chars().count();
        if length > MOST_TITLE {
            self.refuse(
                column,
                format!("has {length} characters: at most {MOST_TITLE}"),
            );
        }
        self.no_control(column, text);
        text.to_owned()
    }
}

/// Whether a text is a video's id: 1 to 64 of `A-Z a-z 0-9 _ -`.
#[must_use]
pub fn is_video_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Whether a text is a brand's slug: 1 to 64 of `a-z 0-9 -`.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Milliseconds since 1970 of an RFC 3339 time, or of a date at midnight UTC; none for what is neither or before 1970.
fn milliseconds(text: &str) -> Option<u64> {
    let timestamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let date = text.parse::<jiff::civil::Date>().ok()?;
        (text.len() == 10)
            .then(|| date.to_zoned(jiff::tz::TimeZone::UTC).ok())?
            .map(|zoned| zoned.timestamp())
    })?;
    u64::try_from(timestamp.as_millisecond()).ok()
}
