//! What was bought. A shop tells an order on whichever page, as often as that page is opened: `(shop, order)` counts once, by the report that was received first (then the one with the smallest beacon id).
//!
//! An order has a shard by its own name, since the pages that tell it are not one page view. Lines are matched with the catalogue by the edge, and each brand takes its own. What the buyer had
//! met before is told by the objects of visitors (`visitors/`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SHARDS;
use super::cell::{CellKey, Cells, at};
use crate::visitors::WINDOW_DAYS;
use crate::visitors::touch::{Touch, Touches};
use crate::visitors::visit::day;

/// A brand's lines of an order, as one beacon tells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of a row, docs/wire.md")]
pub struct Order {
    pub shop: String,
    pub order: String,
    pub received_at_ms: u64,
    pub beacon_id: String,
    pub country: String,
    pub device: String,
    pub bot: String,
    /// ISO 4217; empty where no value is told.
    pub currency: String,
    pub lines: Vec<Bought>,
    /// Who bought it, where the shopper agreed to be measured.
    pub visitors: Vec<String>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// The code that matched.
    pub code: String,
    /// How many.
    pub quantity: u32,
    /// What the whole line cost, in the currency's minor unit; 0 where it is not told.
    pub value_minor: u64,
    /// The films that there are for it, of all brands.
    pub films: Vec<String>,
}

/// What meeting a film before buying means for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// It was shown.
    Assisted,
    /// It had started.
    Direct,
}

/// Which shard an order is in.
#[must_use]
pub fn shard(name: &str) -> u8 {
    let digest = Sha256::digest(name.as_bytes());
    digest.first().copied().unwrap_or_default() % SHARDS
}

impl Order {
    /// Its name in the ledger. Neither part can have a line break.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}\n{}", self.shop, self.order)
    }

    /// Which shard it is in.
    #[must_use]
    pub fn shard(&self) -> u8 {
        shard(&self.name())
    }

    /// Whether this report counts, and not the other.
    #[must_use]
    pub fn counts_before(&self, other: &Self) -> bool {
        (self.received_at_ms, &self.beacon_id) < (other.received_at_ms, &other.beacon_id)
    }

    /// The hour to which it belongs: that in which it was told.
    #[must_use]
    pub fn hour(&self) -> u32 {
        super::portion::hour(self.received_at_ms)
    }

    /// What it adds: the order once, its lines under their codes; and of each film that the buyer had met, the same once more, as far as it is for what was bought.
    #[must_use]
    pub fn cells(&self, touches: &Touches) -> Cells {
        let whole = CellKey {
            hour: self.hour(),
            shop: self.shop.clone(),
            country: self.country.clone(),
            device: self.device.clone(),
            bot: self.bot.clone(),
            ..CellKey::default()
        };
        let met = self.met(touches);
        let mut cells = Cells::new();
        cells
            .entry(whole.clone())
            .or_default()
            .add(at::PURCHASES, 1);
        let mut of_order: BTreeMap<CellKey, Part> = BTreeMap::new();
        for line in &self.lines {
            let of_line = |whole: &CellKey| CellKey {
                code: line.code.clone(),
                currency: self.currency.clone(),
                ..whole.clone()
            };
            let value_minor = i64::try_from(line.value_minor).unwrap_or_default();
            let cell = cells.entry(of_line(&whole)).or_default();
            cell.add(at::PURCHASE_LINES, 1);
            cell.add(at::PURCHASE_UNITS, line.quantity);
            cell.add(at::VALUE_MINOR, value_minor);
            let mut of_films: Vec<(CellKey, Part)> = met
                .iter()
                .filter(|(video, _)| line.films.iter().any(|film| film == *video))
                .map(|(_, (touch, part))| (film(&whole, touch), *part))
                .collect();
            // The whole has it once.
            of_films.extend(
                of_films
                    .iter()
                    .map(|(_, part)| *part)
                    .max()
                    .map(|part| (whole.clone(), part)),
            );
            for (key, part) in of_films {
                let cell = cells.entry(of_line(&key)).or_default();
                let (units, value) = match part {
                    Part::Direct => (at::PURCHASE_UNITS_DIRECT, at::VALUE_DIRECT_MINOR),
                    Part::Assisted => (at::PURCHASE_UNITS_ASSISTED, at::VALUE_ASSISTED_MINOR),
                };
                cell.add(units, line.quantity);
                cell.add(value, value_minor);
                of_order
                    .entry(key)
                    .and_modify(|known| *known = part.max(*known))
                    .or_insert(part);
            }
        }
        for (key, part) in of_order {
            let figure = match part {
                Part::Direct => at::PURCHASES_DIRECT,
                Part::Assisted => at::PURCHASES_ASSISTED,
            };
            cells.entry(key).or_default().add(figure, 1);
        }
        cells
    }

    /// The films that the buyer had met by then, within the window: by film what that means, and the earliest touch.
    fn met<'t>(&self, touches: &'t Touches) -> BTreeMap<&'t str, (&'t Touch, Part)> {
        let today = day(self.received_at_ms);
        let by_then = |at_ms: Option<u64>| at_ms.is_some_and(|at_ms| at_ms <= self.received_at_ms);
        let mut met: BTreeMap<&str, (&Touch, Part)> = BTreeMap::new();
        for touch in self
            .visitors
            .iter()
            .filter_map(|visitor| touches.get(visitor))
            .flatten()
        {
            let part = match (by_then(touch.watched_ms), by_then(touch.shown_ms)) {
                (true, _) => Part::Direct,
                (false, true) => Part::Assisted,
                (false, false) => continue,
            };
            if touch.day + WINDOW_DAYS < today {
                continue;
            }
            met.entry(&touch.video)
                .and_modify(|(earliest, known)| {
                    *known = part.max(*known);
                    if (touch.first_ms(), &touch.facts) < (earliest.first_ms(), &earliest.facts) {
                        *earliest = touch;
                    }
                })
                .or_insert((touch, part));
        }
        met
    }
}

/// The order's cell of a film.
fn film(whole: &CellKey, touch: &Touch) -> CellKey {
    let facts = touch.facts.clone();
    CellKey {
        video: touch.video.clone(),
        product: facts.product,
        series: facts.series,
        category: facts.category,
        language: facts.language,
        ..whole.clone()
    }
}
