//! What was bought. A shop tells an order on whichever page, as often as that page is opened: `(shop, order)` counts once, by the report that was received first (then the one with the smallest beacon id).
//!
//! An order has a shard by its own name, since the pages that tell it are not one page view. Lines are matched with the catalogue by the edge, and each brand takes its own.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SHARDS;
use super::cell::{CellKey, Cells, at};

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
        let digest = Sha256::digest(self.name().as_bytes());
        digest.first().copied().unwrap_or_default() % SHARDS
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

    /// What it adds: the order once, its lines under their codes.
    #[must_use]
    pub fn cells(&self) -> Cells {
        let whole = CellKey {
            hour: self.hour(),
            shop: self.shop.clone(),
            country: self.country.clone(),
            device: self.device.clone(),
            bot: self.bot.clone(),
            ..CellKey::default()
        };
        let mut cells = Cells::new();
        cells
            .entry(whole.clone())
            .or_default()
            .add(at::PURCHASES, 1);
        for line in &self.lines {
            let key = CellKey {
                code: line.code.clone(),
                currency: self.currency.clone(),
                ..whole.clone()
            };
            let cell = cells.entry(key).or_default();
            cell.add(at::PURCHASE_LINES, 1);
            cell.add(at::PURCHASE_UNITS, line.quantity);
            cell.add(
                at::VALUE_MINOR,
                i64::try_from(line.value_minor).unwrap_or_default(),
            );
        }
        cells
    }
}
