//! Who saw what before buying it, across page views, and how many different shoppers did, with their consent alone (docs/figures.md, "Attribution" and "Visitors").
//!
//! A row of a shopper who agreed to be measured names a *visitor*: by the edge's hash, which nobody can make again when the day is over, or by an id that the shop gave. Of each visitor and
//! day a brand keeps which of its films were shown and which were watched, and when first: a [`Touch`]. An order that names the visitor is told of those of its films ([`Touched`]), and adds
//! up itself what that makes of it (`ledger/order.rs`).
//!
//! Touches are forgotten when no order can ask for them any more. How many visitors there were stays, in sketches that do not say who: [`audience`].
//!
//! All that is kept only grows: of two times the earlier stands, and what is told twice is told once. So it does not matter in which order rows come, how often, or in which of the two objects a
//! fault strikes.
//!
//! | | |
//! |---|---|
//! | [`touch`] | a film on a day, as one visitor met it |
//! | [`sketch`] | how many different visitors, as a sketch knows |
//! | [`audience`] | whom a film was shown to and who watched it, by day and shop |
//! | [`question`] | what is asked of these, and the answer put together |
//! | [`visit`] | what one row tells of a visitor, taken from what the ledgers take of it |
//! | [`visitors_do`](crate::visitors_do) | one shard of a brand's visitors |

pub mod audience;
pub mod question;
pub mod sketch;
pub mod touch;
pub mod visit;

#[cfg(test)]
mod tests;

pub use touch::{Touch, Touched};
pub use visit::{Visit, Wanted, visits};

/// An order is attributed to what was met on its own day and so many before.
pub const WINDOW_DAYS: u32 = 30;

/// What is older than this is forgotten, and not taken in any more: the window, and the three days in which rows may still come for the ledgers, begun ones included.
pub const KEPT_DAYS: u32 = WINDOW_DAYS + 4;

/// How many there were is kept for so many days: the longest span that can be asked for.
pub const COUNTED_DAYS: u32 = crate::figures::query::MOST_DAYS;

/// Of one visitor so many orders are told of what it met: those with the smallest names, byte by byte. No shopper comes near it; a shop that calls everybody by one name does.
pub const MOST_ORDERS: usize = 50;
