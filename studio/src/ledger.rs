//! A brand's exact totals (docs/figures.md has every definition).
//!
//! A lake row is cut into [`Portion`]s, one for each brand that its videos belong to, and each goes to one of the brand's [`SHARDS`] by its page view. There a [`View`] keeps, of each placement and session, the
//! best snapshot's contribution; what the page view adds altogether is a function of those alone, so a better snapshot takes the old sums out whole and puts the new ones in. Duplicates, disorder,
//! redelivery and replay therefore give the same figures to the last digit.
//!
//! | | |
//! |---|---|
//! | [`portion`] | a lake row, cut up by brand |
//! | [`view`] | one page view: what counts of it, and what it adds |
//! | [`order`] | what was bought |
//! | [`cell`] | what is added up: dimensions and figures |
//! | [`question`] | what is asked of it |
//! | [`swap`] | what a replay rebuilt takes the place of what was there |
//! | [`book`] | takes portions in, over a [`book::Store`]: SQLite in `ledger_do.rs`, memory in tests |

pub mod book;
pub mod cell;
pub mod order;
pub mod portion;
pub mod question;
pub mod swap;
pub mod view;

#[cfg(test)]
pub(crate) mod tests;

pub use book::{Book, Store};
pub use cell::{Attention, CellKey, FIGURES, Sums};
pub use order::Order;
pub use portion::{Part, Portion, cut};
pub use view::View;

/// A brand's ledger is spread over so many objects, by page view. At some 200 writing requests a second and object, that is 3,200 a second and brand, each with up to a hundred beacons.
pub const SHARDS: u8 = 16;

/// Which shard a page view is in: by the first bits of its random id.
#[must_use]
pub fn shard(page_view: &[u8; 16]) -> u8 {
    page_view.first().copied().unwrap_or_default() % SHARDS
}

/// The name of the object that holds a shard of a brand.
#[must_use]
pub fn object_name(brand: &str, shard: u8) -> String {
    format!("{brand}/{shard}")
}
