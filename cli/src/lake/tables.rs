//! The tables of the Parquet: which columns a beacon, a session and a placement have (docs/lake.md says what each is).

use serde::{Deserialize, Serialize};
use shelfreel_matching::record::VideoFacts;

use super::parquet::{Cell, Row};
use super::rows::{self, Beacon, Placement, Session};

/// The version of the tables: compaction writes an hour anew when it was written in another.
pub(crate) const VERSION: u32 = 1;

/// What a snapshot has of its beacon and of the row that the beacon came in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Around {
    pub(crate) beacon_id: String,
    pub(crate) received_at_ms: u64,
    shop: String,
    origin: String,
    country: String,
    device: String,
    bot: Option<String>,
    visitor: Option<String>,
    gpc: bool,
    page_view: String,
    n: u64,
    page_elapsed_ms: u64,
    widget: Option<String>,
    engine: Option<String>,
    wishes: Option<String>,
    consented: bool,
    shop_visitor: Option<String>,
}

impl Around {
    pub(crate) fn of(row: &rows::Row<'_>, beacon: &Beacon) -> Self {
        let consent = beacon.consent.as_ref();
        Self {
            beacon_id: row.beacon_id.clone(),
            received_at_ms: row.received_at_ms,
            shop: row.shop.clone(),
            origin: row.origin.clone(),
            country: row.country.clone(),
            device: row.device.clone(),
            bot: row.bot.clone(),
            visitor: row.visitor.clone(),
            gpc: row.gpc,
            page_view: beacon.page_view.clone(),
            n: beacon.n,
            page_elapsed_ms: beacon.elapsed_ms,
            widget: beacon.widget.clone(),
            engine: beacon.engine.clone(),
            wishes: beacon.language.clone(),
            consented: consent.is_some(),
            shop_visitor: consent.and_then(|consent| consent.visitor.clone()),
        }
    }

    fn cells(&self) -> Row {
        vec![
            ("beacon_id", Cell::Text(self.beacon_id.clone())),
            ("received_at_ms", Cell::Int(self.received_at_ms)),
            ("shop", Cell::Text(self.shop.clone())),
            ("origin", Cell::Text(self.origin.clone())),
            ("country", Cell::Text(self.country.clone())),
            ("device", Cell::Text(self.device.clone())),
            ("bot", Cell::MaybeText(self.bot.clone())),
            ("visitor", Cell::MaybeText(self.visitor.clone())),
            ("gpc", Cell::Bool(self.gpc)),
            ("page_view", Cell::Text(self.page_view.clone())),
            ("n", Cell::Int(self.n)),
            ("page_elapsed_ms", Cell::Int(self.page_elapsed_ms)),
            ("widget", Cell::MaybeText(self.widget.clone())),
            ("engine", Cell::MaybeText(self.engine.clone())),
            ("wishes", Cell::MaybeText(self.wishes.clone())),
            ("consented", Cell::Bool(self.consented)),
            ("shop_visitor", Cell::MaybeText(self.shop_visitor.clone())),
        ]
    }
}

/// A beacon: one row of `rows`.
#[derive(Debug, Default)]
pub(crate) struct Raw {
    pub(crate) around: Around,
    /// What the catalogue knew of its videos, as JSON.
    pub(crate) videos: String,
    /// The beacon, as JSON.
    pub(crate) beacon: String,
    /// What else the row has, as JSON: fields without a column of their own, now and later.
    pub(crate) more: String,
}

/// The fields of a row that are in columns of their own.
pub(crate) const IN_COLUMNS: [&str; 12] = [
    "v",
    "beacon_id",
    "shop",
    "received_at_ms",
    "origin",
    "country",
    "device",
    "bot",
    "visitor",
    "gpc",
    "videos",
    "beacon",
];

impl Raw {
    pub(crate) fn cells(&self) -> Row {
        let mut cells = self.around.cells();
        cells.push(("videos", Cell::Json(self.videos.clone())));
        cells.push(("beacon", Cell::Json(self.beacon.clone())));
        cells.push(("more", Cell::Json(self.more.clone())));
        cells
    }
}

/// A snapshot with what stood around it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Of<T> {
    pub(crate) around: Around,
    pub(crate) snapshot: T,
    /// What the catalogue knew of a session's video.
    pub(crate) facts: Option<VideoFacts>,
}

/// A placement or a session: each is one of its page view, and of its snapshots one counts (docs/figures.md).
pub(crate) trait Snapshot: Default + Serialize + for<'de> Deserialize<'de> {
    const TABLE: &'static str;
    fn id(&self) -> &str;
    fn seq(&self) -> u64;
    fn cells(of: &Of<Self>) -> Row;
}

impl<T: Snapshot> Of<T> {
    pub(crate) fn page_view(&self) -> &str {
        &self.around.page_view
    }

    /// What every snapshot has: who, which, and when it began.
    fn begun(&self, elapsed_ms: u64) -> Row {
        let mut cells = self.around.cells();
        let start_ms = self.around.received_at_ms.saturating_sub(elapsed_ms);
        cells.push(("id", Cell::Text(self.snapshot.id().to_owned())));
        cells.push(("seq", Cell::Int(self.snapshot.seq())));
        cells.push(("elapsed_ms", Cell::Int(elapsed_ms)));
        cells.push(("start_ms", Cell::Int(start_ms)));
        cells
    }
}

impl Snapshot for Session {
    const TABLE: &'static str = "sessions";

    fn id(&self) -> &str {
        &self.id
    }

    fn seq(&self) -> u64 {
        self.seq
    }

    fn cells(of: &Of<Self>) -> Row {
        let session = &of.snapshot;
        let mut cells = of.begun(session.elapsed_ms);
        let fact = |fact: fn(&VideoFacts) -> String| Cell::MaybeText(of.facts.as_ref().map(fact));
        let duration_ms = of.facts.as_ref().map(|facts| facts.duration_ms);
        cells.extend([
            ("placement", Cell::Text(session.placement.clone())),
            ("video", Cell::Text(session.video.clone())),
            ("brand", fact(|facts| facts.brand.clone())),
            ("product", fact(|facts| facts.product.clone())),
            ("series", fact(|facts| facts.series.clone())),
            ("category", fact(|facts| facts.category.clone())),
            ("catalogue_duration_ms", Cell::MaybeInt(duration_ms)),
            ("code", Cell::MaybeText(session.code.clone())),
            ("language", Cell::Text(session.language.clone())),
            ("state", Cell::Text(session.state.clone())),
            ("reason", Cell::Text(session.reason.clone())),
            ("position_ms", Cell::Int(session.position_ms)),
            ("duration_ms", Cell::Int(session.duration_ms)),
            ("startup_ms", Cell::MaybeInt(session.startup_ms)),
            ("started", Cell::Int(session.started)),
            ("ended", Cell::Int(session.ended)),
            ("playing_ms", Cell::Int(session.playing_ms)),
            ("played_ms", Cell::Int(session.played_ms)),
            ("rebuffering_ms", Cell::Int(session.rebuffering_ms)),
            ("rebuffers", Cell::Int(session.rebuffers)),
            ("seeks", Cell::Int(session.seeks)),
            ("pauses", Cell::Int(session.pauses)),
            ("rate_changes", Cell::Int(session.rate_changes)),
            ("errors", Cell::Int(session.errors)),
            ("played", Cell::Played(session.played.clone())),
        ]);
        cells
    }
}

impl Snapshot for Placement {
    const TABLE: &'static str = "placements";

    fn id(&self) -> &str {
        &self.id
    }

    fn seq(&self) -> u64 {
        self.seq
    }

    fn cells(of: &Of<Self>) -> Row {
        let placement = &of.snapshot;
        let mut cells = of.begun(placement.elapsed_ms);
        cells.extend([
            ("code", Cell::Text(placement.code.clone())),
            ("videos", Cell::Texts(placement.videos.clone())),
            ("layout", Cell::Text(placement.layout.clone())),
            ("shown", Cell::Int(placement.shown)),
            ("viewable", Cell::Int(placement.viewable)),
            ("opened", Cell::Int(placement.opened)),
            ("cart", Cell::Int(placement.cart)),
            ("carts_ms", Cell::MaybeInts(placement.carts_ms.clone())),
        ]);
        cells
    }
}
