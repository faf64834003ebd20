//! A lake row, cut up by brand: what each brand's ledger takes of one beacon.
//!
//! The row was checked by the edge that received it, and is not checked again: a row that counted once counts in every replay, whatever a later edge would say of it. What is read
//! here is only its shape.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use shelfreel_playback::{
    PlacementSnapshot, SessionSnapshot, decode_id, placement_contribution, session_contribution,
    start_ms,
};

use super::cell::{Sums, at};
use super::order::{Bought, Order};
use crate::visitors::Touched;
use crate::visitors::visit::{Identity, Visitor};

const HOUR_MS: u64 = 3_600_000;

/// What the catalogue says of a video. (Every field is always written: the ledger keeps it in a form that has no names.)
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of docs/wire.md, `video:{id}`")]
pub struct Facts {
    pub brand: String,
    #[serde(default)]
    pub product: String,
    #[serde(default)]
    pub series: String,
    #[serde(default)]
    pub category: String,
    /// Empty where the row is older than this field.
    #[serde(default)]
    pub language: String,
}

/// A film, as a row has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Film {
    /// Whose it is, and what of: what a ledger keeps of it.
    #[serde(flatten)]
    facts: Facts,
    /// How long it is; 0 where the row does not say: what the catalogue says when the row is counted might be another film's. It is in what a session adds, and not kept besides.
    #[serde(default)]
    duration_ms: u64,
}

/// What one brand's ledger takes of one beacon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of a row, docs/wire.md")]
pub struct Portion {
    pub page_view: String,
    pub beacon_id: String,
    pub received_at_ms: u64,
    /// The age of the page view when the beacon was sent.
    pub elapsed_ms: u32,
    pub n: u32,
    pub shop: String,
    pub country: String,
    pub device: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bot: String,
    /// Whose row it is, where the shopper agreed to be measured (`visitors/`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visitors: Vec<Visitor>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placements: Vec<Placed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Watched>,
}

/// What goes to one shard of a brand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What a page view tells.
    Portion(Portion),
    /// What was bought.
    Order(Order),
    /// What a visitor had met of the films of an order.
    Touched(Touched),
}

impl Part {
    /// Which shard that is.
    #[must_use]
    pub fn shard(&self) -> u8 {
        match self {
            // What is no id was let through by nobody.
            Self::Portion(portion) => {
                decode_id(&portion.page_view).map_or(0, |id| super::shard(&id))
            }
            Self::Order(order) => order.shard(),
            Self::Touched(touched) => super::order::shard(&touched.order),
        }
    }
}

/// A placement's snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Its id.
    pub id: String,
    /// Its place among the placement's snapshots.
    pub seq: u32,
    /// Its age.
    pub elapsed_ms: u32,
    /// The code that matched.
    pub code: String,
    /// The brand's films in it, without those of others.
    pub films: Vec<(String, Facts)>,
    /// How often the product was put into the cart.
    pub cart: u32,
    /// When, by the page view's clock.
    pub carts_ms: Vec<u32>,
    /// What it adds.
    pub sums: Sums,
}

/// A session's snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Its id.
    pub id: String,
    /// Its place among the session's snapshots.
    pub seq: u32,
    /// Its age.
    pub elapsed_ms: u32,
    /// The code that matched; empty where an old widget does not say.
    pub code: String,
    /// The film.
    pub video: String,
    /// What the catalogue says of it.
    pub facts: Facts,
    /// Its spoken language.
    pub language: String,
    /// When the film started, by the page view's clock.
    pub started_ms: Option<u32>,
    /// What it adds.
    pub sums: Sums,
    /// How often each hundredth was played, as runs of `[times, parts]`.
    pub attention: Vec<[u32; 2]>,
}

impl Placed {
    /// Whether it came to stand in a visible document.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.sums.get(at::IMPRESSIONS) > 0
    }
}

impl Portion {
    /// The hour in which something of a certain age began: hours since 1970.
    #[must_use]
    pub fn hour(&self, elapsed_ms: u32) -> u32 {
        hour(start_ms(self.received_at_ms, elapsed_ms))
    }
}

/// Hours since 1970.
#[must_use]
pub fn hour(ms: u64) -> u32 {
    u32::try_from(ms / HOUR_MS).unwrap_or(u32::MAX)
}

/// Why a line is no row that a ledger could take.
#[derive(Debug, thiserror::Error)]
pub enum NoRow {
    /// No JSON, or not of the shape.
    #[error("the line is no row of the lake: {0}")]
    Shape(#[from] serde_json::Error),
    /// An identifier that is none: the page view decides to which shard a row goes.
    #[error("page_view: {0:?} is no identifier")]
    PageView(String),
}

#[derive(Deserialize)]
struct Row<'a> {
    received_at_ms: u64,
    #[serde(borrow, default)]
    shop: Cow<'a, str>,
    #[serde(borrow, default)]
    country: Cow<'a, str>,
    #[serde(borrow, default)]
    device: Cow<'a, str>,
    #[serde(borrow, default)]
    bot: Cow<'a, str>,
    /// By the edge's hash of the day.
    #[serde(borrow, default)]
    visitor: Option<Cow<'a, str>>,
    #[serde(default)]
    videos: BTreeMap<String, Film>,
    /// The catalogue was not asked for all of the films, or did not answer.
    #[serde(default)]
    incomplete: bool,
    /// Codes under which the catalogue has none of the films that the beacon says matched.
    #[serde(default)]
    unlisted: BTreeSet<String>,
    /// What the catalogue has for the codes of lines that were bought, as they were written.
    #[serde(default)]
    matched: BTreeMap<String, Matched>,
    #[serde(borrow)]
    beacon: Option<Beacon<'a>>,
}

#[derive(Deserialize)]
struct Matched {
    code: String,
    brands: Vec<String>,
    #[serde(default)]
    videos: Vec<String>,
}

#[derive(Deserialize)]
struct Consent<'a> {
    /// The shop's own id of the shopper.
    #[serde(borrow, default)]
    visitor: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Beacon<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    page_view: Cow<'a, str>,
    n: u32,
    elapsed_ms: u32,
    #[serde(borrow, default)]
    consent: Option<Consent<'a>>,
    #[serde(borrow, default)]
    placements: Vec<PlacementRow<'a>>,
    #[serde(borrow, default)]
    sessions: Vec<SessionRow<'a>>,
    #[serde(default)]
    purchases: Vec<PurchaseRow>,
}

#[derive(Deserialize)]
struct PurchaseRow {
    order: String,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    lines: Vec<LineRow>,
}

#[derive(Deserialize)]
struct LineRow {
    code: String,
    quantity: u32,
    #[serde(default)]
    value_minor: Option<u64>,
}

#[derive(Deserialize)]
struct PlacementRow<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    seq: u32,
    elapsed_ms: u32,
    #[serde(borrow)]
    code: Cow<'a, str>,
    #[serde(borrow)]
    videos: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    layout: Cow<'a, str>,
    shown: u32,
    viewable: u32,
    opened: u32,
    cart: u32,
    #[serde(default)]
    carts_ms: Vec<u32>,
}

#[derive(Deserialize)]
struct SessionRow<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    seq: u32,
    elapsed_ms: u32,
    #[serde(borrow)]
    placement: Cow<'a, str>,
    #[serde(borrow)]
    video: Cow<'a, str>,
    #[serde(borrow, default)]
    code: Cow<'a, str>,
    #[serde(borrow)]
    language: Cow<'a, str>,
    #[serde(borrow)]
    state: Cow<'a, str>,
    #[serde(borrow)]
    reason: Cow<'a, str>,
    position_ms: u32,
    duration_ms: u32,
    startup_ms: Option<u32>,
    started_ms: Option<u32>,
    started: u32,
    ended: u32,
    playing_ms: u32,
    played_ms: u32,
    rebuffering_ms: u32,
    rebuffers: u32,
    seeks: u32,
    pauses: u32,
    rate_changes: u32,
    errors: u32,
    played: Vec<[u32; 3]>,
}

impl Row<'_> {
    /// A code as the figures know it: not one that somebody made up, of which there is no end.
    fn listed(&self, code: &str) -> String {
        if self.unlisted.contains(code) {
            String::new()
        } else {
            code.to_owned()
        }
    }

    /// Who it is, where the shopper agreed to be measured: by the edge, and by the shop.
    fn visitors(&self) -> Vec<Visitor> {
        let consent = self
            .beacon
            .as_ref()
            .and_then(|beacon| beacon.consent.as_ref());
        let by_shop = consent.and_then(|consent| consent.visitor.as_ref());
        // Without consent the edge writes neither; a row that it did not check is not believed more.
        let by_edge = self.visitor.as_ref().filter(|_| consent.is_some());
        let by_edge = by_edge.map(|id| (Identity::Day, id));
        let by_shop = by_shop.map(|id| (Identity::Shop, id));
        by_edge
            .into_iter()
            .chain(by_shop)
            .map(|(identity, id)| Visitor::new(identity, &self.shop, id))
            .collect()
    }

    /// The films that the beacon names.
    fn named(&self) -> impl Iterator<Item = &str> {
        let beacons = || self.beacon.iter();
        let watched = beacons().flat_map(|beacon| beacon.sessions.iter().map(|one| &one.video));
        let placed =
            beacons().flat_map(|beacon| beacon.placements.iter().flat_map(|one| &one.videos));
        watched.chain(placed).map(AsRef::as_ref)
    }
}

/// The films of which a row does not say whose they are, since the edge could not know. (What the catalogue has not is nobody's, and is not looked up again: a page can make up as many as it likes.)
///
/// # Errors
/// When the line is no row.
pub fn unknown(line: &str) -> Result<BTreeSet<String>, NoRow> {
    let row: Row<'_> = serde_json::from_str(line)?;
    let unknown = row
        .named()
        .filter(|video| row.incomplete && !row.videos.contains_key(*video));
    Ok(unknown.map(str::to_owned).collect())
}

/// What each brand takes of a lake row; of a bad row nobody takes anything. `more` is what the catalogue says of films that the row says nothing of.
///
/// # Errors
/// When the line is no row.
pub fn cut(line: &str, more: &BTreeMap<String, Facts>) -> Result<Vec<(String, Part)>, NoRow> {
    let mut row: Row<'_> = serde_json::from_str(line)?;
    let unknown: Vec<(String, Film)> = row
        .named()
        .filter(|video| row.incomplete && !row.videos.contains_key(*video))
        .filter_map(|video| {
            let facts = more.get(video)?.clone();
            let duration_ms = 0;
            Some((video.to_owned(), Film { facts, duration_ms }))
        })
        .collect();
    row.videos.extend(unknown);
    let mut portions = BTreeMap::new();
    let Some(beacon) = &row.beacon else {
        return Ok(Vec::new());
    };
    if decode_id(&beacon.page_view).is_none() {
        return Err(NoRow::PageView(beacon.page_view.chars().take(40).collect()));
    }
    for placement in &beacon.placements {
        let mut films: BTreeMap<&str, Vec<(String, Facts)>> = BTreeMap::new();
        for video in &placement.videos {
            if let Some(Film { facts, .. }) = row.videos.get(video.as_ref()) {
                let of_brand = films.entry(&facts.brand).or_default();
                // Named twice it is still one film.
                if of_brand.iter().all(|(known, _)| known != video) {
                    of_brand.push((video.clone().into_owned(), facts.clone()));
                }
            }
        }
        for (brand, films) in films {
            let placed = placement.placed(films, row.listed(&placement.code), beacon.elapsed_ms);
            portion(&mut portions, brand, &row, beacon)
                .placements
                .push(placed);
        }
    }
    for session in &beacon.sessions {
        if let Some(film) = row.videos.get(session.video.as_ref()) {
            let watched = session.watched(film, row.listed(&session.code), beacon.elapsed_ms);
            portion(&mut portions, &film.facts.brand, &row, beacon)
                .sessions
                .push(watched);
        }
    }
    let portions = portions
        .into_iter()
        .map(|(brand, portion)| (brand, Part::Portion(portion)));
    Ok(portions.chain(orders(&row, beacon)).collect())
}

/// Each brand's lines of each order.
fn orders(row: &Row<'_>, beacon: &Beacon<'_>) -> Vec<(String, Part)> {
    let mut orders = Vec::new();
    for purchase in &beacon.purchases {
        let mut by_brand: BTreeMap<&str, Vec<Bought>> = BTreeMap::new();
        for line in &purchase.lines {
            let Some(matched) = row.matched.get(&line.code) else {
                continue;
            };
            for brand in &matched.brands {
                by_brand.entry(brand).or_default().push(Bought {
                    code: matched.code.clone(),
                    quantity: line.quantity,
                    value_minor: line.value_minor.unwrap_or_default(),
                    films: matched.videos.clone(),
                });
            }
        }
        orders.extend(by_brand.into_iter().map(|(brand, lines)| {
            let order = Order {
                shop: row.shop.clone().into_owned(),
                order: purchase.order.clone(),
                received_at_ms: row.received_at_ms,
                beacon_id: beacon.id.clone().into_owned(),
                country: row.country.clone().into_owned(),
                device: row.device.clone().into_owned(),
                bot: row.bot.clone().into_owned(),
                currency: purchase.currency.clone().unwrap_or_default(),
                visitors: row.visitors().into_iter().map(|one| one.name).collect(),
                lines,
            };
            (brand.to_owned(), Part::Order(order))
        }));
    }
    orders
}

fn portion<'p>(
    portions: &'p mut BTreeMap<String, Portion>,
    brand: &str,
    row: &Row<'_>,
    beacon: &Beacon<'_>,
) -> &'p mut Portion {
    portions.entry(brand.to_owned()).or_insert_with(|| Portion {
        page_view: beacon.page_view.clone().into_owned(),
        beacon_id: beacon.id.clone().into_owned(),
        received_at_ms: row.received_at_ms,
        elapsed_ms: beacon.elapsed_ms,
        n: beacon.n,
        shop: row.shop.clone().into_owned(),
        country: row.country.clone().into_owned(),
        device: row.device.clone().into_owned(),
        bot: row.bot.clone().into_owned(),
        visitors: row.visitors(),
        placements: Vec::new(),
        sessions: Vec::new(),
    })
}

impl PlacementRow<'_> {
    fn placed(&self, films: Vec<(String, Facts)>, code: String, view_ms: u32) -> Placed {
        let videos: Vec<&str> = self.videos.iter().map(AsRef::as_ref).collect();
        let contribution = placement_contribution(&PlacementSnapshot {
            id: &self.id,
            seq: self.seq,
            elapsed_ms: self.elapsed_ms,
            code: &self.code,
            videos: &videos,
            layout: &self.layout,
            shown: self.shown,
            viewable: self.viewable,
            opened: self.opened,
            cart: self.cart,
            carts_ms: &self.carts_ms,
        });
        let began_ms = view_ms.saturating_sub(self.elapsed_ms);
        Placed {
            id: self.id.clone().into_owned(),
            seq: self.seq,
            elapsed_ms: self.elapsed_ms,
            code,
            films,
            cart: self.cart,
            carts_ms: self
                .carts_ms
                .iter()
                .map(|cart_ms| began_ms.saturating_add(*cart_ms))
                .collect(),
            sums: Sums::from(&contribution),
        }
    }
}

impl SessionRow<'_> {
    fn watched(&self, film: &Film, code: String, view_ms: u32) -> Watched {
        let facts = film.facts.clone();
        let snapshot = SessionSnapshot {
            id: &self.id,
            seq: self.seq,
            elapsed_ms: self.elapsed_ms,
            placement: &self.placement,
            video: &self.video,
            code: &self.code,
            language: &self.language,
            state: &self.state,
            reason: &self.reason,
            position_ms: self.position_ms,
            duration_ms: self.duration_ms,
            startup_ms: self.startup_ms,
            started_ms: self.started_ms,
            started: self.started,
            ended: self.ended,
            playing_ms: self.playing_ms,
            played_ms: self.played_ms,
            rebuffering_ms: self.rebuffering_ms,
            rebuffers: self.rebuffers,
            seeks: self.seeks,
            pauses: self.pauses,
            rate_changes: self.rate_changes,
            errors: self.errors,
            played: &self.played,
        };
        let contribution = session_contribution(&snapshot, film.duration_ms);
        let began_ms = view_ms.saturating_sub(self.elapsed_ms);
        Watched {
            id: self.id.clone().into_owned(),
            seq: self.seq,
            elapsed_ms: self.elapsed_ms,
            code,
            video: self.video.clone().into_owned(),
            language: if facts.language.is_empty() {
                self.language.clone().into_owned()
            } else {
                facts.language.clone()
            },
            facts,
            // Widgets of before December 2026 do not say it, and may have been kept waiting by the viewer.
            started_ms: self
                .started_ms
                .or(self.startup_ms)
                .map(|after_ms| began_ms.saturating_add(after_ms)),
            sums: Sums::from(&contribution),
            attention: runs(&contribution.attention),
        }
    }
}

/// Equal neighbours together: `[times, parts]`.
fn runs(attention: &[u32]) -> Vec<[u32; 2]> {
    let mut runs: Vec<[u32; 2]> = Vec::new();
    for times in attention {
        match runs.last_mut() {
            Some([last, parts]) if last == times => *parts += 1,
            _ => runs.push([*times, 1]),
        }
    }
    runs
}

/// The other way round.
pub(crate) fn unrun(runs: &[[u32; 2]]) -> Vec<u32> {
    runs.iter()
        .flat_map(|[times, parts]| {
            std::iter::repeat_n(
                *times,
                (*parts as usize).min(shelfreel_playback::ATTENTION_PARTS),
            )
        })
        .collect()
}
